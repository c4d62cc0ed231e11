"""The two ends of a soak: an origin that fails when it is told to, and clients that note what they were answered."""

import asyncio
import random
import threading
from collections import Counter
from typing import Final, Self, cast

from tests.live.rig import HOST

#: Who asks, from where, and how often among a hundred.
CLIENTS: Final = (
    ("Mozilla/5.0 (Windows NT 10.0; rv:142.0) Gecko/20100101 Firefox/142.0", "127.0.0.1", 62),
    ("Mozilla/5.0 (Macintosh) AppleWebKit/605.1.15 Version/18.0 Safari/605.1.15", "127.0.0.1", 10),
    ("GPTBot/1.3", "127.0.0.1", 10),
    ("GPTBot/1.3", "127.0.0.2", 6),
    ("Bingbot/2.0", "127.0.0.1", 8),
    ("curl/8.5.0", "127.0.0.1", 4),
)
_PAUSE: Final = 0.05


class Origin:
    """A site with one article. While it ``fails`` it hangs up in the middle of its answer."""

    def __init__(self) -> None:
        self.fails = False
        self.port = 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._begun = threading.Event()

    def __enter__(self) -> Self:
        self._thread.start()
        self._begun.wait()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def _run(self) -> None:
        server = self._loop.run_until_complete(self._loop.create_server(lambda: _Site(self), "127.0.0.1", 0))
        self.port = server.sockets[0].getsockname()[1]
        self._begun.set()
        self._loop.run_forever()
        server.close()
        self._loop.close()


class _Site(asyncio.Protocol):
    def __init__(self, origin: Origin) -> None:
        self._origin = origin
        self._asked = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._asked += data
        while b"\r\n\r\n" in self._asked:
            head, _, self._asked = self._asked.partition(b"\r\n\r\n")
            missing = head.split(b" ", 2)[1] == b"/robots.txt"
            status, body = (b"404 Not Found", b"") if missing else (b"200 OK", b"berita " * 300)
            octets = b"HTTP/1.1 %b\r\nContent-Length: %d\r\n\r\n%b" % (status, len(body), body)
            if self._origin.fails:
                self._transport.write(octets[: len(octets) // 2])
                self._transport.close()
                return
            self._transport.write(octets)


class Load:
    """Clients that ask until ``requests`` were answered, each on a connection that it keeps while it can."""

    def __init__(self, port: int, requests: int, connections: int) -> None:
        self._port, self._requests, self._connections = port, requests, connections
        self._chance = random.Random(1)
        self.answered = self.broken = 0
        self.statuses: Counter[int] = Counter()
        #: Decisions that clients were told of, but for those that could not be recorded.
        self.acknowledged: set[str] = set()

    async def run(self) -> None:
        """Ask until it is done."""
        await asyncio.gather(*(self._client() for _ in range(self._connections)))

    async def _client(self) -> None:
        kinds, weights = CLIENTS, [one[2] for one in CLIENTS]
        while self.answered < self._requests:
            agent, source, _ = self._chance.choices(kinds, weights)[0]
            try:
                await self._some(agent, source)
            except (OSError, asyncio.IncompleteReadError, ValueError):
                self.broken += 1
                await asyncio.sleep(_PAUSE)

    async def _some(self, agent: str, source: str) -> None:
        """Some requests on one connection."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port, local_addr=(source, 0))
        try:
            for _ in range(50):
                path = f"/berita/{self._chance.randrange(5000)}"
                writer.write(f"GET {path} HTTP/1.1\r\nHost: {HOST}\r\nUser-Agent: {agent}\r\n\r\n".encode())
                head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 30)
                fields = dict(line.split(": ", 1) for line in head.decode("latin-1").split("\r\n")[1:-2])
                named = {name.lower(): value for name, value in fields.items()}
                status = int(head.split(b" ", 2)[1])
                self.statuses[status] += 1
                self.answered += 1
                if status != 503:
                    self.acknowledged.add(named["izin-decision"])
                await asyncio.wait_for(reader.readexactly(int(named["content-length"])), 30)
                if self.answered >= self._requests or named.get("connection") == "close":
                    return
        finally:
            writer.close()
