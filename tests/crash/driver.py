"""An engine in a process of its own, that can be killed at any instant: tests/support/engine_driver.c."""
import json
import os
import pathlib
import signal
import subprocess

SOURCE = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("HEADROOM_BUILD", SOURCE / "build"))
PROGRAM = BUILD / "tests" / "support" / "engine_driver"
SEGMENT = 16 << 20  # the smallest that holds the largest record
SNAPSHOT = 1000  # bytes of journal between snapshots: a few batches


class Died(Exception):
    """The process ended before it answered."""


class Driver:
    def __init__(self, directory, snapshot=SNAPSHOT):
        self.directory = directory
        self.process = subprocess.Popen(
            [PROGRAM, directory, str(SEGMENT), str(snapshot)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def ready(self):
        """Waits until recovery is done; -> the snapshot that it began with."""
        return int(self.answers()[0].split()[1])

    def answers(self):
        lines = []
        while True:
            line = self.process.stdout.readline()
            if not line.endswith(b"\n"):
                raise Died
            if line == b"\n":
                return lines
            lines.append(line.rstrip(b"\n"))

    def send(self, commands):
        text = b"".join(json.dumps(c).encode() + b"\n" for c in commands) + b"\n"
        try:
            self.process.stdin.write(text)
            self.process.stdin.flush()
        except BrokenPipeError:
            raise Died from None

    def ask(self, commands):
        self.send(commands)
        return [json.loads(line) if line != b"disk_full" else {"result": "disk_full"}
                for line in self.answers()]

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.close()

    def close(self):
        """Ends it, by an end of input unless it is dead already; -> exit status and errors."""
        try:
            self.process.stdin.close()
        except BrokenPipeError:
            pass
        status = self.process.wait()
        self.process.stdout.close()
        errors = self.process.stderr.read().decode()
        self.process.stderr.close()
        return status, errors


def verify(directory):
    """-> (exit status, digest or what is wrong)"""
    done = subprocess.run([PROGRAM, "--verify", directory], capture_output=True, text=True, check=False)
    return done.returncode, (done.stdout or done.stderr).strip()
