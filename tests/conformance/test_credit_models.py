"""Decision models of loan and credit processes that others drew: they load, and three of them answer inputs of our
own as a reader of the model would."""

import json
import os
import pathlib
import subprocess
import unittest

SOURCE = pathlib.Path(os.environ.get("HEADROOM_SOURCE", pathlib.Path(__file__).resolve().parents[2]))
BINARY = os.environ.get("HEADROOM_BINARY", str(SOURCE / "build" / "headroom"))
DATA = pathlib.Path(os.environ.get("HEADROOM_DATA", SOURCE.parent / "shared" / "data")) / "credit-models"


@unittest.skipUnless(DATA.is_dir(), "the models are not there; HEADROOM_DATA says where to look")
class CreditModels(unittest.TestCase):
    def ask(self, model, decision, inputs):
        done = subprocess.run([BINARY, "dmn", "eval", str(DATA / model), "--decision", decision, "--input",
                               json.dumps(inputs)], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def check(self, model):
        done = subprocess.run([BINARY, "dmn", "check", str(DATA / model)], capture_output=True, text=True, check=False)
        self.assertIn(done.returncode, (0, 1), done.stderr)
        return done.stdout

    def test_each_loads_and_is_judged(self):
        models = sorted(path.name for path in DATA.glob("*.dmn"))
        self.assertGreater(len(models), 7)
        for model in models:
            with self.subTest(model=model):
                self.assertRegex(self.check(model), r"\d+ findings\n\Z")

    def test_what_another_product_invents_is_named(self):
        out = self.check("RiskAssessment.dmn")
        self.assertIn("the type 'integer' is not known", out)
        self.assertIn("the name 'application' is not known here", out)
        self.assertIn("a value is expected behind the comparison", self.check("risk_rating_spec_example.dmn"))

    def test_loan_grade(self):
        for income, size, grade in ((900, 400, "VG"), (700, 4500, "G"), (501, 3000, "F"), (2500, 100, "P"),
                                    (200, 1000, None), (1500, 200, None)):
            answer = self.ask("loan-grade-relops.dmn", "Loan Grade", {"Annual Income": income, "Loan Size": size})
            self.assertEqual(answer["result"], grade, (income, size))
        # Two rules of a table with the hit policy Unique: no grade, and the reason.
        answer = self.ask("loan-grade-relops.dmn", "Loan Grade", {"Annual Income": 900, "Loan Size": 700})
        self.assertIsNone(answer["result"])
        self.assertIn("2 rules of a table with the hit policy Unique match", answer["diagnostics"][0]["message"])

    def test_loan_eligibility(self):
        client = {"age": 40, "salary": 2500, "existing payments": 200}
        loan = {"duration": 15, "installment": 300}
        inputs = {"Client": client, "Loan": loan, "SupremeDirector": "No", "Bribe": 50}
        self.assertEqual(self.ask("LoanEligibility.dmn", "Eligibility", inputs)["result"], "Yes")
        self.assertEqual(self.ask("LoanEligibility.dmn", "Judgement", inputs)["result"], "No")
        self.assertEqual(self.ask("LoanEligibility.dmn", "Decide", inputs)["result"], False)
        self.assertEqual(self.ask("LoanEligibility.dmn", "Decide", {**inputs, "Bribe": 150})["result"], True)
        asked = {**inputs, "SupremeDirector": "Yes"}
        self.assertEqual(self.ask("LoanEligibility.dmn", "Judgement", asked)["result"], "Yes")
        # One cent more, and the default output: (200 + 425.01) / 2500 is above a quarter.
        for installment, eligible in ((425, "Yes"), (425.01, "No")):
            answer = self.ask("LoanEligibility.dmn", "Eligibility",
                              {"Client": client, "Loan": {**loan, "installment": installment}})
            self.assertEqual(answer["result"], eligible)
        # Seventeen is not allowed by the type of the age.
        answer = self.ask("LoanEligibility.dmn", "Eligibility", {**inputs, "Client": {**client, "age": 17}})
        self.assertIn("the input 'Client' is not of its type", [item["message"] for item in answer["diagnostics"]])

    def test_age_limit(self):
        for age, applicant, approved in ((20, "a", False), (21, "a", True), (21, "b", None)):
            answer = self.ask("loan-application-age-limit.dmn", "Approvement",
                              {"Applicant": {"age": age, "id": "a"}, "Application": {"applicantId": applicant}})
            result = answer["result"]
            self.assertEqual(None if result is None else result["approved"], approved)


if __name__ == "__main__":
    unittest.main()
