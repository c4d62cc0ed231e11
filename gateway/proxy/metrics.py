"""What was counted as Prometheus metrics, as `gateway.proxy.families` names them: for the supervisor, which is scraped."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from gateway import __version__
from gateway.proxy import families
from gateway.proxy.counters import Counters
from gateway.proxy.families import FAMILIES, MOST_OPERATORS, OTHER, TOTAL, Family
from gateway.proxy.figures import Figures

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
