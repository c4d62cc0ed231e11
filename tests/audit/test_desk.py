"""The desk: orders through the socket, and nothing else."""

import asyncio
import json
import os
import stat
from pathlib import Path

import pytest

from gateway.audit import desk as desks
from gateway.audit import folder as folders
from gateway.audit.desk import Desk
from gateway.audit.recorder import Recorder
from gateway.proxy.ids import Ids
from gateway.vocabulary import Mode

HOSTILE = [
    b"\n",
    b"{\n",
    b"[]\n",
    b"null\n",
    b"\xff\xfe\n",
    b"[" * 10_000 + b"\n",
    b'{"append": 1}\n',
    b'{"append": {}}\n',
    b'{"append": {"event": "start"}}\n',
    b'{"append": {"event": "policy", "digest": "x"}}\n',
    b'{"append": {"event": ["mode"]}}\n',
    b'{"append": {"event": "mode"}}\n',
    b'{"append": {"event": "quota-recount", "license": "x", "used": true}}\n',
    b'{"append": {"event":"quota-recount","license":"x","used":1,"day":"2026-11-18","first":"2026-11-19","last":"2026-11-30"}}\n',
    b'{"append": {"event":"quota-recount","license":"x","used":1,"day":"2026-13-18","first":"2026-11-19","last":"2026-11-30"}}\n',
    b'{"append": {"event": "mode", "mode": "off"}}\n',
    b'{"append": {"event": "mode", "mode": {}}}\n',
    b'{"append": {"event": "mode", "mode": "observe", "host": "a b"}}\n',
    b'{"append": {"event": "mode", "mode": "observe", "host": "../x"}}\n',
    b'{"append": {"event": "mode", "mode": "observe", "until": "1h"}}\n',
    b'{"append": {"event": "mode", "mode": "observe", "until": -1}}\n',
    b'{"append": {"event": "mode", "mode": "observe", "until": true}}\n',
    b'{"append": {"event": "block", "agent": "", "until": 1}}\n',
    b'{"append": {"event": "block", "agent": "a\\u001b[2J", "until": 1}}\n',
    b'{"append": {"event": "block", "agent": "' + b"x" * 65 + b'"}}\n',
    b'{"append": {"event": "block", "agent": 7}}\n',
]


@pytest.fixture(params=["short", "long"])
async def recorder(request, tmp_path):
    # A path that does not fit into a socket's address must do as well.
    folder = tmp_path / ("j" if request.param == "short" else "a-rather-long-name-" * 8)
    opened = Recorder.open(folder, site="s", new_id=Ids(), pseudonym=lambda a, t: "", reserve=0)
    desk = Desk(opened)
    await desk.open()
    yield opened
    await desk.close()
    await opened.close()
    assert not (folder / folders.SOCKET).exists()


async def ask(recorder, request):
    return await asyncio.to_thread(folders.call, recorder.lane.folder, request)


async def lines(recorder):
    with folders.socket_address(recorder.lane.folder) as address:
        return await asyncio.open_unix_connection(address)


async def test_an_order_is_written_and_holds_when_the_answer_comes(recorder):
    asked = {"event": "mode", "mode": "observe", "host": "*", "until": None}
    reply = await ask(recorder, {"append": asked})
    assert (reply["seq"], reply["level"], len(reply["id"])) == (2, "durable", 26)
    assert recorder.orders.mode("www.antara.example", 0) is Mode.OBSERVE
    state = await ask(recorder, {"state": {}})
    assert state == {
        "state": "ok",
        "orders": {
            "modes": [{"mode": "observe", "host": "*", "until": None}],
            "blocks": [],
            "revocations": [],
        },
        "warnings": [],
    }


async def test_the_entry_says_which_user_gave_the_order(recorder):
    await ask(recorder, {"append": {"event": "block", "agent": "GPTBot"}})
    await asyncio.to_thread(recorder.lane.close)
    (path,) = recorder.lane.folder.glob("*.izj")
    assert f'"by":"uid {os.getuid()}"'.encode() in path.read_bytes()


async def test_the_socket_is_its_owners_alone(recorder):
    mode = os.lstat(recorder.lane.folder / folders.SOCKET).st_mode
    assert stat.S_ISSOCK(mode)
    assert mode & 0o777 == 0o600


async def test_what_is_no_order_is_answered_with_an_error_and_changes_nothing(recorder):
    reader, writer = await lines(recorder)
    for line in HOSTILE:
        writer.write(line)
        assert list(json.loads(await reader.readline())) == ["error"], line
    writer.close()
    assert recorder.orders.modes == recorder.orders.blocks == ()
    assert recorder.counts.events == 0


async def test_a_line_without_end_is_cut_off(recorder):
    reader, writer = await lines(recorder)
    writer.write(b"x" * (desks.LINE * 3))
    assert "longer than" in json.loads(await reader.readline())["error"]
    assert await reader.read() == b""
    writer.close()


async def test_connections_are_bounded_and_silence_ends(recorder, monkeypatch):
    monkeypatch.setattr(desks, "SILENCE", 0.2)
    kept = [await lines(recorder) for _ in range(desks.CONNECTIONS)]
    reader, writer = await lines(recorder)
    assert "too many" in json.loads(await reader.readline())["error"]
    for other, line in kept:
        assert await other.read() == b"", "hung up on after a time of silence"
        line.close()
    writer.close()
    assert "seq" in await ask(recorder, {"append": {"event": "block", "agent": "X"}})


async def test_a_socket_that_a_dead_process_left_is_replaced(tmp_path: Path):
    (tmp_path / folders.SOCKET).touch()
    opened = Recorder.open(tmp_path, site="s", new_id=Ids(), pseudonym=lambda a, t: "", reserve=0)
    desk = Desk(opened)
    await desk.open()
    assert (await ask(opened, {"state": {}}))["state"] == "ok"
    await desk.close()
    await opened.close()
