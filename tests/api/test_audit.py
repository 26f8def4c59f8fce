"""The audit trail through the server: it records, it deposits, and what a hand does to it is found."""

import os
import pathlib
import shutil
import signal
import sqlite3
import subprocess
import unittest

from headroom_server import BINARY, Headroom
from postgres_case import POSTGRES, databases


def verify(server, *options):
    return subprocess.run([BINARY, "verify", str(server.directory), "--language", "en", *options],
                          capture_output=True, text=True, check=False)


class Trail:
    """Cases for either database; `self.store` are the options that name it."""

    store = ()

    def setUp(self):
        self.server = Headroom(*self.store)
        self.addCleanup(self.server.remove)

    def entries(self, query=""):
        answer = self.server.get(f"/v1/audit{query}")
        self.assertEqual(answer.status, 200, answer)
        return answer.json()["items"]

    def test_a_start_is_recorded_and_a_look_too(self):
        first, = self.entries()
        self.assertEqual((first["number"], first["action"], first["actor"]), (1, "server.start", "system"))
        second = self.entries()[1]
        self.assertEqual((second["action"], second["subject"]), ("audit.read", "audit"))
        self.assertTrue(second["address"].startswith("127.0.0.1:"))
        token = self.server.get("/v1/me").json()["id"]
        self.assertEqual(second["actor"], token)
        self.assertEqual({entry["action"] for entry in self.entries(f"?actor={token}")}, {"audit.read"})
        self.assertEqual(len(self.entries("?subject=server")), 1)
        self.assertEqual(self.entries("?after=3")[0]["number"], 4)
        page = self.server.get("/v1/audit?limit=2").json()
        self.assertEqual((len(page["items"]), page["next"]), (2, 2))

    def test_a_bad_question_is_refused(self):
        for query in ("?limit=0", "?limit=1001", "?after=-1", "?after=x", "?nothing=1", "?actor=a&subject=b",
                      "?subject=%00", "?subject=%FF"):
            self.assertEqual(self.server.get(f"/v1/audit{query}").status, 400, query)
        self.assertEqual(self.server.get("/v1/audit?subject='%3B+DROP+TABLE+audit_entry%3B--").json()["items"], [])

    def test_a_deposit_finds_a_cut(self):
        self.entries()
        head = self.server.get("/v1/audit/head").json()
        self.assertEqual(head["line"], f"{head['number']} {head['hash']}")
        self.server.stop()
        deposits = self.server.home / "heads"
        deposits.write_text(head["line"] + "\n\n")
        done = verify(self.server, *self.store, "--audit-heads", str(deposits))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("trail entries  3\n", done.stdout)
        deposits.write_text(f"{head['number']} {'0' * 64}\n")
        done = verify(self.server, *self.store, "--audit-heads", str(deposits))
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn("not the one whose head was deposited", done.stderr)
        deposits.write_text(f"77 {head['hash']}\n")
        done = verify(self.server, *self.store, "--audit-heads", str(deposits))
        self.assertEqual(done.returncode, 1)
        self.assertIn("cut or rolled back", done.stderr)
        deposits.write_text("77\n")
        self.assertEqual(verify(self.server, *self.store, "--audit-heads", str(deposits)).returncode, 2)

    def test_killed_it_goes_on(self):
        before = self.entries()
        self.server.restart(signal.SIGKILL)
        after = self.entries()
        self.assertEqual(after[:1], before)
        self.assertEqual([entry["action"] for entry in after[1:]], ["audit.read", "server.start"])
        self.server.stop()
        self.assertEqual(verify(self.server, *self.store).returncode, 0)

    def damaged(self, sql):
        """What verify says after somebody with the database's own rights has run `sql`."""
        self.entries()
        self.entries()
        self.server.stop()
        self.assertEqual(verify(self.server, *self.store).returncode, 0)
        self.run_sql(sql)
        return verify(self.server, *self.store)

    def test_a_change_by_hand_is_found(self):
        done = self.damaged("UPDATE audit_entry SET actor = 'somebody' WHERE number = 2")
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn("entry 2: its content does not have its hash", done.stderr)

    def test_a_cut_end_is_found_by_the_deposit_beside_it(self):
        done = self.damaged("DELETE FROM audit_entry WHERE number > 2")
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn("cut or rolled back", done.stderr)
        # And the server does not go on with it.
        with self.assertRaisesRegex(AssertionError, "rolled back or exchanged"):
            self.server.start()
        self.server.process.wait()


class SqliteTrail(Trail, unittest.TestCase):
    def run_sql(self, sql):
        connection = sqlite3.connect(self.server.directory / "credit.db")
        connection.executescript("DROP TRIGGER audit_entry_no_update; DROP TRIGGER audit_entry_no_delete;")
        connection.execute(sql)
        connection.commit()
        connection.close()

    def test_a_database_put_back_is_found(self):
        self.server.stop()
        file = self.server.directory / "credit.db"
        shutil.copy(file, self.server.home / "kept")
        self.server.start()
        self.server.stop()
        shutil.copy(self.server.home / "kept", file)
        self.assertEqual(verify(self.server).returncode, 1)
        with self.assertRaisesRegex(AssertionError, "rolled back or exchanged"):
            self.server.start()
        self.server.process.wait()

    def test_a_file_that_is_gone_cut_or_not_ours_is_named(self):
        self.server.stop()
        file = pathlib.Path(self.server.directory / "credit.db")
        content = file.read_bytes()
        for wrong, what in ((content[:5000], "cut"), (b"", "cut"), (b"x" * 8192, "not a database")):
            file.write_bytes(wrong)
            done = verify(self.server)
            self.assertEqual(done.returncode, 1)
            self.assertIn(what, done.stderr)
            with self.assertRaisesRegex(AssertionError, what):
                self.server.start()
            self.server.process.wait()
        file.unlink()
        done = verify(self.server)
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn("credit.db is not there", done.stderr)
        with self.assertRaisesRegex(AssertionError, "rolled back or exchanged"):
            self.server.start()
        self.server.process.wait()


@unittest.skipUnless(POSTGRES, "no PostgreSQL here")
class PostgresTrail(Trail, unittest.TestCase):
    number = 0

    def setUp(self):
        PostgresTrail.number += 1
        self.schema = f"trail{os.getpid()}_{PostgresTrail.number}"
        databases.desk.rows(f"CREATE SCHEMA {self.schema}")
        self.addCleanup(databases.desk.rows, f"DROP SCHEMA {self.schema} CASCADE")
        self.url = f"{POSTGRES}&application_name={self.schema}&options=-csearch_path%3D{self.schema}"
        self.store = ("--store", self.url)
        super().setUp()

    def run_sql(self, sql):
        databases.desk.rows(f"ALTER TABLE audit_entry DISABLE TRIGGER ALL; {sql}", self.schema)

    def test_a_lost_connection_is_found_again(self):
        self.entries()
        databases.desk.rows("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                            f" WHERE application_name = '{self.schema}'")
        self.assertEqual(len(self.entries()), 2)

    def test_a_server_that_is_not_there_is_named_without_secrets(self):
        self.server.stop()
        self.server.options = ("--store", "postgresql://u:secret@127.0.0.1:1/x")
        with self.assertRaises(AssertionError) as raised:
            self.server.start()
        self.server.process.wait()
        self.assertIn("cannot be reached", str(raised.exception))
        self.assertNotIn("secret", self.server.stderr())


if __name__ == "__main__":
    unittest.main()
