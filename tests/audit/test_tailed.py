"""A log that is written, turned over and emptied while it is read: each line once."""

import os
from contextlib import ExitStack

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.audit.tailed import LONGEST, Mark, Tailed


@pytest.fixture
def log(tmp_path):
    return tmp_path / "access.json"


@pytest.fixture
def tail():
    """`Tailed`, closed when the test ends."""
    with ExitStack() as stack:

        def tail(path, mark):
            tailed = Tailed(path, mark)
            stack.callback(tailed.close)
            return tailed

        yield tail


def append(path, octets):
    with path.open("ab") as file:
        file.write(octets)


def rest(tailed):
    """All that can be read now; a file that was turned over takes one look more."""
    found = []
    for _ in range(4):
        while lines := tailed.read():
            found += lines
    return found


def test_what_was_there_before_is_nobodys_business(log, tail):
    append(log, b"old\n")
    tailed = tail(log, None)
    assert rest(tailed) == []
    append(log, b"one\ntw")
    assert rest(tailed) == [b"one"]
    append(log, b"o\n")
    assert rest(tailed) == [b"two"]


def test_a_log_that_is_turned_over_is_read_to_its_end_first(log, tail):
    append(log, b"one\n")
    tailed = tail(log, Mark(0, 0, 0))
    assert rest(tailed) == [b"one"]
    log.rename(log.with_name("access.json.1"))
    append(log.with_name("access.json.1"), b"two\n")
    append(log, b"three\n")
    assert rest(tailed) == [b"two", b"three"]


def test_one_that_is_emptied_is_read_from_its_beginning(log, tail):
    append(log, b"one\ntwo\n")
    tailed = tail(log, Mark(0, 0, 0))
    assert rest(tailed) == [b"one", b"two"]
    os.truncate(log, 0)
    append(log, b"3\n")
    assert rest(tailed) == [b"3"]


def test_it_goes_on_where_it_was_left(log, tail):
    append(log, b"one\ntwo\n")
    first = tail(log, Mark(0, 0, 0))
    rest(first)
    mark = first.mark
    first.close()
    append(log, b"three\n")
    log.rename(log.with_name("access.json-20261130"))
    append(log, b"four\n")
    assert rest(tail(log, mark)) == [b"three", b"four"]
    log.with_name("access.json-20261130").unlink()
    assert rest(tail(log, mark)) == [b"four"], "what is gone is gone"


def test_a_line_without_end_is_passed_over(log, tail):
    append(log, b"a" * (LONGEST + 1))
    tailed = tail(log, Mark(0, 0, 0))
    assert rest(tailed) == []
    append(log, b"a\none\n")
    assert rest(tailed) == [b"one"]


def test_a_log_that_is_not_there_may_come(log, tail):
    tailed = tail(log, None)
    with pytest.raises(FileNotFoundError):
        tailed.read()
    append(log, b"one\n")
    assert rest(tailed) == [b"one"]


@settings(max_examples=25)
@given(st.lists(st.sampled_from(["write", "part", "turn", "restart"]), max_size=20))
def test_each_line_once(tmp_path_factory, steps):
    log = tmp_path_factory.mktemp("log") / "access.json"
    log.touch()
    tailed, written, found, turned = Tailed(log, Mark(0, 0, 0)), [], [], 0
    for number, step in enumerate(steps):
        if step == "turn":
            found += rest(tailed)
            turned += 1
            log.rename(log.with_name(f"access.json.{turned}"))
            log.touch()
        elif step == "restart":
            mark = tailed.mark
            tailed.close()
            tailed = Tailed(log, mark)
        elif step == "write":
            line = b"%d" % number
            append(log, line + b"\n")
            written.append(line)
        found += rest(tailed) if step == "part" else tailed.read()
    found += rest(tailed)
    tailed.close()
    assert found == written
