"""Proofs: one file, the same each time, that a program which shares no code with us accepts, and no changed one."""

import base64
import hashlib
import importlib.util
import io
import json
import shutil
import zipfile
from copy import deepcopy
from itertools import count
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.audit import keys
from gateway.audit.lane import Lane
from gateway.audit.texts import Texts
from gateway.cli.audit import command
from gateway.record import event_entry
from gateway.seal.note import sign, split_note
from gateway.vocabulary import Language, Level
from tests import c2sp, journals
from tests.journals import GPTBOT, REFUSED, START, exchange, judged

PROGRAM = Path(__file__).parents[2] / "docs" / "izin-verify.py"
EVIL = "Evil/1.0 \x1b[2J\u202e\nizin: all is well"


def standalone():
    spec = importlib.util.spec_from_file_location("izin_verify", PROGRAM)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


VERIFY = standalone()


@pytest.fixture(scope="module")
def journal(tmp_path_factory):
    """Readers, a crawler that is refused, terms and their texts, sealed."""
    folder = tmp_path_factory.mktemp("proving") / "journal"
    numbers = count(1)
    lane = Lane(folder, site="antara", name="mesin", new_id=lambda at: f"{next(numbers):026}", reserve=0)
    manifest = json.dumps(
        {
            "v": 1,
            "site": "antara",
            "notice": {"id": f"sha256:{hashlib.sha256(b'Dilarang').hexdigest()}"},
            "hosts": {},
        }
    ).encode()
    terms = f"sha256:{hashlib.sha256(manifest).hexdigest()}"
    texts = {
        terms: manifest,
        journals.TERMS: journals.MANIFEST,
        f"sha256:{hashlib.sha256(b'Dilarang').hexdigest()}": b"Dilarang",
    }
    Texts(folder).keep(texts)
    policy = {
        "policy": journals.VERSION.policy.digest,
        "terms": terms,
        "hosts": [{"host": "www.antara.example"}],
    }
    lane.append(event_entry("P" * 26, START, "policy", policy), Level.DURABLE)
    for number in range(40):
        for entry in exchange(judged(number, b"/berita/%d" % number)):
            lane.append(entry, Level.WRITTEN)
        if number % 10 == 5:
            crawler = judged(
                1000 + number, b"/foto/%d" % number, identity=GPTBOT, decision=REFUSED, user_agent=EVIL
            )
            for entry in exchange(crawler):
                lane.append(entry, Level.DURABLE)
    lane.close()
    return folder


def prove(journal, out, *arguments, code=0):
    words = ["prove", "--journal", str(journal), "--out", str(out), "--json", *map(str, arguments)]
    result = CliRunner(env={"IZIN_LANG": "en"}).invoke(command, words)
    assert result.exit_code == code, result.output
    return json.loads(result.stdout) if code == 0 else result.output


@pytest.fixture(scope="module")
def case(journal, tmp_path_factory):
    out = tmp_path_factory.mktemp("case") / "case.zip"
    told = prove(journal, out, "--operator", "OpenAI")
    return told, out.read_bytes()


def verify(octets, key=None, **how):
    return VERIFY.check(io.BytesIO(octets), key, how.get("anchors", []), lambda name, *values: name)


def parts(octets):
    with zipfile.ZipFile(io.BytesIO(octets)) as archive:
        return {info.filename: archive.read(info) for info in archive.infolist()}


def packed(files, *, honest=True):
    """A zip of these files; ``honest`` writes their digests into proof.json anew."""
    if honest and "proof.json" in files:
        proof = json.loads(files["proof.json"])
        proof["files"] = {
            name: hashlib.sha256(octets).hexdigest() for name, octets in files.items() if name != "proof.json"
        }
        files = {**files, "proof.json": json.dumps(proof).encode()}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, octets in files.items():
            archive.writestr(name, octets)
    return out.getvalue()


def holds(octets, key=None):
    try:
        verify(octets, key)
    except VERIFY.Broken:
        return False
    return True


def test_a_case_file_is_accepted_and_the_same_each_time(journal, case, tmp_path):
    told, octets = case
    assert told["sha256"] == hashlib.sha256(octets).hexdigest()
    assert told["asked"] == {"operator": "OpenAI", "from": None, "until": None}
    key = (journal / keys.PUBLIC).read_text()
    assert "own key" in verify(octets)
    assert "own key" not in verify(octets, key)
    assert "anchor" in verify(octets, key, anchors=[journal / "checkpoints"])
    again = prove(journal, tmp_path / "again.zip", "--operator", "OpenAI")
    assert (tmp_path / "again.zip").read_bytes() == octets
    assert again["sha256"] == told["sha256"]
    assert len(PROGRAM.read_text("utf-8").splitlines()) < 500


def test_the_account_tells_both_sides_and_hides_nothing(case):
    _, octets = case
    files = parts(octets)
    for name in ("berkas-perkara.id.txt", "case-file.en.txt"):
        text = files[name].decode()
        assert "OpenAI" in text
        assert "/foto/25" in text
        assert not any(char in text for char in "\x1b\u202e")
    assert b"What it does not prove" in files["case-file.en.txt"]
    assert b"Apa yang tidak dibuktikan" in files["berkas-perkara.id.txt"]
    assert b"203.0.113.7" not in files["entries.jsonl"]
    assert b"203.0.113.7" in files["openings.txt"], "the crawler's address, as the entry commits to it"


def test_values_that_were_erased_or_are_not_shown_leave_the_proof_as_it_is(case, journal, tmp_path):
    files = {name: it for name, it in parts(case[1]).items() if name != "signature.txt"}
    lines = files["openings.txt"].splitlines(keepends=True)
    assert len(lines) == 4
    for left in (lines[1:], []):
        assert holds(packed({**files, "openings.txt": b"".join(left)}))
    erased = shutil.copytree(journal, tmp_path / "erased")
    Lane(
        erased, site="antara", name="mesin", new_id=lambda at: "y" * 26, reserve=0
    ).close()  # it closes the segment
    words = ["erase", "--address", "203.0.113.7", "--why", "x", "--journal", str(erased)]
    ran = CliRunner(env={"IZIN_LANG": "en"}).invoke(command, words)
    assert ran.exit_code == 0, ran.output
    assert "4 entries were cleared" in ran.stdout
    prove(erased, tmp_path / "after.zip", "--operator", "OpenAI")
    after = parts((tmp_path / "after.zip").read_bytes())
    assert after["entries.jsonl"] == files["entries.jsonl"], "the same octets under the same seal"
    assert after["checkpoint.txt"] == files["checkpoint.txt"]
    assert "openings.txt" not in after
    assert holds((tmp_path / "after.zip").read_bytes(), (journal / keys.PUBLIC).read_text())
    assert b"address not laid open" in after["case-file.en.txt"]


def test_a_closed_file_proves_the_same_and_tells_of_nobody(case, journal, tmp_path):
    open_files = parts(case[1])
    told = prove(journal, tmp_path / "closed.zip", "--operator", "OpenAI", "--closed")
    assert told["asked"]["closed"] is True
    octets = (tmp_path / "closed.zip").read_bytes()
    files = parts(octets)
    assert files["entries.jsonl"] == open_files["entries.jsonl"]
    assert "openings.txt" not in files
    assert b"203.0.113.7" in open_files["case-file.en.txt"]
    assert b"203.0.113.7" not in octets
    assert {"opened", "account"} <= set(verify(octets, (journal / keys.PUBLIC).read_text()))


def test_a_second_reader_follows_the_hashes_to_the_checkpoint(journal, case):
    files = parts(case[1])
    proof = json.loads(files["proof.json"])
    origin, size, root = c2sp.checkpoint(
        files["checkpoint.txt"].decode(), (journal / keys.PUBLIC).read_text().strip()
    )
    assert (origin, size) == ("izin/antara/mesin", proof["size"])
    lines = files["entries.jsonl"].splitlines()
    leaves = {seq - 1: c2sp.sha(b"\0", line) for seq, line in zip(proof["entries"], lines, strict=True)}
    hashes = [base64.b64decode(one) for one in proof["hashes"]]
    assert c2sp.cover(leaves, 0, size, hashes) == root
    assert hashes == []


def test_a_reader_s_entry_comes_with_the_values_that_it_shares(journal, tmp_path):
    id = judged(30).id
    told = prove(journal, tmp_path / "one.zip", id[-8:])
    files = parts((tmp_path / "one.zip").read_bytes())
    assert told["asked"] == {"entry": id}
    entries = [json.loads(line) for line in files["entries.jsonl"].splitlines()]
    assert [entry[1] for entry in entries if isinstance(entry, list)].count(id) == 2, "decision and outcome"
    assert b'"www.antara.example"' in files["entries.jsonl"]
    assert "shared" in verify((tmp_path / "one.zip").read_bytes())


@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_no_changed_file_is_accepted(case, data):
    files = parts(case[1])
    name = data.draw(st.sampled_from(sorted(files)))
    octets = bytearray(files[name])
    at = data.draw(st.integers(0, len(octets) - 1))
    octets[at] ^= data.draw(st.integers(1, 255))
    changed = {**files, name: bytes(octets)}
    assert not holds(packed(changed, honest=False))
    if not name.endswith((".id.txt", ".en.txt", "proof.json", "signature.txt")):
        del changed["signature.txt"]
        assert not holds(packed(changed)), "the evidence needs no signature over the account"


def places(node, path=()):
    """The paths to every member and item of a JSON value."""
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, below in items:
        yield (*path, key)
        yield from places(below, (*path, key))


ODD = [
    None,
    True,
    -1,
    0,
    1,
    1.5,
    2**53,
    10**400,
    "",
    "x",
    "\ud800",
    [],
    {},
    [[]],
    "sha256:" + "0" * 64,
    ["A" * 44] * 3,
]


@settings(max_examples=120, deadline=None)
@given(data=st.data())
def test_whatever_the_list_says_it_crashes_nothing_and_changes_no_evidence(case, data):
    files = {name: it for name, it in parts(case[1]).items() if name != "signature.txt"}
    proof = json.loads(files["proof.json"])
    before = json.loads(files["proof.json"])
    for _ in range(data.draw(st.integers(1, 3))):
        *way, last = data.draw(st.sampled_from(list(places(proof))))
        node = proof
        for key in way:
            node = node[key]
        if data.draw(st.booleans()):
            node[last] = data.draw(st.sampled_from(ODD).map(deepcopy))
        else:
            del node[last]
    if holds(packed({**files, "proof.json": json.dumps(proof).encode()}, honest="files" not in proof)):
        for name in ("format", "origin", "size", "entries", "hashes"):
            assert proof[name] == before[name]


def test_no_false_account_is_accepted(case, journal, tmp_path):
    _, octets = case
    files = {name: it for name, it in parts(octets).items() if name != "signature.txt"}
    proof = json.loads(files["proof.json"])

    def changed(**members):
        return packed({**files, "proof.json": json.dumps({**proof, **members}).encode()})

    assert holds(changed())
    assert "no account" in verify(changed()), "without its signature the account is nobody's word"
    assert "account" in verify(octets)
    assert not holds(packed({**files, "berkas-perkara.id.txt": b"x"}, honest=False))
    assert not holds(packed({**files, "texts/x": b"x"}))
    assert not holds(packed({name: it for name, it in files.items() if not name.startswith("texts/")}))
    assert not holds(changed(size=proof["size"] + 1))
    assert not holds(changed(origin="izin/lain/mesin"))
    assert not holds(changed(entries=[one + 1 for one in proof["entries"]]))
    assert not holds(changed(entries=proof["entries"][::-1]))
    assert not holds(changed(hashes=proof["hashes"][:-1]))
    assert not holds(changed(hashes=[*proof["hashes"], proof["hashes"][0]]))
    assert not holds(changed(format="izin-proof/2"))
    assert not holds(octets[: len(octets) // 2])
    assert not holds(b"")
    lines = files["entries.jsonl"].splitlines(keepends=True)
    fewer = {**files, "entries.jsonl": b"".join(lines[1:])}
    assert not holds(
        packed({**fewer, "proof.json": json.dumps({**proof, "entries": proof["entries"][1:]}).encode()})
    )
    other = tmp_path / "other"
    Lane(other, site="antara", name="mesin", new_id=lambda at: "x" * 26, reserve=0).close()
    assert not holds(octets, (other / keys.PUBLIC).read_text())


def test_what_cannot_be_proved(journal, tmp_path):
    assert "no decision" in prove(journal, tmp_path / "a", "--operator", "Nobody", code=1)
    assert "no entry" in prove(journal, tmp_path / "a", "ZZZZZZZZ", code=1)
    prove(journal, tmp_path / "a", code=2)
    prove(journal, tmp_path / "a", "X" * 26, "--operator", "OpenAI", code=2)
    (tmp_path / "there").write_bytes(b"")
    assert "overwrites" in prove(journal, tmp_path / "there", "--operator", "OpenAI", code=1)
    broken = Path(shutil.copytree(journal, tmp_path / "broken"))
    shutil.rmtree(broken / "seal")
    segment = next(broken.glob("*.izj"))
    segment.chmod(0o640)
    segment.write_bytes(segment.read_bytes()[:-40])
    assert "not as it was sealed" in prove(broken, tmp_path / "a", "--operator", "OpenAI", code=1)
    (broken / "checkpoints").unlink()
    assert "not sealed yet" in prove(broken, tmp_path / "a", "--operator", "OpenAI", code=1)


@pytest.mark.parametrize("language", Language)
def test_the_program_speaks_to_people(journal, case, tmp_path, language, capsys, monkeypatch):
    file = tmp_path / "case.zip"
    words = ["izin-verify", str(file), "--key", str(journal / keys.PUBLIC), "--lang", language.value]
    monkeypatch.setattr("sys.argv", words)
    with pytest.raises(SystemExit, match="2"):
        VERIFY.main()
    assert "there is no file" in capsys.readouterr().err
    file.write_bytes(case[1])
    assert VERIFY.main() == 0
    assert "VALID" in capsys.readouterr().out
    file.write_bytes(packed({**parts(case[1]), "checkpoint.txt": b"x"}))
    assert VERIFY.main() == 1
    assert "BROKEN" in capsys.readouterr().out


def test_a_hand_over_is_followed_and_its_end_kept(journal, tmp_path):
    copy = Path(shutil.copytree(journal, tmp_path / "journal"))
    held = (copy / keys.PUBLIC).read_text()
    old = keys.read_secret((copy / keys.KEY).read_text())
    lane = Lane(copy, site="antara", name="mesin", new_id=lambda at: "y" * 26, reserve=0)
    lane.rotate_key()
    for entry in exchange(judged(5000, b"/later", identity=GPTBOT, decision=REFUSED)):
        lane.append(entry, Level.DURABLE)
    lane.close()
    prove(copy, tmp_path / "later.zip", judged(5000).id)
    octets = (tmp_path / "later.zip").read_bytes()
    assert "handed" in verify(octets, held)
    files = parts(octets)
    text = split_note(files["checkpoint.txt"].decode())[0]
    assert not holds(packed({**files, "checkpoint.txt": sign(text, old).encode()}), held)
    without = {name: it for name, it in files.items() if name != "hand-overs.txt"}
    assert not holds(packed(without), held)
