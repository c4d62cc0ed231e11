"""The desk: the socket in the journal's folder at which orders are given to the process that writes it.

One JSON object a line in, one a line out: ``{"append": {"event": "mode", …}}`` is answered ``{"id", "seq", "level"}``,
``{"state": {}}`` with the journal's state, the orders and the gateway's warnings, ``{"rotate-key": {}}`` with the old and the new key, everything else ``{"error": …}``. Whoever may open the socket may give orders:
it has mode 0600 in a folder of mode 0700, and an order's entry says which user gave it. Lines, connections and patience
are bounded.
"""

import asyncio
import socket
import struct
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, Final

import msgspec

from gateway.audit import folder as folders
from gateway.audit.order import read_order
from gateway.audit.receipt import JournalError, Receipt
from gateway.audit.recorder import Recorder
from gateway.warned import Warned

#: Longest line, in octets; most connections; seconds that a connection may be silent.
LINE: Final = 16_384
CONNECTIONS: Final = 16
SILENCE: Final = 10.0
#: Warnings that are told, and characters of each, at most.
_WARNINGS, _WARNING = 32, 500
#: Seconds that an order waits for the journal.
PATIENCE: Final = 4.0


class Desk:
    """Listens while the gateway runs."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._folder = recorder.lane.folder
        self._server: asyncio.Server | None = None
        self._lines: set[asyncio.StreamWriter] = set()
        #: What the gateway warns of at the moment.
        self.warnings: Callable[[], Sequence[Warned]] = tuple

    async def open(self) -> None:
        """Begin to listen. JournalError where that cannot be."""
        listener = folders.listener(self._folder)
        self._server = await asyncio.start_unix_server(self._serve, sock=listener, limit=LINE)

    async def close(self) -> None:
        """Stop listening and hang up."""
        if self._server is None:
            return
        self._server.close()
        for line in list(self._lines):
            line.close()
        with suppress(FileNotFoundError):
            (self._folder / folders.SOCKET).unlink()
        self._server = None

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._lines.add(writer)
        try:
            if len(self._lines) > CONNECTIONS:
                writer.write(_line({"error": "too many connections"}))
                return
            while octets := await asyncio.wait_for(reader.readline(), SILENCE):
                writer.write(_line(await self._answer(octets, _user(writer))))
                await asyncio.wait_for(writer.drain(), SILENCE)
        except ValueError:
            writer.write(_line({"error": f"a line is longer than {LINE} octets"}))
        except (OSError, TimeoutError):
            pass
        finally:
            self._lines.discard(writer)
            writer.close()

    async def _answer(self, octets: bytes, user: str) -> dict[str, Any]:
        try:
            asked = msgspec.json.decode(octets)
        except (msgspec.MsgspecError, RecursionError, ValueError):
            return {"error": "this is not JSON"}
        if isinstance(asked, dict) and "state" in asked:
            return {
                "state": self._recorder.state,
                "orders": msgspec.to_builtins(self._recorder.orders),
                "warnings": [msgspec.to_builtins(one.cut(_WARNING)) for one in self.warnings()[:_WARNINGS]],
            }
        if isinstance(asked, dict) and "rotate-key" in asked:
            try:
                return await asyncio.to_thread(self._recorder.lane.rotate_key)
            except (JournalError, TimeoutError) as error:
                return {"error": str(error) or "the journal does not answer"}
        if not isinstance(asked, dict) or "append" not in asked:
            return {"error": "`append`, `state` or `rotate-key` is wanted"}
        try:
            name, details = read_order(asked["append"])
        except ValueError as error:
            return {"error": str(error)}
        try:
            id, receipt = await asyncio.wait_for(self._appended(name, {**details, "by": user}), PATIENCE)
        except TimeoutError:
            return {"error": "the journal does not answer; the order takes effect when it is written"}
        if receipt is None:
            return {"error": "the journal cannot be written at the moment, so the order does not hold"}
        return {"id": id, "seq": receipt.seq, "level": receipt.level.value}

    async def _appended(self, name: str, details: dict[str, Any]) -> tuple[str, Receipt | None]:
        done: asyncio.Future[tuple[str, Receipt | None]] = self._recorder.loop.create_future()

        def then(id: str, receipt: Receipt | None) -> None:
            if not done.done():
                done.set_result((id, receipt))

        self._recorder.event(name, details, then)
        return await done


def _line(answer: dict[str, Any]) -> bytes:
    return msgspec.json.encode(answer) + b"\n"


def _user(writer: asyncio.StreamWriter) -> str:
    """Who is at the other end: the user's number, as the system vouches for it (unix(7), SO_PEERCRED)."""
    line = writer.get_extra_info("socket")
    if line is None or not hasattr(socket, "SO_PEERCRED"):
        return "unknown"
    _, user, _ = struct.unpack(
        "3i", line.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    )
    return f"uid {user}"
