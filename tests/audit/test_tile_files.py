"""A tree's hashes in files: whatever a crash leaves of them or a disk does not take, what is read is right or is not there."""

import resource
from contextlib import closing
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.audit.tile_files import TileFiles
from gateway.seal.tiles import Growing, Tile, widths

SECTOR = 512
LEAVES = [sha256(b"%d" % number).digest() for number in range(1400)]
IO = Path("/proc/thread-self/io")


def tiles_of(size):
    """Every tile of a tree of that size, by level and number."""
    grown = Growing()
    return {(one.level, one.number): one.hashes for one in (*grown.extend(LEAVES[:size]), *grown.partial())}


def lacking(*_):
    return b""


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_what_is_read_is_right_or_not_there(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("kept")
    grown, size = Growing(), 0
    with closing(TileFiles(folder)) as files:
        for step in data.draw(st.lists(st.integers(1, 600), min_size=1, max_size=6)):
            tiles = grown.extend(LEAVES[grown.size : grown.size + step])
            files.keep(tiles + grown.partial() if data.draw(st.booleans()) else tiles)
        files.keep(grown.partial())
    size = grown.size
    paths = [path for path in folder.rglob("*") if path.is_file()]
    for path in paths:  # a power loss takes sectors, or the end
        octets = bytearray(path.read_bytes())
        for at in data.draw(st.sets(st.integers(0, len(octets) // SECTOR), max_size=3)):
            octets[at * SECTOR : (at + 1) * SECTOR] = bytes(len(octets[at * SECTOR : (at + 1) * SECTOR]))
        path.write_bytes(octets[: data.draw(st.integers(0, len(octets)))])
    true = tiles_of(size)
    read, again = TileFiles(folder).reader(lacking), TileFiles(folder)
    for (level, number), hashes in true.items():
        assert hashes.startswith(again.kept(level, number))
        for width in range(1, len(hashes) // 32 + 1):
            found = read(level, number, width)
            assert found in (b"", hashes[: width * 32])
    again.keep([Tile(level, number, hashes) for (level, number), hashes in true.items()])
    again.close()
    assert all(read(*key, len(hashes) // 32) == hashes for key, hashes in true.items()), "and is mended"


def test_a_file_has_so_many_tiles_and_another_begins(tmp_path):
    hashes = [sha256(b"%d" % number).digest() * 256 for number in range(520)]
    with closing(TileFiles(tmp_path)) as files:
        files.keep([Tile(0, number, one) for number, one in enumerate(hashes[:300])])
        files.keep([Tile(0, number, one) for number, one in enumerate(hashes) if number >= 300])
    folder = tmp_path / "seal" / "hashes" / "0"
    assert {path.name: path.stat().st_size for path in folder.iterdir()} == {
        "0": 1 << 21,
        "1": 1 << 21,
        "2": 8 * 8192,
    }
    assert {path.stat().st_mode & 0o137 for path in folder.iterdir()} == {0}
    assert [TileFiles(tmp_path).kept(0, number) for number in range(520)] == hashes
    assert TileFiles(tmp_path).kept(0, 520) == b""


def test_files_without_a_tile_that_is_wanted_go(tmp_path):
    hashes = LEAVES[0] * 256
    with closing(TileFiles(tmp_path)) as files:
        files.keep([Tile(0, 3, hashes), Tile(0, 259, hashes), Tile(1, 0, hashes[:32])])
        files.keep_only([Tile(0, 260, hashes[:64]), Tile(0, 600, hashes)])
        files.keep([Tile(1, 0, hashes[:96])])
    folder = tmp_path / "seal" / "hashes"
    assert sorted(str(path.relative_to(folder)) for path in folder.glob("*/*")) == ["0/1", "0/2", "1/0"]
    assert [TileFiles(tmp_path).kept(0, number) for number in (3, 259, 260, 600)] == [
        b"",
        hashes,
        hashes[:64],
        hashes,
    ]


@pytest.mark.skipif(not IO.exists(), reason="this system does not count writes")
def test_a_second_and_a_checkpoint_take_one_write_a_level(tmp_path):
    def writes():
        return int(IO.read_text().split("syscw: ")[1].split()[0])

    grown = Growing()
    with closing(TileFiles(tmp_path)) as files:
        for _ in range(2):
            tiles = [
                tile
                for at in range(grown.size, grown.size + 500, 10)
                for tile in grown.extend(LEAVES[at : at + 10])
            ]
            before = writes()
            files.keep(tiles + grown.partial())
            assert writes() - before == len(list(widths(grown.size))) == 2


@pytest.mark.parametrize("room", [8192 * 2, 5000, 8192 + 16, 8192 + 32, 8192 + 31, 0])
def test_a_full_disk_leaves_no_hash_that_is_none(tmp_path, room):
    true = tiles_of(1400)
    tiles = [Tile(*key, hashes) for key, hashes in true.items() if key[0] == 0]
    files = TileFiles(tmp_path)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, hard))
    try:
        with pytest.raises(OSError, match=r"short write|File too large"):
            files.keep(tiles)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    files.keep(tiles[-1:])
    files.close()
    assert b"".join(files.kept(0, number) for number in range(3)) == b"".join(LEAVES[: room // 32])
    assert files.kept(0, 5) == true[0, 5]


def test_nothing_is_written_through_a_link(tmp_path):
    place = tmp_path / "seal" / "hashes" / "0"
    place.mkdir(parents=True)
    (tmp_path / "other").write_bytes(b"kept")
    (place / "0").symlink_to(tmp_path / "other")
    with closing(TileFiles(tmp_path)) as files, pytest.raises(OSError, match="symbolic links"):
        files.keep([Tile(0, 0, LEAVES[0])])
    assert (tmp_path / "other").read_bytes() == b"kept"
