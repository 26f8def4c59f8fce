"""What the scripts that measure Headroom itself share: the program, one measurement, a server on a directory."""

import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
BINARY = os.environ.get("HEADROOM_BINARY", str(ROOT / "build-release" / "headroom"))


def bench(binary, path, **options):
    """Runs `headroom bench` with these options (a name's _ is a -); returns its figures."""
    command = [str(binary), "bench", path]
    for name, value in options.items():
        command += [f"--{name.replace('_', '-')}", str(value)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}: exit status {done.returncode}")
    return json.loads(done.stdout.splitlines()[-1])


class Server:
    """`headroom serve` on a directory, from its start to the word "ready"."""

    def __init__(self, binary, directory, *options):
        command = [str(binary), "serve", "--data", str(directory), "--listen", "127.0.0.1:0", "--binary-listen",
                   "127.0.0.1:0", "--language", "en", *map(str, options)]
        begin = time.monotonic()
        self.lines = []
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        for line in self.process.stdout:
            self.lines.append(line.strip())
            if line.startswith("ready "):
                break
        else:
            sys.exit("bench: the server did not start: " + " ".join(self.lines))
        self.seconds = time.monotonic() - begin

    def resident_bytes(self):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+) kB", status).group(1)) * 1024

    def stop(self, how=signal.SIGTERM):
        """Ends it; returns how long that took. SIGTERM leaves a snapshot, SIGKILL does not."""
        begin = time.monotonic()
        self.process.send_signal(how)
        self.process.wait()
        self.process.stdout.close()
        return time.monotonic() - begin
