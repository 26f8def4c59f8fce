"""headroom bench: every path gives its figures, wrong options are refused, nothing is left behind."""

import json
import os
import pathlib
import signal
import subprocess
import tempfile
import time
import unittest

from headroom_server import PLAIN

KEYS = {"path": str, "shape": str, "work": str, "loop": str, "durable": bool, "limits": int, "batch": int,
        "in_flight": int, "connections": int, "rate": int, "seconds": int, "decisions": int, "commands": int,
        "refused": int, "errors": int, "decisions_per_second": int, "commands_per_second": int, "p50_us": int,
        "p99_us": int, "p999_us": int, "max_us": int, "bytes_per_limit": int, "bytes_per_exposure": int,
        "resident_bytes": int, "server_cpu_percent": int, "client_cpu_percent": int, "snapshots": int,
        "readers": int, "reads_per_second": int, "read_p99_us": int,
        "first_id_exists": bool, "round_decisions_per_second": list, "round_p99_us": list}


class Bench(unittest.TestCase):
    def setUp(self):
        self.home = tempfile.TemporaryDirectory(prefix="headroom-bench-test-")
        self.addCleanup(self.home.cleanup)

    def environment(self):
        return {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "TMPDIR": self.home.name}

    def run_bench(self, *arguments):
        return subprocess.run([PLAIN, "bench", *arguments], capture_output=True, text=True, timeout=120,
                              env=self.environment(), check=False)

    def figures(self, *arguments):
        done = self.run_bench(*arguments, "--seconds", "1", "--limits", "1000")
        self.assertEqual(done.returncode, 0, done)
        figures = json.loads(done.stdout.splitlines()[-1])
        for key, kind in KEYS.items():
            self.assertIs(type(figures[key]), kind, key)
        self.assertGreater(figures["decisions_per_second"], 0)
        self.assertGreaterEqual(figures["p99_us"], figures["p50_us"])
        self.assertGreaterEqual(figures["p999_us"], figures["p99_us"])
        self.assertEqual((figures["refused"], figures["errors"]), (0, 0))
        self.assertEqual(figures["limits"], 1000)
        self.assertTrue(figures["first_id_exists"])
        self.assertEqual(os.listdir(self.home.name), [])
        return figures

    def test_in_process(self):
        figures = self.figures("inproc", "--shape", "skewed", "--batch", "500", "--rounds", "2")
        self.assertEqual((figures["path"], figures["shape"], figures["durable"]), ("inproc", "skewed", False))
        self.assertEqual((figures["batch"], figures["in_flight"]), (500, 500))
        self.assertEqual(len(figures["round_p99_us"]), 2)
        self.assertGreater(figures["bytes_per_limit"], 0)

    def test_engine(self):
        figures = self.figures("engine", "--shape", "hot", "--work", "turnover")
        self.assertEqual((figures["path"], figures["shape"], figures["work"]), ("engine", "hot", "turnover"))
        self.assertEqual(figures["commands"], 2 * figures["decisions"])

    def test_http_one_a_request(self):
        figures = self.figures("http", "--connections", "8")
        self.assertEqual((figures["loop"], figures["connections"], figures["batch"]), ("closed", 8, 1))
        self.assertGreater(figures["resident_bytes"], 0)

    def test_http_arrays_in_two_phases(self):
        figures = self.figures("http", "--work", "two-phase", "--batch", "50", "--in-flight", "200")
        self.assertEqual((figures["connections"], figures["in_flight"]), (4, 200))
        self.assertAlmostEqual(figures["commands_per_second"], 2 * figures["decisions_per_second"], delta=1)

    def test_readers_beside_the_load(self):
        for path in ("socket", "http"):
            figures = self.figures(path, "--readers", "3")
            self.assertEqual(figures["readers"], 3)
            self.assertGreater(figures["reads_per_second"], 0)
            self.assertGreater(figures["read_p99_us"], 0)

    def test_http_open_loop_keeps_its_rate(self):
        figures = self.figures("http", "--rate", "50", "--connections", "4")
        self.assertEqual(figures["loop"], "open")
        self.assertLessEqual(figures["decisions"], 60)

    def test_socket_whole_batches(self):
        figures = self.figures("socket", "--shape", "hot", "--batch", "1024", "--in-flight", "4096")
        self.assertEqual((figures["path"], figures["batch"], figures["in_flight"]), ("socket", 1024, 4096))
        self.assertEqual((figures["connections"], figures["durable"]), (1, True))

    def test_socket_commands_that_the_library_gathers(self):
        figures = self.figures("socket", "--work", "two-phase", "--in-flight", "64", "--connections", "2")
        self.assertEqual((figures["batch"], figures["in_flight"], figures["connections"]), (1, 64, 2))

    def test_socket_open_loop_ends_with_all_answered(self):
        figures = self.figures("socket", "--rate", "20000", "--batch", "128", "--in-flight", "1024")
        self.assertEqual(figures["loop"], "open")
        self.assertEqual(figures["decisions"] % 128, 0)

    def test_not_durable_is_said(self):
        self.assertFalse(self.figures("http", "--no-durable", "--connections", "2")["durable"])

    def test_commands_end_a_round_and_the_directory_is_left_and_sound(self):
        data = pathlib.Path(self.home.name) / "book"
        done = self.run_bench("http", "--commands", "100", "--connections", "1", "--limits", "100", "--data",
                              str(data))
        self.assertEqual(done.returncode, 0, done)
        self.assertEqual(json.loads(done.stdout.splitlines()[-1])["commands"], 100)
        verified = subprocess.run([PLAIN, "verify", str(data)], capture_output=True, text=True, timeout=60,
                                  check=False)
        self.assertEqual(verified.returncode, 0, verified)
        again = self.run_bench("engine", "--data", str(data))
        self.assertEqual(again.returncode, 2, again)
        self.assertIn("not empty", again.stderr)

    def test_an_interrupted_one_clears_up_and_gives_no_figures(self):
        with subprocess.Popen([PLAIN, "bench", "http", "--seconds", "60", "--limits", "100"],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              env=self.environment()) as process:
            until = time.monotonic() + 30
            while not list(pathlib.Path(self.home.name).glob("*/admin.token")):
                self.assertLess(time.monotonic(), until)
                time.sleep(0.02)
            process.send_signal(signal.SIGINT)
            out, errors = process.communicate(timeout=60)
        self.assertEqual((process.returncode, out), (3, ""), errors)
        self.assertEqual(os.listdir(self.home.name), [])

    def test_wrong_options_are_refused(self):
        for arguments in ([], ["nope"], ["http", "inproc"], ["inproc", "--shape", "round"],
                          ["inproc", "--work", "rest"], ["inproc", "--seconds", "0"],
                          ["inproc", "--batch", "8193"], ["inproc", "--connections", "2"],
                          ["inproc", "--rate", "5"], ["engine", "--readers", "1"],
                          ["engine", "--in-flight", "9"], ["inproc", "--data", "x"],
                          ["http", "--limits", "99"], ["http", "--rounds", "1001"],
                          ["http", "--connections", "3", "--in-flight", "4"], ["http", "--standing", "5"],
                          ["http", "--in-flight", "20000"], ["http", "--no-durable", "--data", "x"],
                          ["http", "--seconds", "1.5"], ["http", "--rate", "-1"],
                          ["socket", "--batch", "3", "--in-flight", "4"],
                          ["socket", "--batch", "2", "--in-flight", "4", "--connections", "3"]):
            with self.subTest(arguments=arguments):
                done = self.run_bench(*arguments)
                self.assertEqual(done.returncode, 2, done)
                self.assertEqual(done.stdout, "")
                self.assertRegex(done.stderr, r"\Aheadroom bench: [^\n]+\n\Z")
                self.assertEqual(os.listdir(self.home.name), [])

    def test_the_help_explains_every_figure(self):
        text = self.run_bench("--help").stdout
        for key in KEYS:
            if key not in ("path", "shape", "work", "loop"):
                self.assertIn(key, text)

    def test_a_directory_that_cannot_be_made(self):
        done = self.run_bench("http", "--data", "/proc/nope/book")
        self.assertEqual((done.returncode, done.stdout), (3, ""), done)


if __name__ == "__main__":
    unittest.main()
