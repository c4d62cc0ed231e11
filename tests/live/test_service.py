"""The gateway as a service: sockets that it is passed, what it tells of itself, and another one in its place, while clients
never stop. A socket of our own stands for systemd's (sd_notify(3), sd_listen_fds(3))."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections import Counter
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.engines import until
from tests.live import rig
from tests.live.test_workers import children, further, sound

READER, AI = "Mozilla/5.0 Firefox/142.0", "GPTBot/1.3"

#: Has two descriptors as 3 and 4, and is then what the words after them say.
PASS = """
import os, sys
held = [os.dup(int(number)) for number in sys.argv[1:3]]
for number, one in enumerate(held, 3):
    os.dup2(one, number)
    os.set_inheritable(number, True)
os.environ["LISTEN_PID"] = str(os.getpid())
os.execv(sys.argv[3], sys.argv[3:])
"""


class Systemd:
    """Who has the sockets, starts a gateway with them, and hears what it says."""

    def __init__(self, folder, policy, origin, *flags):
        self.folder, self.journal, self.policy = folder, folder / "journal", policy
        self._words = rig.command(policy, self.journal, origin, *flags)
        self.listener, self.admin = (socket.create_server(("127.0.0.1", 0)) for _ in range(2))
        self.port, self.admin_port = (one.getsockname()[1] for one in (self.listener, self.admin))
        self._ear = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._ear.bind(f"\0izin-test-{os.getpid()}-{id(self)}")  # abstract, as systemd's may be
        self._ear.setblocking(False)
        self._log = (folder / "service.log").open("ab")
        self.heard, self.main, self.started = [], 0, []

    def start(self):
        numbers = [one.fileno() for one in (self.listener, self.admin)]
        self.started.append(
            subprocess.Popen(
                [
                    sys.executable,
                    "-c",
                    PASS,
                    *map(str, numbers),
                    sys.executable,
                    "-m",
                    "gateway",
                    *self._words,
                ],
                cwd=self.folder,
                env={
                    **os.environ,
                    **rig.CLEAN,
                    "LISTEN_FDS": "2",
                    "LISTEN_FDNAMES": "izin.socket:admin",
                    "NOTIFY_SOCKET": "@" + self._ear.getsockname()[1:].decode(),
                    "WATCHDOG_USEC": "400000",
                },
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=self._log,
                pass_fds=numbers,
                process_group=0,  # whoever takes its place is of the same group
            )
        )
        self.main = self.started[-1].pid
        self.hears("READY=1")

    def listen(self):
        while True:
            try:
                said = self._ear.recv(4096).decode().splitlines()
            except BlockingIOError:
                return
            self.heard += said
            self.main = next((int(one[8:]) for one in said if one.startswith("MAINPID=")), self.main)

    def hears(self, what, seconds=60):
        """Wait until it is said, and forget what was said up to then."""

        def heard():
            self.listen()
            return next((n for n, one in enumerate(self.heard, 1) if one.startswith(what)), 0)

        try:
            del self.heard[: until(heard, seconds, what)]
        except AssertionError:
            raise AssertionError(f"{what}: {self.heard}\n{self.log()}") from None

    def log(self):
        return (self.folder / "service.log").read_text("utf-8")

    def kill(self, number):
        os.kill(self.main, number)

    def close(self):
        for process in self.started:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        for one in (self.listener, self.admin, self._ear, self._log):
            one.close()

    def entries(self, phase=None):
        return rig.entries(self.journal, phase)

    def ready(self):
        return json.loads(rig.ask(self.admin_port, "/ready").body)

    def gone(self, pid):
        """Whether a process has ended; our own are to be asked for."""
        for process in self.started:
            process.poll()
        return not Path(f"/proc/{pid}").exists()


@contextmanager
def asking(port, *user_agents):
    """Clients that never stop: each asks on a connection of its own each time. The decisions and statuses that they got, and
    what went wrong."""
    seen, wrong, stop = {name: [] for name in user_agents}, Counter(), threading.Event()

    def client(name):
        while not stop.is_set():
            line = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
            try:
                line.request(
                    "GET", "/", headers={"Host": rig.HOST, "User-Agent": name, "Connection": "close"}
                )
                answer = line.getresponse()
                answer.read()
                seen[name].append((answer.headers["Izin-Decision"], answer.status))
            except (OSError, http.client.HTTPException) as error:
                wrong[repr(error)] += 1
            line.close()
            stop.wait(0.02)  # the processes that are started want the machine too

    clients = [threading.Thread(target=client, args=(name,)) for name in user_agents for _ in range(2)]
    for one in clients:
        one.start()
    try:
        yield seen, wrong
    finally:
        stop.set()
        for one in clients:
            one.join(40)


@pytest.fixture
def systemd(request, tmp_path, policy, stub):
    """With so many workers."""
    one = Systemd(tmp_path, policy, stub, "--workers", str(request.param))
    yield one
    one.close()


@pytest.mark.parametrize("systemd", [1], indirect=True)
def test_a_service_says_how_it_does_and_restarts_while_clients_never_stop(systemd):
    systemd.start()
    assert systemd.ready()["version"] == 1
    with asking(systemd.port, READER, AI) as (seen, wrong):
        systemd.kill(signal.SIGHUP)
        for said in ("RELOADING=1", "MONOTONIC_USEC=", "READY=1", "STATUS=serving koran, ", "WATCHDOG=1"):
            systemd.hears(said)
        good = (systemd.policy / "site.yaml").read_text("utf-8")
        rig.replace(systemd.policy / "site.yaml", good + "apa: ini\n")
        systemd.kill(signal.SIGUSR2)  # nobody can take its place now, and it goes on
        systemd.hears("RELOADING=1")
        systemd.hears("READY=1")
        systemd.hears("STATUS=serving koran, policy version 2; warns: policy not taken up: ")
        assert "the next gateway does not begin, this one goes on" in systemd.log()
        rig.replace(systemd.policy / "site.yaml", good)
        handed_over(systemd, seen)
        ended(systemd)
        systemd.start()
        further(seen)
    assert not wrong
    ended(systemd)
    sound(systemd, seen)


@pytest.mark.parametrize("systemd", [2], indirect=True)
def test_workers_hand_their_sockets_over_and_each_must_answer(systemd):
    systemd.start()
    with asking(systemd.port, READER, AI) as (seen, wrong):
        further(seen)
        handed_over(systemd, seen)
    assert not wrong
    worker = children(systemd.main)["worker-1"]
    os.kill(worker, signal.SIGSTOP)
    until(lambda: "so no sign of life is given" in systemd.log(), 20)
    systemd.listen()
    systemd.heard.clear()
    os.kill(worker, signal.SIGCONT)
    systemd.hears("WATCHDOG=1")
    ended(systemd)
    sound(systemd, seen)
    events = [entry["event"] for entry in systemd.entries("event") if entry["event"] in {"start", "stop"}]
    assert events == ["start", "stop", "start", "stop"]


def handed_over(systemd, seen):
    """Have another gateway take the place of the one that serves."""
    old = systemd.main
    systemd.kill(signal.SIGUSR2)
    systemd.hears("MAINPID=")
    systemd.hears("READY=1")
    assert systemd.main != old
    until(lambda: systemd.gone(old), 20, "the old one ends")
    further(seen)
    systemd.hears("WATCHDOG=1")


def ended(systemd):
    """Have the one that serves end."""
    systemd.kill(signal.SIGTERM)
    systemd.hears("STOPPING=1")
    systemd.hears("EXTEND_TIMEOUT_USEC=30000000")
    until(lambda: systemd.gone(systemd.main), 20, "it ends")
