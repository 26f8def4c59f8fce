"""Tasks and cases through the server, on both databases: who sees, claims, completes; four eyes; what is refused."""

import json
import os
import pathlib
import subprocess
import time
import unittest

from bank import PASSWORD, SEED, Bank, Sessions
from postgres_case import OnPostgres
from test_queries import pages

PACK = pathlib.Path(os.environ.get("HEADROOM_SOURCE", ".")).resolve() / "packs/cn-commercial-bank"
AGREE = {"review_outcome": "agree", "opinion": "同意"}
APPROVE = {"decision_outcome": "approve", "opinion": "同意"}


def start(store, organisation, actor, number, amount=20000000, who="person", customer=None,
          subject=None):
    """Starts a case of a line's approval beside the server, as its own rooms do; its id."""
    variables = {"customer_type": "corporate", "organisation_level": "branch", "application_type": "new",
                 "amount": amount}
    done = subprocess.run([SEED, store, PACK, "line-approval", organisation, actor, who,
                           subject or f"application/AP-{number}", json.dumps(variables),
                           *(("1795656600", customer) if customer else ())],
                          check=True, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
    return done.stdout.strip()


class TaskCase:
    """A bank with people, and cases of a line's approval in it."""

    options = ()

    def setUp(self):
        self.bank = bank = Bank(*self.options)
        self.addCleanup(bank.remove)
        for login, place, role in (("zhang", "north", "relationship_manager"), ("li", "north", "reviewer"),
                                   ("sun", "south", "reviewer"), ("wang", "north", "approver"),
                                   ("zhao", "head", "approver"), ("audit", "head", "audit_administrator")):
            bank.user(login, place, (place, role))
        self.sessions = Sessions(bank, "zhang", "li", "sun", "wang", "zhao", "audit")
        self.number = 0

    def case(self, amount=20000000):
        self.number += 1
        return start(self.bank.store, "north", "zhang", self.number, amount)

    def ask(self, who, method, target, body=None, **headers):
        return self.bank.server.ask(method, target, body, token=self.sessions.get(who),
                                    headers={name.replace("_", "-"): value for name, value in headers.items()})

    def problem(self, answer, status, slug):
        self.assertEqual((answer.status, answer.json()["type"]), (status, f"/problems/{slug}"), answer)

    def task(self, who):
        items = self.ask(who, "GET", "/v1/tasks").json()["items"]
        self.assertEqual(len(items), 1, items)
        return "/v1/tasks/" + items[0]["id"]

    def done(self, who, body):
        target = self.task(who)
        self.assertEqual(self.ask(who, "POST", f"{target}/claim").status, 200)
        answer = self.ask(who, "POST", f"{target}/complete", body)
        self.assertEqual((answer.status, answer.json()["state"]), (200, "done"), answer)

    def second_account(self, of, role):
        """Another account of the same natural person, with a post in the north."""
        user = f"{of}-2"
        self.bank.made("/v1/users", {"id": user, "login": user, "name": "x", "organisation": "north", "person": of})
        self.bank.ask("PUT", f"/v1/users/{user}/password", {"password": PASSWORD})
        self.bank.made(f"/v1/users/{user}/posts", {"organisation": "north", "role": role})
        self.sessions[user] = self.bank.session(user)
        return user


class Tasks(TaskCase):
    def test_a_line_is_reviewed_and_decided_by_two(self):
        case = self.case()
        for who in ("zhang", "sun", "wang", "zhao"):
            self.assertEqual(self.ask(who, "GET", "/v1/tasks").json(), {"items": [], "next": None}, who)
        self.done("li", AGREE)
        self.done("wang", APPROVE)
        answer = self.ask("zhang", "GET", f"/v1/cases/{case}").json()
        deadline = time.monotonic() + 20
        while answer["incidents"] == 0 and time.monotonic() < deadline:
            time.sleep(0.02)
            answer = self.ask("zhang", "GET", f"/v1/cases/{case}").json()
        # There is no such application to activate: an incident, for a person.
        self.assertEqual((answer["step"], answer["phase"], answer["started_by"], answer["incidents"]),
                         (4, "running", "zhang", 1))
        self.assertEqual([(task["element"], task["claimed_by"]) for task in answer["tasks"]],
                         [("review", "li"), ("decide_branch", "wang")])
        history, _ = pages(self.bank.server, f"/v1/cases/{case}/history?limit=3", "items")
        self.assertIn("service.call", [effect["effect"] for effect in history])
        self.assertEqual(history[0]["id"], f"{case}/1/1")

    def test_who_may_not(self):
        case = self.case(80000000)
        target = self.task("li")
        self.problem(self.ask("wang", "POST", f"{target}/claim"), 403, "not-a-candidate")
        self.problem(self.ask("zhang", "POST", f"{target}/claim"), 403, "not-a-candidate")
        for method, path in (("POST", f"{target}/claim"), ("GET", target), ("GET", f"/v1/cases/{case}"),
                             ("GET", f"/v1/cases/{case}/history"), ("GET", "/v1/tasks/none"), ("GET", "/v1/cases/x"),
                             ("GET", "/v1/cases/CS-00000001.1"), ("GET", "/v1/cases/CS-1")):
            self.problem(self.ask("sun", method, path), 404, "not-found")
        self.problem(self.ask("audit", "GET", target), 403, "role-needed")
        self.problem(self.bank.server.ask("POST", f"{target}/claim"), 403, "role-needed")
        self.problem(self.ask("li", "POST", f"{target}/complete", AGREE), 409, "task-not-claimed")
        self.assertEqual(self.ask("li", "POST", f"{target}/claim").status, 200)
        for body, slug in (({}, "bad-outputs"), ({**AGREE, "routing": {}}, "bad-outputs"), ([], "bad-input"),
                           ("{", "bad-input")):
            self.problem(self.ask("li", "POST", f"{target}/complete", body), 400, slug)
        self.assertEqual(self.ask("li", "POST", f"{target}/complete", "x" * 300000).status, 413)
        self.problem(self.ask("li", "POST", f"{target}/complete", AGREE, If_Match='"1"'), 412, "version-changed")
        answer = self.ask("li", "POST", f"{target}/complete", AGREE, If_Match='"2"')
        self.assertEqual((answer.status, answer.headers["etag"]), (200, '"3"'), answer)
        self.problem(self.ask("li", "POST", f"{target}/complete", AGREE), 409, "task-state")
        self.assertEqual(self.ask("wang", "GET", "/v1/tasks").json()["items"], [])
        self.done("zhao", APPROVE)

    def test_one_person_has_one_duty(self):
        self.case()
        self.done("li", AGREE)
        self.bank.ask("DELETE", "/v1/users/li/posts/north/reviewer")
        self.bank.ask("DELETE", "/v1/users/zhang/posts/north/relationship_manager")
        for user in ("li", "zhang"):
            self.bank.made(f"/v1/users/{user}/posts", {"organisation": "north", "role": "approver"})
            self.problem(self.ask(user, "POST", f"{self.task(user)}/claim"), 409, "four-eyes")
        self.done("wang", APPROVE)

    def test_a_second_account_is_no_second_person(self):
        self.case()
        self.bank.ask("DELETE", "/v1/users/li/posts/north/reviewer")
        second = self.second_account("li", "reviewer")
        self.done(second, AGREE)
        self.bank.ask("DELETE", f"/v1/users/{second}/posts/north/reviewer")
        self.bank.made("/v1/users/li/posts", {"organisation": "north", "role": "approver"})
        self.problem(self.ask("li", "POST", f"{self.task('li')}/claim"), 409, "four-eyes")

    def test_nobody_supplies_what_they_asked_for(self):
        self.case()
        target = self.task("li")
        self.ask("li", "POST", f"{target}/claim")
        self.assertEqual(self.ask("li", "POST", f"{target}/return", {"reason": "缺少审计报告"}).status, 200)
        self.bank.ask("DELETE", "/v1/users/li/posts/north/reviewer")
        second = self.second_account("li", "relationship_manager")
        self.problem(self.ask(second, "POST", f"{target}/resume", {"reason": "x"}), 409, "four-eyes")

    def test_claimed_given_back_returned(self):
        self.case()
        target = self.task("li")
        self.assertEqual(self.ask("li", "POST", f"{target}/claim").json()["role"], "reviewer")
        mine = self.ask("li", "GET", "/v1/tasks?list=mine").json()["items"]
        self.assertEqual([task["state"] for task in mine], ["claimed"])
        self.problem(self.ask("zhao", "POST", f"{target}/unclaim"), 409, "task-claimed")
        self.assertEqual(self.ask("li", "POST", f"{target}/unclaim").json()["state"], "open")
        self.assertEqual(self.ask("li", "POST", f"{target}/claim").status, 200)
        self.problem(self.ask("li", "POST", f"{target}/return", {"reason": ""}), 400, "bad-reason")
        self.assertEqual(self.ask("li", "POST", f"{target}/return", {}).status, 400)
        answer = self.ask("li", "POST", f"{target}/return", {"reason": "缺少审计报告"})
        self.assertEqual((answer.json()["state"], answer.json()["reason"]), ("returned", "缺少审计报告"))
        self.problem(self.ask("li", "POST", f"{target}/complete", AGREE), 409, "task-state")
        self.assertEqual(self.ask("zhang", "POST", f"{target}/resume", {"reason": "已补充"}).json()["state"], "claimed")
        self.assertEqual(self.ask("li", "POST", f"{target}/complete", AGREE).status, 200)

    def test_lists(self):
        ids = [self.case() for _ in range(5)]
        server = self.bank.server

        class Reader:
            def get(_, target, **_more):  # noqa: N805
                return self.ask("li", "GET", target)

        self.assertEqual([task["case"] for task in pages(Reader(), "/v1/tasks?limit=2", "items")[0]], ids)
        running = pages(Reader(), "/v1/cases?limit=2&phase=running", "items")[0]
        self.assertEqual([case["id"] for case in running], ids)
        self.assertEqual([case["id"] for case in pages(server, "/v1/cases?subject=application/AP-3", "items")[0]],
                         [ids[2]])
        self.assertEqual(self.ask("sun", "GET", "/v1/cases").json()["items"], [])
        for query in ("tasks?list=all", "tasks?limit=0", "tasks?limit=201", "tasks?cursor=x", "cases?x=1",
                      "cases?phase=x"):
            self.assertEqual(self.ask("li", "GET", f"/v1/{query}").status, 400, query)
        bound = server.token("reader", organisation="south")["token"]
        self.assertEqual(server.ask("GET", "/v1/tasks", token=bound).json()["items"], [])
        bound = server.token("reader", organisation="north")["token"]
        self.assertEqual(len(server.ask("GET", "/v1/tasks", token=bound).json()["items"]), 5)


class SqliteTasks(Tasks, unittest.TestCase):
    pass


class PostgresTasks(OnPostgres, Tasks, unittest.TestCase):
    pass


if __name__ == "__main__":
    unittest.main()
