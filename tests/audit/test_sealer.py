"""Sealing while writing: what is signed is on the medium, goes on after any end, and is never contradicted."""

import errno
import random
import shutil
from itertools import count
from pathlib import Path

import pytest

from gateway.audit import elsewhere, keys, segment
from gateway.audit.lane import Lane
from gateway.audit.leaves import Leaves
from gateway.audit.receipt import JournalError
from gateway.audit.sealer import AT_ONCE, CHECKPOINTS, EVERY, GROWTH, IDLE, Sealer
from gateway.instants import SECOND
from gateway.seal.checkpoint import SPAN, notes_in, open_checkpoint, thinned
from gateway.seal.leaf import ABSENT, leaf_of, removed
from gateway.seal.tiles import Growing
from gateway.vocabulary import Level
from tests import c2sp
from tests.audit.fake_disk import SECTOR, FakeClock, FakeDisk
from tests.audit.test_writer import FOLDER, SIGNER, commit, entries, events, items, make, names_of
from tests.engines import until


def sealed(disk, clock, **how):
    writer = make(disk, clock, seal=Sealer(FOLDER, disk, SIGNER), **how)
    writer.start()
    return writer


def checkpoints(disk):
    notes = notes_in(disk.content(CHECKPOINTS).decode())
    return [open_checkpoint(note, [SIGNER.verifier]) for note in notes]


def root_of(disk, size):
    grown = Growing()
    grown.extend(Leaves(FOLDER, disk).between(0, size))
    return grown.root()


def wait(writer, clock, microseconds):
    clock.pass_(microseconds / SECOND)
    writer.tick()


def test_checkpoints_come_in_time_when_idle_and_at_the_end():
    disk, clock = FakeDisk(), FakeClock()
    writer = sealed(disk, clock)
    commit(writer, items("a", "b"))
    wait(writer, clock, 1)
    assert [one.size for one in checkpoints(disk)] == [3], "the first at once"
    commit(writer, items("c"))
    wait(writer, clock, EVERY - 2)
    assert [one.size for one in checkpoints(disk)] == [3]
    wait(writer, clock, 2)
    assert [one.size for one in checkpoints(disk)] == [3, 4]
    wait(writer, clock, EVERY)
    assert [one.size for one in checkpoints(disk)] == [3, 4], "nothing is signed twice"
    wait(writer, clock, IDLE)
    wait(writer, clock, EVERY)
    assert names_of(disk) == ["start", "heartbeat"]
    writer.stop()
    assert [one.size for one in checkpoints(disk)] == [3, 4, 5, 6]
    again = sealed(disk, clock)
    again.stop()
    found = checkpoints(disk)
    assert [one.size for one in found] == [3, 4, 5, 6, 8]
    assert [one.root for one in found] == [root_of(disk, one.size) for one in found]
    assert {one.origin for one in found} == {"izin/s/l"}
    starts = [event for name, event in events(disk) if name == "start"]
    assert {event["key"] for event in starts} == {SIGNER.verifier.vkey}


def test_a_busy_lane_seals_a_few_entries_at_a_time():
    disk, clock = FakeDisk(), FakeClock()
    writer = sealed(disk, clock)
    commit(writer, items(*["a"] * 3000))
    wait(writer, clock, 1)
    commit(writer, items(*["b"] * 100))
    wait(writer, clock, EVERY)
    assert [one.size for one in checkpoints(disk)] == [1 + AT_ONCE, 1 + 2 * AT_ONCE + GROWTH * 101]
    assert names_of(disk) == ["start", "segment"], "a new day, and one entry more"
    wait(writer, clock, EVERY)
    assert checkpoints(disk)[-1].size == 3102, "what is left follows, though nothing else comes"
    commit(writer, items(*["c"] * 3000))
    writer.stop()
    found = checkpoints(disk)
    assert found[-1].size == 6103, "all at the end"
    assert [one.root for one in found] == [root_of(disk, one.size) for one in found]


def test_a_checkpoint_cut_at_any_octet_is_made_again():
    disk, clock = FakeDisk(), FakeClock()
    writer = sealed(disk, clock)
    wait(writer, clock, 1)
    begin = len(disk.content(CHECKPOINTS))
    commit(writer, items("a"))
    wait(writer, clock, EVERY)
    end = len(disk.content(CHECKPOINTS))
    whole = {name: disk.content(name) for name in disk.files}
    for cut in range(begin, end + 1):
        for hole in (False, True):
            crashed = FakeDisk()
            for name, octets in whole.items():
                crashed.close(crashed.create(Path(name), 0o640))
                crashed.files[name].cache = bytearray(octets)
            kept = crashed.files[CHECKPOINTS].cache
            if hole:
                kept[cut:] = bytes(end - cut)
            else:
                del kept[cut:]
            writer = sealed(crashed, FakeClock(clock.now))
            writer.stop()
            found = checkpoints(crashed)
            assert [one.size for one in found] == ([1, 2] if cut == end else [1]) + [4]
            assert [one.root for one in found] == [root_of(crashed, one.size) for one in found]
            assert "seal-fault" not in names_of(crashed)


def test_a_checkpoint_whose_sync_failed_is_on_the_medium_before_a_restart_shows_it():
    disk, clock = FakeDisk(), FakeClock()
    writer = sealed(disk, clock)
    wait(writer, clock, 1)
    disk.fail_next("sync", errno.EIO, after=2)  # that of the last checkpoint
    writer.stop()
    disk.kill()
    shown = sealed(disk, clock).seal.size
    disk.lose_power(random.Random(0))
    assert shown == 2
    assert sealed(disk, clock).seal.size >= shown, "none is ever taken back"


def written_on(*batch):
    """A disk with two durable entries, sealed, and a batch behind them that was only written: its files as cached and as the
    medium has them, the segment's name, where the batch begins and ends, the checkpoints, and the clock."""
    disk, clock = FakeDisk(), FakeClock()
    writer = sealed(disk, clock)
    commit(writer, items("a" * 40, "b" * 40, level=Level.DURABLE))
    wait(writer, clock, 1)
    (name,) = segment.segments(disk.files)
    begin = writer._chain.place.length
    commit(writer, items(*batch))
    files = {one: (bytes(file.cache), bytes(file.medium)) for one, file in disk.files.items()}
    return files, name, begin, writer._chain.place.length, checkpoints(disk), clock


def test_no_cut_through_a_batch_harms_what_was_sealed_or_acknowledged():
    files, name, begin, end, before, clock = written_on("c" * 130, "d" * 130, "e" * 130)
    assert begin // SECTOR < end // SECTOR, "it lies in two sectors"
    for cut in range(begin, end + 1):
        crashed = _disk(files)
        crashed.files[name].cache[cut:] = bytes(len(crashed.files[name].cache) - cut)
        _goes_on(crashed, clock, before, 3)


def test_no_loss_of_sectors_that_were_not_synced_harms_what_was_sealed_or_acknowledged():
    files, name, begin, end, before, clock = written_on("c" * 700, "d" * 700, "e" * 700)
    unsynced = range(begin // SECTOR, end // SECTOR + 1)
    for lost in range(1 << len(unsynced)):
        crashed = _disk(files)
        kept = crashed.files[name].cache
        for bit, sector in enumerate(unsynced):
            if lost >> bit & 1:
                at = sector * SECTOR
                kept[at : at + SECTOR] = files[name][1][at : at + SECTOR].ljust(
                    len(kept[at : at + SECTOR]), b"\0"
                )
        _goes_on(crashed, clock, before, 3)


def _disk(files):
    disk = FakeDisk()
    for name, (cache, _) in files.items():
        disk.close(disk.create(Path(name), 0o640))
        disk.files[name].cache = bytearray(cache)
    return disk


def _goes_on(disk, clock, before, acknowledged):
    later = FakeClock(clock.now)
    later.reboot()
    writer = sealed(disk, later)
    commit(writer, items("later", level=Level.DURABLE))
    writer.stop()
    found = checkpoints(disk)
    assert found[: len(before)] == before
    assert [one.root for one in found] == [root_of(disk, one.size) for one in found]
    numbers = [seq for seq, _ in entries(disk)]
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(numbers) >= acknowledged
    assert {"corruption", "seal-fault"}.isdisjoint(names_of(disk))


def test_entries_changed_under_the_seal_are_never_sealed_again():
    disk, clock = FakeDisk(), FakeClock()
    writer = sealed(disk, clock)
    commit(writer, items("a"))
    writer.stop()
    before = checkpoints(disk)
    name = segment.segments(disk.files)[0]
    whole = segment.read_segment(disk.content(name))
    changed = segment.begin(whole.header)
    for frame in whole.entries:
        changed += segment.frames.encode(frame.seq, b'["z"]' if frame.payload == b'["a"]' else frame.payload)
    disk.files[name].cache[:] = changed
    again = sealed(disk, clock)
    again.tick()
    commit(again, items("b"))
    again.stop()
    assert checkpoints(disk) == before
    (fault,) = [event for name, event in events(disk) if name == "seal-fault"]
    assert "root that was signed" in fault["why"]


def test_sealed_entries_that_are_gone_keep_their_numbers():
    disk, clock = FakeDisk(), FakeClock()
    writer = sealed(disk, clock)
    commit(writer, items("a", "b"))
    writer.stop()
    for name in (*segment.segments(disk.files), "committed"):
        del disk.files[name]
    sealed(disk, clock).stop()
    assert entries(disk)[0][0] == 5
    assert [(event["first"], event["last"]) for name, event in events(disk) if name == "corruption"] == [
        (1, 4)
    ]


def test_a_removed_entry_leaves_its_leaf():
    disk, clock = FakeDisk(), FakeClock()
    writer = sealed(disk, clock)
    commit(writer, items("a"))
    writer.stop()
    name = segment.segments(disk.files)[0]
    whole = segment.read_segment(disk.content(name))
    frames = [
        segment.frames.encode(one.seq, removed(leaf_of(one.payload)) if one.seq == 2 else one.payload)
        for one in whole.entries
    ]
    disk.files[name].cache[:] = segment.begin(whole.header) + b"".join(frames)
    sealed(disk, clock).stop()
    assert [one.root for one in checkpoints(disk)] == [root_of(disk, one.size) for one in checkpoints(disk)]
    assert names_of(disk) == ["start", "stop", "start", "stop"]


def test_numbers_lost_before_they_were_sealed_have_an_absent_leaf():
    disk = FakeDisk()
    assert Leaves(FOLDER, disk).between(0, 2) == [ABSENT, ABSENT]


# ── on a real disk ──────────────────────────────────────────────────────────────────────────────────────────────────


def lane(folder):
    numbers = count()
    return Lane(folder, site="s", name="l", new_id=lambda at: f"{next(numbers):026}", reserve=0)


def test_a_lost_key_is_replaced_and_that_is_recorded(tmp_path):
    lane(tmp_path).close()
    old = (tmp_path / keys.PUBLIC).read_text().strip()
    (tmp_path / keys.KEY).unlink()
    lane(tmp_path).close()
    new = (tmp_path / keys.PUBLIC).read_text().strip()
    assert new != old
    found = [segment.event_of(frame.payload) for frame in _last(tmp_path).entries]
    assert (found[0]["event"], found[0]["key"], found[0]["lost_key"]) == ("start", new, old)
    notes = list(notes_in((tmp_path / CHECKPOINTS).read_text("utf-8")))
    assert c2sp.checkpoint(notes[0], old)[1] == 2
    assert c2sp.checkpoint(notes[1], new)[1] == 4


@pytest.mark.parametrize("text", ["", "PRIVATE+KEY+a+00000000+AQ==", "x", "\xff"])
def test_a_damaged_key_stops_the_start(tmp_path, text):
    lane(tmp_path).close()
    (tmp_path / keys.KEY).write_bytes(text.encode("latin-1"))
    with pytest.raises(JournalError, match="key"):
        lane(tmp_path)


def _last(folder):
    name = segment.segments(path.name for path in folder.iterdir())[-1]
    return segment.read_segment((folder / name).read_bytes())


def test_old_checkpoints_are_thinned_at_a_start_and_nothing_is_lost_by_it():
    disk, clock = FakeDisk(), FakeClock()
    writer = sealed(disk, clock)
    for name in "abcdefgh":
        commit(writer, items(name))
        wait(writer, clock, EVERY)
    writer.stop()
    before = checkpoints(disk)
    seal = Sealer(FOLDER, disk, SIGNER, stamped={before[4].size}, newest=3)
    disk.fail_next("sync", errno.EIO)
    assert seal.start() == before[-1].size
    seal.stop()
    assert checkpoints(disk) == before, "what could not be kept takes nobody's place"
    for _ in range(2):
        seal = Sealer(FOLDER, disk, SIGNER, stamped={before[4].size}, newest=3)
        assert seal.start() == before[-1].size
        seal.stop()
        assert checkpoints(disk) == [before[0], before[4], *before[-3:]]
    writer = sealed(disk, clock)
    commit(writer, items("later"))
    writer.stop()
    for one in checkpoints(disk):
        assert root_of(disk, one.size) == one.root


def test_of_old_checkpoints_one_in_so_many_entries_is_kept():
    sizes = [*range(1000, 10 * SPAN, 1000)]
    kept = [sizes[at] for at in thinned(sizes, {5000}, newest=5)]
    assert len(kept) == 10 + 1 + 5
    assert kept[-5:] == sizes[-5:]
    assert 5000 in kept
    assert [kept[at] for at in thinned(kept, {5000}, newest=5)] == kept
    assert thinned([], ()) == []


def test_a_journal_put_back_from_a_backup_signs_no_second_history(tmp_path):
    journal, anchor = tmp_path / "journal", tmp_path / "anchor"
    lane(journal).close()
    backup = shutil.copytree(journal, tmp_path / "backup")
    for folder in (backup, journal):
        elsewhere.remember(folder, anchor)
        elsewhere.remember(folder, tmp_path / "nothing there")
    anchor.write_text("x\n" * 40_000, "utf-8")
    elsewhere.append(anchor, (journal / "seal" / "checkpoint").read_text("utf-8"))
    lane(journal).close()
    elsewhere.append(anchor, (journal / "seal" / "checkpoint").read_text("utf-8"))
    lane(journal).close()
    assert len(list(notes_in((journal / CHECKPOINTS).read_text("utf-8")))) == 3
    before = (backup / CHECKPOINTS).read_bytes()
    put_back = lane(backup)
    put_back.append(b'["later"]', Level.DURABLE)
    until(lambda: b"seal-fault" in b"".join(path.read_bytes() for path in backup.glob("*.izj")), 10)
    put_back.close()
    assert (backup / CHECKPOINTS).read_bytes() == before
    said = [segment.event_of(frame.payload) for frame in _last(backup).entries]
    (fault,) = [event for event in said if event and event["event"] == "seal-fault"]
    assert "set back" in fault["why"]
    assert str(anchor) in fault["why"]
