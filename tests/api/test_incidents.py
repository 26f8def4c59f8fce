"""Incidents of cases, on both databases: who resolves them, once more, by a flow or with values; what is refused."""

import json
import unittest

from postgres_case import OnPostgres
from test_cases import CaseWork

MODEL = """<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:h="urn:headroom:bpmn">
<process id="loan" isExecutable="true" h:candidateStarterRoles="manager"><startEvent id="s"/>
<sequenceFlow id="f1" sourceRef="s" targetRef="check"/>
<userTask id="check" h:candidateRoles="reviewer" h:formKey="opinion"/>
<sequenceFlow id="f2" sourceRef="check" targetRef="size"/><exclusiveGateway id="size" name="Size"/>
<sequenceFlow id="small" sourceRef="size" targetRef="near"><conditionExpression>amount &lt;= 10</conditionExpression>
</sequenceFlow><sequenceFlow id="large" sourceRef="size" targetRef="far">
<conditionExpression>amount > 10</conditionExpression></sequenceFlow>
<userTask id="near" h:candidateRoles="approver"/><userTask id="far" h:candidateRoles="approver"/>
<sequenceFlow id="f3" sourceRef="near" targetRef="e"/><sequenceFlow id="f4" sourceRef="far" targetRef="e"/>
<endEvent id="e"/></process></definitions>"""


def pack():
    form = {"fields": [{"name": "outcome", "type": "choice", "values": ["agree", "refuse"], "required": True}]}
    texts = json.dumps({"process.loan": "x", "task.check": "x", "task.near": "x", "task.far": "x", "form.opinion": "x",
                        "field.outcome": "x"})
    return {"files": {
        "pack.json": json.dumps({"format": 1, "id": "loan", "version": "1", "title": {"zh": "车贷", "en": "x"}}),
        "roles.csv": "id,role,level,zh,en\nmanager,relationship_manager,any,x,x\nreviewer,reviewer,any,x,x\n"
                     "approver,approver,any,x,x\n",
        "forms/opinion.json": json.dumps(form), "texts/zh.json": texts, "texts/en.json": texts,
        "processes/loan.bpmn": MODEL}}


class Incidents(CaseWork):
    def setUp(self):
        super().setUp()
        self.in_force(pack())
        self.count = 0

    def stopped(self):
        """A case that stopped at the gateway; its target and the number of the incident."""
        self.count += 1
        case = self.got("zhang", "POST", "/v1/cases", {"process": "loan", "organisation": "north",
                                                       "subject": f"loan/{self.count}"}, status=201)["id"]
        task, = self.got("li", "GET", f"/v1/cases/{case}")["tasks"]
        self.got("li", "POST", f"/v1/tasks/{task['id']}/claim")
        self.got("li", "POST", f"/v1/tasks/{task['id']}/complete", {"outcome": "agree"})
        return f"/v1/cases/{case}", self.incident(f"/v1/cases/{case}")

    def incident(self, target):
        case = self.got("qian", "GET", target)
        self.assertEqual(case["incidents"], len(case["open_incidents"]))
        return case["open_incidents"][0]["wait"] if case["open_incidents"] else None

    def resolve(self, who, stopped, reason="金额漏填", **more):
        target, number = stopped
        headers = {"If_Match": more.pop("etag")} if "etag" in more else {}
        return self.ask(who, "POST", f"{target}/incidents/{number}/resolve", {"reason": reason, **more}, **headers)

    def open_tasks(self, target):
        return [task["element"] for task in self.got("qian", "GET", target)["tasks"] if task["state"] == "open"]

    def test_a_limit_manager_goes_on_with_values_or_by_a_flow(self):
        stopped = self.stopped()
        case = self.got("qian", "GET", stopped[0])
        self.assertEqual(case["open_incidents"], [{"wait": stopped[1], "element": "size", "name": "Size",
                                                   "flows": ["small", "large"]}])
        answer = self.resolve("qian", stopped, variables={"amount": 50})
        self.assertEqual((answer.status, answer.json()["incidents"]), (200, 0), answer)
        self.assertEqual(self.open_tasks(stopped[0]), ["far"])
        name = stopped[0].rsplit("/", 1)[1]
        entry, = (entry for entry in self.bank.server.get(f"/v1/audit?subject=case/{name}").json()["items"]
                  if entry["action"] == "case.resolve")
        self.assertEqual((entry["actor"], entry["reason"]), ("qian", "金额漏填"))
        after = json.loads(entry["after"])
        self.assertEqual((after["element"], after["given"]),
                         ("size", {"wait": stopped[1], "variables": {"amount": 50}}))
        events = self.bank.server.get("/v1/events?after=0&limit=1000").json()["events"]
        self.assertEqual([event["actor"] for event in events if event["op"] == "case.resolve"], ["qian"])
        self.problem(self.resolve("qian", stopped, variables={"amount": 5}), 409, "event-refused")
        stopped = self.stopped()
        self.problem(self.resolve("qian", stopped, flow="f4"), 409, "event-refused")
        self.assertEqual(self.resolve("qian", stopped, flow="small").status, 200)
        self.assertEqual(self.open_tasks(stopped[0]), ["near"])

    def test_once_more_changes_nothing_by_itself(self):
        stopped = target, number = self.stopped()
        for who in ("feng", "qian"):
            self.assertEqual(self.resolve(who, (target, self.incident(target))).status, 200)
        self.assertGreater(self.incident(target), number)
        self.problem(self.resolve("feng", stopped), 409, "event-refused")
        self.assertEqual(self.open_tasks(target), [])

    def test_who_may_not(self):
        stopped = target, number = self.stopped()
        self.problem(self.resolve("feng", stopped, variables={"amount": 5}), 403, "not-a-resolver")
        self.problem(self.resolve("feng", stopped, flow="small"), 403, "not-a-resolver")
        for who in ("li", "zhang", "zhou", None):
            self.problem(self.resolve(who, stopped), 403, "role-needed")
        self.problem(self.resolve("wu", stopped), 404, "not-found")
        self.problem(self.resolve("qian", (target, 4711)), 409, "event-refused")
        for wrong in ("0", "x", "99999999999999999999"):
            self.assertIn(self.resolve("qian", (target, wrong)).status, (404, 409))
        self.problem(self.resolve("qian", ("/v1/cases/CS-99999999", number)), 404, "not-found")
        self.assertEqual(self.incident(target), number)

    def test_four_eyes(self):
        """Who began or reviewed it does not send it on, whatever post they hold by then; who did has released."""
        stopped = target, number = self.stopped()
        for user, role in (("zhang", "relationship_manager"), ("li", "reviewer")):
            self.assertEqual(self.bank.ask("DELETE", f"/v1/users/{user}/posts/north/{role}").status, 204)
            self.bank.made(f"/v1/users/{user}/posts", {"organisation": "north", "role": "limit_manager"})
            self.problem(self.resolve(user, stopped, variables={"amount": 5}), 409, "four-eyes")
            self.problem(self.resolve(user, stopped, flow="small"), 409, "four-eyes")
        self.assertEqual(self.incident(target), number)
        self.assertEqual(self.resolve("qian", stopped, flow="small").status, 200)
        self.assertEqual(self.bank.ask("DELETE", "/v1/users/qian/posts/head/limit_manager").status, 204)
        self.bank.made("/v1/users/qian/posts", {"organisation": "head", "role": "approver"})
        task, = self.got("qian", "GET", "/v1/tasks")["items"]
        self.problem(self.ask("qian", "POST", f"/v1/tasks/{task['id']}/claim"), 409, "four-eyes")

    def test_what_is_refused(self):
        stopped = target, number = self.stopped()
        # What a reviewer says is said by nobody else.
        self.problem(self.resolve("qian", stopped, variables={"amount": 5, "outcome": "agree"}), 409, "said-in-tasks")
        for reason in ("", "  ", "x" * 501):
            self.problem(self.resolve("qian", stopped, reason), 400, "bad-reason")
        for body in ("", "[]", '{"reason": 1}', '{"reason": "x", "more": 1}', '{"reason": "x", "variables": []}', "{}",
                     '{"reason": "x", "flow": 7}'):
            self.problem(self.ask("qian", "POST", f"{target}/incidents/{number}/resolve", body), 400, "bad-body")
        self.assertEqual(self.ask("qian", "POST", f"{target}/incidents/{number}/resolve", "x" * 300000).status, 413)
        self.problem(self.resolve("qian", stopped, flow="small", etag='"1"'), 412, "version-changed")
        self.assertEqual(self.incident(target), number)
        self.assertEqual(self.resolve("qian", stopped, flow="small", etag='"2"').status, 200)


class SqliteIncidents(Incidents, unittest.TestCase):
    pass


class PostgresIncidents(OnPostgres, Incidents, unittest.TestCase):
    pass


if __name__ == "__main__":
    unittest.main()
