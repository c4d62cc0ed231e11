"""The supervisor: owns sockets, signals, policy versions and the admin listener; runs the worker and the journal.

Life. Recover the journal and open its desk; keep the texts and write the policy event; only then listen. SIGHUP and a
change in the policy's folder reload. SIGTERM and SIGINT drain: `ready` says 503, no new connection is taken, what is
under way may end within the deadline, then the journal says `stop`. A second SIGINT ends at once.

One worker, in this process: `Front` is all that it has, and a version is handed to it by one call.
"""

import asyncio
import contextlib
import gc
import signal
import socket
from collections.abc import Coroutine
from typing import Any, Final

import structlog
import uvicorn
from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector
from starlette.applications import Starlette

from gateway import enforce
from gateway.audit.desk import Desk
from gateway.audit.pseudonyms import Pseudonyms
from gateway.audit.receipt import LocalClock, Receipt
from gateway.audit.recorder import Recorder
from gateway.audit.texts import Texts
from gateway.judgement import Judgement, Version
from gateway.lookups.folder import PolicyFolder
from gateway.lookups.resolver import Resolver
from gateway.lookups.robots import RobotsFiles
from gateway.orders import Orders
from gateway.policy.robots import RobotsFile
from gateway.proxy.admin import Readiness, admin_app
from gateway.proxy.counters import Counters, Metrics
from gateway.proxy.front import Front
from gateway.proxy.ids import Ids
from gateway.proxy.judge import Judge
from gateway.proxy.oplog import tell
from gateway.proxy.peer import Peers
from gateway.proxy.relay import relay_class
from gateway.proxy.sockets import shown
from gateway.proxy.versions import Versions
from gateway.settings import Settings
from gateway.vocabulary import End, Level

SECRET_NAME: Final = b"Izin-Origin-Secret"
#: Seconds between two tries to record the policy that is in force.
ANNOUNCE: Final = 0.5
#: Seconds between two tries to keep an origin's robots.txt.
KEEP_AGAIN: Final = 10.0
#: What the journal says when all is as it should be, and when it can be written again.
_FINE: Final = frozenset({"start", "stop", "disk-room"})
_ROOM: Final = frozenset({"disk-room", "storage-fault"})
#: Seconds between two looks at the policy's folder; changes must have rested between them.
LOOK: Final = 0.5


class _Server(uvicorn.Server):
    """uvicorn's server without its signal handling, which is ours."""

    def capture_signals(self) -> contextlib.AbstractContextManager[None]:  # type: ignore[override]
        return contextlib.nullcontext()


class Supervisor:
    """One gateway, from its start to its end."""

    def __init__(
        self,
        settings: Settings,
        first: Version,
        folder: PolicyFolder,
        listener: socket.socket,
        admin: socket.socket,
    ) -> None:
        self._settings, self._first, self._folder = settings, first, folder
        self._listener, self._admin = listener, admin
        self._log = structlog.get_logger()
        self._counters = Counters()
        self._stop = asyncio.Event()
        self._draining = False
        self._tasks: set[asyncio.Task[Any]] = set()

    async def run(self) -> None:
        """Serve until told to stop. JournalError where the journal cannot be used."""
        settings = self._settings
        clock, ids = LocalClock(), Ids()
        folder = settings.journal
        self._recorder = recorder = Recorder.open(
            folder,
            site=self._first.policy.site,
            new_id=ids,
            pseudonym=Pseudonyms(folder).of,
            clock=clock,
        )
        recorder.on_said = self._journal_said
        desk = Desk(recorder)
        try:
            self._texts = Texts(folder)
            self._robots = RobotsFiles(self._secret_headers(), self._robots_read)
            loop = asyncio.get_running_loop()
            resolver = Resolver({}, self._robots.get, loop.time)
            self._judge = Judge(self._first, resolver, clock=clock.wall, new_id=ids, orders=recorder.orders)
            self._versions = Versions(
                self._first,
                settings,
                load=self._folder.load,
                keep=self._keep,
                event=self._event,
                hand_out=self._hand_out,
                counters=self._counters,
            )
            recorder.on_orders = self._ordered
            await desk.open()
            if not await self._versions.announce():
                recorder.promises = False
                self._spawn(self._announce_later())
            self._robots.follow(self._first.policy.hosts)
            await self._serve()
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            await desk.close()
            await recorder.close()
            self._log.info("stopped")

    async def _serve(self) -> None:
        settings = self._settings
        front = Front(
            self._judged,
            enforce.answer_to,
            self._recorder,
            unrecorded=enforce.unrecorded,
            unreachable=enforce.unreachable,
            peers=Peers(settings.trusted_proxies),
            secret=(SECRET_NAME, settings.origin_secret) if settings.origin_secret else None,
            log_request=self._ended,
        )
        self._front = front
        worker = self._server(_no_app, http=relay_class(front), drain=settings.drain)
        admin = self._server(admin_app(self._readiness, self._registry()), http="auto", drain=1)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._told_to_stop)
        loop.add_signal_handler(signal.SIGHUP, lambda: self._spawn(self._versions.reload("SIGHUP")))
        serving = asyncio.create_task(worker.serve([self._listener]))
        administering = asyncio.create_task(admin.serve([self._admin]))
        self._spawn(self._versions.follow_licenses())
        self._spawn(self._watch())
        self._spawn(self._try_origins())
        # What is loaded by now stays: the collector need not look through policy and catalogue again and again.
        gc.collect()
        gc.freeze()
        self._log.info(
            "serving",
            listen=shown(self._listener),
            admin=shown(self._admin),
            site=self._first.policy.site,
            hosts=[host.pattern for host in self._first.policy.hosts],
            policy=self._first.policy.digest,
            journal=str(settings.journal),
        )
        stopping = asyncio.create_task(self._stop.wait())
        await asyncio.wait({stopping, serving, administering}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        self._draining = True
        self._log.info("draining", connections=len(front.connections), seconds=settings.drain)
        worker.should_exit = True
        front.drain()
        await self._drained(front)
        worker.force_exit = True
        for connection in list(front.connections):
            connection.abort()
        await serving
        front.close()
        admin.should_exit = admin.force_exit = True
        await administering

    async def _drained(self, front: Front) -> None:
        """Wait until the last exchange has ended, at most for the drain's deadline or a second signal."""
        loop = asyncio.get_running_loop()
        self._stop.clear()
        until = loop.time() + self._settings.drain
        # Connections are many and end by themselves, so they are looked at again and again.
        while front.connections and loop.time() < until and not self._stop.is_set():  # noqa: ASYNC110
            await asyncio.sleep(0.02)

    def _server(self, app: Any, *, http: Any, drain: float) -> _Server:
        return _Server(
            uvicorn.Config(
                app,
                http=http,
                ws="none",
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                date_header=False,
                proxy_headers=False,
                backlog=2048,
                timeout_graceful_shutdown=max(1, round(drain)),
            )
        )

    # ── what the parts say to each other ────────────────────────────────────────────────────────────────────────────

    def _judged(self, request: Any) -> Any:
        judged = self._judge(request)
        if isinstance(judged, Judgement):
            self._counters.decided(judged)
            return judged
        return self._judged_later(judged)

    async def _judged_later(self, awaited: Any) -> Judgement:
        judged: Judgement = await awaited
        self._counters.decided(judged)
        return judged

    def _ended(self, judgement: Judgement, status: int | None, octets: int, end: End) -> None:
        self._counters.ended(octets, end)
        refused = judgement.decision.refuses
        if refused or self._settings.log_requests or end in (End.ORIGIN_ERROR, End.WITHHELD):
            tell("refused" if refused else "request", judgement, status, octets, end)

    def _keep(self, version: Version) -> None:
        self._texts.keep({**version.policy.texts, **version.published.texts})

    async def _event(self, name: str, details: dict[str, Any]) -> Level | None:
        done: asyncio.Future[Level | None] = asyncio.get_running_loop().create_future()

        def then(_: str, receipt: Receipt | None) -> None:
            done.set_result(None if receipt is None else receipt.level)

        self._recorder.event(name, details, then)
        return await done

    async def _announce_later(self) -> None:
        """Until the texts are kept and the policy's event is written, nothing is promised; readers are served."""
        while not await self._versions.announce():  # noqa: ASYNC110 - there is no event of a disk
            await asyncio.sleep(ANNOUNCE)
        self._recorder.promises = True

    def _hand_out(self, version: Version) -> None:
        self._judge.use(version)
        self._robots.follow(version.policy.hosts)

    def _ordered(self, orders: Orders) -> None:
        self._judge.orders = orders
        self._log.warning("order", modes=len(orders.modes), blocks=[order.agent for order in orders.blocks])

    def _journal_said(self, name: str, details: dict[str, Any]) -> None:
        say = self._log.info if name in _FINE else self._log.error
        say("journal", said=name, **{key: value for key, value in details.items() if key != "event"})
        if name in _ROOM and self._versions.failure:
            self._spawn(self._versions.restate(name))
            self._spawn(self._versions.reload(name))

    async def _robots_read(self, host: str, file: RobotsFile, status: int) -> None:
        """A new version of an origin's robots.txt: its text is kept and the event says so, before a decision names it."""
        while True:
            try:
                await asyncio.to_thread(self._texts.keep, {file.digest: file.body})
                break
            except OSError as error:
                self._log.warning("origin robots.txt not kept", host=host, error=error.strerror)
                await asyncio.sleep(KEEP_AGAIN)
        await self._event("origin-robots", {"host": host, "digest": file.digest, "status": status})

    # ── signals, folder, origins ────────────────────────────────────────────────────────────────────────────────────

    def _told_to_stop(self) -> None:
        self._stop.set()

    def _spawn(self, work: Coroutine[Any, Any, Any]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            self._log.error("a task of the gateway failed", exc_info=task.exception())

    async def _watch(self) -> None:
        """Reload when files of the policy have changed."""
        while True:
            await asyncio.sleep(LOOK)
            try:
                if await asyncio.to_thread(self._folder.changed):
                    await self._versions.reload("change")
            except Exception:  # noqa: BLE001 -- a mistake of ours must not end the watch
                self._log.exception("reload failed")

    async def _try_origins(self) -> None:
        """Say early that an origin does not answer; the gateway serves all the same."""
        for origin in {host.origin for host in self._judge.version.policy.hosts}:
            try:
                _, writer = await asyncio.wait_for(asyncio.open_connection(origin.host, origin.port), 5)
                writer.close()
            except (OSError, TimeoutError) as error:
                self._log.warning(
                    "the origin does not answer yet; clients get 502 until it does",
                    origin=str(origin),
                    error=getattr(error, "strerror", None) or type(error).__name__,
                )

    # ── health ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def _readiness(self) -> Readiness:
        version, now = self._judge.version, LocalClock().wall()
        recorder = self._recorder
        warnings = [f"policy not taken up: {problem}" for problem in self._versions.failure[:3]]
        if recorder.state != "ok":
            warnings.append(f"journal: {recorder.state}")
        for host in version.policy.hosts:
            ordered = recorder.orders.mode(host.pattern, now)
            if (ordered or host.mode).value == "observe":
                warnings.append(f"{host.pattern}: observe, nobody is refused")
        warnings += [
            f"agent blocked by order: {order.agent}"
            for order in recorder.orders.blocks
            if order.until is None or order.until > now
        ]
        details: dict[str, object] = {
            "draining": self._draining,
            "policy": version.policy.digest,
            "terms": version.published.terms,
            "version": version.number,
            "journal": recorder.state,
        }
        return Readiness(not self._draining, tuple(warnings), details)

    def _registry(self) -> CollectorRegistry:
        registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        PlatformCollector(registry=registry)
        GCCollector(registry=registry)
        registry.register(Metrics(self._counters, self._gauges))
        return registry

    def _gauges(self) -> dict[str, float]:
        recorder, front = self._recorder, self._front
        return {
            "izin_connections": len(front.connections),
            "izin_journal_ok": float(recorder.state == "ok"),
            "izin_journal_waiting": recorder.lane.waiting,
            "izin_journal_decisions": recorder.counts.decisions,
            "izin_journal_outcomes": recorder.counts.outcomes,
            "izin_journal_queued": recorder.counts.queued,
            "izin_journal_refused": recorder.counts.refused,
            "izin_journal_dropped": recorder.lane.dropped,
            "izin_policy_failed": float(bool(self._versions.failure)),
            "izin_policy_version": self._judge.version.number,
        }

    def _secret_headers(self) -> dict[str, str]:
        secret = self._settings.origin_secret
        return {SECRET_NAME.decode(): secret.decode("ascii")} if secret else {}


_no_app = Starlette()
