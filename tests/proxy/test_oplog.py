"""The operational log: one line an event, and nothing that a client sent is raw in it."""

import asyncio
import io
import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.proxy.oplog import Lines, line_of, plain, request_fields
from gateway.value import changed
from gateway.vocabulary import End
from tests import journals, sites
from tests.journals import judgements

PROGRAM = """
import structlog
from gateway.proxy import oplog
oplog.configure()
log = structlog.get_logger()
log.info("a", text={text!r})
try:
    raise ValueError({text!r})
except ValueError as error:
    log.error("b", exc_info=error)
log.debug("never")
"""


@given(st.text(max_size=2000))
def test_plain_text_is_printable_ascii_and_bounded(text):
    said = plain(text)
    assert said.isascii()
    assert said.isprintable()
    assert len(said) <= 300 * 10


@given(judgements)
def test_a_request_is_told_in_plain_values(judgement):
    fields = request_fields(judgement)
    assert fields["id"] == judgement.id
    for name in ("method", "host", "path"):
        assert fields[name].isascii()
        assert fields[name].isprintable()
    json.dumps(fields)


@given(judgements, st.none() | st.integers(100, 599), st.integers(0, 2**60), st.sampled_from(End))
def test_a_line_rendered_directly_is_the_line(judgement, status, octets, end):
    """What is remembered of it is the same for the second of its kind."""
    again = changed(judgement, id="01KBBFZ9M0T4QJ8WZX7K3M9QXA")
    for one in (judgement, again):
        said = json.loads(line_of("refused", one, status, octets, end, 1_764_000_000_000_001))
        assert said == {
            **request_fields(one),
            "answered": status,
            "octets": octets,
            "end": end,
            "event": "refused",
            "level": "info",
            "timestamp": "2025-11-24T16:00:00.000001Z",
        }


def test_what_a_refusal_says():
    fields = request_fields(sites.judgement(sites.version(), path=b"/berita/1?kunci=rahasia"))
    assert fields["agent"] == "GPTBot"
    assert fields["rule"] == "uses.ai-train"
    assert fields["path"] == "/berita/1"
    assert "rahasia" not in str(fields), "queries may hold personal data"
    assert "203.0.113.7" not in str(fields)


def test_a_line_names_the_trace_that_a_request_belongs_to():
    told = [
        json.loads(
            line_of("refused", journals.judged(fields={"traceparent": said}), 403, 1, End.COMPLETE, 1)
        )["trace_id"]
        for said in (journals.TRACEPARENT, f"{journals.TRACEPARENT}, x", '","event":"serving')
    ]
    assert told == ["4bf92f3577b34da6a3ce929d0e0e4736", None, None]


def test_each_event_is_one_json_line():
    text = "\x1b[31m\n{}\u2028é"
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(text=text)],
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    lines = ran.stderr.split("\n")
    assert lines.pop() == ""
    first, second = (json.loads(line) for line in lines)
    assert (first["event"], first["text"], first["level"]) == ("a", text, "info")
    assert first["timestamp"].endswith("Z")
    assert "ValueError" in second["exception"]
    assert "\x1b" not in ran.stderr


def test_lines_keep_their_order_and_a_warning_waits_for_nobody():
    async def run():
        file = io.BytesIO()
        lines = Lines(file)
        lines.info(b"1")
        lines.info(b"2")
        assert file.getvalue() == b"", "gathered until this turn of the loop is over"
        await asyncio.sleep(0)
        assert file.getvalue() == b"1\n2\n"
        lines.info(b"3")
        lines.error(b"4")
        assert file.getvalue() == b"1\n2\n3\n4\n"
        lines.info(b"5")
        return file, lines

    file, lines = asyncio.run(run())
    lines.info(b"6")
    assert file.getvalue() == b"1\n2\n3\n4\n5\n6\n"


def test_a_log_that_cannot_be_written_fails_nobody():
    """A log on the disk that is full must not take down what goes on without a journal."""
    with Path("/dev/full").open("wb", buffering=0) as file:
        lines = Lines(file)
        lines.info(b"a line")
        lines.warning(b"another")


@pytest.mark.parametrize("onto", ["/dev/full", "a terminal that is gone"])
def test_what_is_told_is_lost_and_the_program_goes_on(onto):
    if onto == "/dev/full":
        stream = os.open(onto, os.O_WRONLY)
    else:
        held, stream = pty.openpty()
        os.close(held)
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(text="a") + "print('goes on')"],
        stdout=subprocess.PIPE,
        stderr=stream,
        timeout=30,
        check=False,
    )
    os.close(stream)
    assert ran.stdout == b"goes on\n"
