#!/usr/bin/python3
"""Compares `headroom replay` with the reference model over random command streams.

    compare.py --binary build/headroom [--count 100000] [--seeds A..B] [--batch-lines 2000]
               [--profile NAME] [--out FILE] [--stats] [--durable]

Each seed is one stream and one batch; seeds go through the profiles of generate.py in turn. After
its random commands a stream asks by `get` for every limit, reservation, exposure and unlock, so
that every field that can be queried is compared, byte for byte. At a difference the stream is
shrunken to the fewest commands that still differ and written to --out. Last line: how many streams
passed and failed. Exit status 0: no difference, 1: a difference, 2: usage.
"""

import argparse
import collections
import subprocess
import sys
import tempfile

import commands
import form
import generate
import model

SHRINK_RUNS = 3000
DURABLE = False  # whether each batch is replayed into a data directory of its own


class Difference(Exception):
    """args: what differs, in words"""


def run_binary(binary, lines, timeout=300):
    """The result lines that the binary gives for a batch; raises Difference when it breaks."""
    if DURABLE:
        with tempfile.TemporaryDirectory() as folder:
            return run_command([binary, "replay", "-", "--data", folder + "/data"], lines, timeout)
    return run_command([binary, "replay", "-"], lines, timeout)


def run_command(command, lines, timeout):
    try:
        done = subprocess.run(command, capture_output=True, timeout=timeout,
                              input=b"".join(line + b"\n" for line in lines), check=False)
    except subprocess.TimeoutExpired:
        raise Difference("no end within %d s" % timeout) from None
    if done.returncode not in (0, 1):
        raise Difference("exit status %d: %s" % (done.returncode, done.stderr[-2000:].decode(
            "utf-8", "replace").strip()))
    return form.split_lines(done.stdout) if done.stdout else []


def first_difference(expected, found):
    """The index of the first line that differs, or None."""
    for index, (one, other) in enumerate(zip(expected, found)):
        if one != other:
            return index
    return None if len(expected) == len(found) else min(len(expected), len(found))


def differs(binary, lines):
    try:
        return first_difference(model.replay(b"".join(line + b"\n" for line in lines)),
                                run_binary(binary, lines)) is not None
    except Difference:
        return True


def shrink(lines, differ):
    """Delta debugging: the fewest lines, and members in them, of which differ(lines) holds."""
    runs = 0

    def still(candidate):
        nonlocal runs
        runs += 1
        return runs <= SHRINK_RUNS and differ(candidate)

    before = None
    while lines != before:
        before = lines
        lines = fewer_lines(lines, still)
        lines = fewer_members(lines, still)
    return lines


def fewer_lines(lines, still):
    size = max(1, len(lines) // 2)
    while size >= 1:
        start = 0
        while start < len(lines):
            candidate = lines[:start] + lines[start + size:]
            if candidate and still(candidate):
                lines = candidate
            else:
                start += size
        size //= 2
    return lines


def fewer_members(lines, still):
    for index, line in enumerate(lines):
        obj = form.decode_line(line)
        for name in list(obj) if type(obj) is dict else ():
            fewer = {key: value for key, value in obj.items() if key != name}
            candidate = lines[:index] + [encode(fewer)] + lines[index + 1:]
            if still(candidate):
                lines, obj = candidate, fewer
    return lines


def encode(obj):
    """A decoded command -> a line, its numbers as they were written."""
    members = []
    for key, value in obj.items():
        if isinstance(value, form.Number):
            value = commands.Num(value)
        elif isinstance(value, dict):
            value = commands.Raw(encode(value).decode("utf-8"))
        members.append(form.encode_result(key) + ":" + commands.encode(value, False))
    return ("{" + ",".join(members) + "}").encode("utf-8")


def show(line, most=600):
    text = line.decode("utf-8", "backslashreplace")
    return text if len(text) <= most else text[:most] + "..."


def report(binary, name, lines, expected, out):
    """Says what differs in a batch and writes its shrunken form; True when nothing differs."""
    try:
        found = run_binary(binary, lines)
        index = first_difference(expected, found)
        if index is None:
            return True
        print("%s: line %d of %d differs" % (name, index + 1, len(lines)))
        for title, text in (("command", lines), ("model", expected), ("binary", found)):
            print("  %-8s %s" % (title, show(text[index]) if index < len(text) else "(no line)"))
    except Difference as difference:
        index = len(lines) - 1
        print("%s: %s" % (name, difference))
    if out:
        cut = lines[:index + 1]
        lines = shrink(cut if differs(binary, cut) else lines,
                       lambda candidate: differs(binary, candidate))
        with open(out, "wb") as file:
            file.write(b"".join(line + b"\n" for line in lines))
        print("  shrunken to %d lines in %s:" % (len(lines), out))
        results = model.replay(b"".join(line + b"\n" for line in lines))
        for line, result in list(zip(lines, results))[:20]:
            print("    %s\n      model: %s" % (show(line), show(result)))
    sys.stdout.flush()
    return False


def make_stream(seed, profile, count):
    stream = generate.Stream(seed, profile).run(count).ask_everything().end()
    return stream.lines, [form.encode_result(r).encode("utf-8") for r in stream.results], stream


def seed_range(text):
    first, dots, last = text.partition("..")
    return range(int(first), int(last if dots else first) + 1)


def main():
    parser = argparse.ArgumentParser(description="Compares `headroom replay` with the model.")
    parser.add_argument("--binary", required=True)
    parser.add_argument("--count", type=int, default=100000, help="random commands in all")
    parser.add_argument("--batch-lines", type=int, default=2000, help="random commands a stream")
    parser.add_argument("--seeds", type=seed_range, metavar="A..B", help="instead of --count")
    parser.add_argument("--profile", choices=sorted(generate.PROFILES), help="only this one")
    parser.add_argument("--out", help="file for the shrunken commands of the first difference")
    parser.add_argument("--most", type=int, default=5, help="stop after so many differences")
    parser.add_argument("--stats", action="store_true", help="print the distribution of results")
    parser.add_argument("--durable", action="store_true", help="replay into a data directory")
    args = parser.parse_args()
    global DURABLE
    DURABLE = args.durable
    seeds = args.seeds or range(1, -(-args.count // args.batch_lines) + 1)
    profiles = [args.profile] if args.profile else list(generate.PROFILES)
    counts, passed, failed, commands = collections.Counter(), 0, 0, 0
    for seed in seeds:
        profile = profiles[seed % len(profiles)]
        lines, expected, stream = make_stream(seed, profile, args.batch_lines)
        commands += len(lines)
        if args.stats:
            generate.tally(lines, stream.results, counts)
        if report(args.binary, "seed %d, profile %s" % (seed, profile), lines, expected,
                  args.out if failed == 0 else None):
            passed += 1
        else:
            failed += 1
        if failed >= args.most:
            break
    if args.stats:
        generate.print_tally(counts)
    print("%d commands compared in %d streams" % (commands, passed + failed))
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
