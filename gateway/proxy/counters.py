"""What workers count, and the same as Prometheus metrics. Labels are closed sets: never a path or a User-Agent."""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from gateway.identify import web_bot_auth
from gateway.judgement import Judgement
from gateway.proxy.figures import Figures, Key
from gateway.request import SIGNED
from gateway.vocabulary import End


class Counters:
    """Plain integers, counted on the request path and read when somebody scrapes."""

    def __init__(self) -> None:
        self.decisions: Counter[Key] = Counter()
        self.outcomes: Counter[str] = Counter()
        self.signatures: Counter[str] = Counter()
        self.octets = 0
        self.reload_failures = 0
        self.reloads = 0
        self.policy_since = time.time()

    def decided(self, judgement: Judgement) -> None:
        """Count a decision."""
        decision, identity = judgement.decision, judgement.identity
        key = (
            decision.audience,
            identity.kind,
            identity.purpose or "",
            decision.verdict,
            "true" if decision.enforced else "false",
            "" if decision.status is None else str(decision.status),
        )
        self.decisions[key] += 1
        if SIGNED in judgement.request.fields:
            self.signatures.update(one.finding for one in identity.evidence if one.probe == web_bot_auth.NAME)

    def ended(self, octets: int, end: End) -> None:
        """Count an outcome and the body octets sent."""
        self.outcomes[end] += 1
        self.octets += octets

    def figures(self) -> Figures:
        """What was counted of requests until now."""
        return Figures(list(self.decisions.items()), dict(self.outcomes), dict(self.signatures), self.octets)


#: What each figure of the moment says, as Prometheus shows it beside the name.
_GAUGES: Final[Mapping[str, str]] = {
    "izin_connections": "Client connections open now",
    "izin_connections_refused": "Client connections refused since the start, over the bounds",
    "izin_connections_cut_off": "Client connections without the PROXY header that is asked for",
    "izin_handshakes_failed": "Connections with TLS that never got as far as a request",
    "izin_untrusted_proxy_share": "Share of requests by a proxy that nobody named; 0 below one half",
    "izin_journal_ok": "0 while entries cannot be written as promised",
    "izin_journal_gaps": "Workers in which entries could not be accepted as promised a moment ago",
    "izin_journal_waiting": "Entries that wait for the disk",
    "izin_journal_decisions": "Decisions entered since the start",
    "izin_journal_outcomes": "Outcomes entered since the start",
    "izin_journal_queued": "Clients let pass before their entry was written",
    "izin_journal_refused": "Clients for AI refused because their entry could not be written",
    "izin_journal_dropped": "Entries that will never be written",
    "izin_journal_bytes": "Octets that the journal takes on its disk",
    "izin_journal_budget_share": "Share of its budget that the journal takes",
    "izin_followers_behind": "Entries that the slowest follower has not shipped yet",
    "izin_followers_set_aside": "Entries that a follower's place refused for good",
    "izin_license_days_left": "Days until a license that runs ends",
    "izin_license_quota_left": "Requests that the quota of a license that runs still permits in its period",
    "izin_workers": "Processes that serve clients",
    "izin_worker_restarts": "Workers that ended and were started again, since the start",
    "izin_writer_restarts": "How often the journal's writer ended and was started again, since the start",
    "izin_policy_failed": "1 while the folder holds a policy that was not taken up",
    "izin_policy_version": "Number of the policy version in force",
    "izin_lists_wanted": "Published address lists that serve to check clients",
    "izin_lists_at_hand": "Published address lists young enough to be used",
    "izin_directories_wanted": "Key directories of signers that may be asked",
    "izin_directories_at_hand": "Key directories of signers that have been read",
    "izin_checks_suspended": "Operators whose check is suspended",
}


class Metrics(Collector):
    """What was counted, and the journal's figures, as Prometheus metrics."""

    def __init__(
        self,
        figures: Callable[[], Figures],
        counters: Counters,
        licenses: Callable[[], Mapping[str, Mapping[str, float]]] = dict,
    ) -> None:
        """``figures`` are asked when scraped; the names of their gauges say what they are. ``counters`` tell of reloads.
        ``licenses`` gives figures by their names and the ids of licenses."""
        self._figures = figures
        self._counters = counters
        self._licenses = licenses

    def collect(self) -> Iterable[Metric]:
        """Every metric family, from the counters of this moment."""
        counters, figures = self._counters, self._figures()
        labels = ["audience", "kind", "purpose", "verdict", "enforced", "status"]
        decisions = CounterMetricFamily("izin_decisions", "Decisions made", labels=labels)
        for key, count in figures.decisions:
            decisions.add_metric(key, count)
        yield decisions
        outcomes = CounterMetricFamily("izin_outcomes", "Exchanges ended, by how", labels=["end"])
        for end, count in figures.outcomes.items():
            outcomes.add_metric([end], count)
        yield outcomes
        signatures = CounterMetricFamily(
            "izin_signatures", "Signed requests, by what was found", labels=["finding"]
        )
        for finding, count in figures.signatures.items():
            signatures.add_metric([finding], count)
        yield signatures
        yield CounterMetricFamily("izin_body_octets", "Body octets sent to clients", value=figures.octets)
        yield CounterMetricFamily("izin_policy_reloads", "Policy versions taken up", value=counters.reloads)
        failures = "Policy folders that could not be loaded"
        yield CounterMetricFamily("izin_policy_reload_failures", failures, value=counters.reload_failures)
        since = "When the policy in force was taken up, in seconds since 1970"
        yield GaugeMetricFamily("izin_policy_since_seconds", since, value=counters.policy_since)
        for name, by_license in self._licenses().items():
            family = GaugeMetricFamily(name, _GAUGES.get(name, name), labels=["license"])
            for license, figure in by_license.items():
                family.add_metric([license], figure)
            yield family
        memory = GaugeMetricFamily(
            "izin_resident_bytes", "Memory in use, by process of several", labels=["process"]
        )
        for process, octets in figures.resident.items():
            memory.add_metric([process], octets)
        yield memory
        for name, value in figures.gauges.items():
            yield GaugeMetricFamily(name, _GAUGES.get(name, name), value=value)
