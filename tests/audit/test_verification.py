"""Verification: what is sound is called so, and whatever is changed under a checkpoint shows, with its place."""

import shutil
import threading
from itertools import count
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.audit import committed, frames, keys, recovery, segment
from gateway.audit.folder import lane_of
from gateway.audit.lane import Lane
from gateway.audit.points import held_key
from gateway.audit.sealer import CHECKPOINTS
from gateway.audit.texts import Texts
from gateway.audit.verification import Progress, Verification
from gateway.digest import digest_of
from gateway.record import event_entry
from gateway.seal.checkpoint import notes_in, read_checkpoint
from gateway.seal.erasable import entry_of
from gateway.seal.leaf import leaf_of, removed
from gateway.seal.report import Outcome, Wrong
from gateway.told.verified import OUTCOMES, WRONGS, parts
from gateway.vocabulary import Language, Level
from tests import journals
from tests.journals import GPTBOT, REFUSED, exchange, judged

TEXT = b"Dilarang keras."
GOLDEN = Path(__file__).parents[1] / "golden"


def lane(folder, **how):
    numbers = count(1)
    return Lane(folder, site="s", name="l", new_id=lambda at: f"{next(numbers):026}", reserve=0, **how)


def write(folder, entries=300, **how):
    """A run of a gateway that writes entries and stops."""
    one = lane(folder, **how)
    for number in range(entries):
        one.append(b'["entry",%d]' % number, Level.WRITTEN)
    one.append(event_entry("x" * 26, 1, "policy", {"policy": digest_of(TEXT)}), Level.DURABLE)
    one.close()


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    """A journal of two runs, with a text; not to be changed."""
    folder = tmp_path_factory.mktemp("sound") / "journal"
    for _ in range(2):
        write(folder)
        Texts(folder).keep({digest_of(TEXT): TEXT})
    return folder


@pytest.fixture
def journal(sound, tmp_path):
    return Path(shutil.copytree(sound, tmp_path / "journal"))


def verify(folder, key=None, **how):
    said = lane_of(folder)
    return Verification(folder, (said["site"], said["lane"]), held_key(folder, key), **how).run()


def first_wrong(report):
    return report.faults[0].wrong if report.faults else None


def segments(folder):
    return [folder / name for name in segment.segments(path.name for path in folder.iterdir())]


def rewrite(path, change):
    """Write a segment anew, its checksums too; ``change`` gives each payload's replacement by number."""
    whole = segment.read_segment(path.read_bytes())
    octets = segment.begin(whole.header)
    for frame in whole.entries:
        octets += frames.encode(frame.seq, change(frame.seq, frame.payload))
    path.chmod(0o640)
    path.write_bytes(octets)


def at_seq(wanted, payload):
    return lambda seq, before: payload(before) if seq == wanted else before


def test_a_sound_journal_and_what_is_told_of_it(sound):
    report = verify(sound)
    assert (report.outcome, report.faults) == (Outcome.VALID, ())
    assert (report.last, report.sealed, report.origin) == (606, 606, "izin/s/l")
    assert report.counts["entries"] == 606
    assert (report.counts["starts"], report.counts["unclean_stops"], report.counts["texts"]) == (2, 0, 1)
    for language in Language:
        told = "\n".join(line for _, lines in parts(report, language) for line in lines)
        assert "606" in told
        assert report.keys[0][1] in told
    assert set(OUTCOMES) == set(Outcome)
    assert set(WRONGS) == set(Wrong)


def test_a_running_gateway_is_verified_without_harm(journal):
    one = lane(journal)
    try:
        for number in range(1000):
            one.append(b'["later",%d]' % number, Level.WRITTEN)
            if number % 200 == 0:
                assert verify(journal).outcome is Outcome.VALID
    finally:
        one.close()
    report = verify(journal)
    assert (report.outcome, report.last) == (Outcome.VALID, 1608)


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_any_octet_changed_under_a_checkpoint_shows(sound, tmp_path_factory, data):
    folder = Path(shutil.copytree(sound, tmp_path_factory.mktemp("changed") / "journal"))
    path = data.draw(st.sampled_from(segments(folder)))
    octets = bytearray(path.read_bytes())
    at = data.draw(st.integers(0, len(octets) - 1))
    octets[at] ^= data.draw(st.integers(1, 255))
    path.chmod(0o640)
    path.write_bytes(octets)
    report = verify(folder)
    assert report.outcome is Outcome.BROKEN
    fault = report.faults[0]
    assert fault.file == path.name
    assert fault.offset <= at
    shutil.rmtree(folder)


@pytest.mark.parametrize(
    "hostile",
    [b'{"phase":"event"}', b'{"phase":"event"', b'{"phase":"event","event":1,"details":{}}', b"[1]"],
)
def test_an_entry_that_is_none_harms_nobody(journal, hostile):
    rewrite(segments(journal)[0], at_seq(303, lambda _: hostile))
    assert first_wrong(verify(journal)) is Wrong.ROOT


@pytest.mark.parametrize("tiles", ["there", "gone"])
def test_an_entry_written_anew_with_its_checksum_is_named(journal, tiles):
    rewrite(segments(journal)[1], at_seq(400, lambda before: before.replace(b"entry", b"other")))
    if tiles == "gone":
        shutil.rmtree(journal / "seal")
    report = verify(journal)
    assert (report.outcome, first_wrong(report)) == (Outcome.BROKEN, Wrong.ROOT)
    fault = report.faults[0]
    first = 400 if tiles == "there" else 304
    frame = segment.read_segment(segments(journal)[1].read_bytes()).entries[first - 304]
    assert (fault.file, fault.seq, fault.offset) == (segments(journal)[1].name, first, frame.offset)


def test_a_journal_written_anew_as_a_whole_shows_by_what_was_kept_elsewhere(journal, tmp_path):
    anchor = tmp_path / "kept"
    anchor.write_bytes((journal / CHECKPOINTS).read_bytes())
    report = verify(journal, anchors=[anchor], outside=True)
    assert report.outcome is Outcome.VALID
    assert [(one.kind, one.size) for one in report.vouchers] == [("file", 606)]
    key = (journal / keys.KEY).read_bytes()
    shutil.rmtree(journal)
    journal.mkdir()
    (journal / keys.KEY).write_bytes(key)
    write(journal, entries=300)
    write(journal, entries=300)
    Texts(journal).keep({digest_of(TEXT): TEXT})
    assert verify(journal).outcome is Outcome.VALID, "nothing within it tells"
    assert first_wrong(verify(journal, anchors=[anchor])) in {Wrong.CONTRADICTION, Wrong.ROOT}
    assert verify(journal, anchors=[tmp_path / "none"]).outcome is Outcome.INCOMPLETE


def test_a_journal_cut_short_or_emptied(journal, tmp_path):
    last = segments(journal)[-1]
    octets = last.read_bytes()
    last.chmod(0o640)
    last.write_bytes(octets[: len(octets) // 2])
    report = verify(journal)
    assert report.outcome is Outcome.BROKEN
    assert report.faults[0].file == last.name
    whole = segment.read_segment(octets[: len(octets) // 2])
    last.write_bytes(octets[: whole.end])
    (journal / committed.NAME).unlink()
    report = verify(journal)
    assert (report.outcome, first_wrong(report)) == (Outcome.BROKEN, Wrong.SHRUNK)
    assert (report.faults[0].seq, report.faults[0].last) == (304 + len(whole.entries), 606)


@pytest.mark.parametrize("number", [0, 1])
def test_a_missing_segment_is_missing_and_the_rest_is_still_measured(journal, number):
    path = segments(journal)[number]
    path.unlink()
    report = verify(journal)
    assert (report.outcome, first_wrong(report)) == (Outcome.INCOMPLETE, Wrong.SEGMENT_MISSING)
    assert report.counts["missing"] == 303
    rest = segments(journal)[0]
    some = 10 if number else 500
    rewrite(rest, at_seq(some, lambda before: before.replace(b"entry", b"other")))
    assert verify(journal).outcome is Outcome.BROKEN


def test_texts_that_are_gone_or_changed(journal):
    path = Texts(journal).folder / digest_of(TEXT).removeprefix("sha256:")
    path.chmod(0o640)
    path.write_bytes(b"Boleh.")
    assert first_wrong(verify(journal)) is Wrong.TEXT_CHANGED
    path.unlink()
    report = verify(journal)
    assert (report.outcome, first_wrong(report)) == (Outcome.INCOMPLETE, Wrong.TEXT_MISSING)


def test_a_write_cut_short_is_no_tampering_and_its_recovery_is_told(journal):
    last = segments(journal)[-1]
    torn = b"\0\0\1\0half of a frame"
    last.chmod(0o640)
    last.write_bytes(last.read_bytes() + torn)
    assert verify(journal).outcome is Outcome.VALID
    write(journal, entries=1)
    report = verify(journal)
    assert (report.outcome, report.counts["recoveries"]) == (Outcome.VALID, 1)
    (saved,) = journal.glob(f"*{recovery.TOLD}")
    saved.chmod(0o640)
    saved.write_bytes(b"x")
    assert first_wrong(verify(journal)) is Wrong.TORN_CHANGED
    saved.unlink()
    assert first_wrong(verify(journal)) is Wrong.TORN_MISSING


def reheaded(path, **changed):
    """Write a segment's header anew, all else as it is."""
    whole = segment.read_segment(path.read_bytes())
    octets = segment.begin(msgspec.structs.replace(whole.header, **changed))
    octets += b"".join(frames.encode(frame.seq, frame.payload) for frame in whole.entries)
    path.chmod(0o640)
    path.write_bytes(octets)


@pytest.mark.parametrize(
    "changed", [{"software": "9.9"}, {"created": "2020-01-01T00:00:00Z"}, {"previous": None}]
)
def test_a_header_that_was_changed_shows(journal, changed):
    reheaded(segments(journal)[1], **changed)
    report = verify(journal)
    assert (report.outcome, first_wrong(report)) == (Outcome.BROKEN, Wrong.HEADER)
    assert report.faults[0].file == segments(journal)[1].name
    assert report.counts["bare_headers"] == 0


def test_every_segment_begins_with_the_seal_of_its_header(tmp_path):
    one = lane(tmp_path, segment_size=1024)
    for number in range(4):
        written = threading.Event()
        one.append(b'["%b",%d]' % (b"x" * 1000, number), Level.WRITTEN, lambda _, done=written: done.set())
        assert written.wait(20)
    one.close()
    report = verify(tmp_path)
    assert (report.outcome, report.counts["bare_headers"]) == (Outcome.VALID, 0)
    wholes = [segment.read_segment(path.read_bytes()) for path in segments(tmp_path)]
    firsts = [segment.event_of(whole.entries[0].payload)["event"] for whole in wholes]
    assert firsts == ["start", *["segment"] * 3]


@pytest.mark.parametrize(("golden", "bare"), [("journal-v1-sealed", 2), ("journal-v1-headers", 0)])
def test_of_a_journal_from_before_headers_were_sealed_that_is_said(golden, bare):
    report = verify(GOLDEN / golden)
    assert {fault.wrong for fault in report.faults} == {Wrong.TEXT_MISSING}, "a golden journal has no texts"
    assert (report.sealed, report.counts["bare_headers"]) == (report.last, bare)
    told = [line for _, lines in parts(report, Language.EN) for line in lines]
    assert any("headers of 2 segments" in line for line in told) is bool(bare)


def test_a_journal_of_the_second_version_is_verified_with_what_was_erased_from_it():
    report = verify(GOLDEN / "journal-v2-sealed")
    assert {fault.wrong for fault in report.faults} == {Wrong.TEXT_MISSING}, "a golden journal has no texts"
    assert [report.counts[name] for name in ("opened", "erased", "removed")] == [2, 1, 2]


def test_removed_entries_are_sound_where_an_event_says_so(journal):
    rewrite(segments(journal)[0], lambda seq, before: removed(leaf_of(before)) if 10 <= seq < 20 else before)
    report = verify(journal)
    assert (first_wrong(report), report.faults[0].seq, report.faults[0].last) == (Wrong.UNRECORDED, 10, 19)
    one = lane(journal)
    details = {"first": 5, "last": 19, "entries": 10, "why": "retention"}
    one.append(event_entry("y" * 26, 2, "removal", details), Level.DURABLE)
    one.close()
    report = verify(journal)
    assert (report.outcome, report.counts["removed"]) == (Outcome.VALID, 10)


def test_values_are_sound_that_fit_or_were_erased_on_record(tmp_path):
    folder = tmp_path / "j"
    one = lane(folder)
    for number in range(6):
        one.append(exchange(judged(number, identity=GPTBOT, decision=REFUSED))[0], Level.DURABLE)
    one.close()
    Texts(folder).keep(journals.VERSION.texts)
    first = segments(folder)[0]

    def faults():
        return [
            it for it in verify(folder).faults if it.wrong not in (Wrong.TEXT_MISSING, Wrong.TEXT_CHANGED)
        ]

    assert (faults(), verify(folder).counts["opened"]) == ([], 6)
    sound = first.read_bytes()
    rewrite(first, at_seq(3, lambda before: before.replace(b"203.0.113.7", b"203.0.113.9")))
    assert [(it.wrong, it.seq, it.last) for it in faults()] == [(Wrong.OPENING_CHANGED, 3, 3)]
    first.write_bytes(sound)
    rewrite(first, at_seq(1, lambda before: before + b"\0" + b"0" * 32 + b"{}"))
    assert [(it.wrong, it.seq) for it in faults()] == [(Wrong.OPENING_CHANGED, 1)], (
        "an event commits to nothing"
    )
    first.write_bytes(sound)
    rewrite(first, lambda seq, before: entry_of(before) if 3 <= seq <= 4 else before)
    assert [(it.wrong, it.seq, it.last) for it in faults()] == [(Wrong.OPENING_MISSING, 3, 4)]
    one = lane(folder)
    details = {"first": 3, "last": 4, "entries": 0, "cleared": 2, "why": "erasure: x"}
    one.append(event_entry("y" * 26, 2, "removal", details), Level.DURABLE)
    one.close()
    assert faults() == []
    assert (verify(folder).counts["opened"], verify(folder).counts["erased"]) == (4, 2)


def test_a_key_from_elsewhere_and_one_that_is_not_the_journals(journal, tmp_path):
    kept = tmp_path / "key"
    kept.write_bytes((journal / keys.PUBLIC).read_bytes())
    assert verify(journal, kept).outcome is Outcome.VALID
    (journal / keys.KEY).unlink()
    write(journal, entries=1)
    report = verify(journal, kept)
    assert (report.outcome, first_wrong(report)) == (Outcome.INCOMPLETE, Wrong.KEY_UNKNOWN)
    text = (journal / CHECKPOINTS).read_text("utf-8")
    (journal / CHECKPOINTS).write_text(text.replace("606\n", "605\n"), "utf-8")
    assert first_wrong(verify(journal, kept)) is Wrong.SIGNATURE


def test_it_goes_on_where_it_was(journal):
    kept = []
    assert verify(journal, keep=lambda progress: kept.append(msgspec.json.encode(progress))).resumed_at == 0
    rewrite(segments(journal)[0], at_seq(10, lambda before: before.replace(b"entry", b"other")))
    progress = msgspec.json.decode(kept[0], type=Progress)
    report = verify(journal, progress=progress)
    assert (report.outcome, report.resumed_at) == (Outcome.VALID, 303)
    rewrite(segments(journal)[1], at_seq(400, lambda before: before.replace(b"entry", b"other")))
    progress = msgspec.json.decode(kept[0], type=Progress)
    assert first_wrong(verify(journal, progress=progress)) is Wrong.ROOT


def test_it_goes_on_where_nothing_was_sealed_since(journal):
    kept = []
    verify(journal, keep=lambda progress: kept.append(msgspec.json.encode(progress)))
    notes = notes_in((journal / CHECKPOINTS).read_text("utf-8"))
    first = [note for note in notes if read_checkpoint(note.partition("\n\n")[0] + "\n").size <= 303]
    assert first
    (journal / CHECKPOINTS).write_text("".join(first), "utf-8")
    (journal / "seal/checkpoint").unlink()
    for progress in (None, msgspec.json.decode(kept[0], type=Progress)):
        report = verify(journal, progress=progress)
        assert (report.outcome, report.faults) == (Outcome.VALID, ())


def test_a_journal_without_a_seal(tmp_path):
    write(tmp_path, sealed=False)
    (tmp_path / keys.PUBLIC).write_text(
        "izin.example/audit/site-1+c2dbbe21+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4"
    )
    Texts(tmp_path).keep({digest_of(TEXT): TEXT})
    assert first_wrong(verify(tmp_path)) is Wrong.UNSEALED
