"""Everything that can be asked for: limits, trees, drawings, history, metrics, the description."""

import datetime
import os
import pathlib
import re
import time
import unittest

from headroom_server import Headroom, draw, limit_open, segment
from http_raw import Raw


def pages(server, target, member, **options):
    """All items of a list, page by page, and how many pages there were."""
    items, cursor, count = [], None, 0
    while cursor is not None or count == 0:
        more = f"{'&' if '?' in target else '?'}cursor={segment(cursor)}" if cursor else ""
        answer = server.get(target + more, **options)
        assert answer.status == 200, answer
        items += answer.json()[member]
        cursor = answer.json()["next"]
        count += 1
        assert count < 10000
    return items, count


class Queries(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = server = Headroom()
        # A diamond: below is under left and right, both under top.
        server.post([
            {"op": "rate.set", "id": "usd", "currency": "USD", "rate": "7.10"},
            limit_open("top", "10000", holder="H1", kind="group"),
            limit_open("left", "5000", ["top"], holder="H1", kind="line"),
            limit_open("right", "5000", ["top"], holder="H2", kind="line"),
            limit_open("below", "4000", ["left", "right"], holder="H2", kind="product"),
            limit_open("alone", "10", mode="soft"),
            draw("d1", "below", "100", actor="ann", reason="why", case="C-1"),
            {"op": "reserve", "id": "r1", "limit": "left", "amount": "50"},
            {"op": "draw", "id": "d2", "limit": "right", "amount": "10", "currency": "USD"},
            {"op": "repay", "id": "p1", "exposure_id": "d1", "amount": "40"},
            {"op": "unlock", "id": "u1", "limit": "top", "amount": "5", "until": "2999-01-01",
             "lifts": ["limit_exceeded", "expired"]},
        ])

    @classmethod
    def tearDownClass(cls):
        cls.server.remove()

    def problem(self, target, status, slug, **options):
        answer = self.server.get(target, **options)
        self.assertEqual(answer.status, status, answer)
        self.assertEqual(answer.json()["type"], f"/problems/{slug}")
        return answer.json()

    def test_a_limit_is_what_get_says(self):
        answer = self.server.get("/v1/limits/top")
        by_get = self.server.post([{"op": "get", "limit": "top"}])[0]["limit"]
        self.assertEqual(answer.json(), by_get)
        self.assertEqual(list(answer.json()), list(by_get))
        self.assertEqual(answer.headers["headroom-event"],
                         str(self.server.get("/v1/events?after=0&limit=1000").json()["next"]))
        self.assertRegex(answer.headers["headroom-business-date"], r"^\d{4}-\d\d-\d\d$")

    def test_drawings_and_unlocks(self):
        for path, command, member in (("reservations/r1", {"reservation": "r1"}, "reservation"),
                                      ("exposures/d1", {"exposure_id": "d1"}, "exposure"),
                                      ("unlocks/u1", {"unlock": "u1"}, "unlock")):
            by_get = self.server.post([{"op": "get", **command}])[0][member]
            self.assertEqual(self.server.get(f"/v1/{path}").json(), by_get)

    def test_what_is_not_there(self):
        self.problem("/v1/limits/none", 404, "limit-not-found")
        self.problem("/v1/limits/none/tree", 404, "limit-not-found")
        self.problem("/v1/limits/none/exposures", 404, "limit-not-found")
        self.problem("/v1/limits/none/movements", 404, "limit-not-found")
        self.problem("/v1/limits/" + "x" * 40, 404, "limit-not-found")
        self.problem("/v1/reservations/d1", 404, "reservation-not-found")
        self.problem("/v1/exposures/r1", 404, "exposure-not-found")
        self.problem("/v1/unlocks/none", 404, "unlock-not-found")
        self.problem("/v1/nothing", 404, "not-found")

    def test_details_speak_the_clients_language(self):
        english = self.problem("/v1/limits/none", 404, "limit-not-found")
        chinese = self.problem("/v1/limits/none", 404, "limit-not-found",
                               headers={"Accept-Language": "zh-CN,zh;q=0.9"})
        self.assertEqual(english["detail"], "no such limit")
        self.assertEqual(chinese["detail"], "额度不存在")

    def test_lists_by_holder_kind_and_match(self):
        def ids(query):
            return [row["id"] for row in self.server.get(f"/v1/limits?{query}").json()["limits"]]
        self.assertEqual(ids(""), ["top", "left", "right", "below", "alone"])
        self.assertEqual(ids("holder=H1"), ["left", "top"])
        self.assertEqual(ids("kind=line"), ["right", "left"])
        self.assertEqual(ids("holder=H2&kind=line"), ["right"])
        self.assertEqual(ids("match=LO"), ["below", "alone"])
        self.assertEqual(ids("match=h2"), ["right", "below"])
        self.assertEqual(ids("holder=none"), [])

    def test_many_questions_at_once_wait_for_their_turn(self):
        # More than one turn of the loop takes: all are answered, each connection's in their order, while a command of
        # another connection is decided among them.
        wanted = ["top", "left", "below", "alone"] * 100
        head = f"Host: x\r\nAuthorization: Bearer {self.server.admin}\r\n\r\n"
        pages_and_limits = [f"GET /v1/limits{'/' + name if i % 2 else '?match=e'} HTTP/1.1\r\n{head}"
                            for i, name in enumerate(wanted)]
        raws = [Raw(self.server.port) for _ in range(8)]
        for raw in raws:
            raw.send("".join(pages_and_limits).encode())
        asked = self.server.post([{"op": "check", "limit": "alone", "amount": "1"}])
        self.assertEqual(asked[0]["result"], "ok")
        for raw in raws:
            for i, name in enumerate(wanted):
                answer = raw.response()
                self.assertEqual(answer.status, 200)
                if i % 2:
                    self.assertEqual(answer.json()["id"], name)
                else:
                    self.assertEqual([limit["id"] for limit in answer.json()["limits"]], ["left", "below", "alone"])
            raw.socket.close()

    def test_lists_come_in_pages(self):
        for query in ("", "holder=H1&", "kind=line&", "match=o&"):
            whole, _ = pages(self.server, f"/v1/limits?{query}limit=1000", "limits")
            single, count = pages(self.server, f"/v1/limits?{query}limit=1", "limits")
            self.assertEqual(single, whole)
            self.assertEqual(count, max(len(whole), 1))

    def test_the_tree_shows_each_way_and_expands_once(self):
        rows = self.server.get("/v1/limits/top/tree").json()["limits"]
        seen = [(row["depth"], row["limit"]["id"], row["repeated"], row["children"])
                for row in rows]
        self.assertEqual(seen, [(0, "top", False, True), (1, "left", False, True),
                                (2, "below", False, False), (1, "right", False, True),
                                (2, "below", True, False)])
        shallow = self.server.get("/v1/limits/top/tree?depth=1").json()["limits"]
        self.assertEqual([row["limit"]["id"] for row in shallow], ["top", "left", "right"])
        single, count = pages(self.server, "/v1/limits/top/tree?limit=1", "limits")
        self.assertEqual((single, count), (rows, 5))
        self.problem("/v1/limits/left/tree?cursor=0", 400, "bad-parameter")
        self.problem("/v1/limits/left/tree?cursor=x.y", 400, "bad-parameter")

    def test_exposures_on_a_limit_and_below(self):
        def ids(target):
            items, _ = pages(self.server, target, "records")
            return [(kind, item[kind]["id"]) for item in items for kind in item]
        self.assertEqual(ids("/v1/limits/top/exposures"), [])
        every = [("reservation", "r1"), ("exposure", "d1"), ("exposure", "d2")]
        self.assertEqual(ids("/v1/limits/top/exposures?below=true"), every)
        self.assertEqual(ids("/v1/limits/top/exposures?below=true&limit=1"), every)
        self.assertEqual(ids("/v1/limits/left/exposures"), [("reservation", "r1")])

    def test_movements_newest_first(self):
        rows, _ = pages(self.server, "/v1/limits/top/movements?limit=2", "movements")
        self.assertEqual([row["id"] for row in rows if row["op"] != "limit.open"],
                         ["u1", "p1", "d2", "r1", "d1"])
        repaid = next(row for row in rows if row["id"] == "p1")
        self.assertEqual((repaid["amount"], repaid["currency"], repaid["record"], repaid["limit"]),
                         ("40.00", "CNY", "d1", "below"))
        drawn = next(row for row in rows if row["id"] == "d1")
        self.assertEqual((drawn["actor"], drawn["reason"], drawn["case"]), ("ann", "why", "C-1"))
        self.assertEqual(pages(self.server, "/v1/limits/top/movements?from=2999-01-01T00:00:00Z",
                               "movements")[0], [])
        self.assertEqual(pages(self.server, "/v1/limits/top/movements?to=2000-01-01T00:00:00Z",
                               "movements")[0], [])

    def test_rates_and_day(self):
        self.assertEqual(self.server.get("/v1/rates").json(),
                         {"base": "CNY", "rates": [{"currency": "CNY", "rate": "1"},
                                                   {"currency": "USD", "rate": "7.1"}]})
        day = self.server.get("/v1/day").json()
        today = datetime.datetime.now(datetime.timezone(datetime.timedelta(hours=8))).date()
        self.assertIn(day["business_date"], {str(today), str(today - datetime.timedelta(days=1))})

    def test_parameters_are_judged(self):
        for target in ("/v1/limits?limit=0", "/v1/limits?limit=1001", "/v1/limits?limit=x",
                       "/v1/limits?limit=-1", "/v1/limits?cursor=99999", "/v1/limits?what=1",
                       "/v1/limits?holder=H1&cursor=2", "/v1/limits/top?as_of=yesterday",
                       "/v1/limits/top?as_of=2999-01-01T00:00:00Z",
                       "/v1/limits/top/tree?depth=33", "/v1/limits/top/exposures?below=yes",
                       "/v1/limits/top/movements?from=2026", "/v1/events?after=-1",
                       "/v1/rates?x=1", "/v1/limits/top/exposures?cursor=0:99999"):
            with self.subTest(target=target):
                self.problem(target, 400, "bad-parameter")

    def test_methods(self):
        answer = self.server.ask("PUT", "/v1/limits/top", "{}")
        self.assertEqual(answer.status, 405)
        self.assertEqual(answer.headers["allow"], "GET, HEAD, OPTIONS")
        head = self.server.ask("HEAD", "/v1/limits/top")
        self.assertEqual((head.status, head.body), (200, b""))

    def test_metrics_count(self):
        text = self.server.get("/metrics").body.decode()
        values = dict(re.findall(r"^(\S+) ([0-9.]+)$", text, re.M))
        self.assertEqual(values["headroom_limits"], "5")
        self.assertEqual(values["headroom_exposures_open"], "2")
        self.assertGreaterEqual(int(values['headroom_decisions_total{result="ok"}']), 11)
        self.assertGreaterEqual(int(values['headroom_http_requests_total{method="POST",'
                                           'route="/v1/commands",status="200"}']), 1)
        self.assertEqual(values['headroom_sync_seconds_bucket{le="+Inf"}'],
                         values["headroom_sync_seconds_count"])
        for line in text.splitlines():
            self.assertRegex(line, r"^(# (HELP|TYPE) \S+ .+|[a-z_]+(\{.*\})? [0-9.]+)$")

    def test_health(self):
        for target in ("/healthz", "/readyz"):
            self.assertEqual(self.server.get(target, token="").status, 200)

    def test_the_page_keeps_to_itself(self):
        for target, kind in (("/", "text/html"), ("/page.css", "text/css"),
                             ("/page.js", "text/javascript"), ("/favicon.svg", "image/svg+xml")):
            answer = self.server.get(target, token="")
            self.assertEqual(answer.status, 200)
            self.assertTrue(answer.headers["content-type"].startswith(kind))
            again = self.server.get(target, token="",
                                    headers={"If-None-Match": answer.headers["etag"]})
            self.assertEqual((again.status, again.body), (304, b""))
            self.assertNotIn(b"://", answer.body.replace(b"http://www.w3.org/", b""))
        policy = self.server.get("/", token="").headers["content-security-policy"]
        self.assertIn("default-src 'self'", policy)
        self.assertNotIn("unsafe", policy)


class AsOf(unittest.TestCase):
    def setUp(self):
        self.server = Headroom()
        self.addCleanup(self.server.remove)

    def moment(self):
        """A time after everything that was done and before everything to come."""
        time.sleep(0.01)
        now = datetime.datetime.now(datetime.timezone.utc).isoformat().replace("+00:00", "Z")
        time.sleep(0.01)
        return now

    def test_a_limit_as_it_was(self):
        before = self.moment()
        self.server.post([limit_open("a", "100")])
        opened = self.moment()
        self.server.post([draw("b", "a", "60")])
        drawn = self.moment()
        self.server.post([{"op": "repay", "id": "c", "exposure_id": "b"},
                          {"op": "limit.adjust", "id": "d", "limit": "a", "cap": "70"}])

        def state(moment):
            answer = self.server.get(f"/v1/limits/a?as_of={moment}")
            if answer.status == 404:
                return None
            self.assertEqual(answer.status, 200, answer)
            return answer.json()["cap"], answer.json()["used"]
        for _ in range(2):
            self.assertIsNone(state(before))
            self.assertEqual(state(opened), ("100.00", "0.00"))
            self.assertEqual(state(drawn), ("100.00", "60.00"))
            self.assertEqual(state(self.moment()), ("70.00", "0.00"))
            self.assertEqual(self.server.restart(), 0)


def references(value):
    """Every $ref in a document."""
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for member in value.values():
            yield from references(member)
    elif isinstance(value, list):
        for member in value:
            yield from references(member)


# Answered to people who signed in only; test_people.py reads them.
PEOPLES = {"/v1/session", "/v1/rule-differences", "/v1/rule-moves", "/v1/rule-moves/{id}"}


class Description(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Headroom()
        cls.document = cls.server.get("/v1/openapi.json", token="").json()

    @classmethod
    def tearDownClass(cls):
        cls.server.remove()

    def test_it_is_openapi_3_1_in_structure(self):
        document = self.document
        self.assertEqual(document["openapi"], "3.1.0")
        self.assertEqual({"title", "version"} - set(document["info"]), set())
        identifiers = set()
        for path, methods in document["paths"].items():
            for method, operation in methods.items():
                self.assertIn(method, ("get", "post", "put", "delete"))
                self.assertNotIn(operation["operationId"], identifiers)
                identifiers.add(operation["operationId"])
                self.assertTrue(operation["responses"])
                named = {p["name"] for p in operation["parameters"] if p["in"] == "path"}
                self.assertEqual(named, set(re.findall(r"\{(\w+)\}", path)))
                for parameter in operation["parameters"]:
                    self.assertEqual(parameter["required"], parameter["in"] == "path")
                    self.assertIn("schema", parameter)

    def test_every_reference_leads_somewhere(self):
        schemas = self.document["components"]["schemas"]
        for reference in references(self.document):
            self.assertTrue(reference.startswith("#/components/schemas/"), reference)
            self.assertIn(reference.rsplit("/", 1)[1], schemas)

    def conforms(self, value, schema, where="answer"):
        """Checks a value against the part of JSON Schema that the document uses."""
        if "$ref" in schema:
            name = schema["$ref"].rsplit("/", 1)[1]
            return self.conforms(value, self.document["components"]["schemas"][name], name)
        kinds = {"object": dict, "array": list, "string": str, "integer": int, "boolean": bool}
        if value is None and where.endswith(".next"):
            return None
        if "type" not in schema:
            return None  # any value
        self.assertIsInstance(value, kinds[schema["type"]], where)
        if "enum" in schema:
            self.assertIn(value, schema["enum"], where)
        if "pattern" in schema:
            self.assertRegex(value, schema["pattern"], where)
        if schema["type"] == "object" and "properties" in schema:
            self.assertEqual(set(schema["required"]) - set(value), set(), where)
            self.assertEqual(set(value) - set(schema["properties"]), set(), where)
            for name, member in value.items():
                self.conforms(member, schema["properties"][name], f"{where}.{name}")
        if schema["type"] == "array":
            for member in value:
                self.conforms(member, schema["items"], f"{where}[]")
        return None

    def test_answers_are_as_described(self):
        from test_tasks import start
        self.server.post([
            {"op": "rate.set", "id": "s0", "currency": "USD", "rate": "7"},
            limit_open("s1", "10", until="2999-01-01", holder="H"),
            limit_open("s2", "10", ["s1"], mode="soft"),
            {"op": "limit.raise", "id": "s3", "limit": "s1", "amount": "5", "from": "2000-01-01",
             "until": "2999-01-01"},
            draw("s4", "s2", "12"), draw("s5", "s2", "100"),
            {"op": "reserve", "id": "s6", "limit": "s1", "amount": "1"},
            {"op": "unlock", "id": "s7", "limit": "s1", "amount": "5", "until": "2999-01-01"}])
        for target, body in (("entities", {"id": "bank", "name": "x"}),
                             ("organisations", {"id": "head", "name": "x", "legal_entity": "bank"}),
                             ("customers", {"id": "s8", "type": "interbank", "name": "x", "organisation": "head",
                                            "identifiers": [{"kind": "bic", "value": "ICBKCNBJ"}]}),
                             ("customers", {"id": "s9", "type": "interbank", "name": "y", "organisation": "head",
                                            "identifiers": [{"kind": "bic", "value": "ABOCCNBJ"}]}),
                             ("customers/s8/ties", {"kind": "control", "other": "s9", "reason": "x"}),
                             ("groups", {"name": "x", "organisation": "head", "lead": "s9", "reason": "x"}),
                             ("group-moves", {"kind": "limit", "group": "GR-00000001", "cap": "5", "currency": "CNY",
                                              "reason": "x"}),
                             ("customer-moves", {"kind": "merge", "source": "s8", "target": "s9", "reason": "x"}),
                             ("customers/s8/listings", {"list": "watch", "reason": "x", "legal_entity": "bank"})):
            self.assertEqual(self.server.ask("POST", f"/v1/{target}", body).status, 201, target)
        line = {"product": "x", "amount": "1", "tenor_months": 1, "revolving": True,
                "conditions": [{"when": "standing", "text": "x"}]}
        body = {"organisation": "head", "proposal": {"customer": "s8", "type": "new", "purpose": "x", "currency": "CNY",
                                                     "amount": "1", "lines": [{**line, "lines": [line]}]}}
        self.assertEqual(self.server.ask("POST", "/v1/applications", body).status, 201)
        packs = pathlib.Path(os.environ.get("HEADROOM_SOURCE", ".")) / "packs" / "cn-commercial-bank"
        pack = self.server.ask("POST", "/v1/packs", {"files": {
            str(path.relative_to(packs)): path.read_text() for path in packs.rglob("*.*")}}).json()["hash"]
        self.assertEqual(self.server.ask("POST", "/v1/pack-activations", {
            "organisation": "head", "pack": pack, "reason": "x"}).status, 201)
        start(self.server.directory / "credit.db", "head", "x", 1, who="token")
        for user in ("away", "there"):
            self.server.ask("POST", "/v1/users", {"id": user, "login": user, "name": "x", "organisation": "head"})
        self.server.ask("POST", "/v1/users/away/posts", {"organisation": "head", "role": "reviewer"})
        self.assertEqual(self.server.ask("POST", "/v1/delegations", {
            "delegator": "away", "delegate": "there", "organisation": "head", "role": "reviewer", "document": "1",
            "until": "2999-01-01T00:00:00Z", "reason": "x"}).status, 201)
        task = self.server.get("/v1/tasks").json()["items"][0]["id"]
        identifiers = {"/v1/packs": pack, "/v1/users": "away", "/v1/pack-activations": "1", "/v1/organisations": "head",
                       "/v1/tasks": task, "/v1/cases": "CS-00000001",
                       "/v1/customer-moves": "1", "/v1/groups": "GR-00000001", "/v1/group-moves": "1",
                       "/v1/delegations": "DG-00000001",
                       "/v1/customers": "s8", "/v1/applications": "AP-00000001", "/v1/limits": "s1",
                       "/v1/reservations": "s6", "/v1/exposures": "s4",
                       "/v1/unlocks": "s7"}
        tried = 0
        for path, methods in self.document["paths"].items():
            content = methods.get("get", {}).get("responses", {}).get("200", {}).get("content", {})
            if "application/json" not in content or path in PEOPLES:
                continue
            filled = re.sub(r"^(.*?)/\{id\}", lambda m: f"{m[1]}/{identifiers.get(m[1])}", path)
            answer = self.server.get(filled)
            self.assertEqual(answer.status, 200, filled)
            self.conforms(answer.json(), content["application/json"]["schema"], filled)
            tried += 1
        self.assertGreaterEqual(tried, 14)
        results = self.server.post([draw("s8", "s2", "100"), {"op": "get", "limit": "s1"},
                                    draw("s9", "s2", "0.01"), {"op": "get", "unlock": "s7"}])
        self.conforms(results, {"$ref": "#/components/schemas/Results"})
        problem = self.server.get("/v1/limits/none").json()
        self.conforms(problem, {"$ref": "#/components/schemas/Problem"})


if __name__ == "__main__":
    unittest.main()
