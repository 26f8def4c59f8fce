#!/usr/bin/python3
"""Random command streams that reach deep states of the limit ledger.

    generate.py --seed N --count N [--profile NAME] [--stats]

The generator runs the reference model beside it and looks at the model's state to aim: amounts near
what is available, ids that exist, unlocks that just suffice. The same seed, count and profile
always give the same stream. With --stats it prints what the model answers, by op and result,
instead.
"""

import argparse
import collections
import json
import random
import sys

import commands
import form
import model
import variants

# What a stream does, by weight. Each word is a method gen_... of Stream.
BASE = {
    "open": 6, "draw": 20, "reserve": 12, "confirm": 9, "cancel": 3, "repay": 9, "restate": 4,
    "check": 6, "get": 5, "rate": 1, "day": 1, "adjust": 3, "raise": 2, "activate": 1, "freeze": 2,
    "unfreeze": 3, "move": 3, "close": 1, "unlock": 1, "unlocked": 4, "repeat": 4, "noise": 2,
    "full": 2, "fresh": 1, "heavy": 0,
}

# p_chain: how often a chain begins; p_at: how often a command carries a time; scale: the size of
# caps in minor units; foreign: how often a drawing is in another currency than its limit.
SETTINGS = {
    "p_chain": 0.04, "p_at": 0.25, "p_break": 0.03, "p_ugly": 0.15, "limits": 40, "parents": 1.2,
    "scale": (2, 9), "currencies": ("CNY", "USD", "JPY", "KWD"), "foreign": 0.2, "odd_measure": 0.4,
    "deep": 0.1, "strict": 0.75, "wild": 0.05,
    "validity": 0.08,
}

PROFILES = {
    "mixed": ({}, {}),
    "chains": ({"fresh": 3, "repeat": 6}, {"p_chain": 0.25, "p_at": 0.6}),
    "graph": ({"move": 16, "open": 14, "close": 3, "draw": 14},
              {"limits": 90, "parents": 2.0, "deep": 0.5, "p_chain": 0.06}),
    "deep": ({"move": 8, "open": 30, "draw": 10, "close": 0},
             {"limits": 120, "parents": 0.5, "deep": 0.95}),
    "currencies": ({"rate": 8, "draw": 25, "move": 6},
                   {"currencies": ("CNY", "USD", "EUR", "JPY", "KWD", "CLF", "UGX", "VND"),
                    "foreign": 0.6, "limits": 25, "wild": 0.4}),
    "time": ({"reserve": 25, "day": 6, "raise": 6, "confirm": 12, "adjust": 5},
             {"p_at": 0.7, "p_chain": 0.1, "limits": 15}),
    "unlocks": ({"unlocked": 30, "unlock": 5, "freeze": 6, "unfreeze": 4, "day": 4, "adjust": 5},
                {"limits": 20, "strict": 0.9, "validity": 0.3}),
    "lastcent": ({"full": 20, "draw": 30}, {"scale": (0, 2), "limits": 12, "p_ugly": 0.02}),
    "extreme": ({"heavy": 5, "rate": 5, "restate": 8, "freeze": 5, "raise": 4, "full": 6},
                {"scale": (15, 18), "limits": 15, "foreign": 0.4, "strict": 0.35, "wild": 0.3,
                 "currencies": ("CNY", "JPY", "CLF", "KWD")}),
    "identity": ({"repeat": 40}, {"p_ugly": 0.4, "p_chain": 0.06}),
    "malformed": ({"noise": 10}, {"p_break": 0.5, "p_ugly": 0.4, "p_chain": 0.08}),
    "revolving": ({"repay": 25, "draw": 30, "restate": 12, "confirm": 15},
                  {"odd_measure": 0.8, "limits": 10}),
}


class Stream(commands.Commands, variants.Variants):
    """One seed's commands, made one by one, with the model's results."""

    def __init__(self, seed, profile="mixed"):
        weights, settings = PROFILES[profile]
        weights = {**BASE, **weights}
        self.words, self.weights = list(weights), list(weights.values())
        self.cumulative = [sum(self.weights[:i + 1]) for i in range(len(self.weights))]
        self.set = {**SETTINGS, **settings}
        self.rng = random.Random("%s %d" % (profile, seed))
        self.ledger = model.Ledger()
        self.lines, self.results = [], []
        self.next_id = 0
        self.planned = []           # commands to be sent before anything else is thought of
        self.accepted = []          # commands that had effect, for repeats
        self.free_ids = []          # ids of commands that were refused
        self.chain_left = 0         # commands still to come in the chain
        self.chain_fails = -1       # which of them, counted from the end, is made to fail
        self.after_chain = []       # planned for when the chain has ended
        self.careful = False        # whether the next command is meant to succeed

    # -- sending

    def emit(self, obj):
        self.emit_text(self.write(obj), obj)

    def emit_text(self, line, obj):
        """Sends a line; `obj` is the command in it, or None."""
        self.lines.append(line)
        settled = self.ledger.push(form.decode_line(line))
        for result in settled:
            self.results.append(result)
        if not settled or obj is None:
            return
        code = settled[-1]["result"]
        if code == "ok" and "id" in obj and obj["op"] not in ("check", "get"):
            self.accepted.append(obj)
        elif code in ("refused", "bad_amount", "linked_failed") and form.is_id(obj.get("id")):
            self.free_ids.append(obj["id"])

    def write(self, obj):
        """A command -> its line, in one of the many ways in which JSON can put it."""
        ugly = self.rng.random() < self.set["p_ugly"]
        items = list(obj.items())
        if not ugly:
            return ("{" + ",".join('"%s":%s' % (k, commands.encode(v, False)) for k, v in items)
                    + "}").encode("utf-8")
        rng = self.rng
        if rng.random() < 0.5:
            rng.shuffle(items)
        ascii_only = rng.random() < 0.5
        space = rng.choice(("", "", " ", "\t", "  ", " \r"))
        parts = []
        for key, value in items:
            name = json.dumps(key)
            if len(key) > 0 and rng.random() < 0.05:
                at = rng.randrange(1, len(name) - 1)
                name = name[:at] + "\\u%04x" % ord(name[at]) + name[at + 1:]
            text = commands.encode(value, ascii_only)
            parts.append(space + name + space + ":" + space + text + space)
        return (space + "{" + ",".join(parts) + "}" + space).encode("utf-8")

    # -- the stream

    def think(self):
        if self.planned:
            return self.planned.pop(0)
        if not self.ledger.limits and self.chance(0.9):
            word = "open"
        else:
            word = self.rng.choices(self.words, cum_weights=self.cumulative)[0]
        return getattr(self, "gen_" + word)()

    def failing(self):
        """A command that the model refuses just now, to break a chain with."""
        obj = self.base("draw", "d")
        obj.update(self.rng.choice((
            {"limit": "nobody", "amount": "1"},
            {"limit": self.limit_name(), "amount": "1000000000000"},
            {"limit": self.limit_name(), "amount": "-1"})))
        if self.chance(0.2):
            obj = {"op": "get", "unlock": "nothing"}
        return obj

    def step(self):
        obj = None
        self.careful = self.chance(0.85 if self.chain_left else 0.45)
        while obj is None:
            obj = self.think()
        if isinstance(obj, commands.Raw):
            self.emit_text(obj.encode("latin-1"), None)
            self.chain_left = max(0, self.chain_left - 1)
            return
        obj = self.decorate(obj)
        self.look_beyond_chain(obj)
        if self.chain_left == 0 and self.chance(self.set["p_chain"]):
            self.chain_left = self.rng.choice((1, 2, 2, 3, 3, 4, 6, 10))
            self.chain_fails = self.rng.randrange(-2 * self.chain_left, self.chain_left)
        if self.chain_left > 0:
            self.chain_left -= 1
            if self.chain_left == self.chain_fails:
                obj = self.decorate(self.failing())
            obj["linked"] = True
            if self.chain_left == 0:
                obj.pop("linked")
        if self.chance(self.set["p_break"] / (3 if self.chain_left else 1)):
            obj = self.broken(obj)
        self.emit(obj)

    def look_beyond_chain(self, obj):
        """In a chain that has failed already: sometimes a time at which a reservation expires, and
        the question afterwards whether it did."""
        chain = self.ledger.chain
        if chain is None:
            self.planned, self.after_chain = self.after_chain + self.planned, []
        elif chain["failed"] is not None and self.ledger.expiring and self.chance(0.3):
            name = self.rng.choice(list(self.ledger.expiring))
            obj["at"] = commands.time_text(self.ledger.expiring[name]) + "Z"
            self.after_chain.append({"op": "get", "reservation": name})

    def prologue(self):
        """Most streams begin with a day and with most of their rates."""
        if self.chance(0.9):
            self.emit({"op": "day.open", "id": "day", "at": "2026-01-05T00:00:00Z",
                       "date": "2026-01-05"})
        for currency in self.set["currencies"][1:]:
            if self.chance(0.75):
                rate = {"USD": "7.1234", "EUR": "7.8", "JPY": "0.0475", "KWD": "23.1", "CLF": "295",
                        "UGX": "0.00194", "VND": "0.00028"}.get(currency, "3")
                if self.chance(self.set["wild"]):
                    rate = self.rng.choice(("0.0000000001", "1000000", "0.3333333333"))
                self.emit({"op": "rate.set", "id": "rate-" + currency, "currency": currency,
                           "rate": rate})

    def run(self, count):
        self.prologue()
        while len(self.lines) < count:
            self.step()
        self.close_chain()
        return self

    def close_chain(self):
        while self.ledger.chain is not None:
            self.emit({"op": "get", "limit": self.limit_name(False)})

    def end(self):
        """The end of the batch: one stream in three ends with a chain that stays open."""
        if self.chance(0.33):
            for _ in range(self.rng.randint(1, 5)):
                obj = self.think() if self.chance(0.8) else self.failing()
                if type(obj) is dict:
                    self.emit({**self.decorate(obj), "linked": True})
        self.results.extend(self.ledger.end())
        return self

    def ask_everything(self):
        """A `get` for everything there is."""
        ledger = self.ledger
        for member, table in (("limit", ledger.limits), ("reservation", ledger.reservations),
                              ("exposure_id", ledger.exposures), ("unlock", ledger.unlocks)):
            for name in list(table):
                self.emit({"op": "get", member: name})
        return self


def tally(lines, results, counts):
    """Counts (op, code) and (op, reason) of a stream into `counts`."""
    for line, result in zip(lines, results):
        obj = form.decode_line(line)
        op = obj.get("op") if type(obj) is dict else None
        op = op if type(op) is str and op in form.FIELDS else "(none)"
        counts[op, result["result"]] += 1
        for refusal in result.get("refusals", ()):
            counts[op, "refused: " + refusal["reason"]] += 1


def print_tally(counts):
    codes = collections.Counter()
    for (_, code), count in counts.items():
        codes[code] += count
    total = sum(count for code, count in codes.items() if not code.startswith("refused: "))
    print("%d commands" % total)
    for code, count in codes.most_common():
        ops = sorted(((n, op) for (op, c), n in counts.items() if c == code), reverse=True)
        print("%8d %5.1f%%  %-26s %s" % (count, 100 * count / total, code, " ".join(
            "%s:%d" % (op, n) for n, op in ops)))


def main():
    parser = argparse.ArgumentParser(description="Random NDJSON commands for the limit ledger.")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=2000, help="commands in the stream")
    parser.add_argument("--profile", choices=sorted(PROFILES), default="mixed")
    parser.add_argument("--stats", action="store_true",
                        help="print the distribution of results, not the stream")
    args = parser.parse_args()
    stream = Stream(args.seed, args.profile).run(args.count).end()
    if args.stats:
        counts = collections.Counter()
        tally(stream.lines, stream.results, counts)
        print_tally(counts)
    else:
        for line in stream.lines:
            sys.stdout.buffer.write(line + b"\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
