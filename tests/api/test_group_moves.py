"""Groups' total limits, customers that join and leave, groups merged and split, with their limits, through the server
on both databases, and killed meanwhile."""

import contextlib
import random
import signal
import sqlite3
import threading
import time
import unittest

from headroom_server import draw
from postgres_case import OnPostgres
from test_groups import GroupBank


class GroupMoves(GroupBank):
    def propose(self, kind, group, who="wang", status=201, **more):
        answer = self.ask(who, "POST", "/v1/group-moves", {"kind": kind, "group": group, "reason": "集团授信", **more})
        self.assertEqual(answer.status, status, answer)
        return answer.json().get("number")

    def over(self, number):
        return self.ask("sun", "GET", f"/v1/group-moves/{number}").json()["preview"]["over"]

    def settle(self, number):
        for _ in range(200):
            move = self.ask("qian", "GET", f"/v1/group-moves/{number}").json()
            if move["state"] != "owed":
                return move
            time.sleep(0.05)
        return self.fail("the ledger's answer did not come")

    def consent(self, number, who="sun"):
        """Where somebody agrees to what a move would do now."""
        preview = self.ask(who, "GET", f"/v1/group-moves/{number}").json().get("preview", {})
        return f"/v1/group-moves/{number}/agree?shown={preview.get('hash', '')}"

    def move(self, kind, group, state="done", accepted=None, agrees="sun", **more):
        number = self.propose(kind, group, **more)
        self.done(agrees, self.consent(number), {"accepted_over": accepted} if accepted else {})
        move = self.settle(number)
        self.assertEqual(move["state"], state, move)
        return move

    def banked(self, *more):
        """Totals and lines of a to d, and more limits; 60, 50, 40 are drawn on those of a, b, c."""
        self.limits(*[row for n in "ABCD" for row in (
            (f"R{n}", n.lower(), "rule", 120, []), (f"T{n}", n.lower(), "total", 100, [f"R{n}"]),
            (f"L{n}", n.lower(), "line", 80, [f"T{n}"]))], *more)
        self.bank.server.post([draw(f"d{n}", f"L{n}", amount) for n, amount in (("A", "60"), ("B", "50"), ("C", "40"))])

    def limit(self, name):
        answer = self.bank.server.get(f"/v1/limits/{name}").json()
        return answer["used"], answer["cap"], answer["parents"]

    def parents(self, *names):
        return [self.limit(name)[2] for name in names]

    def test_a_total_is_opened_over_its_members_and_counts_all(self):
        self.banked()
        group = self.group("b")
        number = self.propose("limit", group, cap="150", currency="CNY")
        move = self.ask("sun", "GET", f"/v1/group-moves/{number}").json()
        self.assertEqual((move["kind"], move["cap"], move["state"]), ("limit", "150.00", "proposed"))
        preview = move["preview"]
        self.assertEqual((preview["holds"], preview["over"]), (True, []))
        after = {row["after"]["id"]: (row["after"]["used"], row["after"]["parents"], "before" in row)
                 for row in preview["limits"]}
        self.assertEqual(after["GR-00000001.T"], ("110.00", [], False))
        self.assertEqual(after["TA"], ("60.00", ["RA", "GR-00000001.T"], True))
        # The proposer does not agree, nor a token, nor another role, nor another legal entity.
        target = self.consent(number)
        for who, status in (("wang", 403), (None, 403), ("xu", 404)):
            self.assertEqual(self.ask(who, "POST", target, {}).status, status, who)
        self.assertEqual(self.bank.server.get("/v1/limits/GR-00000001.T").status, 404)
        self.done("sun", target, {})
        self.assertEqual(self.settle(number)["agreed_by"], "sun")
        self.problem(self.ask("qian", "POST", target, {}), 409, "already-decided")
        self.assertEqual(self.limit("GR-00000001.T"), ("110.00", "150.00", []))
        self.assertEqual(self.parents("TA", "TB"), [["RA", "GR-00000001.T"], ["RB", "GR-00000001.T"]])
        document = self.document(group)
        self.assertEqual([(row["depth"], row["limit"]["id"], row["limit"]["available"]) for row in document["limits"]],
                         [(0, "GR-00000001.T", "40.00"), (1, "TA", "40.00"), (2, "LA", "20.00"),
                          (1, "TB", "50.00"), (2, "LB", "30.00")])
        self.assertEqual((document["version"], document["limit"]), (2, "GR-00000001.T"))
        # What is drawn by any member counts for all.
        drawn = self.bank.server.post([draw("d1", "LA", "15"), draw("d2", "LB", "30")])
        self.assertEqual([one["result"] for one in drawn], ["ok", "refused"])
        self.move("limit", group, cap="300", currency="CNY")
        self.assertEqual(self.limit("GR-00000001.T"), ("125.00", "300.00", []))
        self.problem(self.ask("wang", "POST", "/v1/group-moves", {"kind": "limit", "group": group, "cap": "5",
                                                                  "currency": "USD", "reason": "x"}),
                     409, "currency-differs")

    def test_a_customer_joins_and_leaves_with_its_limit(self):
        self.banked()
        group = self.group()
        self.move("limit", group, cap="100", currency="CNY")
        # Not enough room: what would be over is named, and nothing has changed.
        number = self.propose("join", group, customers=["b", "f"])
        self.assertEqual(self.over(number), ["GR-00000001.T"])
        target = self.consent(number)
        for sent in ({}, {"accepted_over": []}, {"accepted_over": ["TB"]}):
            self.assertEqual(self.problem(self.ask("sun", "POST", target, sent), 409, "no-room")["over"],
                             ["GR-00000001.T"])
        for sent in ([], {"accepted": []}, {"accepted_over": "x"}, b"{"):
            self.problem(self.ask("sun", "POST", target, sent), 400, "bad-body")
        self.assertEqual((self.members(group), self.parents("TB")), (["a"], [["RB"]]))
        self.done("sun", target, {"accepted_over": ["GR-00000001.T"]})
        self.assertEqual(self.settle(number)["state"], "done")
        self.assertEqual((self.members(group), self.parents("TB")), (["a", "b", "f"], [["RB", "GR-00000001.T"]]))
        self.assertEqual(self.limit("GR-00000001.T"), ("110.00", "100.00", []))
        self.move("leave", group, customers=["b"])
        self.assertEqual((self.members(group), self.parents("TB")), (["a", "f"], [["RB"]]))
        self.assertEqual(self.limit("GR-00000001.T")[0], "60.00")
        steps = [v["action"] for v in self.ask("wang", "GET", f"/v1/groups/{group}/history").json()["items"]]
        self.assertEqual(steps, ["group.leave", "group.join", "group.limit", "group.create"])
        # It may come again, and what was rejected stays undone.
        number = self.propose("join", group, customers=["b"])
        self.done("wang", f"/v1/group-moves/{number}/reject", {"reason": "误提"})
        self.problem(self.ask("sun", "POST", self.consent(number), {}), 409, "already-decided")
        self.assertEqual(self.members(group), ["a", "f"])

    def test_a_refusal_of_the_ledger_is_shown_and_nothing_is_half_done(self):
        self.banked()
        group = self.group()
        self.move("limit", group, cap="500", currency="CNY")
        # Between the consent and the chain the ledger has changed: what the total of c stands below is closed to it.
        number = self.propose("join", group, customers=["b", "c"])
        self.bank.server.post([{"op": "limit.move", "id": "m1", "limit": "GR-00000001.T", "parents": ["TC"]}])
        preview = self.ask("sun", "GET", f"/v1/group-moves/{number}").json()["preview"]
        self.assertFalse(preview["holds"])
        self.assertIn("result", preview["refusal"])
        self.done("sun", self.consent(number), {})
        move = self.settle(number)
        self.assertEqual(move["state"], "refused")
        self.assertTrue(any(one["result"] not in ("ok", "exists") for one in move["answer"]), move)
        self.assertEqual((self.members(group), self.parents("TB", "TC")), (["a"], [["RB"], ["RC"]]))
        # The customers are free again.
        self.tie("c", "control", "a")
        self.move("join", group, customers=["b"], accepted=["TC", "RC"])
        self.assertEqual(self.members(group), ["a", "b"])

    def test_two_groups_become_one(self):
        self.banked()
        one, two = self.group("b"), self.group("d", name="乙集团", lead="c")
        self.move("limit", one, cap="200", currency="CNY")
        self.problem(self.ask("wang", "POST", "/v1/group-moves", {"kind": "merge", "group": one, "target": two,
                                                                  "reason": "x"}), 409, "no-group-limit")
        self.move("limit", two, cap="100", currency="CNY")
        number = self.propose("merge", one, target=two)
        self.assertEqual(self.over(number), ["GR-00000002.T"])
        self.done("sun", f"/v1/group-moves/{number}/reject", {"reason": "x"})
        self.move("merge", one, target=two, cap_moves=True)
        self.assertEqual(self.limit("GR-00000002.T"), ("150.00", "300.00", []))
        self.assertEqual((self.members(one), self.members(two)), ([], ["a", "b", "c", "d"]))
        self.assertEqual(self.parents("TA", "TC"), [["RA", "GR-00000002.T"], ["RC", "GR-00000002.T"]])
        gone = self.document(one)
        self.assertEqual((gone["merged_into"], gone.get("limit")), (two, None))
        self.assertEqual(self.bank.server.get("/v1/limits/GR-00000001.T").json()["status"], "closed")
        for body in ({"kind": "join", "group": one, "customers": ["e"]},
                     {"kind": "merge", "group": two, "target": one}):
            self.problem(self.ask("wang", "POST", "/v1/group-moves", {**body, "reason": "x"}), 409, "group-merged")
        self.problem(self.ask("wang", "PUT", f"/v1/groups/{one}", {"name": "x", "reason": "x"}, If_Match='"3"'),
                     409, "group-merged")

    def test_a_part_becomes_a_group(self):
        self.banked()
        group = self.group("b", "c")
        self.move("limit", group, cap="200", currency="CNY")
        new = {"customers": ["b", "c"], "name": "乙集团", "organisation": "north", "lead": "c"}
        for change, status, slug in (({}, 409, "no-group-limit"), ({"lead": "a"}, 409, "group-lead"),
                                     ({"customers": ["a", "b"], "lead": "b"}, 409, "group-lead"),
                                     ({"customers": ["d"], "lead": "d"}, 409, "not-in-group"),
                                     ({"organisation": "leasing", "cap": "5", "currency": "CNY"}, 400,
                                      "no-organisation"),
                                     ({"cap": "200", "currency": "CNY", "cap_moves": True}, 409, "no-group-limit")):
            self.problem(self.ask("wang", "POST", "/v1/group-moves",
                                  {"kind": "split", "group": group, "reason": "x", **new, **change}), status, slug)
        move = self.move("split", group, cap="120", currency="CNY", cap_moves=True, **new)
        made = move["made"]
        self.assertEqual(self.limit(f"{made}.T"), ("90.00", "120.00", []))
        self.assertEqual(self.limit("GR-00000001.T"), ("60.00", "80.00", []))
        self.assertEqual((self.members(group), self.members(made)), (["a"], ["b", "c"]))
        document = self.document(made)
        self.assertEqual((document["name"], document["lead"], document["limit"]), ("乙集团", "c", f"{made}.T"))
        # And together again.
        self.move("merge", made, target=group, cap_moves=True)
        self.assertEqual(self.limit("GR-00000001.T"), ("150.00", "200.00", []))
        self.assertEqual(self.members(group), ["a", "b", "c"])

    def test_who_agrees_names_what_they_were_shown(self):
        self.banked()
        group = self.group("b")
        asked = {"kind": "limit", "group": group, "cap": "200", "currency": "CNY"}
        seen = self.done("wang", "/v1/group-moves/preview", asked)
        self.assertEqual((seen["kind"], seen["cap"], seen["preview"]["holds"]), ("limit", "200.00", True))
        self.assertEqual(sorted(seen["preview"]["customers"]), ["a", "b"])
        self.assertEqual({row["after"]["id"] for row in seen["preview"]["limits"] if "before" not in row},
                         {"GR-00000001.T"})
        self.assertEqual((self.bank.server.get("/v1/limits/GR-00000001.T").status,
                          self.ask("wang", "GET", "/v1/group-moves").json()["items"]), (404, []))
        number = self.propose("limit", group, cap="200", currency="CNY")
        # One and the same to whoever looks, and whatever is drawn meanwhile.
        shown = {self.consent(number, who) for who in ("wang", "sun", "qian")}
        self.bank.server.post([draw("d9", "LA", "1")])
        shown.add(self.consent(number))
        self.assertEqual(len(shown), 1)
        target, given = shown.pop().split("?shown=")
        self.assertRegex(given, "^[0-9a-f]{64}$")
        for query in ("", "?shown="):
            self.problem(self.ask("sun", "POST", f"{target}{query}", {}), 428, "shown-needed")
        for wrong in ("0" * 64, given[:-1], given.upper() + "x", "%27", "x" * 3000):
            self.problem(self.ask("sun", "POST", f"{target}?shown={wrong}", {}), 412, "shown-changed")
        self.assertEqual(self.ask("sun", "POST", f"{target}?shown=%00", {}).status, 400)
        self.assertEqual(self.ask("sun", "POST", f"{target}?seen={given}", {}).status, 400)
        self.problem(self.ask("wang", "POST", f"{target}?shown={given}", {}), 403, "role-needed")
        # Somebody who joins meanwhile makes another thing of it.
        self.sql(["INSERT INTO customer_group_member (group_id, number, legal_entity, customer, reason, since)"
                  f" VALUES ('{group}', 3, 'bank', 'c', 'x', 1)"])
        self.problem(self.ask("sun", "POST", f"{target}?shown={given}", {}), 412, "shown-changed")
        self.done("sun", self.consent(number), {})
        self.assertEqual(self.settle(number)["state"], "done")
        self.assertEqual(self.parents("TC"), [["RC", "GR-00000001.T"]])

    def test_what_a_move_would_do_is_for_those_who_reach_all_of_it(self):
        self.banked(("TG", "g", "total", 100, []))
        for who, place in (("li", "north"), ("lu", "south")):
            self.bank.user(who, place, (place, "limit_manager"))
            self.sessions.also(who)
        north = self.group("b")
        south = self.group(name="南集团", lead="g", who="zhao", organisation="south")
        for group in (north, south):
            self.move("limit", group, who="sun", agrees="qian", cap="300", currency="CNY")
        # Either branch knows of the merge, neither sees the limits of the other's customers, nor agrees for it.
        number = self.propose("merge", north, who="sun", target=south, cap_moves=True)
        target, shown = f"/v1/group-moves/{number}", self.consent(number, "qian")
        for who in ("li", "wang", "lu", "zhao"):
            move = self.ask(who, "GET", target).json()
            self.assertEqual((move["group"], move.get("preview")), (north, None), who)
        for who in ("li", "lu"):
            self.problem(self.ask(who, "POST", shown, {}), 404, "group-not-found")
        self.assertEqual(self.members(north), ["a", "b"])
        self.done("qian", shown, {})
        self.assertEqual(self.settle(number)["state"], "done")
        # Who sees one member of a group is not shown the limits of the others by way of a move.
        for body in ({"kind": "limit", "cap": "50", "currency": "CNY"}, {"kind": "join", "customers": ["c"]},
                     {"kind": "leave", "customers": ["a"]}):
            number = self.propose(body.pop("kind"), south, who="sun", **body)
            self.assertEqual(self.document(south)["id"], south)
            self.assertNotIn("preview", self.ask("wang", "GET", f"/v1/group-moves/{number}").json())
            self.assertIn("preview", self.ask("qian", "GET", f"/v1/group-moves/{number}").json())
            if "customers" in body and body["customers"] == ["c"]:
                # The group is the south's, who joins is not.
                self.problem(self.ask("lu", "POST", self.consent(number, "qian"), {}), 404, "not-found")
            self.done("sun", f"/v1/group-moves/{number}/reject", {"reason": "x"})

    def test_a_preview_is_for_those_who_could_propose(self):
        self.banked()
        group = self.group("b")
        good = {"kind": "join", "group": group, "customers": ["c"]}
        self.assertEqual(self.done("sun", "/v1/group-moves/preview", good)["preview"]["over"], [])
        for who in ("zhao", "xu"):
            self.problem(self.ask(who, "POST", "/v1/group-moves/preview", good), 404, "group-not-found")
        for change, status, slug in (({"customers": ["g"]}, 404, "not-found"), ({"customers": ["b"]}, 409, "in-group"),
                                     ({"kind": "leave"}, 409, "not-in-group"), ({"kind": "x"}, 400, "bad-body"),
                                     ({"customers": []}, 400, "bad-body"), ({"group": "x"}, 404, "group-not-found")):
            self.problem(self.ask("wang", "POST", "/v1/group-moves/preview", {**good, **change}), status, slug)
        for body in (b"", b"{", b"null", b"\xff"):
            self.problem(self.ask("wang", "POST", "/v1/group-moves/preview", body), 400, "bad-body")

    def test_a_member_is_merged_only_after_it_has_left(self):
        self.banked()
        self.group("b")
        body = {"kind": "merge", "source": "b", "target": "c", "reason": "x"}
        self.problem(self.ask("wang", "POST", "/v1/customer-moves", body), 409, "in-group")

    def test_a_total_that_becomes_a_members_counts_for_its_group(self):
        self.limits(("TB", "b", "total", 100, []))
        group = self.group()
        self.move("limit", group, cap="500", currency="CNY")
        number = self.done("wang", "/v1/customer-moves", {"kind": "merge", "source": "b", "target": "a", "reason": "x"},
                           201)["number"]
        self.done("sun", self.agreement(number), {})
        self.assertEqual(self.settled(number)["state"], "done")
        self.assertEqual(self.parents("TB"), [["GR-00000001.T"]])

    def test_what_is_wrong_is_refused(self):
        self.banked()
        group = self.group("b")
        good = {"kind": "join", "group": group, "customers": ["c"], "reason": "x"}
        for change, status, slug in (
                ({"kind": "grow"}, 400, "bad-body"), ({"kind": None}, 400, "bad-body"), ({"more": 1}, 400, "bad-body"),
                ({"cap": "5", "currency": "CNY"}, 400, "bad-body"), ({"customers": []}, 400, "bad-body"),
                ({"customers": ["c", "c"]}, 400, "bad-body"), ({"customers": [7]}, 400, "bad-body"),
                ({"customers": ["A B"]}, 400, "bad-body"), ({"customers": "c"}, 400, "bad-body"),
                ({"customers": [f"n{i}" for i in range(501)]}, 400, "bad-body"),
                ({"customers": [f"n{i}" for i in range(500)]}, 404, "not-found"),
                ({"customers": ["none"]}, 404, "not-found"), ({"customers": ["g"]}, 404, "not-found"),
                ({"customers": ["b"]}, 409, "in-group"), ({"group": "GR-00000007"}, 404, "group-not-found"),
                ({"group": "x" * 3000}, 404, "group-not-found"), ({"group": 7}, 400, "bad-body"),
                ({"reason": ""}, 400, "bad-body"), ({"reason": " "}, 400, "bad-reason"),
                ({"reason": "x" * 501}, 400, "bad-reason"),
                ({"kind": "leave", "customers": ["a"]}, 409, "group-lead"),
                ({"kind": "leave", "customers": ["c"]}, 409, "not-in-group"),
                ({"kind": "merge", "target": group}, 400, "bad-body"), ({"kind": "split"}, 400, "bad-body"),
                ({"kind": "limit"}, 400, "bad-body")):
            with self.subTest(change=str(change)[:60]):
                self.problem(self.ask("wang", "POST", "/v1/group-moves", {**good, **change}), status, slug)
        for cap in ("0", "-1", "1.001", "1e3", "", "9" * 40, "x"):
            body = {"kind": "limit", "group": group, "cap": cap, "currency": "CNY", "reason": "x"}
            self.problem(self.ask("wang", "POST", "/v1/group-moves", body), 400, "bad-body")
        self.problem(self.ask("wang", "POST", "/v1/group-moves", {"kind": "merge", "group": group, "target": group,
                                                                  "reason": "x"}), 400, "no-other")
        for body in (b"", b"[]", b"{", b"null", b"\xff"):
            self.problem(self.ask("wang", "POST", "/v1/group-moves", body), 400, "bad-body")
        for who in ("zhao", "xu"):
            self.assertIn(self.ask(who, "POST", "/v1/group-moves", good).status, (403, 404), who)
        for target in ("7", "x", "-1", "9" * 30):
            self.problem(self.ask("wang", "GET", f"/v1/group-moves/{target}"), 404, "not-found")
        self.propose("join", group, customers=["c"])
        self.problem(self.ask("wang", "POST", "/v1/group-moves", good), 409, "move-open")
        items = self.ask("wang", "GET", f"/v1/group-moves?group={group}").json()["items"]
        self.assertEqual([(item["kind"], item["customers"]) for item in items], [("join", ["c"])])
        self.assertEqual(self.ask("zhao", "GET", "/v1/group-moves").json()["items"], [])

    def agree_and_kill(self, number, delay):
        """Agrees, and ends the server meanwhile; whether the answer came does not matter."""
        def agree():
            with contextlib.suppress(OSError, ValueError):
                self.ask("sun", "POST", self.consent(number), {})
        asking = threading.Thread(target=agree)
        asking.start()
        time.sleep(delay)
        self.bank.server.stop(signal.SIGKILL)
        asking.join()
        self.bank.server.start()
        self.sign_in()
        if self.ask("qian", "GET", f"/v1/group-moves/{number}").json()["state"] == "proposed":
            self.done("sun", self.consent(number), {})
        return self.settle(number)["state"]

    def test_killed_at_any_time_each_is_done_once(self):
        self.banked()
        group = self.group()
        self.move("limit", group, cap="500", currency="CNY")
        rounds = 8
        for i in range(rounds):
            kind, used, members, parents = (("join", "150.00", ["a", "b", "c"], [["RB", "GR-00000001.T"]]),
                                            ("leave", "60.00", ["a"], [["RB"]]))[i % 2]
            number = self.propose(kind, group, customers=["b", "c"])
            self.assertEqual(self.agree_and_kill(number, random.Random(i).random() * 0.04), "done")
            self.assertEqual((self.limit("GR-00000001.T")[0], self.members(group), self.parents("TB")),
                             (used, members, parents), i)
        events = self.bank.ask("GET", "/v1/events?limit=1000").json()["events"]
        steps = [e["op"] for e in events if e["source"] == "credit"]
        self.assertEqual([steps.count(op) for op in ("group-move.finish", "group.join", "group.leave", "ledger.order",
                                                     "ledger.accept")],
                         [rounds + 1, rounds // 2, rounds // 2, rounds + 1, rounds + 1])
        moves = [e for e in events if e["source"] == "ledger" and e["op"] == "limit.move"]
        self.assertEqual(len(moves), 2 * rounds + 1)


class SqliteGroupMoves(GroupMoves, unittest.TestCase):
    def sql(self, statements):
        with contextlib.closing(sqlite3.connect(self.bank.server.directory / "credit.db")) as database, database:
            for statement in statements:
                database.execute(statement)


class PostgresGroupMoves(OnPostgres, GroupMoves, unittest.TestCase):
    def sql(self, statements):
        self.psql("; ".join(statements))


if __name__ == "__main__":
    unittest.main()
