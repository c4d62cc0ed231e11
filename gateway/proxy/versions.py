"""Policy versions: from a folder to what every worker judges by, and never from a good policy to a bad one.

A reload reads the folder until two reads agree, compiles once, keeps every text, writes the policy event, and only then
hands the new version to the workers. What fails on the way is loud (log, metrics, readiness, journal) and changes
nothing. A version also ends where a license begins or ends, since the statements change with it.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

import structlog

from gateway.judgement import Version
from gateway.policy.model import Policy
from gateway.policy.place import PolicyError
from gateway.proxy.counters import Counters
from gateway.settings import Settings
from gateway.statements import next_change, publish
from gateway.vocabulary import Level

#: Longest wait in seconds for the next license to begin or end; asyncio's timers are kept short.
_LONGEST: Final = 3_600.0

#: Writes an event to the journal, and answers with the level that was reached, or None.
Event = Callable[[str, dict[str, Any]], Awaitable[Level | None]]


def make_version(policy: Policy, settings: Settings, number: int, now: datetime) -> Version:
    """A version of a loaded policy at an instant, with the settings' overrides of origin and mode applied.

    Raises PolicyError where the policy cannot be stated.
    """
    hosts = tuple(
        replace(host, origin=settings.origin or host.origin, mode=settings.mode or host.mode)
        for host in policy.hosts
    )
    policy = replace(policy, hosts=hosts)
    return Version(number, policy, publish(policy, now))


class Versions:
    """The version in force, and how the next one comes into force."""

    def __init__(
        self,
        first: Version,
        settings: Settings,
        *,
        load: Callable[[], Policy],
        keep: Callable[[Version], None],
        event: Event,
        hand_out: Callable[[Version], None],
        counters: Counters,
    ) -> None:
        """``load`` and ``keep`` block, and are called in a thread: they read the folder and keep the texts."""
        self.current = first
        self.failure: tuple[str, ...] = ()
        self._settings = settings
        self._load, self._keep, self._event, self._hand_out = load, keep, event, hand_out
        self._counters = counters
        self._lock = asyncio.Lock()
        self._log = structlog.get_logger()

    async def announce(self) -> None:
        """Write the event of the version in force, at start."""
        await self._event("policy", described(self.current))

    async def reload(self, why: str) -> bool:
        """Take up the folder's policy if it is sound and not the one in force; whether it was."""
        async with self._lock:
            try:
                version = await asyncio.to_thread(self._next)
                if version is None:
                    self.failure = ()
                    self._log.info("policy unchanged", why=why, policy=self.current.policy.digest)
                    return False
                await asyncio.to_thread(self._keep, version)
            except (PolicyError, OSError) as error:
                await self._failed(why, error)
                return False
            await self._event("policy", {"why": why, **described(version)})
            self.failure = ()
            self.current = version
            self._counters.reloads += 1
            self._counters.policy_since = datetime.now(UTC).timestamp()
            self._hand_out(version)
            self._log.info("policy taken up", why=why, version=version.number, policy=version.policy.digest)
            return True

    async def follow_licenses(self) -> None:
        """Take up a new version whenever a license begins or ends."""
        while True:
            now = datetime.now(UTC)
            due = next_change(self.current.policy, now)
            wait = _LONGEST if due is None else (due - now).total_seconds()
            await asyncio.sleep(min(max(wait, 0.0) + 0.05, _LONGEST))
            if due is not None and datetime.now(UTC) >= due:
                await self.reload("license")

    def _next(self) -> Version | None:
        policy, now = self._load(), datetime.now(UTC)
        version = make_version(policy, self._settings, self.current.number + 1, now)
        same = version.policy.digest == self.current.policy.digest
        return None if same and version.published.terms == self.current.published.terms else version

    async def _failed(self, why: str, error: PolicyError | OSError) -> None:
        self._counters.reload_failures += 1
        problems = (
            [str(p) for p in error.problems] if isinstance(error, PolicyError) else [str(error.strerror)]
        )
        self.failure = tuple(problem[:300] for problem in problems[:20])
        self._log.error(
            "policy not taken up, the last good one stays in force",
            why=why,
            problems=self.failure,
            more=len(problems) - 20,
        )
        await self._event(
            "policy-failed", {"why": why, "problems": list(self.failure), "count": len(problems)}
        )


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
