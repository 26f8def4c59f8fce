"""The first page in a real browser: sign in, search, see a figure change live, in two languages."""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "api"))

from headroom_server import Headroom, draw, limit_open  # noqa: E402 (the path is set above)

CHROMIUM = shutil.which("chromium")
NODE = shutil.which("node")
PLAYWRIGHT = HERE / "node_modules" / "playwright-core"


@unittest.skipUnless(CHROMIUM and NODE and PLAYWRIGHT.exists(),
                     "needs chromium, node and npm ci in tests/console")
class Page(unittest.TestCase):
    def setUp(self):
        self.server = Headroom()
        self.addCleanup(self.server.remove)
        self.server.post([
            limit_open("集团甲", "1000000", holder="H-1", kind="group"),
            limit_open("line", "500000", ["集团甲"], holder="H-1"),
            limit_open("soft", "100", mode="soft", holder="<b>H-2</b>"),
            draw("s1", "soft", "150"),
            draw("d1", "line", "200000", actor="<img src=x onerror=alert(1)>"),
        ])

    def test_the_page(self):
        reader = self.server.token("reader")["token"]
        with tempfile.TemporaryDirectory() as profile:
            environment = {**os.environ, "HEADROOM_URL": self.server.url,
                           "HEADROOM_READER": reader, "HEADROOM_OPERATOR": self.server.admin,
                           "CHROMIUM": CHROMIUM, "PROFILE": profile}
            done = subprocess.run([NODE, str(HERE / "page.mjs")], env=environment, timeout=120,
                                  capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("all steps passed", done.stdout)


if __name__ == "__main__":
    unittest.main()
