"""`headroom dmn check`: what it finds in models that are wrong on purpose, and that it is silent on those that
are right."""

import os
import pathlib
import subprocess
import tempfile
import unittest

SOURCE = pathlib.Path(os.environ.get("HEADROOM_SOURCE", pathlib.Path(__file__).resolve().parents[2]))
BINARY = os.environ.get("HEADROOM_BINARY", str(SOURCE / "build" / "headroom"))
HEAD = ('<definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" id="m" name="M" namespace="urn:m">\n')


def escape(text):
    return text.replace("&", "&amp;").replace("<", "&lt;")


def table(columns, rules, policy="UNIQUE", output="", needs=None, kind=""):
    """A model of one table, "T": columns are (name, type); a rule is a list of cells and outputs. The rules
    begin at line 100, one a line."""
    text = HEAD
    for name, of in columns:
        text += f'<inputData id="i-{name}" name="{name}"><variable name="{name}" typeRef="{of}"/></inputData>\n'
    text += '<decision id="d" name="T"><variable name="T"/>\n'
    for name, _ in columns:
        text += f'<informationRequirement><requiredInput href="#i-{name}"/></informationRequirement>\n'
    text += f'<decisionTable hitPolicy="{policy}">\n'
    for name, of in columns:
        text += f'<input><inputExpression typeRef="{of}"><text>{name}</text></inputExpression></input>\n'
    text += f"<output {kind}>{output}</output>\n"
    text += "\n" * (99 - text.count("\n"))
    for rule in rules:
        text += "<rule>"
        for at, cell in enumerate(rule):
            entry = "inputEntry" if at < len(columns) else "outputEntry"
            text += f"<{entry}><text>{escape(cell)}</text></{entry}>"
        text += "</rule>\n"
    return text + "</decisionTable></decision></definitions>\n"


def literal(expression, inputs=(), result="Any"):
    text = HEAD
    for name, of in inputs:
        text += f'<inputData id="i-{name}" name="{name}"><variable name="{name}" typeRef="{of}"/></inputData>\n'
    text += f'<decision id="d" name="D"><variable name="D" typeRef="{result}"/>\n'
    for name, _ in inputs:
        text += f'<informationRequirement><requiredInput href="#i-{name}"/></informationRequirement>\n'
    text += f"<literalExpression><text>{escape(expression)}</text></literalExpression></decision></definitions>\n"
    return text


class Check(unittest.TestCase):
    def check(self, text, *wanted):
        with tempfile.TemporaryDirectory(prefix="check-") as folder:
            path = pathlib.Path(folder) / "m.dmn"
            path.write_text(text)
            done = subprocess.run([BINARY, "dmn", "check", str(path)], capture_output=True, text=True, timeout=60,
                                  check=False)
        lines = done.stdout.splitlines()
        found = [line for line in lines[:-1] if "note: " not in line]
        self.assertEqual([line.split(": ", 1)[1] for line in found], list(wanted), done.stdout)
        self.assertRegex(lines[-1], r"^\d+ findings$")
        self.assertEqual(done.returncode, 1 if found else 0)
        return done.stdout

    def test_gaps_and_overlaps_of_every_ordered_kind(self):
        rows = {
            "number": ("10", "20", "15", "9", "20"),
            "date": ('@"2026-01-01"', '@"2026-01-11"', "2026-01-06", "2025-12-31", "2026-01-11"),
            "time": ('@"10:00:00"', '@"12:00:00"', "11:00:00", "09:59:59", "12:00:00"),
            "date and time": ('@"2026-01-01T00:00:00Z"', '@"2026-01-01T02:00:00Z"', "2026-01-01T01:00:00Z",
                              "2025-12-31T23:59:59Z", "2026-01-01T02:00:00Z"),
            "years and months duration": ('@"P1Y"', '@"P2Y"', "P1Y6M", "P11M", "P2Y"),
            "days and time duration": ('@"PT10H"', '@"PT20H"', "PT15H", "PT9H59M59S", "PT20H"),
            "string": ('"b"', '"d"', '"b "', '""', '"d"'),
        }
        for kind, (low, high, middle, below, top) in rows.items():
            with self.subTest(kind=kind):
                self.check(table([("x", kind)], [[f"< {low}", "1"], [f"[{low}..{high}]", "2"], [f">= {high}", "3"]]),
                           f"overlap: rules 2 and 3 for x = {top}")
                self.check(table([("x", kind)], [[f"<= {low}", "1"], [f">= {high}", "2"]]),
                           f"gap: no rule for x = {middle}")
                self.check(table([("x", kind)], [[f"[{low}..{high}]", "1"], [f"> {high}", "2"]]),
                           f"gap: no rule for x = {below}")
                self.check(table([("x", kind)], [[f"< {low}", "1"], [f">= {low}", "2"]]))

    def test_enumerations(self):
        self.check(table([("x", "boolean")], [["true", "1"]]), "gap: no rule for x = false")
        self.check(table([("x", "boolean")], [["true", "1"], ["false", "2"]]))
        self.check(table([("x", "string")], [['"a"', "1"], ['"b"', "2"]]), 'gap: no rule for x = "(any other text)"')
        self.check(table([("x", "string")], [['"a"', "1"], ['not("a")', "2"]]))
        listed = table([("x", "tX")], [['"a"', "1"], ['"b"', "2"]]).replace(
            HEAD, HEAD + '<itemDefinition name="tX"><typeRef>string</typeRef><allowedValues><text>"a", "b"</text>'
            "</allowedValues></itemDefinition>")
        self.check(listed)
        self.check(listed.replace('"a", "b"</text>', '"a", "b", "c"</text>'), 'gap: no rule for x = "c"')

    def test_several_columns(self):
        rules = [["< 10", '"a"', "1"], [">= 10", '"a"', "2"], ["< 5", 'not("a")', "3"], ["-", '"b"', "4"]]
        self.check(table([("x", "number"), ("y", "string")], rules),
                   'overlap: rules 3 and 4 for x = 4, y = "b"', 'gap: no rule for x = 5, y = "(any other text)"')

    def test_policies(self):
        rules = [["< 10", '"low"'], ["< 20", '"middle"'], ["< 15", '"never"'], ["-", '"high"']]
        self.check(table([("x", "number")], rules, "FIRST"), "rule 3 cannot be reached")
        self.check(table([("x", "number")], [["< 10", "1"], ["< 20", "1"], [">= 10", "2"]], "ANY"),
                   "overlap: rules 2 and 3 differ for x = 10")
        self.check(table([("x", "number")], [["[1..1)", "1"], ["-", "2"]], "FIRST"), "rule 1 cannot be reached")
        self.check(table([("x", "number")], [["< 10", '"a"']],
                         output='<defaultOutputEntry><text>"b"</text></defaultOutputEntry>'))

    def test_conditions_are_tried(self):
        out = self.check(table([("x", "number")], [["? > 10 and even(?)", "1"], ["<= 10", "2"]]),
                         "gap: no rule for x = 11")
        self.assertIn("note: a column has conditions", out)
        out = self.check(table([("x", "number"), ("y", "number")], [["> y", "-", "1"]]))
        self.assertIn("note: a cell depends on more than its column", out)

    def test_what_is_reported_is_cut_and_counted(self):
        rules = [[f"{n}", "1"] for n in range(0, 40, 2)]
        out = self.check(table([("x", "number")], rules), "gap: no rule for x = -1")
        self.assertIn("1 findings", out)
        rules = [["-", str(n)] for n in range(5)]
        out = self.check(table([("x", "number")], rules),
                         *[f"overlap: rules {a} and {b} for x = any value" for a, b in
                           ((1, 2), (1, 3), (1, 4), (1, 5), (2, 3))], "5 more overlaps")
        self.assertIn("10 findings", out)

    def test_a_thousand_rules_are_judged_in_seconds(self):
        rules = [[f"[{n}..{n + 1})", "-", str(n)] for n in range(1000)]
        self.check(table([("x", "number"), ("y", "number")], rules),
                                   "gap: no rule for x = 1000, y = any value")

    def test_types_that_cannot_be_right(self):
        number = [("n", "number"), ("s", "string"), ("d", "date"), ("b", "boolean")]
        for expression, message in (
                ("n + s", "addition is not defined for number and string"),
                ("n < d", "order is not defined for number and date"),
                ("s = n", "equality is not defined for string and number"),
                ("-s", "only numbers and durations can be negated"),
                ("b and n", "an operand of `and` is no boolean but number"),
                ("if s then 1 else 2", "the condition of `if` is no boolean"),
                ("substring(n, 1)", "substring: the arguments fit none of its signatures"),
                ("s.year", "string has no property 'year'"),
                ("{a: n}.b", "the structure has no entry 'b'"),
                ("n in (\"a\", \"b\")", "a value of type number is tested for string"),
                ("n(1)", "number cannot be called")):
            with self.subTest(expression=expression):
                out, _ = self.check_types(literal(expression, number))
                self.assertIn(message, out)

    def check_types(self, text):
        with tempfile.TemporaryDirectory(prefix="check-") as folder:
            path = pathlib.Path(folder) / "m.dmn"
            path.write_text(text)
            done = subprocess.run([BINARY, "dmn", "check", str(path)], capture_output=True, text=True, check=False)
        return done.stdout, done.returncode

    def test_results_outputs_and_cells_against_their_types(self):
        self.check(literal('"a" + "b"', result="number"), "the value of 'D' is string, never number")
        self.check(literal("[1]", result="number"))
        self.check(literal('date("2026-01-01")', result="date and time"))
        self.check(table([("x", "number")], [['"a"', "1"], ["-", "2"]], "FIRST"),
                   "a value of type number is tested for string", "rule 1 cannot be reached")
        self.check(table([("x", "number")], [["< 1", '"a"'], [">= 1", "2"]], kind='typeRef="number"'),
                   "the output is never of the type of its column")
        self.check(table([("x", "number")], [["< 1", '"a"'], [">= 1", '"c"']],
                         output='<outputValues><text>"a", "b"</text></outputValues>'),
                   "the output is none of the output values")

    def test_references(self):
        out, status = self.check_types(literal("y + 1").replace("<literal", '<informationRequirement><requiredInput '
                                                                  'href="#none"/></informationRequirement><literal'))
        self.assertEqual(status, 1)
        self.assertIn("there is no element #none", out)
        self.assertIn("the name 'y' is not known here", out)
        out, _ = self.check_types(literal("1", result="tNone"))
        self.assertIn("the type 'tNone' is not known", out)
        out, _ = self.check_types(literal("1").replace(
            "</definitions>", '<inputData id="u" name="unused"><variable name="unused"/></inputData></definitions>'))
        self.assertIn("unused, line 3: the input is not used", out)


if __name__ == "__main__":
    unittest.main()
