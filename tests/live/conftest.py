"""A real origin and real gateways for every test in this folder."""

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.demo.stage import copy_policy
from tests.engines import running
from tests.live import rig

Serve = Callable[..., rig.Gateway]


@pytest.fixture(scope="session")
def stub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of the stub news site."""
    folder = tmp_path_factory.mktemp("stub")
    root = str(Path(__file__).parents[2])
    with running(
        [sys.executable, "-m", "tests.live.stub"],
        folder,
        ready=lambda program: program.output().endswith("\n"),
        env={"PYTHONPATH": root},
    ) as program:
        yield int(program.output())


@pytest.fixture(scope="session")
def antara(tmp_path_factory: pytest.TempPathFactory, stub: int) -> Iterator[rig.Gateway]:
    """One gateway on the reference policy for all tests that change nothing about it."""
    folder = tmp_path_factory.mktemp("antara")
    copy_policy(folder / "policy", datetime.now(UTC).date())
    with rig.serving(folder, folder / "policy", stub, "--log-requests") as gateway:
        # With the origin's robots.txt; from here on its log has nothing to say but of requests.
        gateway.reread(2)
        yield gateway


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    """A small policy to change."""
    return rig.write_policy(tmp_path / "policy")


@pytest.fixture
def serve(tmp_path: Path, policy: Path, stub: int) -> Iterator[Serve]:
    """Start a gateway on `policy` in front of the stub site: `serve(*flags, …)`; it is stopped when the test ends."""
    with ExitStack() as stack:

        def serve(*flags: str, origin: int | str | None = stub, **how: object) -> rig.Gateway:
            return stack.enter_context(
                rig.serving(tmp_path, how.pop("policy", policy), origin, *flags, **how)
            )

        yield serve
