"""The origin's robots.txt is read as RFC 9309 means it, in spite of the differences of the library beneath."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from gateway.policy.robots import LONGEST_LINE, MOST_OCTETS, RobotsFile, read_groups
from gateway.request import read_target

CASES = yaml.safe_load((Path(__file__).parents[1] / "cases" / "robots.yaml").read_text("utf-8"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_reads_as_the_rfc_means(case: dict) -> None:
    file = RobotsFile(case["file"].encode("utf-8"))
    for token, path, allowed in case["ask"]:
        assert file.allows(token, path) is allowed, (token, path)


def test_other_encodings_lose_no_rule() -> None:
    file = RobotsFile("User-agent: FooBot\n# caf\xe9\nDisallow: /a\n".encode("latin-1"))
    assert not file.allows("FooBot", "/a")


def test_a_dollar_anchor_may_be_read_stricter() -> None:
    # What Protego does to `/foo$bar`; the gate may be stricter than robots.txt, never laxer.
    assert not RobotsFile(b"User-agent: *\nDisallow: /foo$").allows("FooBot", "/foo%24bar")


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
