"""libheadroom as a program meets it: the guide's programs compiled as printed, many threads on one client, a
server that is killed under it, a proxy that breaks what passes, and what it says when things go wrong."""

import json
import os
import pathlib
import re
import shutil
import signal
import socket
import ssl
import struct
import subprocess
import tempfile
import threading
import time
import unittest

import wire_client as wire
from headroom_server import Headroom, free_port, limit_open

SOURCE = pathlib.Path(os.environ.get("HEADROOM_SOURCE", ".")).resolve()
BUILD = pathlib.Path(os.environ.get("HEADROOM_BUILD", "build")).resolve()
DRIVER = BUILD / "tests" / "support" / "client_driver"
TIER = os.environ.get("HEADROOM_TIER", "test")
WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Werror"]


def start(server, *arguments, address=None, **environment):
    host, port = address or server.binary
    return subprocess.Popen([DRIVER, f"{host}:{port}", server.directory / "admin.token", *map(str, arguments)],
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                            env={**os.environ, **{key: str(value) for key, value in environment.items()}})


def finish(process):
    output, _ = process.communicate(timeout=150)
    assert process.returncode == 0, (process.returncode, output)
    return json.loads(output)


def drive(server, *arguments, **more):
    return finish(start(server, *arguments, **more))


def connected(server):
    """Waits until the driver has signed in, so that what happens next happens to an open client."""
    for _ in range(600):
        text = server.get("/metrics").body.decode()
        if int(re.search(r"^headroom_binary_batches_total (\d+)$", text, re.M).group(1)) > 0:
            return
        time.sleep(0.02)
    raise AssertionError("the driver has not sent a batch")


class Client(unittest.TestCase):
    def server(self, *options):
        server = Headroom(*options)
        self.addCleanup(server.remove)
        server.post([limit_open("line", "1000000")])
        return server

    def used(self, server):
        return server.get("/v1/limits/line").json()["used"]

    def test_threads_share_batches(self):
        server = self.server()
        found = drive(server, "threads", 32, 100)
        self.assertEqual(found["codes"], {"ok": 3200})
        self.assertEqual(found["commands"], 3200)
        self.assertLess(found["batches"], 1600)  # they gathered
        self.assertEqual(found["connections"], 1)
        self.assertEqual(self.used(server), "32.00")

    def test_many_that_nobody_waits_for(self):
        server = self.server()
        found = drive(server, "async", 50000)
        self.assertEqual(found["codes"], {"ok": 50000})
        self.assertLess(found["batches"], 5000)
        self.assertEqual(self.used(server), "500.00")
        found = drive(server, "async", 50000)
        self.assertEqual(found["codes"], {"exists": 50000})

    def test_batches_of_every_kind_of_size(self):
        server = self.server()
        for prefix, size, in_flight in (("a", 1, 20), ("b", 100, 8), ("c", 1023, 3), ("d", 1024, 3), ("e", 8192, 5)):
            found = drive(server, "flood", 6, size, in_flight, DRIVER_PREFIX=prefix)
            self.assertEqual(found["codes"], {"ok": 6 * size}, size)

    def test_killed_under_load_and_started_again(self):
        port = free_port()
        server = self.server("--binary-listen", f"127.0.0.1:{port}")
        count = {"test": 120, "check": 200, "soak": 2000}[TIER]  # more than an idle machine ends before the first kill
        process = start(server, "flood", count, 2000, 4, DRIVER_TIMEOUT_MS=60000)
        connected(server)
        kills = 0
        while process.poll() is None and kills < count / 10:
            time.sleep(0.05)
            server.restart(signal.SIGKILL)
            kills += 1
        found = finish(process)
        self.assertEqual(sum(found["codes"].values()), count * 2000, found)
        self.assertTrue(set(found["codes"]) <= {"ok", "exists"}, found)
        self.assertGreater(found["connections"], 1)
        self.assertEqual(self.used(server), f"{count * 20}.00")  # each had one effect

    def test_threads_over_a_restart(self):
        port = free_port()
        server = self.server("--binary-listen", f"127.0.0.1:{port}")
        process = start(server, "threads", 16, 300, DRIVER_TIMEOUT_MS=60000)
        connected(server)
        for how in (signal.SIGTERM, signal.SIGKILL):
            time.sleep(0.1)
            server.restart(how)
        found = finish(process)
        self.assertEqual(sum(found["codes"].values()), 4800, found)
        self.assertTrue(set(found["codes"]) <= {"ok", "exists"}, found)
        self.assertEqual(self.used(server), "48.00")

    def test_a_server_that_went_away(self):
        server = self.server("--binary-listen", f"127.0.0.1:{free_port()}")
        process = start(server, "threads", 4, 20000, DRIVER_TIMEOUT_MS=500)
        connected(server)
        server.stop(signal.SIGKILL)
        time.sleep(1.5)
        process.send_signal(signal.SIGTERM)
        process.communicate()
        server.start()
        found = drive(server, "async", 10, DRIVER_PREFIX="z")
        self.assertEqual(found["codes"], {"ok": 10})

    def test_closed_before_the_answers(self):
        found = drive(self.server(), "stop", 20000)
        self.assertEqual(sum(found["statuses"].values()), 20000)  # each was finished once
        self.assertTrue(set(found["statuses"]) <=
                        {"answered", "the client is closed; whether it was done is not known"}, found)

    def test_what_it_says(self):
        server = self.server()
        for options, status, error in (
                ({"address": ("127.0.0.1", free_port())}, "cannot be reached", "nobody listens there"),
                ({"address": ("nowhere.invalid", 1)}, "cannot be reached", "no address is known"),
                ({"address": ("127.0.0.1", 0)}, "argument cannot be used", "no server such as"),
                ({"address": ("127.0.0.1", server.port)}, "cannot be reached", "did not answer in time")):
            found = drive(server, "open", DRIVER_TIMEOUT_MS=2000, **options)
            self.assertIn(status, found["open"])
            self.assertIn(error, found["error"])
            self.assertIn(options["address"][0], found["error"])
        token = server.directory / "admin.token"
        good = token.read_text()
        token.write_text("hr_" + "A" * 43 + "\n")
        found = drive(server, "open")
        token.write_text(good)
        self.assertIn("refused", found["open"])
        self.assertIn("is not known here, has expired or was revoked", found["error"])

    def test_a_reader(self):
        server = self.server()
        (server.directory / "admin.token").write_text(server.token("reader")["token"])
        found = drive(server, "async", 3)
        self.assertEqual(sum(found["statuses"].values()), 3)
        self.assertIn("role does not allow", found["error"])
        self.assertEqual(found["codes"], {})

    def test_tls(self):
        folder = pathlib.Path(tempfile.mkdtemp(prefix="headroom-client-"))
        self.addCleanup(lambda: shutil.rmtree(folder))
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ed25519", "-nodes", "-keyout", folder / "key.pem",
                        "-out", folder / "cert.pem", "-days", "2", "-subj", "/CN=localhost", "-addext",
                        "subjectAltName=DNS:localhost"], check=True, capture_output=True)
        server = Headroom("--tls-cert", str(folder / "cert.pem"), "--tls-key", str(folder / "key.pem"))
        self.addCleanup(server.remove)
        with wire_tls(server, folder / "cert.pem") as connection:
            connection.post([limit_open("line", "1000000")])
        address = ("localhost", server.binary[1])
        found = drive(server, "flood", 20, 4000, 4, address=address, DRIVER_CA=folder / "cert.pem")
        self.assertEqual(found["codes"], {"ok": 80000})
        found = drive(server, "threads", 8, 50, address=address, DRIVER_CA=folder / "cert.pem", DRIVER_PREFIX="t")
        self.assertEqual(found["codes"], {"ok": 400})
        found = drive(server, "open", DRIVER_CA=folder / "cert.pem")  # 127.0.0.1 is not in the certificate
        self.assertIn("IP address mismatch", found["error"])
        found = drive(server, "open", address=address, DRIVER_TIMEOUT_MS=1000)
        self.assertIn("ended the connection", found["error"])


def wire_tls(server, certificate):
    context = ssl.create_default_context(cafile=str(certificate))
    return wire.Connection(server, wrap=lambda raw: context.wrap_socket(raw, server_hostname="localhost"))


class Proxy:
    """Stands between client and server and does `mangle` to what the server sends."""

    def __init__(self, target, mangle):
        self.target, self.mangle, self.connections = target, mangle, 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = self.listener.getsockname()
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self.serve, args=(client, self.connections), daemon=True).start()

    def serve(self, client, number):
        with client, socket.create_connection(self.target) as server:
            threading.Thread(target=self.copy, args=(client, server), daemon=True).start()
            try:
                while data := self.take(server):
                    data = self.mangle(data, number)
                    if data is None:
                        break
                    client.sendall(data)
            except OSError:
                pass
            for end in (client, server):
                try:
                    end.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass

    @staticmethod
    def copy(source, sink):
        try:
            while data := source.recv(65536):
                sink.sendall(data)
        except OSError:
            pass

    @staticmethod
    def take(server):
        """One whole frame."""
        data = b""
        while len(data) < 64 or len(data) < struct.unpack_from("<I", data, 4)[0]:
            want = 64 if len(data) < 64 else struct.unpack_from("<I", data, 4)[0]
            part = server.recv(want - len(data))
            if not part:
                return b""
            data += part
        return data


class Mangled(unittest.TestCase):
    """A server that is not what it should be."""

    def through(self, mangle, *arguments, **environment):
        server = Headroom()
        self.addCleanup(server.remove)
        server.post([limit_open("line", "1000000")])
        proxy = Proxy(server.binary, mangle)
        self.addCleanup(proxy.listener.close)
        return server, drive(server, *arguments, address=proxy.address, **environment)

    def test_a_damaged_answer(self):
        def mangle(data, _):
            return data if data[8] == wire.WELCOME else data[:70] + bytes([data[70] ^ 1]) + data[71:]
        _, found = self.through(mangle, "async", 5)
        self.assertEqual(found["codes"], {})
        self.assertIn("checksum", found["error"])

    def test_an_answer_to_something_else(self):
        def mangle(data, _):
            if data[8] == wire.WELCOME:
                return data
            body = data[64:]
            return wire.frame(wire.RESULTS, body, struct.unpack_from("<I", data, 12)[0],
                              struct.unpack_from("<I", data, 16)[0], tag=999)
        _, found = self.through(mangle, "async", 5, DRIVER_TIMEOUT_MS=1500)
        self.assertEqual(found["codes"], {})
        self.assertIn("does not fit", found["error"])

    def test_details_that_point_beyond(self):
        def mangle(data, _):
            if data[8] == wire.WELCOME:
                return data
            body = bytearray(data[64:])
            body[1], body[4] = 3, 200
            return wire.frame(wire.RESULTS, bytes(body), struct.unpack_from("<I", data, 12)[0],
                              struct.unpack_from("<I", data, 16)[0], tag=struct.unpack_from("<Q", data, 24)[0])
        _, found = self.through(mangle, "async", 1, DRIVER_TIMEOUT_MS=1500)
        self.assertEqual(found["codes"], {})

    def test_a_connection_that_breaks_each_time_at_another_frame(self):
        seen = {}

        def mangle(data, number):
            seen[number] = seen.get(number, 0) + 1
            return None if number < 6 and seen[number] > number else data
        server, found = self.through(mangle, "flood", 60, 50, 4)
        self.assertEqual(sum(found["codes"].values()), 3000, found)
        self.assertTrue(set(found["codes"]) <= {"ok", "exists"})
        self.assertGreaterEqual(found["connections"], 6)
        self.assertGreaterEqual(found["resent"], 5)
        self.assertEqual(server.get("/v1/limits/line").json()["used"], "30.00")

    def test_an_answer_that_never_comes(self):
        def mangle(data, _):
            return data if data[8] == wire.WELCOME else b""
        begin = time.monotonic()
        server, found = self.through(mangle, "async", 5, DRIVER_TIMEOUT_MS=700)
        self.assertEqual(found["statuses"], {"no answer in time; whether it was done is not known": 5})
        self.assertEqual(found["timed_out"], 5)
        self.assertGreater(time.monotonic() - begin, 0.6)
        # What was sent was done; what waited behind two batches in flight was not.
        self.assertIn(server.get("/v1/limits/line").json()["used"], [f"0.0{count}" for count in range(1, 6)])

    def test_a_welcome_that_is_none(self):
        _, found = self.through(lambda data, _: os.urandom(192), "open", DRIVER_TIMEOUT_MS=1500)
        self.assertIn("does not speak this protocol", found["open"])


class Installed(unittest.TestCase):
    """As a stranger meets it: installed, found by pkg-config, compiled as printed."""

    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="headroom-client-"))
        prefix = cls.folder / "usr"
        done = subprocess.run(["cmake", "--install", str(BUILD), "--prefix", str(prefix)],
                              capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        (pc,) = prefix.rglob("headroom.pc")
        (cls.library,) = prefix.rglob("libheadroom.so.0")
        (cls.archive,) = prefix.rglob("libheadroom.a")
        # A library built with a sanitizer wants a program built with it.
        flavour = re.search(r"^HEADROOM_FLAVOUR:\w+=(\w+)$", (BUILD / "CMakeCache.txt").read_text(), re.M).group(1)
        cls.sanitized = flavour in ("asan", "fuzz")
        cls.compiler = "clang -fsanitize=address,undefined" if cls.sanitized else "cc"
        cls.compiler += " --coverage" if flavour == "coverage" else ""
        cls.environment = {**os.environ, "LC_ALL": "C.UTF-8", "PKG_CONFIG_PATH": str(pc.parent),
                           "LD_LIBRARY_PATH": str(cls.library.parent)}
        cls.guide = (SOURCE / "docs" / "guide" / "client.md").read_text()

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder)

    def shell(self, command):
        done = subprocess.run(["/bin/sh", "-c", command], cwd=self.folder, env=self.environment, timeout=120,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stdout)
        return done.stdout

    def programs(self):
        return re.findall(r"^```c\n(.*?)^```$", self.guide, re.M | re.S)

    def ask(self, server, program):
        return self.shell(f"./{program} {server.binary[0]}:{server.binary[1]} {server.directory}/admin.token")

    def server(self):
        server = Headroom()
        self.addCleanup(server.remove)
        server.post([limit_open("line", "1000000")])
        return server

    def test_the_first_program_of_the_guide_as_printed(self):
        (command,) = re.findall(r"^    (cc draw\.c .*)$", self.guide, re.M)
        (self.folder / "draw.c").write_text(self.programs()[0])
        self.shell(command.replace("cc", f"{self.compiler} -std=c11 {' '.join(WARNINGS)}", 1))
        server = self.server()
        self.assertEqual([self.ask(server, "draw") for _ in range(2)], ["ok\n", "exists\n"])
        self.assertEqual(server.get("/v1/exposures/d-1").json()["remaining_amount"], "750000.00")
        self.assertLessEqual(len([line for line in self.programs()[0].splitlines() if ";" in line]), 10)

    def test_the_batch_of_the_guide_as_printed(self):
        first, batch = self.programs()[:2]
        head = "\n".join(line for line in first.splitlines() if line.startswith("#include"))
        (self.folder / "all.c").write_text(head + "\n\n" + batch + """
int main(int argc, char **argv)
{
    struct hr_options options = {.server = argv[1], .token_file = argv[argc - 1]};
    struct hr_client *client;
    size_t drawn = 0;

    if (hr_open(&client, &options) != HR_OK || draw_all(client, &drawn) != HR_OK ||
        hr_wait(client, 10000) != HR_OK) {
        return 1;
    }
    hr_close(client);
    printf("%zu\\n", drawn);
}
""")
        self.shell(f"{self.compiler} -std=c11 {' '.join(WARNINGS)} all.c -o all $(pkg-config --cflags --libs headroom)")
        server = self.server()
        self.assertEqual(self.ask(server, "all"), "1000\n")
        self.assertEqual(server.get("/v1/limits/line").json()["used"], "1000.00")

    def test_the_archive_has_no_name_but_its_own(self):
        for command in (["nm", "-g", "--defined-only", self.archive], ["nm", "-D", "--defined-only", self.library]):
            printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
            names = re.findall(r"^[0-9a-f]+ [A-Z] (\S+)$", printed, re.M)
            strange = [name for name in names if not name.startswith(("hr_", "__", "_fini", "_init"))]
            self.assertEqual(strange, [])
            header = re.sub(r"/\*.*?\*/", "", (SOURCE / "include" / "headroom" / "client.h").read_text(), flags=re.S)
            declared = set(re.findall(r"^HR_API [^(]*?\b(hr_\w+)\(", header, re.M))
            self.assertEqual({name for name in names if name.startswith("hr_")}, declared)

    def test_the_manuals_name_every_function(self):
        header = re.sub(r"/\*.*?\*/", "", (SOURCE / "include" / "headroom" / "client.h").read_text(), flags=re.S)
        declared = set(re.findall(r"^HR_API [^(]*?\b(hr_\w+)\(", header, re.M))
        manuals = "".join(path.read_text() for path in (self.folder / "usr" / "share" / "man" / "man3").iterdir()
                          if path.name.startswith("headroom_"))
        self.assertEqual(declared, set(re.findall(r"^\.F[no] (hr_\w+)", manuals, re.M)) & declared)
        self.assertGreater(len(declared), 40)

    def test_linked_with_the_archive(self):
        (self.folder / "static.c").write_text(self.programs()[0])
        self.shell(f"{self.compiler} static.c -o static $(pkg-config --cflags headroom) {self.archive} "
                   "-lssl -lcrypto -pthread")
        self.assertEqual(self.ask(self.server(), "static"), "ok\n")

    def test_the_header_by_itself_in_c_and_cxx(self):
        (self.folder / "only.c").write_text("#include <headroom/client.h>\n")
        self.shell(f"{self.compiler} -std=c11 {' '.join(WARNINGS)} -fsyntax-only only.c "
                   "$(pkg-config --cflags headroom)")
        compiler = shutil.which("clang++") if self.sanitized else shutil.which("c++") or shutil.which("clang++")
        if compiler is None:
            self.skipTest("there is no C++ compiler")
        (self.folder / "only.cc").write_text(
            "#include <headroom/client.h>\nint main() { hr_options options{}; hr_client *client = nullptr;\n"
            "  hr_status status = hr_open(&client, &options); hr_close(client);\n"
            "  char text[HR_AMOUNT_TEXT_SIZE]; hr_amount_text(text, hr_int128{5, 0}, 2);\n"
            "  return status == HR_BAD_ARGUMENT && text[0] == '0' ? 0 : 1; }\n")
        self.shell(f"{compiler} {' '.join(self.compiler.split()[1:])} -std=c++11 {' '.join(WARNINGS)} only.cc -o only "
                   "$(pkg-config --cflags --libs headroom) && ./only")


if __name__ == "__main__":
    unittest.main()
