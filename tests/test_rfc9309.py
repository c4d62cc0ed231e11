"""The reader that judges us is judged first: by the examples of the RFC itself."""

import pytest

from tests.rfc9309 import Robots, matches

EXAMPLE = """\
User-Agent: *
Disallow: *.gif$
Disallow: /example/
Allow: /publications/

User-Agent: foobot
Disallow:/
Allow:/example/page.html
Allow:/example/allowed.gif

User-Agent: barbot
User-Agent: bazbot
Disallow: /example/page.html

User-Agent: quxbot
"""


@pytest.mark.parametrize(
    ("token", "path", "allowed"),
    [
        ("other", "/publications/a.gif", True),
        ("other", "/a.gif", False),
        ("other", "/a.gif?x", True),
        ("other", "/example/", False),
        ("FooBot", "/example/page.html", True),
        ("foobot", "/example/allowed.gif", True),
        ("foobot", "/example/", False),
        ("foobot", "/robots.txt", True),
        ("barbot", "/example/page.html", False),
        ("bazbot", "/example/page.html", False),
        ("bazbot", "/a.gif", True),
        ("quxbot", "/example/", True),
    ],
)
def test_the_simple_example(token, path, allowed):
    assert Robots(EXAMPLE).allows(token, path) is allowed


def test_the_longest_match_decides():
    text = "User-agent: foobot\nAllow: /example/page/\nDisallow: /example/page/disallowed.gif\n"
    assert not Robots(text).allows("foobot", "/example/page/disallowed.gif")
    assert Robots(text).allows("foobot", "/example/page/")


def test_an_unknown_line_closes_no_group():
    text = "User-agent: a\nContent-Usage: train-ai=n\nUser-agent: b\nDisallow: /\n"
    assert not Robots(text).allows("a", "/x")
    assert not Robots(text).allows("b", "/x")


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        ("/a*c", "/abc", True),
        ("/a*c$", "/abcd", False),
        ("/%62", "/b", False),
        ("/$", "/", True),
        ("/a$b", "/a$b", True),
    ],
)
def test_patterns(pattern, text, found):
    assert matches(pattern, text) is found
