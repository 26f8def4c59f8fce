"""BPMN models that others drew: each loads, or is refused by file, line and element."""

import json
import os
import pathlib
import re
import subprocess
import unittest

BINARY = os.environ.get("HEADROOM_BINARY", "build/headroom")
DATA = pathlib.Path(os.environ.get("HEADROOM_DATA", "../shared/data"))
SOURCE = pathlib.Path(os.environ.get("HEADROOM_SOURCE",
                                     pathlib.Path(__file__).resolve().parents[2]))
PROCESSES = SOURCE / "tests" / "conformance" / "processes"
EXAMPLES = SOURCE / "examples" / "processes"
LINE = re.compile(r"(?P<file>[^:]+):(?P<line>\d+): (?P<severity>refused|finding|note): "
                  r"(?P<kind>[A-Za-z]+) '(?P<id>[^']*)'.*: .+")
# What the subset leaves out, and a model of the kit that uses it.
REFUSED = {
    "A.2.1": "XPath", "A.3.0": "it is empty", "B.1.0": "no document given has a process 'global-task'",
    "B.2.0": "conditionalEventDefinition", "C.1.0": "its timer says neither when nor how long", "C.1.1": "XPath",
    "C.3.0": "XPath", "C.4.0": "signalEventDefinition", "C.5.0": "signalEventDefinition",
    "C.6.0": "compensateEventDefinition", "C.7.0": "it names no decision",
    "C.8.0": "the expression should end here", "C.8.1": "the expression should end here",
    "C.9.0": "an event sub-process is not supported", "C.9.2": "no document given has a process 'requestDocument_en'",
}
LOADED = {"A.1.0", "A.2.0", "A.4.0", "A.4.1", "C.2.0", "C.9.1"}


def headroom(*words):
    return subprocess.run([BINARY, "bpmn", *map(str, words)], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, timeout=60, check=False)


def check(*files):
    return headroom("check", *files)


def run(*words):
    return headroom("run", *words)


class Models(unittest.TestCase):
    def judge(self, path, *others):
        done = check(path, *others)
        self.assertEqual(done.stderr, "")
        *lines, last = done.stdout.splitlines()
        refused, findings, _ = map(int, re.fullmatch(
            r"(\d+) refused, (\d+) findings, (\d+) notes", last).groups())
        text = path.read_text("utf-8", errors="replace").splitlines()
        for line in lines:
            match = LINE.fullmatch(line)
            self.assertIsNotNone(match, line)
            if match["file"] == path.name and match["id"] and match["kind"] != "sequenceFlow":
                near = "\n".join(text[int(match["line"]) - 1:int(match["line"]) + 40])
                self.assertIn(match["id"], near, line)
        self.assertEqual(done.returncode, 1 if refused or findings else 0)
        return refused, done.stdout

    def test_the_interchange_kit(self):
        models = sorted((DATA / "bpmn-miwg").glob("*.bpmn"))
        if not models:
            self.skipTest("skipped: no bpmn-miwg in HEADROOM_DATA")
        for path in models:
            with self.subTest(path.name):
                refused, output = self.judge(path)
                if path.stem in LOADED:
                    self.assertEqual(refused, 0, output)
                else:
                    self.assertGreater(refused, 0, output)
                    self.assertIn(REFUSED[path.stem], output)

    def test_credit_models(self):
        models = sorted((DATA / "credit-models").glob("*.bpmn"))
        if not models:
            self.skipTest("skipped: no credit-models in HEADROOM_DATA")
        for path in models:
            with self.subTest(path.name):
                refused, output = self.judge(path)
                if path.stem == "onboarding":  # calls a decision and a process that are not given
                    self.assertEqual(refused, 2, output)
                else:
                    self.assertEqual(refused, 0, output)


class Runs(unittest.TestCase):
    """The executable credit models, played by scripts of ours."""

    OTHERS = {"onboarding": [DATA / "credit-models" / "risk_check.dmn",
                             PROCESSES / "request-document.bpmn"]}

    def test_credit_models(self):
        models = sorted((DATA / "credit-models").glob("*.bpmn"))
        if not models:
            self.skipTest("skipped: no credit-models in HEADROOM_DATA")
        for path in models:
            with self.subTest(path.name):
                script = PROCESSES / f"{path.stem}.script"
                self.assertTrue(script.exists(), f"{path.name} has no script")
                done = run(path, *self.OTHERS.get(path.stem, []), "--script", script)
                self.assertEqual((done.returncode, done.stderr), (0, ""))
                self.assertIn("case.complete", done.stdout)


class Example(unittest.TestCase):
    FILES = [EXAMPLES / "vote.bpmn", "--calendar", EXAMPLES / "calendar.json"]

    def test_the_example_runs_the_same_each_time(self):
        for options in ([], ["--json"]):
            runs = [run(*self.FILES, *options, "--script", EXAMPLES / "vote.script")
                    for _ in range(2)]
            self.assertEqual((runs[0].returncode, runs[0].stderr), (0, ""))
            self.assertEqual(runs[0].stdout, runs[1].stdout)
        effects = [json.loads(line) for line in runs[0].stdout.splitlines()]
        self.assertEqual(len({effect["id"] for effect in effects}), len(effects))
        self.assertEqual(effects[-1]["effect"], "case.complete")
        self.assertEqual(effects[-1]["variables"]["votes"], ["yes", "yes", None])

    def test_without_the_holidays_it_expects_what_does_not_happen(self):
        done = run(self.FILES[0], "--script", EXAMPLES / "vote.script")
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, r"line \d+: open is: \[")

    def test_bench_counts_steps(self):
        given = '{"case number": "1", "members": ["a", "b", "c"], "documents complete": true, "vote": "yes"}'
        done = headroom("bench", self.FILES[0], "--cases", "50", "--seconds", "1", "--variables", given)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        figures = json.loads(done.stdout)
        self.assertEqual(figures["cases"], 50)
        self.assertGreater(figures["steps"], 50)
        self.assertGreater(figures["completed"], 0)
        self.assertEqual(headroom("bench", self.FILES[0], "--variables", "[]").returncode, 2)

    def test_usage_and_files(self):
        self.assertEqual(run(self.FILES[0]).returncode, 2)
        self.assertEqual(run(self.FILES[0], "--script", "absent.script").returncode, 3)
        wrong = EXAMPLES / "vote.script"
        done = run(self.FILES[0], "--script", wrong, "--calendar", wrong)
        self.assertEqual(done.returncode, 1)
        self.assertIn("the calendar is no JSON object", done.stderr)


class Input(unittest.TestCase):
    def test_what_is_no_model(self):
        folder = pathlib.Path(os.environ.get("TMPDIR", "."))
        for text in (b"", b"\x00\xff", b"<a/>", b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>",
                     b"<definitions xmlns='http://www.omg.org/spec/BPMN/20100524/MODEL'>" +
                     b"<process id='p'>" + b"<subProcess>" * 1000):
            path = folder / "broken.bpmn"
            path.write_bytes(text)
            done = check(path)
            self.assertEqual(done.returncode, 1, text[:40])
            self.assertIn("broken.bpmn:", done.stderr)
        done = check(folder / "absent.bpmn")
        self.assertEqual(done.returncode, 1)
        self.assertIn("absent.bpmn", done.stderr)


if __name__ == "__main__":
    unittest.main()
