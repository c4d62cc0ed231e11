"""YAML becomes nodes with places, whatever the text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.policy.place import Place
from gateway.policy.source import MAX_DEPTH, MAX_NODES, Broken, Many, Table, Text, read_source, shown


def test_every_scalar_stays_the_text_that_was_written():
    node, problems = read_source("a.yaml", b"[no, 12:30, 2026-01-05, 010, ~, 'x', on]")
    assert problems == []
    assert isinstance(node, Many)
    assert [item.text for item in node.items] == ["no", "12:30", "2026-01-05", "010", "~", "x", "on"]
    assert [item.plain for item in node.items] == [True] * 5 + [False, True]


def test_places_count_from_one_and_count_characters():
    node, _ = read_source("a.yaml", "\ufeffé: [ä, b]\n# x\nc:\n  - d\n".encode())
    assert isinstance(node, Table)
    (_, first), (key, second) = node.rows
    assert isinstance(first, Many)
    assert isinstance(second, Many)
    assert first.items[1].place == Place("a.yaml", 1, 8)
    assert key.place == Place("a.yaml", 3, 1)
    assert second.items[0].place == Place("a.yaml", 4, 5)


@pytest.mark.parametrize("octets", [b"", b"# only\n", b"---\n", b"\xef\xbb\xbf"])
def test_an_empty_file_is_an_empty_text(octets: bytes):
    node, problems = read_source("a.yaml", octets)
    assert isinstance(node, Text)
    assert (node.text, problems) == ("", [])


def test_an_alias_counts_for_depth_as_often_as_it_is_used():
    lines = ["a0: &a0 [x]"] + [f"a{n}: &a{n} [*a{n - 1}]" for n in range(1, MAX_DEPTH + 4)]
    node, problems = read_source("a.yaml", "\n".join(lines).encode())
    assert isinstance(node, Broken)
    assert [problem.message.en for problem in problems] == [f"nested more than {MAX_DEPTH} levels deep"]


def test_a_long_list_within_the_limit_is_read():
    node, problems = read_source("a.yaml", b"[" + b"x," * (MAX_NODES - 10) + b"]")
    assert problems == []
    assert isinstance(node, Many)
    assert len(node.items) == MAX_NODES - 10


@given(st.binary(max_size=300) | st.text(max_size=300).map(lambda text: text.encode("utf-8", "replace")))
def test_no_octets_crash_it_and_every_problem_has_a_place_in_the_file(octets: bytes):
    node, problems = read_source("a.yaml", octets)
    lines = octets.decode("utf-8", "replace").splitlines() or [""]
    assert isinstance(node, Text | Many | Table | Broken)
    for problem in problems:
        assert 1 <= problem.place.line <= len(lines) + 1
        assert problem.place.column >= 1
        assert problem.message.en.isprintable()


@given(st.text())
def test_what_is_shown_is_one_printable_line(text: str):
    assert shown(text).isprintable()
    assert "`" not in shown(text)
    assert len(shown(text, 10)) <= 100
