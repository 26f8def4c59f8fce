"""Configuration packs: those that are shipped are clean, what is wrong in one is named by file, line and element,
hostile folders are refused, and differences are told by what they mean."""

import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

SOURCE = pathlib.Path(os.environ.get("HEADROOM_SOURCE", pathlib.Path(__file__).resolve().parents[2]))
BINARY = os.environ.get("HEADROOM_BINARY", str(SOURCE / "build" / "headroom"))
PACKS = SOURCE / "packs"

# (file, what stands there, what is put in its place, the finding)
WRONG = [
    ("pack.json", '"format": 1', '"format": 2', r"pack\.json: error: format: the format is not 1"),
    ("pack.json", '"version": "0.1.0",', "", r"pack\.json: error: version: the text 'version' .* is missing"),
    ("pack.json", '"id": "cn-commercial-bank"', '"id": "../up"', r"pack\.json: error: id: "),
    ("pack.json", '"format": 1,', '"format": 1, "colour": 3,', r"pack\.json: error: colour: no member"),
    ("pack.json", '"zh"', '"zh', r"pack\.json:\d: error: no JSON"),
    ("products.csv", "LOAN,,group", "LOAN,NOWHERE,group",
     r"products\.csv:2: error: LOAN: parent: 'NOWHERE' is in no row"),
    ("products.csv", "LOAN,,group", "LOAN,WORKING-CAPITAL,group", r"products\.csv:2: error: LOAN: parent: .* circle"),
    ("products.csv", ";government_platform,on,贷款", ";gov,on,贷款",
     r"products\.csv:2: error: LOAN: customer_types: 'gov'"),
    ("products.csv", "TRADE,,group", "LOAN,,group", r"products\.csv:10: error: LOAN: a row with this key"),
    ("products.csv", ",36,", ",36.5,", r"products\.csv:3: error: tenor_months: no whole number: '36\.5'"),
    ("products.csv", "id,parent", "id,elder", r"products\.csv:1: error: header: no column.*: 'elder'"),
    ("products.csv", "LOAN,,group,either", "LOAN,,group,maybe",
     r"products\.csv:2: error: revolving: none of the words"),
    ("products.csv", "LOAN,,group", 'LOAN,"x"y,group', r"products\.csv:2: error: text between a closing quote"),
    ("products.csv", "LOAN,,group,", "LOAN,,", r"products\.csv:2: error: another number of fields"),
    ("roles.csv", "reviewer,reviewer,", "reviewer,king,", r"roles\.csv:3: error: role: no role of the program: 'king'"),
    ("roles.csv", "head_approver,", "top_approver,",
     r"processes/line-approval\.bpmn:\d+: error: decide_head: the role 'head_approver' is not in roles\.csv"),
    ("roles.csv", "head_approver,", "top_approver,",
     r"decisions/routing\.dmn:\d+: error: route: rule 3: 'head_approver' is none of the roles"),
    ("parameters.csv", ",0.15,number", ",a lot,number",
     r"parameters\.csv:\d+: error: \S+ / \S+: value: 'a lot' is no number"),
    ("parameters.csv", "2018-07-01,0.15", "2018-02-30,0.15", r"parameters\.csv:\d+: error: from: no date"),
    ("limits.csv", "net_tier1 * lex_single_ratio", "net_tier1 * ratio",
     r"limits\.csv:\d+: error: CN\.LEX1: .*'ratio' is not known"),
    ("limits.csv", "net_tier1 * lex_single_ratio", '"much"', r"limits\.csv:\d+: error: "),
    ("limits.csv", ",CNY,net_capital * loan", ",RMB,net_capital * loan",
     r"limits\.csv:2: error: currency: no currency"),
    ("trees.csv", "corporate,loans,total", "corporate,loans,sum",
     r"trees\.csv:3: error: corporate / loans: parent: 'sum' is no node"),
    ("organisations.csv", "branch,head,bank", "branch,head,other",
     r"organisations\.csv:\d: error: (sub-)?branch: legal_entity: .* is not that of the parent"),
    ("checks.json", '"decision": "limit_tree", "output": "limit_tree"', '"decision": "limit_tree", "output": "shape"',
     r"checks\.json: error: limit_tree: the table has no output 'shape'"),
    ("checks.json", "decisions/routing.dmn", "decisions/other.dmn",
     r"checks\.json: error: decisions/other\.dmn: what is promised"),
    ("texts/en.json", '"task.review": "review",', "", r"texts/zh\.json: error: task\.review: the other language"),
    ("texts/en.json", '"task.review": "review",', "",
     r"processes/line-approval\.bpmn:\d+: error: review: texts/en\.json has no text 'task\.review'"),
    ("forms/review.json", '"choice"', '"chioce"', r"forms/review\.json: error: review_outcome: no type"),
    ("forms/application.json", '"of": "products"', '"of": "wares"',
     r"forms/application\.json: error: product: a reference"),
    ("processes/line-approval.bpmn", 'formKey="decision"', 'formKey="verdict"',
     r"processes/line-approval\.bpmn:\d+: error: decide_branch: there is no forms/verdict\.json"),
    ("processes/line-approval.bpmn", 'headroom:decision="route"', 'headroom:decision="ruote"',
     r"processes/line-approval\.bpmn:\d+: error: route: "),
    ("processes/line-approval.bpmn", "<serviceTask", "<scriptTask",
     r"processes/line-approval\.bpmn:\d+: error: "),
    ("processes/line-approval.bpmn", ' default="f_rejected"', "",
     r"processes/line-approval\.bpmn:\d+: error: decided: "),
    ("decisions/routing.dmn", "&lt;= 50000000", "&lt; 50000000", r"decisions/routing\.dmn:\d+: error: route: gap: "),
    ("decisions/routing.dmn", "&gt; 50000000", "&gt;= 50000000",
     r"decisions/routing\.dmn:\d+: error: route: overlap: "),
    ("decisions/routing.dmn", "&gt; 50000000", "&gt; limit",
     r"decisions/routing\.dmn:\d+: error: .*'limit' is not known"),
    ("decisions/routing.dmn", "</definitions>", "", r"decisions/routing\.dmn:\d+: error: "),
    ("tests/route.json", '"sla_days": 3}', '"sla_days": 4}',
     r'tests/route\.json: error: small business at a sub-branch: expected .*"sla_days":4.*, got .*"sla_days":3'),
    ("tests/line-approval.script", '"open": ["decide_branch"]', '"open": ["decide_head"]',
     r"tests/line-approval\.script:8: error: "),
    ("calendar.json", '"09:00"', '"9 am"', r"calendar\.json: error: "),
]


def run(*arguments):
    return subprocess.run([BINARY, "pack", *map(str, arguments)], capture_output=True, text=True, timeout=60,
                          check=False)


class Packs(unittest.TestCase):
    def setUp(self):
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="headroom-packs-"))
        self.addCleanup(shutil.rmtree, self.home)

    def copy(self, name="cn-commercial-bank", to="pack"):
        shutil.copytree(PACKS / name, self.home / to, dirs_exist_ok=True)
        return self.home / to

    def change(self, folder, file, old, new):
        text = (folder / file).read_text()
        self.assertIn(old, text, file)
        (folder / file).write_text(text.replace(old, new, 1))

    def refused(self, folder, pattern):
        done = run("check", folder)
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertRegex(done.stdout + done.stderr, pattern)

    def test_shipped_packs_are_clean(self):
        for folder in sorted(PACKS.iterdir()):
            done = run("check", folder)
            self.assertEqual(done.returncode, 0, done.stdout)
            self.assertRegex(done.stdout, r"\n0 errors, 0 warnings, [1-9]\d+ cases passed\n\Z")

    def test_what_is_wrong_is_named(self):
        for file, old, new, pattern in WRONG:
            with self.subTest(file=file, new=new):
                folder = self.copy(to="wrong")
                self.change(folder, file, old, new)
                self.refused(folder, rf"(?m)^{pattern}")
                shutil.rmtree(folder)

    def test_unverified_rules_are_off_and_say_so(self):
        marked = 0
        for name in ("limits", "parameters"):
            for line in (PACKS / "cn-commercial-bank" / f"{name}.csv").read_text().splitlines():
                if "[K?]" in line:
                    self.assertIn(",off,", line)
                    marked += 1
        self.assertGreater(marked, 3)

    def test_only_promises_make_findings_errors(self):
        folder = self.copy()
        self.change(folder, "decisions/routing.dmn", "&lt;= 50000000", "&lt; 40000000")
        self.change(folder, "checks.json", '"decisions/routing.dmn", ', "")
        done = run("check", folder)
        self.assertRegex(done.stdout, r"(?m)^decisions/routing\.dmn:\d+: warning: route: gap: ")

    def test_json(self):
        folder = self.copy()
        self.change(folder, "roles.csv", "reviewer,reviewer,", "reviewer,king,")
        report = json.loads(run("check", folder, "--json").stdout)
        self.assertEqual(report["findings"][0]["line"], 3)
        self.assertEqual(report["findings"][0]["file"], "roles.csv")
        self.assertGreater(report["errors"], 0)

    def test_strange_files_and_names(self):
        for name in ("notes.txt", "processes/deep.dmn", "unknown.csv", "forms/a b.json", "other/x.json"):
            with self.subTest(name=name):
                folder = self.copy(to="strange")
                (folder / name).parent.mkdir(exist_ok=True)
                (folder / name).write_text("{}")
                self.refused(folder, re.escape(name))
                shutil.rmtree(folder)
        folder = self.copy()
        (folder / ".hidden").write_text("\0")
        (folder / "data").mkdir()
        (folder / "data" / "book.xlsx").write_bytes(b"\xff\0")
        self.assertEqual(run("check", folder).returncode, 0)

    def test_hostile_folders(self):
        secret = self.home / "secret.csv"
        secret.write_text("top secret")
        folder = self.copy()
        (folder / "README.md").symlink_to(secret)
        self.refused(folder, r"README\.md: a symbolic link")
        (folder / "README.md").unlink()
        shutil.move(folder / "forms", self.home / "forms")
        (folder / "forms").symlink_to(self.home / "forms")
        self.refused(folder, r"forms: a symbolic link")
        (folder / "forms").unlink()
        os.mkfifo(folder / "limits2.csv")
        self.refused(folder, r"limits2\.csv: neither a file nor a folder")
        (folder / "limits2.csv").unlink()
        (folder / "forms" / "deeper").mkdir(parents=True)
        self.refused(folder, r"forms/deeper: folders lie deeper")
        shutil.rmtree(folder / "forms")
        (folder / "README.md").write_bytes(b"\xc3\x28")
        self.refused(folder, r"README\.md: the file is no text")
        (folder / "README.md").write_bytes(b"a\0b")
        self.refused(folder, r"README\.md: the file is no text")
        with open(folder / "README.md", "wb") as file:
            file.truncate(1 << 40)
        self.refused(folder, r"README\.md: the file, or all files together, are larger")
        (folder / "README.md").unlink()
        (folder / "tests" / "x").mkdir()
        self.refused(folder, r"tests/x: folders lie deeper")
        shutil.rmtree(folder / "tests")
        (folder / "forms").mkdir()
        for number in range(501):
            (folder / "forms" / f"f{number}.json").write_text("{}")
        self.refused(folder, "more files than allowed")
        self.refused(self.home / "nowhere", "nowhere: no such file")
        self.refused(secret, "nowhere|failed|directory|call")

    def test_extends_stays_beside(self):
        for base in ("../cn-commercial-bank", "/etc", "..", "a/b", "nowhere"):
            folder = self.copy("demo", "demo")
            self.change(folder, "pack.json", '"cn-commercial-bank"', json.dumps(base))
            self.refused(folder, r"'extends' is no id|no such file")
            shutil.rmtree(folder)

    def test_bombs_end_soon(self):
        folder = self.copy()
        (folder / "texts" / "en.json").write_text("{" + ",".join(f'"k{i}":"x"' for i in range(100000)) + "}")
        self.refused(folder, "more than 5000 texts")
        shutil.copytree(PACKS / "cn-commercial-bank" / "texts", folder / "texts", dirs_exist_ok=True)
        (folder / "texts" / "zh.json").write_text("[" * 100000)
        self.refused(folder, r"texts/zh\.json:1: error: no JSON")
        shutil.copytree(PACKS / "cn-commercial-bank" / "texts", folder / "texts", dirs_exist_ok=True)
        rows = "".join(f"t,n{i},n{i - 1},,hard,x,x\n" for i in range(20000))
        (folder / "trees.csv").write_text("tree,node,parent,product,control,zh,en\n" + rows)
        self.refused(folder, r"trees\.csv:\d+: error: .*deeper than 32 levels")

    def test_nothing_differs_from_itself(self):
        done = run("diff", PACKS / "demo", self.copy("demo", "demo") if self.copy() and
                   self.copy(to="cn-commercial-bank") else None)
        self.assertEqual((done.returncode, done.stdout), (0, "0 changes\n"))

    def test_differences(self):
        folder = self.copy()
        for change in (("products.csv", ",36,", ",60,"),
                       ("parameters.csv", "2018-07-01,0.20", "2018-07-01,0.18"),
                       ("decisions/routing.dmn", "<text>5</text>", "<text>4</text>"),
                       ("decisions/routing.dmn", "&lt;= 10000000", "&lt;= 20000000"),
                       ("decisions/routing.dmn", "&gt; 10000000", "&gt; 20000000"),
                       ("processes/line-approval.bpmn", 'name="分行审批"', 'name="分行行长审批"'),
                       ("processes/line-approval.bpmn", '"approve"', '"agreed"'),
                       ("texts/en.json", '"review"', '"look through"'),
                       ("calendar.json", "17:30", "18:00")):
            self.change(folder, *change)
        with open(folder / "parameters.csv", "a", encoding="utf-8") as file:
            file.write("net_capital,2026-12-31,9000000000,number,CNY,on,资本净额,net capital,report,\n")
        done = run("diff", PACKS / "cn-commercial-bank", folder)
        lines = done.stdout.splitlines()
        self.assertEqual(done.returncode, 0, done.stderr)
        for line in ('changed product WORKING-CAPITAL: tenor_months: 36 -> 60',
                     'changed parameter lex_group_ratio / 2018-07-01: value: 0.20 -> 0.18',
                     'added parameter net_capital / 2026-12-31: value=9000000000, type=number, unit=CNY, status=on, '
                     'zh=资本净额, en=net capital, source=report',
                     'changed rule route: "full" | "corporate" | "branch", "sub_branch" | <= 50000000: outputs: '
                     '"line-approval" | "branch_approver" | 5 -> "line-approval" | "branch_approver" | 4',
                     'added rule route: "full" | "small" | "branch", "sub_branch" | <= 20000000: '
                     '"line-approval" | "branch_approver" | 3',
                     'removed rule route: "full" | "small" | "branch", "sub_branch" | <= 10000000: '
                     '"line-approval" | "branch_approver" | 3',
                     'changed process element decide_branch: 分行行长审批',
                     'changed sequence flow f_approved',
                     'changed text en task.review: review -> look through',
                     'changed file calendar.json'):
            self.assertIn(line, lines)
        self.assertEqual(lines[-1], "12 changes")
        changes = json.loads(run("diff", PACKS / "cn-commercial-bank", folder, "--json").stdout)
        self.assertEqual(len(changes), 12)
        self.assertIn({"change": "changed", "what": "product", "element": "WORKING-CAPITAL", "part": "tenor_months",
                       "before": "36", "after": "60"}, changes)

    def test_order_of_rules_counts(self):
        first = self.copy(to="first")
        second = self.copy(to="second")
        text = (second / "decisions" / "routing.dmn").read_text()
        rules = re.findall(r"      <rule id=\"limit_tree_\d\">.*?</rule>\n", text, re.S)
        self.assertEqual(len(rules), 4)
        swapped = text.replace(rules[0], "@").replace(rules[1], rules[0]).replace("@", rules[1])
        (second / "decisions" / "routing.dmn").write_text(swapped)
        self.assertEqual(run("diff", first, second).stdout, "changed decision limit_tree: order of rules\n1 changes\n")

    def test_demo_customers_are_as_made(self):
        data = PACKS / "demo" / "data"
        shutil.copy(data / "make_customers.py", self.home)
        subprocess.run([self.home / "make_customers.py"], check=True)
        self.assertEqual((self.home / "customers.csv").read_text(), (data / "customers.csv").read_text())


if __name__ == "__main__":
    unittest.main()
