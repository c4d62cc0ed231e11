"""The published length: whole, or not there."""

from zlib import crc32

from gateway.audit.committed import NAME, SIZE, Committed, decode, read_committed

RECORD = Committed(first=7, written=900, synced=800, following=12, boot=b"b" * 16, crc=crc32(bytes(900)))


def test_it_is_read_as_it_was_written():
    assert len(RECORD.encode()) == SIZE == 64
    assert decode(RECORD.encode()) == RECORD


def test_a_flipped_bit_or_a_cut_makes_it_nothing():
    octets = RECORD.encode()
    for octet in range(SIZE):
        damaged = bytearray(octets)
        damaged[octet] ^= 1
        assert decode(bytes(damaged)) is None
        assert decode(octets[:octet]) is None


def test_the_floor_is_what_was_written_in_this_boot_and_what_was_synced_in_another():
    assert RECORD.floor(b"b" * 16) == 900
    assert RECORD.floor(b"c" * 16) == 800


def test_it_vouches_for_what_was_written_and_for_nothing_else():
    assert RECORD.vouches_for(bytes(900))
    assert RECORD.vouches_for(bytes(900) + b"more")
    assert not RECORD.vouches_for(bytes(899))
    assert not RECORD.vouches_for(b"x" + bytes(899))
    assert not RECORD._replace(written=0, crc=0).vouches_for(b""), "zero is: not said"


def test_an_absent_file_is_nothing(tmp_path):
    assert read_committed(tmp_path) is None
    (tmp_path / NAME).write_bytes(RECORD.encode())
    assert read_committed(tmp_path) == RECORD
