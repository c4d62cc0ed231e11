"""Sends one HTTP/1.1 request exactly as it is written, from the address it is to come from, and reads the answer.

Client libraries tidy a target before they send it and cannot choose their own address; the demonstration needs both.
"""

import asyncio
from contextlib import suppress
from dataclasses import dataclass

import httptools

#: Seconds in which nothing comes before an answer is given up, and for which is looked once more then.
ANSWER_SECONDS = 10.0
_ONCE_MORE = 0.5
ANSWER_OCTETS = 4 * 1024 * 1024


class AnswerError(Exception):
    """The answer did not come, was no HTTP, or ended too early; the message says which."""


@dataclass(frozen=True, slots=True)
class Ask:
    """A request. ``target`` goes out octet for octet; ``source`` is the address it is sent from."""

    target: str
    method: str = "GET"
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    source: str = "127.0.0.1"

    def encode(self) -> bytes:
        """The request on the wire, its header fields in their order; the connection serves it alone."""
        fields = [*self.headers, ("Connection", "close")]
        if self.body:
            fields.append(("Content-Length", str(len(self.body))))
        lines = [f"{self.method} {self.target} HTTP/1.1", *(f"{name}: {value}" for name, value in fields)]
        return "\r\n".join([*lines, "", ""]).encode("latin-1") + self.body


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: header names in lower case, the body as it was encoded."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str | None:
        """The values of a field, joined as RFC 9110 section 5.3 permits; None where it is absent."""
        values = [value for one, value in self.headers if one == name]
        return ", ".join(values) if values else None


async def send(ask: Ask, host: str, port: int) -> Answer:
    """The answer to ``ask``. A stream of server-sent events is left after its first event. Raises `AnswerError`."""
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            reader, writer = await asyncio.open_connection(host, port, local_addr=(ask.source, 0))
        try:
            writer.write(ask.encode())
            return await _read(reader, ask.method)
        finally:
            writer.close()
    except TimeoutError:
        raise AnswerError(f"no answer within {ANSWER_SECONDS:.0f} s") from None
    except OSError as error:
        raise AnswerError(str(error)) from None


async def _read(reader: asyncio.StreamReader, method: str) -> Answer:
    receiver = _Receiver(method)
    parser = httptools.HttpResponseParser(receiver)
    receiver.parser = parser
    while not receiver.done:
        octets = await _more(reader)
        if not octets:
            break
        try:
            parser.feed_data(octets)
        except httptools.HttpParserError as error:
            if not receiver.done:  # what follows a finished answer is nobody's business
                raise AnswerError(f"not HTTP: {error}") from None
    if not receiver.done and not receiver.ends_with_connection:
        raise AnswerError("the answer ended too early")
    return Answer(receiver.status, tuple(receiver.headers), bytes(receiver.body))


async def _more(reader: asyncio.StreamReader) -> bytes:
    """What comes next; TimeoutError if nothing does. A process that was held up finds its time over before it has looked."""
    with suppress(TimeoutError):
        async with asyncio.timeout(ANSWER_SECONDS):
            return await reader.read(65536)
    async with asyncio.timeout(_ONCE_MORE):
        return await reader.read(65536)


class _Receiver:
    """Takes what httptools finds; interim answers (1xx) are passed over."""

    parser: httptools.HttpResponseParser

    def __init__(self, method: str) -> None:
        self.method = method
        self.status = 0
        self.headers: list[tuple[str, str]] = []
        self.body = bytearray()
        self.done = False
        self.ends_with_connection = False

    def on_message_begin(self) -> None:
        self.headers.clear()

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers.append((name.decode("latin-1").lower(), value.decode("latin-1")))

    def on_headers_complete(self) -> None:
        self.status = self.parser.get_status_code()
        names = {name for name, _ in self.headers}
        self.ends_with_connection = self.status >= 200 and not names & {"content-length", "transfer-encoding"}
        if self.method == "HEAD" and self.status >= 200:
            self.done = True

    def on_body(self, octets: bytes) -> None:
        self.body += octets
        stream = ("content-type", "text/event-stream; charset=utf-8") in self.headers
        if (stream and b"\n\n" in self.body) or len(self.body) > ANSWER_OCTETS:
            self.done = True

    def on_message_complete(self) -> None:
        if self.status >= 200:
            self.done = True
