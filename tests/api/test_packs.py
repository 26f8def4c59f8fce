"""Configuration packs through the server, on both database systems: handed in and refused, activated by two people
without a restart, rolled back, in force by organisation and time; what hostile clients get."""

import json
import os
import pathlib
import shutil
import tempfile
import threading
import unittest

from bank import PASSWORD, Bank
from headroom_server import Headroom
from postgres_case import OnPostgres

PACKS = pathlib.Path(os.environ.get("HEADROOM_SOURCE", ".")) / "packs"


def files(name="cn-commercial-bank", **changed):
    """The files of a shipped pack, the base of demo included, as a body; some of them changed."""
    texts = {}
    for folder in ([PACKS / "cn-commercial-bank"] if name == "demo" else []) + [PACKS / name]:
        texts.update({str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*.*")
                      if "data" not in path.parts})
    texts.update(changed)
    return {"files": texts}


def version(number, **changed):
    head = json.loads((PACKS / "cn-commercial-bank" / "pack.json").read_text())
    return files(**{"pack.json": json.dumps({**head, "version": number}), **changed})


def capital(version, *figures, **changed):
    """The demo pack with other figures of net tier 1 capital, (day, value) each; 20 of a hundred for a group."""
    body = files("demo")["files"]
    rows = body["parameters.csv"].splitlines()
    first = next(i for i, row in enumerate(rows) if row.startswith("net_tier1"))
    rows = [row for row in rows if not row.startswith("net_tier1")]
    rows[first:first] = [f"net_tier1,{day},{value},number,CNY,on,一级资本净额,net tier 1 capital,invented,"
                         for day, value in figures]
    body["parameters.csv"] = "\n".join(rows) + "\n"
    body["pack.json"] = body["pack.json"].replace('"0.1.0"', f'"{version}"')
    body.update(changed)
    return {"files": {name: text for name, text in body.items() if not name.startswith("tests/")}}


class PackCase:
    options = ()

    def setUp(self):
        self.bank = Bank(*self.options)
        self.addCleanup(self.bank.remove)
        self.sessions = {}

    def person(self, name, place="head", role="limit_manager"):
        """The session of somebody, who is made when first asked for."""
        if name not in self.sessions:
            self.bank.user(name, place, (place, role))
            self.sessions[name] = self.bank.session(name)
        return self.sessions[name]

    @property
    def sun(self):
        return self.person("sun")

    @property
    def wei(self):
        return self.person("wei")

    def ask(self, method, target, body=None, token=None, **options):
        return self.bank.server.ask(method, target, body, token=token, **options)

    def problem(self, answer, status, slug):
        self.assertEqual((answer.status, answer.json()["type"]), (status, f"/problems/{slug}"), answer)
        return answer.json()

    def kept(self, body=None, token=None):
        answer = self.ask("POST", "/v1/packs", body or files(), token)
        self.assertEqual(answer.status, 201, answer)
        return answer.json()["hash"]

    def propose(self, organisation, pack, token):
        return self.ask("POST", "/v1/pack-activations",
                        {"organisation": organisation, "pack": pack, "reason": "as decided"}, token)

    def put_in_force(self, organisation, pack):
        answer = self.propose(organisation, pack, self.sun)
        self.assertEqual(answer.status, 201, answer)
        number = answer.json()["number"]
        shown = self.ask("GET", f"/v1/pack-activations/{number}", token=self.wei).json()
        answer = self.ask("POST", f"/v1/pack-activations/{number}/activate", {"pack": shown["pack"]}, self.wei)
        self.assertEqual(answer.status, 200, answer)
        return shown

    def in_force(self, organisation, **options):
        answer = self.ask("GET", f"/v1/organisations/{organisation}/pack", **options)
        self.assertEqual(answer.status, 200, answer)
        return answer.json().get("activation", {}).get("pack")

    # ---- handed in ----

    def test_stored_once_under_its_hash(self):
        first = self.ask("POST", "/v1/packs", files())
        self.assertEqual(first.status, 201)
        made = first.json()
        self.assertEqual((made["id"], made["report"]["errors"]), ("cn-commercial-bank", 0))
        self.assertGreater(made["report"]["cases_passed"], 15)
        shuffled = {"files": dict(reversed(list(files()["files"].items())))}
        self.assertEqual(self.kept(shuffled, self.sun), made["hash"])
        shown = self.ask("GET", f"/v1/packs/{made['hash']}", token=self.person("zhao", role="reviewer"))
        self.assertEqual(shown.json()["stored_by"], self.ask("GET", "/v1/me").json()["id"])
        again = self.ask("GET", f"/v1/packs/{made['hash']}", headers={"If-None-Match": shown.headers["etag"]})
        self.assertEqual(again.status, 304)
        self.assertEqual(self.ask("GET", f"/v1/packs/{made['hash']}/content").json(), files())
        other = files(**{"README.md": "x"})
        self.problem(self.ask("POST", "/v1/packs", other), 409, "version-taken")
        self.problem(self.ask("GET", f"/v1/packs/{'0' * 64}"), 404, "not-found")
        self.problem(self.ask("GET", "/v1/packs/none"), 404, "not-found")

    def test_errors_are_told_and_nothing_is_stored(self):
        wrong = files(**{"roles.csv": files()["files"]["roles.csv"].replace("head_approver,", "top_approver,")})
        problem = self.problem(self.ask("POST", "/v1/packs", wrong), 422, "pack-errors")
        self.assertIn({"severity": "error", "file": "decisions/routing.dmn", "element": "route",
                       "message": "rule 3: 'head_approver' is none of the roles"},
                      [{k: v for k, v in f.items() if k != "line"} for f in problem["report"]["findings"]])
        checked = self.ask("POST", "/v1/packs/check", wrong).json()
        self.assertEqual(checked["report"], problem["report"])
        self.assertEqual(self.ask("GET", "/v1/packs").json(), {"items": [], "next": None})

    def test_hostile_bodies(self):
        for body in ("", "[]", "{}", '{"files": 3}', '{"files": {"a": 1}}', '{"files": {"../a": "x"}}',
                     '{"files": {"/etc/passwd": "x"}}', '{"files": {"a": "x"}, "more": 1}',
                     '{"files": {"a": "\\u0000"}}',
                     '{"files": {"a": "x", "a": "y"}}', "[" * 100000, '{"files": {"a": "' + "x" * (3 << 20) + '"}}',
                     '{"files": {' + ",".join(f'"f{i}": ""' for i in range(600)) + "}}", "\xff"):
            answer = self.ask("POST", "/v1/packs", body.encode("latin-1"))
            self.problem(answer, 400, "bad-pack")
        self.assertEqual(self.ask("POST", "/v1/packs", b"x" * (17 << 20)).status, 413)
        self.assertEqual(self.ask("GET", "/healthz").status, 200)

    def test_listed_in_pages(self):
        for number in ("0.2.0", "0.3.0", "0.4.0"):
            self.kept(version(number))
        self.kept(files("demo"))
        seen, target = [], "/v1/packs?limit=2"
        while target:
            page = self.ask("GET", target).json()
            seen += [(item["id"], item["version"]) for item in page["items"]]
            target = page["next"] and f"/v1/packs?limit=2&cursor={page['next']}"
        self.assertEqual(seen, [("cn-commercial-bank", n) for n in ("0.2.0", "0.3.0", "0.4.0")] + [("demo", "0.1.0")])

    # ---- by date and difference ----

    def test_what_holds_on_a_day(self):
        pack = self.kept(files("demo"))
        for day, tier1, limit in (("2026-03-30", "0", "0"), ("2026-03-31", "6700000000.00", "1005000000"),
                                  ("2026-11-26", "7000000000.00", "1050000000")):
            answer = self.ask("GET", f"/v1/packs/{pack}/day?date={day}").json()
            values = {row["id"]: row["value"] for row in answer["parameters"]}
            limits = {row["id"]: row for row in answer["limits"]}
            self.assertEqual(values["net_tier1"], tier1)
            self.assertNotIn("lex_ccp_ratio", values)
            self.assertEqual(limits["CN.LEX1"]["amount"], limit)
            self.assertEqual(limits["CN.LEX5"]["status"], "off")
            self.assertIn("lex_ccp_ratio", limits["CN.LEX5"]["without_amount"])
        self.assertEqual(self.ask("GET", f"/v1/packs/{pack}/day?date=2026-02-30").status, 400)

    def test_compared(self):
        first, second = self.kept(version("0.2.0")), self.kept(version(
            "0.3.0", **{"products.csv": files()["files"]["products.csv"].replace(",36,", ",60,")}))
        answer = self.ask("GET", f"/v1/packs/{second}/difference?from={first}").json()
        self.assertEqual(answer["changes"], [{"change": "changed", "what": "product", "element": "WORKING-CAPITAL",
                                              "part": "tenor_months", "before": "36", "after": "60"}])
        whole = self.ask("GET", f"/v1/packs/{first}/difference").json()["changes"]
        self.assertEqual({change["change"] for change in whole}, {"added"})
        self.problem(self.ask("GET", f"/v1/packs/{first}/difference?from=x"), 404, "not-found")

    # ---- four eyes ----

    def test_two_people_and_no_restart(self):
        pack = self.kept(token=self.sun)
        self.assertIsNone(self.in_force("north"))
        number = self.propose("head", pack, self.sun).json()["number"]
        activate = f"/v1/pack-activations/{number}/activate"
        self.problem(self.ask("POST", activate, {"pack": pack}, self.sun), 403, "four-eyes")
        self.problem(self.ask("POST", activate, {"pack": "0" * 64}, self.wei), 409, "pack-changed")
        self.problem(self.ask("POST", activate, {"pack": pack}, self.person("north.lm", "north")), 404, "not-found")
        self.problem(self.ask("POST", activate, {"pack": pack}, self.person("lease.lm", "leasing")), 404, "not-found")
        self.assertEqual(self.ask("POST", activate, {"pack": pack}, self.person("zhao", role="reviewer")).status, 403)
        self.assertEqual(self.ask("POST", activate, {"pack": pack}).status, 403)  # a token, were it the administrator's
        self.assertIsNone(self.in_force("north"))
        stale = self.ask("POST", activate, {"pack": pack}, self.wei, headers={"If-Match": '"2"'})
        self.assertEqual(stale.status, 412)
        self.assertEqual(self.ask("POST", activate, {"pack": pack}, self.wei).status, 200)
        self.assertEqual(self.in_force("north"), pack)
        self.assertIsNone(self.in_force("leasing"))
        self.problem(self.ask("POST", activate, {"pack": pack}, self.wei), 409, "activation-decided")
        self.problem(self.propose("head", pack, self.sun), 409, "pack-active")

    def test_a_second_account_is_the_same_person(self):
        for user, place in (("first", "north"), ("second", "head")):
            self.bank.made("/v1/users", {"id": user, "login": user, "name": user, "organisation": "head",
                                         "person": "staff-17"})
            self.ask("PUT", f"/v1/users/{user}/password", {"password": PASSWORD})
            self.bank.made(f"/v1/users/{user}/posts", {"organisation": place, "role": "limit_manager"})
        pack = self.kept()
        number = self.propose("north", pack, self.bank.session("first")).json()["number"]
        activate = f"/v1/pack-activations/{number}/activate"
        self.problem(self.ask("POST", activate, {"pack": pack}, self.bank.session("second")), 403, "four-eyes")
        self.assertEqual(self.ask("POST", activate, {"pack": pack}, self.wei).status, 200)

    def test_branches_and_roll_back(self):
        first, second = self.kept(version("0.2.0")), self.kept(version("0.3.0"))
        self.put_in_force("head", first)
        shown = self.put_in_force("north", second)
        self.assertGreater(len(shown["changes"]), 100)  # nothing of its own was there before
        self.assertEqual([self.in_force(place) for place in ("head", "north", "south")], [first, second, first])
        self.problem(self.propose("north", "previous", self.sun), 409, "nothing-before")
        self.assertEqual(self.put_in_force("head", second)["changes"], [])
        self.assertEqual(self.in_force("south"), second)
        then = self.ask("GET", "/v1/organisations/south/pack").json()["activation"]["decided"]
        rolled = self.put_in_force("head", "previous")
        self.assertEqual((rolled["pack"], rolled["before"], rolled["roll_back"]), (first, second, True))
        self.assertEqual(self.in_force("south"), first)
        at = self.ask("GET", f"/v1/organisations/south/pack?at={then}").json()
        self.assertEqual(at["activation"]["pack"], second)

    def test_rejected_and_taken_back(self):
        pack = self.kept()
        number = self.propose("head", pack, self.sun).json()["number"]
        self.problem(self.propose("head", pack, self.wei), 409, "activation-pending")
        reject = f"/v1/pack-activations/{number}/reject"
        self.problem(self.ask("POST", reject, {"reason": " "}, self.wei), 400, "bad-reason")
        self.assertEqual(self.ask("POST", reject, {"reason": "not yet"}, self.wei).status, 200)
        shown = self.ask("GET", f"/v1/pack-activations/{number}", token=self.sun).json()
        self.assertEqual((shown["state"], shown["decided_by"], shown["decision_reason"]),
                         ("rejected", "wei", "not yet"))
        number = self.propose("head", pack, self.sun).json()["number"]
        self.assertEqual(self.ask("POST", f"/v1/pack-activations/{number}/reject", {"reason": "a slip"},
                                  self.sun).status, 200)
        self.assertIsNone(self.in_force("head"))

    def test_what_each_sees(self):
        pack = self.kept()
        self.put_in_force("head", pack)
        self.put_in_force("north", self.kept(version("0.2.0")))
        north, lease = self.person("north.lm", "north"), self.person("lease.lm", "leasing")

        def places(token):
            page = self.ask("GET", "/v1/pack-activations", token=token).json()
            return [item["organisation"] for item in page["items"]]
        self.assertEqual((places(self.sun), places(north), places(lease)), (["north", "head"], ["north"], []))
        self.problem(self.propose("head", pack, north), 404, "not-found")
        self.problem(self.propose("north", pack, lease), 404, "not-found")
        self.problem(self.ask("GET", "/v1/pack-activations/1", token=north), 404, "not-found")
        self.problem(self.ask("GET", "/v1/organisations/head/pack", token=lease), 404, "not-found")
        for number in ("0", "-1", "x", "9" * 30, "3"):
            self.problem(self.ask("GET", f"/v1/pack-activations/{number}"), 404, "not-found")

    def test_one_of_many_at_once(self):
        pack = self.kept()
        number = self.propose("head", pack, self.sun).json()["number"]
        answers, wei = [], self.wei
        threads = [threading.Thread(target=lambda: answers.append(self.ask(
            "POST", f"/v1/pack-activations/{number}/activate", {"pack": pack}, wei).status)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(sorted(answers), [200] + [409] * 7)

    def test_again_with_the_same_key(self):
        pack = self.kept()
        body = {"organisation": "head", "pack": pack, "reason": "as decided"}
        first, again = (self.ask("POST", "/v1/pack-activations", body, self.sun, headers={"Idempotency-Key": "k1"})
                        for _ in range(2))
        self.assertEqual((first.status, again.status, first.json()), (201, 201, again.json()))

    def test_the_trail_and_the_feed(self):
        self.put_in_force("head", self.kept())
        trail = [entry["action"] for entry in self.ask("GET", "/v1/audit?limit=1000").json()["items"]]
        self.assertEqual([action for action in trail if action.startswith("pack.")],
                         ["pack.store", "pack.propose", "pack.activate"])
        steps = [event["op"] for event in self.ask("GET", "/v1/events?limit=1000").json()["events"]
                 if event.get("source") == "credit"]
        self.assertEqual(steps, ["pack.store", "pack.propose", "pack.activate"])

    def test_a_restart_changes_nothing(self):
        pack = self.kept()
        self.put_in_force("head", pack)
        self.bank.server.restart()
        self.assertEqual(self.in_force("north"), pack)
        self.assertEqual(self.ask("GET", f"/v1/packs/{pack}/day").status, 200)


class PacksOnSqlite(PackCase, unittest.TestCase):
    pass


class PacksOnPostgresql(OnPostgres, PackCase, unittest.TestCase):
    pass


class ServePacks(unittest.TestCase):
    def test_folders_are_stored_at_the_start(self):
        home = pathlib.Path(tempfile.mkdtemp(prefix="headroom-packs-"))
        self.addCleanup(shutil.rmtree, home)
        for name in ("cn-commercial-bank", "demo"):
            shutil.copytree(PACKS / name, home / name)
        (home / "broken").mkdir()
        (home / "broken" / "pack.json").write_text("{}")
        (home / "linked").symlink_to("/etc")
        server = Headroom("--packs", str(home))
        self.addCleanup(server.remove)
        for _ in range(2):
            stored = server.get("/v1/packs").json()["items"]
            self.assertEqual([item["id"] for item in stored], ["cn-commercial-bank", "demo"])
            self.assertEqual(stored[0]["stored_by"], "system")
            self.assertIn("broken/pack.json: error: format", server.stderr())
            server.restart()


if __name__ == "__main__":
    unittest.main()
