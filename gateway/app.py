"""Builds a gateway from the settings and runs it; with `gateway.parts` the only module that knows every part."""

import asyncio
import os
from collections.abc import Awaitable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from ssl import SSLContext
from typing import TYPE_CHECKING, Final, NamedTuple

import structlog
import uvloop

from gateway.alerts.alerting import Alerting
from gateway.alerts.kinds import Alert
from gateway.alerts.wording import Place
from gateway.audit.anchoring import Anchoring
from gateway.audit.journal import Journal
from gateway.audit.keeping import Keeping
from gateway.audit.newer import refuse_newer
from gateway.audit.other_clocks import OtherClocks
from gateway.audit.receipt import JournalError
from gateway.audit.site_log import home_of
from gateway.audit.site_sealing import SiteSealing
from gateway.instants import utc
from gateway.judgement import Version
from gateway.lookups.catalogue import Catalogues
from gateway.lookups.folder import PolicyFolder
from gateway.lookups.headlines import HeadlineReading
from gateway.lookups.kept_headlines import KeptHeadlines
from gateway.lookups.robots import RobotsFiles
from gateway.lookups.sealed_lanes import shown as shown_seal
from gateway.lookups.time_stamps import stamped
from gateway.parts import StartError, build_worker, certificates, robots_files
from gateway.policy.place import PolicyError
from gateway.proxy import oplog
from gateway.proxy.allocator import give_back
from gateway.proxy.children import Child, ChildError
from gateway.proxy.conditions import alerts_of
from gateway.proxy.control import Warn, WriterSpec
from gateway.proxy.counters import Counters
from gateway.proxy.doors import Doors
from gateway.proxy.followers import Followers
from gateway.proxy.health import Health
from gateway.proxy.ids import Ids
from gateway.proxy.machine import make_room
from gateway.proxy.origin_tls import OriginTLS, vouched_by
from gateway.proxy.passed import passed
from gateway.proxy.service import Service
from gateway.proxy.sockets import ListenError
from gateway.proxy.succession import Predecessor
from gateway.proxy.supervisor import Supervisor, Workers
from gateway.proxy.tls import CertificateError, ServerCertificate
from gateway.proxy.versions import Versions, make_version
from gateway.proxy.workers import WorkerProcesses
from gateway.settings import Settings
from gateway.shared.begin import SharedError, Sharing, begin, check

if TYPE_CHECKING:
    from gateway.shared.state import SharedState

#: Seconds that the journal's writer may take to write what it was handed, at the end.
WRITER_ENDS: Final = 5.0


def serve(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT. Raises `StartError` where it cannot start."""
    give_back()
    oplog.configure()
    service, before = Service(os.environ), Predecessor.here(os.environ)
    catalogues = Catalogues(settings.journal, settings.catalogue_key)
    folder = PolicyFolder(settings.policy, catalogues)
    version = _first_version(folder, catalogues, settings)
    try:
        check(_sharing(settings))
        certificate, origin_tls = certificates(settings, version.policy.hosts)
        join_tls = None if settings.join_ca is None else vouched_by(settings.join_ca, "--join-ca")
        doors = Doors.take(settings, before.sockets() if before is not None else passed(os.environ))
    except (ListenError, CertificateError, SharedError) as error:
        raise StartError(str(error), error.hint) from None
    make_room()
    try:
        refuse_newer(settings.journal)  # before anybody lets go of it for us
    except JournalError as error:
        doors.close()
        raise StartError(str(error), error.hint) from None
    if before is not None and settings.workers == 1:
        before.wait()
    began = _Began(settings, version, folder, catalogues, doors, service, before, join_tls)
    try:
        if settings.workers > 1:
            uvloop.run(_run_several(began, origin_tls))
        else:
            uvloop.run(_run(began, certificate, origin_tls))
    except (JournalError, ChildError) as error:
        raise StartError(str(error), error.hint) from None
    finally:
        doors.close()


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
        structlog.get_logger().warning("policy", place=str(warning.place), message=warning.message.en)
    return version


class _Began(NamedTuple):
    """What there is before anything runs."""

    settings: Settings
    first: Version
    folder: PolicyFolder
    catalogues: Catalogues
    doors: Doors
    service: Service
    before: Predecessor | None
    join_tls: SSLContext | None


async def _run(began: _Began, certificate: ServerCertificate | None, origin_tls: OriginTLS | None) -> None:
    """Open the journal, build the parts, and serve until told to stop. JournalError where it cannot be used."""
    settings, first, doors = began.settings, began.first, began.doors
    journal = Journal.opened(settings.journal, site=first.policy.site, new_id=Ids())
    shared = await begin(journal, _sharing(settings))

    def changed() -> None:
        versions.origins_changed()

    try:
        robots = robots_files(settings, origin_tls, journal, changed)
        headlines, counters = _headlines(settings, robots), Counters()
        worker = build_worker(
            settings,
            first,
            journal,
            doors.listeners,
            doors.check,
            robots.get,
            robots,
            counters,
            certificate,
            origin_tls,
        )
        versions = _versions(began, journal, robots, headlines, worker, counters)
        supervisor = _supervisor(began, journal, robots, headlines, worker, versions, counters, shared)
        await supervisor.run()
    finally:
        if shared is not None:
            await shared.close()
        await journal.close()
        structlog.get_logger().info("stopped")
    await supervisor.left()


async def _run_several(began: _Began, origin_tls: OriginTLS | None) -> None:
    """As `_run`, with workers and the journal's writer in processes of their own. ChildError where one cannot begin."""
    settings, first, site = began.settings, began.first, began.first.policy.site
    each = replace(settings, catalogue_key=())  # which workers do not need

    def writing(again: bool, _: tuple[int, ...]) -> WriterSpec:
        resumes = 1 + workers.running if again else 0
        return WriterSpec(settings.journal, site, resumes, _sharing(settings))

    writer = Child("writer", "writer", writing)
    workers = WorkerProcesses(each, began.doors, first, writer=writer)
    writer.heard = workers.hear_writer
    journal: Journal | None = None
    keeping: asyncio.Task[None] | None = None
    try:
        if began.before is not None:
            await asyncio.gather(writer.load(), workers.load())
            await asyncio.to_thread(began.before.wait)
        await writer.begin()
        keeping = asyncio.create_task(writer.keep())
        journal = await Journal.linked(settings.journal, Ids())

        def changed() -> None:
            workers.know(robots.known())
            versions.origins_changed()

        def wanted(pattern: str, name: str) -> None:
            for host in versions.current.policy.hosts:
                if host.pattern == pattern:
                    robots.get(host, name)

        robots, counters = robots_files(settings, origin_tls, journal, changed), Counters()
        headlines = _headlines(settings, robots)
        workers.wanted = wanted
        versions = _versions(began, journal, robots, headlines, workers, counters)
        supervisor = _supervisor(began, journal, robots, headlines, workers, versions, counters)
        supervisor.health.tell = lambda warnings: writer.send(Warn(list(warnings)))
        await supervisor.run()
    finally:
        if journal is not None:
            await journal.close()
        code = await writer.end(WRITER_ENDS)
        if keeping is not None:
            await keeping
        structlog.get_logger().info("stopped")
    await supervisor.left()
    if code:
        said = "the journal's writer has not ended as it should, so the journal's end may not be written"
        raise ChildError(said, "its own lines say why; the next start looks through what is there")


def _headlines(settings: Settings, robots: RobotsFiles) -> HeadlineReading:
    return HeadlineReading(robots, KeptHeadlines(settings.journal))


def _sharing(settings: Settings) -> Sharing:
    return Sharing(settings.redis, settings.redis_password_file, settings.redis_ca)


def _versions(
    began: _Began,
    journal: Journal,
    robots: RobotsFiles,
    headlines: HeadlineReading,
    workers: Workers,
    counters: Counters,
) -> Versions:
    def hand_out(version: Version) -> Awaitable[None] | None:
        robots.follow(version.policy.hosts)
        headlines.follow(version.policy)
        return workers.use(version)

    return Versions(
        began.first,
        began.settings,
        load=began.folder.load,
        keep=lambda version: journal.keep(version.texts),
        event=journal.event,
        hand_out=hand_out,
        counters=counters,
        robots=robots.known,
    )


def _supervisor(
    began: _Began,
    journal: Journal,
    robots: RobotsFiles,
    headlines: HeadlineReading,
    workers: Workers,
    versions: Versions,
    counters: Counters,
    shared: "SharedState | None" = None,
) -> Supervisor:
    settings = began.settings
    followers = Followers(
        settings.journal, journal.recorder.lane.name, settings.follow, settings.follow_token_file
    )
    keeping = Keeping(journal, lambda: versions.current.policy.audit)
    site = versions.current.policy.site
    sealing, clocks = None, OtherClocks(journal.clock)
    if settings.seal_site:
        ask = partial(shown_seal, token=settings.join_token, tls=began.join_tls)
        sealing = SiteSealing(home_of(settings.journal, site), site, settings.join, ask, clocks=clocks)
    anchoring = Anchoring(
        journal, lambda: versions.current.policy.audit.anchors, stamped, site=sealing, clocks=clocks
    )
    health = Health(
        journal,
        versions,
        workers.figures,
        workers.look,
        counters,
        began.catalogues,
        followers,
        anchoring,
        keeping,
        shared,
        certifies=bool(settings.certificate_proxies),
    )

    def holding() -> Iterator[Alert]:
        policy, now = versions.current.policy, utc(journal.clock.wall())
        return alerts_of(health.warnings, policy, now)

    alerting = Alerting.of(
        settings,
        place=lambda: Place(site, journal.recorder.lane.name, versions.current.policy.zone),
        wall=journal.clock.wall,
        holding=holding,
    )
    health.alerting = alerting
    if journal.desk is not None:
        journal.desk.warnings = lambda: health.readiness().warnings
    return Supervisor(
        settings,
        began.folder,
        began.doors,
        began.service,
        began.before,
        journal=journal,
        versions=versions,
        robots=robots,
        headlines=headlines,
        workers=workers,
        health=health,
        followers=followers,
        keeping=keeping,
        anchoring=anchoring,
        alerting=alerting,
    )
