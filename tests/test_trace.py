"""Which `traceparent` names a trace: the cases of W3C Trace Context, and any text at all."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.record import Compact, printed
from gateway.seal.erasable import entry_of
from gateway.trace import trace_id, trace_of
from gateway.vocabulary import Level
from tests.journals import GPTBOT, LET_IN, REFUSED, decision_entry, judged

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = "00f067aa0ba902b7"
SOUND = f"00-{TRACE}-{PARENT}-01"


@pytest.mark.parametrize(
    ("said", "found"),
    [
        pytest.param(SOUND, SOUND, id="version 00"),
        pytest.param(f"00-{TRACE}-{PARENT}-ff", f"00-{TRACE}-{PARENT}-ff", id="flags of a later level"),
        pytest.param(f"cc-{TRACE}-{PARENT}-01", SOUND, id="a later version"),
        pytest.param(f"cc-{TRACE}-{PARENT}-01-what-follows", SOUND, id="a later version, longer"),
        pytest.param(f"cc-{TRACE}-{PARENT}-01what", None, id="a later version, joined to more"),
        pytest.param(f"00-{TRACE}-{PARENT}-01-more", None, id="version 00 has four parts"),
        pytest.param(f"ff-{TRACE}-{PARENT}-01", None, id="version ff"),
        pytest.param(f"00-{'0' * 32}-{PARENT}-01", None, id="no trace"),
        pytest.param(f"00-{TRACE}-{'0' * 16}-01", None, id="no parent"),
        pytest.param(SOUND.upper(), None, id="capitals"),
        pytest.param(f"{SOUND}, {SOUND}", None, id="twice"),
        pytest.param(SOUND[:-1], None, id="too short"),
        pytest.param(f"00-{TRACE[:-1]}g-{PARENT}-01", None, id="no hexadecimal digit"),
        pytest.param(f"{SOUND}\n", None, id="with a line's end"),
        pytest.param(f" {SOUND}", None, id="with a blank"),
        pytest.param(SOUND.replace("4", "４"), None, id="digits of another script"),  # noqa: RUF001
        pytest.param("", None, id="empty"),
        pytest.param(None, None, id="none"),
    ],
)
def test_what_names_a_trace(said, found):
    assert trace_of(said) == found


@given(
    st.text(max_size=80) | st.from_regex(r"\A[0-9a-f]{2}-[0-9a-f]{31,33}-[0-9a-f]{16}-[0-9a-f]{2}.{0,9}\Z")
)
def test_whatever_is_said_a_trace_is_of_one_form(said):
    found = trace_of(said)
    if found is not None:
        assert re.fullmatch("00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}", found, re.ASCII)
        assert trace_id(found) in said


@pytest.mark.parametrize(("said", "found"), [(SOUND, SOUND), (SOUND.upper(), None), ('00-"},"v":1}', None)])
def test_it_is_in_the_entry_of_everybody_but_people(said, found):
    entry = decision_entry(
        judged(identity=GPTBOT, decision=REFUSED, fields={"traceparent": said}), Level.DURABLE
    )
    assert isinstance(entry, bytes)
    assert printed(entry, 1, "antara", "mesin", {}).get("trace") == found
    assert "trace" not in printed(entry_of(entry), 1, "antara", "mesin", {}), (
        "it leads to logs with the address"
    )
    for decision in (LET_IN, REFUSED):
        reader = decision_entry(
            judged(decision=decision, fields={"traceparent": said}), Level.WRITTEN, "nama"
        )
        assert TRACE.encode() not in (reader.encode({}) if isinstance(reader, Compact) else reader)
