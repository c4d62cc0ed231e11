"""The policies that come with the project are sound, and say what they are there to say."""

from pathlib import Path

import pytest

from gateway.demo.newsroom import mapping
from gateway.lookups.folder import load
from gateway.vocabulary import Use, Verdict

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
