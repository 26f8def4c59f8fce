"""The part of the DMN Technology Compatibility Kit at hand, through `headroom dmn test`.

Every case of both levels passes but those that call Java, which this engine refuses by its nature.
"""
import collections
import os
import pathlib
import subprocess
import unittest

SOURCE = pathlib.Path(os.environ.get("HEADROOM_SOURCE", pathlib.Path(__file__).resolve().parents[2]))
BINARY = os.environ.get("HEADROOM_BINARY", str(SOURCE / "build" / "headroom"))
DATA = pathlib.Path(os.environ.get("HEADROOM_DATA", SOURCE.parent / "shared" / "data"))
KIT = DATA / "dmn-tck"
REFUSED = "0076-feel-external-java"


@unittest.skipUnless(KIT.is_dir(), "the kit is not there; HEADROOM_DATA says where to look")
class Kit(unittest.TestCase):
    def level(self, name, least):
        done = subprocess.run([BINARY, "dmn", "test", str(KIT / name)], capture_output=True, text=True, check=False)
        verdicts = collections.Counter()
        wrong = []
        for line in done.stdout.splitlines():
            verdict, _, rest = line.partition(" ")
            if verdict in ("PASS", "FAIL", "ERROR"):
                verdicts[verdict] += 1
                if verdict != "PASS" and REFUSED not in rest:
                    wrong.append(line)
        self.assertEqual(wrong, [])
        self.assertGreaterEqual(verdicts["PASS"], least)

    def test_level_2(self):
        self.level("compliance-level-2", 77)

    def test_level_3(self):
        self.level("compliance-level-3", 1984)


class Own(unittest.TestCase):
    """Our own cases, for what the part of the kit at hand does not cover."""

    def test_every_case_passes(self):
        done = subprocess.run([BINARY, "dmn", "test", str(SOURCE / "tests" / "conformance" / "kit")],
                              capture_output=True, text=True, check=False)
        wrong = [line for line in done.stdout.splitlines() if line.startswith(("FAIL", "ERROR"))]
        self.assertEqual(wrong, [])
        self.assertRegex(done.stdout.splitlines()[-1], r"^4[0-9] passed, 0 failed$")
        self.assertEqual(done.returncode, 0)


if __name__ == "__main__":
    unittest.main()
