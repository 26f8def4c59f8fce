"""Customers merged and split through the server with their limits, on both databases. Killed: test_moves_killed.py."""

import contextlib
import sqlite3
import time
import unittest

from bank import Bank, Sessions
from headroom_server import draw, limit_open
from postgres_case import OnPostgres
from test_customers import firm, person, uscc


class MoveBank:
    """A bank whose people merge and split, with limits of customers put in by hand."""

    options = ()

    def setUp(self):
        self.bank = bank = Bank(*self.options)
        self.addCleanup(bank.remove)
        bank.user("wang", "north", ("north", "relationship_manager"))
        bank.user("zhao", "south", ("south", "relationship_manager"))
        bank.user("sun", "head", ("head", "limit_manager"))
        bank.user("qian", "head", ("head", "limit_manager"))
        bank.user("xu", "leasing", ("leasing", "limit_manager"))
        self.sign_in()

    def sign_in(self):
        self.sessions = Sessions(self.bank, "wang", "zhao", "sun", "qian", "xu")

    def ask(self, who, method, target, body=None, **headers):
        return self.bank.server.ask(method, target, body, token=self.sessions.get(who),
                                    headers={name.replace("_", "-"): value for name, value in headers.items()})

    def done(self, who, target, body, status=200):
        answer = self.ask(who, "POST", target, body)
        self.assertEqual(answer.status, status, answer)
        return answer.json()

    def problem(self, answer, status, slug):
        self.assertEqual((answer.status, answer.json()["type"]), (status, f"/problems/{slug}"), answer)
        return answer.json()

    def agreement(self, number, who="sun"):
        """Where somebody agrees to what a merge or split would do now."""
        preview = self.ask(who, "GET", f"/v1/customer-moves/{number}").json().get("preview", {})
        return f"/v1/customer-moves/{number}/agree?shown={preview.get('hash', 'none')}"

    def settled(self, number):
        for _ in range(200):
            move = self.ask("qian", "GET", f"/v1/customer-moves/{number}").json()
            if move["state"] != "owed":
                return move
            time.sleep(0.05)
        self.fail("the ledger's answer did not come")

    def limits(self, *rows):
        """Limits in the ledger, and what decisions would have stored of them, put into the database by hand."""
        self.bank.server.post([limit_open(name, str(cap), parents, holder=customer)
                               for name, customer, _, cap, parents in rows])
        statements = [
            "INSERT INTO application (number, id, version, legal_entity, organisation, path, customer, type, state,"
            " body, created_by, created, changed, submitted)"
            " VALUES (1, 'AP-1', 1, 'bank', 'north', '/head/north/', 'x', 'new', 'active', '{}', 'wang', 1, 1, 1)",
            "INSERT INTO decision (number, id, application, case_ref, step, legal_entity, customer, outcome, decider,"
            " body, rules, made, state)"
            " VALUES (1, 'AP-1.D1', 'AP-1', 'c', 's', 'bank', 'x', 'approve', 'u', '{}', '[]', 1, 'active')"]
        for name, customer, kind, cap, parents in rows:
            clause = {"total": "total", "rule": "CN.LEX1", "line": name}[kind]
            statements.append("INSERT INTO credit_limit (id, legal_entity, customer, kind, decision, clause, parents,"
                              " currency, cap, state, holder) VALUES"
                              f" ('{name}', 'bank', '{customer}', '{kind}', 'AP-1.D1',"
                              f" '{clause}', '{' '.join(parents)}', 'CNY', {cap * 100}, 'open', '{customer}')")
        self.sql(statements)

    def figures(self, *names):
        answers = [self.bank.server.get(f"/v1/limits/{name}").json() for name in names]
        return [(answer["used"], answer["cap"], answer["parents"]) for answer in answers]


class Moves(MoveBank):
    APART = [("60.00", "120.00", []), ("60.00", "100.00", ["R1"]), ("50.00", "120.00", []), ("50.00", "100.00", ["R2"])]
    ONE = [("0.00", "120.00", []), ("60.00", "100.00", ["T2"]), ("110.00", "120.00", []), ("110.00", "200.00", ["R2"])]

    def two(self):
        """Two customers with a limit of the pack, a total and a line each; 60 and 50 are drawn."""
        for number, name in ((1, "甲公司"), (2, "乙公司")):
            self.done("wang", "/v1/customers", {**firm(number, name), "id": f"c{number}"}, 201)
        self.limits(*[row for n in (1, 2) for row in (
            (f"R{n}", f"c{n}", "rule", 120, []), (f"T{n}", f"c{n}", "total", 100, [f"R{n}"]),
            (f"L{n}", f"c{n}", "line", 80, [f"T{n}"]))])
        self.bank.server.post([draw("d1", "L1", "60"), draw("d2", "L2", "50")])

    def test_a_merge_is_foreseen_agreed_and_done(self):
        self.two()
        body = {"kind": "merge", "source": "c1", "target": "c2"}
        seen = self.done("wang", "/v1/customer-moves/preview", body)
        self.assertEqual((seen["holds"], seen["over"], seen["entities"]), (True, ["T2"], ["bank"]))
        after = {row["after"]["id"]: (row["before"]["used"], row["after"]["used"]) for row in seen["limits"]}
        self.assertEqual(after, {"T1": ("60.00", "60.00"), "T2": ("50.00", "110.00"), "R2": ("50.00", "110.00")})
        self.assertEqual(seen["identifiers"], [{"kind": "uscc", "value": uscc(1), "moves": False}])
        body["cap"] = "add"
        self.assertEqual(self.done("wang", "/v1/customer-moves/preview", body)["over"], [])
        self.assertEqual(self.figures("R1", "T1", "R2", "T2"), self.APART)
        self.problem(self.ask("wang", "POST", "/v1/customer-moves", body), 400, "bad-reason")
        body["reason"] = "工商变更：甲公司并入乙公司"
        number = self.done("wang", "/v1/customer-moves", body, 201)["number"]
        self.problem(self.ask("wang", "POST", "/v1/customer-moves", body), 409, "move-open")
        target = f"/v1/customer-moves/{number}"
        agree = self.agreement(number)
        self.assertEqual(self.ask("wang", "POST", agree, {}).status, 403)
        self.problem(self.ask("zhao", "GET", target), 404, "not-found")
        self.problem(self.ask("xu", "POST", agree, {}), 404, "not-found")
        self.assertEqual(self.ask("sun", "GET", target).json()["preview"]["over"], [])
        self.assertEqual(self.done("sun", agree, {}), {"number": number, "state": "agreed"})
        move = self.settled(number)
        self.assertEqual((move["state"], [c["by"] for c in move["consents"]]), ("done", ["sun"]))
        self.problem(self.ask("qian", "POST", agree, {}), 409, "already-decided")
        self.assertEqual(self.figures("R1", "T1", "R2", "T2"), self.ONE)
        # The old customer is there as a pointer, and as it was; its identifier leads to it.
        gone = self.ask("wang", "GET", "/v1/customers/c1").json()
        self.assertEqual((gone["merged_into"], gone["version"], gone["action"]), ("c2", 2, "customer.merge"))
        found = self.ask("wang", "GET", f"/v1/customers?identifier=uscc:{uscc(1)}").json()["items"]
        self.assertEqual([c["id"] for c in found], ["c1"])
        self.assertEqual([c["id"] for c in self.ask("wang", "GET", "/v1/customers").json()["items"]], ["c2"])
        history = self.ask("wang", "GET", "/v1/customers/c1/history").json()["items"]
        self.assertEqual([(v["version"], v.get("merged_into")) for v in history], [(2, "c2"), (1, None)])
        self.problem(self.ask("wang", "POST", "/v1/customers", firm(1, "另一家")), 409, "customer-exists")
        view = self.ask("wang", "GET", "/v1/customers/c2/view").json()
        self.assertEqual([(row["limit"]["id"], row["depth"]) for row in view["limits"]],
                         [("R1", 0), ("R2", 0), ("T2", 1), ("T1", 2), ("L1", 3), ("L2", 2)])
        self.assertEqual(sorted(r["exposure"]["id"] for r in view["records"]), ["d1", "d2"])
        tie = {"kind": "control", "other": "c2", "reason": "x"}
        self.problem(self.ask("wang", "POST", "/v1/customers/c1/ties", tie), 409, "customer-merged")
        self.assertEqual(self.ask("sun", "GET", "/v1/customer-moves?customer=c2").json()["items"][0]["number"], number)
        self.assertEqual(self.ask("xu", "GET", "/v1/customer-moves").json()["items"], [])
        self.split_back()

    def split_back(self):
        body = {"kind": "split", "source": "c2", "target": "c1", "cap": "add", "reason": "误并"}
        number = self.done("wang", "/v1/customer-moves", body, 201)["number"]
        self.done("sun", self.agreement(number), {})
        self.assertEqual(self.settled(number)["state"], "done")
        self.assertEqual(self.figures("R1", "T1", "R2", "T2"), self.APART)
        items = self.ask("wang", "GET", "/v1/customers").json()["items"]
        self.assertEqual(sorted(c["id"] for c in items), ["c1", "c2"])
        view = self.ask("wang", "GET", "/v1/customers/c2/view").json()
        self.assertEqual([row["limit"]["id"] for row in view["limits"]], ["R2", "T2", "L2"])
        steps = [e["op"] for e in self.bank.ask("GET", "/v1/events?limit=1000").json()["events"]
                 if e["source"] == "credit" and "move." in e["op"]]
        self.assertEqual(steps, 2 * ["move.propose", "move.agree", "move.finish"])

    def test_who_agrees_names_what_was_shown(self):
        self.two()
        body = {"kind": "merge", "source": "c1", "target": "c2", "cap": "add", "reason": "同一客户"}
        self.assertEqual(len(self.done("sun", "/v1/customer-moves/preview", body)["hash"]), 64)
        number = self.done("wang", "/v1/customer-moves", body, 201)["number"]
        target, first = f"/v1/customer-moves/{number}/agree", self.agreement(number)
        # Whoever looks is shown the same hash, and what is drawn meanwhile is not of it.
        self.bank.server.post([draw("d9", "L1", "1")])
        self.assertEqual(self.agreement(number, "qian"), first)
        for shown, status in (("", 428), ("?shown=", 428), ("?more=x", 400), ("?shown=%00", 400)):
            self.assertEqual(self.ask("sun", "POST", target + shown, {}).status, status, shown)
        for shown in ("0" * 64, "x", first.rpartition("=")[2][:-1], "9" * 2000):
            self.problem(self.ask("sun", "POST", f"{target}?shown={shown}", {}), 412, "shown-changed")
        # A limit, or the customer, is another by now.
        self.sql(["UPDATE credit_limit SET cap = 9900 WHERE id = 'T2'"])
        second = self.agreement(number)
        self.assertNotEqual(second, first)
        self.problem(self.ask("sun", "POST", first, {}), 412, "shown-changed")
        listing = {"list": "watch", "reason": "x"}
        self.bank.user("liu", "head", ("head", "warning_officer"))
        self.sessions["liu"] = self.bank.session("liu")
        self.done("liu", "/v1/customers/c1/listings", listing, 201)
        self.problem(self.ask("sun", "POST", second, {}), 412, "shown-changed")
        self.assertEqual(self.ask("sun", "GET", f"/v1/customer-moves/{number}").json()["state"], "proposed")
        self.done("sun", self.agreement(number), {})
        self.assertEqual(self.settled(number)["state"], "done")

    def test_what_would_be_over_is_accepted_by_name(self):
        self.two()
        body = {"kind": "merge", "source": "c1", "target": "c2", "cap": "keep", "reason": "同一客户"}
        number = self.done("wang", "/v1/customer-moves", body, 201)["number"]
        target = self.agreement(number)
        for sent in ({}, {"accepted_over": []}, {"accepted_over": ["R2"]}):
            self.assertEqual(self.problem(self.ask("sun", "POST", target, sent), 409, "no-room")["over"], ["T2"])
        for sent in ([], {"accepted": []}, {"accepted_over": "T2"}, b"{"):
            self.problem(self.ask("sun", "POST", target, sent), 400, "bad-body")
        self.done("sun", target, {"accepted_over": ["T2"]})
        self.assertEqual(self.settled(number)["state"], "done")
        self.assertEqual(self.figures("T2"), [("110.00", "100.00", ["R2"])])
        answer = self.bank.server.post([draw("d3", "L2", "1")])
        self.assertEqual(answer[0]["result"], "refused")

    def test_persons_identifiers_ties_and_lists_go_along(self):
        made = {name: self.done("wang", "/v1/customers", {**person(number, name), "id": key}, 201)["id"]
                for number, name, key in ((1, "王伟", "p1"), (2, "王小伟", "p2"))}
        self.done("wang", "/v1/customers", {**firm(3, "丙公司"), "id": "c3"}, 201)
        self.done("wang", "/v1/customers/c3/ties", {"kind": "share", "other": "p1", "share": "60", "reason": "x"}, 201)
        self.bank.user("liu", "head", ("head", "warning_officer"))
        self.sessions["liu"] = self.bank.session("liu")
        self.done("liu", "/v1/customers/p1/listings", {"list": "watch", "reason": "x"}, 201)
        body = {"kind": "merge", "source": "p1", "target": "p2", "reason": "同一人"}
        seen = self.done("sun", "/v1/customer-moves/preview", body)
        self.assertIn("****", seen["identifiers"][0]["value"])
        self.assertEqual(seen["ties"], [{"ends": {"customer": "c3", "kind": "share", "other": "p1"},
                                         "begins": {"customer": "c3", "kind": "share", "other": "p2"}}])
        trail = self.bank.ask("GET", "/v1/audit?subject=customer/p1").json()["items"]
        self.assertEqual((trail[-1]["action"], trail[-1]["actor"]), ("personal.read", "sun"))
        self.problem(self.ask("wang", "POST", "/v1/customer-moves", {**body, "target": "c3"}), 409, "customers-differ")
        number = self.done("wang", "/v1/customer-moves", body, 201)["number"]
        self.done("sun", self.agreement(number), {})  # nothing for the ledger to do
        self.assertEqual(self.settled(number)["state"], "done")
        group = self.ask("wang", "GET", "/v1/customers/c3/group").json()
        self.assertEqual(sorted(m["id"] for m in group["members"]), ["c3", "p2"])
        self.assertEqual([c["id"] for c in self.ask("wang", "GET", "/v1/customers?list=watch").json()["items"]], ["p2"])
        text = self.bank.ask("GET", "/v1/audit?limit=1000").body.decode()
        for value in [i["value"] for i in person(1, "王伟")["identifiers"]]:
            self.assertNotIn(value, text)
        self.assertEqual(made, {"王伟": "p1", "王小伟": "p2"})

    def test_what_is_wrong_is_refused(self):
        self.two()
        good = {"kind": "merge", "source": "c1", "target": "c2", "reason": "x"}
        for change, status, slug in (
                ({"kind": "join"}, 400, "bad-body"), ({"kind": None}, 400, "bad-body"), ({"more": 1}, 400, "bad-body"),
                ({"cap": "all"}, 400, "bad-body"), ({"limits": []}, 400, "bad-body"),
                ({"reason": ""}, 400, "bad-reason"),
                ({"reason": "x" * 501}, 400, "bad-reason"), ({"source": "none"}, 404, "customer-not-found"),
                ({"source": 7}, 404, "customer-not-found"), ({"target": "c1"}, 400, "no-other"),
                ({"kind": "split"}, 400, "bad-limits"),
                ({"kind": "split", "limits": ["T1"], "identifiers": []}, 400, "bad-limits"),
                ({"kind": "split", "limits": ["L2"], "identifiers": []}, 400, "bad-limits"),
                ({"kind": "split", "limits": [1]}, 400, "bad-body"),
                ({"kind": "split", "limits": ["L1"] * 201}, 400, "bad-body"),
                ({"kind": "split", "identifiers": [{"kind": "uscc", "value": uscc(7)}]}, 400, "bad-identifier"),
                ({"kind": "split", "identifiers": [{"kind": "uscc", "value": "1"}]}, 400, "bad-identifier")):
            with self.subTest(change=str(change)[:60]):
                self.problem(self.ask("wang", "POST", "/v1/customer-moves", {**good, **change}), status, slug)
        for body in (b"", b"[]", b"{", b"null"):
            self.problem(self.ask("wang", "POST", "/v1/customer-moves", body), 400, "bad-body")
        for who, status in (("zhao", 404), ("xu", 404)):
            self.assertEqual(self.ask(who, "POST", "/v1/customer-moves", good).status, status)
        for target in ("/v1/customer-moves/7", "/v1/customer-moves/x", "/v1/customer-moves/-1"):
            self.problem(self.ask("wang", "GET", target), 404, "not-found")
        number = self.done("wang", "/v1/customer-moves", good, 201)["number"]
        self.problem(self.ask("wang", "POST", f"/v1/customer-moves/{number}/reject", {"reason": ""}), 400, "bad-reason")
        self.done("wang", f"/v1/customer-moves/{number}/reject", {"reason": "误提"})
        self.problem(self.ask("sun", "POST", f"/v1/customer-moves/{number}/agree?shown=x", {}), 409, "already-decided")
        self.assertEqual(self.figures("R1", "T1", "R2", "T2"), self.APART)


class SqliteMoves(Moves, unittest.TestCase):
    def sql(self, statements):
        with contextlib.closing(sqlite3.connect(self.bank.server.directory / "credit.db")) as database, database:
            for statement in statements:
                database.execute(statement)


class PostgresMoves(OnPostgres, Moves, unittest.TestCase):
    def sql(self, statements):
        self.psql("; ".join(statements))


if __name__ == "__main__":
    unittest.main()
