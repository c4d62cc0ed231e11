"""The program of a child of `izin serve --workers N`: a worker, or the journal's writer. `gateway.proxy.children` runs it.

What a child is to do comes over its standard input, and when that ends, so does the child: a worker breaks off what is under
way, the writer writes what it was handed. Before it does its work it is killed with its supervisor: a writer that reads the
end of the journal hears nothing meanwhile, and would keep it from the next. The usual signals are the supervisor's business: a service manager sends them to
every process of a group, and it is the supervisor that knows the order in which to end.
"""

import asyncio
import ctypes
import pickle
import signal
import socket
import sys
from typing import TYPE_CHECKING, Any, Final

import structlog
import uvloop

from gateway.audit.far_lane import FarLane
from gateway.audit.receipt import JournalError
from gateway.proxy import control, oplog
from gateway.proxy.allocator import give_back
from gateway.proxy.control import Channel
from gateway.proxy.figures import Figures, resident
from gateway.proxy.ids import Ids, mark_of
from gateway.warned import Warned

if TYPE_CHECKING:
    from gateway.audit.journal import Journal
    from gateway.lookups.heard_robots import HeardRobots
    from gateway.proxy.siblings import Siblings
    from gateway.proxy.worker import Worker
    from gateway.proxy.workers import WorkerSpec

#: Seconds that are left to do what is under way when the supervisor is gone.
LAST: Final = 1.0
_PR_SET_PDEATHSIG: Final = 1
_OURS: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR2)


def main() -> None:
    """Do what the supervisor says, until it says to end or is gone."""
    role, label = sys.argv[1:]
    for number in _OURS:
        signal.signal(number, signal.SIG_IGN)
    _killed_with_parent(signal.SIGKILL)
    give_back()
    oplog.configure(label)
    try:
        uvloop.run(_write() if role == "writer" else _work(label))
    except JournalError:  # at its end: the recorder has said why
        sys.exit(1)


def _killed_with_parent(number: int) -> None:
    """Have the system send this when the supervisor ends, 0 for nothing (prctl(2), PR_SET_PDEATHSIG); Linux only."""
    prctl = getattr(ctypes.CDLL(None), "prctl", None)
    if prctl is not None:
        prctl(_PR_SET_PDEATHSIG, number)


class _Told:
    """The supervisor at the other end: its messages in order, and when to end."""

    def __init__(self) -> None:
        self.messages: asyncio.Queue[control.ToChild] = asyncio.Queue()
        self.channel: Channel

    async def begin(self) -> Any:
        """Open the channel, all that is needed being loaded; what is to be done."""
        end = socket.socket(fileno=sys.stdin.fileno())
        self.channel = await Channel.over(end, control.to_child, self.messages.put_nowait)
        self.channel.closed.add_done_callback(lambda _: self.messages.put_nowait(control.Drain(LAST)))
        self.channel.send(control.Loaded())
        message = await self.messages.get()
        return pickle.loads(message.spec) if isinstance(message, control.Begin) else None  # noqa: S301 -- the supervisor's

    def ready(self) -> None:
        """Say that the work is begun."""
        _killed_with_parent(0)
        self.channel.send(control.Ready())


async def _write() -> None:
    """Write the journal."""
    from gateway.audit.journal import Journal
    from gateway.audit.lane import Lane
    from gateway.audit.lane_service import LaneService
    from gateway.shared.begin import begin

    told = _Told()
    spec: control.WriterSpec | None = await told.begin()
    if spec is None:
        return
    log = structlog.get_logger()
    try:
        journal = Journal.opened(spec.journal, site=spec.site, new_id=Ids(), resumes=bool(spec.resumes))
    except JournalError as error:
        told.channel.send(control.Failed(str(error), error.hint))
        return
    assert isinstance(journal.recorder.lane, Lane)
    assert journal.desk is not None
    service = LaneService(journal, journal.recorder.lane, spec.resumes)

    def said(name: str, details: dict[str, Any]) -> None:
        oplog.tell_said(name, details)
        service.said(name, details)

    journal.recorder.on_said = said
    shared = await begin(journal, spec.sharing)
    warnings: list[Warned] = []
    journal.desk.warnings = lambda: warnings
    try:
        await journal.open()
        await service.open()
        told.ready()
        while not isinstance(message := await told.messages.get(), control.Drain):
            match message:
                case control.Warn(new):
                    warnings[:] = new
                case control.Look(number):
                    figures = Figures(resident={"writer": resident()})
                    if shared is not None:
                        figures.gauges, figures.warnings = shared.gauges, shared.warnings
                    told.channel.send(control.Counted(number, figures))
        await service.close(message.seconds)
    except JournalError as error:
        told.channel.send(control.Failed(str(error), error.hint))
    finally:
        if shared is not None:
            await shared.close()
        await journal.close()
        log.info("stopped")


async def _work(label: str) -> None:
    """Serve clients."""
    from gateway.audit.journal import Journal
    from gateway.parts import StartError, worker_of
    from gateway.proxy.siblings import Siblings

    told = _Told()
    spec: WorkerSpec | None = await told.begin()
    if spec is None:
        return
    try:
        journal = await Journal.linked(spec.settings.journal, Ids(mark_of(spec.number)))
    except JournalError as error:
        told.channel.send(control.Failed(str(error), error.hint))
        return
    try:
        siblings = Siblings(
            spec.number,
            spec.settings.workers,
            lambda to, octets: told.channel.send(control.ToSibling(to, octets)),
        )
        worker, robots = worker_of(
            spec, journal, siblings, lambda *names: told.channel.send(control.Wanted(*names))
        )
    except StartError as error:
        told.channel.send(control.Failed(error.what, error.hint))
        return
    work = _Work(label, worker, robots, siblings, journal, told.channel)
    journal.recorder.promises, journal.recorder.on_orders = spec.promises, worker.obey
    await worker.open()
    serving = asyncio.create_task(worker.serve())
    serving.add_done_callback(lambda _: told.messages.put_nowait(control.Drain(0)))
    await worker.listening()
    told.channel.send(control.Judging(spec.version.number))
    told.ready()
    while not serving.done():
        await work.take(await told.messages.get())
    await work.ended()
    await serving
    await worker.close()
    await journal.close()


class _Work:
    """What a worker does that serves."""

    def __init__(
        self,
        label: str,
        worker: "Worker",
        robots: "HeardRobots",
        siblings: "Siblings",
        journal: "Journal",
        channel: Channel,
    ) -> None:
        self._label, self._worker, self._robots, self._siblings = label, worker, robots, siblings
        assert isinstance(journal.recorder.lane, FarLane)
        self._lane, self._channel = journal.recorder.lane, channel
        self._at_once = asyncio.Event()
        self._draining: asyncio.Task[None] | None = None

    async def take(self, message: control.ToChild) -> None:
        """Do what the supervisor says."""
        worker = self._worker
        match message:
            case control.Judge(number, octets):
                worker.use(pickle.loads(octets))  # noqa: S301 -- the supervisor's
                self._channel.send(control.Judging(number))
            case control.Origins(files, gone):
                # A large file takes a while to read, and no request waits for it.
                self._robots.hear(await asyncio.to_thread(pickle.loads, files), gone)
            case control.Promises(kept):
                worker.promise(kept=kept)
            case control.Look(number):
                figures = worker.figures()
                figures.resident[self._label] = resident()
                figures.gauges["izin_journal_dropped_total"] = self._lane.dropped
                figures.gauges["izin_journal_waiting"] = self._lane.unwritten
                self._channel.send(control.Counted(number, figures))
            case control.Renew():
                worker.reload_certificate()
            case control.FromSibling(sender, octets):
                self._siblings.hear(sender, octets)
            case control.Drain(seconds):
                if self._draining is None:
                    self._draining = asyncio.create_task(worker.drain(seconds, self._at_once))
                elif not seconds:
                    self._at_once.set()

    async def ended(self) -> None:
        """Wait until it is drained."""
        if self._draining is not None:
            await self._draining


if __name__ == "__main__":
    main()
