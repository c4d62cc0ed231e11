"""Processes of the gateway's own: one that cannot begin says why, one that ends again and again is said to."""

import asyncio
import errno
import os
import signal
from contextlib import suppress

import pytest

from gateway.audit import folder as folders
from gateway.proxy import children
from gateway.proxy.children import Child, ChildError
from gateway.proxy.control import Promises, WriterSpec
from tests.engines import eventually


def writer(folder):
    return Child("writer", "writer", lambda _again, _numbers: WriterSpec(folder, "s", 0))


async def test_a_child_that_cannot_begin_says_why(tmp_path):
    hold = folders.Hold(tmp_path)
    try:
        with pytest.raises(ChildError, match="is being written by process"):
            await writer(tmp_path).begin()
    finally:
        hold.release()


async def test_a_child_that_ends_again_and_again_is_said_to(tmp_path, monkeypatch):
    monkeypatch.setattr(children, "MANY", 2)
    monkeypatch.setattr(children, "FIRST_PAUSE", 0.001)
    child = writer(tmp_path)
    await child.begin()
    keeping = asyncio.create_task(child.keep())
    for number in (1, 2):
        process = child._process
        process.kill()
        async with asyncio.timeout(20):
            while child.restarts < number or not child.running or child._process is process:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        assert bool(child.warnings) == (number == 2)
    assert [one.en for one in child.warnings] == [
        "the process writer ends again and again (2 times): see the log"
    ]
    await child.end(5)
    with suppress(asyncio.CancelledError):
        await keeping
    assert not folders.held(tmp_path)


async def test_how_a_child_has_ended_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(children, "_PATIENCE", 0.1)
    child = writer(tmp_path)
    await child.begin()
    os.kill(child._process.pid, signal.SIGSTOP)
    assert await child.end(0) == -signal.SIGKILL
    again = writer(tmp_path)
    await again.begin()
    assert await again.end(5) == 0


async def test_what_is_said_to_a_child_before_it_is_told_what_to_do_is_nothing(tmp_path):
    """As where a gateway takes another's place, whose disk is full: what it begins with says all of it."""
    child = writer(tmp_path)
    await child.load()
    child.send(Promises(kept=False))
    await child.begin()
    assert child.running
    await child.end(5)


async def test_a_child_that_is_not_begun_ends_at_once(tmp_path):
    child = writer(tmp_path)
    await child.load()
    async with asyncio.timeout(10):
        await child.end(60)


async def test_a_child_is_started_again_once_the_machine_permits_it(tmp_path, monkeypatch):
    """What cannot be started at the moment ends neither the watch over it nor, with that, the gateway."""
    monkeypatch.setattr(children, "FIRST_PAUSE", 0.001)
    tries, used_up = [], False

    def sockets():
        tries.append(used_up)
        if used_up:
            raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))
        return ()

    child = Child("writer", "writer", lambda _again, _numbers: WriterSpec(tmp_path, "s", 0), sockets=sockets)
    await child.begin()
    keeping = asyncio.create_task(child.keep())
    used_up = True
    child._process.kill()
    await eventually(lambda: tries.count(True) > 1 or keeping.done(), 20)
    assert not keeping.done()
    used_up = False
    await eventually(lambda: child.running, 20)
    await child.end(5)
    await keeping


async def test_a_child_that_cannot_be_started_says_why():
    def sockets():
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    with pytest.raises(ChildError, match="the process writer cannot be started: too many open files"):
        await Child("writer", "writer", lambda _again, _numbers: None, sockets=sockets).begin()
