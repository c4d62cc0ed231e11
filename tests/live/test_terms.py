"""A rule begins and ends on time, and a legal order is a 451 for everybody, recorded as every refusal is."""

from datetime import UTC, datetime, timedelta

from tests.engines import until
from tests.live import rig

READER, AI = "Mozilla/5.0 Firefox/142.0", "GPTBot/1.3"


def test_a_legal_order_holds_for_readers_too_and_keeps_no_address_of_theirs(serve, policy):
    rules = """\
rules:
  - id: putusan
    where: [/berita/perkara]
    verdict: deny
    because: {id: Putusan sela, en: An interim ruling}
    legal-order: {by: Pengadilan Negeri Contoh, number: 1/2026, date: 2026-10-01}
"""
    rig.write_policy(policy, rules=rules)
    gateway = serve()
    for client in (READER, AI, "curl/8.5.0"):
        refused = gateway.ask("//berita/perkara", client)
        assert refused.status == 451
        assert refused["link"].startswith("<https://")
        assert 'rel="blocked-by"' in refused["link"]
        entry = gateway.decision(refused)
        assert (entry["status"], entry["rule"], entry["reasons"][0]) == (451, "putusan", "legal-order")
    entry = gateway.decision(gateway.ask("/berita/perkara", READER))
    assert entry["audience"] == "people"
    assert entry["durability"] in {"written", "queued"}
    assert entry["client"]["pseudonym"]
    assert "address" not in entry["client"]
    assert "127.0.0.1" not in str(entry)
    assert "Disallow: /berita/perkara\n" in gateway.ask("/robots.txt").body.decode()
    assert gateway.ask("/berita/", READER).status != 451


def test_a_rule_begins_and_ends_to_the_moment_and_robots_txt_follows(serve, policy):
    gateway, google = serve(), "Googlebot/2.1"
    begins = datetime.now(UTC) + timedelta(seconds=2)
    ends = begins + timedelta(seconds=2)
    rules = f"""\
rules:
  - id: sebentar
    who: {{purpose: search}}
    where: [/pemilu/]
    verdict: deny
    from: "{begins:%Y-%m-%dT%H:%M:%S.%fZ}"
    until: "{ends:%Y-%m-%dT%H:%M:%S.%fZ}"
"""
    rig.write_policy(policy, rules=rules)
    until(lambda: gateway.ask("/pemilu/", google).status == 403, 10, "the rule begins")
    until(lambda: b"Disallow: /pemilu/" in gateway.ask("/robots.txt").body, 5, "robots.txt follows")
    until(lambda: gateway.ask("/pemilu/", google).status != 403, 10, "the rule ends")
    until(lambda: b"Disallow: /pemilu/" not in gateway.ask("/robots.txt").body, 5, "robots.txt follows")
    first, last = (f"{at:%Y-%m-%dT%H:%M:%S.%f}Z" for at in (begins, ends))
    asked = [entry for entry in gateway.entries("decision") if entry["request"]["target"] == "/pemilu/"]
    assert asked[0]["time"] < first
    for entry in asked:
        within = first <= entry["time"] < last
        assert (entry["rule"] == "sebentar") is within, "exact at the instant that the entry names"
    assert gateway.said("policy taken up")
