"""The examples of the guides, typed as they stand. In a block ```console a line "$ COMMAND" is run;
a here-document up to END belongs to it; the lines behind are what it prints on both streams, "..."
standing for anything, and "exit status N" for a status other than 0. Runs of spaces count as one.
A block ```console sqlite, or postgresql, is for those who have that database. A block may be indented."""

import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import unittest

from headroom_server import BINARY, Headroom, free_port

GUIDES = pathlib.Path(os.environ.get("HEADROOM_SOURCE", ".")) / "docs" / "guide"


def examples(path, database="sqlite"):
    """(line number, command, expected output) of each example of a guide for those who have `database`."""
    inside, number, command, expected, end = False, 0, None, [], None
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if end:
            command += "\n" + line
            end = None if line == end else end
        elif line.lstrip().startswith("```"):
            if command:
                yield begin, command, expected
            inside, command = line.strip() in ("```console", f"```console {database}"), None
        elif inside and line.lstrip().startswith("$ "):
            if command:
                yield begin, command, expected
            begin, command, expected = number, line.lstrip()[2:], []
            end = "END" if line.endswith("<<'END'") else None
        elif inside:
            expected.append(line)


def pattern(lines):
    text = " ".join(" ".join(lines).split())
    return "".join(".*" if part == "..." else re.escape(part)
                   for part in re.split(r"(\.\.\.)", text)).replace(r"\ .*\ ", r"\ ?.*\ ?")


class Follower(unittest.TestCase):
    def type(self, guide, folder, environment, database="sqlite"):
        """Types every example of a guide into a shell in `folder`; returns how many there were."""
        count = 0
        for number, command, expected in examples(GUIDES / guide, database):
            # A token named on the command line counts, not the environment's.
            variables = {key: value for key, value in environment.items()
                         if not ("--token " in command and key.startswith("HEADROOM_TOKEN"))}
            done = subprocess.run(["/bin/sh", "-c", command], cwd=folder, env=variables,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                  timeout=60, check=False)
            printed = done.stdout
            if done.returncode != 0:
                printed += f"exit status {done.returncode}\n"
            if expected:
                self.assertRegex(" ".join(printed.split()), rf"\A{pattern(expected)}\Z",
                                 f"{guide}:{number}: {command}")
            else:
                self.assertEqual(done.returncode, 0, f"{guide}:{number}: {command}: {printed}")
            count += 1
        return count


class Guides(Follower):
    def follow(self, name, *options, folder=None, path=""):
        server = Headroom(*options)
        self.addCleanup(server.remove)
        folders = (str(pathlib.Path(BINARY).resolve().parent), path, os.environ["PATH"])
        environment = {"PATH": ":".join(filter(None, folders)),
                       "LC_ALL": "C.UTF-8", "HEADROOM_SERVER": server.url,
                       "HEADROOM_PACKS": str(GUIDES.parents[1].resolve() / "packs"),
                       "HEADROOM_PID": str(server.process.pid),
                       "HEADROOM_TOKEN": server.admin, "COLUMNS": "200"}
        return self.type(name, folder or server.home, environment)

    def test_the_limit_manager(self):
        self.assertGreater(self.follow("limit-manager.md"), 20)

    def test_the_first_line(self):
        examples = str(GUIDES.parents[1].resolve() / "examples")
        packs = str(GUIDES.parents[1].resolve() / "packs")
        self.assertEqual(self.follow("first-line.md", "--packs", packs, path=examples), 3)

    def test_groups(self):
        examples = str(GUIDES.parents[1].resolve() / "examples")
        packs = str(GUIDES.parents[1].resolve() / "packs")
        self.assertGreater(self.follow("groups.md", "--packs", packs, path=examples), 30)

    def test_decisions(self):
        folder = tempfile.mkdtemp(prefix="headroom-models-")
        self.addCleanup(shutil.rmtree, folder)
        self.assertGreater(self.follow("decisions.md", "--models", folder, folder=folder), 10)

    def test_processes(self):
        self.assertGreater(self.follow("processes.md"), 12)

    def test_the_risk_manager(self):
        self.assertGreater(self.follow("risk-manager.md"), 20)


class Operator(Follower):
    """The operator's guide on a machine of its own: the package, unpacked by a stand-in for apt, and the unit in it,
    started by a stand-in for systemd (tests/support/machine)."""

    def setUp(self):
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="headroom-machine-"))
        self.addCleanup(shutil.rmtree, self.home)
        stand_ins = GUIDES.parents[1].resolve() / "tests" / "support" / "machine"
        root = self.home / "root"
        root.mkdir()
        self.environment = {
            **{key: value for key, value in os.environ.items() if key.endswith("SAN_OPTIONS")},
            "PATH": f"{stand_ins}:{root}/usr/bin:{os.environ['PATH']}", "LC_ALL": "C.UTF-8", "COLUMNS": "200",
            "MACHINE_ROOT": str(root), "DIR": str(root / "data"), "CONF": str(root / "conf"),
            "SAFE": str(root / "safe"), "STORE": "", "HEADROOM_SERVER": f"http://127.0.0.1:{free_port(2)}",
            "HEADROOM_TOKEN_FILE": str(root / "data" / "admin.token")}
        self.addCleanup(self.end)
        os.link(self.package, self.home / "headroom_0.1.0_amd64.deb")

    @classmethod
    def setUpClass(cls):
        """The Debian package of the build under test, as `make deb` makes it."""
        for program in ("cpack", "dpkg-deb", "dpkg-shlibdeps"):
            if shutil.which(program) is None:
                raise unittest.SkipTest(f"no {program} here")
        build = pathlib.Path(os.environ.get("HEADROOM_BUILD", "build")).resolve()
        folder = tempfile.mkdtemp(prefix="headroom-package-")
        cls.addClassCleanup(shutil.rmtree, folder)
        done = subprocess.run(["cpack", "--config", str(build / "CPackConfig.cmake"), "-B", folder],
                              cwd=folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        cls.package, = pathlib.Path(folder).glob("*.deb")

    def end(self):
        try:
            os.kill(int((self.home / "root" / "pid").read_text()), signal.SIGKILL)
        except (OSError, ValueError):
            pass

    def test_sqlite(self):
        self.assertGreater(self.type("operator.md", self.home, self.environment), 60)

    @unittest.skipUnless(os.environ.get("HEADROOM_POSTGRES"), "no PostgreSQL here")
    @unittest.skipIf(os.environ.get("HEADROOM_TIER") == "test", "takes its time: at each check")
    def test_postgresql(self):
        host, user = re.search(r"host=([^&]*)&user=(.*)", os.environ["HEADROOM_POSTGRES"]).groups()
        self.environment.update({"PGHOST": host, "PGUSER": user,
                                 "STORE": f"postgresql:///credit?host={host}&user={user}"})
        for name in ("credit", "credit_broken", "proof"):
            self.addCleanup(subprocess.run, ["dropdb", "--if-exists", "--force", name], check=True,
                            env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        # Before the databases go, what is connected to them.
        self.addCleanup(self.end)
        self.assertGreater(self.type("operator.md", self.home, self.environment, "postgresql"), 60)


if __name__ == "__main__":
    unittest.main()
