"""Two policies and crawlers that read robots.txt, or do not: what is a violation, and what was published when."""

import json

from tests.engines import until
from tests.live import rig

GPTBOT, CLAUDE = "GPTBot/1.3", "ClaudeBot/1.0"
GOOGLE = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"


def standing(gateway, answer):
    """What `izin audit query` says of the refusal that an answer was."""
    lines = gateway.izin("audit", "query", "--verdict", "deny", "--json").splitlines()
    (entry,) = [one for one in map(json.loads, lines) if one["id"] == answer["izin-decision"]]
    return entry["violation"], entry["standing"]


def test_a_refusal_is_a_violation_once_robots_txt_was_served(serve, policy):
    gateway = serve()
    gateway.reread(2)  # with the origin's robots.txt in ours
    early = gateway.ask("/", GPTBOT)
    first = gateway.ask("/robots.txt", GPTBOT)
    late, other = gateway.ask("/", GPTBOT), gateway.ask("/", CLAUDE)
    assert standing(gateway, early) == (False, "not-yet")
    assert standing(gateway, late) == (True, "served")
    assert standing(gateway, other) == (False, "not-yet")
    read = gateway.ask("/robots.txt", GOOGLE)
    version = gateway.decision(read)["served"]
    assert (gateway.journal / "texts" / version[7:]).read_bytes() == read.body == first.body

    rig.write_policy(policy, rules=rig.DENY_GOOGLE)
    until(lambda: gateway.ask("/", GOOGLE).status == 403, what="the rule holds")
    google, gptbot = gateway.ask("/", GOOGLE), gateway.ask("/", GPTBOT)
    assert standing(gateway, google) == (False, "not-yet"), "what it had read did not say so yet"
    assert standing(gateway, gptbot) == (True, "served"), "to it the new version says nothing new"
    assert gateway.ask("/robots.txt", GOOGLE, If_None_Match=read["etag"]).status == 200
    assert standing(gateway, gateway.ask("/", GOOGLE)) == (True, "served")
    assert gateway.ask("/robots.txt", CLAUDE, method="HEAD").status == 200
    assert standing(gateway, gateway.ask("/", CLAUDE)) == (False, "not-yet")
    tag = gateway.ask("/robots.txt")["etag"]
    assert gateway.ask("/robots.txt", CLAUDE, If_None_Match=tag).status == 304
    assert standing(gateway, gateway.ask("/", CLAUDE)) == (True, "served")

    shown = gateway.izin("audit", "show", gptbot["izin-decision"], "--lang", "en")
    assert "a violation: OpenAI had been served robots.txt" in shown
    assert version in "".join(shown.split())
    published(gateway, version, read)


def published(gateway, version, read):
    """The commands about the past say what the crawlers were served, and how it changed."""
    events = gateway.events("policy")
    alone, merged, stricter = (event["time"] for event in events)
    assert events[1]["details"]["why"] == "origin-robots"
    before = gateway.izin("statements", "--at", merged)
    assert read.body.decode().splitlines()[-1] in before
    difference = gateway.izin("statements", "--diff", merged, stricter)
    assert "+User-agent: Googlebot" in difference
    told = json.loads(gateway.izin("statements", "--history", "--json"))
    robots = [one for one in told["statements"] if one["name"] == "/robots.txt"]
    assert robots[1]["digest"] == version
    assert [one["until"] for one in robots] == [merged, stricter, None]
    assert alone < merged
    gateway.program.send(15)
    until(lambda: not gateway.program.running, 20)
    told = json.loads(gateway.izin("statements", "--history", "--json"))
    assert [one["ended"] for one in told["terms"]] == ["replaced", "replaced", "stopped"]


def test_a_gateway_that_was_killed_is_last_known_at_its_last_entry(serve, policy):
    gateway = serve()
    gateway.ask("/", GPTBOT)
    last = gateway.entries()[-1]["time"]
    gateway.program.send(9)
    until(lambda: not gateway.program.running, 20)
    told = json.loads(gateway.izin("statements", "--history", "--json"))
    assert [(one["ended"], one["until"] >= last) for one in told["terms"]] == [("lost", True)]
