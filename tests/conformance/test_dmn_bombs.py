"""Models and expressions that would take for ever, or all memory: each is refused or stopped with a reason, by a
process held to a little memory and time."""

import json
import os
import pathlib
import resource
import subprocess
import tempfile
import unittest

SOURCE = pathlib.Path(os.environ.get("HEADROOM_SOURCE", pathlib.Path(__file__).resolve().parents[2]))
BINARY = os.environ.get("HEADROOM_BINARY", str(SOURCE / "build" / "headroom"))
BUILD = pathlib.Path(os.environ.get("HEADROOM_BUILD", SOURCE / "build"))
SANITIZED = "asan" in BUILD.name  # its shadow memory wants room that a limit would refuse
HEAD = '<definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" id="m" name="M" namespace="urn:m">\n'
SECONDS = 60 if SANITIZED else 10
MEMORY = 768 << 20


def limit():
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    if not SANITIZED:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def escape(text):
    return text.replace("&", "&amp;").replace("<", "&lt;")


def run(*arguments):
    return subprocess.run([BINARY, *arguments], capture_output=True, text=True, preexec_fn=limit, check=False)


class Bombs(unittest.TestCase):
    def model(self, text):
        folder = tempfile.TemporaryDirectory(prefix="bombs-")
        self.addCleanup(folder.cleanup)
        path = pathlib.Path(folder.name) / "m.dmn"
        path.write_text(text)
        return str(path)

    def evaluate(self, expression):
        path = self.model(HEAD + '<decision id="d" name="D"><variable name="D"/><literalExpression><text>'
                          + escape(expression) + "</text></literalExpression></decision></definitions>")
        return run("dmn", "eval", path, "--decision", "D")

    def test_texts_that_nest_without_end_are_refused(self):
        for name, text in (("parentheses", "(" * 100000 + "1" + ")" * 100000),
                           ("open parentheses", "(" * 100000),
                           ("lists", "[" * 100000 + "]" * 100000),
                           ("contexts", "{a:" * 100000 + "1" + "}" * 100000),
                           ("calls", "abs(" * 100000 + "1" + ")" * 100000),
                           ("ifs", "if true then " * 100000 + "1" + " else 2" * 100000),
                           ("functions", "function(x) " * 100000 + "x"),
                           ("iterations", "for x in [1] return " * 100000 + "x"),
                           ("types", "1 instance of " + "list<" * 100000 + "number" + ">" * 100000)):
            with self.subTest(name=name):
                done = self.evaluate(text)
                self.assertEqual(done.returncode, 0, done.stderr)
                answer = json.loads(done.stdout)
                self.assertIsNone(answer["result"])
                self.assertTrue(answer["diagnostics"])

    def test_long_texts_that_do_not_nest_are_read(self):
        for text, value in (("1" + " + 1" * 100000, 100001), ("-" * 100000 + "1", 1),
                            ("[" + "1," * 100000 + "1][100001]", 1),
                            ("true" + " and true" * 50000, True), ('"' + "x" * 1000000 + '" = "y"', False)):
            done = self.evaluate(text)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(json.loads(done.stdout)["result"], value)

    def test_evaluations_without_end_are_stopped(self):
        for expression in ("count(for a in 1..100000, b in 1..100000 return a)",
                           "{f: function(n) f(n + 1), r: f(1)}.r",
                           "{f: function(n) f(n + 1) + f(n + 2), r: f(1)}.r",
                           "{f: function(n) sort([1, 2, 3], function(x, y) f(n)), r: f(1)}.r",
                           "for i in 1..1000000000 return i",
                           "count(for i in 1..60 return for j in 1..60 return for k in 1..60 return 1..60)",
                           "some i in 1..1000000000 satisfies i < 0",
                           'for i in 1..60 return if i = 1 then "xxxxxxxx" else partial[-1] + partial[-1]',
                           "for i in 1..64 return if i = 1 then [1] else concatenate(partial[-1], partial[-1])"):
            with self.subTest(expression=expression):
                done = self.evaluate(expression)
                stopped = done.returncode == 1 and "than allowed" in done.stderr
                null = done.returncode == 0 and json.loads(done.stdout)["result"] is None
                self.assertTrue(stopped or null, (done.returncode, done.stdout[:200], done.stderr))

    def test_a_pattern_that_could_backtrack_for_ever(self):
        done = self.evaluate('replace(string join(for i in 1..10000 return "aaaaaaaaaa"), "(a|a)*(a*)*b", "x")')
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_knowledge_models_and_decisions_that_call_themselves(self):
        path = self.model(HEAD + """
          <businessKnowledgeModel id="k" name="f"><variable name="f"/><encapsulatedLogic><formalParameter name="n"/>
          <literalExpression><text>f(n + 1)</text></literalExpression></encapsulatedLogic></businessKnowledgeModel>
          <decision id="d" name="D"><variable name="D"/>
          <knowledgeRequirement><requiredKnowledge href="#k"/></knowledgeRequirement>
          <literalExpression><text>f(1)</text></literalExpression></decision>
          <decision id="a" name="A"><variable name="A"/>
          <informationRequirement><requiredDecision href="#b"/></informationRequirement>
          <literalExpression><text>B</text></literalExpression></decision>
          <decision id="b" name="B"><variable name="B"/>
          <informationRequirement><requiredDecision href="#a"/></informationRequirement>
          <literalExpression><text>A</text></literalExpression></decision></definitions>""")
        done = run("dmn", "eval", path, "--decision", "D")
        self.assertEqual(done.returncode, 1)
        self.assertIn("nested more deeply than allowed", done.stderr)
        done = run("dmn", "eval", path, "--decision", "A")
        self.assertIn("depends on itself", done.stdout)
        # A service that calls itself makes its decisions anew each time.
        path = self.model(HEAD + """
          <inputData id="i" name="n"><variable name="n"/></inputData>
          <decision id="d" name="D"><variable name="D"/>
          <informationRequirement><requiredInput href="#i"/></informationRequirement>
          <knowledgeRequirement><requiredKnowledge href="#s"/></knowledgeRequirement>
          <literalExpression><text>S(n + 1)</text></literalExpression></decision>
          <decisionService id="s" name="S"><variable name="S"/><outputDecision href="#d"/><inputData href="#i"/>
          </decisionService></definitions>""")
        done = run("dmn", "eval", path, "--decision", "D", "--input", '{"n": 1}')
        self.assertEqual(done.returncode, 1)
        self.assertIn("than allowed", done.stderr)

    def test_documents_that_swell_are_refused(self):
        laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
        for text, reason in (
                (f'<!DOCTYPE d [<!ENTITY l0 "ha">{laughs}]>{HEAD}&l9;</definitions>', "document type"),
                ('<!DOCTYPE d SYSTEM "file:///etc/passwd">' + HEAD + "</definitions>", "document type"),
                (HEAD + "<a>" * 100000 + "</a>" * 100000 + "</definitions>", "deep"),
                (HEAD + "<a>", "")):
            done = run("dmn", "check", self.model(text))
            self.assertEqual(done.returncode, 1, done.stdout)
            self.assertIn(reason, done.stderr)

    def test_types_and_imports_in_a_circle(self):
        path = self.model(HEAD + """
          <import name="me" namespace="urn:m" importType="https://www.omg.org/spec/DMN/20230324/MODEL/"/>
          <itemDefinition name="tA"><typeRef>tB</typeRef><allowedValues><text>1</text></allowedValues></itemDefinition>
          <itemDefinition name="tB"><typeRef>tA</typeRef><allowedValues><text>1</text></allowedValues></itemDefinition>
          <itemDefinition name="tC"><itemComponent name="l"><typeRef>tC</typeRef></itemComponent>
          <itemComponent name="r"><typeRef>tC</typeRef></itemComponent></itemDefinition>
          <itemDefinition name="tD"><itemComponent name="l"><typeRef>tD</typeRef></itemComponent>
          <itemComponent name="r"><typeRef>tD</typeRef></itemComponent></itemDefinition>
          <inputData id="i" name="x"><variable name="x" typeRef="tA"/></inputData>
          <inputData id="j" name="y"><variable name="y" typeRef="tC"/></inputData>
          <decision id="d" name="D"><variable name="D" typeRef="tD"/>
          <informationRequirement><requiredInput href="#i"/></informationRequirement>
          <informationRequirement><requiredInput href="#j"/></informationRequirement>
          <literalExpression typeRef="tD"><text>y</text></literalExpression></decision></definitions>""")
        done = run("dmn", "eval", path, "--decision", "D", "--input", '{"x": 1, "y": {"l": null, "r": null}}')
        self.assertEqual(done.returncode, 0, done.stderr)
        done = run("dmn", "check", path)
        self.assertIn(done.returncode, (0, 1), done.stderr)

    def test_imports_that_multiply_are_bounded(self):
        folder = tempfile.TemporaryDirectory(prefix="bombs-")
        self.addCleanup(folder.cleanup)
        kind = "https://www.omg.org/spec/DMN/20230324/MODEL/"
        for n in range(20):
            imports = "".join(f'<import name="{side}" namespace="urn:{n + 1}" importType="{kind}"/>' for side in "lr")
            body = '<inputData id="i" name="x"><variable name="x"/></inputData>'
            (pathlib.Path(folder.name) / f"m{n}.dmn").write_text(
                f'<definitions xmlns="{kind}" id="m" name="M{n}" namespace="urn:{n}">{imports}{body}</definitions>')
        done = run("dmn", "check", f"{folder.name}/m0.dmn")
        self.assertIn(done.returncode, (0, 1), done.stderr)


if __name__ == "__main__":
    unittest.main()
