"""docs/reference/feel.md, line by line: every row of two code cells under "expression" and "value"."""

import json
import os
import pathlib
import re
import subprocess
import unittest

SOURCE = pathlib.Path(os.environ.get("HEADROOM_SOURCE", pathlib.Path(__file__).resolve().parents[2]))
BINARY = os.environ.get("HEADROOM_BINARY", str(SOURCE / "build" / "headroom"))
LINES = pathlib.Path(os.environ.get("HEADROOM_BUILD", SOURCE / "build")).resolve() / "tests" / "support" / "feel_lines"
PAGE = SOURCE / "docs" / "reference" / "feel.md"


def rows():
    inside = False
    for number, line in enumerate(PAGE.read_text().splitlines(), 1):
        if line == "| expression | value |":
            inside = True
        elif not line.startswith("|"):
            inside = False
        elif inside and line != "|---|---|":
            match = re.fullmatch(r"\| `(.+)` \| `(.+)` \|", line)
            yield number, match.group(1), match.group(2)


class Reference(unittest.TestCase):
    def test_every_line(self):
        page = list(rows())
        done = subprocess.run([LINES], input="".join(row[1] + "\n" for row in page), stdout=subprocess.PIPE, text=True,
                              check=True)
        # Compared as texts: JSON readers would take numbers for binary fractions.
        for (number, expression, value), got in zip(page, done.stdout.splitlines(), strict=True):
            self.assertEqual(got, value, f"{PAGE.name}:{number}: {expression}")
            json.loads(value)
        self.assertGreater(len(page), 120)

    def test_the_program_says_the_same(self):
        for number, expression, value in list(rows())[::20]:
            done = subprocess.run([BINARY, "dmn", "feel", "--", expression], capture_output=True, text=True,
                                  check=False)
            self.assertTrue(done.stdout.startswith('{"result":' + value + ',"diagnostics":'),
                            f"{number}: {done.stdout}")

    def test_every_function_stands_on_the_page(self):
        table = (SOURCE / "src" / "feel" / "builtin.c").read_text()
        page = PAGE.read_text()
        for name in sorted(set(re.findall(r'^    \{"([a-z ]+)", builtin_', table, re.M))):
            self.assertIn(f"`{name}(", page)


if __name__ == "__main__":
    unittest.main()
