"""The ledger's questions asked by people: the limits of the customers within their reach, in their legal entity, by the
story of one line as a server tells it; and by tokens that are bound to an organisation."""

import unittest

from headroom_server import draw, limit_open
from postgres_case import OnPostgres
from test_customers import person
from test_first_line import Told

ID = "AP-00000001"
LINE, TOTAL, LOAN = f"{ID}.1", f"{ID}.T", f"{ID}.1.loan-1"


class LedgerPeople(Told):
    def setUp(self):
        super().setUp()
        bank = self.bank
        for step in self.story.STEPS[:-2]:
            step(bank)
        for user, place, role in (("south", "demo-south-1", "relationship_manager"),
                                  ("lease", "demo-lease", "reviewer"), ("head", "demo-head", "management"),
                                  ("sec", "demo-head", "security_administrator")):
            bank.ask("POST", "/v1/users", {"id": user, "login": user, "name": user, "organisation": place})
            bank.ask("POST", f"/v1/users/{user}/posts", {"organisation": place, "role": role})
        self.server.post([limit_open("stranger", "100", holder=bank.customer), draw("x1", "stranger", "1"),
                          limit_open("portfolio", "100", holder="industry"),
                          {"op": "reserve", "id": "x2", "limit": LINE, "amount": "7.00"},
                          {"op": "unlock", "id": "x3", "limit": LINE, "amount": "5", "until": "2999-01-01"},
                          limit_open("below", "100", [LINE], holder="another"), draw("x4", "below", "3.00")])

    def ask(self, who, target):
        return self.server.ask("GET", target, token=self.bank.session(who))

    def got(self, who, target):
        answer = self.ask(who, target)
        self.assertEqual(answer.status, 200, (who, target, answer))
        return answer.json()

    def missing(self, who, target, slug):
        answer = self.ask(who, target)
        self.assertEqual((answer.status, answer.json()["type"]), (404, f"/problems/{slug}"), (who, target))

    def targets(self):
        return ((f"/v1/limits/{LINE}", "limit-not-found"), (f"/v1/limits/{TOTAL}/tree", "limit-not-found"),
                (f"/v1/limits/{LINE}/exposures", "limit-not-found"),
                (f"/v1/limits/{LINE}/movements", "limit-not-found"),
                (f"/v1/exposures/{LOAN}", "exposure-not-found"), ("/v1/reservations/x2", "reservation-not-found"),
                ("/v1/unlocks/x3", "unlock-not-found"))

    def test_who_sees_what(self):
        for who in ("demo-zhang", "demo-li", "demo-sun", "head"):
            for target, _ in self.targets():
                self.got(who, target)
        self.assertEqual(self.got("demo-zhang", f"/v1/limits/{LINE}")["cap"], "20000000.00")
        for who in ("south", "lease"):
            for target, slug in self.targets():
                self.missing(who, target, slug)
            self.assertEqual(self.got(who, f"/v1/limits?holder={self.bank.customer}")["limits"], [])
        # What no decision opened is a token's alone, whoever its holder is said to be.
        for target, slug in (("/v1/limits/stranger", "limit-not-found"), ("/v1/limits/portfolio", "limit-not-found"),
                             ("/v1/exposures/x1", "exposure-not-found"), ("/v1/exposures/x4", "exposure-not-found"),
                             ("/v1/limits/none", "limit-not-found"), ("/v1/limits/%20", "limit-not-found"),
                             ("/v1/exposures/none", "exposure-not-found"), ("/v1/unlocks/none", "unlock-not-found")):
            self.missing("demo-li", target, slug)
        for target, _ in self.targets():
            answer = self.ask("sec", target)
            self.assertEqual((answer.status, answer.json()["type"]), (403, "/problems/role-needed"), target)

    def test_lists_show_no_more(self):
        customer = self.bank.customer
        whole = {limit["id"] for limit in self.server.get(f"/v1/limits?holder={customer}").json()["limits"]}
        seen = {limit["id"] for limit in self.got("demo-zhang", f"/v1/limits?holder={customer}")["limits"]}
        self.assertEqual(whole - seen, {"stranger"})
        self.assertIn(LINE, seen)
        for query in ("", "?kind=line", "?match=AP", "?holder="):
            answer = self.ask("demo-li", f"/v1/limits{query}")
            self.assertEqual((answer.status, answer.json()["type"]), (400, "/problems/bad-parameter"), query)
        for holder in ("industry", "another", "none", "%27%20OR%201=1"):
            self.assertEqual(self.got("demo-li", f"/v1/limits?holder={holder}")["limits"], [], holder)
        self.assertEqual(self.ask("demo-li", f"/v1/limits?holder={customer}&secret=1").status, 400)
        # Below the line stands a limit that is not the customer's: neither it nor what is drawn on it.
        tree = [item["limit"]["id"] for item in self.got("demo-li", f"/v1/limits/{TOTAL}/tree")["limits"]]
        self.assertEqual(tree, [TOTAL, LINE])
        self.assertEqual(len(self.server.get(f"/v1/limits/{TOTAL}/tree").json()["limits"]), 3)
        target = f"/v1/limits/{TOTAL}/exposures?below=true"
        records = self.got("demo-li", target)["records"]
        ids = sorted(next(iter(record.values()))["id"] for record in records)
        self.assertEqual(ids, sorted([LOAN, "x2"]))
        self.assertEqual(len(self.server.get(target).json()["records"]), 3)
        target = f"/v1/limits/{LINE}/movements"
        moves, whole = ([move["id"] for move in answer["movements"]] for answer
                        in (self.got("demo-li", target), self.server.get(target).json()))
        self.assertIn(LOAN, moves)
        self.assertEqual(set(whole) - set(moves), {"below", "x4"})

    def test_the_past_the_day_and_what_stays_closed(self):
        opened = self.got("demo-li", f"/v1/limits/{LINE}/movements")["movements"][-1]["at"]
        self.assertEqual(self.got("demo-li", f"/v1/limits/{LINE}?as_of={opened}")["used"], "0.00")
        self.missing("south", f"/v1/limits/{LINE}?as_of={opened}", "limit-not-found")
        for target in ("/v1/day", "/v1/rates"):
            self.assertEqual(self.got("south", target), self.server.get(target).json())
        for target in ("/v1/events", "/v1/decisions", "/metrics", "/v1/tokens"):
            self.assertEqual(self.ask("demo-sun", target).status, 403, target)
        answer = self.server.ask("POST", "/v1/commands", [draw("x9", LINE, "1")], token=self.bank.session("demo-sun"))
        self.assertEqual(answer.status, 403)
        for bearer in ("hs_" + "A" * 43, ""):
            for target, _ in (*self.targets(), ("/v1/limits", ""), ("/v1/day", "")):
                self.assertIn(self.server.ask("GET", target, token=bearer).status, (401, 429), target)

    def test_tokens_of_an_organisation(self):
        inside = self.server.token("reader", organisation="demo-north")["token"]
        outside = self.server.token("reader", organisation="demo-south")["token"]
        lost = self.server.token("reader", organisation="nowhere")["token"]
        for target, slug in self.targets():
            self.assertEqual(self.server.get(target, token=inside).status, 200, target)
            answer = self.server.get(target, token=outside)
            self.assertEqual((answer.status, answer.json()["type"]), (404, f"/problems/{slug}"), target)
            self.assertEqual(self.server.get(target, token=lost).status, 403, target)
        answer = self.server.get("/v1/day", token=inside)
        self.assertEqual((answer.status, answer.json()["type"]), (403, "/problems/place-bound"))

    def test_a_look_at_a_person_is_recorded(self):
        """The firm is none; a natural person's limits are looked at as their other data is."""
        self.got("demo-li", f"/v1/limits/{LINE}")
        looks = [entry for entry in self.server.get("/v1/audit?actor=demo-li").json()["items"]
                 if entry["action"] == "personal.read"]
        self.assertEqual(looks, [])
        body = {**person(1, "（虚构）王伟"), "id": "p1", "organisation": "demo-north-1"}
        answer = self.server.ask("POST", "/v1/customers", body, token=self.bank.session("demo-zhang"))
        self.assertEqual(answer.status, 201, answer)
        self.assertEqual(self.got("demo-li", "/v1/limits?holder=p1")["limits"], [])
        looks = [entry["subject"] for entry in self.server.get("/v1/audit?actor=demo-li").json()["items"]
                 if entry["action"] == "personal.read"]
        self.assertEqual(looks, ["customer/p1"])


class SqliteLedgerPeople(LedgerPeople, unittest.TestCase):
    def fresh(self):
        return ""


class PostgresLedgerPeople(OnPostgres, LedgerPeople, unittest.TestCase):
    pass


if __name__ == "__main__":
    unittest.main()
