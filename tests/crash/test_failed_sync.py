"""A write or sync that fails ends the process: it answers nothing more, and what it answered before is there after
a restart. Source: assurance.md, `failed sync`.

The calls fail in the C library, under the real program: a small library put before it counts durable writes, fsync
and fdatasync, and lets one of them fail with EIO. After a failed sync the page cache is not believed, so the program
must not try again; only the spare segment, in which nothing stands yet, is made anew.
"""
import os
import pathlib
import random
import shutil
import subprocess
import tempfile
import time
import unittest

import tier
from book import Book
from driver import PROGRAM, SEGMENT, Died, Driver, verify

SHIM = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>
/* Calls for the spare segment, which is made beside the others, are counted by themselves. */
static int fails(int fd)
{
    static long calls;
    const char *at = getenv("FAIL_AT");
    const char *spare = getenv("FAIL_SPARE");
    char link[64];
    char path[4096] = "";
    snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    if (readlink(link, path, sizeof(path) - 1) < 0 || at == NULL ||
        (strstr(path, "/journal-spare") != NULL) != (spare != NULL) ||
        __atomic_add_fetch(&calls, 1, __ATOMIC_SEQ_CST) != atol(at)) {
        return 0;
    }
    if (spare != NULL) {
        close(open(spare, O_CREAT | O_WRONLY, 0600));
    }
    return 1;
}
#define SHIM(name, parameters, arguments, type)                              \
    type name parameters                                                     \
    {                                                                        \
        type (*next) parameters = (type (*) parameters)dlsym(RTLD_NEXT, #name); \
        if (fails(fd)) {                                                     \
            errno = EIO;                                                     \
            return -1;                                                       \
        }                                                                    \
        return next arguments;                                               \
    }
SHIM(pwritev2, (int fd, const struct iovec *v, int n, off_t at, int flags), (fd, v, n, at, flags), ssize_t)
SHIM(fsync, (int fd), (fd), int)
SHIM(fdatasync, (int fd), (fd), int)
"""
TIMES = tier.size(3, 12, 500)


class FailingDriver(Driver):
    """The driver with one failing call."""

    def __init__(self, directory, shim, fail_at, **more):
        self.directory = directory
        environment = {**os.environ, "LD_PRELOAD": str(shim), "FAIL_AT": str(fail_at), **more}
        self.process = subprocess.Popen([PROGRAM, directory, str(SEGMENT), str(1 << 40)], env=environment,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


@unittest.skipUnless(shutil.which("cc"), "needs a C compiler to make the library that fails")
class FailedSync(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="headroom-sync-"))
        (self.folder / "shim.c").write_text(SHIM)
        subprocess.run(["cc", "-shared", "-fPIC", "-o", self.folder / "shim.so", self.folder / "shim.c"], check=True)

    def tearDown(self):
        shutil.rmtree(self.folder)

    def fail_once(self, book, directory, fail_at):
        """-> whether the process ended by the failure"""
        driver = FailingDriver(directory, self.folder / "shim.so", fail_at)
        batch = []
        try:
            driver.ready()
            for _ in range(40):
                batch = book.batch()
                self.assertIsNone(book.take(batch, driver.ask(batch)))
        except Died:
            status, errors = driver.close()
            self.assertEqual(status, 3, errors)
            self.assertIn("failed", errors)
            self.resend(book, directory, batch)
            return True
        self.assertEqual(driver.close(), (0, ""))
        return False

    def resend(self, book, directory, batch):
        """After the restart: what was answered is there, what was not has one effect when it is sent again."""
        driver = Driver(directory)
        driver.ready()
        for name in sorted(book.applied):
            self.assertEqual(driver.ask([book.commands[name]])[0]["result"], "exists", name)
        if batch:
            self.assertIsNone(book.take(batch, driver.ask(batch)))
        standing = book.standing()
        for name in book.caps:
            limit = driver.ask([{"op": "get", "limit": name}])[0]["limit"]
            self.assertEqual([float(limit["used"]), float(limit["reserved"])], [float(x) for x in standing[name]])
        self.assertEqual(driver.close(), (0, ""))

    def begin(self, book, name):
        """-> a directory with the limits of the book"""
        directory = str(self.folder / name)
        driver = Driver(directory)
        driver.ready()
        self.assertEqual({a["result"] for a in driver.ask(list(book.openings()))}, {"ok"})
        self.assertEqual(driver.close(), (0, ""))
        return directory

    def test_one_for_the_spare_segment_ends_nothing(self):
        """Nothing stands in it yet: it is made anew, and what is answered meanwhile is kept."""
        book = Book(random.Random(tier.seed()))
        directory = self.begin(book, "data")
        spare, failed = pathlib.Path(directory) / "journal-spare", self.folder / "failed"
        spare.unlink(missing_ok=True)
        driver = FailingDriver(directory, self.folder / "shim.so", 1, FAIL_SPARE=str(failed))
        driver.ready()
        deadline, behind = time.monotonic() + 60, 0
        while behind < 5 or not spare.exists():
            self.assertLess(time.monotonic(), deadline)
            behind += failed.exists()
            batch = book.batch()
            self.assertIsNone(book.take(batch, driver.ask(batch)))
        self.assertEqual(driver.close(), (0, ""))
        self.resend(book, directory, [])
        status, digest = verify(directory)
        self.assertEqual(status, 0, digest)

    def test_the_process_ends(self):
        rng = random.Random(tier.seed())
        ended = 0
        for turn in range(TIMES):
            book = Book(rng)
            directory = self.begin(book, "data%d" % turn)
            ended += self.fail_once(book, directory, rng.randint(1, 40))
            status, digest = verify(directory)
            self.assertEqual(status, 0, digest)
            shutil.rmtree(directory)
        self.assertEqual(ended, TIMES)
        print("%d failing calls, %d of them ended the process" % (TIMES, ended))


if __name__ == "__main__":
    unittest.main()
