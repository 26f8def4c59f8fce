"""Applications and the customer's view through the server, on both databases."""

import contextlib
import copy
import sqlite3
import subprocess
import unittest

from bank import Bank, Sessions
from headroom_server import BINARY, draw, limit_open
from postgres_case import OnPostgres
from test_customers import firm, person
from test_packs import capital, files
from test_queries import pages



def proposal(customer, amount="30000000.00"):
    return {"customer": customer, "type": "new", "purpose": "流动资金周转", "currency": "CNY", "amount": amount,
            "lines": [{"product": "LOAN", "amount": "20000000.00", "tenor_months": 12, "revolving": True,
                       "conditions": [{"when": "before_first_draw", "text": "抵押登记"}],
                       "lines": [{"product": "WORKING-CAPITAL", "amount": "20000000.00", "tenor_months": 12,
                                  "revolving": True}]},
                      {"product": "TRADE", "amount": "10000000.00", "tenor_months": 6, "revolving": False}]}


class Applications:
    options = ()

    def setUp(self):
        self.bank = bank = Bank(*self.options)
        self.addCleanup(bank.remove)
        bank.user("wang", "north", ("north", "relationship_manager"))
        bank.user("zhao", "south", ("south", "relationship_manager"))
        bank.user("li", "head", ("head", "reviewer"))
        self.sessions = Sessions(bank, "wang", "zhao", "li")
        self.firm = self.made("wang", "/v1/customers", firm(1, "北方机械有限公司"))["id"]
        self.other = self.made("zhao", "/v1/customers", firm(2, "南方食品有限公司", "south"))["id"]

    def ask(self, who, method, target, body=None, **headers):
        return self.bank.server.ask(method, target, body, token=self.sessions.get(who),
                                    headers={name.replace("_", "-"): value for name, value in headers.items()})

    def made(self, who, target, body, **headers):
        answer = self.ask(who, "POST", target, body, **headers)
        self.assertEqual(answer.status, 201, answer)
        return answer.json()

    def draft(self, who="wang", organisation="north", customer=None, **headers):
        return self.made(who, "/v1/applications",
                         {"organisation": organisation, "proposal": proposal(customer or self.firm)}, **headers)

    def problem(self, answer, status, slug):
        self.assertEqual((answer.status, answer.json()["type"]), (status, f"/problems/{slug}"), answer)
        return answer.json()

    def test_a_draft_is_entered_changed_and_given_up(self):
        draft = self.draft()
        self.assertEqual((draft["id"], draft["version"], draft["state"]), ("AP-00000001", 1, "draft"))
        self.assertEqual(draft["proposal"]["lines"][0]["lines"][0]["clause"], "1.1")
        target = f"/v1/applications/{draft['id']}"
        read = self.ask("wang", "GET", target)
        self.assertEqual(read.headers["etag"], '"1"')
        self.assertEqual(read.json(), {**draft, "decisions": []})
        self.assertEqual(self.ask("wang", "GET", target, if_none_match='"1"').status, 304)
        # What was read is sent back with another amount: clauses may stand in it.
        body = {"proposal": {**draft["proposal"], "amount": "40000000.00"}}
        self.problem(self.ask("wang", "PUT", target, body), 428, "if-match-needed")
        self.problem(self.ask("wang", "PUT", target, body, if_match='"7"'), 412, "version-changed")
        changed = self.ask("wang", "PUT", target, body, if_match='"1"')
        self.assertEqual((changed.status, changed.json()["version"], changed.json()["proposal"]["amount"]),
                         (200, 2, "40000000.00"))
        self.problem(self.ask("wang", "PUT", target, body, if_match='"1"'), 412, "version-changed")
        self.assertEqual(self.ask("wang", "POST", f"{target}/withdraw").json()["state"], "withdrawn")
        self.problem(self.ask("wang", "POST", f"{target}/withdraw"), 409, "not-submitted")
        self.problem(self.ask("wang", "PUT", target, body, if_match='"3"'), 409, "not-a-draft")
        versions = self.ask("wang", "GET", f"{target}/versions").json()["items"]
        self.assertEqual([(v["version"], v["state"], v["proposal"]["amount"]) for v in versions],
                         [(1, "draft", "30000000.00"), (2, "draft", "40000000.00"), (3, "withdrawn", "40000000.00")])

    def test_what_is_wrong_is_named(self):
        for path, value, where in (
                (("amount",), "0", "amount"), (("amount",), "1e3", "amount"), (("currency",), "XXX1", "currency"),
                (("lines", 0, "amount"), "30000000.01", "lines[0].amount"), (("lines",), [], "lines"),
                (("lines", 0, "lines", 0, "tenor_months"), 601, "lines[0].lines[0].tenor_months"),
                (("lines", 1, "surprise"), 1, "lines[1].surprise"), (("customer",), None, "customer")):
            body = {"organisation": "north", "proposal": copy.deepcopy(proposal(self.firm))}
            place = body["proposal"]
            for step in path[:-1]:
                place = place[step]
            place[path[-1]] = value
            problem = self.problem(self.ask("wang", "POST", "/v1/applications", body), 400, "bad-application")
            self.assertTrue(problem["detail"].endswith(f"at: {where}"), problem)
        for body in ("", "[]", "{", '{"organisation":"north"}', '{"organisation":1,"proposal":{}}', "x" * 200000):
            self.problem(self.ask("wang", "POST", "/v1/applications", body), 400, "bad-application")
        self.assertEqual(self.ask("wang", "POST", "/v1/applications", "x" * 300000).status, 413)
        self.assertEqual(self.ask("wang", "GET", "/v1/applications").json(), {"items": [], "next": None})

    def test_nobody_reaches_beyond_their_posts(self):
        mine, theirs = self.draft(), self.draft("zhao", "south", self.other)
        for body in ({"organisation": "south", "proposal": proposal(self.firm)},
                     {"organisation": "nowhere", "proposal": proposal(self.firm)}):
            self.problem(self.ask("wang", "POST", "/v1/applications", body), 404, "organisation-not-found")
        for customer in (self.other, "nobody"):
            self.problem(self.ask("wang", "POST", "/v1/applications",
                                  {"organisation": "north", "proposal": proposal(customer)}), 404, "customer-not-found")
        target = f"/v1/applications/{theirs['id']}"
        for method, path, body, headers in (
                ("GET", target, None, {}), ("GET", f"{target}/versions", None, {}),
                ("POST", f"{target}/withdraw", None, {}),
                ("PUT", target, {"proposal": proposal(self.firm)}, {"if_match": '"1"'}),
                ("GET", "/v1/applications/none", None, {}), ("GET", "/v1/applications/%00", None, {})):
            answer = self.ask("wang", method, path, body, **headers)
            self.assertIn(answer.status, (400, 404), (path, answer))
        self.problem(self.ask("wang", "GET", f"/v1/customers/{self.other}/view"), 404, "customer-not-found")
        self.problem(self.ask("wang", "GET", "/v1/applications?organisation=south"), 404, "organisation-not-found")
        self.assertEqual([a["id"] for a in self.ask("wang", "GET", "/v1/applications").json()["items"]], [mine["id"]])
        self.assertEqual([a["id"] for a in self.ask("li", "GET", "/v1/applications").json()["items"]],
                         [mine["id"], theirs["id"]])
        # A reviewer reads and does not enter.
        self.assertEqual(self.ask("li", "POST", "/v1/applications",
                                  {"organisation": "head", "proposal": proposal(self.firm)}).status, 403)

    def test_lists_come_in_pages(self):
        ids = [self.draft()["id"] for _ in range(7)] + [self.draft("zhao", "south", self.other)["id"]]
        self.ask("wang", "POST", f"/v1/applications/{ids[2]}/withdraw")
        reader = Reader(self, "li")

        def listed(query):
            return [a["id"] for a in pages(reader, f"/v1/applications?{query}", "items")[0]]

        self.assertEqual(listed("limit=3"), ids)
        self.assertEqual(listed("limit=3&sort=-number"), ids[::-1])
        self.assertEqual(listed(f"limit=2&customer={self.other}"), ids[7:])
        self.assertEqual(listed("limit=2&state=withdrawn"), [ids[2]])
        self.assertEqual(listed("limit=3&organisation=north"), ids[:7])
        for query in ("sort=amount", "state=lost", "limit=0", "limit=201", "cursor=x", "colour=red"):
            self.assertEqual(self.ask("li", "GET", f"/v1/applications?{query}").status, 400, query)

    def test_a_key_makes_one_draft_and_each_step_is_an_event(self):
        first = self.draft(idempotency_key="one")
        again = self.draft(idempotency_key="one")
        self.assertEqual(first, again)
        self.ask("wang", "POST", f"/v1/applications/{first['id']}/withdraw")
        events = self.bank.server.get("/v1/events").json()
        steps = [e for e in events["events"] if e["source"] == "credit"][2:]  # behind the two customers
        self.assertEqual([(s["number"], s["op"], s["subject"], s["actor"]) for s in steps],
                         [(3, "application.create", "application/AP-00000001", "wang"),
                          (4, "application.withdraw", "application/AP-00000001", "wang")])
        after = self.bank.server.get(f"/v1/events?after={events['next']}").json()
        self.assertEqual((after["events"], after["next"]), ([], events["next"]))
        self.assertTrue(events["next"].endswith(".4"))
        trail = self.bank.server.get("/v1/audit?subject=application/AP-00000001").json()["items"]
        self.assertEqual([e["action"] for e in trail], ["application.create", "application.withdraw"])

    def test_the_view_shows_limits_as_a_tree(self):
        self.bank.server.post([
            limit_open("T", "1000", holder=self.firm, kind="total"), limit_open("a", "600", ["T"], holder=self.firm),
            limit_open("a1", "500", ["a"], holder=self.firm), limit_open("b", "400", ["T"], holder=self.firm),
            limit_open("x", "1", holder="somebody"), draw("d1", "a1", "120"),
            {"op": "reserve", "id": "r1", "limit": "b", "amount": "30"}])
        draft = self.draft()
        view = self.bank.server.get(f"/v1/customers/{self.firm}/view").json()
        self.assertEqual([(l["depth"], l["limit"]["id"], l["limit"]["used"], l["limit"]["reserved"],
                           l["limit"]["available"]) for l in view["limits"]],
                         [(0, "T", "120.00", "30.00", "850.00"), (1, "a", "120.00", "0.00", "480.00"),
                          (2, "a1", "120.00", "0.00", "380.00"), (1, "b", "0.00", "30.00", "370.00")])
        self.assertEqual([next(iter(r.values()))["id"] for r in view["records"]], ["d1", "r1"])
        self.assertEqual([a["id"] for a in view["applications"]], [draft["id"]])
        self.assertEqual((view["customer"]["id"], view["more"]), (self.firm, False))
        # People see what decisions of their own legal entity opened.
        self.assertEqual(self.ask("wang", "GET", f"/v1/customers/{self.firm}/view").json()["limits"], [])

    def put_in_force(self, body):
        """Stores a pack; two people put it in force at head office."""
        sessions = []
        for name in ("sun", "wei"):
            self.bank.user(name, "head", ("head", "limit_manager"))
            sessions.append(self.bank.session(name))
        ask = self.bank.server.ask
        stored = ask("POST", "/v1/packs", body)
        self.assertEqual(stored.status, 201, stored)
        proposed = ask("POST", "/v1/pack-activations", {"organisation": "head", "pack": stored.json()["hash"],
                                                        "reason": "as decided"}, token=sessions[0])
        self.assertEqual(proposed.status, 201, proposed)
        done = ask("POST", f"/v1/pack-activations/{proposed.json()['number']}/activate",
                   {"pack": stored.json()["hash"]}, token=sessions[1])
        self.assertEqual(done.status, 200, done)
        return stored.json()["hash"]

    def check(self, draft, who="wang"):
        answer = self.ask(who, "POST", f"/v1/applications/{draft['id']}/check")
        self.assertEqual(answer.status, 200, answer)
        return answer.json()

    def test_what_would_not_fit_the_pack_is_foreseen(self):
        draft = self.draft()
        target = f"/v1/applications/{draft['id']}"
        self.problem(self.ask("wang", "POST", f"{target}/check"), 409, "no-pack")
        pack = self.put_in_force(files("demo"))
        self.problem(self.ask("zhao", "POST", f"{target}/check"), 404, "application-not-found")
        self.assertEqual(self.check(draft), {"fits": True, "pack": {"id": "demo", "version": "0.1.0", "hash": pack},
                                             "broken": [], "breaks": [], "checks": []})
        self.assertEqual(self.check(draft, "li")["fits"], True)
        # One customer's loans: a tenth of the net capital of 8.6 thousand million.
        body = {"proposal": proposal(self.firm, "900000000.00")}
        body["proposal"]["lines"][0]["amount"] = "860000000.01"
        self.assertEqual(self.ask("wang", "PUT", target, body, if_match='"1"').status, 200)
        self.assertEqual((self.check(draft)["fits"], self.check(draft)["breaks"]),
                         (False, [{"rule": "CN.LOAN1", "currency": "CNY", "cap": "860000000.00",
                                   "required": "860000000.01", "required_currency": "CNY"}]))
        self.assertEqual(self.check(draft)["broken"], [
            {"scope": "customer", "rule": "CN.LOAN1", "reason": "limit_exceeded", "currency": "CNY",
             "available": "860000000.00", "required": "860000000.01", "excess": "0.01",
             "zh": "单一客户贷款集中度（CN.LOAN1）：可用860000000.00，需要860000000.01，超出0.01 CNY",
             "en": "loans to one customer (CN.LOAN1): room 860000000.00, needed 860000000.01, too much by 0.01 CNY"}])
        body["proposal"]["lines"][0]["amount"] = "860000000.00"
        body["proposal"]["lines"][1]["product"] = "PROJECT"
        self.assertEqual(self.ask("wang", "PUT", target, body, if_match='"2"').status, 200)
        answer = self.check(draft)
        self.assertEqual((answer["fits"], answer["unknown"]), (False, "product of clause 2"))
        self.assertEqual(answer["breaks"][0]["required"], "870000000.00")  # a project loan is a loan

    def test_a_look_at_a_person_is_recorded(self):
        someone = self.made("wang", "/v1/customers", person(1, "王丽"))["id"]
        view = self.ask("wang", "GET", f"/v1/customers/{someone}/view").json()
        self.assertEqual(view["customer"]["id"], someone)
        trail = self.bank.server.get(f"/v1/audit?subject=customer/{someone}").json()["items"]
        self.assertEqual([(e["action"], e["actor"]) for e in trail][-1], ("personal.read", "wang"))


class Reader:
    def __init__(self, case, who):
        self.case, self.who = case, who

    def get(self, target):
        return self.case.ask(self.who, "GET", target)


class SqliteApplications(Applications, unittest.TestCase):
    def test_a_ledger_older_than_the_database_is_not_gone_on_with(self):
        server = self.bank.server
        last = server.get("/v1/events").json()["next"].partition(".")[0]
        for named, starts in ((int(last), True), (int(last) + 1, False)):
            server.stop()
            with contextlib.closing(sqlite3.connect(server.directory / "credit.db")) as database, database:
                database.execute("INSERT INTO event VALUES ((SELECT coalesce(max(number), 0) + 1 FROM event), ?, 1,"
                                 " 'x', 'x', 'x', NULL, NULL)", (named,))
            if starts:
                server.start()
                continue
            done = subprocess.run([BINARY, "serve", "--data", str(server.directory), "--listen", "127.0.0.1:0",
                                   "--language", "en"], capture_output=True, text=True, timeout=60, check=False)
            self.assertNotEqual(done.returncode, 0)
            self.assertIn("the data directory is older than the database", done.stderr)
            # The refusal left no trace: verify says the same, and with the step gone both fit again.
            done = subprocess.run([BINARY, "verify", str(server.directory), "--language", "en"],
                                  capture_output=True, text=True, timeout=60, check=False)
            self.assertEqual(done.returncode, 1, done.stdout)
            self.assertIn("the data directory is older than the database", done.stderr)
            with contextlib.closing(sqlite3.connect(server.directory / "credit.db")) as database, database:
                database.execute("DELETE FROM event WHERE ledger = ?", (named,))
            server.start()

    def test_the_live_ledger_is_asked(self):
        """A limit of the pack that an earlier decision opened, here put into the database by hand, when the capital
        was more than it is: the decision would bring it to the day first."""
        self.put_in_force(capital("1", ("2018-07-01", "333333333.34")))  # of which 15 of a hundred are 50 million
        self.bank.server.post([limit_open("R1", "70000000", holder=self.firm, measure="exposure"),
                               limit_open("T", "90000000", ["R1"], holder=self.firm), draw("d1", "T", "20000000.01")])
        draft = self.draft()
        with contextlib.closing(sqlite3.connect(self.bank.server.directory / "credit.db")) as database, database:
            database.execute("INSERT INTO decision VALUES (1, 'AP-00000001.D1', 'AP-00000001', 'c', 's', 'bank', ?,"
                             " 'approve', 'u', NULL, '{}', '[]', NULL, NULL, 1, 'active')", (self.firm,))
            database.execute("INSERT INTO credit_limit VALUES ('R1', 'bank', ?1, 'rule', 'AP-00000001.D1', 'CN.LEX1',"
                             " '', 'CNY', 7000000000, 'open', ?1)", (self.firm,))
        answer = self.check(draft)
        self.assertEqual((answer["fits"], answer["breaks"]), (False, []))
        self.assertEqual(answer["checks"], [
            {"limit": "R1", "amount": "30000000.00", "currency": "CNY",
             "answer": {"result": "refused", "refusals": [{"limit": "R1", "reason": "limit_exceeded",
                                                           "available": "29999999.99", "required": "30000000.00"}]}}])
        self.bank.server.post([{"op": "repay", "id": "p1", "exposure_id": "d1", "amount": "0.01"}])
        answer = self.check(draft)
        self.assertEqual((answer["fits"], answer["checks"][0]["answer"]), (True, {"result": "ok"}))


class PostgresApplications(OnPostgres, Applications, unittest.TestCase):
    pass


if __name__ == "__main__":
    unittest.main()
