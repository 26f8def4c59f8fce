"""Rows of (command, answer): how the tests of the model are written down."""

import json
import unittest

import model


def cmd(op, id_=None, **fields):
    """A command; a trailing underscore of a name is dropped, for `from_`."""
    obj = {"op": op}
    if id_ is not None:
        obj["id"] = id_
    obj.update({name.rstrip("_"): value for name, value in fields.items()})
    return obj


def limit(id_, cap, *parents, currency="CNY", **fields):
    return cmd("limit.open", id_, currency=currency, cap=cap, parents=list(parents), **fields)


def draw(id_, limit_, amount, **fields):
    return cmd("draw", id_, limit=limit_, amount=amount, **fields)


def reserve(id_, limit_, amount, **fields):
    return cmd("reserve", id_, limit=limit_, amount=amount, **fields)


def confirm(id_, reservation, **fields):
    return cmd("confirm", id_, reservation=reservation, **fields)


def repay(id_, exposure_id, **fields):
    return cmd("repay", id_, exposure_id=exposure_id, **fields)


def check(limit_, amount, **fields):
    return cmd("check", limit=limit_, amount=amount, **fields)


def exceeded(limit_, available, required):
    return {"limit": limit_, "reason": "limit_exceeded", "available": available,
            "required": required}


def reason(limit_, why):
    return {"limit": limit_, "reason": why}


class Case(unittest.TestCase):
    """One batch a test: rows of (command, answer). A command is an object or the raw text of a
    line; an answer is a result code, ("ok", [over]), [refusals], or a dict of fields of a `get`."""

    def play(self, *rows):
        lines = [row[0] if isinstance(row[0], str) else json.dumps(row[0]) for row in rows]
        results = model.replay("\n".join(lines).encode("utf-8") + b"\n")
        self.assertEqual(len(results), len(rows))
        for number, ((_, wanted), line, text) in enumerate(zip(rows, lines, results)):
            result = json.loads(text)
            with self.subTest(row=number, command=line):
                self.compare(result, wanted)

    def compare(self, result, wanted):
        if isinstance(wanted, tuple):
            self.assertEqual((result["result"], result.get("over")), wanted)
        elif isinstance(wanted, list):
            self.assertEqual((result["result"], result["refusals"]), ("refused", wanted))
        elif isinstance(wanted, dict):
            shown = next(value for value in result.values() if isinstance(value, dict))
            self.assertEqual({name: shown.get(name) for name in wanted}, wanted)
        else:
            self.assertEqual(result["result"], wanted)
            self.assertNotIn("over", result)


def get(limit_=None, **wanted):
    """A row that asks for a limit and gives the fields it must show."""
    return cmd("get", limit=limit_), wanted


def ok(*commands):
    return [(command, "ok") for command in commands]
