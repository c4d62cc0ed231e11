"""The supervisor: signals, policy versions, the admin listener and all that is done beside requests, for one gateway whose
parts `gateway.app` has built.

Life. Open the journal's desk; keep the texts and write the policy event; only then have workers listen. SIGHUP and a change
in the policy's folder reload, the listener's certificate likewise. SIGTERM and SIGINT drain: `ready` says 503, no new
connection is taken, and what is under way may end within the deadline. A second signal ends at once. SIGUSR2 starts another gateway, which takes this one's place.

Whether there is one worker in this process, or several in their own (`Workers`), makes no difference here.
"""

import asyncio
import signal
import socket
from collections.abc import Awaitable
from typing import Any, Final, Protocol

import structlog

from gateway import is_compiled
from gateway.alerts.alerting import Alerting
from gateway.audit.anchoring import Anchoring
from gateway.audit.journal import Journal
from gateway.audit.keeping import Keeping
from gateway.judgement import Version
from gateway.lookups.folder import PolicyFolder
from gateway.lookups.headlines import HeadlineReading
from gateway.lookups.robots import RobotsFiles
from gateway.orders import Orders
from gateway.proxy import oplog
from gateway.proxy.admin import admin_app
from gateway.proxy.background import Background
from gateway.proxy.children import ChildError
from gateway.proxy.console_process import keep_console
from gateway.proxy.doors import Doors
from gateway.proxy.figures import Figures
from gateway.proxy.followers import Followers
from gateway.proxy.health import Health
from gateway.proxy.passed import ADMIN, CHECK, CONSOLE, LISTEN
from gateway.proxy.seal_files import seal_route
from gateway.proxy.service import Service
from gateway.proxy.sockets import shown
from gateway.proxy.succession import Predecessor, Successor
from gateway.proxy.versions import Versions
from gateway.proxy.worker import server
from gateway.settings import Settings

#: What the journal says when it can be written again.
_ROOM: Final = frozenset({"disk-room", "storage-fault"})
#: Seconds that it may take to end after all is drained.
_ENDING: Final = 10.0


class Workers(Protocol):
    """Whoever serves clients."""

    @property
    def connections(self) -> int:
        """How many clients are connected."""

    def use(self, version: Version) -> Awaitable[None] | None:
        """Judge by this version from now on; where there is something to wait for, from when that has come."""

    def obey(self, orders: Orders) -> None:
        """Heed these orders from the next request on."""

    def promise(self, *, kept: bool) -> None:
        """Whether entries can be promised."""

    async def open(self) -> None:
        """Make ready to serve."""

    async def serve(self) -> None:
        """Answer clients until `drain` has ended it."""

    async def drain(self, seconds: float, at_once: asyncio.Event) -> None:
        """Take nothing more on, let what is under way end within so many seconds or until ``at_once``, then break it off."""

    async def close(self) -> None:
        """Let go of everything."""

    async def look(self) -> bool:
        """Ask for what `figures` is to give; whether all that should have answered have."""

    @property
    def listeners(self) -> tuple[socket.socket, ...]:
        """The sockets that they listen on, where these are their own."""

    def figures(self) -> Figures:
        """What was counted, and how things stand."""

    def reload_certificate(self) -> None:
        """Read the listener's certificate anew."""


class Supervisor:
    """One gateway, from its start to its end."""

    def __init__(
        self,
        settings: Settings,
        folder: PolicyFolder,
        doors: Doors,
        service: Service,
        before: Predecessor | None,
        *,
        journal: Journal,
        versions: Versions,
        robots: RobotsFiles,
        headlines: HeadlineReading,
        workers: Workers,
        health: Health,
        followers: Followers,
        anchoring: Anchoring,
        keeping: Keeping,
        alerting: Alerting,
    ) -> None:
        """The sockets are bound, and closed by whoever bound them; so is the journal, which is opened here. ``before`` is the
        gateway whose place this one takes, None if there is none."""
        self._settings, self._folder = settings, folder
        self._doors, self._service, self._before = doors, service, before
        self._successor: Successor | None = None
        self._handing_over = False
        self._journal, self._versions = journal, versions
        self._robots, self._headlines = robots, headlines
        self._workers, self.health = workers, health
        self._followers, self._keeping, self._alerting = followers, keeping, alerting
        self._anchoring = anchoring
        self._log = structlog.get_logger()
        self._stop = asyncio.Event()
        self._background = Background()
        journal.recorder.on_said = self._journal_said
        journal.recorder.on_orders = self._ordered

    async def run(self) -> None:
        """Serve until told to stop. JournalError where no orders can be taken."""
        try:
            await self._journal.open()
            if not await self._versions.announce():
                self._workers.promise(kept=False)
                self._background.begin(self._announce_again())
            policy = self._versions.current.policy
            self._robots.follow(policy.hosts)
            self._headlines.follow(policy)
            await self._workers.open()
            await self._serve()
        finally:
            await self._background.close()
            self._headlines.close()
            self._robots.close()
            await self._workers.close()

    async def _serve(self) -> None:
        settings, health, workers = self._settings, self.health, self._workers
        policy = self._versions.current.policy
        app = admin_app(
            health.readiness,
            health.registry(),
            health.look,
            seal_route(settings.journal, settings.join_token, self._journal.clock.wall),
        )
        admin = server(app, http="auto", drain=1)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._told_to_stop)
        loop.add_signal_handler(signal.SIGHUP, self._told_to_reload)
        loop.add_signal_handler(signal.SIGUSR2, self._told_to_hand_over)
        serving = asyncio.create_task(workers.serve())
        administering = asyncio.create_task(admin.serve([self._doors.admin]))
        self._background.begin(self._versions.follow_licenses())
        self._background.begin(self._versions.follow_origins())
        self._background.begin(self._versions.follow_folder(self._folder.changed))
        self._background.begin(self._try_origins())
        self._background.begin(self._followers.run())
        console = self._doors.console
        if settings.console is not None or console is not None:
            self._background.begin(keep_console(settings, console))
        self._background.begin(self._anchoring.run())
        self._background.begin(self._keeping.run())
        self._background.begin(health.run())
        self._background.begin(self._alerting.run())
        self._log.info(
            "serving",
            listen=" ".join(map(shown, self._doors.listeners)),
            tls=settings.tls_cert is not None,
            workers=settings.workers,
            admin=shown(self._doors.admin),
            site=policy.site,
            hosts=[host.pattern for host in policy.hosts],
            policy=policy.digest,
            journal=str(settings.journal),
            compiled=is_compiled(),
        )
        if self._before is None:
            self._service.ready(self._status())
        else:
            self._before.serving()  # and it says so
        self._background.begin(self._service.tell(self._status))
        self._background.begin(self._service.watch(self._well))
        stopping = asyncio.create_task(self._stop.wait())
        await asyncio.wait({stopping, serving, administering}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        health.draining = self._alerting.resting = True
        if self._successor is None:
            self._service.stopping(settings.drain + _ENDING)
        self._log.info("draining", connections=workers.connections, seconds=settings.drain)
        self._stop.clear()
        await workers.drain(settings.drain, self._stop)
        await serving
        admin.should_exit = admin.force_exit = True
        await administering

    # ── what the parts say to each other ────────────────────────────────────────────────────────────────────────────

    def _ordered(self, orders: Orders) -> None:
        self._workers.obey(orders)
        self._log.warning("order", modes=len(orders.modes), blocks=[order.agent for order in orders.blocks])

    def _journal_said(self, name: str, details: dict[str, Any]) -> None:
        if self._journal.desk is not None:  # else the writer's process says it
            oplog.tell_said(name, details)
        if name == "clock-step":
            self.health.counters.clock_steps += 1
        if name in _ROOM and self._versions.failure:
            self._background.begin(self._versions.restate(name))
            self._background.begin(self._versions.reload(name))

    async def _announce_again(self) -> None:
        """Until the policy's event is written, nothing is promised; readers are served."""
        await self._versions.announce_again()
        self._workers.promise(kept=True)

    # ── signals, origins ────────────────────────────────────────────────────────────────────────────────────────────

    def _told_to_stop(self) -> None:
        self._stop.set()

    def _told_to_reload(self) -> None:
        self._background.begin(self._reload())
        self._workers.reload_certificate()

    async def _reload(self) -> None:
        self._service.reloading()
        try:
            await self._versions.reload("SIGHUP")
        finally:
            self._service.ready(self._status())

    # ── whoever started this gateway, and whoever takes its place ───────────────────────────────────────────────────

    def _status(self) -> str:
        version, readiness = self._versions.current, self.health.readiness()
        few = "; ".join(one.en for one in readiness.warnings[:2])
        more = f" ({len(readiness.warnings)} warnings)" if len(readiness.warnings) > 2 else ""
        state = "draining" if self.health.draining else "serving"
        return f"{state} {version.policy.site}, policy version {version.number}" + (
            f"; warns: {few}{more}" if few else ""
        )

    async def _well(self) -> bool:
        """Whether there is a sign of life to give: while it ends, workers may be gone."""
        return await self._workers.look() or self.health.draining

    def _told_to_hand_over(self) -> None:
        if not (self._handing_over or self.health.draining):
            self._handing_over = True
            self._background.begin(self._hand_over())

    async def _hand_over(self) -> None:
        """Have another process take this one's place; where it cannot, this one goes on."""
        self._log.info("the next gateway is started")
        self._service.reloading()
        doors = self._doors
        listeners = doors.listeners if doors.passed else self._workers.listeners or doors.listeners
        sockets = {LISTEN: listeners, ADMIN: (doors.admin,)}
        sockets |= {name: (one,) for name, one in ((CHECK, doors.check), (CONSOLE, doors.console)) if one}
        try:
            self._successor = await Successor.prepared(sockets, self._service.environ)
        except (ChildError, OSError) as error:
            self._handing_over = False
            self._log.error("the next gateway does not begin, this one goes on", why=str(error))
            self._service.ready(self._status())
        else:
            doors.keep_path = True
            self._stop.set()

    async def left(self) -> None:
        """What is to be done when the journal is closed. ChildError where whoever was to take over does not serve."""
        if self._successor is None:
            await self._anchoring.last()
        elif await self._successor.takes_over():
            self._service.handed_over(self._successor.pid)
            self._log.info("handed over", pid=self._successor.pid)
        else:
            self._successor.give_up()
            raise ChildError("the gateway that was to take over does not serve", "its own lines say why")

    async def _try_origins(self) -> None:
        """Say early that an origin does not answer; the gateway serves all the same."""
        for origin in {host.origin for host in self._versions.current.policy.hosts}:
            try:
                _, writer = await asyncio.wait_for(asyncio.open_connection(origin.host, origin.port), 5)
                writer.close()
            except (OSError, TimeoutError) as error:
                self._log.warning(
                    "the origin does not answer yet; clients get 502 until it does",
                    origin=str(origin),
                    error=getattr(error, "strerror", None) or type(error).__name__,
                )
