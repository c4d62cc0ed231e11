"""The access log of a proxy beside us: how requests ended that it passed on, and what it passed on without asking.

Theory of operation. The proxy appends lines, we read on (`gateway.audit.tailed`), twice a second and a bounded piece at a
time. A line about a decision of this process ends its judgement, which was kept open for that (`Open`); one about a decision
of a process before it is an outcome by id alone, if the journal holds that decision and no end of it. Of several workers one
reads, and tells the others of theirs. A line about a request that nobody asked about is judged now, as it would
have been then, and recorded with `source: access-log`: so the record is complete, though later. Where the judge would not have
let pass what was passed, the entry says `enforced: false`, and `/ready` that the prefilter does not fit the policy any more.

Where it was left is kept beside the journal. A process that was killed reads some lines again; the decisions and outcomes that
the end of the journal has already are passed over.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec
import structlog
from msgspec import Struct

from gateway import warned
from gateway.audit.reader import Reader
from gateway.audit.recorder import Recorder
from gateway.audit.tail import Tail
from gateway.audit.tailed import Mark, Tailed
from gateway.audit.unindexed import awaits_end
from gateway.files import put
from gateway.judgement import Judgement
from gateway.proxy.peer import Peers
from gateway.proxy.relay import read_host
from gateway.proxy.siblings import Line, Siblings
from gateway.request import Client, Request, read_target
from gateway.told.proxy_log import PREFILTER, Ended, Unasked, read_line
from gateway.value import changed
from gateway.vocabulary import End, Reason, Sentence
from gateway.warned import Warned

#: Where it is kept how far the log was read, in the journal's folder.
NAME: Final = "access-log.json"
SOURCE: Final = "access-log"
#: Seconds between two looks at a log of which everything is read.
LOOK: Final = 0.5
#: Judgements that are kept open at most.
MOST_OPEN: Final = 100_000
#: Entries before the last that are looked through for what was recorded already.
_LOOKED_BACK: Final = 20_000
#: Ends of decisions before those that are looked up in the whole journal, at most: a request seldom lasts that long.
_MOST_SOUGHT: Final = 1000
#: Lines that are taken before others get their turn.
_AT_ONCE: Final = 500

_Ended = Callable[[Judgement, int | None, int, End], None]


class Open:
    """Judgements of requests that a proxy was told to pass on, until its log says how they ended."""

    def __init__(self, ended: _Ended, untold: Callable[[Judgement], None]) -> None:
        """``ended`` is told how each ended, ``untold`` of those of which nobody will say it."""
        self._ended, self._untold = ended, untold
        self._judgements: dict[str, Judgement] = {}

    def __len__(self) -> int:
        return len(self._judgements)

    def keep(self, judgement: Judgement) -> None:
        """It is under way. The oldest of too many ends as unknown."""
        self._judgements[judgement.id] = judgement
        if len(self._judgements) > MOST_OPEN:
            self._untold(self._judgements.pop(next(iter(self._judgements))))

    def end(self, id: str, status: int | None, octets: int, end: End) -> bool:
        """How it ended; whether it was open."""
        judgement = self._judgements.pop(id, None)
        if judgement is None:
            return False
        self._ended(judgement, status, octets, end)
        return True


class _Left(Struct, frozen=True):
    mark: Mark | None
    seq: int


class AccessLog:
    """Reads one log, from `run` until it is cancelled."""

    def __init__(
        self,
        file: Path,
        opened: Open,
        recorder: Recorder,
        judge: Callable[[Request], Judgement | Awaitable[Judgement]],
        peers: Peers,
        decided: Callable[[Judgement], object],
        ended: _Ended,
        first_id: str,
        siblings: Siblings | None = None,
    ) -> None:
        """``decided`` and ``ended`` are told of each request that is learnt of; ``first_id`` is older than the id of any decision of this process.
        ``siblings`` are the other workers, if there are any, and wait for the ends of their own."""
        self._file, self._open, self._recorder, self._judge = file, opened, recorder, judge
        self._peers, self._first_id = peers, first_id
        self._decided, self._ended = decided, ended
        self._siblings = siblings
        self._theirs: dict[int, list[Line]] = {}
        if siblings is not None:
            siblings.not_open = self._nobodys
        self._memory = recorder.lane.folder / NAME
        self._reader = Reader(recorder.lane.folder)
        self._known: set[str] = set()
        #: Decisions of earlier processes that wait for their ends, as far as they are known, and lines about others.
        self._waiting: set[str] = set()
        self._unknown: list[Line] = []
        self._left_to_seek = _MOST_SOUGHT
        self._log = structlog.get_logger()
        #: Lines read, those of them that tell nothing of ours, and requests that were passed on and should not have been.
        self.lines = self.passed_over = self.misfits = 0
        self._trouble = ""

    @property
    def warnings(self) -> tuple[Warned, ...]:
        """What an operator should know."""
        found = [warned.ACCESS_LOG_UNREAD.of(why=self._trouble)] if self._trouble else []
        if self.misfits:
            requests = "1 request" if self.misfits == 1 else f"{self.misfits} requests"
            found.append(warned.PREFILTER_OLD.of(requests=Sentence(f"{self.misfits} permintaan", requests)))
        return tuple(found)

    async def run(self) -> None:
        """Read, for ever."""
        left = await self._begin()
        tailed, taken = Tailed(self._file, left.mark), left.mark
        try:
            while True:
                lines = await self._read(tailed)
                for at in range(0, len(lines), _AT_ONCE):
                    for line in lines[at : at + _AT_ONCE]:
                        await self._take(line)
                    self._pass_on()
                    await self._seek()
                    await asyncio.sleep(0)
                if not lines:
                    await self._seek()
                    await asyncio.sleep(LOOK)
                # Not sooner than the next time round: what was handed over must have been written by then.
                if taken != left.mark:
                    left = _Left(taken, self._recorder.lane.last)
                    await asyncio.to_thread(self._save, left)
                taken = tailed.mark
        finally:
            self._save(_Left(taken, self._recorder.lane.last))
            tailed.close()

    async def _begin(self) -> _Left:
        """Where the log was left; without the end of the journal, lines that were read would be recorded again."""
        while True:
            try:
                return await asyncio.to_thread(self._load)
            except OSError as error:
                self._troubled(error)
                await asyncio.sleep(LOOK)

    async def _read(self, tailed: Tailed) -> list[bytes]:
        try:
            lines = await asyncio.to_thread(tailed.read)
        except OSError as error:
            self._troubled(error)
            tailed.close()
            return []
        self._trouble = ""
        return lines

    def _troubled(self, error: OSError) -> None:
        trouble = (error.strerror or "unknown error").lower()
        if trouble != self._trouble:
            self._log.warning("access log not read", file=str(self._file), why=trouble)
        self._trouble = trouble

    async def _take(self, line: bytes) -> None:
        self.lines += 1
        told = read_line(line)
        if told is None:
            self.passed_over += 1
        elif told.unasked is not None:
            await self._learn(told, told.unasked)
        else:
            ended = Line(told.decision, told.status, told.octets, told.end)
            if self._open.end(*ended):
                return
            whose = None if self._siblings is None else self._siblings.whose(told.decision)
            if whose is None:
                self._nobodys((ended,))
            else:
                self._theirs.setdefault(whose, []).append(ended)

    def _pass_on(self) -> None:
        """Tell other workers of the ends that they wait for."""
        theirs, self._theirs = self._theirs, {}
        for whose, lines in theirs.items():
            assert self._siblings is not None
            self._siblings.tell_ended(whose, lines)

    def _nobodys(self, lines: Sequence[Line]) -> None:
        """Nobody waits for the ends of these: of those that an earlier process decided it is an outcome all the same."""
        for line in lines:
            if line.decision in self._waiting:
                self._waiting.discard(line.decision)
                self._known.add(line.decision)
                self._recorder.outcome_of(*line)
            elif line.decision < self._first_id and line.decision not in self._known:
                self._unknown.append(line)

    async def _seek(self) -> None:
        """Look up in the journal whether decisions that are not known were ever made: nobody's word in a log makes one."""
        unknown, self._unknown = self._unknown, []
        for line in unknown:
            if line.decision in self._known:
                continue
            self._left_to_seek -= 1
            if self._left_to_seek >= 0 and await asyncio.to_thread(self._awaits_end, line.decision):
                self._known.add(line.decision)
                self._recorder.outcome_of(*line)
            else:
                self.passed_over += 1

    def _awaits_end(self, decision: str) -> bool:
        try:
            return awaits_end(self._reader, decision)
        except OSError as error:  # a segment may go just now, when its time is over
            self._log.warning("a decision is not looked up", decision=decision, why=error.strerror)
            return False

    async def _learn(self, told: Ended, unasked: Unasked) -> None:
        """Record what nobody asked about, as it would have been decided then."""
        if unasked.id in self._known:
            return
        judged = self._judge(_request(unasked, self._peers.client(unasked.address)))
        judgement = judged if isinstance(judged, Judgement) else await judged
        judgement = changed(judgement, id=unasked.id, at=unasked.at, source=SOURCE)
        if judgement.decision.refuses and told.status is not None and told.status < 400:
            judgement = changed(judgement, decision=changed(judgement.decision, enforced=False))
            self.misfits += unasked.why == PREFILTER
        self._decided(judgement)
        self._recorder.learnt(judgement)
        self._ended(judgement, told.status, told.octets, told.end)

    def _load(self) -> _Left:
        """Where the log was left, and, if it was, what the end of the journal knows already."""
        try:
            left = msgspec.json.decode(self._memory.read_bytes(), type=_Left)
        except (OSError, msgspec.DecodeError):
            return _Left(None, 0)
        tail = Tail(self._reader, max(0, left.seq - _LOOKED_BACK))
        while found := tail.read(1000):
            for row in found:
                entry: dict[str, Any] = msgspec.json.decode(row.line)
                if entry["phase"] == "outcome":
                    self._known.add(entry["of"])
                    self._waiting.discard(entry["of"])
                elif entry.get("source") == SOURCE:
                    self._known.add(entry["id"])
                elif entry["phase"] == "decision" and entry["id"] < self._first_id:
                    self._waiting.add(entry["id"])
        return left

    def _save(self, left: _Left) -> None:
        try:
            put(self._memory, msgspec.json.encode(left), sync=False)
        except OSError as error:
            self._log.warning("how far the access log was read is not kept", why=error.strerror)


def _request(unasked: Unasked, client: Client) -> Request:
    """The request as the log tells it: of its fields the User-Agent alone."""
    authority, host = read_host(unasked.host.encode("latin-1", "replace"))
    target = read_target(unasked.target.encode("latin-1", "replace"))
    fault = Reason.MALFORMED_HOST if host is None else Reason.MALFORMED_TARGET if target is None else None
    fields = {} if unasked.user_agent is None else {"user-agent": unasked.user_agent}
    method, scheme = unasked.method[:32], "https" if unasked.scheme == "https" else "http"
    return Request(method, scheme, authority, host or "", target, client, fields, fault)
