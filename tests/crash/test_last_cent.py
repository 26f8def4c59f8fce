"""Many fight for the last cent of a limit in one commit: one wins each round. Source: assurance.md, `last cent`."""
import tempfile
import unittest

import tier
from driver import Driver

ROUNDS = tier.size(20, 500, 10000)
CLIENTS = 64


class LastCent(unittest.TestCase):
    def test_one_wins_each_round(self):
        with tempfile.TemporaryDirectory(prefix="headroom-cent-") as directory:
            driver = Driver(directory, snapshot=1 << 40)
            driver.ready()
            driver.ask([{"op": "limit.open", "id": "L", "currency": "CNY", "cap": "0.01"}])
            for turn in range(ROUNDS):
                answers = driver.ask([
                    {"op": "draw" if turn % 2 else "reserve", "id": "r%d-%d" % (turn, client), "limit": "L",
                     "amount": "0.01"} for client in range(CLIENTS)])
                winners = [a["id"] for a in answers if a["result"] == "ok"]
                self.assertEqual(len(winners), 1, answers)
                for answer in answers:
                    if answer["result"] != "ok":
                        self.assertEqual(answer["refusals"], [{"limit": "L", "reason": "limit_exceeded",
                                                               "available": "0.00", "required": "0.01"}])
                freed = {"op": "repay", "exposure_id": winners[0]} if turn % 2 else \
                    {"op": "cancel", "reservation": winners[0]}
                self.assertEqual(driver.ask([dict(freed, id="f%d" % turn)])[0]["result"], "ok")
            self.assertEqual(driver.close(), (0, ""))
            print("%d rounds of %d clients, one winner each" % (ROUNDS, CLIENTS))


if __name__ == "__main__":
    unittest.main()
