#!/usr/bin/python3
"""The reference model of the limit ledger: plain Python, written from the specification alone.

    model.py [--base CNY] [FILE|-]

reads NDJSON commands (the whole input is one batch) and writes one NDJSON result per line.

Sources: docs/reference/ledger.md (cited by its headings) and docs/reference/ledger-choices.md
(cited by row, such as F3). No line of the C ledger was read for it, and none may be: see README.md.

Money is an integer of minor units, a rate an integer of 10^-10, a time an integer of microseconds
since 0001-01-01T00:00:00Z, a date its own ISO string, which sorts as the dates do.
"""

import argparse
import sys

import form

MAX_SUM = 9 * 10 ** 18
MAX_FIGURE = 10 ** 38  # R27
MAX_PATH = 32


class Rejected(Exception):
    """A rule of steps 2 to 5 is broken; args: the code and, for `refused`, the refusals."""


MISSING = object()
MEASURE = {"nominal": 0, "exposure": 1, "weighted": 2}
SUMS = ("outstanding", "reserved", "repaid")


def share(rest, amount, whole):
    """ceil(rest x amount / whole): what a part of `whole` takes of another remaining amount."""
    return -(-rest * amount // whole)


class Ledger:
    """The state is dictionaries of dictionaries; every write to it goes through put and drop, so
    that a failed chain is undone by playing the old values back."""

    def __init__(self, base="CNY"):
        self.base = base
        self.clock = {"time": form.EPOCH, "date": "1970-01-01"}
        self.rates = {base: form.RATE_ONE}
        self.accepted = {}      # id -> content of the command that used it
        self.limits = {}
        self.reservations = {}
        self.exposures = {}
        self.unlocks = {}
        self.expiring = {}      # id -> expires, of every open reservation that has it
        self.paths = {}         # id -> path: remembered, dropped whole when the graph changes
        self.undo = None        # inside a chain: (dictionary, key, old value) of every write
        self.chain = None

    # -- batches and chains

    def apply_batch(self, lines):
        """A list of decoded lines -> the list of their results, a dictionary each."""
        results = []
        for obj in lines:
            results.extend(self.push(obj))
        results.extend(self.end())
        return results

    def push(self, obj):
        """Takes the next line of a batch; returns the results that are settled by it."""
        linked = type(obj) is dict and obj.get("linked") is True  # F16
        if self.chain is None:
            if not linked:
                return [self.apply(obj)]
            self.chain = {"objs": [], "results": [], "failed": None}
            self.undo = []
        chain = self.chain
        chain["objs"].append(obj)
        if chain["failed"] is None:
            result = self.apply(obj)
            chain["results"].append(result)
            if self.breaks_chain(obj, result):
                chain["failed"] = len(chain["results"]) - 1
                self.roll_back()
        return [] if linked else self.settle_chain()

    def end(self):
        """The end of a batch: a chain still open fails with chain_open on its last command."""
        if self.chain is None:
            return []
        if self.chain["failed"] is None:
            self.roll_back()
        self.chain["open"] = True
        return self.settle_chain()

    @staticmethod
    def breaks_chain(obj, result):
        if result["result"] in ("ok", "exists"):
            return False
        return not (result["result"] == "refused" and obj["op"] == "check")  # R17

    def settle_chain(self):
        chain, self.chain, self.undo = self.chain, None, None
        failed, is_open = chain["failed"], "open" in chain
        if failed is None and not is_open:
            return chain["results"]
        results = [self.answer(obj, "linked_failed") for obj in chain["objs"]]
        if failed is not None:
            results[failed] = chain["results"][failed]
        if is_open:
            results[-1] = self.answer(chain["objs"][-1], "chain_open")  # R14
        for obj in chain["objs"]:  # R16
            self.pass_time(obj)
        return results

    # -- writes

    def put(self, where, key, value):
        if self.undo is not None:
            self.undo.append((where, key, where.get(key, MISSING)))
        where[key] = value

    def drop(self, where, key):
        if key in where:
            if self.undo is not None:
                self.undo.append((where, key, where[key]))
            del where[key]

    def roll_back(self):
        for where, key, value in reversed(self.undo):
            if value is MISSING:
                del where[key]
            else:
                where[key] = value
        self.undo = None
        self.paths.clear()

    # -- one command

    def apply(self, obj):
        if type(obj) is not dict:
            return {"result": "bad_request"}  # F15
        self.pass_time(obj)
        code, cmd = form.read(obj, self.base)
        if code:
            return self.answer(obj, code)
        if cmd["op"] not in ("check", "get") and cmd["id"] in self.accepted:
            return self.answer(obj, self.repeated(cmd))
        try:
            return {**self.answer(obj, "ok"), **EFFECTS[cmd["op"]](self, cmd)}
        except Rejected as rejected:
            result = self.answer(obj, rejected.args[0])
            if len(rejected.args) > 1:
                result["refusals"] = rejected.args[1]
            return result

    @staticmethod
    def answer(obj, code):
        if type(obj) is dict and form.is_id(obj.get("id")):
            return {"id": obj["id"], "result": code}
        return {"result": code}

    # -- time

    def pass_time(self, obj):
        if type(obj) is not dict:
            return
        at = obj.get("at")
        time = form.parse_time(at) if type(at) is str else None  # F17
        if time is not None and time > self.clock["time"]:
            self.put(self.clock, "time", time)
        if self.expiring:
            now = self.clock["time"]
            due = [name for name, expires in self.expiring.items() if expires <= now]
            for name in sorted(due, key=self.expiring.get):  # stable: then in order of making
                self.release(self.reservations[name])

    # -- identity: step 2

    def content(self, cmd):
        op = cmd["op"]
        content = {**form.OP_DEFAULTS[op], **cmd}
        for name in form.NO_CONTENT:
            content.pop(name, None)
        for name in ("amount", "exposure", "weighted", "cap"):
            if name in content:
                content[name] = content[name][0]
        if op in ("reserve", "draw"):
            if "currency" not in content:  # I3
                limit = self.limits.get(cmd["limit"])
                content["currency"] = limit["currency"] if limit else None
            content.setdefault("exposure", content["amount"])
            content.setdefault("weighted", content["exposure"])
        return content

    def remember(self, cmd, applied=(), default=()):
        """Marks the id as used. For the ops of form.STATE_DEFAULTS: the amounts as applied, and
        what the defaults gave, in ten-thousandths, by name."""
        self.put(self.accepted, cmd["id"], {"content": self.content(cmd), "applied": applied,
                                            "default": default})

    def repeated(self, cmd):
        first = self.accepted[cmd["id"]]
        then, now = dict(first["content"]), self.content(cmd)
        if then["op"] == now["op"] and now["op"] in form.STATE_DEFAULTS:
            for name in form.STATE_DEFAULTS[now["op"]]:
                then[name] = first["applied"][name]
                now.setdefault(name, first["default"][name])
        return "exists" if then == now else "id_conflict"

    # -- what it names: step 3

    def find(self, cmd, name):
        table, code = {
            "limit": (self.limits, "limit_not_found"),
            "reservation": (self.reservations, "reservation_not_found"),
            "exposure_id": (self.exposures, "exposure_not_found"),
            "unlock": (self.unlocks, "unlock_not_found"),
        }[name]
        if cmd[name] not in table:
            raise Rejected(code)
        return table[cmd[name]]

    def find_parents(self, cmd):
        for name in cmd.get("parents", ()):
            if name not in self.limits:
                raise Rejected("parent_not_found")

    @staticmethod
    def minor_amounts(cmd, currency):
        """The amounts that the command carries, in minor units of the currency, by name."""
        amounts = {}
        for name in ("amount", "exposure", "weighted", "cap"):
            if name in cmd:
                amounts[name] = form.to_minor(cmd[name], form.DIGITS[currency])
                if amounts[name] is None:
                    raise Rejected("bad_amount")
        return amounts

    # -- the graph

    def path(self, name):
        if name not in self.paths:
            self.paths[name] = self.path_with(name, None, None)
        return self.paths[name]

    def path_with(self, name, moved, parents):
        """The path of a limit, as if `moved` had `parents`; ends early past MAX_PATH."""
        path = []

        def visit(node):
            if node in path or len(path) > MAX_PATH:
                return
            path.append(node)
            for parent in parents if node == moved else self.limits[node]["parents"]:
                visit(parent)
        visit(name)
        return path

    def below(self, name):
        """The limit and every limit whose path contains it."""
        found = [name]
        for node in found:
            found.extend(child for child in self.limits[node]["children"] if child not in found)
        return found

    # -- sums

    def convert(self, amount, source, target):
        if source == target or amount == 0:
            return amount
        return -(-amount * self.rates[source] * 10 ** form.DIGITS[target]
                 // (self.rates[target] * 10 ** form.DIGITS[source]))

    @staticmethod
    def used_in(limit, currency):
        used = limit["outstanding"].get(currency, 0)
        return used if limit["revolving"] else used + limit["repaid"].get(currency, 0)

    def currencies(self, limit):
        return {currency for kind in SUMS for currency in limit[kind]}

    def committed(self, limit, extra_currency=None, extra=0):
        """committed, as it would be with `extra` more in extra_currency."""
        total = 0
        currencies = self.currencies(limit)
        if extra_currency is not None:
            currencies.add(extra_currency)
        for currency in currencies:
            amount = self.used_in(limit, currency) + limit["reserved"].get(currency, 0)
            if currency == extra_currency:
                amount += extra
            total += self.convert(amount, currency, limit["currency"])
        return min(total, MAX_FIGURE)

    def used(self, limit):
        return min(MAX_FIGURE, sum(self.convert(self.used_in(limit, c), c, limit["currency"])
                                   for c in self.currencies(limit)))

    def outstanding(self, limit):
        return min(MAX_FIGURE, sum(self.convert(amount, c, limit["currency"])
                                   for c, amount in limit["outstanding"].items()))

    def effective_cap(self, limit):
        extra = limit["raise"]
        if extra and extra["from"] <= self.clock["date"] <= extra["until"]:
            return limit["cap"] + extra["amount"]
        return limit["cap"]

    @staticmethod
    def tolerance(limit):
        return limit["cap"] * limit["tolerance_bps"] // 10000

    def over(self, name):
        """The member `over` of a success that concerns the limit: nothing, or a list."""
        over = [node for node in self.path(name) if self.limits[node]["mode"] != "off"
                and self.committed(self.limits[node]) > self.effective_cap(self.limits[node])]
        return {"over": over} if over else {}

    def add(self, nodes, kind, currency, amounts):
        """Adds to one of the three sums of every limit in `nodes` the amount it measures."""
        for node in nodes:
            limit = self.limits[node]
            amount = amounts[MEASURE[limit["measure"]]]
            if amount != 0:
                self.put(limit[kind], currency, limit[kind].get(currency, 0) + amount)

    def need_rates(self, currency, nodes):
        """R10"""
        for node in nodes:
            target = self.limits[node]["currency"]
            if target != currency and (target not in self.rates or currency not in self.rates):
                raise Rejected("rate_not_set")

    # -- reservations and exposures: {"id", "limit", "currency", "made", "rest", "kind"}

    def change(self, record, rest):
        """Gives the record another rest; one without amount no longer stands on its limit."""
        self.put(record, "rest", rest)
        if rest[0] == 0:
            self.drop(self.limits[record["limit"]]["standing"], record["id"])

    def release(self, reservation):
        self.add(self.path(reservation["limit"]), "reserved", reservation["currency"],
                 [-rest for rest in reservation["rest"]])
        self.change(reservation, (0, 0, 0))
        self.drop(self.expiring, reservation["id"])

    def make(self, table, kind, name, limit, currency, amounts):
        record = {"id": name, "limit": limit, "currency": currency, "made": amounts,
                  "rest": amounts, "kind": kind}
        self.put(table, name, record)
        self.put(self.limits[limit]["standing"], name, record)
        self.add(self.path(limit), kind, currency, amounts)

    # -- rates and days

    def rate_set(self, cmd):
        self.put(self.rates, cmd["currency"], cmd["rate"])
        self.remember(cmd)
        return {}

    def day_open(self, cmd):
        if cmd["date"] <= self.clock["date"]:
            raise Rejected("date_not_after")
        self.put(self.clock, "date", cmd["date"])
        self.remember(cmd)
        return {}

    # -- limits

    def limit_open(self, cmd):
        self.find_parents(cmd)
        parents = cmd.get("parents", ())
        if len(set(parents)) != len(parents) \
                or len(self.path_with(cmd["id"], cmd["id"], parents)) > MAX_PATH:
            raise Rejected("bad_parents")
        self.refuse_closed_parents(parents)
        limit = {name: cmd.get(name, form.DEFAULTS.get(name)) for name in (
            "id", "holder", "kind", "currency", "parents", "measure", "mode", "revolving",
            "tolerance_bps", "status", "from", "until", "due_until")}
        limit.update(self.minor_amounts(cmd, cmd["currency"]))
        limit.update({"raise": None, "frozen": 0, "outstanding": {}, "reserved": {}, "repaid": {},
                      "children": {}, "standing": {}})
        self.put(self.limits, cmd["id"], limit)
        for parent in parents:
            self.put(self.limits[parent]["children"], cmd["id"], True)
        self.remember(cmd)
        return self.over(cmd["id"])

    def refuse_closed_parents(self, parents):
        for parent in parents:
            if self.limits[parent]["status"] == "closed":
                raise Rejected("parent_closed")

    def open_limit(self, cmd):
        """The limit that a command on limits names, not closed, and the amounts in its currency:
        the part of steps 3 and 4 that these commands have in common."""
        limit = self.find(cmd, "limit")
        self.find_parents(cmd)
        amounts = self.minor_amounts(cmd, limit["currency"])
        if limit["status"] == "closed":  # R29
            raise Rejected("limit_closed")
        return limit, amounts

    def limit_adjust(self, cmd):
        limit, amounts = self.open_limit(cmd)
        for name in form.ADJUSTABLE:
            if name in cmd:
                self.put(limit, name, amounts["cap"] if name == "cap" else cmd[name])
        self.remember(cmd)
        return self.over(cmd["limit"])

    def limit_raise(self, cmd):
        limit, amounts = self.open_limit(cmd)
        self.put(limit, "raise", {"amount": amounts["amount"], "from": cmd["from"],
                                  "until": cmd["until"]})
        self.remember(cmd)
        return self.over(cmd["limit"])

    def limit_activate(self, cmd):
        limit, _ = self.open_limit(cmd)
        if limit["status"] != "pending":
            raise Rejected("not_pending")
        self.put(limit, "status", "active")
        self.remember(cmd)
        return self.over(cmd["limit"])

    def limit_freeze(self, cmd):
        limit, amounts = self.open_limit(cmd)
        if limit["status"] == "pending":
            raise Rejected("limit_pending")
        if "amount" in cmd:
            self.put(limit, "frozen", limit["frozen"] + amounts["amount"])
        else:
            self.put(limit, "status", "frozen")
        self.remember(cmd)
        return self.over(cmd["limit"])

    def limit_unfreeze(self, cmd):
        limit, amounts = self.open_limit(cmd)
        if "amount" in cmd:
            if amounts["amount"] > limit["frozen"]:  # R12
                raise Rejected("not_frozen")
            self.put(limit, "frozen", limit["frozen"] - amounts["amount"])
        else:
            if limit["status"] != "frozen" and limit["frozen"] == 0:
                raise Rejected("not_frozen")
            self.put(limit, "status", "active")
            self.put(limit, "frozen", 0)
        self.remember(cmd)
        return self.over(cmd["limit"])

    def limit_close(self, cmd):
        limit, _ = self.open_limit(cmd)
        if limit["standing"] or any(self.limits[child]["status"] != "closed"
                                    for child in limit["children"]):  # R9
            raise Rejected("limit_in_use")
        self.put(limit, "status", "closed")
        self.remember(cmd)
        return {}

    def limit_move(self, cmd):
        limit, _ = self.open_limit(cmd)
        name, parents = cmd["limit"], cmd["parents"]
        moving = self.below(name)
        if len(set(parents)) != len(parents) or any(parent in moving for parent in parents):
            raise Rejected("bad_parents")
        old = {node: self.path(node) for node in moving}
        new = {node: self.path_with(node, name, parents) for node in moving}
        if any(len(path) > MAX_PATH for path in new.values()):
            raise Rejected("bad_parents")
        self.refuse_closed_parents(parents)
        left = {node: [n for n in old[node] if n not in new[node]] for node in moving}
        joined = {node: [n for n in new[node] if n not in old[node]] for node in moving}
        for node in moving:
            for record in self.limits[node]["standing"].values():
                self.need_rates(record["currency"], joined[node])
        for node in moving:
            for record in self.limits[node]["standing"].values():
                self.add(left[node], record["kind"], record["currency"],
                         [-rest for rest in record["rest"]])
                self.add(joined[node], record["kind"], record["currency"], record["rest"])
        for parent in limit["parents"]:
            self.drop(self.limits[parent]["children"], name)
        for parent in parents:
            self.put(self.limits[parent]["children"], name, True)
        self.put(limit, "parents", parents)
        self.paths.clear()
        self.remember(cmd)
        return self.over(name)

    # -- unlocks

    def unlock(self, cmd):
        limit, amounts = self.open_limit(cmd)
        self.put(self.unlocks, cmd["id"], {
            "id": cmd["id"], "limit": limit["id"], "amount": amounts["amount"],
            "remaining": amounts["amount"], "until": cmd["until"],
            "lifts": cmd.get("lifts", form.DEFAULTS["lifts"])})
        self.remember(cmd)
        return {}

    def lifting(self, cmd, node, reason, required):
        """The id of the first unlock named that takes the reason away, or None."""
        for name in cmd.get("unlocks", ()):
            unlock = self.unlocks[name]
            if unlock["limit"] == node and self.clock["date"] <= unlock["until"] \
                    and reason in unlock["lifts"] and unlock["remaining"] >= required:
                return name
        return None

    # -- reserve, draw and check: step 5

    def state_reasons(self, limit, due):
        """The reasons of the first pass that hold of a limit, in their order."""
        date = self.clock["date"]
        if limit["status"] in ("closed", "pending", "frozen"):
            yield "limit_" + limit["status"]
        if limit["from"] is not None and date < limit["from"]:
            yield "not_yet_valid"
        if limit["until"] is not None and date > limit["until"]:
            yield "expired"
        if limit["due_until"] is not None and due is None:
            yield "due_required"
        if limit["due_until"] is not None and due is not None and due > limit["due_until"]:
            yield "due_too_late"

    def look(self, cmd, currency, amounts):
        """Looks at the whole path. -> (over of `check`, charges: unlock id -> required); raises
        Rejected when a reason is left."""
        first, second, charges, over = [], [], {}, []
        for node in self.path(cmd["limit"]):
            limit = self.limits[node]
            amount = amounts[MEASURE[limit["measure"]]]
            before = self.committed(limit)
            after = self.committed(limit, currency, amount)
            required = after - before
            for reason in self.state_reasons(limit, cmd.get("due")):
                lifted = self.lifting(cmd, node, reason, required)
                if lifted is None:
                    first.append({"limit": node, "reason": reason})
                    break
                charges[lifted] = required
            cap = self.effective_cap(limit)
            room = cap + self.tolerance(limit) - before - limit["frozen"]
            sum_after = (self.used_in(limit, currency) + limit["reserved"].get(currency, 0)
                         + amount)
            if amount > 0 and (sum_after > MAX_SUM or after > MAX_SUM):  # R1
                second.append({"limit": node, "reason": "amount_overflow"})
            elif limit["mode"] == "hard" and required > 0 and required > room:  # R2
                lifted = self.lifting(cmd, node, "limit_exceeded", required)
                if lifted is None:
                    digits = form.DIGITS[limit["currency"]]
                    second.append({"limit": node, "reason": "limit_exceeded",
                                   "available": form.money(room, digits),
                                   "required": form.money(required, digits)})
                else:
                    charges[lifted] = required
            if limit["mode"] != "off" and after > cap:
                over.append(node)
        if first or second:
            raise Rejected("refused", first + second)
        return over, charges

    def drawing(self, cmd):
        """Steps 3 to 5 of reserve, draw and check -> (currency, three amounts, over, charges)."""
        limit = self.find(cmd, "limit")
        for name in cmd.get("unlocks", ()):
            if name not in self.unlocks:
                raise Rejected("unlock_not_found")
        currency = cmd.get("currency", limit["currency"])
        given = self.minor_amounts(cmd, currency)
        exposure = given.get("exposure", given["amount"])
        amounts = (given["amount"], exposure, given.get("weighted", exposure))
        self.need_rates(currency, self.path(cmd["limit"]))
        over, charges = self.look(cmd, currency, amounts)
        return currency, amounts, over, charges

    def charge(self, charges):
        for name, required in charges.items():
            unlock = self.unlocks[name]
            self.put(unlock, "remaining", unlock["remaining"] - required)

    def reserve(self, cmd):
        currency, amounts, _, charges = self.drawing(cmd)
        self.charge(charges)
        self.make(self.reservations, "reserved", cmd["id"], cmd["limit"], currency, amounts)
        if "expires" in cmd:
            self.put(self.expiring, cmd["id"], cmd["expires"])
        self.remember(cmd)
        return self.over(cmd["limit"])

    def draw(self, cmd):
        currency, amounts, _, charges = self.drawing(cmd)
        self.charge(charges)
        self.make(self.exposures, "outstanding", cmd["id"], cmd["limit"], currency, amounts)
        self.remember(cmd)
        return self.over(cmd["limit"])

    def check(self, cmd):
        _, _, over, _ = self.drawing(cmd)
        return {"over": over} if over else {}

    # -- confirm, cancel, repay, restate

    @staticmethod
    def shares(rest, amount, given):
        """What exposure and weighted are by default, by name."""
        shares = {name: share(part, amount, rest[0])
                  for name, part in (("exposure", rest[1]), ("weighted", rest[2]))}
        if any(shares[name] > form.MAX_AMOUNT for name in shares if name not in given):  # R30
            raise Rejected("bad_amount")
        return shares

    def part(self, record, given):
        """The three amounts that a confirm or repay takes of a record, and what the defaults
        give, both by name."""
        rest = record["rest"]
        amount = given.get("amount", rest[0])
        default = {"amount": rest[0], **self.shares(rest, amount, given)}
        part = {**default, **given}
        if amount > rest[0] or part["exposure"] > rest[1] or part["weighted"] > rest[2]:
            raise Rejected("amount_too_large")
        return part, default

    def remember_amounts(self, cmd, record, applied, default):
        scale = 10 ** (4 - form.DIGITS[record["currency"]])
        self.remember(cmd, {name: value * scale for name, value in applied.items()},
                      {name: value * scale for name, value in default.items()})

    def confirm(self, cmd):
        reservation = self.find(cmd, "reservation")
        given = self.minor_amounts(cmd, reservation["currency"])
        rest, name, currency = reservation["rest"], reservation["limit"], reservation["currency"]
        if rest[0] == 0:
            raise Rejected("reservation_closed")
        part, default = self.part(reservation, given)
        refusals = [{"limit": node, "reason": "limit_frozen"} for node in self.path(name)
                    if self.limits[node]["status"] == "frozen"]  # R26
        if refusals:
            raise Rejected("refused", refusals)
        taken = (part["amount"], part["exposure"], part["weighted"])
        if cmd.get("final", True) or taken[0] == rest[0]:  # R18
            self.release(reservation)
        else:
            self.add(self.path(name), "reserved", currency, [-amount for amount in taken])
            self.change(reservation, tuple(r - t for r, t in zip(rest, taken)))
        self.make(self.exposures, "outstanding", cmd["id"], name, currency, taken)
        self.remember_amounts(cmd, reservation, part, default)
        return self.over(name)

    def cancel(self, cmd):
        reservation = self.find(cmd, "reservation")
        if reservation["rest"][0] == 0:
            raise Rejected("reservation_closed")
        self.release(reservation)
        self.remember(cmd)
        return self.over(reservation["limit"])

    def open_exposure(self, cmd):
        exposure = self.find(cmd, "exposure_id")
        given = self.minor_amounts(cmd, exposure["currency"])
        if exposure["rest"][0] == 0:
            raise Rejected("exposure_closed")
        return exposure, given

    def become(self, exposure, new):
        """The exposure becomes `new`: what a measure falls by counts as repaid, R21."""
        path, currency = self.path(exposure["limit"]), exposure["currency"]
        rises = [n - r for n, r in zip(new, exposure["rest"])]
        self.add(path, "outstanding", currency, rises)
        self.add(path, "repaid", currency, [max(0, -rise) for rise in rises])
        self.change(exposure, new)

    def repay(self, cmd):
        exposure, given = self.open_exposure(cmd)
        part, default = self.part(exposure, given)
        taken = (part["amount"], part["exposure"], part["weighted"])
        rest = tuple(r - t for r, t in zip(exposure["rest"], taken))
        self.become(exposure, rest if rest[0] > 0 else (0, 0, 0))
        self.remember_amounts(cmd, exposure, part, default)
        return self.over(exposure["limit"])

    def restate(self, cmd):
        exposure, given = self.open_exposure(cmd)
        default = self.shares(exposure["rest"], given["amount"], given)
        new = {**default, **given}
        self.become(exposure, (new["amount"], new["exposure"], new["weighted"]))
        self.remember_amounts(cmd, exposure, new, default)
        return self.over(exposure["limit"])

    # -- get

    def get(self, cmd):
        if "limit" in cmd:
            return {"limit": self.show_limit(self.find(cmd, "limit"))}
        if "reservation" in cmd:
            return {"reservation": self.show_record(self.find(cmd, "reservation"))}
        if "exposure_id" in cmd:
            return {"exposure": self.show_record(self.find(cmd, "exposure_id"))}
        unlock = self.find(cmd, "unlock")
        digits = form.DIGITS[self.limits[unlock["limit"]]["currency"]]
        return {"unlock": {
            "id": unlock["id"], "limit": unlock["limit"],
            "amount": form.money(unlock["amount"], digits),
            "remaining": form.money(unlock["remaining"], digits), "until": unlock["until"],
            "lifts": list(unlock["lifts"])}}

    def show_limit(self, limit):
        digits = form.DIGITS[limit["currency"]]
        shown = {name: limit[name] for name in ("id", "holder", "kind", "currency")}
        shown["parents"] = list(limit["parents"])
        for name in ("measure", "mode", "revolving"):
            shown[name] = limit[name]
        shown["cap"] = form.money(limit["cap"], digits)
        shown["tolerance_bps"] = limit["tolerance_bps"]
        if limit["raise"]:
            shown["raise"] = {"amount": form.money(limit["raise"]["amount"], digits),
                              "from": limit["raise"]["from"], "until": limit["raise"]["until"]}
        shown["status"] = limit["status"]
        for name in ("from", "until", "due_until"):
            if limit[name] is not None:
                shown[name] = limit[name]
        used, committed, cap = self.used(limit), self.committed(limit), self.effective_cap(limit)
        for name, amount in (("frozen", limit["frozen"]), ("used", used),
                             ("reserved", committed - used),
                             ("outstanding", self.outstanding(limit)), ("committed", committed),
                             ("effective_cap", cap),
                             ("available", cap - committed - limit["frozen"])):
            shown[name] = form.money(amount, digits)
        shown["over"] = committed > cap
        return shown

    @staticmethod
    def show_record(record):
        digits = form.DIGITS[record["currency"]]
        shown = {name: record[name] for name in ("id", "limit", "currency")}
        for prefix, amounts in (("", record["made"]), ("remaining_", record["rest"])):
            for name, amount in zip(("amount", "exposure", "weighted"), amounts):
                shown[prefix + name] = form.money(amount, digits)
        return shown

    # -- the invariants of "What always holds"

    def audit(self):
        """Adds up what stands, record by record, and compares it with the sums that are held."""
        held = {(name, kind, c): amount for name, limit in self.limits.items()
                for kind in ("outstanding", "reserved") for c, amount in limit[kind].items()
                if amount}
        summed = {}
        for record in list(self.reservations.values()) + list(self.exposures.values()):
            for node in self.path_with(record["limit"], None, None):
                amount = record["rest"][MEASURE[self.limits[node]["measure"]]]
                key = (node, record["kind"], record["currency"])
                if amount:
                    summed[key] = summed.get(key, 0) + amount
        assert held == summed, "sums differ from the records"
        for limit in self.limits.values():
            assert all(amount >= 0 for kind in SUMS for amount in limit[kind].values())


EFFECTS = {
    "rate.set": Ledger.rate_set, "day.open": Ledger.day_open, "limit.open": Ledger.limit_open,
    "limit.adjust": Ledger.limit_adjust, "limit.raise": Ledger.limit_raise,
    "limit.activate": Ledger.limit_activate, "limit.freeze": Ledger.limit_freeze,
    "limit.unfreeze": Ledger.limit_unfreeze, "limit.move": Ledger.limit_move,
    "limit.close": Ledger.limit_close, "unlock": Ledger.unlock, "reserve": Ledger.reserve,
    "confirm": Ledger.confirm, "cancel": Ledger.cancel, "draw": Ledger.draw,
    "repay": Ledger.repay, "restate": Ledger.restate, "check": Ledger.check, "get": Ledger.get,
}


def replay(data, base="CNY"):
    """NDJSON bytes of one batch -> the list of result lines, without newlines, as bytes."""
    ledger = Ledger(base)
    results = ledger.apply_batch([form.decode_line(line) for line in form.split_lines(data)])
    return [form.encode_result(result).encode("utf-8") for result in results]


def main():
    parser = argparse.ArgumentParser(description="Reference model of the limit ledger: NDJSON "
                                                 "commands in, one NDJSON result per line out.")
    parser.add_argument("file", nargs="?", default="-", help="commands, or - for standard input")
    parser.add_argument("--base", default="CNY", metavar="CODE", help="base currency")
    args = parser.parse_args()
    if args.base not in form.DIGITS:
        parser.error("unknown currency " + args.base)
    if args.file == "-":
        data = sys.stdin.buffer.read()
    else:
        with open(args.file, "rb") as file:
            data = file.read()
    for line in replay(data, args.base):
        sys.stdout.buffer.write(line + b"\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
