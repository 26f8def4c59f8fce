"""A real server process on a data directory of its own, and a client that speaks JSON."""

import atexit
import contextlib
import http.client
import json
import os
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import urllib.parse

BINARY = os.environ.get("HEADROOM_BINARY", "build/headroom")
PLAIN = os.environ.get("HEADROOM_BINARY_PLAIN") or BINARY  # the same program where sanitizers would take too long
SMALL = ("--segment-size", "16")  # MiB: every server writes one and a spare, and looks through its end at a start
JSON = "application/json"
NDJSON = "application/x-ndjson"

# Hashes of passwords at the least cost, but where a suite says False: the real one is most of what it would do.
quick_passwords = True
databases = None  # of PostgreSQL, where a suite has cases on it: see postgres_case.py


def free_port(count=1):
    """The first of some ports in a row that nobody has, below those that the system gives to whoever asks for any:
    one of those may be another process's before a server listens on it."""
    while True:
        port = random.randrange(10000, 32000)
        with contextlib.ExitStack() as stack:
            try:
                for number in range(port, port + count):
                    stack.enter_context(socket.socket()).bind(("127.0.0.1", number))
            except OSError:
                continue
        return port


def copy(source, target):
    """What a server left when it stopped, without the blocks that are zero."""
    subprocess.run(["cp", "--archive", "--sparse=always", source, target], check=True)


def keep(directory):
    """A copy that lasts as long as this process."""
    home = pathlib.Path(tempfile.mkdtemp(prefix="headroom-kept-"))
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    copy(directory, home / "data")
    return home / "data"


def server_environment(program):
    preload = pathlib.Path(program).resolve().parent / "tests/support/quick_password.so"
    return {**os.environ, "LD_PRELOAD": str(preload)} if quick_passwords and preload.exists() else None


class Answer:
    def __init__(self, response, body):
        self.status = response.status
        self.headers = {name.lower(): value for name, value in response.getheaders()}
        self.body = body

    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f"{self.status} {self.body[:300]!r}"


class Headroom:
    """One process; `directory` stays over restarts until `remove`. It may begin as the copy of another."""

    def __init__(self, *options, directory=None, host="127.0.0.1", copy_of=None, program=None):
        on_postgres = any(option.startswith("postgresql:") for option in options)
        self.program = program or (PLAIN if on_postgres else BINARY)
        self.options = options
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="headroom-api-"))
        self.directory = directory or self.home / "data"
        self.host = host
        self.process = None
        self.first_lines = ""
        if copy_of is not None:
            copy(copy_of, self.directory)
        elif "--store" in options and databases is not None:
            databases.make(options[options.index("--store") + 1])
        self.start()

    def start(self):
        command = [self.program, "serve", "--data", str(self.directory), "--listen", f"{self.host}:0",
                   "--language", "en", *(() if "--segment-size" in self.options else SMALL), *self.options]
        self.errors = open(self.home / "stderr", "ab")
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=self.errors,
                                        env=server_environment(self.program))
        line = self.process.stdout.readline().decode()
        assert line.startswith("ready http"), (line, self.stderr())
        self.url = line.split()[1].rstrip("/")
        self.port = urllib.parse.urlsplit(self.url).port
        host, _, port = line.split()[-1].rpartition(":")
        self.binary = (host, int(port)) if " binary " in line else None
        self.admin = (self.directory / "admin.token").read_text().strip()

    def stderr(self):
        return (self.home / "stderr").read_text()

    def stop(self, how=signal.SIGTERM):
        """Ends the process; returns its exit status."""
        self.process.send_signal(how)
        status = self.process.wait(30)
        self.process.stdout.close()
        self.errors.close()
        return status

    def remove(self):
        if self.process.poll() is None:
            self.stop(signal.SIGKILL)
        shutil.rmtree(self.home)

    def restart(self, how=signal.SIGTERM):
        status = self.stop(how)
        self.start()
        return status

    def connect(self):
        return http.client.HTTPConnection(self.host, self.port, timeout=30)

    def ask(self, method, target, body=None, token=None, headers=None):
        """One request on a connection of its own; `token` None is the administrator's, "" none."""
        connection = self.connect()
        fields = dict(headers or {})
        if token != "":
            fields["Authorization"] = f"Bearer {token or self.admin}"
        if body is not None and not isinstance(body, (bytes, str)):
            body = json.dumps(body)
            fields.setdefault("Content-Type", JSON)
        if isinstance(body, str):
            body = body.encode()
        try:
            connection.request(method, target, body, fields)
            response = connection.getresponse()
            return Answer(response, response.read())
        finally:
            connection.close()

    def get(self, target, **options):
        return self.ask("GET", target, **options)

    def post(self, commands, **options):
        """Sends commands; returns the list of results."""
        answer = self.ask("POST", "/v1/commands", commands, **options)
        assert answer.status == 200, answer
        return answer.json()

    def token(self, role, **more):
        answer = self.ask("POST", "/v1/tokens", {"name": f"a {role}", "role": role, **more})
        assert answer.status == 201, answer
        return answer.json()

    def run(self, *arguments, token=None, stdin=None, environment=None):
        """Runs a client verb against this server."""
        variables = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "HEADROOM_SERVER": self.url,
                     "HEADROOM_TOKEN": token or self.admin, **(environment or {})}
        return subprocess.run([BINARY, *arguments], capture_output=True, text=True, input=stdin,
                              env=variables, timeout=60, check=False)


def segment(text):
    return urllib.parse.quote(text, safe="")


def limit_open(name, cap="1000", parents=(), **more):
    return {"op": "limit.open", "id": name, "currency": "CNY", "cap": cap,
            "parents": list(parents), **more}


def draw(name, limit, amount, **more):
    return {"op": "draw", "id": name, "limit": limit, "amount": amount, **more}
