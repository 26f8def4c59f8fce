"""BPMN models that others drew: each loads, or is refused by file, line and element."""

import os
import pathlib
import re
import subprocess
import unittest

BINARY = os.environ.get("HEADROOM_BINARY", "build/headroom")
DATA = pathlib.Path(os.environ.get("HEADROOM_DATA", "../shared/data"))
LINE = re.compile(r"(?P<file>[^:]+):(?P<line>\d+): (?P<severity>refused|finding|note): "
                  r"(?P<kind>[A-Za-z]+) '(?P<id>[^']*)'.*: .+")
# What the subset leaves out, and a model of the kit that uses it.
REFUSED = {
    "A.2.1": "XPath", "A.3.0": "it is empty", "B.2.0": "conditionalEventDefinition",
    "C.1.0": "its timer says neither when nor how long", "C.4.0": "signalEventDefinition",
    "C.6.0": "compensateEventDefinition", "C.7.0": "it names no decision",
    "C.9.0": "an event sub-process is not supported",
}
LOADED = {"A.1.0", "A.2.0", "A.4.0", "A.4.1", "C.2.0", "C.9.1"}


def check(*files):
    return subprocess.run([BINARY, "bpmn", "check", *map(str, files)], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, timeout=60, check=False)


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
                    self.assertIn(REFUSED.get(path.stem, ""), output)

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
