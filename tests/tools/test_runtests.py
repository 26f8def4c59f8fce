"""The canary: tools/runtests must see programs and suites that fail, in each way they can."""

import os
import pathlib
import subprocess
import tempfile
import unittest

SOURCE = pathlib.Path(os.environ["HEADROOM_SOURCE"])
BUILD = pathlib.Path(os.environ["HEADROOM_BUILD"])

# How the runner sees a file: it is copied into a tree of its own together with the runner.
FAILING_PYTHON = """
import unittest

class Suite(unittest.TestCase):
    def test_passes(self):
        pass

    def test_fails(self):
        self.assertEqual(1, 2)

    def test_fails_in_two_of_three_parts(self):
        for part in range(3):
            with self.subTest(part=part):
                self.assertEqual(part, 1)

    def test_raises(self):
        raise OSError("no")

    @unittest.skip("not here")
    def test_skipped(self):
        pass
"""
PASSING_PYTHON = """
import unittest

class Suite(unittest.TestCase):
    def test_passes(self):
        pass
"""


class Mutants(unittest.TestCase):
    def test_every_bug_can_be_put_in(self):
        """The snippets of tests/mutants/bugs.py still stand, so that a change of theirs is noticed at once."""
        done = subprocess.run(["/usr/bin/python3", str(SOURCE / "tests/mutants/run"), "--check"],
                              capture_output=True, text=True, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)


class Runtests(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.root = pathlib.Path(self.folder.name)
        self.write("tools/runtests", (SOURCE / "tools/runtests").read_text())

    def tearDown(self):
        self.folder.cleanup()

    def write(self, path, text, mode=0o755):
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_text(text)
        (self.root / path).chmod(mode)

    def program(self, name, built):
        """A cmocka suite of the tree's: its source's name and a program that stands for it."""
        self.write(f"tests/unit/{name}.c", "")
        self.write(f"build/tests/unit/{name}", built)

    def test_what_is_repeated_runs_on_both_builds(self):
        """At a check with sanitizers: at its size without them, at the size of a test with them."""
        says = 'printf "[ RUN      ] %s\\n[       OK ] x\\n" "$HEADROOM_TIER.$HEADROOM_BUILD"'
        for build in ("plain", "asan"):
            self.write(f"{build}/tests/sim/test_x", f"#!/bin/sh\n{says}\n")
            self.write(f"{build}/tests/unit/test_x", f"#!/bin/sh\n{says}\n")
        for group in ("sim", "unit"):
            self.write(f"tests/{group}/test_x.c", "")
        builds = ["--build", str(self.root / "asan"), "--build-plain", str(self.root / "plain")]
        for tier, wanted in (("check", {"check.plain", "test.asan"}), ("test", {"test.asan"}), ("soak", {"soak.asan"})):
            status, output, last = self.run_it("--tier", tier, *builds, "--show", "sim")
            self.assertEqual((status, last), (0, f"{len(wanted)} passed, 0 failed"), output)
            for part in wanted:
                self.assertIn(part.replace(".", f".{self.root}/"), output)
            self.assertIn(f"{tier}.{self.root}/asan", self.run_it("--tier", tier, *builds, "--show", "unit")[1])

    def run_it(self, *arguments):
        command = ["/usr/bin/python3", str(self.root / "tools/runtests"), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout, done.stdout.splitlines()[-1]

    def test_canary_that_asserts(self):
        self.program("test_canary", f"#!/bin/sh\nexec '{BUILD}/tests/canary/canary_assert'\n")
        status, output, last = self.run_it("unit")
        self.assertEqual((status, last), (1, "1 passed, 1 failed"))
        self.assertIn("0x1 != 0x2", output)

    def test_canary_that_aborts_midway(self):
        self.program("test_canary", f"#!/bin/sh\nexec '{BUILD}/tests/canary/canary_abort'\n")
        status, output, last = self.run_it("unit")
        self.assertEqual((status, last), (1, "1 passed, 1 failed"))
        self.assertIn("internal check failed", output)

    def test_program_that_passes(self):
        self.program("test_good", f"#!/bin/sh\nexec '{BUILD}/tests/unit/test_check'\n")
        self.assertEqual(self.run_it("unit")[::2], (0, "3 passed, 0 failed"))

    def test_program_that_is_missing(self):
        self.write("tests/unit/test_gone.c", "")
        self.assertEqual(self.run_it("unit")[::2], (1, "0 passed, 1 failed"))

    def test_program_that_runs_no_case(self):
        self.program("test_empty", "#!/bin/sh\nexit 0\n")
        self.assertEqual(self.run_it("unit")[::2], (1, "0 passed, 1 failed"))

    def test_program_that_passes_and_then_fails_to_end(self):
        lines = "echo '[ RUN      ] a'; echo '[       OK ] a'; exit 9"
        self.program("test_late", f"#!/bin/sh\n{lines}\n")
        self.assertEqual(self.run_it("unit")[::2], (1, "1 passed, 1 failed"))

    def test_sanitizer_that_speaks_up_behind_a_passing_program(self):
        lines = "echo '[ RUN      ] a'; echo '[       OK ] a'\n"
        lines += "echo overflow > $(echo $ASAN_OPTIONS | sed 's/.*log_path=//').1"
        self.program("test_leak", f"#!/bin/sh\n{lines}\n")
        status, output, last = self.run_it("unit")
        self.assertEqual((status, last), (1, "1 passed, 1 failed"))
        self.assertIn("overflow", output)

    def test_python_suite_that_fails(self):
        self.write("tests/api/test_bad.py", FAILING_PYTHON)
        self.assertEqual(self.run_it("api")[::2], (1, "1 passed, 3 failed, 1 skipped"))

    def test_python_suite_that_passes(self):
        self.write("tests/api/test_good.py", PASSING_PYTHON)
        self.assertEqual(self.run_it("api")[::2], (0, "1 passed, 0 failed"))

    def test_cases_that_a_check_leaves_to_a_test(self):
        self.write("tests/model/test_both.py", PASSING_PYTHON + """
class Again(Suite):
    at_check = False
""")
        for tier, count in (("test", 2), ("check", 1), ("soak", 2)):
            self.assertEqual(self.run_it("--tier", tier, "model")[::2], (0, f"{count} passed, 0 failed"))

    def test_python_suite_that_cannot_be_read(self):
        self.write("tests/api/test_broken.py", "def broken(:\n")
        self.assertEqual(self.run_it("api")[::2], (1, "0 passed, 1 failed"))

    def test_python_suite_that_exits_in_the_middle(self):
        self.write("tests/api/test_exit.py", PASSING_PYTHON + "\nimport os\nos._exit(0)\n")
        self.assertEqual(self.run_it("api")[::2], (1, "0 passed, 1 failed"))

    def test_one_failure_among_many_that_pass(self):
        self.write("tests/api/test_good.py", PASSING_PYTHON)
        self.write("tests/model/test_bad.py", FAILING_PYTHON)
        self.assertEqual(self.run_it("api", "model")[::2], (1, "2 passed, 3 failed, 1 skipped"))

    def test_nothing_to_run_is_a_failure(self):
        self.assertEqual(self.run_it("unit")[::2], (1, "0 passed, 0 failed"))


if __name__ == "__main__":
    unittest.main()
