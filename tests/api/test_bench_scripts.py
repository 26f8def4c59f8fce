"""The scripts of bench/ at their smallest: they run, say what is missing, and refuse wrong options."""

import json
import os
import pathlib
import re
import subprocess
import tempfile
import unittest

from headroom_server import PLAIN

FOLDER = pathlib.Path(os.environ.get("HEADROOM_SOURCE", ".")) / "bench"
PEERS = ("postgres", "redis", "sqlite")
SCRIPTS = PEERS + ("floor",) + ("run", "customers", "cases", "growth", "restart", "snapshot", "history")


class Scripts(unittest.TestCase):
    def setUp(self):
        self.home = tempfile.TemporaryDirectory(prefix="headroom-bench-scripts-", dir="/var/tmp")
        self.addCleanup(self.home.cleanup)

    def run_script(self, name, *arguments, path=os.environ["PATH"]):
        os.chmod(self.home.name, 0o755)  # another user may run the server of a peer
        environment = {"PATH": path, "TMPDIR": self.home.name, "LC_ALL": "C.UTF-8",
                       "HEADROOM_BINARY": os.path.abspath(PLAIN), "PYTHONDONTWRITEBYTECODE": "1"}
        return subprocess.run(["/usr/bin/python3", FOLDER / name, *arguments], capture_output=True, text=True,
                              env=environment, timeout=170, check=False)

    def figures(self, name, *arguments):
        done = self.run_script(name, *arguments)
        self.assertEqual(done.returncode, 0, done)
        self.assertEqual(os.listdir(self.home.name), [])
        return json.loads(done.stdout.splitlines()[-1])

    def test_help(self):
        for name in SCRIPTS:
            with self.subTest(name=name):
                done = self.run_script(name, "--help")
                self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_wrong_options_are_refused(self):
        for name in SCRIPTS:
            with self.subTest(name=name):
                self.assertNotEqual(self.run_script(name, "--no-such").returncode, 0)
        for name in PEERS:
            with self.subTest(name=name):
                self.assertEqual(self.run_script(name, "--rows", "nope").returncode, 2)
                self.assertEqual(self.run_script(name, "--limits", "1").returncode, 2)

    def test_a_peer_that_is_missing_says_so(self):
        for name, package in (("redis", "redis-server"), ("sqlite", "gcc")):
            with self.subTest(name=name):
                done = self.run_script(name, path="/nonexistent")
                self.assertEqual(done.returncode, 0, done)
                self.assertIn(f"apt-get install {package}", json.loads(done.stdout.splitlines()[-1])["missing"])

    def test_the_floor(self):
        rows = self.figures("floor", "--rows", "write,http-64", "--seconds", "0.1", "--rounds", "1")["rows"]
        self.assertEqual([row["row"] for row in rows], ["write", "http-64"])
        self.assertTrue(all(row["decisions_per_second"] > 0 and row["p99_us"] >= row["p50_us"] for row in rows))

    def test_peers_decide(self):
        rows = {"redis": "hot-32,two-phase", "sqlite": "hot-64,memory-1000,two-phase"}
        if os.environ.get("HEADROOM_TIER") == "soak":
            rows["postgres"] = "hot-8,spread-512,two-phase"
        for name, wanted in rows.items():
            with self.subTest(name=name):
                figures = self.figures(name, "--seconds", "0.2", "--rounds", "1", "--limits", "1000", "--rows",
                                       wanted)
                if "missing" in figures:
                    continue
                self.assertEqual([row["row"] for row in figures["rows"]], wanted.split(","))
                for row in figures["rows"]:
                    self.assertGreater(row["decisions_per_second"], 0)

    def test_growth(self):
        figures = self.figures("growth", "--limits-max", "10000", "--seconds", "1", "--rounds", "1", "--paths",
                               "inproc")
        self.assertEqual(figures["largest_to_smallest"], {"inproc": 1.0})

    def test_customers(self):
        figures = self.figures("customers", "--customers", "600", "--times", "3")
        self.assertEqual((figures["import"]["added"], figures["import"]["finished"]), (600, True))
        self.assertEqual((figures["ledger"]["limits"], figures["ledger"]["drawings"]), (1800, 600))
        self.assertEqual(len(figures["views"]), 92)
        self.assertTrue(all(row["p99_us"] > 0 for row in figures["views"]))

    def test_cases(self):
        build = pathlib.Path(os.environ.get("HEADROOM_BUILD", "build")).resolve()
        figures = self.figures("cases", "--build", str(build), "--cases", "60", "--steps", "20", "--times", "2")
        self.assertEqual((figures["cases"], figures["in_process"]["cases"]), (60, 60))
        for side in ("in_process", "http"):
            self.assertTrue(all(figures[side][name]["p99_us"] >= figures[side][name]["p50_us"] > 0
                                for name in ("claim", "complete", "step")), figures)

    def test_restart(self):
        figures = self.figures("restart", "--limits", "1000", "--exposures", "5000")
        self.assertGreater(figures["journal_commands_per_second"], 0)
        self.assertGreater(figures["snapshot_bytes"], 0)

    def test_history(self):
        figures = self.figures("history", "--limits", "1000", "--open", "10000", "--commands", "20000", "--path",
                               "engine")
        self.assertTrue(figures["first_id_exists"])
        self.assertEqual(len(figures["figures"]["round_p99_us"]), 10)

    def test_the_peers_have_the_book_of_headroom(self):
        source = (FOLDER.parent / "src/cli/bench_book.c").read_text()
        for rule in ("limits / 5", "CUSTOMERS_PER_GROUP = 10", "PORTFOLIOS_MAX = 1000",
                     "limits - book->customers - book->groups - 2 * book->portfolios"):
            self.assertIn(rule, source)
        script = "import sys; sys.path.insert(0, sys.argv[1]); from peer import Book; b = Book(1000000); " \
                 "print(b.customers, b.groups, b.portfolios, b.products)"
        done = subprocess.run(["/usr/bin/python3", "-B", "-c", script, FOLDER], capture_output=True, text=True,
                              check=True)
        self.assertTrue(re.match(r"200000 20000 1000 778000$", done.stdout))


if __name__ == "__main__":
    unittest.main()
