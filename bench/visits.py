"""A visitor of the review console: signs in, asks for pages as a browser does, and reads what each cost the console's process."""

import gzip
import http.client
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import urlencode, urlsplit

from bench.processes import ROOT, free_port

#: What a page has a browser fetch: its own files, and the numbers of a plot.
_FETCHED: Final = re.compile(r'(?:\ssrc|<link[^>]*\shref|data-from)="(/[^"]*)"')
#: The clock of a process's time, beside its number (CPUCLOCK_SCHED, `clock_getcpuclockid`(3)).
_PROCESS: Final = 2
_NAME, _PASSWORD = "sari", "kata sandi panjang"


class Answer(NamedTuple):
    """What came, how long it took by the clock and of the server's processor (s), and its octets on the wire."""

    status: int
    text: str
    wall: float
    cpu: float
    octets: int


class Console:
    """One console that runs, and its visitor. ``beside`` are threads that work whoever looks: their time is no page's."""

    def __init__(self, port: int, process: "subprocess.Popen[str]") -> None:
        self.port, self.process, self.cookie = port, process, ""
        self._line = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        self._beside = frozenset(_threads(process.pid)) - {process.pid}

    def ask(self, path: str, form: dict[str, str] | None = None) -> Answer:
        """One request on a connection that is kept; what the threads beside did meanwhile does not count."""
        fields = {"Cookie": self.cookie, "Accept-Encoding": "gzip", "Sec-Fetch-Site": "same-origin"}
        body = None
        if form is not None:
            body = urlencode(form)
            fields["Content-Type"] = "application/x-www-form-urlencoded"
        before, began = self._spent(), time.perf_counter()
        self._line.request("GET" if form is None else "POST", path, body, fields)
        answer = self._line.getresponse()
        octets = answer.read()
        took, spent = time.perf_counter() - began, self._spent() - before
        head = len(str(answer.headers)) + len("HTTP/1.1 200 OK\r\n")
        for cookie in answer.headers.get_all("Set-Cookie") or ():
            self.cookie = cookie.partition(";")[0]
        coded = answer.headers.get("Content-Encoding") == "gzip"
        text = (gzip.decompress(octets) if coded else octets).decode("utf-8", "replace")
        return Answer(answer.status, text, took, spent, head + len(octets))

    def first_view(self, page: Answer) -> int:
        """Octets of a page with all that a browser fetches for it, which has none of it yet."""
        wanted = dict.fromkeys(one.replace("&amp;", "&") for one in _FETCHED.findall(page.text))
        return page.octets + sum(self.ask(one).octets for one in wanted)

    def _spent(self) -> float:
        """Seconds of processor time of the process, those of its threads beside left out."""
        threads = _threads(self.process.pid)
        every = time.clock_gettime((~self.process.pid << 3) | _PROCESS)
        return every - sum(threads.get(thread, 0.0) for thread in self._beside)


@contextmanager
def console(policy: Path, journal: Path) -> Iterator[Console]:
    """`izin console` on a journal, as soon as it says its address, and somebody signed in there."""
    port = free_port()
    argv = [sys.executable, "-m", "gateway", "console", str(policy), "--journal", str(journal)]
    process = subprocess.Popen(
        [*argv, "--listen", f"127.0.0.1:{port}"], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        link = ""
        while not link:
            line = process.stdout.readline()
            if not line:
                raise SystemExit("the console does not start")
            link = line.partition(": ")[2].strip() if "/first/" in line else ""
        running = Console(port, process)
        running.ask(urlsplit(link).path, {"name": _NAME, "password": _PASSWORD})
        if not running.cookie:
            raise SystemExit("nobody can sign in")
        yield running
    finally:
        process.terminate()
        process.wait(10)


def _threads(pid: int) -> dict[int, float]:
    """The seconds of processor time of each thread of a process."""
    spent = {}
    for task in Path(f"/proc/{pid}/task").iterdir():
        try:
            spent[int(task.name)] = int((task / "schedstat").read_text().split()[0]) / 1e9
        except OSError:  # it has ended
            continue
    return spent
