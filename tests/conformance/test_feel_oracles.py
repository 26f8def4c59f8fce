"""FEEL against others: numbers against libdecnumber (tests/oracle/oracle_decimal.c) and against Python's decimal,
dates, times and durations against Python's calendar and time zones. The sizes grow with HEADROOM_TIER."""

import calendar
import datetime
import decimal
import os
import pathlib
import random
import subprocess
import unittest
import zoneinfo

SOURCE = pathlib.Path(os.environ.get("HEADROOM_SOURCE", pathlib.Path(__file__).resolve().parents[2]))
BUILD = pathlib.Path(os.environ.get("HEADROOM_BUILD", SOURCE / "build")).resolve()
TIER = os.environ.get("HEADROOM_TIER", "test")
NUMBERS = {"test": 20000, "check": 200000, "soak": 1000000}[TIER]
DATES = {"test": 4000, "check": 40000, "soak": 1000000}[TIER]
SEED = 20261125
ZONES = ["Asia/Shanghai", "Europe/Paris", "America/New_York", "Australia/Melbourne", "Asia/Kolkata", "Etc/UTC"]


def evaluate(expressions):
    done = subprocess.run([BUILD / "tests" / "support" / "feel_lines"], input="\n".join(expressions) + "\n",
                          stdout=subprocess.PIPE, text=True, timeout=1200, check=True)
    return done.stdout.splitlines()


class Numbers(unittest.TestCase):
    def test_libdecnumber(self):
        oracle = BUILD / "tests" / "oracle" / "oracle_decimal"
        if not oracle.exists():
            self.skipTest("libdecnumber (libdfp-dev) is not there")
        done = subprocess.run([oracle, str(NUMBERS), str(SEED)], stdout=subprocess.PIPE, text=True, timeout=1200,
                              check=False)
        self.assertEqual(done.stdout, f"{NUMBERS} expressions, 0 differ\n")

    def test_python(self):
        draw = random.Random(SEED)
        context = decimal.Context(prec=34, rounding=decimal.ROUND_HALF_EVEN, Emin=-6143, Emax=6144, clamp=1,
                                  traps=[decimal.InvalidOperation, decimal.DivisionByZero, decimal.Overflow])

        def number():
            digits = draw.choice([3, 8, 17, 34])
            text = str(draw.randrange(10 ** digits))
            point = draw.randrange(len(text) + 1)
            sign = "-" if draw.random() < 0.3 else ""
            return sign + text[:point] + ("." + text[point:] if point < len(text) else "")

        expressions, expected = [], []
        for _ in range(NUMBERS // 4):
            a, b, c = number(), number(), number()
            first, second = draw.choice("+-*/"), draw.choice("+-*/")
            expressions.append(f"(({a}) {first} ({b})) {second} ({c})")
            operations = {"+": context.add, "-": context.subtract, "*": context.multiply, "/": context.divide}
            try:
                value = operations[first](decimal.Decimal(a), decimal.Decimal(b))
                expected.append(operations[second](value, decimal.Decimal(c)))
            except (decimal.InvalidOperation, decimal.DivisionByZero, decimal.Overflow):
                expected.append(None)
        for expression, wanted, got in zip(expressions, expected, evaluate(expressions)):
            value = None if got == "null" else decimal.Decimal(got)
            self.assertEqual(value, wanted, expression)


def day(draw):
    return datetime.date.fromordinal(draw.randrange(1, datetime.date.max.toordinal() + 1))


def months_later(date, months):
    """The day moved by months; beyond the end of its month it is the last one."""
    year, month = divmod(date.year * 12 + date.month - 1 + months, 12)
    return datetime.date(year, month + 1, min(date.day, calendar.monthrange(year, month + 1)[1]))


def months_between(start, end):
    if end < start:
        return -months_between(end, start)
    months = (end.year - start.year) * 12 + end.month - start.month
    return months - (1 if end.day < start.day else 0)


def months_text(months):
    years, rest = divmod(abs(months), 12)
    text = "P" + (f"{years}Y" if years else "") + (f"{rest}M" if rest or not years else "")
    return "-" + text if months < 0 else text


def span_text(seconds):
    days, rest = divmod(abs(seconds), 86400)
    hours, rest = divmod(rest, 3600)
    minutes, rest = divmod(rest, 60)
    time = (f"{hours}H" if hours else "") + (f"{minutes}M" if minutes else "") + (f"{rest}S" if rest else "")
    text = "P" + (f"{days}D" if days else "") + (f"T{time}" if time else "")
    text = "PT0S" if text == "P" else text
    return "-" + text if seconds < 0 else text


class Calendar(unittest.TestCase):
    def compare(self, rows):
        for (expression, wanted), got in zip(rows, evaluate([expression for expression, _ in rows])):
            self.assertEqual(got, wanted, expression)

    def test_days(self):
        draw = random.Random(SEED)
        rows = []
        for _ in range(DATES):
            date = day(draw)
            text = f'@"{date.isoformat()}"'
            rows += [
                (f"{text}.weekday", str(date.isoweekday())),
                (f"day of year({text})", str(date.timetuple().tm_yday)),
                (f"week of year({text})", str(date.isocalendar()[1])),
                (f"day of week({text})", f'"{calendar.day_name[date.weekday()]}"'),
                (f"month of year({text})", f'"{calendar.month_name[date.month]}"'),
            ]
        self.compare(rows)

    def test_arithmetic_of_days(self):
        draw = random.Random(SEED + 1)
        rows = []
        for _ in range(DATES):
            a, b = day(draw), day(draw)
            rows.append((f'@"{a}" - @"{b}"', f'"{span_text((a - b).days * 86400)}"'))
            rows.append((f'years and months duration(@"{a}", @"{b}")', f'"{months_text(months_between(a, b))}"'))
            months = draw.randrange(-2400, 2400)
            if 2 <= a.year + months // 12 <= 9997:
                rows.append((f'@"{a}" + @"{months_text(months)}"', f'"{months_later(a, months)}"'))
            days = draw.randrange(-100000, 100000)
            if 1 <= a.toordinal() + days <= datetime.date.max.toordinal():
                moved = datetime.date.fromordinal(a.toordinal() + days)
                rows.append((f'@"{a}" + @"{span_text(days * 86400)}"', f'"{moved}"'))
        self.compare(rows)

    def test_durations(self):
        draw = random.Random(SEED + 2)
        rows = []
        for _ in range(DATES):
            a, b = (draw.randrange(-10 ** 9, 10 ** 9) for _ in range(2))
            factor = draw.randrange(-50, 50)
            rows += [
                (f'@"{span_text(a)}" + @"{span_text(b)}"', f'"{span_text(a + b)}"'),
                (f'@"{span_text(a)}" - @"{span_text(b)}"', f'"{span_text(a - b)}"'),
                (f'@"{span_text(a)}" * ({factor})', f'"{span_text(a * factor)}"'),
                (f'@"{span_text(a)}" < @"{span_text(b)}"', str(a < b).lower()),
                (f'@"{months_text(a % 99999)}" - @"{months_text(b % 99999)}"',
                 f'"{months_text(a % 99999 - b % 99999)}"'),
            ]
        self.compare(rows)

    def test_moments_with_offsets_and_zones(self):
        draw = random.Random(SEED + 3)
        rows = []
        for _ in range(DATES):
            name = draw.choice(ZONES)
            zone = zoneinfo.ZoneInfo(name)
            utc = datetime.datetime(1971, 1, 2, tzinfo=datetime.timezone.utc) + datetime.timedelta(
                seconds=draw.randrange(60 * 365 * 86400))
            local = utc.astimezone(zone)
            if datetime.datetime(*local.timetuple()[:6], tzinfo=zone).astimezone(datetime.timezone.utc) != utc:
                continue  # a clock that shows the same twice
            text = f'@"{local.strftime("%Y-%m-%dT%H:%M:%S")}@{name}"'
            offset = int(local.utcoffset().total_seconds())
            rows += [
                (f"{text}.time offset", f'"{span_text(offset)}"'),
                (f'{text} = @"{utc.strftime("%Y-%m-%dT%H:%M:%SZ")}"', "true"),
                (f'{text} - @"1970-01-01T00:00:00Z"', f'"{span_text(int(utc.timestamp()))}"'),
            ]
            shift = draw.randrange(-14 * 60, 14 * 60 + 1)
            sign, minutes = "-" if shift < 0 else "+", abs(shift)
            there = (utc + datetime.timedelta(minutes=shift)).strftime("%Y-%m-%dT%H:%M:%S")
            there = f"{there}{sign}{minutes // 60:02}:{minutes % 60:02}"
            rows.append((f'@"{there}" = @"{utc.strftime("%Y-%m-%dT%H:%M:%SZ")}"', "true"))
        self.assertGreater(len(rows), DATES)
        self.compare(rows)


if __name__ == "__main__":
    unittest.main()
