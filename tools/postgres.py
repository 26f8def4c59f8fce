"""A private PostgreSQL server for tests: its own folder, its own socket, no port, gone afterwards.

It never runs as root: started by root it runs as the user postgres of Debian's package. Where the
package is not installed, `start` returns None and the tests that need it are skipped.
"""

import ctypes
import glob
import os
import pathlib
import pwd
import shutil
import signal
import subprocess
import tempfile
import time

SETTINGS = {
    "listen_addresses": "''",
    # The folder is thrown away: what a crash of the machine would do to it does not matter.
    "fsync": "off",
    "full_page_writes": "off",
    "shared_buffers": "'64MB'",
    "max_connections": "40",
    "log_min_messages": "'fatal'",
    "timezone": "'UTC'",
    # Databases live for a case.
    "autovacuum": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "checkpoint_timeout": "3600",
    "max_wal_size": "'4GB'",
}


def end_with_parent():
    """In the child: a fast stop when the runner dies, however it dies. Source: prctl(2)."""
    ctypes.CDLL(None).prctl(1, signal.SIGINT)


class Postgres:
    """A running server; `url` leads to an empty database owned by the user headroom."""

    def __init__(self, programs, user, place):
        self.programs, self.user = programs, user
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="hr-pg-", dir=place))
        self.process = None
        self.url = f"postgresql:///headroom?host={self.folder}&user=headroom"

    def run(self, program, *arguments):
        done = subprocess.run([self.programs / program, *arguments], user=self.user, cwd=self.folder,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
                              env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"})
        if done.returncode != 0:
            raise RuntimeError(f"{program}: {done.stderr or done.stdout}")

    def start(self):
        if self.user is not None:
            shutil.chown(self.folder, self.user)
        data = self.folder / "data"
        self.run("initdb", "--pgdata", data, "--username", "headroom", "--auth", "trust", "--encoding", "UTF8",
                 "--locale", "C.UTF-8", "--no-sync", "--no-instructions")
        with open(data / "postgresql.conf", "a") as file:
            file.writelines(f"{name} = {value}\n" for name, value in SETTINGS.items())
            file.write(f"unix_socket_directories = '{self.folder}'\n")
        self.process = subprocess.Popen([self.programs / "postgres", "-D", data], user=self.user, cwd=self.folder,
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL, start_new_session=True,
                                        preexec_fn=end_with_parent)
        for _ in range(300):
            try:
                self.run("createdb", "--host", self.folder, "--username", "headroom", "headroom")
                return self
            except RuntimeError as error:
                if self.process.poll() is not None:
                    raise RuntimeError("postgres ended at its start") from error
                time.sleep(0.1)
        raise RuntimeError("postgres does not answer")

    def stop(self):
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGQUIT)  # at once: nobody needs what is in it
            self.process.wait(30)
        shutil.rmtree(self.folder, ignore_errors=True)


def start(place=None):
    """-> a running Postgres with its files in the folder `place`; None where none from version 15 is installed."""
    found = sorted((pathlib.Path(path) for path in glob.glob("/usr/lib/postgresql/*/bin")),
                   key=lambda path: int(path.parent.name))
    user = None
    if not found or int(found[-1].parent.name) < 15:
        return None
    if os.geteuid() == 0:
        try:
            user = pwd.getpwnam("postgres").pw_name
        except KeyError:
            return None
    server = Postgres(found[-1], user, place)
    try:
        return server.start()
    except (OSError, RuntimeError):
        server.stop()
        raise
