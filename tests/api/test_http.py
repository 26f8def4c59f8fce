"""What src/http promises to a good client: order, keep-alive, bodies, streams, TLS, draining."""

import os
import pathlib
import signal
import ssl
import subprocess
import tempfile
import unittest

from http_raw import Server, get, post, request, wait_until


class Plain(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server("--heartbeat-ms", "30")

    @classmethod
    def tearDownClass(cls):
        assert cls.server.stop() == 0

    def setUp(self):
        self.raw = self.server.connect()

    def tearDown(self):
        self.raw.socket.close()

    def ask(self, data, **options):
        self.raw.send(data)
        return self.raw.response(**options)

    def test_a_connection_stays(self):
        for _ in range(100):
            response = self.ask(get("/fixed"))
            self.assertEqual(response.status, 200)
            self.assertEqual(response.headers["content-type"], "application/json")
            self.assertNotIn("connection", response.headers)

    def test_date_has_its_form(self):
        date = self.ask(get("/fixed")).headers["date"]
        self.assertRegex(date, r"^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} "
                               r"\d\d:\d\d:\d\d GMT$")

    def test_connection_close_is_obeyed(self):
        response = self.ask(get("/fixed", "Connection: close"))
        self.assertEqual(response.headers["connection"], "close")
        self.assertTrue(self.raw.ended())

    def test_http_1_0_is_answered_and_closed(self):
        self.raw.send(b"GET /fixed HTTP/1.0\r\n\r\n")
        self.assertEqual(self.raw.response().headers["connection"], "close")
        self.assertTrue(self.raw.ended())

    def test_http_1_0_gets_a_stream_without_chunks(self):
        self.raw.send(b"GET /count/10 HTTP/1.0\r\n\r\n")
        _, headers = self.raw.head()
        self.assertNotIn("transfer-encoding", headers)
        while self.raw.more():
            pass
        self.assertEqual(self.raw.left, b"".join(b"%d\n" % i for i in range(10)))

    def test_pipelined_answers_come_in_the_order_of_the_requests(self):
        paths = ["/later/120", "/fixed", "/later/40", "/item/x", "/later/80", "/count/3",
                 "/later/1", "/large/100000", "/item/y"]
        self.raw.send(b"".join(get(path) for path in paths))
        bodies = [self.raw.response().body for _ in paths]
        self.assertEqual(bodies[0], b"later 120")
        self.assertEqual(bodies[2], b"later 40")
        self.assertEqual(bodies[3], b"id=x")
        self.assertEqual(bodies[4], b"later 80")
        self.assertEqual(bodies[5], b"0\n1\n2\n")
        self.assertEqual(bodies[6], b"later 1")
        self.assertEqual(len(bodies[7]), 100000)
        self.assertEqual(bodies[8], b"id=y")

    def test_many_more_pipelined_requests_than_are_in_hand_at_once(self):
        count = 1000
        self.raw.send(b"".join(post("/echo", b"%d" % i) if i % 7 else get(f"/later/{i % 3}")
                               for i in range(count)))
        for i in range(count):
            self.assertEqual(self.raw.response().body,
                             b"%d" % i if i % 7 else b"later %d" % (i % 3))

    def test_large_answers_pipelined_into_a_full_socket(self):
        self.raw.send(get("/large/3000000") * 20)
        for _ in range(20):
            self.assertEqual(len(self.raw.response().body), 3000000)

    def test_a_whole_group_is_answered_in_the_commit_hook(self):
        self.raw.send(post("/decide", b"[]") * 50)
        for _ in range(50):
            self.assertEqual(self.raw.response().json()[0]["result"], "ok")

    def test_bodies(self):
        for size in (0, 1, 1000, 70000, 5000000):
            body = bytes(i % 251 for i in range(size))
            self.assertEqual(self.ask(post("/echo", body)).body, body)

    def test_chunked_bodies(self):
        body = bytes(i % 251 for i in range(300000))
        for step in (1000, 65536, 300000):
            chunks = b"".join(b"%x\r\n%s\r\n" % (len(body[i:i + step]), body[i:i + step])
                              for i in range(0, len(body), step))
            self.raw.send(request("POST", "/echo", None, "Transfer-Encoding: chunked") + chunks +
                          b"0\r\n\r\n")
            self.assertEqual(self.raw.response().body, body)

    def test_continue_is_said_before_the_body(self):
        head = request("POST", "/echo", None, "Content-Length: 5", "Expect: 100-continue")
        self.raw.send(get("/later/30") + head)
        self.assertEqual(self.raw.response().body, b"later 30")
        self.assertEqual(self.raw.response().status, 100)
        self.raw.send(b"hello")
        self.assertEqual(self.raw.response().body, b"hello")

    def test_continue_is_not_said_when_the_request_is_refused(self):
        self.raw.send(request("POST", "/nowhere", None, "Content-Length: 5",
                              "Expect: 100-continue"))
        self.assertEqual(self.raw.response().status, 404)
        self.assertTrue(self.raw.ended())

    def test_a_request_can_be_refused_before_its_body(self):
        self.raw.send(request("POST", "/guarded", None, "Content-Length: 16000000"))
        self.assertEqual(self.raw.response().status, 401)
        self.assertTrue(self.raw.ended())
        response = self.server.ask(post("/guarded", b"hello", "Authorization: Bearer open"))
        self.assertEqual(response.body, b"hello")

    def test_head_is_get_without_its_body(self):
        response = self.ask(get("/fixed", method="HEAD"), head_only=True)
        self.assertEqual(response.status, 200)
        self.assertEqual(response.headers["content-length"], "36")
        self.assertEqual(self.ask(get("/large/50000", method="HEAD"), head_only=True)
                         .headers["content-length"], "50000")
        self.ask(get("/count/100", method="HEAD"), head_only=True)
        self.assertEqual(self.ask(get("/item/next")).body, b"id=next")

    def test_options_and_allow(self):
        response = self.ask(get("/fixed", method="OPTIONS"))
        self.assertEqual((response.status, response.headers["allow"]), (204, "GET, HEAD, OPTIONS"))
        self.assertEqual(self.ask(get("*", method="OPTIONS")).status, 204)
        response = self.ask(get("/decide"))
        self.assertEqual((response.status, response.headers["allow"]), (405, "POST, OPTIONS"))
        self.assertEqual(self.ask(get("/nowhere")).status, 404)

    def test_path_and_query_are_decoded(self):
        response = self.ask(get("/item/a%2Fb%E4%B8%AD?x=1&y=a+b%26"))
        self.assertEqual(response.body.decode(), "id=a/b中\nx=1\ny=a b&")
        self.assertEqual(self.ask(get("/item/%FF")).status, 400)
        self.assertEqual(self.ask(get("/item/a?x=1&x=2")).status, 400)

    def test_an_embedded_page(self):
        response = self.ask(get("/page"))
        self.assertIn("default-src 'self'", response.headers["content-security-policy"])
        self.assertIn("frame-ancestors 'none'", response.headers["content-security-policy"])
        self.assertEqual(response.headers["x-content-type-options"], "nosniff")
        tag = response.headers["etag"]
        for value in (tag, "W/" + tag, f'"x", {tag}', "*"):
            response = self.ask(get("/page", f"If-None-Match: {value}"))
            self.assertEqual((response.status, response.headers["etag"]), (304, tag))
        self.assertEqual(self.ask(get("/page", 'If-None-Match: "2"')).status, 200)

    def test_events_until_the_client_goes(self):
        self.raw.send(get("/ticks"))
        _, headers = self.raw.head()
        self.assertEqual(headers["content-type"], "text/event-stream")
        self.assertEqual(self.raw.chunk(), b"id: 1\ndata: tick\n\n")
        self.assertEqual(self.raw.chunk(), b"id: 2\ndata: tick\n\n")
        self.raw.socket.close()
        wait_until(lambda: self.server.figures()["connections_open"] == 1)

    def test_a_silent_stream_has_a_heart(self):
        self.raw.send(get("/silent"))
        self.raw.head()
        for _ in range(3):
            self.assertEqual(self.raw.chunk(), b":\n\n")

    def test_a_long_stream_waits_for_its_reader(self):
        self.assertEqual(self.ask(get("/count/300000")).body,
                         b"".join(b"%d\n" % i for i in range(300000)))
        self.assertLess(self.server.memory(), 200_000_000)

    def test_a_child_streams_an_answer(self):
        self.assertEqual(self.ask(get("/child")).body, b"written by a child\n" * 1000)
        self.assertEqual(self.ask(get("/fixed")).status, 200)

    def test_a_client_that_goes_before_its_answer(self):
        self.raw.send(get("/later/50") * 10)
        self.raw.socket.close()
        wait_until(lambda: self.server.figures()["connections_open"] == 1)


class Draining(unittest.TestCase):
    def test_what_is_in_hand_is_answered(self):
        server = Server()
        with server.connect() as busy, server.connect() as idle, server.connect() as stream:
            idle.send(get("/fixed"))
            idle.response()
            stream.send(get("/ticks"))
            stream.head()
            busy.send(get("/later/300") + get("/later/200"))
            wait_until(lambda: server.figures()["connections_open"] == 4)
            server.drain()
            self.assertTrue(idle.ended())
            self.assertNotIn("connection", busy.response().headers)
            last = busy.response()
            self.assertEqual((last.body, last.headers["connection"]), (b"later 200", "close"))
            self.assertTrue(busy.ended())
            while stream.chunk() != b"":
                pass
            self.assertTrue(stream.ended())
            with self.assertRaises(OSError):
                server.connect()
            self.assertEqual(server.stop(), 0)

    def test_a_body_on_its_way_is_awaited(self):
        server = Server()
        with server.connect() as raw:
            raw.send(post("/echo", b"hello")[:-3])
            wait_until(lambda: server.figures()["bodies_size"] == 2)
            server.drain()
            wait_until(server.is_closed)
            raw.send(b"llo")
            response = raw.response()
            self.assertEqual((response.body, response.headers["connection"]), (b"hello", "close"))
        self.assertEqual(server.stop(), 0)

    def test_an_answer_that_never_comes_does_not_stop_the_end(self):
        server = Server("--drain-ms", "100")
        with server.connect() as raw:
            raw.send(get("/later/3600000"))
            wait_until(lambda: server.figures()["connections_open"] == 2)
            self.assertEqual(server.stop(), 0)
            self.assertTrue(raw.ended())


def openssl(*arguments):
    subprocess.run(["openssl", *arguments], check=True, stdin=subprocess.DEVNULL,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


class Certificates:
    """An authority, and certificates of it, made for this run."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory()
        self.authority("ca")
        self.signed("server", "/CN=localhost", "ca")
        self.signed("client", "/O=Bank/OU=核心/CN=core", "ca")

    def path(self, name):
        return str(pathlib.Path(self.folder.name) / name)

    def key(self):
        return ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-utf8"]

    def authority(self, name):
        openssl("req", "-x509", *self.key(), "-days", "2", "-subj", "/CN=Test authority",
                "-keyout", self.path(f"{name}.key"), "-out", self.path(f"{name}.pem"))

    def signed(self, name, subject, authority):
        extension = self.path(f"{name}.ext")
        pathlib.Path(extension).write_text("subjectAltName=DNS:localhost\n")
        openssl("req", *self.key(), "-subj", subject, "-keyout", self.path(f"{name}.key"),
                "-out", self.path(f"{name}.csr"))
        openssl("x509", "-req", "-days", "2", "-in", self.path(f"{name}.csr"),
                "-CA", self.path(f"{authority}.pem"), "-CAkey", self.path(f"{authority}.key"),
                "-CAcreateserial", "-extfile", extension, "-out", self.path(f"{name}.pem"))

    def server_options(self):
        return ["--certificate", self.path("server.pem"), "--key", self.path("server.key")]

    def client(self, certificate=None, version=None):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(self.path("ca.pem"))
        context.sslsocket_class = Ended
        if certificate is not None:
            context.load_cert_chain(self.path(f"{certificate}.pem"),
                                    self.path(f"{certificate}.key"))
        if version is not None:
            context.minimum_version = context.maximum_version = version
        return context


class Ended(ssl.SSLSocket):
    """Reads the end of TLS, proper or not, as an end."""

    def recv(self, size, flags=0):
        try:
            return super().recv(size, flags)
        except ssl.SSLError:
            return b""


class Tls(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.certificates = Certificates()
        cls.server = Server(*cls.certificates.server_options())

    @classmethod
    def tearDownClass(cls):
        assert cls.server.stop() == 0
        cls.certificates.folder.cleanup()

    def test_versions(self):
        for version, name in ((ssl.TLSVersion.TLSv1_2, "TLSv1.2"),
                              (ssl.TLSVersion.TLSv1_3, "TLSv1.3")):
            with self.server.connect(self.certificates.client(version=version)) as raw:
                self.assertEqual(raw.socket.version(), name)
                raw.send(get("/fixed") + post("/echo", b"x" * 3000000))
                self.assertEqual(raw.response().status, 200)
                self.assertEqual(len(raw.response().body), 3000000)

    def test_old_versions_and_weak_ciphers_are_refused(self):
        context = self.certificates.client()
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
        with self.assertRaises((ssl.SSLError, ConnectionError)):
            self.server.connect(context)
        context = self.certificates.client(version=ssl.TLSVersion.TLSv1_2)
        context.set_ciphers("AES128-SHA:ECDHE-ECDSA-AES128-SHA")
        with self.assertRaises((ssl.SSLError, ConnectionError)):
            self.server.connect(context)

    def test_large_and_streamed_answers(self):
        context = self.certificates.client()
        with self.server.connect(context) as raw:
            raw.send(get("/large/20000000") + get("/count/100000") + get("/item/x"))
            self.assertEqual(len(raw.response().body), 20000000)
            self.assertEqual(len(raw.response().body), 588890)
            self.assertEqual(raw.response().body, b"id=x")

    def test_pipelining_beyond_what_is_in_hand(self):
        with self.server.connect(self.certificates.client()) as raw:
            raw.send(b"".join(get(f"/later/{i % 3}") for i in range(300)))
            for i in range(300):
                self.assertEqual(raw.response().body, b"later %d" % (i % 3))

    def test_a_refusal_and_the_end(self):
        with self.server.connect(self.certificates.client()) as raw:
            raw.send(b"GARBAGE\r\n\r\n")
            self.assertEqual(raw.response().status, 400)
            self.assertTrue(raw.ended())

    def test_what_is_no_tls_is_cut(self):
        for data in (get("/fixed"), b"\x16\x03\x01\xff\xff" + b"\x00" * 1000, b"\x80" * 5):
            with self.server.connect() as raw:
                raw.send(data)
                while raw.more():
                    pass
                self.assertNotIn(b"HTTP/", raw.left)

    def test_no_other_protocol_is_agreed(self):
        context = self.certificates.client()
        context.set_alpn_protocols(["h2"])
        with self.assertRaises((ssl.SSLError, ConnectionError)):
            self.server.connect(context)
        context = self.certificates.client()
        context.set_alpn_protocols(["h2", "http/1.1"])
        with self.server.connect(context) as raw:
            self.assertEqual(raw.socket.selected_alpn_protocol(), "http/1.1")


class TlsSettings(unittest.TestCase):
    def setUp(self):
        self.certificates = Certificates()

    def tearDown(self):
        self.certificates.folder.cleanup()

    def test_a_handshake_has_its_time(self):
        server = Server(*self.certificates.server_options(), "--timeout-ms", "200")
        with server.connect() as raw:
            self.assertTrue(raw.ended())
        self.assertEqual(server.stop(), 0)

    def test_clients_show_their_certificate(self):
        server = Server(*self.certificates.server_options(), "--required",
                        "--client-ca", self.certificates.path("ca.pem"))
        with server.connect(self.certificates.client("client")) as raw:
            raw.send(get("/item/x"))
            self.assertEqual(raw.response().body.decode(),
                             "id=x\nsubject=CN=core,OU=核心,O=Bank")
        self.certificates.authority("other")
        self.certificates.signed("stranger", "/CN=core", "other")
        for certificate in (None, "stranger"):
            for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
                with self.assertRaises((ssl.SSLError, ConnectionError, EOFError)):
                    with server.connect(self.certificates.client(certificate, version)) as raw:
                        raw.send(get("/item/x"))
                        raw.response()
        self.assertEqual(server.stop(), 0)

    def test_a_certificate_may_be_optional(self):
        server = Server(*self.certificates.server_options(),
                        "--client-ca", self.certificates.path("ca.pem"))
        self.assertEqual(server.ask(get("/item/x"), self.certificates.client()).body, b"id=x")
        self.assertIn(b"subject=CN=core",
                      server.ask(get("/item/x"), self.certificates.client("client")).body)
        self.assertEqual(server.stop(), 0)

    def test_certificates_are_read_again(self):
        server = Server(*self.certificates.server_options())
        with server.connect(self.certificates.client()) as raw:
            before = raw.socket.getpeercert()["serialNumber"]
            os.truncate(self.certificates.path("server.key"), 10)
            server.process.send_signal(signal.SIGHUP)
            self.assertIn("cannot be used", server.line())
            self.certificates.signed("server", "/CN=localhost", "ca")
            server.process.send_signal(signal.SIGHUP)
            self.assertEqual(server.line(), "reload: done")
            raw.send(get("/fixed"))  # the old connection goes on
            self.assertEqual(raw.response().status, 200)
        with server.connect(self.certificates.client()) as raw:
            self.assertNotEqual(raw.socket.getpeercert()["serialNumber"], before)
        self.assertEqual(server.stop(), 0)

    def test_files_that_cannot_be_used_are_said(self):
        for options in (["--certificate", "/nowhere", "--key", self.certificates.path("ca.key")],
                        ["--certificate", self.certificates.path("server.pem"), "--key",
                         self.certificates.path("client.key")],
                        [*self.certificates.server_options(), "--client-ca", "/nowhere"]):
            with self.assertRaises(RuntimeError):
                Server(*options)


if __name__ == "__main__":
    unittest.main()
