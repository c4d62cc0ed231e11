"""A name server on loopback for tests: answers from a table, or as badly as it is told to.

It speaks just enough of RFC 1035 over UDP and TCP to be asked by a real resolver, and remembers what it was asked.
"""

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from ipaddress import ip_address

TYPES = {"A": 1, "CNAME": 5, "PTR": 12, "AAAA": 28}
_NAMES = {number: name for name, number in TYPES.items()}
#: What may stand for records: no such name, a failure, a refusal, no answer at all.
NXDOMAIN, SERVFAIL, REFUSED, SILENT = "nxdomain", "servfail", "refused", "silent"
_CODES = {NXDOMAIN: 3, SERVFAIL: 2, REFUSED: 5}


class NameServer:
    """``table`` maps (name, type) to a list of values, to one of the words above, or to the octets of a whole answer
    after its id. A name that is in it with no type at all exists; others do not. ``asked`` has every question, ``by_tcp`` how
    many came by TCP, to which an answer of more than 512 octets sends. ``wrong_id`` is added to the id of each answer by UDP;
    by TCP an answer drips, an octet each ``drip`` seconds."""

    def __init__(self) -> None:
        self.table: dict[tuple[str, str], list[str] | str | bytes] = {}
        self.otherwise: str = NXDOMAIN
        self.asked: list[tuple[str, str]] = []
        self.by_tcp = 0
        self.wrong_id = 0
        self.drip = 0.0
        self._closing = False
        self._pause = threading.Event()
        self._tcp = socket.create_server(("127.0.0.1", 0))
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(self._tcp.getsockname())
        self.server = f"127.0.0.1:{self._socket.getsockname()[1]}"

    def host(self, address: str, *names: str, back: bool = True) -> None:
        """Give an address these reverse names, which lead back to it or nowhere."""
        self.table[ip_address(address).reverse_pointer, "PTR"] = list(names)
        kind = "A" if ip_address(address).version == 4 else "AAAA"
        for name in names:
            self.table[name.lower().rstrip("."), kind] = [address] if back else []

    def run(self) -> None:
        while True:
            octets, whom = self._socket.recvfrom(4096)
            if self._closing:
                self._socket.close()
                return
            answer = self._answer(octets)
            if answer is not None and self.wrong_id:
                (number,) = struct.unpack_from("!H", answer)
                answer = struct.pack("!H", number + self.wrong_id & 0xFFFF) + answer[2:]
            if answer is not None and len(answer) > 512:
                (flags,) = struct.unpack_from("!H", answer, 2)
                answer = (
                    octets[:2]
                    + struct.pack("!HHHHH", flags | 0x0200, 1, 0, 0, 0)
                    + octets[12 : _name(octets, 12)[1] + 4]
                )
            if answer is not None:
                self._socket.sendto(answer, whom)

    def run_tcp(self) -> None:
        """Answer one connection after the other."""
        while not self._closing:
            with suppress(OSError):
                line, _ = self._tcp.accept()
                with line:
                    line.settimeout(5)
                    self._converse(line)
        self._tcp.close()

    def _converse(self, line: socket.socket) -> None:
        with line.makefile("rb") as read:
            while len(head := read.read(2)) == 2 and not self._closing:
                self.by_tcp += 1
                answer = self._answer(read.read(struct.unpack("!H", head)[0]))
                if answer is None:
                    return
                octets = struct.pack("!H", len(answer)) + answer
                for at in range(0, len(octets), 1 if self.drip else len(octets)):
                    line.sendall(octets[at : at + 1] if self.drip else octets)
                    if self.drip and self._pause.wait(self.drip):
                        return

    def close(self) -> None:
        """End `run` and `run_tcp`: a datagram and a connection wake the threads that wait for one."""
        self._closing = True
        self._pause.set()
        with suppress(OSError), socket.create_connection(self._tcp.getsockname(), 1):
            pass
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as waker:
            waker.sendto(b"", self._socket.getsockname())

    def _answer(self, octets: bytes) -> bytes | None:
        name, end = _name(octets, 12)
        kind = _NAMES.get(struct.unpack_from("!H", octets, end)[0], "?")
        self.asked.append((name, kind))
        question = octets[12 : end + 4]
        found = self.table.get((name, kind))
        if found is None:
            exists = any(known == name for known, _ in self.table)
            found = [] if exists else self.otherwise
        if found == SILENT:
            return None
        if isinstance(found, bytes):
            return octets[:2] + found.replace(b"<question>", question)
        code = _CODES[found] if isinstance(found, str) else 0
        records = [] if isinstance(found, str) else [_record(kind, value) for value in found]
        head = struct.pack("!HHHHH", 0x8180 | code, 1, len(records), 0, 0)
        return octets[:2] + head + question + b"".join(records)


@contextmanager
def nameserver() -> Iterator[NameServer]:
    """A server that answers for the length of the block."""
    server = NameServer()
    threads = [threading.Thread(target=run, daemon=True) for run in (server.run, server.run_tcp)]
    for thread in threads:
        thread.start()
    try:
        yield server
    finally:
        server.close()
        for thread in threads:
            thread.join(5)


def wire_name(name: str) -> bytes:
    """A name as it stands in a message, without compression."""
    labels = [label.encode("latin-1") for label in name.rstrip(".").split(".") if label]
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\0"


def record(owner: str, value: str) -> bytes:
    """An address, or with `cname:` an alias, of an owner; the empty one is the name that was asked for."""
    named = wire_name(owner) if owner else b"\xc0\x0c"
    return named + _record("AAAA" if ":" in value.removeprefix("cname:") else "A", value)[2:]


def _record(kind: str, value: str) -> bytes:
    if kind in ("A", "AAAA") and value.startswith("cname:"):
        kind, value = "CNAME", value.removeprefix("cname:")
    data = ip_address(value).packed if kind in ("A", "AAAA") else wire_name(value)
    return b"\xc0\x0c" + struct.pack("!HHIH", TYPES[kind], 1, 60, len(data)) + data


def _name(octets: bytes, at: int) -> tuple[str, int]:
    labels = []
    while octets[at]:
        labels.append(octets[at + 1 : at + 1 + octets[at]].decode("latin-1").lower())
        at += 1 + octets[at]
    return ".".join(labels), at + 1
