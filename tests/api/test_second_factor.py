"""Keys of second factors are sealed with a key outside of the database: rows of older programs, rotation, a key file
that is missing, open to others, wrong or lost; nothing is lost, and nothing starts as if."""

import base64
import contextlib
import os
import pathlib
import sqlite3
import subprocess
import unittest

from bank import OWN, PASSWORD, Bank, totp
from headroom_server import BINARY
from postgres_case import PSQL, OnPostgres

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
        return self.bank.enrol(self.bank.session(user))[0]

    def again(self, user):
        """An administrator takes the second factor of a user, who enrols another; its key."""
        self.assertEqual(self.bank.ask("DELETE", f"/v1/users/{user}/second-factor").status, 204)
        return self.bank.enrol(self.bank.session(user))[0]

    def enters(self, user):
        # A code is good once: what was used is forgotten, as half a minute later.
        self.sql(f"UPDATE bank_user SET totp_step = 0 WHERE id = '{user}'")
        return self.bank.sign_in(user, OWN, code=totp(self.keys[user]))

    def stored(self):
        return {user: self.key(user) for user in self.keys}

    def open_sessions(self, user):
        return self.count(f"SELECT count(*) FROM session WHERE bank_user = '{user}' AND ended IS NULL")

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
        self.keys["wu"] = self.again("wu")
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

    def begun(self, user):
        """A user who has begun a second factor and not confirmed it; their session and its key."""
        self.bank.user(user, "north")
        session = self.bank.session(user)
        answer = self.bank.server.ask("POST", "/v1/session/second-factor", {"password": OWN}, token=session)
        self.assertEqual(answer.status, 201, answer)
        return session, answer.json()["key"]

    def test_rotation(self):
        session, key = self.begun("he")
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
        # Nor for one that was begun before it.
        answer = self.bank.server.ask("POST", "/v1/session/second-factor/confirm", {"code": totp(key)}, token=session)
        self.assertEqual(answer.status, 201, answer)

    def test_a_session_begins_whole_or_not_at_all(self):
        """What it is to do first is found in the transaction in which it begins."""
        self.bank.user("he", "north")
        self.bank.session("he")
        ended = "UPDATE session SET ended = 1 WHERE bank_user = 'he' AND ended IS NULL"
        self.sql(ended)
        self.sql("ALTER TABLE delegation RENAME TO delegation_away")
        self.assertGreaterEqual(self.bank.sign_in("he").status, 500)
        self.sql("ALTER TABLE delegation_away RENAME TO delegation")
        self.assertEqual(self.open_sessions("he"), 0)
        self.assertEqual(self.bank.sign_in("he").status, 201)
        self.assertEqual(self.open_sessions("he"), 1)

    def test_a_file_that_is_missing_open_or_wrong(self):
        self.begun("he")  # no loss: it is begun anew
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
        self.keys["li"] = self.again("li")
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


class OwnFactor:
    """What a person does about their own second factor, through the server."""

    options = ()

    def setUp(self):
        self.bank = Bank(*self.options)
        self.addCleanup(self.bank.remove)
        self.bank.user("li", "north", ("north", "reviewer"))

    def problem(self, answer, status, slug):
        self.assertEqual((answer.status, answer.json()["type"]), (status, f"/problems/{slug}"), answer)

    def ask(self, session, what, **body):
        return self.bank.ask("POST", f"/v1/session/{what}", body, token=session)

    def me(self, session):
        return self.bank.ask("GET", "/v1/session", token=session).json()

    def test_a_person_enrols(self):
        bank = self.bank
        session = bank.session("li")
        self.assertEqual([self.me(session)[name] for name in ("second_factor", "second_factor_due", "recovery_codes")],
                         [False, False, 0])
        for body in ({}, {"code": "1"}, {"password": 1}, {"password": OWN, "more": "x"}, []):
            self.problem(bank.ask("POST", "/v1/session/second-factor", body, token=session), 400, "bad-body")
        self.problem(self.ask(session, "second-factor", password="not mine at all"), 403, "wrong-password")
        self.problem(self.ask(session, "second-factor/confirm", code="123456"), 409, "second-factor-not-begun")
        self.problem(self.ask(session, "second-factor/remove", password=OWN, code="1"), 409, "no-second-factor")
        self.problem(self.ask(session, "recovery-codes", password=OWN, code="1"), 409, "no-second-factor")
        begun = self.ask(session, "second-factor", password=OWN)
        self.assertEqual(begun.status, 201, begun)
        key = begun.json()["key"]
        self.assertEqual(begun.json()["uri"], f"otpauth://totp/Headroom:li?secret={key}&issuer=Headroom&algorithm=SHA1"
                                              "&digits=6&period=30")
        self.problem(self.ask(session, "second-factor/confirm", code="x"), 403, "wrong-code")
        self.assertEqual(bank.sign_in("li").status, 201)  # it is none yet
        codes = self.ask(session, "second-factor/confirm", code=totp(key))
        self.assertEqual(codes.status, 201, codes)
        codes = codes.json()["recovery_codes"]
        self.assertEqual(len(set(codes)), 10)
        self.assertEqual([self.me(session)[name] for name in ("second_factor", "second_factor_due", "recovery_codes")],
                         [True, False, 10])
        # Nothing shows them again, and no restart forgets them.
        bank.server.restart()
        self.problem(bank.sign_in("li"), 401, "code-needed")
        self.problem(bank.sign_in("li", code=codes[0][:-1]), 401, "sign-in-refused")
        self.assertEqual(bank.sign_in("li", code=codes[0].lower()).status, 201)
        self.problem(bank.sign_in("li", code=codes[0]), 401, "sign-in-refused")
        self.assertEqual(self.me(session)["recovery_codes"], 9)
        fresh = self.ask(session, "recovery-codes", password=OWN, code=codes[1]).json()["recovery_codes"]
        self.problem(bank.sign_in("li", code=codes[2]), 401, "sign-in-refused")
        self.problem(self.ask(session, "second-factor/remove", password=OWN, code=codes[2]), 403, "wrong-code")
        self.assertEqual(self.ask(session, "second-factor/remove", password=OWN, code=fresh[0]).status, 204)
        self.assertEqual(bank.sign_in("li").status, 201)
        self.assertFalse(self.me(session)["second_factor"])

    def test_an_error_is_said_in_chinese_too(self):
        session = self.bank.session("li")
        answer = self.bank.server.ask("POST", "/v1/session/second-factor/confirm", {"code": "123456"}, token=session,
                                      headers={"Accept-Language": "zh-CN"})
        self.assertIn("第二因素", answer.json()["detail"])

    def test_one_that_is_required_is_enrolled_before_anything_else(self):
        bank = self.bank
        session = bank.session("li")
        server = bank.server
        self.assertEqual(bank.ask("GET", "/v1/tasks", token=session).status, 200)
        server.stop()
        server.options = (*server.options, "--second-factor", "approver, reviewer")
        server.start()
        # The session from before too.
        self.problem(bank.ask("GET", "/v1/tasks", token=session), 403, "second-factor-needed")
        begun = bank.sign_in("li").json()
        self.assertTrue(begun["second_factor_due"])
        self.assertTrue(self.me(begun["session"])["second_factor_due"])
        for method, target in (("GET", "/v1/tasks"), ("GET", "/v1/customers/x/view"), ("POST", "/v1/messages")):
            self.problem(bank.ask(method, target, {} if method == "POST" else None, token=begun["session"]), 403,
                         "second-factor-needed")
        key, codes = bank.enrol(begun["session"])
        self.assertEqual(bank.ask("GET", "/v1/tasks", token=begun["session"]).status, 200)
        self.problem(bank.ask("GET", "/v1/tasks", token=session), 401, "session-ended")
        entered = bank.sign_in("li", code=totp(key, 1)).json()
        self.assertFalse(entered["second_factor_due"])
        self.assertEqual(bank.ask("GET", "/v1/tasks", token=entered["session"]).status, 200)
        self.problem(self.ask(entered["session"], "second-factor/remove", password=OWN, code=codes[0]), 409,
                     "second-factor-required")
        # Another role needs none, until a post that does comes to it.
        bank.user("wu", "north", ("north", "management"))
        wu = bank.session("wu")
        self.assertEqual(bank.ask("GET", "/v1/tasks", token=wu).status, 200)
        bank.made("/v1/users/wu/posts", {"organisation": "north", "role": "approver"})
        self.problem(bank.ask("GET", "/v1/tasks", token=wu), 403, "second-factor-needed")

    def test_a_password_that_was_given_is_changed_before_that(self):
        bank = self.bank
        server = bank.server
        server.stop()
        server.options = (*server.options, "--second-factor", "all")
        server.start()
        session = bank.sign_in("li").json()["session"]
        self.problem(bank.ask("GET", "/v1/tasks", token=session), 403, "password-change-needed")
        self.problem(self.ask(session, "second-factor", password=PASSWORD), 403, "password-change-needed")
        self.assertEqual(bank.change(session, PASSWORD, OWN).status, 204)
        self.problem(bank.ask("GET", "/v1/tasks", token=session), 403, "second-factor-needed")
        bank.enrol(session)
        self.assertEqual(bank.ask("GET", "/v1/tasks", token=session).status, 200)

    def test_an_administrator_takes_it_and_reads_nothing(self):
        bank = self.bank
        bank.user("sec", "head", ("head", "security_administrator"))
        sec, session = bank.session("sec"), bank.session("li")
        key, codes = bank.enrol(session)
        taken = bank.ask("DELETE", "/v1/users/li/second-factor", token=sec)
        self.assertEqual((taken.status, taken.body), (204, b""))
        self.problem(bank.ask("GET", "/v1/session", token=session), 401, "session-ended")
        begun = bank.sign_in("li").json()
        self.assertTrue(begun["second_factor_due"])
        self.problem(bank.ask("GET", "/v1/tasks", token=begun["session"]), 403, "second-factor-needed")
        self.problem(self.ask(begun["session"], "second-factor/confirm", code=totp(key)), 409,
                     "second-factor-not-begun")
        self.problem(self.ask(begun["session"], "second-factor/remove", password=OWN, code=codes[0]), 409,
                     "no-second-factor")
        bank.enrol(begun["session"])
        self.assertEqual(bank.ask("GET", "/v1/tasks", token=begun["session"]).status, 200)
        actions = [entry["action"] for entry in bank.ask("GET", "/v1/audit?subject=user/li").json()["items"]]
        enrolled = ["user.second_factor_begin", "user.second_factor_confirm"]
        self.assertEqual([action for action in actions if "second_factor" in action],
                         [*enrolled, "user.second_factor_reset", *enrolled])

    def test_wrong_codes_lock_the_account(self):
        session = self.bank.session("li")
        key = self.ask(session, "second-factor", password=OWN).json()["key"]
        for _ in range(5):
            self.problem(self.ask(session, "second-factor/confirm", code="000000 "), 403, "wrong-code")
        self.problem(self.ask(session, "second-factor/confirm", code=totp(key)), 429, "account-locked")
        self.problem(self.bank.sign_in("li"), 429, "account-locked")

    def test_a_role_that_is_none_is_refused_at_the_start(self):
        for roles, wrong in (("approver,teller", "teller"), ("", ""), ("approver,", "")):
            done = subprocess.run([BINARY, "serve", "--data", str(self.bank.server.directory) + ".new", "--listen",
                                   "127.0.0.1:0", "--language", "en", "--second-factor", roles], capture_output=True,
                                  text=True, timeout=60, check=False)
            self.assertEqual(done.returncode, 2, done)
            self.assertIn(f'--second-factor: "{wrong}" is no role', done.stderr)
            self.assertFalse(pathlib.Path(str(self.bank.server.directory) + ".new").exists())


class SqliteOwnFactor(OwnFactor, unittest.TestCase):
    pass


class PostgresOwnFactor(OnPostgres, OwnFactor, unittest.TestCase):
    pass


class SqliteSecondFactors(SecondFactors, unittest.TestCase):
    def sql(self, statement, *values):
        with contextlib.closing(sqlite3.connect(self.bank.server.directory / "credit.db", timeout=30)) as database:
            with database:
                return database.execute(statement, values).fetchall()

    def count(self, statement):
        return self.sql(statement)[0][0]

    def key(self, user):
        return bytes(self.sql("SELECT totp_key FROM bank_user WHERE id = ?", user)[0][0])

    def put(self, user, key):
        self.sql("UPDATE bank_user SET totp_key = ? WHERE id = ?", key, user)


class PostgresSecondFactors(OnPostgres, SecondFactors, unittest.TestCase):
    def sql(self, statement):
        done = subprocess.run([PSQL, "--quiet", "--no-psqlrc", "-At", "-v", "ON_ERROR_STOP=1", self.store, "-c",
                               statement], check=True, capture_output=True, text=True, stdin=subprocess.DEVNULL)
        return done.stdout.strip()

    def count(self, statement):
        return int(self.sql(statement))

    def key(self, user):
        return bytes.fromhex(self.sql(f"SELECT encode(totp_key, 'hex') FROM bank_user WHERE id = '{user}'"))

    def put(self, user, key):
        self.sql(f"UPDATE bank_user SET totp_key = decode('{key.hex()}', 'hex') WHERE id = '{user}'")


if __name__ == "__main__":
    unittest.main()
