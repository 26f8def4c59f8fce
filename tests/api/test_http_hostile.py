"""Hostile, broken and slow clients against src/http, while a good client is answered all along."""

import os
import random
import resource
import socket
import threading
import time
import unittest

from http_raw import Server, get, post, request, wait_until

TIER = os.environ.get("HEADROOM_TIER", "test")
HOST = b"Host: localhost\r\n"


class Good(threading.Thread):
    """A well-behaved client on one connection: asks again and again, and checks each answer."""

    def __init__(self, server):
        super().__init__()
        self.raw, self.count, self.error = server.connect(), 0, None
        self.stopping = threading.Event()
        self.start()

    def run(self):
        try:
            while not self.stopping.is_set():
                text = f"good {self.count}".encode()
                self.raw.send(post("/echo", text))
                response = self.raw.response()
                assert (response.status, response.body) == (200, text), response.body
                self.count += 1
        except Exception as error:  # told by stop, in the test's own thread
            self.error = error

    def stop(self):
        self.stopping.set()
        self.join()
        self.raw.socket.close()
        if self.error is not None:
            raise self.error
        assert self.count > 0


class Hostile(unittest.TestCase):
    options = ()

    @classmethod
    def setUpClass(cls):
        cls.server = Server(*cls.options)

    @classmethod
    def tearDownClass(cls):
        assert cls.server.stop() == 0

    def setUp(self):
        self.good = Good(self.server)

    def tearDown(self):
        self.good.stop()
        wait_until(lambda: self.server.figures()["connections_open"] == 1)
        self.assertEqual(self.server.figures()["bodies_size"], 0)

    def refused(self, data, status, before=0):
        """`data` is answered by `before` good answers, one refusal, and the end: nothing else."""
        with self.server.connect() as raw:
            raw.send(data)
            for _ in range(before):
                self.assertEqual(raw.response().status, 200)
            response = raw.response()
            self.assertEqual(response.status, status, (data, response.body))
            self.assertEqual(response.headers["content-type"], "application/problem+json")
            self.assertEqual(response.headers["connection"], "close")
            self.assertEqual(response.json()["status"], status)
            self.assertTrue(response.json()["type"].startswith("/problems/"))
            self.assertTrue(raw.ended(), data)
            return response


class Malformed(Hostile):
    SMUGGLED = b"GET /smuggled HTTP/1.1\r\n" + HOST + b"\r\n"

    def test_each_way_to_smuggle_gets_one_refusal_and_the_end(self):
        start = b"POST /echo HTTP/1.1\r\n" + HOST
        for headers, status in [
                (b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", 400),
                (b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", 400),
                (b"Content-Length: 5\r\nContent-Length: 50\r\n", 400),
                (b"Content-Length: 5\r\nContent-Length: 5\r\n", 400),
                (b"Content-Length: 5, 5\r\n", 400),
                (b"Content-Length: +5\r\n", 400),
                (b"Content-Length: 0x5\r\n", 400),
                (b"Content-Length : 5\r\n", 400),
                (b"Content-Length:\r\n 5\r\n", 400),
                (b"Content-Length: 5\n", 400),
                (b"Content-Length\x00: 5\r\n", 400),
                (b"Content-Length: 5\x00\r\n", 400),
                (b"X: y\rContent-Length: 5\r\n", 400),
                (b"X: y\nContent-Length: 5\r\n", 400),
                (b"Transfer-Encoding : chunked\r\n", 400),
                (b"Transfer-Encoding:\x0bchunked\r\n", 400),
                (b"Transfer-Encoding: xchunked\r\n", 501),
                (b"Transfer-Encoding: chunked, identity\r\n", 501),
                (b"Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n", 501),
                (b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", 400),
                (b" Transfer-Encoding: chunked\r\n", 400),
                (b"Transfer\xc2\xadEncoding: chunked\r\n", 400),
                (HOST, 400)]:
            for body in (b"0\r\n\r\n", b"hello"):
                with self.subTest(headers=headers, body=body):
                    self.refused(start + headers + b"\r\n" + body + self.SMUGGLED, status)

    def test_malformed_chunks(self):
        start = b"POST /echo HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n"
        for body in [b"5\nhello\r\n0\r\n\r\n", b"5;a=b\r\nhello\r\n0\r\n\r\n", b"-5\r\nhello\r\n",
                     b"5\r\nhelloX0\r\n\r\n", b"4\r\nhello\r\n0\r\n\r\n", b"000000005\r\nhello",
                     b"ffffffffffffffff\r\n", b"0\r\nX: y\r\n\r\n", b"g\r\n", b"\r\n5\r\nhello"]:
            with self.subTest(body=body):
                self.refused(start + body + self.SMUGGLED, 400)

    def test_malformed_lines(self):
        for data, status in [
                (b"GET /fixed HTTP/1.1\n" + HOST + b"\r\n", 400),
                (b"\r\n\r\nGET /fixed HTTP/1.1\r\n" + HOST + b"\r\n", 400),
                (b"GET /fixed\r\n\r\n", 400),
                (b"GET /fixed HTTP/1.1\r\n\r\n", 400),
                (b"GET /fixed HTTP/3.0\r\n" + HOST + b"\r\n", 505),
                (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
                (b"BREW /fixed HTTP/1.1\r\n" + HOST + b"\r\n", 501),
                (b"CONNECT a:1 HTTP/1.1\r\n" + HOST + b"\r\n", 501),
                (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400),
                (b"\x00" * 100 + b"\r\n\r\n", 400),
                (get("/fixed", "Upgrade: websocket", "Connection: Upgrade"), 501),
                (get("/fixed", "Expect: the-unexpected"), 417),
                (get("http://elsewhere/fixed"), 400),
                (b"GET /\xe4\xb8\xad HTTP/1.1\r\n" + HOST + b"\r\n", 400)]:
            with self.subTest(data=data):
                self.refused(data, status)

    def test_garbage_behind_good_requests_is_refused_after_their_answers(self):
        for garbage in (b"\x00\x01\x02\r\n\r\n", b"GARBAGE\r\n\r\n", b"\r\n\r\n", b"\n"):
            with self.subTest(garbage=garbage):
                self.refused(get("/fixed") + post("/echo", b"x") + get("/later/30") + garbage +
                             self.SMUGGLED, 400, before=3)

    def test_too_much_of_anything(self):
        self.refused(get("/" + "a" * 9000), 414)
        self.refused(b"a" * 9000, 414)
        self.refused(get("/fixed", *["X: y"] * 70), 431)
        self.refused(get("/fixed", "X: " + "y" * 17000), 431)
        self.refused(b"POST /echo HTTP/1.1\r\n" + HOST + b"Content-Length: 999999999999\r\n\r\n",
                     413)

    def test_a_truncated_request_is_dropped(self):
        whole = post("/echo", b"hello", "Expect: 100-continue")
        for size in range(1, len(whole)):
            with self.server.connect() as raw:
                raw.send(whole[:size])
                raw.end()
                while raw.more():
                    pass
                self.assertNotIn(b" 200 ", raw.left)

    def test_a_request_in_single_bytes_is_answered(self):
        data = (b"POST /echo HTTP/1.1\r\n" + HOST +
                b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n")
        with self.server.connect() as raw:
            for byte in data:
                raw.send(bytes([byte]))
            self.assertEqual(raw.response().body, b"hello!")

    def test_changed_requests_never_stop_the_server(self):
        """Cuts, doubles and flips bytes of good requests; the connection must always end."""
        rng = random.Random(20261124)
        seeds = [get("/fixed"), post("/echo", b"hello"), get("/item/a%2Fb?x=1"),
                 request("POST", "/echo", None, "Transfer-Encoding: chunked") +
                 b"5\r\nhello\r\n0\r\n\r\n"]
        for _ in range(150 if TIER == "test" else 3000):
            data = bytearray(b"".join(rng.choices(seeds, k=rng.randint(1, 4))))
            for _ in range(rng.randint(1, 4)):
                at = rng.randrange(len(data))
                kind = rng.randrange(4)
                if kind == 0:
                    data[at] = rng.randrange(256)
                elif kind == 1:
                    del data[at:at + rng.randint(1, 20)]
                elif kind == 2:
                    data[at:at] = data[at:at + rng.randint(1, 20)]
                else:
                    data[at:at] = rng.choice([b"\r\n", b"\n", b"\0", b" ", b":", b"\r\n\r\n"])
                if not data:
                    data = bytearray(b"x")
            with self.server.connect() as raw:
                raw.send(bytes(data))
                raw.end()
                while raw.more():
                    pass


class Limits(Hostile):
    options = ("--body-max", "100000", "--bodies-max", "250000")

    def test_a_body_is_bounded_with_and_without_a_length(self):
        self.assertEqual(len(self.server.ask(post("/echo", b"x" * 100000)).body), 100000)
        self.refused(post("/echo", b"x" * 100001), 413)
        chunk = b"8000\r\n" + b"x" * 0x8000 + b"\r\n"
        self.refused(b"POST /echo HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n" +
                     chunk * 4, 413)

    def test_all_bodies_together_are_bounded(self):
        head = request("POST", "/echo", b"x" * 100000)[:-1]
        with self.server.connect() as first, self.server.connect() as second:
            first.send(head)
            second.send(head)
            wait_until(lambda: self.server.figures()["bodies_size"] >= 199998)
            self.refused(post("/echo", b"x" * 90000), 503)
            first.send(b"x")
            self.assertEqual(first.response().status, 200)
            self.assertEqual(self.server.ask(post("/echo", b"x" * 90000)).status, 200)


class Slow(Hostile):
    options = ("--timeout-ms", "1000")

    def test_a_head_that_does_not_end(self):
        self.refused(b"GET /fixed HTTP/1.1\r\nHost: loc", 408)

    def test_a_body_that_does_not_end(self):
        self.refused(b"POST /echo HTTP/1.1\r\n" + HOST + b"Content-Length: 10\r\n\r\nhello", 408)

    def test_single_bytes_do_not_prolong_a_head(self):
        stop = threading.Event()
        with self.server.connect() as raw:
            def drip():
                try:
                    raw.send(b"GET / HTTP/1.1\r\n")
                    while not stop.wait(0.02):
                        raw.send(b"X")
                except OSError:
                    pass
            thread = threading.Thread(target=drip)
            thread.start()
            try:
                self.assertEqual(raw.response().status, 408)
            finally:
                stop.set()
                thread.join()

    def test_a_waiting_answer_is_not_cut_by_a_time_out(self):
        self.assertEqual(self.server.ask(get("/later/2500")).body, b"later 2500")

    def test_a_client_that_never_reads_costs_bounded_memory(self):
        before = self.server.memory()
        clients = [self.server.connect() for _ in range(20)]
        try:
            for raw in clients:
                raw.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                raw.send(get("/large/1000000") * 200)
            wait_until(lambda: self.server.figures()["timeouts"] >= 20)
            # 20 clients, at most unsent_max and one more answer each, not 20 x 200 MB
            self.assertLess(self.server.memory() - before, 20 * 4_000_000)
        finally:
            for raw in clients:
                raw.socket.close()


class Connections(unittest.TestCase):
    def test_a_slow_reader_that_goes_on_gets_everything(self):
        """It takes longer than the time-out in all, but never that long for 64 KiB."""
        server = Server("--timeout-ms", "2000")
        with server.connect() as raw:
            raw.send(get("/large/16000000"))
            _, headers = raw.head()
            size = int(headers["content-length"])
            while len(raw.left) < size:
                self.assertTrue(raw.more())
                time.sleep(0.01)
            self.assertEqual(len(raw.left), 16000000)
        self.assertEqual(server.stop(), 0)

    def test_an_idle_connection_is_closed_without_a_word(self):
        server = Server("--idle-ms", "300")
        with server.connect() as fresh, server.connect() as used:
            used.send(get("/fixed"))
            self.assertEqual(used.response().status, 200)
            self.assertTrue(used.ended())
            self.assertTrue(fresh.ended())
        self.assertEqual(server.stop(), 0)

    def test_the_oldest_idle_connection_makes_room(self):
        server = Server("--connections", "50")
        idle = [server.connect() for _ in range(49)]
        for raw in idle:
            raw.send(get("/fixed"))
            self.assertEqual(raw.response().status, 200)
        more = [server.connect() for _ in range(10)]
        for raw in more:
            raw.send(get("/fixed"))
            self.assertEqual(raw.response().status, 200)
        for raw in idle[:9]:
            self.assertTrue(raw.ended())
        for raw in idle[9:]:
            raw.send(get("/fixed"))
            self.assertEqual(raw.response().status, 200)
        for raw in idle + more:
            raw.socket.close()
        self.assertEqual(server.stop(), 0)

    def test_when_none_is_idle_a_new_one_is_turned_away(self):
        server = Server("--connections", "4")
        busy = [server.connect() for _ in range(4)]
        for raw in busy:
            raw.send(get("/fixed") + get("/silent"))
            raw.response()
            raw.head()
        with server.connect() as raw:
            response = raw.response()
            self.assertEqual(response.status, 503)
            self.assertEqual(response.headers["retry-after"], "1")
            self.assertTrue(raw.ended())
        for raw in busy:
            raw.socket.close()
        wait_until(lambda: self.open_of(server) == 1)
        self.assertEqual(server.stop(), 0)

    @staticmethod
    def open_of(server):
        try:
            return server.figures()["connections_open"]
        except (KeyError, EOFError, OSError):
            return None  # turned away

    def test_thousands_of_connections(self):
        wanted = 1000 if TIER == "test" else 10000
        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if hard < wanted + 100:
            self.skipTest("too few descriptors allowed")
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        server = Server()
        good = Good(server)
        clients = [server.connect() for _ in range(wanted - 1)]
        for raw in clients:
            raw.send(get("/fixed"))
        for raw in clients:
            self.assertEqual(raw.response().status, 200)
        self.assertLess(server.memory(), 200_000_000)
        for raw in clients:
            raw.socket.close()
        good.stop()
        wait_until(lambda: server.figures()["connections_open"] == 1)
        self.assertEqual(server.stop(), 0)

    def test_a_want_of_descriptors_is_survived(self):
        server = Server(descriptors=40)
        clients = [server.connect() for _ in range(100)]
        self.assertEqual(server.ask(get("/fixed")).status, 200)
        for raw in clients:
            raw.socket.close()
        wait_until(lambda: server.figures()["connections_open"] == 1)
        self.assertEqual(server.stop(), 0)


if __name__ == "__main__":
    unittest.main()
