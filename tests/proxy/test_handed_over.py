"""A version goes from the process that compiled it to those that judge by it, and means the same there."""

import pickle
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from gateway.policy.robots import RobotsFile
from gateway.proxy.versions import make_version
from tests.policy.cases import TESTS, compiled, read_case

NOW = datetime(2026, 9, 1, tzinfo=UTC)
AS_WRITTEN = SimpleNamespace(origin=None, mode=None)
ROBOTS = RobotsFile(b"User-agent: *\nDisallow: /arsip/\n")


@pytest.mark.parametrize("path", sorted((TESTS / "good").glob("*.txt"))[::7], ids=lambda path: path.stem)
def test_policies_can_be_handed_over(path):
    version = make_version(
        compiled(read_case(path).files), AS_WRITTEN, 3, NOW, {"www.antara.example": ROBOTS}
    )
    again = pickle.loads(pickle.dumps(version))
    assert (again.number, again.policy.digest, again.published.terms) == (
        version.number,
        version.policy.digest,
        version.published.terms,
    )
    assert again.texts == version.texts


def test_a_robots_file_can_be_handed_over():
    again = pickle.loads(pickle.dumps(ROBOTS))
    assert again.digest == ROBOTS.digest
    assert [again.allows(None, path) for path in ("/arsip/1", "/")] == [False, True]
