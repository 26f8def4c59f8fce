"""People through the server: every route with every role, near and far posts, signing in and out."""

import re
import unittest

from bank import OWN, PASSWORD, Bank, Sessions, totp
from postgres_case import OnPostgres

ROLES = ("system_administrator security_administrator audit_administrator relationship_manager reviewer"
         " committee_secretary committee_member approver release_officer limit_manager monitoring_officer"
         " warning_officer management").split()
SYSTEM, SECURITY, AUDIT = {ROLES[0]}, {ROLES[1]}, {ROLES[2]}
BUSINESS, MANAGER = set(ROLES[3:]), {"relationship_manager"}
CONFIGURERS = SYSTEM | {"limit_manager"}
LISTERS = {"limit_manager", "monitoring_officer", "warning_officer"}
# Route: the roles of people that may use it. Every other route is closed to sessions.
PERMITTED = {
    **{("GET", path): BUSINESS for path in
       ("/v1/limits", "/v1/limits/{id}", "/v1/limits/{id}/tree", "/v1/limits/{id}/exposures",
        "/v1/limits/{id}/movements", "/v1/reservations/{id}", "/v1/exposures/{id}", "/v1/unlocks/{id}", "/v1/rates",
        "/v1/day")},
    ("GET", "/v1/session"): set(ROLES),
    ("DELETE", "/v1/session"): set(ROLES),
    ("POST", "/v1/session/password"): set(ROLES),
    ("POST", "/v1/session/second-factor"): set(ROLES),
    ("POST", "/v1/session/second-factor/confirm"): set(ROLES),
    ("POST", "/v1/session/second-factor/remove"): set(ROLES),
    ("POST", "/v1/session/recovery-codes"): set(ROLES),
    ("GET", "/v1/audit"): AUDIT,
    ("GET", "/v1/audit/head"): AUDIT,
    ("POST", "/v1/organisations"): SYSTEM,
    ("GET", "/v1/users"): SYSTEM | SECURITY | AUDIT,
    ("POST", "/v1/users"): SYSTEM,
    ("GET", "/v1/users/{id}"): SYSTEM | SECURITY | AUDIT,
    ("GET", "/v1/users/{id}/sessions"): SECURITY | AUDIT,
    ("DELETE", "/v1/users/{id}/sessions"): SECURITY,
    ("PUT", "/v1/users/{id}/password"): SECURITY,
    ("PUT", "/v1/users/{id}/identity"): SECURITY,
    ("DELETE", "/v1/users/{id}/second-factor"): SECURITY,
    ("POST", "/v1/users/{id}/disable"): SECURITY,
    ("POST", "/v1/users/{id}/enable"): SECURITY,
    ("POST", "/v1/users/{id}/posts"): SECURITY,
    ("DELETE", "/v1/users/{id}/posts/{organisation}/{role}"): SECURITY,
    ("GET", "/v1/delegations"): BUSINESS | SECURITY | AUDIT,
    ("POST", "/v1/delegations"): BUSINESS | SECURITY,
    ("GET", "/v1/delegations/{id}"): BUSINESS | SECURITY | AUDIT,
    ("POST", "/v1/delegations/{id}/revoke"): BUSINESS | SECURITY,
    ("GET", "/v1/interests"): BUSINESS | SECURITY | AUDIT,
    ("POST", "/v1/interests"): BUSINESS | SECURITY,
    ("POST", "/v1/interests/{number}/end"): SECURITY,
    ("GET", "/v1/customers/{id}/view"): BUSINESS,
    ("GET", "/v1/tasks"): BUSINESS,
    ("GET", "/v1/tasks/{id}"): BUSINESS,
    ("POST", "/v1/tasks/{id}/claim"): BUSINESS,
    ("POST", "/v1/tasks/{id}/unclaim"): BUSINESS,
    ("POST", "/v1/tasks/{id}/complete"): BUSINESS,
    ("POST", "/v1/tasks/{id}/return"): BUSINESS,
    ("POST", "/v1/tasks/{id}/resume"): MANAGER,
    ("GET", "/v1/cases"): BUSINESS,
    ("GET", "/v1/cases/{id}"): BUSINESS,
    ("GET", "/v1/cases/{id}/history"): BUSINESS,
    ("POST", "/v1/cases"): BUSINESS,
    ("POST", "/v1/cases/{id}/cancel"): BUSINESS,
    ("POST", "/v1/cases/{id}/incidents/{number}/resolve"): CONFIGURERS,
    ("POST", "/v1/cases/{id}/move"): CONFIGURERS,
    ("POST", "/v1/cases/{id}/move/preview"): CONFIGURERS,
    ("POST", "/v1/messages"): {"limit_manager"},
    ("GET", "/v1/applications"): BUSINESS,
    ("POST", "/v1/applications"): MANAGER,
    ("GET", "/v1/applications/{id}"): BUSINESS,
    ("PUT", "/v1/applications/{id}"): MANAGER,
    ("GET", "/v1/applications/{id}/versions"): BUSINESS,
    ("POST", "/v1/applications/{id}/submit"): MANAGER,
    ("POST", "/v1/applications/{id}/withdraw"): MANAGER,
    ("POST", "/v1/applications/{id}/check"): BUSINESS,
    ("GET", "/v1/customers"): BUSINESS,
    ("POST", "/v1/customers"): MANAGER,
    ("GET", "/v1/customers/{id}"): BUSINESS,
    ("PUT", "/v1/customers/{id}"): MANAGER,
    ("GET", "/v1/customers/{id}/history"): BUSINESS,
    ("POST", "/v1/customers/{id}/relations"): MANAGER,
    ("POST", "/v1/customers/{id}/rules/preview"): MANAGER | {"limit_manager"},
    ("POST", "/v1/customers/{id}/rules"): {"limit_manager"},
    ("GET", "/v1/rule-differences"): BUSINESS,
    ("GET", "/v1/rule-moves"): BUSINESS,
    ("POST", "/v1/rule-moves"): MANAGER | {"limit_manager"},
    ("GET", "/v1/rule-moves/{id}"): BUSINESS,
    ("POST", "/v1/rule-moves/{id}/agree"): {"limit_manager"},
    ("POST", "/v1/rule-moves/{id}/reject"): MANAGER | {"limit_manager"},
    ("POST", "/v1/customers/{id}/listings"): LISTERS,
    ("POST", "/v1/customers/{id}/listings/{number}/end"): LISTERS,
    ("GET", "/v1/packs"): set(ROLES),
    ("POST", "/v1/packs"): CONFIGURERS,
    ("POST", "/v1/packs/check"): CONFIGURERS,
    ("GET", "/v1/packs/{id}"): set(ROLES),
    ("GET", "/v1/packs/{id}/content"): set(ROLES),
    ("GET", "/v1/packs/{id}/difference"): set(ROLES),
    ("GET", "/v1/packs/{id}/day"): set(ROLES),
    ("GET", "/v1/pack-activations"): set(ROLES),
    ("POST", "/v1/pack-activations"): CONFIGURERS,
    ("GET", "/v1/pack-activations/{id}"): set(ROLES),
    ("POST", "/v1/pack-activations/{id}/activate"): SECURITY | {"limit_manager"},
    ("POST", "/v1/pack-activations/{id}/reject"): CONFIGURERS | SECURITY,
    ("GET", "/v1/organisations/{id}/pack"): set(ROLES),
    ("POST", "/v1/customers/{id}/ties"): MANAGER,
    ("POST", "/v1/customers/{id}/ties/{number}/end"): MANAGER,
    ("GET", "/v1/customers/{id}/group"): BUSINESS,
    ("GET", "/v1/groups"): BUSINESS,
    ("POST", "/v1/groups"): MANAGER | {"limit_manager"},
    ("GET", "/v1/groups/{id}"): BUSINESS,
    ("PUT", "/v1/groups/{id}"): MANAGER | {"limit_manager"},
    ("GET", "/v1/groups/{id}/history"): BUSINESS,
    ("GET", "/v1/group-moves"): BUSINESS,
    ("POST", "/v1/group-moves"): MANAGER | {"limit_manager"},
    ("POST", "/v1/group-moves/preview"): MANAGER | {"limit_manager"},
    ("GET", "/v1/group-moves/{id}"): BUSINESS,
    ("POST", "/v1/group-moves/{id}/agree"): {"limit_manager"},
    ("POST", "/v1/group-moves/{id}/reject"): MANAGER | {"limit_manager"},
    ("GET", "/v1/customer-moves"): BUSINESS,
    ("POST", "/v1/customer-moves"): MANAGER | {"limit_manager"},
    ("POST", "/v1/customer-moves/preview"): MANAGER | {"limit_manager"},
    ("GET", "/v1/customer-moves/{id}"): BUSINESS,
    ("POST", "/v1/customer-moves/{id}/agree"): {"limit_manager"},
    ("POST", "/v1/customer-moves/{id}/reject"): MANAGER | {"limit_manager"},
}
BODIES = {
    "/v1/organisations": {"id": "-", "name": "x", "parent": "head"},
    "/v1/users": {"id": "-", "login": "x", "name": "x", "organisation": "head"},
    "/v1/users/{id}/password": {"password": "short"},
    "/v1/users/{id}/posts": {"organisation": "head", "role": "nothing"},
    "/v1/session": {"login": "", "password": ""},
    "/v1/entities": {"id": "-", "name": "x"},
}


class Matrix(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.bank = Bank()
        for role in ROLES:
            cls.bank.user(f"u.{role}"[:32], "head", ("head", role))
        cls.bank.user("u.none", "head")
        cls.routes = [(method.upper(), path)
                      for path, methods in cls.bank.server.get("/v1/openapi.json", token="").json()["paths"].items()
                      for method in methods]

    @classmethod
    def tearDownClass(cls):
        cls.bank.remove()

    def answer(self, route, token):
        method, path = route
        body = BODIES.get(path, [] if path == "/v1/commands" else None) if method in ("POST", "PUT") else None
        return self.bank.ask(method, re.sub(r"{\w+}", "none", path), body, token=token)

    def test_every_route_with_every_role(self):
        tried = 0
        open_to_all = {route for route in self.routes if self.answer(route, "").status not in (401, 429)}
        open_to_all.add(("POST", "/v1/session"))
        for role in [*ROLES, "none"]:
            session = self.bank.session(f"u.{role}"[:32])
            for route in self.routes:
                if route in open_to_all or route == ("DELETE", "/v1/session"):
                    continue
                with self.subTest(role=role, route=route):
                    answer = self.answer(route, session)
                    permitted = role in PERMITTED.get(route, ()) or route[1].startswith("/v1/session")
                    self.assertEqual(answer.status == 403, not permitted, answer)
                    self.assertNotIn(answer.status, (401, 429, 500))
                    tried += 1
            self.assertEqual(self.bank.ask("DELETE", "/v1/session", token=session).status, 204)
            # Signed out, the same is closed.
            self.assertEqual(self.bank.ask("GET", "/v1/session", token=session).status, 401)
        print(f"{tried} pairs of route and role")
        self.assertGreater(tried, 400)

    def test_the_description_names_the_roles(self):
        paths = self.bank.server.get("/v1/openapi.json", token="").json()["paths"]
        for path, methods in paths.items():
            for method, operation in methods.items():
                self.assertEqual(set(operation["x-posts"]), PERMITTED.get((method.upper(), path), set()), path)

    def test_what_is_no_session_is_refused(self):
        for token in ("hs_", "hs_" + "A" * 43, "hs_" + "A" * 42, "hs_' OR 1=1"):
            self.assertEqual(self.bank.ask("GET", "/v1/session", token=token).status, 401, token)
        # A token is no person.
        self.assertEqual(self.bank.ask("GET", "/v1/session").status, 403)


class People:
    options = ()

    def setUp(self):
        self.bank = Bank(*self.options)
        self.addCleanup(self.bank.remove)

    def problem(self, answer, status, slug):
        self.assertEqual((answer.status, answer.json()["type"]), (status, f"/problems/{slug}"), answer)

    def test_a_person_reaches_below_their_post_only(self):
        bank = self.bank
        bank.user("sys", "north", ("north", "system_administrator"))
        bank.user("sec", "north", ("north", "security_administrator"))
        bank.user("far", "south")
        bank.user("alien", "leasing")
        sys, sec = bank.session("sys"), bank.session("sec")
        user = {"id": "li", "login": "li", "name": "李", "organisation": "north"}
        self.assertEqual(bank.ask("POST", "/v1/users", user, token=sys).status, 201)
        for place in ("south", "head", "leasing", "nowhere"):
            other = {**user, "id": "wu", "login": "wu", "organisation": place}
            self.problem(bank.ask("POST", "/v1/users", other, token=sys), 404, "not-found")
            other = {"id": "new", "name": "x", "parent": place}
            self.problem(bank.ask("POST", "/v1/organisations", other, token=sys), 404, "not-found")
        self.problem(bank.ask("POST", "/v1/organisations", {"id": "new", "name": "x", "legal_entity": "bank"},
                              token=sys), 404, "not-found")
        post = {"organisation": "north", "role": "reviewer"}
        self.assertEqual(bank.ask("POST", "/v1/users/li/posts", post, token=sec).status, 201)
        for who in ("far", "alien", "nobody"):
            self.problem(bank.ask("POST", f"/v1/users/{who}/posts", post, token=sec), 404, "not-found")
            self.problem(bank.ask("PUT", f"/v1/users/{who}/password", {"password": PASSWORD}, token=sec), 404,
                         "not-found")
            for verb in ("disable", "enable"):
                self.problem(bank.ask("POST", f"/v1/users/{who}/{verb}", token=sec), 404, "not-found")
            self.problem(bank.ask("DELETE", f"/v1/users/{who}/second-factor", token=sec), 404, "not-found")
        for place in ("south", "head", "leasing"):
            self.problem(bank.ask("POST", "/v1/users/li/posts", {"organisation": place, "role": "management"},
                                  token=sec), 404, "not-found")
        self.assertEqual(bank.ask("DELETE", "/v1/users/li/posts/north/reviewer", token=sec).status, 204)

    def test_a_token_of_an_organisation_reaches_below_it_only(self):
        bank = self.bank
        bank.user("far", "south")
        north = bank.server.token("administrator", organisation="north")["token"]
        user = {"id": "li", "login": "li", "name": "李", "organisation": "north"}
        self.assertEqual(bank.ask("POST", "/v1/users", user, token=north).status, 201)
        self.assertEqual(bank.ask("POST", "/v1/organisations", {"id": "n1", "name": "x", "parent": "north"},
                                  token=north).status, 201)
        for place in ("south", "head", "leasing", "nowhere"):
            self.problem(bank.ask("POST", "/v1/users", {**user, "id": "wu", "login": "wu", "organisation": place},
                                  token=north), 404, "not-found")
        self.problem(bank.ask("POST", "/v1/users/far/disable", token=north), 404, "not-found")
        self.problem(bank.ask("POST", "/v1/organisations", {"id": "n", "name": "x", "legal_entity": "bank"},
                              token=north), 404, "not-found")
        # What is of all places is closed to it; what it is told of itself is not.
        for method, target in (("GET", "/v1/events"), ("POST", "/v1/commands"), ("GET", "/v1/audit"),
                               ("GET", "/v1/tokens"), ("POST", "/v1/tokens"), ("POST", "/v1/entities"),
                               ("GET", "/metrics")):
            body = {} if method == "POST" else None
            self.problem(bank.ask(method, target, body, token=north), 403, "place-bound")
        self.assertEqual(bank.ask("GET", "/v1/me", token=north).json()["organisation"], "north")
        lost = bank.server.token("administrator", organisation="nowhere")["token"]
        self.problem(bank.ask("POST", "/v1/users", {**user, "id": "wu"}, token=lost), 403, "place-unknown")

    def test_duties_and_the_own_account(self):
        bank = self.bank
        bank.user("sec", "head", ("head", "security_administrator"))
        bank.user("wang", "north", ("north", "relationship_manager"))
        sec = bank.session("sec")
        self.problem(bank.ask("POST", "/v1/users/wang/posts", {"organisation": "south", "role": "approver"}, token=sec),
                     409, "duties-exclude")
        self.problem(bank.ask("POST", "/v1/users/sec/posts", {"organisation": "head", "role": "management"}, token=sec),
                     403, "self")
        for body in ({"organisation": "north"}, {"organisation": "north", "role": "emperor"}, [], {"role": 1},
                     {"organisation": "north", "role": "management", "until": "tomorrow"},
                     {"organisation": "north", "role": "management", "more": "x"}):
            self.assertEqual(bank.ask("POST", "/v1/users/wang/posts", body, token=sec).status, 400, body)
        self.problem(bank.ask("POST", "/v1/users/wang/posts", {"organisation": "north", "role": "management",
                                                               "until": "2020-01-01T00:00:00Z"}, token=sec),
                     400, "bad-dates")

    def test_signing_in(self):
        bank = self.bank
        bank.user("wang", "north", ("north", "reviewer"))
        session = bank.session("wang")
        me = bank.ask("GET", "/v1/session", token=session).json()
        self.assertEqual((me["user"], me["organisation"], len(me["posts"])), ("wang", "north", 1))
        self.problem(bank.sign_in("wang", "another password"), 401, "sign-in-refused")
        self.problem(bank.sign_in("nobody"), 401, "sign-in-refused")
        self.problem(bank.sign_in("wang' --"), 401, "sign-in-refused")
        key, _ = bank.enrol(session)
        self.problem(bank.sign_in("wang", OWN), 401, "code-needed")
        self.problem(bank.sign_in("wang", OWN, code="abcdef"), 401, "sign-in-refused")
        code = totp(key, 1)
        self.assertEqual(bank.sign_in("wang", code=code).status, 201)
        self.problem(bank.sign_in("wang", code=code), 401, "sign-in-refused")
        # A session outlives a restart; a new password and a disabled account end it.
        bank.server.restart()
        self.assertEqual(bank.ask("GET", "/v1/session", token=session).status, 200)
        self.assertEqual(bank.ask("PUT", "/v1/users/wang/password", {"password": PASSWORD + "!"}).status, 204)
        self.problem(bank.ask("GET", "/v1/session", token=session), 401, "session-ended")
        self.assertEqual(bank.ask("POST", "/v1/users/wang/disable").status, 204)
        self.problem(bank.sign_in("wang", PASSWORD + "!", code=totp(key)), 401, "sign-in-refused")

    def test_an_administrators_password_is_changed_first(self):
        bank = self.bank
        bank.user("wang", "north", ("north", "reviewer"))
        bank.user("sec", "head", ("head", "security_administrator"))
        sec = bank.session("sec")
        begun = bank.sign_in("wang").json()
        session = begun["session"]
        self.assertTrue(begun["password_change"])
        self.assertTrue(bank.ask("GET", "/v1/session", token=session).json()["password_change"])
        for method, target, body in (("GET", "/v1/tasks", None), ("GET", "/v1/customers/x/view", None),
                                     ("POST", "/v1/applications", {}), ("GET", "/v1/pack-activations", None)):
            self.problem(bank.ask(method, target, body, token=session), 403, "password-change-needed")
        for body in ({}, {"password": OWN}, {"old_password": PASSWORD}, {"old_password": 1, "password": OWN}, [],
                     {"old_password": PASSWORD, "password": OWN, "more": "x"}):
            self.problem(bank.ask("POST", "/v1/session/password", body, token=session), 400, "bad-body")
        self.problem(bank.change(session, PASSWORD, "short"), 400, "bad-password")
        self.problem(bank.change(session, PASSWORD, "x" * 300), 400, "bad-password")
        self.problem(bank.change(session, PASSWORD, PASSWORD), 400, "password-used")
        self.problem(bank.change(session, PASSWORD + "!", OWN), 403, "wrong-password")
        other = bank.sign_in("wang").json()["session"]
        self.assertEqual(bank.change(session, PASSWORD, OWN).status, 204)
        self.assertEqual(bank.ask("GET", "/v1/tasks", token=session).status, 200)
        self.assertFalse(bank.ask("GET", "/v1/session", token=session).json()["password_change"])
        self.problem(bank.ask("GET", "/v1/session", token=other), 401, "session-ended")
        self.problem(bank.change(other, PASSWORD, OWN), 401, "session-ended")
        self.problem(bank.sign_in("wang", PASSWORD), 401, "sign-in-refused")
        self.assertFalse(bank.sign_in("wang", OWN).json()["password_change"])
        # A reset by an administrator, who does not reset their own.
        self.assertEqual(bank.ask("PUT", "/v1/users/wang/password", {"password": PASSWORD}, token=sec).status, 204)
        self.problem(bank.ask("GET", "/v1/session", token=session), 401, "session-ended")
        self.problem(bank.sign_in("wang", OWN), 401, "sign-in-refused")
        self.assertTrue(bank.sign_in("wang", PASSWORD).json()["password_change"])
        self.problem(bank.ask("PUT", "/v1/users/sec/password", {"password": PASSWORD}, token=sec), 403, "self")

    def test_wrong_old_passwords_lock(self):
        bank = self.bank
        bank.user("wang", "north", ("north", "reviewer"))
        session = bank.session("wang")
        for _ in range(5):
            self.problem(bank.change(session, "another password", "a third password"), 403, "wrong-password")
        self.problem(bank.change(session, OWN, "a third password"), 429, "account-locked")
        self.problem(bank.sign_in("wang", OWN), 429, "account-locked")
        self.assertEqual(bank.ask("POST", "/v1/users/wang/enable").status, 204)
        self.assertEqual(bank.change(session, OWN, "a third password").status, 204)
        reasons = [entry.get("reason") for entry in bank.ask("GET", "/v1/audit?subject=user/wang").json()["items"]
                   if entry["action"] == "user.own_password"]
        self.assertEqual([reason is None for reason in reasons], [True] + [False] * 6 + [True])

    def test_wrong_passwords_lock_and_slow_down(self):
        bank = self.bank
        bank.user("wang", "north")
        for _ in range(5):
            self.problem(bank.sign_in("wang", "another password"), 401, "sign-in-refused")
        self.problem(bank.sign_in("wang"), 429, "account-locked")
        self.assertEqual(bank.ask("POST", "/v1/users/wang/enable").status, 204)
        self.assertEqual(bank.sign_in("wang").status, 201)
        slugs = [bank.sign_in("nobody").json()["type"] for _ in range(40)]
        self.assertIn("/problems/too-many-refusals", slugs)

    def test_the_trail_tells_who_did_what_and_no_secret(self):
        bank = self.bank
        bank.user("wang", "north", ("north", "audit_administrator"))
        session = bank.session("wang")
        key, codes = bank.enrol(session)
        answer = bank.ask("GET", "/v1/audit?subject=user/wang", token=session)
        actions = [entry["action"] for entry in answer.json()["items"]]
        self.assertEqual(actions, ["user.create", "user.password", "post.give", "session.begin", "user.own_password",
                                   "user.second_factor_begin", "user.second_factor_confirm"])
        look = bank.ask("GET", "/v1/audit?actor=wang", token=session).json()["items"][-1]
        self.assertEqual((look["action"], look["actor"]), ("audit.read", "wang"))
        everything = bank.ask("GET", "/v1/audit?limit=1000").body.decode() + bank.server.stderr()
        everything += (bank.server.directory / "audit.log").read_text()
        for secret in (PASSWORD, OWN, session, key, *codes, "argon2"):
            self.assertNotIn(secret, everything)


class SqlitePeople(People, unittest.TestCase):
    pass


class PostgresPeople(OnPostgres, People, unittest.TestCase):
    pass


if __name__ == "__main__":
    unittest.main()
