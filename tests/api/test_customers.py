"""Customers through the server, on both databases: entered, changed, seen, listed, masked, found."""

import datetime
import json
import unittest

from bank import Bank, Sessions
from headroom_server import segment
from postgres_case import OnPostgres
from test_queries import pages

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def uscc(number):
    """A unified social credit code of its own, by the standard's rule written anew (GB 32100-2015, appendix A)."""
    body = "91110000" + f"{number:09d}"
    total = sum(ALPHABET.index(c) * pow(3, i, 31) for i, c in enumerate(body))
    return body + ALPHABET[(31 - total % 31) % 31]


def id_card(number, birth="19800101"):
    """An identity card's number (GB 11643-1999, appendix A)."""
    body = f"110105{birth}{number:03d}"
    rest = 1
    for digit in body:
        rest = (rest * 2 + int(digit) * 2) % 11
    # Weights of a digit are powers of 2 from its place: the check makes the sum 1 modulo 11.
    total = sum(int(digit) * pow(2, 17 - i, 11) for i, digit in enumerate(body)) % 11
    return body + "10X98765432"[total]


def firm(number, name, organisation="north", **more):
    return {"type": "corporate", "name": name, "organisation": organisation,
            "identifiers": [{"kind": "uscc", "value": uscc(number)}], **more}


def person(number, name, organisation="north", **more):
    return {"type": "individual", "name": name, "organisation": organisation,
            "identifiers": [{"kind": "id_card", "value": id_card(number)}], **more}


class Customers:
    options = ()

    def setUp(self):
        self.bank = bank = Bank(*self.options)
        self.addCleanup(bank.remove)
        bank.user("wang", "north", ("north", "relationship_manager"))
        bank.user("zhao", "south", ("south", "relationship_manager"))
        bank.user("qian", "head", ("head", "relationship_manager"))
        bank.user("chen", "head", ("head", "management"))
        bank.user("liu", "head", ("head", "warning_officer"))
        bank.user("xu", "leasing", ("leasing", "relationship_manager"))
        self.sessions = Sessions(bank, "wang", "zhao", "qian", "chen", "liu", "xu")

    def ask(self, who, method, target, body=None, **headers):
        return self.bank.server.ask(method, target, body, token=self.sessions.get(who),
                                    headers={name.replace("_", "-"): value for name, value in headers.items()})

    def made(self, who, body, status=201):
        answer = self.ask(who, "POST", "/v1/customers", body)
        self.assertEqual(answer.status, status, answer)
        return answer.json()

    def problem(self, answer, status, slug):
        self.assertEqual((answer.status, answer.json()["type"]), (status, f"/problems/{slug}"), answer)
        return answer.json()

    def names(self, who, query=""):
        items, _ = pages_of(self, who, f"/v1/customers?{query}")
        return [item["name"] for item in items]

    def test_entered_read_changed_and_as_it_was(self):
        made = self.made("wang", firm(1, "北方钢铁有限公司", name_en="North Steel Co., Ltd.", industry="C3110",
                                      region="110000", country="CN", valid_from="2020-01-31"))
        answer = self.ask("wang", "GET", f"/v1/customers/{made['id']}")
        self.assertEqual(answer.headers["etag"], '"1"')
        customer = answer.json()
        self.assertEqual({**customer, "recorded_at": ""}, {
            "id": made["id"], "type": "corporate", "name": "北方钢铁有限公司", "name_en": "North Steel Co., Ltd.",
            "industry": "C3110", "region": "110000", "country": "CN",
            "identifiers": [{"kind": "uscc", "value": uscc(1)}],
            "relations": [{"legal_entity": "bank", "organisation": "north"}], "listings": [], "version": 1,
            "valid_from": "2020-01-31", "recorded_at": "", "recorded_by": "wang", "action": "customer.create"})
        change = firm(1, "北方特钢有限公司", valid_from="2021-06-01", reason="更名")
        target = f"/v1/customers/{made['id']}"
        self.problem(self.ask("wang", "PUT", target, change), 428, "if-match-needed")
        self.problem(self.ask("wang", "PUT", target, change, If_Match='"2"'), 412, "changed")
        self.problem(self.ask("wang", "PUT", target, change, If_Match='1'), 412, "changed")
        answer = self.ask("wang", "PUT", target, change, If_Match='"1"')
        self.assertEqual((answer.status, answer.headers["etag"]), (200, '"2"'))
        self.problem(self.ask("wang", "PUT", target, {**change, "valid_from": "2021-05-31"}, If_Match='"2"'),
                     400, "bad-dates")
        # The past by the day it was true, and by when it was known.
        for day, name in (("2020-01-31", "北方钢铁有限公司"), ("2021-05-31", "北方钢铁有限公司"),
                          ("2021-06-01", "北方特钢有限公司"), ("2999-01-01", "北方特钢有限公司")):
            self.assertEqual(self.ask("wang", "GET", f"{target}?as_of={day}").json()["name"], name, day)
        self.problem(self.ask("wang", "GET", f"{target}?as_of=2020-01-30"), 404, "not-found")
        known = customer["recorded_at"]
        seen = self.ask("wang", "GET", f"{target}?as_of=2022-01-01&known_at={segment(known)}").json()
        self.assertEqual(seen["name"], "北方钢铁有限公司")
        versions, count = pages_of(self, "wang", f"{target}/history?limit=1")
        self.assertEqual([(item["version"], item["action"]) for item in versions],
                         [(2, "customer.change"), (1, "customer.create")])
        self.assertEqual(count, 3)
        self.bank.server.restart()
        self.assertEqual(self.ask("wang", "GET", target).json()["version"], 2)
        trail = self.bank.ask("GET", f"/v1/audit?subject=customer/{made['id']}").json()["items"]
        self.assertEqual([entry["action"] for entry in trail], ["customer.create", "customer.change"])
        self.assertEqual(json.loads(trail[1]["before"])["name"], "北方钢铁有限公司")
        self.assertEqual((json.loads(trail[1]["after"])["name"], trail[1]["reason"]), ("北方特钢有限公司", "更名"))

    def test_duplicates_are_found_at_entry(self):
        first = self.made("wang", firm(1, "北方钢铁有限公司"))["id"]
        problem = self.problem(self.ask("zhao", "POST", "/v1/customers", firm(1, "别的公司", "south")), 409,
                               "customer-exists")
        self.assertIn(first, problem["detail"])
        # The organisation code within a social credit code is the same organisation.
        code = uscc(1)[8:17]
        other = {**firm(2, "别的公司"), "identifiers": [{"kind": "organisation_code", "value": code}]}
        answer = self.ask("wang", "POST", "/v1/customers", other)
        if answer.status != 400:  # where its own check character happens to fit
            self.problem(answer, 409, "customer-exists")
        # A similar name is answered with candidates, and goes through once they were looked at.
        similar = firm(2, "北方钢铁（有限责任公司）", "south")
        problem = self.problem(self.ask("zhao", "POST", "/v1/customers", similar), 409, "similar-customers")
        self.assertEqual(problem["candidates"], [{"id": first, "type": "corporate", "name": "北方钢铁有限公司",
                                                  "within_reach": False}])
        second = self.made("zhao", {**similar, "confirmed_distinct": [first]})["id"]
        problem = self.problem(self.ask("qian", "POST", "/v1/customers",
                                        firm(3, "北方 钢铁", "head", confirmed_distinct=[first])), 409,
                               "similar-customers")
        self.assertEqual([(c["id"], c["within_reach"]) for c in problem["candidates"]], [(second, True)])
        # People of one name are similar when they are born on one day.
        wei = self.made("wang", person(1, "王伟"))["id"]
        problem = self.problem(self.ask("wang", "POST", "/v1/customers", person(2, "王伟")), 409, "similar-customers")
        self.assertEqual([c["id"] for c in problem["candidates"]], [wei])
        other = person(2, "王伟")
        other["identifiers"][0]["value"] = id_card(2, "19810101")
        self.made("wang", other)
        self.assertEqual(self.bank.ask("GET", "/v1/customers").json()["next"], None)
        self.assertEqual(len(self.names("admin")), 4)

    def test_groups_by_control_and_dependence_as_of_a_day(self):
        ids = [self.made("wang", {**firm(i, f"集团{c}", "north"), "id": c.lower()})["id"]
               for i, c in enumerate("ABCDEF")]
        self.assertEqual(ids, list("abcdef"))
        self.made("zhao", {**firm(9, "集团S", "south"), "id": "s"})

        def tie(customer, kind, other, status=201, **more):
            answer = self.ask("wang", "POST", f"/v1/customers/{customer}/ties",
                              {"kind": kind, "other": other, "reason": "工商登记", **more})
            self.assertEqual(answer.status, status, answer)
            return answer.json().get("number", answer.json()["type"] if status != 201 else None)

        def group(customer, **more):
            query = "".join(f"?{name}={value}" for name, value in more.items())
            answer = self.ask("wang", "GET", f"/v1/customers/{customer}/group{query}")
            self.assertEqual(answer.status, 200, answer)
            self.assertTrue(answer.json()["complete"])
            members = answer.json()["members"]
            return ("".join(sorted(m["id"] for m in members if m["basis"] == "control")),
                    "".join(sorted(m["id"] for m in members if m["basis"] == "dependence")),
                    "".join(sorted(m["id"] for m in members if m["top"])),
                    "".join(sorted(m["id"] for m in members if m["loop"])))
        self.assertEqual(group("a"), ("a", "", "a", ""))
        # A holds 60 in B; in C 30 of its own and 20.01 through B: together more than half.
        self.assertEqual(tie("b", "share", "a", share="60", since="2020-01-01"), 1)
        tie("c", "share", "a", share="30", since="2020-01-01")
        tie("c", "share", "b", share="20", since="2020-01-01", until="2021-01-01")
        self.assertEqual(group("c"), ("c", "", "c", ""))
        self.assertEqual(tie("c", "share", "b", share="20.01", since="2021-01-01"), 3)
        for customer in "abc":
            self.assertEqual(group(customer), ("abc", "", "a", ""), customer)
        self.assertEqual(group("c", as_of="2020-06-01"), ("c", "", "c", ""))
        self.assertEqual(group("b", as_of="2020-06-01"), ("ab", "", "a", ""))
        self.assertEqual(group("b", as_of="2019-12-31"), ("b", "", "b", ""))
        # Control by other means, and dependence, which joins without more.
        tie("d", "control", "c")
        tie("e", "dependence", "d")
        tie("f", "share", "e", share="90")
        self.assertEqual(group("d"), ("abcd", "e", "a", ""))
        self.assertEqual(group("e"), ("ef", "d", "e", ""))
        # A loop survives and is named: who controls the top is controlled by it. B controls nobody by itself.
        number = tie("a", "share", "d", share="51")
        self.assertEqual(group("b"), ("abcd", "e", "acd", "acd"))
        target = f"/v1/customers/a/ties/{number}/end"
        self.problem(self.ask("zhao", "POST", target, {"reason": "x"}), 404, "not-found")
        self.assertEqual(self.ask("wang", "POST", target, {"reason": "转让"}).status, 200)
        self.problem(self.ask("wang", "POST", target, {"reason": "x"}), 404, "not-found")
        self.assertEqual(group("b"), ("abcd", "e", "a", ""))
        for status, slug, customer, kind, other, more in (
                (400, "bad-tie", "a", "love", "b", {}), (400, "no-other", "a", "control", "a", {}),
                (400, "no-other", "a", "control", "none", {}), (400, "bad-share", "a", "share", "b", {}),
                (400, "bad-share", "a", "share", "b", {"share": "100.01"}),
                (400, "bad-share", "a", "share", "b", {"share": "1.234"}),
                (400, "bad-share", "a", "share", "b", {"share": "0"}),
                (400, "bad-share", "a", "control", "b", {"share": "1"}),
                (400, "bad-share", "b", "share", "s", {"share": "40.01"}),
                (400, "bad-dates", "a", "control", "b", {"since": "2020-02-30"}),
                (400, "bad-dates", "a", "control", "b", {"since": "2020-02-02", "until": "2020-02-02"}),
                (409, "exists", "b", "share", "a", {"share": "1"}), (404, "not-found", "s", "control", "a", {}),
                (404, "not-found", "none", "control", "a", {})):
            self.assertEqual(tie(customer, kind, other, status, **more), f"/problems/{slug}", (customer, kind, other))
        self.problem(self.ask("zhao", "GET", "/v1/customers/a/group"), 404, "not-found")
        self.assertEqual(self.ask("wang", "GET", "/v1/customers/a/group?as_of=now").status, 400)
        entries = self.bank.ask("GET", "/v1/audit?subject=customer/a").json()["items"]
        self.assertEqual([e["action"] for e in entries], ["customer.create", "customer.tie", "customer.untie"])

    def test_every_change_is_an_event_without_personal_data(self):
        wei = self.made("wang", person(1, "王伟"))["id"]
        firm_id = self.made("wang", firm(1, "甲公司"))["id"]
        target = f"/v1/customers/{firm_id}"
        self.assertEqual(self.ask("wang", "PUT", target, firm(1, "甲乙公司"), If_Match='"1"').status, 200)
        tie = {"kind": "control", "other": "none", "reason": "x"}
        self.problem(self.ask("wang", "POST", f"{target}/ties", tie), 400, "no-other")
        tie = {"kind": "control", "other": wei, "reason": "一致行动协议"}
        self.assertEqual(self.ask("wang", "POST", f"{target}/ties", tie).status, 201)
        self.assertEqual(self.ask("wang", "POST", f"{target}/ties/1/end", {"reason": "解除"}).status, 200)
        self.assertEqual(self.ask("liu", "POST", f"{target}/listings", {"list": "watch", "reason": "x"}).status, 201)
        answer = self.bank.ask("GET", "/v1/events?limit=1000")
        events = [e for e in answer.json()["events"] if e["source"] == "credit"]
        self.assertEqual([(e["op"], e["subject"], e["actor"]) for e in events],
                         [("customer.create", f"customer/{wei}", "wang"),
                          ("customer.create", f"customer/{firm_id}", "wang"),
                          ("customer.change", f"customer/{firm_id}", "wang"),
                          ("customer.tie", f"customer/{firm_id}", "wang"),
                          ("customer.untie", f"customer/{firm_id}", "wang"),
                          ("customer.list", f"customer/{firm_id}", "liu")])
        self.assertEqual([e["number"] for e in events], [1, 2, 3, 4, 5, 6])
        self.assertEqual(events[2]["detail"], {"version": 2})
        for word in ("王伟", id_card(1), "甲公司", "一致行动"):
            self.assertNotIn(word, answer.body.decode())

    def test_the_same_request_twice_is_done_once(self):
        body = firm(1, "北方钢铁有限公司")
        first = self.ask("wang", "POST", "/v1/customers", body, Idempotency_Key="k-1")
        again = self.ask("wang", "POST", "/v1/customers", body, Idempotency_Key="k-1")
        self.assertEqual((first.status, again.status), (201, 201), again)
        self.assertEqual(first.json(), again.json())
        self.assertEqual(again.headers["idempotent-replayed"], "true")
        refused = firm(1, "另一家", "north")
        for _ in range(2):
            self.problem(self.ask("wang", "POST", "/v1/customers", refused, Idempotency_Key="k-2"), 409,
                         "customer-exists")
        self.assertEqual(self.names("wang"), ["北方钢铁有限公司"])

    def test_who_sees_whom(self):
        north = self.made("wang", firm(1, "甲公司"))["id"]
        self.made("zhao", firm(2, "乙公司", "south"))
        lease = self.made("xu", firm(3, "丙公司", "leasing"))["id"]
        seen = {"wang": {"甲公司"}, "zhao": {"乙公司"}, "qian": {"甲公司", "乙公司"}, "chen": {"甲公司", "乙公司"},
                "xu": {"丙公司"}, "admin": {"甲公司", "乙公司", "丙公司"}}
        for who, names in seen.items():
            self.assertEqual(set(self.names(who)), names, who)
            self.assertEqual(self.ask(who, "GET", f"/v1/customers/{north}").status, 200 if "甲公司" in names else 404)
            self.assertEqual(self.ask(who, "GET", f"/v1/customers/{north}/history").status,
                             200 if "甲公司" in names else 404)
            self.assertEqual(self.names(who, f"identifier=uscc:{uscc(1)}"), ["甲公司"] if "甲公司" in names else [])
        self.assertEqual(self.names("qian", "organisation=south"), ["乙公司"])
        self.assertEqual(self.names("wang", "organisation=head"), ["甲公司"])
        self.assertEqual(self.names("wang", "organisation=south"), [])
        self.assertEqual(self.names("wang", "organisation=nowhere"), [])
        for who, place in (("wang", "south"), ("wang", "head"), ("wang", "leasing"), ("wang", "nowhere"),
                           ("wang", "' OR 1=1")):
            self.problem(self.ask(who, "POST", "/v1/customers", firm(9, "丁公司", place)), 400, "no-organisation")
        self.problem(self.ask("zhao", "PUT", f"/v1/customers/{north}", firm(1, "改"), If_Match='"1"'), 404, "not-found")
        # Another legal entity takes up the same customer when it knows an identifier, and sees its own part alone.
        target = f"/v1/customers/{north}/relations"
        self.problem(self.ask("xu", "POST", target, {"organisation": "leasing"}), 404, "not-found")
        self.problem(self.ask("xu", "POST", target, {"organisation": "leasing", "kind": "uscc", "value": uscc(2)}),
                     404, "not-found")
        answer = self.ask("xu", "POST", target, {"organisation": "leasing", "kind": "uscc", "value": uscc(1)})
        self.assertEqual(answer.status, 200, answer)
        self.assertEqual(self.ask("xu", "GET", f"/v1/customers/{north}").json()["relations"],
                         [{"legal_entity": "lease", "organisation": "leasing"}])
        self.assertEqual(self.ask("wang", "GET", f"/v1/customers/{north}").json()["relations"],
                         [{"legal_entity": "bank", "organisation": "north"}])
        self.assertEqual(len(self.bank.ask("GET", f"/v1/customers/{north}").json()["relations"]), 2)
        self.assertEqual(sorted(self.names("xu")), ["丙公司", "甲公司"])
        # Handing over within the bank: by somebody whose post covers both.
        answer = self.ask("zhao", "POST", target, {"organisation": "south", "kind": "uscc", "value": uscc(1)})
        self.problem(answer, 409, "exists")
        self.assertEqual(self.ask("qian", "POST", target, {"organisation": "south"}).status, 200)
        self.assertEqual((self.names("wang"), sorted(self.names("zhao"))), ([], ["乙公司", "甲公司"]))
        self.assertEqual(self.ask("wang", "GET", f"/v1/customers/{lease}").status, 404)

    def test_a_token_of_one_organisation_reaches_below_it(self):
        self.made("wang", firm(1, "甲公司"))
        south = self.made("zhao", firm(2, "乙公司", "south"))["id"]
        answer = self.bank.ask("POST", "/v1/tokens", {"name": "x", "role": "operator", "organisation": "north"})
        self.sessions["north"] = answer.json()["token"]
        self.assertEqual(self.names("north"), ["甲公司"])
        self.problem(self.ask("north", "GET", f"/v1/customers/{south}"), 404, "not-found")
        self.problem(self.ask("north", "POST", "/v1/customers", firm(3, "丙公司", "south")), 400, "no-organisation")
        self.made("north", firm(3, "丙公司"))

    def test_what_identifies_people_is_masked_and_every_look_recorded(self):
        wei = self.made("wang", person(1, "王伟"))["id"]
        number = id_card(1)
        masked = number[:3] + "****" + number[-4:]
        reader = self.bank.server.token("reader")["token"]
        for who, token, value in (("wang", None, number), ("chen", None, masked), ("liu", None, masked),
                                  ("reader", reader, masked), ("admin", None, number)):
            if token:
                self.sessions[who] = token
            for target in (f"/v1/customers/{wei}", f"/v1/customers/{wei}/history", "/v1/customers",
                           f"/v1/customers?identifier=id_card:{number}"):
                answer = self.ask(who, "GET", target)
                shown = answer.json().get("items", [answer.json()])[0]["identifiers"][0]
                self.assertEqual((shown["value"], shown.get("masked", False)), (value, value != number), (who, target))
                self.assertEqual(number in answer.body.decode(), value == number)
        self.made("wang", firm(1, "甲公司"))
        before = len(self.looks())
        self.ask("chen", "GET", "/v1/customers?type=corporate")
        self.assertEqual(len(self.looks()), before)
        self.ask("chen", "GET", f"/v1/customers/{wei}")
        looks = self.looks()
        self.assertEqual(len(looks), before + 1)
        self.assertEqual((looks[-1]["actor"], looks[-1]["subject"]), ("chen", f"customer/{wei}"))
        self.assertEqual(json.loads(looks[-1]["after"]), {wei: "masked"})
        everything = self.bank.ask("GET", "/v1/audit?limit=1000").body.decode()
        self.assertNotIn(number, everything)

    def looks(self):
        entries = self.bank.ask("GET", "/v1/audit?limit=1000").json()["items"]
        return [entry for entry in entries if entry["action"] == "personal.read"]

    def test_lists(self):
        firm_id = self.made("wang", firm(1, "甲公司"))["id"]
        self.made("wang", firm(2, "乙公司"))
        target = f"/v1/customers/{firm_id}/listings"
        entry = {"list": "watch", "reason": "连续两期亏损"}
        self.assertEqual(self.ask("wang", "POST", target, entry).status, 403)
        self.problem(self.ask("liu", "POST", target, {"list": "black", "reason": "x"}), 400, "bad-list")
        self.problem(self.ask("liu", "POST", target, {"list": "watch", "reason": " "}), 400, "bad-reason")
        self.problem(self.ask("liu", "POST", target, {**entry, "since": "2026-02-30"}), 400, "bad-dates")
        self.problem(self.ask("liu", "POST", target, {**entry, "since": "2020-01-02", "until": "2020-01-02"}), 400,
                     "bad-dates")
        self.problem(self.ask("liu", "POST", target, {**entry, "legal_entity": "lease"}), 404, "not-found")
        answer = self.ask("liu", "POST", target, entry)
        self.assertEqual((answer.status, answer.json()["number"]), (201, 1), answer)
        self.problem(self.ask("liu", "POST", target, entry), 409, "exists")
        later = {"list": "blocked", "reason": "x", "since": "2999-01-01"}
        self.assertEqual(self.ask("liu", "POST", target, later).json()["number"], 2)
        self.assertEqual(self.names("wang", "list=watch"), ["甲公司"])
        self.assertEqual(self.names("wang", "list=blocked"), [])
        self.assertEqual(self.names("admin", "list=watch&type=corporate&match=" + segment("甲")), ["甲公司"])
        self.assertEqual(self.names("xu", "list=watch"), [])
        self.problem(self.ask("liu", "POST", f"{target}/3/end", {"reason": "x"}), 404, "not-found")
        self.problem(self.ask("liu", "POST", f"{target}/1/end", {"reason": ""}), 400, "bad-reason")
        self.assertEqual(self.ask("liu", "POST", f"{target}/1/end", {"reason": "已扭亏"}).status, 200)
        self.problem(self.ask("liu", "POST", f"{target}/1/end", {"reason": "x"}), 404, "not-found")
        self.assertEqual(self.names("wang", "list=watch"), [])
        shown = self.ask("wang", "GET", f"/v1/customers/{firm_id}").json()
        today = datetime.datetime.now(datetime.timezone(datetime.timedelta(hours=8))).date()
        self.assertEqual(len(shown["listings"]), 2)
        self.assertLessEqual(abs((datetime.date.fromisoformat(shown["listings"][0]["until"]) - today).days), 1)
        self.assertEqual(shown["version"], 4)

    def test_lists_sort_filter_and_come_in_pages(self):
        names = [f"{c}公司{i}" for i in range(5) for c in "丙甲乙"]
        for i, name in enumerate(names):
            self.made("wang" if i % 2 else "zhao", firm(i, name, "north" if i % 2 else "south"))
        self.made("wang", person(1, "王伟", type="individual"))
        every = names + ["王伟"]
        self.assertEqual(self.names("qian"), sorted(every, key=str.encode))
        self.assertEqual(self.names("qian", "sort=-name"), sorted(every, key=str.encode, reverse=True))
        self.assertEqual(self.names("qian", "sort=created"), every)
        self.assertEqual(self.names("qian", "sort=-created"), every[::-1])
        # A person with two posts has one list over both.
        self.bank.user("both", "head", ("north", "management"), ("south", "reviewer"))
        self.sessions["both"] = self.bank.session("both")
        for sort in ("name", "-name", "created", "-created"):
            for who in ("qian", "both", "admin"):
                whole = self.names(who, f"sort={sort}&limit=200")
                self.assertEqual(self.names(who, f"sort={sort}&limit=1"), whole)
                self.assertEqual(self.names(who, f"sort={sort}&limit=7"), whole)
                self.assertEqual(len(whole), 16)
        self.assertEqual(self.names("qian", "type=individual"), ["王伟"])
        self.assertEqual(self.names("qian", "match=" + segment("甲 公司")), [f"甲公司{i}" for i in range(5)])
        # Parts of one and two characters, of the end, of what is not there; in each order, page by page, within reach.
        for part in ("甲", "公司", "司3", "公司3", "乙公司4", "王伟", "zz", "公司王", "Z", "王伟|", "|", "👍", "公" * 80):
            wanted = [n for n in every if part.strip("|") and part.strip("|") in n] if part != "|" else every
            for sort, order in (("name", sorted(wanted, key=str.encode)), ("created", wanted)):
                for sign in ("", "-"):
                    expected = order[::-1] if sign else order
                    for limit in (1, 3, 200):
                        query = f"sort={sign}{sort}&limit={limit}&match={segment(part)}"
                        self.assertEqual(self.names("qian", query), expected, query)
            self.assertEqual(self.names("wang", f"sort=created&match={segment(part)}"), wanted[1::2] if part == "公司"
                             else [n for i, n in enumerate(every) if (i % 2 or n == "王伟") and n in wanted], part)
        for query in ("limit=0", "limit=201", "sort=age", "cursor=x", "type=firm", "list=none", "what=1",
                      "identifier=uscc", "identifier=what:1", "list=watch&sort=-name", "organisation=a&organisation=b"):
            self.assertEqual(self.ask("qian", "GET", f"/v1/customers?{query}").status, 400, query)

    def test_what_is_wrong_is_refused_and_leaves_nothing(self):
        good = firm(1, "甲公司")
        bad = uscc(1)[:-1] + ("0" if uscc(1)[-1] != "0" else "1")
        cases = [
            (b"{", "bad-body"), ([], "bad-body"), ({**good, "more": "x"}, "bad-body"),
            ({**good, "name": 1}, "bad-body"),
            ({**good, "type": "firm"}, "bad-type"), ({"name": "x"}, "bad-type"), ({**good, "name": ""}, "bad-name"),
            ({**good, "name": " 甲"}, "bad-name"), ({**good, "name": "甲\n"}, "bad-name"),
            ({**good, "name": "甲" * 81}, "bad-name"),
            ({**good, "name_en": "\u0000"}, "bad-name"), ({**good, "id": "C 1"}, "bad-id"),
            ({**good, "identifiers": []}, "identifier-needed"), ({**good, "identifiers": {}}, "bad-body"),
            ({**good, "identifiers": [{"kind": "uscc"}]}, "bad-body"),
            ({**good, "identifiers": [{"kind": "uscc", "value": bad}]}, "bad-identifier"),
            ({**good, "identifiers": [{"kind": "tax", "value": "1"}]}, "bad-identifier"),
            ({**good, "identifiers": [{"kind": "id_card", "value": id_card(1)}]}, "bad-identifier"),
            ({**good, "identifiers": 2 * good["identifiers"]}, "bad-identifier"),
            ({**good, "identifiers": [{"kind": "core_number", "value": "1"}]}, "identifier-needed"),
            ({**good, "identifiers": [{"kind": "core_number", "value": str(i)} for i in range(17)]}, "too-many"),
            ({**good, "identifiers": [*good["identifiers"], {"kind": "organisation_code", "value": "60003734-1"}]},
             "identifiers-differ"),
            ({**good, "industry": "Z99"}, "bad-attribute"), ({**good, "industry": "A13"}, "bad-attribute"),
            ({**good, "region": "11000"}, "bad-attribute"), ({**good, "country": "cn"}, "bad-attribute"),
            ({**good, "valid_from": "2999-01-01"}, "bad-dates"), ({**good, "valid_from": "yesterday"}, "bad-dates"),
            ({**good, "confirmed_distinct": "all"}, "bad-body"), ({**good, "reason": "x" * 501}, "bad-reason"),
        ]
        before = len(self.bank.ask("GET", "/v1/audit?limit=1000").json()["items"])
        for body, slug in cases:
            with self.subTest(body=str(body)[:80]):
                self.problem(self.ask("wang", "POST", "/v1/customers", body), 400, slug)
        self.assertEqual(self.ask("wang", "POST", "/v1/customers", {**good, "reason": "x" * 20000}).status, 413)
        entries = self.bank.ask("GET", "/v1/audit?limit=1000").json()["items"]
        self.assertEqual([e["action"] for e in entries[before:]], ["audit.read"])
        self.made("wang", {**good, "id": "c.1"})
        self.problem(self.ask("wang", "POST", "/v1/customers", {**firm(2, "乙公司"), "id": "c.1"}), 409, "exists")
        chinese = self.ask("wang", "POST", "/v1/customers", {**good, "name": ""}, Accept_Language="zh-CN").json()
        self.assertIn("名称", chinese["detail"])
        for target in ("/v1/customers/none", "/v1/customers/" + "x" * 40, "/v1/customers/%27"):
            self.problem(self.ask("wang", "GET", target), 404, "not-found")
        for query in ("as_of=2026", "known_at=now", "x=1"):
            self.assertEqual(self.ask("wang", "GET", f"/v1/customers/c.1?{query}").status, 400)


def pages_of(case, who, target):
    return pages(Asker(case, who), target, "items")


class Asker:
    def __init__(self, case, who):
        self.case, self.who = case, who

    def get(self, target):
        return self.case.ask(self.who, "GET", target)


class SqliteCustomers(Customers, unittest.TestCase):
    pass


class PostgresCustomers(OnPostgres, Customers, unittest.TestCase):
    pass


if __name__ == "__main__":
    unittest.main()
