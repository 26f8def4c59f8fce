"""A small book of limits, random commands on it, and what the accepted ones add up to."""
from decimal import Decimal


class Book:
    """Commands are told apart by their ids; each has at most one effect, whenever it was applied."""

    def __init__(self, random):
        self.random = random
        self.caps = {"bank": Decimal(20000)}
        self.parents = {"bank": None}
        for group in range(3):
            self.limit("g%d" % group, "bank", 9000)
            for customer in range(3):
                self.limit("c%d%d" % (group, customer), "g%d" % group, 4000)
        self.leaves = [name for name in self.caps if name.startswith("c")]
        self.commands = {}  # id -> command
        self.applied = set()  # ids whose effect is in the ledger
        self.number = 0

    def limit(self, name, parent, cap):
        self.caps[name] = Decimal(cap)
        self.parents[name] = parent

    def openings(self):
        for name, cap in self.caps.items():
            parent = self.parents[name]
            yield {"op": "limit.open", "id": name, "currency": "CNY", "cap": str(cap),
                   "parents": [parent] if parent else []}

    def new_id(self, letter):
        self.number += 1
        return "%s%d" % (letter, self.number)

    def amount(self):
        return "%d.%02d" % (self.random.randint(1, 600), self.random.randint(0, 99))

    def make(self):
        """One new command."""
        random = self.random
        opened = [i for i in self.applied if self.commands[i]["op"] in ("draw", "confirm")]
        held = [i for i in self.applied if self.commands[i]["op"] == "reserve"]
        kind = random.random()
        if kind < 0.25 and opened:
            command = {"op": "repay", "id": self.new_id("p"), "exposure_id": random.choice(opened)}
        elif kind < 0.4 and held:
            command = {"op": random.choice(["confirm", "cancel"]), "id": self.new_id("e"),
                       "reservation": random.choice(held)}
        else:
            command = {"op": random.choice(["draw", "reserve"]), "id": self.new_id("d"),
                       "limit": random.choice(self.leaves), "amount": self.amount()}
        self.commands[command["id"]] = command
        return command

    def batch(self):
        """New commands, some of them chained, some sent before."""
        commands = [dict(self.make()) for _ in range(self.random.randint(1, 12))]
        for command in commands[:-1]:
            if self.random.random() < 0.15:
                command["linked"] = True
        if self.applied and self.random.random() < 0.3:
            commands.append(dict(self.commands[self.random.choice(sorted(self.applied))]))
        return commands

    def take(self, commands, answers):
        """Notes what was applied. -> what is wrong with the answers, or None."""
        for command, answer in zip(commands, answers, strict=True):
            if answer["result"] in ("ok", "exists"):
                self.applied.add(command["id"])
            elif command["id"] in self.applied and answer["result"] != "linked_failed":
                return "%s was applied and is now %s" % (command, answer)
        return None

    def standing(self):
        """-> {limit: (used, reserved)} as the applied commands say."""
        sums = {name: [Decimal(0), Decimal(0)] for name in self.caps}
        settled = {}
        for name in self.applied:
            command = self.commands[name]
            target = command.get("exposure_id") or command.get("reservation")
            if target:
                settled[target] = command["op"]
        for name in self.applied:
            command = self.commands[name]
            op = command["op"]
            if op in ("repay", "cancel") or name in settled:
                continue
            source = self.commands[command["reservation"]] if op == "confirm" else command
            place = 1 if op == "reserve" else 0
            limit = source["limit"]
            while limit:
                sums[limit][place] += Decimal(source["amount"])
                limit = self.parents[limit]
        return {name: tuple(value) for name, value in sums.items()}
