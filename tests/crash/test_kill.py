"""Real kill -9 at random instants under load, half of them during recovery.

What was answered must be there after the restart with one effect; what was not may be there or not, and is sent
again. After each life the ledger's figures must equal what the applied commands add up to, no hard limit may be
passed, and the directory must prove itself from its first record. Source: assurance.md, `kill` and `again`.
"""
import random
import shutil
import tempfile
import time
import unittest
from decimal import Decimal

import tier
from book import Book
from driver import Died, Driver, verify

KILLS = tier.size(8, 200, 10000)
SEED = tier.seed()


class Life:
    """Lives of one directory."""

    def __init__(self, case, seed):
        self.case = case
        self.random = random.Random(seed)
        self.book = Book(self.random)
        self.directory = tempfile.mkdtemp(prefix="headroom-kill-")
        self.unanswered = list(self.book.openings())
        self.kills = {"load": 0, "recovery": 0, "from snapshot": 0, "kept": 0}

    def end(self):
        shutil.rmtree(self.directory)

    def fail(self, text):
        self.case.fail("%s (HEADROOM_SEED, kept in %s)" % (text, self.directory))

    def start(self):
        """A process that has recovered, after some that were killed while they did."""
        while self.random.random() < 0.5:
            driver = Driver(self.directory)
            time.sleep(self.random.random() * 0.02)
            driver.kill()
            self.kills["recovery"] += 1
        driver = Driver(self.directory)
        try:
            self.kills["from snapshot"] += driver.ready() > 0
        except Died:
            self.fail("recovery failed: %s" % (driver.close(),))
        return driver

    def resend(self, driver):
        """What was not answered, and some of what was."""
        before = set(self.book.applied)
        sample = self.random.sample(sorted(before), min(len(before), 20))
        again = [self.book.commands[name] for name in sample]
        if again:
            for answer in driver.ask(again):
                if answer["result"] != "exists":
                    self.fail("an answered command is lost: %s" % answer)
        if self.unanswered:
            answers = driver.ask(self.unanswered)
            self.kills["kept"] += sum(a["result"] == "exists" for a in answers)
            self.note(self.unanswered, answers)
        self.unanswered = []

    def note(self, commands, answers):
        known = [c for c in commands if c["op"] != "limit.open"]
        if len(known) < len(commands):
            for answer in answers:
                if answer["result"] not in ("ok", "exists"):
                    self.fail("a limit was not opened: %s" % answer)
            return
        wrong = self.book.take(commands, answers)
        if wrong:
            self.fail(wrong)

    def compare(self, driver):
        names = list(self.book.caps)
        answers = driver.ask([{"op": "get", "limit": name} for name in names])
        standing = self.book.standing()
        for name, answer in zip(names, answers, strict=True):
            limit = answer["limit"]
            found = (Decimal(limit["used"]), Decimal(limit["reserved"]))
            if found != standing[name]:
                self.fail("%s stands at %s, the applied commands say %s" % (name, found, standing[name]))
            if sum(found) > self.book.caps[name]:
                self.fail("%s is passed: %s" % (name, found))

    def load(self, driver):
        """Batches until the kill, which comes at any instant of one."""
        for _ in range(self.random.randint(0, 15)):
            batch = self.book.batch()
            self.note(batch, driver.ask(batch))
        self.unanswered = self.book.batch()
        driver.send(self.unanswered)
        time.sleep(self.random.random() * 0.004)
        driver.kill()
        self.kills["load"] += 1


class Kill(unittest.TestCase):
    def test_nothing_answered_is_lost_or_doubled(self):
        life = Life(self, SEED)
        while life.kills["load"] + life.kills["recovery"] < KILLS:
            driver = life.start()
            life.resend(driver)
            life.compare(driver)
            life.load(driver)
        driver = life.start()
        life.resend(driver)
        life.compare(driver)
        status, errors = driver.close()
        self.assertEqual((status, errors), (0, ""))
        status, digest = verify(life.directory)
        self.assertEqual(status, 0, digest)
        print("seed %d: %s, %d commands applied, digest %s" % (
            SEED, ", ".join("%s %d" % pair for pair in life.kills.items()), len(life.book.applied), digest[:16]))
        life.end()


if __name__ == "__main__":
    unittest.main()
