"""Entries come back in order, as far as they were committed; damage is named by its place."""

import pytest

from gateway.audit import segment
from gateway.audit.committed import NAME, Committed
from gateway.audit.lane import Lane
from gateway.audit.reader import Damage, Entry, NoJournal, Reader
from gateway.record import event_entry
from gateway.seal.leaf import leaf_of, removed
from gateway.vocabulary import Level
from tests import journals
from tests.engines import until
from tests.journals import decision_entry, exchange, judged


def entries(count, start=0):
    return [
        entry
        for number in range(start, start + count)
        for entry in exchange(judged(number, b"/berita/%d" % number))
    ]


def ids(reader, start=None):
    return [entry["id"] for _, entry in (one for one in reader.printed(start) if not isinstance(one, Damage))]


def test_segments_follow_each_other(tmp_path):
    journals.write(tmp_path, entries(5))
    journals.write(tmp_path, entries(5, 5), first=11)
    found = list(Reader(tmp_path).printed())
    assert [entry["seq"] for _, entry in found] == list(range(1, 21))
    assert found[0][1]["site"] == "antara"
    assert found[0][1]["lane"] == "mesin"
    assert found[18][1]["request"]["target"] == "/berita/9"


def test_reading_goes_on_where_it_stopped(tmp_path):
    journals.write(tmp_path, entries(3))
    reader = Reader(tmp_path)
    every = list(reader.entries())
    for number, entry in enumerate(every):
        assert list(reader.entries(entry.after)) == every[number + 1 :]


def test_only_what_was_committed_is_there(tmp_path):
    journals.write(tmp_path, entries(3))
    journals.write(tmp_path, entries(2, 3), first=7)
    reader = Reader(tmp_path)
    every = [entry for entry in reader.entries() if isinstance(entry, Entry)]
    for entry in every:
        first, end, following = entry.position.segment, entry.after.offset, entry.after.seq
        (tmp_path / NAME).write_bytes(Committed(first, end, end, following, bytes(16)).encode())
        assert list(reader.entries()) == every[: following - 1]


def test_what_a_loss_of_power_may_take_is_not_there_for_whoever_asks_so(tmp_path):
    """Its numbers would be given again; whoever was shipped such an entry would have another one under it."""
    journals.write(tmp_path, entries(3))
    every = list(Reader(tmp_path).entries())
    (tmp_path / NAME).write_bytes(
        Committed(1, every[-1].after.offset, every[3].after.offset, 7, bytes(16)).encode()
    )
    assert list(Reader(tmp_path).entries()) == every
    assert list(Reader(tmp_path, synced=True).entries()) == every[:4]


def test_a_tail_that_a_crash_cut_is_passed_over_in_silence(tmp_path):
    journals.write(tmp_path, entries(2))
    path = tmp_path / segment.name_of(1)
    whole = path.read_bytes()
    for cut in range(1, 40):
        path.write_bytes(whole[:-cut])
        assert [type(one) for one in Reader(tmp_path).entries()] == [Entry] * 3


def test_damage_is_named_and_the_next_segment_still_read(tmp_path):
    journals.write(tmp_path, entries(3))
    journals.write(tmp_path, entries(2, 3), first=7)
    path = tmp_path / segment.name_of(1)
    octets = bytearray(path.read_bytes())
    third = list(Reader(tmp_path).entries())[2].position
    octets[third.offset + 30] ^= 1
    path.write_bytes(octets)
    found = list(Reader(tmp_path).entries())
    (damage,) = [one for one in found if isinstance(one, Damage)]
    assert damage == (path.name, third.offset, 3, "no entry begins here (corrupt)")
    assert [one.position.seq for one in found if isinstance(one, Entry)] == [1, 2, 7, 8, 9, 10]


def test_an_end_that_was_promised_and_is_missing_is_damage(tmp_path):
    journals.write(tmp_path, entries(2))
    path = tmp_path / segment.name_of(1)
    end = path.stat().st_size
    (tmp_path / NAME).write_bytes(Committed(1, end, end, 5, bytes(16)).encode())
    path.write_bytes(path.read_bytes()[:-5])
    assert [type(one) for one in Reader(tmp_path).entries()] == [Entry] * 3 + [Damage]


def test_a_segment_without_a_header_is_damage(tmp_path):
    journals.write(tmp_path, entries(1))
    (tmp_path / segment.name_of(3)).write_bytes(b"nothing of ours")
    found = list(Reader(tmp_path).entries())
    assert found[2] == (segment.name_of(3), 0, 3, "the magic line is missing")


def test_an_entry_that_no_version_knows_is_damage_of_its_own(tmp_path):
    journals.write(tmp_path, [b'{"v":99}', *entries(1)])
    found = list(Reader(tmp_path).printed())
    assert isinstance(found[0], Damage)
    assert [entry["seq"] for _, entry in found[1:]] == [2, 3]


def test_files_of_others_are_passed_over(tmp_path):
    journals.write(tmp_path, entries(1))
    for name in ("99999999999999999999.izj", "1.izj", "x.torn", "00000000000000000001.izj~"):
        (tmp_path / name).write_bytes(b"?")
    assert len(list(Reader(tmp_path).entries())) == 2


@pytest.mark.parametrize("what", ["absent", "a file", "somebody else's"])
def test_what_is_no_journal_is_said(tmp_path, what):
    folder = tmp_path / "journal"
    if what == "a file":
        folder.write_text("x")
    elif what == "somebody else's":
        folder.mkdir()
        (folder / "notes.txt").write_text("x")
    with pytest.raises(NoJournal, match=str(folder)):
        Reader(folder)


def test_the_folder_of_a_gate_names_a_lane(tmp_path):
    journals.write(tmp_path / "0", entries(1))
    with pytest.raises(NoJournal, match=f"one of them is `{tmp_path / '0'}`"):
        Reader(tmp_path)


def test_an_empty_folder_is_an_empty_journal(tmp_path):
    assert list(Reader(tmp_path).entries()) == []


def test_what_a_lane_writes_is_read_while_it_runs(tmp_path):
    judgements = [judged(number, b"/berita/%d?id=%d&x=1" % (number, number)) for number in range(50)]
    lane = Lane(tmp_path / "journal", site="antara", new_id=lambda at: f"{at:026d}")
    try:
        accepted = []
        for judgement in judgements:
            lane.append(decision_entry(judgement, Level.WRITTEN, "c2FtYXJhbi1wZW1i"), Level.WRITTEN)
        last = event_entry("01KBBFZ9M00000000000000099", journals.START, "uji", {"n": 1})
        lane.append(last, Level.DURABLE, accepted.append)
        until(lambda: accepted)
        found = [one[1] for one in Reader(lane.folder).printed() if not isinstance(one, Damage)]
    finally:
        lane.close()
    decisions = [entry for entry in found if entry["phase"] == "decision"]
    assert [entry["id"] for entry in decisions] == [judgement.id for judgement in judgements]
    assert [entry["request"]["target"] for entry in decisions] == [f"/berita/{n}?id={n}" for n in range(50)]
    assert [entry["seq"] for entry in found] == list(range(1, len(found) + 1))
    assert found[0]["event"] == "start"


def test_a_removed_entry_is_passed_over(tmp_path):
    first, second, third = (event_entry(f"{number:026}", number, "x", {}) for number in range(3))
    journals.write(tmp_path, [first, removed(leaf_of(second)), third])
    assert [entry["seq"] for _, entry in Reader(tmp_path).printed()] == [1, 3]
