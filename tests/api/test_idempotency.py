"""Idempotency-Key: sent again, a request is answered alike and done once, whatever happened between."""

import json
import signal
import socket
import unittest

from headroom_server import Headroom
from postgres_case import OnPostgres



class Keys:
    options = ()

    def setUp(self):
        self.server = Headroom(*self.options)
        self.addCleanup(self.server.remove)

    def entity(self, name, key=None, token=None, **more):
        headers = {} if key is None else {"Idempotency-Key": key}
        return self.server.ask("POST", "/v1/entities", {"id": name, "name": name, **more}, token=token, headers=headers)

    def problem(self, answer, status, slug):
        self.assertEqual((answer.status, answer.json()["type"]), (status, f"/problems/{slug}"), answer)

    def entries(self, action):
        return [entry for entry in self.server.get("/v1/audit?limit=1000").json()["items"] if entry["action"] == action]

    def test_again_is_answered_alike_and_done_once(self):
        first = self.entity("bank", "k-1")
        self.assertEqual((first.status, first.json()), (201, {"id": "bank"}))
        self.assertNotIn("idempotent-replayed", first.headers)
        for again in (self.entity("bank", "k-1"), self.entity("bank", '"k-1"')):
            self.assertEqual((again.status, again.body), (201, first.body))
            self.assertEqual(again.headers["idempotent-replayed"], "true")
        self.assertEqual(len(self.entries("entity.create")), 1)
        # Without the key, or with another, it is another request.
        self.problem(self.entity("bank"), 409, "exists")
        self.problem(self.entity("bank", "k-2"), 409, "exists")

    def test_a_key_belongs_to_one_request_of_one_caller(self):
        self.assertEqual(self.entity("bank", "k").status, 201)
        self.problem(self.entity("lease", "k"), 422, "idempotency-key-reused")
        self.problem(self.server.ask("POST", "/v1/organisations", {"id": "bank", "name": "bank"},
                                     headers={"Idempotency-Key": "k"}), 422, "idempotency-key-reused")
        other = self.server.token("administrator")["token"]
        self.assertEqual(self.entity("lease", "k", token=other).status, 201)
        # Another's key shows nobody an answer that they may not ask for.
        self.assertEqual(self.entity("bank", "k", token=self.server.token("reader")["token"]).status, 403)

    def test_a_refusal_is_not_kept(self):
        parent = {"id": "north", "name": "North", "parent": "head"}

        def ask():
            return self.server.ask("POST", "/v1/organisations", parent, headers={"Idempotency-Key": "k"})

        self.problem(ask(), 404, "not-found")
        self.entity("bank")
        self.server.ask("POST", "/v1/organisations", {"id": "head", "name": "Head", "legal_entity": "bank"})
        self.assertEqual(ask().status, 201)
        self.assertEqual(ask().status, 201)
        self.assertEqual(len(self.entries("organisation.create")), 2)

    def test_what_is_no_key(self):
        for key in ("", " ", '""', "a b", "x" * 129, 'a"b', "é"):
            self.problem(self.entity("bank", key.encode("latin-1")), 400, "bad-idempotency-key")
        self.assertEqual(self.entity("bank", "x" * 128).status, 201)
        # Where the answer is a secret, or doing it again changes nothing, a key promises what is not held.
        for target in ("/v1/session", "/v1/users/none/disable"):
            self.problem(self.server.ask("POST", target, {"login": "x", "password": "y"},
                                         headers={"Idempotency-Key": "k"}), 400, "idempotency-key-not-taken")

    def test_two_at_a_time(self):
        body = json.dumps({"id": "bank", "name": "bank"}).encode()
        request = (f"POST /v1/entities HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {self.server.admin}\r\n"
                   f"Content-Type: application/json\r\nIdempotency-Key: k\r\nContent-Length: {len(body)}\r\n\r\n"
                   ).encode() + body
        with socket.create_connection(("127.0.0.1", self.server.port), timeout=30) as connection:
            connection.sendall(request * 3)
            connection.shutdown(socket.SHUT_WR)
            answers = b""
            while part := connection.recv(65536):
                answers += part
        statuses = [line.split()[1] for line in answers.split(b"\r\n") if line.startswith(b"HTTP/1.1")]
        # The first is done; whoever comes while it is in hand waits, behind it the answer is the same.
        self.assertEqual(statuses[0], b"201")
        self.assertEqual(set(statuses) - {b"201", b"409"}, set())
        self.assertEqual(len(self.entries("entity.create")), 1)

    def test_killed_at_any_time(self):
        for number in range(5):
            name = f"bank{number}"
            body = json.dumps({"id": name, "name": name}).encode()
            request = (f"POST /v1/entities HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {self.server.admin}\r\n"
                       f"Content-Type: application/json\r\nIdempotency-Key: {name}\r\n"
                       f"Content-Length: {len(body)}\r\n\r\n").encode() + body
            with socket.create_connection(("127.0.0.1", self.server.port), timeout=30) as connection:
                connection.sendall(request)
                connection.settimeout(0.002 * number + 0.0001)
                try:
                    connection.recv(1)
                except TimeoutError:
                    pass
                self.server.restart(signal.SIGKILL)
            answer = self.entity(name, name)
            self.assertEqual((answer.status, answer.json()), (201, {"id": name}))
        self.assertEqual(len(self.entries("entity.create")), 5)


class SqliteKeys(Keys, unittest.TestCase):
    pass


class PostgresKeys(OnPostgres, Keys, unittest.TestCase):
    pass


if __name__ == "__main__":
    unittest.main()
