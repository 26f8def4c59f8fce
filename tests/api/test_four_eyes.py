"""The cases of four eyes of assurance.md, each by name, for whatever needs a second person: the same person, a second
account, a replayed approval, a stale version, the direct way past the process, and an approval bound to what was shown.
Those that concern the administration of people stand in test_authority.py."""

import os
import pathlib
import subprocess
import unittest

from bank import PASSWORD, SEED, Bank
from test_packs import files, version
from test_customers import firm

PACK = pathlib.Path(os.environ.get("HEADROOM_SOURCE", ".")).resolve() / "packs/cn-commercial-bank"
AGREE = {"review_outcome": "agree", "opinion": "同意"}
APPROVE = {"decision_outcome": "approve", "opinion": "同意"}


class Case(unittest.TestCase):
    def setUp(self):
        self.bank = Bank()
        self.addCleanup(self.bank.remove)
        self.sessions = {}

    def account(self, user, person, place, role):
        """An account of a natural person, with one post."""
        self.bank.made("/v1/users", {"id": user, "login": user, "name": user, "organisation": place, "person": person})
        answer = self.bank.ask("PUT", f"/v1/users/{user}/password", {"password": PASSWORD})
        self.assertEqual(answer.status, 204, answer)
        self.bank.made(f"/v1/users/{user}/posts", {"organisation": place, "role": role})
        self.sessions[user] = self.bank.session(user)

    def ask(self, who, method, target, body=None, **headers):
        """`who` None: the administrator's token."""
        return self.bank.server.ask(method, target, body, token=self.sessions.get(who),
                                    headers={name.replace("_", "-"): value for name, value in headers.items()})

    def refused(self, answer, status, slug):
        self.assertEqual((answer.status, answer.json().get("type")), (status, f"/problems/{slug}"), answer)


class Packs(Case):
    """A configuration pack is proposed by one and put in force by another."""

    def setUp(self):
        super().setUp()
        # The second account of one person holds no post twice: it is one of another branch.
        for user, person, place in (("sun", "p-sun", "north"), ("sun2", "p-sun", "head"), ("wei", "p-wei", "head")):
            self.account(user, person, place, "limit_manager")
        self.pack = self.ask("sun", "POST", "/v1/packs", files()).json()["hash"]
        self.number = self.propose(self.pack)

    def propose(self, pack, who="sun"):
        body = {"organisation": "north", "pack": pack, "reason": "decided"}
        answer = self.ask(who, "POST", "/v1/pack-activations", body)
        self.assertEqual(answer.status, 201, answer)
        return answer.json()["number"]

    def activate(self, who, pack=None, number=None, **headers):
        return self.ask(who, "POST", f"/v1/pack-activations/{number or self.number}/activate",
                        {"pack": pack or self.pack}, **headers)

    def in_force(self):
        return self.ask(None, "GET", "/v1/organisations/north/pack").json().get("activation", {}).get("pack")

    def test_the_same_person(self):
        self.refused(self.activate("sun"), 403, "four-eyes")
        self.assertIsNone(self.in_force())

    def test_a_second_account(self):
        self.refused(self.activate("sun2"), 403, "four-eyes")
        self.assertIsNone(self.in_force())

    def test_the_direct_way(self):
        """A token may store and propose, but has no second pair of eyes."""
        self.refused(self.activate(None), 403, "role-needed")
        self.assertEqual(self.ask("wei", "PUT", f"/v1/pack-activations/{self.number}", {"state": "active"}).status, 405)
        self.assertIsNone(self.in_force())

    def test_what_was_not_shown(self):
        """An approval names the hash that its giver saw."""
        other = self.ask("sun", "POST", "/v1/packs", version("9.9.9")).json()["hash"]
        for pack in (other, "0" * 64, self.pack.upper(), self.pack[:63], "previous"):
            answer = self.activate("wei", pack)
            self.assertIn(answer.status, (400, 409), answer)
        self.assertIsNone(self.in_force())
        self.assertEqual(self.activate("wei").status, 200)
        self.assertEqual(self.in_force(), self.pack)

    def test_a_stale_version(self):
        """What was shown was taken back, and something else proposed since."""
        answer = self.ask("sun", "POST", f"/v1/pack-activations/{self.number}/reject", {"reason": "wrong"})
        self.assertEqual(answer.status, 200, answer)
        other = self.ask("sun", "POST", "/v1/packs", version("9.9.9")).json()["hash"]
        number = self.propose(other)
        self.assertEqual(self.activate("wei").status, 409)
        self.assertEqual(self.activate("wei", number=number).status, 409)
        self.assertIsNone(self.in_force())

    def test_a_replayed_approval(self):
        self.assertEqual(self.activate("wei", Idempotency_Key="yes").status, 200)
        self.assertEqual(self.activate("wei").status, 409)
        other = self.ask("sun", "POST", "/v1/packs", version("9.9.9")).json()["hash"]
        number = self.propose(other)
        # Neither sent again nor with its key does the first approval put the second in force.
        for answer in (self.activate("wei"), self.activate("wei", number=number),
                       self.activate("wei", other, number, Idempotency_Key="yes")):
            self.assertIn(answer.status, (409, 422), answer)
        self.assertEqual(self.in_force(), self.pack)


class Tasks(Case):
    """Who begins, reviews and decides in a case are different people."""

    def setUp(self):
        super().setUp()
        for user, person, role in (("zhang", "p-zhang", "relationship_manager"), ("li", "p-li", "reviewer"),
                                   ("wang", "p-wang", "approver"), ("zhou", "p-zhou", "approver")):
            self.account(user, person, "north", role)
        variables = '{"customer_type":"corporate","organisation_level":"branch","application_type":"new","amount":1000}'
        subprocess.run([SEED, str(self.bank.server.directory / "credit.db"), PACK, "line-approval", "north", "zhang",
                        "person", "application/AP-1", variables], check=True, capture_output=True, timeout=60)

    def task(self, who):
        item, = self.ask(who, "GET", "/v1/tasks").json()["items"]
        return f"/v1/tasks/{item['id']}"

    def reviewed(self):
        task = self.task("li")
        self.assertEqual(self.ask("li", "POST", f"{task}/claim").status, 200)
        self.assertEqual(self.ask("li", "POST", f"{task}/complete", AGREE).status, 200)
        return task

    def state(self, target):
        return self.ask(None, "GET", target).json()["state"]

    def test_the_same_person(self):
        """Neither who began nor who reviewed decides, whatever post they hold by then."""
        self.reviewed()
        task = self.task("wang")
        for user, role in (("zhang", "relationship_manager"), ("li", "reviewer")):
            self.assertEqual(self.bank.ask("DELETE", f"/v1/users/{user}/posts/north/{role}").status, 204)
            self.bank.made(f"/v1/users/{user}/posts", {"organisation": "north", "role": "approver"})
            self.refused(self.ask(user, "POST", f"{task}/claim"), 409, "four-eyes")
        self.assertEqual(self.state(task), "open")

    def test_a_second_account(self):
        """A second account has no duty that excludes one of the first, and later, when it may, no second voice."""
        self.bank.made("/v1/users", {"id": "zhang2", "login": "zhang2", "name": "x", "organisation": "north",
                                     "person": "p-zhang"})
        post = {"organisation": "north", "role": "reviewer"}
        self.refused(self.bank.ask("POST", "/v1/users/zhang2/posts", post), 409, "duties-exclude")
        self.bank.ask("DELETE", "/v1/users/zhang/posts/north/relationship_manager")
        self.bank.made("/v1/users/zhang2/posts", post)
        self.bank.ask("PUT", "/v1/users/zhang2/password", {"password": PASSWORD})
        self.sessions["zhang2"] = self.bank.session("zhang2")
        self.refused(self.ask("zhang2", "POST", f"{self.task('li')}/claim"), 409, "four-eyes")
        self.reviewed()
        task = self.task("wang")
        self.bank.ask("DELETE", "/v1/users/li/posts/north/reviewer")
        self.account("li2", "p-li", "north", "approver")
        self.refused(self.ask("li2", "POST", f"{task}/claim"), 409, "four-eyes")
        self.assertEqual(self.state(task), "open")

    def test_the_direct_way(self):
        """Nothing is completed by a token, unclaimed, or by another than who claimed it."""
        self.reviewed()
        task = self.task("wang")
        for verb, body in (("claim", None), ("complete", APPROVE)):
            self.refused(self.ask(None, "POST", f"{task}/{verb}", body), 403, "role-needed")
        self.refused(self.ask("wang", "POST", f"{task}/complete", APPROVE), 409, "task-not-claimed")
        self.assertEqual(self.ask("wang", "POST", f"{task}/claim").status, 200)
        answer = self.ask("zhou", "POST", f"{task}/complete", APPROVE)
        self.assertIn(answer.status, (403, 409), answer)
        self.assertEqual(self.state(task), "claimed")

    def test_a_stale_version(self):
        """It was given back and claimed anew since it was read."""
        self.reviewed()
        task = self.task("wang")
        read = self.ask("wang", "POST", f"{task}/claim").headers["etag"]
        self.assertEqual(self.ask("wang", "POST", f"{task}/unclaim").status, 200)
        self.assertEqual(self.ask("wang", "POST", f"{task}/claim").status, 200)
        self.refused(self.ask("wang", "POST", f"{task}/complete", APPROVE, If_Match=read), 412, "version-changed")
        self.assertEqual(self.state(task), "claimed")

    def test_a_replayed_approval(self):
        review = self.reviewed()
        task = self.task("wang")
        self.assertEqual(self.ask("wang", "POST", f"{task}/claim").status, 200)
        self.assertEqual(self.ask("wang", "POST", f"{task}/complete", APPROVE).status, 200)
        for who, target, body in (("wang", task, APPROVE), ("li", review, AGREE), ("zhou", task, APPROVE)):
            self.refused(self.ask(who, "POST", f"{target}/complete", body), 409, "task-state")

    def test_a_post_that_was_taken(self):
        """What was claimed under a post is not completed without it."""
        self.reviewed()
        task = self.task("wang")
        self.assertEqual(self.ask("wang", "POST", f"{task}/claim").status, 200)
        self.bank.ask("DELETE", "/v1/users/wang/posts/north/approver")
        answer = self.ask("wang", "POST", f"{task}/complete", APPROVE)
        self.assertIn(answer.status, (403, 404), answer)
        self.assertEqual(self.state(task), "claimed")


class Moves(Case):
    """A merge of two customers is proposed by one limit manager and agreed to by another."""

    def setUp(self):
        super().setUp()
        for user, person, place, role in (("wang", "p-wang", "north", "relationship_manager"),
                                          ("sun", "p-sun", "head", "limit_manager"),
                                          ("sun2", "p-sun", "north", "limit_manager"),
                                          ("wei", "p-wei", "head", "limit_manager"),
                                          ("plain", "p-plain", "head", "monitoring_officer")):
            self.account(user, person, place, role)
        for number in (1, 2, 3):
            answer = self.ask("wang", "POST", "/v1/customers", {**firm(number, f"第{number}公司"), "id": f"c{number}"})
            self.assertEqual(answer.status, 201, answer)
        self.number = self.propose("c1")

    def propose(self, source, who="sun"):
        answer = self.ask(who, "POST", "/v1/customer-moves", {"kind": "merge", "source": source, "target": "c2",
                                                              "reason": "同一企业"})
        self.assertEqual(answer.status, 201, answer)
        return answer.json()["number"]

    def agree(self, who, number=None):
        target = f"/v1/customer-moves/{number or self.number}"
        shown = self.ask(None, "GET", target).json().get("preview", {}).get("hash", "none")
        return self.ask(who, "POST", f"{target}/agree?shown={shown}", {})

    def merged(self, customer="c1"):
        return "merged_into" in self.ask(None, "GET", f"/v1/customers/{customer}").json()

    def test_the_same_person(self):
        self.refused(self.agree("sun"), 403, "four-eyes")
        self.assertFalse(self.merged())
        self.assertEqual(self.agree("wei").status, 200)
        self.assertTrue(self.merged())

    def test_a_second_account(self):
        self.refused(self.agree("sun2"), 403, "four-eyes")
        self.assertFalse(self.merged())

    def test_a_delegate(self):
        """To stand in for somebody is for tasks alone: it gives nobody a voice here, nor the proposer a second one."""
        for delegate in ("sun", "plain"):
            answer = self.ask("wei", "POST", "/v1/delegations", {
                "delegate": delegate, "organisation": "head", "role": "limit_manager",
                "until": "2999-01-01T00:00:00Z", "document": "授权〔2026〕8号", "reason": "休假"})
            self.assertEqual(answer.status, 201, answer)
        self.refused(self.agree("sun"), 403, "four-eyes")
        self.refused(self.agree("plain"), 403, "role-needed")
        self.assertFalse(self.merged())

    def test_the_direct_way(self):
        self.refused(self.agree(None), 403, "role-needed")
        self.refused(self.agree("wang"), 403, "role-needed")
        for body in ({"merged_into": "c2"}, {**firm(1, "第1公司"), "merged_into": "c2"}):
            answer = self.ask("wang", "PUT", "/v1/customers/c1", body, If_Match='"1"')
            self.assertEqual(answer.status, 400, answer)
        self.assertFalse(self.merged())

    def test_a_stale_version(self):
        """What was proposed was taken back, and something else proposed since."""
        answer = self.ask("sun", "POST", f"/v1/customer-moves/{self.number}/reject", {"reason": "误提"})
        self.assertEqual(answer.status, 200, answer)
        other = self.propose("c3")
        self.refused(self.agree("wei"), 409, "already-decided")
        self.assertFalse(self.merged() or self.merged("c3"))
        self.assertEqual(self.agree("wei", other).status, 200)
        self.assertEqual((self.merged(), self.merged("c3")), (False, True))

    def test_a_replayed_approval(self):
        self.assertEqual(self.agree("wei").status, 200)
        other = self.propose("c3")
        self.refused(self.agree("wei"), 409, "already-decided")
        self.assertFalse(self.merged("c3"))


if __name__ == "__main__":
    unittest.main()
