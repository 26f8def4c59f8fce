"""A copy of the data directory, taken at a random point and put back later, is the ledger of that point, and goes on
from there when what came after is sent again. Source: assurance.md, `restore from backup at a random point`."""
import random
import shutil
import tempfile
import unittest
from decimal import Decimal

import tier
from book import Book
from driver import Driver, verify

BACKUPS = tier.size(3, 15, 1000)


class Restore(unittest.TestCase):
    def standing(self, driver, book):
        answers = driver.ask([{"op": "get", "limit": name} for name in book.caps])
        return {name: (Decimal(a["limit"]["used"]), Decimal(a["limit"]["reserved"]))
                for name, a in zip(book.caps, answers, strict=True)}

    def run_some(self, driver, book, rng, history):
        for _ in range(rng.randint(1, 25)):
            batch = book.batch()
            self.assertIsNone(book.take(batch, driver.ask(batch)))
            history.append(batch)

    def test_a_backup_goes_on(self):
        rng = random.Random(tier.seed())
        sent_again = 0
        for turn in range(BACKUPS):
            folder = tempfile.mkdtemp(prefix="headroom-restore-")
            book, history = Book(rng), []
            driver = Driver(folder + "/data")
            driver.ready()
            self.assertEqual({a["result"] for a in driver.ask(list(book.openings()))}, {"ok"})
            self.run_some(driver, book, rng, history)
            then = self.standing(driver, book)
            if turn % 2:
                driver.kill()  # a copy of what a crash leaves
            else:
                self.assertEqual(driver.close(), (0, ""))
            shutil.copytree(folder + "/data", folder + "/backup")
            driver = Driver(folder + "/data")
            driver.ready()
            count = len(history)
            self.run_some(driver, book, rng, history)
            now = self.standing(driver, book)
            self.assertEqual(now, book.standing())
            driver.kill()
            shutil.rmtree(folder + "/data")
            shutil.copytree(folder + "/backup", folder + "/data")
            driver = Driver(folder + "/data")
            driver.ready()
            self.assertEqual(self.standing(driver, book), then)
            for batch in history[count:]:
                driver.ask(batch)
                sent_again += len(batch)
            self.assertEqual(self.standing(driver, book), now)
            self.assertEqual(driver.close(), (0, ""))
            status, digest = verify(folder + "/data")
            self.assertEqual(status, 0, digest)
            shutil.rmtree(folder)
        print("%d backups restored, %d commands sent again" % (BACKUPS, sent_again))


if __name__ == "__main__":
    unittest.main()
