"""A disk that is full refuses cleanly, loses nothing, and goes on when there is room. Source: assurance.md."""
import os
import pathlib
import subprocess
import tempfile
import time
import unittest

import tier
from driver import SEGMENT, Driver, verify

SIZE = 5 * SEGMENT
TIMES = tier.size(1, 1, 20)


def mounted(directory):
    return subprocess.run(["mount", "-t", "tmpfs", "-o", "size=%d" % SIZE, "tmpfs", directory],
                          capture_output=True, check=False).returncode == 0


@unittest.skipUnless(os.geteuid() == 0, "needs root to mount a small file system")
class FullDisk(unittest.TestCase):
    def setUp(self):
        self.place = tempfile.mkdtemp(prefix="headroom-full-")
        if not mounted(self.place):
            self.skipTest("a small file system cannot be mounted here")

    def tearDown(self):
        if self.driver.process.poll() is None:
            self.driver.kill()
        subprocess.run(["umount", self.place], check=False)
        os.rmdir(self.place)

    @staticmethod
    def occupy(ballast):
        """Takes all the room there is."""
        with ballast.open("wb", buffering=0) as file:
            try:
                while file.write(bytes(1 << 16)):
                    pass
            except OSError:
                pass

    def fill(self, driver, accepted):
        """Draws until the disk is full. -> the number of the first batch that was refused"""
        reason = "x" * 1024
        for number in range(4000):
            commands = [{"op": "draw", "id": "d%d-%d" % (number, i), "limit": "L", "amount": "1",
                         "reason": reason} for i in range(256)]
            answers = driver.ask(commands)
            if answers[0]["result"] == "disk_full":
                return commands
            accepted.update(a["id"] for a in answers if a["result"] == "ok")
        self.fail("the disk never was full")

    def refuses_and_goes_on(self):
        directory = os.path.join(self.place, "data")
        ballast = pathlib.Path(self.place, "ballast")
        driver = self.driver = Driver(directory, snapshot=1 << 40)
        driver.ready()
        driver.ask([{"op": "limit.open", "id": "L", "currency": "CNY", "cap": "1000000000"}])
        self.occupy(ballast)
        accepted = set()
        refused = self.fill(driver, accepted)
        used = driver.ask([{"op": "get", "limit": "L"}])[0]["limit"]["used"]
        self.assertEqual(used, "%d.00" % len(accepted))  # queries go on, and nothing was half done
        ballast.unlink()
        driver.ask([])  # a moment for it to look again
        answers = driver.ask(refused)
        for _ in range(200):  # the next segment is being made, beside other work
            if answers[0]["result"] != "disk_full":
                break
            time.sleep(0.05)
            answers = driver.ask(refused)
        self.assertEqual({a["result"] for a in answers}, {"ok"})
        accepted.update(a["id"] for a in answers)
        self.assertEqual(driver.close(), (0, ""))
        driver = self.driver = Driver(directory, snapshot=1 << 40)
        driver.ready()
        used = driver.ask([{"op": "get", "limit": "L"}])[0]["limit"]["used"]
        self.assertEqual(used, "%d.00" % len(accepted))
        self.assertEqual(driver.close(), (0, ""))
        status, digest = verify(directory)
        self.assertEqual(status, 0, digest)
        print("%d commands before and after it was full" % len(accepted))


for number in range(TIMES):
    setattr(FullDisk, "test_refuses_and_goes_on_%d" % (number + 1), FullDisk.refuses_and_goes_on)

if __name__ == "__main__":
    unittest.main()
