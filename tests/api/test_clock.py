"""Timers of cases under a real server: fired when they are due, at its start for what fell due while it was down, and
exactly once however often it is killed."""

import datetime
import json
import os
import pathlib
import random
import signal
import subprocess
import tempfile
import time
import unittest

from bank import SEED, Bank
from postgres_case import OnPostgres
from test_queries import pages

PACKS = pathlib.Path(os.environ.get("HEADROOM_SOURCE", ".")).resolve() / "packs"
PATIENCE = 15
PROCESS = """<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:h="urn:headroom:bpmn" id="d"
 targetNamespace="urn:test"><process id="wait" isExecutable="true"><startEvent id="s"/>
<sequenceFlow id="f1" sourceRef="s" targetRef="look"/><userTask id="look" h:candidateRoles="reviewer"/>
<boundaryEvent id="late" attachedToRef="look"><timerEventDefinition><timeDuration>= span</timeDuration>
</timerEventDefinition></boundaryEvent><sequenceFlow id="f2" sourceRef="look" targetRef="e"/>
<sequenceFlow id="f3" sourceRef="late" targetRef="remind"/><serviceTask id="remind" h:topic="remind"/>
<sequenceFlow id="f4" sourceRef="remind" targetRef="e"/><endEvent id="e"/></process></definitions>"""
OVERDUE = """<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:h="urn:headroom:bpmn" id="d2"
 targetNamespace="urn:test"><process id="overdue" isExecutable="true"><startEvent id="s2"/>
<sequenceFlow id="g1" sourceRef="s2" targetRef="see"/><userTask id="see" h:candidateRoles="reviewer"><extensionElements>
<h:input target="due" source="= until"/><h:input target="escalation" source="= whom"/></extensionElements></userTask>
<sequenceFlow id="g2" sourceRef="see" targetRef="e2"/><endEvent id="e2"/></process></definitions>"""
TEXTS = json.dumps({"process.wait": "x", "task.look": "x", "process.overdue": "x", "task.see": "x"})


def pack(folder):
    """A pack whose process asks a reviewer, and reminds by itself when the time `span` is over."""
    for name, text in (("pack.json", json.dumps({"format": 1, "id": "wait", "version": "1",
                                                 "title": {"zh": "x", "en": "x"}})),
                       ("roles.csv", "id,role,level,zh,en\nreviewer,reviewer,any,x,x\nboss,approver,head,x,x\n"),
                       ("calendar.json", '{"offset":"+08:00","open":"09:00","close":"17:00"}'),
                       ("texts/zh.json", TEXTS), ("texts/en.json", TEXTS), ("processes/wait.bpmn", PROCESS),
                       ("processes/overdue.bpmn", OVERDUE)):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


class Clock:
    options = ()

    def setUp(self):
        self.bank = bank = Bank(*self.options)
        self.addCleanup(bank.remove)
        bank.user("zhang", "north", ("north", "relationship_manager"))
        bank.user("li", "north", ("north", "reviewer"))
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.pack = pack(pathlib.Path(folder.name))
        self.count = 0

    def overdue(self, seconds, whom="boss"):
        """Starts a case whose task is due in so many seconds; the task's target."""
        until = datetime.datetime.fromtimestamp(time.time() + seconds, datetime.timezone.utc)
        case = self.case(None, process="overdue",
                         variables={"until": until.strftime("%Y-%m-%dT%H:%M:%SZ"), "whom": whom})
        task, = self.bank.server.get(f"/v1/cases/{case}").json()["tasks"]
        return f"/v1/tasks/{task['id']}"

    def case(self, span, began=None, process="wait", variables=None, folder=None):
        """Starts a case whose timer is due `span` behind its beginning, now or at `began`; its id."""
        self.count += 1
        done = subprocess.run([SEED, self.bank.store, folder or self.pack, process, "north", "zhang", "person",
                               f"thing/{self.count}", json.dumps(variables or {"span": span}),
                               str(int(began or time.time()))],
                              check=True, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
        return done.stdout.strip()

    def called(self, case):
        """How often the timer of a case has fired, by its history."""
        history = pages(self.bank.server, f"/v1/cases/{case}/history", "items")[0]
        return sum(effect["effect"] == "service.call" for effect in history)

    def fired(self, case):
        """The same where nothing is under way; by the events and the trail it is the same."""
        server = self.bank.server
        place, events = "0", []
        while True:
            page = server.get(f"/v1/events?after={place}&limit=1000").json()
            events += [event for event in page["events"] if event.get("op") == "case.timer" and case in
                       json.dumps(event)]
            if not page["events"]:
                break
            place = page["next"]
        trail = server.get(f"/v1/audit?subject=case/{case}").json()["items"]
        entries = [entry for entry in trail if entry["action"] == "case.timer"]
        self.assertTrue(all(entry["actor"] == "system" for entry in entries), entries)
        called = self.called(case)
        self.assertEqual((len(events), len(entries)), (called, called), case)
        return called

    def until(self, what):
        end = time.monotonic() + PATIENCE
        while not what():
            self.assertLess(time.monotonic(), end, "it never came to pass")
            time.sleep(0.05)

    def metric(self, name):
        lines = self.bank.server.get("/metrics").body.decode().splitlines()
        return float(next(line for line in lines if line.startswith(f"{name} ")).split()[1])

    def test_it_fires_while_the_server_runs(self):
        far = self.case("P3D")
        near = self.case("PT1S")
        self.until(lambda: self.called(near) == 1)
        answer = self.bank.server.get(f"/v1/cases/{near}").json()
        self.assertEqual([task["state"] for task in answer["tasks"]], ["cancelled"])
        self.assertEqual(self.fired(near), 1)
        self.assertEqual(self.fired(far), 0)
        self.until(lambda: self.metric("headroom_timers_fired_total") == 1)
        self.assertEqual(self.metric("headroom_timers_failures_total"), 0)

    def test_what_fell_due_while_it_was_down_fires_at_the_start_once(self):
        self.bank.server.stop(signal.SIGKILL)
        cases = [self.case("PT1S", time.time() - 3600) for _ in range(3)]
        self.bank.server.start()
        self.until(lambda: all(self.called(case) == 1 for case in cases))
        self.assertEqual([self.fired(case) for case in cases], [1, 1, 1])
        for how in (signal.SIGKILL, signal.SIGTERM):
            self.bank.server.restart(how)
            self.until(lambda: self.metric("headroom_timers_looks_total") >= 2)
            self.assertEqual(self.metric("headroom_timers_fired_total"), 0)
            self.assertEqual([self.fired(case) for case in cases], [1, 1, 1])

    def test_killed_at_any_moment_each_fires_once(self):
        chance = random.Random(4711)
        self.bank.server.stop(signal.SIGKILL)
        cases = [self.case("PT1S", time.time() - 3600 + n) for n in range(20)]
        for _ in range(6):
            self.bank.server.start()
            time.sleep(chance.random() * 0.1)
            self.bank.server.stop(signal.SIGKILL)
        self.bank.server.start()
        self.until(lambda: self.called(cases[-1]) == 1)
        self.assertEqual([self.fired(case) for case in cases], [1] * len(cases))

    def test_requests_are_answered_between_two_turns(self):
        self.bank.server.stop()
        cases = [self.case("PT1S", time.time() - 3600 + n) for n in range(30)]
        self.bank.server.start()
        self.until(lambda: self.bank.server.get(f"/v1/cases/{cases[-1]}").json()["step"] == 2)
        self.assertEqual([self.fired(case) for case in cases], [1] * len(cases))
        self.assertGreaterEqual(self.metric("headroom_timers_looks_total"), 30 // 8)

    def escalated(self, target):
        trail = self.bank.server.get(f"/v1/audit?subject=task/{target.rsplit('/', 1)[1]}").json()["items"]
        return [entry["reason"] for entry in trail if entry["action"] == "task.escalate"]

    def test_what_is_overdue_is_shown_to_others_once(self):
        bank = self.bank
        bank.user("boss", "head", ("head", "approver"))
        boss, reviewer = bank.session("boss"), bank.session("li")
        near, far = self.overdue(2), self.overdue(3600)
        nowhere = self.overdue(1, whom="nobody")
        seen = bank.server.ask("GET", "/v1/tasks", token=boss).json()["items"]
        bank.server.restart(signal.SIGKILL)
        self.until(lambda: "escalated_at" in bank.server.get(near).json())
        self.until(lambda: "escalated_at" in bank.server.get(nowhere).json())
        self.assertEqual(seen, [])
        items = bank.server.ask("GET", "/v1/tasks", token=boss).json()["items"]
        self.assertEqual([f"/v1/tasks/{task['id']}" for task in items], [near])
        bank.server.restart(signal.SIGKILL)
        self.until(lambda: self.metric("headroom_timers_looks_total") >= 2)
        self.assertEqual([self.escalated(target) for target in (near, far, nowhere)],
                         [["overdue"], [], ["overdue; the pack has no such role"]])
        # Whom it is escalated to is bound by the rules of the case like anybody, and may do it.
        self.assertEqual(bank.server.ask("POST", f"{near}/claim", token=boss).status, 200)
        self.assertEqual(bank.server.ask("POST", f"{near}/complete", {}, token=boss).status, 200)
        self.assertEqual(bank.server.ask("POST", f"{far}/claim", token=reviewer).status, 200)

    def test_what_was_returned_stands_still(self):
        bank, target = self.bank, self.overdue(3)
        reviewer = bank.session("li")
        self.assertEqual(bank.server.ask("POST", f"{target}/claim", token=reviewer).status, 200)
        answer = bank.server.ask("POST", f"{target}/return", {"reason": "缺少审计报告"}, token=reviewer)
        self.assertEqual(answer.status, 200, answer)
        other = self.overdue(4)
        self.until(lambda: "escalated_at" in bank.server.get(other).json())
        self.assertEqual(self.escalated(target), [])
        # Back with the reviewer, it is overdue still where no office hours went by.
        answer = bank.server.ask("POST", f"{target}/resume", {"reason": "已补充"}, token=bank.session("zhang"))
        self.assertEqual(answer.json()["state"], "claimed")

    def test_killed_at_any_moment_each_is_shown_once(self):
        chance = random.Random(4712)
        self.bank.user("boss", "head", ("head", "approver"))
        targets = [self.overdue(2) for _ in range(20)]
        self.bank.server.stop(signal.SIGKILL)
        time.sleep(2)
        for _ in range(6):
            self.bank.server.start()
            time.sleep(chance.random() * 0.1)
            self.bank.server.stop(signal.SIGKILL)
        self.bank.server.start()
        self.until(lambda: "escalated_at" in self.bank.server.get(targets[-1]).json())
        self.assertEqual([self.escalated(target) for target in targets], [["overdue"]] * len(targets))
        tasks = pages(self.bank.server, "/v1/tasks", "items", token=self.bank.session("boss"))[0]
        self.assertEqual([f"/v1/tasks/{task['id']}" for task in tasks], targets)
        self.assertEqual({task["version"] for task in tasks}, {2})

    def test_who_does_what_was_escalated_has_the_duty_of_whose_it_was(self):
        """In the shipped pack: an approver of the head office who reviewed what was late does not decide it."""
        bank = self.bank
        for user in ("zhao", "qian"):
            bank.user(user, "head", ("head", "approver"))
        variables = {"customer_type": "corporate", "organisation_level": "branch", "application_type": "new",
                     "amount": 90000000}
        case = self.case(None, time.time() - 40 * 24 * 3600, "line-approval", variables, PACKS / "cn-commercial-bank")
        task, = bank.server.get(f"/v1/cases/{case}").json()["tasks"]
        review = f"/v1/tasks/{task['id']}"
        self.until(lambda: "escalated_at" in bank.server.get(review).json())
        self.assertEqual(self.escalated(review), ["overdue"])
        zhao, qian = bank.session("zhao"), bank.session("qian")
        seen, = bank.server.ask("GET", "/v1/tasks", token=zhao).json()["items"]
        self.assertEqual((seen["id"], seen["element"]), (task["id"], "review"))
        self.assertEqual(bank.server.ask("POST", f"{review}/claim", token=zhao).json()["role"], "approver")
        body = {"review_outcome": "agree", "opinion": "同意"}
        self.assertEqual(bank.server.ask("POST", f"{review}/complete", body, token=zhao).status, 200)
        decide, = (item for item in bank.server.get(f"/v1/cases/{case}").json()["tasks"] if item["state"] == "open")
        self.assertEqual(decide["element"], "decide_head")
        answer = bank.server.ask("POST", f"/v1/tasks/{decide['id']}/claim", token=zhao)
        self.assertEqual((answer.status, answer.json()["type"]), (409, "/problems/four-eyes"))
        self.assertEqual(bank.server.ask("POST", f"/v1/tasks/{decide['id']}/claim", token=qian).status, 200)


class SqliteClock(Clock, unittest.TestCase):
    pass


class PostgresClock(OnPostgres, Clock, unittest.TestCase):
    pass


if __name__ == "__main__":
    unittest.main()
