"""Customers whose limits decisions opened, merged and split with the server killed meanwhile: each is done once."""

import contextlib
import random
import threading
import time
import unittest

from postgres_case import OnPostgres
from test_first_line import CHECK, SEED, Told

ROUNDS = 20 if CHECK else 8


class Killed(Told):
    def setUp(self):
        """Two firms of the invented bank, each with a line by the story of first-line, drawn by 5,000,000.00."""
        super().setUp()
        self.banks = [self.bank, self.new_bank("2")]
        for bank in self.banks:
            for step in self.story.STEPS[:-2]:
                step(bank)
        self.bank = self.banks[1]  # who signed in last
        self.limits = [sorted(item["limit"]["id"] for item in self.ask("demo-li", self.view(bank))["limits"])
                       for bank in self.banks]

    @staticmethod
    def view(bank):
        return f"/v1/customers/{bank.customer}/view"

    def ask(self, who, target, body=None, method=None):
        self.bank.url = self.server.url
        return self.bank.ask(method or ("GET" if body is None else "POST"), target, body, who=who)

    def figures(self):
        """{limit: (used, cap, parents)} of both firms, from the ledger."""
        answers = [self.server.get(f"/v1/limits/{name}").json() for names in self.limits for name in names]
        return {answer["id"]: (answer["used"], answer["cap"], answer["parents"]) for answer in answers}

    def settled(self, number):
        for _ in range(400):
            move = self.ask("demo-sun", f"/v1/customer-moves/{number}")
            if move["state"] not in ("owed", "agreed"):
                return move["state"]
            time.sleep(0.05)
        self.fail("the ledger's answer did not come")

    def agree_and_kill(self, number, delay):
        """Agrees, and ends the server meanwhile; whether the answer came does not matter."""
        shown = self.ask("demo-sun", f"/v1/customer-moves/{number}")["preview"]["hash"]
        target, session = f"/v1/customer-moves/{number}/agree?shown={shown}", self.bank.session("demo-sun")

        def agree():
            with contextlib.suppress(OSError, ValueError):
                self.server.ask("POST", target, {}, token=session)

        asking = threading.Thread(target=agree)
        asking.start()
        time.sleep(delay)
        self.killed(self.bank)
        asking.join()
        if self.settled(number) == "proposed":
            self.ask("demo-sun", target, {})
        return self.settled(number)

    def test_each_move_is_done_once(self):
        one, two = (bank.customer for bank in self.banks)
        total_one, total_two = (f"{bank.application}.T" for bank in self.banks)
        apart = self.figures()
        self.assertEqual([apart[total][:2] for total in (total_one, total_two)], [("5000000.00", "20000000.00")] * 2)
        chance = random.Random(SEED)
        for i in range(ROUNDS):
            kind, source, target = (("merge", one, two), ("split", two, one))[i % 2]
            body = {"kind": kind, "source": source, "target": target, "cap": "add", "reason": "工商变更"}
            number = self.ask("demo-zhang", "/v1/customer-moves", body)["number"]
            self.assertEqual(self.agree_and_kill(number, chance.random() * 0.04), "done")
            now = self.figures()
            if kind == "split":
                self.assertEqual(now, apart, i)
                continue
            self.assertEqual(now[total_two][:2], ("10000000.00", "40000000.00"), i)
            self.assertEqual(now[total_one], ("5000000.00", "20000000.00", [total_two]), i)
            # The rules count the two as one: what was used under those of the first is under the second's.
            for name, (used, _, _) in now.items():
                if ".R" in name:
                    self.assertEqual(used, "10000000.00" if name in self.limits[1] else "0.00", (i, name))
        self.once()

    def once(self):
        events = self.server.get("/v1/events?limit=1000").json()["events"]
        steps = [event["op"] for event in events if event["source"] == "credit"]
        self.assertEqual([steps.count(op) for op in ("move.finish", "customer.merge", "customer.split")],
                         [ROUNDS, ROUNDS // 2, ROUNDS // 2])
        # Each time the total and the line of the first firm change the limit above them, once.
        moves = [(event["id"], event["limit"]) for event in events
                 if event["source"] == "ledger" and event["op"] == "limit.move"]
        first = self.banks[0].application
        self.assertEqual(len(dict(moves)), len(moves))
        self.assertEqual(sorted(limit for _, limit in moves), sorted([f"{first}.T", f"{first}.1"] * ROUNDS))
        self.assertEqual([event["id"] for event in events if event["op"] == "draw"],
                         [f"{bank.application}.1.loan-1" for bank in self.banks])


class SqliteKilled(Killed, unittest.TestCase):
    def fresh(self):
        return ""


class PostgresKilled(OnPostgres, Killed, unittest.TestCase):
    pass


if __name__ == "__main__":
    unittest.main()
