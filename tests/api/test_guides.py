"""The examples of the guides, typed as they stand. In a block ```console a line "$ COMMAND" is run;
a here-document up to END belongs to it; the lines behind are what it prints on both streams, "..."
standing for anything, and "exit status N" for a status other than 0. Runs of spaces count as one."""

import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

from headroom_server import BINARY, Headroom

GUIDES = pathlib.Path(os.environ.get("HEADROOM_SOURCE", ".")) / "docs" / "guide"


def examples(path):
    """(line number, command, expected output) of each example of a guide."""
    inside, number, command, expected, end = False, 0, None, [], None
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if end:
            command += "\n" + line
            end = None if line == end else end
        elif line.startswith("```"):
            if command:
                yield begin, command, expected
            inside, command = line == "```console", None
        elif inside and line.startswith("$ "):
            if command:
                yield begin, command, expected
            begin, command, expected = number, line[2:], []
            end = "END" if line.endswith("<<'END'") else None
        elif inside:
            expected.append(line)


def pattern(lines):
    text = " ".join(" ".join(lines).split())
    return "".join(".*" if part == "..." else re.escape(part)
                   for part in re.split(r"(\.\.\.)", text)).replace(r"\ .*\ ", r"\ ?.*\ ?")


class Guides(unittest.TestCase):
    def follow(self, name, *options, folder=None):
        server = Headroom(*options)
        self.addCleanup(server.remove)
        environment = {"PATH": f"{pathlib.Path(BINARY).resolve().parent}:{os.environ['PATH']}",
                       "LC_ALL": "C.UTF-8", "HEADROOM_SERVER": server.url,
                       "HEADROOM_PACKS": str(GUIDES.parents[1].resolve() / "packs"),
                       "HEADROOM_PID": str(server.process.pid),
                       "HEADROOM_TOKEN": server.admin, "COLUMNS": "200"}
        count = 0
        for number, command, expected in examples(GUIDES / name):
            # A token named on the command line counts, not the environment's.
            variables = {key: value for key, value in environment.items()
                         if not ("--token " in command and key == "HEADROOM_TOKEN")}
            done = subprocess.run(["/bin/sh", "-c", command], cwd=folder or server.home, env=variables,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                  timeout=60, check=False)
            printed = done.stdout
            if done.returncode != 0:
                printed += f"exit status {done.returncode}\n"
            if expected:
                self.assertRegex(" ".join(printed.split()), rf"\A{pattern(expected)}\Z",
                                 f"{name}:{number}: {command}")
            else:
                self.assertEqual(done.returncode, 0, f"{name}:{number}: {command}: {printed}")
            count += 1
        return count

    def test_the_limit_manager(self):
        self.assertGreater(self.follow("limit-manager.md"), 20)

    def test_decisions(self):
        folder = tempfile.mkdtemp(prefix="headroom-models-")
        self.addCleanup(shutil.rmtree, folder)
        self.assertGreater(self.follow("decisions.md", "--models", folder, folder=folder), 10)

    def test_processes(self):
        self.assertGreater(self.follow("processes.md"), 12)

    def test_the_risk_manager(self):
        self.assertGreater(self.follow("risk-manager.md"), 20)

    def test_the_operator(self):
        self.assertGreater(self.follow("operator.md"), 5)


if __name__ == "__main__":
    unittest.main()
