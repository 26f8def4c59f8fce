"""Cases on the PostgreSQL that HEADROOM_POSTGRES leads to, each in a database of its own."""

import atexit
import csv
import glob
import os
import re
import subprocess
import unittest

import headroom_server

POSTGRES = os.environ.get("HEADROOM_POSTGRES", "")


# Debian's psql is a script that looks for the newest of these.
PSQL = max(glob.glob("/usr/lib/postgresql/*/bin/psql"), key=lambda path: int(path.split("/")[4]), default="psql")


def psql(sql, address=POSTGRES):
    subprocess.run([PSQL, "--quiet", "--no-psqlrc", "-v", "ON_ERROR_STOP=1", address, "-c", sql], check=True,
                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


class Desk:
    """One psql for all that a suite asks of the server: to start it costs as much as what it is told."""

    def __init__(self):
        self.process = None

    def start(self):
        self.process = subprocess.Popen(
            [PSQL, "--quiet", "--no-psqlrc", "--csv", "--tuples-only", "--pset=null=NULL", "-v", "ON_ERROR_STOP=1",
             POSTGRES], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            env={**os.environ, "PGOPTIONS": "-cclient_min_messages=warning"})
        atexit.register(self.process.kill)

    def rows(self, sql, schema=None):
        """What the statements answer, a list of texts each row; all of them or none, where they are for a schema."""
        if self.process is None:
            self.start()
        if schema is not None:
            sql = f"BEGIN; SET LOCAL search_path TO {schema}; {sql}; COMMIT"
        self.process.stdin.write(f"{sql};\n\\echo end of answer\n")
        self.process.stdin.flush()
        said = []
        for line in self.process.stdout:
            if line == "end of answer\n":
                return list(csv.reader(said))
            said.append(line)
        raise AssertionError((sql[:300], "".join(said)[-2000:]))


def name_of(address):
    return re.match("postgresql:///([^?]*)", address)[1]


class Databases:
    """Databases of this process. One is made with the first server on it, empty or a copy of another."""

    def __init__(self):
        self.given, self.made, self.desk = set(), set(), Desk()

    def address(self):
        address = re.sub("///[^?]*", f"///case{os.getpid()}_{len(self.given) + 1}", POSTGRES)
        self.given.add(address)
        return address

    def make(self, address, template=None):
        if address in self.given and address not in self.made:
            of = f" TEMPLATE {name_of(template)}" if template else ""
            self.desk.rows(f"CREATE DATABASE {name_of(address)}{of} STRATEGY FILE_COPY")
            self.made.add(address)

    def drop(self, address):
        if address in self.made:
            self.desk.rows(f"DROP DATABASE {name_of(address)} WITH (FORCE)")
            self.made.discard(address)


databases = headroom_server.databases = Databases()


@unittest.skipUnless(POSTGRES, "no PostgreSQL here")
class OnPostgres:
    """Before the class of the cases; `options` lead a server to the database, whose address is `store`. A check has
    such cases only where they do more than at a test, which has them all: then `at_check` is true."""

    at_check = False

    def psql(self, sql):
        psql(sql, self.store)

    def fresh(self):
        """The address of a database that is made by the first server on it and dropped with the case."""
        address = databases.address()
        self.addCleanup(databases.drop, address)
        return address

    def setUp(self):
        self.store = self.fresh()
        self.options = ("--store", self.store)
        super().setUp()
