"""Small formats: they say no where training is refused, yes only where it is granted, and nothing else."""

from html.parser import HTMLParser

import pytest

from gateway.policy.model import Subject
from gateway.statements.posture import page_tags, robots_tag, trust_line
from gateway.statements.statement import Statement
from gateway.vocabulary import Purpose, Use, Verdict
from tests.sites import BAN, NOON, host, policy, rule

DENIED = Verdict.DENY


def statement(uses=BAN, grants=(), rules=(), pattern="www.antara.example"):
    its = policy(host(pattern, uses=uses, rules=rules), grants=grants)
    return Statement(its, its.hosts[0], NOON)


@pytest.mark.parametrize(
    ("uses", "grants", "tag", "line"),
    [
        (BAN, [], "noai, noimageai", "datatrainingallowed=no"),
        ({Use.AI_TRAIN: Verdict.LICENSE}, [], "noai, noimageai", "datatrainingallowed=no"),
        ({Use.AI_INPUT: DENIED}, [], "", ""),
        ({Use.AI_INPUT: DENIED}, [Use.AI_TRAIN], "", "datatrainingallowed=yes"),
        ({}, [], "", ""),
    ],
)
def test_they_say_what_is_said_of_training(uses, grants, tag, line):
    assert robots_tag(statement(uses, grants)) == tag
    assert trust_line(statement(uses, grants)) == line


def test_trust_txt_has_no_paths_so_one_refusal_is_a_no():
    rules = [rule("a", Subject.purpose(Purpose.AI_TRAIN), ["/foto/"], DENIED)]
    assert trust_line(statement({}, rules=rules)) == "datatrainingallowed=no"
    assert robots_tag(statement({}, rules=rules)) == ""


class Tags(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


def test_tags_for_pages_say_what_the_header_fields_say():
    link, *metas = Tags(page_tags(statement())).found
    home = "https://www.antara.example"
    assert link == ("link", {"rel": "license", "type": "application/rsl+xml", "href": f"{home}/license.xml"})
    assert {tag for tag, _ in metas} == {"meta"}
    assert {one["name"]: one["content"] for _, one in metas} == {
        "tdm-reservation": "1",
        "tdm-policy": f"{home}/tdm-policy.json",
        "robots": "noai, noimageai",
    }
    assert len(Tags(page_tags(statement({}))).found) == 1
