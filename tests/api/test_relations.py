"""The part of the authorisation matrix that needs things to ask for: every route below a customer, an application, a
case, a task, a limit of a group, a proposed pack and an organisation x every role x where the thing is (made by the
asker, in their branch, in another branch, in another legal entity, nowhere). The routes come from the server's own
table: one that is added is in here without a line. What is out of sight is answered as what does not exist, so that
nobody learns that it does."""

import contextlib
import json
import os
import pathlib
import re
import sqlite3
import subprocess
import time
import unittest

from bank import SEED, Bank
from test_applications import proposal
from test_customers import firm
from test_packs import files
from test_people import ROLES

PACK = pathlib.Path(os.environ.get("HEADROOM_SOURCE", ".")).resolve() / "packs/cn-commercial-bank"
PLACES = {"same branch": "north", "other branch": "south", "other entity": "leasing"}
# Ids of each kind that are no thing's.
ABSENT = {"customers": "none", "applications": "AP-99999999", "cases": "CS-99999999", "tasks": "CS-99999999.1",
          "groups": "GR-99999999", "group-moves": "99999", "rule-moves": "99999", "limits": "none",
          "pack-activations": "99999", "organisations": "nowhere"}
# A body that is in order, where an empty one would be judged before the thing; every change names version 1.
BODIES = {
    ("PUT", "/v1/customers/{id}"): firm(77, "改名有限公司"),
    ("POST", "/v1/customers/{id}/listings"): {"list": "watch", "legal_entity": "bank", "reason": "x"},
    ("POST", "/v1/customers/{id}/listings/{number}/end"): {"reason": "x"},
    ("POST", "/v1/customers/{id}/ties"): {"kind": "control", "other": "none", "reason": "x"},
    ("POST", "/v1/customers/{id}/ties/{number}/end"): {"reason": "x"},
    ("POST", "/v1/customers/{id}/rules"): {"reason": "x"},
    ("PUT", "/v1/groups/{id}"): {"reason": "x"},
    ("POST", "/v1/group-moves/{id}/reject"): {"reason": "x"},
    ("POST", "/v1/rule-moves/{id}/reject"): {"reason": "x"},
    ("PUT", "/v1/applications/{id}"): {"proposal": proposal("none")},
    ("POST", "/v1/pack-activations/{id}/activate"): {"pack": "0" * 64},
    ("POST", "/v1/pack-activations/{id}/reject"): {"reason": "x"},
    ("POST", "/v1/tasks/{id}/return"): {"reason": "x"},
    ("POST", "/v1/tasks/{id}/resume"): {"reason": "x"},
}


def slug(answer):
    return answer.json()["type"].removeprefix("/problems/") if answer.status >= 400 else ""


class Relations(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        bank = cls.bank = Bank()
        cls.addClassCleanup(bank.remove)
        cls.pack = bank.made("/v1/packs", files())["hash"]
        cls.things = {place: cls.make(place, number) for number, place in enumerate(PLACES.values(), 1)}
        cls.routes = {(method.upper(), path): operation for path, methods
                      in bank.server.get("/v1/openapi.json", token="").json()["paths"].items()
                      for method, operation in methods.items()}
        cls.tried, cls.apart = 0, set()

    @classmethod
    def make(cls, place, number):
        """One of each kind at a place, made by a token: nobody's own."""
        bank = cls.bank
        customer = bank.made("/v1/customers", firm(number, f"第{number}机械有限公司", place))["id"]
        group = bank.made("/v1/groups", {"name": f"第{number}集团", "organisation": place, "lead": customer,
                                         "reason": "x"})["id"]
        limit = cls.limit(place, group)
        move = bank.made("/v1/group-moves", {"kind": "limit", "group": group, "cap": "5", "currency": "CNY",
                                             "reason": "x"})["number"]
        application = bank.made("/v1/applications", {"organisation": place, "proposal": proposal(customer)})["id"]
        proposed = bank.made("/v1/pack-activations", {"organisation": place, "pack": cls.pack, "reason": "x"})["number"]
        variables = '{"customer_type":"corporate","organisation_level":"branch","application_type":"new","amount":1000}'
        done = subprocess.run([SEED, str(bank.server.directory / "credit.db"), PACK, "line-approval", place, "a-token",
                               "token", f"thing/{number}", variables],
                              check=True, capture_output=True, text=True, timeout=60)
        case = done.stdout.strip()
        task, = (item["id"] for item in bank.server.get("/v1/tasks?limit=200").json()["items"] if item["case"] == case)
        # What people propose, where a pack is in force: put in by hand.
        path = bank.server.directory / "credit.db"
        with contextlib.closing(sqlite3.connect(path, timeout=30)) as database, database:
            database.execute(
                "INSERT INTO rule_move (number, legal_entity, request, reason, state, proposed, proposed_by, person)"
                " SELECT ?, legal_entity, ?, 'x', 'proposed', 1, 'x', 'x' FROM organisation WHERE id = ?",
                (number, json.dumps({"customers": [customer]}), place))
        return {"customers": customer, "groups": group, "limits": limit, "group-moves": str(move),
                "rule-moves": str(number),
                "applications": application, "cases": case, "tasks": task,
                "pack-activations": str(proposed), "organisations": place}

    @classmethod
    def limit(cls, place, group):
        """The total of a group, which a person of the place agrees to."""
        cls.bank.user(f"{place}-agrees", place, (place, "limit_manager"))
        number = cls.bank.made("/v1/group-moves", {"kind": "limit", "group": group, "cap": "9", "currency": "CNY",
                                                   "reason": "x"})["number"]
        shown = cls.bank.server.get(f"/v1/group-moves/{number}").json()["preview"]["hash"]
        answer = cls.bank.server.ask("POST", f"/v1/group-moves/{number}/agree?shown={shown}", {},
                                     token=cls.bank.session(f"{place}-agrees"))
        for _ in range(200):
            if cls.bank.server.get(f"/v1/limits/{group}.T").status == 200:
                return f"{group}.T"
            time.sleep(0.05)
        raise AssertionError(answer)

    def asker(self, place, role):
        user = f"{place}-{role}"[:32]
        self.bank.user(user, place, *([] if role == "none" else [(place, role)]))
        return user, self.bank.session(user)

    def ask(self, method, path, thing, token):
        type(self).tried += 1
        target = re.sub(r"{\w+}", "1", path.replace("{id}", thing, 1))
        body = BODIES.get((method, path), {}) if method in ("POST", "PUT", "PATCH") else None
        headers = {"If-Match": '"1"'} if method == "PUT" else None
        answer = self.bank.server.ask(method, target, body, token=token, headers=headers)
        self.assertLess(answer.status, 500, (method, target, answer))
        return answer

    def placed(self):
        """(method, path, kind) of each route below a thing that has a place."""
        for (method, path), operation in self.routes.items():
            kind = re.match(r"/v1/([\w-]+)/{id}", path)
            if kind and kind[1] in ABSENT and operation["security"] and operation["x-places"] != "all":
                yield method, path, kind[1], operation

    def judge(self, method, path, kind, token, sees, own=None):
        """Somebody who may use the route: what they see, what is as if it were not there."""
        absent = self.ask(method, path, ABSENT[kind], token)
        for relation, place in (*PLACES.items(), *([("own", own)] if own else ())):
            thing = self.things[place][kind] if relation != "own" else own
            answer = self.ask(method, path, thing, token)
            with self.subTest(route=(method, path), relation=relation):
                if relation == "own" or place in sees:
                    self.assertNotIn(slug(answer), ("role-needed", "place-bound"), answer)
                    if path.count("{") == 1:
                        self.assertNotEqual((answer.status, slug(answer)), (404, "not-found"), answer)
                    if method == "GET":
                        self.assertIn(answer.status, (200, 304), answer)
                    if (answer.status, slug(answer)) != (absent.status, slug(absent)):
                        self.apart.add((method, path))
                else:
                    self.assertEqual((answer.status, slug(answer)), (absent.status, slug(absent)), answer)
                    self.assertGreaterEqual(answer.status, 400, answer)

    def lists(self, token, permitted, sees):
        """No list names a thing that is out of sight."""
        for kind in ABSENT.keys() - {"limits"}:  # which are listed by holder: test_ledger_people, test_group_rules
            far = {things[kind] for place, things in self.things.items() if place not in sees} - {"south", "leasing"}
            if ("GET", f"/v1/{kind}") in self.routes and permitted(("GET", f"/v1/{kind}")):
                type(self).tried += 1
                answer = self.bank.ask("GET", f"/v1/{kind}?limit=200", token=token)
                self.assertEqual(answer.status, 200, answer)
                found = {str(item.get("id", item.get("number"))) for item in answer.json()["items"]}
                self.assertFalse(found & far, (kind, found & far))
                if kind in ("customers", "groups", "applications", "cases"):
                    self.assertLessEqual({self.things[place][kind] for place in sees}, found, kind)

    def test_people(self):
        for place, sees in (("north", {"north"}), ("head", {"north", "south"})):
            for role in [*ROLES, "none"]:
                user, token = self.asker(place, role)
                own = self.own(role, place, token)
                for method, path, kind, operation in self.placed():
                    with self.subTest(role=role, place=place):
                        if role in operation["x-posts"]:
                            self.judge(method, path, kind, token, sees, own.get(kind))
                            continue
                        for thing in (self.things["north"][kind], self.things["leasing"][kind], ABSENT[kind]):
                            answer = self.ask(method, path, thing, token)
                            self.assertEqual((answer.status, slug(answer)), (403, "role-needed"), (path, answer))
                self.lists(token, lambda route, role=role: role in self.routes[route]["x-posts"], sees)

    def own(self, role, place, token):
        """What somebody made themselves, where their post may."""
        if role != "relationship_manager":
            return {}
        number = 90 if place == "north" else 91
        customer = self.bank.made("/v1/customers", firm(number, f"{place}自有客户有限公司", place), token=token)["id"]
        application = self.bank.made("/v1/applications", {"organisation": place, "proposal": proposal(customer)},
                                     token=token)["id"]
        return {"customers": customer, "applications": application}

    def test_tokens_of_one_branch(self):
        for role in ("reader", "operator", "administrator"):
            token = self.bank.server.token(role, organisation="north")["token"]
            for method, path, kind, operation in self.placed():
                with self.subTest(role=role, route=(method, path)):
                    if role in operation["x-roles"]:
                        self.judge(method, path, kind, token, {"north"})
                    else:
                        answer = self.ask(method, path, self.things["north"][kind], token)
                        self.assertEqual((answer.status, slug(answer)), (403, "role-needed"), answer)
            self.lists(token, lambda route, role=role: role in self.routes[route]["x-roles"], {"north"})

    def test_zz_the_count(self):
        routes = [(method, path) for method, path, _, _ in self.placed()]
        alike = sorted(f"{method} {path}" for method, path in set(routes) - self.apart)
        print(f"{self.tried} cases of {len(routes)} routes below a thing; answered as what is nowhere: {alike}")
        self.assertGreater(self.tried, 1500)
        # A route that looks at nobody's place would be alike for all.
        self.assertGreater(len(self.apart), len(routes) // 2)
        self.assertFalse([route for route in alike if route.startswith("GET")])


if __name__ == "__main__":
    unittest.main()
