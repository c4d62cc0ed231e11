"""Agents are found by name, and a site's own take the place of built-in ones."""

import hashlib
import json

import pytest

from gateway.agents import Agent, Registry, catalogue
from gateway.vocabulary import Purpose


def agent(name, operator="Contoh", **more):
    return Agent(name=name, operator=operator, match=(name,), purpose=Purpose.SEARCH, **more)


def test_a_name_is_found_in_any_letter_case():
    registry = Registry([agent("ContohBot")])
    assert registry.find("contohBOT").name == "ContohBot"
    assert "CONTOHBOT" in registry
    assert "Contoh" not in registry
    assert registry.find("Contoh") is None


def test_one_name_is_described_once():
    with pytest.raises(ValueError, match="`contohbot` is described twice"):
        Registry([agent("ContohBot"), agent("contohbot")])
    with pytest.raises(ValueError, match="twice"):
        Registry().with_([agent("A1"), agent("a1")])


def test_a_site_adds_and_overrides_without_changing_what_was_there():
    before = Registry([agent("One"), agent("Two")])
    after = before.with_([agent("TWO", "Other"), agent("Three")])
    assert [found.name for found in before] == ["One", "Two"]
    assert [found.name for found in after] == ["One", "TWO", "Three"]
    assert after.find("two").operator == "Other"
    assert len(after) == 3


def test_operators_are_listed_once():
    registry = Registry([agent("One", "b"), agent("Two", "A"), agent("Three", "b")])
    assert registry.operators == ("A", "b")


def test_the_digest_is_of_the_text_and_does_not_depend_on_order():
    one, two = agent("One"), agent("Two", note="x")
    registry = Registry([one, two])
    assert registry.digest == "sha256:" + hashlib.sha256(registry.text).hexdigest()
    assert registry == Registry([two, one])
    assert hash(registry) == hash(Registry([two, one]))
    assert registry != Registry([one])
    assert registry != [one, two]
    assert registry.digest != Registry([one, agent("Two", note="y")]).digest
    assert Registry().text == b""


def test_the_text_says_everything_one_agent_a_line():
    lines = catalogue().text.decode("ascii").splitlines()
    assert len(lines) == len(catalogue())
    names = [json.loads(line)["name"] for line in lines]
    assert names == sorted(names, key=str.casefold)
    assert json.loads(lines[names.index("GPTBot")])["verify"]["ranges"] == ["https://openai.com/gptbot.json"]
