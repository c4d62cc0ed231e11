"""The log of a site: one checkpoint over all lanes, signed over no two histories, and what a verification of it says."""

import json
import shutil
from functools import partial
from itertools import count

import pytest
from click.testing import CliRunner

from gateway.audit import folder, keys, site_log
from gateway.audit.lane import Lane
from gateway.audit.receipt import JournalError
from gateway.audit.stamps import keep_stamp
from gateway.cli.audit import command
from gateway.proxy.seal_files import shown
from gateway.seal.checkpoint import notes_in
from gateway.seal.report import Wrong
from gateway.vocabulary import Level
from tests import c2sp

SITE = site_log.FOLDER


def write(place, lane, entries=20, site="s"):
    numbers = count(1)
    one = Lane(place, site=site, name=lane, new_id=lambda at: f"{next(numbers):026}", reserve=0)
    for number in range(entries):
        one.append(b'["%s",%d]' % (lane.encode(), number), Level.WRITTEN)
    one.close()


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Three lanes at two depths, sealed twice; not to be changed."""
    parent = tmp_path_factory.mktemp("site") / "journal"
    for _ in range(2):
        for place, lane in (("0", "a/0"), ("1", "a/1"), ("b/0", "b/0")):
            write(parent / place, lane)
        joined = site_log.join(parent)
        assert (joined.heads, joined.left_out) == (3, ())
    return parent


@pytest.fixture
def parent(made, tmp_path):
    return shutil.copytree(made, tmp_path / "journal")


def verify(parent, *options, code):
    words = ["verify", "--journal", str(parent), "--json", *map(str, options)]
    result = CliRunner().invoke(command, words)
    assert result.exit_code == code, result.output
    return json.loads(result.stdout)


def wrongs(report):
    return [fault["wrong"] for one in (report, *report["lanes"]) for fault in one["faults"]]


def test_a_site_is_verified_with_all_its_lanes_by_one_key(parent, tmp_path):
    key, anchor = tmp_path / "site.vkey", tmp_path / "kept"
    shutil.copy(parent / SITE / keys.PUBLIC, key)
    shutil.copy(parent / SITE / "seal" / "checkpoint", anchor)
    report = verify(parent, "--key", key, "--anchor", anchor, code=0)
    assert (report["origin"], report["last"], report["sealed"], report["held"]) == ("izin/s", 6, 6, True)
    assert report["entries_per_cpu_second"] > 0
    assert [lane["lane"] for lane in report["lanes"]] == ["a/0", "a/1", "b/0"]
    for lane in report["lanes"]:
        assert lane["held"], "the site's key leads to the lane's"
        assert [voucher["size"] for voucher in lane["vouchers"]] == [lane["last"]]
    for language in ("id", "en"):
        told = CliRunner().invoke(command, ["verify", "--journal", str(parent), "--lang", language]).stdout
        assert "izin/s: 6" in told
        assert told.count("VALID") == 7


def test_a_second_reader_follows_the_log_to_every_lane(parent):
    place = parent / SITE
    vkey = (place / keys.PUBLIC).read_text().strip()
    origin, size, root = c2sp.checkpoint((place / "seal" / "checkpoint").read_text(), vkey)
    leaves = c2sp.tiled_leaves(partial(shown, place), size)
    assert (origin, c2sp.head(leaves)) == ("izin/s", root)
    octets = (place / site_log.ENTRIES).read_bytes()
    entries = [b"izin.lane-head@v1\n" + one for one in octets.split(b"izin.lane-head@v1\n")[1:]]
    assert [c2sp.sha(b"\0", entry) for entry in entries] == leaves
    for entry, lane in zip(entries[-3:], ("0", "1", "b/0"), strict=True):
        _, lane_key, note = entry.decode().split("\n", 2)
        _, lane_size, lane_root = c2sp.checkpoint(note, lane_key)
        assert c2sp.head(c2sp.tiled_leaves(partial(shown, parent / lane), lane_size)) == lane_root


def test_a_round_with_nothing_new_changes_nothing(parent):
    before = (parent / SITE / "checkpoints").read_bytes()
    joined = site_log.join(parent)
    assert (joined.heads, joined.size) == (0, 6)
    assert (parent / SITE / "checkpoints").read_bytes() == before


def test_a_lane_that_is_gone_is_missing_and_one_written_anew_is_broken(parent):
    shutil.rmtree(parent / "1")
    report = verify(parent, code=3)
    assert wrongs(report) == [Wrong.LANE_MISSING]
    assert report["faults"][0]["file"] == "izin/s/a/1"
    write(parent / "1", "a/1", entries=99)
    report = verify(parent, code=1)
    assert Wrong.KEY_UNKNOWN in wrongs(report)


def test_a_lane_cut_back_with_its_own_key_contradicts_the_log(parent):
    """The operator has every key, and writes a lane anew: only the log of the site tells."""
    shutil.copy(parent / "0" / keys.KEY, parent / "kept.key")
    shutil.rmtree(parent / "0")
    folder.prepare(parent / "0")
    shutil.copy(parent / "kept.key", parent / "0" / keys.KEY)
    write(parent / "0", "a/0", entries=200)
    report = verify(parent, code=1)
    assert wrongs(report)[0] == Wrong.ROOT
    joined = site_log.join(parent)
    assert [place for place, _ in joined.left_out] == [str(parent / "0")], "nothing is signed over it"
    assert joined.heads == 0


@pytest.mark.parametrize("file", [site_log.ENTRIES, "checkpoints", "seal/checkpoint"])
def test_any_line_of_the_log_that_is_changed_shows(parent, file):
    path = parent / SITE / file
    octets = path.read_bytes()
    for at in range(7, len(octets) - 1, 83):
        path.write_bytes(octets[:at] + bytes([octets[at] ^ 1]) + octets[at + 1 :])
        result = CliRunner().invoke(command, ["verify", "--journal", str(parent)])
        # A signature under another name or id is no false one, but one by a key that is not known.
        assert result.exit_code == 1 or (result.exit_code, file != site_log.ENTRIES) == (3, True)
    path.write_bytes(octets)
    verify(parent, code=0)


def test_old_checkpoints_of_the_site_are_thinned_and_those_that_were_stamped_stay(tmp_path):
    log = site_log.SiteLog(tmp_path)
    for turn in range(6):
        write(tmp_path / "x", "x", entries=2)
        log.join()
        if turn == 2:
            keep_stamp(tmp_path / SITE, 3, "https://tsa.example/", b"stamp")
    write(tmp_path / "x", "x", entries=2)
    site_log.SiteLog(tmp_path, newest=2).join()
    notes = list(notes_in((tmp_path / SITE / "checkpoints").read_text("utf-8")))
    assert [int(note.split("\n")[1]) for note in notes] == [1, 3, 5, 6, 7]
    assert verify(tmp_path, code=0)["sealed"] == 7


def test_heads_cut_off_the_log_show(parent):
    path = parent / SITE / site_log.ENTRIES
    octets = path.read_bytes()
    path.write_bytes(octets[: octets.rindex(b"izin.lane-head")])
    assert wrongs(verify(parent, code=1))[0] == Wrong.SHRUNK
    with pytest.raises(JournalError, match="not as it was signed"):
        site_log.join(parent)


def test_a_write_cut_short_is_mended_by_the_next_round(parent):
    for file in (site_log.ENTRIES, "checkpoints"):
        with (parent / SITE / file).open("ab") as out:
            out.write(b"izin.lane-head@v1\nizin/s/")
    write(parent / "0", "a/0")
    assert (site_log.join(parent).heads, verify(parent, code=0)["sealed"]) == (1, 7)


def test_the_site_s_key_is_handed_over(parent, tmp_path):
    shutil.copy(parent / SITE / keys.PUBLIC, tmp_path / "old")
    result = CliRunner().invoke(command, ["rotate-key", "--journal", str(parent), "--json"])
    assert (result.exit_code, json.loads(result.stdout)["size"]) == (0, 6)
    write(parent / "0", "a/0")
    assert site_log.join(parent).heads == 1
    report = verify(parent, "--key", tmp_path / "old", code=0)
    assert (report["sealed"], len(report["keys"])) == (7, 2)


def test_a_lost_key_of_the_site_is_said(parent, tmp_path):
    old = (parent / SITE / keys.PUBLIC).read_text().strip()
    (parent / SITE / keys.KEY).unlink()
    write(parent / "0", "a/0")
    result = CliRunner().invoke(command, ["seal-site", "--journal", str(parent), "--json"])
    assert json.loads(result.stdout)["lost_key"] == old
    assert site_log.join(parent).lost_key is None
    report = verify(parent, code=3)
    assert wrongs(report) == [Wrong.KEY_UNKNOWN] * 2, "what the lost one signed nobody else vouches for"


def test_lanes_without_a_log_are_incomplete_and_those_of_two_sites_are_refused(tmp_path):
    write(tmp_path / "x", "x")
    assert wrongs(verify(tmp_path, code=3)) == [Wrong.UNSEALED]
    write(tmp_path / "y", "y", site="other")
    result = CliRunner().invoke(command, ["seal-site", "--journal", str(tmp_path)])
    assert (result.exit_code, "lanes of 2 sites" in result.output) == (1, True)


def test_the_checkpoint_goes_to_its_anchors_once(parent, tmp_path):
    write(parent / "0", "a/0")
    words = ["seal-site", "--journal", str(parent), "--anchor", str(tmp_path / "kept")]
    for _ in range(2):
        assert CliRunner().invoke(command, words).exit_code == 0
    assert (tmp_path / "kept").read_text() == (parent / SITE / "seal" / "checkpoint").read_text()
    hold = folder.Hold(parent / SITE)
    assert site_log.join(parent) is None, "another process is at it"
    hold.release()


def test_a_log_put_back_from_a_backup_signs_no_second_history(parent, tmp_path):
    site_log.join(parent, [tmp_path / "kept"])
    write(parent / "0", "a/0")
    site_log.join(parent, [tmp_path / "kept"])
    shutil.copytree(parent / SITE, tmp_path / "backup")
    write(parent / "0", "a/0")
    site_log.join(parent, [tmp_path / "kept"])
    shutil.rmtree(parent / SITE)
    shutil.copytree(tmp_path / "backup", parent / SITE)
    with pytest.raises(JournalError, match="set back"):
        site_log.join(parent)


def test_a_verification_of_a_site_goes_on_where_it_was(parent, tmp_path):
    state = tmp_path / "state"
    words = ("--state", state)
    assert [lane["resumed_at"] for lane in verify(parent, *words, code=0)["lanes"]] == [0, 0, 0]
    assert state.stat().st_mode & 0o777 == 0o600
    again = verify(parent, *words, code=0)
    assert [lane["resumed_at"] for lane in again["lanes"]] == [22, 22, 22]
    write(parent / "0", "a/0")
    write(parent / "2", "a/2")
    site_log.join(parent)
    assert [lane["resumed_at"] for lane in verify(parent, *words, code=0)["lanes"]] == [22, 22, 0, 22]
    assert [lane["resumed_at"] for lane in verify(parent, *words, code=0)["lanes"]] == [44, 22, 0, 22]
    last = max((parent / "1").glob("*.izj"))
    octets = last.read_bytes()
    last.chmod(0o640)
    last.write_bytes(octets.replace(b'"a/1",7', b'"a/1",8'))
    assert "frame" in wrongs(verify(parent, *words, code=1))
    last.write_bytes(octets)
    log = parent / SITE / site_log.ENTRIES
    whole = log.read_bytes()
    log.write_bytes(whole.replace(b"\xe2\x80\x94 izin/s/a/1", b"\xe2\x80\x94 izin/s/a/2", 1))
    for _ in range(2):
        report = verify(parent, *words, code=1)
        assert "it is not what was verified before" in [fault.get("detail") for fault in report["faults"]]
    log.write_bytes(whole)
    assert not wrongs(verify(parent, *words, code=0))
    other = tmp_path / "other"
    other.write_bytes(state.read_bytes().replace(b'"origin":"izin/s"', b'"origin":"izin/t"', 1))
    result = CliRunner().invoke(command, ["verify", "--journal", str(parent), "--state", str(other)])
    assert (result.exit_code, "another journal or key" in result.output) == (2, True)


def test_a_single_lane_is_a_site_too_and_others_join_it(tmp_path):
    journal = tmp_path / "journal"
    write(journal, "a")
    assert site_log.home_of(journal, "s") == journal
    assert site_log.join(journal).heads == 1
    words = ["verify", "--journal", str(journal), "--json"]
    alone = json.loads(CliRunner().invoke(command, words).stdout)
    assert (alone["outcome"], alone["origin"]) == ("valid", "izin/s/a"), "asked without a key it is the lane"
    key = tmp_path / "site.vkey"
    shutil.copy(journal / SITE / keys.PUBLIC, key)
    report = verify(journal, "--key", key, code=0)
    assert (report["origin"], [lane["lane"] for lane in report["lanes"]]) == ("izin/s", ["a"])
    write(tmp_path / "elsewhere", "b")
    shutil.copytree(tmp_path / "elsewhere", journal / "b")
    assert site_log.join(journal).heads == 1
    report = verify(journal, code=0)
    assert (report["sealed"], [lane["lane"] for lane in report["lanes"]]) == (2, ["a", "b"])
    assert site_log.home_of(journal / "b", "s") == journal
    assert site_log.home_of(journal / "b", "other") == journal / "b"
    shutil.copy(journal / keys.PUBLIC, tmp_path / "lane.vkey")
    words += ["--key", str(tmp_path / "lane.vkey")]
    assert json.loads(CliRunner().invoke(command, words).stdout)["origin"] == "izin/s/a", (
        "the key says of what"
    )
    result = CliRunner().invoke(command, ["rotate-key", "--journal", str(journal), "--site", "--json"])
    assert json.loads(result.stdout)["old"] == key.read_text().strip()


def test_a_lane_written_anew_contradicts_the_log_beside_it(tmp_path):
    write(tmp_path, "a", entries=99)
    site_log.join(tmp_path)
    for path in [*tmp_path.glob("*.izj"), tmp_path / "checkpoints", tmp_path / "committed"]:
        path.unlink()
    shutil.rmtree(tmp_path / "seal")
    write(tmp_path, "a", entries=200)
    result = CliRunner().invoke(command, ["verify", "--journal", str(tmp_path), "--json"])
    assert (result.exit_code, json.loads(result.stdout)["faults"][0]["file"][-4:]) == (1, ".izj")


def test_a_log_that_is_remembered_is_the_one_that_is_there(tmp_path):
    """One process after the other signs it; each goes on from what the other has written."""
    logs = [site_log.SiteLog(tmp_path), site_log.SiteLog(tmp_path)]
    for turn, log in enumerate((0, 0, 1, 0, 0, 1, 1)):
        write(tmp_path / "x", "x", entries=3)
        assert (logs[log].join().size, logs[log].join().heads) == (turn + 1, 0)
    assert verify(tmp_path, code=0)["sealed"] == 7
    assert len(c2sp.tiled_leaves(partial(shown, tmp_path / SITE), 7)) == 7
    shutil.rmtree(tmp_path / SITE / "seal" / "hashes")
    (tmp_path / SITE / "seal" / "tile" / "0").mkdir(parents=True)  # as an earlier version kept them
    assert site_log.join(tmp_path).heads == 0
    assert len(c2sp.tiled_leaves(partial(shown, tmp_path / SITE), 7)) == 7
    assert not (tmp_path / SITE / "seal" / "tile").exists()
    entries = tmp_path / SITE / site_log.ENTRIES
    octets = entries.read_bytes()
    entries.write_bytes(octets.replace(b"\n5\n", b"\n6\n", 1))
    write(tmp_path / "x", "x")
    with pytest.raises(JournalError, match="not as it was signed"):
        logs[0].join()
