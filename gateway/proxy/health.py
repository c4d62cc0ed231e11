"""What the gateway says of its own health: the content of `/ready` and of `/metrics`."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Final

from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector

from gateway import is_compiled, warned
from gateway.agents.age import STALE_DAYS
from gateway.alerts.alerting import Alerting
from gateway.audit.anchoring import Anchoring
from gateway.audit.journal import Journal
from gateway.audit.keeping import Keeping
from gateway.audit.open_lane import Left
from gateway.instants import SECOND, utc
from gateway.lookups.catalogue import Catalogues
from gateway.names import MONTHS
from gateway.policy.endings import ending, ends
from gateway.proxy.admin import Readiness
from gateway.proxy.counters import Counters
from gateway.proxy.families import LICENSE_END, LICENSE_QUOTA, WARNED
from gateway.proxy.figures import Figures
from gateway.proxy.followers import Followers
from gateway.proxy.metrics import Metrics, Samples
from gateway.proxy.rises import Rises
from gateway.proxy.seal_watch import SealWatch
from gateway.proxy.versions import Versions
from gateway.rates.due import draw_of
from gateway.vocabulary import Mode, Sentence
from gateway.warned import Warned

if TYPE_CHECKING:
    from gateway.shared.state import SharedState

#: Seconds between two looks at what is not at hand.
LOOK: Final = 2.0


class Health:
    """Asks the parts of a gateway how they are, whenever somebody wants to know."""

    def __init__(
        self,
        journal: Journal,
        versions: Versions,
        workers: Callable[[], Figures],
        look: Callable[[], Awaitable[object]],
        counters: Counters,
        catalogues: Catalogues,
        followers: Followers,
        anchoring: Anchoring,
        keeping: Keeping,
        shared: "SharedState | None" = None,
        *,
        certifies: bool,
    ) -> None:
        """``workers`` gives the figures of all workers, ``look`` has them ask for them; ``certifies``: a proxy may hand on clients' certificates.
        ``shared`` is what this process itself shares with other gateways."""
        self._shared = shared
        self._anchoring = anchoring
        self._journal, self._versions, self._workers = journal, versions, workers
        self._look = look
        #: What there was to warn of when `run` last looked.
        self.warnings: tuple[Warned, ...] = ()
        #: Told now and then what there is to warn of.
        self.tell: Callable[[tuple[Warned, ...]], object] = lambda _: None
        self._catalogues = catalogues
        self.counters, self._followers = counters, followers
        self._keeping, self._certifies = keeping, certifies
        #: What is left of the quotas of licenses that run, as of the last `look`.
        self._left: dict[str, Left] = {}
        self._seal, self._rises = SealWatch(), Rises()
        #: Who tells people, once there is somebody.
        self.alerting: Alerting | None = None
        #: Whether the gateway is on its way out and takes nothing more on.
        self.draining = False

    async def look(self) -> None:
        """Ask for what is not at hand, before it is told."""
        await self._look()
        policy, now = self._versions.current.policy, self._journal.clock.wall()
        draws = [draw for one in policy.licenses if (draw := draw_of(one, policy, now)) is not None]
        left: Sequence[Left] | Awaitable[Sequence[Left]] = self._journal.counters.left(draws)
        if isinstance(left, Awaitable):
            left = await left
        self._left = {draw.license: one for draw, one in zip(draws, left, strict=False)}

    async def run(self) -> None:
        """Look now and then, for ever, for those who cannot wait."""
        while True:
            await self.look()
            self.warnings = self.readiness().warnings
            self.tell(self.warnings)
            await asyncio.sleep(LOOK)

    def _journal_state(self, workers: Figures) -> str:
        state = self._journal.recorder.state
        return "degraded" if state == "ok" and workers.gauges.get("izin_journal_gaps") else state

    def readiness(self) -> Readiness:
        """Ready unless draining; all that is not as it should be is a warning."""
        version, now = self._versions.current, self._journal.clock.wall()
        recorder, workers = self._journal.recorder, self._workers()
        journal = self._journal_state(workers)
        policy = version.policy
        warnings = [warned.POLICY_NOT_TAKEN_UP.of(problem=problem) for problem in self._versions.failure[:3]]
        warnings += version.published.warnings
        if journal != "ok":
            warnings.append(warned.JOURNAL.of(state=warned.JOURNAL_STATES.get(journal, journal)))
        warnings += [
            warned.OBSERVED.of(host=host.pattern)
            for host in policy.hosts
            if (recorder.orders.mode(host.pattern, now) or host.mode) is Mode.OBSERVE
        ]
        warnings += [
            warned.BLOCKED.of(agent=order.agent)
            for order in recorder.orders.blocks
            if order.until is None or order.until > now
        ]
        warnings += [
            warned.LICENSE_ENDS.of(
                license=one.id, licensee=one.licensee, at=_shown(one.ends.astimezone(policy.zone))
            )
            for one in ending(policy, utc(now))
        ]
        warnings += [
            warned.QUOTA_CLOSED.of(license=one.id)
            for one in policy.licenses
            if one.id in self._left and self._left[one.id].closed
        ]
        unnamed = workers.unnamed
        if unnamed is not None:
            kind = warned.SILENT_PROXY if unnamed.silent else warned.UNTRUSTED_PROXY
            share = warned.share(unnamed.share)
            warnings.append(kind.of(share=share, proxy=unnamed.title, name=unnamed.name))
        if not self._certifies:
            warnings += [
                warned.NO_CERTIFICATES.of(license=one.id) for one in policy.licenses if one.proof.certificates
            ]
        warnings += workers.warnings
        warnings += () if self._shared is None else self._shared.warnings
        warnings += self._followers.warnings
        warnings += self._keeping.warnings
        known = self._catalogues.in_force()
        days = (utc(now) - known.made).days
        if known.problem:
            warnings.append(warned.CATALOGUE_NOT_TAKEN_UP.of(problem=known.problem))
        if days > STALE_DAYS:
            warnings.append(warned.CATALOGUE_OLD.of(days=days))
        late = self._late()
        if late is not None:
            warnings.append(warned.NOT_SEALED.of(seq=late))
        warnings += [
            warned.NOT_ANCHORED.of(where=one.where, why=why) for one, why in self._anchoring.failing.items()
        ]
        warnings += self._rises.warnings(
            workers,
            dropped=self._dropped(workers),
            clock_steps=self.counters.clock_steps,
            now=self._journal.clock.steady(),
        )
        if self.alerting is not None:
            warnings += self.alerting.warnings
        warnings += [
            warned.CLOCKS_DIFFER.of(where=where, seconds=round(abs(ahead) / SECOND))
            for where, ahead in self._anchoring.clocks.apart.items()
        ]
        warnings += [
            warned.NOT_JOINED.of(where=url, why=why) for url, why in self._anchoring.not_joined.items()
        ]
        details: dict[str, object] = {
            "catalogue": {
                "digest": known.registry.digest,
                "agents": len(known.registry),
                "made": f"{known.made:%Y-%m-%dT%H:%M:%SZ}",
                "days": days,
                "signed_by": known.signed_by,
            },
            "compiled": is_compiled(),
            "draining": self.draining,
            "policy": version.policy.digest,
            "terms": version.published.terms,
            "version": version.number,
            "journal": journal,
            "untrusted_proxy": None if unnamed is None else unnamed._asdict(),
        }
        return Readiness(not self.draining, tuple(warnings), details)

    def _dropped(self, workers: Figures) -> int:
        """Entries that will never be written, of all lanes to the journal."""
        return int(workers.gauges.get("izin_journal_dropped_total", 0)) + self._journal.recorder.lane.dropped

    def _late(self) -> int | None:
        """The first entry that should be sealed by now and is not."""
        lane = self._journal.recorder.lane
        return self._seal.late(lane.checkpoint, lane.last, self._journal.clock.steady())

    def registry(self) -> CollectorRegistry:
        """A registry with the process's metrics and ours, read when somebody scrapes."""
        registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        PlatformCollector(registry=registry)
        GCCollector(registry=registry)
        registry.register(Metrics(self._figures, self.counters, self._labelled))
        return registry

    def _labelled(self) -> Mapping[str, Samples]:
        running = ends(self._versions.current.policy, utc(self._journal.clock.wall()))
        ids = {one.license.id for one in running}
        warnings = Counter(one.code for one in self.readiness().warnings)
        return {
            LICENSE_END: [
                ((one.license.id, "true" if one.followed else "false"), one.license.ends.timestamp())
                for one in running
            ],
            LICENSE_QUOTA: [((id,), left.requests) for id, left in self._left.items() if id in ids],
            WARNED: [((one.code,), warnings[one.code]) for one in warned.WARNINGS],
        }

    def _figures(self) -> Figures:
        recorder, figures = self._journal.recorder, self._workers()
        figures.gauges |= {} if self.alerting is None else self.alerting.gauges
        figures.gauges |= {} if self._shared is None else self._shared.gauges
        figures.gauges |= {
            "izin_journal_ok": float(self._journal_state(figures) == "ok"),
            "izin_journal_waiting": figures.gauges.get("izin_journal_waiting", 0) + recorder.lane.waiting,
            "izin_journal_dropped_total": self._dropped(figures),
            "izin_followers_behind": max(self._followers.behind(recorder.lane.last).values(), default=0),
            "izin_followers_set_aside": self._followers.set_aside,
            "izin_journal_bytes": self._keeping.octets,
            "izin_journal_budget_ratio": self._keeping.share,
            "izin_seal_late": float(self._late() is not None),
            "izin_anchors_failing": len(self._anchoring.failing),
            "izin_hosts_not_joined": len(self._anchoring.not_joined),
            "izin_clocks_apart_seconds": max(map(abs, self._anchoring.clocks.ahead.values()), default=0)
            / SECOND,
            "izin_policy_failed": float(bool(self._versions.failure)),
            "izin_policy_version": self._versions.current.number,
        }
        return figures


def _shown(at: datetime) -> Sentence:
    return Sentence(
        f"{at.day} {MONTHS[at.month - 1].id} {at.year} pukul {at:%H.%M %Z}", f"{at:%Y-%m-%d %H:%M}"
    )
