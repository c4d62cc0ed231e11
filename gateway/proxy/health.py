"""What the gateway says of its own health: the content of `/ready` and of `/metrics`."""

from collections.abc import Mapping

from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector

from gateway.agents.age import STALE_DAYS
from gateway.audit.anchoring import Anchoring
from gateway.audit.journal import Journal
from gateway.audit.keeping import Keeping
from gateway.instants import utc
from gateway.lookups.catalogue import Catalogues
from gateway.policy.endings import days_left, ending
from gateway.proxy.admin import Readiness
from gateway.proxy.counters import Counters, Metrics
from gateway.proxy.followers import Followers
from gateway.proxy.front import Front
from gateway.proxy.judge import Judge
from gateway.proxy.verifying import Verifying
from gateway.proxy.versions import Versions
from gateway.rates.due import draw_of
from gateway.vocabulary import Mode


class Health:
    """Asks the parts of a gateway how they are, whenever somebody wants to know."""

    def __init__(
        self,
        journal: Journal,
        judge: Judge,
        versions: Versions,
        front: Front,
        counters: Counters,
        verifying: Verifying,
        catalogues: Catalogues,
        followers: Followers,
        anchoring: Anchoring,
        keeping: Keeping,
    ) -> None:
        self._anchoring = anchoring
        self._journal, self._judge, self._versions, self._verifying = journal, judge, versions, verifying
        self._catalogues = catalogues
        self._front, self._counters, self._followers = front, counters, followers
        self._keeping = keeping
        #: Whether the gateway is on its way out and takes nothing more on.
        self.draining = False

    def readiness(self) -> Readiness:
        """Ready unless draining; all that is not as it should be is a warning."""
        version, now = self._judge.version, self._journal.clock.wall()
        recorder = self._journal.recorder
        warnings = [f"policy not taken up: {problem}" for problem in self._versions.failure[:3]]
        warnings += version.published.warnings
        if recorder.state != "ok":
            warnings.append(f"journal: {recorder.state}")
        warnings += [
            f"{host.pattern}: observe, nobody is refused"
            for host in version.policy.hosts
            if (recorder.orders.mode(host.pattern, now) or host.mode) is Mode.OBSERVE
        ]
        warnings += [
            f"agent blocked by order: {order.agent}"
            for order in recorder.orders.blocks
            if order.until is None or order.until > now
        ]
        warnings += [
            f"license {one.id} of {one.licensee} ends on {one.ends.astimezone(version.policy.zone):%Y-%m-%d %H:%M}"
            for one in ending(version.policy, utc(now))
        ]
        warnings += [
            f"quota of license {one.id} closed until its period ends: entries are missing that it is counted by"
            "; `izin license recount` opens it"
            for one in version.policy.licenses
            if (draw := draw_of(one, version.policy, now)) is not None and recorder.lane.closes(draw)
        ]
        unnamed = self._front.unnamed.found
        if unnamed is not None:
            warnings.append(
                f"{unnamed.share:.0%} of requests come by {unnamed.title}, which is no trusted proxy:"
                f" start with `--trusted-proxies {unnamed.name}`{unnamed.besides}"
            )
        if not self._front.peers.certifies:
            warnings += [
                f"license {one.id} asks for a client certificate, and no proxy may hand one on: start with"
                " `--certificate-proxies`"
                for one in version.policy.licenses
                if one.proof.certificates
            ]
        warnings += self._verifying.warnings
        warnings += self._followers.warnings
        warnings += self._keeping.warnings
        known = self._catalogues.in_force()
        days = (utc(now) - known.made).days
        if known.problem:
            warnings.append(f"signed catalogue of agents not taken up: {known.problem}")
        if days > STALE_DAYS:
            warnings.append(f"the catalogue of agents is {days} days old: see `izin agents update`")
        warnings += [f"not anchored at {one.where}: {why}" for one, why in self._anchoring.failing.items()]
        details: dict[str, object] = {
            "catalogue": {
                "digest": known.registry.digest,
                "agents": len(known.registry),
                "made": f"{known.made:%Y-%m-%dT%H:%M:%SZ}",
                "days": days,
                "signed_by": known.signed_by,
            },
            "draining": self.draining,
            "policy": version.policy.digest,
            "terms": version.published.terms,
            "version": version.number,
            "journal": recorder.state,
            "untrusted_proxy": None if unnamed is None else unnamed._asdict(),
        }
        return Readiness(not self.draining, tuple(warnings), details)

    def registry(self) -> CollectorRegistry:
        """A registry with the process's metrics and ours, read when somebody scrapes."""
        registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        PlatformCollector(registry=registry)
        GCCollector(registry=registry)
        registry.register(Metrics(self._counters, self._gauges, self._licenses))
        return registry

    def _licenses(self) -> Mapping[str, Mapping[str, float]]:
        policy, lane, now = (
            self._judge.version.policy,
            self._journal.recorder.lane,
            self._journal.clock.wall(),
        )
        days = days_left(policy, utc(now))
        running = (one for one in policy.licenses if one.id in days)
        draws = (draw for one in running if (draw := draw_of(one, policy, now)) is not None)
        return {
            "izin_license_days_left": days,
            "izin_license_quota_left": {draw.license: lane.left(draw) for draw in draws},
        }

    def _gauges(self) -> dict[str, float]:
        recorder, front = self._journal.recorder, self._front
        return {
            "izin_connections": len(front.connections),
            "izin_connections_refused": front.counters["connections-refused"],
            "izin_connections_evicted": front.counters["connections-evicted"],
            "izin_connections_cut_off": front.counters["unannounced"],
            "izin_handshakes_failed": front.counters["handshakes-failed"],
            "izin_origin_requests": front.load.asked,
            "izin_requests_shed": front.load.shed,
            "izin_untrusted_proxy_share": 0.0 if front.unnamed.found is None else front.unnamed.found.share,
            "izin_journal_ok": float(recorder.state == "ok"),
            "izin_journal_waiting": recorder.lane.waiting,
            "izin_journal_decisions": recorder.counts.decisions,
            "izin_journal_outcomes": recorder.counts.outcomes,
            "izin_journal_queued": recorder.counts.queued,
            "izin_journal_refused": recorder.counts.refused,
            "izin_journal_dropped": recorder.lane.dropped,
            "izin_followers_behind": max(self._followers.behind(recorder.lane.last).values(), default=0),
            "izin_journal_bytes": self._keeping.octets,
            "izin_journal_budget_share": self._keeping.share,
            "izin_policy_failed": float(bool(self._versions.failure)),
            "izin_policy_version": self._judge.version.number,
            **self._verifying.gauges,
        }
