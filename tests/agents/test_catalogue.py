"""The built-in agents: readable, complete and plausible."""

import re
from collections import Counter
from datetime import date
from importlib.resources import files
from ipaddress import ip_network
from urllib.parse import urlsplit

import pytest
import yaml

from gateway.agents import Check, Source, agent_from, catalogue
from gateway.identify.claim import Claims
from gateway.signatures import directory_address
from gateway.vocabulary import AI_PURPOSES, Kind, Purpose

FILES = sorted((files("gateway.agents") / "catalogue").iterdir(), key=lambda file: file.name)
AGENTS = list(catalogue())


def each(agents):
    return [pytest.param(agent, id=agent.name) for agent in agents]


def test_there_are_more_than_five_hundred():
    assert len(catalogue()) >= 565
    assert len(catalogue().operators) >= 300


def test_it_is_read_once():
    assert catalogue() is catalogue()


@pytest.mark.parametrize("file", [pytest.param(file, id=file.name) for file in FILES])
def test_a_file_is_one_operator_sorted_by_name(file):
    assert re.fullmatch(r"[a-z0-9]+(?:-[a-z0-9]+)*\.yaml", file.name)
    document = yaml.load(file.read_text("utf-8"), yaml.BaseLoader)
    assert set(document) == {"operator", "agents"}
    names = [agent["name"] for agent in document["agents"]]
    assert names == sorted(names, key=str.lower)


def test_an_operator_has_one_file_and_nothing_is_lost_without_libyaml():
    documents = [yaml.load(file.read_text("utf-8"), yaml.BaseLoader) for file in FILES]
    assert max(Counter(document["operator"] for document in documents).values()) == 1
    slowly = [
        agent_from({"operator": document["operator"], **fields})
        for document in documents
        for fields in document["agents"]
    ]
    assert slowly == AGENTS


@pytest.mark.parametrize("agent", each(AGENTS))
def test_each_fact_has_a_source_and_a_date(agent):
    assert agent.source is not Source.SITE
    assert date(2026, 1, 1) <= agent.checked
    for url in filter(None, [agent.docs]):
        assert urlsplit(url).scheme in {"http", "https"}
    for text in filter(None, [agent.example, agent.note]):
        assert text.isascii()
        assert text.isprintable()


@pytest.mark.parametrize("agent", each(agent for agent in AGENTS if agent.verify))
def test_ways_to_verify_can_be_followed(agent):
    for url in (*agent.verify.ranges, *agent.verify.directories):
        assert urlsplit(url).scheme == "https"
        assert urlsplit(url).hostname
    assert all(map(directory_address, agent.verify.directories)), "an address that a request may name"
    for network in agent.verify.networks:
        assert ip_network(network).is_global
    for number in agent.verify.asn:
        assert re.fullmatch(r"AS[0-9]+", number)
    for name in agent.verify.names:
        assert re.fullmatch(r"[a-z0-9*-]+(?:\.[a-z0-9-]+)+", name)


def test_only_search_engines_can_be_contradicted():
    strict = {agent.name for agent in AGENTS if agent.verify and agent.verify.check is Check.STRICT}
    assert strict >= {"Googlebot", "bingbot", "Applebot", "YandexBot", "Baiduspider", "DuckDuckBot"}
    assert {catalogue().find(name).purpose for name in strict} == {Purpose.SEARCH}
    assert not strict & {"facebookexternalhit", "Twitterbot", "WhatsApp", "TelegramBot"}


def test_a_missing_forward_record_does_not_contradict_baidu():
    assert catalogue().find("Baiduspider").verify.forward == "incomplete"


@pytest.mark.parametrize("agent", each(agent for agent in AGENTS if agent.example and agent.match))
def test_its_example_names_it(agent):
    claim = Claims(catalogue()).read(agent.example)
    assert agent.name in claim.tokens
    if agent.name != "Puppeteer":  # names HeadlessChrome too, which is longer
        assert claim.agent == (agent.name if agent.kind is not Kind.PEOPLE else None)


def test_names_that_only_robots_txt_knows_are_never_matched():
    silent = {agent.name for agent in AGENTS if not agent.match}
    assert silent == {
        "Google-Extended",
        "Applebot-Extended",
        "Googlebot-News",
        "YandexAdditional",
        "ChatGPT Agent",
        "KernelBrowser",
    }
    assert {name for name in silent if catalogue().find(name).robots} == silent - {
        "ChatGPT Agent",
        "KernelBrowser",
    }


def test_app_network_stacks_and_in_app_browsers_are_people():
    people = {agent.name for agent in AGENTS if agent.kind is Kind.PEOPLE}
    assert people == {"okhttp", "CFNetwork", "Dart", "Line", "MetaIAB Facebook", "Amazon CloudFront"}


def test_robots_tokens_are_told_apart_and_not_ordinary_words():
    tokens = Counter(agent.robots.casefold() for agent in AGENTS if agent.robots)
    assert max(tokens.values()) == 1
    assert not tokens.keys() & {"code", "spider", "operator", "openai", "cursor", "line", "java", "zoom"}


def test_every_ai_crawler_that_says_it_obeys_has_a_robots_token():
    without = {
        agent.name
        for agent in AGENTS
        if agent.purpose in AI_PURPOSES
        and agent.obeys.value != "never"
        and not agent.robots
        and not agent.strict
    }
    # these names have a blank, a dot or another character that RFC 9309 does not know, or are never sent at all
    assert all(re.search(r"[^A-Za-z0-9_-]", name) for name in without)


@pytest.mark.parametrize(
    ("name", "operator", "purpose", "ranges"),
    [
        ("GPTBot", "OpenAI", "ai-train", "https://openai.com/gptbot.json"),
        ("ClaudeBot", "Anthropic", "ai-train", "https://claude.com/crawling/bots.json"),
        ("CCBot", "Common Crawl", "dataset", "https://index.commoncrawl.org/ccbot.json"),
        ("PerplexityBot", "Perplexity", "ai-index", "https://www.perplexity.ai/perplexitybot.json"),
        ("Bytespider", "ByteDance", "ai-train", None),
        ("Applebot", "Apple", "search", "https://search.developer.apple.com/applebot.json"),
    ],
)
def test_the_ones_that_everybody_asks_about(name, operator, purpose, ranges):
    agent = catalogue().find(name)
    assert (agent.operator, agent.purpose, agent.robots) == (operator, purpose, name)
    assert ranges is None or ranges in agent.verify.ranges


def test_no_two_agents_claim_one_token():
    tokens = Counter(token.strip("^*").casefold() for agent in AGENTS for token in agent.match)
    assert [token for token, times in tokens.items() if times > 1] == []


#: Agents of which one fetch serves several uses, with those uses; the first is the purpose that decides.
MIXED = {
    "Googlebot": "search ai-input",
    "bingbot": "search ai-input ai-train",
    "Applebot": "search ai-input ai-train",
    "Amazonbot": "ai-train ai-index search",
    "meta-externalagent": "ai-train ai-index",
    "CCBot": "dataset ai-train archive academic",
    "YandexBot": "search ai-input",
    "Baiduspider": "search ai-train",
    "PetalBot": "search ai-input",
    "SeznamBot": "search ai-input",
    "Yeti": "search ai-input",
    "DuckDuckBot": "search ai-input",
    "Bravebot": "search ai-input",
    "Qwantbot": "search ai-input",
    "facebookexternalhit": "preview ads ai-train",
    "Diffbot": "dataset ai-train ai-input",
    "FirecrawlAgent": "dataset ai-input ai-train",
    "ApifyBot": "dataset ai-train ai-input",
    "TavilyBot": "ai-index ai-input",
    "ExaBot": "ai-index ai-input",
    "Brightbot": "dataset ai-train",
}


@pytest.mark.parametrize(("name", "uses"), MIXED.items())
def test_what_one_fetch_serves_besides_is_told_and_explained(name, uses):
    agent = catalogue().find(name)
    assert [agent.purpose, *agent.also] == uses.split()
    assert agent.note


def test_a_fetch_for_search_is_never_refused_as_one_for_ai():
    """Refusing it would take the site out of search; what else it serves is reserved by declaration."""
    for name, uses in MIXED.items():
        claim = Claims(catalogue()).read(f"{name}/1.0")
        assert claim.purpose == uses.split()[0]
        assert (claim.purpose in AI_PURPOSES) == uses.startswith(("ai-", "dataset"))
