"""Personal data in cases, on both database systems: shown by class and role in tasks, lists and history, every look at
what is clear recorded, masked in the audit trail."""

import json
import unittest

from postgres_case import OnPostgres
from test_cases import CaseWork

MODEL = """<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:h="urn:headroom:bpmn">
<process id="loan" isExecutable="true" h:candidateStarterRoles="manager"><startEvent id="s" h:formKey="begin"/>
<sequenceFlow id="f1" sourceRef="s" targetRef="check"/><userTask id="check" h:candidateRoles="reviewer"/>
<sequenceFlow id="f2" sourceRef="check" targetRef="decide"/><userTask id="decide" h:candidateRoles="approver"/>
<sequenceFlow id="f3" sourceRef="decide" targetRef="e"/><endEvent id="e"/></process></definitions>"""
FIELDS = ({"name": "applicant", "type": "text", "required": True, "personal": "name"},
          {"name": "identity", "type": "text", "personal": "id_number"},
          {"name": "mobile", "type": "text", "personal": "phone"}, {"name": "purpose", "type": "text"})
GIVEN = {"applicant": "（虚构）王小明", "identity": "11010519491231002X", "mobile": "13800138000", "purpose": "购车"}
CLEAR = ("applicant", "identity", "mobile")
MASKED = {"applicant": "（****", "identity": "110****002X", "mobile": "138****8000"}


def pack(fields=FIELDS):
    texts = json.dumps({"process.loan": "x", "task.check": "x", "task.decide": "x", "form.begin": "x",
                        **{f"field.{field['name']}": "x" for field in fields}})
    return {"files": {
        "pack.json": json.dumps({"format": 1, "id": "loan", "version": "1", "title": {"zh": "车贷", "en": "x"}}),
        "roles.csv": "id,role,level,zh,en\nmanager,relationship_manager,any,x,x\nreviewer,reviewer,any,x,x\n"
                     "approver,approver,any,x,x\n",
        "forms/begin.json": json.dumps({"fields": list(fields)}), "texts/zh.json": texts, "texts/en.json": texts,
        "processes/loan.bpmn": MODEL}}

QUOTING = """<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:h="urn:headroom:bpmn">
<message id="m" name="filed" h:correlationKey="= identity"/>
<process id="loan" isExecutable="true" h:candidateStarterRoles="manager"><startEvent id="s" h:formKey="begin"/>
<sequenceFlow id="f1" sourceRef="s" targetRef="fork"/><parallelGateway id="fork"/>
<sequenceFlow id="f2" sourceRef="fork" targetRef="wait"/><intermediateCatchEvent id="wait"><messageEventDefinition
messageRef="m"/></intermediateCatchEvent><sequenceFlow id="f3" sourceRef="wait" targetRef="e"/>
<sequenceFlow id="f4" sourceRef="fork" targetRef="check"/><userTask id="check" h:candidateRoles="reviewer"/>
<sequenceFlow id="f5" sourceRef="check" targetRef="e2"/>
<endEvent id="e"/><endEvent id="e2"/></process></definitions>"""


class Personal(CaseWork):
    def setUp(self):
        super().setUp()
        self.bank.user("wang", "north", ("north", "approver"))
        self.sessions.also("wang")
        self.in_force(pack())
        self.case = self.got("zhang", "POST", "/v1/cases",
                             {"process": "loan", "organisation": "north", "subject": "loan/1", "variables": GIVEN},
                             status=201)["id"]

    def looks(self, who, subject=None):
        entries = self.bank.server.get(f"/v1/audit?actor={who}").json()["items"]
        return [(entry["subject"], json.loads(entry["after"])["shown"]) for entry in entries
                if entry["action"] == "personal.read" and subject in (None, entry["subject"])]

    def shown(self, clear):
        return {**{name: GIVEN[name] if name in clear else MASKED[name] for name in CLEAR}, "purpose": "购车"}

    def test_a_task_shows_what_the_role_needs_and_the_look_is_recorded(self):
        task, = self.got("li", "GET", "/v1/tasks")["items"]
        target, subject = f"/v1/tasks/{task['id']}", f"task/{task['id']}"
        self.assertEqual(task["inputs"], self.shown(("applicant", "identity")))
        self.assertEqual(self.looks("li"), [(subject, ["name", "id_number"])])
        self.assertEqual(self.got("li", "GET", target)["inputs"], task["inputs"])
        self.assertEqual(self.got("li", "POST", f"{target}/claim")["inputs"], task["inputs"])
        self.assertEqual(self.looks("li"), 3 * [(subject, ["name", "id_number"])])
        # What is within what has a class, and a number, has it too; what the form does not name is plain.
        outputs = {"contact": {"mobile": ["13900139000", 13900139000, None]}, "identity": {"old": "110105491231002"},
                   "note": "13800138000"}
        answer = self.got("li", "POST", f"{target}/complete", outputs)
        self.assertEqual(answer["outputs"], {"contact": {"mobile": ["139****9000", "139****9000", None]},
                                             "identity": {"old": "110105491231002"}, "note": "13800138000"})
        decide, = self.got("wang", "GET", "/v1/tasks")["items"]
        self.assertEqual(decide["inputs"], {**self.shown(("applicant",)), "identity": {"old": "110****1002"},
                                            "contact": {"mobile": 2 * ["139****9000"] + [None]},
                                            "note": "13800138000"})
        self.assertEqual(self.looks("wang"), [(f"task/{decide['id']}", ["name"])])
        first, second = self.got("zhang", "GET", f"/v1/cases/{self.case}")["tasks"]
        self.assertEqual(first["inputs"], GIVEN)
        self.assertEqual(second["inputs"]["contact"], outputs["contact"])
        self.assertEqual(self.looks("zhang", f"task/{second['id']}"), [(f"task/{second['id']}",
                                                                        ["name", "id_number", "phone"])])
        self.assertEqual(self.ask("sun", "GET", target).status, 404)
        self.assertEqual(self.looks("sun"), [])

    def test_the_history_shows_the_same(self):
        items = self.got("wang", "GET", f"/v1/cases/{self.case}/history")["items"]
        started = next(effect for effect in items if effect["effect"] == "case.start")
        self.assertEqual(started["variables"], self.shown(("applicant",)))
        self.assertEqual(started["by"], "zhang")
        text = json.dumps(items, ensure_ascii=False)
        self.assertNotIn(GIVEN["identity"], text)
        self.assertNotIn(GIVEN["mobile"], text)
        self.assertEqual(self.looks("wang"), [(f"case/{self.case}", ["name"])])
        items = self.got("zhang", "GET", f"/v1/cases/{self.case}/history")["items"]
        self.assertEqual(next(effect for effect in items if effect["effect"] == "case.start")["variables"], GIVEN)
        self.assertEqual(self.looks("zhang"), [(f"case/{self.case}", ["name", "id_number", "phone"])])

    def quoting(self, model=QUOTING):
        quoting = pack()
        quoting["files"]["processes/loan.bpmn"] = model
        texts = {"process.loan": "x", "task.check": "x", "form.begin": "x",
                 **{f"field.{field['name']}": "x" for field in FIELDS}}
        quoting["files"]["texts/zh.json"] = quoting["files"]["texts/en.json"] = json.dumps(texts)
        quoting["files"]["pack.json"] = quoting["files"]["pack.json"].replace('"version": "1"', '"version": "2"')
        self.in_force(quoting)

    def test_of_too_many_data_no_text_is_shown(self):
        self.quoting(QUOTING.replace(' h:formKey="begin"', ""))
        for count, shown in ((1000, GIVEN["identity"]), (1200, "****")):
            variables = {**GIVEN, "mobile": [f"1380000{number:04}" for number in range(count)]}
            case = self.got("zhang", "POST", "/v1/cases", {"process": "loan", "organisation": "north",
                                                           "subject": f"loan/{count}", "variables": variables},
                            status=201)["id"]
            items = self.got("zhang", "GET", f"/v1/cases/{case}/history")["items"]
            self.assertEqual([effect["key"] for effect in items if "key" in effect], [shown])

    def test_what_the_machine_quotes_is_masked(self):
        self.quoting()
        case = self.got("zhang", "POST", "/v1/cases", {"process": "loan", "organisation": "north", "subject": "loan/2",
                                                       "variables": GIVEN}, status=201)["id"]
        for who, shown in (("wang", MASKED["identity"]), ("zhang", GIVEN["identity"])):
            items = self.got(who, "GET", f"/v1/cases/{case}/history")["items"]
            self.assertEqual([effect["key"] for effect in items if "key" in effect], [shown])
            # The page that quotes need not be the one that it came in with.
            page = self.got(who, "GET", f"/v1/cases/{case}/history?limit=1")
            while page["next"] is not None:
                self.assertEqual(GIVEN["identity"] in json.dumps(page["items"]),
                                 who == "zhang" and any("key" in item or "variables" in item
                                                        for item in page["items"]))
                page = self.got(who, "GET", f"/v1/cases/{case}/history?limit=1&cursor={page['next']}")

    def test_a_token_needs_the_scope(self):
        task, = self.got("li", "GET", "/v1/tasks")["items"]
        for scopes, clear in (("tasks:read", ()), ("tasks:read personal:read", CLEAR)):
            token = self.bank.server.token("operator", scope=scopes)["token"]
            answer = self.bank.server.ask("GET", f"/v1/tasks/{task['id']}", token=token)
            self.assertEqual(answer.json()["inputs"], self.shown(clear), scopes)

    def test_the_trail_and_the_feed_hold_masks_alone(self):
        task, = self.got("li", "GET", "/v1/tasks")["items"]
        self.got("li", "POST", f"/v1/tasks/{task['id']}/claim")
        self.got("li", "POST", f"/v1/tasks/{task['id']}/complete", {"mobile": GIVEN["mobile"]})
        trail = json.dumps(self.bank.server.get("/v1/audit?limit=200").json(), ensure_ascii=False)
        feed = json.dumps(self.bank.server.get("/v1/events?after=0&limit=1000").json(), ensure_ascii=False)
        for name in CLEAR:
            self.assertNotIn(GIVEN[name], trail + feed)
        entry = next(entry for entry in self.bank.server.get(f"/v1/audit?subject=case/{self.case}").json()["items"]
                     if entry["action"] == "case.start")
        self.assertEqual(json.loads(entry["after"])["given"], self.shown(()))

    def test_classes_are_checked(self):
        def found(*fields):
            report = self.bank.server.ask("POST", "/v1/packs/check", pack(fields)).json()["report"]
            return [finding["message"] for finding in report["findings"] if finding["severity"] == "error"]
        self.assertEqual(found(*FIELDS), [])
        self.assertEqual(found({"name": "a", "type": "text", "personal": "shoe_size"}),
                         ["no class of personal data is called so"])
        self.assertEqual(found({"name": "a", "type": "text", "personal": 7}),
                         ["no class of personal data is called so"])
        self.assertEqual(found({"name": "a", "type": "text", "personal": "name"},
                               {"name": "a", "type": "text", "personal": "phone"}),
                         ["fields of this name have two classes of personal data"])

    def test_mappings_are_checked(self):
        def found(*mappings):
            outputs = "".join(f'<h:output target="{target}" source="{source}"/>' for target, source in mappings)
            mapped = pack()
            mapped["files"]["processes/loan.bpmn"] = MODEL.replace(
                '<userTask id="check" h:candidateRoles="reviewer"/>',
                f'<userTask id="check" h:candidateRoles="reviewer"><extensionElements>{outputs}</extensionElements>'
                "</userTask>")
            report = self.bank.server.ask("POST", "/v1/packs/check", mapped).json()["report"]
            return [(finding["severity"], finding["file"], finding["element"], finding["message"].split(":")[0])
                    for finding in report["findings"] if "mapping" in finding["message"]
                    or "escalation" in finding["message"]]
        place = ("processes/loan.bpmn", "check")
        for source in ("identity", "upper case(identity)", "[applicant, 1][1]", "{a: mobile}"):
            (severity, file, element, message), = found(("other", source))
            self.assertEqual((severity, file, element), ("warning", *place))
            self.assertRegex(message, "^the mapping to 'other' reads '(identity|applicant|mobile)', which is personal")
        self.assertEqual(len(found(("one", "mobile"), ("two", "identity + applicant"))), 3)
        # Names that have a class, texts, and names that only begin alike are none of it.
        self.assertEqual(found(("mobile", "identity"), ("other", "&quot;identity&quot;"), ("third", "identity_kind"),
                               ("fourth", "purpose"), ("fifth", "&quot;a&quot; + purpose + &quot;mobile&quot;")), [])
        self.assertEqual(found(("escalation", "&quot;approver&quot;"), ("escalation", "purpose")), [])
        self.assertEqual(found(("escalation", "&quot;aprover&quot;")),
                         [("error", *place, "the role 'aprover' of its escalation is not in roles.csv")])


class SqlitePersonal(Personal, unittest.TestCase):
    pass


class PostgresPersonal(OnPostgres, Personal, unittest.TestCase):
    pass


if __name__ == "__main__":
    unittest.main()
