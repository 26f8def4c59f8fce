"""The authorisation matrix: every endpoint x method x who asks x where, made from the server's own table of routes.

Who: each role by a post at a branch and at the head office, none, each token, tokens of one branch, and those who are
nobody: without a token, with a wrong, expired or revoked one, signed out, disabled, locked. Where: what is asked for is
the asker's own, of their branch, of another branch, of another legal entity. What each is answered follows from the
words of the description (x-roles, x-posts, x-scope, x-places), which the permission table writes; the cases of four
eyes that concern the administration of people stand behind it."""

import contextlib
import datetime
import re
import sqlite3
import time
import unittest

from bank import PASSWORD, Bank, Sessions, totp
from test_people import ROLES

RELATIONS = {"own": "north", "same branch": "north", "other branch": "south", "other entity": "leasing"}
NOBODY = (401, 429)
# Where a route names its place, by path or by body; every other one is asked for what is not there.
PLACED = {
    ("POST", "/v1/organisations"): lambda user, place: {"id": "-", "name": "x", "parent": place},
    ("POST", "/v1/users"): lambda user, place: {"id": "-", "login": "x", "name": "x", "organisation": place},
    ("GET", "/v1/users/{id}"): lambda user, place: None,
    ("GET", "/v1/users/{id}/sessions"): lambda user, place: None,
    ("DELETE", "/v1/users/{id}/sessions"): lambda user, place: None,
    ("PUT", "/v1/users/{id}/password"): lambda user, place: {"password": "short"},
    ("PUT", "/v1/users/{id}/identity"): lambda user, place: {"issuer": "https://sso.example", "subject": user},
    ("DELETE", "/v1/users/{id}/second-factor"): lambda user, place: None,
    ("POST", "/v1/users/{id}/enable"): lambda user, place: None,
    ("POST", "/v1/users/{id}/disable"): lambda user, place: None,
    ("POST", "/v1/users/{id}/posts"): lambda user, place: {"organisation": place, "role": "warning_officer"},
    ("DELETE", "/v1/users/{id}/posts/{organisation}/{role}"): lambda user, place: None,
    ("POST", "/v1/pack-activations"): lambda user, place: {"organisation": place, "pack": "x", "reason": " "},
}
# What nobody does to an account of their own.
FOUR_EYES = {route for route in PLACED if route[1].endswith(("able", "posts", "{role}", "identity", "/password",
                                                                      "second-factor"))}


def slug(answer):
    return answer.json()["type"].removeprefix("/problems/") if answer.status >= 400 else ""


class Matrix(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        bank = cls.bank = Bank()
        cls.addClassCleanup(bank.remove)
        for place in ("north", "south", "leasing"):
            bank.user(f"target.{place}", place, (place, "management"))
        people = {f"{short}{number}": (role, place) for place, short in (("north", "n"), ("head", "h"))
                  for number, role in enumerate([*ROLES, "none"])}
        for user, (role, place) in people.items():
            bank.user(user, place, *([] if role == "none" else [(place, role)]))
        sessions = Sessions(bank, *people)
        cls.routes = {(method.upper(), path): operation for path, methods
                      in bank.server.get("/v1/openapi.json", token="").json()["paths"].items()
                      for method, operation in methods.items()}
        cls.sessions = {user: (*people[user], sessions[user]) for user in people}
        cls.tried = 0

    def ask(self, route, token, relation=None, asker=None):
        """One case, with the target that stands in the relation to who asks; it changes nothing others need."""
        method, path = route
        place = RELATIONS.get(relation, "north")
        user = asker if relation == "own" and asker else f"target.{place}"
        values = {"organisation": place, "role": "management"}
        if relation is not None:
            values["id"] = user
        if route == ("DELETE", "/v1/users/{id}/posts/{organisation}/{role}") and user.startswith("target."):
            self.bank.ask("POST", f"/v1/users/{user}/posts", {"organisation": place, "role": "management"})
        target = re.sub(r"{(\w+)}", lambda name: values.get(name[1], "none"), path)
        body = None
        if method in ("POST", "PUT", "PATCH"):
            body = PLACED[route](user, place) if route in PLACED else [] if path == "/v1/commands" else {}
        type(self).tried += 1
        return self.bank.ask(method, target, body, token=token)

    def relations(self, route):
        if route == ("DELETE", "/v1/users/{id}/sessions"):
            return [relation for relation in RELATIONS if relation != "own"]  # it would be the asker's last
        return RELATIONS if route in PLACED else (None,)

    def closed(self):
        """The routes that are not for anybody, in the order of the table."""
        return [route for route, operation in self.routes.items()
                if operation["security"] and route != ("DELETE", "/v1/session")]

    def test_people(self):
        for asker, (role, place, session) in self.sessions.items():
            for route in self.closed():
                operation = self.routes[route]
                permitted = role in operation["x-posts"] or route[1].startswith("/v1/session")
                for relation in self.relations(route):
                    with self.subTest(role=role, place=place, route=route, relation=relation):
                        answer = self.ask(route, session, relation, asker)
                        self.judge(answer, route, operation, permitted, relation, place)

    def judge(self, answer, route, operation, permitted, relation, place):
        self.assertLess(answer.status, 500, answer)
        self.assertNotIn(answer.status, NOBODY, answer)
        if not permitted:
            self.assertEqual((answer.status, slug(answer)), (403, "role-needed"), answer)
        elif relation is None or operation["x-places"] == "all":
            self.assertNotEqual(answer.status, 403, answer)
        elif relation == "own" and route in FOUR_EYES:
            self.assertEqual((answer.status, slug(answer)), (403, "self"), answer)
        elif relation == "other entity" or (relation == "other branch" and place == "north"):
            self.assertEqual((answer.status, slug(answer)), (404, "not-found"), answer)
        else:
            self.assertNotIn(answer.status, (403, 404), answer)

    def test_tokens(self):
        for role in ("reader", "operator", "administrator"):
            token = self.bank.server.token(role)["token"]
            bound = self.bank.server.token(role, organisation="north")["token"]
            for route in self.closed():
                operation = self.routes[route]
                permitted = role in operation["x-roles"]
                for relation in self.relations(route):
                    with self.subTest(role=role, route=route, relation=relation):
                        answer = self.ask(route, token, relation)
                        self.assertLess(answer.status, 500, answer)
                        self.assertNotIn(answer.status, NOBODY, answer)
                        self.assertEqual(answer.status == 403, not permitted, answer)
                        answer = self.ask(route, bound, relation)
                        if not permitted:
                            self.assertEqual(slug(answer), "role-needed", answer)
                        elif operation["x-places"] == "all" and route[1] != "/v1/me":
                            self.assertEqual((answer.status, slug(answer)), (403, "place-bound"), answer)
                        elif relation is not None:
                            far = RELATIONS[relation] != "north"
                            self.assertEqual((answer.status, slug(answer)) == (404, "not-found"), far, answer)

    def nobodies(self):
        """Those whom nothing is shown: a name and the bearer of each."""
        bank = self.bank
        soon = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=1)
        expired = bank.server.token("administrator", expires=soon.strftime("%Y-%m-%dT%H:%M:%SZ"))["token"]
        revoked = bank.server.token("administrator")
        bank.ask("DELETE", f"/v1/tokens/{revoked['id']}")
        for user in ("out", "disabled", "renewed"):
            bank.user(user, "north", ("north", "audit_administrator"))
        out, disabled, renewed = (bank.session(user) for user in ("out", "disabled", "renewed"))
        bank.ask("DELETE", "/v1/session", token=out)
        bank.ask("POST", "/v1/users/disabled/disable")
        bank.ask("PUT", "/v1/users/renewed/password", {"password": PASSWORD + " 2"})
        aged = {}
        for user, minutes in (("idle", 31), ("spent", 12 * 60 + 1)):
            bank.user(user, "north", ("north", "audit_administrator"))
            aged[user] = bank.session(user)
            # The clock is the machine's: what is moved back is when the session began, or was last used.
            file = bank.server.directory / "credit.db"
            with contextlib.closing(sqlite3.connect(file, timeout=30)) as database, database:
                database.execute("UPDATE session SET seen = seen - ?, created = created - ? WHERE bank_user = ?",
                                 (minutes * 60000000 if user == "idle" else 0, minutes * 60000000, user))
        # Who is locked is given nothing to show, with the right password either.
        bank.user("shut", "north", ("north", "audit_administrator"))
        for _ in range(5):
            bank.sign_in("shut", "another password")
        locked = bank.sign_in("shut").json().get("session", "hs_" + "B" * 43)
        time.sleep(1.1)
        return {"anonymous": "", "unknown token": "hr_" + "A" * 43, "expired token": expired,
                "revoked token": revoked["token"], "no token": "x", "unknown session": "hs_" + "A" * 43,
                "signed out": out, "disabled": disabled, "password renewed": renewed, "locked": locked,
                "session unused for half an hour": aged["idle"], "session of twelve hours": aged["spent"]}

    def test_nobody(self):
        for name, token in self.nobodies().items():
            for route in self.closed():
                with self.subTest(who=name, route=route):
                    answer = self.ask(route, token)
                    # Where no person may at all a session is not even looked at.
                    no_people = token.startswith("hs_") and not self.routes[route]["x-posts"]
                    self.assertIn(answer.status, (*NOBODY, 403) if no_people else NOBODY, answer)
                    self.assertEqual(set(answer.json()), {"type", "title", "status", "detail"})

    def test_locked(self):
        bank = self.bank
        bank.user("locked", "north", ("north", "audit_administrator"))
        session = bank.session("locked")
        for _ in range(5):
            self.assertEqual(bank.sign_in("locked", "another password").status, 401)
        # The right password does not open it either; a session from before is the person's own and stays.
        self.assertEqual(slug(bank.sign_in("locked")), "account-locked")
        self.assertEqual(bank.ask("GET", "/v1/audit", token=session).status, 200)
        self.assertEqual(bank.ask("POST", "/v1/users/locked/enable").status, 204)
        self.assertEqual(bank.sign_in("locked").status, 201)

    def test_zz_the_count(self):
        print(f"{self.tried} cases of {len(self.routes)} routes, {len(self.sessions)} people")
        self.assertGreater(self.tried, 2000)


class FourEyes(unittest.TestCase):
    """The same person, a second account, a replayed approval: whoever changes rights is never whom they concern."""

    def setUp(self):
        self.bank = Bank()
        self.addCleanup(self.bank.remove)

    def refused(self, answer, status, word):
        self.assertEqual((answer.status, slug(answer)), (status, word), answer)

    def account(self, user, person, *posts):
        self.bank.made("/v1/users", {"id": user, "login": user, "name": user, "organisation": "head", "person": person})
        answer = self.bank.ask("PUT", f"/v1/users/{user}/password", {"password": PASSWORD})
        self.assertEqual(answer.status, 204, answer)
        for role in posts:
            self.bank.made(f"/v1/users/{user}/posts", {"organisation": "head", "role": role})

    def test_the_same_person_and_a_second_account(self):
        bank = self.bank
        self.account("sec", "p-1", "security_administrator")
        self.account("sec2", "p-1")
        self.account("other", "p-2")
        sec = bank.session("sec")
        post = {"organisation": "head", "role": "management"}
        for user in ("sec", "sec2"):
            self.refused(bank.ask("POST", f"/v1/users/{user}/posts", post, token=sec), 403, "self")
            for verb in ("enable", "disable"):
                self.refused(bank.ask("POST", f"/v1/users/{user}/{verb}", token=sec), 403, "self")
            self.refused(bank.ask("DELETE", f"/v1/users/{user}/posts/head/management", token=sec), 403, "self")
        # By another's hand, too, one person comes by no two duties that exclude each other.
        for role in ("system_administrator", "audit_administrator", "approver", "management"):
            self.refused(bank.ask("POST", "/v1/users/sec2/posts", {**post, "role": role}), 409, "duties-exclude")
        self.assertEqual(bank.ask("POST", "/v1/users/other/posts", post, token=sec).status, 201)

    def test_who_makes_an_account_gives_it_no_rights(self):
        bank = self.bank
        self.account("sys", "p-1", "system_administrator")
        self.account("sec", "p-2", "security_administrator")
        sys, sec = bank.session("sys"), bank.session("sec")
        user = {"id": "new", "login": "new", "name": "new", "organisation": "head"}
        self.refused(bank.ask("POST", "/v1/users", user, token=sec), 403, "role-needed")
        self.assertEqual(bank.ask("POST", "/v1/users", user, token=sys).status, 201)
        post = {"organisation": "head", "role": "approver"}
        self.refused(bank.ask("POST", "/v1/users/new/posts", post, token=sys), 403, "role-needed")
        self.refused(bank.ask("PUT", "/v1/users/new/password", {"password": PASSWORD}, token=sys), 403, "role-needed")
        self.assertEqual(bank.ask("POST", "/v1/users/new/posts", post, token=sec).status, 201)

    def test_what_was_shown_once_is_good_once(self):
        bank = self.bank
        self.account("sec", "p-1", "security_administrator")
        self.account("li", "p-2")
        self.account("wu", "p-3")
        sec = bank.session("sec")
        key, _ = bank.enrol(bank.session("li"))
        code = totp(key, 1)
        self.assertEqual(bank.sign_in("li", code=code).status, 201)
        self.refused(bank.sign_in("li", code=code), 401, "sign-in-refused")

        def give(user, role):
            return bank.server.ask("POST", f"/v1/users/{user}/posts", {"organisation": "head", "role": role}, token=sec,
                                   headers={"Idempotency-Key": "the-approval"})

        self.assertEqual(give("li", "reviewer").status, 201)
        # The key of one approval opens no other, and doing it again gives nothing back that was taken since.
        self.refused(give("wu", "reviewer"), 422, "idempotency-key-reused")
        self.refused(give("li", "management"), 422, "idempotency-key-reused")
        self.assertEqual(bank.ask("DELETE", "/v1/users/li/posts/head/reviewer", token=sec).status, 204)
        self.assertEqual(give("li", "reviewer").status, 201)
        li = bank.sign_in("li", code=code)
        self.assertEqual(li.status, 401)
        gone = bank.ask("DELETE", "/v1/users/li/posts/head/reviewer", token=sec)
        self.refused(gone, 404, "not-found")

    def test_a_post_that_ended_gives_nothing(self):
        bank = self.bank
        self.account("sec", "p-1", "security_administrator")
        self.account("aud", "p-2", "audit_administrator")
        aud, sec = bank.session("aud"), bank.session("sec")
        self.assertEqual(bank.ask("GET", "/v1/audit", token=aud).status, 200)
        self.assertEqual(bank.ask("DELETE", "/v1/users/aud/posts/head/audit_administrator", token=sec).status, 204)
        self.refused(bank.ask("GET", "/v1/audit", token=aud), 403, "role-needed")


if __name__ == "__main__":
    unittest.main()
