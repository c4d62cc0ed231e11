"""Builds every part from the settings and runs them: the only module that knows them all."""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Final

import structlog
import uvloop

from gateway import enforce
from gateway.audit.anchoring import Anchoring
from gateway.audit.journal import Journal
from gateway.audit.keeping import Keeping
from gateway.audit.receipt import JournalError
from gateway.audit.site_log import SiteLog, home_of
from gateway.audit.site_sealing import SiteSealing
from gateway.judgement import Judgement, Version
from gateway.lookups import license_keys
from gateway.lookups.catalogue import Catalogues
from gateway.lookups.folder import PolicyFolder
from gateway.lookups.license_tokens import LicenseTokens
from gateway.lookups.robots import RobotsFiles
from gateway.lookups.sitemaps import Sitemaps
from gateway.lookups.time_stamps import stamped
from gateway.lookups.token_desk import TokenDesk
from gateway.policy.model import Host
from gateway.policy.place import PolicyError
from gateway.policy.robots import RobotsFile
from gateway.proxy import oplog
from gateway.proxy.access_log import AccessLog, Open
from gateway.proxy.check import Checks
from gateway.proxy.counters import Counters
from gateway.proxy.followers import Followers
from gateway.proxy.front import Front
from gateway.proxy.front import Judge as Judged
from gateway.proxy.health import Health
from gateway.proxy.ids import Ids
from gateway.proxy.judge import Judge
from gateway.proxy.limits import Limits
from gateway.proxy.origin_tls import OriginTLS
from gateway.proxy.peer import Peers
from gateway.proxy.sockets import ListenError, bind, bind_near, release
from gateway.proxy.supervisor import Supervisor, Workers
from gateway.proxy.tls import CertificateError, ServerCertificate
from gateway.proxy.verifying import Verifying
from gateway.proxy.versions import Versions, make_version
from gateway.proxy.worker import Worker
from gateway.request import Request
from gateway.settings import ORIGIN_FIELD, Settings
from gateway.signatures.replays import Replays
from gateway.told.proxy_log import decision_id
from gateway.vocabulary import End

#: Seconds between two tries to keep an origin's robots.txt.
KEEP_AGAIN: Final = 10.0


class StartError(Exception):
    """The gateway does not start: what is wrong, in words for people, and a hint."""

    def __init__(self, what: str, hint: str = "") -> None:
        super().__init__(what)
        self.what, self.hint = what, hint


def serve(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT. Raises `StartError` where it cannot start."""
    oplog.configure()
    catalogues = Catalogues(settings.journal, settings.catalogue_key)
    folder = PolicyFolder(settings.policy, catalogues)
    version = _first_version(folder, catalogues, settings)
    try:
        certificate = (
            ServerCertificate(settings.tls_cert, settings.tls_key)
            if settings.tls_cert and settings.tls_key
            else None
        )
        origin_tls = OriginTLS.trusting(settings.origin_ca, settings.origin_name)
        listener, admin = bind(settings.listen, "--listen"), bind(settings.admin, "--admin")
        asked = bind_near(settings.check, "--check") if settings.check is not None else None
    except (ListenError, CertificateError) as error:
        raise StartError(str(error), error.hint) from None
    try:
        uvloop.run(
            _run(settings, version, folder, catalogues, listener, admin, asked, certificate, origin_tls)
        )
    except JournalError as error:
        raise StartError(str(error), error.hint) from None
    finally:
        listener.close()
        admin.close()
        if asked is not None and settings.check is not None:
            release(asked, settings.check)


def _first_version(folder: PolicyFolder, catalogues: Catalogues, settings: Settings) -> Version:
    if not settings.policy.is_dir():
        raise StartError(
            f"`{settings.policy}` does not exist, or is no folder",
            "`izin init DIR` writes a policy to begin with",
        )
    try:
        policy = folder.load()
        version = make_version(policy, settings, 1, datetime.now(UTC))
    except PolicyError as error:
        problems = "\n".join(str(problem) for problem in error.problems)
        lost = catalogues.in_force().problem
        hint = f"; the signed catalogue of agents is not in force: {lost}" if lost else ""
        raise StartError(
            f"`{settings.policy}` cannot be served:\n{problems}", f"see `izin check {settings.policy}`{hint}"
        ) from None
    for warning in policy.warnings:
        structlog.get_logger().warning("policy", place=str(warning.place), message=warning.message)
    return version


async def _run(
    settings: Settings,
    first: Version,
    folder: PolicyFolder,
    catalogues: Catalogues,
    listener: socket.socket,
    admin: socket.socket,
    asked: socket.socket | None,
    certificate: ServerCertificate | None,
    origin_tls: OriginTLS,
) -> None:
    """Open the journal, build the parts, and serve until told to stop. JournalError where it cannot be used."""
    journal = Journal.opened(settings.journal, site=first.policy.site, new_id=Ids())

    def changed() -> None:
        versions.origins_changed()

    try:
        robots = _robots_files(settings, origin_tls, journal, changed)
        counters = Counters()
        worker = _worker(
            settings, first, journal, listener, asked, robots.get, robots, counters, certificate, origin_tls
        )
        versions = _versions(settings, first, folder, journal, robots, worker, counters)
        supervisor = _supervisor(
            settings, folder, catalogues, listener, admin, journal, robots, worker, versions, counters
        )
        await supervisor.run()
    finally:
        await journal.close()
        structlog.get_logger().info("stopped")
    await supervisor.anchoring.last()


def _robots_files(
    settings: Settings, origin_tls: OriginTLS, journal: Journal, changed: Callable[[], None]
) -> RobotsFiles:
    """What asks origins for their robots.txt, and has each version of it recorded."""
    secret = settings.origin_secret
    return RobotsFiles(
        {ORIGIN_FIELD: secret.decode("ascii")} if secret else {},
        _robots_read(journal),
        changed=changed,
        tls=origin_tls.context,
        server_name=origin_tls.name or None,
    )


def _worker(
    settings: Settings,
    first: Version,
    journal: Journal,
    listener: socket.socket,
    asked: socket.socket | None,
    robots: Callable[[Host, str], RobotsFile | None],
    files: RobotsFiles,
    counters: Counters,
    certificate: ServerCertificate | None,
    origin_tls: OriginTLS,
) -> Worker:
    """A worker of this process. ``robots`` gives what is known of an origin's robots.txt; ``files`` ask origins."""
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
        take=lane.take,
        find=verifying.directories.find,
        replays=Replays() if settings.signatures_once else None,
        checkpoint=lambda: lane.checkpoint,
        site_checkpoint=SiteLog(home_of(settings.journal, first.policy.site)).shown,
    )
    front = Front(
        _counted(judge, counters, verifying),
        enforce.answer_to,
        journal.recorder,
        unrecorded=enforce.unrecorded,
        unreachable=enforce.unreachable,
        withheld=enforce.withheld,
        peers=peers,
        secret=(ORIGIN_FIELD.encode(), secret) if secret else None,
        log_request=_ended(counters, log_all=settings.log_requests),
        unnamed=oplog.tell_unnamed,
        tokens=TokenDesk(
            license_keys.KeyFolder(keys), clock=journal.clock.wall, new_id=journal.new_id, event=journal.event
        ),
        limits=Limits(origin_requests=settings.origin_requests),
        origin_tls=origin_tls,
    )
    opened = None if settings.access_log is None else Open(front.ended)
    access_log = None
    if opened is not None and settings.access_log is not None:
        first_id = decision_id(journal.clock.wall(), "0" * 32)
        access_log = AccessLog(
            settings.access_log, opened, journal.recorder, front.judge, peers, front.ended, first_id
        )
    return Worker(
        settings,
        listener,
        asked,
        recorder=journal.recorder,
        judge=judge,
        sitemaps=sitemaps,
        verifying=verifying,
        tokens=tokens,
        front=front,
        checks=Checks(front, opened),
        access_log=access_log,
        counters=counters,
        certificate=certificate,
    )


def _versions(
    settings: Settings,
    first: Version,
    folder: PolicyFolder,
    journal: Journal,
    robots: RobotsFiles,
    workers: Workers,
    counters: Counters,
) -> Versions:
    def hand_out(version: Version) -> Awaitable[None] | None:
        robots.follow(version.policy.hosts)
        return workers.use(version)

    return Versions(
        first,
        settings,
        load=folder.load,
        keep=lambda version: journal.keep(version.texts),
        event=journal.event,
        hand_out=hand_out,
        counters=counters,
        robots=robots.known,
    )


def _supervisor(
    settings: Settings,
    folder: PolicyFolder,
    catalogues: Catalogues,
    listener: socket.socket,
    admin: socket.socket,
    journal: Journal,
    robots: RobotsFiles,
    workers: Workers,
    versions: Versions,
    counters: Counters,
) -> Supervisor:
    followers = Followers(
        settings.journal, journal.recorder.lane.name, settings.follow, settings.follow_token_file
    )
    keeping = Keeping(journal, lambda: versions.current.policy.audit)
    site = versions.current.policy.site
    sealing = SiteSealing(home_of(settings.journal, site), site) if settings.seal_site else None
    anchoring = Anchoring(journal, lambda: versions.current.policy.audit.anchors, stamped, site=sealing)
    health = Health(
        journal,
        versions,
        workers.figures,
        counters,
        catalogues,
        followers,
        anchoring,
        keeping,
        certifies=bool(settings.certificate_proxies),
    )
    if journal.desk is not None:
        journal.desk.warnings = lambda: health.readiness().warnings
    return Supervisor(
        settings,
        folder,
        listener,
        admin,
        journal=journal,
        versions=versions,
        robots=robots,
        workers=workers,
        health=health,
        followers=followers,
        keeping=keeping,
        anchoring=anchoring,
    )


def _counted(judge: Judge, counters: Counters, verifying: Verifying) -> Judged:
    async def later(awaited: Awaitable[Judgement]) -> Judgement:
        judged = await awaited
        counters.decided(judged)
        verifying.judged(judged)
        return judged

    def judged(request: Request) -> Judgement | Awaitable[Judgement]:
        judged = judge(request)
        if isinstance(judged, Judgement):
            counters.decided(judged)
            verifying.judged(judged)
            return judged
        return later(judged)

    return judged


def _ended(counters: Counters, *, log_all: bool) -> Callable[[Judgement, int | None, int, End], None]:
    def ended(judgement: Judgement, status: int | None, octets: int, end: End) -> None:
        counters.ended(octets, end)
        refused = judgement.decision.refuses
        if refused or log_all or end in (End.ORIGIN_ERROR, End.WITHHELD):
            oplog.tell("refused" if refused else "request", judgement, status, octets, end)

    return ended


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
