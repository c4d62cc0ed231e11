"""What a server may say that is none, or is not itself: whoever waits is answered, and nothing of it is believed."""

import asyncio
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.rates.counters import Take
from gateway.rates.rate import Rate, Unit
from gateway.shared.address import parse_redis
from gateway.shared.answers import beat_in, found_in
from gateway.shared.line import Line, LostError, Why
from gateway.vocabulary import By

TAKES = [Take("laju", Rate(3, Unit.HOUR, 3, By.ADDRESS), "a", few=False)]
NOW = 1_795_000_000_000_000

LIES = {
    "no RESP": (b"HTTP/1.1 400 Bad Request\r\n\r\n", Why.NONSENSE),
    "an endless string": (b"$2147483647\r\n" + b"x" * (9 << 20), Why.NONSENSE),
    "a length that is none": (b"$-7\r\n", Why.NONSENSE),
    "lists in lists": (b"*1\r\n" * 1000, Why.SLOW),
    "a list of a thousand million": (b"*1000000000\r\n", Why.NONSENSE),
    "two answers to one question": (b"*1\r\n+stale\r\n" * 2, Why.NONSENSE),
    "an error": (b"-OOM command not allowed\r\n", Why.FULL),
    "an error of its own": (b"-\x1b[31mNOPE " + b"x" * 500 + b"\r\n", Why.REFUSED),
    "half an answer": (b"*3\r\n$2\r\nok\r\n", Why.SLOW),
    "nothing": (b"", Why.SLOW),
}


@pytest.mark.parametrize(("said", "why"), LIES.values(), ids=LIES)
async def test_a_server_that_says_nonsense_is_given_up(said, why):
    async def answers(reader, writer):
        await reader.read(100)
        writer.write(said)
        with suppress(ConnectionError):
            await reader.read()
        writer.close()

    server = await asyncio.start_server(answers, "127.0.0.1", 0)
    async with server:
        patience = 0.2 if why is Why.SLOW else 9
        (address,) = parse_redis(f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}?timeout={patience}")
        line = await Line.to(address, None, "")
        asked = asyncio.ensure_future(line.asked("PING"))
        lost = await asyncio.wait_for(asyncio.shield(line.lost), 10)
        assert lost.why is why
        assert len(lost.said) <= 80
        await asyncio.wait([asked])
        assert isinstance(asked.exception(), LostError) or asked.result() == [b"stale"]
        with pytest.raises(LostError):
            await line.asked("PING")


ANYTHING = st.recursive(
    st.none()
    | st.integers()
    | st.binary(max_size=12)
    | st.sampled_from([b"ok", b"stale", b"1795000000000000"]),
    lambda inner: st.lists(inner, max_size=9),
    max_leaves=20,
)


@given(ANYTHING)
def test_whatever_is_answered_is_a_finding_that_can_be_or_none(reply):
    try:
        found = found_in(reply, TAKES, NOW)
    except (ValueError, UnicodeDecodeError):
        return
    if isinstance(found, tuple):
        (one,) = found
        assert 0 <= one.remaining <= 3
        assert 0 <= one.wait <= TAKES[0].rate.step


@given(ANYTHING)
def test_whatever_is_said_of_others_is_read_or_is_none(reply):
    with suppress(ValueError, UnicodeDecodeError):
        beat_in(reply, "a")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("redis://127.0.0.1", "redis://127.0.0.1:6379"),
        ("rediss://u:p%40@[::1]:7000/3?timeout=0.2", "rediss://[::1]:7000"),
        ("unix://:rahasia@/run/redis.sock?db=2", "unix:///run/redis.sock"),
    ],
)
def test_an_address_never_says_its_password(text, shown):
    (address,) = parse_redis(text)
    assert str(address) == shown
    assert "rahasia" not in repr(address)
    assert "p@" not in repr(address)


@pytest.mark.parametrize(
    "text",
    ["http://a", "redis://", "redis://:rahasia@h:x", "redis://:rahasia@h/one", "unix://:rahasia@h/s", "redis://:rahasia@h?a=1",
     "redis://:rahasia@h?timeout=0", "redis://h/99999", "unix://"],
)  # fmt: skip
def test_what_is_no_address_is_said_without_its_password(text):
    with pytest.raises(ValueError) as caught:
        parse_redis(text)
    assert "rahasia" not in str(caught.value)
