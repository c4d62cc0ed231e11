"""The policies that come with the project are sound, and say what they are there to say."""

from pathlib import Path

import pytest

from gateway.demo.newsroom import mapping
from gateway.lookups.folder import load
from gateway.policy.sentences import chapters
from gateway.vocabulary import Language, RobotsFrom, Use, Verdict

POLICIES = Path(__file__).parents[1] / "policies"


@pytest.mark.parametrize("folder", sorted(POLICIES.iterdir()), ids=lambda folder: folder.name)
def test_each_loads_without_a_warning(folder):
    assert [str(warning) for warning in load(folder).warnings] == []


def test_the_reference_site_forbids_every_ai_use_and_nothing_else():
    (first, second) = load(POLICIES / "antara").hosts
    for host in (first, second):
        denied = {use for use, verdict in host.uses.items() if verdict is Verdict.DENY}
        assert denied == Use.AI_ALL.single
        assert host.uses[Use.SEARCH] is Verdict.ALLOW


def test_the_reference_site_states_the_notice_as_its_pages_do():
    rights = load(POLICIES / "antara").rights
    assert rights.notice.id == mapping("publication.yaml")["notice"]
    assert rights.holder == mapping("publication.yaml")["holder"] == "Kantor Berita ANTARA"


def test_the_second_example_offers_answers_by_license():
    (host,) = load(POLICIES / "jawaban").hosts
    assert host.uses[Use.AI_TRAIN] is Verdict.DENY
    assert host.uses[Use.AI_INPUT] is host.uses[Use.AI_INDEX] is Verdict.LICENSE


def test_the_third_example_is_one_policy_for_forty_sites():
    policy = load(POLICIES / "nusantara")
    assert len(policy.hosts) >= 40
    by_name = {host.pattern.partition(".")[0]: host for host in policy.hosts}
    regional = [host for name, host in by_name.items() if name not in {"www", "en", "foto"}]
    assert len({tuple(rule.id for rule in host.rules) for host in regional}) == 1
    assert by_name["en"].robots_file is not None
    assert by_name["foto"].robots_from is RobotsFrom.NONE
    assert [rule.id for rule in by_name["www"].rules if rule.order] == ["penetapan-waduk-lintang"]
    assert by_name["www"].changes


@pytest.mark.parametrize("language", list(Language))
def test_many_sites_are_read_aloud_as_one_family(language):
    told = chapters(load(POLICIES / "nusantara"), language)
    assert len(told) < 15, "what many sites have in common is said once"
    text = "\n".join(line for chapter in told for line in (chapter.title, *chapter.sentences))
    assert text.count("papuaselatan") == 1
    assert "38 " in text
