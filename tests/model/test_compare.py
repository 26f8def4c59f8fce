#!/usr/bin/python3
"""The binary against the reference model: HEADROOM_BINARY, sized by HEADROOM_TIER."""

import contextlib
import io
import os
import pathlib
import subprocess
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import compare  # noqa: E402
import form  # noqa: E402
import generate  # noqa: E402
import model  # noqa: E402

BINARY = os.environ.get("HEADROOM_BINARY") or str(HERE.parents[1] / "build" / "headroom")
TIER = os.environ.get("HEADROOM_TIER", "test")
# random commands, of which so many in a stream, and the first stream's seed
COMMANDS, BATCH = {"test": (12000, 1000), "check": (100000, 2000), "soak": (10000000, 2000)}[TIER]
COMMANDS = int(os.environ.get("HEADROOM_SIZE") or COMMANDS)
FIRST = int(os.environ.get("HEADROOM_SEED") or os.environ.get("HEADROOM_FIRST") or 1)
SEEDS = 1 if os.environ.get("HEADROOM_SEED") else max(1, COMMANDS // BATCH)
PROFILES = list(generate.PROFILES)


class Random(unittest.TestCase):
    """Random streams: a test a profile, with the same seeds for it as compare.py."""

    def compare_profile(self, number):
        compared = 0
        for seed in range(FIRST, FIRST + SEEDS):
            if seed % len(PROFILES) == number:
                name = "seed %d, profile %s" % (seed, PROFILES[number])
                lines, expected, _ = compare.make_stream(seed, PROFILES[number], BATCH)
                said = io.StringIO()
                with contextlib.redirect_stdout(said):
                    same = compare.report(BINARY, name, lines, expected, os.devnull)
                self.assertTrue(same, "%s\nagain: make model SEED=%d" % (said.getvalue(), seed))
                compared += len(lines)
        print("%s: %d commands compared" % (PROFILES[number], compared))


class Edges(unittest.TestCase):
    """Where lines begin and end: bytes that compare.py never sends."""

    INPUTS = {
        "nothing": b"",
        "a last line without a newline": b'{"op":"x","id":"a"}\n{"op":"get","id":"b","limit":"A"}',
        "one line without a newline": b'{"op":"get","id":"b","limit":"A"}',
        "blank lines": b'\n{"op":"get","limit":"A"}\n \t\n\r\n{"op":"x","linked":true}\n\n',
        "carriage returns": b'{"op":"get","limit":"A"}\r\n{"op":"x","id":"a"}\r\n',
    }

    def test_edges(self):
        for name, data in self.INPUTS.items():
            with self.subTest(input=name):
                done = subprocess.run([BINARY, "replay", "-"], input=data, capture_output=True,
                                      timeout=60, check=True)
                self.assertEqual(form.split_lines(done.stdout), model.replay(data))


for index, profile in enumerate(PROFILES):
    setattr(Random, "test_" + profile, lambda self, n=index: self.compare_profile(n))

if __name__ == "__main__":
    unittest.main()
