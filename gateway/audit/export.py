"""Exports: what a question finds, written to a file with a manifest beside it that names it by its digest.

The manifest says what was asked of which journal, and holds the journal's newest checkpoint where there is one, so that
whoever is handed both files knows what the file is a part of. Nothing is overwritten, and a file that could not be
written whole is not there.
"""

import hashlib
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from gateway import __version__
from gateway.audit import tile_files
from gateway.audit.folder import lane_of
from gateway.audit.index import Index
from gateway.audit.pairs import Outcomes
from gateway.audit.query import Query, placed
from gateway.audit.reader import Damage
from gateway.instants import rfc3339
from gateway.record.exported import FORMS
from gateway.vocabulary import Phase


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written. ``asked`` has only what was asked for; ``first`` and ``last`` are numbers of entries."""

    file: str
    format: str
    sha256: str
    octets: int
    entries: int
    damaged: int
    first: int | None
    last: int | None
    site: str | None
    lane: str | None
    asked: dict[str, Any]
    checkpoint: str | None
    software: str = f"izin/{__version__}"
    v: int = 1


def manifest_of(out: Path) -> Path:
    """The manifest of an export."""
    return out.with_name(f"{out.name}.manifest.json")


def export(
    index: Index,
    query: Query,
    form: str,
    out: Path,
    damaged: Callable[[Damage], object],
    progress: Callable[[int, int], object] = lambda _, __: None,
) -> Exported:
    """Write the entries that a question finds in a form of `FORMS`, and the manifest; FileExistsError if either is there.

    ``damaged`` is told of each entry that cannot be read, ``progress`` up to which entry all is written, and how many
    that were.
    """
    for path in (out, manifest_of(out)):
        if path.exists():
            raise FileExistsError(17, "it is there already", str(path))
    made, checkpoint = out.with_name(f".{out.name}.new"), _checkpoint(index.reader.folder)
    try:
        with _private(made) as file:
            found = _written(index, query, form, file, damaged, progress)
            octets = file.tell()
            file.flush()
            os.fsync(file.fileno())
        lane = lane_of(index.reader.folder) or {}
        exported = Exported(
            file=out.name,
            format=form,
            octets=octets,
            site=lane.get("site"),
            lane=lane.get("lane"),
            asked=_asked(query),
            checkpoint=checkpoint,
            **found,
        )
        with _private(manifest_of(out)) as file:
            file.write(msgspec.json.format(msgspec.json.encode(asdict(exported)), indent=2) + b"\n")
        made.rename(out)
    finally:
        made.unlink(missing_ok=True)
    return exported


def _written(
    index: Index,
    query: Query,
    form: str,
    file: BinaryIO,
    damaged: Callable[[Damage], object],
    progress: Callable[[int, int], object],
) -> dict[str, Any]:
    """Write the lines; digest, count, and the numbers of the first and the last entry."""
    head, line, paired = FORMS[form]
    digest, count, unread, first, last = hashlib.sha256(head.encode()), 0, 0, None, None
    file.write(head.encode())
    outcomes = Outcomes(index)
    for one in placed(index, query):
        if isinstance(one, Damage):
            damaged(one)
            unread += 1
            continue
        place, entry = one
        if paired and entry["phase"] != Phase.DECISION.value:
            continue
        octets = line(entry, outcomes.of(place, entry["id"]) if paired else None).encode()
        digest.update(octets)
        file.write(octets)
        first, last, count = first or entry["seq"], entry["seq"], count + 1
        if not count % 1000:
            progress(last, count)
    return {
        "sha256": digest.hexdigest(),
        "entries": count,
        "damaged": unread,
        "first": first,
        "last": last,
    }


def _private(path: Path) -> BinaryIO:
    """A new file for its owner alone: an export holds personal data."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    return os.fdopen(handle, "wb")


def _asked(query: Query) -> dict[str, Any]:
    """What was asked for, and no more."""
    asked: dict[str, Any] = {name: list(words) for name, words in query.words.items() if words}
    if query.paths:
        asked["path"] = [pattern.text for pattern in query.paths]
    if query.addresses:
        asked["address"] = list(query.addresses)
    if query.traces:
        asked["trace"] = list(query.traces)
    asked |= {
        name: rfc3339(at) for name, at in (("from", query.since), ("until", query.until)) if at is not None
    }
    if query.limit is not None:
        asked["limit"] = query.limit
    return asked | ({"violations": True} if query.violations else {})


def _checkpoint(folder: Path) -> str | None:
    try:
        return (folder / tile_files.FOLDER / tile_files.CHECKPOINT).read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return None
