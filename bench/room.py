"""How much memory and how many descriptors a connection takes: `python -m bench.room [--connections 3000]`.

A gateway of one process stands before an origin that answers at once, or begins an answer and holds it. So many clients connect,
ask, and are answered in part; after each step the process is looked at: PSS, which counts its own memory only.
"""

import argparse
import resource
import selectors
import socket
import tempfile
import threading
import time
from pathlib import Path

from tests import warm
from tests.engines import until
from tests.live import rig

READER = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"
)
WHOLE = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
BEGUN = b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\nx"
LARGE = b"HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n"
PIECE = bytes(65_536)


def origin() -> int:
    """The port of an origin: `/` is answered, `/tahan` is begun, `/besar` goes on as long as somebody takes it."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=4096)
    chosen = selectors.DefaultSelector()
    chosen.register(listener, selectors.EVENT_READ)

    def serve() -> None:
        while True:
            for key, events in chosen.select():
                if key.fileobj is listener:
                    line, _ = listener.accept()
                    line.setblocking(False)
                    chosen.register(line, selectors.EVENT_READ)
                else:
                    answer(chosen, key.fileobj, events)

    threading.Thread(target=serve, daemon=True).start()
    return listener.getsockname()[1]


def answer(chosen: selectors.BaseSelector, line: socket.socket, events: int) -> None:
    try:
        if not events & selectors.EVENT_READ:
            line.send(PIECE)
            return
        asked = line.recv(65_536)
        if b" /besar " in asked:
            line.send(LARGE)
            chosen.modify(line, selectors.EVENT_READ | selectors.EVENT_WRITE)
        elif asked:
            line.send(BEGUN if b" /tahan " in asked else WHOLE)
        else:
            raise ConnectionResetError
    except BlockingIOError:
        pass
    except OSError:
        chosen.unregister(line)
        line.close()


def pss(pid: int) -> int:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("Pss:")).split()[1]) << 10


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--connections", type=int, default=3000)
    count = options.parse_args().connections
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        policy = rig.write_policy(folder / "policy")
        flags = ("--trusted-proxies", "127.0.0.1", "--origin-requests", str(4 * count))
        alone = {
            warm.NAME_MODULES: ""
        }  # begun at nothing: what it shared with whoever forked it would not count
        with rig.serving(folder, policy, origin(), *flags, env=alone) as gateway:
            look(gateway, count)


class Looks:
    """What the process takes beyond what it took at first."""

    def __init__(self, gateway: rig.Gateway, count: int) -> None:
        self._pid, self._count = gateway.program.pid, count
        self._memory, self._files = pss(self._pid), self._open()
        print(f"one worker: {self._memory / 1e6:.0f} MB")

    def _open(self) -> int:
        return len(list(Path(f"/proc/{self._pid}/fd").iterdir()))

    def tell(self, what: str) -> None:
        time.sleep(2)
        more = (pss(self._pid) - self._memory) / self._count / 1000
        each = (self._open() - self._files) / self._count
        print(f"{what}: {more:.1f} KB, {each:.1f} descriptors", flush=True)


def ask(line: socket.socket, path: str, number: int) -> None:
    address = f"203.0.{number // 250 % 250}.{number % 250 + 1}"
    named = f"User-Agent: {READER}\r\nX-Forwarded-For: {address}"
    line.sendall(f"GET {path} HTTP/1.1\r\nHost: {rig.HOST}\r\n{named}\r\n\r\n".encode())


def connected(gateway: rig.Gateway, count: int) -> list[socket.socket]:
    lines = [socket.socket() for _ in range(count)]
    for line in lines:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        line.settimeout(60)
        line.connect(("127.0.0.1", gateway.port))
    until(lambda: gateway.metric("izin_connections") >= count, 60)
    return lines


def look(gateway: rig.Gateway, count: int) -> None:
    for _ in range(300):
        rig.ask(gateway.port, "/")
    looks, lines = Looks(gateway, count), connected(gateway, count)
    looks.tell("opened, nothing asked")
    for what, path in (("answered, kept alive", "/"), ("being served", "/tahan")):
        for number, line in enumerate(lines):
            ask(line, path, number)
        for line in lines:
            line.recv(4096)
        looks.tell(what)
    for line in lines:
        line.close()
    until(lambda: gateway.metric("izin_connections") < 2, 60)
    lines = connected(gateway, count)
    for number, line in enumerate(lines):
        ask(line, "/besar", number)
    time.sleep(10)
    looks.tell("reading a large file slowly")
    for line in lines:
        line.close()


if __name__ == "__main__":
    main()
