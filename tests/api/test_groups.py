"""Groups of customers through the server, on both databases: entered, changed, seen, listed, as of a day."""

import base64
import contextlib
import datetime
import sqlite3
import unittest
import urllib.parse

from headroom_server import draw
from postgres_case import OnPostgres
from test_customer_moves import MoveBank
from test_customers import firm


class GroupBank(MoveBank):
    """The bank of the merges, with customers a to f at the north branch and g at the south."""

    def setUp(self):
        super().setUp()
        for number, name in enumerate("abcdef", 11):
            self.done("wang", "/v1/customers", {**firm(number, f"第{number}公司"), "id": name}, 201)
        self.done("zhao", "/v1/customers", {**firm(20, "南方公司", "south"), "id": "g"}, 201)

    def tie(self, customer, kind, other, share=None, who="wang"):
        body = {"kind": kind, "other": other, "reason": "工商登记", **({"share": share} if share else {})}
        self.done(who, f"/v1/customers/{customer}/ties", body, 201)

    def group(self, *members, name="甲集团", lead="a", who="wang", organisation="north"):
        return self.done(who, "/v1/groups", {"name": name, "organisation": organisation, "lead": lead,
                                             "members": list(members), "reason": "集团认定"}, 201)["id"]

    def document(self, group, who="wang", query=""):
        answer = self.ask(who, "GET", f"/v1/groups/{group}{query}")
        self.assertEqual(answer.status, 200, answer)
        return answer.json()

    def members(self, group, who="sun", query=""):
        return sorted(m["customer"] for m in self.document(group, who, query)["members"])


class Groups(GroupBank):
    def test_customers_of_two_branches_are_merged_by_who_reaches_both(self):
        self.limits(("TA", "a", "total", 100, []), ("TG", "g", "total", 50, []))
        for who, place in (("li", "north"), ("lu", "south")):
            self.bank.user(who, place, (place, "limit_manager"))
            self.sessions.also(who)
        number = self.done("sun", "/v1/customer-moves", {"kind": "merge", "source": "a", "target": "g",
                                                         "reason": "x"}, 201)["number"]
        target = f"/v1/customer-moves/{number}"
        for who in ("li", "lu", "wang"):
            move = self.ask(who, "GET", target).json()
            self.assertEqual((move["source"], move["target"], move.get("preview")), ("a", "g", None), who)
        for who in ("li", "lu"):
            self.problem(self.ask(who, "POST", f"{target}/agree", {}), 404, "customer-not-found")
        self.assertIn("preview", self.ask("qian", "GET", target).json())
        self.done("qian", self.agreement(number, "qian"), {})
        self.assertEqual(self.settled(number)["state"], "done")

    def test_why_each_belongs(self):
        # a holds 60 of b; a 30 and b 25 of c; d depends on c; e and a hold each other: a loop; f is nobody's.
        for customer, kind, other, share in (("b", "share", "a", "60"), ("c", "share", "a", "30"),
                                             ("c", "share", "b", "25.5"), ("d", "dependence", "c", None),
                                             ("a", "share", "e", "51"), ("e", "share", "a", "51")):
            self.tie(customer, kind, other, share)
        group = self.group("b", "c", "f")
        document = self.document(group)
        self.assertEqual((document["id"], document["version"], document["name"], document["legal_entity"],
                          document["organisation"], document["lead"]),
                         ("GR-00000001", 1, "甲集团", "bank", "north", "a"))
        members = {m["customer"]: m for m in document["members"]}
        self.assertEqual({key: (m["basis"], m["top"], m["loop"], m.get("held")) for key, m in members.items()},
                         {"a": ("control", True, True, "51.00"), "b": ("control", False, False, "60.00"),
                          "c": ("control", False, False, "55.50"), "f": ("entered", False, False, None)})
        steps = [(s["customer"], s["other"], s.get("share")) for s in members["c"]["path"]]
        self.assertEqual(steps, [("c", "a", "30.00"), ("a", "e", "51.00"), ("e", "a", "51.00")])
        self.assertEqual([s["other"] for s in members["c"]["dependence"]], ["c"])
        self.assertEqual(sorted(document["ultimate_parents"]), ["a", "e"])
        self.assertEqual({u["customer"]: u["basis"] for u in document["unlisted"]}, {"d": "dependence", "e": "control"})
        self.assertEqual((document["complete"], document["limits"], document["more_limits"]), (True, [], False))

    def test_the_limits_of_its_members_stand_in_it(self):
        group = self.group("b")
        self.limits(("TA", "a", "total", 100, []), ("LA", "a", "line", 80, ["TA"]), ("TB", "b", "total", 50, []),
                    ("TC", "c", "total", 50, []))
        self.bank.server.post([draw("d1", "LA", "60.00")])
        limits = self.document(group)["limits"]
        self.assertEqual([(row["depth"], row["customer"], row["limit"]["id"], row["limit"]["used"]) for row in limits],
                         [(0, "a", "TA", "60.00"), (1, "a", "LA", "60.00"), (0, "b", "TB", "0.00")])
        today = datetime.datetime.now(datetime.timezone(datetime.timedelta(hours=8))).date()
        self.assertIn("limits", self.document(group, query=f"?as_of={today}"))
        # The version says nothing of limits and ties: a copy of an hour ago is never said to be good still.
        self.bank.server.post([draw("d2", "LA", "5.00")])
        again = self.ask("wang", "GET", f"/v1/groups/{group}", If_None_Match='"1"')
        self.assertEqual((again.status, again.headers["etag"]), (200, '"1"'))
        self.assertEqual(again.json()["limits"][0]["limit"]["used"], "65.00")

    def test_who_sees_a_group(self):
        group = self.group("b")
        far = self.group(name="南集团", lead="g", who="zhao", organisation="south")
        for who, seen in (("wang", {group}), ("zhao", {far}), ("sun", {group, far}), ("xu", set())):
            items = self.ask(who, "GET", "/v1/groups").json()["items"]
            self.assertEqual({item["id"] for item in items}, seen, who)
            for one in (group, far):
                for target in (f"/v1/groups/{one}", f"/v1/groups/{one}/history"):
                    self.assertEqual(self.ask(who, "GET", target).status, 200 if one in seen else 404, (who, target))
        # Who reaches a member sees the group, and of its limits those of that member; but does not change it.
        self.limits(("TA", "a", "total", 100, []), ("TG", "g", "total", 50, []))
        self.sql([f"UPDATE customer_group_member SET until = since WHERE group_id = '{group}' AND customer = 'a'",
                  "INSERT INTO customer_group_member (group_id, number, legal_entity, customer, reason, since)"
                  f" VALUES ('{far}', 2, 'bank', 'a', 'x', 1)"])
        document = self.document(far)
        self.assertEqual([row["limit"]["id"] for row in document["limits"]], ["TA"])
        self.assertEqual(len(self.document(far, "zhao")["limits"]), 2)
        self.problem(self.ask("wang", "PUT", f"/v1/groups/{far}", {"name": "x", "reason": "x"}, If_Match='"1"'),
                     400, "no-organisation")

    def test_a_change_is_a_version_with_its_entry_and_event(self):
        group = self.group("b")
        target = f"/v1/groups/{group}"
        answer = self.ask("wang", "GET", target)
        self.assertEqual(answer.headers["etag"], '"1"')
        body = {"name": "甲控股集团", "lead": "b", "reason": "重组"}
        self.problem(self.ask("wang", "PUT", target, body), 428, "if-match-needed")
        self.problem(self.ask("wang", "PUT", target, body, If_Match='"7"'), 412, "version-changed")
        for wrong, status, slug in (({"lead": "c"}, 409, "not-in-group"),
                                    ({"organisation": "leasing"}, 400, "no-organisation"),
                                    ({"organisation": "south"}, 400, "no-organisation"),
                                    ({"members": ["c"]}, 400, "bad-body"),
                                    ({"name": ""}, 400, "bad-body"), ({"name": "x\n"}, 400, "bad-name"),
                                    ({"reason": " "}, 400, "bad-reason")):
            self.problem(self.ask("wang", "PUT", target, {**body, **wrong}, If_Match='"1"'), status, slug)
        answer = self.ask("wang", "PUT", target, body, If_Match='"1"', Idempotency_Key="k1")
        self.assertEqual((answer.status, answer.headers["etag"], answer.json()),
                         (200, '"2"', {"id": group, "version": 2}))
        again = self.ask("wang", "PUT", target, body, If_Match='"1"', Idempotency_Key="k1")
        self.assertEqual((again.status, again.json()), (200, {"id": group, "version": 2}))
        document = self.document(group)
        self.assertEqual((document["version"], document["name"], document["lead"]), (2, "甲控股集团", "b"))
        versions = self.ask("wang", "GET", f"{target}/history").json()["items"]
        self.assertEqual([(v["version"], v["action"], v["name"], v["lead"], v["recorded_by"]) for v in versions],
                         [(2, "group.update", "甲控股集团", "b", "wang"), (1, "group.create", "甲集团", "a", "wang")])
        page = self.ask("wang", "GET", f"{target}/history?limit=1").json()
        rest = self.ask("wang", "GET", f"{target}/history?limit=1&cursor={page['next']}").json()
        self.assertEqual([v["version"] for v in page["items"] + rest["items"]], [2, 1])
        trail = self.bank.ask("GET", f"/v1/audit?subject=group/{group}").json()["items"]
        self.assertEqual([(e["action"], e["actor"], e["reason"]) for e in trail],
                         [("group.create", "wang", "集团认定"), ("group.update", "wang", "重组")])
        steps = [e["op"] for e in self.bank.ask("GET", "/v1/events?limit=1000").json()["events"]
                 if e["source"] == "credit" and e["op"].startswith("group.")]
        self.assertEqual(steps, ["group.create", "group.update"])

    def test_as_of_a_day(self):
        group = self.group("b", "c")
        self.tie("b", "share", "a", "60")
        self.sql([f"UPDATE customer_group_version SET valid_from = 20000 WHERE group_id = '{group}'",
                  f"UPDATE customer_group_member SET since = 20000 WHERE group_id = '{group}'",
                  f"UPDATE customer_group_member SET until = 20010 WHERE group_id = '{group}' AND customer = 'c'",
                  "UPDATE customer_tie SET since = 20005"])
        # 20000 is 2024-10-04.
        self.problem(self.ask("wang", "GET", f"/v1/groups/{group}?as_of=2024-10-03"), 404, "group-not-found")
        then = self.document(group, query="?as_of=2024-10-04")
        self.assertEqual([m["customer"] for m in then["members"]], ["a", "b", "c"])
        self.assertEqual([m["basis"] for m in then["members"]], ["control", "entered", "entered"])
        self.assertNotIn("limits", then)
        self.assertEqual(self.members(group, query="?as_of=2024-10-13"), ["a", "b", "c"])
        later = self.document(group, query="?as_of=2024-10-14")
        self.assertEqual([(m["customer"], m["basis"]) for m in later["members"]], [("a", "control"), ("b", "control")])
        self.assertEqual(self.members(group), ["a", "b"])
        for wrong in ("2024-13-01", "x", ""):
            self.problem(self.ask("wang", "GET", f"/v1/groups/{group}?as_of={wrong}"), 400, "bad-parameter")

    def test_a_customer_has_one_group_of_a_legal_entity(self):
        group = self.group("b")
        body = {"name": "乙集团", "organisation": "north", "lead": "c", "members": ["b"], "reason": "x"}
        self.problem(self.ask("wang", "POST", "/v1/groups", body), 409, "in-group")
        self.problem(self.ask("wang", "POST", "/v1/groups", {**body, "members": ["c"]}), 409, "in-group")
        # Another legal entity has groups of its own.
        self.done(None, "/v1/groups", {**body, "organisation": "leasing", "members": ["b"]}, 201)
        items = self.ask("wang", "GET", "/v1/groups?customer=b").json()["items"]
        self.assertEqual([item["id"] for item in items], [group])

    def test_lists_by_name_and_age(self):
        names = ["丙", "甲", "乙", "丁"]
        ids = [self.group(name=f"{name}集团", lead=lead) for name, lead in zip(names, "abcd", strict=True)]
        by_name = sorted(zip(names, ids, strict=True), key=lambda row: row[0].encode())
        for query, expected in (("sort=created", ids), ("sort=-created", ids[::-1]),
                                ("sort=name", [row[1] for row in by_name]),
                                ("sort=-name", [row[1] for row in by_name][::-1]),
                                (f"match={urllib.parse.quote(names[2])}", [ids[2]]),
                                ("match=%25", []), ("customer=d", [ids[3]]), ("customer=g", [])):
            for limit in (1, 3, 200):
                found, cursor = [], ""
                while True:
                    page = self.ask("wang", "GET", f"/v1/groups?{query}&limit={limit}{cursor}").json()
                    found += [item["id"] for item in page["items"]]
                    self.assertLessEqual(len(page["items"]), limit)
                    if page["next"] is None:
                        break
                    cursor = f"&cursor={page['next']}"
                self.assertEqual(found, expected, (query, limit))
        for wrong in ("sort=size", "limit=0", "limit=201", "cursor=x", "customer=A%20B", "match=%FF", "more=1"):
            self.assertEqual(self.ask("wang", "GET", f"/v1/groups?{wrong}").status, 400, wrong)

    def test_a_place_in_a_list_tells_no_name_that_is_not_seen(self):
        own = [self.group(name=name, lead=lead) for name, lead in (("A1", "a"), ("Z1", "b"))]
        self.sql(["INSERT INTO customer_group (number, id, version, legal_entity, organisation, path, name,"
                  f" lead_customer, created) VALUES ({i}, 'GR-{i:08}', 1, 'bank', 'south', '/head/south/',"
                  f" 'M{i} hidden', 'g', 1)" for i in range(3, 48)])
        for sort, expected in (("name", own), ("-name", own[::-1]), ("created", own), ("-created", own[::-1])):
            for limit in (1, 2, 7):
                found, cursor, told = [], "", b""
                for _ in range(60):
                    page = self.ask("wang", "GET", f"/v1/groups?sort={sort}&limit={limit}{cursor}").json()
                    found += [item["id"] for item in page["items"]]
                    if page["next"] is None:
                        break
                    told += base64.urlsafe_b64decode(page["next"] + "==")
                    cursor = f"&cursor={page['next']}"
                self.assertEqual((found, page["next"]), (expected, None), (sort, limit))
                self.assertNotIn(b"hidden", told, (sort, limit))
        self.assertEqual(len(self.ask("sun", "GET", "/v1/groups?limit=200").json()["items"]), 47)

    def test_what_is_wrong_is_refused(self):
        good = {"name": "甲集团", "organisation": "north", "lead": "a", "members": ["b"], "reason": "x"}
        for change, status, slug in (
                ({"name": None}, 400, "bad-body"), ({"name": ""}, 400, "bad-body"), ({"name": 7}, 400, "bad-body"),
                ({"name": "x" * 241}, 400, "bad-name"), ({"name": "a\u0000b"}, 400, "bad-name"),
                ({"reason": ""}, 400, "bad-body"), ({"reason": "x" * 501}, 400, "bad-reason"),
                ({"lead": "none"}, 404, "not-found"), ({"lead": "g"}, 404, "not-found"),
                ({"lead": "x" * 9000}, 404, "not-found"), ({"members": "b"}, 400, "bad-body"),
                ({"members": [1]}, 400, "bad-body"), ({"members": [""]}, 400, "bad-body"),
                ({"members": ["none"]}, 404, "not-found"), ({"members": ["b", "b"]}, 409, "in-group"),
                ({"members": ["a"]}, 409, "in-group"), ({"members": ["b"] * 500}, 400, "too-many"),
                ({"organisation": "south"}, 400, "no-organisation"), ({"organisation": "none"}, 400, "no-organisation"),
                ({"more": 1}, 400, "bad-body")):
            with self.subTest(change=str(change)[:60]):
                self.problem(self.ask("wang", "POST", "/v1/groups", {**good, **change}), status, slug)
        for body in (b"", b"[]", b"{", b"null", b"\xff"):
            self.problem(self.ask("wang", "POST", "/v1/groups", body), 400, "bad-body")
        self.assertEqual(self.ask("wang", "POST", "/v1/groups", {**good, "members": ["b" * 70000]}).status, 413)
        for target in ("GR-00000009", "x", "GR-1", "GR-" + "0" * 200, "%00"):
            self.assertIn(self.ask("wang", "GET", f"/v1/groups/{target}").status, (400, 404), target)
        self.assertEqual(self.ask("wang", "GET", "/v1/groups").json(), {"items": [], "next": None})
        # Nothing of what was refused has left a trace.
        trail = [e["action"] for e in self.bank.ask("GET", "/v1/audit?limit=1000").json()["items"]]
        self.assertNotIn("group.create", trail)


class SqliteGroups(Groups, unittest.TestCase):
    def sql(self, statements):
        with contextlib.closing(sqlite3.connect(self.bank.server.directory / "credit.db")) as database, database:
            for statement in statements:
                database.execute(statement)


class PostgresGroups(OnPostgres, Groups, unittest.TestCase):
    def sql(self, statements):
        self.psql("; ".join(statements))


if __name__ == "__main__":
    unittest.main()
