"""Keys of second factors are sealed with a key outside of the database: rows of older programs, rotation, a key file
that is missing, open to others, wrong or lost; nothing is lost, and nothing starts as if."""

import base64
import contextlib
import os
import pathlib
import sqlite3
import subprocess
import unittest

from bank import OWN, Bank
from headroom_server import BINARY
from postgres_case import OnPostgres
from test_people import totp

SIZE = 20 + 33  # of a key, sealed


class SecondFactors:
    options = ()

    def setUp(self):
        self.bank = Bank(*self.options)
        self.addCleanup(self.bank.remove)
        self.file = self.bank.server.directory / "seal.key"
        self.keys = {user: self.factor(user) for user in ("li", "wu")}

    def factor(self, user):
        """A user who signs in with a password of their own and a code."""
        self.bank.user(user, "north")
        self.bank.session(user)
        return self.bank.made(f"/v1/users/{user}/second-factor", None)["key"]

    def enters(self, user):
        # A code is good once: what was used is forgotten, as half a minute later.
        self.sql(f"UPDATE bank_user SET totp_step = 0 WHERE id = '{user}'")
        return self.bank.sign_in(user, OWN, code=totp(self.keys[user]))

    def stored(self):
        return {user: self.key(user) for user in self.keys}

    def refused_start(self, *options):
        """What a server says that does not start."""
        server = self.bank.server
        done = subprocess.run([BINARY, "serve", "--data", str(server.directory), "--listen", "127.0.0.1:0",
                               "--language", "en", *self.options, *options], capture_output=True, text=True,
                              timeout=60, check=False)
        self.assertNotEqual(done.returncode, 0, done)
        self.assertEqual(done.stdout, "")
        return done.stderr

    def lines(self):
        return [line for line in self.file.read_text().splitlines() if line and not line.startswith("#")]

    def test_what_is_stored_is_sealed(self):
        self.assertEqual(os.stat(self.file).st_mode & 0o777, 0o600)
        self.assertEqual(len(self.lines()), 1)
        for user, stored in self.stored().items():
            self.assertEqual(len(stored), SIZE)
            self.assertNotIn(base64.b32decode(self.keys[user])[:6], stored)
            self.assertEqual(self.enters(user).status, 201)
        # A seal that is copied to another user opens nothing.
        self.put("wu", self.stored()["li"])
        answer = self.enters("wu")
        self.assertEqual((answer.status, answer.json()["type"]), (409, "/problems/second-factor-lost"))
        self.keys["wu"] = self.bank.made("/v1/users/wu/second-factor", None)["key"]
        self.assertEqual(self.enters("wu").status, 201)

    def test_rows_of_an_older_program_are_sealed_at_the_first_start(self):
        self.bank.server.stop()
        for user, key in self.keys.items():
            self.put(user, base64.b32decode(key))
        os.unlink(self.file)  # older programs knew none
        self.bank.server.start()
        for user, stored in self.stored().items():
            self.assertEqual(len(stored), SIZE)
            self.assertEqual(self.enters(user).status, 201)
        entry, = [entry for entry in self.bank.ask("GET", "/v1/audit?subject=users").json()["items"]
                  if entry["action"] == "second_factors.seal"]
        self.assertEqual(entry["actor"], "system")
        self.assertIn('"sealed":2,"lost":0', entry["after"])
        before = self.stored()
        self.bank.server.restart()
        self.assertEqual(self.stored(), before)

    def test_rotation(self):
        old = self.lines()[0]
        before = self.stored()
        self.bank.server.stop()
        new = os.urandom(32).hex()
        self.file.write_text(f"{new}\n{old}\n")
        self.bank.server.start()
        after = self.stored()
        for user in self.keys:
            self.assertNotEqual(after[user][1:5], before[user][1:5])
            self.assertEqual(self.enters(user).status, 201)
        # From then on the old one is needed no more.
        self.bank.server.stop()
        self.file.write_text(f"{new}\n")
        self.bank.server.start()
        self.assertEqual(self.stored(), after)
        self.assertEqual(self.enters("li").status, 201)

    def test_a_file_that_is_missing_open_or_wrong(self):
        good = self.file.read_text()
        before = self.stored()
        self.bank.server.stop()
        os.chmod(self.file, 0o640)
        self.assertIn("chmod 600", self.refused_start())
        os.chmod(self.file, 0o600)
        for text, line in (("", 0), ("# none\n", 0), ("secret\n", 1), (good + "00\n", 4), ("0" * 9000, 0)):
            self.file.write_text(text)
            self.assertIn(f"seal.key, line {line}: ", self.refused_start(), text)
        other = os.urandom(32).hex()
        self.file.write_text(other + "\n")
        said = self.refused_start()
        self.assertIn("2 second factors cannot be opened", said)
        self.assertIn(before["li"][1:5].hex(), said)
        os.unlink(self.file)
        self.assertIn("seal.key is missing, and 2 second factors are sealed with it", self.refused_start())
        self.assertFalse(self.file.exists())
        self.assertEqual(self.stored(), before)
        # Put back, all is as it was.
        self.file.write_text(good)
        os.chmod(self.file, 0o600)
        self.bank.server.start()
        self.assertEqual(self.stored(), before)
        self.assertEqual(self.enters("li").status, 201)

    def test_a_key_that_is_lost(self):
        good = self.lines()[0]
        before = self.stored()
        server = self.bank.server
        server.stop()
        os.unlink(self.file)
        server.options = (*server.options, "--accept-lost-keys")
        server.start()
        self.assertEqual(self.stored(), before)
        answer = self.enters("li")
        self.assertEqual((answer.status, answer.json()["type"]), (409, "/problems/second-factor-lost"))
        self.keys["li"] = self.bank.made("/v1/users/li/second-factor", None)["key"]
        self.assertEqual(self.enters("li").status, 201)
        # Found again, it opens what nobody has made anew.
        server.options = server.options[:-1]
        server.stop()
        self.file.write_text(self.lines()[0] + "\n" + good + "\n")
        server.start()
        for user in self.keys:
            self.assertEqual(self.enters(user).status, 201)

    def test_a_file_elsewhere(self):
        server = self.bank.server
        elsewhere = pathlib.Path(server.home) / "elsewhere.key"
        server.stop()
        self.assertIn("there is no such file", self.refused_start("--seal-key", str(elsewhere)))
        self.assertFalse(elsewhere.exists())
        os.rename(self.file, elsewhere)
        server.options = (*server.options, "--seal-key", str(elsewhere))
        server.start()
        self.assertFalse(self.file.exists())
        self.assertEqual(self.enters("li").status, 201)


class SqliteSecondFactors(SecondFactors, unittest.TestCase):
    def sql(self, statement, *values):
        with contextlib.closing(sqlite3.connect(self.bank.server.directory / "credit.db", timeout=30)) as database:
            with database:
                return database.execute(statement, values).fetchall()

    def key(self, user):
        return bytes(self.sql("SELECT totp_key FROM bank_user WHERE id = ?", user)[0][0])

    def put(self, user, key):
        self.sql("UPDATE bank_user SET totp_key = ? WHERE id = ?", key, user)


class PostgresSecondFactors(OnPostgres, SecondFactors, unittest.TestCase):
    def sql(self, statement):
        done = subprocess.run(["psql", "--quiet", "--no-psqlrc", "-At", "-v", "ON_ERROR_STOP=1", self.store, "-c",
                               statement], check=True, capture_output=True, text=True, stdin=subprocess.DEVNULL)
        return done.stdout.strip()

    def key(self, user):
        return bytes.fromhex(self.sql(f"SELECT encode(totp_key, 'hex') FROM bank_user WHERE id = '{user}'"))

    def put(self, user, key):
        self.sql(f"UPDATE bank_user SET totp_key = decode('{key.hex()}', 'hex') WHERE id = '{user}'")


if __name__ == "__main__":
    unittest.main()
