"""The commands of a random stream that are well formed: small choices, amounts aimed at the model's
state, and a method for each word of the profiles in generate.py.
"""

import datetime
import json

import form
import model


DAY = 86400 * 10 ** 6


class Num(str):
    """A JSON number with its characters as they shall stand."""


class Raw(str):
    """JSON text, or what only looks like it."""


def encode(value, ascii_only):
    if isinstance(value, (Num, Raw)):
        return str(value)
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(encode(member, ascii_only) for member in value) + "]"
    return json.dumps(value, ensure_ascii=ascii_only)


def date_text(text, days):
    """The business date `text`, some days later, within the years that exist."""
    ordinal = datetime.date.fromisoformat(text).toordinal() + days
    return datetime.date.fromordinal(min(max(ordinal, 1), 3652059)).isoformat()


def time_text(micros):
    seconds, fraction = divmod(max(micros, 0), 10 ** 6)
    days, seconds = divmod(seconds, 86400)
    day = datetime.date.fromordinal(min(days + 1, 3652059)).isoformat()
    text = "%sT%02d:%02d:%02d" % (day, seconds // 3600, seconds // 60 % 60, seconds % 60)
    return (text + ".%06d" % fraction).rstrip("0") if fraction else text


class Commands:
    """The part of a stream that thinks of commands. Its owner has rng, ledger, set, planned,
    accepted, free_ids, next_id and careful: see Stream in generate.py."""

    # -- small choices

    def chance(self, p):
        return self.rng.random() < p

    def fresh_id(self, letter):
        rng = self.rng
        roll = rng.random()
        if roll < 0.02 and self.free_ids:
            return rng.choice(self.free_ids[-20:])
        if roll < 0.03 and self.accepted:
            return rng.choice(self.accepted)["id"]
        self.next_id += 1
        name = "%s%d" % (letter, self.next_id)
        if roll < 0.06:
            name += rng.choice(("授信", " x", "\"", "\\", "/", "é", "\U0001f4b0", "\u00a0", "'",
                                "<", "\u2028", "-" * (32 - len(name)), "额" * 8))
        return name

    def base(self, op, letter="c"):
        obj = {"op": op, "id": self.fresh_id(letter)}
        if self.chance(0.03):
            obj["actor"] = self.rng.choice(("li", "王", ""))
        if self.chance(0.03):
            obj["reason"] = self.rng.choice(("年审", "", "line\nbreak", "x" * 1024))
        if self.chance(0.02):
            obj["case"] = self.rng.choice(("CASE-1", ""))
        return obj

    def decorate(self, obj):
        """Adds the time and, now and then, a `linked` that says nothing."""
        if self.chance(self.set["p_at"]) and "at" not in obj:
            obj["at"] = self.some_time(1)
        if self.chance(0.02):
            obj["linked"] = False
        return obj

    def some_time(self, spread):
        """A time near the ledger's: mostly a little later, sometimes earlier or just now."""
        rng = self.rng
        step = rng.choice((0, 0, 1, 10 ** 6, 10 ** 6, 3 * 10 ** 6, 10 ** 7, rng.randrange(10 ** 8),
                           -10 ** 6, -DAY, rng.choice((DAY, 10 ** 6)))) * spread
        time = self.ledger.clock["time"] + step
        if self.ledger.expiring and self.chance(0.15):  # just before, at and after an expiry
            time = rng.choice(list(self.ledger.expiring.values())) + rng.randint(-1, 1)
        text = time_text(time)
        roll = rng.random()
        if roll < 0.1:
            if "." not in text:
                text += "."
            text += "0" * rng.randrange(1, max(2, 9 - len(text.partition(".")[2])))
            text = text[:29]
        elif roll < 0.15:
            text = text.replace("T", "t")
        return text + ("Z" if roll < 0.85 else rng.choice(("z", "+00:00", "-00:00")))

    def some_date(self, low, high):
        return date_text(self.ledger.clock["date"], self.rng.randint(low, high))

    def some_cap(self):
        low, high = self.set["scale"]
        power = self.rng.randint(low, high)
        if self.chance(0.3):
            return 10 ** power
        return self.rng.randrange(0, 10 ** power + 1)

    def money(self, minor, currency):
        """An amount of minor units as a JSON value, in one of the forms that are allowed."""
        digits = form.DIGITS[currency]
        text = form.money(minor, digits)
        roll = self.rng.random()
        if roll < 0.7:
            return text
        if roll < 0.85 and "." in text:
            text = text.rstrip("0").rstrip(".")
        if roll < 0.8:
            return Num(text)
        if roll < 0.83:
            return "00" + text
        if roll < 0.835:
            return text + ("0" if "." in text else ".0")
        return text

    def limit_name(self, live=True):
        """A limit: nearly always one that exists, mostly one that is not closed."""
        limits = self.ledger.limits
        if self.chance(0.01):
            return self.rng.choice(("nobody", "c1", "", "x" * 33)[:2]
                                   + tuple(self.ledger.accepted)[:1])
        if not limits:
            return "nobody"
        names = list(limits)
        for _ in range(8 if self.careful else 4):
            name = self.rng.choice(names)
            if not live or self.healthy(name) or not self.careful and self.chance(0.2):
                return name
        return name

    def healthy(self, name):
        """Whether nothing but room and due dates stands in the way of a drawing."""
        limits = self.ledger.limits
        return all(next(self.ledger.state_reasons(limits[node], limits[node]["due_until"]), None)
                   is None for node in self.ledger.path(name))

    def open_record(self, table):
        """A reservation or exposure: mostly one that is open."""
        if not table or self.chance(0.01):
            return self.rng.choice(("nothing", "c2"))
        names = list(table)
        is_open = [name for name in names[-200:] if table[name]["rest"][0] > 0]
        if is_open and not self.chance(0.05):
            return self.rng.choice(is_open)
        return self.rng.choice(names)

    # -- aim

    def drawing_room(self, name, currency):
        """The least room on the path of a limit, in minor units of a currency; and the measure of
        the limit that has it."""
        ledger, best, measure = self.ledger, None, 0
        for node in ledger.path(name):
            limit = ledger.limits[node]
            target = limit["currency"]
            if limit["mode"] != "hard" or target not in ledger.rates \
                    or currency not in ledger.rates:
                continue
            room = (ledger.effective_cap(limit) + ledger.tolerance(limit) - limit["frozen"]
                    - ledger.committed(limit))
            if target != currency:
                room = (room * ledger.rates[target] * 10 ** form.DIGITS[currency]
                        // (ledger.rates[currency] * 10 ** form.DIGITS[target]))
            if best is None or room < best:
                best, measure = room, model.MEASURE[limit["measure"]]
        if best is None:
            best = self.some_cap()
        return best, measure

    def amount_near(self, room):
        rng, roll = self.rng, self.rng.random()
        if self.careful:
            roll = min(roll, 0.5)
        if roll < 0.45:
            amount = rng.randrange(1, max(2, room // rng.choice((1, 2, 5, 10, 30)) + 1))
        elif roll < 0.6:
            amount = room
        elif roll < 0.7:
            amount = room + 1
        elif roll < 0.74:
            amount = room - 1
        elif roll < 0.84:
            amount = rng.randrange(1, 4)
        elif roll < 0.93:
            amount = self.some_cap()
        elif roll < 0.97:
            amount = 2 * room
        else:
            amount = rng.choice((10 ** 18, 10 ** 18 - 1, 10 ** 17, 10 ** 20, 10 ** 18 + 1))
        return max(1, amount)

    def drawing(self, obj, name=None):
        """Fills in limit, amount and the rest of a reserve, draw or check."""
        rng, ledger = self.rng, self.ledger
        name = obj["limit"] = name or self.roomy_limit()
        if name not in ledger.limits:
            obj["amount"] = "1"
            return obj
        own = ledger.limits[name]["currency"]
        currency = own
        if self.chance(self.set["foreign"]):
            currency = rng.choice(self.set["currencies"])
        room, measure = self.drawing_room(name, currency)
        amount = counted = self.amount_near(room)
        if measure != 0 and self.chance(0.5):
            amount = counted * rng.randint(1, 3) + rng.randint(0, 2)
            obj["amount"] = self.money(amount, currency)
            obj["exposure" if measure == 1 else "weighted"] = self.money(counted, currency)
            if measure == 2 and self.chance(0.5):
                obj["exposure"] = self.money(rng.randint(0, amount), currency)
        else:
            obj["amount"] = self.money(amount, currency)
            if self.chance(self.set["odd_measure"] / 2):
                obj["exposure"] = self.money(self.part_of(amount), currency)
            if self.chance(self.set["odd_measure"] / 2):
                obj["weighted"] = self.money(self.part_of(amount), currency)
        if currency != own or self.chance(0.2):
            obj["currency"] = currency
        self.some_due(obj, name)
        return obj

    def some_due(self, obj, name):
        """A due date where one is wanted, mostly one that fits."""
        latest = [self.ledger.limits[node]["due_until"] for node in self.ledger.path(name)]
        latest = min((date for date in latest if date is not None), default=None)
        if latest is None:
            if self.chance(0.15):
                obj["due"] = self.some_date(-2, 40)
        elif self.careful or self.chance(0.9):
            obj["due"] = date_text(latest, self.rng.choice((0, -1, -5, 0 if self.careful else 1)))

    def roomy_limit(self):
        """A limit to draw on: when care is taken, one that has room."""
        name = self.limit_name()
        for _ in range(5 if self.careful else 0):
            if name in self.ledger.limits \
                    and self.drawing_room(name, self.ledger.limits[name]["currency"])[0] > 0:
                break
            name = self.limit_name()
        return name

    def part_of(self, amount):
        rng = self.rng
        return rng.choice((0, amount, rng.randint(0, amount), amount // 2, rng.randint(0, amount),
                           amount + 1 if self.chance(0.1) else amount))

    # -- one method a word of PROFILES; each returns a command, or None when it makes no sense now

    def gen_open(self):
        rng, ledger, limits = self.rng, self.ledger, self.ledger.limits
        if sum(limit["status"] != "closed" for limit in limits.values()) >= self.set["limits"]:
            return None
        obj = self.base("limit.open", "L")
        obj["currency"] = rng.choice(self.set["currencies"])
        if self.chance(0.6):
            obj["currency"] = self.set["currencies"][0]
        obj["cap"] = self.money(self.some_cap(), obj["currency"])
        obj.update(self.some_parents(None))
        if self.chance(0.3):
            obj["holder"] = rng.choice(("", "CUST-1", "客户 2", "H"))
        if self.chance(0.2):
            obj["kind"] = rng.choice(("", "product", "国别", "x" * 32, " k "))
        if self.chance(self.set["odd_measure"]):
            obj["measure"] = rng.choice(("nominal", "exposure", "weighted", "exposure", "weighted"))
        if not self.chance(self.set["strict"]) or self.chance(0.1):
            obj["mode"] = rng.choice(("hard", "soft", "off", "soft"))
        if self.chance(0.3):
            obj["revolving"] = self.chance(0.3)
        if self.chance(0.2):
            obj["tolerance_bps"] = Num(rng.choice((0, 1, 500, 10000, 333, 1000000)))
        if self.chance(0.12):
            obj["status"] = rng.choice(("active", "pending", "pending"))
        self.some_validity(obj, self.set["validity"])
        return obj

    def some_validity(self, obj, p):
        if self.chance(p):
            obj["from"] = self.some_date(-6, 6)
        if self.chance(p):
            obj["until"] = self.some_date(-1, 20)
        if self.chance(p):
            obj["due_until"] = self.some_date(0, 40)

    def some_parents(self, name):
        """parents for a new limit, or for the move of one"""
        rng, limits = self.rng, self.ledger.limits
        if not limits:
            return {"parents": ["nobody"]} if self.chance(0.02) else {}
        names = list(limits)
        count, chosen = 0, []
        below = self.ledger.below(name) if name in limits else ()
        if self.chance(self.set["deep"]):
            deepest = max(rng.choices(names, k=5), key=lambda n: len(self.ledger.path(n)))
            if deepest not in below or self.chance(0.1):
                chosen.append(deepest)
        while self.chance(self.set["parents"] / (1 + self.set["parents"])) and count < 31:
            count += 1
        for _ in range(count):
            parent = rng.choice(names)
            if self.chance(0.97) and (parent in chosen or parent in below
                                      or limits[parent]["status"] == "closed"):
                continue
            chosen.append(parent)
        if self.chance(0.01):
            chosen.append("nobody")
        if not chosen and name is None and self.chance(0.5):
            return {}
        return {"parents": chosen[:31]}

    def gen_draw(self):
        return self.drawing(self.base("draw", "d"))

    def gen_check(self):
        obj = self.drawing({"op": "check"})
        if self.chance(0.4):
            obj["id"] = self.fresh_id("q")
        if self.chance(0.15):
            obj["unlocks"] = self.some_unlocks(obj["limit"])
        return obj

    def gen_reserve(self):
        obj = self.drawing(self.base("reserve", "r"))
        if self.chance(0.45):
            obj["expires"] = self.some_time(self.rng.choice((1, 1, 5, 30)))
        return obj

    def gen_full(self):
        """Takes exactly what is left of a path, or one minor unit more."""
        name = self.limit_name()
        limit = self.ledger.limits.get(name)
        if limit is None:
            return None
        room, _ = self.drawing_room(name, limit["currency"])
        if room < 1:
            return None
        obj = self.base(self.rng.choice(("draw", "reserve", "draw")), "f")
        obj["limit"] = name
        obj["amount"] = form.money(room + self.rng.choice((0, 0, 1)),
                                    form.DIGITS[limit["currency"]])
        self.some_due(obj, name)
        return obj

    def gen_heavy(self):
        """Drawings that bring what is used in a currency to the most that a sum may be, to the last
        minor unit or one beyond it; and now and then rates that make figures burst."""
        rng, ledger = self.rng, self.ledger
        name = self.limit_name()
        bursting = [limit["id"] for limit in ledger.limits.values() if limit["currency"] == "CLF"
                    and self.healthy(limit["id"])] if self.chance(0.3) else []
        if bursting:
            name = rng.choice(bursting)
        limit = ledger.limits.get(name)
        if limit is None:
            return None
        currency = limit["currency"] if self.chance(0.4) else rng.choice(self.set["currencies"])
        if bursting:
            currency = "JPY"
            self.plan_rates(("CLF", "1000000"), ("JPY", "0.0000000001"))
        elif self.chance(0.4):
            self.plan_rates((currency, "0.0000000001"))
        left = (model.MAX_SUM - ledger.used_in(limit, currency)
                - limit["reserved"].get(currency, 0) + rng.choice((0, 0, 1)))
        while left > 0:
            amount = min(left, form.MAX_AMOUNT)
            left -= amount
            obj = self.base(rng.choice(("draw", "draw", "reserve")), "h")
            obj.update({"limit": name, "currency": currency,
                        "amount": form.money(amount, form.DIGITS[currency])})
            self.some_due(obj, name)
            self.planned.append(obj)
        if bursting:
            self.plan_rates(("CLF", "0.0000000001"), ("JPY", "1000000"))
            self.planned.append({"op": "get", "limit": name})
        return self.planned.pop(0) if self.planned else None

    def plan_rates(self, *rates):
        for currency, rate in rates:
            if currency != "CNY":
                self.planned.append({**self.base("rate.set"), "currency": currency, "rate": rate})

    def record_amounts(self, obj, record, p_amount):
        """amount, exposure and weighted against what remains of a record"""
        if record is None:
            return
        rng, rest, currency = self.rng, record["rest"], record["currency"]
        amount = rest[0]
        if self.chance(p_amount):
            over = not self.careful and self.chance(0.3)
            amount = max(1, rng.choice((rest[0], rest[0] + (1 if over else 0), rest[0] - 1,
                                        rng.randint(0, rest[0]), rng.randint(0, rest[0]),
                                        rest[0] // 3, 1)))
            obj["amount"] = self.money(amount, currency)
        for name, left in (("exposure", rest[1]), ("weighted", rest[2])):
            if self.chance(0.15):
                most = min(amount, left) if self.careful or self.chance(0.9) else left + 1
                obj[name] = self.money(rng.choice((0, most, rng.randint(0, most))), currency)

    def gen_confirm(self):
        if not any(record["rest"][0] for record in self.ledger.reservations.values()) \
                and not self.chance(0.1):
            return None
        obj = self.base("confirm", "e")
        obj["reservation"] = self.open_record(self.ledger.reservations)
        self.record_amounts(obj, self.ledger.reservations.get(obj["reservation"]), 0.6)
        if self.chance(0.5):
            obj["final"] = self.chance(0.3)
        return obj

    def gen_cancel(self):
        if not any(record["rest"][0] for record in self.ledger.reservations.values()) \
                and not self.chance(0.1):
            return None
        obj = self.base("cancel")
        obj["reservation"] = self.open_record(self.ledger.reservations)
        return obj

    def gen_repay(self):
        obj = self.base("repay")
        obj["exposure_id"] = self.open_record(self.ledger.exposures)
        self.record_amounts(obj, self.ledger.exposures.get(obj["exposure_id"]), 0.8)
        return obj

    def gen_restate(self):
        rng = self.rng
        obj = self.base("restate")
        obj["exposure_id"] = self.open_record(self.ledger.exposures)
        record = self.ledger.exposures.get(obj["exposure_id"])
        if record is None or record["rest"][0] == 0:
            obj["amount"] = "1"
            return obj
        rest = record["rest"][0]
        amount = rng.choice((0, rest, rest + 1, rest * 2, rest // 2, rng.randint(0, rest * 3),
                             self.some_cap()))
        for name in ("exposure", "weighted"):
            if self.chance(self.set["odd_measure"] / 2):
                obj[name] = self.money(self.part_of(amount), record["currency"])
        obj["amount"] = self.money(amount, record["currency"])
        return obj

    def gen_get(self):
        rng, ledger = self.rng, self.ledger
        obj = {"op": "get"}
        if self.chance(0.3):
            obj["id"] = self.fresh_id("q")
        kind = rng.choice(("limit", "limit", "reservation", "exposure_id", "unlock"))
        if kind == "limit":
            obj[kind] = self.limit_name(False)
        elif kind == "unlock":
            obj[kind] = rng.choice(list(ledger.unlocks) or ["nothing"])
        else:
            table = ledger.reservations if kind == "reservation" else ledger.exposures
            obj[kind] = self.open_record(table)
        if self.chance(0.01):
            obj[rng.choice(("limit", "unlock", "reservation"))] = "nothing"
        return obj

    def gen_rate(self):
        rng = self.rng
        obj = self.base("rate.set")
        obj["currency"] = rng.choice(self.set["currencies"][1:])
        if self.chance(0.03):
            obj["currency"], obj["rate"] = "CNY", rng.choice(("1", "1.0000000000", "01.00", "2"))
            return obj
        old = self.ledger.rates.get(obj["currency"])
        if old and not self.chance(self.set["wild"]):
            rate = max(1, old * rng.randint(900, 1100) // 1000 + rng.randint(-2, 2))
            rate = min(rate, 10 ** 16)
        elif not self.chance(self.set["wild"]):
            rate = rng.randrange(10 ** 7, 10 ** 12)
        else:
            rate = rng.choice((1, 10 ** 16, 10 ** 10, 7 * 10 ** 10 + 1234, 5 * 10 ** 8,
                               rng.randrange(1, 10 ** 11), rng.randrange(1, 10 ** 16),
                               10 ** rng.randint(0, 16)))
        obj["rate"] = "%d.%010d" % (rate // 10 ** 10, rate % 10 ** 10)
        if self.chance(0.5):
            obj["rate"] = obj["rate"].rstrip("0").rstrip(".")
        return obj

    def gen_day(self):
        obj = self.base("day.open")
        obj["date"] = self.some_date(1, 4) if self.chance(0.85) else self.some_date(-3, 0)
        return obj

    def gen_adjust(self):
        rng = self.rng
        obj = self.base("limit.adjust")
        name = obj["limit"] = self.limit_name()
        limits, date = self.ledger.limits, self.ledger.clock["date"]
        lapsed = [n for n, limit in limits.items() if limit["status"] != "closed"
                  and (limit["until"] and limit["until"] < date
                       or limit["due_until"] and limit["due_until"] < date)]
        if lapsed and self.chance(0.7):
            name = obj["limit"] = rng.choice(lapsed)
            if limits[name]["until"] and self.chance(0.9):
                obj["until"] = self.some_date(1, 40)
            if limits[name]["due_until"] and self.chance(0.9):
                obj["due_until"] = self.some_date(5, 60)
        limit = limits.get(name)
        if limit and self.chance(0.6):
            cap = rng.choice((limit["cap"] * 2, limit["cap"] // 2, self.some_cap(), limit["cap"],
                              min(form.MAX_AMOUNT, self.ledger.committed(limit)),
                              min(form.MAX_AMOUNT, self.ledger.committed(limit) + 1), 0))
            obj["cap"] = self.money(cap, limit["currency"])
        if self.chance(0.1):
            obj["mode"] = rng.choice(("hard", "soft", "off", "hard"))
        if self.chance(0.1):
            obj["tolerance_bps"] = Num(rng.choice((0, 100, 2500, 1000000)))
        if self.chance(0.08):
            obj["until"] = self.some_date(-1, 30)
        if self.chance(0.05):
            obj["due_until"] = self.some_date(0, 60)
        if not any(key in obj for key in form.ADJUSTABLE) and self.chance(0.9):
            obj["until"] = self.some_date(0, 60)
        return obj

    def amount_on(self, obj, name, low=1):
        limit = self.ledger.limits.get(name)
        currency = limit["currency"] if limit else "CNY"
        obj["amount"] = self.money(max(low, self.some_cap()), currency)

    def gen_raise(self):
        obj = self.base("limit.raise")
        obj["limit"] = self.limit_name()
        self.amount_on(obj, obj["limit"])
        start = self.rng.randint(-4, 3)
        obj["from"] = self.some_date(start, start)
        obj["until"] = self.some_date(start, start + 6)
        return obj

    def of_status(self, status):
        return [name for name, limit in self.ledger.limits.items() if limit["status"] == status]

    def limit_in(self, status):
        names = self.of_status(status)
        return self.rng.choice(names) if names and self.chance(0.8) else self.limit_name()

    def gen_activate(self):
        if not self.chance(0.1) and not self.of_status("pending"):
            return None
        obj = self.base("limit.activate")
        obj["limit"] = self.limit_in("pending")
        return obj

    def gen_freeze(self):
        obj = self.base("limit.freeze")
        obj["limit"] = self.limit_in("pending") if self.chance(0.05) else self.limit_name()
        if self.chance(0.6):
            self.amount_on(obj, obj["limit"])
            limit = self.ledger.limits.get(obj["limit"])
            if limit and self.chance(0.5):
                room, _ = self.drawing_room(limit["id"], limit["currency"])
                obj["amount"] = self.money(max(1, room - self.rng.randint(-1, 3)),
                                           limit["currency"])
        return obj

    def gen_unfreeze(self):
        rng = self.rng
        obj = self.base("limit.unfreeze")
        held = [limit for limit in self.ledger.limits.values() if limit["frozen"]]
        if held and self.chance(0.5):
            limit = rng.choice(held)
            obj["limit"] = limit["id"]
            if self.chance(0.7):
                frozen = rng.choice((limit["frozen"], limit["frozen"] + 1,
                                     rng.randint(1, limit["frozen"]), 1))
                obj["amount"] = self.money(frozen, limit["currency"])
        else:
            if not self.chance(0.15) and not self.of_status("frozen"):
                return None
            obj["limit"] = self.limit_in("frozen")
            if self.chance(0.05):
                self.amount_on(obj, obj["limit"])
        return obj

    def gen_move(self):
        obj = self.base("limit.move")
        name = obj["limit"] = self.limit_name()
        obj["parents"] = list(self.some_parents(name).get("parents", ()))
        limit = self.ledger.limits.get(name)
        if limit and self.chance(0.1):
            obj["parents"] = list(limit["parents"])[::self.rng.choice((1, -1))]
        elif limit and not self.careful and self.chance(0.1):
            obj["parents"].append(self.rng.choice(self.ledger.below(name)))
        elif obj["parents"] and not self.careful and self.chance(0.03):
            obj["parents"].append(obj["parents"][0])
        closed = self.of_status("closed")
        if closed and not self.careful and self.chance(0.05):
            obj["parents"].append(self.rng.choice(closed))
        obj["parents"] = obj["parents"][:31]
        return obj

    def gen_close(self):
        obj = self.base("limit.close")
        idle = [name for name, limit in self.ledger.limits.items()
                if not limit["standing"] and limit["status"] != "closed" and limit["children"]
                and not any(self.ledger.limits[child]["status"] == "active"
                            for child in limit["children"])]
        if idle and self.chance(0.5):
            obj["limit"] = self.rng.choice(idle)
            return obj
        names = [name for name, limit in self.ledger.limits.items()
                 if not limit["standing"] and limit["status"] != "closed"
                 and not limit["children"]]
        obj["limit"] = self.rng.choice(names) if names and self.chance(0.6) else self.limit_name()
        return obj

    def gen_unlock(self):
        obj = self.base("unlock", "u")
        obj["limit"] = self.limit_name(False)
        self.amount_on(obj, obj["limit"])
        obj["until"] = self.some_date(-1, 5)
        if self.chance(0.6):
            obj["lifts"] = [self.rng.choice(form.LIFTS) for _ in range(self.rng.randint(1, 4))]
        return obj

    def some_unlocks(self, name):
        rng, ledger = self.rng, self.ledger
        path = ledger.path(name) if name in ledger.limits else ()
        fitting = [u for u, unlock in ledger.unlocks.items() if unlock["limit"] in path]
        chosen = [rng.choice(fitting) for _ in range(rng.randint(0, 3))] if fitting else []
        if ledger.unlocks and self.chance(0.2):
            chosen.append(rng.choice(list(ledger.unlocks)))
        if self.chance(0.02):
            chosen.append("nothing")
        return chosen

    def gen_unlocked(self):
        """A drawing that is refused, unlocks for some or all of its reasons, and the drawing."""
        rng, ledger = self.rng, self.ledger
        name = rng.choice(list(ledger.limits)) if ledger.limits and self.chance(0.5) else None
        obj = self.drawing(self.base(rng.choice(("draw", "draw", "reserve")), "d"), name)
        if self.chance(0.15):
            obj.pop("due", None)
        if self.chance(0.4) and ledger.unlocks:
            obj["unlocks"] = self.some_unlocks(obj["limit"])
            return obj
        _, cmd = form.read({k: form.Number(v) if isinstance(v, Num) else v
                             for k, v in obj.items()}, "CNY")
        if cmd is None:
            return obj
        try:
            ledger.drawing(cmd)
            return obj
        except model.Rejected as rejected:
            refusals = rejected.args[1] if len(rejected.args) > 1 else ()
        obj["unlocks"] = []
        one_for_all = self.chance(0.4)  # one unlock a limit that lifts all there is to lift
        for refusal in refusals:
            if refusal["reason"] in ("limit_closed", "limit_pending", "amount_overflow"):
                continue
            if one_for_all and "required" not in refusal and any(
                    other["limit"] == refusal["limit"] and "required" in other
                    for other in refusals):
                continue
            obj["unlocks"].append(self.plan_unlock(refusal))
            if one_for_all:
                self.planned[-1]["lifts"] = rng.sample(form.LIFTS, 6)
        if self.chance(0.2):
            rng.shuffle(obj["unlocks"])
        obj["unlocks"] = obj["unlocks"][:16]
        self.planned.append(self.decorate(obj))
        if self.chance(0.5):
            again = dict(obj)
            again["id"] = self.fresh_id("d")
            self.planned.append(again)
        return self.planned.pop(0)

    def plan_unlock(self, refusal):
        """Plans an unlock for one refusal: just enough, a little short, or plenty; -> its id."""
        rng = self.rng
        limit = self.ledger.limits[refusal["limit"]]
        unlock = self.base("unlock", "u")
        unlock["limit"] = limit["id"]
        text = refusal.get("required", "1")
        required = int(text.replace(".", ""))
        if "required" not in refusal:
            required = self.some_cap()
        amount = rng.choice((required, required, required - 1, required + 1, 2 * required))
        unlock["amount"] = self.money(min(max(1, amount), 10 ** 18), limit["currency"])
        unlock["until"] = self.some_date(-1 if self.chance(0.1) else 0, 4)
        lifts = [refusal["reason"]]
        if self.chance(0.6):
            lifts += rng.sample(form.LIFTS, rng.randint(0, 4))
        if self.chance(0.05):
            lifts = [rng.choice(form.LIFTS)]
        if lifts != ["limit_exceeded"] or self.chance(0.5):
            unlock["lifts"] = lifts
        self.planned.append(unlock)
        return unlock["id"]

    def gen_fresh(self):
        """Opens, draws and acts on what was just opened: the planned commands fall into one chain
        as easily as into none."""
        limit = self.gen_open() or self.gen_adjust()
        if limit["op"] != "limit.open":
            return limit
        name, currency = limit["id"], limit["currency"]
        reserve = self.base("reserve", "r")
        reserve.update({"limit": name, "amount": self.money(self.rng.randint(1, 9), currency)})
        confirm = self.base("confirm", "e")
        confirm.update({"reservation": reserve["id"], "final": self.chance(0.5)})
        repay = self.base("repay")
        repay.update({"exposure_id": confirm["id"]})
        close = self.base("limit.close")
        close.update({"limit": name})
        self.planned += [reserve, confirm, repay, close][:self.rng.randint(1, 4)]
        return limit
