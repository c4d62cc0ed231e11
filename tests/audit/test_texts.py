"""A text is kept under its digest, once, and never read back as something else."""

import hashlib
from concurrent.futures import ThreadPoolExecutor

import pytest

from gateway.audit.texts import Texts


def digest(octets):
    return f"sha256:{hashlib.sha256(octets).hexdigest()}"


def test_texts_are_kept_once(tmp_path):
    texts = Texts(tmp_path)
    both = {digest(text): text for text in (b"robots", b"", b"\xff" * 100_000)}
    assert texts.keep(both) == 3
    assert texts.keep(both) == 0
    assert {name: texts.read(name) for name in both} == both
    assert sorted(path.name for path in texts.folder.iterdir()) == sorted(name[7:] for name in both)


def test_a_text_that_was_changed_on_disk_is_not_read_and_is_kept_anew(tmp_path):
    texts = Texts(tmp_path)
    name = digest(b"notice")
    texts.keep({name: b"notice"})
    path = texts.folder / name[7:]
    path.chmod(0o640)
    path.write_bytes(b"another notice")
    assert texts.read(name) is None
    assert texts.keep({name: b"notice"}) == 1
    assert texts.read(name) == b"notice"


def test_a_wrong_digest_is_refused_and_nothing_is_written(tmp_path):
    with pytest.raises(ValueError, match="is not the digest"):
        Texts(tmp_path).keep({digest(b"a"): b"a", digest(b"b"): b"c"})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "name", ["", "sha256:", "../lane.json", "sha256:../" + "a" * 61, "sha256:" + "A" * 64]
)
def test_what_is_no_digest_finds_nothing(tmp_path, name):
    (tmp_path / "lane.json").write_bytes(b"{}")
    assert Texts(tmp_path).read(name) is None


def test_threads_may_keep_the_same_text_at_once(tmp_path):
    octets = b"Disallow: /cari\n" * 20_000
    name = digest(octets)
    texts = Texts(tmp_path)
    with ThreadPoolExecutor(8) as pool:
        for _ in range(20):
            list(pool.map(lambda _: texts.keep({name: octets}), range(8)))
            assert texts.read(name) == octets
            (texts.folder / name.removeprefix("sha256:")).unlink()
