"""Builds the parts of a worker from the settings, in whichever process it runs."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterable
from typing import Final

import structlog

from gateway import enforce
from gateway.audit.journal import Journal
from gateway.audit.site_log import SiteLog, home_of
from gateway.judgement import Version
from gateway.lookups import license_keys
from gateway.lookups.heard_robots import HeardRobots
from gateway.lookups.license_tokens import LicenseTokens
from gateway.lookups.robots import RobotsFiles
from gateway.lookups.sitemaps import Sitemaps
from gateway.lookups.token_desk import TokenDesk
from gateway.policy.model import Host
from gateway.policy.robots import RobotsFile
from gateway.proxy import oplog
from gateway.proxy.access_log import AccessLog, Open
from gateway.proxy.check import Checks
from gateway.proxy.counters import Counters
from gateway.proxy.front import Front
from gateway.proxy.judge import Judge
from gateway.proxy.limits import Limits
from gateway.proxy.origin_tls import OriginTLS
from gateway.proxy.peer import Peers
from gateway.proxy.siblings import Siblings
from gateway.proxy.tls import CertificateError, ServerCertificate
from gateway.proxy.verifying import Verifying
from gateway.proxy.watching import Ending, Watching
from gateway.proxy.worker import Worker
from gateway.proxy.workers import WorkerSpec
from gateway.settings import ORIGIN_FIELD, Settings
from gateway.signatures.replays import FarReplays, Replays
from gateway.told.proxy_log import decision_id

#: Seconds between two tries to keep an origin's robots.txt.
KEEP_AGAIN: Final = 10.0
#: Ends of exchanges of which the log tells.


class StartError(Exception):
    """The gateway does not start: what is wrong, in words for people, and a hint."""

    def __init__(self, what: str, hint: str = "") -> None:
        super().__init__(what)
        self.what, self.hint = what, hint


def certificates(
    settings: Settings, hosts: Iterable[Host]
) -> tuple[ServerCertificate | None, OriginTLS | None]:
    """The listener's certificate, and how `https` origins are met: None while no host has one and nothing is said of it, for
    the system's authorities take a MiB. CertificateError where they cannot be had."""
    own = None
    if settings.tls_cert and settings.tls_key:
        own = ServerCertificate(settings.tls_cert, settings.tls_key)
    told = settings.origin_ca is not None or settings.origin_name
    if not told and all(host.origin.scheme == "http" for host in hosts):
        return own, None
    return own, OriginTLS.trusting(settings.origin_ca, settings.origin_name)


def worker_of(
    spec: WorkerSpec, journal: Journal, siblings: Siblings, wanted: Callable[[str, str], object]
) -> tuple[Worker, HeardRobots]:
    """The worker of a process of its own, and what tells it of robots.txt. StartError where it cannot be."""
    settings = spec.settings
    try:
        certificate, origin_tls = certificates(settings, spec.version.policy.hosts)
    except CertificateError as error:
        raise StartError(str(error), error.hint) from None
    listeners = tuple(socket.socket(fileno=number) for number in spec.listeners)
    asked = None if spec.asked is None else socket.socket(fileno=spec.asked)
    robots = HeardRobots(spec.robots, wanted)
    files = robots_files(settings, origin_tls, journal, lambda: None)
    counters = Counters()
    worker = build_worker(
        settings,
        spec.version,
        journal,
        listeners,
        asked,
        robots.get,
        files,
        counters,
        certificate,
        origin_tls,
        siblings=siblings,
        reads=spec.reads,
    )
    return worker, robots


def robots_files(
    settings: Settings, origin_tls: OriginTLS | None, journal: Journal, changed: Callable[[], None]
) -> RobotsFiles:
    """What asks origins for their robots.txt, and has each version of it recorded."""
    secret = settings.origin_secret
    return RobotsFiles(
        {ORIGIN_FIELD: secret.decode("ascii")} if secret else {},
        _robots_read(journal),
        changed=changed,
        tls=None if origin_tls is None else origin_tls.context,
        server_name=settings.origin_name or None,
    )


def build_worker(
    settings: Settings,
    first: Version,
    journal: Journal,
    listeners: tuple[socket.socket, ...],
    asked: socket.socket | None,
    robots: Callable[[Host, str], RobotsFile | None],
    files: RobotsFiles,
    counters: Counters,
    certificate: ServerCertificate | None,
    origin_tls: OriginTLS | None,
    *,
    siblings: Siblings | None = None,
    reads: bool = True,
) -> Worker:
    """A worker of this process. ``robots`` gives what is known of an origin's robots.txt; ``files`` ask origins. ``siblings`` are
    the other workers, if there are any, of which one ``reads`` the log of proxies."""
    secret = settings.origin_secret
    peers = Peers(settings.trusted_proxies, settings.client_field, settings.certificate_proxies)
    keys = settings.license_keys or settings.policy / license_keys.NAME
    tokens = LicenseTokens(keys, journal.clock.wall, journal.recorder.orders)
    sitemaps = Sitemaps(files)
    verifying = Verifying(
        journal, peers, tokens, fetch=settings.fetch, dns=settings.dns, inside=settings.directories_inside
    )
    verifying.use(first)
    lane = journal.recorder.lane
    judge = Judge(
        first,
        verifying.resolver(robots, asyncio.get_running_loop().time, sitemaps.get),
        clock=journal.clock.wall,
        new_id=journal.new_id,
        orders=journal.recorder.orders,
        take=journal.counters.take,
        find=verifying.directories.find,
        replays=_replays(journal) if settings.signatures_once else None,
        checkpoint=lambda: lane.checkpoint,
        site_checkpoint=SiteLog(home_of(settings.journal, first.policy.site)).shown,
    )
    front = Front(
        Watching(judge, verifying.checks, verifying.judged),
        enforce.answer_to,
        journal.recorder,
        unrecorded=enforce.unrecorded,
        unreachable=enforce.unreachable,
        withheld=enforce.withheld,
        peers=peers,
        secret=(ORIGIN_FIELD.encode(), secret) if secret else None,
        decided=counters.decided,
        log_request=Ending(counters, log_all=settings.log_requests),
        unnamed=oplog.tell_unnamed,
        tokens=TokenDesk(
            license_keys.KeyFolder(keys), clock=journal.clock.wall, new_id=journal.new_id, event=journal.event
        ),
        limits=Limits(origin_requests=settings.origin_requests).share(settings.workers),
        origin_tls=origin_tls,
    )
    opened = None if settings.access_log is None else Open(front.ended, front.untold)
    access_log = None
    if opened is not None and settings.access_log is not None and reads:
        first_id = decision_id(journal.clock.wall(), "0" * 32)
        access_log = AccessLog(
            settings.access_log,
            opened,
            journal.recorder,
            front.judge,
            peers,
            front.decided,
            front.ended,
            first_id,
            siblings,
        )
    checks = Checks(front, opened, siblings)
    if siblings is not None:
        siblings.held = checks.refusals.fetch
        siblings.end = lambda line: opened is not None and opened.end(*line)
    return Worker(
        settings,
        listeners,
        asked,
        recorder=journal.recorder,
        judge=judge,
        sitemaps=sitemaps,
        verifying=verifying,
        tokens=tokens,
        front=front,
        checks=checks,
        access_log=access_log,
        counters=counters,
        certificate=certificate,
    )


def _replays(journal: Journal) -> Replays:
    """What signatures were used: as this process knows it, or as others do for several."""
    return Replays() if journal.use is None else FarReplays(journal.use)


def _robots_read(journal: Journal) -> Callable[[str, RobotsFile, int], Awaitable[None]]:
    async def read(host: str, file: RobotsFile, status: int) -> None:
        """A new version of an origin's robots.txt: its text is kept and the event says so, before a decision names it."""
        while True:
            try:
                await asyncio.to_thread(journal.keep, {file.digest: file.body})
                break
            except OSError as error:
                structlog.get_logger().warning("origin robots.txt not kept", host=host, error=error.strerror)
                await asyncio.sleep(KEEP_AGAIN)
        await journal.event("origin-robots", {"host": host, "digest": file.digest, "status": status})

    return read
