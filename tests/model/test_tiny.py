#!/usr/bin/python3
"""Every sequence of up to HEADROOM_SIZE commands over the tiny domains of tiny.py: binary against model."""

import contextlib
import io
import os
import pathlib
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import tiny  # noqa: E402

BINARY = os.environ.get("HEADROOM_BINARY") or str(HERE.parents[1] / "build" / "headroom")
LENGTH = int(os.environ.get("HEADROOM_SIZE") or {"test": 2, "check": 3, "soak": 5}[
    os.environ.get("HEADROOM_TIER") or "test"])


class Tiny(unittest.TestCase):
    """A test a domain."""

    def compare_domain(self, domain):
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            passed, failed = tiny.run_domain(BINARY, domain, LENGTH, 4000, os.devnull)
        self.assertEqual(failed, 0, said.getvalue())
        self.assertGreaterEqual(passed, sum(len(tiny.DOMAINS[domain][1]) ** n for n in range(1, LENGTH + 1)))
        print("%s: %d sequences of up to %d commands" % (domain, passed, LENGTH))


for word in tiny.DOMAINS:
    setattr(Tiny, "test_" + word, lambda self, d=word: self.compare_domain(d))

if __name__ == "__main__":
    unittest.main()
