"""Ten times as many connections and requests as the server takes: memory stays bounded, what is refused is refused
cleanly, what is answered holds, and afterwards it serves as before. Source: assurance.md, `overload`."""
import json
import pathlib
import selectors
import socket
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "api"))

import tier  # noqa: E402
from headroom_server import Headroom, limit_open  # noqa: E402

CONNECTIONS = 64
REQUESTS = tier.size(1000, 10000, 200000)  # at once, over ten times as many connections as are taken
MEMORY_MAX = 700 << 20  # bytes, the sanitizers' own included
SECONDS_MAX = 100


class Client:
    """A connection that sends its requests at once, whatever comes back, and reads until the end."""

    def __init__(self, server, requests):
        self.socket = socket.socket()
        self.socket.setblocking(False)
        self.socket.connect_ex((server.host, server.port))
        self.unsent, self.answers, self.ended = requests, b"", False

    def turn(self, mask):
        try:
            if mask & selectors.EVENT_WRITE and self.unsent:
                self.unsent = self.unsent[self.socket.send(self.unsent):]
            if mask & selectors.EVENT_READ:
                more = self.socket.recv(1 << 16)
                self.answers += more
                self.ended = not more
        except BlockingIOError:
            pass
        except OSError:
            self.ended = True


def memory_peak(server):
    status = pathlib.Path("/proc/%d/status" % server.process.pid).read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) << 10


class Overload(unittest.TestCase):
    def setUp(self):
        self.server = Headroom("--connections-max", str(CONNECTIONS))

    def tearDown(self):
        self.server.remove()

    def requests_of(self, number, count):
        text = b""
        for i in range(count):
            body = json.dumps([{"op": "draw", "id": "d%d-%d" % (number, i), "limit": "L", "amount": "1"}]).encode()
            head = "POST /v1/commands HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\n" \
                   "Authorization: Bearer %s\r\nContent-Length: %d\r\n%s\r\n" % (
                       self.server.admin, len(body), "Connection: close\r\n" if i == count - 1 else "")
            text += head.encode() + body
        return text

    def flood(self):
        """-> the clients, when all have been answered or refused"""
        selector = selectors.DefaultSelector()
        each = max(1, REQUESTS // (10 * CONNECTIONS))
        clients = [Client(self.server, self.requests_of(n, each)) for n in range(10 * CONNECTIONS)]
        for client in clients:
            selector.register(client.socket, selectors.EVENT_READ | selectors.EVENT_WRITE, client)
        left, end = len(clients), time.monotonic() + SECONDS_MAX
        while left and time.monotonic() < end:
            for key, mask in selector.select(1):
                key.data.turn(mask)
                if key.data.ended:
                    selector.unregister(key.fileobj)
                    key.fileobj.close()
                    left -= 1
                elif not key.data.unsent:
                    selector.modify(key.fileobj, selectors.EVENT_READ, key.data)
        self.assertEqual(left, 0, "connections that were neither answered nor refused")
        return clients

    def served(self, path):
        """-> the answer, once the server has seen that the last of the flood has hung up"""
        end = time.monotonic() + SECONDS_MAX
        answer = self.server.get(path)
        while answer.status == 503 and time.monotonic() < end:
            time.sleep(0.01)
            answer = self.server.get(path)
        return answer

    def test_ten_times_as_much(self):
        self.assertEqual(self.server.post([limit_open("L", "1000000000")])[0]["result"], "ok")
        clients = self.flood()
        answers = b"".join(client.answers for client in clients)
        ok, statuses = answers.count(b'"result":"ok"'), set()
        for client in clients:
            statuses |= {part.split(b" ", 1)[0] for part in client.answers.split(b"HTTP/1.1 ")[1:]}
        self.assertLessEqual(statuses, {b"200", b"503", b"429"})
        self.assertGreater(ok, 0)
        peak = memory_peak(self.server)
        self.assertLess(peak, MEMORY_MAX)
        # It serves as before, and stands at what it answered, and at no more than it was sent.
        used = float(self.served("/v1/limits/L").json()["used"])
        self.assertGreaterEqual(used, ok)
        self.assertLessEqual(used, len(clients) * max(1, REQUESTS // (10 * CONNECTIONS)))
        done = self.server.post([{"op": "draw", "id": "after", "limit": "L", "amount": "1"}])
        self.assertEqual(done[0]["result"], "ok")
        self.assertEqual(self.server.stop(), 0)
        print("%d connections: %d drawings answered, statuses %s, memory %d MiB at most" % (
            len(clients), ok, sorted(s.decode() for s in statuses), peak >> 20))


if __name__ == "__main__":
    unittest.main()
