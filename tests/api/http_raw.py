"""A raw HTTP client that sends any bytes, and the server program of tests/support under test."""

import json
import os
import pathlib
import resource
import select
import signal
import socket
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BUILD = pathlib.Path(os.environ.get("HEADROOM_BUILD", ROOT / "build"))
HANG_SECONDS = 60  # nothing takes that long; a test that waits longer has found a server that hangs


class Response:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def json(self):
        return json.loads(self.body)


class Raw:
    """A connection. Reads responses one by one; `closed` says whether the server has ended."""

    def __init__(self, port, tls=None):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=HANG_SECONDS)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if tls is not None:
            self.socket = tls.wrap_socket(self.socket, server_hostname="localhost")
        self.left = bytearray()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def end(self):
        self.socket.shutdown(socket.SHUT_WR)

    def more(self):
        """Reads a piece; False when the server has ended or reset the connection."""
        try:
            piece = self.socket.recv(65536)
        except ConnectionError:
            piece = b""
        self.left += piece
        return piece != b""

    def until(self, end):
        while end not in self.left:
            if not self.more():
                raise EOFError(f"ended within {self.left!r}")
        return self.take(self.left.index(end) + len(end))

    def take(self, size):
        text = bytes(self.left[:size])
        del self.left[:size]
        return text

    def exactly(self, size):
        while len(self.left) < size:
            if not self.more():
                raise EOFError(f"ended {size - len(self.left)} bytes early")
        return self.take(size)

    def head(self):
        lines = self.until(b"\r\n\r\n").decode("ascii").split("\r\n")[:-2]
        headers = {}
        for line in lines[1:]:
            name, value = line.split(": ", 1)
            assert name.lower() not in headers, line
            headers[name.lower()] = value
        version, status = lines[0].split(" ")[:2]
        assert version == "HTTP/1.1", lines[0]
        return int(status), headers

    def chunk(self):
        size = int(self.until(b"\r\n"), 16)
        text = self.exactly(size)
        assert self.exactly(2) == b"\r\n"
        return text

    def body(self, headers):
        if "content-length" in headers:
            return self.exactly(int(headers["content-length"]))
        if headers.get("transfer-encoding") == "chunked":
            pieces = iter(self.chunk, b"")
            return b"".join(pieces)
        return b""

    def response(self, head_only=False):
        status, headers = self.head()
        if head_only or status in (100, 204, 304):
            return Response(status, headers, b"")
        return Response(status, headers, self.body(headers))

    def ended(self):
        """True when nothing more comes but the end."""
        return not self.left and not self.more()


def get(path, *headers, method="GET"):
    return request(method, path, None, *headers)


def post(path, body, *headers):
    return request("POST", path, body, *headers)


def request(method, path, body, *headers):
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost", *headers]
    if body is not None:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + (body or b"")


class Server:
    """tests/support/http_echo with some options."""

    def __init__(self, *options, descriptors=None):
        def limit():
            if descriptors is not None:
                resource.setrlimit(resource.RLIMIT_NOFILE, (descriptors, descriptors))
        self.process = subprocess.Popen(
            [str(BUILD / "tests/support/http_echo"), *options], stdout=subprocess.PIPE,
            preexec_fn=limit)
        line = self.process.stdout.readline().decode()
        if not line.startswith("ready "):
            self.process.wait()
            self.process.stdout.close()
            raise RuntimeError(f"not ready: {line}")
        self.port = int(line.rsplit(":", 1)[1])

    def connect(self, tls=None):
        return Raw(self.port, tls)

    def ask(self, data, tls=None):
        """One request on a connection of its own."""
        with self.connect(tls) as raw:
            raw.send(data)
            return raw.response()

    def figures(self):
        return self.ask(get("/figures")).json()

    def line(self):
        ready, _, _ = select.select([self.process.stdout], [], [], HANG_SECONDS)
        assert ready, "no line"
        return self.process.stdout.readline().decode().strip()

    def memory(self):
        """Resident bytes."""
        text = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(text.split("VmRSS:")[1].split()[0]) * 1024

    def is_closed(self):
        """Whether it takes no more connections."""
        try:
            with self.connect():
                return False
        except OSError:
            return True

    def drain(self):
        self.process.send_signal(signal.SIGTERM)

    def stop(self):
        """Drains; returns the exit status."""
        self.drain()
        try:
            return self.process.wait(HANG_SECONDS)
        finally:
            self.process.kill()
            self.process.stdout.close()


def wait_until(condition):
    """Waits for a state that must come; how long it takes is not judged."""
    end = time.monotonic() + HANG_SECONDS
    while not condition():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.01)
