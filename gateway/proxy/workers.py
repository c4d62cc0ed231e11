"""Several workers, each in a process of its own, as the supervisor sees them: one.

Theory of operation. With `--workers N` a gateway is N + 2 processes. The *supervisor* has bound the sockets before anything
else and reads the policy; the *writer* alone writes the journal and counts what is counted across workers (`FarLane`,
`LaneService`); *workers* each have a socket of their own at one address, among which the system shares connections out, so that a worker
which ends takes with it only those that it had, and the others get all further ones.

A version of the policy is compiled once, in the supervisor, which keeps its texts and writes its event; only then is it
handed to every worker, and it counts as taken up when all have said that they judge by it. A worker that is started later
begins with it. What origins say in robots.txt goes the same way: it is asked once, not by each worker. Orders come to the
workers from the writer, as soon as they are written.

What each worker knows for itself alone: what it remembers of decisions and look-ups, which clients read how much and whose
checks fail in bulk, and the bounds of connections; of requests to origins each has its share.
"""

import asyncio
import pickle
import socket
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Final, NamedTuple

import structlog

from gateway.judgement import Version
from gateway.orders import Orders
from gateway.policy.robots import RobotsFile
from gateway.proxy import control
from gateway.proxy.children import Child
from gateway.proxy.doors import Doors
from gateway.proxy.figures import Figures, together
from gateway.proxy.sockets import beside
from gateway.settings import Settings

#: Seconds within which workers must have taken a version up, and have told their figures.
TAKEN_UP: Final = 10.0
LOOK: Final = 1.0
#: The worker that reads the log of proxies, for all.
_READS: Final = 0
#: What the writer is in place of a worker's number.
_WRITER: Final = -1


class WorkerSpec(NamedTuple):
    """What a worker begins with: its number among all, from 0 on, settings, the numbers of the descriptors of its listeners and of
    the one where proxies ask, whether it reads their log, the version in force, what is known of origins' robots.txt, and whether
    entries can be promised."""

    number: int
    settings: Settings
    listeners: tuple[int, ...]
    asked: int | None
    reads: bool
    version: Version
    robots: dict[str, RobotsFile]
    promises: bool


class _Kept(NamedTuple):
    """A child, and what it has said: the number of the version it judges by, and its figures, since its start and before."""

    child: Child
    judging: list[int]
    figures: list[Figures]


class WorkerProcesses:
    """N workers, from `open` to `close`."""

    def __init__(
        self,
        settings: Settings,
        doors: Doors,
        first: Version,
        *,
        writer: Child,
    ) -> None:
        """``settings`` are those of one worker; ``writer`` is told about as a child like them."""
        self._settings, self._version = settings, first
        self._doors = doors
        self._writing = Figures()
        self._listening: dict[int, socket.socket] = {}
        self._writer = writer
        #: Called with the pattern and the name of a host that somebody asks for under a wildcard.
        self.wanted: Callable[[str, str], object] = lambda _pattern, _name: None
        self._robots: dict[str, RobotsFile] = {}
        self._promises = True
        self._workers = [self._worker(number) for number in range(settings.workers)]
        self._looks = 0
        self._answers: dict[int, set[int]] = {}
        self._waiting: set[asyncio.Event] = set()
        self._keeping: list[asyncio.Task[None]] = []
        self._log = structlog.get_logger()

    def _worker(self, number: int) -> _Kept:
        child = Child(
            "worker",
            f"worker-{number + 1}",
            partial(self._spec, number),
            heard=partial(self._hears, number),
            sockets=partial(self._sockets, number),
            gone=partial(self._gone, number),
        )
        return _Kept(child, [0], [Figures(), Figures()])

    def _sockets(self, number: int) -> tuple[socket.socket, ...]:
        doors = self._doors
        if doors.passed:
            listeners = tuple(one.dup() for one in doors.of_worker(number, self._settings.workers))
        else:
            own = self._listening[number] = beside(doors.listeners[0])
            listeners = (own.dup(),)
        asked = doors.check
        return listeners if asked is None else (*listeners, asked.dup())

    def _spec(self, number: int, _again: bool, numbers: tuple[int, ...]) -> WorkerSpec:
        listeners, asked = (numbers[:-1], numbers[-1]) if self._doors.check is not None else (numbers, None)
        return WorkerSpec(
            number,
            self._settings,
            listeners,
            asked,
            number == _READS,
            self._version,
            self._robots,
            self._promises,
        )

    # ── as the supervisor asks ──────────────────────────────────────────────────────────────────────────────────────

    @property
    def running(self) -> int:
        """How many workers serve."""
        return sum(worker.child.running for worker in self._workers)

    @property
    def listeners(self) -> tuple[socket.socket, ...]:
        """The sockets of workers that were not passed: each has one."""
        return tuple(self._listening.values())

    @property
    def connections(self) -> int:
        """How many clients were connected when workers last told."""
        return int(self.figures().gauges.get("izin_connections", 0))

    def use(self, version: Version) -> Awaitable[None]:
        """Have all workers judge by this version; waits until they do."""
        self._version = version
        octets = pickle.dumps(version)
        for worker in self._workers:
            worker.child.send(control.Judge(version.number, octets))
        return self._taken_up(version.number)

    def obey(self, orders: Orders) -> None:
        """The workers hear of orders from the writer."""

    def promise(self, *, kept: bool) -> None:
        """Have workers promise entries, or not."""
        self._promises = kept
        for worker in self._workers:
            worker.child.send(control.Promises(kept))

    def know(self, robots: Mapping[str, RobotsFile]) -> None:
        """This is what is known of origins' robots.txt, by name."""
        before, self._robots = self._robots, dict(robots)
        new = {name: file for name, file in robots.items() if before.get(name) is not file}
        gone = [name for name in before if name not in robots]
        if new or gone:
            octets = pickle.dumps(new)
            for worker in self._workers:
                worker.child.send(control.Origins(octets, gone))

    async def load(self) -> None:
        """Have their processes load what they need, before `open`."""
        await asyncio.gather(*(worker.child.load() for worker in self._workers))

    async def open(self) -> None:
        """Begin them all. ChildError where one does not begin its work."""
        await asyncio.gather(*(worker.child.begin() for worker in self._workers))

    async def serve(self) -> None:
        """Keep them going until `drain` has ended them."""
        self._keeping = [asyncio.create_task(worker.child.keep()) for worker in self._workers]
        await asyncio.gather(*self._keeping)

    async def drain(self, seconds: float, at_once: asyncio.Event) -> None:
        """Have them take nothing more on, and end what is under way within so many seconds or until ``at_once``."""
        for listener in self._listening.values():
            listener.close()
        self._listening.clear()
        if self._doors.check is not None:
            self._doors.check.close()
        await asyncio.gather(*(worker.child.end(seconds, at_once) for worker in self._workers))

    async def close(self) -> None:
        """End whoever is still there."""
        for task in self._keeping:
            task.cancel()
        for worker in self._workers:
            worker.child.kill()

    def reload_certificate(self) -> None:
        """Have the listener's certificate read anew."""
        for worker in self._workers:
            worker.child.send(control.Renew())

    # ── figures ─────────────────────────────────────────────────────────────────────────────────────────────────────

    async def look(self) -> bool:
        """Ask every child for its figures; one that does not answer in time is left out. Whether all that run have, and a
        worker among them."""
        self._looks += 1
        look = self._looks
        asked = {number for number, one in enumerate(self._workers) if one.child.running}
        served = bool(asked)
        if self._writer.running:
            asked.add(_WRITER)
        answers = self._answers[look] = set()
        for worker in self._workers:
            worker.child.send(control.Look(look))
        self._writer.send(control.Look(look))
        all_answered = await self._until(lambda: asked <= answers, LOOK)
        del self._answers[look]
        return all_answered and served

    def figures(self) -> Figures:
        """The figures of all workers, those that have ended included, as they were last told."""
        every = [figure for worker in self._workers for figure in worker.figures]
        figures = together([*every, self._writing])
        children = [*(worker.child for worker in self._workers), self._writer]
        figures.warnings = (*figures.warnings, *(one for child in children for one in child.warnings))
        figures.gauges["izin_workers"] = self.running
        figures.gauges["izin_worker_restarts_total"] = sum(worker.child.restarts for worker in self._workers)
        figures.gauges["izin_writer_restarts_total"] = self._writer.restarts
        return figures

    async def _taken_up(self, number: int) -> None:
        def judging() -> bool:
            return all(one.judging[0] >= number for one in self._workers if one.child.running)

        if not await self._until(judging, TAKEN_UP):
            self._log.error("a worker has not taken up the policy", version=number)

    async def _until(self, true: Callable[[], bool], seconds: float) -> bool:
        """Wait until something is true that children say; whether it is within so many seconds."""
        heard = asyncio.Event()
        self._waiting.add(heard)
        try:
            async with asyncio.timeout(seconds):
                while not true():
                    heard.clear()
                    await heard.wait()
        except TimeoutError:
            return False
        finally:
            self._waiting.discard(heard)
        return True

    # ── what children say ───────────────────────────────────────────────────────────────────────────────────────────

    def _hears(self, number: int, message: control.FromChild) -> None:
        worker = self._workers[number]
        match message:
            case control.Ready() | control.Loaded():
                pass
            case control.Judging(version):
                worker.judging[0] = version
            case control.Counted(look, figures):
                worker.figures[0] = figures
                self._answers.get(look, set()).add(number)
            case control.Wanted(pattern, name):
                self.wanted(pattern, name)
            case control.ToSibling(to, octets):
                if 0 <= to < len(self._workers):
                    self._workers[to].child.send(control.FromSibling(number, octets))
                return
        self._notify()

    def hear_writer(self, message: control.FromChild) -> None:
        """What the writer says."""
        if isinstance(message, control.Counted):
            self._writing = message.figures
            self._answers.get(message.number, set()).add(_WRITER)
            self._notify()

    def _gone(self, number: int) -> None:
        """What it has counted stays counted; nothing else of it is."""
        worker = self._workers[number]
        worker.figures[1] = together((worker.figures[1], worker.figures[0].past))
        worker.figures[0] = Figures()
        worker.judging[0] = 0
        if (listener := self._listening.pop(number, None)) is not None:
            listener.close()  # or clients would wait for nobody
        self._notify()

    def _notify(self) -> None:
        for one in self._waiting:
            one.set()
