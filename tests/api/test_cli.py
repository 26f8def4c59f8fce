"""The program: help, languages, exit status, replay, and the verbs that ask a server."""

import json
import os
import re
import subprocess
import tempfile
import time
import unicodedata
import unittest

from headroom_server import BINARY, Headroom, draw, limit_open


def run(*arguments, stdin=None, **environment):
    variables = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", **environment}
    return subprocess.run([BINARY, *arguments], capture_output=True, text=True, input=stdin,
                          env=variables, timeout=60, check=False)


def columns(text):
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


class Help(unittest.TestCase):
    def verbs(self):
        listed = run("help").stdout
        return re.findall(r"^  (\w+(?: \w+)?)(?:  |$)", listed, re.M)

    def test_every_verb_explains_itself_in_both_languages(self):
        verbs = self.verbs()
        self.assertGreater(len(verbs), 30)
        for verb in verbs:
            english = run(*verb.split(), "--help")
            chinese = run(*verb.split(), "--help", "--language", "zh")
            by_locale = run(*verb.split(), "--help", LC_ALL="", LANG="zh_CN.UTF-8")
            with self.subTest(verb=verb):
                self.assertEqual((english.returncode, english.stderr), (0, ""))
                self.assertTrue(english.stdout.startswith(f"usage: headroom {verb}"))
                self.assertIn("用法", chinese.stdout)
                self.assertEqual(chinese.stdout, by_locale.stdout)
                for line in english.stdout.splitlines() + chinese.stdout.splitlines():
                    self.assertLessEqual(columns(line), 100)

    def test_the_man_page_names_every_verb(self):
        source = os.path.join(os.environ.get("HEADROOM_SOURCE", "."), "man", "headroom.1")
        with open(source, encoding="utf-8") as page:
            text = page.read()
        for verb in self.verbs():
            self.assertRegex(text, rf"\.It Cm {verb}( |$|\n)", verb)

    def test_usage_errors_are_one_line_and_status_2(self):
        for arguments in (["nope"], ["replay"], ["replay", "a", "b"], ["replay", "-", "--what"],
                          ["replay", "-", "--base"], ["replay", "-", "--base", "ZZZ"],
                          ["limit", "nope"], ["serve"], ["serve", "--data", "x", "--listen", "y"],
                          ["serve", "--data", "x", "--listen", "0.0.0.0:0"],
                          ["serve", "--data", "x", "--tls-cert", "y"],
                          ["serve", "--data", "x", "--time-zone", "8"], ["get", "x"],
                          ["serve", "--data", "x", "--store", "mysql://y"],
                          ["import", "customers", "x", "--data", "x", "--store", "y.db"],
                          ["verify", "x", "--store", "mysql://y"],
                          ["verify", "x", "--audit-head", "y"], ["help", "nope"],
                          ["events", "--count", "0"], ["version", "--language", "fr"],
                          ["draw", "a", "1", "--server", "ftp://x", "--token", "/dev/null"]):
            with self.subTest(arguments=arguments):
                done = run(*arguments)
                self.assertEqual(done.returncode, 2, done)
                self.assertEqual(done.stdout, "")
                self.assertRegex(done.stderr, r"\Aheadroom[^\n]*: [^\n]+\n\Z")
                self.assertFalse(os.path.exists("x"))

    def test_system_errors_are_status_3(self):
        for arguments in (["replay", "/nonexistent"], ["replay", "/"], ["verify", "/nonexistent"],
                          ["serve", "--data", "/proc/nope"]):
            with self.subTest(arguments=arguments):
                done = run(*arguments)
                self.assertEqual(done.returncode, 3, done)
                self.assertIn(arguments[-1].rstrip("/") or "/", done.stderr)

    def test_version(self):
        for word in ("version", "--version"):
            self.assertRegex(run(word).stdout, r"^headroom \d+\.\d+\.\d+\n$")


class Replay(unittest.TestCase):
    def results(self, text, *options):
        done = run("replay", "-", *options, stdin=text)
        self.assertEqual(done.returncode, 0, done.stderr)
        return [json.loads(line)["result"] for line in done.stdout.splitlines()]

    def test_lines(self):
        opened = json.dumps(limit_open("a"))
        self.assertEqual(self.results(""), [])
        self.assertEqual(self.results("\n \n\t\r\n"), ["bad_request"] * 3)
        self.assertEqual(self.results(opened), ["ok"])
        self.assertEqual(self.results(f"{opened}\r\n\nnope\n[]\n"),
                         ["ok", "bad_request", "bad_request", "bad_request"])
        self.assertEqual(self.results("\0\n" + opened + "\n"), ["bad_request", "ok"])

    def test_time_may_be_given(self):
        lines = [limit_open("a", at="2026-01-01T00:00:00Z"),
                 {"op": "reserve", "id": "r", "limit": "a", "amount": "1",
                  "expires": "2026-01-02T00:00:00Z"},
                 {"op": "cancel", "id": "c", "reservation": "r", "at": "2026-01-02T00:00:00Z"}]
        self.assertEqual(self.results("\n".join(map(json.dumps, lines))),
                         ["ok", "ok", "reservation_closed"])

    def test_a_chain_longer_than_a_piece_stays_whole(self):
        count = 20000
        lines = [json.dumps(limit_open("a", "1000000"))]
        lines += [json.dumps(draw(f"d{i}", "a", "1", linked=i < count - 1)) for i in range(count)]
        self.assertEqual(set(self.results("\n".join(lines))), {"ok"})
        lines[-1] = json.dumps(draw("last", "a", "9999999"))
        results = self.results("\n".join(lines))
        self.assertEqual((results[0], set(results[1:-1]), results[-1]),
                         ("ok", {"linked_failed"}, "refused"))

    def test_a_pipe_is_answered_while_it_is_open(self):
        with subprocess.Popen([BINARY, "replay", "-"], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE, text=True) as process:
            for command in (limit_open("a"), draw("b", "a", "1")):
                process.stdin.write(json.dumps(command) + "\n")
                process.stdin.flush()
                self.assertEqual(json.loads(process.stdout.readline())["result"], "ok")
            process.stdin.close()

    def test_in_a_directory_it_stays(self):
        with tempfile.TemporaryDirectory() as home:
            directory = os.path.join(home, "data")
            opened = json.dumps(limit_open("a"))
            self.assertEqual(self.results(opened, "--data", directory), ["ok"])
            self.assertEqual(self.results(opened, "--data", directory), ["exists"])
            memory = run("replay", "-", "--digest", stdin=opened)
            kept = run("replay", "-", "--digest", "--data", directory, stdin="")
            self.assertEqual(memory.stderr.split()[-1], kept.stderr.split()[-1])
            self.assertEqual(run("verify", directory).returncode, 0)
            other = run("replay", "-", "--data", directory, "--base", "USD", stdin="")
            self.assertEqual(other.returncode, 3)

    def test_base_currency(self):
        line = json.dumps({"op": "rate.set", "id": "r", "currency": "USD", "rate": "2"})
        self.assertEqual(self.results(line, "--base", "USD"), ["bad_rate"])
        self.assertEqual(self.results(line), ["ok"])

    def test_a_reader_that_goes_away(self):
        lines = "\n".join(json.dumps(limit_open(f"l{i}")) for i in range(20000))
        with subprocess.Popen([BINARY, "replay", "-"], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            process.stdout.close()
            try:
                process.stdin.write(lines.encode())
                process.stdin.close()
            except BrokenPipeError:
                pass
            self.assertEqual(process.wait(30), 3)


class Verbs(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Headroom()

    @classmethod
    def tearDownClass(cls):
        cls.server.remove()

    def ok(self, *arguments, **options):
        done = self.server.run(*arguments, **options)
        self.assertEqual(done.returncode, 0, done)
        return done.stdout

    def test_the_life_of_a_line(self):
        self.ok("limit", "open", "V1", "--currency", "CNY", "--cap", "1,000,000", "--holder", "H",
                "--status", "pending", "--tolerance-bps", "50", "--not-revolving")
        self.ok("limit", "activate", "V1")
        self.ok("limit", "open", "V2", "--currency", "CNY", "--cap", "500000", "--parent", "V1")
        self.ok("reserve", "V2", "200,000.00", "--id", "VR", "--actor", "ann")
        self.ok("confirm", "VR", "50000", "--id", "VE", "--keep-rest")
        self.ok("cancel", "VR")
        self.ok("draw", "V2", "1000", "--id", "VD", "--reason", "why")
        self.ok("repay", "VD", "400")
        self.ok("restate", "VD", "700")
        self.ok("freeze", "V2", "1000")
        self.ok("unfreeze", "V2", "400")
        self.ok("limit", "adjust", "V2", "--cap", "600000", "--mode", "soft")
        self.ok("limit", "raise", "V2", "5000", "--from", "2000-01-01", "--until", "2999-01-01")
        self.ok("unlock", "V1", "10", "--until", "2999-01-01", "--lift", "limit_frozen", "--lift",
                "limit_exceeded", "--id", "VU")
        self.ok("limit", "move", "V2")
        limit = json.loads(self.ok("get", "V2", "--json"))
        self.assertEqual((limit["used"], limit["reserved"], limit["frozen"], limit["parents"]),
                         ("50700.00", "0.00", "600.00", []))
        self.assertEqual(json.loads(self.ok("get", "V1", "--json"))["revolving"], False)
        unlock = json.loads(self.ok("get", "--unlock", "VU", "--json"))
        self.assertEqual(unlock["lifts"], ["limit_exceeded", "limit_frozen"])
        self.ok("repay", "VD")
        self.ok("repay", "VE")
        self.ok("limit", "close", "V2")
        self.assertIn("closed", self.ok("limit", "show", "V2"))
        self.ok("rate", "set", "USD", "7.1")
        self.assertRegex(self.ok("rate", "list"), r"USD +7\.1 CNY")
        self.ok("day", "open", "2999-12-31")
        self.assertIn("2999-12-31", self.ok("day", "show"))

    def test_a_refusal_says_where_why_and_how_much(self):
        self.ok("limit", "open", "R1", "--currency", "CNY", "--cap", "1000")
        done = self.server.run("draw", "R1", "1500")
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stdout, r"R1 +it does not fit under the limit +1,000\.00 +1,500\.00")
        chinese = self.server.run("draw", "R1", "1500", "--language", "zh")
        self.assertIn("超出额度可用金额", chinese.stdout)
        as_json = self.server.run("check", "R1", "1500", "--json")
        self.assertEqual(as_json.returncode, 1)
        self.assertEqual(json.loads(as_json.stdout)["refusals"][0]["available"], "1000.00")
        self.assertEqual(self.server.run("check", "R1", "15").returncode, 0)
        self.assertEqual(self.server.run("draw", "R1", "1,5").returncode, 1)

    def test_tables_line_up(self):
        self.ok("limit", "open", "集团T", "--currency", "CNY", "--cap", "123456789.10")
        self.ok("limit", "open", "T2", "--currency", "CNY", "--cap", "7", "--parent", "集团T")
        lines = self.ok("tree", "集团T").splitlines()
        ends = [columns(line[:line.index(figure)]) + len(figure)
                for line, figure in zip(lines[1:], ("123,456,789.10", "7.00"))]
        self.assertEqual(len(set(ends)), 1)
        self.assertEqual(len(lines), 3)
        self.assertIn("  T2", lines[2])

    def test_lists(self):
        for i in range(5):
            self.ok("limit", "open", f"LL{i}", "--currency", "CNY", "--cap", "1", "--kind", "ll")
        listed = self.ok("limit", "list", "--kind", "ll", "--all")
        self.assertEqual(re.findall(r"LL\d", listed), ["LL4", "LL3", "LL2", "LL1", "LL0"])
        some = self.ok("limit", "list", "LL", "--count", "2")
        self.assertIn("more", some)
        self.ok("draw", "LL0", "0.5", "--id", "LLD")
        self.assertIn("LLD", self.ok("exposures", "LL0"))
        self.assertIn("LLD", self.ok("movements", "LL0"))
        self.assertIn("LLD", self.ok("events", "--all"))
        self.assertIn("(nothing)", self.ok("exposures", "LL1"))

    def test_following_events(self):
        self.ok("limit", "open", "F1", "--currency", "CNY", "--cap", "1000")
        last = self.server.get("/v1/day").headers["headroom-event"]
        environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8",
                       "HEADROOM_SERVER": self.server.url, "HEADROOM_TOKEN": self.server.admin}
        with subprocess.Popen([BINARY, "events", "--follow", "--after", last], env=environment,
                              stdout=subprocess.PIPE, text=True) as process:
            self.ok("draw", "F1", "12.5", "--id", "FD")
            self.assertRegex(process.stdout.readline(), r"draw +12\.50 CNY +F1 +FD")
            process.terminate()

    def test_tokens(self):
        done = self.server.run("token", "create", "desk", "--role", "reader", "--days", "1")
        self.assertRegex(done.stdout, r"^hr_[A-Za-z0-9_-]{43}\n$")
        secret = done.stdout.strip()
        self.assertIn("desk", self.ok("token", "list"))
        refused = self.server.run("draw", "X", "1", token=secret)
        self.assertEqual(refused.returncode, 1)
        self.assertIn("role", refused.stderr)
        identifier = done.stderr.split()[-1]
        self.ok("token", "revoke", identifier)
        self.assertEqual(self.server.run("day", "show", token=secret).returncode, 1)

    def test_ids_that_need_encoding(self):
        name = "a/b?c#d %2F é"
        self.ok("limit", "open", name, "--currency", "CNY", "--cap", "1")
        self.assertEqual(json.loads(self.ok("get", name, "--json"))["id"], name)

    def test_no_server(self):
        done = self.server.run("get", "x", "--server", "http://127.0.0.1:9")
        self.assertEqual(done.returncode, 3)
        self.assertIn("http://127.0.0.1:9", done.stderr)

    def test_stored_text_cannot_steer_the_terminal(self):
        self.server.post([limit_open("E1", holder="x"),
                          draw("E2", "E1", "1", actor="\x1b[31mred", reason="a\nb")])
        shown = self.ok("movements", "E1") + self.ok("events", "--all")
        self.assertNotIn("\x1b", shown)
        self.assertIn("?[31mred", shown)

    def test_postgresql_without_its_library(self):
        with tempfile.TemporaryDirectory() as folder:
            with open(os.path.join(folder, "libpq.so.5"), "w", encoding="ascii") as file:
                file.write("no library")
            self.assertEqual(run("version", LD_LIBRARY_PATH=folder).returncode, 0)
            done = run("serve", "--data", os.path.join(folder, "data"), "--store", "postgresql:///x", "--listen",
                       "127.0.0.1:0", LD_LIBRARY_PATH=folder)
            self.assertEqual(done.returncode, 3, done)
            self.assertIn("libpq5", done.stderr)
            self.assertIn(os.path.join(folder, "libpq.so.5"), done.stderr)

    def test_the_size_of_segments(self):
        for wrong in ("15", "16385", "x", "-1"):
            with self.subTest(wrong=wrong), tempfile.TemporaryDirectory() as folder:
                done = run("serve", "--data", folder, "--segment-size", wrong, "--listen", "127.0.0.1:0")
                self.assertEqual(done.returncode, 2)
                self.assertIn("--segment-size", done.stderr)
        server = Headroom("--segment-size", "17")
        self.addCleanup(server.remove)
        self.assertEqual((server.directory / "journal-0000000000000001").stat().st_size, 17 << 20)
        server.post([limit_open("l", "5"), draw("d", "l", "2")])
        # What is there keeps its size; what is made next has the new one.
        server.options = ("--segment-size", "18")
        server.restart()
        self.assertEqual((server.directory / "journal-0000000000000001").stat().st_size, 17 << 20)
        self.assertEqual(server.get("/v1/limits/l").json()["used"], "2.00")
        deadline = time.monotonic() + 20
        spare = server.directory / "journal-spare"
        while not (spare.exists() and spare.stat().st_size == 18 << 20) and time.monotonic() < deadline:
            time.sleep(0.05)
        self.assertEqual(spare.stat().st_size, 18 << 20)


class Tls(unittest.TestCase):
    def setUp(self):
        self.home = tempfile.TemporaryDirectory()
        self.addCleanup(self.home.cleanup)
        for name, subject in (("ca", "/CN=ca"), ("server", "/CN=server"), ("client", "/CN=ops")):
            self.openssl("genpkey", "-algorithm", "ED25519", "-out", self.path(f"{name}.key"))
            self.openssl("req", "-new", "-key", self.path(f"{name}.key"), "-subj", subject, "-out",
                         self.path(f"{name}.csr"))
        with open(self.path("ext"), "w", encoding="ascii") as file:
            file.write("subjectAltName=IP:127.0.0.1\n")
        with open(self.path("caext"), "w", encoding="ascii") as file:
            file.write("basicConstraints=critical,CA:TRUE\n")
        self.openssl("x509", "-req", "-in", self.path("ca.csr"), "-signkey", self.path("ca.key"),
                     "-extfile", self.path("caext"), "-out", self.path("ca.pem"))
        for name in ("server", "client"):
            self.openssl("x509", "-req", "-in", self.path(f"{name}.csr"), "-CA",
                         self.path("ca.pem"), "-CAkey", self.path("ca.key"), "-CAcreateserial",
                         "-extfile", self.path("ext"), "-out", self.path(f"{name}.pem"))

    def path(self, name):
        return os.path.join(self.home.name, name)

    def openssl(self, *arguments):
        subprocess.run(["openssl", *arguments], check=True, capture_output=True)

    def test_tls_and_client_certificates(self):
        server = Headroom("--tls-cert", self.path("server.pem"), "--tls-key",
                          self.path("server.key"), "--tls-client-ca", self.path("ca.pem"))
        self.addCleanup(server.remove)
        self.assertTrue(server.url.startswith("https://"))
        good = ["--ca", self.path("ca.pem"), "--cert", self.path("client.pem"), "--key",
                self.path("client.key")]
        self.assertEqual(server.run("day", "show", *good).returncode, 0)
        self.assertEqual(server.run("day", "show", *good[:2]).returncode, 3)
        untrusted = server.run("day", "show", *good[2:])
        self.assertEqual(untrusted.returncode, 3)
        self.assertIn("certificate", untrusted.stderr)
        plain = server.run("day", "show", "--server", server.url.replace("https", "http"))
        self.assertEqual(plain.returncode, 3)


if __name__ == "__main__":
    unittest.main()
