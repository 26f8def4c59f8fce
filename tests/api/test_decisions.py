"""Decision models on the server: the list, evaluations, what is refused and how it is said."""

import json
import os
import pathlib
import shutil
import signal
import tempfile
import time
import unittest

from headroom_server import Headroom

HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" id="m" name="{name}" namespace="urn:test:{name}">
"""
TABLE = HEAD + """
  <inputData id="i1" name="score"><variable name="score" typeRef="number"/></inputData>
  <inputData id="i2" name="since"><variable name="since" typeRef="date"/></inputData>
  <decision id="d1" name="Risk class"><variable name="Risk class" typeRef="string"/>
    <informationRequirement><requiredInput href="#i1"/></informationRequirement>
    <decisionTable hitPolicy="FIRST">
      <input><inputExpression typeRef="number"><text>score</text></inputExpression></input>
      <output/>
      <rule><inputEntry><text>&gt;= 700</text></inputEntry><outputEntry><text>"low"</text></outputEntry></rule>
      <rule><inputEntry><text>&gt;= 500</text></inputEntry><outputEntry><text>"middle"</text></outputEntry></rule>
      <rule><inputEntry><text>-</text></inputEntry><outputEntry><text>"high"</text></outputEntry></rule>
    </decisionTable>
  </decision>
  <decision id="d2" name="年限"><variable name="年限"/>
    <informationRequirement><requiredInput href="#i2"/></informationRequirement>
    <literalExpression><text>years and months duration(since, date("2026-01-01"))</text></literalExpression>
  </decision>
  <decision id="d3" name="Endless"><variable name="Endless"/>
    <literalExpression><text>count(for a in 1..10000000, b in 1..10000000 return a + b)</text></literalExpression>
  </decision>
</definitions>
"""
WRONG_EXPRESSION = HEAD + """
  <decision id="d" name="Broken"><variable name="Broken"/>
    <literalExpression><text>1 + )</text></literalExpression>
  </decision>
</definitions>
"""


class Decisions(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="models-"))
        (cls.folder / "risk.dmn").write_text(TABLE.format(name="risk"))
        (cls.folder / "broken.dmn").write_text(WRONG_EXPRESSION.format(name="broken"))
        (cls.folder / "other.dmn").write_text("<definitions xmlns='urn:other'/>")
        (cls.folder / "cut.dmn").write_text(TABLE.format(name="cut")[:700])
        (cls.folder / "note.txt").write_text("no model")
        os.mkdir(cls.folder / "folder.dmn")
        cls.server = Headroom("--models", str(cls.folder))

    @classmethod
    def tearDownClass(cls):
        cls.server.remove()
        shutil.rmtree(cls.folder)

    def ask(self, path, body, **more):
        return self.server.ask("POST", f"/v1/decisions/{path}", body, **more)

    def test_the_list_names_models_inputs_and_decisions(self):
        models = self.server.get("/v1/decisions").json()["models"]
        self.assertEqual([model["model"] for model in models], ["broken", "risk"])
        risk = models[1]
        self.assertEqual(risk["name"], "risk")
        self.assertEqual(risk["problems"], 0)
        self.assertEqual(len(risk["model_hash"]), 64)
        self.assertEqual([(item["name"], item["type"]) for item in risk["inputs"]],
                         [("score", "number"), ("since", "date")])
        self.assertEqual([(item["name"], item["kind"], item["type"]) for item in risk["decisions"]],
                         [("Risk class", "decision", "string"), ("年限", "decision", "Any"),
                          ("Endless", "decision", "Any")])
        self.assertEqual(models[0]["problems"], 1)

    def test_what_was_left_out_is_named_at_the_start(self):
        lines = self.server.stderr().splitlines()
        for file in ("other.dmn", "cut.dmn", "folder.dmn", "broken.dmn"):
            self.assertTrue(any(file in line for line in lines), (file, lines))
        self.assertFalse(any("risk.dmn" in line or "note.txt" in line for line in lines), lines)

    def test_a_decision_by_name_and_by_id(self):
        for path in ("risk/Risk%20class", "risk/d1"):
            for score, expected in ((700, "low"), (699.99, "middle"), (1, "high")):
                answer = self.ask(path, {"score": score})
                self.assertEqual(answer.status, 200)
                self.assertEqual(answer.json()["result"], expected)
                self.assertEqual(answer.json()["diagnostics"], [])
        answer = self.ask("risk/%E5%B9%B4%E9%99%90", {"since": "2019-03-01"})
        self.assertEqual(answer.json()["result"], "P6Y10M")

    def test_what_led_to_it_is_explained(self):
        answer = self.ask("risk/d1?explain=true", {"score": 550}).json()
        self.assertEqual(answer["inputs"], {"score": 550})
        table = answer["decisions"][0]["tables"][0]
        self.assertEqual(table["inputs"], [{"expression": "score", "value": 550}])
        self.assertEqual(table["rules"], [2, 3])

    def test_a_value_that_cannot_be_is_null_with_a_reason(self):
        answer = self.ask("risk/d1", {"score": "many"}).json()
        self.assertIn("not of its type", answer["diagnostics"][0]["message"])
        answer = self.ask("risk/d2", {}).json()
        self.assertIsNone(answer["result"])
        self.assertIn("since", answer["diagnostics"][0]["message"])

    def test_what_is_refused_has_a_problem_document(self):
        for path, body, status, slug in (
                ("none/d1", {}, 404, "model-not-found"),
                ("risk/none", {}, 404, "decision-not-found"),
                ("risk/d1", "[1]", 400, "bad-input"),
                ("risk/d1", '{"score":1', 400, "bad-input"),
                ("risk/d1?explain=maybe", {}, 400, "bad-parameter"),
                ("risk/d1?other=1", {}, 400, "bad-parameter")):
            with self.subTest(path=path, body=body):
                answer = self.ask(path, body)
                self.assertEqual((answer.status, answer.json()["type"]), (status, f"/problems/{slug}"))
        answer = self.ask("risk/d1", json.dumps({"score": "x" * 2_000_000}))
        self.assertEqual(answer.status, 413)

    def test_an_endless_evaluation_is_stopped_and_the_server_goes_on(self):
        answer = self.ask("risk/Endless", {})
        self.assertEqual((answer.status, answer.json()["type"]), (422, "/problems/evaluation-stopped"))
        self.assertEqual(self.ask("risk/d1", {"score": 700}).json()["result"], "low")

    def test_a_reader_may_look_and_not_ask(self):
        reader = self.server.token("reader")["token"]
        self.assertEqual(self.server.get("/v1/decisions", token=reader).status, 200)
        self.assertEqual(self.ask("risk/d1", {}, token=reader).status, 403)


class Reload(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="models-"))
        self.addCleanup(shutil.rmtree, self.folder)

    def test_sighup_reads_the_folder_again(self):
        server = Headroom("--models", str(self.folder))
        self.addCleanup(server.remove)
        self.assertEqual(server.get("/v1/decisions").json(), {"models": []})
        (self.folder / "risk.dmn").write_text(TABLE.format(name="risk"))
        server.process.send_signal(signal.SIGHUP)
        for _ in range(500):
            if server.get("/v1/decisions").json()["models"]:
                break
            time.sleep(0.01)
        self.assertEqual(server.ask("POST", "/v1/decisions/risk/d1", {"score": 700}).json()["result"], "low")

    def test_without_a_folder_there_are_no_models(self):
        server = Headroom()
        self.addCleanup(server.remove)
        self.assertEqual(server.get("/v1/decisions").json(), {"models": []})
        self.assertEqual(server.ask("POST", "/v1/decisions/risk/d1", {}).status, 404)


if __name__ == "__main__":
    unittest.main()
