"""Changes to a policy's folder are seen, whatever kind they are, once they have rested."""

import os
from contextlib import suppress

import pytest

from gateway.lookups.folder import PolicyFolder
from gateway.policy.place import PolicyError
from tests.policy.cases import TESTS, read_case


@pytest.fixture
def folder(tmp_path):
    for name, octets in read_case(TESTS / "good" / "license.txt").files.items():
        path = tmp_path / "policy" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(octets)
    folder = PolicyFolder(tmp_path / "policy")
    folder.load()
    assert not folder.changed()
    assert not folder.changed()
    return folder


def in_place(path):
    path.write_bytes(path.read_bytes() + b"# lain\n")


def same_size(path):
    os.utime(path, ns=(1, 1))


def renamed_into_place(path):
    new = path.with_name("new")
    new.write_bytes(path.read_bytes())
    new.replace(path)


def removed(path):
    path.unlink()


def added(path):
    (path.parent / "agents").mkdir()
    (path.parent / "agents" / "a.yaml").write_bytes(b"")


def folder_replaced(path):
    path.parent.rename(path.parent.with_name("old"))
    path.parent.mkdir()


@pytest.mark.parametrize("change", [in_place, same_size, renamed_into_place, removed, added, folder_replaced])
def test_a_change_is_seen_when_it_has_rested(folder, change):
    change(folder.path / "site.yaml")
    assert not folder.changed(), "it may go on"
    assert folder.changed()
    assert folder.changed(), "until it is loaded"
    with suppress(PolicyError):  # a policy that is wrong now was looked at all the same
        folder.load()
    assert not folder.changed()


def test_what_is_no_policy_changes_nothing(folder):
    (folder.path / "README.md").write_text("catatan")
    (folder.path / ".site.yaml.swp").write_text("x")
    folder.changed()
    assert not folder.changed()


def test_a_folder_that_is_not_there_is_a_change_once(folder):
    folder.path.rename(folder.path.with_name("away"))
    folder.changed()
    assert folder.changed()
    with pytest.raises(PolicyError, match="does not exist"):
        folder.load()
    assert not folder.changed()
