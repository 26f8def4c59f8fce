"""Signing in with an issuer of OpenID Connect: the way, and every token, state and issuer that must be refused."""

import hashlib
import hmac
import json
import pathlib
import subprocess
import tempfile
import time
import unittest

from bank import PASSWORD, Bank
from headroom_server import BINARY
from oidc_issuer import Issuer, Key, b64
from postgres_case import OnPostgres



class Oidc:
    options = ()
    config = {}

    def setUp(self):
        self.issuer = Issuer()
        self.addCleanup(self.issuer.stop)
        folder = tempfile.TemporaryDirectory(prefix="headroom-oidc-")
        self.addCleanup(folder.cleanup)
        self.file = pathlib.Path(folder.name) / "oidc.json"
        self.file.write_text(json.dumps(self.issuer.config(**self.config)))
        self.bank = Bank("--oidc", str(self.file), *self.options)
        self.addCleanup(self.bank.remove)
        self.bank.user("wang", "north", ("north", "reviewer"))
        self.known("wang", "s-17")

    def known(self, user, subject, status=204, word=None):
        answer = self.bank.ask("PUT", f"/v1/users/{user}/identity", {"issuer": self.issuer.url, "subject": subject})
        self.assertEqual(answer.status, status, answer)
        if word:
            self.assertEqual(answer.json()["type"], f"/problems/{word}")

    def start(self):
        answer = self.bank.ask("POST", "/v1/oidc/start", token="")
        self.assertEqual(answer.status, 201, answer)
        return answer.json()

    def end(self, begun, code, **other):
        body = {"state": begun["state"], "binding": begun["binding"], "code": code, **other}
        return self.bank.ask("POST", "/v1/oidc/session", body, token="")

    def sign_in(self, subject="s-17"):
        begun = self.start()
        return self.end(begun, self.issuer.authorize(begun["location"], subject))

    def refused(self, answer, status=401, word="sign-in-refused"):
        self.assertEqual((answer.status, answer.json()["type"]), (status, f"/problems/{word}"), answer)

    def entries(self):
        items = self.bank.ask("GET", "/v1/audit?limit=1000").json()["items"]
        return [entry for entry in items if entry["action"] == "session.begin"]


class Way(Oidc):
    def test_signing_in(self):
        answer = self.sign_in()
        self.assertEqual((answer.status, answer.json()["user"]), (201, "wang"), answer)
        session = answer.json()["session"]
        me = self.bank.ask("GET", "/v1/session", token=session).json()
        self.assertEqual((me["user"], [post["role"] for post in me["posts"]]), ("wang", ["reviewer"]))
        self.assertEqual(self.bank.ask("DELETE", "/v1/session", token=session).status, 204)
        self.assertEqual(self.entries()[-1]["subject"], "user/wang")
        # The issuer is asked for its configuration and keys once, not at each sign-in.
        self.assertEqual(self.sign_in().status, 201)
        self.assertEqual(self.issuer.asked.count("/keys"), 1)
        self.assertEqual(self.issuer.asked.count("/.well-known/openid-configuration"), 1)

    def test_nobody_disabled_and_moved_subjects(self):
        self.refused(self.sign_in("s-18"))
        self.assertIn("nobody here is known", json.dumps(self.entries()[-1]))
        self.bank.user("li", "north")
        self.known("li", "s-17", 409, "exists")
        self.known("li", "s-18")
        session = self.sign_in("s-18").json()
        self.assertEqual(session["user"], "li")
        self.known("li", "s-19")
        self.assertEqual(self.bank.ask("GET", "/v1/session", token=session["session"]).status, 401)
        self.refused(self.sign_in("s-18"))
        self.assertEqual(self.bank.ask("PUT", "/v1/users/li/identity", {"issuer": self.issuer.url}).status, 204)
        self.refused(self.sign_in("s-19"))
        self.known("li", "x" * 256, 400, "bad-name")
        self.bank.ask("POST", "/v1/users/wang/disable")
        self.refused(self.sign_in())


class SqliteWay(Way, unittest.TestCase):
    pass


class PostgresWay(OnPostgres, Way, unittest.TestCase):
    pass


class Hostile(Oidc, unittest.TestCase):
    def give(self, why, token):
        """Signs in with a token of the test's own; it must be refused, and the trail must say why."""
        self.issuer.token = token
        answer = self.sign_in()
        with self.subTest(why=why):
            if answer.status == 429:
                self.fail("throttled: the test asks too often")
            self.refused(answer)
            self.assertNotIn(why, answer.body.decode())  # the reason is for the trail alone
            self.assertIn(why, json.dumps(self.entries()[-1]))

    def test_algorithms_and_keys(self):
        issuer = self.issuer
        rsa = issuer.keys[0]

        def none(query, subject):
            head = b64(json.dumps({"alg": "none"}).encode())
            return f"{head}.{b64(json.dumps(issuer.claims(query, subject)).encode())}."

        def hmac_of_public_key(query, subject):
            head = {"alg": "HS256", "kid": "r1"}
            text = f"{b64(json.dumps(head).encode())}.{b64(json.dumps(issuer.claims(query, subject)).encode())}"
            public = rsa.run("pkey", "-in", rsa.path, "-pubout")
            return f"{text}.{b64(hmac.new(public, text.encode(), hashlib.sha256).digest())}"

        def changed(query, subject):
            head, _, signature = issuer.good(query, subject).split(".")
            return f"{head}.{b64(json.dumps(issuer.claims(query, 's-18')).encode())}.{signature}"

        stranger = Key("RSA", "r1")
        self.addCleanup(stranger.remove)
        unknown = Key("RSA", "r9")
        self.addCleanup(unknown.remove)
        for why, token in (
                ("algorithm is not allowed", none),
                ("algorithm is not allowed", hmac_of_public_key),
                ("algorithm is not allowed",
                 lambda q, s: issuer.signed(issuer.claims(q, s), rsa, {"alg": "none"})),
                ("algorithm is not allowed", lambda q, s: issuer.signed(issuer.claims(q, s), rsa, {"alg": None})),
                ("key is not among", lambda q, s: issuer.signed(issuer.claims(q, s), unknown)),
                ("key is not among", lambda q, s: issuer.signed(issuer.claims(q, s), rsa, {"kid": None})),
                ("key is not among", lambda q, s: issuer.signed(issuer.claims(q, s), rsa, {"kid": "e1"})),
                ("signature does not fit", lambda q, s: issuer.signed(issuer.claims(q, s), stranger)),
                ("signature does not fit", changed),
                ("signature does not fit", lambda q, s: issuer.good(q, s).rpartition(".")[0] + "." + b64(b"\1" * 256)),
                ("extensions", lambda q, s: issuer.signed(issuer.claims(q, s), rsa, {"crit": ["x"]}))):
            self.give(why, token)

    def test_ec_keys(self):
        elliptic = self.issuer.keys[1]
        for _ in range(6):  # signatures whose numbers have leading zeros or bits among them
            self.issuer.token = lambda q, s: self.issuer.signed(self.issuer.claims(q, s), elliptic)
            self.assertEqual(self.sign_in().status, 201)
        for bad in (b"\0" * 64, b"\1" * 63, b""):
            self.give("signature does not fit", lambda q, s, bad=bad: self.issuer.signed(
                self.issuer.claims(q, s), elliptic).rpartition(".")[0] + "." + b64(bad))

    def test_claims(self):
        issuer = self.issuer
        now = int(time.time())
        for why, more in (("another issuer", {"iss": issuer.url + "/"}), ("another issuer", {"iss": None}),
                          ("for somebody else", {"aud": "another"}), ("for somebody else", {"aud": None}),
                          ("for somebody else", {"aud": ["headroom", "another"]}),
                          ("for somebody else", {"azp": "another"}),
                          ("has expired", {"exp": now - 61}), ("has expired", {"exp": None}),
                          ("has expired", {"exp": "tomorrow"}), ("issued too long ago", {"iat": now - 3600}),
                          ("not valid yet", {"iat": now + 120}), ("not valid yet", {"nbf": now + 120}),
                          ("not made for this sign-in", {"nonce": "another"}),
                          ("not made for this sign-in", {"nonce": None}),
                          ("names nobody", {"sub": None}), ("names nobody", {"sub": "x" * 256})):
            self.give(why, lambda q, s, more=more: issuer.signed(issuer.claims(q, s, **more), issuer.keys[0]))

    def test_what_clocks_and_lists_may(self):
        issuer = self.issuer
        now = int(time.time())
        for more in ({"exp": now - 30}, {"iat": now + 30}, {"aud": ["headroom"]}, {"exp": now + 0.5},
                     {"aud": ["x", "headroom"], "azp": "headroom"}):
            issuer.token = lambda q, s, more=more: issuer.signed(issuer.claims(q, s, **more), issuer.keys[0])
            self.assertEqual(self.sign_in().status, 201, more)

    def test_no_tokens(self):
        for token in ("", "x", "a.b", "a.b.c.d", "....", "." * 20000, "e30.e30.e30", 1, None, ["x"],
                      b64(b"[]") + "." + b64(b"[]") + ".AA", b64(b'{"alg":"RS256","alg":"none"}') + ".e30.AA"):
            self.issuer.token = lambda q, s, token=token: token
            self.refused(self.sign_in())

    def test_states(self):
        begun = self.start()
        code = self.issuer.authorize(begun["location"], "s-17")
        self.assertEqual(self.end(begun, code).status, 201)
        # A state is good once, and so is a code.
        self.refused(self.end(begun, code))
        other = self.start()
        self.refused(self.end(other, code))
        # Another's state with one's own binding, a state that nobody began, one that is no state.
        mine, yours = self.start(), self.start()
        code = self.issuer.authorize(yours["location"], "s-17")
        self.refused(self.end(yours, code, binding=mine["binding"]))
        self.refused(self.end(yours, code))  # and it is spent by the attempt
        for state in ("A" * 43, "x", "A" * 5000):
            self.refused(self.end(mine, "x", state=state))
        # Another's code: its verifier is not the one of this state.
        first, second = self.start(), self.start()
        self.refused(self.end(first, self.issuer.authorize(second["location"], "s-17")))
        for body in ({}, [], {"state": 1, "code": "x", "binding": "x"}, {"state": "x", "code": "x"},
                     {"state": "x", "code": "x" * 3000, "binding": "x"}):
            self.assertEqual(self.bank.ask("POST", "/v1/oidc/session", body, token="").status, 400, body)

    def test_weak_and_strange_keys(self):
        issuer = self.issuer
        weak = Key("RSA", "weak", 1024)
        self.addCleanup(weak.remove)
        rsa = issuer.keys[0].jwk()
        good = dict(rsa)
        for jwk in (weak.jwk(kid="k"), {**good, "kid": "k", "use": "enc"}, {**good, "kid": "k", "alg": "ES256"},
                    {**good, "kid": "k", "n": "AQ"}, {**good, "kid": "k", "e": "AQ"},
                    {**good, "kid": "k", "kty": "oct"}, {"kid": "k", "kty": "RSA"}):
            issuer.jwks = [jwk]
            self.bank.server.restart()
            key = weak if jwk.get("n") == weak.jwk()["n"] else issuer.keys[0]
            issuer.token = lambda q, s, key=key: issuer.signed(issuer.claims(q, s), key, {"kid": "k"})
            self.refused(self.sign_in())
        issuer.jwks = [{**good, "kid": "k"}, {**good, "kid": "k"}]  # two of one name
        self.bank.server.restart()
        self.refused(self.sign_in())


class Issuers(Oidc, unittest.TestCase):
    """Issuers that do not answer as they should are waited for, and hold up nothing else."""

    def test_broken_issuers(self):
        page = "/.well-known/openid-configuration"
        good = self.issuer.page(page)
        for broken in ({**good, "issuer": "https://another.example"},
                       {**good, "token_endpoint": "http://far.example/t"},
                       {**good, "jwks_uri": "file:///etc/passwd"}, {"issuer": self.issuer.url}, [], b"no JSON",
                       b" " * (300 << 10), {**good, "authorization_endpoint": "https://x/" + "y" * 600}):
            self.issuer.broken = {page: broken}
            self.refused(self.bank.ask("POST", "/v1/oidc/start", token=""), 503, "issuer-unreachable")
        self.issuer.broken = None
        self.assertEqual(self.sign_in().status, 201)
        begun = self.start()
        code = self.issuer.authorize(begun["location"], "s-17")
        self.issuer.server.shutdown()
        self.issuer.server.server_close()
        answer = self.end(begun, code)
        self.refused(answer, 503, "issuer-unreachable")
        # People with passwords sign in meanwhile.
        self.assertEqual(self.bank.sign_in("wang").status, 201)
        self.issuer.stop = lambda: [key.remove() for key in self.issuer.keys]

    def test_keys_that_change(self):
        self.assertEqual(self.sign_in().status, 201)
        new = Key("RSA", "r2")
        self.addCleanup(new.remove)
        self.issuer.jwks.append(new.jwk())
        self.issuer.token = lambda q, s: self.issuer.signed(self.issuer.claims(q, s), new)
        end = time.monotonic() + 60
        while (answer := self.sign_in()).status != 201:
            self.refused(answer)
            self.assertLess(time.monotonic(), end)
            time.sleep(3)
        self.assertEqual(self.issuer.asked.count("/keys"), 2)

    def test_algorithms_of_the_file(self):
        self.file.write_text(json.dumps(self.issuer.config(algorithms=["ES256"])))
        self.bank.server.restart()
        self.refused(self.sign_in())
        elliptic = self.issuer.keys[1]
        self.issuer.token = lambda q, s: self.issuer.signed(self.issuer.claims(q, s), elliptic)
        self.assertEqual(self.sign_in().status, 201)


class Files(unittest.TestCase):
    def test_what_is_wrong_in_the_file_is_said(self):
        good = {"issuer": "https://sso.example", "client_id": "x", "redirect_uri": "https://h.example/"}
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "oidc.json"
            for more, word in (({"issuer": "http://sso.example"}, "https"), ({"issuer": "https://"}, "https"),
                               ({"issuer": "http://127.0.0.1.evil.example"}, "https"), ({"client_id": ""}, "client_id"),
                               ({"redirect_uri": "javascript:alert(1)"}, "https"), ({"algorithms": ["none"]}, "RS256"),
                               ({"algorithms": []}, "RS256"), ({"algorithms": "RS256"}, "RS256"),
                               ({"skew_seconds": 301}, "skew"), ({"skew_seconds": "60"}, "skew"),
                               ({"clientid": "x"}, "known")):
                path.write_text(json.dumps({**good, **more}))
                done = subprocess.run([BINARY, "serve", "--data", f"{folder}/data", "--listen", "127.0.0.1:0", "--oidc",
                                       str(path), "--language", "en"], capture_output=True, text=True, timeout=60,
                                      check=False)
                self.assertEqual(done.returncode, 2, (more, done.stderr))
                self.assertIn(word, done.stderr)
        bank = Bank()
        self.addCleanup(bank.remove)
        for target in ("start", "session"):
            answer = bank.ask("POST", f"/v1/oidc/{target}", {"state": "x", "code": "x", "binding": "x"}, token="")
            self.assertEqual((answer.status, answer.json()["type"]), (404, "/problems/no-issuer"))
        self.assertTrue(PASSWORD)


if __name__ == "__main__":
    unittest.main()
