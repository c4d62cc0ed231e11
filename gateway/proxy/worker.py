"""A worker: the front door of one process, and what it knows by. `gateway.parts` builds it; there is one in the supervisor's
own process, or several, each in its own."""

import asyncio
import contextlib
import gc
import socket
from typing import Any, Final

import structlog
import uvicorn

from gateway import warned
from gateway.audit.recorder import Recorder
from gateway.judgement import Version
from gateway.lookups.license_tokens import LicenseTokens
from gateway.lookups.sitemaps import Sitemaps
from gateway.orders import Orders
from gateway.proxy.access_log import AccessLog
from gateway.proxy.announced import connection_class
from gateway.proxy.background import Background
from gateway.proxy.check import Checks
from gateway.proxy.counters import Counters
from gateway.proxy.figures import Figures
from gateway.proxy.front import Front
from gateway.proxy.judge import Judge
from gateway.proxy.secured import secured_class
from gateway.proxy.sockets import BACKLOG, shown
from gateway.proxy.tls import CertificateError, ServerCertificate
from gateway.proxy.verifying import Verifying
from gateway.proxy.versions import LOOK
from gateway.settings import Settings
from gateway.warned import Warned

#: New objects after which the collector looks for cycles among them.
_COLLECT_AT: Final = 20_000


class Server(uvicorn.Server):
    """uvicorn's server without its signal handling, which is ours."""

    def capture_signals(self) -> contextlib.AbstractContextManager[None]:  # type: ignore[override]
        return contextlib.nullcontext()


def server(app: Any, *, http: Any, drain: float) -> Server:
    """A server that adds nothing of its own to what is answered."""
    return Server(
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
            backlog=BACKLOG,
            timeout_graceful_shutdown=max(1, round(drain)),
        )
    )


class Worker:
    """Serves clients from `open` to `close`."""

    def __init__(
        self,
        settings: Settings,
        listeners: tuple[socket.socket, ...],
        asked: socket.socket | None = None,
        *,
        recorder: Recorder,
        judge: Judge,
        sitemaps: Sitemaps,
        verifying: Verifying,
        tokens: LicenseTokens,
        front: Front,
        checks: Checks,
        access_log: AccessLog | None = None,
        counters: Counters,
        certificate: ServerCertificate | None,
    ) -> None:
        """With a ``certificate`` the listeners speak TLS; at ``asked``, if there is one, proxies beside us ask, whose log is
        ``access_log``. All are bound, and closed by whoever bound them."""
        self._asked, self._checks, self._access_log = asked, checks, access_log
        self._settings, self._listeners, self._recorder = settings, listeners, recorder
        self._judge, self._sitemaps, self._verifying, self._tokens = judge, sitemaps, verifying, tokens
        self._front, self._counters, self._certificate = front, counters, certificate
        connection = (
            secured_class(front, certificate.context, announced=settings.proxy_protocol)
            if certificate
            else connection_class(front, announced=settings.proxy_protocol)
        )
        self._server = server(_no_app, http=connection, drain=settings.drain)
        self._serving: asyncio.Task[None] | None = None
        self._background = Background()
        self._log = structlog.get_logger()

    @property
    def _ended(self) -> bool:
        return self._serving is not None and self._serving.done()

    @property
    def connections(self) -> int:
        """How many clients are connected."""
        return len(self._front.connections)

    def use(self, version: Version) -> None:
        """Judge by this version from the next request on."""
        self._judge.use(version)
        self._verifying.use(version)
        self._sitemaps.follow(version.policy)

    def obey(self, orders: Orders) -> None:
        """Heed these orders from the next request on."""
        self._judge.orders = orders
        self._tokens.obey(orders)

    def promise(self, *, kept: bool) -> None:
        """Whether entries can be promised."""
        self._recorder.promises = kept

    async def open(self) -> None:
        """Have at hand what requests are judged by."""
        self._sitemaps.follow(self._judge.version.policy)
        await self._verifying.open()

    async def serve(self) -> None:
        """Answer clients until `drain` has ended it."""
        if self._asked is not None:
            await self._checks.listen(self._asked)
            self._log.info("answering proxies", check=shown(self._asked))
        if self._access_log is not None:
            self._background.begin(self._access_log.run())
        self._serving = asyncio.create_task(self._server.serve(list(self._listeners)))
        if self._certificate:
            self._background.begin(self._follow_certificate(self._certificate))
        self._background.begin(self._verifying.run())
        self._background.begin(self._tokens.run())
        # What is loaded by now stays: the collector need not look through policy and catalogue again and again. A request
        # leaves no cycles behind, so it need not look often either; by default it would at every tenth request.
        gc.collect()
        gc.freeze()
        gc.set_threshold(_COLLECT_AT)
        await asyncio.shield(self._serving)

    async def listening(self) -> None:
        """Wait until clients are taken."""
        while not (self._server.started or self._ended):  # noqa: ASYNC110 -- uvicorn has no event of it
            await asyncio.sleep(0.005)

    async def drain(self, seconds: float, at_once: asyncio.Event) -> None:
        """Take nothing more on, let what is under way end within so many seconds or until ``at_once``, then break it off."""
        front, loop = self._front, asyncio.get_running_loop()
        self._server.should_exit = True
        self._checks.close()
        front.drain()
        until = loop.time() + seconds
        # Connections are many and end by themselves, so they are looked at again and again.
        while front.connections and loop.time() < until and not at_once.is_set():  # noqa: ASYNC110
            await asyncio.sleep(0.02)
        self._server.force_exit = True
        for connection in list(front.connections):
            connection.abort()
        if self._serving is not None:
            await self._serving
        self._checks.end()
        front.close()

    async def close(self) -> None:
        """Ask nothing any more."""
        self._sitemaps.close()
        await self._background.close()
        await self._verifying.close()

    @property
    def listeners(self) -> tuple[socket.socket, ...]:
        """None of its own."""
        return ()

    def figures(self) -> Figures:
        """What was counted, and how things stand."""
        front, recorder, figures = self._front, self._recorder, self._counters.figures()
        figures.warnings = self._verifying.warnings + self._warnings()
        figures.unnamed = front.unnamed.found
        figures.gauges = {
            "izin_connections": len(front.connections),
            "izin_connections_refused_total": front.counters["connections-refused"],
            "izin_connections_evicted_total": front.counters["connections-evicted"],
            "izin_connections_cut_off_total": front.counters["unannounced"],
            "izin_handshakes_failed_total": front.counters["handshakes-failed"],
            "izin_origin_requests": front.load.asked,
            "izin_requests_shed_total": front.load.shed,
            "izin_untrusted_proxy_ratio": 0.0 if front.unnamed.found is None else front.unnamed.found.share,
            "izin_journal_decisions_total": recorder.counts.decisions,
            "izin_journal_outcomes_total": recorder.counts.outcomes,
            "izin_journal_queued_total": recorder.counts.queued,
            "izin_journal_refused_total": recorder.counts.refused,
            "izin_journal_gaps": float(recorder.state == "degraded"),
            "izin_passed_on_open": self._checks.passed_on,
            "izin_access_log_lines_total": 0 if self._access_log is None else self._access_log.lines,
            "izin_access_log_passed_over_total": 0
            if self._access_log is None
            else self._access_log.passed_over,
            "izin_prefilter_misfits_total": 0 if self._access_log is None else self._access_log.misfits,
            **self._verifying.gauges,
        }
        return figures

    def _warnings(self) -> tuple[Warned, ...]:
        if self._access_log is not None:
            return self._access_log.warnings
        if self._checks.asked and not self._checks.ends_are_told:
            return (warned.ACCESS_LOG_UNNAMED.of(),)
        return ()

    async def look(self) -> bool:
        """What `figures` gives is always at hand."""
        return True

    def reload_certificate(self) -> None:
        """Read the listener's certificate anew."""
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


async def _no_app(_scope: object, _receive: object, _send: object) -> None:
    """Nothing comes here: connections answer by themselves."""
