"""Who makes way when the origin is busy, and who never does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.decision import Decision, audience_of
from gateway.identify.identity import Identity
from gateway.shedding import SHARES, Rank, rank_of, shed
from gateway.vocabulary import AI_PURPOSES, Assurance, Audience, Kind, Purpose, Reason, Verdict


def client(kind, purpose=None, **more):
    return Identity(kind, Assurance.CLAIMED, purpose=purpose, **more)


def let_pass(identity, *reasons, license=None, audience=None):
    return Decision(
        Verdict.ALLOW,
        None,
        None,
        reasons or (Reason.NOTHING_FORBIDS,),
        audience or audience_of(identity),
        license=license,
    )


@pytest.mark.parametrize(
    ("identity", "rank"),
    [
        *((client(Kind.AGENTS, purpose), Rank.AI) for purpose in sorted(AI_PURPOSES)),
        (client(Kind.IMPOSTORS, Purpose.SEARCH), Rank.AI),
        (client(Kind.AGENTS, unknown=True), Rank.STRANGERS),
        (client(Kind.TOOLS), Rank.STRANGERS),
        (client(Kind.PEOPLE), None),
        *((client(Kind.AGENTS, purpose), None) for purpose in sorted(set(Purpose) - AI_PURPOSES)),
    ],
    ids=lambda one: f"{one.kind}-{one.purpose}" if isinstance(one, Identity) else str(one),
)
def test_the_rank_of_each_client(identity, rank):
    assert rank_of(identity, let_pass(identity)) is rank
    # Nobody makes way on a passed path, and no licensee does.
    assert rank_of(identity, let_pass(identity, Reason.PASSED_PATH, audience=Audience.WELCOME)) is None
    assert rank_of(identity, let_pass(identity, Reason.LICENSE_COVERS, license="l")) is None


def test_ai_makes_way_first_and_something_is_always_left():
    assert list(SHARES) == list(Rank)
    assert 0 < SHARES[Rank.AI] < SHARES[Rank.STRANGERS] < 1


@given(st.sampled_from(Rank), st.integers(0, 600), st.integers(1, 512))
def test_a_rank_is_refused_beyond_its_share_and_never_within(rank, asked, most):
    decision = let_pass(client(Kind.TOOLS))
    refused = shed(rank, decision, asked=asked, most=most, full=False)
    assert (refused is None) == (asked < most * SHARES[rank])
    if refused is not None:
        assert (refused.verdict, refused.status, refused.rule) == (Verdict.DENY, 503, "load")
        assert refused.reasons == (Reason.ORIGIN_BUSY, Reason.NOTHING_FORBIDS)
        assert refused.refuses
        assert shed(Rank.AI, decision, asked=asked, most=most, full=False) is not None


def test_an_address_that_has_enough_is_told_so():
    refused = shed(Rank.STRANGERS, let_pass(client(Kind.TOOLS)), asked=0, most=10, full=True)
    assert (refused.status, refused.reasons[0]) == (429, Reason.ADDRESS_BUSY)
