"""A reader written from the C2SP texts alone, who holds the site's key, accepts what is sealed and rejects every change of it."""

import io
import json
import shutil
import zipfile
from functools import partial

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.audit import keys, segment, site_log
from gateway.audit.lane import Lane
from gateway.cli.audit import command
from gateway.proxy.seal_files import shown
from gateway.vocabulary import Level
from tests import c2sp
from tests.audit.test_proving import VERIFY
from tests.journals import GPTBOT, REFUSED, exchange, judged

SITE = site_log.FOLDER


@pytest.fixture(scope="module")
def parent(tmp_path_factory):
    """Two lanes, the first long enough for a full tile, under a site's log; not to be changed."""
    parent = tmp_path_factory.mktemp("second") / "journal"
    for place, entries in (("0", 150), ("1", 3)):
        lane = Lane(parent / place, site="antara", name=f"m/{place}", new_id=lambda at: "z" * 26, reserve=0)
        for number in range(entries):
            for entry in exchange(judged(number, b"/foto/1", identity=GPTBOT, decision=REFUSED)):
                lane.append(entry, Level.DURABLE)
        lane.close()
    for _ in range(2):
        site_log.join(parent)
    return parent


@pytest.fixture(scope="module")
def proof(parent, tmp_path_factory):
    out = tmp_path_factory.mktemp("proof") / "one.zip"
    words = ["prove", "--journal", str(parent / "0"), "--out", str(out), judged(70).id]
    assert CliRunner().invoke(command, words).exit_code == 0
    return out.read_bytes()


def key_of(folder):
    return (folder / keys.PUBLIC).read_text().strip()


def rejects(call, *arguments):
    try:
        call(*arguments)
    except (ValueError, KeyError, TypeError, OSError):
        return True
    return False


def read_site(parent):
    """All of a site, from its key alone: the log, and every lane's entries by its newest head."""
    octets = (parent / SITE / site_log.ENTRIES).read_bytes()
    start = b"izin.lane-head@v1\n"
    entries = [start + one for one in octets.split(start)[1:]]
    if b"".join(entries) != octets:
        raise ValueError("an entry")
    c2sp.log(partial(shown, parent / SITE), key_of(parent / SITE), entries)
    for entry in entries:
        _, lane_key, note = entry.decode().split("\n", 2)
        origin, size, _ = c2sp.checkpoint(note, lane_key)
        lane = parent / origin.rpartition("/")[2]
        if (lane / "seal" / "checkpoint").read_text() != note or len(
            c2sp.log(partial(shown, lane), lane_key)[1]
        ) != size:
            raise ValueError("a lane")


def test_it_accepts_the_site_and_every_entry(parent, proof):
    read_site(parent)
    for lane in ("0", "1"):
        payloads = [
            frame.payload.partition(b"\0")[0]
            for path in sorted((parent / lane).glob("*.izj"))
            for frame in segment.read_segment(path.read_bytes()).entries
        ]
        origin, leaves = c2sp.log(partial(shown, parent / lane), key_of(parent / lane), payloads)
        assert (origin, len(leaves)) == (f"izin/antara/m/{lane}", len(payloads))
    found = c2sp.bundle(proof, key_of(parent / SITE))
    assert any(judged(70).id.encode() in entry for entry in found.values())


def test_the_program_takes_the_key_of_the_site_or_of_the_lane(parent, proof, tmp_path):
    def check(key=None, anchors=()):
        return VERIFY.check(io.BytesIO(proof), key, anchors, lambda name, *values: name)

    assert {"site", "account"} <= set(check(key_of(parent / SITE)))
    assert "own site key" not in check(key_of(parent / SITE))
    assert "own site key" in check(key_of(parent / "0"))
    assert "own key" in check()
    assert "anchor" in check(key_of(parent / SITE), [parent / SITE / "checkpoints"])
    for key in (key_of(parent / "1"), key_of(parent / SITE)[:-8] + "AAAAAAA="):
        with pytest.raises(VERIFY.Broken):
            check(key)
    files = _files(proof)
    told = json.loads(files["proof.json"])
    for site in ({**told["site"], "index": 1}, {**told["site"], "lane_key": key_of(parent / "1")}, None):
        changed = {**files, "proof.json": json.dumps({**told, "site": site}).encode()}
        del changed["signature.txt"]
        with pytest.raises(VERIFY.Broken):
            VERIFY.check(io.BytesIO(_packed(changed)), key_of(parent / SITE), [], lambda name, *_: name)


def _files(octets):
    with zipfile.ZipFile(io.BytesIO(octets)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _packed(files):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, octets in files.items():
            archive.writestr(name, octets)
    return out.getvalue()


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_it_rejects_every_octet_changed_in_a_proof(parent, proof, data):
    """Also of the zip around it, unless what is in it is the same all the same, as with a date."""
    at, by = data.draw(st.integers(0, len(proof) - 1)), data.draw(st.integers(1, 255))
    changed = proof[:at] + bytes([proof[at] ^ by]) + proof[at + 1 :]
    files = _files(proof)
    try:
        same = _files(changed) == files
    except Exception:  # noqa: BLE001 -- what zipfile raises at broken files is many things
        same = False
    for reader in (c2sp.bundle, lambda octets, key: VERIFY.check(io.BytesIO(octets), key, [], lambda *_: "")):
        try:
            reader(changed, key_of(parent / SITE))
        except (ValueError, KeyError, TypeError, OSError, VERIFY.Broken):
            continue
        assert same
    name = data.draw(st.sampled_from(sorted(files)))
    at = data.draw(st.integers(0, len(files[name]) - 1))
    octets = files[name][:at] + bytes([files[name][at] ^ by]) + files[name][at + 1 :]
    assert rejects(c2sp.bundle, _packed({**files, name: octets}), key_of(parent / SITE))


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_it_rejects_every_octet_changed_in_the_log_or_a_tile(parent, tmp_path_factory, data):
    names = sorted(
        path.relative_to(parent)
        for path in [*parent.glob("*/seal/**/*"), parent / SITE / site_log.ENTRIES]
        if path.is_file() and path.parent.name != "1"  # of the tree it reads the leaves
    )
    copy = shutil.copytree(parent, tmp_path_factory.mktemp("changed") / "journal")
    path = copy / data.draw(st.sampled_from(names))
    octets = bytearray(path.read_bytes())
    octets[data.draw(st.integers(0, len(octets) - 1))] ^= data.draw(st.integers(1, 255))
    path.write_bytes(octets)
    try:
        assert rejects(read_site, copy)
    finally:
        shutil.rmtree(copy)


@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_a_proof_is_the_same_whatever_became_of_the_hashes(parent, proof, tmp_path_factory, data):
    place = tmp_path_factory.mktemp("damaged")
    copy = shutil.copytree(parent, place / "journal")
    for path in copy.glob("*/seal/hashes/*/*"):
        octets = bytearray(path.read_bytes())
        for at in data.draw(st.sets(st.integers(0, len(octets) - 1), max_size=4)):
            octets[at] ^= data.draw(st.integers(1, 255))
        for at in data.draw(st.sets(st.integers(0, len(octets) - 1), max_size=2)):
            octets[at : at + 512] = bytes(len(octets[at : at + 512]))
        path.write_bytes(octets[: data.draw(st.integers(0, len(octets)))])
    words = ["prove", "--journal", str(copy / "0"), "--out", str(place / "one.zip"), judged(70).id]
    assert CliRunner().invoke(command, words).exit_code == 0
    assert (place / "one.zip").read_bytes() == proof
    shutil.rmtree(place)
