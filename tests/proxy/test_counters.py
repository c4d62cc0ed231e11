"""What is counted, as Prometheus reads it; labels are closed sets."""

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from gateway.decision import Decision
from gateway.identify.identity import Identity
from gateway.proxy.counters import Counters
from gateway.proxy.families import MOST_OPERATORS
from gateway.proxy.figures import Figures, together
from gateway.proxy.metrics import Metrics
from gateway.value import changed
from gateway.vocabulary import Assurance, Audience, End, Kind, Purpose, Reason, Verdict
from tests import sites
from tests.journals import judged


def figures_of(registry, name):
    """The samples of a family by their labels."""
    families = text_string_to_metric_families(generate_latest(registry).decode())
    samples = (sample for family in families for sample in family.samples if sample.name == name)
    return {tuple(sample.labels.values()): sample.value for sample in samples}


def scraped(counters, **gauges):
    registry = CollectorRegistry()
    figures = counters.figures()
    figures.gauges = gauges
    registry.register(Metrics(lambda: figures, counters))
    lines = generate_latest(registry).decode().splitlines()
    return dict(line.rsplit(" ", 1) for line in lines if not line.startswith("#"))


def test_decisions_and_outcomes_are_counted():
    counters, version = Counters(), sites.version()
    for _ in range(3):
        counters.decided(sites.judgement(version))
    counters.decided(sites.judgement(version, "Mozilla/5.0 Firefox/142.0"))
    counters.ended(1200, End.COMPLETE)
    counters.ended(34, End.CLIENT_GONE)
    counters.reload_failures += 1
    found = scraped(counters, izin_policy_failed=1.0)
    labels = 'audience="ai",enforced="true",kind="agents",purpose="ai-train",status="403",verdict="deny"'
    assert found[f"izin_decisions_total{{{labels}}}"] == "3.0"
    labels = 'audience="people",enforced="true",kind="people",purpose="",status="",verdict="allow"'
    assert found[f"izin_decisions_total{{{labels}}}"] == "1.0"
    assert found['izin_outcomes_total{end="complete"}'] == "1.0"
    assert found['izin_outcomes_total{end="client-gone"}'] == "1.0"
    assert found["izin_response_body_bytes_total"] == "1234.0"
    assert found["izin_policy_reload_failures_total"] == "1.0"
    assert found["izin_policy_failed"] == "1.0"
    assert found['izin_operator_decisions_total{operator="OpenAI",verdict="deny"}'] == "3.0"
    assert found['izin_welcome_refused_total{purpose="search"}'] == "0.0", "an increase needs a beginning"


@pytest.mark.parametrize(
    ("kind", "purpose", "change", "counted"),
    [
        pytest.param(Kind.AGENTS, Purpose.SEARCH, {}, 1, id="a search engine"),
        pytest.param(
            Kind.AGENTS, Purpose.SEARCH, {"status": 402, "verdict": Verdict.LICENSE}, 1, id="to be paid"
        ),
        pytest.param(Kind.AGENTS, Purpose.SEO, {}, 0, id="who may be refused"),
        pytest.param(Kind.IMPOSTORS, Purpose.SEARCH, {}, 0, id="who is not what it says"),
        pytest.param(Kind.AGENTS, Purpose.SEARCH, {"enforced": False}, 0, id="nobody is refused"),
        pytest.param(Kind.AGENTS, Purpose.SEARCH, {"status": 429}, 0, id="too fast"),
        pytest.param(Kind.AGENTS, Purpose.SEARCH, {"status": 400, "rule": "malformed"}, 0, id="malformed"),
        pytest.param(Kind.AGENTS, Purpose.SEARCH, {"status": 421, "rule": "host"}, 0, id="another host"),
    ],
)
def test_the_refusals_that_nobody_can_have_meant_are_counted_apart(kind, purpose, change, counted):
    refused = Decision(Verdict.DENY, 403, "salah-tulis", (Reason.RULE_DENIES,), Audience.WELCOME)
    identity = Identity(kind, Assurance.CLAIMED, "Contoh", "Contoh", purpose)
    counters = Counters()
    counters.decided(judged(identity=identity, decision=changed(refused, **change)))
    assert sum(counters.figures().welcome_refused.values()) == counted


def test_operators_beyond_so_many_stand_together_and_no_figure_ever_falls():
    counters, before = Counters(), {}
    registry = CollectorRegistry()
    registry.register(Metrics(counters.figures, counters))
    for number in range(0, 3 * MOST_OPERATORS, 7):
        for name in (f"Perusahaan {number}", "Perusahaan 0"):
            identity = Identity(Kind.AGENTS, Assurance.CLAIMED, "Bot", name, Purpose.SEARCH)
            counters.decided(judged(identity=identity))
        now = figures_of(registry, "izin_operator_decisions_total")
        assert all(now[labels] >= value for labels, value in before.items())
        before = now
    for number in range(5 * MOST_OPERATORS):
        identity = Identity(Kind.AGENTS, Assurance.CLAIMED, "Bot", f"Lain {number}", Purpose.SEARCH)
        counters.decided(judged(identity=identity))
    now = figures_of(registry, "izin_operator_decisions_total")
    assert len(now) == MOST_OPERATORS + 1
    assert sum(now.values()) == 86 + 5 * MOST_OPERATORS


def test_what_only_grows_is_kept_of_a_worker_that_has_ended():
    gone = Figures(
        gauges={"izin_requests_shed_total": 3, "izin_connections": 9}, welcome_refused={"search": 1}
    )
    whole = together((gone.past, Figures(gauges={"izin_requests_shed_total": 1, "izin_connections": 2})))
    assert whole.gauges == {"izin_requests_shed_total": 4, "izin_connections": 2}
    assert whole.welcome_refused == {"search": 1}


def test_what_a_client_sends_never_becomes_a_label():
    counters, version = Counters(), sites.version()
    before = len(scraped(counters))
    for number in range(50):
        counters.decided(sites.judgement(version, f"Foo{number}Bot/1.0", f"/{number}".encode()))
    assert len(scraped(counters)) == before + 1
