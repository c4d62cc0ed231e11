"""A PostgreSQL of a test module's own, which can be killed and started again."""

import asyncio
import os
import shutil
import signal
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import asyncpg

from tests.engines import Program, free_port, need, running

#: Where Debian keeps the programs of each version.
_DEBIAN = Path("/usr/lib/postgresql")


def _need(program):
    found = sorted(_DEBIAN.glob(f"*/bin/{program}"))
    return found[-1] if found else need(program, "postgresql")


def need_postgres():
    """Without a server that can be started, the test is skipped or fails."""
    for program in ("initdb", "postgres", "pg_isready"):
        _need(program)


class Postgres:
    """A server; ``url`` is the address of its database `izin`, and of no password."""

    def __init__(self, folder):
        self.folder, self.port = folder, free_port()
        self.url = f"postgresql://izin@127.0.0.1:{self.port}/izin"
        # The server does not run as root.
        self.as_user = [
            need("setpriv", "util-linux"),
            "--reuid=postgres",
            "--regid=postgres",
            "--clear-groups",
        ]
        if os.geteuid():
            self.as_user = []
        else:
            shutil.chown(folder, "postgres")
        self._stack = None
        self.program: Program | None = None

    def make(self):
        words = (
            _need("initdb"),
            "-D",
            self.folder / "data",
            "-A",
            "trust",
            "-U",
            "izin",
            "-E",
            "UTF8",
            "--no-sync",
            "--locale=C",
        )
        subprocess.run(
            [str(word) for word in (*self.as_user, *words)],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd=self.folder,
        )
        self.start()
        self.execute("CREATE DATABASE izin", database="postgres")

    def start(self, *settings):
        """Start it, with settings for this time; wait until it answers."""
        words = [
            *self.as_user,
            _need("postgres"),
            "-D",
            self.folder / "data",
            "-p",
            self.port,
            "-k",
            self.folder,
        ]
        for setting in (
            "listen_addresses=127.0.0.1",
            "fsync=off",
            "shared_buffers=16MB",
            "jit=off",
            *settings,
        ):
            words += ["-c", setting]
        self._stack = running(words, self.folder, ready=lambda _: self._answers())
        self.program = self._stack.__enter__()

    def kill(self):
        """Kill it as a machine that fails would: no goodbye, and nothing written that was not written before."""
        pid = self.program.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        for one in (pid, *map(int, children)):
            with suppress(ProcessLookupError):
                os.kill(one, signal.SIGKILL)
        self.program.wait()
        self._stack.__exit__(None, None, None)

    def stop(self):
        self.program.send(signal.SIGINT)  # the quick way: open connections are closed
        self._stack.__exit__(None, None, None)

    def _answers(self):
        asked = subprocess.run(
            [_need("pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port)], check=False
        )
        return asked.returncode == 0

    def execute(self, *statements, database="izin"):
        """Run statements one after the other; the rows of the last. From whatever thread, also that of a loop."""

        async def ask():
            connection = await asyncpg.connect(self.url.removesuffix("izin") + database)
            try:
                return [await connection.fetch(statement) for statement in statements][-1]
            finally:
                await connection.close()

        with ThreadPoolExecutor(1) as thread:
            return thread.submit(asyncio.run, ask()).result()


@contextmanager
def postgres():
    """A server until the end of the block."""
    folder = Path(tempfile.mkdtemp(prefix="izin-pg-"))
    try:
        server = Postgres(folder)
        server.make()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
