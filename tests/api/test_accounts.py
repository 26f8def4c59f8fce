"""The accounts of the people who work here, as those who keep them look at them: pages, one account, its sessions."""

import datetime
import urllib.parse
import unittest

from bank import OWN, PASSWORD, Bank, Sessions
from postgres_case import OnPostgres


class Accounts:
    options = ()

    def setUp(self):
        bank = self.bank = Bank(*self.options)
        self.addCleanup(bank.remove)
        bank.user("sec", "head", ("head", "security_administrator"))
        bank.user("sys.north", "north", ("north", "system_administrator"))
        sessions = Sessions(bank, "sec", "sys.north")
        self.sec, self.sys = sessions["sec"], sessions["sys.north"]
        for user, name, place in (("li", "李 Lei", "north"), ("wu", "吴 Bo", "south"), ("zhao", "赵 Lei", "north"),
                                  ("alien", "外 Lei", "leasing")):
            bank.made("/v1/users", {"id": user, "login": f"{user}.login", "name": name, "organisation": place})

    def problem(self, answer, status, slug):
        self.assertEqual((answer.status, answer.json()["type"]), (status, f"/problems/{slug}"), answer)

    def page(self, query="", token=None):
        answer = self.bank.ask("GET", f"/v1/users{query}", token=token or self.sec)
        self.assertEqual(answer.status, 200, answer)
        return answer.json()

    def ids(self, query="", token=None):
        return [item["id"] for item in self.page(query, token)["items"]]

    def test_who_sees_whom(self):
        bank = self.bank
        everybody = ["li", "sec", "sys.north", "wu", "zhao"]
        self.assertEqual(self.ids(), everybody)
        self.assertEqual(self.ids(token=self.sys), ["li", "sys.north", "zhao"])
        self.assertEqual(self.ids(token=bank.server.admin), sorted(["alien", *everybody]))
        north = bank.server.token("administrator", organisation="north")["token"]
        self.assertEqual(self.ids(token=north), ["li", "sys.north", "zhao"])
        self.assertEqual(bank.ask("GET", "/v1/users/li", token=self.sys).status, 200)
        for user in ("wu", "alien", "sec", "nobody", "' OR 1=1"):
            self.problem(bank.ask("GET", "/v1/users/" + urllib.parse.quote(user), token=self.sys), 404, "not-found")
        # Two posts that lie apart.
        bank.made("/v1/users/sys.north/posts", {"organisation": "south", "role": "system_administrator"})
        self.assertEqual(self.ids(token=self.sys), ["li", "sys.north", "wu", "zhao"])
        self.assertEqual(self.ids("?organisation=south", token=self.sys), ["wu"])
        self.problem(bank.ask("GET", "/v1/users?organisation=head", token=self.sys), 404, "not-found")
        self.problem(bank.ask("GET", "/v1/users?organisation=nowhere", token=self.sec), 404, "not-found")

    def test_filters(self):
        bank = self.bank
        bank.made("/v1/users/li/posts", {"organisation": "north", "role": "reviewer"})
        bank.made("/v1/users/wu/posts", {"organisation": "south", "role": "reviewer"})
        bank.made("/v1/users/zhao/posts", {"organisation": "north", "role": "approver",
                                           "since": "2999-01-01T00:00:00Z"})
        self.assertEqual(bank.ask("POST", "/v1/users/zhao/disable").status, 204)
        admin = bank.server.admin
        for query, found in (("organisation=north", ["li", "sys.north", "zhao"]), ("legal_entity=lease", ["alien"]),
                             ("state=disabled", ["zhao"]), ("role=reviewer", ["li", "wu"]), ("role=approver", []),
                             ("post=north", ["li", "sys.north"]), ("role=reviewer&post=north", ["li"]),
                             ("role=reviewer&post=head", []), ("match=LEI", ["alien", "li", "zhao"]),
                             ("match=wu.lo", ["wu"]), ("match=%25", []), ("match=_", []), ("match=%E6%9D%8E", ["li"]),
                             ("match=lei&state=active&organisation=head", ["li"])):
            with self.subTest(query=query):
                self.assertEqual(self.ids("?" + query, token=admin), found)
        for query in ("state=gone", "role=king", "organisation=", "post=A%20B", "legal_entity=%00", "match=",
                      "match=" + "x" * 121, "sort=password", "limit=0", "limit=201", "cursor=x", "secret=1"):
            with self.subTest(query=query):
                self.assertEqual(bank.ask("GET", "/v1/users?" + query, token=admin).status, 400)
        self.assertEqual(bank.sign_in("li.login").status, 401)
        for _ in range(5):
            bank.ask("PUT", "/v1/users/li/password", {"password": PASSWORD})
        for _ in range(5):
            bank.sign_in("li.login", "another password")
        self.assertEqual(self.ids("?state=locked"), ["li"])
        self.assertIn("locked_until", self.page("?state=locked")["items"][0])

    def test_pages_in_every_order(self):
        bank = self.bank
        for i in range(23):
            bank.made("/v1/users", {"id": f"u{i:02}", "login": f"x{22 - i:02}", "name": f"n{i % 3}",
                                    "organisation": "north" if i % 2 else "south"})
        rows = self.page("?limit=200", token=bank.server.admin)["items"]
        keys = {"login": lambda row: (row["login"], row["id"]), "name": lambda row: (row["name"].encode(), row["id"]),
                "created": lambda row: (datetime.datetime.fromisoformat(row["created_at"]), row["id"])}
        for sort, key in keys.items():
            for down in (False, True):
                for token, seen in ((bank.server.admin, rows),
                                    (self.sys, [row for row in rows if row["organisation"] == "north"])):
                    wanted = [row["id"] for row in sorted(seen, key=key, reverse=down)]
                    found, cursor = [], ""
                    while cursor is not None:
                        page = self.page(f"?limit=4&sort={'-' * down}{sort}{cursor}", token)
                        self.assertLessEqual(len(page["items"]), 4)
                        found += [row["id"] for row in page["items"]]
                        cursor = page["next"] and "&cursor=" + page["next"]
                    self.assertEqual(found, wanted, (sort, down))
        page = self.page("?limit=4", token=bank.server.admin)
        self.problem(bank.ask("GET", f"/v1/users?limit=4&sort=name&cursor={page['next']}"), 400, "bad-parameter")

    def test_what_an_account_shows_and_the_record_of_the_look(self):
        bank = self.bank
        bank.made("/v1/users/li/posts", {"organisation": "north", "role": "reviewer"})
        account = bank.ask("GET", "/v1/users/li", token=self.sec)
        shown = account.json()
        self.assertEqual((shown["name"], shown["state"], shown["second_factor"], shown["password_change"]),
                         ("李 Lei", "active", False, False))
        self.assertEqual([post["role"] for post in shown["posts"]], ["reviewer"])
        self.assertNotIn("password_set_at", shown)
        bank.ask("PUT", "/v1/users/li/password", {"password": PASSWORD})
        shown = bank.ask("GET", "/v1/users/li", token=self.sec).json()
        self.assertTrue(shown["password_change"])
        self.assertIn("password_set_at", shown)
        self.assertNotIn(b"argon2", account.body)
        session = bank.sign_in("li.login").json()["session"]
        self.assertEqual(bank.change(session, PASSWORD, OWN).status, 204)
        key, codes = bank.enrol(session)
        account = bank.ask("GET", "/v1/users/li", token=self.sec)
        self.assertTrue(account.json()["second_factor"])
        for secret in (key, *codes):
            self.assertNotIn(secret.encode(), account.body)
        self.page("?match=lei")
        looks = [entry for entry in bank.ask("GET", "/v1/audit?actor=sec").json()["items"]
                 if entry["action"] == "personal.read"]
        self.assertEqual([(look["subject"], look["after"]) for look in looks],
                         [("user/li", '{"li":"clear"}')] * 3 + [("users", '{"li":"clear","zhao":"clear"}')])
        # A token with scopes is shown a mask, and a cursor tells no more.
        masked = bank.server.token("administrator", scope="users:read")["token"]
        page = self.page("?limit=1&sort=-name&organisation=north", token=masked)
        self.assertEqual(page["items"][0]["name"], "赵****")
        self.problem(bank.ask("GET", "/v1/users/none"), 404, "not-found")

    def test_sessions(self):
        bank = self.bank
        bank.ask("PUT", "/v1/users/li/password", {"password": PASSWORD})
        first = bank.sign_in("li.login", PASSWORD).json()["session"]
        self.assertEqual(bank.change(first, PASSWORD, OWN).status, 204)
        second = bank.sign_in("li.login", OWN).json()["session"]
        answer = bank.ask("GET", "/v1/users/li/sessions", token=self.sec)
        items = answer.json()["items"]
        self.assertEqual(len(items), 2)
        self.assertGreaterEqual(items[0]["created_at"], items[1]["created_at"])
        for secret in (first, second):
            self.assertNotIn(secret[3:].encode(), answer.body)
        self.problem(bank.ask("GET", "/v1/users/li/sessions", token=self.sys), 403, "role-needed")
        self.assertEqual(bank.ask("DELETE", "/v1/users/li/sessions", token=self.sec).status, 204)
        self.assertEqual(bank.ask("GET", "/v1/users/li/sessions", token=self.sec).json()["items"], [])
        for session in (first, second):
            self.problem(bank.ask("GET", "/v1/session", token=session), 401, "session-ended")
        ends = [entry for entry in bank.ask("GET", "/v1/audit?subject=user/li").json()["items"]
                if entry["action"] == "user.sessions_end"]
        self.assertEqual([(entry["actor"], entry["after"]) for entry in ends], [("sec", '{"ended":2}')])
        for method in ("GET", "DELETE"):
            self.problem(bank.ask(method, "/v1/users/alien/sessions", token=self.sec), 404, "not-found")


class SqliteAccounts(Accounts, unittest.TestCase):
    pass


class PostgresAccounts(OnPostgres, Accounts, unittest.TestCase):
    pass


if __name__ == "__main__":
    unittest.main()
