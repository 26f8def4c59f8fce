#!/usr/bin/python3
"""Pins the reader of the model to the text: form, identity and the form of answers (steps 1 and 2).
How the rows are cited stands in test_model.py.
"""

import pathlib
import subprocess
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import form  # noqa: E402
import model  # noqa: E402
from rows import (  # noqa: E402
    Case, check, cmd, confirm, draw,
    exceeded, get, limit, ok, repay, reserve)


class Form(Case):
    """Step 1, rows F1 to F19 of the choices."""

    def open_and(self, *rows):
        self.play(*ok(limit("A", "1000000.00"), limit("Y", "1000000", currency="JPY")), *rows)

    def test_f1_grammar_of_an_amount(self):
        bad = ["", "+1", "-1", "1e3", "1.", ".5", " 1", "1 ", "1,000", "0x1", "1.0.0", "\u0661"]
        self.open_and(*[(draw("d", "A", text), "bad_amount") for text in bad])
        self.open_and((draw("a", "A", "007.5"), "ok"),
                      (draw("b", "A", "0000000000000000000001"), "ok"),
                      (cmd("get", exposure_id="a"), {"amount": "7.50"}))
        for raw, code in (("12.50", "ok"), ("1e2", "bad_amount"), ("-1", "bad_amount"),
                          ("-0", "bad_amount"), ("0.1", "ok"), ("true", "bad_request"),
                          ("null", "bad_request"), ("[1]", "bad_request"), ("01", "bad_request")):
            self.open_and(('{"op":"draw","id":"n","limit":"A","amount":%s}' % raw, code))

    def test_f1_digits_never_pass_through_a_double(self):
        self.open_and(('{"op":"limit.open","id":"B","currency":"CNY","cap":9007199254740993.01}',
                       "ok"), get("B", cap="9007199254740993.01"))

    def test_f2_decimals_counted_as_written(self):
        self.open_and((draw("d", "A", "1.000", currency="CNY"), "bad_amount"),
                      (draw("d", "A", "1.0", currency="JPY"), "bad_amount"),
                      (draw("d", "A", "1.000"), "bad_amount"),
                      (draw("d", "Y", "1.0"), "bad_amount"))

    def test_f3_when_an_amount_is_judged(self):
        self.open_and(
            (draw("d", "nobody", "1.0001"), "limit_not_found"),
            (draw("d", "nobody", "1.00001"), "bad_amount"),
            (draw("d", "nobody", "1.001", currency="CNY"), "bad_amount"),
            (draw("d", "nobody", "1000000000000000000"), "limit_not_found"),
            (draw("d", "nobody", "1000000000000000001"), "bad_amount"),
            (draw("d", "nobody", "1000000000000000000.0"), "bad_amount"),
            (draw("d", "nobody", "0010000000000000000.00"), "limit_not_found"),
            (draw("d", "nobody", "10000000000000000.01"), "bad_amount"),
            (draw("d", "A", "1.001"), "bad_amount"),
            (draw("d", "A", "10000000000000000.01"), "bad_amount"),
            (draw("d", "A", "10000000000000000.00"), [exceeded("A", "1000000.00",
                                                               "10000000000000000.00")]))

    def test_f4_parts_are_not_more_than_the_amount(self):
        self.open_and((draw("d", "A", "1", exposure="1.01"), "bad_amount"),
                      (draw("d", "A", "1", weighted="1.0001"), "bad_amount"),
                      (draw("d", "A", "1", exposure="0", weighted="1"), "ok"),
                      (repay("e", "d", amount="1", exposure="1.01"), "bad_amount"),
                      (cmd("restate", "f", exposure_id="d", amount="0", weighted="0.01"),
                       "bad_amount"))

    def test_f5_f6_rates(self):
        def rate(value, code, currency="USD"):
            return cmd("rate.set", "r", currency=currency, rate=value), code
        self.play(rate("0", "bad_rate"), rate("1000000.0000000001", "bad_rate"),
                  rate("0.00000000001", "bad_rate"), rate("x", "bad_rate"), rate(7, "bad_request"),
                  rate("2", "bad_rate", "CNY"), rate("1", "bad_currency", "XAU"),
                  rate("1", "bad_currency", "cny"), rate("1.00", "ok", "CNY"))
        self.play(rate("1000000", "ok"), rate("1000000.0", "exists"))

    def test_f7_dates(self):
        for text in ("2026-02-29", "2026-1-1", "0000-01-01", "20260101", "", "2100-02-29",
                     "2026-W01-1", "2026-01-01T00:00:00Z"):
            self.play((cmd("day.open", "d", date=text), "bad_date"))
        self.play((cmd("day.open", "d", date=20260101), "bad_request"),
                  (cmd("day.open", "d", date="2024-02-29"), "ok"))
        self.play((limit("A", "1", from_="2026-02-01", until="2026-01-31"), "bad_date"),
                  (limit("A", "1", from_="2026-02-01", until="2026-02-01"), "ok"),
                  (cmd("limit.adjust", "j", limit="A", until="2026-01-01"), "ok"),
                  (cmd("limit.raise", "k", limit="A", amount="1", from_="2026-01-02",
                       until="2026-01-01"), "bad_date"))

    def test_f8_times(self):
        for text in ("1970-01-01T00:00:60Z", "1970-01-01T24:00:00Z", "1970-01-01T00:00:00",
                     "1970-01-01T00:00:00+01:00", "1970-01-01 00:00:00Z", "1970-01-01T00:00:00.Z",
                     "1970-01-01T00:00:00.1234567890Z", "0000-01-01T00:00:00Z"):
            self.play((cmd("day.open", "d", date="2026-01-01", at=text), "bad_date"))
        for text in ("1970-01-01t00:00:00z", "0001-01-01T00:00:00Z", "1970-01-01T00:00:00-00:00",
                     "1970-01-01T00:00:00.123456789+00:00"):
            self.play((cmd("day.open", "d", date="2026-01-01", at=text), "ok"))

    def test_f8_kept_to_the_microsecond(self):
        first = reserve("r", "A", "1", expires="2026-01-01T00:00:00.123456Z")
        again = dict(first, expires="2026-01-01T00:00:00.1234569Z")
        other = dict(first, expires="2026-01-01T00:00:00.123457Z")
        self.open_and((first, "ok"), (again, "exists"), (other, "id_conflict"))

    def test_f9_to_f13_types(self):
        rows = [(dict(limit("B", "1"), **fields), code) for fields, code in (
            ({"tolerance_bps": 1000001}, "bad_request"), ({"tolerance_bps": -1}, "bad_request"),
            ({"tolerance_bps": 1.5}, "bad_request"), ({"tolerance_bps": "5"}, "bad_request"),
            ({"kind": "x" * 33}, "bad_request"), ({"kind": "a\u0085"}, "bad_request"),
            ({"actor": "x" * 1025}, "bad_request"), ({"reason": "\u0000"}, "bad_request"),
            ({"holder": " x"}, "bad_id"), ({"holder": "x" * 33}, "bad_id"),
            ({"mode": "HARD"}, "bad_request"), ({"status": "frozen"}, "bad_request"),
            ({"holder": None}, "bad_request"), ({"revolving": "true"}, "bad_request"),
            ({"linked": 1}, "bad_request"), ({"parents": ["A"] * 32}, "bad_request"),
            ({"parents": [1]}, "bad_request"), ({"x": 1}, "bad_request"))]
        self.open_and(*rows, (limit("B", "0", holder="", kind="", tolerance_bps=1000000,
                                    reason="x" * 1024), "ok"))
        self.open_and((cmd("unlock", "u", limit="A", amount="1", until="2026-01-01", lifts=[]),
                       "bad_request"),
                      (draw("d", "A", "1", unlocks=["u"] * 17), "bad_request"),
                      ('{"op":"get","limit":"A","limit":"A"}', "bad_request"))

    def test_f10_ids(self):
        for id_, code in (("", "bad_id"), (" a", "bad_id"), ("a ", "bad_id"), ("a\u007f", "bad_id"),
                          ("a\u0080", "bad_id"), ("x" * 33, "bad_id"), ("额" * 11, "bad_id"),
                          ("额" * 10, "ok"), ("a b", "ok"), ("\u00a0", "ok"), ("x" * 32, "ok")):
            self.play((limit(id_, "1"), code))

    def test_f14_get_and_check(self):
        self.open_and((cmd("get"), "bad_request"),
                      (cmd("get", limit="A", unlock="u"), "bad_request"),
                      (cmd("get", "A", limit="A"), {"id": "A"}),
                      (cmd("get", " ", limit="A"), "bad_id"),
                      (dict(check("A", "1"), id="A"), "ok"), (draw("q", "A", "1"), "ok"))

    def test_f15_echo(self):
        lines = [b"nonsense", b"", b"[]", b'{"op":"get","id":"a","id":"a"}', b'{"id":"a"}',
                 b'{"id":" a"}', b'{"op":1,"id":"\xe9\xa2\x9d\\"\\\\"}', b"\xff"]
        self.assertEqual(model.replay(b"\n".join(lines)), [
            b'{"result":"bad_request"}'] * 4 + [b'{"id":"a","result":"bad_request"}',
                                                b'{"result":"bad_request"}',
                                                '{"id":"额\\"\\\\","result":"bad_request"}'.encode(),
                                                b'{"result":"bad_request"}'])

    def test_f16_linked_counts_in_a_bad_command(self):
        self.open_and((cmd("x", "a", linked=True), "bad_request"),
                      (draw("b", "A", "1"), "linked_failed"), (draw("c", "A", "1"), "ok"))
        self.open_and((draw("a", "A", "1", linked="true"), "bad_request"),
                      (draw("b", "A", "1"), "ok"))

    def test_f17_at_counts_in_a_bad_command(self):
        self.open_and((reserve("r", "A", "1", expires="2026-01-01T00:00:00Z"), "ok"),
                      (cmd("x", at="2026-01-01T00:00:00Z"), "bad_request"),
                      (confirm("e", "r"), "reservation_closed"))

    def test_order_over_the_whole_command(self):
        wrong = {"amount": "-1", "currency": "ZZZ", "limit": "", "due": "x", "final": True}
        for code, name in (("bad_request", "final"), ("bad_id", "limit"),
                           ("bad_currency", "currency"), ("bad_amount", "amount"),
                           ("bad_date", "due")):
            self.open_and((cmd("draw", "d", **wrong), code))
            wrong[name] = {"limit": "A", "currency": "CNY", "amount": "1"}.get(name)
            wrong = {key: value for key, value in wrong.items() if value is not None}
        self.open_and((cmd("draw", "d", **wrong), "ok"),
                      (cmd("rate.set", "r", currency="USD", rate="0", at="x"), "bad_rate"))


class Identity(Case):
    """Step 2, rows I1 to I5."""

    def test_exists_and_conflict_e01_e02(self):
        first = draw("d", "A", "100.50", reason="x", at="1970-01-01T00:00:00Z")
        self.play(*ok(limit("A", "1000")), (first, "ok"), (first, "exists"),
                  (dict(first, at="2026-01-01T00:00:00Z"), "exists"),
                  (dict(first, reason="y"), "id_conflict"), (dict(first, case=""), "exists"),
                  (dict(first, amount="100.51"), "id_conflict"),
                  (dict(first, op="reserve"), "id_conflict"),
                  (cmd("limit.close", "A", limit="A"), "id_conflict"),
                  get("A", used="100.50"))

    def test_i3_i5_defaults_and_values(self):
        first = draw("d", "A", "100.50")
        self.play(*ok(limit("A", "1000"), first),
                  (dict(first, currency="CNY", exposure="100.5", weighted="100.50", unlocks=[]),
                   "exists"),
                  (dict(first, amount="0100.500"), "exists"),
                  (dict(first, exposure="0"), "id_conflict"),
                  (dict(first, currency="USD"), "id_conflict"),
                  (dict(first, limit="Z"), "id_conflict"),
                  (limit("A", "1000.00", holder="", mode="hard", tolerance_bps=0), "exists"),
                  (limit("A", "1000.00", status="pending"), "id_conflict"))

    def test_i1_defaults_of_the_moment_a03_a07_a19(self):
        """A-03, A-07: a repeat that says "all" is the same as one that names what all was."""
        self.play(*ok(limit("A", "1000"), reserve("r", "A", "7", exposure="3")),
                  (confirm("e", "r", amount="5", final=False), "ok"),
                  (confirm("e", "r", amount="5", final=False, exposure="2.15"), "exists"),
                  (confirm("e", "r", amount="5.000", final=False, exposure="2.1500",
                           weighted="2.15"), "exists"),
                  (confirm("e", "r", amount="5", final=False, exposure="2"), "id_conflict"),
                  (confirm("e", "r", final=False), "id_conflict"),
                  (confirm("e", "r", amount="5"), "id_conflict"),
                  (confirm("f", "r"), "ok"), (confirm("f", "r", amount="2", final=True), "exists"),
                  (confirm("f", "r", amount="2", weighted="0.85"), "exists"),
                  (confirm("f", "r", amount="1"), "id_conflict"),
                  (confirm("f", "x"), "id_conflict"))

    def test_i2_absent_is_a_content_of_its_own(self):
        self.play(*ok(limit("A", "10"), cmd("limit.freeze", "k", limit="A", amount="10")),
                  (cmd("limit.freeze", "k", limit="A"), "id_conflict"),
                  (cmd("limit.adjust", "j", limit="A", cap="10"), "ok"),
                  (cmd("limit.adjust", "j", limit="A", cap="10", mode="hard"), "id_conflict"))

    def test_i4_order_of_lists(self):
        self.play(*ok(limit("A", "10"), limit("B", "10"), limit("C", "10", "A", "B")),
                  (limit("C", "10", "B", "A"), "id_conflict"),
                  *ok(cmd("unlock", "u", limit="A", amount="1", until="2026-01-01",
                          lifts=["expired", "limit_frozen", "expired"])),
                  (cmd("unlock", "u", limit="A", amount="1.0", until="2026-01-01",
                       lifts=["limit_frozen", "expired"]), "exists"))

    def test_a_rejected_id_is_free_a20(self):
        self.play(*ok(limit("A", "10")), (draw("d", "A", "11"), [exceeded("A", "10.00", "11.00")]),
                  (draw("d", "A", "10"), "ok"), (cmd("get", exposure_id="d"), {"amount": "10.00"}))


class Answers(unittest.TestCase):
    """The canonical form, byte for byte."""

    def test_members_in_their_order(self):
        lines = ['{"op":"limit.open","id":"根","currency":"KWD","cap":"1","holder":"H","kind":"k",'
                 '"from":"1970-01-01","until":"1970-01-09","due_until":"1970-02-01",'
                 '"tolerance_bps":5,"measure":"exposure","mode":"soft","revolving":false}',
                 '{"op":"limit.raise","id":"n","limit":"根","amount":"2","from":"1970-01-01",'
                 '"until":"1970-01-02"}', '{"op":"get","id":"q","limit":"根"}',
                 '{"op":"reserve","id":"r","limit":"根","amount":"5","exposure":"4","due":'
                 '"1970-01-01"}', '{"op":"get","reservation":"r"}',
                 '{"op":"unlock","id":"u","limit":"根","amount":"1","until":"1970-01-01",'
                 '"lifts":["expired","limit_exceeded"]}', '{"op":"get","unlock":"u"}']
        wanted = ['{"id":"根","result":"ok"}', '{"id":"n","result":"ok"}',
                  '{"id":"q","result":"ok","limit":{"id":"根","holder":"H","kind":"k","currency":'
                  '"KWD","parents":[],"measure":"exposure","mode":"soft","revolving":false,"cap":'
                  '"1.000","tolerance_bps":5,"raise":{"amount":"2.000","from":"1970-01-01","until":'
                  '"1970-01-02"},"status":"active","from":"1970-01-01","until":"1970-01-09",'
                  '"due_until":"1970-02-01","frozen":"0.000","used":"0.000","reserved":"0.000",'
                  '"outstanding":"0.000","committed":"0.000","effective_cap":"3.000","available":'
                  '"3.000","over":false}}', '{"id":"r","result":"ok","over":["根"]}',
                  '{"result":"ok","reservation":{"id":"r","limit":"根","currency":"KWD","amount":'
                  '"5.000","exposure":"4.000","weighted":"4.000","remaining_amount":"5.000",'
                  '"remaining_exposure":"4.000","remaining_weighted":"4.000"}}',
                  '{"id":"u","result":"ok"}',
                  '{"result":"ok","unlock":{"id":"u","limit":"根","amount":"1.000","remaining":'
                  '"1.000","until":"1970-01-01","lifts":["limit_exceeded","expired"]}}']
        results = model.replay("\n".join(lines).encode("utf-8"))
        self.assertEqual([result.decode("utf-8") for result in results], wanted)

    def test_money(self):
        self.assertEqual([form.money(*a) for a in ((0, 2), (-5, 2), (-100, 2), (7, 0), (12345, 4))],
                         ["0.00", "-0.05", "-1.00", "7", "1.2345"])

    def test_as_a_program(self):
        done = subprocess.run([sys.executable, str(HERE / "model.py"), "--base", "USD"], check=True,
                              input=b'{"op":"rate.set","id":"a","currency":"USD","rate":"2"}\n\n',
                              capture_output=True)
        self.assertEqual(done.stdout, b'{"id":"a","result":"bad_rate"}\n{"result":"bad_request"}\n')


if __name__ == "__main__":
    unittest.main()
