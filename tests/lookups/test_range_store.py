"""Copies on disk: as they went, or not at all."""

import os

import pytest

from gateway.identify.address import EDGES
from gateway.lookups.range_store import Copy, Store, file_name
from tests.lookups.publishing import FEW, LIST, MANY, NOW


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "lists")


# ── the copies on disk ──────────────────────────────────────────────────────────────────────────────────────────────


def test_a_copy_comes_back_as_it_went(store):
    copy = Copy(LIST, b"8.8.8.8\n\x00\r\n", NOW, NOW + 1, '"x"', "m", "o")
    store.write(copy)
    assert store.read(LIST) == copy
    assert store.read(LIST + "x") is None
    assert oct((store.folder).stat().st_mode & 0o777) == "0o700"
    assert [path.name for path in store.folder.iterdir()] == [file_name(LIST)]


@pytest.mark.parametrize(
    "damage",
    [
        lambda octets: b"",
        lambda octets: octets[:-1],
        lambda octets: octets + b"9.9.9.9",
        lambda octets: octets.replace(b"66.249", b"66.250"),
        lambda octets: octets.replace(b'"v":1', b'"v":2'),
        lambda octets: octets.replace(b"satu", b"dua."),
        lambda octets: b"\xff" * 10_000,
        lambda octets: b"{" * 10_000,
        lambda octets: b"null\n" + octets,
    ],
)
def test_a_damaged_copy_counts_as_none(store, damage):
    store.write(Copy(LIST, FEW, NOW, NOW))
    path = store.folder / file_name(LIST)
    path.write_bytes(damage(path.read_bytes()))
    assert store.read(LIST) is None


def test_a_copy_that_cannot_be_written_leaves_nothing_behind(store, monkeypatch):
    store.write(Copy(LIST, FEW, NOW, NOW))

    def full(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        store.write(Copy(LIST, MANY, NOW, NOW))
    assert store.read(LIST).body == FEW
    assert len(list(store.folder.iterdir())) == 1


def test_file_names_are_plain_and_told_apart():
    names = {file_name(url) for url in (*EDGES, LIST, LIST + "?a=/../..", "https://x/" + "a" * 500, "x")}
    assert len(names) == len(EDGES) + 4
    assert all(len(name) < 120 and "/" not in name and not name.startswith(".") for name in names)
