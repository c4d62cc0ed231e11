"""Processes beside those that serve, the console and followers: what cannot be started at the moment is tried again."""

import asyncio
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from gateway.proxy import console_process, followers
from gateway.proxy.console_process import keep_console
from gateway.proxy.followers import Followers
from gateway.proxy.starting import start
from gateway.settings import Address, Settings
from tests.engines import eventually

NOWHERE = Address("127.0.0.1", 0)


def follower(folder):
    return Followers(folder, "lane", [f"file://{folder}/out"], None).run()


def console(folder):
    return keep_console(Settings(folder, NOWHERE, NOWHERE, folder, console=NOWHERE), None)


def install(program, script):
    whole = program.with_suffix(".new")
    whole.write_text(f"#!/bin/sh\n{script}\n")
    whole.chmod(0o700)
    whole.rename(program)


@pytest.mark.parametrize("kept", [follower, console])
async def test_what_cannot_be_started_is_tried_again(tmp_path, monkeypatch, kept):
    """As where the system has no process or file left for a moment: here it is the program that is not there."""
    monkeypatch.setattr(followers, "_FIRST_WAIT", 0.01)
    monkeypatch.setattr(console_process, "FIRST_PAUSE", 0.01)
    program, begun = tmp_path / "python", tmp_path / "begun"
    monkeypatch.setattr(sys, "executable", str(program))
    keeping = asyncio.create_task(kept(tmp_path))
    done, _ = await asyncio.wait({keeping}, timeout=0.1)
    assert not done
    install(program, f": > {begun}\nexec cat")
    await eventually(begun.exists)
    keeping.cancel()
    with suppress(asyncio.CancelledError):
        await keeping


def children():
    """Of this process, by all of its threads."""
    return {
        int(pid) for path in Path("/proc/self/task").glob("*/children") for pid in path.read_text().split()
    }


@pytest.mark.parametrize("turns", range(6))
async def test_what_was_starting_is_not_left_behind(turns):
    """However far it is when whoever starts it is cancelled."""
    before = children()
    starting = asyncio.create_task(start("/bin/cat", stdin=asyncio.subprocess.PIPE))
    for _ in range(turns):
        await asyncio.sleep(0)
    starting.cancel()
    with suppress(asyncio.CancelledError):
        process = await starting
        process.kill()
        await process.wait()
    assert children() == before
