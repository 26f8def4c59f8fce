"""docs/reference/feel.md, line by line: every row of two code cells under "expression" and "value"."""

import json
import os
import pathlib
import re
import subprocess
import unittest

SOURCE = pathlib.Path(os.environ.get("HEADROOM_SOURCE", pathlib.Path(__file__).resolve().parents[2]))
BINARY = os.environ.get("HEADROOM_BINARY", str(SOURCE / "build" / "headroom"))
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
        count = 0
        for number, expression, value in rows():
            done = subprocess.run([BINARY, "dmn", "feel", "--", expression], capture_output=True, text=True,
                                  check=False)
            self.assertEqual(done.returncode, 0, f"{number}: {done.stderr}")
            # Compared as texts: JSON readers would take numbers for binary fractions.
            self.assertTrue(done.stdout.startswith('{"result":' + value + ',"diagnostics":'),
                            f"{PAGE.name}:{number}: {expression}: {done.stdout}")
            json.loads(value)
            count += 1
        self.assertGreater(count, 120)

    def test_every_function_stands_on_the_page(self):
        table = (SOURCE / "src" / "feel" / "builtin.c").read_text()
        page = PAGE.read_text()
        for name in sorted(set(re.findall(r'^    \{"([a-z ]+)", builtin_', table, re.M))):
            self.assertIn(f"`{name}(", page)


if __name__ == "__main__":
    unittest.main()
