"""Requests that come as readers do, each without regard to the others: `python -m bench.arrivals PORT PATH AGENT RATE SECONDS`.

Arrivals are a Poisson process: the time to the next is random and exponential. Whoever arrives takes a connection on which
nothing is under way, or a new one, as the proxies before a site do; where there are many, it waits for one. Each is timed from
when it was to arrive to the last octet of its answer: where the load itself, or the proxy, is late, that counts, and one
slow answer hides no other. Tools at hand send on all connections at the same instant (h2load), at whole
milliseconds (wrk with a delay), or at even distances, and what they call the median is then the middle of a queue, or
of none.

It prints the seconds of each answer in the order of arrival, after a first part that warms up; every process that is
compared with another gets the very same arrivals.
"""

import ctypes
import random
import select
import socket
import sys
import time
from collections import deque
from typing import Final

from bench.scenes import HOST

#: The share of the arrivals that only warms up.
WARMING: Final = 8
#: Connections, at most.
_MOST: Final = 128
_PR_SET_TIMERSLACK: Final = 29


class _Line:
    """One connection: since when its request was due, and how many octets of the answer are to come (-1: not known)."""

    __slots__ = ("due", "head", "left", "socket")

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.setblocking(False)
        self.due, self.left, self.head = 0.0, -1, b""

    def heard(self, octets: memoryview) -> bool:
        """Take in what came; whether the answer is whole."""
        if self.left < 0:
            self.head += octets
            end = self.head.find(b"\r\n\r\n")
            if end < 0:
                return False
            at = self.head.lower().find(b"\r\ncontent-length:", 0, end + 2)
            if at < 0:
                raise SystemExit(f"an answer without its length: {self.head[:end]!r}")
            self.left = int(self.head[at + 17 : self.head.find(b"\r\n", at + 2)]) - (len(self.head) - end - 4)
            self.head = b""
        else:
            self.left -= len(octets)
        return self.left <= 0


class _Lines:
    """All connections to one port: those on which nothing is under way, and what the others were answered."""

    def __init__(self, port: int, octets: bytes) -> None:
        self._port, self._octets = port, octets
        self._every: dict[int, _Line] = {}
        self._idle: deque[_Line] = deque()
        self._late: deque[float] = deque()
        self._buffer = memoryview(bytearray(1 << 18))
        self.poll = select.epoll()
        #: When each was due, and after how many seconds its answer was whole.
        self.took: list[tuple[float, float]] = []

    def send(self, due: float) -> None:
        """Ask on a connection that is free, or on a new one, or as soon as there is one."""
        if self._idle:
            self._ask(self._idle.popleft(), due)
        elif len(self._every) < _MOST:
            line = _Line(self._port)
            self._every[line.socket.fileno()] = line
            self.poll.register(line.socket.fileno(), select.EPOLLIN)
            self._ask(line, due)
        else:
            self._late.append(due)

    def _ask(self, line: _Line, due: float) -> None:
        line.due, line.left = due, -1
        line.socket.send(self._octets)

    def hear(self, milliseconds: int) -> None:
        """Take in what comes within that time."""
        for number, _ in self.poll.poll(milliseconds / 1000):
            line = self._every[number]
            got = line.socket.recv_into(self._buffer)
            if not got:
                raise SystemExit("a connection was closed before its answer was whole")
            if line.heard(self._buffer[:got]):
                self.took.append((line.due, time.perf_counter() - line.due))
                if self._late:
                    self._ask(line, self._late.popleft())
                else:
                    self._idle.append(line)

    def close(self) -> None:
        """Hang up."""
        self.poll.close()
        for line in self._every.values():
            line.socket.close()


def arrive(port: int, octets: bytes, rate: float, seconds: float) -> list[float]:
    """The seconds of each answer to requests of these octets, that come at random, so many a second. SystemExit where the
    target, or this machine, cannot keep up."""
    _exact_timers()
    chance, clock, lines = random.Random(1), time.perf_counter, _Lines(port, octets)
    count, sent = int(rate * seconds), 0
    due = now = clock()
    over = now + 1.2 * seconds + 5.0
    while len(lines.took) < count:
        while sent < count and due <= now:
            lines.send(due)
            sent, due, now = sent + 1, due + chance.expovariate(rate), clock()
        if sent < count and due > now:
            # The system's own wait for many sockets counts in whole milliseconds; `select` on it does not.
            select.select((lines.poll,), (), (), due - now)
        lines.hear(0 if sent < count else 5)
        if (now := clock()) > over:
            raise SystemExit(f"{len(lines.took)} of {count} answers in {seconds:g} s: this rate is too much")
    lines.close()
    return [one for _, one in sorted(lines.took)][count // WARMING :]


def _exact_timers() -> None:
    """Have the system wake us when it was told to, not some 50 µs later (prctl(2)); Linux only."""
    prctl = getattr(ctypes.CDLL(None), "prctl", None)
    if prctl is not None:
        prctl(_PR_SET_TIMERSLACK, 1)


def main() -> None:
    port, path, agent, rate, seconds = sys.argv[1:]
    octets = f"GET {path} HTTP/1.1\r\nHost: {HOST}\r\nUser-Agent: {agent}\r\nAccept: */*\r\n\r\n".encode()
    sys.stdout.write(
        "\n".join(f"{one:.7f}" for one in arrive(int(port), octets, float(rate), float(seconds)))
    )


if __name__ == "__main__":
    main()
