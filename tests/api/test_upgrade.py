"""Databases of every older schema, with a row in each of their tables, met by the program of today: it brings them up
and keeps every row; a step that fails leaves what was; a schema that is newer than the program is refused.

An old database is made from the migrations themselves, as the program that was released with them would have made it.
Its rows are made from the tables: what a column may hold is read from its type and its checks, so that a table that a
later migration adds has a row here, too; `GIVEN` holds what cannot be guessed."""

import hashlib
import os
import pathlib
import re
import sqlite3
import struct
import subprocess
import unittest

from headroom_server import BINARY, Headroom
from postgres_case import POSTGRES, databases

SQL = pathlib.Path(os.environ.get("HEADROOM_SOURCE", ".")) / "src" / "store" / "sql"
NEWEST = len(list(SQL.glob("0*.sqlite.sql")))
# All of them at each check; before each commit the first and those of the last step.
WHOLE = os.environ.get("HEADROOM_TIER") != "test"
SCHEMAS = range(1, NEWEST + 1) if WHOLE else (1, NEWEST - 1, NEWEST)


def trail_hash():
    """The hash of the entry below. Source: src/audit/README.md."""
    content = b"headroom audit entry 1" + struct.pack(">qq", 1, 1000000) + bytes(32)
    for text in (GIVEN["audit_entry"][name] for name in
                 ("actor", "address", "action", "subject", "before", "after", "reason")):
        content += b"\0" if text is None else b"\1" + struct.pack(">q", len(text.encode())) + text.encode()
    return hashlib.sha256(content).digest()


GIVEN = {
    "audit_entry": {"number": 1, "at": 1000000, "actor": "an older program", "address": "", "action": "test.change",
                    "subject": "thing/1", "before": None, "after": '{"name":"额度"}', "reason": None,
                    "previous": bytes(32)},
    # What is open would be gone on with by the program that finds it.
    "outbox": {"state": "accepted", "answer": "[]", "answered": 1, "ledger": 0},
    "event": {"ledger": 0},
    "process_effect": {"state": "done", "ended": 1},
    "rule_move": {"state": "rejected", "agreed_by": None, "ended": 1},
    "pack_activation": {"state": "rejected", "decided": 1, "decided_by": "y"},
    "organisation": {"path": "/x/"},
    "delegation": {"until": 2, "delegate": "y"},
    "bank_user": {"totp_key": bytes(range(20)), "password": "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$aGFzaA"},
}
# A second row, where one refers to two that differ.
SECOND = {"bank_user": {"id": "y", "login": "y"}}
# Which row is looked at again, where there is a second one, or the program that finds it adds rows of its own.
OLD = {"audit_entry": "number = 1", "event": "number = 1", "customer_import": "id = 'x'", "bank_user": "id = 'x'"}
GIVEN["audit_entry"]["hash"] = trail_hash()


def migration(number, dialect):
    file, = SQL.glob(f"{number:04}_*.{dialect}.sql")
    return file


def model(schema):
    """An SQLite database in memory of that schema: what the tables are, on either system."""
    database = sqlite3.connect(":memory:")
    for number in range(1, schema + 1):
        database.executescript(migration(number, "sqlite").read_text())
    return database


def columns(database, table):
    return [(name, kind, bool(required)) for _, name, kind, required, _, _
            in database.execute(f"PRAGMA table_info({table})")]


def tables(database):
    return [(name, sql) for name, sql in
            database.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'table' ORDER BY rowid")]


def value(name, kind, sql):
    """Something that a column may hold."""
    listed = re.search(rf"\b{name} IN \('?([^',)]*)", sql)
    sized = re.search(rf"length\({name}\) = (\d+)", sql)
    if listed:
        return int(listed[1]) if kind == "INTEGER" else listed[1]
    if kind == "BLOB":
        return bytes(range(int(sized[1]) if sized else 8))
    return 1 if kind == "INTEGER" else "x" * (int(sized[1]) if sized else 1)


def rows(database):
    """{table: {column: value}}, a row for each table, those that are referred to first."""
    made = {}
    for table, sql in tables(database):
        given = GIVEN.get(table, {})
        keys = {row[3]: (row[2], row[4]) for row in database.execute(f"PRAGMA foreign_key_list({table})")}
        made[table] = {}
        for name, kind, required in columns(database, table):
            if name in given:
                made[table][name] = given[name]
            elif not required:
                made[table][name] = None
            elif name in keys and keys[name][0] != table:
                made[table][name] = made[keys[name][0]][keys[name][1]]
            else:
                made[table][name] = value(name, kind, sql)
    return made


def insert(table, row, literal_of_bytes):
    def literal(content):
        if isinstance(content, bytes):
            return literal_of_bytes(content)
        if isinstance(content, str):
            return "'" + content.replace("'", "''") + "'"
        return "NULL" if content is None else str(content)

    return f"INSERT INTO {table} ({', '.join(row)}) VALUES ({', '.join(literal(content) for content in row.values())});"


def noted(number, dialect):
    """The program's own note of a migration that it applied."""
    file = migration(number, dialect)
    return (f"INSERT INTO schema_migration VALUES ({number}, '{file.name[5:].partition('.')[0]}',"
            f" '{hashlib.sha256(file.read_bytes()).hexdigest()}', 0);")


def script(schema, dialect, literal_of_bytes):
    """What makes a database of that schema with its rows."""
    text = ("CREATE TABLE schema_migration (number BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL,"
            " checksum TEXT NOT NULL, applied BIGINT NOT NULL);\n")
    for number in range(1, schema + 1):
        text += migration(number, dialect).read_text() + noted(number, dialect) + "\n"
    for table, row in rows(model(schema)).items():
        text += insert(table, row, literal_of_bytes) + "\n"
        if table in SECOND:
            text += insert(table, {**row, **SECOND[table]}, literal_of_bytes) + "\n"
    return text


def in_the_way(text):
    """What keeps a migration from making its last table, index or column, and what takes it away again."""
    made = re.findall(r"^CREATE (?:UNIQUE )?(TABLE|INDEX) (\w+)", text, re.M)
    if not made:
        table, column = re.findall(r"^ALTER TABLE (\w+) ADD COLUMN (\w+)", text, re.M)[-1]
        return f"ALTER TABLE {table} ADD COLUMN {column} TEXT;", f"ALTER TABLE {table} DROP COLUMN {column};"
    kind, name = made[-1]
    if kind == "TABLE":
        return f"CREATE TABLE {name} (x BIGINT);", f"DROP TABLE {name};"
    return f"CREATE INDEX {name} ON schema_migration (applied);", f"DROP INDEX {name};"


class Upgrade:
    """Cases for either database: `run(sql)`, `ask(sql)` -> list of rows of text, `fresh()` empties it."""

    def serve(self):
        return subprocess.run([BINARY, "serve", "--data", str(self.directory), "--listen", "127.0.0.1:0", "--language",
                               "en", *self.store], capture_output=True, text=True, timeout=60, check=False)

    def verify(self):
        return subprocess.run([BINARY, "verify", str(self.directory), "--language", "en", *self.store],
                              capture_output=True, text=True, timeout=60, check=False)

    def old(self, schema):
        self.fresh()
        self.run_sql(script(schema, self.dialect, self.literal))

    def schema(self):
        (count,), = self.ask("SELECT count(*) FROM schema_migration")
        return int(count)

    def kept(self, made):
        """The rows of `made` as the database has them, a text each; what a start itself adds is left out."""
        parts = []
        for table, row in made.items():
            texts = (self.hexed(name) if isinstance(row[name], bytes) else f"CAST({name} AS TEXT)" for name in row)
            whole = " || '|' || ".join(f"coalesce({text}, '')" for text in texts)
            where = f"WHERE {OLD[table]}" if table in OLD else ""
            parts.append(f"SELECT '{table}', {whole} FROM {table} {where}")
        return sorted(self.ask(" UNION ALL ".join(parts)))

    @staticmethod
    def expected(made):
        return sorted([table, "|".join(content.hex() if isinstance(content, bytes) else "" if content is None
                                       else str(content) for content in row.values())] for table, row in made.items())

    def upgrade(self):
        """What brings a database up and needs no journal beside it."""
        rows_file = self.folder.home / "none.csv"
        rows_file.write_text("type,name,organisation\n")
        return subprocess.run([BINARY, "import", "customers", str(rows_file), "--data", str(self.directory),
                               "--language", "en", *self.store],
                              capture_output=True, text=True, timeout=60, check=False)

    def start_and_stop(self):
        server = Headroom(*self.store, directory=self.directory)
        self.assertEqual(server.stop(), 0)
        server.remove()

    def test_every_older_schema_keeps_its_rows(self):
        for schema in SCHEMAS:
            with self.subTest(schema=schema):
                self.old(schema)
                made = rows(model(schema))
                self.assertEqual(self.kept(made), self.expected(made))
                self.assertEqual(self.schema(), schema)
                done = self.upgrade()
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertEqual(self.schema(), NEWEST)
                self.assertEqual(self.kept(made), self.expected(made))

    def test_a_server_goes_on_with_an_older_one(self):
        self.old(NEWEST - 1)
        self.start_and_stop()
        made = rows(model(NEWEST - 1))
        # A server seals the keys of second factors (test_second_factor.py); all else is as it was.
        del made["bank_user"]["totp_key"]
        self.assertEqual((self.schema(), self.kept(made)), (NEWEST, self.expected(made)))
        done = self.verify()
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("trail entries  4\n", done.stdout)

    def test_a_newer_schema_is_refused(self):
        self.old(NEWEST)
        self.run_sql(f"INSERT INTO schema_migration VALUES ({NEWEST + 1}, 'later', 'x', 0);")
        before = self.kept(rows(model(NEWEST)))
        for done in (self.serve(), self.verify()):
            self.assertEqual(done.returncode, 3, done.stderr)
            self.assertIn(f"its schema is {NEWEST + 1}, this program knows {NEWEST}: use the newer", done.stderr)
        self.assertEqual(self.schema(), NEWEST + 1)
        self.assertEqual(self.kept(rows(model(NEWEST))), before)

    def test_a_step_that_fails_leaves_what_was(self):
        """Each migration meets something in its way, at its last object: all that it did before is undone."""
        for schema in SCHEMAS[:-1] if WHOLE else (NEWEST - 1,):
            with self.subTest(schema=schema):
                self.old(schema)
                text = migration(schema + 1, self.dialect).read_text()
                put, take = in_the_way(text)
                self.run_sql(put)
                made, before = rows(model(schema)), self.shape()
                done = self.upgrade()
                self.assertEqual(done.returncode, 3, done.stderr)
                self.assertEqual(self.schema(), schema)
                self.assertEqual(self.shape(), before)
                self.assertEqual(self.kept(made), self.expected(made))
                self.run_sql(take)
                self.assertEqual(self.upgrade().returncode, 0)
                self.assertEqual(self.schema(), NEWEST)
                self.assertEqual(self.kept(made), self.expected(made))


class SqliteUpgrade(Upgrade, unittest.TestCase):
    store, dialect = (), "sqlite"

    def setUp(self):
        self.folder = Headroom()
        self.folder.stop()
        self.addCleanup(self.folder.remove)
        self.number = 0

    @staticmethod
    def literal(content):
        return f"x'{content.hex()}'"

    @staticmethod
    def hexed(name):
        return f"lower(hex({name}))"

    def fresh(self):
        self.number += 1
        self.directory = self.folder.home / f"data{self.number}"
        self.directory.mkdir(mode=0o700)
        # As the program makes it: SQLite's mark of whose file it is, and the write-ahead log.
        source = sqlite3.connect(self.folder.directory / "credit.db")
        (self.mark,), = source.execute("PRAGMA application_id")
        source.close()
        self.run_sql(f"PRAGMA journal_mode = WAL; PRAGMA application_id = {self.mark};")

    def connection(self):
        return sqlite3.connect(self.directory / "credit.db")

    def run_sql(self, sql):
        connection = self.connection()
        connection.executescript(sql if sql.startswith("PRAGMA") else f"PRAGMA synchronous = OFF; BEGIN; {sql} COMMIT;")
        connection.close()

    def ask(self, sql):
        connection = self.connection()
        found = connection.execute(sql).fetchall()
        connection.close()
        return [list(line) for line in found]

    def shape(self):
        return self.ask("SELECT type, name, sql FROM sqlite_schema ORDER BY 1, 2")


@unittest.skipUnless(POSTGRES, "no PostgreSQL here")
class PostgresUpgrade(Upgrade, unittest.TestCase):
    dialect, number = "postgresql", 0

    def setUp(self):
        self.folder = Headroom()
        self.folder.stop()
        self.addCleanup(self.folder.remove)

    @staticmethod
    def literal(content):
        return f"'\\x{content.hex()}'"

    @staticmethod
    def hexed(name):
        return f"encode({name}, 'hex')"

    def fresh(self):
        PostgresUpgrade.number += 1
        self.name = f"upgrade{os.getpid()}_{PostgresUpgrade.number}"
        databases.desk.rows(f"CREATE SCHEMA {self.name}")
        self.addCleanup(databases.desk.rows, f"DROP SCHEMA {self.name} CASCADE")
        self.store = ("--store", f"{POSTGRES}&application_name={self.name}&options=-csearch_path%3D{self.name}")
        self.directory = self.folder.home / self.name

    def run_sql(self, sql):
        databases.desk.rows(sql, self.name)

    def ask(self, sql):
        return [[None if text == "NULL" else text for text in line] for line in databases.desk.rows(sql, self.name)]

    def shape(self):
        return self.ask("SELECT table_name || ' ' || column_name || ' ' || data_type || ' ' || is_nullable"
                        " FROM information_schema.columns WHERE table_schema = current_schema() UNION ALL"
                        " SELECT indexdef FROM pg_indexes WHERE schemaname = current_schema() ORDER BY 1")


if __name__ == "__main__":
    unittest.main()
