"""What all tests share: one event loop, calm Hypothesis settings, and no network but loopback."""

import gc
import ipaddress
import os
import signal
import socket
import sys
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

pytest_plugins = ["tests.engines"]

# Examples are counted, not timed: the machine is shared, and speed is the business of bench/. Where every engine is asked for,
# each law is tried as often as Hypothesis thinks fit; `pytest --hypothesis-profile=thorough` looks for longer. Some laws leave
# out most of what is drawn for them, which Hypothesis takes for ill health when it draws badly.
settings.register_profile(
    "izin",
    parent=settings.get_profile("ci" if "CI" in os.environ else "default"),
    max_examples=100 if "IZIN_REQUIRE_ENGINES" in os.environ else 40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
settings.register_profile("thorough", parent=settings.get_profile("izin"), max_examples=5000)
settings.load_profile("izin")

# Compiled modules are kept whatever the machine's habit is: without them each of the many gateways that tests start would
# compile all of its modules anew.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
# Nor does it matter whether they run in the background of a shell, which then has them and all that they start ignore Ctrl-C.
signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_xdist_auto_num_workers() -> int:
    """With `-n auto` five workers for two processors: tests of whole gateways wait, for one that stops, for a period or for the
    disk, and take no processor meanwhile. Each worker takes some 400 MB."""
    return min(12, max(2, len(os.sched_getaffinity(0)) * 5 // 2))


def pytest_collection_finish() -> None:
    """The thousands of tests stay to the end: the collector of cycles need not look through them again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000)


@pytest.fixture(scope="session")
def anyio_backend() -> tuple[str, dict[str, bool]]:
    """Async tests run on the loop that the gateway runs on."""
    return "asyncio", {"use_uvloop": True}


@pytest.fixture(scope="session")
def dead_port() -> Iterator[int]:
    """A port of this machine where every connection is refused: bound, so that nobody else comes to listen there."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


def _loopback_only(event: str, args: tuple[object, ...]) -> None:
    """Refuse what would leave this machine, so that no test depends on the world or bothers it."""
    if event in {"socket.connect", "socket.sendto"}:
        address = args[1]
        host = address[0] if isinstance(address, tuple) else None  # not a tuple: the path of a Unix socket
    elif event == "socket.getaddrinfo":
        host = args[0]
    else:
        return
    name = host.decode("latin-1") if isinstance(host, bytes) else str(host or "localhost")
    if name != "localhost" and not _loopback(name):
        raise PermissionError(f"tests talk to loopback only, not to {name!r}")


def _loopback(name: str) -> bool:
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


sys.addaudithook(_loopback_only)
