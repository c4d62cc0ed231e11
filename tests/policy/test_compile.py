"""What the compiler makes of a sound policy."""

import hashlib
import json
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
import rfc8785

from gateway.agents import Registry, catalogue
from gateway.instants import instant
from gateway.policy.compile import MOST_RATES, compile_policy
from gateway.policy.model import Origin, Policy
from gateway.policy.winner import rule_for
from gateway.rates.rate import Rate, Unit
from gateway.vocabulary import By, Mode, Use, Verdict
from tests.policy.cases import TESTS, compiled, problems_of, read_case

POLICIES = sorted((TESTS.parent / "policies").glob("*/site.yaml"))


def good(name: str) -> Policy:
    return compiled(read_case(TESTS / "good" / f"{name}.txt").files)


def wins(policy: Policy, host: str, subjects: list[str], path: str) -> str | None:
    found = policy.host(host)
    assert found is not None
    rule = rule_for(found, tuple(subjects), path)
    return rule and rule.id


def test_a_use_that_is_denied_is_a_rule_about_its_purposes_everywhere():
    policy = good("least")
    for subject in ("purpose:ai-train", "purpose:dataset"):
        assert (
            wins(policy, "www.antara.example", [subject, "kind:agents", "everyone"], "/x") == "uses.ai-train"
        )
    assert wins(policy, "www.antara.example", ["purpose:ai-index"], "/") == "uses.ai-index"
    assert wins(policy, "www.antara.example", ["purpose:search", "kind:agents", "everyone"], "/") is None
    assert policy.hosts[0].uses[Use.SEARCH] is Verdict.ALLOW


def test_defaults():
    policy = good("least")
    (host,) = policy.hosts
    assert policy.zone.key == "Asia/Jakarta"
    assert host.mode is Mode.ENFORCE
    assert host.origin == Origin("http", "127.0.0.1", 8000)
    assert host.query == frozenset()
    assert host.robots_enforced
    assert policy.grants == frozenset()
    assert host.passed.best("/.well-known/security.txt") is not None
    assert host.passed.best("/ads.txt.html") is None
    assert policy.warnings == ()


def test_a_site_s_own_description_takes_the_place_of_the_catalogue_s():
    own, built_in = good("agents").agents.find("GPTBot"), catalogue().find("GPTBot")
    assert own is not None
    assert built_in is not None
    assert (own.note, own.operator, own.verify) == ("Ours", "PT Contoh AI", None)
    assert built_in.operator == "OpenAI", "the catalogue itself stays as it is"
    assert len(good("agents").agents) == len(catalogue()) + 2


def test_what_stands_under_a_host_wins_there_and_only_there():
    policy = good("hosts-differ")
    www, wild, english = policy.hosts
    assert (www.mode, wild.mode, english.mode) == (Mode.ENFORCE, Mode.OBSERVE, Mode.ENFORCE)
    assert (www.query, wild.query, english.query) == ({"id"}, {"v"}, {"id"})
    assert str(english.origin) == "http://[::1]:9000"
    assert www.uses[Use.AI_INPUT] is Verdict.DENY
    assert english.uses == {**www.uses, Use.AI_INPUT: Verdict.LICENSE}
    assert wins(policy, "en.antara.example", ["purpose:seo"], "/photo/1") == "a"
    assert wins(policy, "en.antara.example", ["purpose:seo"], "/foto/1") is None
    assert wins(policy, "id.antara.example", ["purpose:seo"], "/foto/1") == "a"


def test_a_line_about_one_use_outweighs_a_line_about_several():
    uses = good("uses-together").hosts[0].uses
    assert uses == {
        Use.AI_TRAIN: Verdict.DENY,
        Use.AI_INPUT: Verdict.LICENSE,
        Use.AI_INDEX: Verdict.DENY,
        Use.SEARCH: Verdict.ALLOW,
    }


def test_of_equally_long_patterns_the_laxer_rule_wins():
    files = read_case(TESTS / "good" / "least.txt").files
    rules = b"""rules:
  - {id: strict, who: tools, where: [/foto/a], verdict: deny}
  - {id: lax, who: tools, where: ["/fot*ab"], verdict: allow}
  - {id: other, who: tools, where: [/foto/], verdict: license}
"""
    policy = compiled({**files, "rules.yaml": rules})
    assert wins(policy, "www.antara.example", ["kind:tools"], "/foto/ab") == "lax"
    assert wins(policy, "www.antara.example", ["kind:tools"], "/foto/b") == "other"


def test_a_license_covers_whole_days_of_the_sites_zone():
    (license,) = good("license").licenses
    assert license.begins == datetime(2026, 1, 4, 17, tzinfo=UTC)
    assert license.ends == datetime(2027, 1, 4, 17, tzinfo=UTC)
    assert license.uses == {Use.AI_TRAIN}
    assert [pattern.text for pattern in license.excepted] == ["/berita/foto/"]


def test_the_sites_own_agents_join_the_catalogue_and_replace_its_agents():
    policy = good("agents")
    assert len(policy.agents) == len(catalogue()) + 2
    assert policy.agents.find("GPTBOT").note == "Ours"
    assert policy.agents.find("ContohBot").match == ("ContohBot", "contoh-fetch")


def test_the_manifest_names_every_text_by_its_digest():
    files = read_case(TESTS / "good" / "license.txt").files
    policy = compiled({**files, "tests/a.yaml": b"examples decide nothing"})
    manifest = json.loads(policy.manifest)
    assert policy.manifest == rfc8785.dumps(manifest)
    assert policy.digest == f"sha256:{hashlib.sha256(policy.manifest).hexdigest()}"
    assert manifest["files"].keys() == files.keys()
    for digest in (*manifest["files"].values(), manifest["catalogue"], policy.digest):
        assert digest == f"sha256:{hashlib.sha256(policy.texts[digest]).hexdigest()}"
    assert policy.digest == compiled(files).digest
    assert policy.digest != compiled({**files, "rules.yaml": b"rules: []"}).digest
    assert policy.digest != compile_policy(files, Registry([*catalogue()][:-1])).digest


@pytest.mark.parametrize("path", POLICIES, ids=lambda path: path.parent.name)
def test_the_worked_examples_load_without_a_warning(path: Path):
    folder = path.parent
    files = {
        file.relative_to(folder).as_posix(): file.read_bytes()
        for file in [*folder.rglob("*.yaml"), *folder.glob("*.txt")]
    }
    assert compiled(files).warnings == ()


@pytest.mark.parametrize("path", ['"/a/{n}/"', '"/*/a/{n}$"'], ids=["prefixes", "patterns"])
def test_a_thousand_rules_are_compiled_quickly(path: str):
    files = read_case(TESTS / "good" / "least.txt").files
    rules = [
        f"  - {{id: r{n}, who: {who}, where: [{path.format(n=n)}], verdict: {verdict}}}\n"
        for n in range(500)
        for n, who, verdict in ((2 * n, "everyone", "deny"), (2 * n + 1, "{agent: GPTBot}", "allow"))
    ]
    started = time.process_time()
    policy = compiled({**files, "rules.yaml": ("rules:\n" + "".join(rules)).encode()})
    assert len(policy.hosts[0].rules) == 1003
    assert time.process_time() - started < 3  # far more than it takes: only growth by squares is meant


def test_a_rule_is_in_force_during_its_term_alone():
    policy = good("term")
    (host,) = policy.hosts
    days = [datetime(2026, 9, 30, 17, tzinfo=UTC), datetime(2026, 10, 19, 17, tzinfo=UTC)]
    days += [datetime(2026, 10, 20, 10, 30, tzinfo=UTC), datetime(2026, 10, 21, tzinfo=UTC)]
    assert host.changes == tuple(map(instant, days))
    named = [{rule.id for rule in period.rules if rule.use is None} for period in host.periods()]
    assert named == [{"d"}, {"a", "d"}, {"b"}, {"b", "c"}, {"b"}]
    assert all(not period.changes and period.at(0) is period for period in host.periods())
    assert host.at(host.changes[0] - 1) is host.at(0), "each period is made once"
    assert {rule.id for rule in host.rules if rule.use is None} == {"a", "b", "c", "d"}
    assert host.tables.keys() == good("least").hosts[0].tables.keys(), "only what always holds"


def test_a_host_without_dated_rules_is_the_same_at_all_times():
    (host,) = good("reopening-path").hosts
    assert host.changes == ()
    assert host.at(0) is host


def test_legal_orders_stand_in_a_table_of_their_own():
    (host,) = good("legal").hosts
    assert host.legal.keys() == {"everyone"}, "the other one has a term"
    assert "everyone" not in host.tables
    assert host.at(instant(datetime(2026, 11, 1, tzinfo=UTC))).legal.keys() == {"everyone", "kind:agents"}


def test_a_section_differs_from_host_to_host():
    www, english, photos = good("section-uses-host").hosts
    policy = good("section-uses-host")
    assert wins(policy, www.pattern, ["purpose:search"], "/foto/1") == "uses.foto.search"
    assert wins(policy, english.pattern, ["purpose:search"], "/photo/1") == "uses.foto.search"
    assert wins(policy, english.pattern, ["purpose:search"], "/foto/1") is None
    said = {rule.id: rule.verdict for rule in photos.rules if rule.section}
    assert said == {"uses.foto.ai-input": Verdict.LICENSE, "uses.foto.search": Verdict.ALLOW}


def test_a_robots_file_is_part_of_the_policy():
    files = read_case(TESTS / "good" / "robots-file.txt").files
    policy = compiled(files)
    www, english, photos, cars = policy.hosts
    assert [host.robots_from for host in policy.hosts] == ["file", "none", "file", "origin"]
    assert [host.robots_enforced for host in policy.hosts] == [True, False, False, True]
    assert www.robots_file is not None
    assert not www.robots_file.allows(None, "/cetak/1")
    assert (english.robots_file, cars.robots_file, photos.robots_file) == (None, None, www.robots_file)
    assert policy.texts[www.robots_file.digest] == files["robots.txt"]
    assert policy.digest != compiled({**files, "robots.txt": b"User-agent: *\nDisallow: /\n"}).digest
    assert policy.digest == compiled({**files, "catatan.txt": b"changed"}).digest, "nobody names it"


def test_many_dated_rules_on_many_hosts_are_compiled_quickly():
    """Forty hosts with the same rules are looked at once; every period is looked at by itself."""
    files = read_case(TESTS / "good" / "least.txt").files
    names = ", ".join(f"h{n}.antara.example" for n in range(40))
    site = files["site.yaml"].replace(b"[www.antara.example]", f"[{names}]".encode())
    rules = [
        f"  - {{id: r{n}, who: tools, where: [/{n}/], verdict: deny, until: 20{n % 50 + 10}-01-01}}\n"
        for n in range(300)
    ]
    started = time.process_time()
    policy = compiled({"site.yaml": site, "rules.yaml": ("rules:\n" + "".join(rules)).encode()})
    assert len(policy.hosts[0].periods()) == 51
    assert time.process_time() - started < 10  # far more than it takes


def test_so_many_rules_may_have_a_rate_and_no_more():
    def paced(count):
        rules = "".join(
            f"  - {{id: a{n}, who: tools, where: [/{n}/], verdict: allow, rate: {n + 1}/minute}}\n"
            for n in range(count)
        )
        return problems_of(
            {**read_case(TESTS / "good" / "least.txt").files, "rules.yaml": f"rules:\n{rules}".encode()}
        )

    assert paced(MOST_RATES) == ()
    (problem,) = paced(MOST_RATES + 1)
    assert problem.message.en == "33 rules have a rate, and 32 may"
    assert problem.place.line == MOST_RATES + 2


def test_a_host_knows_its_rules_that_have_a_rate():
    files = read_case(TESTS / "good" / "rates.txt").files
    (host,) = compiled(files).hosts
    assert list(host.rates) == ["a", "b", "c", "d", "e", "f"]
    assert host.rates["a"] == Rate(30, Unit.MINUTE, 30, By.ADDRESS)
    assert host.rates["b"] == Rate(1000, Unit.DAY, 50, By.NETWORK)
    assert host.paces.keys() == {
        *("kind:tools", "kind:people", "unknown", "operator:google", "purpose:seo", "agent:ccbot")
    }
    (held,) = compiled(read_case(TESTS / "good" / "license-rate.txt").files).licenses
    assert held.rate == Rate(5, Unit.SECOND, 20, By.ADDRESS)
    (plain,) = compiled(read_case(TESTS / "good" / "least.txt").files).hosts
    assert (plain.paces, plain.rates) == ({}, {})


def test_a_host_knows_its_rates_for_each_period():
    (host,) = compiled(read_case(TESTS / "good" / "rate-terms.txt").files).hosts
    assert host.rates.keys() == {"c"}, "only what always holds"
    assert [set(period.rates) for period in host.periods()] == [{"a", "c"}, {"a", "c", "e"}, {"b", "c", "e"}]
    assert "license:contoh-2026" not in host.periods()[0].paces
    assert host.periods()[1].paces.keys() == {"kind:tools", "operator:common crawl", "license:contoh-2026"}
