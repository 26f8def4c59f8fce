"""Cases on the PostgreSQL that HEADROOM_POSTGRES leads to, each in a schema of its own."""

import os
import subprocess
import unittest

POSTGRES = os.environ.get("HEADROOM_POSTGRES", "")


@unittest.skipUnless(POSTGRES, "no PostgreSQL here")
class OnPostgres:
    """Before the class of the cases; `options` lead a server to the schema, whose address is `store`."""

    schemas = 0

    def psql(self, sql):
        subprocess.run(["psql", "--quiet", "--no-psqlrc", "-v", "ON_ERROR_STOP=1", POSTGRES, "-c", sql], check=True,
                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def fresh(self):
        """The address of a schema that is made now and removed with the case."""
        OnPostgres.schemas += 1
        self.schema = f"case{os.getpid()}_{OnPostgres.schemas}"
        self.psql(f"CREATE SCHEMA {self.schema}")
        self.addCleanup(self.psql, f"DROP SCHEMA {self.schema} CASCADE")
        return f"{POSTGRES}&options=-csearch_path%3D{self.schema}"

    def setUp(self):
        self.store = self.fresh()
        self.options = ("--store", self.store)
        super().setUp()
