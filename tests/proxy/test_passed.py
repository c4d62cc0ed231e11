"""What is passed by whoever started the gateway is taken for what it is for, or said to be nothing to serve on."""

import asyncio
import os
import socket
import time
from contextlib import suppress
from pathlib import Path

import pytest

from gateway.proxy import service as service_module
from gateway.proxy.doors import Doors
from gateway.proxy.passed import passed
from gateway.proxy.service import Service
from gateway.proxy.sockets import ListenError
from gateway.settings import Address, Settings


@pytest.fixture
def listener():
    with socket.create_server(("127.0.0.1", 0)) as one:
        yield one


def taken(one, names="", **changed):
    """What comes of it that a copy of a socket is passed: the addresses by name."""
    environ = {"LISTEN_FDS": "1", "LISTEN_PID": str(os.getpid()), "LISTEN_FDNAMES": names, "PATH": "/bin"}
    number = os.dup(one.fileno())
    try:
        found = passed(environ | changed, first=number)
    except BaseException:
        os.close(number)
        raise
    if not found:
        os.close(number)
    for each in (each for many in found.values() for each in many):
        assert not each.get_inheritable()
        assert not each.getblocking()
        assert each.getsockname() == one.getsockname()
        each.close()
    return list(found)


@pytest.mark.parametrize("name", ["", "izin.socket", "unknown", "listen"])
def test_a_socket_without_a_name_of_ours_is_to_listen_on(listener, name):
    assert taken(listener, name) == ["listen"]


@pytest.mark.parametrize("name", ["admin", "check", "console"])
def test_a_socket_is_for_what_its_name_says(listener, name):
    assert taken(listener, name) == [name]


def test_what_is_for_another_process_is_left_alone(listener):
    assert taken(listener, LISTEN_PID="1") == []
    assert taken(listener, LISTEN_FDS="zwei") == []


def refused(one, name, words):
    with pytest.raises(ListenError, match=words) as caught:
        taken(one, name)
    assert caught.value.hint


def test_what_cannot_be_served_on_is_said(listener, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    refused(listener, "metrics", "a socket is passed under the name 'metrics', which says nothing here")
    with (
        socket.socket() as idle,
        socket.create_server(("0.0.0.0", 0)) as wide,
        (tmp_path / "file").open("w") as file,
    ):
        refused(idle, "listen", "as `listen` does not listen")
        refused(wide, "check", "can be reached from elsewhere")
        refused(file, "listen", "is no socket")
    with socket.socket(socket.AF_UNIX) as near:
        near.bind("near")
        near.listen()
        refused(near, "listen", "clients have no address")
        assert taken(near, "check") == ["check"]


def test_each_passed_socket_has_a_worker_and_each_worker_a_socket(listener):
    settings = Settings(Path("policy"), Address("127.0.0.1", 0), Address("127.0.0.1", 0), Path("journal"))
    for count in (1, 2, 3):
        doors = Doors.take(settings, {"listen": tuple(listener.dup() for _ in range(count))})
        for workers in (1, 2, 4):
            shares = [doors.of_worker(number, workers) for number in range(workers)]
            assert all(shares)
            assert {one for share in shares for one in share} == set(doors.listeners)
        doors.close()


async def test_what_is_told_goes_on_where_nobody_listens(tmp_path):
    environ = {
        "NOTIFY_SOCKET": str(tmp_path / "gone"),
        "WATCHDOG_USEC": "1000",
        "WATCHDOG_PID": "1",
        "PATH": "",
    }
    service = Service(environ)
    assert environ == {"PATH": ""}
    assert service.heard
    assert service.alive_every is None, "signs of life are wanted of another process"
    service.ready("serving")
    assert not Service({"NOTIFY_SOCKET": "vsock:2:1"}).heard
    nobody = Service({})
    nobody.stopping(1)
    await nobody.tell(str)
    await nobody.watch(None)


async def test_signs_of_life_wait_for_room_and_hold_up_nobody(tmp_path, monkeypatch):
    """As while systemd has much to do: what it was sent lies before it, and clients are to be served meanwhile."""
    monkeypatch.setattr(service_module, "_PATIENCE", 60.0)
    path = str(tmp_path / "notify")
    with (
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as busy,
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as others,
    ):
        busy.bind(path)
        others.setblocking(False)
        with suppress(BlockingIOError):
            while True:
                others.sendto(b"x", path)
        service = Service({"NOTIFY_SOCKET": path, "WATCHDOG_USEC": "1000000"})
        asked = asyncio.Event()

        async def well():
            asked.set()
            return True

        began = time.monotonic()
        watching = asyncio.create_task(service.watch(well))
        await asked.wait()
        await asyncio.sleep(0)
        assert time.monotonic() - began < 30
        busy.settimeout(30)
        while await asyncio.to_thread(busy.recv, 100) != b"WATCHDOG=1":
            pass
        watching.cancel()
