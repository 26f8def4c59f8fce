"""Who may do what: every route with every role and with none; tokens from making to revoking."""

import datetime
import json
import os
import re
import stat
import time
import unittest

from headroom_server import Headroom, limit_open

EVERYBODY = {"reader", "operator", "administrator"}
OPERATORS = {"operator", "administrator"}
# Route: the roles that may use it; None is anybody, without a token.
PERMITTED = {
    ("POST", "/v1/commands"): OPERATORS,
    ("GET", "/v1/limits"): EVERYBODY,
    ("GET", "/v1/limits/{id}"): EVERYBODY,
    ("GET", "/v1/limits/{id}/tree"): EVERYBODY,
    ("GET", "/v1/limits/{id}/exposures"): EVERYBODY,
    ("GET", "/v1/limits/{id}/movements"): EVERYBODY,
    ("GET", "/v1/reservations/{id}"): EVERYBODY,
    ("GET", "/v1/exposures/{id}"): EVERYBODY,
    ("GET", "/v1/unlocks/{id}"): EVERYBODY,
    ("GET", "/v1/rates"): EVERYBODY,
    ("GET", "/v1/day"): EVERYBODY,
    ("GET", "/v1/events"): EVERYBODY,
    ("GET", "/v1/decisions"): EVERYBODY,
    ("POST", "/v1/decisions/{model}/{decision}"): OPERATORS,
    ("GET", "/v1/me"): EVERYBODY,
    ("GET", "/v1/tokens"): {"administrator"},
    ("POST", "/v1/tokens"): {"administrator"},
    ("DELETE", "/v1/tokens/{id}"): {"administrator"},
    ("GET", "/v1/audit"): {"administrator"},
    ("GET", "/v1/audit/head"): {"administrator"},
    ("POST", "/v1/session"): None,
    ("GET", "/v1/session"): set(),  # a person's, see test_people
    ("DELETE", "/v1/session"): set(),
    ("POST", "/v1/session/password"): set(),
    ("POST", "/v1/session/second-factor"): set(),
    ("POST", "/v1/session/second-factor/confirm"): set(),
    ("POST", "/v1/session/second-factor/remove"): set(),
    ("POST", "/v1/session/recovery-codes"): set(),
    ("POST", "/v1/oidc/start"): None,
    ("POST", "/v1/oidc/session"): None,
    ("PUT", "/v1/users/{id}/identity"): {"administrator"},
    ("POST", "/v1/entities"): {"administrator"},
    ("POST", "/v1/organisations"): {"administrator"},
    ("GET", "/v1/users"): {"administrator"},
    ("POST", "/v1/users"): {"administrator"},
    ("GET", "/v1/users/{id}"): {"administrator"},
    ("GET", "/v1/users/{id}/sessions"): {"administrator"},
    ("DELETE", "/v1/users/{id}/sessions"): {"administrator"},
    ("PUT", "/v1/users/{id}/password"): {"administrator"},
    ("DELETE", "/v1/users/{id}/second-factor"): {"administrator"},
    ("POST", "/v1/users/{id}/disable"): {"administrator"},
    ("POST", "/v1/users/{id}/enable"): {"administrator"},
    ("POST", "/v1/users/{id}/posts"): {"administrator"},
    ("DELETE", "/v1/users/{id}/posts/{organisation}/{role}"): {"administrator"},
    ("GET", "/v1/customers"): EVERYBODY,
    ("POST", "/v1/customers"): OPERATORS,
    ("GET", "/v1/customers/{id}"): EVERYBODY,
    ("PUT", "/v1/customers/{id}"): OPERATORS,
    ("GET", "/v1/customers/{id}/history"): EVERYBODY,
    ("POST", "/v1/customers/{id}/relations"): OPERATORS,
    ("POST", "/v1/customers/{id}/rules/preview"): set(),  # of a legal entity: people alone
    ("POST", "/v1/customers/{id}/rules"): set(),
    ("GET", "/v1/rule-differences"): set(),
    ("GET", "/v1/rule-moves"): set(),
    ("POST", "/v1/rule-moves"): set(),
    ("GET", "/v1/rule-moves/{id}"): set(),
    ("POST", "/v1/rule-moves/{id}/agree"): set(),
    ("POST", "/v1/rule-moves/{id}/reject"): set(),
    ("POST", "/v1/customers/{id}/listings"): OPERATORS,
    ("POST", "/v1/customers/{id}/listings/{number}/end"): OPERATORS,
    ("POST", "/v1/customers/{id}/ties"): OPERATORS,
    ("POST", "/v1/customers/{id}/ties/{number}/end"): OPERATORS,
    ("GET", "/v1/customers/{id}/group"): EVERYBODY,
    ("GET", "/v1/customers/{id}/view"): EVERYBODY,
    ("GET", "/v1/tasks"): EVERYBODY,
    ("GET", "/v1/tasks/{id}"): EVERYBODY,
    ("POST", "/v1/tasks/{id}/claim"): set(),
    ("POST", "/v1/tasks/{id}/unclaim"): set(),
    ("POST", "/v1/tasks/{id}/complete"): set(),
    ("POST", "/v1/tasks/{id}/return"): set(),
    ("POST", "/v1/tasks/{id}/resume"): set(),
    ("GET", "/v1/cases"): EVERYBODY,
    ("GET", "/v1/cases/{id}"): EVERYBODY,
    ("GET", "/v1/cases/{id}/history"): EVERYBODY,
    ("POST", "/v1/cases"): set(),
    ("POST", "/v1/cases/{id}/cancel"): set(),
    ("POST", "/v1/cases/{id}/incidents/{number}/resolve"): set(),
    ("POST", "/v1/cases/{id}/move"): set(),
    ("POST", "/v1/cases/{id}/move/preview"): OPERATORS,
    ("POST", "/v1/messages"): OPERATORS,
    ("GET", "/v1/delegations"): EVERYBODY,
    ("POST", "/v1/delegations"): {"administrator"},
    ("GET", "/v1/delegations/{id}"): EVERYBODY,
    ("POST", "/v1/delegations/{id}/revoke"): {"administrator"},
    ("GET", "/v1/interests"): {"administrator"},
    ("POST", "/v1/interests"): {"administrator"},
    ("POST", "/v1/interests/{number}/end"): {"administrator"},
    ("GET", "/v1/groups"): EVERYBODY,
    ("POST", "/v1/groups"): OPERATORS,
    ("GET", "/v1/groups/{id}"): EVERYBODY,
    ("PUT", "/v1/groups/{id}"): OPERATORS,
    ("GET", "/v1/groups/{id}/history"): EVERYBODY,
    ("GET", "/v1/group-moves"): EVERYBODY,
    ("POST", "/v1/group-moves"): OPERATORS,
    ("POST", "/v1/group-moves/preview"): OPERATORS,
    ("GET", "/v1/group-moves/{id}"): EVERYBODY,
    ("POST", "/v1/group-moves/{id}/agree"): set(),  # another person's
    ("POST", "/v1/group-moves/{id}/reject"): OPERATORS,
    ("GET", "/v1/customer-moves"): EVERYBODY,
    ("POST", "/v1/customer-moves"): OPERATORS,
    ("POST", "/v1/customer-moves/preview"): OPERATORS,
    ("GET", "/v1/customer-moves/{id}"): EVERYBODY,
    ("POST", "/v1/customer-moves/{id}/agree"): set(),  # another person's
    ("POST", "/v1/customer-moves/{id}/reject"): OPERATORS,
    ("GET", "/v1/applications"): EVERYBODY,
    ("POST", "/v1/applications"): OPERATORS,
    ("GET", "/v1/applications/{id}"): EVERYBODY,
    ("PUT", "/v1/applications/{id}"): OPERATORS,
    ("GET", "/v1/applications/{id}/versions"): EVERYBODY,
    ("POST", "/v1/applications/{id}/submit"): OPERATORS,
    ("POST", "/v1/applications/{id}/withdraw"): OPERATORS,
    ("POST", "/v1/applications/{id}/check"): OPERATORS,
    ("GET", "/v1/packs"): EVERYBODY,
    ("POST", "/v1/packs"): OPERATORS,
    ("POST", "/v1/packs/check"): OPERATORS,
    ("GET", "/v1/packs/{id}"): EVERYBODY,
    ("GET", "/v1/packs/{id}/content"): EVERYBODY,
    ("GET", "/v1/packs/{id}/difference"): EVERYBODY,
    ("GET", "/v1/packs/{id}/day"): EVERYBODY,
    ("GET", "/v1/pack-activations"): EVERYBODY,
    ("POST", "/v1/pack-activations"): OPERATORS,
    ("GET", "/v1/pack-activations/{id}"): EVERYBODY,
    ("POST", "/v1/pack-activations/{id}/activate"): set(),  # a person's
    ("POST", "/v1/pack-activations/{id}/reject"): OPERATORS,
    ("GET", "/v1/organisations/{id}/pack"): EVERYBODY,
    ("GET", "/v1/openapi.json"): None,
    ("GET", "/metrics"): EVERYBODY,
    ("GET", "/healthz"): None,
    ("GET", "/readyz"): None,
}
UNKNOWN = "hr_" + "A" * 43


class Scopes(unittest.TestCase):
    """Every route with a token of its own scope, and with one of all the others."""

    def test_every_route_with_its_scope_and_without(self):
        server = Headroom()
        self.addCleanup(server.remove)
        paths = server.get("/v1/openapi.json", token="").json()["paths"]
        routes = {(method.upper(), path): operation.get("x-scope")
                  for path, methods in paths.items() for method, operation in methods.items()}
        words = sorted({scope for route, scope in routes.items() if scope and PERMITTED[route]})
        self.assertIn("limits:read", words)
        self.assertIn("commands:write", words)
        tried = 0
        for (method, path), scope in routes.items():
            self.assertEqual(scope is None, PERMITTED[(method, path)] is None or path == "/v1/me", path)
            if scope not in words or not PERMITTED[(method, path)]:
                continue
            others = [word for word in words if word != scope]
            # A token has scopes of 256 bytes at most: all the others are had by three.
            for own, permitted in ([scope], True), *((others[i::3], False) for i in range(3)):
                token = server.token("administrator", scope=" ".join(own))["token"]
                body = "[]" if method == "POST" else None
                answer = server.ask(method, re.sub(r"{\w+}", "none", path), body, token=token)
                refused = answer.status == 403 and answer.json()["type"] == "/problems/scope-needed"
                self.assertEqual(refused, not permitted, (method, path, own, answer))
                tried += 1
        self.assertGreater(tried, 50)

    def test_who_has_scopes_gives_no_more(self):
        server = Headroom()
        self.addCleanup(server.remove)
        maker = server.token("administrator", scope="tokens:write limits:read")
        self.assertEqual(maker["scope"], "tokens:write limits:read")
        for scope, status in (("limits:read", 201), ("commands:write", 403), (None, 403),
                              ("tokens:write day:read", 403)):
            wanted = {"name": "x", "role": "administrator", **({"scope": scope} if scope else {})}
            self.assertEqual(server.ask("POST", "/v1/tokens", wanted, token=maker["token"]).status, status, scope)
        for wrong in ({"scope": "limits:read "}, {"scope": ""}, {"scope": "all"}, {"scope": 1},
                      {"scope": ["limits:read"]}, {"organisation": "A B"}, {"organisation": ""}):
            answer = server.ask("POST", "/v1/tokens", {"name": "x", "role": "reader", **wrong})
            self.assertEqual(answer.status, 400, wrong)
        self.assertIn("limits:read", (server.directory / "audit.log").read_text())


class Roles(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Headroom()
        cls.tokens = {role: cls.server.token(role)["token"] for role in EVERYBODY}

    @classmethod
    def tearDownClass(cls):
        cls.server.remove()

    def test_the_table_here_is_of_every_route(self):
        paths = self.server.get("/v1/openapi.json", token="").json()["paths"]
        described = {(method.upper(), path): operation for path, methods in paths.items()
                     for method, operation in methods.items()}
        self.assertEqual(set(described), set(PERMITTED))
        for route, operation in described.items():
            self.assertEqual(set(operation["x-roles"]), PERMITTED[route] or set(), route)

    def ask(self, method, path, token):
        body = {"POST": "[]"}.get(method)
        return self.server.ask(method, re.sub(r"{\w+}", "none", path), body, token=token,
                               headers={"Content-Type": "application/json"} if body else None)

    def test_every_route_with_every_role(self):
        for (method, path), permitted in PERMITTED.items():
            for role, token in self.tokens.items():
                with self.subTest(method=method, path=path, role=role):
                    answer = self.ask(method, path, token)
                    if permitted is None or role in permitted:
                        self.assertNotIn(answer.status, (401, 403))
                    else:
                        self.assertEqual(answer.status, 403)
                        self.assertEqual(answer.json()["type"], "/problems/role-needed")

    def test_every_route_without_a_good_token(self):
        for (method, path), permitted in PERMITTED.items():
            for token in ("", UNKNOWN):
                with self.subTest(method=method, path=path, token=token):
                    answer = self.ask(method, path, token)
                    if (method, path) == ("POST", "/v1/session"):
                        # A body that is none, or the address has used up its refusals of this minute.
                        self.assertIn(answer.status, (400, 429))
                        continue
                    if permitted is None:
                        self.assertNotIn(answer.status, (401, 403, 429))
                        continue
                    self.assertIn(answer.status, (401, 429) if token else (401,))
                    if answer.status == 401:
                        self.assertIn("Bearer", answer.headers["www-authenticate"])

    def test_a_body_is_not_read_for_nobody(self):
        """A large body without a token is refused before it is sent."""
        connection = self.server.connect()
        connection.putrequest("POST", "/v1/commands")
        connection.putheader("Content-Length", str(10 << 20))
        connection.putheader("Content-Type", "application/json")
        connection.endheaders()
        self.assertEqual(connection.getresponse().status, 401)
        connection.close()

    def test_forms_of_the_header(self):
        good = self.tokens["reader"]
        for value, status in ((f"Bearer {good}", 200), (f"bearer  {good}", 200),
                              (f"Basic {good}", 401), (good, 401), (f"Bearer {good}x", 401),
                              (f"Bearer {good[:-1]}", 401), ("Bearer", 401)):
            with self.subTest(value=value):
                answer = self.server.get("/v1/me", token="", headers={"Authorization": value})
                # The other tests of this class may have used up the refusals of this minute.
                self.assertIn(answer.status, (status, 429) if status == 401 else (status,))


class Tokens(unittest.TestCase):
    def setUp(self):
        self.server = Headroom()
        self.addCleanup(self.server.remove)

    def make(self, **fields):
        return self.server.ask("POST", "/v1/tokens", fields)

    def test_a_token_lives_and_ends(self):
        made = self.server.token("operator")
        self.assertRegex(made["token"], r"^hr_[A-Za-z0-9_-]{43}$")
        self.assertEqual(self.server.post([limit_open("a")], token=made["token"])[0]["result"],
                         "ok")
        listed = self.server.get("/v1/tokens").json()["tokens"]
        self.assertEqual([row["name"] for row in listed], ["first administrator", "a operator"])
        self.assertNotIn("token", listed[1])
        self.assertEqual(listed[1]["used"],
                         str(datetime.datetime.now(datetime.timezone.utc).date()))
        self.assertEqual(self.server.ask("DELETE", f"/v1/tokens/{made['id']}").status, 204)
        self.assertEqual(self.server.ask("DELETE", f"/v1/tokens/{made['id']}").status, 204)
        for _ in range(2):
            self.assertEqual(self.server.get("/v1/me", token=made["token"]).status, 401)
            self.assertIn("revoked", self.server.get("/v1/tokens").json()["tokens"][1])
            self.server.restart()

    def test_expiry(self):
        soon = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=1)
        made = self.server.token("reader", expires=soon.isoformat().replace("+00:00", "Z"))
        self.assertEqual(self.server.get("/v1/me", token=made["token"]).status, 200)
        while datetime.datetime.now(datetime.timezone.utc) <= soon:
            time.sleep(0.05)
        self.assertEqual(self.server.get("/v1/me", token=made["token"]).status, 401)

    def test_what_is_refused(self):
        for fields in ({}, {"name": "x"}, {"name": "", "role": "reader"},
                       {"name": "x" * 65, "role": "reader"}, {"name": "x", "role": "king"},
                       {"name": "x", "role": "reader", "expires": "2000-01-01T00:00:00Z"},
                       {"name": "x", "role": "reader", "expires": "soon"},
                       {"name": "x", "role": "reader", "more": "y"}, {"name": 1, "role": "reader"},
                       {"name": "a\nb", "role": "reader"}):
            with self.subTest(fields=fields):
                self.assertEqual(self.make(**fields).json()["type"], "/problems/bad-token")
        self.assertEqual(self.server.ask("POST", "/v1/tokens", "x" * 5000).status, 413)
        self.assertEqual(self.server.ask("DELETE", "/v1/tokens/none").status, 404)
        first = self.server.get("/v1/tokens").json()["tokens"][0]["id"]
        answer = self.server.ask("DELETE", f"/v1/tokens/{first}")
        self.assertEqual((answer.status, answer.json()["type"]),
                         (409, "/problems/last-administrator"))

    def test_too_many_refusals_are_told_to_wait(self):
        statuses = [self.server.get("/v1/me", token=UNKNOWN).status for _ in range(45)]
        self.assertEqual(set(statuses), {401, 429})
        self.assertEqual(self.server.get("/v1/me", token=UNKNOWN).headers.get("retry-after", "60"),
                         "60")
        self.assertEqual(self.server.get("/v1/me").status, 200)

    def test_files_are_private_and_hold_no_secret(self):
        made = self.server.token("reader")
        for name in ("tokens", "admin.token", "audit.log"):
            mode = os.stat(self.server.directory / name).st_mode
            self.assertEqual(stat.S_IMODE(mode), 0o600, name)
        for name in ("tokens", "audit.log"):
            content = (self.server.directory / name).read_text()
            self.assertNotIn(made["token"], content)
            self.assertNotIn(self.server.admin, content)

    def test_the_audit_log_tells(self):
        made = self.server.token("reader")
        self.server.ask("DELETE", f"/v1/tokens/{made['id']}")
        self.server.get("/v1/me", token=made["token"])
        lines = (self.server.directory / "audit.log").read_text().splitlines()
        entries = [json.loads(line) for line in lines]
        self.assertEqual([entry["event"] for entry in entries],
                         ["first_start", "token_created", "trail_head", "token_created", "token_revoked",
                          "sign_in_refused"])
        self.assertEqual([entry["n"] for entry in entries], [1, 2, 3, 4, 5, 6])
        self.assertRegex(entries[2]["head"], "^1 [0-9a-f]{64}$")
        self.assertEqual(entries[5]["actor"], made["id"])
        self.assertIn("revoked", entries[5]["reason"])

    def test_secrets_do_not_leak(self):
        made = self.server.token("reader")["token"]
        self.server.get("/v1/me", token=made)
        for target in ("/metrics", "/v1/tokens", "/v1/events", "/v1/openapi.json"):
            self.assertNotIn(made.encode(), self.server.get(target).body)
        self.assertNotIn(made, self.server.stderr())


if __name__ == "__main__":
    unittest.main()
