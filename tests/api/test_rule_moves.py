"""The pack's limits over many customers brought to the day together: proposed by one person, agreed to by another, on
both databases, and killed meanwhile; what is wrong is refused."""

import contextlib
import random
import signal
import sqlite3
import threading
import time
import unittest

from headroom_server import draw
from postgres_case import OnPostgres
from test_group_rules import RuledBank
from test_packs import capital

NAMES = "abcdef"


class RuleMoves(RuledBank):
    def banked(self, figure="300"):
        """Six customers with limits of an earlier figure of capital; two of them have drawn 60."""
        self.in_force(capital("1", ("2018-07-01", "1000")))
        self.limits(*[row for n in NAMES for row in (
            (f"R{n.upper()}", n, "rule", 150, []), (f"T{n.upper()}", n, "total", 100, [f"R{n.upper()}"]),
            (f"L{n.upper()}", n, "line", 80, [f"T{n.upper()}"]))])
        self.bank.server.post([draw("d1", "LA", "60"), draw("d2", "LB", "60")])
        self.in_force(capital("2", ("2018-07-01", figure)))

    def propose_all(self, *names, who="wang"):
        return self.done(who, "/v1/rule-moves", {"customers": list(names), "reason": "资本净额"}, 201)["number"]

    def one(self, number, who="sun"):
        answer = self.ask(who, "GET", f"/v1/rule-moves/{number}")
        self.assertEqual(answer.status, 200, answer)
        return answer.json()

    def agreement(self, number, who="sun"):
        return f"/v1/rule-moves/{number}/agree?shown={self.one(number, who).get('preview', {}).get('hash', 'none')}"

    def caps(self, *names):
        return [self.limit(f"R{name.upper()}")[1] for name in names]

    def until_caps(self, names, cap):
        for _ in range(400):
            if set(self.caps(*names)) == {cap}:
                break
            time.sleep(0.05)
        self.assertEqual(set(self.caps(*names)), {cap})

    def test_many_are_brought_together_by_two_people(self):
        self.banked()
        number = self.propose_all(*NAMES)
        move = self.one(number)
        self.assertEqual((move["state"], move["customers"], move["named"], move["proposed_by"]),
                         ("proposed", 6, list(NAMES), "wang"))
        preview = move["preview"]
        self.assertEqual({turn["state"] for turn in preview["turns"]}, {"ready"})
        self.assertEqual([(row["before"]["cap"], row["after"]["cap"]) for row in preview["limits"]],
                         [("150.00", "45.00")] * 6)
        self.assertEqual((sorted(preview["over"]), preview["holds"]), (["RA", "RB"], True))
        self.assertEqual(self.caps(*NAMES), ["150.00"] * 6)
        target = self.agreement(number)
        # Not the same person, not without what was shown, and what would be over by its name.
        self.problem(self.ask("sun", "POST", f"/v1/rule-moves/{number}/agree", {}), 428, "shown-needed")
        other = f"/v1/rule-moves/{number}/agree?shown={'0' * 64}"
        self.problem(self.ask("sun", "POST", other, {}), 412, "shown-changed")
        self.assertEqual(self.ask("wang", "POST", target, {}).status, 403)
        for sent in ({}, {"accepted_over": ["RA"]}):
            refused = self.problem(self.ask("sun", "POST", target, sent), 409, "no-room")
            self.assertEqual(sorted(refused["over"]), ["RA", "RB"])
        answer = self.done("sun", target, {"accepted_over": ["RA", "RB"]})
        self.assertEqual(answer, {"number": number, "state": "agreed"})
        self.until_caps(NAMES, "45.00")
        self.assertEqual(self.ask("sun", "GET", "/v1/rule-differences").json()["items"], [])
        self.assertEqual((self.one(number)["state"], self.one(number)["agreed_by"]), ("agreed", "sun"))
        self.problem(self.ask("qian", "POST", target, {}), 409, "already-decided")
        trail = self.bank.server.get(f"/v1/audit?subject=rule-move/{number}").json()["items"]
        self.assertEqual([(entry["action"], entry["actor"]) for entry in trail],
                         [("rule-move.propose", "wang"), ("rule-move.agree", "sun")])
        for name in NAMES:
            trail = self.bank.server.get(f"/v1/audit?subject=customer/{name}").json()["items"]
            self.assertEqual((trail[-1]["action"], trail[-1]["reason"]), ("customer.rules", "资本净额"), name)

    def test_who_proposed_does_not_agree(self):
        self.banked("2000")
        number = self.propose_all("a", who="sun")
        self.problem(self.ask("sun", "POST", self.agreement(number), {}), 403, "four-eyes")
        self.done("qian", self.agreement(number, "qian"), {})
        self.until_caps("a", "300.00")

    def test_what_is_missing_is_opened_and_found_again(self):
        self.in_force(capital("1", ("2018-07-01", "1000")))
        self.limits(*[(f"T{n.upper()}", n, "total", 100, []) for n in "abc"])
        number = self.propose_all("a", "b", "c")
        self.done("sun", self.agreement(number), {})
        for name in "abc":
            for _ in range(200):
                if self.limit(f"T{name.upper()}")[2]:
                    break
                time.sleep(0.05)
        own = [self.limit(f"T{name.upper()}")[2][0] for name in "abc"]
        self.assertEqual(own, [f"RM-{1000 * number + i}.R1" for i in range(3)])
        self.assertEqual([self.limit(name)[1] for name in own], ["150.00"] * 3)
        self.assertEqual(self.ask("sun", "GET", "/v1/rule-differences").json()["items"], [])

    def test_who_cannot_be_brought_is_left_out_and_shown(self):
        self.banked("2000")
        group = self.group("f", lead="e")
        self.moved(group)
        self.sql(["UPDATE customer SET moving = 7 WHERE id = 'd'"])
        number = self.propose_all("a", "d", "e")
        self.assertEqual([(turn["customer"], turn["state"]) for turn in self.one(number)["preview"]["turns"]],
                         [("a", "ready"), ("d", "waiting"), ("e", "grouped")])
        target = self.agreement(number)
        # What was shown is another by now.
        self.sql(["UPDATE customer SET moving = NULL WHERE id = 'd'"])
        self.problem(self.ask("sun", "POST", target, {}), 412, "shown-changed")
        self.in_force(capital("3", ("2018-07-01", "3000")))
        second = self.agreement(number)
        self.assertNotEqual(second, target)
        self.done("sun", second, {})
        self.until_caps("ad", "450.00")
        number = self.propose_all("a")
        self.assertEqual([turn["state"] for turn in self.one(number)["preview"]["turns"]], ["today"])
        self.done("sun", self.agreement(number), {})
        self.assertEqual(self.caps("a"), ["450.00"])

    def test_rejected_and_listed(self):
        self.banked()
        first, second = self.propose_all("a"), self.propose_all("b", "c")
        self.problem(self.ask("sun", "POST", f"/v1/rule-moves/{first}/reject", {"reason": ""}), 400, "bad-reason")
        self.done("sun", f"/v1/rule-moves/{first}/reject", {"reason": "数字有误"})
        self.problem(self.ask("sun", "POST", f"/v1/rule-moves/{first}/agree?shown=x", {}), 409, "already-decided")
        self.assertEqual(self.caps("a"), ["150.00"])
        page = self.ask("sun", "GET", "/v1/rule-moves?limit=1").json()
        self.assertEqual([(item["number"], item["customers"], item["state"]) for item in page["items"]],
                         [(second, 2, "proposed")])
        page = self.ask("sun", "GET", f"/v1/rule-moves?limit=1&cursor={page['next']}").json()
        self.assertEqual([(item["number"], item["state"]) for item in page["items"]], [(first, "rejected")])
        # Who does not reach the customers finds none of it.
        for who in ("zhao", "xu"):
            self.assertEqual(self.ask(who, "GET", "/v1/rule-moves").json()["items"], [], who)
            self.problem(self.ask(who, "GET", f"/v1/rule-moves/{second}"), 404, "not-found")
        self.problem(self.ask("xu", "POST", f"/v1/rule-moves/{second}/agree?shown=x", {}), 404, "not-found")

    def test_what_is_wrong_is_refused(self):
        self.problem(self.ask("wang", "POST", "/v1/rule-moves", {"customers": ["a"], "reason": "x"}), 409, "no-pack")
        self.banked()
        for body in ({}, [], None, {"customers": ["a"]}, {"reason": "x"}, {"customers": [], "reason": "x"},
                     {"customers": "a", "reason": "x"}, {"customers": [7], "reason": "x"},
                     {"customers": ["a", "a"], "reason": "x"}, {"customers": ["A B"], "reason": "x"},
                     {"customers": ["x" * 300], "reason": "x"}, {"customers": ["a"], "reason": 7},
                     {"customers": [f"n{i}" for i in range(201)], "reason": "x"},
                     {"customers": ["a"], "reason": "x", "more": 1}, b"{", b"\xff"):
            self.problem(self.ask("wang", "POST", "/v1/rule-moves", body), 400, "bad-body")
        for reason in ("", " ", "x" * 501):
            self.problem(self.ask("wang", "POST", "/v1/rule-moves", {"customers": ["a"], "reason": reason}), 400,
                         "bad-reason")
        for who, customer in (("wang", "none"), ("wang", "g"), ("zhao", "a"), ("xu", "a")):
            self.problem(self.ask(who, "POST", "/v1/rule-moves", {"customers": [customer], "reason": "x"}), 404,
                         "not-found")
        for number in ("7", "x", "-1", "9" * 30):
            self.problem(self.ask("sun", "GET", f"/v1/rule-moves/{number}"), 404, "not-found")
        number = self.propose_all("a")
        for body in ([], {"accepted": []}, {"accepted_over": "RA"}, b"{"):
            self.problem(self.ask("sun", "POST", self.agreement(number), body), 400, "bad-body")
        self.assertEqual(self.one(number)["state"], "proposed")

    def test_killed_at_any_time_each_is_brought_once(self):
        self.banked("1000")
        chance = random.Random(5)
        for i in range(4):
            figure = 2000 + 100 * i
            self.in_force(capital(str(i + 3), ("2018-07-01", str(figure))))
            number = self.propose_all(*NAMES)
            target = self.agreement(number)

            def agree(target=target):
                with contextlib.suppress(OSError, ValueError):
                    self.ask("sun", "POST", target, {})
            asking = threading.Thread(target=agree)
            asking.start()
            time.sleep(chance.random() * 0.06)
            self.bank.server.stop(signal.SIGKILL)
            asking.join()
            self.bank.server.start()
            self.sign_in()
            if self.one(number)["state"] == "proposed":
                self.assertEqual(self.caps(*NAMES).count(f"{figure * 0.15:.2f}"), 0)
                self.done("sun", self.agreement(number), {})
            self.until_caps(NAMES, f"{figure * 0.15:.2f}")
        events = self.bank.ask("GET", "/v1/events?limit=1000").json()["events"]
        adjusted = [e["limit"] for e in events if e["source"] == "ledger" and e["op"] == "limit.adjust"]
        self.assertEqual(sorted(adjusted), sorted(4 * [f"R{name.upper()}" for name in NAMES]))
        steps = [e["op"] for e in events if e["source"] == "credit"]
        self.assertEqual([steps.count(op) for op in ("rule-move.agree", "customer.rules", "ledger.order")], [4, 24, 24])


class SqliteRuleMoves(RuleMoves, unittest.TestCase):
    def sql(self, statements):
        with contextlib.closing(sqlite3.connect(self.bank.server.directory / "credit.db")) as database, database:
            for statement in statements:
                database.execute(statement)


class PostgresRuleMoves(OnPostgres, RuleMoves, unittest.TestCase):
    def sql(self, statements):
        self.psql("; ".join(statements))


if __name__ == "__main__":
    unittest.main()
