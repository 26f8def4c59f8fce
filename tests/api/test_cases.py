"""Cases through the server, on both database systems: started by people, cancelled, given messages; what is refused."""

import json
import unittest

from bank import Bank, Sessions
from postgres_case import OnPostgres
from test_customers import firm

MODEL = """<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:h="urn:headroom:bpmn">
<message id="m" name="filed" h:correlationKey="= contract"/>
<process id="filing" isExecutable="true" h:candidateStarterRoles="manager,keeper"><startEvent id="s" h:formKey="begin"/>
<sequenceFlow id="f1" sourceRef="s" targetRef="check"/><userTask id="check" h:candidateRoles="reviewer"/>
<sequenceFlow id="f2" sourceRef="check" targetRef="paper"/><receiveTask id="paper" messageRef="m"/>
<sequenceFlow id="f3" sourceRef="paper" targetRef="e"/><endEvent id="e"/></process>
<process id="silent" isExecutable="true"><startEvent id="t"/><sequenceFlow id="g1" sourceRef="t" targetRef="u"/>
<userTask id="u" h:candidateRoles="reviewer"/><sequenceFlow id="g2" sourceRef="u" targetRef="v"/>
<endEvent id="v"/></process></definitions>"""
FORM = {"fields": [{"name": "contract", "type": "text", "required": True}, {"name": "note", "type": "text"}]}


def pack(version="1", model=MODEL, tasks=("check", "u")):
    texts = json.dumps({**{f"process.{name}": name for name in ("filing", "silent")},
                        **{f"task.{name}": name for name in tasks},
                        "form.begin": "x", "field.contract": "x", "field.note": "x"})
    return {"files": {
        "pack.json": json.dumps({"format": 1, "id": "filing", "version": version, "title": {"zh": "归档", "en": "x"}}),
        "roles.csv": "id,role,level,zh,en\nmanager,relationship_manager,any,x,x\nreviewer,reviewer,any,x,x\n"
                     "keeper,release_officer,any,x,x\n",
        "forms/begin.json": json.dumps(FORM), "texts/zh.json": texts, "texts/en.json": texts,
        "processes/filing.bpmn": model}}


class CaseWork:
    """A bank with people and a pack in force."""

    options = ()

    def setUp(self):
        self.bank = bank = Bank(*self.options)
        self.addCleanup(bank.remove)
        people = (("zhang", "north", "relationship_manager"), ("li", "north", "reviewer"),
                  ("sun", "south", "relationship_manager"), ("qian", "head", "limit_manager"),
                  ("wu", "south", "limit_manager"), ("zhou", "head", "security_administrator"),
                  ("feng", "head", "system_administrator"))
        for login, place, role in people:
            bank.user(login, place, (place, role))
        self.sessions = Sessions(bank, *(login for login, _, _ in people))

    def ask(self, who, method, target, body=None, **headers):
        return self.bank.server.ask(method, target, body, token=self.sessions.get(who),
                                    headers={name.replace("_", "-"): value for name, value in headers.items()})

    def got(self, *what, status=200, **headers):
        answer = self.ask(*what, **headers)
        self.assertEqual(answer.status, status, answer)
        return answer.json()

    def problem(self, answer, status, slug):
        self.assertEqual((answer.status, answer.json()["type"]), (status, f"/problems/{slug}"), answer)
        return answer.json()

    def in_force(self, body, organisation="head"):
        answer = self.bank.server.ask("POST", "/v1/packs", body)
        self.assertEqual(answer.status, 201, answer)
        made = answer.json()["hash"]
        number = self.got("feng", "POST", "/v1/pack-activations",
                          {"organisation": organisation, "pack": made, "reason": "as decided"}, status=201)["number"]
        self.got("zhou", "POST", f"/v1/pack-activations/{number}/activate", {"pack": made})
        return made


class Cases(CaseWork):
    def wish(self, subject="customer/CU-1", contract="C-1", **more):
        return {"process": "filing", "organisation": "north", "subject": subject, "variables": {"contract": contract},
                **more}

    def start(self, *what, **more):
        return self.got("zhang", "POST", "/v1/cases", self.wish(*what, **more), status=201)

    def test_a_customers_view_shows_no_case_out_of_sight(self):
        self.bank.user("he", "head", ("head", "relationship_manager"))
        self.sessions.also("he")
        self.in_force(pack())
        customer = self.got("zhang", "POST", "/v1/customers", firm(1, "北方钢铁有限公司"), status=201)["id"]
        near = self.start(subject=f"customer/{customer}")["id"]
        wish = self.wish(f"customer/{customer}", key="2027")
        far = self.got("he", "POST", "/v1/cases", {**wish, "organisation": "head"}, status=201)["id"]
        # Who looks after the customer at the branch sees the customer, and not what runs at the head office.
        for who, shown in (("he", {near, far}), ("qian", {near, far}), ("zhang", {near}), ("li", {near})):
            view = self.got(who, "GET", f"/v1/customers/{customer}/view")
            self.assertEqual({row["case"]["id"] for row in view["cases"]}, shown, who)
            if far not in shown:
                self.assertNotIn(far, json.dumps(view), who)
                self.problem(self.ask(who, "GET", f"/v1/cases/{far}"), 404, "not-found")

    def check(self, case):
        task = next(task for task in self.got("li", "GET", f"/v1/cases/{case}")["tasks"] if task["state"] == "open")
        self.got("li", "POST", f"/v1/tasks/{task['id']}/claim")
        return self.got("li", "POST", f"/v1/tasks/{task['id']}/complete", {})

    # ---- started by people ----

    def test_started_once(self):
        self.problem(self.ask("zhang", "POST", "/v1/cases", self.wish()), 409, "no-pack")
        made = self.in_force(pack())
        case = self.start()
        self.assertEqual((case["id"], case["phase"], case["step"], case["started_by"], case["pack"]),
                         ("CS-00000001", "running", 1, "zhang", made))
        self.assertEqual(self.got("zhang", "POST", "/v1/cases", self.wish())["id"], case["id"])
        self.assertNotEqual(self.start(key="2027")["id"], case["id"])
        self.assertNotEqual(self.start("customer/CU-2")["id"], case["id"])
        # After another pack was activated the one that stands is still that case.
        self.in_force(pack("2"))
        self.assertEqual(self.got("zhang", "POST", "/v1/cases", self.wish())["pack"], made)
        # A second person who starts the same gets the same, and has no part in it.
        self.assertEqual(self.got("li", "GET", f"/v1/cases/{case['id']}")["started_by"], "zhang")

    def test_what_stands_elsewhere_is_not_shown(self):
        self.bank.user("he", "head", ("head", "relationship_manager"))
        self.sessions.also("he")
        self.in_force(pack())
        far = self.got("he", "POST", "/v1/cases", {**self.wish(), "organisation": "head"}, status=201)["id"]
        said = self.problem(self.ask("zhang", "POST", "/v1/cases", self.wish()), 409, "case-exists")
        self.assertNotIn(far, json.dumps(said))
        # It is the same for who sees both: another organisation is another wish.
        self.problem(self.ask("he", "POST", "/v1/cases", {**self.wish(), "organisation": "north"}), 409, "case-exists")
        self.assertEqual(self.got("he", "POST", "/v1/cases", {**self.wish(), "organisation": "head"})["id"], far)
        self.start(key="another")

    def test_a_key_gives_the_same_answer(self):
        self.in_force(pack())
        first = self.ask("zhang", "POST", "/v1/cases", self.wish(), Idempotency_Key="k1")
        again = self.ask("zhang", "POST", "/v1/cases", self.wish(), Idempotency_Key="k1")
        self.assertEqual((first.status, again.status, again.headers["idempotent-replayed"], again.json()),
                         (201, 201, "true", first.json()))
        self.assertEqual(len(self.got("zhang", "GET", "/v1/cases")["items"]), 1)

    def test_who_may_not_start(self):
        self.in_force(pack())
        for who, organisation, status, slug in (
                ("sun", "north", 404, "organisation-not-found"), ("zhang", "nowhere", 404, "organisation-not-found"),
                ("zhang", "head", 404, "organisation-not-found"), ("li", "north", 403, "not-a-starter"),
                ("qian", "north", 403, "not-a-starter"), ("zhou", "north", 403, "role-needed")):
            answer = self.ask(who, "POST", "/v1/cases", {**self.wish(), "organisation": organisation})
            self.problem(answer, status, slug)
        self.problem(self.bank.server.ask("POST", "/v1/cases", self.wish()), 403, "role-needed")
        self.problem(self.ask("zhang", "POST", "/v1/cases", {**self.wish(), "process": "silent", "variables": {}}), 403,
                     "not-a-starter")
        self.problem(self.ask("zhang", "POST", "/v1/cases", {**self.wish(), "process": "none"}), 409, "no-pack")
        self.assertEqual(self.got("qian", "GET", "/v1/cases")["items"], [])

    def test_bodies_that_are_refused(self):
        self.in_force(pack())
        wish = self.wish()
        for body in ([], "{", {}, {**wish, "x": 1}, {**wish, "subject": 1}, {**wish, "variables": []},
                     {name: wish[name] for name in ("process", "organisation")}):
            self.problem(self.ask("zhang", "POST", "/v1/cases", body), 400, "bad-body")
        for variables in ({}, {"contract": None}, {"contract": "C-1", "limit": 1}):
            self.problem(self.ask("zhang", "POST", "/v1/cases", {**wish, "variables": variables}), 400, "bad-outputs")
        for changed in ({"subject": ""}, {"subject": "a\0b"}, {"key": "x" * 101}, {"subject": "x" * 5000}):
            self.problem(self.ask("zhang", "POST", "/v1/cases", {**wish, **changed}), 400, "bad-input")
        self.assertEqual(self.ask("zhang", "POST", "/v1/cases", {**wish, "subject": "x" * 300000}).status, 413)
        nested = '{"contract":' + "[" * 60 + "]" * 60 + "}"
        text = json.dumps({**wish, "variables": "@"}).replace('"@"', nested)
        self.assertIn(self.ask("zhang", "POST", "/v1/cases", text).status, (201, 400))

    # ---- cancelled ----

    def test_cancelled_by_who_may(self):
        self.in_force(pack())
        case = self.start()["id"]
        target = f"/v1/cases/{case}/cancel"
        self.problem(self.ask("sun", "POST", target, {"reason": "x"}), 404, "not-found")
        self.problem(self.ask("wu", "POST", target, {"reason": "x"}), 404, "not-found")
        self.problem(self.ask("li", "POST", target, {"reason": "x"}), 403, "not-yours")
        self.problem(self.ask("zhang", "POST", target, {"reason": ""}), 400, "bad-reason")
        self.problem(self.ask("zhang", "POST", target, {"reason": "x"}, If_Match='"7"'), 412, "version-changed")
        self.assertEqual(self.got("zhang", "POST", target, {"reason": "entered twice"}, If_Match='"1"')["phase"],
                         "cancelled")
        self.problem(self.ask("zhang", "POST", target, {"reason": "again"}), 409, "event-refused")
        self.assertEqual(self.got("zhang", "GET", f"/v1/cases/{case}")["tasks"][0]["state"], "cancelled")
        other = self.start("customer/CU-2")["id"]
        self.assertEqual(self.got("qian", "POST", f"/v1/cases/{other}/cancel", {"reason": "no"})["phase"], "cancelled")
        of_application = self.start("application/AP-00000001")["id"]
        self.problem(self.ask("qian", "POST", f"/v1/cases/{of_application}/cancel", {"reason": "no"}), 409,
                     "case-of-an-application")
        entries = self.bank.server.ask("GET", f"/v1/audit?subject=case/{case}").json()["items"]
        self.assertEqual([(entry["action"], entry["actor"]) for entry in entries],
                         [("case.start", "zhang"), ("case.cancel", "zhang")])

    # ---- messages ----

    def test_messages_find_their_case(self):
        self.in_force(pack())
        cases = [self.start(f"customer/CU-{n}", f"C-{n % 3}")["id"] for n in range(4)]
        message = {"name": "filed", "key": "C-1", "id": "M-1", "variables": {"note": "shelf 7"}}
        self.problem(self.bank.server.ask("POST", "/v1/messages", message), 409, "event-refused")
        for case in cases:
            self.check(case)
        self.problem(self.bank.server.ask("POST", "/v1/messages", {**message, "key": "C-9"}), 409, "event-refused")
        self.problem(self.bank.server.ask("POST", "/v1/messages", {**message, "key": "C-0"}), 409, "message-ambiguous")
        self.problem(self.ask("zhang", "POST", "/v1/messages", message), 403, "role-needed")
        self.problem(self.ask("wu", "POST", "/v1/messages", message), 409, "event-refused")
        self.problem(self.ask("wu", "POST", "/v1/messages", {**message, "case": cases[1]}), 404, "not-found")
        bound = self.bank.server.token("operator", organisation="south")["token"]
        self.problem(self.bank.server.ask("POST", "/v1/messages", message, token=bound), 409, "event-refused")
        answer = self.bank.server.ask("POST", "/v1/messages", message, headers={"Idempotency-Key": "m1"})
        self.assertEqual((answer.status, answer.json()["id"], answer.json()["phase"]), (200, cases[1], "completed"))
        again = self.bank.server.ask("POST", "/v1/messages", message, headers={"Idempotency-Key": "m1"})
        self.assertEqual((again.status, again.json()), (200, answer.json()))
        self.problem(self.bank.server.ask("POST", "/v1/messages", message), 409, "event-refused")
        self.assertEqual(self.got("qian", "POST", "/v1/messages", {**message, "key": "C-0", "case": cases[3]})["id"],
                         cases[3])
        self.assertEqual(self.bank.server.ask("POST", "/v1/messages", {**message, "key": "C-0"}).json()["id"], cases[0])
        for body in ({}, {"name": 1}, {"name": "filed", "x": 1}, {"name": "filed", "variables": 1}, []):
            self.problem(self.bank.server.ask("POST", "/v1/messages", body), 400, "bad-body")
        self.problem(self.bank.server.ask("POST", "/v1/messages", {"name": "x" * 2000}), 400, "bad-input")


    # ---- moved to the newer version ----

    def newer(self, *changes, version="2", tasks=("check", "u")):
        model = MODEL
        for old, new in changes:
            self.assertIn(old, model)
            model = model.replace(old, new)
        return self.in_force(pack(version, model, tasks))

    def preview(self, case, **body):
        return self.got("qian", "POST", f"/v1/cases/{case}/move/preview", body)

    def move(self, who, case, shown, **more):
        return self.ask(who, "POST", f"/v1/cases/{case}/move",
                        {"pack": shown["to"], "step": shown["step"], "reason": "the process was amended", **more})

    def test_moved_as_the_preview_showed(self):
        first = self.in_force(pack())
        case = self.start()["id"]
        task = self.got("li", "GET", "/v1/tasks")["items"][0]
        self.problem(self.ask("qian", "POST", f"/v1/cases/{case}/move/preview"), 409, "same-pack")
        second = self.newer(('<userTask id="check"', '<userTask id="verify" name="Verified" h:formKey="begin"'),
                            ('targetRef="check"', 'targetRef="verify"'), ('sourceRef="check"', 'sourceRef="verify"'),
                            tasks=("verify", "u"))
        shown = self.preview(case)
        self.assertEqual((shown["from"], shown["to"], shown["possible"], shown["step"]), (first, second, False, 1))
        self.assertEqual([(move["what"], move["element"], move.get("to"), move.get("obstacle"))
                          for move in shown["moves"]],
                         [("scope", "filing", "filing", None),
                          ("token", "check", None, "the new model has no such element"),
                          ("wait", "check", None, "the new model has no such element")])
        refused = self.problem(self.move("qian", case, shown), 409, "no-place")
        self.assertEqual(refused["moves"], shown["moves"])
        names = {"check": "verify"}
        shown = self.preview(case, elements=names)
        self.assertTrue(shown["possible"])
        before = self.got("qian", "GET", f"/v1/cases/{case}")
        self.assertEqual((before["step"], before["pack"], before["tasks"][0]["element"]), (1, first, "check"))
        for changed, status, slug in (({"step": 2}, 412, "version-changed"), ({"pack": first}, 412, "version-changed"),
                                      ({"reason": " "}, 400, "bad-reason"), ({"elements": []}, 400, "bad-body"),
                                      ({"elements": {"check": 1}}, 400, "bad-body"), ({"x": 1}, 400, "bad-body"),
                                      ({"elements": {"check": "paper"}}, 409, "no-place")):
            self.problem(self.move("qian", case, shown, **{"elements": names, **changed}), status, slug)
        self.problem(self.move("wu", case, shown, elements=names), 404, "not-found")
        self.problem(self.move("li", case, shown, elements=names), 403, "role-needed")
        self.problem(self.bank.server.ask("POST", f"/v1/cases/{case}/move", {}), 403, "role-needed")
        self.assertEqual(self.got("qian", "GET", f"/v1/cases/{case}"), before)
        answer = self.move("qian", case, shown, elements=names)
        self.assertEqual((answer.status, answer.json()["step"]), (200, 2), answer)
        after = self.got("qian", "GET", f"/v1/cases/{case}")
        self.assertEqual((after["pack"], after["tasks"][0]["element"], after["tasks"][0]["form"], after["step"]),
                         (second, "verify", "begin", 2))
        self.assertEqual([item["id"] for item in self.got("li", "GET", "/v1/tasks")["items"]], [task["id"]])
        entry = self.bank.server.ask("GET", f"/v1/audit?subject=case/{case}").json()["items"][-1]
        before, given = json.loads(entry["before"]), json.loads(entry["after"])["given"]
        self.assertEqual((entry["action"], entry["actor"], entry["reason"], before["pack"], given["pack"]),
                         ("case.move", "qian", "the process was amended", first, second))
        self.assertIn("token.migrate", [effect["effect"] for effect in
                                        self.got("qian", "GET", f"/v1/cases/{case}/history")["items"]])
        self.got("li", "POST", f"/v1/tasks/{task['id']}/claim")
        self.problem(self.ask("li", "POST", f"/v1/tasks/{task['id']}/complete", {}), 400, "bad-outputs")
        self.got("li", "POST", f"/v1/tasks/{task['id']}/complete", {"contract": "C-1"})
        self.assertEqual(self.bank.server.ask("POST", "/v1/messages", {"name": "filed", "key": "C-1"}).json()["phase"],
                         "completed")
        self.newer(version="3")
        self.problem(self.ask("qian", "POST", f"/v1/cases/{case}/move/preview"), 409, "event-refused")

    def test_no_task_is_passed_by_another_name(self):
        self.in_force(pack())
        case = self.start()["id"]
        self.newer(('id="check" h:candidateRoles="reviewer"', 'id="sign" h:candidateRoles="keeper"'),
                   ('targetRef="check"', 'targetRef="sign"'), ('sourceRef="check"', 'sourceRef="sign"'),
                   tasks=("sign", "u"))
        shown = self.preview(case, elements={"check": "sign"})
        self.assertIn("it is a task of other roles", [move.get("obstacle") for move in shown["moves"]])
        self.problem(self.move("qian", case, shown, elements={"check": "sign"}), 409, "no-place")
        # A pack that is in force elsewhere only is none to go to.
        other = self.in_force(pack("4"), "south")
        self.assertNotEqual(self.preview(case)["to"], other)
        self.problem(self.move("qian", case, {**shown, "to": other}), 412, "version-changed")

    def test_a_message_goes_by_its_newer_name(self):
        self.in_force(pack())
        case = self.start()["id"]
        self.check(case)
        self.newer(('name="filed"', 'name="archived"'))
        shown = self.preview(case)
        self.assertTrue(shown["possible"], shown)
        self.assertEqual(self.move("qian", case, shown, elements={}).status, 200)
        message = {"name": "filed", "key": "C-1"}
        self.problem(self.bank.server.ask("POST", "/v1/messages", message), 409, "event-refused")
        self.assertEqual(self.bank.server.ask("POST", "/v1/messages", {**message, "name": "archived"}).json()["id"],
                         case)


class SqliteCases(Cases, unittest.TestCase):
    pass


class PostgresCases(OnPostgres, Cases, unittest.TestCase):
    pass


if __name__ == "__main__":
    unittest.main()
