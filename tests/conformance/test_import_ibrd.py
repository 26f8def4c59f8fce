#!/usr/bin/python3
"""headroom import ibrd from outside: statements in, figures out, judged by a reading of the same
files in Python, by the reference model, and (where the World Bank's files are at hand) by the
list of differences that comes with them.
"""

import collections
import csv
import decimal
import gzip
import io
import json
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "model"))

import model  # noqa: E402

BINARY = os.environ.get("HEADROOM_BINARY", str(ROOT / "build" / "headroom"))
EXAMPLES = sorted(str(path) for path in (ROOT / "examples" / "ibrd").glob("*.csv"))
DATA = pathlib.Path(os.environ.get("HEADROOM_DATA") or ROOT.parent / "shared" / "data") / "ibrd"
HEADINGS = {
    "principal": "Original Principal Amount", "cancelled": "Cancelled Amount",
    "undisbursed": "Undisbursed Amount", "disbursed": "Disbursed Amount",
    "repaid": "Repaid to IBRD", "due": "Due to IBRD", "exchange": "Exchange Adjustment",
    "sold": "Sold 3rd Party",
}
CAUSES = ("none refused overpaid negative exchange_adjustment rounding sold room debt "
          "unexplained").split()


def run(*arguments, status=0):
    done = subprocess.run([BINARY, "import", "ibrd", *arguments], capture_output=True, text=True,
                          check=False, env={**os.environ, "LC_ALL": "C.UTF-8"})
    if done.returncode != status:
        raise AssertionError(f"exit status {done.returncode}, not {status}: {done.stderr}")
    return done


def summary(*arguments, status=0):
    return json.loads(run("--json", *arguments, status=status).stdout)


def steady(result):
    """A summary without what differs from run to run: times, and what was done earlier."""
    return {name: result[name] for name in ("loans", "countries", "portfolio", "unlocked",
                                            "left_refused", "corrections", "reconciled")}


def cents(text):
    value = decimal.Decimal(text.replace(",", "") or "0") * 100
    return int(value.quantize(decimal.Decimal(1), rounding=decimal.ROUND_HALF_UP))


class Row:
    def __init__(self, fields):
        self.loan = fields["Loan Number"]
        for name, heading in HEADINGS.items():
            setattr(self, name, cents(fields[heading]))

    @property
    def room_gap(self):
        return self.principal - self.cancelled - self.disbursed - self.undisbursed

    @property
    def debt_gap(self):
        return self.disbursed - self.repaid - self.sold + self.exchange - self.due

    @property
    def in_order(self):
        return (self.principal >= self.cancelled and min(self.disbursed, self.repaid,
                                                         self.sold) >= 0
                and self.repaid + self.sold <= self.disbursed)

    @property
    def sound(self):
        return self.room_gap == 0 and self.debt_gap == 0 and self.in_order

    @property
    def figures(self):
        """limit, undrawn, drawn, repaid, as the ledger is to hold them."""
        return (self.principal - self.cancelled, self.undisbursed, self.disbursed,
                self.repaid + self.sold)


def statement(path):
    """The rows of one file, by loan."""
    opener = gzip.open if str(path).endswith(".gz") else open
    with opener(path, "rt", encoding="utf-8-sig", newline="") as file:
        return {row.loan: row for row in map(Row, csv.DictReader(file))}


def commands_of(*arguments, status=0):
    """The commands of an import, decoded, and its summary."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "commands.ndjson")
        result = summary("--commands", path, *arguments, status=status)
        with open(path, encoding="utf-8") as file:
            return [json.loads(line) for line in file], result


def replay(commands):
    text = "".join(json.dumps(command, ensure_ascii=False) + "\n" for command in commands)
    done = subprocess.run([BINARY, "replay", "--base", "USD", "-"], input=text,
                          capture_output=True, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def loan_limits(commands):
    """The limit of each loan as booked last: a correction books it anew as LOAN~2, LOAN~3 ..."""
    limits = {}
    for command in commands:
        if command["op"] == "limit.open" and command.get("kind") == "loan":
            limits[command["id"].partition("~")[0]] = command["id"]
    return limits


def figures_read(commands):
    """limit, undrawn, drawn, repaid of each loan, asked of the ledger after all commands."""
    limits = loan_limits(commands)
    answers = replay(commands + [{"op": "get", "limit": limit} for limit in limits.values()])
    figures = {}
    for loan, answer in zip(limits, answers[len(commands):]):
        limit = answer["limit"]
        used, outstanding = cents(limit["used"]), cents(limit["outstanding"])
        figures[loan] = (cents(limit["cap"]), cents(limit["available"]), used,
                         used - outstanding)
    return figures


class Example(unittest.TestCase):
    """The small book of the project's own."""

    @classmethod
    def setUpClass(cls):
        cls.commands, cls.result = commands_of(*EXAMPLES)
        cls.before, cls.after = (statement(path) for path in EXAMPLES)

    def causes(self):
        return {cause["cause"]: cause for cause in self.result["statements"][-1]["causes"]}

    def test_sound_rows_reconcile_and_are_counted(self):
        sound = sum(row.sound and self.before.get(loan, row).sound
                    for loan, row in self.after.items())
        self.assertTrue(self.result["reconciled"])
        self.assertEqual(self.causes()["none"]["loans"], sound)
        self.assertEqual(self.causes()["none"]["reconciled"], sound)
        self.assertEqual(sum(cause["loans"] for cause in self.causes().values()),
                         len(self.after))

    def test_every_loan_in_bounds_is_held_as_stated(self):
        """Read back by `get`: whatever the row's own sums say, its four figures are held, unless
        it states less room than nothing or more undrawn than its limit leaves."""
        held = figures_read(self.commands)
        compared = 0
        for loan, row in self.after.items():
            if row.in_order and row.room_gap >= 0:
                self.assertEqual(held[loan], row.figures, loan)
                compared += 1
        self.assertGreaterEqual(compared, 34)

    def test_totals_are_those_of_the_file(self):
        stated = self.result["statements"][-1]["stated"]
        rows = self.after.values()
        self.assertEqual(cents(stated["limit"]), sum(row.figures[0] for row in rows))
        self.assertEqual(cents(stated["undrawn"]), sum(row.undisbursed for row in rows))
        self.assertEqual(cents(stated["drawn"]), sum(row.disbursed for row in rows))
        self.assertEqual(cents(stated["repaid"]), sum(row.figures[3] for row in rows))
        self.assertEqual(cents(stated["due"]), sum(row.due for row in rows))

    def test_the_reference_model_decides_the_same(self):
        gets = [{"op": "get", "limit": command["id"]} for command in self.commands
                if command["op"] == "limit.open"]
        answers = replay(self.commands + gets)
        self.assertEqual(answers, model.Ledger("USD").apply_batch(self.commands + gets))

    def test_every_rule_is_exercised(self):
        self.assertEqual(set(self.result["ops"]),
                         {"day.open", "limit.open", "limit.adjust", "limit.activate",
                          "limit.freeze", "limit.unfreeze", "limit.move", "limit.close",
                          "unlock", "draw", "repay"})
        self.assertEqual(self.result["corrections"], 3)
        self.assertEqual(set(self.causes()), set(CAUSES) - {"refused", "sold", "unexplained"})
        self.assertEqual({refusal["limit"] for refusal in self.result["refusals"]},
                         {"C:QQ", "loan"})

    def test_ids_are_unique_and_fit(self):
        taken = collections.Counter()
        answers = replay(self.commands)
        for command, answer in zip(self.commands, answers):
            self.assertLessEqual(len(command["id"].encode()), 32)
            taken[command["id"]] += answer["result"] == "ok"
        self.assertEqual(max(taken.values()), 1)
        self.assertNotIn("id_conflict", {answer["result"] for answer in answers})

    def test_no_drawing_passes_a_limit_but_under_an_unlock_for_the_very_amount(self):
        answers = replay(self.commands)
        unlocks = {command["id"]: command for command in self.commands
                   if command["op"] == "unlock"}
        drawn_under = 0
        for command, answer in zip(self.commands, answers):
            if command["op"] == "draw" and answer["result"] == "ok" and "unlocks" in command:
                drawn_under += 1
                for unlock in command["unlocks"]:
                    self.assertLessEqual(cents(unlocks[unlock]["amount"]),
                                         cents(command["amount"]))
                    self.assertTrue(unlocks[unlock]["reason"] and unlocks[unlock]["actor"])
        self.assertEqual(drawn_under, self.result["unlocked"])

    def test_the_guarantor_of_another_country_is_charged_too(self):
        opened = {command["id"]: command for command in self.commands
                  if command["op"] == "limit.open"}
        self.assertEqual(opened["INV00170"]["parents"], ["B:QO:TESTARIA RAILWAYS", "C:QM"])
        self.assertEqual(opened["INV00050"]["parents"], ["C:QM"])

    def test_a_limit_left_refused_is_reported(self):
        result = summary("--no-unlocks", *EXAMPLES, status=1)
        causes = {cause["cause"]: cause for cause in result["statements"][-1]["causes"]}
        self.assertFalse(result["reconciled"])
        self.assertGreater(result["left_refused"], 0)
        self.assertEqual(causes["refused"]["loans"], result["left_refused"])
        self.assertEqual(causes["none"]["loans"], causes["none"]["reconciled"])
        for country in result["countries"]:
            self.assertGreaterEqual(cents(country["available"]), 0)
        # Nothing is refused where there is room.
        result = summary("--no-unlocks", "--single-borrower-limit", "30000000000", *EXAMPLES)
        self.assertEqual(result["left_refused"], 0)

    def test_tight_limits_leave_the_same_book(self):
        """However tight country and portfolio are: under unlocks every loan ends as stated."""
        for limits in (("1", "5"), ("100000000", "350000000000"), ("20000000000", "23000000000")):
            result = summary("--single-borrower-limit", limits[0], "--portfolio-limit", limits[1],
                             *EXAMPLES)
            self.assertEqual(result["left_refused"], 0)
            self.assertEqual(result["statements"][-1]["held"],
                             self.result["statements"][-1]["held"])

    def test_the_summary_is_in_both_languages(self):
        english = run(*EXAMPLES).stdout
        chinese = run("--language", "zh", *EXAMPLES).stdout
        self.assertIn("Reconciled to the cent: all 31 loans", english)
        self.assertIn("22,270,000,000.00", english)
        self.assertIn("逐分核对一致：全部 31 笔", chinese)
        self.assertIsNone(re.search(r"[\u4e00-\u9fff]", english))


class Editions(unittest.TestCase):
    """The same statements in other clothes give the same commands, byte for byte."""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.commands, _ = commands_of(*EXAMPLES)
        cls.tables = []
        for path in EXAMPLES:
            with open(path, encoding="utf-8-sig", newline="") as file:
                cls.tables.append(list(csv.reader(file)))

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def write(self, name, *tables, packed=False, mark="", end="\n"):
        text = io.StringIO()
        writer = csv.writer(text, lineterminator=end)
        for table in tables:
            writer.writerows(table)
        path = os.path.join(self.folder.name, name)
        data = (mark + text.getvalue()).encode()
        with open(path, "wb") as file:
            file.write(gzip.compress(data) if packed else data)
        return path

    def test_one_file_with_both_periods_in_any_order(self):
        rows = self.tables[0][1:] + self.tables[1][1:]
        random.Random(7).shuffle(rows)
        path = self.write("both.csv.gz", [self.tables[0][0]] + rows, packed=True)
        self.assertEqual(commands_of(path)[0], self.commands)

    def test_files_in_the_wrong_order_and_one_of_them_twice(self):
        self.assertEqual(commands_of(EXAMPLES[1], EXAMPLES[0], EXAMPLES[1])[0], self.commands)

    def test_headings_of_the_other_portals(self):
        def snake(heading):
            return re.sub(r"\W+", "_", heading.replace("(Most Recent)", "")).strip("_").lower()

        def newer(heading):
            heading = heading.replace("Country", "Country / Economy")
            return heading + " (US$)" if heading in HEADINGS.values() else heading

        for name, change in (("snake", snake), ("newer", newer)):
            paths = []
            for i, table in enumerate(self.tables):
                order = list(range(len(table[0])))
                random.Random(i).shuffle(order)
                turned = [[change(table[0][j]) for j in order]]
                turned += [[row[j] for j in order] for row in table[1:]]
                paths.append(self.write(f"{name}{i}.csv", turned, mark="\ufeff" * i, end="\r\n"))
            self.assertEqual(commands_of(*paths)[0], self.commands, name)

    def test_three_statements(self):
        """A third statement that repeats the second moves nothing; one that repeats the first
        corrects what had risen, and reconciles as well."""
        third = [self.tables[1][0]] + [["12/31/2032 12:00:00 AM"] + row[1:]
                                       for row in self.tables[1][1:]]
        result = summary(*EXAMPLES, self.write("same.csv", third))
        self.assertTrue(result["reconciled"])
        self.assertEqual(result["statements"][2]["commands"], 2)
        self.assertEqual(result["statements"][2]["held"], result["statements"][1]["held"])
        back = [self.tables[0][0]] + [["2033-12-31"] + row[1:] for row in self.tables[0][1:]]
        commands, result = commands_of(*EXAMPLES, self.write("back.csv", back))
        self.assertTrue(result["reconciled"])
        held = figures_read(commands)
        for loan, row in statement(EXAMPLES[0]).items():
            if row.in_order and row.room_gap >= 0:
                self.assertEqual(held[loan], row.figures, loan)

    def test_random_later_statements_reconcile(self):
        """Statements in which every figure wanders, corrections and all."""
        for seed in range(4 if os.environ.get("HEADROOM_TIER", "test") == "test" else 40):
            chooser = random.Random(seed)
            heading = self.tables[0][0]
            column = {heading_: i for i, heading_ in enumerate(heading)}
            rows = [dict(zip(heading, row)) for row in self.tables[0][1:]]
            tables = [self.tables[0]]
            for year in range(2031, 2036):
                for row in rows:
                    principal = max(0, cents(row["Original Principal Amount"])
                                    + chooser.choice((0, 0, 0, -7, 500000000)))
                    cancelled = chooser.choice((0, 0, principal // 5))
                    disbursed = chooser.randint(0, principal - cancelled)
                    repaid = chooser.choice((0, disbursed, chooser.randint(0, disbursed)))
                    sold = chooser.choice((0, 0, (disbursed - repaid) // 2))
                    for name, value in (("principal", principal), ("cancelled", cancelled),
                                        ("undisbursed", principal - cancelled - disbursed),
                                        ("disbursed", disbursed), ("repaid", repaid),
                                        ("sold", sold), ("due", disbursed - repaid - sold),
                                        ("exchange", 0)):
                        row[HEADINGS[name]] = str(decimal.Decimal(value) / 100)
                    row["Country Code"], row["Country"] = chooser.choice(
                        (("QM", "Examplia"), ("QN", "Sampleland"), ("", "No Code")))
                    row["Region"] = chooser.choice(("NORTH", "SOUTH", "a region with a name "
                                                    "that is longer than any id may be"))
                    row["Borrower"] = chooser.choice(("", "ONE", "Two ~ three " * 5))
                    row["Loan Status"] = chooser.choice(("Approved", "Disbursing", "Repaying"))
                    row["End of Period"] = f"{year}-06-30"
                kept = [row for row in rows if chooser.random() < 0.9]
                tables.append([[row[name] for name in column] for row in kept])
            limit = chooser.choice(("20000000000", "700000000", "1"))
            path = self.write(f"random{seed}.csv", *tables)
            result = summary("--single-borrower-limit", limit, path)
            self.assertTrue(result["reconciled"], seed)
            for figures in result["statements"][1:]:
                self.assertEqual(figures["stated"], figures["held"], seed)


class Refusals(unittest.TestCase):
    """What cannot be read is refused in one line that says where."""

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.text = pathlib.Path(EXAMPLES[0]).read_bytes()

    def refuse(self, data, said, status=1):
        path = os.path.join(self.folder.name, "bad.csv")
        pathlib.Path(path).write_bytes(data)
        done = run(path, status=status)
        self.assertEqual(done.stdout, "")
        self.assertEqual(done.stderr.count("\n"), 1)
        self.assertIn(said, done.stderr)

    def test_rows(self):
        self.refuse(self.text.replace(b"90000000,0,", b"9O000000,0,", 1), "line 4: the amount")
        self.refuse(self.text.replace(b"2030-12-31T", b"2030-12-32T", 1), "line 2: the date")
        self.refuse(self.text.replace(b",INV00020,", b",INV 0020,", 1), "line 3: the loan number")
        self.refuse(self.text.replace(b",INV00020,", b",INV00010,", 1), "twice")
        self.refuse(self.text + b"1,2\n", "not as many fields")
        self.refuse(self.text + b'"', "inside quotes")

    def test_headings(self):
        self.refuse(self.text.replace(b"Due to IBRD", b"Due", 1), "a column is missing")
        self.refuse(self.text.replace(b"Loans Held", b"Region", 1), "a column stands there twice")
        self.refuse(b"", "no loan")
        self.refuse(self.text.splitlines(True)[0], "no loan")

    def test_packed_files(self):
        packed = gzip.compress(self.text)
        self.refuse(packed[:-9], "cut short")
        self.refuse(packed + b"x", "other bytes follow")
        self.refuse(packed[:200] + b"\0\0\0\0" + packed[204:], "damaged")
        start = time.monotonic()
        self.refuse(gzip.compress(self.text + b"\n" * (300 << 20), 9), "out of all proportion")
        self.assertLess(time.monotonic() - start, 60)

    def test_the_command_line(self):
        run(status=2)
        run("--single-borrower-limit", "a lot", EXAMPLES[0], status=2)
        run(os.path.join(self.folder.name, "missing.csv"), status=3)


class DataDirectory(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.book = os.path.join(folder.name, "book")

    def test_again_changes_nothing(self):
        memory = summary(*EXAMPLES)
        first = summary("--data", self.book, *EXAMPLES)
        again = summary("--data", self.book, *EXAMPLES)
        self.assertEqual(steady(first), steady(memory))
        self.assertEqual(steady(again), steady(memory))
        self.assertNotIn("ok", again["results"])
        self.assertEqual(again["statements"][-1]["held"], memory["statements"][-1]["held"])

    def test_what_stayed_refused_stays_refused(self):
        options = ("--no-unlocks", *EXAMPLES)
        memory = summary(*options, status=1)
        first = summary("--data", self.book, *options, status=1)
        again = summary("--data", self.book, *options, status=1)
        self.assertEqual(steady(first), steady(memory))
        self.assertEqual(steady(again), steady(memory))
        self.assertNotIn("ok", again["results"])

    def test_a_statement_more_is_booked_on_top(self):
        summary("--data", self.book, EXAMPLES[0])
        self.assertEqual(steady(summary("--data", self.book, *EXAMPLES)),
                         steady(summary(*EXAMPLES)))

    def test_another_book_under_the_same_ids_is_refused(self):
        summary("--data", self.book, *EXAMPLES)
        for other in ((EXAMPLES[1],), ("--no-unlocks", *EXAMPLES)):
            done = run("--data", self.book, *other, status=1)
            self.assertIn("another import", done.stderr)

    def test_killed_and_run_again(self):
        """Ended at any instant: run again, it ends as if it had never been."""
        files = EXAMPLES
        tries = 12 if os.environ.get("HEADROOM_TIER", "test") != "test" else 2
        if DATA.is_dir():
            files = sorted(str(path) for path in DATA.glob("*.csv.gz"))
        whole = summary(*files)
        begin = time.monotonic()
        summary("--data", self.book, *files)
        span = time.monotonic() - begin
        chooser = random.Random(1)
        for _ in range(tries):
            shutil.rmtree(self.book)
            for _ in range(2):
                with subprocess.Popen([BINARY, "import", "ibrd", "--data", self.book, *files],
                                      stdout=subprocess.DEVNULL,
                                      stderr=subprocess.DEVNULL) as process:
                    time.sleep(chooser.random() * span)
                    process.kill()
            self.assertEqual(steady(summary("--data", self.book, *files)), steady(whole))


@unittest.skipUnless(DATA.is_dir(), "the World Bank's statements are not on this machine")
class WorldBank(unittest.TestCase):
    """The statements of 2020-11-30 and 2022-05-31, judged by the list of differences."""

    @classmethod
    def setUpClass(cls):
        cls.files = sorted(str(path) for path in DATA.glob("ibrd-20*.csv.gz"))
        cls.commands, cls.result = commands_of(*cls.files)
        with gzip.open(next(DATA.glob("replay-*.tsv.gz")), "rt", encoding="utf-8") as file:
            cls.oracle = {row["loan"]: {name: int(value) if re.fullmatch(r"-?\d+", value) else value
                                        for name, value in row.items()}
                          for row in csv.DictReader(file, delimiter="\t")}
        cls.sound = {loan for loan, row in cls.oracle.items()
                     if row["avail_identity1"] == 1 and row["debt_identity1"] == 1
                     and (row["new"] == 1 or row["avail_identity0"] == 1)}

    def test_counts(self):
        causes = {cause["cause"]: cause for cause in self.result["statements"][1]["causes"]}
        before, after = (statement(path) for path in self.files)
        sound = {loan for loan, row in after.items() if row.sound
                 and before.get(loan, row).sound}
        self.assertTrue(self.result["reconciled"])
        self.assertEqual(causes["none"]["loans"], len(sound))
        self.assertEqual(causes["none"]["reconciled"], len(sound))
        self.assertLessEqual(sound, self.sound)
        self.assertEqual(self.result["statements"][0]["loans"], len(before))
        self.assertEqual(self.result["statements"][1]["loans"], len(after))
        self.assertEqual(self.result["statements"][1]["new"], len(set(after) - set(before)))
        self.assertEqual(self.result["statements"][1]["gone"], len(set(before) - set(after)))

    def test_every_sound_loan_is_held_as_the_list_states(self):
        held = figures_read(self.commands)
        for loan in self.sound:
            row = self.oracle[loan]
            limit, undrawn, drawn, repaid = held[loan]
            self.assertEqual((limit, undrawn, drawn),
                             (row["limit1"] - row["cancelled1"], row["undisbursed1"],
                              row["disbursed1"]), loan)
            # What was sold counts as repaid: what is left is what is due.
            self.assertEqual(drawn - repaid, row["due1"], loan)

    def test_the_flows_are_those_of_the_list(self):
        """Loan by loan: drawn, repaid and cancelled between the statements."""
        answers = replay(self.commands)
        begin = next(i for i, command in enumerate(self.commands)
                     if command["op"] == "day.open" and command["date"] == "2022-05-31")
        loan_of, flows = {}, collections.defaultdict(collections.Counter)
        corrected = set()
        for i, (command, answer) in enumerate(zip(self.commands, answers)):
            if answer["result"] != "ok":
                continue
            if command["op"] == "draw":
                loan_of[command["id"]] = command["limit"].partition("~")[0]
            if i < begin:
                continue
            loan = loan_of.get(command["id"]) or loan_of.get(command.get("exposure_id"))
            if command["op"] in ("draw", "repay"):
                flows[loan][command["op"]] += cents(command["amount"])
            if command["op"] == "limit.close":
                corrected.add(command["limit"].partition("~")[0])
        compared = 0
        for loan in self.sound - corrected:
            row = self.oracle[loan]
            self.assertEqual(flows[loan]["draw"], row["d_draw"], loan)
            self.assertGreaterEqual(flows[loan]["repay"], row["d_repay"], loan)
            compared += 1
        self.assertGreater(compared, 6000)

    def test_the_reference_model_decides_the_same(self):
        self.assertEqual(replay(self.commands), model.Ledger("USD").apply_batch(self.commands))

    def test_no_country_passes_the_single_borrower_limit(self):
        self.assertEqual({refusal["limit"] for refusal in self.result["refusals"]}, {"loan"})
        self.assertFalse(any(country["over"] for country in self.result["countries"]))


if __name__ == "__main__":
    unittest.main()
