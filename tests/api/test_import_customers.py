"""headroom import customers, on both databases: CSV and JSON lines, refusals with reasons, a dry run, a kill."""

import contextlib
import csv
import json
import os
import pathlib
import signal
import sqlite3
import subprocess
import tempfile
import time
import unittest

from bank import Bank
from headroom_server import BINARY
from postgres_case import PSQL, OnPostgres
from test_customers import firm, id_card, uscc
from test_queries import pages

TIER = os.environ.get("HEADROOM_TIER", "test")
HEADER = "type,name,organisation,uscc,id_card,name_en,industry,confirmed_distinct\n"


class Imports:
    options = ()

    def setUp(self):
        self.bank = Bank(*self.options)
        self.addCleanup(self.bank.remove)
        self.home = tempfile.TemporaryDirectory(prefix="headroom-import-")
        self.addCleanup(self.home.cleanup)

    def file(self, name, text):
        path = pathlib.Path(self.home.name) / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def command(self, path, *options):
        return [BINARY, "import", "customers", str(path), "--data", str(self.bank.server.directory), "--json",
                "--language", "en", *self.options, *options]

    def run_import(self, path, *options, status=0):
        done = subprocess.run(self.command(path, *options), capture_output=True, text=True, timeout=120, check=False)
        self.assertEqual(done.returncode, status, done)
        return json.loads(done.stdout) if done.stdout else done.stderr

    def refused(self, path):
        with open(f"{path}.refused.csv", encoding="utf-8", newline="") as file:
            return [(int(row["line"]), row["reason"]) for row in csv.DictReader(file)]

    def names(self):
        return sorted(item["name"] for item in pages(self.bank.server, "/v1/customers?limit=200", "items")[0])

    def test_the_invented_bank_is_entered_whole(self):
        """packs/demo: every row fits, is entered, and says by its name that nobody in it exists."""
        demo = pathlib.Path(os.environ.get("HEADROOM_SOURCE", ".")) / "packs" / "demo"
        with open(demo / "organisations.csv", encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                if not row["parent"]:
                    self.bank.made("/v1/entities", {"id": row["legal_entity"], "name": row["zh"]})
                self.bank.made("/v1/organisations", {"id": row["id"], "name": row["zh"], **(
                    {"parent": row["parent"]} if row["parent"] else {"legal_entity": row["legal_entity"]})})
        rows = len((demo / "data" / "customers.csv").read_text().splitlines()) - 1
        path = self.file("demo.csv", (demo / "data" / "customers.csv").read_bytes())
        self.assertGreater(rows, 300)
        self.assertEqual(self.figures(self.run_import(path)), (rows, rows, 0, 0, True))
        self.assertEqual(len([name for name in self.names() if name.startswith("（虚构）")]), rows)

    def figures(self, done):
        return done["rows"], done["added"], done["refused"], done["before"], done["finished"]

    def test_rows_are_entered_or_refused_with_a_reason(self):
        text = HEADER + "".join([
            f"corporate,甲公司,north,{uscc(1)},,A Co.,C31,\n", f'small,"乙, 公司",south,{uscc(2)},,,,\n',
            f"individual,王伟,north,,{id_card(1)},,,\n", f"corporate,丙公司,nowhere,{uscc(3)},,,,\n",
            f"corporate,丁公司,north,{uscc(1)},,,,\n", f"firm,戊公司,north,{uscc(4)},,,,\n",
            f"corporate,,north,{uscc(5)},,,,\n", "corporate,己公司,north,91110000600037341M,,,,\n", "corporate,x\n",
            f"corporate,甲 公司,north,{uscc(6)},,,,\n", f"corporate,庚公司,north,{uscc(7)},,,Z1,\n"])
        path = self.file("first.csv", text)
        dry = self.run_import(path, "--dry-run", status=1)
        self.assertEqual(self.figures(dry), (11, 3, 8, 0, True))
        self.assertEqual(self.names(), [])
        reasons = [(5, "no-organisation"), (6, "customer-exists"), (7, "bad-type"), (8, "bad-name"),
                   (9, "bad-identifier"), (10, "bad-body"), (11, "similar-customers"), (12, "bad-attribute")]
        self.assertEqual(self.refused(path), reasons)
        os.unlink(f"{path}.refused.csv")
        self.assertEqual(self.figures(self.run_import(path, status=1)), (11, 3, 8, 0, True))
        self.assertEqual(self.names(), ["乙, 公司", "王伟", "甲公司"])
        self.assertEqual(self.refused(path), reasons)
        # The same file again changes nothing and says the same.
        os.unlink(f"{path}.refused.csv")
        self.assertEqual(self.figures(self.run_import(path, status=1)), (11, 3, 8, 11, True))
        self.assertEqual(self.refused(path), reasons)
        self.assertEqual(len(self.names()), 3)
        entries = self.bank.ask("GET", "/v1/audit?actor=import").json()["items"]
        self.assertEqual([entry["action"] for entry in entries], 3 * ["customer.create"])
        self.assertNotIn(id_card(1), json.dumps(entries))
        # What a person looked at goes in the file; or all of a similar name are let in.
        first = self.bank.ask("GET", f"/v1/customers?identifier=uscc:{uscc(1)}").json()["items"][0]["id"]
        self.run_import(self.file("second.csv", HEADER + f"corporate,甲 公司,north,{uscc(6)},,,,{first} none\n"))
        self.run_import(self.file("third.csv", HEADER + f"corporate,甲-公司,north,{uscc(7)},,,,\n"), "--accept-similar")
        self.assertEqual(len(self.names()), 5)

    def test_a_dry_run_waits_for_nobody_and_says_what_the_run_says(self):
        """Somebody else writes all the while; rows are in each other's way over more than one batch."""
        header = "type,name,organisation,uscc,id,name_en,confirmed_distinct\n"
        lines = [f"corporate,第{i}公司,north,{uscc(i)},{f'f{i}' if i % 7 == 0 else ''},,\n" for i in range(2300)]
        lines[1200] = f"corporate,甲公司,north,{uscc(3)},,,\n"              # an identifier of line 5
        lines[1500] = f"corporate,乙公司,north,{uscc(3000)},f7,,\n"         # an id of line 9
        lines[1600] = f"corporate,第 4 公司,north,{uscc(3001)},,,\n"        # a name of line 6
        lines[1700] = f"corporate,第 14 公司,north,{uscc(3002)},,,f14\n"    # one of line 16, which is another's
        lines[1800] = f"corporate,丙公司,north,{uscc(3003)},,Same Ltd.,\n"
        lines[2200] = f"corporate,丁公司,north,{uscc(3004)},,SAME,\n"       # an English name of line 1802
        lines[2210] = f"corporate,甲公司,north,{uscc(3005)},,,\n"           # line 1202 was refused: nobody's
        lines[2220] = f"corporate,已,north,{uscc(5000)},,,\n"               # of a customer who is there
        self.run_import(self.file("before.csv", header + f"corporate,已有公司,north,{uscc(5000)},,,\n"))
        path = self.file("long.csv", header + "".join(lines))
        before = self.names()
        with self.writing():
            dry = self.run_import(path, "--dry-run", status=1)
        reasons = self.refused(path)
        self.assertEqual(reasons, [(1202, "customer-exists"), (1502, "exists"), (1602, "similar-customers"),
                                   (2202, "similar-customers"), (2222, "customer-exists")])
        self.assertIn(",line 5 has that ", pathlib.Path(f"{path}.refused.csv").read_text().replace('"', ""))
        self.assertEqual(self.names(), before)
        self.assertEqual(self.bank.ask("GET", "/v1/audit?actor=import").json()["items"][1:], [])
        done = self.run_import(path, status=1)
        self.assertEqual(self.figures(dry), self.figures(done))
        self.assertEqual(self.figures(done), (2300, 2295, 5, 0, True))
        self.assertEqual(self.refused(path), reasons)

    def test_a_directory_without_a_database(self):
        empty = pathlib.Path(self.home.name) / "empty"
        empty.mkdir()
        path = self.file("x.csv", HEADER)
        for options in ((), ("--dry-run",)):
            done = subprocess.run([BINARY, "import", "customers", str(path), "--data", str(empty), "--language", "en",
                                   *options], capture_output=True, text=True, timeout=60, check=False)
            self.assertEqual(done.returncode, 3, done)
            self.assertIn(f"headroom serve --data {empty}", done.stderr)
            self.assertEqual(list(empty.iterdir()), [])

    def test_json_lines(self):
        rows = [firm(i, f"公司{i}") for i in range(600)]
        lines = [json.dumps(row, ensure_ascii=False) for row in rows]
        lines[10:10] = ["{", "", "[]", json.dumps({**firm(601, "x"), "more": 1}), json.dumps(firm(3, "另一家"))]
        path = self.file("rows.ndjson", "\r\n".join(lines))
        self.assertEqual(self.figures(self.run_import(path, status=1)), (604, 600, 4, 0, True))
        self.assertEqual(self.refused(path), [(11, "bad-body"), (13, "bad-body"), (14, "bad-body"),
                                              (15, "customer-exists")])
        self.assertEqual(self.names(), sorted(row["name"] for row in rows))

    def test_files_that_are_none(self):
        cases = [("a.csv", "type,colour\n", "colour"), ("b.csv", HEADER + 'corporate,"x\n', "line"),
                 ("c.csv", HEADER + "a\0b\n", "NUL"), ("d.csv", HEADER + "x" * 70000 + "\n", "line 2"),
                 ("e.ndjson", "x" * 70000 + "\n", "line 1")]
        for name, text, word in cases:
            with self.subTest(name=name):
                done = subprocess.run(self.command(self.file(name, text)), capture_output=True, text=True, timeout=60,
                                      check=False)
                self.assertEqual(done.returncode, 1, done)
                self.assertIn(word, done.stderr)
        self.assertIn("none.csv", self.run_import(pathlib.Path(self.home.name) / "none.csv", status=3))
        self.assertEqual(self.figures(self.run_import(self.file("empty.csv", ""))), (0, 0, 0, 0, True))
        # What stands before the place is stored, and goes on once the file is whole.
        good = HEADER + "".join(f"corporate,公司{i},north,{uscc(i)},,,,\n" for i in range(700))
        broken = self.file("broken.csv", good + 'corporate,"x\n')
        done = subprocess.run(self.command(broken), capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual((done.returncode, len(self.names())), (1, 700), done)
        usage = subprocess.run([BINARY, "import", "customers", str(broken)], capture_output=True, check=False)
        self.assertEqual(usage.returncode, 2)

    def test_killed_it_goes_on_where_it_was(self):
        count = 20000 if TIER == "soak" else 5000
        text = HEADER + "".join(f"corporate,公司{i},north,{uscc(i % (count - 7))},,,,\n" for i in range(count))
        path = self.file("long.csv", text)
        kills = 0
        for wait in (0.05, 0.3, 0.5, 0.7):
            process = subprocess.Popen(self.command(path), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(wait)
            kills += process.poll() is None
            process.send_signal(signal.SIGKILL)
            process.wait()
            # Whole batches, never a part; or all of it, when it was done before the kill.
            names = len(self.names())
            self.assertTrue(names % 1000 == 0 or names == count - 7, names)
        done = self.run_import(path, status=1)
        self.assertEqual((done["rows"], done["added"], done["refused"]), (count, count - 7, 7))
        self.assertEqual([line for line, _ in self.refused(path)], [count + 1 - i for i in range(6, -1, -1)])
        self.assertEqual(len(self.names()), count - 7)
        self.assertEqual(len(set(self.names())), count - 7)
        self.assertEqual(self.bank.server.restart(), 0)
        print(f"{kills} kills")


class SqliteImports(Imports, unittest.TestCase):
    @contextlib.contextmanager
    def writing(self):
        """Somebody who writes, and has not committed."""
        file = self.bank.server.directory / "credit.db"
        with contextlib.closing(sqlite3.connect(file, timeout=30, isolation_level=None)) as database:
            database.execute("BEGIN IMMEDIATE")
            yield
            database.execute("ROLLBACK")


class PostgresImports(OnPostgres, Imports, unittest.TestCase):
    @contextlib.contextmanager
    def writing(self):
        """Somebody who writes, and has not committed: no other transaction may change these tables."""
        held = ("SELECT count(*) FROM pg_locks WHERE mode = 'ExclusiveLock' AND granted"
                " AND relation = 'customer'::regclass")
        psql = [PSQL, "--quiet", "--no-psqlrc", "-At", self.store, "-c"]
        hold = "BEGIN; LOCK TABLE audit_entry, customer IN EXCLUSIVE MODE; SELECT pg_sleep(300)"
        writer = subprocess.Popen([*psql, hold], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL)
        try:
            deadline = time.monotonic() + 30
            while subprocess.run([*psql, held], capture_output=True, text=True, check=True).stdout.strip() != "1":
                self.assertLess(time.monotonic(), deadline)
                time.sleep(0.05)
            yield
            self.assertIsNone(writer.poll())
        finally:
            self.psql("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE mode = 'ExclusiveLock'"
                      " AND relation = 'customer'::regclass")
            writer.wait(30)


if __name__ == "__main__":
    unittest.main()
