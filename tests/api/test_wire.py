"""The binary protocol from outside, spoken by a client that knows docs/reference/protocol.md alone."""

import json
import os
import pathlib
import re
import signal
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import threading
import time
import unittest

import wire_client as wire
from headroom_server import BINARY, Headroom, draw, limit_open
from wire_client import Connection

SOURCE = pathlib.Path(os.environ.get("HEADROOM_SOURCE", "."))
TIER = os.environ.get("HEADROOM_TIER", "test")


def sealed(head, body=b""):
    """A frame of this header, with sound checksums."""
    head = bytearray(head[:wire.HEADER])
    head[56:60] = struct.pack("<I", wire.checksum(body))
    head[60:64] = struct.pack("<I", wire.checksum(head[:60]))
    return bytes(head) + body


class Wire(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Headroom()
        cls.server.post([limit_open("line", "1000000"), limit_open("small", "10")])

    @classmethod
    def tearDownClass(cls):
        status = cls.server.stop()
        errors = cls.server.stderr()
        cls.server.remove()
        assert status == 0, (status, errors)


class Commands(Wire):
    def test_what_a_connection_is_told(self):
        with Connection(self.server) as connection:
            version, role, commands, records, batches, base = struct.unpack_from(
                "<BBxxIII3s", connection.welcome.body)
            self.assertEqual((version, role, commands, records, batches, base), (1, 4, 8192, 32768, 32, b"CNY"))
            printed = subprocess.run([BINARY, "--version"], capture_output=True, text=True, check=True).stdout
            self.assertIn(wire.text_of(connection.welcome.body[32:64]), printed)

    def test_answers_of_every_kind(self):
        with Connection(self.server) as connection:
            answers = connection.post([
                {"op": "draw", "id": "k-1", "limit": "small", "amount": "9.00"},
                {"op": "draw", "id": "k-2", "limit": "small", "amount": "9.00"},
                {"op": "limit.adjust", "id": "k-3", "limit": "small", "cap": "5.00"},
                {"op": "get", "limit": "small"}, {"op": "get", "exposure_id": "k-1"},
                {"op": "draw", "id": "k-1", "limit": "small", "amount": "9.00"},
                {"op": "draw", "id": "k-1", "limit": "small", "amount": "9.01"},
                {"op": "draw", "id": "k-4", "limit": "none", "amount": "1"}])
            self.assertEqual(answers[0], {"id": "k-1", "result": "ok"})
            self.assertEqual(answers[1], {"id": "k-2", "result": "refused", "refusals": [
                {"limit": "small", "reason": "limit_exceeded", "available": "1.00", "required": "9.00"}]})
            self.assertEqual(answers[2], {"id": "k-3", "result": "ok", "over": ["small"]})
            self.assertEqual(answers[3]["limit"], self.server.get("/v1/limits/small").json())
            self.assertEqual(answers[4]["exposure"]["remaining_amount"], "9.00")
            self.assertEqual([answer["result"] for answer in answers[5:]],
                             ["exists", "id_conflict", "limit_not_found"])

    def test_the_moment_of_an_answer(self):
        with Connection(self.server) as connection:
            connection.send(wire.batch([draw("m-1", "line", "1")], 1 << 63))
            answer = connection.receive()
            headers = self.server.get("/v1/limits/line").headers
            self.assertEqual(answer.tag, 1 << 63)
            self.assertEqual(str(answer.event), headers["headroom-event"])
            self.assertEqual(wire.date_text(answer.date), headers["headroom-business-date"])
            self.assertLess(abs(answer.time / 1e6 - time.time()), 60)

    def test_the_largest_batch(self):
        commands = [draw(f"b-{i}", "line", "0.01") for i in range(8192)]
        with Connection(self.server) as connection:
            answers = connection.post(commands)
            self.assertEqual({answer["result"] for answer in answers}, {"ok"})
            answers = connection.post(commands)
            self.assertEqual({answer["result"] for answer in answers}, {"exists"})

    def test_many_in_flight_and_slices_of_any_size(self):
        frames = b"".join(wire.batch([draw(f"f-{tag}-{i}", "line", "0.01") for i in range(20)], tag)
                          for tag in range(1, 101))
        with Connection(self.server) as connection:
            sender = threading.Thread(target=self.drip, args=(connection, frames))
            sender.start()
            tags = []
            for _ in range(100):
                answer = connection.receive()
                self.assertEqual({found["result"] for found in answer.results()}, {"ok"})
                tags.append(answer.tag)
            sender.join()
            self.assertEqual(sorted(tags), list(range(1, 101)))

    @staticmethod
    def drip(connection, data):
        sizes = [1, 63, 64, 65, 127, 1000, 2624, 5000, 100000]
        place = turn = 0
        while place < len(data):
            size = sizes[turn % len(sizes)]
            connection.send(data[place:place + size])
            place, turn = place + size, turn + 1
            time.sleep(0.0005 if turn < 300 else 0)

    def test_a_chain_holds_within_its_batch(self):
        with Connection(self.server) as connection:
            answers = connection.post([draw("c-1", "line", "1", linked=True), draw("c-2", "none", "1")])
            self.assertEqual([a["result"] for a in answers], ["linked_failed", "limit_not_found"])
            answers = connection.post([draw("c-3", "line", "1", linked=True)])
            self.assertEqual(answers[0]["result"], "chain_open")

    def test_ping(self):
        with Connection(self.server) as connection:
            connection.send(wire.frame(wire.PING, tag=9))
            answer = connection.receive()
            self.assertEqual((answer.kind, answer.tag), (wire.PONG, 9))

    def test_figures(self):
        def figure(name):
            text = self.server.get("/metrics").body.decode()
            return int(re.search(rf"^headroom_{name} (\d+)$", text, re.M).group(1))
        before = figure("binary_commands_total"), figure('decisions_total{result="ok"}')
        with Connection(self.server) as connection:
            connection.post([draw("g-1", "line", "1"), draw("g-2", "line", "1")])
            self.assertGreaterEqual(figure("binary_connections"), 1)
        after = figure("binary_commands_total"), figure('decisions_total{result="ok"}')
        self.assertEqual([b - a for a, b in zip(before, after)], [2, 2])


class SameAsHttp(unittest.TestCase):
    """The same random commands over both doors of two ledgers."""

    COUNT = {"test": 600, "check": 3000, "soak": 30000}[TIER]

    @staticmethod
    def sayable(command):
        """Whether a record can say it: what is wrong in type has no place in one."""
        known = set(wire.ITEMS) | set(wire.TARGETS) | {
            "op", "id", "amount", "exposure", "weighted", "cap", "currency", "due", "expires", "linked", "final"}
        if not isinstance(command, dict) or not set(command) <= known or str(command.get("op")) not in wire.OPS:
            return False
        if sum(name in command for name in wire.TARGETS) > 1 or ("cap" in command) == ("amount" in command):
            if "cap" in command or sum(name in command for name in wire.TARGETS) > 1:
                return False
        if "cap" in command and command["op"] not in ("limit.open", "limit.adjust"):
            return False
        if "amount" in command and command["op"] in ("limit.open", "limit.adjust"):
            return False
        for name in ("amount", "exposure", "weighted", "cap"):
            # A record holds a number, so how a text that is none is judged is the business of JSON alone.
            if name in command and not re.fullmatch(r"[0-9]+(\.[0-9]+)?", str(command[name])):
                return False
        ids = [command[name] for name in (*wire.TARGETS, "id") if name in command]
        try:
            ids += [*command.get("parents", []), *command.get("unlocks", [])]
            if not all(0 < len(name.encode()) <= 32 and "\0" not in name for name in ids):
                return False
            for name in ("linked", "final", "revolving"):
                if not isinstance(command.get(name, True), bool):
                    return False
            if not re.fullmatch("[A-Z]{3}", command.get("currency", "CNY")) or command.get("lifts") == []:
                return False
            wire.record(command)
            return True
        except (AttributeError, KeyError, OverflowError, TypeError, ValueError, struct.error):
            return False

    def stream(self, profile, seed):
        done = subprocess.run(
            [sys.executable, str(SOURCE / "tests" / "model" / "generate.py"), "--seed", str(seed), "--count",
             str(self.COUNT), "--profile", profile], capture_output=True, check=True)
        for line in done.stdout.split(b"\n"):
            try:
                command = json.loads(line.decode(), parse_float=str)
            except ValueError:
                continue
            if isinstance(command, dict):
                command.pop("at", None)
                for name in ("amount", "exposure", "weighted", "cap"):
                    if isinstance(command.get(name), int) and not isinstance(command[name], bool):
                        command[name] = str(command[name])
            if self.sayable(command):
                yield command

    def test_the_same_answers(self):
        for seed, profile in enumerate(("mixed", "unlocks", "graph", "currencies", "chains", "identity"), 1):
            with self.subTest(profile=profile):
                commands = list(self.stream(profile, seed))
                self.assertGreater(len(commands), self.COUNT / 3)
                self.compare(commands)

    def compare(self, commands):
        http, binary = Headroom(), Headroom()
        self.addCleanup(http.remove)
        self.addCleanup(binary.remove)
        with Connection(binary) as connection:
            for begin in range(0, len(commands), 97):
                part = commands[begin:begin + 97]
                for command, found, wanted in zip(part, connection.post(part), http.post(part), strict=True):
                    if "id" not in wanted:  # of a bad id, which JSON does not give back
                        found.pop("id", None)
                    self.assertEqual(found, wanted, command)


class Hostile(Wire):
    """Each is told what it did and closed, and nobody else notices."""

    def refused(self, data, code, sign_in=True, token=None):
        with Connection(self.server) as other, Connection(self.server, sign_in=sign_in) as connection:
            connection.send(data)
            found = connection.receive().error()
            self.assertEqual(found[:2], (code, True), found)
            page = re.search(rf"^\| {code} \| yes \| (yes|no) \| (.*) \|$", wire.PAGE, re.M)
            self.assertEqual(found[2:], (page.group(1) == "yes", page.group(2)))
            self.assertTrue(connection.ended())
            self.assertEqual(other.post([{"op": "get", "limit": "line"}])[0]["result"], "ok")

    def test_before_the_hello(self):
        self.refused(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" + bytes(64), 1, sign_in=False)
        self.refused(os.urandom(64), 1, sign_in=False)
        self.refused(wire.batch([draw("x", "line", "1")]), 8, sign_in=False)
        self.refused(wire.frame(wire.PING), 8, sign_in=False)
        self.refused(wire.hello(self.server.admin, 2, 9), 2, sign_in=False)
        self.refused(wire.hello(self.server.admin, 0, 0), 2, sign_in=False)
        self.refused(wire.frame(wire.HELLO, struct.pack("<BBH124x", 1, 1, 97)), 7, sign_in=False)

    def test_a_batch_of_a_stranger_is_not_waited_for(self):
        head = wire.frame(wire.BATCH, bytes(128 * 8192), 8192)[:64]
        self.refused(head, 8, sign_in=False)

    def test_tokens(self):
        self.refused(wire.hello(""), 16, sign_in=False)
        self.refused(wire.hello("hr_" + "A" * 43), 17, sign_in=False)
        self.refused(wire.hello(b"\0" * 46), 17, sign_in=False)

    def test_a_second_hello(self):
        self.refused(wire.hello(self.server.admin), 8)

    def test_headers(self):
        good = wire.batch([draw("x", "line", "1")])
        body = good[64:]

        def with_bytes(offset, data):
            head = bytearray(good[:64])
            head[offset:offset + len(data)] = data
            return sealed(head, body)
        self.refused(b"HRW2" + good[4:], 1)
        self.refused(good[:60] + bytes(4) + body, 3)
        self.refused(with_bytes(9, b"\2"), 2)
        self.refused(with_bytes(8, b"\0"), 5)
        self.refused(with_bytes(8, b"\x08"), 5)
        self.refused(with_bytes(10, b"\1"), 7)
        self.refused(with_bytes(20, b"\1"), 7)
        self.refused(with_bytes(52, b"\1"), 7)
        self.refused(with_bytes(4, struct.pack("<I", 0xFFFFFFFF)), 4)
        self.refused(with_bytes(4, struct.pack("<I", 64)), 4)
        self.refused(with_bytes(4, struct.pack("<I", 0)), 4)
        self.refused(with_bytes(12, struct.pack("<I", 0)), 6)
        self.refused(with_bytes(12, struct.pack("<I", 2)), 6)
        self.refused(with_bytes(12, struct.pack("<I", 0xFFFFFFFF)), 6)
        self.refused(with_bytes(16, struct.pack("<I", 0xFFFFFFFF)), 6)
        self.refused(with_bytes(16, struct.pack("<I", 2)), 4)

    def test_what_only_the_server_sends(self):
        for kind in (wire.WELCOME, wire.ERROR):
            self.refused(wire.frame(kind, bytes(128)), 5)
        self.refused(wire.frame(wire.RESULTS, bytes(128), 1, 0), 5)
        self.refused(wire.frame(wire.PONG), 5)

    def test_bodies(self):
        good = wire.batch([draw("x", "line", "1")])
        self.refused(good[:-1] + b"\1", 3)
        two = wire.record(draw("x", "line", "1")) * 2
        self.refused(wire.frame(wire.BATCH, two, 1), 6)
        more = bytearray(wire.record(draw("x", "line", "1", reason="r")))
        more[1] = 2
        self.refused(wire.frame(wire.BATCH, bytes(more), 1), 6)
        more[1] = 65
        self.refused(wire.frame(wire.BATCH, bytes(more) + bytes(128 * 64), 1), 7)
        more[1] = 1
        more[130:132] = b"\xff\xff"  # the size of the item
        self.refused(wire.frame(wire.BATCH, bytes(more), 1), 7)

    def test_garbage_behind_a_good_batch_does_not_undo_it(self):
        with Connection(self.server) as connection:
            connection.send(wire.batch([draw("h-1", "line", "1")], 5) + os.urandom(64))
            kinds = [connection.receive() for _ in range(2)]
            self.assertEqual(sorted(found.kind for found in kinds), [wire.RESULTS, wire.ERROR])
            self.assertTrue(connection.ended())
        self.assertEqual(self.server.get("/v1/exposures/h-1").status, 200)

    def test_cut_off_at_any_byte(self):
        whole = wire.hello(self.server.admin) + wire.batch([draw("h-cut", "line", "1")])
        for size in range(0, len(whole), 7):
            with socket.create_connection(self.server.binary, timeout=30) as raw:
                raw.sendall(whole[:size])
        self.assertEqual(self.server.get("/v1/exposures/h-cut").status, 404)
        with Connection(self.server) as connection:
            self.assertEqual(connection.post([draw("h-cut", "line", "1")])[0]["result"], "ok")

    def test_random_bytes_within_sound_frames(self):
        for seed in range({"test": 30, "check": 300, "soak": 3000}[TIER]):
            body = b"".join(os.urandom(1) + bytes(1) + os.urandom(126) for _ in range(20))
            with Connection(self.server) as connection:
                connection.send(wire.frame(wire.BATCH, body, 20, tag=seed))
                answer = connection.receive()
                self.assertEqual(len(answer.results()), 20)
                self.assertTrue({found["result"] for found in answer.results()} <=
                                {"bad_request", "bad_id", "bad_currency", "bad_amount", "bad_date",
                                 "linked_failed", "chain_open"})

    def test_one_that_reads_nothing_hurts_nobody(self):
        names = wire.batch([{"op": "get", "limit": "line"}] * 4096, 1)
        with Connection(self.server) as greedy, Connection(self.server) as other:
            greedy.socket.settimeout(0.3)
            with self.assertRaises((TimeoutError, OSError)):
                for _ in range(2000):
                    greedy.send(names)
            self.assertEqual(other.post([{"op": "get", "limit": "line"}])[0]["result"], "ok")


class Doors(unittest.TestCase):
    """Tokens, roles, addresses, TLS, and the end of a server."""

    def server(self, *options, **more):
        server = Headroom(*options, **more)
        self.addCleanup(server.remove)
        return server

    def test_roles(self):
        server = self.server()
        server.post([limit_open("line", "1000")])
        reader, operator = server.token("reader"), server.token("operator")
        with Connection(server, reader["token"]) as connection:
            self.assertEqual(connection.welcome.body[1], 1)
            for _ in range(2):
                connection.send(wire.batch([{"op": "get", "limit": "line"}], 3))
                answer = connection.receive()
                self.assertEqual((answer.tag, answer.error()[:2]), (3, (19, False)))
        for bounds in ({"scope": "limits:read"}, {"organisation": "head"}):
            with Connection(server, server.token("operator", **bounds)["token"]) as connection:
                connection.send(wire.batch([{"op": "get", "limit": "line"}], 4))
                self.assertEqual(connection.receive().error()[:2], (19, False))
        with Connection(server, server.token("operator", scope="commands:write")["token"]) as connection:
            self.assertEqual(connection.post([draw("s-1", "line", "1")])[0]["result"], "ok")
        with Connection(server, operator["token"]) as connection:
            self.assertEqual(connection.welcome.body[1], 2)
            self.assertEqual(connection.post([draw("o-1", "line", "1")])[0]["result"], "ok")
            self.assertEqual(server.ask("DELETE", f"/v1/tokens/{operator['id']}").status, 204)
            connection.send(wire.batch([draw("o-2", "line", "1")]))
            self.assertEqual(connection.receive().error()[:2], (17, True))
            self.assertTrue(connection.ended())
        self.assertEqual(server.get("/v1/exposures/o-2").status, 404)

    def test_guessing_is_throttled_and_logged(self):
        server = self.server()
        codes = []
        for _ in range(25):
            with Connection(server, sign_in=False) as connection:
                connection.send(wire.hello("hr_" + "B" * 43))
                codes.append(connection.receive().error()[0])
        self.assertEqual(set(codes[:20]) | set(codes[20:]), {17, 18})
        self.assertEqual(codes[0], 17)
        with Connection(server) as connection:  # a good token passes all the same
            connection.send(wire.frame(wire.PING))
            self.assertEqual(connection.receive().kind, wire.PONG)
        self.assertIn("refused", (server.directory / "audit.log").read_text())

    def test_where_it_listens(self):
        for options in (("--binary-listen", "0.0.0.0:0"), ("--binary-listen", "nowhere"),
                        ("--binary-listen", "[::]:0")):
            with tempfile.TemporaryDirectory() as folder:
                done = subprocess.run([BINARY, "serve", "--data", f"{folder}/data", "--listen", "127.0.0.1:0",
                                       "--language", "en", *options], capture_output=True, text=True, timeout=30,
                                      check=False)
                self.assertEqual(done.returncode, 2, done.stderr)
                self.assertIn("--binary-listen", done.stderr)
        off = self.server("--binary-listen", "off")
        self.assertIsNone(off.binary)
        with socket.socket() as free:  # the port behind --listen's, when that one is free too
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.assertEqual(self.server("--binary-listen", f"localhost:{port}").binary, ("127.0.0.1", port))

    def test_tls(self):
        folder = pathlib.Path(tempfile.mkdtemp(prefix="headroom-wire-"))
        self.addCleanup(lambda: subprocess.run(["rm", "-r", str(folder)], check=True))
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ed25519", "-nodes", "-keyout", folder / "key.pem",
                        "-out", folder / "cert.pem", "-days", "2", "-subj", "/CN=localhost", "-addext",
                        "subjectAltName=DNS:localhost"], check=True, capture_output=True)
        server = self.server("--tls-cert", str(folder / "cert.pem"), "--tls-key", str(folder / "key.pem"))
        context = ssl.create_default_context(cafile=str(folder / "cert.pem"))

        def wrap(raw):
            return context.wrap_socket(raw, server_hostname="localhost")
        with Connection(server, wrap=wrap) as connection:
            answers = connection.post([limit_open("line", "100000")] +
                                      [draw(f"t-{i}", "line", "1") for i in range(4000)])
            self.assertEqual({answer["result"] for answer in answers}, {"ok"})
        with Connection(server, sign_in=False) as plain:
            plain.send(wire.hello(server.admin))
            self.assertLess(len(plain.rest()), 64)  # an alert of TLS at most, and no frame
        with Connection(server, wrap=wrap) as connection:  # it is still there
            self.assertEqual(connection.post([{"op": "get", "limit": "line"}])[0]["result"], "ok")

    def test_a_stop_answers_what_was_taken(self):
        server = self.server()
        with Connection(server) as connection, Connection(server) as idle:
            connection.post([limit_open("line", "100000")])
            connection.send(b"".join(wire.batch([draw(f"s-{tag}", "line", "1")], tag) for tag in range(1, 6)))
            self.assertEqual(connection.receive().kind, wire.RESULTS)
            server.process.send_signal(signal.SIGTERM)
            kinds = []
            while wire.ERROR not in kinds:
                kinds.append(connection.receive().kind)
            self.assertTrue(set(kinds) <= {wire.RESULTS, wire.ERROR})
            self.assertTrue(connection.ended())
            self.assertEqual(idle.receive().error()[:2], (36, True))
        self.assertEqual(server.process.wait(30), 0)

    def test_killed_and_asked_again_with_the_same_ids(self):
        server = self.server()
        with Connection(server) as connection:
            connection.post([limit_open("line", "1000000")])
        commands = [draw(f"a-{i}", "line", "1") for i in range(3000)]
        with Connection(server) as connection:
            for tag in range(30):
                connection.send(wire.batch(commands[tag * 100:tag * 100 + 100], tag))
            connection.receive()
            server.restart(signal.SIGKILL)
        with Connection(server) as connection:
            found = connection.post(commands)
            self.assertTrue({answer["result"] for answer in found} <= {"ok", "exists"})
            self.assertEqual(found[0]["result"], "exists")
        self.assertEqual(server.get("/v1/limits/line").json()["used"], "3000.00")

    def test_a_slow_one_is_told_and_closed(self):
        if TIER == "test":
            self.skipTest("it takes the ten seconds of a time-out")
        server = self.server()
        with Connection(server, sign_in=False) as silent, Connection(server) as half:
            half.send(wire.batch([draw("x", "line", "1")])[:-1])
            self.assertEqual(half.receive().error()[:2], (9, True))
            self.assertEqual(silent.receive().error()[:2], (9, True))
            self.assertTrue(half.ended() and silent.ended())


if __name__ == "__main__":
    unittest.main()
