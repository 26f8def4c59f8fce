"""Somebody with all rights to the database damages the stored audit trail: whatever it is, `headroom verify`
finds it, from the chain or from a head that was deposited, and names it. The forger of the last kinds knows how
entries are hashed, and seals anew what he left; the heads that stand against him are those in DIR/audit.log, and,
where he forges that log too, those that were kept elsewhere. The hash is computed here from the text of
src/audit/README.md, not by the program.
Source: assurance.md, "Audit: any edit, cut or roll-back of stored history is found"."""

import contextlib
import hashlib
import json
import os
import pathlib
import random
import sqlite3
import struct
import subprocess
import sys
import unittest

import tier

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "api"))
from headroom_server import BINARY, Headroom  # noqa: E402
from postgres_case import POSTGRES, databases  # noqa: E402

DAMAGES = tier.size(16, 160, 10000)
TEXTS = ("actor", "address", "action", "subject", "before", "after", "reason")
COLUMNS = ("number", "at", *TEXTS, "previous", "hash")
ENTRIES = 40


def sealed(entry):
    """The hash that an entry must have."""
    content = b"headroom audit entry 1" + struct.pack(">qq", entry["number"], entry["at"]) + entry["previous"]
    for text in (entry[name] for name in TEXTS):
        content += b"\0" if text is None else b"\1" + struct.pack(">q", len(text.encode())) + text.encode()
    return hashlib.sha256(content).digest()


def seal(entries, begin):
    """Chains everything from the index `begin` on anew."""
    for index in range(begin, len(entries)):
        entry = entries[index]
        entry["number"] = index + 1
        entry["previous"] = entries[index - 1]["hash"] if index else bytes(32)
        entry["hash"] = sealed(entry)


class Damage:
    """One damage of a copy of the trail: each kind a method that takes (random, entries, place)."""

    def edit_a_text(self, rng, entries, place):
        name = rng.choice(TEXTS)
        old = entries[place][name]
        if old is None:
            new = ""
        elif not old:
            new = rng.choice((None, "x")) if name in ("before", "after", "reason") else "x"
        else:
            at = rng.randrange(len(old))
            new = rng.choice((old[:at] + old[at + 1:], old[:at] + "x" + old[at:], old[:at] + chr(ord(old[at]) ^ 1) +
                              old[at + 1:], old.swapcase() if old.swapcase() != old else old + " "))
        entries[place][name] = new

    def edit_the_time(self, rng, entries, place):
        entries[place]["at"] ^= 1 << rng.randrange(62)

    def edit_a_hash(self, rng, entries, place):
        name = rng.choice(("previous", "hash"))
        changed = bytearray(entries[place][name])
        changed[rng.randrange(32)] ^= 1 << rng.randrange(8)
        entries[place][name] = bytes(changed)

    def move_a_border(self, rng, entries, place):
        entry, index = entries[place], rng.randrange(3)
        left, right = TEXTS[index], TEXTS[index + 1]
        both = entry[left] + entry[right]
        border = rng.choice([n for n in range(len(both) + 1) if n != len(entry[left])])
        entry[left], entry[right] = both[:border], both[border:]

    def cut_out(self, rng, entries, place):
        del entries[place:place + rng.randint(1, 5)]

    def cut_out_and_number_anew(self, rng, entries, place):
        del entries[place:place + rng.randint(1, 5)]
        for index, entry in enumerate(entries):
            entry["number"] = index + 1

    def swap(self, rng, entries, place):
        other = rng.choice([n for n in range(len(entries)) if n != place])
        a, b = entries[place], entries[other]
        entries[place], entries[other] = {**b, "number": a["number"]}, {**a, "number": b["number"]}

    def put_in_twice(self, rng, entries, place):
        entries.insert(place, dict(entries[place]))
        for index, entry in enumerate(entries):
            entry["number"] = index + 1

    def write_at_the_end_without_the_key(self, rng, entries, place):
        entries.append({**entries[place], "number": len(entries) + 1})

    def cut_the_end(self, rng, entries, place):
        del entries[place:]

    # The forger who seals anew.

    def edit_and_seal_anew(self, rng, entries, place):
        entries[place]["actor"] += "x"
        seal(entries, place)

    def take_out_and_seal_anew(self, rng, entries, place):
        del entries[place]
        seal(entries, place)

    def put_in_and_seal_anew(self, rng, entries, place):
        entries.insert(place, {**entries[place], "actor": "x"})
        seal(entries, place)

    def swap_and_seal_anew(self, rng, entries, place):
        other = rng.choice([n for n in range(len(entries)) if n != place])
        entries[place], entries[other] = entries[other], entries[place]
        seal(entries, 0)

    def roll_back_and_go_on(self, rng, entries, place):
        count = len(entries)
        del entries[place:]
        for _ in range(rng.randint(1, count)):
            entries.append({**dict.fromkeys(TEXTS, "x"), "at": 1})
        seal(entries, place)

    def write_all_anew(self, rng, entries, place):
        for entry in entries:
            entry["at"] += 1
        seal(entries, 0)


KINDS = [name for name in vars(Damage) if not name.startswith("_")]


class Cases:
    """For either database: `damage(entries)` puts a trail into it; `options` name it to verify."""

    options = ()

    def setUp(self):
        self.server = Headroom(*self.options)
        self.addCleanup(self.server.remove)
        self.fill()
        head = self.server.get("/v1/audit/head").json()
        self.server.stop()
        self.directory = self.server.directory
        self.deposits = self.server.home / "deposits.txt"
        self.deposits.write_text(head["line"] + "\n")
        # What is proven again and again needs no spare segment.
        (self.directory / "journal-spare").unlink(missing_ok=True)
        self.entries = self.read()
        self.assertGreater(len(self.entries), ENTRIES)

    def fill(self):
        self.server.ask("POST", "/v1/entities", {"id": "bank", "name": "bank"})
        self.server.ask("POST", "/v1/organisations", {"id": "head", "name": "总行", "legal_entity": "bank"})
        for number in range(ENTRIES // 2):
            user = {"id": f"u{number}", "login": f"u{number}", "name": f"user {number}", "organisation": "head"}
            self.assertEqual(self.server.ask("POST", "/v1/users", user).status, 201)
            self.server.ask("POST", f"/v1/users/u{number}/posts", {"organisation": "head", "role": "management"})

    def verify(self, *options):
        return subprocess.run([BINARY, "verify", str(self.directory), "--language", "en", *self.options, *options],
                              capture_output=True, text=True, timeout=60, check=False)

    def forge_the_log(self):
        """DIR/audit.log without the deposits in it, chained anew: the forger had the data directory, too."""
        log = self.directory / "audit.log"
        previous = bytes(32).hex()
        kept = [line for line in log.read_text().splitlines() if '"event":"trail_head"' not in line]
        for number, line in enumerate(kept, 1):
            text = json.loads(line)
            text.update({"n": number, "previous": previous})
            kept[number - 1] = json.dumps(text, separators=(",", ":"), ensure_ascii=False)
            previous = hashlib.sha256(kept[number - 1].encode()).hexdigest()
        log.write_text("".join(line + "\n" for line in kept))

    def test_every_damage_is_found(self):
        rng, kinds, log = random.Random(tier.seed()), Damage(), (self.directory / "audit.log").read_bytes()
        found = dict.fromkeys(KINDS, 0)
        self.assertEqual(self.verify("--audit-heads", str(self.deposits)).returncode, 0)
        for number in range(self.damages):
            kind = KINDS[number % len(KINDS)]
            entries = [dict(entry) for entry in self.entries]
            # At the last entry as at any other.
            getattr(kinds, kind)(rng, entries, rng.randrange(len(entries)))
            self.assertNotEqual(entries, self.entries, kind)
            self.write(entries)
            done = self.verify()
            self.assertEqual(done.returncode, 1, f"{kind}, damage {number}, seed {tier.seed()}: {done}")
            self.assertIn("audit trail", done.stderr)
            found[kind] += 1
        # With the log forged beside it only what was deposited elsewhere tells.
        self.forge_the_log()
        self.write(self.entries)
        self.assertEqual(self.verify().returncode, 0)
        for kind in (name for name in KINDS if "seal" in name or name.startswith(("roll", "write_all", "cut_the"))):
            entries = [dict(entry) for entry in self.entries]
            getattr(kinds, kind)(rng, entries, rng.randrange(len(entries) - 3))
            self.write(entries)
            if kind != "cut_the_end":  # which leaves a whole chain, only shorter
                self.assertEqual(self.verify().returncode, 0, f"{kind}: sealed anew it is a whole chain")
            done = self.verify("--audit-heads", str(self.deposits))
            self.assertEqual(done.returncode, 1, f"{kind}, seed {tier.seed()}: {done}")
            found[kind] += 1
        (self.directory / "audit.log").write_bytes(log)
        self.write(self.entries)
        self.assertEqual(self.verify("--audit-heads", str(self.deposits)).returncode, 0)
        print(f"{sum(found.values())} damages of {len(KINDS)} kinds to a trail of {len(self.entries)} entries, all"
              f" found: {', '.join(f'{kind} {count}' for kind, count in found.items())}")


class SqliteDamage(Cases, unittest.TestCase):
    damages = DAMAGES

    def read(self):
        with contextlib.closing(sqlite3.connect(self.directory / "credit.db")) as database:
            database.executescript("PRAGMA wal_checkpoint(TRUNCATE); DROP TRIGGER audit_entry_no_update;"
                                   "DROP TRIGGER audit_entry_no_delete; PRAGMA journal_mode = DELETE;")
            rows = database.execute(f"SELECT {', '.join(COLUMNS)} FROM audit_entry ORDER BY number").fetchall()
        return [dict(zip(COLUMNS, row, strict=True)) for row in rows]

    def write(self, entries):
        with contextlib.closing(sqlite3.connect(self.directory / "credit.db")) as database, database:
            database.execute("PRAGMA synchronous = OFF")
            database.execute("DELETE FROM audit_entry")
            database.executemany(f"INSERT INTO audit_entry VALUES ({', '.join('?' * len(COLUMNS))})",
                                 [tuple(entry[name] for name in COLUMNS) for entry in entries])


@unittest.skipUnless(POSTGRES, "no PostgreSQL here")
class PostgresDamage(Cases, unittest.TestCase):
    damages = max(len(KINDS), DAMAGES // 20)

    def setUp(self):
        self.schema = f"damage{os.getpid()}"
        databases.desk.rows(f"CREATE SCHEMA {self.schema}")
        self.addCleanup(databases.desk.rows, f"DROP SCHEMA {self.schema} CASCADE")
        self.url = f"{POSTGRES}&application_name={self.schema}&options=-csearch_path%3D{self.schema}"
        self.options = ("--store", self.url)
        super().setUp()

    def read(self):
        databases.desk.rows("ALTER TABLE audit_entry DISABLE TRIGGER ALL", self.schema)
        names = ", ".join(f"encode({name}, 'hex') AS {name}" if name in ("previous", "hash") else name
                          for name in COLUMNS)
        (answer,), = databases.desk.rows(f"SELECT json_agg(line) FROM (SELECT {names} FROM audit_entry ORDER BY number)"
                                         " AS line", self.schema)
        return [{**row, "previous": bytes.fromhex(row["previous"]), "hash": bytes.fromhex(row["hash"])}
                for row in json.loads(answer)]

    def write(self, entries):
        def literal(content):
            if isinstance(content, bytes):
                return f"'\\x{content.hex()}'"
            if isinstance(content, str):
                return "'" + content.replace("'", "''") + "'"
            return "NULL" if content is None else str(content)

        rows = ", ".join(f"({', '.join(literal(entry[name]) for name in COLUMNS)})" for entry in entries)
        databases.desk.rows("DELETE FROM audit_entry;" + (f" INSERT INTO audit_entry VALUES {rows}" if rows else ""),
                            self.schema)


if __name__ == "__main__":
    unittest.main()
