"""What the gateway says of itself, by its admin listener."""

from dataclasses import replace

import pytest

from gateway.told.doctor import Outcome
from gateway.told.doctor.visit import Role
from tests.told.doctor.ideal import case, diagnosis


@pytest.mark.parametrize(
    ("said", "outcome", "words"),
    [
        (b'{"ready":true,"warnings":[{"code":"journal","id":"jurnal","en":"journal: full"}]}', Outcome.UNCLEAR, "the gateway warns: journal: full"),
        (b'{"ready":true,"warnings":[],"untrusted_proxy":{"name":"fastly","title":"Fastly","share":0.934}}',
         Outcome.DIFFERS, "93% of requests come by Fastly"),
        (b'{"ready":true,"warnings":[],"untrusted_proxy":{"name":"fastly","title":"Fastly","share":1,"silent":true}}',
         Outcome.DIFFERS, "100% of requests come by Fastly"),
        (b'{"ready":true,"warnings":[],"untrusted_proxy":{"name":"a","title":"A","share":1e308}}',
         Outcome.UNCLEAR, "what answers is not Izin"),
        (b'{"ready":true}', Outcome.UNCLEAR, "what answers is not Izin"),
        (b"<html>" + b"[" * 100_000, Outcome.UNCLEAR, "what answers is not Izin"),
    ],
)  # fmt: skip
def test_what_the_gateway_says_of_itself_is_told(said, outcome, words):
    change = lambda ask, answer: replace(answer, octets=said) if ask.role is Role.READY else answer  # noqa: E731
    (found,) = [one for name, one in diagnosis(case(admin=True), change) if name == "gateway"]
    assert (found.outcome, words in found.seen.en) == (outcome, True), found
    if outcome is Outcome.DIFFERS:
        assert "`--trusted-proxies fastly`" in found.remedy.id
        assert ("--proxy-protocol" in found.remedy.en) == (b"silent" in said)
