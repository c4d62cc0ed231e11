"""A backup is a journal itself, goes on only from what it was, and what is put back from it signs no second history."""

import json
import shutil
from itertools import count

import pytest
from click.testing import CliRunner

from gateway.audit import backup, segment, site_log
from gateway.audit.backup import Backup
from gateway.audit.lane import Lane
from gateway.audit.receipt import JournalError
from gateway.audit.texts import Texts
from gateway.cli import main
from gateway.digest import digest_of
from gateway.vocabulary import Level

TEXT = b"Ketentuan"


def opened(place):
    numbers = count(1)
    return Lane(place, site="s", name="l", new_id=lambda at: f"{next(numbers):026}", reserve=0)


def write(place, entries=40, word=b"kabar"):
    lane = opened(place)
    for number in range(entries):
        lane.append(b'["%s",%d,"%s"]' % (word, number, b"x" * 80), Level.WRITTEN)
    lane.close()
    site_log.join(place)


@pytest.fixture
def journal(tmp_path):
    Texts(tmp_path / "journal").folder.parent.mkdir()
    Texts(tmp_path / "journal").keep({digest_of(TEXT): TEXT})
    for _ in range(3):  # each start begins a segment
        write(tmp_path / "journal", 20)
    return tmp_path / "journal"


def izin(*words, code=0):
    ran = CliRunner().invoke(main, [*map(str, words)])
    assert ran.exit_code == code, ran.output
    return ran.output


def back_up(journal, out, *options, code=0):
    return json.loads(izin("backup", "--journal", journal, "--out", out, "--json", *options, code=code))


def valid(folder):
    return json.loads(izin("audit", "verify", "--journal", folder, "--json"))


def segments(folder):
    return [folder / name for name in segment.segments(path.name for path in folder.iterdir())]


def test_a_backup_is_brought_up_to_date_and_verifies_as_the_journal_does(journal, tmp_path):
    out = tmp_path / "backup"
    first = back_up(journal, out)
    assert (first["outcome"], first["ended"], first["wrong"]) == ("valid", True, [])
    assert first["entries"] == valid(out)["last"] == valid(journal)["last"]
    assert {path.stat().st_mode & 0o077 for path in out.rglob("*.key")} == {0}
    assert out.stat().st_mode & 0o777 == 0o700
    write(journal, 5)
    (out / segments(journal)[-1].name).with_suffix(".izj.copying").write_bytes(b"cut short")
    again = back_up(journal, out)
    assert again["entries"] > first["entries"]
    assert 0 < again["files"] < first["files"]
    assert back_up(journal, out, "--full")["files"] <= 2, "but for the segment that is written next"
    assert [path.read_bytes() for path in segments(out)] == [path.read_bytes() for path in segments(journal)]
    assert Texts(out).read(digest_of(TEXT)) == TEXT
    back_up(journal, out, "--without-keys")
    assert list(out.rglob("*.key")) == []


def test_what_was_changed_does_not_reach_the_copy(journal, tmp_path):
    out = tmp_path / "backup"
    back_up(journal, out)
    changed, gone = segments(journal)[:2]
    octets = changed.read_bytes()
    changed.chmod(0o640)
    changed.write_bytes(octets.replace(b"kabar", b"bohong", 1))
    gone.rename(tmp_path / "aside")
    found = back_up(journal, out, code=1)
    assert [why.partition(":")[0] for why in found["wrong"]] == [changed.name, gone.name]
    assert (out / changed.name).read_bytes() == octets
    assert (out / gone.name).exists()
    valid(out)


def test_what_is_signed_while_it_copies_is_left_to_the_next(journal, tmp_path, monkeypatch):
    out, lane, known = tmp_path / "backup", opened(journal), backup.read_committed

    def read_and_go_on(place):
        found = known(place)
        lane.append(b'["kabar",1]', Level.WRITTEN)
        lane.close()  # which signs
        return found

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(backup, "read_committed", read_and_go_on)
        first = back_up(journal, out)
    assert (first["outcome"], first["wrong"]) == ("valid", [])
    assert back_up(journal, out)["entries"] == valid(journal)["last"] > first["entries"]


def test_a_journal_written_anew_is_no_successor_of_its_backup(journal, tmp_path):
    out, other = tmp_path / "backup", tmp_path / "other"
    back_up(journal, out)
    for name in ("seal.key", "public.vkey", "lane.json", "site/seal.key", "site/public.vkey"):
        (other / name).parent.mkdir(exist_ok=True, parents=True)
        shutil.copy(journal / name, other / name)
    write(other, 90, b"bohong")
    found = back_up(other, out, code=1)
    assert found["wrong"], "its segments are others"
    assert found["outcome"] == "broken"


def test_what_is_put_back_can_be_read_and_not_written(journal, tmp_path):
    out, back = tmp_path / "backup", tmp_path / "back"
    made = back_up(journal, out)
    found = json.loads(izin("restore", out, "--journal", back, "--json"))
    assert (found["outcome"], found["entries"], found["writable"]) == ("valid", made["entries"], False)
    assert valid(back)["last"] == made["entries"]
    assert list(back.rglob("*.key")) == []
    with pytest.raises(JournalError, match="put back from a backup, and can only be read"):
        opened(back)
    assert "can only be read" in izin("audit", "seal-site", "--journal", back, code=1)
    assert "is not empty" in izin("restore", out, "--journal", journal, code=1)
    assert "is no backup" in izin("restore", journal, "--journal", tmp_path / "new", code=1)


def test_only_a_backup_made_after_the_end_is_written_on(journal, tmp_path):
    out, back, late = tmp_path / "backup", tmp_path / "back", tmp_path / "late"
    lane = opened(journal)
    try:
        assert back_up(journal, out)["ended"] is False
    finally:
        lane.close()
    assert "made while a gateway wrote" in izin("restore", out, "--journal", back, "--write-on", code=1)
    assert back_up(journal, out, "--without-keys")["ended"] is True
    assert "made without keys" in izin("restore", out, "--journal", back, "--write-on", code=1)
    back_up(journal, out)
    write(journal, 3)  # the gateway was started again, and somebody keeps what it signed
    shutil.copy(journal / "checkpoints", late)
    izin("restore", out, "--journal", back, "--write-on", "--anchor", late, code=1)
    with pytest.raises(JournalError, match="can only be read"):
        opened(back)
    assert json.loads(izin("restore", out, "--journal", back, "--write-on", "--json"))["writable"] is True
    before = valid(back)["last"]
    write(back, 3)
    assert valid(back)["last"] > before


def test_the_lanes_of_a_site_go_together(tmp_path):
    parent, out, back = tmp_path / "lanes", tmp_path / "backup", tmp_path / "back"
    for number in "01":
        lane = Lane(parent / number, site="s", name=f"l/{number}", new_id=lambda at: "0" * 26, reserve=0)
        lane.append(b'["kabar"]', Level.WRITTEN)
        lane.close()
    site_log.join(parent)
    assert (back_up(parent, out)["lanes"], valid(out)["outcome"]) == (2, "valid")
    izin("restore", out, "--journal", back)
    assert valid(back)["outcome"] == "valid"
    for place in (back / "0", back / "1"):
        with pytest.raises(JournalError, match="can only be read"):
            Lane(place, site="s", new_id=lambda at: "0" * 26, reserve=0)


def test_a_policy_goes_along_without_what_was_taken_out_of_it(journal, tmp_path):
    out, policy = tmp_path / "backup", tmp_path / "policy"
    (policy / ".keys").mkdir(parents=True)
    for name in ("site.yaml", "rules.yaml", ".keys/signing.jwk"):
        (policy / name).write_text(name)
    back_up(journal, out, "--policy", policy)
    assert (out / "policy/.keys/signing.jwk").stat().st_mode & 0o777 == 0o600
    (policy / "rules.yaml").unlink()
    back_up(journal, out, "--policy", policy, "--without-keys")
    assert [path.name for path in (out / "policy").rglob("*") if path.is_file()] == ["site.yaml"]


def test_where_there_is_no_journal_nothing_is_begun(tmp_path, journal):
    (tmp_path / "empty").mkdir()
    assert "holds no journal" in izin(
        "backup", "--journal", tmp_path / "empty", "--out", tmp_path / "o", code=1
    )
    assert "lies in the journal" in izin("backup", "--journal", journal, "--out", journal / "o", code=1)
    assert "is not empty" in izin("backup", "--journal", journal, "--out", tmp_path, code=1)
    assert Backup(journal, tmp_path / "b", secrets=False).run().lanes == 1
