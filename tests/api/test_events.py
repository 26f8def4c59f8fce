"""GET /v1/events: pages, the live stream, resuming, slow readers, draining."""

import http.client
import json
import signal
import socket
import unittest

from headroom_server import Headroom, draw, limit_open


class Stream:
    """A live stream of events, read frame by frame."""

    def __init__(self, server, last=None, target="/v1/events"):
        self.connection = http.client.HTTPConnection(server.host, server.port, timeout=20)
        headers = {"Authorization": f"Bearer {server.admin}", "Accept": "text/event-stream"}
        if last is not None:
            headers["Last-Event-ID"] = str(last)
        self.connection.request("GET", target, headers=headers)
        self.response = self.connection.getresponse()

    def next(self):
        """The next event; comments are passed over. None at the end."""
        fields = {}
        while True:
            line = self.response.readline()
            if not line:
                return None
            text = line.decode().rstrip("\n")
            if text == "" and fields:
                event = json.loads(fields["data"])
                assert int(fields["id"]) == event["number"]
                return event
            if text and not text.startswith(":"):
                name, _, value = text.partition(": ")
                fields[name] = value

    def take(self, count):
        return [self.next() for _ in range(count)]

    def close(self):
        self.connection.close()


class Events(unittest.TestCase):
    def setUp(self):
        self.server = Headroom()
        self.addCleanup(self.server.remove)
        self.server.post([limit_open("a", "1000000")])

    def stream(self, **options):
        stream = Stream(self.server, **options)
        self.addCleanup(stream.close)
        return stream

    def test_pages(self):
        self.server.post([draw(f"d{i}", "a", "1") for i in range(10)])
        first = self.server.get("/v1/events?limit=5").json()
        self.assertEqual([event["number"] for event in first["events"]], [1, 2, 3, 4, 5])
        self.assertEqual(first["next"], "5")
        rest = self.server.get("/v1/events?after=5&limit=1000").json()
        self.assertEqual([event["number"] for event in rest["events"]], list(range(6, 13)))
        none = self.server.get("/v1/events?after=12").json()
        self.assertEqual((none["events"], none["next"]), ([], "12"))
        beyond = self.server.get("/v1/events?after=999").json()
        self.assertEqual((beyond["events"], beyond["next"]), ([], "999"))

    def test_refused_commands_make_no_event(self):
        before = self.server.get("/v1/events").json()["next"]
        self.server.post([draw("x", "a", "99999999"), {"op": "check", "limit": "a", "amount": "1"},
                          {"op": "get", "limit": "a"}, limit_open("a", "1000000")])
        self.assertEqual(self.server.get("/v1/events").json()["next"], before)

    def test_live(self):
        stream = self.stream(target="/v1/events?after=2")
        self.assertEqual(stream.response.getheader("content-type"), "text/event-stream")
        self.server.post([draw("live", "a", "5", actor="ann")])
        event = stream.next()
        self.assertEqual((event["op"], event["id"], event["amount"], event["actor"]),
                         ("draw", "live", "5.00", "ann"))

    def test_a_stream_is_what_pages_are(self):
        for batch in range(20):
            self.server.post([draw(f"s{batch}-{i}", "a", "1") for i in range(100)])
        stream = self.stream()
        streamed = stream.take(2002)
        paged, after = [], 0
        while True:
            page = self.server.get(f"/v1/events?limit=1000&after={after}").json()
            if not page["events"]:
                break
            paged += page["events"]
            after = page["next"]
        self.assertEqual(streamed, paged)

    def test_resuming_misses_and_repeats_nothing(self):
        self.server.post([draw(f"r{i}", "a", "1") for i in range(50)])
        numbers = []
        last = 0
        for count in (1, 7, 20, 24):
            stream = self.stream(last=last, target="/v1/events?after=3")
            numbers += [event["number"] for event in stream.take(count)]
            last = numbers[-1]
            stream.close()
            self.server.restart(signal.SIGKILL)
        self.assertEqual(numbers, list(range(1, 53)))

    def test_wrong_resume(self):
        stream = self.stream(last="x")
        self.assertEqual(stream.response.status, 400)

    def test_a_reader_that_sleeps_holds_nobody_up(self):
        sleeper = socket.create_connection((self.server.host, self.server.port))
        self.addCleanup(sleeper.close)
        sleeper.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sleeper.sendall(f"GET /v1/events HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n"
                        f"Authorization: Bearer {self.server.admin}\r\n\r\n".encode())
        other = self.stream(target="/v1/events?after=2")
        for batch in range(40):
            self.server.post([draw(f"w{batch}-{i}", "a", "1", reason="x" * 200)
                              for i in range(200)])
        self.assertEqual(other.take(8000)[-1]["id"], "w39-199")

    def test_draining_ends_streams(self):
        stream = self.stream(target="/v1/events?after=2")
        self.assertEqual(self.server.stop(), 0)
        self.assertIsNone(stream.next())
        self.server.start()

    def test_expiry_is_an_event(self):
        self.server.post([{"op": "reserve", "id": "soon", "limit": "a", "amount": "5",
                           "expires": "2020-01-01T00:00:00Z"}])
        stream = self.stream(target="/v1/events?after=3")
        event = stream.next()
        self.assertEqual((event["op"], event["id"], event["amount"]), ("expire", "soon", "5.00"))


if __name__ == "__main__":
    unittest.main()
