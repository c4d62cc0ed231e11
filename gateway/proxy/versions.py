"""Policy versions: from a folder to what every worker judges by, and never from a good policy to a bad one.

A reload reads the folder until two reads agree, compiles once, keeps every text, writes the policy event, and only then
hands the new version to the workers. What fails on the way is loud (log, metrics, readiness, journal) and changes
nothing. A version also ends where a license or a rule begins or ends, or where an origin's robots.txt changes, since the
statements change with them; that needs no folder. Decisions do not wait for it: they are exact at their own instant.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple, Protocol

import structlog

from gateway.judgement import Version
from gateway.policy.model import Origin, Policy
from gateway.policy.place import PolicyError
from gateway.policy.robots import RobotsFile
from gateway.proxy.counters import Counters
from gateway.proxy.pace import Pace
from gateway.statements import NO_FILES, Made, check_ahead, next_change, publish
from gateway.vocabulary import Language, Level, Mode, Sentence

#: Seconds between two tries to record a version.
ANNOUNCE: Final = 0.5
#: Seconds between two looks at the policy's folder; changes must have rested between them.
LOOK: Final = 0.5
#: Longest wait in seconds for the next license or rule to begin or end; asyncio's timers are kept short.
_LONGEST: Final = 3_600.0

#: Why a version is made, where an origin's robots.txt has changed.
ORIGINS: Final = "origin-robots"

#: Before any of them.
_NEVER: Final = datetime.min.replace(tzinfo=UTC)

#: Writes an event to the journal, and answers with the level that was reached, or None.
Event = Callable[[str, dict[str, Any]], Awaitable[Level | None]]


class Overrides(Protocol):
    """What a process says for every host, whatever its policy does; None leaves it to the policy."""

    @property
    def origin(self) -> Origin | None:
        """Where the hosts are."""

    @property
    def mode(self) -> Mode | None:
        """Whether anybody is refused."""


def make_version(
    policy: Policy,
    settings: Overrides,
    number: int,
    now: datetime,
    robots: Mapping[str, RobotsFile] = NO_FILES,
    made: Made | None = None,
) -> Version:
    """A version of a loaded policy at an instant, with the settings' overrides of origin and mode applied.

    ``robots`` and ``made`` are those of `gateway.statements.publish`. Raises PolicyError where the policy cannot be stated.
    """
    hosts = tuple(
        replace(host, origin=settings.origin or host.origin, mode=settings.mode or host.mode)
        for host in policy.hosts
    )
    policy = replace(policy, hosts=hosts)
    check_ahead(policy, now)
    return Version(number, policy, publish(policy, now, robots, made))


class _Made(NamedTuple):
    """What was rendered for a version, and when."""

    number: int
    at: datetime
    texts: Made


class Versions:
    """The version in force, and how the next one comes into force."""

    def __init__(
        self,
        first: Version,
        settings: Overrides,
        *,
        load: Callable[[], Policy],
        keep: Callable[[Version], None],
        event: Event,
        hand_out: Callable[[Version], Awaitable[None] | None],
        counters: Counters,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        robots: Callable[[], Mapping[str, RobotsFile]] = lambda: NO_FILES,
        pace: Pace | None = None,
        stated: datetime = _NEVER,
    ) -> None:
        """``load`` and ``keep`` block, and are called in a thread: they read the folder and keep the texts. ``hand_out`` may
        give something to wait for: then other processes judge by the version. ``robots``
        gives the origins' robots.txt that are known by host name, ``pace`` how often they are stated anew; ``first`` was
        ``stated`` then, and if that is not known it is stated once more."""
        self.current = first
        self.failure: tuple[Sentence, ...] = ()
        self._recorded = False
        self._stated = stated
        self._settings = settings
        self._load, self._keep, self._event, self._hand_out = load, keep, event, hand_out
        self._counters, self._now, self._robots = counters, now, robots
        self._pace = pace or Pace()
        self._made = _Made(0, _NEVER, {})
        self._origins = asyncio.Event()
        self._lock = asyncio.Lock()
        self._changed = asyncio.Event()
        self._log = structlog.get_logger()

    async def announce(self) -> bool:
        """Keep the texts of the version in force and write its event; whether that is done. May be tried again."""
        async with self._lock:
            if not self._recorded:
                try:
                    await self._record(self.current, {})
                except OSError as error:
                    self._log.error("policy not recorded, so AI crawlers get 503", error=error.strerror)
            return self._recorded

    async def announce_again(self) -> None:
        """Announce until that is done."""
        while not await self.announce():  # noqa: ASYNC110 - there is no event of a disk
            await asyncio.sleep(ANNOUNCE)

    async def reload(self, why: str) -> bool:
        """Take up the folder's policy if it is sound and not the one in force; whether it was."""
        return await self._take_up(why, lambda robots: self._version(self._load(), robots))

    async def restate(self, why: str) -> bool:
        """State the policy in force anew, as of now, whatever has become of its folder; whether anything changed."""
        return await self._take_up(why, lambda robots: self._version(self.current.policy, robots))

    def origins_changed(self) -> None:
        """Have `follow_origins` state the policy anew, for an origin's robots.txt has changed."""
        self._origins.set()

    async def follow_origins(self) -> None:
        """State the policy anew after an origin's robots.txt has changed: several changes at once, and at a pace that no
        origin and no made-up host name can quicken. The gate goes by the new file from the moment it was read."""
        while True:
            await self._origins.wait()
            await asyncio.sleep(self._pace.wait())
            self._origins.clear()
            self._pace.spend()
            await self._take_up(ORIGINS, self._with_origins)

    async def follow_folder(self, changed: Callable[[], bool]) -> None:
        """Reload when ``changed``, which blocks, says that files of the policy have."""
        while True:
            await asyncio.sleep(LOOK)
            try:
                if await asyncio.to_thread(changed):
                    await self.reload("change")
            except Exception:  # noqa: BLE001 -- a mistake of ours must not end the watch
                self._log.exception("reload failed")

    async def follow_licenses(self) -> None:
        """Take up a new version whenever a license or a rule begins or ends, or has since the one in force was stated."""
        while True:
            due = next_change(self.current.policy, self._stated)
            wait = _LONGEST if due is None else min((due - self._now()).total_seconds() + 0.01, _LONGEST)
            self._changed.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), wait)
            if due is not None and self._now() >= due:
                await self.restate("license")

    async def _take_up(self, why: str, make: Callable[[Mapping[str, RobotsFile]], Version]) -> bool:
        async with self._lock:
            before = self.current
            # A folder that cannot be taken up is no better for what an origin says.
            settled = self.failure if why == ORIGINS else ()
            try:
                version = await asyncio.to_thread(make, self._robots())
                if _says(version) == _says(before):
                    self.failure = settled
                    self._log.info("policy unchanged", why=why, policy=before.policy.digest)
                    return False
                await self._record(version, {"why": why})
            except (PolicyError, OSError) as error:
                await self._failed(why, error)
                return False
            self.failure = settled
            taken = self._hand_out(version)
            if taken is not None:
                await taken
            self.current = version
            self._counters.reloads += 1
            self._counters.policy_since = self._now().timestamp()
            self._changed.set()
            self._log.info("policy taken up", why=why, version=version.number, policy=version.policy.digest)
            for warning in version.published.warnings:
                self._log.warning("statements", message=warning.en)
            return True

    def _version(self, policy: Policy, robots: Mapping[str, RobotsFile], made: Made | None = None) -> Version:
        self._stated, made, number = self._now(), {} if made is None else made, self.current.number + 1
        self._made = _Made(number, self._stated, made)
        return make_version(policy, self._settings, number, self._stated, robots, made)

    def _with_origins(self, robots: Mapping[str, RobotsFile]) -> Version:
        """The policy in force with these files. What was rendered for it holds until its next change."""
        policy, made = self.current.policy, self._made
        due = next_change(policy, made.at)
        if made.number != self.current.number or (due is not None and self._now() >= due):
            return self._version(policy, robots)
        digests = {None, *(file.digest for file in robots.values())}
        still = {key: said for key, said in made.texts.items() if key[1] in digests}
        return self._version(policy, robots, still)

    async def _record(self, version: Version, more: dict[str, Any]) -> None:
        """Keep the texts, then write the event that names them: no decision under a version comes before it.

        OSError where the journal takes them not.
        """
        await asyncio.to_thread(self._keep, version)
        if await self._event("policy", {**more, **described(version)}) is None:
            raise OSError(0, "the journal cannot be written")
        self._recorded = True

    async def _failed(self, why: str, error: PolicyError | OSError) -> None:
        self._counters.reload_failures += 1
        problems = (
            [Sentence(*map(one.told, Language)) for one in error.problems]
            if isinstance(error, PolicyError)
            else [Sentence(str(error.strerror), str(error.strerror))]
        )
        self.failure = tuple(Sentence(*(text[:300] for text in one)) for one in problems[:20])
        said = [one.en for one in self.failure]
        self._log.error(
            "policy not taken up, the last good one stays in force",
            why=why,
            problems=said,
            more=max(0, len(problems) - 20),
        )
        await self._event("policy-failed", {"why": why, "problems": said, "count": len(problems)})


def _says(version: Version) -> tuple[str, str]:
    return version.policy.digest, version.published.terms


def described(version: Version) -> dict[str, Any]:
    """What the policy event says of a version."""
    return {
        "version": version.number,
        "policy": version.policy.digest,
        "terms": version.published.terms,
        "site": version.policy.site,
        "hosts": [
            {"host": host.pattern, "mode": host.mode.value, "origin": str(host.origin)}
            for host in version.policy.hosts
        ],
    }
