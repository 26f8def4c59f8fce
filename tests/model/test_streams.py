#!/usr/bin/python3
"""The works around the rows of test_model.py: random streams keep the invariants of ledger.md, a
failed chain leaves no trace, every result occurs, and the comparison sees a wrong binary.
"""

import collections
import copy
import csv
import json
import os
import pathlib
import stat
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import compare  # noqa: E402
import form  # noqa: E402
import generate  # noqa: E402
import model  # noqa: E402
import tiny  # noqa: E402


class Machinery(unittest.TestCase):
    """The model's own works, over random streams."""

    CODES = set("""ok exists bad_request bad_id bad_currency bad_amount bad_rate bad_date
        id_conflict limit_not_found parent_not_found reservation_not_found exposure_not_found
        unlock_not_found limit_closed bad_parents parent_closed not_pending limit_pending
        not_frozen limit_in_use date_not_after reservation_closed exposure_closed
        amount_too_large rate_not_set refused linked_failed chain_open""".split())
    REASONS = set("""limit_closed limit_pending limit_frozen not_yet_valid expired due_required
        due_too_late amount_overflow limit_exceeded""".split())

    @classmethod
    def setUpClass(cls):
        cls.streams = [generate.Stream(3, profile).run(1200).ask_everything().end()
                       for profile in generate.PROFILES]

    def test_every_result_and_reason_occurs(self):
        counts = collections.Counter()
        for stream in self.streams:
            generate.tally(stream.lines, stream.results, counts)
        seen = {code for _, code in counts}
        self.assertEqual(seen, self.CODES | {"refused: " + reason for reason in self.REASONS})
        self.assertEqual({op for op, code in counts if code == "ok"}, set(form.FIELDS))

    def test_streams_are_the_same_every_time(self):
        again = generate.Stream(3, "mixed").run(1200).ask_everything().end()
        self.assertEqual(again.lines, self.streams[0].lines)
        data = b"".join(line + b"\n" for line in again.lines)
        self.assertEqual([json.loads(result) for result in model.replay(data)],
                         self.streams[0].results)

    def test_sums_equal_the_records(self):
        for stream in self.streams:
            stream.ledger.audit()

    def test_nothing_passes_a_hard_limit(self):
        """Around every accepted reserve and draw without unlocks: no hard limit that rose stands
        above effective_cap + tolerance - frozen."""
        for stream in self.streams:
            ledger = model.Ledger()
            for line in stream.lines:
                obj = form.decode_line(line)
                before = {name: ledger.committed(limit) for name, limit in ledger.limits.items()}
                settled = ledger.push(obj)
                if ledger.chain is None and len(settled) == 1 and settled[0]["result"] == "ok" \
                        and obj["op"] in ("reserve", "draw") and not obj.get("unlocks"):
                    for name in ledger.path(obj["limit"]):
                        self.check_hard(ledger, ledger.limits[name], before[name])

    def check_hard(self, ledger, limit, before):
        committed = ledger.committed(limit)
        if limit["mode"] == "hard" and committed > before:
            self.assertLessEqual(committed + limit["frozen"],
                                 ledger.effective_cap(limit) + ledger.tolerance(limit))

    def test_a_lost_chain_leaves_no_trace(self):
        """The undo log against a deep copy taken before the chain: only the passage of time."""
        lost = 0
        for stream in self.streams:
            ledger = model.Ledger()
            for line in stream.lines[:500]:
                obj = form.decode_line(line)
                if ledger.chain is None and type(obj) is dict and obj.get("linked") is True:
                    saved, chain = copy.deepcopy(ledger), []
                chain = chain + [obj] if ledger.chain is not None else [obj]
                settled = ledger.push(obj)
                if settled and any(result["result"] == "linked_failed" for result in settled):
                    for one in chain:
                        saved.pass_time(one)
                    saved.paths, paths = {}, ledger.paths
                    ledger.paths = {}
                    self.assertEqual(vars(saved), vars(ledger))
                    ledger.paths, lost = paths, lost + 1
        self.assertGreater(lost, 100)

    def test_lines(self):
        self.assertEqual(form.split_lines(b"a\n\nb"), [b"a", b"", b"b"])
        self.assertEqual(form.split_lines(b"a\n"), [b"a"])
        self.assertEqual(form.split_lines(b""), [])

    def test_currencies_are_those_of_the_list(self):
        """Against the ISO list where it is at hand (HEADROOM_DATA)."""
        folder = os.environ.get("HEADROOM_DATA") or HERE.parents[2] / "shared" / "data"
        path = pathlib.Path(folder) / "identifiers" / "iso4217-codes-all.csv"
        if not path.exists():
            self.assertEqual(len(form.DIGITS), 165)
            return
        with open(path, encoding="utf-8", newline="") as file:
            rows = [row for row in csv.DictReader(file) if not row["WithdrawalDate"]]
        self.assertEqual(form.DIGITS, {row["AlphabeticCode"]: int(row["MinorUnit"])
                                        for row in rows if row["MinorUnit"].isdigit()})


class Canaries(unittest.TestCase):
    """The comparison must see a wrong binary: the model itself with one thing changed."""

    CHANGES = {
        "nothing": "",
        "last cent": "m.Ledger.tolerance = staticmethod(lambda limit: -1)",
        "rounding": "m.share = lambda rest, amount, whole: rest * amount // whole",
        "expiry": "m.Ledger.release = lambda self, record: None",
        "charge": "m.Ledger.charge = lambda self, charges: None",
        "undo": "m.Ledger.roll_back = lambda self: setattr(self, 'undo', None)",
    }

    def binary(self, folder, change):
        path = pathlib.Path(folder) / "headroom"
        path.write_text("#!%s\nimport sys\nsys.path.insert(0, %r)\nimport model as m\n%s\n"
                        "for line in m.replay(sys.stdin.buffer.read()):\n"
                        "    sys.stdout.buffer.write(line + b'\\n')\n"
                        % (sys.executable, str(HERE), change))
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        return str(path)

    def test_random_streams(self):
        for name, change in self.CHANGES.items():
            with self.subTest(change=name), tempfile.TemporaryDirectory() as folder:
                binary = self.binary(folder, change)
                found = 0
                for profile in ("mixed", "unlocks", "time", "chains"):
                    lines, expected, _ = compare.make_stream(3, profile, 400)
                    found += compare.run_binary(binary, lines) != expected
                self.assertEqual(found > 0, name != "nothing")

    def test_a_difference_is_shrunken(self):
        """To the command that opens the limit and the one that takes a cent too many."""
        class Wrong(model.Ledger):
            tolerance = staticmethod(lambda limit: -1)

        def differ(lines):
            objs = [form.decode_line(line) for line in lines]
            return Wrong().apply_batch(objs) != model.Ledger().apply_batch(objs)
        lines, _, _ = compare.make_stream(3, "lastcent", 300)
        shorter = compare.shrink(lines, differ)
        self.assertTrue(differ(shorter))
        self.assertEqual([form.decode_line(line)["op"] for line in shorter][:1], ["limit.open"])
        self.assertEqual(len(shorter), 2)

    def test_tiny_domains(self):
        for change, domain in (("last cent", "use"), ("expiry", "time"), ("charge", "unlocks"),
                               ("rounding", "parts"), ("undo", "chains")):
            with self.subTest(change=change), tempfile.TemporaryDirectory() as folder:
                binary = self.binary(folder, self.CHANGES[change])
                sequences = list(tiny.all_sequences(domain, 2))
                lines = [line for number, sequence in enumerate(sequences)
                         for line in tiny.sequence_lines(domain, sequence, number)]
                self.assertTrue(compare.run_binary(binary, lines) != tiny.results_of(lines))

    def test_a_binary_that_breaks(self):
        with tempfile.TemporaryDirectory() as folder:
            binary = self.binary(folder, "sys.exit(3)")
            with self.assertRaises(compare.Difference):
                compare.run_binary(binary, [b"{}"])


if __name__ == "__main__":
    unittest.main()
