"""A whole gateway for tests: `izin serve` as a child process, a client that sends what it is told, and the journal read back.

The gateway chooses its own ports and says so in its log, so that no two tests ever want the same one.
"""

import http.client
import http.server
import json
import os
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.audit.reader import Damage, Reader
from tests import warm
from tests.engines import Program, running, until

HOST = "www.antara.example"
#: What everybody is asked to leave alone: the environment of whoever runs the tests decides nothing.
CLEAN = {name: "" for name in os.environ if name.startswith("IZIN_")}


@dataclass(frozen=True)
class Answer:
    """What came back: field names in lower case, the body as it was encoded."""

    status: int
    fields: tuple[tuple[str, str], ...]
    body: bytes

    def __getitem__(self, name: str) -> str:
        """The values of a field, joined; empty where it is absent."""
        return ", ".join(value for one, value in self.fields if one == name)


def ask(
    port: int,
    target: str = "/",
    user_agent: str | None = None,
    *,
    host: str = HOST,
    method: str = "GET",
    body: bytes | None = None,
    source: str = "127.0.0.1",
    seconds: float = 10,
    **fields: str,
) -> Answer:
    """One request on a connection of its own. Further fields are given with `_` for `-`."""
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=seconds, source_address=(source, 0))
    try:
        line.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
        line.putheader("Host", host)
        if user_agent is not None:
            line.putheader("User-Agent", user_agent.encode("latin-1", "replace"))
        for name, value in fields.items():
            line.putheader(name.replace("_", "-"), value)
        if body is not None:
            line.putheader("Content-Length", str(len(body)))
        line.endheaders(body)
        got = line.getresponse()
        return Answer(
            got.status, tuple((name.lower(), value) for name, value in got.getheaders()), got.read()
        )
    finally:
        line.close()


def raw(port: int, octets: bytes, seconds: float = 10) -> bytes:
    """Send octets and read until the other side closes. TimeoutError if it does not."""
    with socket.create_connection(("127.0.0.1", port), timeout=seconds) as line:
        got = bytearray()
        try:
            line.sendall(octets)
            while piece := line.recv(65_536):
                got += piece
        except ConnectionError:
            pass  # closed with octets of ours unread
        return bytes(got)


@dataclass(eq=False)
class Gateway:
    """A running gateway."""

    program: Program
    port: int
    admin: int
    journal: Path
    policy: Path

    def ask(self, target: str = "/", user_agent: str | None = None, **how: Any) -> Answer:
        """A request to the front door."""
        return ask(self.port, target, user_agent, **how)

    def ready(self) -> tuple[int, dict[str, Any]]:
        """Status and body of `/ready`."""
        answer = ask(self.admin, "/ready")
        return answer.status, json.loads(answer.body)

    def warned(self, words: str) -> bool:
        """Whether `/ready` warns in these words."""
        return any(words in warning["en"] for warning in self.ready()[1]["warnings"])

    def metric(self, name: str) -> float:
        """The sum of a metric's samples; 0 where it has none."""
        return sum(
            float(line.rpartition(" ")[2])
            for line in self.metrics()
            if line.partition("{")[0].split(" ")[0] == name
        )

    def metrics(self) -> list[str]:
        """All metrics, a line each."""
        return ask(self.admin, "/metrics").body.decode().splitlines()

    def log(self) -> list[dict[str, Any]]:
        """The lines of the operational log that are whole, each of which must be one JSON object."""
        lines = self.program.output().split("\n")[:-1]
        return [json.loads(line) for line in lines]

    def said(self, event: str, **fields: Any) -> list[dict[str, Any]]:
        """The log lines of an event with these fields."""
        return [
            line
            for line in self.log()
            if line["event"] == event and all(line.get(name) == value for name, value in fields.items())
        ]

    def entries(self, phase: str | None = None) -> list[dict[str, Any]]:
        """The journal as it stands."""
        return entries(self.journal, phase)

    def events(self, name: str) -> list[dict[str, Any]]:
        """The journal's events of that name."""
        return [entry for entry in self.entries("event") if entry["event"] == name]

    def decision(self, answer: Answer) -> dict[str, Any]:
        """The entry of the decision that an answer names. On a busy machine a reader may be answered before it is written."""

        def found() -> dict[str, Any] | None:
            named = [one for one in self.entries("decision") if one["id"] == answer["izin-decision"]]
            return named[0] if named else None

        entry = until(found, 10, "the entry of an answer")
        assert entry is not None
        return entry

    def izin(self, *words: str) -> str:
        """A command about this gateway's journal; what it printed."""
        return izin(*words, IZIN_JOURNAL=str(self.journal))

    def reread(self, number: int) -> None:
        """Wait until a policy version is in force."""
        until(lambda: self.ready()[1]["version"] >= number, 10, f"policy version {number}")


def entries(journal: Path, phase: str | None = None) -> list[dict[str, Any]]:
    """Every entry of a journal as it is printed; damage fails the test."""
    found = []
    for one in Reader(journal).printed():
        assert not isinstance(one, Damage), str(one)
        found.append(one[1])
    return [entry for entry in found if phase is None or entry["phase"] == phase]


def command(policy: Path, journal: Path, origin: int | str | None, *flags: str) -> list[str]:
    """The words after `izin` that start a gateway which chooses its own ports; ``origin`` is a port, a URL, or the policy's."""
    words = ["serve", str(policy), "--journal", str(journal)]
    words += [] if "--fetch" in flags else ["--no-fetch"]  # tests ask nobody but themselves
    if origin is not None:
        words += ["--origin", f"http://127.0.0.1:{origin}" if isinstance(origin, int) else origin]
    for flag in ("--listen", "--admin"):
        words += [] if flag in flags else [flag, "127.0.0.1:0"]
    return [*words, *flags]


@contextmanager
def serving(
    folder: Path,
    policy: Path,
    origin: int | str | None,
    *flags: str,
    journal: Path | None = None,
    env: Mapping[str, str] | None = None,
) -> Iterator[Gateway]:
    """A gateway in front of an origin, ready, for the length of the block."""
    journal = journal or folder / "journal"

    def line(program: Program) -> dict[str, Any] | None:
        lines = [one for one in program.output().split("\n")[:-1] if '"event":"serving"' in one]
        return json.loads(lines[-1]) if lines else None

    with running(
        [warm.IZIN, *command(policy, journal, origin, *flags)],
        folder,
        ready=line,
        env={**CLEAN, **(env or {})},
    ) as program:
        said = line(program)
        assert said is not None
        port, admin = (int(said[name].rpartition(":")[2]) for name in ("listen", "admin"))
        yield Gateway(program, port, admin, journal, policy)


def ahead(seconds: int) -> dict[str, str]:
    """The environment of a machine whose clock is ahead by so many seconds, or behind."""
    return {warm.AHEAD: str(seconds), "PYTHONPATH": str(warm.ROOT / "tests" / "clock")}


def flood(gateway: Gateway) -> bool:
    """Write 100 KB to the journal by requests that are refused; whether one could not be recorded any more."""
    request = f"GET /{'a' * 2000} HTTP/1.1\r\nHost: {HOST}\r\nUser-Agent: GPTBot/1.3\r\n"
    answers = raw(
        gateway.port, f"{request}\r\n".encode() * 49 + f"{request}Connection: close\r\n\r\n".encode()
    )
    return b"HTTP/1.1 503 " in answers


def izin(*words: str, code: int = 0, **env: str) -> str:
    """Run the command `izin` and give what it wrote to stdout and stderr."""
    ran = warm.run(words, env={**CLEAN, **env})
    assert ran.returncode == code, f"{ran.returncode}\n{ran.stdout}{ran.stderr}"
    return ran.stdout + ran.stderr


SITE = """\
site: koran
hosts: {hosts}
origin: http://127.0.0.1:9
mode: {mode}
rights:
  holder: Koran Contoh
  notice: {{id: Dilarang mengambil konten untuk AI tanpa izin tertulis., en: No AI without written permission.}}
  contact: mailto:redaksi@koran.example
uses: {{ai-train: deny, ai-input: deny, ai-index: deny, search: allow}}
{more}
"""


def write_policy(
    folder: Path, *, hosts: str = f"[{HOST}]", mode: str = "enforce", more: str = "", rules: str = ""
) -> Path:
    """A small policy. Files are put in place whole, as an editor does."""
    folder.mkdir(exist_ok=True)
    replace(folder / "site.yaml", SITE.format(hosts=hosts, mode=mode, more=more))
    if rules:
        replace(folder / "rules.yaml", rules)
    return folder


#: What a licensee proves itself with unless a test says otherwise: that it comes from 127.0.0.2.
_PROOF = "{addresses: [127.0.0.2/32]}"


def write_license(
    policy: Path,
    name: str = "contoh-2026",
    *,
    agents: str = "GPTBot",
    proof: str = _PROOF,
    until: str = "2090-01-04",
    more: str = "",
) -> None:
    """Put a license to train on everything into a policy, or change the one of that name; ``more`` are further lines of it."""
    folder = policy / "licenses"
    folder.mkdir(exist_ok=True)
    text = f"""\
license: {name}
licensee: PT Contoh AI
contract: {{number: ANT/1, signed: 2026-01-05}}
agents: [{agents}]
uses: [ai-train]
proof: {proof}
from: 2020-01-05
until: {until}
{more}
"""
    replace(folder / f"{name}.yaml", text)


def replace(path: Path, text: str) -> None:
    """Put a file in place in one step."""
    new = path.with_name(f".{path.name}.new")
    new.write_text(text, "utf-8")
    new.replace(path)


DENY_GOOGLE = """\
rules:
  - id: tanpa-google
    who: {agent: Googlebot}
    where: ["/"]
    verdict: deny
    because: {id: Sementara ditutup, en: Closed for now}
"""


@contextmanager
def echoing(*, tls: Path | None = None, **fields: str) -> Iterator[int]:
    """An origin that answers everything with the head of the request; gives its port. It sends further ``fields``, given
    with `_` for `-`, and speaks TLS with the key and certificate of a file ``tls``."""

    class Echo(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            body = f"{self.requestline}\r\n{self.headers}".encode()
            self.send_response(200)
            for name, value in fields.items():
                self.send_header(name.replace("_", "-"), value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(b"" if self.command == "HEAD" else body)

        do_HEAD = do_POST = do_GET  # noqa: N815 - names of http.server

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    server.daemon_threads = True
    if tls is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(tls)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
