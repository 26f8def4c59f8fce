"""The decision library as a stranger meets it: installed into an empty folder, found by pkg-config, its
example and those of its manual compiled as printed and run, its header read by C and by C++."""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

SOURCE = pathlib.Path(os.environ.get("HEADROOM_SOURCE", pathlib.Path(__file__).resolve().parents[2]))
BUILD = pathlib.Path(os.environ.get("HEADROOM_BUILD", SOURCE / "build")).resolve()
sys.path.insert(0, str(SOURCE / "tests" / "api"))
from test_guides import examples, pattern  # noqa: E402

GRADE = """<definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" id="g" name="Grades" namespace="urn:g">
<inputData id="s" name="Score"><variable name="Score" typeRef="number"/></inputData>
<decision id="d" name="Grade"><variable name="Grade" typeRef="string"/>
<informationRequirement><requiredInput href="#s"/></informationRequirement>
<literalExpression><text>if Score &gt;= 700 then "high" else "low"</text></literalExpression>
</decision></definitions>"""
WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Werror"]


class Library(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="library-"))
        prefix = cls.folder / "usr"
        done = subprocess.run(["cmake", "--install", str(BUILD), "--prefix", str(prefix)],
                              capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        (pc,) = prefix.rglob("headroom-dmn.pc")
        (cls.library,) = prefix.rglob("libheadroom-dmn.so.0")
        # A library built with a sanitizer wants a program built with it.
        built = (BUILD / "CMakeCache.txt").read_text()
        flavour = re.search(r"^HEADROOM_FLAVOUR:\w+=(\w+)$", built, re.M).group(1)
        cls.compiler = "cc" if flavour not in ("asan", "fuzz") else "clang -fsanitize=address,undefined"
        cls.environment = {
            **os.environ, "LC_ALL": "C.UTF-8", "PKG_CONFIG_PATH": str(pc.parent),
            "LD_LIBRARY_PATH": str(cls.library.parent), "PATH": f"{prefix}/bin:{os.environ['PATH']}"}
        (cls.folder / "grade.dmn").write_text(GRADE)
        for file in (SOURCE / "examples" / "dmn").iterdir():
            shutil.copy(file, cls.folder)

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder)

    def shell(self, command):
        command = re.sub(r"^cc ", self.compiler + " ", command)
        return subprocess.run(["/bin/sh", "-c", command], cwd=self.folder, env=self.environment, timeout=120,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)

    def test_the_example_as_its_readme_says(self):
        count = 0
        for number, command, expected in examples(SOURCE / "examples" / "dmn" / "README.md"):
            done = self.shell(command)
            self.assertEqual(done.returncode, 0, f"{number}: {done.stdout}")
            self.assertRegex(" ".join(done.stdout.split()), rf"\A{pattern(expected)}\Z", number)
            count += 1
        self.assertEqual(count, 3)

    def run_manual(self, page):
        text = (self.folder / "usr" / "share" / "man" / "man3" / page).read_text()
        program = re.search(r"^\.Bd -literal\n(.*?)^\.Ed$", text, re.M | re.S).group(1)
        (self.folder / "program.c").write_text(program.replace("\\e", "\\").replace("\\\\", "\\"))
        done = self.shell(f"cc -std=c11 {' '.join(WARNINGS)} program.c -o program "
                          "$(pkg-config --cflags --libs headroom-dmn) && ./program")
        self.assertEqual(done.returncode, 0, done.stdout)
        return done.stdout

    def test_the_examples_of_the_manual_as_printed(self):
        answer = self.run_manual("hr_dmn.3")
        self.assertIn('"result":"high"', answer)
        self.assertIn('"inputs":{"Score":812}', answer)
        self.assertEqual(self.run_manual("hr_dmn_evaluation.3"),
                         "400 low\n500 low\n600 low\n700 high\n800 high\n900 high\n")

    def test_the_manual_and_the_header_name_the_same_functions(self):
        header = (SOURCE / "include" / "headroom" / "dmn.h").read_text()
        declared = set(re.findall(r"\b(hr_dmn_\w+)\(", re.sub(r"/\*.*?\*/", "", header, flags=re.S)))
        manual = "".join((SOURCE / "man" / page).read_text() for page in ("hr_dmn.3", "hr_dmn_evaluation.3"))
        self.assertEqual(declared, set(re.findall(r"^\.F[no] (\w+)", manual, re.M)) & declared)
        exported = subprocess.run(["nm", "-D", "--defined-only", str(self.library)], stdout=subprocess.PIPE,
                                  text=True, check=True).stdout
        self.assertEqual(set(re.findall(r" T (\w+)$", exported, re.M)), declared)

    def test_the_header_by_itself_in_c_and_cxx(self):
        (self.folder / "only.c").write_text("#include <headroom/dmn.h>\n")
        done = self.shell(f"cc -std=c11 {' '.join(WARNINGS)} -fsyntax-only only.c $(pkg-config --cflags headroom-dmn)")
        self.assertEqual(done.returncode, 0, done.stdout)
        compiler = shutil.which("c++") or shutil.which("clang++")
        if compiler is None:
            self.skipTest("there is no C++ compiler")
        (self.folder / "only.cc").write_text(
            "#include <headroom/dmn.h>\nint main() { hr_dmn_question q{}; hr_dmn_text t = HR_DMN_TEXT_NONE;\n"
            'q.decision = "1 + 1"; bool good = hr_dmn_feel(&t, nullptr, &q) == HR_DMN_OK && t.size > 0;\n'
            "hr_dmn_text_release(&t); return good ? 0 : 1; }\n")
        sanitizers = " ".join(self.compiler.split()[1:])
        compiler = "clang++" if sanitizers else compiler
        done = self.shell(f"{compiler} {sanitizers} -std=c++11 {' '.join(WARNINGS)} only.cc -o only "
                          "$(pkg-config --cflags --libs headroom-dmn) && ./only")
        self.assertEqual(done.returncode, 0, done.stdout)


if __name__ == "__main__":
    unittest.main()
