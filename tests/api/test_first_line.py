"""The thin story, examples/first-line, on both databases: as it is, again, and with the server killed anywhere; and
what becomes of applications that are not approved, not accepted by the ledger, given up, or cannot be carried out."""

import contextlib
import importlib.machinery
import importlib.util
import io
import json
import os
import pathlib
import random
import signal
import sqlite3
import threading
import time
import unittest

from headroom_server import Headroom, limit_open
from postgres_case import OnPostgres

SOURCE = pathlib.Path(os.environ.get("HEADROOM_SOURCE", ".")).resolve()
CHECK = os.environ.get("HEADROOM_TIER", "test") != "test"
KILLS = {"test": 10, "check": 20, "soak": 200}[os.environ.get("HEADROOM_TIER", "test")]
SEED = int(os.environ.get("HEADROOM_SEED", "1"))


def story():
    loader = importlib.machinery.SourceFileLoader("first_line", str(SOURCE / "examples/first-line"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("first_line", loader))
    loader.exec_module(module)
    return module


class Told:
    options = ()

    def setUp(self):
        self.story = story()
        self.server = self.serve(self.options)
        self.bank = self.new_bank()

    def new_options(self):
        """For a server of another database."""
        store = self.fresh()
        return ("--store", store) if store else ()

    def serve(self, options):
        """A new server that has stored the packs; started again it has them."""
        server = Headroom(*options, "--packs", str(SOURCE / "packs"))
        self.addCleanup(server.remove)
        server.options = options
        return server

    def new_bank(self, run="1"):
        return self.story.Bank(self.server.url, self.server.admin, run, out=io.StringIO())

    def killed(self, bank):
        self.server.restart(signal.SIGKILL)
        bank.url = self.server.url

    def outcome(self, bank):
        """What the story came to, without times and ids that are made of the time."""
        application = bank.ask("GET", f"/v1/applications/{bank.application}")
        case = bank.ask("GET", f"/v1/cases/{application['case']}")
        view = bank.ask("GET", f"/v1/customers/{bank.customer}/view")
        steps = bank.ask("GET", "/v1/events?limit=1000")["events"]
        return {
            "application": (application["state"], application["version"]),
            "decisions": [(d["id"], d["state"], d["decider"], d["opinion"]) for d in application["decisions"]],
            "case": (case["phase"], case["step"], case["incidents"]),
            "tasks": [(t["element"], t["state"], t["claimed_by"]) for t in case["tasks"]],
            "limits": [(i["depth"], i["limit"]["id"], i["limit"]["cap"], i["limit"]["used"]) for i in view["limits"]],
            "ledger": [(e["op"], e["id"], e.get("case")) for e in steps if e["source"] == "ledger"],
            "credit": sorted((e["op"], e["actor"]) for e in steps
                             if e["source"] == "credit" and not e["op"].startswith(("pack.", "user", "organis"))),
        }

    def play(self, bank, between=lambda bank: None):
        for step in self.story.STEPS:
            step(bank)
            between(bank)
        return self.outcome(bank)


class Story(Told):
    """The story as it is meant to go."""

    def test_the_story_and_its_repetition(self):
        first = self.play(self.bank)
        self.assertEqual(first["application"], ("active", 4))
        self.assertEqual(first["case"], ("completed", 4, 0))
        self.assertEqual(first["decisions"], [("AP-00000001.D1", "active", "demo-wang", "同意授信")])
        self.assertEqual(first["tasks"], [("review", "done", "demo-li"), ("decide_branch", "done", "demo-wang")])
        self.assertEqual([limit[1:] for limit in first["limits"] if not limit[1].startswith("AP-00000001.R")],
                         [("AP-00000001.T", "20000000.00", "5000000.00"),
                          ("AP-00000001.1", "20000000.00", "5000000.00")])
        self.assertEqual([op for op, _, _ in first["ledger"]].count("limit.open"), 4)
        self.assertIn(("draw", "AP-00000001.1.loan-1", None), first["ledger"])
        # Each task is due in as many working days as the routing table says.
        tasks = self.server.get("/v1/cases/CS-00000001").json()["tasks"]
        self.assertEqual([task["inputs"]["due"] for task in tasks], ["P5D", "P5D"])
        self.assertTrue(all(task["due_at"] > task["created_at"] for task in tasks))
        self.assertEqual(self.play(self.new_bank()), first)
        # Another firm's line is another story.
        self.assertEqual(self.play(self.new_bank("2"))["decisions"],
                         [("AP-00000002.D1", "active", "demo-wang", "同意授信")])

    def test_killed_between_any_two_steps(self):
        whole = self.play(self.bank)
        self.server = self.serve(self.new_options())
        self.assertEqual(self.play(self.new_bank(), self.killed), whole)

    def test_killed_anywhere(self):
        """A kill in the middle of whatever is under way, every few steps, until two stories are told."""
        runs = ("1", "2")
        begin = time.monotonic()
        whole = [self.play(self.new_bank(run)) for run in runs]
        took = time.monotonic() - begin
        self.server = other = self.serve(self.new_options())
        banks, chance, over = [self.new_bank(run) for run in runs], random.Random(SEED), threading.Event()
        kills, outcomes = [], []

        def killer():
            while len(kills) < KILLS and not over.wait(chance.uniform(0.01, took / 6)):
                other.restart(signal.SIGKILL)
                for bank in banks:
                    bank.url = other.url
                kills.append(time.monotonic())

        thread = threading.Thread(target=killer)
        thread.start()
        try:
            for bank in banks:
                for step in self.story.STEPS:
                    step(bank)
        finally:
            over.set()
            thread.join()
        self.assertGreater(len(kills), 2)
        outcomes = [self.outcome(bank) for bank in banks]
        for told, of_whole in zip(outcomes, whole):
            for part in ("application", "decisions", "case", "tasks", "limits"):
                self.assertEqual(told[part], of_whole[part])
        # Every step of every story stands once, whatever was sent again.
        for part in ("ledger", "credit"):
            self.assertEqual(outcomes[-1][part], whole[-1][part])


class Ends(Told):
    """Stories that end otherwise."""

    def until(self, index):
        for step in self.story.STEPS[:index]:
            step(self.bank)

    def ask(self, who, method, target, body=None):
        return self.server.ask(method, target, body, token=self.bank.session(who) if who else None)

    def problem(self, answer, status, slug):
        self.assertEqual((answer.status, answer.json()["type"]), (status, f"/problems/{slug}"), answer)

    def application(self):
        return self.server.get(f"/v1/applications/{self.bank.application}").json()

    def settled(self, *states):
        deadline = time.monotonic() + 20
        while self.application()["state"] not in states and time.monotonic() < deadline:
            time.sleep(0.02)
        application = self.application()
        self.assertIn(application["state"], states)
        return application, self.case(application)

    def case(self, application):
        return self.server.get(f"/v1/cases/{application['case']}").json()

    def wait_case(self, application, wanted):
        deadline = time.monotonic() + 20
        while not wanted(self.case(application)) and time.monotonic() < deadline:
            time.sleep(0.02)
        return self.case(application)

    def done(self, who, element, outputs):
        self.story.task_done(self.bank, who, element, outputs)

    def test_what_the_reviewer_or_the_approver_refuses_is_rejected(self):
        self.until(6)
        self.done("demo-li", "review", {"review_outcome": "refuse", "opinion": "现金流不足"})
        application, _ = self.settled("rejected")
        decision = application["decisions"][0]
        self.assertEqual((decision["outcome"], decision["decider"], decision["opinion"]),
                         ("reject", "demo-li", "现金流不足"))
        self.assertEqual(self.wait_case(application, lambda c: c["phase"] != "running")["phase"], "completed")
        self.assertEqual(self.server.get(f"/v1/customers/{self.bank.customer}/view").json()["limits"], [])
        self.problem(self.ask("demo-zhang", "POST", f"/v1/applications/{application['id']}/submit"), 409, "not-a-draft")
        self.problem(self.ask("demo-zhang", "POST", f"/v1/applications/{application['id']}/withdraw"), 409,
                     "not-submitted")
        self.bank = self.new_bank("2")
        self.until(7)
        self.done("demo-wang", "decide_branch", {"decision_outcome": "reject", "opinion": "不同意"})
        self.assertEqual(self.settled("rejected")[0]["decisions"][0]["decider"], "demo-wang")

    def test_an_approval_names_what_was_shown(self):
        """The approver saw the draft before it became another: the approval of that is none."""
        self.until(5)
        seen = self.application()
        body = {"proposal": {**seen["proposal"], "purpose": "扩建厂房"}}
        answer = self.server.ask("PUT", f"/v1/applications/{seen['id']}", body,
                                 token=self.bank.session("demo-zhang"), headers={"If-Match": f'"{seen["version"]}"'})
        self.assertEqual(answer.status, 200, answer)
        for step in self.story.STEPS[5:7]:
            step(self.bank)
        now = self.application()
        self.assertNotEqual(now["hash"], seen["hash"])
        self.assertEqual(answer.json()["hash"], now["hash"])
        case = self.case(now)
        task = next(task for task in case["tasks"] if task["element"] == "decide_branch")
        target, body = f"/v1/tasks/{task['id']}", {"decision_outcome": "approve", "opinion": "同意"}
        claimed = self.ask("demo-wang", "POST", f"{target}/claim").json()
        self.assertEqual((claimed["content"], claimed["names_content"]), (now["hash"], True))
        self.problem(self.ask("demo-wang", "POST", f"{target}/complete", body), 428, "shown-needed")
        for shown in (seen["hash"], now["hash"].upper(), now["hash"][:63], "x"):
            self.problem(self.ask("demo-wang", "POST", f"{target}/complete?shown={shown}", body), 412,
                         "shown-changed")
        self.assertEqual(self.case(now), {**case, "tasks": self.case(now)["tasks"]})
        self.assertEqual(self.ask("demo-wang", "GET", target).json(), claimed)
        answer = self.ask("demo-wang", "POST", f"{target}/complete?shown={now['hash']}", body)
        self.assertEqual((answer.status, answer.json()["shown"]), (200, now["hash"]), answer)
        self.assertNotIn("content", answer.json())
        entry = next(entry for entry in self.server.get(f"/v1/audit?subject=task/{task['id']}").json()["items"]
                     if entry["action"] == "task.complete")
        self.assertEqual(json.loads(entry["after"])["shown"], now["hash"])
        self.assertEqual(self.settled("active")[0]["hash"], now["hash"])
        # A task whose form does not ask for it is completed on what was shown where that is named.
        review = next(task for task in case["tasks"] if task["element"] == "review")
        self.assertEqual(review["shown"], now["hash"])

    def test_the_customers_view_shows_its_cases_and_what_waits(self):
        self.until(6)
        view = self.server.get(f"/v1/customers/{self.bank.customer}/view").json()
        shown, = view["cases"]
        case = self.case(self.application())
        self.assertEqual(shown["case"], {name: value for name, value in case.items()
                                         if name not in ("tasks", "open_incidents")})
        task, = shown["tasks"]
        whole, = case["tasks"]
        self.assertEqual(task, {name: whole[name] for name in ("id", "element", "name", "state", "candidates",
                                                               "created_at", "due_at")})
        # Another customer has none of it.
        self.bank, first = self.new_bank("2"), self.bank
        self.until(7)
        other, = self.server.get(f"/v1/customers/{self.bank.customer}/view").json()["cases"]
        self.assertEqual([task["element"] for task in other["tasks"]], ["decide_branch"])
        self.assertEqual(other["case"]["subject"], f"application/{self.bank.application}")
        self.done("demo-wang", "decide_branch", {"decision_outcome": "reject", "opinion": "不同意"})
        self.settled("rejected")
        self.wait_case(self.application(), lambda c: c["phase"] != "running")
        other, = self.server.get(f"/v1/customers/{self.bank.customer}/view").json()["cases"]
        self.assertEqual((other["case"]["phase"], other["tasks"]), ("completed", []))
        self.assertEqual(len(self.server.get(f"/v1/customers/{first.customer}/view").json()["cases"]), 1)

    def test_what_the_ledger_refuses_ends_so(self):
        self.until(7)
        # Somebody has opened a limit under the id that the line would get, for somebody else.
        result = self.server.post([limit_open(f"{self.bank.application}.1", "1", holder="another")])
        self.assertEqual(result[0]["result"], "ok")
        self.done("demo-wang", "decide_branch", {"decision_outcome": "approve", "opinion": "同意"})
        application, _ = self.settled("refused")
        self.assertEqual(application["decisions"][0]["state"], "refused")
        case = self.wait_case(application, lambda c: c["phase"] != "running")
        self.assertEqual((case["phase"], case["incidents"]), ("completed", 0))
        history = self.server.get(f"/v1/cases/{case['id']}/history").json()["items"]
        self.assertIn("not_activated", str(history))
        self.assertEqual(self.server.get(f"/v1/limits/{self.bank.application}.T").status, 404)

    def test_what_is_in_process_can_be_given_up(self):
        self.until(6)
        target = f"/v1/applications/{self.bank.application}"
        self.problem(self.ask("demo-li", "POST", f"{target}/withdraw"), 403, "role-needed")
        answer = self.ask("demo-zhang", "POST", f"{target}/withdraw")
        self.assertEqual((answer.status, answer.json()["state"]), (200, "withdrawn"), answer)
        case = self.case(answer.json())
        self.assertEqual((case["phase"], [t["state"] for t in case["tasks"]]), ("cancelled", ["cancelled"]))
        self.problem(self.ask("demo-zhang", "POST", f"{target}/withdraw"), 409, "not-submitted")

    def test_who_entered_it_does_not_review_it(self):
        """One person enters, another submits, and the first is made a reviewer."""
        self.until(5)
        self.bank.make("/v1/users", {"id": "demo-he", "login": "demo-he", "name": "何", "organisation": "demo-north-1"},
                       "he")
        self.bank.make("/v1/users/demo-he/posts", {"organisation": "demo-north-1", "role": "relationship_manager"},
                       "he-post")
        answer = self.ask("demo-he", "POST", f"/v1/applications/{self.bank.application}/submit")
        self.assertEqual(answer.status, 200, answer)
        answer = self.server.ask("DELETE", "/v1/users/demo-zhang/posts/demo-north-1/relationship_manager")
        self.assertEqual(answer.status, 204, answer)
        self.bank.make("/v1/users/demo-zhang/posts", {"organisation": "demo-north", "role": "reviewer"}, "zhang-post")
        task = self.case(self.application())["tasks"][0]["id"]
        self.problem(self.ask("demo-zhang", "POST", f"/v1/tasks/{task}/claim"), 409, "four-eyes")
        self.assertEqual(self.ask("demo-li", "POST", f"/v1/tasks/{task}/claim").status, 200)

    def draft(self, **changes):
        proposal = {**self.server.get("/v1/applications/AP-00000001").json()["proposal"], **changes}
        answer = self.ask("demo-zhang", "POST", "/v1/applications",
                          {"organisation": "demo-north-1", "proposal": proposal})
        self.assertEqual(answer.status, 201, answer)
        self.bank.application = answer.json()["id"]
        return f"/v1/applications/{self.bank.application}/submit"

    def test_what_cannot_be_submitted_says_why(self):
        self.until(1)
        self.until(0)
        the_pack, steps = self.story.STEPS[1], self.story.STEPS
        for step in (steps[2], steps[3]):
            step(self.bank)
        target = f"/v1/applications/{self.bank.application}/submit"
        self.problem(self.ask("demo-zhang", "POST", target), 409, "no-pack")
        the_pack(self.bank)
        self.problem(self.ask("demo-li", "POST", target), 403, "role-needed")
        self.problem(self.ask("demo-zhang", "POST", "/v1/applications/AP-9/submit"), 404, "application-not-found")
        stale = self.server.ask("POST", target, token=self.bank.session("demo-zhang"), headers={"If-Match": '"7"'})
        self.problem(stale, 412, "version-changed")
        line = self.application()["proposal"]["lines"][0]
        for changes, slug in (({"type": "freeze"}, "not-routed"),
                              ({"lines": [{**line, "product": "GOLD"}]}, "unknown-product"),
                              ({"currency": "USD", "lines": [{**line, "currency": "USD"}]}, "no-rate")):
            self.problem(self.ask("demo-zhang", "POST", self.draft(**changes)), 409, slug)
            self.assertEqual(self.application()["state"], "draft")
        self.assertEqual(self.server.get("/v1/cases").json()["items"], [])
        # With a rate the amount that is routed is the base currency's, rounded up.
        self.server.post([{"op": "rate.set", "id": "r-1", "currency": "USD", "rate": "7.10000001"}])
        answer = self.ask("demo-zhang", "POST", f"/v1/applications/{self.bank.application}/submit")
        self.assertEqual(answer.status, 200, answer)
        self.assertEqual(answer.json()["routing"]["input"]["amount"], 142000000.2)

    def resolved_in_vain(self, case):
        """Once more comes to the same; and what became another behind the approver's back is not decided."""
        why = ["the customer's total limit is in another currency"]
        self.retry(case, why)
        if isinstance(self, Sqlite):
            with contextlib.closing(sqlite3.connect(self.server.directory / "credit.db", timeout=20)) as store, store:
                store.execute("UPDATE application SET body = replace(body, '1000.00', '2000.00') WHERE id = ?",
                              (self.bank.application,))
            self.retry(case, why + ["the application is not the one that was approved"])

    def retry(self, case, why):
        target = f"/v1/cases/{case['id']}"
        number = self.server.get(target).json()["open_incidents"][0]["wait"]
        answer = self.ask("demo-sun", "POST", f"{target}/incidents/{number}/resolve", {"reason": "再试"})
        self.assertEqual(answer.status, 200, answer)
        after = self.wait_case(self.application(), lambda c: c["incidents"] > 0)
        self.assertGreater(after["open_incidents"][0]["wait"], number)
        history = self.server.get(f"{target}/history").json()["items"]
        texts = [effect["text"].split(": ", 1)[1] for effect in history if effect["effect"] == "incident.open"]
        self.assertEqual((texts[0], texts[-1]), (why[0], why[-1]))

    def test_a_decision_that_cannot_be_carried_out_is_an_incident(self):
        """A second line in another currency than the customer's total: a person sees it, the others go on."""
        for step in self.story.STEPS[:10]:
            step(self.bank)
        self.server.post([{"op": "rate.set", "id": "r-1", "currency": "USD", "rate": "7"}])
        line = {key: value for key, value in self.application()["proposal"]["lines"][0].items() if key != "clause"}
        target = self.draft(currency="USD", amount="1000.00", lines=[{**line, "currency": "USD", "amount": "1000.00"}])
        self.assertEqual(self.ask("demo-zhang", "POST", target).status, 200)
        bank, self.bank.run = self.bank, "1b"
        self.done("demo-li", "review", {"review_outcome": "agree", "opinion": "同意"})
        self.done("demo-wang", "decide_branch", {"decision_outcome": "approve", "opinion": "同意"})
        case = self.wait_case(self.application(), lambda c: c["incidents"] > 0)
        self.assertEqual((case["phase"], case["incidents"]), ("running", 1))
        self.assertEqual(self.application()["state"], "submitted")
        self.resolved_in_vain(case)
        self.bank = self.new_bank("3")
        self.until(9)
        self.assertEqual(self.application()["state"], "active")
        self.assertEqual(bank.ask("GET", f"/v1/applications/{bank.application}")["state"], "submitted")


class Sqlite:
    def fresh(self):
        return None


class SqliteStory(Sqlite, Story, unittest.TestCase):
    pass


class SqliteEnds(Sqlite, Ends, unittest.TestCase):
    pass


class PostgresStory(OnPostgres, Story, unittest.TestCase):
    at_check = True


@unittest.skipUnless(CHECK, "no check")
class PostgresEnds(OnPostgres, Ends, unittest.TestCase):
    at_check = True


if __name__ == "__main__":
    unittest.main()
