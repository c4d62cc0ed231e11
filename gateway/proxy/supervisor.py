"""The supervisor: sockets, signals, servers, tasks and reloads of one gateway, whose parts `gateway.app` has built.

Life. Open the journal's desk; keep the texts and write the policy event; only then listen. SIGHUP and a change in the
policy's folder reload, the listener's certificate likewise. SIGTERM and SIGINT drain: `ready` says 503, no new connection is taken, and what is under way may
end within the deadline. A second SIGINT ends at once.

One worker, in this process: `Front` is all that it has, and a version is handed to it by one call.
"""

import asyncio
import contextlib
import gc
import signal
import socket
from typing import Any, Final

import structlog
import uvicorn
from starlette.applications import Starlette

from gateway.audit.anchoring import Anchoring
from gateway.audit.journal import Journal
from gateway.audit.keeping import Keeping
from gateway.lookups.folder import PolicyFolder
from gateway.lookups.license_tokens import LicenseTokens
from gateway.lookups.robots import RobotsFiles
from gateway.lookups.sitemaps import Sitemaps
from gateway.orders import Orders
from gateway.proxy.admin import admin_app
from gateway.proxy.announced import connection_class
from gateway.proxy.background import Background
from gateway.proxy.console_process import keep_console
from gateway.proxy.followers import Followers
from gateway.proxy.front import Front
from gateway.proxy.health import Health
from gateway.proxy.judge import Judge
from gateway.proxy.secured import secured_class
from gateway.proxy.sockets import shown
from gateway.proxy.tls import CertificateError, ServerCertificate
from gateway.proxy.verifying import Verifying
from gateway.proxy.versions import LOOK, Versions
from gateway.settings import Settings

#: New objects after which the collector looks for cycles among them.
_COLLECT_AT: Final = 20_000
#: What the journal says when all is as it should be, and when it can be written again.
_FINE: Final = frozenset({"start", "stop", "segment", "heartbeat", "disk-room"})
_ROOM: Final = frozenset({"disk-room", "storage-fault"})


class _Server(uvicorn.Server):
    """uvicorn's server without its signal handling, which is ours."""

    def capture_signals(self) -> contextlib.AbstractContextManager[None]:  # type: ignore[override]
        return contextlib.nullcontext()


class Supervisor:
    """One gateway, from its start to its end."""

    def __init__(
        self,
        settings: Settings,
        folder: PolicyFolder,
        listener: socket.socket,
        admin: socket.socket,
        *,
        journal: Journal,
        judge: Judge,
        versions: Versions,
        robots: RobotsFiles,
        sitemaps: Sitemaps,
        verifying: Verifying,
        tokens: LicenseTokens,
        front: Front,
        health: Health,
        followers: Followers,
        anchoring: Anchoring,
        keeping: Keeping,
        certificate: ServerCertificate | None,
    ) -> None:
        """With a ``certificate`` the listener speaks TLS. The sockets are bound, and closed by whoever bound them; so is the
        journal, which is opened here."""
        self._settings, self._folder = settings, folder
        self._listener, self._admin = listener, admin
        self._journal, self._judge, self._versions, self._robots = journal, judge, versions, robots
        self._sitemaps = sitemaps
        self._verifying, self._tokens, self._front, self._health = verifying, tokens, front, health
        self._followers, self._keeping, self._certificate = followers, keeping, certificate
        self.anchoring = anchoring
        self._log = structlog.get_logger()
        self._stop = asyncio.Event()
        self._background = Background()
        journal.recorder.on_said = self._journal_said
        journal.recorder.on_orders = self._ordered
        journal.desk.warnings = lambda: health.readiness().warnings

    async def run(self) -> None:
        """Serve until told to stop. JournalError where no orders can be taken."""
        try:
            await self._journal.open()
            if not await self._versions.announce():
                self._journal.recorder.promises = False
                self._background.begin(self._versions.announce_again(self._journal.recorder))
            self._robots.follow(self._judge.version.policy.hosts)
            self._sitemaps.follow(self._judge.version.policy)
            await self._verifying.open()
            await self._serve()
        finally:
            self._sitemaps.close()
            await self._background.close()
            await self._verifying.close()

    async def _serve(self) -> None:
        settings, front, health = self._settings, self._front, self._health
        policy = self._judge.version.policy
        certificate = self._certificate
        connection = (
            secured_class(front, certificate.context)
            if certificate
            else connection_class(front, announced=settings.proxy_protocol)
        )
        worker = self._server(_no_app, http=connection, drain=settings.drain)
        admin = self._server(admin_app(health.readiness, health.registry()), http="auto", drain=1)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._told_to_stop)
        loop.add_signal_handler(signal.SIGHUP, self._told_to_reload)
        serving = asyncio.create_task(worker.serve([self._listener]))
        administering = asyncio.create_task(admin.serve([self._admin]))
        self._background.begin(self._versions.follow_licenses())
        self._background.begin(self._versions.follow_origins())
        self._background.begin(self._versions.follow_folder(self._folder.changed))
        if certificate:
            self._background.begin(self._follow_certificate(certificate))
        self._background.begin(self._try_origins())
        self._background.begin(self._verifying.run())
        self._background.begin(self._tokens.run())
        self._background.begin(self._followers.run())
        if settings.console is not None:
            self._background.begin(keep_console(settings))
        self._background.begin(self.anchoring.run())
        self._background.begin(self._keeping.run())
        # What is loaded by now stays: the collector need not look through policy and catalogue again and again. A request
        # leaves no cycles behind, so it need not look often either; by default it would at every tenth request.
        gc.collect()
        gc.freeze()
        gc.set_threshold(_COLLECT_AT)
        self._log.info(
            "serving",
            listen=shown(self._listener),
            tls=certificate is not None,
            admin=shown(self._admin),
            site=policy.site,
            hosts=[host.pattern for host in policy.hosts],
            policy=policy.digest,
            journal=str(settings.journal),
        )
        stopping = asyncio.create_task(self._stop.wait())
        await asyncio.wait({stopping, serving, administering}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        health.draining = True
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

    def _ordered(self, orders: Orders) -> None:
        self._judge.orders = orders
        self._tokens.obey(orders)
        self._log.warning("order", modes=len(orders.modes), blocks=[order.agent for order in orders.blocks])

    def _journal_said(self, name: str, details: dict[str, Any]) -> None:
        say = self._log.info if name in _FINE else self._log.error
        say("journal", said=name, **{key: value for key, value in details.items() if key != "event"})
        if name in _ROOM and self._versions.failure:
            self._background.begin(self._versions.restate(name))
            self._background.begin(self._versions.reload(name))

    # ── signals, folder, origins ────────────────────────────────────────────────────────────────────────────────────

    def _told_to_stop(self) -> None:
        self._stop.set()

    def _told_to_reload(self) -> None:
        self._background.begin(self._versions.reload("SIGHUP"))
        if self._certificate:
            self._background.begin(self._reload_certificate(self._certificate))

    async def _follow_certificate(self, certificate: ServerCertificate) -> None:
        while True:
            await asyncio.sleep(LOOK)
            if await asyncio.to_thread(certificate.changed):
                await self._reload_certificate(certificate)

    async def _reload_certificate(self, certificate: ServerCertificate) -> None:
        try:
            await asyncio.to_thread(certificate.reload)
        except CertificateError as error:
            self._log.error(
                "certificate not taken up, the last good one stays", why=str(error), hint=error.hint
            )
        else:
            self._log.info("certificate taken up")

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


_no_app = Starlette()
