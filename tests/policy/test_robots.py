"""The origin's robots.txt is read as RFC 9309 means it, in spite of the differences of the library beneath."""

from pathlib import Path
from time import process_time

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from protego import Protego

from gateway.policy.robots import LONGEST_LINE, MOST_JOINED, MOST_OCTETS, RobotsFile, read_groups
from gateway.request import read_target
from tests.rfc9309 import Robots

# Not with libyaml, which knows no lone surrogates.
CASES = yaml.safe_load((Path(__file__).parents[1] / "cases" / "robots.yaml").read_text("utf-8"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_reads_as_the_rfc_means(case: dict) -> None:
    file = RobotsFile(case["file"].encode("utf-8", "surrogateescape"))
    for token, path, allowed in case["ask"]:
        assert file.allows(token, path) is allowed, (token, path)


def test_other_encodings_lose_no_rule() -> None:
    file = RobotsFile("User-agent: FooBot\n# caf\xe9\nDisallow: /a\n".encode("latin-1"))
    assert not file.allows("FooBot", "/a")


PATTERNS = st.sampled_from(
    [
        "/",
        "/a",
        "/a/",
        "/a/b",
        "/b/",
        "*",
        "/*a",
        "*/b",
        "/a$",
        "/b/a$",
        "/*b$",
        "/a*/b",
        "/%61",
        "/%7ea",
        "",
        "x",
        "/~a",
    ]
)
FILES = st.lists(
    st.one_of(
        st.sampled_from(
            ["User-agent: foo", "User-agent: *", "User-agent: Bar", "Noise: 1", "", "# Disallow: /"]
        ),
        st.tuples(st.sampled_from(["Allow", "Disallow"]), PATTERNS).map(": ".join),
    ),
    max_size=14,
)


@given(FILES, st.text("/ab~", max_size=6), st.sampled_from(["Foo", "bar", "baz"]))
def test_two_other_readers_read_the_same(lines: list[str], tail: str, token: str) -> None:
    """One written from the RFC, and Protego, to which each group is shown alone, for it takes beginnings for tokens."""
    text, target = "\n".join(lines), f"/{tail}"
    allowed = RobotsFile(text.encode()).allows(token, target)
    other = Robots(text)
    assert other.allows(token, target) is allowed
    its = [f"{'Allow' if allow else 'Disallow'}: {pattern}" for allow, pattern in other.rules(token)]
    assert Protego.parse("\n".join(["User-agent: *", *its])).can_fetch(f"http://x{target}", "x") is allowed


def test_what_else_a_file_says_is_kept() -> None:
    file = RobotsFile(
        b"Sitemap: https://a.example/s.xml\nSitemap: /here.xml\nSitemap: https://a.example/\xff\n"
        b"User-agent: Yandex\nClean-param: ref\nCrawl-delay: 2.5\nCrawl-delay: 9\nDisallow: /x y\nDisallow: /caf\xe9\n"
        b"Disallow: /50%\nDisallow: /\xc3\xa9***z\nHost: a.example\nHost: b.example\n"
        b"User-agent: other\nCrawl-delay: soon\n"
    )
    assert file.sitemaps == ("https://a.example/s.xml",)
    assert file.unread == ("clean-param", "host")
    group = file.group("yandex")
    assert group is not None
    assert (group.token, group.delay) == ("Yandex", "2.5")
    assert [line.pattern.text for line in group.lines] == ["/x%20y", "/caf%E9", "/50%25", "/%C3%A9*z"]
    assert file.groups["other"].delay is None
    assert file.group("nobody") is None


def test_a_name_that_no_crawler_can_have_is_no_token() -> None:
    assert list(read_groups(b"User-agent: " + b"a" * 65 + b"\nUser-agent: b\nDisallow: /")) == ["b"]


def test_long_lines_and_files_are_cut() -> None:
    line = b"User-agent: *\nDisallow: /" + b"a" * LONGEST_LINE + b"\nDisallow: /b\n"
    assert not RobotsFile(line).allows("FooBot", "/b")
    filler = b"# padding padding padding\n" * (MOST_OCTETS // 26)
    body = b"User-agent: *\nDisallow: /a\n" + filler + b"Disallow: /late\n"
    groups = read_groups(body)
    assert groups["*"] == [("disallow", "/a")]


def test_a_line_that_the_size_limit_cuts_is_dropped() -> None:
    head = b"User-agent: *\nDisallow: /a\n"
    body = head + b"#" * (MOST_OCTETS - len(head) - 12) + b"\nDisallow: /secret"
    assert read_groups(body)["*"] == [("disallow", "/a")]


def test_blanks_cost_no_more_than_letters() -> None:
    """A line is as long as a file may make it, and whoever reads it holds everybody up meanwhile."""
    line = b"Disallow: /a" + b" " * (LONGEST_LINE - 13) + b"b\n"
    started = process_time()
    groups = read_groups(b"User-agent: *\n" + line * (MOST_OCTETS // len(line)))
    assert process_time() - started < 2
    assert groups["*"][0] == ("disallow", "/a" + " " * (LONGEST_LINE - 13) + "b")


@pytest.mark.parametrize("names", [[b"a"] * 17_000, [b"a%d" % n for n in range(17_000)]], ids=["one", "many"])
@pytest.mark.parametrize("record", [b"Disallow: /b\n", b"Crawl-delay: 1\n"])
def test_agents_that_share_many_records_cost_no_more_than_a_long_file(
    names: list[bytes], record: bytes
) -> None:
    """Each record is one of each agent: what both lists are long makes a product."""
    body = b"User-agent: *\nDisallow: /a\n" + b"".join(b"User-agent: %b\n" % name for name in names)
    started = process_time()
    file = RobotsFile(body + record * ((MOST_OCTETS - len(body)) // len(record)))
    assert process_time() - started < 5
    assert not file.allows(None, "/a")


def test_an_agent_of_several_groups_has_all_their_rules_as_far_as_there_is_room() -> None:
    text = "User-agent: a\nUser-agent: b\nDisallow: /1\nUser-agent: b\nCrawl-delay: 2\nUser-agent: A\nDisallow: /2\n"
    rules = [("disallow", "/1"), ("disallow", "/2")]
    assert read_groups(text.encode()) == {"a": rules, "b": rules}
    assert (RobotsFile(text.encode()).groups["a"].delay, RobotsFile(text.encode()).groups["b"].delay) == (
        None,
        "2",
    )
    names = [b"User-agent: a%d\nDisallow: /%d\n" % (n, n) for n in range(6_000)]
    names += [b"User-agent: a%d\n" % n for n in range(6_000)]
    body = b"".join(names) + b"".join(b"Disallow: /x/%d\n" % n for n in range(10_000))
    started = process_time()
    groups = RobotsFile(body).groups
    assert process_time() - started < 10
    assert groups["a0"].lines[0].pattern.text == "/0"
    assert sum(len(group.lines) for group in groups.values()) <= MOST_JOINED + len(groups)


@given(st.binary(max_size=400), st.text("abcFoo-_*", max_size=6))
def test_nothing_crashes_the_reader(body: bytes, token: str) -> None:
    assert isinstance(RobotsFile(body).allows(token, "/a?b=c"), bool)


@given(
    st.lists(
        st.sampled_from(
            [b"User-agent: a", b"User-agent: *", b"Disallow: /", b"Allow: /b", b"X: 1", b"\x0b", b""]
        )
    )
)
def test_unknown_records_change_nothing(lines: list[bytes]) -> None:
    known = [line for line in lines if line not in {b"X: 1", b"\x0b", b""}]
    assert read_groups(b"\n".join(lines)) == read_groups(b"\n".join(known))


@given(st.binary(max_size=60))
def test_readings_are_idempotent(raw: bytes) -> None:
    target = read_target(b"/" + raw)
    if target is not None:
        again = read_target(target.canonical.encode("ascii"))
        assert again is not None
        assert again.canonical == target.canonical
        folded = read_target(target.folded.encode("ascii"))
        assert folded is not None
        assert folded.folded == target.folded or "%25" in target.folded
