"""The tiles of a lane on a real disk: a second reader finds every entry in them, and a start mends what was lost of them."""

import random
import shutil
from functools import partial

import pytest

from gateway.audit import keys, segment
from gateway.audit.sealer import CHECKPOINTS, MOST_TILES, Sealer
from gateway.audit.tile_files import TileFiles
from gateway.proxy.seal_files import shown
from gateway.vocabulary import Level
from tests import c2sp
from tests.audit.fake_disk import FakeDisk
from tests.audit.test_sealer import lane
from tests.audit.test_writer import FOLDER, SIGNER
from tests.engines import until

LOST = {
    "nothing": lambda octets: octets,
    "all": lambda octets: b"",
    "what was last": lambda octets: octets[: len(octets) // 2],
    "a part of a hash": lambda octets: octets[:-5],
    "a hole at the end": lambda octets: octets[: len(octets) // 2] + bytes(-(-len(octets) // 2)),
    "a hole": lambda octets: bytes(8192) + octets[8192:],
    "what was there, and something else was": lambda octets: b"x" * len(octets),
}


@pytest.mark.parametrize("lost", LOST)
def test_a_second_reader_finds_every_entry_in_the_tiles(tmp_path, lost):
    chance = random.Random(7)
    for _ in range(2):
        one = lane(tmp_path)
        for _ in range(300):
            one.append(b'["%d"]' % chance.randrange(10**9), Level.WRITTEN)
        one.close()
        leaves = leaves_of(tmp_path)
        vkey = (tmp_path / keys.PUBLIC).read_text().strip()
        origin, size, root = c2sp.checkpoint(shown(tmp_path, "checkpoint").decode(), vkey)
        assert (origin, size) == ("izin/s/l", len(leaves))
        assert root == c2sp.head(leaves)
        if lost in ("nothing", "all"):
            assert c2sp.tiled_leaves(partial(shown, tmp_path), size) == leaves
        for path in hashes_in(tmp_path):  # as a loss of power may leave what was not synced
            path.write_bytes(LOST[lost](path.read_bytes()))
    assert (tmp_path / keys.KEY).stat().st_mode & 0o777 == 0o600


def test_tiles_that_were_a_file_each_are_kept_anew_at_a_start(tmp_path):
    one = lane(tmp_path)
    for number in range(300):
        one.append(b"[%d]" % number, Level.WRITTEN)
    one.close()
    seal = tmp_path / "seal"
    for name in ("tile/0/000", "tile/0/001.p/46", "tile/1/000.p/1"):
        (seal / name).parent.mkdir(parents=True, exist_ok=True)
        (seal / name).write_bytes(shown(tmp_path, name))
    shutil.rmtree(seal / "hashes")
    lane(tmp_path).close()
    assert sorted(path.name for path in seal.iterdir()) == ["checkpoint", "hashes"]
    assert c2sp.log(partial(shown, tmp_path), (tmp_path / keys.PUBLIC).read_text().strip())[1] == leaves_of(
        tmp_path
    )
    assert (tmp_path / CHECKPOINTS).read_text("utf-8").count("izin/s/l\n") == 2


@pytest.mark.parametrize("lost", ["some tiles", "all tiles"])
def test_tiles_of_entries_that_were_changed_take_nobodys_place(tmp_path, lost):
    for _ in range(3):
        one = lane(tmp_path)
        for number in range(300):
            one.append(b"[%d]" % number, Level.WRITTEN)
        one.close()
    second = segment.segments(path.name for path in tmp_path.iterdir())[1]
    for path in hashes_in(tmp_path):
        path.write_bytes(path.read_bytes()[: 400 * 32] if lost == "some tiles" else b"")
    before = {path: path.read_bytes() for path in hashes_in(tmp_path)}
    octets = (tmp_path / second).read_bytes()
    frame = segment.read_segment(octets).entries[150]
    other = segment.frames.encode(frame.seq, b"[0]".ljust(len(frame.payload)))
    (tmp_path / second).chmod(0o640)
    (tmp_path / second).write_bytes(octets[: frame.offset] + other + octets[frame.end :])
    one = lane(tmp_path)
    one.append(b'["later"]', Level.DURABLE)
    until(lambda: b"seal-fault" in b"".join(path.read_bytes() for path in tmp_path.glob("*.izj")), 10)
    one.close()
    kept = {path: path.read_bytes() for path in hashes_in(tmp_path)}
    assert all(octets.startswith(before[path]) for path, octets in kept.items())
    true = b"".join(leaves_of(tmp_path)[: segment.first_of(second) - 1])
    assert kept[tmp_path / "seal/hashes/0/0"][: len(true)] == true, "up to the checkpoint before"


def test_tiles_that_a_disk_refused_are_kept_once_it_takes_them(tmp_path):
    sealer = Sealer(FOLDER, FakeDisk(), SIGNER, tiles=TileFiles(tmp_path))
    sealer.start()
    (tmp_path / "seal").write_bytes(b"")  # no folder can be made there
    for many in (MOST_TILES + 3, 2):
        sealer.wrote([b"{}"] * (256 * many))
        sealer.synced(sealer._tree.size + len(sealer._leaves) + 1)
        sealer.settle()
        sealer.keep()
    (tmp_path / "seal").unlink()
    sealer.keep()
    sealer.stop()
    lost = [number for number in range(MOST_TILES + 5) if not TileFiles(tmp_path).kept(0, number)]
    assert (lost[0], lost[-1]) == (0, len(lost) - 1), "the oldest"
    assert len(lost) <= 16


def leaves_of(folder):
    found = []
    for name in segment.segments(path.name for path in folder.iterdir()):
        whole = segment.read_segment((folder / name).read_bytes())
        found += [c2sp.sha(b"\0", frame.payload) for frame in whole.entries]
    return found


def hashes_in(folder):
    return sorted(path for path in (folder / "seal" / "hashes").rglob("*") if path.is_file())
