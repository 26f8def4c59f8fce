"""The canary of tools/tidy: each rule is fed files that it must reject, and good ones."""

import importlib.machinery
import importlib.util
import os
import pathlib
import subprocess
import tempfile
import unittest

SOURCE = pathlib.Path(os.environ["HEADROOM_SOURCE"])
LOADER = importlib.machinery.SourceFileLoader("tidy", str(SOURCE / "tools/tidy"))
TIDY = importlib.util.module_from_spec(importlib.util.spec_from_loader("tidy", LOADER))
LOADER.exec_module(TIDY)
LONG_BODY = "    x++;\n" * 70

# (rule, path, text that must be rejected there)
REJECTED = [
    ("include-direction", "src/base/a.c", '#include "ledger/ledger.h"\n'),
    ("include-direction", "src/ledger/a.c", '#include "cli/verb.h"\n'),
    ("include-direction", "src/ledger/a.c", '#include "nowhere/x.h"\n'),
    ("include-direction", "src/ledger/a.c", '#include "ledger.h"\n'),
    ("include-direction", "src/garage/a.c", "int x;\n"),
    ("headers", "src/ledger/a.c", "#include <unistd.h>\n"),
    ("headers", "src/ledger/a.c", "#include <sys/stat.h>\n"),
    ("headers", "src/ledger/a.c", "#include <time.h>\n"),
    ("headers", "src/api/a.c", "#include <pthread.h>\n"),
    ("headers", "src/cli/a.c", "#include <fcntl.h>\n"),
    ("headers", "src/ledger/a.c", "#include <openssl/evp.h>\n"),
    ("headers", "src/api/a.c", "#include <zlib.h>\n"),
    ("headers", "src/http/a.c", "#include <expat.h>\n"),
    ("calls", "src/engine/a.c", 'void f(void)\n{\n    x = fopen("a", "b");\n}\n'),
    ("calls", "src/engine/a.c", "void f(void)\n{\n    x = time(NULL);\n}\n"),
    ("calls", "src/engine/a.c", "void f(void)\n{\n    x = malloc(3);\n}\n"),
    ("calls", "src/cli/a.c", 'void f(void)\n{\n    x = getenv("HOME");\n}\n'),
    ("quiet", "src/engine/a.c", 'void f(void)\n{\n    printf("x");\n}\n'),
    ("quiet", "src/http/a.c", "void f(void)\n{\n    exit(3);\n}\n"),
    ("no-float", "src/ledger/a.c", "double x;\n"),
    ("no-float", "src/ledger/a.h", "static float x(void);\n"),
    ("no-float", "src/feel/a.c", "long double x;\n"),
    ("no-float", "src/base/amount_x.c", "double x;\n"),
    ("function-length", "src/ledger/a.c", "void f(int x)\n{\n" + LONG_BODY + "}\n"),
    ("function-length", "tests/unit/a.c", "void\nf(int x)\n{\n" + LONG_BODY + "}\n"),
    ("file-length", "src/ledger/a.c", "int x;\n" * 801),
    ("header-guard", "src/ledger/a.h", "int x;\n"),
    ("header-guard", "src/ledger/a.h", "#ifndef A_H\n#define A_H\nint x;\n#endif\n"),
    ("header-guard", "src/ledger/a.h", "#pragma once\nint x;\n"),
    ("whitespace", "src/ledger/a.c", "int x; \n"),
    ("whitespace", "src/ledger/a.c", "\tint x;\n"),
    ("whitespace", "src/ledger/a.c", "int x;\r\n"),
    ("whitespace", "docs/a.md", "no newline"),
    ("format", "src/ledger/a.c", "int   x;\n"),
    ("format", "src/ledger/a.c", "void f(void) { g(); }\n"),
    ("room-readme", "src/journal/a.c", "int x;\n"),
    ("words", "src/ledger/a.c", "/* TO" "DO: later */\n"),
    ("words", "docs/a.md", "FIX" "ME\n"),
    ("words", "docs/a.md", "see /wor" "k/main\n"),
    ("words", "tools/a.py", 'x = "/tm' 'p/out"\n'),
    ("python", "tools/a.py", "def f(:\n"),
    ("python", "tools/a.py", "x = 1  # " + "x" * 120 + "\n"),
    ("links", "docs/a.md", "[x](gone.md)\n"),
    ("links", "docs/a.md", "[x](../README.md#part)\n"),
    ("exceptions", "tools/tidy.exceptions", "words src/gone.c nobody needs this\n"),
]

# Files that look like the above and are right.
ACCEPTED = [
    ("src/ledger/a.c", '#include "base/slice.h"\n#include "ledger/b.h"\n\n#include <string.h>\n'),
    ("src/ledger/b.c", '/* double fopen( */\nstatic const char *x = "double exit(1) malloc(";\n'),
    ("src/ledger/a.h", "/* A noun. */\n#ifndef HEADROOM_LEDGER_A_H\n#define HEADROOM_LEDGER_A_H\n"
                       "int x;\n#endif\n"),
    ("src/ledger/ledger_a.h", "#ifndef HEADROOM_LEDGER_A_H\n#define HEADROOM_LEDGER_A_H\n"
                              "int x;\n#endif\n"),
    ("src/ledger/c.c", "void f(int x)\n{\n" + "    x++;\n" * 67 + "}\n"),
    ("src/os/a.c", "#include <fcntl.h>\n#include <sys/stat.h>\n#include <unistd.h>\n"),
    ("src/engine/a.c", "void f(struct x *x)\n{\n    x->free(1);\n    memory_free(x);\n}\n"),
    ("src/cli/a.c", 'void f(void)\n{\n    printf("x");\n    exit(3);\n}\n'),
    ("docs/a.md", "[x](b.md#part) and [y](https://example.org/z)\n"),
    ("docs/b.md", "A hacker's word: methodology.\n"),
]

ROOMS = "".join(f"headroom_room({room})\n" for room in
                "base os ledger journal engine feel http api cli".split())


class Tidy(unittest.TestCase):
    def tree(self, files):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        root = pathlib.Path(folder.name)
        base = {"CMakeLists.txt": ROOMS, "tools/tidy.exceptions": "",
                ".clang-format": (SOURCE / ".clang-format").read_text()}
        for room in "base os ledger engine feel http api cli garage".split():
            base[f"src/{room}/README.md"] = f"# {room}\n"
        for path, text in {**base, **files}.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_bytes(text.encode())
        return root

    def findings(self, files):
        return TIDY.find_all(self.tree(files))

    def assert_clean(self, files):
        self.assertEqual([], sum(self.findings(files).values(), []))

    def test_every_bad_file_is_rejected_by_its_rule(self):
        for rule, path, text in REJECTED:
            with self.subTest(rule=rule, text=text[:40]):
                place = path if rule != "room-readme" else str(pathlib.PurePath(path).parent)
                found = "\n".join(self.findings({path: text})[rule])
                self.assertRegex(found, rf"(?m)^{place}:\d+: {rule}: ")

    def test_every_rule_has_a_bad_file(self):
        self.assertEqual(set(self.findings({})), {rule for rule, _, _ in REJECTED})

    def test_files_that_are_right_pass(self):
        self.assert_clean(dict(ACCEPTED))

    def test_an_exception_with_a_reason_lets_through(self):
        files = {"src/ledger/a.c": "void f(int x)\n{\n" + LONG_BODY + "}\n"}
        self.assertTrue(self.findings(files)["function-length"])
        files["tools/tidy.exceptions"] = "function-length src/ledger/a.c:f one switch over all\n"
        self.assert_clean(files)

    def test_an_exception_for_another_name_does_not(self):
        files = {"src/ledger/a.c": "void f(int x)\n{\n" + LONG_BODY + "}\n",
                 "tools/tidy.exceptions": "function-length src/ledger/a.c:g some reason\n"}
        self.assertTrue(self.findings(files)["function-length"])
        self.assertTrue(self.findings(files)["exceptions"])

    def test_the_program_says_where_and_fails(self):
        command = ["/usr/bin/python3", str(SOURCE / "tools/tidy"), "--cases", "--root"]
        bad = self.tree({"src/ledger/a.c": "double x;\n"})
        done = subprocess.run([*command, str(bad)], capture_output=True, text=True, check=False)
        self.assertEqual((done.returncode, done.stderr), (1, ""))
        self.assertIn("src/ledger/a.c:1: no-float: double", done.stdout)
        self.assertIn("\nnot ok - tidy no-float\n", done.stdout)
        good = self.tree({"src/ledger/a.c": "int x;\n"})
        done = subprocess.run([*command, str(good)], capture_output=True, text=True, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertNotIn("not ok", done.stdout)


if __name__ == "__main__":
    unittest.main()
