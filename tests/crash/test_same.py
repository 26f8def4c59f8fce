"""The same journal gives the same digest on every build: gcc and clang, with and without optimisation and sanitizers.
Source: assurance.md, `same`.

A corpus of journals is written by the program under test from the random streams of tests/model. Every program that
stands in a build folder of this tree then reads each from its first record, proves it, and prints the digest of the
state. `make same` builds gcc -O2, gcc -O0 and clang with sanitizers; here it is whatever is there.
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

import tier

SOURCE = pathlib.Path(__file__).resolve().parents[2]
BINARY = pathlib.Path(os.environ.get("HEADROOM_BINARY", SOURCE / "build" / "headroom"))
sys.path.insert(0, str(SOURCE / "tests" / "model"))

import generate  # noqa: E402

STREAMS = tier.size(4, 12, 600)
COMMANDS = 600


def programs():
    newest = BINARY.stat().st_mtime
    found = {BINARY} | {path for path in SOURCE.glob("build*/headroom") if path.stat().st_mtime > newest - 3600}
    return sorted(found)


def digest(program, directory):
    done = subprocess.run([program, "verify", directory], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        return "status %d: %s%s" % (done.returncode, done.stdout, done.stderr)
    return re.search(r"\b[0-9a-f]{64}\b", done.stdout).group()


class Same(unittest.TestCase):
    def test_one_digest(self):
        programs_found = programs()
        profiles = list(generate.PROFILES)
        seen = set()
        with tempfile.TemporaryDirectory(prefix="headroom-same-") as folder:
            for number in range(STREAMS):
                profile = profiles[number % len(profiles)]
                stream = generate.Stream(tier.seed() + number, profile).run(COMMANDS).end()
                directory = "%s/%d" % (folder, number)
                subprocess.run([BINARY, "replay", "-", "--data", directory], check=False, capture_output=True,
                               input=b"".join(line + b"\n" for line in stream.lines))
                digests = {str(program): digest(program, directory) for program in programs_found}
                self.assertEqual(len(set(digests.values())), 1, (profile, digests))
                self.assertRegex(next(iter(digests.values())), "^[0-9a-f]{64}$")
                seen |= set(digests.values())
        self.assertEqual(len(seen), STREAMS)
        print("%d journals, one digest each by %s" % (STREAMS, ", ".join(p.parent.name for p in programs_found)))


if __name__ == "__main__":
    unittest.main()
