"""src/base/currency_list.h holds ISO 4217, list one: every code in force that has a minor unit."""

import csv
import os
import pathlib
import re
import unittest

SOURCE = pathlib.Path(os.environ["HEADROOM_SOURCE"])
DATA = pathlib.Path(os.environ.get("HEADROOM_DATA", SOURCE.parent / "shared/data"))
ISO_FILE = DATA / "identifiers/iso4217-codes-all.csv"


class CurrencyList(unittest.TestCase):
    def ours(self):
        text = (SOURCE / "src/base/currency_list.h").read_text()
        return re.findall(r"X\((\w{3}), (\d+), (\d)\)", text)

    def test_codes_and_numbers_are_unique_and_sorted(self):
        codes = [code for code, _, _ in self.ours()]
        numbers = {number for _, number, _ in self.ours()}
        self.assertEqual(codes, sorted(set(codes)))
        self.assertEqual(len(codes), len(numbers))
        self.assertGreater(len(codes), 150)

    @unittest.skipUnless(ISO_FILE.exists(), "the ISO 4217 file is not on this machine")
    def test_the_list_is_that_of_the_standard(self):
        with open(ISO_FILE, encoding="utf-8", newline="") as file:
            in_force = [row for row in csv.DictReader(file) if not row["WithdrawalDate"]]
        standard = {(row["AlphabeticCode"], int(row["NumericCode"]), int(row["MinorUnit"]))
                    for row in in_force if row["MinorUnit"].isdigit()}
        ours = {(code, int(number), int(digits)) for code, number, digits in self.ours()}
        self.assertEqual(standard, ours)


if __name__ == "__main__":
    unittest.main()
