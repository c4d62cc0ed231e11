"""What a User-Agent says: tables an editor can read, and nothing that anybody can send breaks it."""

from functools import cache
from string import printable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.agents import Agent, Registry, catalogue
from gateway.identify.claim import NO_CLAIM, PRECEDENCE, REMEMBERED, Claim, Claims
from gateway.request import MAX_USER_AGENT
from gateway.vocabulary import AI_PURPOSES, Kind, Purpose
from tests import tables


@cache
def table(name):
    return tables.read(f"cases/user-agents/{name}.yaml")


def rows(*names):
    return [
        pytest.param(row, id=f"{name}: {str(row['user-agent'])[:60]!a}")
        for name in names
        for row in table(name)
    ]


@pytest.fixture(scope="module")
def claims():
    return Claims(catalogue())


@pytest.mark.parametrize("row", rows("ai", "welcome", "others", "people"))
def test_a_user_agent_says_who_it_is(claims, row):
    claim = claims.read(row["user-agent"])
    assert (claim.kind, claim.agent, claim.purpose) == (row["kind"], row["agent"], row["purpose"])
    assert not claim.unknown
    if claim.agent is not None:
        agent = catalogue().find(claim.agent)
        assert (claim.operator, claim.also) == (agent.operator, agent.also)


@pytest.mark.parametrize("row", rows("several"))
def test_of_several_claims_the_one_that_costs_decides(claims, row):
    claim = claims.read(row["user-agent"])
    assert claim.agent == row["agent"]
    assert list(claim.tokens) == row["tokens"]


@pytest.mark.parametrize("row", rows("unlisted"))
def test_a_crawler_that_is_not_listed_is_known_by_its_own_name(claims, row):
    claim = claims.read(row["user-agent"])
    assert (claim.kind, claim.unknown, claim.agent, claim.purpose) == (Kind.AGENTS, True, None, None)
    assert claim.name == row["name"]


def test_the_tables_are_as_long_as_they_should_be():
    ai, welcome, people = table("ai"), table("welcome"), table("people")
    assert len({row["agent"] for row in ai}) >= 155
    assert {row["agent"] for row in ai} >= {"GPTBot", "ClaudeBot", "CCBot", "Bytespider", "PerplexityBot"}
    assert len(welcome) >= 120
    assert len({row["user-agent"] for row in people}) >= 120
    assert {row["purpose"] for row in ai} == AI_PURPOSES


def test_every_ai_agent_that_is_ever_on_the_wire_is_in_the_table():
    on_the_wire = {agent.name for agent in catalogue() if agent.match and agent.purpose in AI_PURPOSES}
    assert {row["agent"] for row in table("ai")} == on_the_wire


def test_precedence_has_every_purpose_once_and_ai_first():
    assert len(PRECEDENCE) == len(set(PRECEDENCE)) == len(Purpose)
    assert set(PRECEDENCE[: len(AI_PURPOSES)]) == AI_PURPOSES
    assert PRECEDENCE[-1] is Purpose.SEARCH


@pytest.mark.parametrize(
    "other", ["Googlebot/2.1", "Twitterbot/1.0", "curl/8.5.0", "Feedly/1.0", "FooBot/1.0"]
)
def test_no_other_token_launders_an_ai_claim(claims, other):
    for row in table("ai"):
        if not catalogue().find(row["agent"]).strict:
            for text in (f"{other} {row['user-agent']}", f"{row['user-agent']} {other}"):
                assert claims.read(text).purpose in AI_PURPOSES, text


@pytest.mark.parametrize("user_agent", [None, "", " ", "-", "Mozilla/5.0"])
def test_nothing_said_is_nothing_claimed(claims, user_agent):
    assert claims.read(user_agent) == NO_CLAIM == Claim(Kind.PEOPLE)
    assert NO_CLAIM.agent is None


def test_a_from_header_speaks_for_what_is_no_browser(claims):
    assert claims.read("Foo/1.0", from_header=True) == Claim(Kind.AGENTS, unknown=True, name="Foo")
    assert claims.read("Foo/1.0").kind is Kind.PEOPLE
    assert claims.read("", from_header=True) == NO_CLAIM
    browser = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:133.0) Gecko/20100101 Firefox/133.0"
    assert claims.read(browser, from_header=True) == NO_CLAIM
    assert claims.read("GPTBot/1.3", from_header=True).agent == "GPTBot"


@pytest.mark.parametrize("name", sorted(agent.name for agent in catalogue() if not agent.match))
def test_names_that_are_never_on_the_wire_are_no_claim(claims, name):
    assert catalogue().find(name) is not None
    assert claims.read(f"{name}/1.0").agent is None


def test_ordinary_words_need_a_version_and_a_place(claims):
    assert claims.read("Code/1.115.0").agent == "Code"
    assert claims.read("Java/17.0.9").agent == "Java"
    for text in (
        "Code",
        "The Code of Law",
        "my-code/1.0",
        "Cursor One",
        "Line",
        "Mozilla/5.0 (Java/17)",
        "Zoom X/2",
    ):
        assert claims.read(text) == NO_CLAIM


def test_boundaries(claims):
    for text in ("XGPTBot", "GPTBotX", "GPTBot2", "GPTBot_Image", "9GPTBot"):
        assert claims.read(text).agent is None
    for text in (
        "GPTBot",
        "(GPTBot)",
        ";GPTBot;",
        "GPTBot/1",
        "-GPTBot",
        "_GPTBot.",
        "GPTBot\x00",
        "\xffGPTBot\xff",
    ):
        assert claims.read(text).agent == "GPTBot"


def test_a_site_s_own_agents_are_found_and_take_the_place_of_built_in_ones():
    own = Agent(name="ContohBot", operator="PT Contoh AI", match=("ContohBot",), purpose=Purpose.AI_INPUT)
    mine = Agent(name="GPTBot", operator="Saya", match=("GPTBot",), purpose=Purpose.MONITOR)
    claims = Claims(catalogue().with_([own, mine]))
    assert claims.read("ContohBot/1.0").operator == "PT Contoh AI"
    assert claims.read("GPTBot/1.0").purpose is Purpose.MONITOR


def test_two_agents_may_share_a_token():
    one = Agent(name="One", operator="A", match=("Shared",), purpose=Purpose.SEARCH)
    two = Agent(name="Two", operator="B", match=("Shared",), purpose=Purpose.AI_TRAIN)
    for agents in ([one, two], [two, one]):
        assert Claims(Registry(agents)).read("Shared/1.0").tokens == ("Two", "One")


def test_an_empty_registry_knows_nobody():
    assert Claims(Registry()).read("GPTBot/1.3") == Claim(Kind.AGENTS, unknown=True, name="GPTBot")


def test_only_so_many_are_remembered():
    claims = Claims(Registry())
    for number in range(REMEMBERED + 100):
        claims.read(f"Foo/{number}")
    assert len(claims._known) == REMEMBERED
    assert ("Foo/0", False) not in claims._known
    assert claims.read(f"Foo/{REMEMBERED}") is claims.read(f"Foo/{REMEMBERED}")


@pytest.mark.parametrize("padding", ["a" * 1_100, "Mozilla/5.0 " * 600, "(" * 8_000, "\xe9" * 8_000])
def test_padding_hides_no_name(claims, padding):
    assert claims.read(f"{padding} GPTBot/1.2").agent == "GPTBot"


def test_as_much_is_read_as_a_door_lets_in(claims):
    assert claims.read("a" * (MAX_USER_AGENT - 7) + " GPTBot").agent == "GPTBot"
    assert claims.read("a" * MAX_USER_AGENT + " GPTBot").agent is None


def test_long_texts_are_not_remembered():
    claims = Claims(Registry())
    claims.read("(" * 100_000)
    assert not claims._known


PIECES = [" ", "\r\n", "\x00", "\xe9", "\u212a", "\u0130", "compatible with ", "like ", "compatible; "]
PIECES += "GPTBot Googlebot http:// www. +http:// ( ) bot Crawler CUBOT Android msie - _ / 1.0 ;".split()  # noqa: SIM905
PIECES += "Claude-User claude-code/2 Line/1 okhttp curl/8 TSM-turingos- got Spider/1".split()  # noqa: SIM905

hostile = st.one_of(
    st.text(max_size=2000),
    st.binary(max_size=2000).map(lambda octets: octets.decode("latin-1")),
    st.lists(
        st.sampled_from(PIECES),
        max_size=60,
    ).map("".join),
)


@given(hostile, st.booleans())
def test_any_string_has_one_claim(text, from_header):
    claims = Claims(catalogue())
    claim = claims.read(text, from_header)
    assert claim == Claims(catalogue()).read(text, from_header)
    assert claim.kind in {Kind.PEOPLE, Kind.AGENTS, Kind.TOOLS}
    assert (claim.agent is None) == (claim.kind is Kind.PEOPLE or claim.unknown)
    assert (claim.name is not None) == claim.unknown
    assert claim.kind is Kind.AGENTS or not claim.unknown
    if claim.name is not None:
        assert 0 < len(claim.name) <= 64
        assert set(claim.name) <= set(printable) - set("\r\n\t\x0b\x0c")
    if claim.agent is not None:
        assert claim.tokens[0] == claim.agent


@given(
    st.lists(
        st.sampled_from([agent.match[0] for agent in catalogue() if agent.match]), min_size=1, max_size=6
    )
)
def test_the_order_of_the_catalogue_s_agents_does_not_matter(tokens):
    text = "; ".join(token.strip("^*") + "/1.0" for token in tokens)
    forward, backward = Claims(catalogue()), Claims(Registry(reversed(list(catalogue()))))
    assert forward.read(text).agent == backward.read(text).agent
