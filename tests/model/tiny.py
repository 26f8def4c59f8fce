#!/usr/bin/python3
"""Compares `headroom replay` with the reference model over every sequence of up to N commands of a
tiny domain: two to four limits, amounts of 1 and 2, a dozen commands.

    tiny.py --binary build/headroom [--length 3] [--domain NAME] [--chunk 4000]
            [--part I/N] [--out FILE]

Many sequences share a process. Each has ids of its own, a business date and a time later than all
before it, and begins by setting the rates that its domain changes: nothing that one sequence leaves
behind can be seen by the next. After its commands each asks for everything there is. Chains that
stay open need the end of a batch: those of one and two commands run in a process each.
Last line: how many sequences passed and failed.
"""

import argparse
import itertools
import sys

import commands
import compare
import form
import generate
import model

FIRST_DAY = "1971-01-01"
NAMES = ("id", "limit", "reservation", "exposure_id", "unlock")
DAYS = ("date", "from", "until", "due", "due_until")


def c(op, id_=None, **fields):
    """A command of a domain: ids without the prefix of a sequence, dates as days and times as
    seconds from its beginning."""
    if id_ is not None:
        fields["id"] = id_
    fields["op"] = op
    for name in list(fields):
        if name.endswith("_"):
            fields[name[:-1]] = fields.pop(name)
    return fields


def limit(id_, cap, *parents, currency="CNY", **fields):
    return c("limit.open", id_, currency=currency, cap=cap, parents=list(parents), **fields)


def gets(limits="", reservations="", exposures="", unlocks=""):
    asked = []
    for member, names in (("limit", limits), ("reservation", reservations),
                          ("exposure_id", exposures), ("unlock", unlocks)):
        asked += [c("get", **{member: name}) for name in names]
    return asked


# name: (what every sequence begins with, the commands, what it asks at its end)
DOMAINS = {
    "use": (
        [limit("P", "0.03"), limit("C", "0.02", "P")],
        [c("draw", "a", limit="C", amount="0.01"), c("draw", "b", limit="C", amount="0.02"),
         c("draw", "a", limit="P", amount="0.02"), c("reserve", "r", limit="C", amount="0.02"),
         c("confirm", "e", reservation="r", amount="0.01", final=False),
         c("confirm", "f", reservation="r"), c("cancel", "x", reservation="r"),
         c("repay", "y", exposure_id="a"), c("repay", "z", exposure_id="e", amount="0.01"),
         c("restate", "s", exposure_id="a", amount="0.02"), c("limit.freeze", "k", limit="C"),
         c("limit.unfreeze", "l", limit="C")],
        gets("PC", "r", "abef")),
    "parts": (
        [limit("N", "0.05"), limit("E", "0.03", "N", measure="exposure", revolving=False),
         limit("W", "0.02", "E", measure="weighted"),
         c("draw", "a", limit="W", amount="0.03", exposure="0.02", weighted="0.01"),
         c("reserve", "r", limit="W", amount="0.02", exposure="0.01")],
        [c("draw", "b", limit="E", amount="0.02", weighted="0.00"),
         c("draw", "d", limit="W", amount="0.01", exposure="0.00"),
         c("repay", "w", exposure_id="a", exposure="0.01"),
         c("confirm", "e", reservation="r", amount="0.01", final=False),
         c("confirm", "f", reservation="r", exposure="0.00"),
         c("repay", "x", exposure_id="a", amount="0.01"),
         c("repay", "y", exposure_id="a", amount="0.02", exposure="0.02"),
         c("repay", "z", exposure_id="e", amount="0.01", weighted="0.00"),
         c("restate", "s", exposure_id="a", amount="0.02"),
         c("restate", "t", exposure_id="a", amount="0.00"),
         c("restate", "u", exposure_id="e", amount="0.04", weighted="0.01"),
         c("cancel", "v", reservation="r")],
        gets("NEW", "r", "abdef")),
    "graph": (
        [limit("P", "0.02"), limit("Q", "0.01", measure="exposure"), limit("C", "0.05", "P"),
         limit("D", "0.05", "C")],
        [c("draw", "a", limit="D", amount="0.01"),
         c("draw", "b", limit="C", amount="0.02", exposure="0.01"),
         c("reserve", "r", limit="D", amount="0.01"), c("limit.move", "m", limit="C",
         parents=["Q"]),
         c("limit.move", "n", limit="C", parents=["Q", "P"]),
         c("limit.move", "o", limit="D", parents=["P", "C"]),
         c("limit.move", "p", limit="P", parents=["Q"]),
         c("limit.move", "q", limit="Q", parents=["D"]),
         c("limit.move", "s", limit="D", parents=[]), c("limit.close", "t", limit="D"),
         c("limit.close", "u", limit="P"), c("repay", "v", exposure_id="a"),
         limit("X", "0.01", "D", "P")],
        gets("PQCDX", "r", "ab")),
    "unlocks": (
        [limit("P", "0.01", until=1, due_until=5),
         c("unlock", "v", limit="P", amount="0.02", until=3,
           lifts=["limit_exceeded", "limit_frozen", "expired"])],
        [c("unlock", "u", limit="P", amount="0.01", until=0),
         c("unlock", "w", limit="P", amount="0.01", until=3, lifts=["due_required", "expired"]),
         c("draw", "a", limit="P", amount="0.01", due=1, unlocks=["v", "u"]),
         c("draw", "b", limit="P", amount="0.02", unlocks=["u", "w", "v"]),
         c("draw", "e", limit="P", amount="0.02", due=1, unlocks=["v"]),
         c("reserve", "r", limit="P", amount="0.01", due=6, unlocks=["v"]),
         c("check", limit="P", amount="0.02", due=5, unlocks=["v"]),
         c("limit.freeze", "k", limit="P"), c("limit.freeze", "l", limit="P", amount="0.01"),
         c("limit.unfreeze", "m", limit="P"), c("day.open", "d", date=2),
         c("limit.raise", "n", limit="P", amount="0.01", from_=1, until=2)],
        gets("P", "r", "abe", "uvw")),
    "time": (
        [limit("P", "0.02", from_=0, until=1), limit("S", "0.01", mode="soft", status="pending")],
        [c("reserve", "r", limit="P", amount="0.01", expires=5),
         c("reserve", "s", limit="P", amount="0.02", expires=9, at=1),
         c("confirm", "e", reservation="r", at=4), c("confirm", "f", reservation="s", at=9),
         c("cancel", "x", reservation="r", at=5), c("draw", "a", limit="P", amount="0.02", at=5),
         c("draw", "b", limit="S", amount="0.02"), c("limit.activate", "k", limit="S"),
         c("day.open", "d", date=1), c("day.open", "g", date=2),
         c("limit.adjust", "l", limit="P", cap="0.01", until=2),
         c("draw", "n", limit="nobody", amount="0.01", at=6)],
        gets("PS", "rs", "efab")),
    "rates": (
        [c("rate.set", "rj", currency="JPY", rate="0.05"),
         c("rate.set", "ru", currency="USD", rate="2"), limit("P", "0.20"),
         limit("J", "3", "P", currency="JPY", revolving=False),
         limit("U", "0.05", "J", currency="USD", mode="off")],
        [c("rate.set", "s", currency="JPY", rate="0.0333333333"),
         c("rate.set", "t", currency="USD", rate="1000000"),
         c("draw", "a", limit="U", amount="0.01"), c("draw", "b", limit="J", amount="2"),
         c("draw", "d", limit="P", amount="1", currency="JPY"),
         c("draw", "e", limit="J", amount="0.01", currency="CNY"),
         c("draw", "f", limit="J", amount="1", currency="EUR"),
         c("reserve", "r", limit="U", amount="1", currency="JPY"),
         c("repay", "x", exposure_id="b", amount="1"), c("repay", "y", exposure_id="a"),
         c("limit.move", "m", limit="U", parents=["P"]),
         c("limit.move", "n", limit="U", parents=["J"])],
        gets("PJU", "r", "abdef")),
    "chains": (
        [limit("P", "0.02"), limit("C", "0.02", "P")],
        [c("draw", "a", limit="C", amount="0.01", linked=True),
         c("draw", "a", limit="C", amount="0.01"),
         c("draw", "b", limit="C", amount="0.02", linked=True),
         c("reserve", "r", limit="P", amount="0.02", expires=5, linked=True),
         c("reserve", "s", limit="P", amount="0.01", at=5),
         c("confirm", "e", reservation="r", linked=True), c("get", limit="C", linked=True),
         c("get", unlock="u", id_="g"), c("check", limit="C", amount="0.03", linked=True),
         c("repay", "x", exposure_id="a", linked=True), c("draw", "n", x="1", linked=True, at=5),
         c("limit.move", "m", limit="C", parents=[])],
        gets("PC", "rs", "abe")),
}


def write(command, prefix, number):
    """A command of a domain -> a line of one sequence."""
    obj = {}
    for name, value in command.items():
        if name in NAMES:
            value = prefix + value
        elif name in ("parents", "unlocks"):
            value = [prefix + member for member in value]
        elif name in DAYS:
            value = commands.date_text(FIRST_DAY, 10 * number + value)
        elif name in ("at", "expires"):
            value = moment(number, value)
        obj[name] = value
    return compare.encode(obj)


def moment(number, second):
    start = form.parse_time(FIRST_DAY + "T00:00:00Z")
    return commands.time_text(start + (100 * number + second) * 10 ** 6) + "Z"


def sequence_lines(domain, sequence, number):
    before, alphabet, after = DOMAINS[domain]
    prefix = "%d." % number
    first = [c("day.open", "day", date=0, at=0)]
    lines = [write(command, prefix, number) for command in first + before]
    lines += [write(alphabet[index], prefix, number) for index in sequence]
    return lines + [write(command, prefix, number) for command in after]


def all_sequences(domain, length):
    size = len(DOMAINS[domain][1])
    for shorter in range(1, length + 1):
        yield from itertools.product(range(size), repeat=shorter)


def results_of(lines):
    return model.replay(b"".join(line + b"\n" for line in lines))


def run_chunk(binary, domain, sequences, out):
    """-> the number of sequences that fail, each shown and run again by itself."""
    parts = [sequence_lines(domain, sequence, number)
             for number, sequence in enumerate(sequences)]
    lines = [line for part in parts for line in part]
    expected = results_of(lines)
    try:
        found = compare.run_binary(binary, lines)
    except compare.Difference:
        found = []
    if compare.first_difference(expected, found) is None:
        return 0
    failed, start = 0, 0
    for sequence, part in zip(sequences, parts):
        end = start + len(part)
        if found[start:end] != expected[start:end]:
            failed += 1
            if failed <= 3:
                report_alone(binary, domain, sequence, out if failed == 1 else None)
        start = end
    return max(failed, 1)


def report_alone(binary, domain, sequence, out):
    lines = sequence_lines(domain, sequence, 0)
    name = "domain %s, sequence %s" % (domain, list(sequence))
    if compare.report(binary, name, lines, results_of(lines), out):
        print("%s: differs among others only" % name)


def run_open_chains(binary, domain, out):
    """Sequences of one and two commands that end a batch inside a chain. -> (passed, failed)"""
    alphabet, passed, failed = DOMAINS[domain][1], 0, 0
    for sequence in all_sequences(domain, 2):
        if not alphabet[sequence[-1]].get("linked"):
            continue
        lines = sequence_lines(domain, sequence, 0)
        lines = lines[:len(lines) - len(DOMAINS[domain][2])]
        name = "domain %s, open chain %s" % (domain, list(sequence))
        if compare.report(binary, name, lines, results_of(lines), out if failed == 0 else None):
            passed += 1
        else:
            failed += 1
    return passed, failed


def run_domain(binary, domain, length, chunk, out, part=(0, 1)):
    """Of the chunks of a domain only those whose number is part[0] modulo part[1]. -> (passed, failed)"""
    passed, failed = run_open_chains(binary, domain, out) if part[0] == 0 else (0, 0)
    sequences = all_sequences(domain, length)
    for number in itertools.count():
        some = list(itertools.islice(sequences, chunk))
        if not some:
            return passed, failed
        if number % part[1] != part[0]:
            continue
        bad = run_chunk(binary, domain, some, out if failed == 0 else None)
        passed, failed = passed + len(some) - bad, failed + bad
        if failed >= 20:
            print("domain %s: too many failures, the rest is not run" % domain)
            return passed, failed


def main():
    parser = argparse.ArgumentParser(description="Every short sequence of commands over a tiny "
                                                 "domain, against the model.")
    parser.add_argument("--binary", required=True)
    parser.add_argument("--length", type=int, default=3, choices=range(1, 6))
    parser.add_argument("--domain", choices=sorted(DOMAINS), help="only this one")
    parser.add_argument("--chunk", type=int, default=4000, help="sequences a process")
    parser.add_argument("--part", default="0/1", help="only part I of N, I from 0: 0/10, 1/10, ...")
    parser.add_argument("--out", help="file for the shrunken commands of the first difference")
    args = parser.parse_args()
    part = tuple(int(number) for number in args.part.split("/"))
    passed = failed = 0
    for domain in [args.domain] if args.domain else DOMAINS:
        good, bad = run_domain(args.binary, domain, args.length, args.chunk,
                               args.out if failed == 0 else None, part)
        print("%-8s %d sequences, %d differ" % (domain, good + bad, bad))
        sys.stdout.flush()
        passed, failed = passed + good, failed + bad
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
