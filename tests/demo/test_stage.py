"""What the demonstration sets up before the clients come on, and what it says if it cannot."""

import asyncio
import socket
from contextlib import AsyncExitStack, suppress
from datetime import UTC, date, datetime, timedelta

import pytest

from gateway.demo import stage
from gateway.demo.site import serving, site
from gateway.demo.stage import StageError, check_sources, choose_port, copy_policy, gateway
from gateway.lookups.folder import load
from tests.engines import free_port, listening


@pytest.mark.parametrize(
    "today",
    [
        date(2025, 12, 31),
        date(2026, 1, 1),
        date(2026, 1, 5),
        date(2027, 1, 4),
        date(2027, 1, 5),
        date(2040, 2, 29),
    ],
    ids=str,
)
def test_the_license_holds_on_the_day_of_the_demonstration(today, tmp_path):
    copy_policy(tmp_path / "policy", today)
    (license,) = load(tmp_path / "policy").licenses
    noon = datetime(today.year, today.month, today.day, 12, tzinfo=UTC)
    assert license.begins <= noon < license.ends
    assert timedelta(days=364) < license.ends - license.begins < timedelta(days=368)


def test_the_copy_is_the_reference_policy_but_for_the_dates(tmp_path):
    copy_policy(tmp_path / "policy", date(2026, 11, 24))
    (source,) = [path for path in stage.POLICIES if path.exists()]
    for path in source.rglob("*.yaml"):
        assert (tmp_path / "policy" / path.relative_to(source)).read_bytes() == path.read_bytes()


def test_ports():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(
            StageError, match=f"nothing can listen on 127.0.0.1:{port}: address already in use"
        ):
            choose_port(port)
    assert choose_port(port) == port
    assert choose_port(None) > 0


def test_the_usual_port_gives_way(monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        monkeypatch.setattr(stage, "DEFAULT_PORT", taken.getsockname()[1])
        assert choose_port(None) != taken.getsockname()[1]


def test_addresses_of_this_machine():
    check_sources({"127.0.0.1"})
    with pytest.raises(StageError, match=r"no loopback address 192\.0\.2\.1"):
        check_sources({"127.0.0.1", "192.0.2.1"})


async def test_a_gateway_that_cannot_start_is_shown_with_what_it_said(tmp_path):
    (tmp_path / "policy").mkdir()
    with pytest.raises(StageError, match="the gateway ended with exit code 1") as caught:
        async with gateway(tmp_path / "policy", free_port(), free_port(), tmp_path):
            pytest.fail("nobody may come here")
    assert "site.yaml" in caught.value.log


async def test_of_two_at_once_one_takes_another_port_or_says_whose_it_is(tmp_path, monkeypatch):
    port = free_port()
    monkeypatch.setattr(stage, "DEFAULT_PORT", port)
    for name in ("a", "b", "c"):
        copy_policy(tmp_path / name / "policy", datetime.now(UTC).date())

    def begun(name, wanted):
        folder = tmp_path / name
        return stack.enter_async_context(gateway(folder / "policy", origin, wanted, folder))

    async with serving(site(datetime.now(UTC))) as origin, AsyncExitStack() as stack:
        one, other = await asyncio.gather(begun("a", None), begun("b", None))
        assert port in {one.port, other.port}
        assert one.port != other.port
        assert listening(one.port)
        assert listening(other.port)
        with pytest.raises(StageError, match=f"nothing can listen on 127.0.0.1:{port}: address already"):
            await begun("c", port)
    port = free_port()
    async with serving(site(datetime.now(UTC))) as origin, AsyncExitStack() as stack:
        done = await asyncio.gather(begun("c", port), begun("a", port), return_exceptions=True)
        (said,) = [one for one in done if isinstance(one, StageError)]
        assert str(said) == f"nothing can listen on 127.0.0.1:{port}: address already in use"


async def test_a_gateway_is_stopped_whatever_happens(tmp_path):
    copy_policy(tmp_path / "policy", datetime.now(UTC).date())
    port = free_port()
    async with serving(site(datetime.now(UTC))) as origin:
        with suppress(ZeroDivisionError):
            async with gateway(tmp_path / "policy", origin, port, tmp_path) as running:
                assert listening(port)
                assert running.url == f"http://127.0.0.1:{port}"
                raise ZeroDivisionError
    assert running.process.returncode == 0
    assert not listening(port)
