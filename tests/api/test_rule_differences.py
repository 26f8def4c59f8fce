"""Limits of the pack that stand otherwise than the pack has them today: found, by name, on both databases; what is
wrong is refused."""

import contextlib
import sqlite3
import time
import unittest
import urllib.parse

from headroom_server import draw
from postgres_case import OnPostgres
from test_customers import person
from test_group_rules import RuledBank
from test_packs import capital


class RuleDifferences(RuledBank):
    def differences(self, who="sun", **query):
        answer = self.ask(who, "GET", f"/v1/rule-differences?{urllib.parse.urlencode(query)}")
        self.assertEqual(answer.status, 200, answer)
        return answer.json()

    def found(self, who="sun", **query):
        """Of each item its id, and of each limit rule, old and new cap."""
        return {item["id"]: [(row["rule"], row.get("was"), row.get("is")) for row in item["limits"]]
                for item in self.differences(who, **query)["items"]}

    def until_found(self, expected):
        """Waits for the ledger: what is owed to it comes by itself."""
        for _ in range(200):
            if set(self.found()) == expected:
                break
            time.sleep(0.05)
        self.assertEqual(set(self.found()), expected)

    def test_a_new_figure_is_found_wherever_it_is_not(self):
        self.assertEqual(self.found(), {})  # no pack: nothing is compared
        self.in_force(capital("1", ("2018-07-01", "1000")))
        self.limits(("RA", "a", "rule", 150, []), ("TA", "a", "total", 100, ["RA"]), ("LA", "a", "line", 80, ["TA"]),
                    ("TB", "b", "total", 100, []), ("TC", "c", "total", 100, []))
        self.bank.server.post([draw("d1", "LA", "60")])
        # Those that stand are of today; two have none yet.
        self.assertEqual(self.found(), {"b": [("CN.LEX1", None, "150.00")], "c": [("CN.LEX1", None, "150.00")]})
        group = self.group("d", lead="c")
        self.moved(group)
        self.assertEqual(self.found(), {"b": [("CN.LEX1", None, "150.00")]})
        self.in_force(capital("2", ("2018-07-01", "300")))
        items = self.differences()["items"]
        self.assertEqual([(item["kind"], item["id"], item.get("name"), item.get("group"), item["state"])
                          for item in items],
                         [("customer", "a", "第11公司", None, "ready"), ("customer", "b", "第12公司", None, "ready"),
                          ("customer", "c", "第13公司", group, "ready"), ("group", group, "甲集团", None, "ready")])
        self.assertEqual(items[0]["limits"], [{"rule": "CN.LEX1", "currency": "CNY", "limit": "RA", "was": "150.00",
                                               "is": "45.00", "used": "60.00", "over": True}])
        self.assertEqual(items[1]["limits"], [{"rule": "CN.LEX1", "currency": "CNY", "is": "45.00"}])
        self.assertEqual(self.found()[group], [("CN.LEX2", "200.00", "60.00")])
        # What is listed is what would change: the preview of each says the same, and brings it.
        for customer in ("a", "b"):
            looked = self.ask("sun", "POST", f"/v1/customers/{customer}/rules/preview").json()["limits"]
            changed = [row["after"]["cap"] for row in looked if row.get("before", {}).get("cap") != row["after"]["cap"]]
            self.assertEqual(changed, [self.found()[customer][0][2]], customer)
            self.done("sun", f"/v1/customers/{customer}/rules", {"reason": "x"})
        self.until_found({"c", group})
        self.move("rules", group)
        self.assertEqual(self.found(), {})

    def test_filters_pages_and_who_sees_what(self):
        self.in_force(capital("1", ("2018-07-01", "1000")))
        self.totals("a", "b", "c", "d", "g")
        groups = [self.group(name=f"{name}集团", lead=name) for name in "cd"]
        for group in groups:
            self.moved(group)
        self.in_force(capital("2", ("2018-07-01", "300")))
        everything = [item["id"] for item in self.differences()["items"]]
        self.assertEqual(sorted(everything), sorted(["a", "b", "c", "d", "g", *groups]))
        self.assertEqual(everything[5:], groups)
        for limit in (1, 2, 3, 5):
            seen, query = [], {"limit": limit}
            while query is not None:
                page = self.differences(**query)
                self.assertLessEqual(len(page["items"]), limit)
                seen += [item["id"] for item in page["items"]]
                query = {"limit": limit, "cursor": page["next"]} if page["next"] else None
            self.assertEqual(seen, everything, limit)
        self.assertEqual(list(self.found(kind="group")), groups)
        self.assertEqual(set(self.found(kind="customer")), {"a", "b", "c", "d", "g"})
        self.assertEqual(set(self.found(rule="CN.LEX2")), set(groups))
        self.assertEqual(self.found(rule="CN.LEX9"), {})
        self.assertEqual(set(self.found(organisation="south")), {"g"})
        self.assertEqual(self.found(organisation="nowhere"), {})
        # Each sees what is within reach; another legal entity nothing of it.
        self.assertEqual(set(self.found("wang")), {"a", "b", "c", "d", *groups})
        self.assertEqual(set(self.found("zhao")), {"g"})
        self.assertEqual(self.found("wang", organisation="south"), {})
        self.assertEqual(self.found("xu"), {})

    def test_what_is_under_way_waits(self):
        self.in_force(capital("1", ("2018-07-01", "1000")))
        self.totals("a", "b")
        self.moved(self.group(lead="b"))
        self.in_force(capital("2", ("2018-07-01", "300")))
        self.sql(["UPDATE customer SET moving = 7 WHERE id IN ('a', 'b')"])
        self.assertEqual([item["state"] for item in self.differences()["items"]], ["waiting"] * 3)
        self.sql(["UPDATE customer SET moving = NULL"])
        self.assertEqual([item["state"] for item in self.differences()["items"]], ["ready"] * 3)

    def test_the_name_of_a_natural_person_is_not_shown(self):
        self.done("wang", "/v1/customers", {**person(1, "张三"), "id": "p"}, 201)
        self.limits(("TP", "p", "total", 100, []))
        self.in_force(capital("1", ("2018-07-01", "1000")))
        item, = self.differences()["items"]
        self.assertEqual((item["id"], "name" in item), ("p", False))

    def test_what_is_wrong_is_refused(self):
        for query in ("kind=firm", "limit=0", "limit=201", "cursor=x", "sort=name", "more=1", "kind=group&kind=x"):
            self.assertEqual(self.ask("sun", "GET", f"/v1/rule-differences?{query}").status, 400, query)
        for query in ("rule=" + "x" * 3000, "rule=%00%ff", "organisation=%27%3B--", "rule=%E6%B5%8B"):
            self.assertIn(self.ask("sun", "GET", f"/v1/rule-differences?{query}").status, (200, 400), query)
        # A cursor of another question is none.
        self.in_force(capital("1", ("2018-07-01", "1000")))
        self.totals("a", "b")
        cursor = self.differences(limit=1)["next"]
        self.problem(self.ask("sun", "GET", f"/v1/rule-differences?limit=1&kind=customer&cursor={cursor}"), 400,
                     "bad-parameter")


class SqliteRuleDifferences(RuleDifferences, unittest.TestCase):
    def sql(self, statements):
        with contextlib.closing(sqlite3.connect(self.bank.server.directory / "credit.db")) as database, database:
            for statement in statements:
                database.execute(statement)


class PostgresRuleDifferences(OnPostgres, RuleDifferences, unittest.TestCase):
    def sql(self, statements):
        self.psql("; ".join(statements))


if __name__ == "__main__":
    unittest.main()
