"""What a line carries: JSON with its digits kept, the form of each command (step 1 of "Results"),
and amounts as text. The ledger that judges the commands is in model.py.

Sources: docs/reference/ledger.md, "Values" and "Commands"; ledger-choices.md, "Form".
"""

import datetime
import json
import re

MAX_AMOUNT = 10 ** 18
RATE_ONE = 10 ** 10

# ISO 4217, active codes with minor units: decimals -> codes.
CODES = {
    2: """AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD
          CAD CDF CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP
          GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK
          LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO
          NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS
          SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST
          XAD XCD XCG YER ZAR ZMW ZWG""",
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}
DIGITS = {code: digits for digits, codes in CODES.items() for code in codes.split()}


# ---------------------------------------------------------------------------------------------
# Reading a line


class Number(str):
    """A JSON number, kept as the characters it was written with."""


class Unreadable:
    """A line that is no JSON (F13, F15)."""


UNREADABLE = Unreadable()


def _object(pairs):
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member is given twice")
    return members


def _constant(name):
    raise ValueError(name + " is no JSON")


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_float=Number, parse_int=Number,
                            parse_constant=_constant)
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def _has_lone_surrogate(value):
    if isinstance(value, str):
        return any("\ud800" <= c <= "\udfff" for c in value)
    if isinstance(value, list):
        return any(_has_lone_surrogate(v) for v in value)
    if isinstance(value, dict):
        return any(_has_lone_surrogate(k) or _has_lone_surrogate(v) for k, v in value.items())
    return False


def decode_line(line):
    """One line of bytes -> the JSON value with its numbers as Number, or UNREADABLE."""
    try:
        value = _DECODER.decode(line.decode("utf-8"))
    except (ValueError, RecursionError):
        return UNREADABLE
    if b"\\u" in line and _has_lone_surrogate(value):
        return UNREADABLE
    return value


def encode_result(result):
    return _ENCODER.encode(result)


def split_lines(data):
    """Bytes of NDJSON -> its lines; a newline at the very end does not begin another line."""
    lines = data.split(b"\n")
    if lines[-1] == b"":
        lines.pop()
    return lines


# ---------------------------------------------------------------------------------------------
# Form: step 1. A reader takes a member's value, adds to `wrong` every code it breaks, and returns
# what the command carries.

FORM_ORDER = ("bad_request", "bad_id", "bad_currency", "bad_amount", "bad_rate", "bad_date")
DECIMAL = re.compile(r"([0-9]+)(?:\.([0-9]+))?")
DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
TIME = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt]([0-9]{2}):([0-9]{2}):([0-9]{2})"
                  r"(?:\.([0-9]{1,9}))?(?:[Zz]|[+-]00:00)")
CONTROL = re.compile("[\u0000-\u001f\u007f-\u009f]")
LIFTS = ("limit_exceeded", "limit_frozen", "not_yet_valid", "expired", "due_required",
         "due_too_late")


def is_id(value):
    return (type(value) is str and 1 <= len(value.encode("utf-8")) <= 32
            and value[0] != " " and value[-1] != " " and not CONTROL.search(value))


def parse_date(text):
    if not DATE.fullmatch(text):
        return None
    try:
        return datetime.date.fromisoformat(text).isoformat()
    except ValueError:
        return None


def parse_time(text):
    match = TIME.fullmatch(text)
    if not match:
        return None
    day, hour, minute, second, fraction = match.groups()
    if parse_date(day) is None or int(hour) > 23 or int(minute) > 59 or int(second) > 59:
        return None
    seconds = ((datetime.date.fromisoformat(day).toordinal() - 1) * 86400
               + int(hour) * 3600 + int(minute) * 60 + int(second))
    return seconds * 10 ** 6 + int((fraction or "").ljust(6, "0")[:6])


EPOCH = parse_time("1970-01-01T00:00:00Z")


def read_id(value, wrong):
    if type(value) is not str:
        wrong.add("bad_request")
    elif not is_id(value):
        wrong.add("bad_id")
    return value


def read_holder(value, wrong):
    return value if value == "" and type(value) is str else read_id(value, wrong)


def ids_reader(most):
    def read(value, wrong):
        if type(value) is not list or len(value) > most:  # F12
            wrong.add("bad_request")
            return ()
        return tuple(read_id(member, wrong) for member in value)
    return read


def read_kind(value, wrong):
    if type(value) is not str or len(value.encode("utf-8")) > 32 or CONTROL.search(value):
        wrong.add("bad_request")
    return value


def read_text(value, wrong):
    if type(value) is not str or len(value.encode("utf-8")) > 1024 or "\0" in value:
        wrong.add("bad_request")
    return value


def read_currency(value, wrong):
    if type(value) is not str:
        wrong.add("bad_request")
    elif value not in DIGITS:
        wrong.add("bad_currency")
    return value


def read_amount(value, wrong):
    """-> (value in ten-thousandths, decimals as written)"""
    if type(value) is not str and type(value) is not Number:
        wrong.add("bad_request")
        return None
    match = DECIMAL.fullmatch(value)  # F1
    if not match:
        wrong.add("bad_amount")
        return None
    whole, fraction = match[1].lstrip("0"), match[2] or ""
    if len(fraction) > 4 or len(whole) > 19:  # F3
        wrong.add("bad_amount")
        return None
    if int(whole + fraction or "0") > MAX_AMOUNT:  # F3
        wrong.add("bad_amount")
    amount = int(whole or "0") * 10 ** 4 + int(fraction.ljust(4, "0"))
    return amount, len(fraction)


def read_rate(value, wrong):
    """-> 10^-10 of the base currency"""
    if type(value) is not str:
        wrong.add("bad_request")
        return None
    match = DECIMAL.fullmatch(value)
    if not match:
        wrong.add("bad_rate")
        return None
    whole, fraction = match[1].lstrip("0"), match[2] or ""
    if len(fraction) > 10 or len(whole) > 7:
        wrong.add("bad_rate")
        return None
    rate = int(whole or "0") * RATE_ONE + int(fraction.ljust(10, "0"))
    if not 0 < rate <= 10 ** 6 * RATE_ONE:
        wrong.add("bad_rate")
    return rate


def word_reader(parse, code):
    def read(value, wrong):
        if type(value) is not str:
            wrong.add("bad_request")
            return None
        parsed = parse(value)
        if parsed is None:
            wrong.add(code)
        return parsed
    return read


def choice_reader(*words):
    def read(value, wrong):
        if type(value) is not str or value not in words:  # F11
            wrong.add("bad_request")
        return value
    return read


def read_bool(value, wrong):
    if type(value) is not bool:
        wrong.add("bad_request")
    return value


def read_bps(value, wrong):
    if type(value) is not Number or not re.fullmatch("[0-9]{1,7}", value) \
            or int(value) > 1000000:  # F9
        wrong.add("bad_request")
        return None
    return int(value)


def read_lifts(value, wrong):
    """-> the reasons, each once, in the order in which ledger.md lists them"""
    if type(value) is not list or not value \
            or any(type(word) is not str or word not in LIFTS for word in value):
        wrong.add("bad_request")
        return ()
    return tuple(word for word in LIFTS if word in value)


READERS = {
    "op": lambda value, wrong: value,
    "id": read_id, "limit": read_id, "reservation": read_id, "exposure_id": read_id,
    "unlock": read_id, "holder": read_holder, "parents": ids_reader(31), "unlocks": ids_reader(16),
    "kind": read_kind, "actor": read_text, "reason": read_text, "case": read_text,
    "currency": read_currency, "rate": read_rate, "lifts": read_lifts, "tolerance_bps": read_bps,
    "amount": read_amount, "exposure": read_amount, "weighted": read_amount, "cap": read_amount,
    "date": word_reader(parse_date, "bad_date"), "from": word_reader(parse_date, "bad_date"),
    "until": word_reader(parse_date, "bad_date"), "due": word_reader(parse_date, "bad_date"),
    "due_until": word_reader(parse_date, "bad_date"), "at": word_reader(parse_time, "bad_date"),
    "expires": word_reader(parse_time, "bad_date"),
    "revolving": read_bool, "final": read_bool, "linked": read_bool,
    "measure": choice_reader("nominal", "exposure", "weighted"),
    "mode": choice_reader("hard", "soft", "off"), "status": choice_reader("active", "pending"),
}

COMMON = ("op", "id", "at", "actor", "reason", "case", "linked")

# op: (fields that must be there, fields that may be there)
FIELDS = {
    "rate.set": ("id currency rate", ""),
    "day.open": ("id date", ""),
    "limit.open": ("id currency cap", "parents holder kind measure mode revolving tolerance_bps "
                                      "status from until due_until"),
    "limit.adjust": ("id limit", "cap until due_until tolerance_bps mode"),
    "limit.raise": ("id limit amount from until", ""),
    "limit.activate": ("id limit", ""),
    "limit.freeze": ("id limit", "amount"),
    "limit.unfreeze": ("id limit", "amount"),
    "limit.move": ("id limit parents", ""),
    "limit.close": ("id limit", ""),
    "unlock": ("id limit amount until", "lifts"),
    "reserve": ("id limit amount", "currency exposure weighted due expires unlocks"),
    "confirm": ("id reservation", "amount exposure weighted final"),
    "cancel": ("id reservation", ""),
    "draw": ("id limit amount", "currency exposure weighted due unlocks"),
    "repay": ("id exposure_id", "amount exposure weighted"),
    "restate": ("id exposure_id amount", "exposure weighted"),
    "check": ("limit amount", "currency exposure weighted due unlocks"),
    "get": ("", "limit reservation exposure_id unlock"),
}
REQUIRED = {op: must.split() for op, (must, _) in FIELDS.items()}
KNOWN = {op: frozenset(must.split()) | frozenset(may.split()) | frozenset(COMMON)
         for op, (must, may) in FIELDS.items()}
GETTERS = ("limit", "reservation", "exposure_id", "unlock")
ADJUSTABLE = ("cap", "until", "due_until", "tolerance_bps", "mode")

# What a member stands for when it is left out: always the same, or by the state (I1).
DEFAULTS = {
    "actor": "", "reason": "", "case": "", "parents": (), "holder": "", "kind": "",
    "measure": "nominal", "mode": "hard", "revolving": True, "tolerance_bps": 0,
    "status": "active", "lifts": ("limit_exceeded",), "unlocks": (), "final": True,
}
OP_DEFAULTS = {op: {name: value for name, value in DEFAULTS.items() if name in KNOWN[op]
                    and not (op == "limit.adjust" and name in ADJUSTABLE)}  # I2
               for op in FIELDS}
NO_CONTENT = ("id", "at", "linked")
STATE_DEFAULTS = {"confirm": ("amount", "exposure", "weighted"),
                  "repay": ("amount", "exposure", "weighted"),
                  "restate": ("exposure", "weighted")}  # I1


def to_minor(amount, digits):
    """(ten-thousandths, decimals) -> minor units, or None where the currency cannot hold it."""
    value, decimals = amount
    minor = value // 10 ** (4 - digits)
    return minor if decimals <= digits and minor <= MAX_AMOUNT else None


def read(obj, base):
    """Step 1: -> (the first code broken, None) or (None, the command with its values read)."""
    op = obj.get("op")
    if type(op) is not str or op not in FIELDS:
        return "bad_request", None
    for name in REQUIRED[op]:
        if name not in obj:
            return "bad_request", None
    known, wrong, cmd = KNOWN[op], set(), {}
    for name, value in obj.items():
        if name not in known:
            return "bad_request", None
        cmd[name] = READERS[name](value, wrong)
    if op == "limit.adjust" and not any(name in cmd for name in ADJUSTABLE):
        wrong.add("bad_request")
    if op == "get" and sum(name in cmd for name in GETTERS) != 1:  # F14
        wrong.add("bad_request")
    judge_amounts(cmd, wrong)
    if op == "rate.set" and cmd["currency"] == base and cmd["rate"] != RATE_ONE:  # F6
        wrong.add("bad_rate")
    if cmd.get("from") and cmd.get("until") and cmd["until"] < cmd["from"]:  # F7
        wrong.add("bad_date")
    for code in FORM_ORDER:
        if code in wrong:
            return code, None
    return None, cmd


def judge_amounts(cmd, wrong):
    """What step 1 can say of amounts that are well formed one by one: zero, F3, F4."""
    if not wrong <= {"bad_rate", "bad_date"}:
        return  # bad_amount is found already, or something that comes before it
    amount = cmd.get("amount")
    if amount is not None:
        if amount[0] == 0 and cmd["op"] != "restate":
            wrong.add("bad_amount")
        for name in ("exposure", "weighted"):
            if name in cmd and cmd[name][0] > amount[0]:
                wrong.add("bad_amount")
    if "currency" in cmd:
        for name in ("amount", "exposure", "weighted", "cap"):
            if name in cmd and to_minor(cmd[name], DIGITS[cmd["currency"]]) is None:
                wrong.add("bad_amount")


def money(minor, digits):
    sign, minor = ("-", -minor) if minor < 0 else ("", minor)
    if digits == 0:
        return sign + str(minor)
    return "%s%d.%0*d" % (sign, minor // 10 ** digits, digits, minor % 10 ** digits)
