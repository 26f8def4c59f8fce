"""Written delegation through the server, on both databases: who may give and end it, that it counts for tasks alone,
while its dates, the post and the duties allow, and that neither of the two gets round four eyes by it."""

import datetime
import time
import unittest

from postgres_case import OnPostgres
from test_tasks import AGREE, APPROVE, TaskCase

DAY = 86400


def moment(seconds):
    return datetime.datetime.fromtimestamp(time.time() + seconds, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


class Delegations(TaskCase):
    def setUp(self):
        super().setUp()
        bank = self.bank
        for login, place, role in (("he", "south", "reviewer"), ("deputy", "south", "limit_manager"),
                                   ("boss", "south", "approver"), ("guard", "head", "security_administrator"),
                                   ("far", "leasing", "reviewer"), ("plain", "south", "monitoring_officer")):
            bank.user(login, place, (place, role))
            self.sessions.also(login)

    def delegate(self, who, delegate, role="reviewer", place="north", **more):
        body = {"delegate": delegate, "organisation": place, "role": role, "until": moment(DAY),
                "document": "授权〔2026〕7号", "reason": "休假", **more}
        return self.ask(who, "POST", "/v1/delegations", body)

    def made(self, *arguments, **more):
        answer = self.delegate(*arguments, **more)
        self.assertEqual(answer.status, 201, answer)
        return answer.json()

    def test_a_delegate_acts_in_the_delegators_stead(self):
        case = self.case()
        target = self.task("li")
        self.problem(self.ask("plain", "POST", f"{target}/claim"), 404, "not-found")
        made = self.made("li", "plain")
        self.assertEqual((made["id"], made["delegator"], made["made_by"]), ("DG-00000001", "li", "li"))
        self.assertEqual(self.task("plain"), target)
        answer = self.ask("plain", "POST", f"{target}/claim").json()
        self.assertEqual((answer["claimed_by"], answer["in_stead_of"], answer["role"]), ("plain", "li", "reviewer"))
        self.assertEqual(self.ask("plain", "POST", f"{target}/complete", AGREE).status, 200)
        self.assertEqual(self.ask("plain", "GET", f"/v1/cases/{case}").status, 200)
        entries = self.bank.server.get(f"/v1/audit?subject=task/{target.rsplit('/', 1)[1]}").json()["items"]
        self.assertIn('"in_stead_of":"li"', str(entries[-1]).replace("'", '"').replace(": ", ":"))
        # What was done binds both natural persons, whatever posts they come to hold.
        self.bank.ask("DELETE", "/v1/users/li/posts/north/reviewer")
        self.bank.ask("DELETE", "/v1/users/plain/posts/south/monitoring_officer")
        for user in ("li", "plain"):
            self.bank.made(f"/v1/users/{user}/posts", {"organisation": "north", "role": "approver"})
            self.problem(self.ask(user, "POST", f"{self.task(user)}/claim"), 409, "four-eyes")
        self.done("wang", APPROVE)

    def test_neither_gets_round_four_eyes(self):
        self.case()
        self.done("li", AGREE)
        # The reviewer gets the approver's part by delegation: a role of theirs excludes it.
        self.problem(self.delegate("wang", "li", "approver"), 409, "duties-exclude")
        # Who gave the review away cannot be stood in for by anybody in the decision either: zhang began the case.
        self.bank.ask("DELETE", "/v1/users/zhang/posts/north/relationship_manager")
        self.made("wang", "zhang", "approver")
        self.problem(self.ask("zhang", "POST", f"{self.task('zhang')}/claim"), 409, "four-eyes")
        # The reviewer, now an approver, has a stranger stand in: the reviewer's own duty counts.
        self.bank.ask("DELETE", "/v1/users/li/posts/north/reviewer")
        self.bank.made("/v1/users/li/posts", {"organisation": "north", "role": "approver"})
        self.made("li", "plain", "approver")
        self.problem(self.ask("plain", "POST", f"{self.task('plain')}/claim"), 409, "four-eyes")
        # A second account is no second person.
        self.bank.made("/v1/users", {"id": "li2", "login": "li2", "name": "x", "organisation": "south", "person": "li"})
        self.problem(self.delegate("li", "li2", "approver"), 403, "self")
        self.problem(self.delegate("guard", "li2", "approver", delegator="li"), 409, "same-person")

    def test_it_lasts_from_its_beginning_to_its_end(self):
        self.case()
        target = self.task("li")
        self.made("li", "plain", since=moment(DAY), until=moment(2 * DAY))
        self.problem(self.ask("plain", "POST", f"{target}/claim"), 404, "not-found")
        self.made("li", "plain", until=moment(4))
        self.assertEqual(self.ask("plain", "POST", f"{target}/claim").status, 200)
        end = time.monotonic() + 30
        while self.ask("plain", "GET", target).status == 200:
            self.assertLess(time.monotonic(), end, "it never ended")
            time.sleep(0.2)
        self.problem(self.ask("plain", "POST", f"{target}/complete", AGREE), 404, "not-found")

    def test_revoked_it_completes_nothing(self):
        self.case()
        target = self.task("li")
        made = self.made("li", "plain")
        self.assertEqual(self.ask("plain", "POST", f"{target}/claim").status, 200)
        self.problem(self.ask("plain", "POST", f"/v1/delegations/{made['id']}/revoke", {"reason": "x"}), 403,
                     "not-the-delegator")
        target_of = f"/v1/delegations/{made['id']}/revoke"
        self.problem(self.ask("li", "POST", target_of, {"reason": " "}), 400, "bad-document")
        answer = self.ask("li", "POST", f"/v1/delegations/{made['id']}/revoke", {"reason": "回来了"})
        self.assertEqual((answer.status, answer.json()["revoked_by"]), (200, "li"), answer)
        self.problem(self.ask("li", "POST", f"/v1/delegations/{made['id']}/revoke", {"reason": "x"}), 409, "revoked")
        self.problem(self.ask("plain", "POST", f"{target}/complete", AGREE), 404, "not-found")
        # Held by delegation alone, it is nobody's to complete; another delegation is another claim.
        self.made("li", "plain")
        self.assertEqual(self.ask("plain", "POST", f"{target}/complete", AGREE).status, 200)

    def test_it_ends_with_the_post_and_the_delegators_account(self):
        self.case()
        target = self.task("li")
        self.made("li", "plain")
        self.assertEqual(self.ask("plain", "GET", target).status, 200)
        self.assertEqual(self.bank.ask("POST", "/v1/users/li/disable").status, 204)
        self.problem(self.ask("plain", "GET", target), 404, "not-found")
        self.assertEqual(self.bank.ask("POST", "/v1/users/li/enable").status, 204)
        self.assertEqual(self.ask("plain", "GET", target).status, 200)
        self.bank.ask("DELETE", "/v1/users/li/posts/north/reviewer")
        self.problem(self.ask("plain", "GET", target), 404, "not-found")

    def test_it_is_for_tasks_alone(self):
        self.made("zhang", "plain", "relationship_manager")
        body = {"type": "corporate", "name": "某公司", "organisation": "north"}
        self.problem(self.ask("plain", "POST", "/v1/customers", body), 403, "role-needed")
        posts = self.ask("plain", "GET", "/v1/session").json()["posts"]
        self.assertEqual([post["role"] for post in posts], ["monitoring_officer"])

    def test_what_is_refused(self):
        for who, arguments, more, status, slug in (
                ("li", ("plain",), {"until": moment(-5)}, 400, "bad-dates"),
                ("li", ("plain",), {"until": "tomorrow"}, 400, "bad-dates"),
                ("li", ("plain",), {"since": moment(2 * DAY)}, 400, "bad-dates"),
                ("li", ("plain",), {"document": " "}, 400, "bad-document"),
                ("li", ("plain",), {"reason": "x" * 501}, 400, "bad-document"),
                ("li", ("plain", "nothing"), {}, 400, "bad-role"),
                ("li", ("nobody",), {}, 404, "not-found"),
                ("li", ("li",), {}, 403, "self"),
                ("li", ("far",), {}, 409, "other-entity"),
                ("li", ("wang",), {}, 409, "duties-exclude"),
                ("li", ("zhang",), {}, 409, "duties-exclude"),
                ("li", ("guard",), {}, 409, "duties-exclude"),
                ("li", ("plain", "approver"), {}, 409, "post-not-held"),
                ("li", ("plain", "reviewer", "south"), {}, 409, "post-not-held"),
                ("guard", ("plain", "security_administrator", "head"), {}, 409, "not-delegable"),
                ("he", ("plain",), {"delegator": "li"}, 404, "not-found"),
                ("plain", ("plain",), {"delegator": "li"}, 404, "not-found"),
        ):
            self.problem(self.delegate(who, *arguments, **more), status, slug)
        self.assertEqual(self.ask("li", "POST", "/v1/delegations", {"delegate": "plain"}).status, 400)
        self.assertEqual(self.ask("audit", "POST", "/v1/delegations", {}).status, 403)
        self.assertEqual(self.ask("li", "GET", "/v1/delegations/DG-00000009").status, 404)
        self.assertEqual(self.ask("li", "GET", "/v1/delegations/x").status, 404)
        # What is held by delegation is not passed on.
        self.made("li", "plain")
        self.problem(self.delegate("plain", "he"), 409, "post-not-held")
        # Two delegations that exclude each other do not meet in one person.
        self.problem(self.delegate("wang", "plain", "approver"), 409, "duties-exclude")
        # A post that excludes what is delegated ends what it gives.
        self.case()
        target = self.task("li")
        self.assertEqual(self.ask("plain", "GET", target).status, 200)
        self.bank.ask("DELETE", "/v1/users/plain/posts/south/monitoring_officer")
        self.bank.made("/v1/users/plain/posts", {"organisation": "south", "role": "approver"})
        self.problem(self.ask("plain", "POST", f"{target}/claim"), 404, "not-found")

    def test_lists(self):
        first = self.made("li", "plain")
        second = self.made("guard", "he", delegator="li")
        self.assertEqual(second["made_by"], "guard")

        def ids(who, query=""):
            return [row["id"] for row in self.ask(who, "GET", f"/v1/delegations{query}").json()["items"]]

        both = [first["id"], second["id"]]
        # Who stands in for a post is shown what it shows; the own ones are a list of their own.
        for who, wanted in (("li", both), ("plain", both), ("he", both), ("sun", []), ("guard", both),
                            ("audit", both), ("zhao", both)):
            self.assertEqual(ids(who), wanted, who)
        self.assertEqual((ids("plain", "?list=mine"), ids("he", "?list=mine")), (both[:1], both[1:]))
        self.assertEqual(ids("zhao", "?list=mine"), [])
        page = self.ask("guard", "GET", "/v1/delegations?limit=1").json()
        self.assertEqual(ids("guard", f"?limit=1&cursor={page['next']}"), both[1:])
        self.assertEqual(self.ask("li", "GET", "/v1/delegations?list=x").status, 400)


class SqliteDelegations(Delegations, unittest.TestCase):
    pass


class PostgresDelegations(OnPostgres, Delegations, unittest.TestCase):
    pass


if __name__ == "__main__":
    unittest.main()
