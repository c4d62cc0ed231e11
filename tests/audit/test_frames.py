"""Frames: what is read back is what was written, up to the first octet that is not as it was."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.audit import frames
from gateway.audit.frames import CAP, FLOOR, HEAD, Tail

PAYLOADS = [b"[]", b'{"a":1}', b"[" + b"0" * 40 + b"]", b"{}"]


def written(payloads, first=1):
    return b"".join(frames.encode(first + number, payload) for number, payload in enumerate(payloads))


def read(data, first=1):
    return [frame.payload for frame in frames.scan(data, 0, first)]


@given(st.lists(st.binary(min_size=FLOOR, max_size=300)), st.integers(0, 2**64 - 1000))
def test_what_is_written_is_read(payloads, first):
    assert read(written(payloads, first), first) == payloads


def test_frames_that_are_passed_over_are_those_that_would_be_read():
    data = written(PAYLOADS, 7)
    begins = [frame.offset for frame in frames.scan(data, 0, 7)]
    for to in range(5, 14):
        at = min(max(to, 7), 11)
        assert frames.skip(data, 0, 7, to) == ((*begins, len(data))[at - 7], at)
    damaged = data[: begins[2]] + bytes(40)
    assert frames.skip(damaged, 0, 7, 11) == (begins[2], 9)


@pytest.mark.parametrize("payload", [b"", b"x", bytes(CAP + 1)])
def test_too_short_and_too_long_are_not_framed(payload):
    with pytest.raises(ValueError, match="cannot be framed"):
        frames.encode(1, payload)


def test_cut_at_every_octet_gives_the_right_prefix_and_a_torn_tail():
    data, ends = written(PAYLOADS), [0]
    for payload in PAYLOADS:
        ends.append(ends[-1] + HEAD + len(payload))
    for cut in range(len(data) + 1):
        whole = max(number for number, end in enumerate(ends) if end <= cut)
        assert read(data[:cut]) == PAYLOADS[:whole]
        # Zeros alone, such as the first octets of a length, cannot be told from room that was set aside.
        clean = not data[ends[whole] : cut].strip(b"\0")
        assert frames.tail(data[:cut], ends[whole]) is (Tail.CLEAN if clean else Tail.TORN)


def test_no_flipped_bit_goes_unnoticed():
    data, ends = written(PAYLOADS), [0]
    for payload in PAYLOADS:
        ends.append(ends[-1] + HEAD + len(payload))
    for octet in range(len(data)):
        for bit in range(8):
            flipped = bytearray(data)
            flipped[octet] ^= 1 << bit
            whole = max(number for number, end in enumerate(ends) if end <= octet)
            assert read(bytes(flipped)) == PAYLOADS[:whole]
            assert frames.tail(bytes(flipped), ends[whole]) is not Tail.CLEAN


@pytest.mark.parametrize("length", [1, 7, 8, 16, 17, 4096])
def test_zeros_are_room_and_never_a_frame(length):
    assert read(bytes(length), 0) == []
    assert frames.tail(bytes(length), 0) is Tail.CLEAN


def test_an_interrupted_write_leaves_sectors_of_zeros_and_is_torn():
    data = bytearray(written([b"x" * 2000]))
    data[512:1024] = bytes(512)
    assert frames.tail(bytes(data), 0) is Tail.TORN


def test_damage_that_no_interruption_explains_is_corrupt():
    data = bytearray(written([b"x" * 2000, b"yy"]))
    data[700] ^= 1
    assert frames.tail(bytes(data), 0) is Tail.CORRUPT
    assert frames.tail(written([b"xx"], first=9), 0) is Tail.CORRUPT


@given(st.binary(max_size=200))
def test_any_octets_are_classified(data):
    assert all(frame.end <= len(data) for frame in frames.scan(data, 0, 1))
    assert frames.tail(data, 0) in Tail
