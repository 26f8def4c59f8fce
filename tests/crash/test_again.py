"""Each batch is sent 1 to 5 times, out of order, across kills: one effect, and the same answer for what had one.
Source: assurance.md, `again`."""
import random
import shutil
import tempfile
import unittest
from decimal import Decimal

import tier
from book import Book
from driver import Died, Driver, verify

BATCHES = tier.size(60, 400, 100000)
WINDOW = 12  # batches on their way at the same time


class Again(unittest.TestCase):
    def test_one_effect(self):
        rng = random.Random(tier.seed())
        book = Book(rng)
        directory = tempfile.mkdtemp(prefix="headroom-again-")
        driver = Driver(directory)
        driver.ready()
        self.assertEqual({a["result"] for a in driver.ask(list(book.openings()))}, {"ok"})
        waiting, made, sent, kills = [], 0, 0, 0
        while made < BATCHES or waiting:
            while made < BATCHES and len(waiting) < WINDOW:
                waiting += [book.batch()] * rng.randint(1, 5)
                made += 1
            batch = waiting.pop(rng.randrange(len(waiting)))
            sent += 1
            if rng.random() < 0.02:  # the answer is lost with the process, and the batch sent again
                driver.send(batch)
                driver.kill()
                kills += 1
                driver = Driver(directory)
                driver.ready()
                waiting.append(batch)
                continue
            try:
                answers = driver.ask(batch)
            except Died:
                self.fail("it ended by itself: %s" % (driver.close(),))
            before = set(book.applied)
            self.assertIsNone(book.take(batch, answers))
            for command, answer in zip(batch, answers, strict=True):
                if command["id"] in before:
                    self.assertIn(answer["result"], ("exists", "linked_failed"), (command, answer))
        self.compare(book, driver)
        self.assertEqual(driver.close(), (0, ""))
        status, digest = verify(directory)
        self.assertEqual(status, 0, digest)
        shutil.rmtree(directory)
        print("%d batches sent %d times across %d kills: %d commands had their one effect" % (
            made, sent, kills, len(book.applied)))

    def compare(self, book, driver):
        standing = book.standing()
        for name in book.caps:
            limit = driver.ask([{"op": "get", "limit": name}])[0]["limit"]
            self.assertEqual((Decimal(limit["used"]), Decimal(limit["reserved"])), standing[name], name)


if __name__ == "__main__":
    unittest.main()
