"""What the scripts that measure other systems share: the book, the options, scratch space, and how figures are given.

The book is that of `headroom bench` (src/cli/bench_book.c), number by number: limits 0, 1, 2 ... are the portfolio
limits of two sets, then groups, customers and products; each customer is in a group, each product is a customer's and
counts on one portfolio limit of each set. The hot shape puts all products under the first group and the first limit of
the first set.
"""

import argparse
import dataclasses
import json
import os
import pathlib
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile

AMOUNT = 100  # minor units of each decision
CAP = 10**18


@dataclasses.dataclass(frozen=True)
class Book:
    limits: int

    @property
    def customers(self):
        return self.limits // 5

    @property
    def groups(self):
        return self.customers // 10

    @property
    def portfolios(self):
        return min(self.limits // 100, 1000)

    @property
    def products(self):
        return self.limits - self.first_product

    @property
    def first_group(self):
        return 2 * self.portfolios

    @property
    def first_customer(self):
        return self.first_group + self.groups

    @property
    def first_product(self):
        return self.first_customer + self.customers


class Missing(Exception):
    """A program or library that is not installed; says which package has it."""


def need(program, package, *folders):
    """The path of a program, looked for in folders before PATH."""
    for folder in folders:
        path = pathlib.Path(folder) / program
        if path.exists():
            return str(path)
    found = shutil.which(program)
    if found is None:
        raise Missing(f"{program} is missing; install it with: apt-get install {package}")
    return found


def options(description, rows):
    """Reads the command line; `rows` are the names that --rows may choose from."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--seconds", type=float, default=2, help="length of a round (2)")
    parser.add_argument("--rounds", type=int, default=3, help="rounds a row, of which the middle one counts (3)")
    parser.add_argument("--limits", type=int, default=1000000, help="limits in the book (1000000)")
    parser.add_argument("--rows", default=",".join(rows), help="rows to measure: " + ", ".join(rows))
    chosen = parser.parse_args()
    chosen.rows = chosen.rows.split(",")
    wrong = [row for row in chosen.rows if row not in rows]
    if wrong:
        parser.error(f"no such row: {', '.join(wrong)}")
    if chosen.seconds <= 0 or chosen.rounds < 1 or chosen.limits < 1000:
        parser.error("--seconds above 0, --rounds from 1, --limits from 1000")
    return chosen


class Scratch:
    """A directory on a real disk for the time of one run; `user` owns it."""

    def __init__(self, user=None):
        self.path = pathlib.Path(tempfile.mkdtemp(prefix="headroom-peer-", dir=os.environ.get("TMPDIR", "/var/tmp")))
        if user is not None:
            shutil.chown(self.path, user)
        kind = subprocess.run(["stat", "-f", "-c", "%T", self.path], capture_output=True, text=True, check=True)
        self.durable = kind.stdout.strip() not in ("tmpfs", "ramfs")

    def __enter__(self):
        # An interrupt must come through the clean-up of those who hold servers.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(3))
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.path, ignore_errors=True)


class Figures:
    """Collects the rows of one peer; prints each as it comes, and all of them as the last line."""

    def __init__(self, peer, version, durable, note):
        self.whole = {"peer": peer, "version": version, "durable": durable, "note": note, "rows": []}

    def add(self, row, rounds, **more):
        """`rounds` are (decisions a second, p50 us, p99 us) each; the one with the median rate is taken."""
        rate = statistics.median_low([figures[0] for figures in rounds])
        _, p50, p99 = next(figures for figures in rounds if figures[0] == rate)
        figures = {"row": row, **more, "decisions_per_second": round(rate), "p50_us": round(p50), "p99_us": round(p99),
                   "rounds": [round(figures[0]) for figures in rounds]}
        self.whole["rows"].append(figures)
        print(f"{self.whole['peer']:12} {row:20} {round(rate):>10,} decisions/s   p50 {round(p50):>7,} us   "
              f"p99 {round(p99):>8,} us", flush=True)

    def end(self):
        best = max((row["decisions_per_second"] for row in self.whole["rows"]), default=0)
        print(json.dumps({**self.whole, "decisions_per_second": best}))


def main(peer, measure):
    """Runs `measure`; a peer that is not installed is said, and is no failure."""
    try:
        measure()
    except Missing as missing:
        print(f"{peer}: missing: {missing}")
        print(json.dumps({"peer": peer, "missing": str(missing), "rows": []}))
    except KeyboardInterrupt:
        sys.exit(3)
