"""POST /v1/commands: batches, both forms, what is refused as a whole, resending, restarts."""

import json
import signal
import subprocess
import threading
import unittest

from headroom_server import BINARY, NDJSON, Headroom, draw, limit_open


class Commands(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Headroom()
        cls.operator = cls.server.token("operator")["token"]

    @classmethod
    def tearDownClass(cls):
        cls.server.remove()

    def results(self, commands, **options):
        return [row["result"] for row in self.server.post(commands, **options)]

    def refused(self, status, slug, body, **headers):
        answer = self.server.ask("POST", "/v1/commands", body, headers=headers)
        self.assertEqual(answer.status, status, answer)
        self.assertEqual(answer.headers["content-type"], "application/problem+json")
        self.assertEqual(answer.json()["type"], f"/problems/{slug}")
        self.assertEqual(answer.json()["status"], status)
        return answer.json()

    def test_an_array_is_answered_in_order(self):
        rows = self.server.post([limit_open("a1"), draw("a2", "a1", "600"), draw("a3", "a1", 500),
                                 draw("a4", "a1", "400.00")], token=self.operator)
        self.assertEqual([row["id"] for row in rows], ["a1", "a2", "a3", "a4"])
        self.assertEqual([row["result"] for row in rows], ["ok", "ok", "refused", "ok"])
        self.assertEqual(rows[2]["refusals"], [{"limit": "a1", "reason": "limit_exceeded",
                                                "available": "400.00", "required": "500.00"}])

    def test_resending_has_one_effect(self):
        batch = [limit_open("b1"), draw("b2", "b1", "10")]
        self.assertEqual(self.results(batch), ["ok", "ok"])
        self.assertEqual(self.results(batch), ["exists", "exists"])
        self.assertEqual(self.results([draw("b2", "b1", "11")]), ["id_conflict"])
        self.assertEqual(self.server.get("/v1/limits/b1").json()["used"], "10.00")

    def test_lines_are_answered_as_lines(self):
        body = "\n".join([json.dumps(limit_open("c1")), "", "not json",
                          json.dumps(draw("c2", "c1", "1"))])
        answer = self.server.ask("POST", "/v1/commands", body,
                                 headers={"Content-Type": f"{NDJSON}; charset=utf-8"})
        self.assertEqual(answer.status, 200)
        self.assertEqual(answer.headers["content-type"], NDJSON)
        rows = [json.loads(line) for line in answer.body.decode().splitlines()]
        self.assertEqual(rows, [{"id": "c1", "result": "ok"}, {"result": "bad_request"},
                                {"result": "bad_request"}, {"id": "c2", "result": "ok"}])

    def test_a_chain_stays_in_its_request(self):
        self.assertEqual(self.results([limit_open("d1"), draw("d2", "d1", "1", linked=True)]),
                         ["ok", "chain_open"])
        self.assertEqual(self.results([draw("d3", "d1", "1", linked=True), draw("d4", "d1", "9999"),
                                       draw("d5", "d1", "1")]), ["linked_failed", "refused", "ok"])

    def test_the_server_stamps_the_time(self):
        self.assertEqual(self.results([{**limit_open("e1"), "at": "2020-01-01T00:00:00Z"}]),
                         ["bad_request"])

    def test_elements_that_are_no_commands(self):
        rows = self.server.post([1, None, "x", [], {}, {"op": "nope", "id": "f1"}])
        self.assertEqual([row["result"] for row in rows], ["bad_request"] * 6)
        self.assertEqual(rows[5]["id"], "f1")

    def test_nothing_at_all(self):
        self.assertEqual(self.server.post([]), [])
        answer = self.server.ask("POST", "/v1/commands", "",
                                 headers={"Content-Type": NDJSON})
        self.assertEqual((answer.status, answer.body), (200, b""))

    def test_what_is_no_array(self):
        json_type = {"Content-Type": "application/json"}
        for body in ("", "{}", "nope", "[", "[1,]", "[{\"op\":1,\"op\":2}]", "[" * 100 + "]" * 100,
                     "\ufeff[]", "[] []", b"[\"\xff\"]", b"[\"\xed\xa0\x80\"]"):
            with self.subTest(body=body):
                answer = self.server.ask("POST", "/v1/commands", body, headers=json_type)
                self.assertEqual(answer.status, 400)
                self.assertEqual(answer.json()["type"], "/problems/malformed-json")
                self.assertIn("byte", answer.json()["detail"])

    def test_media_types(self):
        for kind in ("text/plain", "application/xml"):
            self.refused(415, "unknown-media-type", "[]", **{"Content-Type": kind})

    def test_at_most_8192_commands(self):
        check = {"op": "check", "limit": "nobody", "amount": "1"}
        self.assertEqual(set(self.results([check] * 8192)), {"limit_not_found"})
        self.refused(413, "too-many-commands", [check] * 8193)
        self.refused(413, "too-many-commands", "\n".join(["{}"] * 8193), **{"Content-Type": NDJSON})

    def test_a_body_beyond_the_bound(self):
        answer = self.server.ask("POST", "/v1/commands", b"x" * ((16 << 20) + 1),
                                 headers={"Content-Type": "application/json"})
        self.assertEqual(answer.status, 413)

    def test_long_and_odd_text_comes_back_whole(self):
        name = "额度<\"\\&>é"
        self.assertEqual(self.results([limit_open(name, holder="客户/甲 %41")]), ["ok"])
        rows = self.server.get("/v1/limits?holder=%E5%AE%A2%E6%88%B7%2F%E7%94%B2%20%2541").json()
        self.assertEqual([row["id"] for row in rows["limits"]], [name])

    def test_many_clients_share_groups_and_lose_nothing(self):
        self.server.post([limit_open("g1", "1000000")])
        failures = []

        def work(number):
            try:
                for i in range(25):
                    if self.results([draw(f"g{number}-{i}", "g1", "1")]) != ["ok"]:
                        failures.append((number, i))
            except Exception as error:  # a thread's failure must be seen
                failures.append(error)

        threads = [threading.Thread(target=work, args=(number,)) for number in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(failures, [])
        self.assertEqual(self.server.get("/v1/limits/g1").json()["used"], "400.00")


class Restarts(unittest.TestCase):
    def setUp(self):
        self.server = Headroom()
        self.addCleanup(self.server.remove)

    def test_what_was_answered_is_there_after_every_way_to_stop(self):
        self.server.post([limit_open("a", "100"), draw("b", "a", "60")])
        for how, status in ((signal.SIGTERM, 0), (signal.SIGKILL, -9), (signal.SIGINT, 0)):
            self.assertEqual(self.server.restart(how), status)
            self.assertEqual(self.server.get("/v1/limits/a").json()["used"], "60.00")
            self.assertEqual(self.server.post([draw("b", "a", "60")])[0]["result"], "exists")
            self.assertEqual(self.server.post([draw("c", "a", "50")])[0]["result"], "refused")

    def test_one_process_a_directory(self):
        second = subprocess.run([BINARY, "serve", "--data", str(self.server.directory), "--listen",
                                 "127.0.0.1:0"], capture_output=True, text=True, timeout=30,
                                check=False)
        self.assertEqual(second.returncode, 3)
        self.assertIn("another process", second.stderr)

    def test_verify_proves_the_directory(self):
        self.server.post([limit_open("a", "100"), draw("b", "a", "60")])
        self.server.token("reader")
        self.server.stop()
        done = self.server.run("verify", str(self.server.directory))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stdout, r"state digest +[0-9a-f]{64}\n")
        head = done.stdout.split("audit head")[1].split()[0]
        again = self.server.run("verify", str(self.server.directory), "--audit-head", head)
        self.assertEqual(again.returncode, 0)
        wrong = self.server.run("verify", str(self.server.directory), "--audit-head", "0" * 64)
        self.assertEqual(wrong.returncode, 1)
        log = self.server.directory / "audit.log"
        log.write_bytes(log.read_bytes().replace(b"first start", b"fIrst start"))
        changed = self.server.run("verify", str(self.server.directory))
        self.assertEqual(changed.returncode, 1)
        self.assertIn("audit.log", changed.stderr)


if __name__ == "__main__":
    unittest.main()
