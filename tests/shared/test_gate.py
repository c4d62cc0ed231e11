"""Two processes of a gate count a quota as one, and know each other's orders."""

import pytest
from structlog.testing import capture_logs

from gateway.proxy.gate import Gate
from gateway.shared.begin import SharedError
from tests.engines import eventually, free_port, redis_server
from tests.live.rig import write_license, write_policy
from tests.proxy.rig import talk
from tests.proxy.test_gate import get, served


async def test_two_processes_of_a_gate_count_as_one(tmp_path):
    policy, port = write_policy(tmp_path / "policy"), free_port()
    write_license(policy, "contoh", proof="{addresses: [127.0.0.1/32]}", more="quota: 5/year")
    (tmp_path / "sandi").write_text("rahasia\n")
    how = {"redis": f"redis://127.0.0.1:{port}?timeout=5", "redis_password_file": tmp_path / "sandi"}
    with redis_server(tmp_path / "redis", port, "--requirepass", "rahasia"), capture_logs() as said:
        async with (
            served(tmp_path, policy, **how) as (_, _, one),
            served(tmp_path, policy, **how) as (_, gate, two),
        ):
            doors = [(one, two)[number % 2] for number in range(8)]
            statuses = [(await talk(door, get("GPTBot/1.3", "/berita/1"))).status for door in doors]
            assert statuses == [200] * 5 + [429] * 3
            await gate._lane._journal.event("block", {"agent": "Bingbot", "until": None})

            async def blocked():
                return (await talk(one, get("bingbot/2.0"))).status == 403

            await eventually(blocked)
    assert [one for one in said if "quotas are counted" in one["event"]] == []
    assert "rahasia" not in str(said)


def test_what_it_cannot_share_by_is_said_at_once(tmp_path):
    for how in (
        {"redis": "redis://:rahasia@h:x"},
        {"redis": "redis://h", "redis_password_file": tmp_path / "tiada"},
    ):
        with pytest.raises(ValueError) as caught:
            Gate(None, policy=write_policy(tmp_path / "policy"), journal=tmp_path / "journal", **how)
        assert "rahasia" not in str(caught.value)


async def test_a_password_that_is_gone_takes_no_lane_for_each_request(tmp_path):
    """As where the server gives up its rights after the gate was made."""
    password = tmp_path / "sandi"
    password.write_text("rahasia\n")
    how = {"redis": "redis://127.0.0.1:1", "redis_password_file": password, "lookups": False}
    gate = Gate(None, policy=write_policy(tmp_path / "policy"), journal=tmp_path / "journal", **how)
    password.unlink()
    for _ in range(3):
        with pytest.raises(SharedError, match="cannot be read"):
            await gate({"type": "http", "headers": [], "path": "/"}, None, None)
    assert sorted(one.name for one in (tmp_path / "journal").iterdir()) == ["0"]
