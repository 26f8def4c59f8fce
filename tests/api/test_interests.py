"""Who is related to a customer withdraws from its cases (回避), on both databases: by their own account or another of
theirs, in the stead of others and others in theirs, through ties of the customer, and after a claim."""

import unittest

from bank import PASSWORD
from postgres_case import OnPostgres
from test_customers import firm
from test_tasks import AGREE, TaskCase, start


class Interests(TaskCase):
    def setUp(self):
        super().setUp()
        self.bank.user("guard", "head", ("head", "security_administrator"))
        self.bank.user("plain", "south", ("south", "monitoring_officer"))
        self.sessions.also("guard", "plain")
        self.customer = self.bank.made("/v1/customers", firm(1, "甲机械有限公司", "north"))["id"]

    def about(self, customer):
        self.number += 1
        return start(self.bank.store, "north", "zhang", self.number,
                     customer=customer)

    def declare(self, who, customer=None, relation="relative", **more):
        return self.ask(who, "POST", "/v1/interests",
                        {"customer": customer or self.customer, "relation": relation, "reason": "配偶任职", **more})

    def made(self, *arguments, **more):
        answer = self.declare(*arguments, **more)
        self.assertEqual(answer.status, 201, answer)
        return answer.json()["number"]

    def test_who_is_related_withdraws(self):
        self.about(self.customer)
        target = self.task("li")
        number = self.made("li")
        self.problem(self.ask("li", "POST", f"{target}/claim"), 403, "related-person")
        # Not in the stead of another, nor another in theirs.
        body = {"delegate": "plain", "organisation": "north", "role": "reviewer", "until": "2999-01-01T00:00:00Z",
                "document": "1", "reason": "x"}
        self.assertEqual(self.ask("li", "POST", "/v1/delegations", body).status, 201)
        self.problem(self.ask("plain", "POST", f"{target}/claim"), 403, "related-person")
        # Nobody lifts the bar for themselves, by no account; another person does.
        self.problem(self.ask("li", "POST", f"/v1/interests/{number}/end", {"reason": "x"}), 403, "role-needed")
        self.problem(self.ask("guard", "POST", f"/v1/interests/{number}/end", {"reason": " "}), 400, "bad-reason")
        self.assertEqual(self.ask("guard", "POST", f"/v1/interests/{number}/end", {"reason": "已离职"}).status, 200)
        self.problem(self.ask("guard", "POST", f"/v1/interests/{number}/end", {"reason": "x"}), 404, "not-found")
        self.done("li", AGREE)

    def test_a_case_about_a_customer_is_known_by_its_subject(self):
        started = start(self.bank.store, "north", "zhang", 1,
                        subject=f"customer/{self.customer}")
        self.made("li")
        target = self.task("li")
        self.assertTrue(target.startswith(f"/v1/tasks/{started}."))
        self.problem(self.ask("li", "POST", f"{target}/claim"), 403, "related-person")

    def test_who_becomes_related_completes_nothing(self):
        self.about(self.customer)
        target = self.task("li")
        self.assertEqual(self.ask("li", "POST", f"{target}/claim").status, 200)
        self.made("guard", user="li")
        self.problem(self.ask("li", "POST", f"{target}/complete", AGREE), 403, "related-person")
        self.assertEqual(self.ask("li", "POST", f"{target}/unclaim").status, 200)

    def test_a_second_account_is_the_same_person(self):
        self.bank.made("/v1/users", {"id": "li2", "login": "li2", "name": "x", "organisation": "south", "person": "li"})
        self.bank.ask("PUT", "/v1/users/li2/password", {"password": PASSWORD})
        self.bank.made("/v1/users/li2/posts", {"organisation": "south", "role": "monitoring_officer"})
        self.sessions["li2"] = self.bank.session("li2")
        self.about(self.customer)
        self.made("li2")
        self.problem(self.ask("li", "POST", f"{self.task('li')}/claim"), 403, "related-person")
        self.assertEqual([row["person"] for row in self.ask("li", "GET", "/v1/interests").json()["items"]], ["li"])

    def test_ties_of_the_customer_count_while_they_hold(self):
        other = self.bank.made("/v1/customers", firm(2, "乙机械有限公司", "north"))["id"]
        self.about(self.customer)
        self.made("li", other)
        target = self.task("li")
        tie = self.bank.made(f"/v1/customers/{self.customer}/ties", {"kind": "control", "other": other, "reason": "x"})
        self.problem(self.ask("li", "POST", f"{target}/claim"), 403, "related-person")
        answer = self.bank.ask("POST", f"/v1/customers/{self.customer}/ties/{tie['number']}/end", {"reason": "x"})
        self.assertEqual(answer.status, 200, answer)
        self.assertEqual(self.ask("li", "POST", f"{target}/claim").status, 200)

    def test_others_and_other_customers_are_not_concerned(self):
        other = self.bank.made("/v1/customers", firm(2, "乙机械有限公司", "north"))["id"]
        self.about(self.customer)
        self.made("li", other)
        self.made("sun")
        self.done("li", AGREE)

    def test_what_is_refused(self):
        for who, arguments, more, status, slug in (
                ("li", (None, "friend"), {}, 400, "bad-tie"), ("li", ("none",), {}, 404, "not-found"),
                ("li", (), {"reason": " "}, 400, "bad-reason"), ("li", (), {"reason": "x" * 501}, 400, "bad-reason"),
                ("li", (), {"user": "sun"}, 403, "own-alone"), ("guard", (), {"user": "nobody"}, 400, "no-person"),
                ("audit", (), {}, 403, "role-needed")):
            self.problem(self.declare(who, *arguments, **more), status, slug)
        self.assertEqual(self.ask("guard", "POST", "/v1/interests/x/end", {"reason": "x"}).status, 404)
        own = self.made("guard")
        self.problem(self.ask("guard", "POST", f"/v1/interests/{own}/end", {"reason": "x"}), 403, "own-interest")

    def test_who_sees_them(self):
        self.made("li")
        self.made("guard", user="sun")
        for who, persons in (("li", ["li"]), ("sun", ["sun"]), ("wang", []), ("guard", ["li", "sun"]),
                             ("audit", ["li", "sun"])):
            self.assertEqual([row["person"] for row in self.ask(who, "GET", "/v1/interests").json()["items"]],
                             persons, who)
        page = self.ask("guard", "GET", "/v1/interests?limit=1").json()
        rest = self.ask("guard", "GET", f"/v1/interests?limit=1&cursor={page['next']}").json()
        self.assertEqual([row["person"] for row in rest["items"]], ["sun"])
        entries = self.bank.server.get(f"/v1/audit?subject=customer/{self.customer}").json()["items"]
        self.assertEqual([entry["action"] for entry in entries][-2:], ["customer.interest"] * 2)


class SqliteInterests(Interests, unittest.TestCase):
    pass


class PostgresInterests(OnPostgres, Interests, unittest.TestCase):
    pass


if __name__ == "__main__":
    unittest.main()
