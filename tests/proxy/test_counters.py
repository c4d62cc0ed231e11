"""What is counted, as Prometheus reads it; labels are closed sets."""

from prometheus_client import CollectorRegistry, generate_latest

from gateway.proxy.counters import Counters, Metrics
from gateway.vocabulary import End
from tests import sites


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
    assert found["izin_body_octets_total"] == "1234.0"
    assert found["izin_policy_reload_failures_total"] == "1.0"
    assert found["izin_policy_failed"] == "1.0"


def test_what_a_client_sends_never_becomes_a_label():
    counters, version = Counters(), sites.version()
    before = len(scraped(counters))
    for number in range(50):
        counters.decided(sites.judgement(version, f"Foo{number}Bot/1.0", f"/{number}".encode()))
    assert len(scraped(counters)) == before + 1
