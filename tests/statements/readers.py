"""Readers of the small formats, written from their texts alone: what a crawler that keeps to them takes from ours.

Structured fields are read by http-sf (RFC 9651), XML and JSON by the standard library. Each fails on what its format does
not have; none shares code with the gateway.
"""

import json
import re
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from typing import NamedTuple

import http_sf

RSL = "{https://rslstandard.org/rsl}"
USAGE_TOKENS = {"all", "ai-all", "ai-train", "ai-input", "ai-index", "search"}
WIDE = {"ai-all": {"ai-train", "ai-input", "ai-index"}, "all": {"ai-train", "ai-input", "ai-index", "search"}}


def content_usage(text: str) -> dict[str, bool]:
    """Preferences of draft-ietf-aipref-vocab: a Dictionary whose values are the Tokens `y` and `n`; empty text, none."""
    if not text:
        return {}
    found = http_sf.parse(text.encode("ascii"), tltype="dictionary")
    assert http_sf.ser(found) == text, "written as RFC 9651 serialises it"
    said = {}
    for label, (value, parameters) in found.items():
        assert label in {"train-ai", "ai-use", "search"}, label
        assert isinstance(value, http_sf.Token), text
        assert str(value) in {"y", "n"}, text
        assert parameters == {}, text
        said[label] = str(value) == "y"
    return said


def content_signal(text: str) -> dict[str, bool]:
    """Content Signals (2025-09-24): keys and `yes` or `no`, parted by commas; each key once."""
    pairs = [part.strip(" ").split("=") for part in text.split(",")] if text else []
    assert all(len(pair) == 2 and pair[1] in {"yes", "no"} for pair in pairs), text
    assert {key for key, _ in pairs} <= {"search", "ai-input", "ai-train"}, text
    assert len(dict(pairs)) == len(pairs), text
    return {key: value == "yes" for key, value in pairs}


class Terms(NamedTuple):
    """One `license` of RSL. ``permits`` is None where there is no such element, ``desk`` where nothing is to be paid."""

    permits: frozenset[str] | None
    prohibits: frozenset[str]
    desk: str | None


def rsl(text: str) -> list[tuple[str, list[Terms]]]:
    """RSL 1.0: the contents with their terms, if the document keeps the rules of its elements, counts and closed lists."""
    root = ET.fromstring(text)
    assert root.tag == f"{RSL}rsl"
    assert re.fullmatch(r"[1-9]\d*", root.get("max-age", "30")), "days, a positive integer"
    assert set(root.keys()) <= {"max-age"}
    assert len(root) >= 1
    return [_content(child) for child in root]


def _content(element) -> tuple[str, list[Terms]]:
    assert element.tag == f"{RSL}content"
    assert set(element.keys()) == {"url"}, "no `server`: there is no token endpoint behind it"
    url = element.get("url")
    assert url.startswith("/"), "a path of RFC 9309 in a document of its own"
    names = [child.tag.removeprefix(RSL) for child in element]
    assert set(names) <= {"license", "copyright", "terms", "alternate", "schema"}
    assert names.count("license") >= 1
    assert all(names.count(name) <= 1 for name in ("copyright", "terms", "schema"))
    for child in element:
        if child.tag == f"{RSL}copyright":
            assert set(child.keys()) <= {"type", "contactEmail", "contactUrl"}
            assert child.get("type") in {None, "person", "organization"}
        if child.tag == f"{RSL}terms":
            assert re.match("https?://", child.text)
    return url, [_terms(child) for child in element if child.tag == f"{RSL}license"]


def _terms(element) -> Terms:
    assert not element.keys()
    lists: dict[str, frozenset[str]] = {}
    desk, seen = None, set()
    for child in element:
        name = child.tag.removeprefix(RSL)
        key = (name, child.get("type"))
        assert key not in seen, "once for each type"
        seen.add(key)
        if name in {"permits", "prohibits"}:
            assert child.attrib == {"type": "usage"}
            lists[name] = _tokens(child.text)
        elif name == "payment":
            custom, *amount = child
            assert bool(amount) == bool(child.attrib), "an amount is for something"
            assert child.get("type") in {None, "purchase", "subscription", "training", "crawl", "use"}
            assert [one.tag for one in amount] in ([], [f"{RSL}amount"])
            assert all(re.fullmatch("[A-Z]{3}", one.get("currency")) for one in amount)
            assert custom.tag == f"{RSL}custom"
            desk = custom.text
            assert re.match("https?://|mailto:", desk)
        else:
            assert key == ("legal", "contact")
            assert re.match("https://|mailto:", child.text)
    both = lists.get("permits", frozenset()) & lists.get("prohibits", frozenset())
    assert not both, "what is permitted and prohibited at once is not licensed"
    return Terms(lists.get("permits"), lists.get("prohibits", frozenset()), desk)


def _tokens(text: str) -> frozenset[str]:
    tokens = text.split(" ")
    assert set(tokens) <= USAGE_TOKENS, text
    assert len(set(tokens)) == len(tokens), text
    return frozenset(one for token in tokens for one in WIDE.get(token, {token}))


def tdmrep(text: str) -> list[tuple[str, int, str | None]]:
    """tdmrep.json: a bare array; an entry's policy is read only where something is reserved."""
    rows = json.loads(text)
    assert isinstance(rows, list)
    for row in rows:
        assert row.keys() <= {"location", "tdm-reservation", "tdm-policy"}
        assert row["location"].startswith("/")
        assert row["tdm-reservation"] in {0, 1}
        assert row["tdm-reservation"] or "tdm-policy" not in row, "it has no meaning there"
    return [(row["location"], row["tdm-reservation"], row.get("tdm-policy")) for row in rows]


def link(text: str) -> dict[str, tuple[str, dict[str, str]]]:
    """A Link field (RFC 8288 section 3) of targets in ASCII and quoted parameters: by relation, target and parameters."""
    assert re.fullmatch(r'<[!-;=?-~]*>(; [a-z]+="[^"]*")*(, <[!-;=?-~]*>(; [a-z]+="[^"]*")*)*', text), text
    found = {}
    for target, rest in re.findall(r'<([^>]*)>((?:; [a-z]+="[^"]*")*)', text):
        parameters = dict(re.findall(r'; ([a-z]+)="([^"]*)"', rest))
        found[parameters.pop("rel")] = (target, parameters)
    return found


def robots_tag(text: str) -> set[str]:
    """X-Robots-Tag: rules for every reader; one for a named reader would have a colon."""
    assert ":" not in text
    return {rule.strip() for rule in text.split(",")} - {""}


def trust(text: str) -> bool | None:
    """The line of trust.txt, None if there is none."""
    if not text:
        return None
    name, _, value = text.partition("=")
    assert name == "datatrainingallowed"
    return {"yes": True, "no": False}[value]


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.links: list[dict[str, str | None]] = []
        self.named: dict[str, str | None] = {}

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        if tag == "link":
            self.links.append(attributes)
        else:
            assert tag == "meta"
            assert attributes["name"] not in self.named
            self.named[attributes["name"]] = attributes["content"]

    def handle_data(self, data):
        assert not data.strip(), "nothing but elements"


def page(text: str) -> tuple[list[dict[str, str | None]], dict[str, str | None]]:
    """The `link` elements of a head, and its `meta` elements by name."""
    reader = _Page()
    reader.feed(text)
    reader.close()
    return reader.links, reader.named
