"""One agent: what may be said of it, and what is refused with a reason."""

import re

import pytest

from gateway.agents import Agent, Check, Obeys, Source, Verify, agent_from
from gateway.vocabulary import Kind, Purpose


def test_plain_text_becomes_an_agent():
    agent = agent_from(
        {
            "name": "ContohBot",
            "operator": "PT Contoh AI",
            "robots": "ContohBot",
            "purpose": "ai-input",
            "also": ["search"],
            "strict": "true",
            "obeys": "partly",
            "verify": {"check": "strict", "names": ["contoh.example"], "forward": "incomplete"},
            "source": "operator-page",
            "checked": "2026-11-23",
        }
    )
    assert agent.match == ("ContohBot",)
    assert (agent.kind, agent.purpose, agent.also) == (Kind.AGENTS, Purpose.AI_INPUT, (Purpose.SEARCH,))
    assert (agent.strict, agent.obeys, agent.source) == (True, Obeys.PARTLY, Source.OPERATOR_PAGE)
    assert agent.verify == Verify(check=Check.STRICT, names=("contoh.example",), forward="incomplete")
    assert agent.checked.isoformat() == "2026-11-23"


def test_an_empty_match_is_not_the_name():
    assert agent_from({"name": "X-Extended", "operator": "X", "match": [], "purpose": "ai-train"}).match == ()


def test_what_a_site_writes_is_marked_as_its_own():
    assert agent_from({"name": "Aa", "operator": "X", "kind": "tools"}).source is Source.SITE


GOOD = {"name": "ContohBot", "operator": "Contoh", "purpose": "search"}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"purpose": "mining"}, "Invalid enum value 'mining' - at `$.purpose`"),
        ({"kind": "impostors"}, "`kind` is `agents`, `tools` or `people`"),
        ({"kind": "tools"}, "`purpose` belongs to `kind: agents`"),
        ({"purpose": None}, "`purpose` belongs to `kind: agents`"),
        ({"name": ""}, "`name` must be 1 to 80 printable ASCII characters"),
        ({"name": "a\nb", "match": ["ab"]}, "`name` must be"),
        ({"name": "x" * 81}, "`name` must be"),
        ({"operator": "\x1b[31m"}, "`operator` must be"),
        ({"robots": "Contoh Bot"}, "`robots` has letters, digits"),
        ({"robots": ""}, "`robots` has"),
        ({"match": [""]}, "`match` takes"),
        ({"match": ["x"]}, "`match` takes"),
        ({"match": ["*"]}, "`match` takes"),
        ({"match": ["-Contoh"]}, "`match` takes"),
        ({"match": ["Con*toh"]}, "`match` takes"),
        ({"match": ["C\u00f6ntoh"]}, "`match` takes"),
        ({"match": "ContohBot"}, "Expected `array`"),
        ({"colour": "red"}, "unknown field `colour`"),
        ({"verify": {}}, "`verify` names no way to check - at `$.verify`"),
        ({"verify": {"names": ["a.example"], "forward": "maybe"}}, "not `maybe`"),
        ({"verify": {"check": "hard", "names": ["a.example"]}}, "$.verify.check"),
        ({"checked": "yesterday"}, "$.checked"),
        ({"strict": "perhaps"}, "$.strict"),
    ],
)
def test_what_cannot_be_is_refused(change, said):
    with pytest.raises(ValueError, match=re.escape(said)):
        agent_from({**GOOD, **change})


def test_nothing_is_missing_silently():
    with pytest.raises(ValueError, match="missing required field `operator`"):
        agent_from({"name": "ContohBot", "purpose": "search"})
    with pytest.raises(ValueError, match="match"):
        agent_from({})


@pytest.mark.parametrize(
    "token", ["^got", "got (", "Baiduspider*", "archive.org_bot", "Let's Encrypt", "^Pinterest/0."]
)
def test_tokens_have_few_marks(token):
    assert Agent(name="Aa", operator="X", match=(token,), kind=Kind.TOOLS).match == (token,)


def test_an_agent_does_not_change():
    agent = agent_from(GOOD)
    with pytest.raises(AttributeError):
        agent.name = "Other"
