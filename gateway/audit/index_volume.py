"""How much the index of a day weighs: a sample of such a day is written and indexed, and the file is looked at."""

import sqlite3
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from gateway.audit import frames, segment
from gateway.audit.index import Index
from gateway.audit.index_file import NAME
from gateway.audit.reader import Reader
from gateway.audit.volume import Day, Groups, entries_of, path_of
from gateway.judgement import Judgement
from gateway.record import Compact
from gateway.request import Client, read_target
from gateway.value import changed
from gateway.vocabulary import Audience

#: Requests in the sample.
_SAMPLE: Final = 2_000


def index_octets(groups: Groups, requests: int, shares: Mapping[Audience, float], day: Day) -> float | None:
    """Octets of the index of a day of so many requests; None where no sample can be written on this machine."""
    payloads: list[bytes] = []
    table: dict[bytes, int] = {}
    for audience, share in shares.items():
        judgements = groups[audience]
        for number in range(round(_SAMPLE * share / sum(shares.values())) if judgements else 0):
            here = elsewhere(judgements[number % len(judgements)], len(payloads), day)
            decision, outcome = entries_of(here)
            payloads += [decision.encode(table) if isinstance(decision, Compact) else decision, outcome]
    try:
        # An index of nothing has its pages too.
        return (_size(payloads) - _size([])) * requests / max(1, len(payloads) // 2)
    except (OSError, sqlite3.Error):
        return None


def elsewhere(judgement: Judgement, number: int, day: Day) -> Judgement:
    """The same judgement under an id of its own, about a page that may be another, from another network."""
    target = read_target(path_of(day, number // 2 // day.pages).encode())
    network = f"203.0.{number % 251}"
    client = Client(f"{network}.{number % 253}", f"{network}.0/24")
    request = changed(judgement.request, target=target, client=client)
    return changed(
        judgement, id=f"{judgement.id[:18]}{number:08X}", at=judgement.at + number, request=request
    )


def _size(payloads: list[bytes]) -> int:
    header = segment.Header(1, "x", "x", 1, "2026-11-24T02:00:05Z", None, 0, {}, "izin")
    framed = [frames.encode(number, payload) for number, payload in enumerate(payloads, 1)]
    with tempfile.TemporaryDirectory(prefix="izin-") as made:
        folder = Path(made)
        (folder / segment.name_of(1)).write_bytes(segment.begin(header) + b"".join(framed))
        (folder / "lane.json").write_text('{"lane":"x","site":"x","v":1}', "utf-8")
        index = Index(Reader(folder))
        index.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        index.close()
        return (folder / NAME).stat().st_size
