"""Passwords that nobody may have: of the system's words, of the deployment's file, names, repetitions, sequences."""

import os
import pathlib
import subprocess
import unittest

import headroom_server
from bank import OWN, PASSWORD, Bank
from headroom_server import BINARY
from postgres_case import OnPostgres

headroom_server.quick_passwords = False  # as a bank would have it, in this suite
SYSTEM = pathlib.Path("/usr/share/dict/cracklib-small")


class Passwords:
    options = ()

    def setUp(self):
        self.bank = Bank(*self.options)
        self.addCleanup(self.bank.remove)
        self.bank.user("li", "north")

    def problem(self, answer, status, slug):
        self.assertEqual((answer.status, answer.json()["type"]), (status, f"/problems/{slug}"), answer)

    def judge(self, password, slug):
        """Refused to the person, and to who administers."""
        self.problem(self.bank.change(self.session, OWN, password), 400, slug)
        self.problem(self.bank.ask("PUT", "/v1/users/li/password", {"password": password}), 400, slug)

    def test_what_is_refused_and_what_is_not(self):
        bank = self.bank
        bank.server  # noqa: B018
        file = pathlib.Path(bank.server.home) / "refused.txt"
        file.write_text("Zebra in the Rain\n\ntrombonistic\r\n")
        bank.server.stop()
        bank.server.options = (*bank.server.options, "--passwords-refused", str(file))
        bank.server.start()
        self.session = bank.session("li")
        for password in ("zebra in the rain", "TROMBONISTIC", "trombonistic2026", "tr0mb0n1st1c", "abcdeabcdeabcde",
                         "123456789012", "qwertyuiop12"):
            self.judge(password, "password-guessed")
        for password in ("一家某银行的密码", "I love Headroom!"):
            self.judge(password, "password-names")
        self.judge("short", "bad-password")
        answer = bank.server.ask("POST", "/v1/session/password", {"old_password": OWN, "password": "trombonistic"},
                                 token=self.session, headers={"Accept-Language": "zh-CN"})
        self.assertIn("易被猜中", answer.json()["detail"])
        # Nothing was changed by all that, and none of it counted as an attempt.
        self.assertEqual(bank.change(self.session, OWN, "trombones in the rain").status, 204)
        self.assertEqual(bank.sign_in("li", "trombones in the rain").status, 201)

    @unittest.skipUnless(SYSTEM.exists(), "no cracklib-runtime here")
    def test_the_words_of_the_system(self):
        self.session = self.bank.session("li")
        words = [word for word in SYSTEM.read_text().split() if len(word) >= 12]
        self.assertGreater(len(words), 1000)
        for word in words[::len(words) // 10]:
            self.judge(word.upper(), "password-guessed")
        self.judge("password2026", "password-guessed")
        self.assertEqual(self.bank.ask("PUT", "/v1/users/li/password", {"password": PASSWORD + "!"}).status, 204)

    def test_without_any_list(self):
        """Words are taken then, and who starts the server is told; what needs no list is refused still."""
        server = self.bank.server
        nothing, program = pathlib.Path(server.home) / "nothing", pathlib.Path(server.home) / "unlisted"
        nothing.mkdir()
        hide = f'mount --bind "{nothing}" "{SYSTEM.parent}" && ' if SYSTEM.exists() else ""
        mapped = "" if os.geteuid() == 0 else "--map-root-user"
        program.write_text(f"#!/bin/sh\nexec unshare {mapped} --mount sh -c '{hide}exec \"$0\" \"$@\"'"
                           f' "{server.program}" "$@"\n')
        program.chmod(0o700)
        tried = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=60, check=False)
        if tried.returncode != 0:
            self.skipTest(f"the list cannot be hidden here: {tried.stderr.strip()}")
        server.stop()
        server.program = program
        server.start()
        self.assertIn("no list of known passwords: /usr/share/dict/cracklib-small", server.stderr())
        self.session = self.bank.session("li")
        for password in ("abcdeabcdeabcde", "123456789012"):
            self.judge(password, "password-guessed")
        self.assertEqual(self.bank.change(self.session, OWN, "characteristically").status, 204)

    def test_a_file_that_is_missing(self):
        done = subprocess.run([BINARY, "serve", "--data", str(self.bank.server.home) + "/new", "--listen",
                               "127.0.0.1:0", "--language", "en", "--passwords-refused", "/nowhere/words"],
                              capture_output=True, text=True, timeout=60, check=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("/nowhere/words", done.stderr)
        self.assertFalse(pathlib.Path(self.bank.server.home, "new").exists())


class SqlitePasswords(Passwords, unittest.TestCase):
    pass


class PostgresPasswords(OnPostgres, Passwords, unittest.TestCase):
    pass


if __name__ == "__main__":
    unittest.main()
