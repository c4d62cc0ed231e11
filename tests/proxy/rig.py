"""A front door for wire tests: the real relay, a judge made for the test, a scripted origin, and raw sockets.

The judge reads the User-Agent and nothing else: `GPTBot` is refused, `Skrip` is a script, `Slow` is judged only after a turn of the loop,
everybody else is passed to the origin. The record is a list, and `Record.level` says what becomes of each entry.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from gateway.agents import Registry
from gateway.decision import FAULT_STATUS, Decision
from gateway.enforce.answer import Answer, Forward, Obligations, Reply
from gateway.identify.identity import Identity
from gateway.judgement import Judgement, Version
from gateway.policy.model import Origin, Policy, Rights
from gateway.proxy.announced import connection_class
from gateway.proxy.front import Front
from gateway.proxy.limits import Limits
from gateway.proxy.origin_tls import OriginTLS
from gateway.proxy.peer import Peers
from gateway.proxy.secured import secured_class
from gateway.proxy.tls import ServerCertificate
from gateway.request import Request
from gateway.statements.statement import Published
from gateway.vocabulary import Assurance, Audience, End, Kind, Level, Reason, Sentence, Verdict
from tests.engines import eventually

OBLIGATIONS = Obligations(
    decision=b"01TESTDECISION0000000000AB",
    link=b'<https://izin.test/license.xml>; rel="license"',
    content_usage=b"train-ai=n",
    tdm_reservation=b"1",
)

_RIGHTS = Rights("Kantor", Sentence("Dilarang.", "Forbidden."), "mailto:lisensi@izin.test")
_POLICY = Policy(
    "uji", "sha256:00", b"", {}, ZoneInfo("Asia/Jakarta"), _RIGHTS, frozenset(), (), Registry(())
)
_VERSION = Version(1, _POLICY, Published({}, "sha256:00", b"", {}))
_PEOPLE = Identity(Kind.PEOPLE, Assurance.ANONYMOUS)
_AGENT = Identity(Kind.AGENTS, Assurance.CLAIMED, agent="GPTBot")
_TOOL = Identity(Kind.TOOLS, Assurance.ANONYMOUS)
_ALLOW = Decision(Verdict.ALLOW, None, None, (Reason.NOTHING_FORBIDS,), Audience.PEOPLE)
_WELCOME = Decision(Verdict.ALLOW, None, None, (Reason.NOTHING_FORBIDS,), Audience.WELCOME)
_DENY = Decision(Verdict.DENY, 403, "uses.ai-train", (Reason.USE_DENIED,), Audience.AI)


@dataclass
class Record:
    """What was recorded. ``level`` is given to `then` at once; ``held`` keeps the callbacks until `release`."""

    level: Level | None = Level.WRITTEN
    hold: bool = False
    held: list[Callable[[Level | None], None]] = field(default_factory=list)
    decisions: list[Judgement] = field(default_factory=list)
    outcomes: list[tuple[int | None, int, End]] = field(default_factory=list)
    log: list[str] = field(default_factory=list)

    def decision(self, judgement: Judgement, then: Callable[[Level | None], None]) -> None:
        self.decisions.append(judgement)
        self.log.append(f"decision {judgement.decision.status}")
        if self.hold:
            self.held.append(then)
        else:
            then(self.level)

    def release(self, level: Level | None) -> None:
        for then in self.held:
            then(level)
        self.held.clear()

    def outcome(self, judgement: Judgement, status: int | None, octets: int, end: End) -> None:
        self.outcomes.append((status, octets, end))
        self.log.append(f"outcome {status} {end}")

    def event(self, name: str, details: dict[str, object]) -> None:
        self.log.append(name)


def judge(request: Request) -> Judgement | Awaitable[Judgement]:
    if request.fault is not None:
        decision = Decision(
            Verdict.DENY, FAULT_STATUS[request.fault], "malformed", (request.fault,), Audience.PEOPLE
        )
        return Judgement("0" * 26, 0, request, _PEOPLE, decision, _VERSION, None)
    if "GPTBot" in request.user_agent:
        return Judgement("0" * 26, 0, request, _AGENT, _DENY, _VERSION, None)
    if "Skrip" in request.user_agent:
        return Judgement("0" * 26, 0, request, _TOOL, _WELCOME, _VERSION, None)
    judged = Judgement("0" * 26, 0, request, _PEOPLE, _ALLOW, _VERSION, None)
    return _later(judged) if "Slow" in request.user_agent else judged


async def _later(judged: Judgement) -> Judgement:
    await asyncio.sleep(0)
    return judged


def answerer(origin: Origin, obligations: Obligations) -> Callable[[Judgement], Answer]:
    def answer(judgement: Judgement) -> Answer:
        if judgement.decision.status is None:
            return Forward(origin, obligations)
        return refusal(judgement.decision.status)

    return answer


def refusal(status: int) -> Reply:
    return Reply(status, ((b"Content-Type", b"text/plain"), (b"Cache-Control", b"no-store")), b"ditolak\n")


@dataclass
class Rig:
    """A running front door and its record."""

    port: int
    front: Front
    record: Record


@asynccontextmanager
async def front_door(
    origin_port: int,
    *,
    obligations: Obligations = OBLIGATIONS,
    limits: Limits | None = None,
    trusted: tuple[str, ...] = (),
    field: str = "",
    announced: bool = False,
    secret: tuple[bytes, bytes] | None = None,
    via: bool = False,
    record: Record | None = None,
    certificate: ServerCertificate | None = None,
    origin_tls: OriginTLS | None = None,
) -> AsyncIterator[Rig]:
    """The relay in front of an origin on that port, which speaks TLS where it is said how that is met."""
    record = record or Record()
    front = Front(
        judge,
        answerer(Origin("https" if origin_tls else "http", "127.0.0.1", origin_port), obligations),
        record,
        unrecorded=lambda _: refusal(503),
        unreachable=lambda _, status: refusal(status),
        withheld=lambda _: refusal(403),
        peers=Peers.parse(trusted, field),
        limits=limits,
        secret=secret,
        via=via,
        origin_tls=origin_tls,
    )
    loop = asyncio.get_running_loop()
    connection = (
        secured_class(front, certificate.context, announced=announced)
        if certificate
        else connection_class(front, announced=announced)
    )
    server = await loop.create_server(connection, "127.0.0.1", 0)
    try:
        yield Rig(server.sockets[0].getsockname()[1], front, record)
    finally:
        server.close()
        for connection in list(front.connections):
            connection.abort()  # type: ignore[attr-defined]
        await eventually(lambda: not front.connections)
        front.close()
        await asyncio.sleep(0)


@dataclass
class Heard:
    """What an origin got on one connection."""

    octets: bytearray = field(default_factory=bytearray)
    closed: bool = False
    #: Requests that were answered by a list of octets, to the last of them.
    answered: int = 0

    @property
    def head(self) -> bytes:
        return bytes(self.octets.partition(b"\r\n\r\n")[0])

    def lines(self) -> list[str]:
        return self.head.decode("latin-1").split("\r\n")


Script = Callable[[asyncio.StreamReader, asyncio.StreamWriter, Heard], Awaitable[None]]


@dataclass
class RawOrigin:
    """An origin that answers octets of the test's choosing."""

    port: int
    heard: list[Heard]


@asynccontextmanager
async def raw_origin(
    script: Script | list[bytes], *, close: bool = False, tls: ssl.SSLContext | None = None
) -> AsyncIterator[RawOrigin]:
    """Listen, with ``tls`` if there is one; a list of octets is written, piece by piece, after each request head (and counted body) was read."""
    origin = RawOrigin(0, [])
    writers: list[asyncio.StreamWriter] = []
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        heard = Heard()
        origin.heard.append(heard)
        writers.append(writer)
        try:
            if callable(script):
                await script(reader, writer, heard)
            else:
                while await read_message(reader, heard):
                    for piece in script:
                        writer.write(piece)
                        await writer.drain()
                        await asyncio.sleep(0.002)
                    heard.answered += 1
                    if close:
                        break
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            heard.closed = True
            writer.close()
            tasks.discard(task)

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    origin.port = server.sockets[0].getsockname()[1]
    try:
        yield origin
    finally:
        server.close()
        for writer in writers:
            writer.transport.abort()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def read_message(reader: asyncio.StreamReader, heard: Heard) -> bool:
    """Read one request, head and body; False at the end of the connection."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return False
    heard.octets[:] = head
    low = head.lower()
    if b"\r\ntransfer-encoding: chunked" in low:
        while True:
            line = await reader.readuntil(b"\r\n")
            heard.octets += line
            size = int(line.split(b";")[0], 16)
            if size == 0:
                while line != b"\r\n":
                    line = await reader.readuntil(b"\r\n")
                    heard.octets += line
                return True
            heard.octets += await reader.readexactly(size + 2)
    for line in low.split(b"\r\n"):
        if line.startswith(b"content-length:"):
            heard.octets += await reader.readexactly(int(line.partition(b":")[2]))
    return True


@dataclass
class Got:
    """What a client got until the connection was closed, and how it was closed."""

    octets: bytes
    reset: bool
    closed: bool

    @property
    def status(self) -> int:
        return int(self.octets[9:12]) if self.octets.startswith(b"HTTP/1.1 ") else 0


async def talk(
    port: int,
    *pieces: bytes,
    until_idle: float = 0.25,
    wait: float = 5,
    eof: bool = False,
    ended: Callable[[], object] | None = None,
    tls: ssl.SSLContext | None = None,
) -> Got:
    """Send octets, over ``tls`` if there is one, and read all that comes until the connection is closed or nothing comes any more;
    with ``ended``, which says that all was sent, nothing after that."""
    name = "www.izin.test" if tls else None
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=tls, server_hostname=name)
    got = bytearray()
    reset = closed = False
    try:
        for piece in pieces:
            if writer.is_closing():
                break  # the other side has had enough
            writer.write(piece)
            await writer.drain()
            if len(pieces) > 1:
                await asyncio.sleep(0.002)
        if eof:
            writer.write_eof()
        if ended is not None:
            await eventually(ended, wait)
            until_idle = wait = 0.01
        limit, looks = (
            wait,
            1 if ended is None else 2,
        )  # a process that was held up finds its clock run out first
        while looks:
            try:
                async with asyncio.timeout(limit):
                    data = await reader.read(65_536)
            except TimeoutError:
                looks -= 1
                continue
            if not data:
                closed = True
                break
            got += data
            limit = until_idle
    except ConnectionError:
        reset = closed = True
    finally:
        writer.transport.abort()
    return Got(bytes(got), reset, closed)
