"""Timers of cases under a real server: fired when they are due, at its start for what fell due while it was down, and
exactly once however often it is killed."""

import json
import os
import pathlib
import random
import signal
import subprocess
import tempfile
import time
import unittest

from postgres_case import OnPostgres
from test_people import Bank
from test_queries import pages

SEED = pathlib.Path(os.environ.get("HEADROOM_BUILD", "build")).resolve() / "tests/support/process_seed"
PATIENCE = 15
PROCESS = """<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:h="urn:headroom:bpmn" id="d"
 targetNamespace="urn:test"><process id="wait" isExecutable="true"><startEvent id="s"/>
<sequenceFlow id="f1" sourceRef="s" targetRef="look"/><userTask id="look" h:candidateRoles="reviewer"/>
<boundaryEvent id="late" attachedToRef="look"><timerEventDefinition><timeDuration>= span</timeDuration>
</timerEventDefinition></boundaryEvent><sequenceFlow id="f2" sourceRef="look" targetRef="e"/>
<sequenceFlow id="f3" sourceRef="late" targetRef="remind"/><serviceTask id="remind" h:topic="remind"/>
<sequenceFlow id="f4" sourceRef="remind" targetRef="e"/><endEvent id="e"/></process></definitions>"""
TEXTS = json.dumps({"process.wait": "x", "task.look": "x"})


def pack(folder):
    """A pack whose process asks a reviewer, and reminds by itself when the time `span` is over."""
    for name, text in (("pack.json", json.dumps({"format": 1, "id": "wait", "version": "1",
                                                 "title": {"zh": "x", "en": "x"}})),
                       ("roles.csv", "id,role,level,zh,en\nreviewer,reviewer,any,x,x\n"),
                       ("calendar.json", '{"offset":"+08:00","open":"09:00","close":"17:00"}'),
                       ("texts/zh.json", TEXTS), ("texts/en.json", TEXTS), ("processes/wait.bpmn", PROCESS)):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


class Clock:
    options = ()
    store = None

    def setUp(self):
        self.bank = bank = Bank(*self.options)
        self.addCleanup(bank.server.remove)
        bank.user("zhang", "north", ("north", "relationship_manager"))
        bank.user("li", "north", ("north", "reviewer"))
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.pack = pack(pathlib.Path(folder.name))
        self.count = 0

    def case(self, span, began=None):
        """Starts a case whose timer is due `span` behind its beginning, now or at `began`; its id."""
        self.count += 1
        done = subprocess.run([SEED, str(self.store or self.bank.server.directory / "credit.db"), self.pack, "wait",
                               "north", "zhang", "person", f"thing/{self.count}", json.dumps({"span": span}),
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


class SqliteClock(Clock, unittest.TestCase):
    pass


class PostgresClock(OnPostgres, Clock, unittest.TestCase):
    pass


if __name__ == "__main__":
    unittest.main()
