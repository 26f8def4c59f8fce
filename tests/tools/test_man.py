"""The manual page and the program say the same: every verb, and every option of each, none else. What is written of
an option stands in the verb's own --help; the page must have it word for word but for the first letter and the full
stop."""

import os
import pathlib
import re
import shutil
import subprocess
import unittest

BINARY = os.environ.get("HEADROOM_BINARY", "build/headroom")
PAGE = pathlib.Path(os.environ.get("HEADROOM_SOURCE", ".")) / "man" / "headroom.1"
EVERYWHERE = {"help", "language"}
CLIENT = {"server", "token", "ca", "cert", "key", "json"}


def help_of(*words):
    done = subprocess.run([BINARY, *words, "--language", "en"], capture_output=True, text=True, check=True,
                          env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "COLUMNS": "100"})
    return done.stdout


def verbs():
    return re.findall(r"^  ([a-z]+(?: [a-z]+)?) {2,}\S", help_of("help"), re.M)


def options(verb):
    """{name: (argument, text)} of --help."""
    found, name = {}, None
    for line in help_of(*verb.split(), "--help").partition("\noptions:\n")[2].splitlines():
        start = re.match(r"  --([\w-]+)(?: (\S+(?: \S+)*?))?(?:  +(.*))?$", line)
        if start:
            name = start[1]
            found[name] = (start[2] or "", start[3] or "")
        elif line.startswith("   ") and name:
            found[name] = (found[name][0], f"{found[name][1]} {line.strip()}".strip())
        else:
            break
    own = EVERYWHERE | (CLIENT if "server" in found else set())
    return {name: found[name] for name in found if name not in own}, "server" in found


def plain(text):
    return text[:1].lower() + text[1:].rstrip(".")


def page_options():
    """{verb: {name: (argument, text)}} of the section OPTIONS."""
    section = PAGE.read_text().partition(".Sh OPTIONS\n")[2].partition("\n.Sh ")[0]
    found, verb, name = {}, None, None
    for line in section.splitlines():
        item = re.fullmatch(r"\.It Fl -([\w-]+)(?: Ar (.*))?", line)
        if line.startswith(".Ss Of "):
            verb = line.removeprefix(".Ss Of ")
            found[verb] = {}
        elif item:
            name = item[1]
            found[verb][name] = (item[2] or "", "")
        elif not line.startswith("."):
            text = line.replace("\\e", "\\").removeprefix("\\&")
            found[verb][name] = (found[verb][name][0], f"{found[verb][name][1]} {text}".strip())
    return found


class Man(unittest.TestCase):
    maxDiff = None

    def test_every_verb_is_described(self):
        described = set(re.findall(r"^\.It Cm ([a-z]+(?: [a-z]+)?)(?: (?:Ar|Fl|Op|Oo)|$)", PAGE.read_text(), re.M))
        self.assertEqual(described, set(verbs()))

    def test_every_option_is_described(self):
        page, clients = page_options(), 0
        for verb in verbs():
            with self.subTest(verb=verb):
                wanted, client = options(verb)
                clients += client
                self.assertEqual({name: (argument, plain(text)) for name, (argument, text)
                                  in page.pop(verb, {}).items()},
                                 {name: (argument, plain(text)) for name, (argument, text) in wanted.items()})
        self.assertEqual(set(page), {"every client verb"})
        self.assertEqual(set(page["every client verb"]), CLIENT)
        self.assertGreater(clients, 20)

    @unittest.skipUnless(shutil.which("mandoc"), "no mandoc here")
    def test_mandoc_finds_nothing(self):
        done = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", str(PAGE)], capture_output=True, text=True,
                              check=False)
        self.assertEqual((done.returncode, done.stdout), (0, ""))


if __name__ == "__main__":
    unittest.main()
