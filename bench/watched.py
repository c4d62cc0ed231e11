"""What a list that keeps itself up to date costs the gateway: `python -m bench.watched [--rounds N] [--seconds S] [--watchers N]`.

A gateway with its console refuses `RATE` crawlers a second, steadily; in turn nobody watches, and several people have the list of
decisions open, each of whom asks for what is new every four seconds, as the page does. What is told is the processor time of
`izin serve` for 1,000 requests, its console left out, and the share of a core that the console takes: medians of the rounds.
"""

import argparse
import html
import http.client
import re
import statistics
import sys
import tempfile
import threading
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

from bench.processes import LOAD_CORE, PROXY_CORE, Running, free_port
from bench.scenes import HOST
from bench.targets import start_gateway, start_origin
from gateway.console.accounts import Accounts
from gateway.console.role import Role

#: Refusals a second, and seconds between two looks of a page (`static/console.js`).
RATE, LOOK_EVERY = 50, 4.0
_NAME, _PASSWORD = "sari", "kata sandi panjang"
_NEXT: Final = re.compile(r'hx-get="([^"]+)"')


class Watcher(threading.Thread):
    """Somebody who has the list open, from ``start`` until ``ends`` is set."""

    def __init__(self, port: int, cookie: str, ends: threading.Event, late: float) -> None:
        super().__init__(daemon=True)
        self._port, self._cookie, self._ends, self._late = port, cookie, ends, late
        self.looks = 0

    def run(self) -> None:
        """Look, and look again."""
        line = http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)
        path, wait = "/decisions", self._late
        while not self._ends.wait(wait):
            line.request("GET", path, headers={"Cookie": self._cookie, "HX-Request": "true"})
            answer = line.getresponse()
            text = answer.read().decode()
            assert answer.status in {200, 204}, answer.status
            found = _NEXT.search(text)
            path, wait = html.unescape(found[1]) if found else path, LOOK_EVERY
            self.looks += 1
        line.close()


def refused(port: int, seconds: float) -> int:
    """Ask as a crawler at a steady rate, for so long; how often."""
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    began = time.monotonic()
    for number in range(int(RATE * seconds)):
        time.sleep(max(0.0, began + number / RATE - time.monotonic()))
        line.request("GET", f"/berita/{number}", headers={"Host": HOST, "User-Agent": "GPTBot/1.3"})
        answer = line.getresponse()
        answer.read()
        assert answer.status == 403, answer.status
    line.close()
    return int(RATE * seconds)


def spent(pids: list[int]) -> float:
    """Seconds of processor time of these processes."""
    return sum(time.clock_gettime((~pid << 3) | 2) for pid in pids)


def parts(gateway: Running) -> tuple[list[int], list[int]]:
    """The processes of the gateway, and of its console."""
    console = [
        pid for pid in gateway.pids() if b"console" in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    ]
    return [pid for pid in gateway.pids() if pid not in console], console


def signed_in(port: int) -> str:
    """The cookie of a session."""
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    form = urlencode({"name": _NAME, "password": _PASSWORD})
    fields = {"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin"}
    line.request("POST", "/sign-in", form, fields)
    cookie = line.getresponse().headers["Set-Cookie"]
    line.close()
    return str(cookie).partition(";")[0]


def main() -> None:
    """Measure, and say it."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.watched", description=__doc__.split("\n", maxsplit=1)[0]
    )
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--watchers", type=int, default=5)
    told = parser.parse_args()
    found: dict[int, list[tuple[float, float]]] = {0: [], told.watchers: []}
    with tempfile.TemporaryDirectory(prefix="izin-bench-") as made, ExitStack() as stack:
        folder, port = Path(made), free_port()
        origin = start_origin(folder, stack, LOAD_CORE)
        gateway = start_gateway(
            folder / "izin",
            origin.port,
            stack,
            "--console",
            f"127.0.0.1:{port}",
            core=f"{LOAD_CORE},{PROXY_CORE}",
        )
        refused(gateway.port, 3)
        accounts = Accounts(folder / "izin" / "journal")
        accounts.add(_NAME, _PASSWORD, Role.ADMIN, time.time_ns() // 1000)
        accounts.close()
        cookie = signed_in(port)
        for number in range(told.rounds):
            for watchers in found if number % 2 else reversed(found):
                ends = threading.Event()
                people = [Watcher(port, cookie, ends, 0.1 + n * 0.7) for n in range(watchers)]
                for one in people:
                    one.start()
                serving, console = parts(gateway)
                before, beside, began = spent(serving), spent(console), time.monotonic()
                asked = refused(gateway.port, told.seconds)
                took = time.monotonic() - began
                found[watchers].append(
                    ((spent(serving) - before) / asked * 1e6, (spent(console) - beside) / took * 100)
                )
                ends.set()
                for one in people:
                    one.join()
                print(
                    f"round {number + 1} of {told.rounds}, {watchers} watch, {sum(one.looks for one in people)} looks",
                    file=sys.stderr,
                )
    for watchers, rounds in found.items():
        cost, share = (statistics.median(column) for column in zip(*rounds, strict=True))
        low, high = min(one for one, _ in rounds), max(one for one, _ in rounds)
        print(
            f"{watchers} watch: {cost:7.0f} ms of the processor for 1,000 refusals ({low:.0f} to {high:.0f}), the console {share:.1f} % of a core"
        )


if __name__ == "__main__":
    main()
