"""What workers count, and the same as Prometheus metrics, as `gateway.proxy.families` names them."""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from msgspec import Struct
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from gateway import __version__
from gateway.decision import Decision
from gateway.identify import web_bot_auth
from gateway.identify.identity import Identity
from gateway.judgement import Judgement
from gateway.proxy import families
from gateway.proxy.families import FAMILIES, MOST_OPERATORS, OTHER, TOTAL, Family
from gateway.proxy.figures import Figures, Key
from gateway.request import SIGNED
from gateway.vocabulary import End, Kind, Purpose

#: What those come for whom a site that forbids AI alone never means to refuse; whether they are who they say plays no part.
WELCOMED: Final = frozenset({Purpose.SEARCH, Purpose.PREVIEW, Purpose.FEED, Purpose.ADS, Purpose.ARCHIVE})
#: Refusals that speak of the request, whoever sends it.
_OF_ANYBODY: Final = frozenset({"malformed", "host"})
_TOO_FAST: Final = 429
#: Decisions that are counted by themselves before they are added to the sums.
_MOST_ALIKE: Final = 1024


def _is_welcome(identity: Identity, decision: Decision) -> bool:
    """Whether a refusal is one that nobody can have meant who forbids AI: not of the request, not to come more slowly."""
    return (
        identity.purpose in WELCOMED
        and identity.kind is Kind.AGENTS
        and decision.rule not in _OF_ANYBODY
        and decision.status != _TOO_FAST
    )


class _Alike(Struct):
    """How many decisions were these very objects, which live as long as they are counted, so that their ids are their own."""

    identity: Identity
    decision: Decision
    many: int = 0


class Counters:
    """Plain integers, counted on the request path and read when somebody scrapes."""

    def __init__(self) -> None:
        self._alike: dict[tuple[int, int], _Alike] = {}
        self.decisions: Counter[Key] = Counter()
        self.operators: Counter[tuple[str, str]] = Counter()
        self.outcomes: Counter[str] = Counter()
        self.signatures: Counter[str] = Counter()
        self.octets = 0
        self.clock_steps = 0
        #: Refusals of whom no ban on AI is meant for, by what they come for.
        self.welcome_refused: Counter[str] = Counter(dict.fromkeys(WELCOMED, 0))
        self.reload_failures = 0
        self.reloads = 0
        self.policy_since = time.time()

    def decided(self, judgement: Judgement) -> None:
        """Count a decision: as one more of those alike, which are the same objects (`gateway.proxy.judge`)."""
        identity, decision = judgement.identity, judgement.decision
        alike = self._alike.get((id(identity), id(decision)))
        if alike is None:
            if len(self._alike) >= _MOST_ALIKE:
                self._sum_up()
            alike = self._alike[id(identity), id(decision)] = _Alike(identity, decision)
        alike.many += 1
        if SIGNED in judgement.request.fields:
            self.signatures.update(one.finding for one in identity.evidence if one.probe == web_bot_auth.NAME)

    def _sum_up(self) -> None:
        """Add what was counted to the sums by label."""
        for one in self._alike.values():
            identity, decision = one.identity, one.decision
            key = (
                decision.audience,
                identity.kind,
                identity.purpose or "",
                decision.verdict,
                "true" if decision.enforced else "false",
                "" if decision.status is None else str(decision.status),
            )
            self.decisions[key] += one.many
            if identity.operator is not None:
                self.operators[identity.operator, decision.verdict] += one.many
            if decision.refuses and _is_welcome(identity, decision):
                self.welcome_refused[identity.purpose or ""] += one.many
        self._alike.clear()

    def ended(self, octets: int, end: End) -> None:
        """Count an outcome and the body octets sent."""
        self.outcomes[end] += 1
        self.octets += octets

    def figures(self) -> Figures:
        """What was counted of requests until now."""
        self._sum_up()
        return Figures(
            list(self.decisions.items()),
            dict(self.outcomes),
            dict(self.signatures),
            self.octets,
            operators=list(self.operators.items()),
            welcome_refused=dict(self.welcome_refused),
        )


#: The samples of a family: the values of its labels, and the figure.
Samples = Iterable[tuple[Sequence[str], float]]


class Metrics(Collector):
    """What was counted, and the journal's figures, as Prometheus metrics."""

    def __init__(
        self,
        figures: Callable[[], Figures],
        counters: Counters,
        labelled: Callable[[], Mapping[str, Samples]] = dict,
    ) -> None:
        """``figures`` are asked when scraped; the names of their gauges say what they are. ``counters`` tell of reloads.
        ``labelled`` gives families that have labels of their own."""
        self._figures = figures
        self._counters = counters
        self._labelled = labelled
        self._operators = set[str]()

    def collect(self) -> Iterable[Metric]:
        """Every metric family, from the counters of this moment."""
        counters, figures = self._counters, self._figures()
        yield _family(families.DECISIONS, figures.decisions)
        yield _family(families.OPERATORS, self._by_operator(figures.operators))
        yield _family(
            families.WELCOME_REFUSED, (((name,), count) for name, count in figures.welcome_refused.items())
        )
        yield _family(families.OUTCOMES, (((end,), count) for end, count in figures.outcomes.items()))
        yield _family(families.SIGNATURES, (((name,), count) for name, count in figures.signatures.items()))
        for name, samples in self._labelled().items():
            yield _family(name, samples)
        yield _family(families.RESIDENT, (((name,), octets) for name, octets in figures.resident.items()))
        yield _family(families.BUILD, [((__version__,), 1)])
        plain = {
            "izin_response_body_bytes_total": figures.octets,
            "izin_clock_steps_total": counters.clock_steps,
            "izin_policy_reloads_total": counters.reloads,
            "izin_policy_reload_failures_total": counters.reload_failures,
            "izin_policy_taken_up_timestamp_seconds": counters.policy_since,
        }
        for name, value in (plain | figures.gauges).items():
            yield _family(name, [((), value)])

    def _by_operator(self, counted: Iterable[tuple[tuple[str, str], int]]) -> Samples:
        """The decisions by operator: the first that are met are told apart, the rest together, for as long as we run."""
        found: Counter[tuple[str, str]] = Counter()
        for (operator, verdict), count in counted:
            if len(self._operators) < MOST_OPERATORS:
                self._operators.add(operator)
            found[operator if operator in self._operators else OTHER, verdict] += count
        return found.items()


def _family(name: str, samples: Samples) -> Metric:
    says, labels, *_ = FAMILIES.get(name, Family(name))
    made = CounterMetricFamily if name.endswith(TOTAL) else GaugeMetricFamily
    family = made(name, says[:1].upper() + says[1:], labels=labels)
    for values, figure in samples:
        family.add_metric(values, figure)
    return family
