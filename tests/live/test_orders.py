"""The emergency brake: at once, whatever has become of the policy's folder, on record, and over by itself."""

import time

import pytest

from gateway.audit.folder import call
from gateway.instants import SECOND, moment
from tests.engines import until
from tests.live import rig

READER, AI = "Mozilla/5.0 Firefox/142.0", "GPTBot/1.3"
OTHER = "foto.antara.example"


@pytest.fixture
def policy(tmp_path):
    return rig.write_policy(tmp_path / "policy", hosts=f"[{rig.HOST}, {OTHER}]")


def obeyed(ask, status):
    """Wait until a client is answered so, which takes as long as it takes to tell the workers."""
    until(lambda: ask().status == status, 10)


def test_orders_hold_at_once_without_the_policy_and_after_a_restart(serve, policy, tmp_path, stub):
    gateway = serve()
    away = policy.rename(tmp_path / "away")
    gateway.izin("mode", "observe", "--for", "1h")
    obeyed(lambda: gateway.ask("/", AI), 200)
    assert gateway.warned(f"{rig.HOST}: observe")
    entry = gateway.decision(gateway.ask("/", AI))
    assert (entry["verdict"], entry["enforced"], entry["status"]) == ("deny", False, 403)
    assert entry["reasons"][-1] == "observed-only"
    assert gateway.ask("/", AI, host="lain.example").status == 421  # never let pass
    gateway.izin("mode", "enforce")
    obeyed(lambda: gateway.ask("/", AI), 403)
    gateway.izin("mode", "policy")
    assert gateway.ask("/", AI).status == 403
    gateway.izin("block", "--agent", "Googlebot")
    obeyed(lambda: gateway.ask("/", "Googlebot/2.1"), 403)
    assert gateway.decision(gateway.ask("/", "Googlebot/2.1"))["rule"] == "block"
    assert gateway.ask("/", READER).status == 200
    assert gateway.warned("agent blocked by order: googlebot")
    gateway.izin("mode", "observe", "--host", OTHER, "--for", "2h")
    obeyed(lambda: gateway.ask("/", AI, host=OTHER), 200)
    assert gateway.ask("/", AI).status == 403
    events = [entry["event"] for entry in gateway.entries("event")]
    assert (events.count("mode"), events.count("block")) == (4, 1)
    gateway.program.process.kill()
    gateway.program.wait()

    away.rename(policy)
    with rig.serving(tmp_path, policy, stub, journal=gateway.journal) as gateway:
        assert gateway.ask("/", AI, host=OTHER).status == 200
        assert gateway.ask("/", AI).status == 403
        assert gateway.ask("/", "Googlebot/2.1").status == 403
        gateway.izin("block", "--agent", "Googlebot", "--off")
        obeyed(lambda: gateway.ask("/", "Googlebot/2.1"), 200)


def test_an_order_runs_out_by_itself(serve):
    gateway = serve()
    for seconds in (2, 8, 32):  # a busy machine may be too slow to ask while a short order holds
        # At the desk itself, since starting a command may take longer than the order holds.
        ends = time.time_ns() // 1000 + seconds * SECOND
        for order in ({"event": "mode", "mode": "observe"}, {"event": "block", "agent": "Googlebot"}):
            assert "id" in call(gateway.journal, {"append": {**order, "until": ends}})
        held = [gateway.ask("/", AI), gateway.ask("/", "Googlebot/2.1")]  # the order to observe is the brake
        if moment(gateway.decision(held[-1])["time"], 0) < ends:
            break
    assert [one.status for one in held] == [200, 200]
    until(lambda: gateway.ask("/", AI).status == 403, seconds + 5, "the order has run out")
    until(lambda: gateway.ask("/", "Googlebot/2.1").status == 200, 5)
    assert not {"observe", "agent-blocked"} & {one["code"] for one in gateway.ready()[1]["warnings"]}


def test_an_order_given_while_no_gateway_runs_holds_for_the_next(serve, tmp_path, policy, stub):
    with rig.serving(tmp_path, policy, stub) as gateway:
        journal = gateway.journal
    rig.izin("mode", "observe", "--for", "1h", "--journal", str(journal))
    with rig.serving(tmp_path, policy, stub) as gateway:
        assert gateway.ask("/", AI).status == 200


def test_observe_by_the_policy_for_one_host(serve, tmp_path):
    observing = rig.write_policy(
        tmp_path / "second", hosts=f"{{{rig.HOST}: {{}}, {OTHER}: {{mode: observe}}}}"
    )
    gateway = serve(policy=observing)
    assert gateway.ask("/", AI).status == 403
    passed = gateway.ask("/", AI, host=OTHER)
    assert passed.status == 200
    entry = gateway.decision(passed)
    assert (entry["verdict"], entry["enforced"], entry["status"]) == ("deny", False, 403)
    assert gateway.warned(f"{OTHER}: observe")
    assert not gateway.warned(f"{rig.HOST}: observe")
    assert rig.raw(gateway.port, b"GET /\x00 HTTP/1.1\r\nHost: a\r\n\r\n").startswith(b"HTTP/1.1 400 ")


def test_observe_for_the_site_by_flag(serve):
    gateway = serve("--mode", "observe")
    assert gateway.ask("/", AI).status == 200
    assert gateway.decision(gateway.ask("/", AI))["enforced"] is False
