"""The pack's limits over groups of connected customers, real limits of the ledger on both databases: above members'
totals and the group's, through every move of a group, at each new figure of capital; and what is wrong is refused."""

import contextlib
import random
import re
import sqlite3
import time
import unittest

from headroom_server import draw, limit_open
from postgres_case import OnPostgres
from test_first_line import Told
from test_group_moves import GroupMoves
from test_groups import GroupBank
from test_packs import capital, files

ROUNDS = 9  # of moves that are killed, of three kinds in turn


class RuledBank(GroupBank):
    """The bank of the groups; packs are put in force at its head office."""

    move, propose, settle, consent = GroupMoves.move, GroupMoves.propose, GroupMoves.settle, GroupMoves.consent
    agree_and_kill = GroupMoves.agree_and_kill

    def in_force(self, body, organisation="head"):
        stored = self.bank.server.ask("POST", "/v1/packs", body)
        self.assertEqual(stored.status, 201, stored)
        given = stored.json()["hash"]
        number = self.done("sun", "/v1/pack-activations", {"organisation": organisation, "pack": given,
                                                           "reason": "as decided"}, 201)["number"]
        self.done("qian", f"/v1/pack-activations/{number}/activate", {"pack": given})

    def totals(self, *names):
        """A total and a line of 80 below it for each customer."""
        self.limits(*[row for n in names for row in ((f"T{n.upper()}", n, "total", 100, []),
                                                     (f"L{n.upper()}", n, "line", 80, [f"T{n.upper()}"]))])

    def limit(self, name):
        answer = self.bank.server.get(f"/v1/limits/{name}")
        self.assertEqual(answer.status, 200, (name, answer))
        body = answer.json()
        return body["used"], body["cap"], body["parents"]

    def until(self, name, expected):
        """Waits for the ledger to have a limit as it is expected: what is owed to it comes by itself."""
        for _ in range(200):
            answer = self.bank.server.get(f"/v1/limits/{name}")
            if answer.status == 200 and tuple(answer.json()[key] for key in ("used", "cap", "parents")) == expected:
                return
            time.sleep(0.05)
        self.assertEqual(self.limit(name), expected)

    def moved(self, group, kind="rules"):
        """The newest move of a group, when it has an end."""
        number = self.ask("sun", "GET", f"/v1/group-moves?group={group}").json()["items"][0]["number"]
        move = self.settle(number)
        self.assertEqual((move["kind"], move["state"]), (kind, "done"), move)
        return move


class GroupRules(RuledBank):
    def test_a_group_stands_below_the_limits_of_the_pack_from_its_entry(self):
        self.in_force(capital("1", ("2018-07-01", "1000")))
        self.totals("a", "b", "c")
        self.bank.server.post([draw("d1", "LA", "60"), draw("d2", "LB", "50")])
        group = self.group("b")
        move = self.moved(group)
        self.assertEqual((move["proposed_by"], move["agreed_by"]), ("wang", "wang"))
        self.assertEqual(self.limit("GR-00000001.R1"), ("110.00", "200.00", []))
        rule = self.bank.server.get("/v1/limits/GR-00000001.R1").json()
        self.assertEqual((rule["holder"], rule["kind"], rule["measure"], rule["mode"]),
                         (group, "regulatory", "exposure", "hard"))
        # Each member's own fifteen of a hundred are opened with it.
        self.assertEqual(self.limit("TA"), ("60.00", "100.00", ["GM-1.R1", "GR-00000001.R1"]))
        self.assertEqual(self.limit("GM-1.R1")[:2], ("60.00", "150.00"))
        # The total of the group stands below it, and all that is drawn counts once.
        self.move("limit", group, cap="190", currency="CNY")
        self.assertEqual(self.limit("GR-00000001.T"), ("110.00", "190.00", ["GR-00000001.R1"]))
        self.assertEqual(self.limit("TA")[2], ["GM-1.R1", "GR-00000001.R1", "GR-00000001.T"])
        self.assertEqual(self.limit("GR-00000001.R1")[0], "110.00")
        # What joins counts, and what would be over is named: no way round, neither by the line nor by the totals.
        number = self.propose("join", group, customers=["c"])
        self.done("sun", self.consent(number), {})
        self.assertEqual(self.settle(number)["state"], "done")
        self.bank.server.post([draw("d3", "LC", "75")])
        self.assertEqual(self.limit("GR-00000001.R1")[0], "185.00")
        self.move("limit", group, cap="300", currency="CNY")
        for limit in ("LC", "LB", "TC", "GR-00000001.T"):
            refused, = self.bank.server.post([draw(f"x{limit}", limit, "15.01")])
            self.assertIn({"limit": "GR-00000001.R1", "reason": "limit_exceeded", "available": "15.00",
                           "required": "15.01"}, refused["refusals"], limit)

    def test_who_leaves_stands_alone_again(self):
        # 30 of a hundred for one customer would let more through than the 20 of a group of one.
        ratios = files("demo")["files"]["parameters.csv"].replace("lex_single_ratio,2018-07-01,0.15",
                                                                  "lex_single_ratio,2018-07-01,0.30")
        body = capital("1", ("2018-07-01", "1000"))
        ratios = re.sub(r"net_tier1,[\d-]+,[\d.]+", "net_tier1,2018-07-01,1000", ratios, count=1)
        body["files"]["parameters.csv"] = re.sub(r"net_tier1,2026[^\n]*\n", "", ratios)
        self.in_force(body)
        self.totals("a", "b")
        self.bank.server.post([draw("d1", "LA", "60"), draw("d2", "LB", "50")])
        group = self.group("b")
        self.moved(group)
        self.assertEqual(self.limit("GR-00000001.R1")[0], "110.00")
        left = self.move("leave", group, customers=["b"])["number"]
        own = f"GM-{left}.R1"
        self.assertEqual(self.limit("TB")[2], ["GM-1.R2", own])
        self.assertEqual((self.limit(own), self.limit("GM-1.R2")[1]), (("50.00", "200.00", []), "300.00"))
        self.assertEqual(self.limit("GR-00000001.R1")[0], "60.00")
        # In the group the group's stands for it; and the next time it leaves its own does again.
        self.move("join", group, customers=["b"])
        self.assertEqual(self.limit("TB")[2], ["GM-1.R2", "GR-00000001.R1"])
        self.assertEqual(self.limit(own)[0], "0.00")
        self.move("leave", group, customers=["b"])
        self.assertEqual(self.limit("TB")[2], ["GM-1.R2", own])

    def test_groups_merged_and_split_take_their_limits(self):
        self.in_force(capital("1", ("2018-07-01", "1000")))
        self.totals("a", "b", "c", "d")
        self.bank.server.post([draw("d1", "LA", "60"), draw("d2", "LB", "50"), draw("d3", "LC", "40")])
        first, second = self.group("b"), self.group("d", name="乙集团", lead="c")
        self.moved(first)
        self.moved(second)
        for group in (first, second):
            self.move("limit", group, cap="180", currency="CNY")
        self.assertEqual(self.limit("TC")[2][1:], ["GR-00000002.R1", "GR-00000002.T"])
        self.move("merge", second, target=first, cap_moves=True)
        self.assertEqual(self.limit("TC")[2][1:], ["GR-00000001.T", "GR-00000001.R1"])
        self.assertEqual(self.limit("GR-00000001.R1")[0], "150.00")
        for gone in ("GR-00000002.R1", "GR-00000002.T"):
            self.assertEqual(self.bank.server.get(f"/v1/limits/{gone}").json()["status"], "closed")
        made = self.move("split", first, customers=["c", "d"], name="丙集团", organisation="north", lead="c", cap="100",
                         currency="CNY")["made"]
        self.assertEqual(self.limit(f"{made}.T"), ("40.00", "100.00", [f"{made}.R1"]))
        self.assertEqual(self.limit(f"{made}.R1"), ("40.00", "200.00", []))
        self.assertEqual(self.limit("GR-00000001.R1")[0], "110.00")

    def test_types_are_counted_apart(self):
        """A group of a firm and a bank: each limit counts those of its types, none the group's total."""
        self.in_force(capital("1", ("2018-07-01", "1000")))
        self.done("wang", "/v1/customers", {"id": "bk", "type": "interbank", "name": "某银行股份有限公司",
                                            "organisation": "north",
                                            "identifiers": [{"kind": "bic", "value": "ABCDCNBJ"}]}, 201)
        self.limits(("TA", "a", "total", 100, []), ("LA", "a", "line", 80, ["TA"]), ("TK", "bk", "total", 100, []),
                    ("LK", "bk", "line", 80, ["TK"]))
        group = self.group("bk")
        self.moved(group)
        self.move("limit", group, cap="190", currency="CNY")
        self.bank.server.post([draw("d1", "LA", "60"), draw("d2", "LK", "50")])
        caps = {name: self.limit(name)[:2] for name in ("GR-00000001.R1", "GR-00000001.R2")}
        self.assertEqual(caps, {"GR-00000001.R1": ("60.00", "200.00"), "GR-00000001.R2": ("50.00", "250.00")})
        self.assertEqual(self.limit("GR-00000001.T"), ("110.00", "190.00", []))
        # Without the bank it is of one type, and the total goes below its limit.
        self.move("leave", group, customers=["bk"])
        self.assertEqual(self.limit("GR-00000001.T"), ("60.00", "190.00", ["GR-00000001.R1"]))
        self.assertEqual(len(self.limit("TK")[2]), 1)  # a bank of no group is a group of its own

    def test_a_new_figure_of_capital_is_brought_by_a_move(self):
        self.in_force(capital("1", ("2018-07-01", "1000")))
        self.totals("a", "b")
        self.bank.server.post([draw("d1", "LA", "60"), draw("d2", "LB", "50")])
        group = self.group("b")
        self.moved(group)
        self.in_force(capital("2", ("2018-07-01", "1000"), ("2026-10-31", "500"), ("2999-01-01", "7")))
        self.assertEqual(self.limit("GR-00000001.R1")[1], "200.00")
        number = self.propose("rules", group)
        preview = self.ask("sun", "GET", f"/v1/group-moves/{number}").json()["preview"]
        caps = {row["after"]["id"]: (row["before"]["cap"], row["after"]["cap"]) for row in preview["limits"]}
        self.assertEqual(caps, {"GR-00000001.R1": ("200.00", "100.00"), "GM-1.R1": ("150.00", "75.00"),
                                "GM-1.R2": ("150.00", "75.00")})
        self.assertEqual(preview["over"], ["GR-00000001.R1"])
        target = self.consent(number)
        self.assertEqual(self.ask("wang", "POST", target, {}).status, 403)
        self.problem(self.ask("sun", "POST", target, {}), 409, "no-room")
        self.done("sun", target, {"accepted_over": ["GR-00000001.R1"]})
        self.assertEqual(self.settle(number)["state"], "done")
        self.assertEqual(self.limit("GR-00000001.R1"), ("110.00", "100.00", []))
        self.assertEqual(self.bank.server.post([draw("d3", "LA", "0.01")])[0]["result"], "refused")
        # Any other move of the group brings them, too.
        self.in_force(capital("3", ("2018-07-01", "2000")))
        self.move("limit", group, cap="300", currency="CNY")
        self.assertEqual(self.limit("GR-00000001.R1"), ("110.00", "400.00", []))

    def test_killed_at_any_time_the_limits_of_the_pack_stand_once(self):
        self.in_force(capital("1", ("2018-07-01", "1000")))
        self.totals("a", "b", "c")
        self.bank.server.post([draw("d1", "LA", "60"), draw("d2", "LB", "50")])
        group = self.group("b")
        self.moved(group)
        chance = random.Random(11)
        for i in range(ROUNDS):
            kind = ("rules", "join", "leave")[i % 3]
            if kind == "rules":
                figure = 1100 + 100 * i
                self.in_force(capital(str(i + 2), ("2018-07-01", str(figure))))
            number = self.propose(kind, group, **({} if kind == "rules" else {"customers": ["c"]}))
            self.assertEqual(self.agree_and_kill(number, chance.random() * 0.04), "done")
            self.assertEqual(self.limit("GR-00000001.R1"), ("110.00", f"{figure / 5:.2f}", []), i)
            self.assertEqual(self.limit("GM-1.R1")[:2], ("60.00", f"{figure * 0.15:.2f}"), i)
            self.assertEqual("GR-00000001.R1" in self.limit("TC")[2], kind == "join", i)
        events = self.bank.ask("GET", "/v1/events?limit=1000").json()["events"]
        steps = [e["op"] for e in events if e["source"] == "credit"]
        self.assertEqual([steps.count(op) for op in ("group-move.finish", "ledger.order", "ledger.accept")],
                         [ROUNDS + 1] * 3)
        done = [e["id"] for e in events if e["source"] == "ledger" and e["id"].startswith("GM-")]
        self.assertEqual(len(set(done)), len(done))
        caps = [e["limit"] for e in events if e["source"] == "ledger" and e["op"] == "limit.adjust"]
        self.assertEqual(caps.count("GR-00000001.R1"), ROUNDS // 3)

    def test_limits_that_a_pack_adds_or_gives_up(self):
        self.totals("a", "b")
        group = self.group("b")
        self.assertEqual((self.limit("TA")[2], self.ask("sun", "GET", "/v1/group-moves").json()["items"]), ([], []))
        self.move("limit", group, cap="300", currency="CNY")
        self.in_force(capital("1", ("2018-07-01", "1000")))
        # A limit that is yet to be opened takes all members with it, whoever is moved.
        self.move("join", group, customers=["c"])
        self.assertEqual(self.limit("TB")[2], ["GR-00000001.T", "GR-00000001.R1"])
        self.assertEqual(self.limit("GR-00000001.T")[2], ["GR-00000001.R1"])
        off = files("demo")["files"]["limits.csv"].replace("0.9,hard,2018-07-01,,on,非同业关联",
                                                           "0.9,hard,2018-07-01,,off,非同业关联")
        self.in_force(capital("2", ("2018-07-01", "1000"), **{"limits.csv": off}))
        self.move("rules", group)
        self.assertEqual(self.bank.server.get("/v1/limits/GR-00000001.R1").json()["status"], "closed")
        self.assertEqual((self.limit("GR-00000001.T")[2], "GR-00000001.R1" in self.limit("TB")[2]), ([], False))
        self.in_force(capital("3", ("2018-07-01", "1000")))
        self.move("rules", group)
        self.assertEqual(self.limit("GR-00000001.T")[2], ["GR-00000001.R2"])

    def test_a_group_without_a_figure_of_capital(self):
        """Where a limit has no amount on a day nothing is done by it, and nobody gets past."""
        self.totals("a", "b")
        self.in_force(capital("1", ("2018-07-01", "0")))
        group = self.group("b")
        self.moved(group)
        self.assertEqual(self.limit("GR-00000001.R1")[1], "0.00")
        self.assertEqual(self.bank.server.post([draw("d1", "LA", "0.01")])[0]["result"], "refused")
        # A limit that began long ago over a parameter that begins tomorrow is no pack.
        answer = self.bank.server.ask("POST", "/v1/packs", capital("2", ("2999-01-01", "1000")))
        self.assertEqual(answer.status, 422, answer)
        products = files("demo")["files"]["limits.csv"].replace(
            "CN.LEX2,regulatory,group,exposure,corporate;small;individual;government_platform,,",
            "CN.LEX2,regulatory,group,exposure,corporate;small;individual;government_platform,LOAN,")
        body = capital("3", ("2018-07-01", "9"), **{"limits.csv": products})
        answer = self.bank.server.ask("POST", "/v1/packs", body)
        self.assertEqual(answer.status, 422, answer)
        self.assertIn("CN.LEX2", str(answer.json()))

    def test_a_limit_whose_name_is_taken_leaves_everything_as_it_was(self):
        self.in_force(capital("1", ("2018-07-01", "1000")))
        self.totals("a", "b")
        self.bank.server.post([limit_open("GR-00000001.R1", "1")])
        group = self.group("b")
        number = self.ask("sun", "GET", f"/v1/group-moves?group={group}").json()["items"][0]["number"]
        self.assertEqual(self.settle(number)["state"], "refused")
        self.assertEqual(self.limit("TA")[2], [])

    def test_what_is_wrong_is_refused(self):
        self.in_force(capital("1", ("2018-07-01", "1000")))
        group = self.group("b")
        good = {"kind": "rules", "group": group, "reason": "x"}
        for change in ({"cap": "5", "currency": "CNY"}, {"customers": ["c"]}, {"target": group}, {"cap_moves": True}):
            self.problem(self.ask("wang", "POST", "/v1/group-moves", {**good, **change}), 400, "bad-body")
        self.problem(self.ask("wang", "POST", "/v1/group-moves", {**good, "group": "GR-9"}), 404, "group-not-found")
        for who in ("zhao", "xu"):
            self.assertIn(self.ask(who, "POST", "/v1/group-moves", good).status, (403, 404), who)

    def test_people_ask_the_ledger_about_a_group_within_their_reach(self):
        self.in_force(capital("1", ("2018-07-01", "1000")))
        self.totals("a", "b", "g")
        group = self.group("b", lead="a", who="sun", organisation="head")  # g is south's
        self.moved(group)
        self.move("join", group, who="sun", customers=["g"], agrees="qian")
        self.move("limit", group, who="sun", cap="300", currency="CNY", agrees="qian")
        self.bank.server.post([draw("d1", "LA", "60"), draw("d2", "LG", "50")])
        self.bank.user("yu", "south", ("south", "reviewer"))
        self.bank.user("he", "north", ("north", "security_administrator"))
        self.sessions.logins |= {"yu", "he"}
        held = ["GR-00000001.R1", "GR-00000001.T"]
        own = {"a": ["GM-1.R1", "LA", "TA"], "b": ["GM-1.R2", "LB", "TB"], "g": ["LG", "TG"]}
        seen = {"sun": own["a"] + own["b"] + own["g"] + held, "wang": own["a"] + own["b"] + held,
                "zhao": own["g"] + held, "yu": own["g"] + held}
        for who, expected in seen.items():
            for name in held:
                self.assertEqual(self.ask(who, "GET", f"/v1/limits/{name}").json()["used"], "110.00", (who, name))
            tree = self.ask(who, "GET", "/v1/limits/GR-00000001.R1/tree?limit=100").json()["limits"]
            self.assertEqual(sorted({row["limit"]["id"] for row in tree}),
                             sorted(one for one in expected if not one.startswith("GM")), who)
            listed = self.ask(who, "GET", f"/v1/limits?holder={group}").json()["limits"]
            self.assertEqual(sorted(one["id"] for one in listed), held, who)
            records = self.ask(who, "GET", "/v1/limits/GR-00000001.T/exposures?below=true").json()["records"]
            self.assertEqual(sorted(r["exposure"]["id"] for r in records),
                             [d for d, line in (("d1", "LA"), ("d2", "LG")) if line in expected], who)
        for name in held:
            for suffix in ("", "/tree", "/exposures", "/movements"):
                self.problem(self.ask("xu", "GET", f"/v1/limits/{name}{suffix}"), 404, "limit-not-found")
                self.assertEqual(self.ask("he", "GET", f"/v1/limits/{name}{suffix}").status, 403)
        self.assertEqual(self.ask("xu", "GET", f"/v1/limits?holder={group}").json()["limits"], [])
        for holder in ("GR-9", "GR-00000001.T", "%00", "%27", "x" * 200):
            listed = self.ask("wang", "GET", f"/v1/limits?holder={holder}").json()
            self.assertIn(listed.get("limits"), ([], None), holder)
        # A branch that neither looks after the group nor after a member: its people are told of nothing.
        self.move("leave", group, who="sun", customers=["g"], agrees="qian")
        for who in ("zhao", "yu"):
            self.problem(self.ask(who, "GET", "/v1/limits/GR-00000001.T"), 404, "limit-not-found")
        token = self.bank.server.token("reader", organisation="south")["token"]
        self.assertEqual(self.bank.server.ask("GET", "/v1/limits/GR-00000001.T", token=token).status, 404)

    def check(self, draft):
        answer = self.ask("wang", "POST", f"/v1/applications/{draft}/check")
        self.assertEqual(answer.status, 200, answer)
        return answer.json()

    def draft(self, customer, amount):
        body = {"customer": customer, "type": "new", "purpose": "x", "currency": "CNY", "amount": amount,
                "lines": [{"product": "LOAN", "amount": amount, "tenor_months": 12, "revolving": True}]}
        return self.done("wang", "/v1/applications", {"organisation": "north", "proposal": body}, 201)["id"]

    def broken(self, draft):
        answer = self.check(draft)
        self.assertEqual(answer["fits"], not answer["broken"])
        return [(one["scope"], one.get("rule"), one["available"], one["required"], one["excess"])
                for one in answer["broken"]]

    def test_the_check_names_what_customer_and_group_would_break(self):
        self.totals("a")
        self.bank.server.post([draw("d1", "LA", "60")])
        group = self.group("b")
        self.in_force(capital("1", ("2018-07-01", "1000")))
        # No limit of the pack stands over the group yet: what its members have drawn counts all the same.
        low, middle, high = (self.draft("b", amount) for amount in ("140", "140.01", "160"))
        lex2 = ("group", "CN.LEX2", "140.00")
        self.assertEqual(self.broken(low), [])
        self.assertEqual(self.broken(middle), [(*lex2, "140.01", "0.01")])
        self.assertEqual(self.broken(high), [(*lex2, "160.00", "20.00"),
                                             ("customer", "CN.LEX1", "150.00", "160.00", "10.00")])
        self.assertEqual(self.bank.server.get(f"/v1/limits/{group}.R1").status, 404)  # nothing was changed
        self.move("limit", group, cap="100", currency="CNY")
        self.assertEqual(self.broken(low), [("group", None, "40.00", "140.00", "100.00")])
        said = self.check(low)["broken"][0]
        self.assertEqual(said["zh"], f"集团{group}，集团授信总额：可用40.00，需要140.00，超出100.00 CNY")
        self.assertEqual(said["en"], f"group {group}, total limit of the group: room 40.00, needed 140.00,"
                         " too much by 100.00 CNY")
        # A new figure of capital is the one that counts, before it has reached the limits that stand.
        self.in_force(capital("2", ("2018-07-01", "500")))
        self.assertIn(("group", "CN.LEX2", "40.00", "140.00", "100.00"), self.broken(low))
        said = [one for one in self.check(low)["broken"] if one.get("rule") == "CN.LEX2"][0]
        self.assertEqual(said["zh"], f"集团{group}，非同业关联客户大额风险暴露（CN.LEX2）：可用40.00，需要140.00，超出100.00 CNY")
        # A currency without a rate is named, and does not hide the others.
        foreign = self.done("wang", "/v1/applications", {"organisation": "north", "proposal": {
            "customer": "b", "type": "new", "purpose": "x", "currency": "USD", "amount": "900", "lines": [
                {"product": "LOAN", "amount": "900", "tenor_months": 12, "revolving": True}]}}, 201)["id"]
        self.assertEqual({(one["scope"], one["reason"]) for one in self.check(foreign)["broken"]},
                         {("group", "rate_not_set"), ("customer", "bad_currency")})
        self.bank.server.post([{"op": "rate.set", "id": "r1", "currency": "USD", "rate": "7"}])
        figures = {(one["scope"], one.get("rule")): one.get("required") for one in self.check(foreign)["broken"]}
        self.assertEqual((figures["group", "CN.LEX2"], figures["group", None]), ("6300.00", "6300.00"))
        # Who stands alone is asked about the customer alone.
        self.assertEqual(self.broken(self.draft("c", "75.01")), [("customer", "CN.LEX1", "75.00", "75.01", "0.01")])
        answer = self.ask("zhao", "POST", f"/v1/applications/{low}/check")
        self.assertEqual(answer.status, 404)

    def test_a_new_figure_of_capital_reaches_a_customer_of_no_group(self):
        target = "/v1/customers/a/rules"
        self.problem(self.ask("sun", "POST", f"{target}/preview"), 409, "no-pack")
        self.in_force(capital("1", ("2018-07-01", "1000")))
        self.limits(("RA", "a", "rule", 150, []), ("TA", "a", "total", 100, ["RA"]), ("LA", "a", "line", 80, ["TA"]),
                    ("TB", "b", "total", 100, []))
        self.bank.server.post([draw("d1", "LA", "60")])
        looked = self.ask("wang", "POST", f"{target}/preview").json()
        self.assertEqual(looked, {"limits": [], "over": [], "holds": True})
        self.assertEqual(self.done("sun", target, {"reason": "x"}), {"commands": 0})
        self.in_force(capital("2", ("2018-07-01", "300")))
        looked = self.ask("wang", "POST", f"{target}/preview").json()
        caps = [(row["before"]["cap"], row["after"]["cap"]) for row in looked["limits"]]
        self.assertEqual(caps, [("150.00", "45.00")])
        self.assertEqual((looked["over"], self.limit("RA")), (["RA"], ("60.00", "150.00", [])))
        self.assertEqual(self.ask("wang", "POST", target, {"reason": "x"}).status, 403)
        self.assertEqual(self.done("sun", target, {"reason": "资本净额"}, 200), {"commands": 1})
        self.until("RA", ("60.00", "45.00", []))
        self.assertEqual(self.bank.server.post([draw("d2", "LA", "0.01")])[0]["result"], "refused")
        # What is missing is opened above the total; the store knows of it, so that the next one finds it.
        self.done("sun", "/v1/customers/b/rules", {"reason": "x"})
        for _ in range(200):
            if self.limit("TB")[2]:
                break
            time.sleep(0.05)
        own, = self.limit("TB")[2]
        self.assertRegex(own, r"^CR-[0-9]+\.R1$")
        self.assertEqual(self.limit(own), ("0.00", "45.00", []))
        for _ in range(200):
            answer = self.ask("sun", "POST", "/v1/customers/b/rules", {"reason": "x"})
            if answer.status == 200:
                break
            time.sleep(0.05)
        self.assertEqual(answer.json(), {"commands": 0})
        self.assertEqual(self.ask("wang", "GET", f"/v1/limits/{own}").json()["cap"], "45.00")
        trail = self.bank.server.get("/v1/audit?subject=customer/a").json()["items"]
        self.assertIn(("customer.rules", "sun", "资本净额"), [(e["action"], e["actor"], e.get("reason")) for e in trail])
        # In a group it is the group's to move; and what is wrong is refused.
        self.group("c", lead="d")
        self.problem(self.ask("sun", "POST", "/v1/customers/c/rules", {"reason": "x"}), 409, "in-group")
        for who, customer in (("xu", "a"), ("sun", "none")):
            self.problem(self.ask(who, "POST", f"/v1/customers/{customer}/rules", {"reason": "x"}), 404, "not-found")
        for body in ({}, {"reason": ""}, {"reason": 7}, {"more": "x"}, b"{", b"[]"):
            self.assertEqual(self.ask("sun", "POST", target, body).status, 400, body)

    def test_loops_of_ties_count_once(self):
        """Two that hold each other are one group: what they draw counts once, whoever leads."""
        self.in_force(capital("1", ("2018-07-01", "1000")))
        for customer, other in (("a", "b"), ("b", "a")):
            self.tie(customer, "share", other, "51")
        self.totals("a", "b")
        self.bank.server.post([draw("d1", "LA", "60"), draw("d2", "LB", "50")])
        group = self.group("b")
        self.moved(group)
        self.assertEqual(self.limit("GR-00000001.R1")[0], "110.00")
        # Nor can a limit of the pack be hung below what it stands over.
        loop, = self.bank.server.post([{"op": "limit.move", "id": "m1", "limit": "GR-00000001.R1", "parents": ["TA"]}])
        self.assertNotEqual(loop["result"], "ok")


class SqliteGroupRules(GroupRules, unittest.TestCase):
    def sql(self, statements):
        with contextlib.closing(sqlite3.connect(self.bank.server.directory / "credit.db")) as database, database:
            for statement in statements:
                database.execute(statement)


class PostgresGroupRules(OnPostgres, GroupRules, unittest.TestCase):
    def sql(self, statements):
        self.psql("; ".join(statements))


class Decided(Told):
    """A line of the thin story whose customer belongs to a group."""

    def test_a_decision_opens_the_lines_below_the_limits_of_the_group(self):
        bank = self.bank
        for step in self.story.STEPS:
            if bank.application and not getattr(self, "group", None):
                self.group = self.server.ask("POST", "/v1/groups", {
                    "name": "甲集团", "organisation": self.organisation(bank), "lead": bank.customer,
                    "reason": "x"}).json()["id"]
            step(bank)
        self.assertEqual(bank.ask("GET", f"/v1/applications/{bank.application}")["state"], "active")
        total = self.server.get("/v1/limits/AP-00000001.T").json()
        self.assertEqual(total["parents"], ["AP-00000001.R1", f"{self.group}.R1"])
        rule = self.server.get(f"/v1/limits/{self.group}.R1").json()
        self.assertEqual((rule["cap"], rule["used"]), ("1400000000.00", "5000000.00"))

    def test_a_decision_waits_for_its_group(self):
        """A limit that counts the customer is yet to be opened, and something of the group is under way: what was
        approved is not decided before, and is decided when the program looks again."""
        bank = self.bank
        steps = list(self.story.STEPS)
        decision = steps.index(self.story.the_decision)
        for step in steps[:decision]:
            step(bank)
        group = self.server.ask("POST", "/v1/groups", {
            "name": "甲集团", "organisation": self.organisation(bank), "lead": bank.customer, "reason": "x"}).json()["id"]
        self.until(lambda: self.server.get(f"/v1/group-moves?group={group}").json()["items"][0]["state"] == "done")
        self.sql(f"UPDATE group_rule SET state = 'closed' WHERE group_id = '{group}'")
        self.sql(f"UPDATE customer_group SET moving = 7 WHERE id = '{group}'")
        steps[decision](bank)
        time.sleep(1.5)
        self.assertEqual(self.application(bank)["state"], "submitted")
        self.assertEqual(self.application(bank)["decisions"], [])
        self.server.restart()  # it waits over a start, too
        bank.url = self.server.url
        time.sleep(1)
        self.assertEqual(self.application(bank)["decisions"], [])
        self.assertEqual(self.server.get(f"/v1/limits/{bank.application}.T").status, 404)
        # It looks again when the ledger has answered somebody, and at each start.
        self.sql(f"UPDATE customer_group SET moving = NULL WHERE id = '{group}'")
        self.server.restart()
        bank.url = self.server.url
        self.until(lambda: self.application(bank)["state"] == "active")
        self.assertEqual([row["state"] for row in self.application(bank)["decisions"]], ["active"])
        total = self.server.get(f"/v1/limits/{bank.application}.T").json()
        self.assertEqual(total["parents"], [f"{bank.application}.R1", f"{group}.R2"])

    def until(self, holds):
        for _ in range(200):
            if holds():
                return
            time.sleep(0.05)
        self.fail("it did not come to that")

    def application(self, bank):
        return bank.ask("GET", f"/v1/applications/{bank.application}")

    def organisation(self, bank):
        return bank.ask("GET", f"/v1/applications/{bank.application}")["organisation"]


class SqliteDecided(Decided, unittest.TestCase):
    def fresh(self):
        return None

    def sql(self, statement):
        with contextlib.closing(sqlite3.connect(self.server.directory / "credit.db", timeout=30)) as database, database:
            database.execute(statement)


class PostgresDecided(OnPostgres, Decided, unittest.TestCase):
    def sql(self, statement):
        self.psql(statement)


if __name__ == "__main__":
    unittest.main()
