"""Functions that src/base/banned.h names do not compile, with either compiler."""

import os
import pathlib
import re
import shutil
import subprocess
import unittest

SOURCE = pathlib.Path(os.environ["HEADROOM_SOURCE"])


def errors_of(compiler, statements):
    """The lines of a function with these statements at which the compiler stops."""
    text = '#include "base/slice.h"\nvoid f(char *a, char *b);\nvoid f(char *a, char *b)\n{\n'
    text += "".join(f"    {statement};\n" for statement in statements) + "}\n"
    command = [compiler, "-std=c17", "-fsyntax-only", "-w", "-Isrc", "-xc", "-"]
    done = subprocess.run(command, cwd=SOURCE, input=text, capture_output=True, text=True,
                          check=False)
    return {int(line) - 5 for line in re.findall(r"^<stdin>:(\d+):\d+: error", done.stderr, re.M)}


class Banned(unittest.TestCase):
    def test_each_is_an_error(self):
        text = (SOURCE / "src/base/banned.h").read_text()
        names = " ".join(re.findall(r"^#pragma GCC poison (.*)$", text, re.M)).split()
        self.assertGreater(len(names), 30)
        self.assertLessEqual({"strcpy", "sprintf", "strtok", "atoi", "gmtime", "system"},
                             set(names))
        for compiler in filter(shutil.which, ("gcc", "clang")):
            self.assertEqual(errors_of(compiler, ["memcmp(a, b, 1)"]), set())
            for start in range(0, len(names), 8):  # stay below the limit of errors
                calls = [f"{name}(a, b)" for name in names[start:start + 8]]
                self.assertEqual(errors_of(compiler, calls), set(range(len(calls))), calls)


if __name__ == "__main__":
    unittest.main()
