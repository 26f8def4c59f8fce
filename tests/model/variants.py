"""Commands made from other commands: repeats under the same id, and what is malformed."""

import form
from commands import Num, Raw


class Variants:
    """The part of a stream that varies and breaks commands: see Stream in generate.py."""

    # -- repeats: the same id again

    def gen_repeat(self):
        if not self.accepted:
            return None
        recent = self.accepted[-60:] if self.chance(0.5) else self.accepted
        obj = dict(self.rng.choice(recent))
        obj.pop("at", None)
        obj.pop("linked", None)
        for _ in range(self.rng.choice((0, 0, 1, 1, 2))):
            self.vary(obj)
        return obj

    def vary(self, obj):
        """Another way of writing the same content, or another content."""
        rng, op = self.rng, obj["op"]
        roll = rng.random()
        if roll < 0.25:
            self.spell_defaults(obj)
        elif roll < 0.4:
            name = rng.choice(list(obj))
            if name not in ("op", "id", "limit", "reservation", "exposure_id", "currency", "cap"):
                if name not in form.REQUIRED[op]:
                    del obj[name]
        elif roll < 0.6:
            for name in ("amount", "exposure", "weighted", "cap", "rate"):
                if name in obj and isinstance(obj[name], str) and self.chance(0.6):
                    obj[name] = self.same_value(str(obj[name]))
        elif roll < 0.7:
            for name in ("parents", "unlocks", "lifts"):
                if name in obj:
                    obj[name] = list(obj[name])[::-1] + list(obj[name])[:rng.randint(0, 1)]
        elif roll < 0.8:
            obj[rng.choice(("actor", "reason", "case"))] = rng.choice(("", "", "li"))
        elif roll < 0.9 and "amount" in obj:
            obj["amount"] = self.other_value(str(obj["amount"]))
        elif roll < 0.95:
            obj["op"] = rng.choice((op, "draw", "reserve", "limit.close", "cancel", "confirm"))
        else:
            for name in ("limit", "exposure_id", "reservation"):
                if name in obj:
                    obj[name] = self.limit_name()

    def same_value(self, text):
        if self.chance(0.4) and "." in text:
            return text.rstrip("0").rstrip(".")
        text += "0" if "." in text else ".0"
        if self.chance(0.4) and text[0] != "0" and form.DECIMAL.fullmatch(text):
            return Num(text)
        return text

    def other_value(self, text):
        return text + "1" if self.chance(0.5) else "1" + text

    def spell_defaults(self, obj):
        """Writes members that the command left out, mostly with the values they had."""
        rng, op = self.rng, obj["op"]
        for name, value in form.OP_DEFAULTS[op].items():
            if name not in obj and self.chance(0.4):
                obj[name] = list(value) if isinstance(value, tuple) else value
                if name == "tolerance_bps":
                    obj[name] = Num(value)
        if op in ("draw", "reserve") and "limit" in obj and "amount" in obj:
            limit = self.ledger.limits.get(obj["limit"])
            if limit and self.chance(0.5):
                obj.setdefault("currency", limit["currency"])
            if self.chance(0.5):
                obj.setdefault("exposure", obj["amount"])
            if "exposure" in obj and self.chance(0.5):
                obj.setdefault("weighted", obj["exposure"])
        first = self.ledger.accepted.get(obj["id"])
        for name in form.STATE_DEFAULTS.get(op, ()):
            if name not in obj and first and first["applied"] and self.chance(0.6):
                value = first["applied"][name] + (10 ** 4 if self.chance(0.15) else 0)
                obj[name] = form.money(value, 4).rstrip("0").rstrip(".")
            elif name in obj and self.chance(0.3):
                del obj[name]

    # -- what is wrong in itself

    def gen_noise(self):
        """A line that is no command at all."""
        rng = self.rng
        line = rng.choice((
            b"", b"null", b"[]", b"{}", b"42", b"\"op\"", b"{", b"}{", b"{\"op\":}", b"nonsense",
            b"{\"op\":\"get\",\"limit\":\"L1\"", b"{\"op\":\"get\",\"limit\":\"L1\"} x",
            b"{\"op\":\"get\",\"op\":\"get\",\"limit\":\"L1\"}", b"{'op':'get'}", b"\xff\xfe",
            b"{\"op\":\"get\",\"limit\":\"\xc3\x28\"}", b"{\"op\":\"get\",\"limit\":\"L\x01\"}",
            b"{\"op\":\"get\",\"limit\":\"\\u0000\"}", b"{\"op\":\"get\",\"limit\":\"\\ud800\"}",
            b"{\"op\":\"get\",\"limit\":\"L1\",}", b"[{\"op\":\"get\",\"limit\":\"L1\"}]",
            b"{\"op\":\"nothing\",\"id\":\"n\"}", b"{\"id\":\"n\"}", b"{\"op\":7,\"id\":\"n\"}",
            b"{\"op\":\"check\",\"limit\":\"L1\",\"amount\":NaN}",
            b"{\"op\":\"get\",\"limit\":\"L1\\x\"}",
            b"{\"op\":\"draw\",\"id\":\"n\",\"limit\":\"L1\",\"amount\":01}", b" \t ", b"true",
            b"{\"op\":\"draw\",\"id\":\"n\",\"limit\":\"L1\",\"amount\":1.}",
            b"{\"op\":\"get\",\"limit\":\"L1\",\"x\":{\"a\":1,\"a\":1},\"linked\":true}",
            b"{\"op\":\"get\",\"limit\":\"L1\",\"x\":[{\"a\":[1,{}]}],\"id\":\"n\"}",
            b"{\"op\":\"x\",\"id\":\"n\",\"linked\":true,\"at\":\"2027-01-01T00:00:00Z\"}",
            b"{\"op\":\"x\",\"id\":\"n\",\"id\":\"m\",\"linked\":true}",
            b"\xef\xbb\xbf{\"op\":\"get\",\"limit\":\"L1\"}",
            b"{\"op\":\"get\",\"limit\":\"L1\"}\r"))
        return Raw(line.decode("latin-1"))

    def broken(self, obj):
        """A well-formed command -> one with one or more things wrong."""
        obj = dict(obj)
        for _ in range(self.rng.choice((1, 1, 1, 2, 2, 3))):
            getattr(self, "break_" + self.rng.choice((
                "type", "type", "missing", "unknown", "id", "id", "currency", "amount", "amount",
                "amount", "rate", "date", "date", "time", "text", "word", "list", "linked",
                "number")))(obj)
        return obj

    def one_of(self, obj, names):
        names = [name for name in names if name in obj]
        return self.rng.choice(names) if names else None

    def break_type(self, obj):
        name = self.rng.choice(list(obj))
        obj[name] = self.rng.choice((None, True, False, [], Raw("{}"), Num("1"), "x", [None], "",
                                     Num("-1"), Raw("[[]]")))

    def break_missing(self, obj):
        del obj[self.rng.choice(list(obj))]
        obj.setdefault("op", "get")

    def break_unknown(self, obj):
        obj[self.rng.choice(("x", "Limit", "expires", "due", "final", "rate", "date", "limit", "id",
                             "amount", "until", "currency", "parents", "unlock", "", "op "))] = \
            self.rng.choice(("1", "CNY", "2026-01-01", "L1"))

    def break_id(self, obj):
        name = self.one_of(obj, ("id", "limit", "reservation", "exposure_id", "unlock", "holder"))
        if name:
            obj[name] = self.rng.choice(("", " a", "a ", "a\u0001", "x" * 33, "额" * 11, "a\u007f",
                                         "a\u0085b", "\n", "\u00a0", "\u3000a", "x" * 32, "a\u0000",
                                         "\U0001f600" * 9, "\U0001f600" * 8))

    def break_currency(self, obj):
        if "currency" in obj or obj.get("op") in ("draw", "reserve", "check"):
            obj["currency"] = self.rng.choice(("XAU", "cny", "ZZZ", "", "CNY ", "DEM", "XDR", "UYI",
                                               "CLF", "UYW", "HRK", "156", "VED", "ZWG", "XTS"))

    def break_amount(self, obj):
        name = self.one_of(obj, ("amount", "exposure", "weighted", "cap")) or "amount"
        obj[name] = self.rng.choice((
            "-1", "+1", "1e3", "1.", ".5", "", " 1", "1 ", "1,000", "0", "0.00", "1.00000",
            "1.0000", "1.00001", "0x10", "１", "1000000000000000000", "1000000000000000001",
            "10000000000000000", "10000000000000000.01", "999999999999999999999999999", "1.0.0",
            "000000000000000000000000000000000001", Num("-1"), Num("1e3"), Num("1E+2"), Num("0.5"),
            Num("-0"), Num("1.00000"), Num("0"), Num("0.0"), Num("1000000000000000000.0000"),
            "1000000000000000000.0001", "10000000000000000.00", "1.001", "1.01", "1.1", "Infinity",
            "9" * 50 + ".5", "0." + "0" * 30, "1\u0000", Num("123456789012345678901234567890")))
        if self.chance(0.3):
            obj[self.rng.choice(("exposure", "weighted"))] = self.rng.choice(
                ("0", "1000000", "0.001", "-0", "999999999999999999", Num("0")))

    def break_rate(self, obj):
        obj.update({"op": "rate.set", "id": self.fresh_id("c"),
                    "currency": self.rng.choice(("USD", "CNY", "XAU", "JPY"))})
        for name in ("limit", "amount", "reservation", "exposure_id"):
            obj.pop(name, None)
        obj["rate"] = self.rng.choice((
            "0", "0.0", "-1", "1e3", "1000000", "1000000.0000000001", "0.00000000001",
            "1.0000000000", "1.00000000000", "", "x", Num("1"), Num("7.1"), "1.", "+1", "007.1",
            "0.0000000001", "2", "1000001", None, "1", "1.0", "12345678901234567890"))

    def break_date(self, obj):
        name = self.one_of(obj, ("date", "from", "until", "due", "due_until")) \
            or self.rng.choice(("due", "until", "date", "from"))
        obj[name] = self.rng.choice((
            "2026-02-29", "2024-02-29", "2026-13-01", "2026-00-10", "2026-1-1", "0000-01-01",
            "0001-01-01", "9999-12-31", "20260101", "2026-01-01T00:00:00Z", "", "2026-04-31",
            "2100-02-29", "2000-02-29", " 2026-01-01", "10000-01-01", "２026-01-01", "2026-01-00",
            "2026-W01-1", "+2026-01-01"))
        if self.chance(0.3) and obj.get("op") in ("limit.open", "limit.raise"):
            obj["from"], obj["until"] = self.rng.choice((
                ("1970-01-05", "1970-01-04"), ("1970-01-05", "1970-01-05"), ("9999-12-31", "x")))

    def break_time(self, obj):
        name = "expires" if obj.get("op") == "reserve" and self.chance(0.5) else "at"
        obj[name] = self.rng.choice((
            "2026-01-01", "1970-01-01T00:00:60Z", "1970-01-01T24:00:00Z", "1970-01-01T00:00:00",
            "1970-01-01T00:00:00+01:00", "1970-01-01 00:00:00Z", "1970-01-01T00:00:00.Z",
            "1970-01-01T00:00:00.1234567890Z", "1970-01-01T00:00:00.123456789Z",
            "1969-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "0000-01-01T00:00:00Z", "",
            "1970-01-01T00:00:00-00:00", "1970-01-01t00:00:01z", "1970-02-30T00:00:00Z",
            "1970-01-01T00:60:00Z", "1970-01-01T00:00Z", "1970-01-01T0:00:00Z",
            "1970-1-1T00:00:00Z",
            "1970-01-01T00:00:00+00:00Z", "1970-01-01T00:00:00,5Z", "1970-01-01T00:00:00+0000",
            "-1970-01-01T00:00:00Z", "1970-01-01T00:00:00.000001Z ",
            "1970-01-01T00:00:00.0000019Z"))

    def break_text(self, obj):
        obj[self.rng.choice(("actor", "reason", "case", "kind"))] = self.rng.choice((
            "x" * 1025, "授" * 342, "a\u0000", "授" * 341, "a\u0001b", "x" * 33, "授" * 11,
            "a\u0080", "a\u007f", None))

    def break_word(self, obj):
        name = self.one_of(obj, ("measure", "mode", "status")) \
            or self.rng.choice(("measure", "mode", "status", "revolving", "final", "tolerance_bps"))
        obj[name] = self.rng.choice(("Hard", "", "soft", "nominal ", "frozen", "closed", Num("1"),
                                     None, "active", Num("-0"), Num("1e2"), Num("100.0"),
                                     Num("1000001"), Num("1000000"), Num("-1"), "5",
                                     Num("99999999999999999999999")))

    def break_list(self, obj):
        name = self.one_of(obj, ("parents", "unlocks", "lifts")) \
            or self.rng.choice(("parents", "unlocks", "lifts"))
        obj[name] = self.rng.choice((
            [], ["L1"] * 31, ["L1"] * 32, ["L1"] * 16, ["L1"] * 17, [Num("1")], ["limit_exceeded"],
            ["limit_closed"], ["", "x"], [None], "L1", ["expired", "expired"], Raw("{}"),
            ["x" * 33], ["L1", " "], ["limit_exceeded", "Expired"]))

    def break_linked(self, obj):
        obj["linked"] = self.rng.choice(("true", Num("1"), None, [], Num("0"), "", True, False))

    def break_number(self, obj):
        name = self.one_of(obj, ("amount", "cap", "id", "limit")) or "id"
        obj[name] = self.rng.choice((Num("1"), Num("2.5"), Num("1e0"), Num("100"), Raw("[1]")))
