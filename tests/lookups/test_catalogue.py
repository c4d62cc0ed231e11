"""Which catalogue is in force: the release's, the signed one, or, when that is damaged, the one before."""

from datetime import UTC, datetime, timedelta

import pytest

from gateway.agents import catalogue
from gateway.lookups.catalogue import CURRENT, PREVIOUS, Catalogues, built_in
from gateway.lookups.folder import PolicyFolder
from gateway.signed_catalogue import pack
from tests.live.rig import write_policy
from tests.test_signed_catalogue import KEY, NEXT, STRANGER, TRUSTED, agent

NEWER = datetime(2027, 6, 1, tzinfo=UTC)
NOW = int(NEWER.timestamp())


def file(name, made=NEWER, key=KEY):
    return pack(catalogue().with_([agent(name)]), made, key)


@pytest.fixture
def known(tmp_path):
    return Catalogues(tmp_path / "journal", TRUSTED)


def test_without_a_signed_one_it_is_the_release_s(known):
    found = known.in_force()
    assert found == built_in()
    assert (found.registry is catalogue(), found.signed, found.problem) == (True, False, "")


def test_a_signed_one_takes_its_place_and_the_one_before_is_kept(known):
    known.take(file("SatuReader"), NOW)
    first = known.in_force()
    assert ("SatuReader" in first.registry, first.signed_by, first.made) == (True, ("a/k",), NEWER)
    known.take(file("DuaReader", NEWER + timedelta(1), NEXT), NOW)
    assert "DuaReader" in known.registry()
    assert "SatuReader" not in known.registry()
    assert {path.name for path in known.folder.iterdir()} == {CURRENT, PREVIOUS}
    assert oct(known.folder.stat().st_mode & 0o777) == "0o700"


@pytest.mark.parametrize("damage", [b"", b"x", b'{"v":1}\n', b"\xff" * 9000])
def test_a_damaged_one_leaves_the_last_good_one_in_force(known, damage):
    known.take(file("SatuReader"), NOW)
    known.take(file("DuaReader", NEWER + timedelta(1)), NOW)
    path = known.folder / CURRENT
    path.write_bytes(damage)
    found = known.in_force()
    assert "SatuReader" in found.registry
    assert found.problem
    (known.folder / PREVIOUS).write_bytes(damage)
    again = Catalogues(known.folder.parent, TRUSTED).in_force()
    assert (again.registry is catalogue(), bool(again.problem)) == (True, True)


def test_a_foreign_one_is_never_in_force(known):
    known.take(file("SatuReader", key=STRANGER), NOW)
    found = known.in_force()
    assert found.registry is catalogue()
    assert "none of the signatures" in found.problem
    nobody = Catalogues(known.folder.parent, ()).in_force()
    assert (nobody.registry is catalogue(), nobody.problem) == (True, "no key for catalogues is set")


def test_a_newer_release_outdates_it(known):
    """What was taken on purpose under a release holds under that release, however old it is."""
    old = datetime(2025, 1, 1, tzinfo=UTC)
    known.take(file("SatuReader", old), NOW)
    assert "SatuReader" in known.registry()
    path = known.folder / CURRENT
    octets = path.read_bytes()
    path.write_bytes(octets.replace(catalogue().digest.encode(), b"sha256:" + b"0" * 64, 1))
    assert known.registry() is catalogue()
    known.take(file("DuaReader", NEWER), NOW)
    path.write_bytes(path.read_bytes().replace(catalogue().digest.encode(), b"sha256:" + b"0" * 64, 1))
    assert "DuaReader" in known.registry(), "the release is no newer than this"


def test_a_policy_s_folder_changes_with_it(known, tmp_path):
    folder = PolicyFolder(write_policy(tmp_path / "policy"), known)
    before = folder.load()
    assert not folder.changed()
    known.take(file("SatuReader"), NOW)
    assert not folder.changed(), "it must have rested"
    assert folder.changed()
    after = folder.load()
    assert "SatuReader" in after.agents
    assert after.digest != before.digest
    assert not folder.changed()
