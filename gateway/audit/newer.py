"""A journal that a newer version of the program has written is not written on by an older one.

The older one would take what it does not know for damage, say so in an event, and go on beside it.
"""

import json
import re
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from gateway.audit import frames, segment
from gateway.audit.folder import LANE
from gateway.audit.receipt import JournalError
from gateway.record import FORM

_MAGIC: Final = re.compile(rb"izin-journal/(\d{1,4})\n")
#: Octets at the beginning of a segment that have its header.
_HEAD: Final = 1 << 17
_LANE: Final = 1


def refuse_newer(folder: Path) -> None:
    """JournalError where a newer version has written in a folder; nothing where there is no journal, or a damaged one."""
    said = _lane(folder)
    if isinstance(said.get("v"), int) and said["v"] > _LANE:
        raise _newer(folder, {})
    with suppress(OSError):
        names = segment.segments(path.name for path in folder.iterdir())
        if names:
            with (folder / names[-1]).open("rb") as file:
                data = file.read(_HEAD)
            header = _header(data)
            if header is not None and (header.get("v", 0) > 1 or header.get("form", 0) > FORM):
                raise _newer(folder, header)


def _header(data: bytes) -> dict[str, Any] | None:
    """What a segment says of itself, as far as this version can tell; None where it says nothing."""
    magic = _MAGIC.match(data)
    if magic is None:
        return None
    if int(magic[1]) > 1:
        return {"v": int(magic[1])}
    frame = frames.read(data, magic.end(), 0)
    with suppress(ValueError, RecursionError):
        said = json.loads(frame.payload) if frame is not None else None
        if isinstance(said, dict) and all(isinstance(said.get(name, 0), int) for name in ("v", "form")):
            return said
    return None


def _lane(folder: Path) -> dict[str, Any]:
    with suppress(OSError, ValueError, RecursionError):
        said = json.loads((folder / LANE).read_text("utf-8"))
        if isinstance(said, dict):
            return said
    return {}


def _newer(folder: Path, header: dict[str, Any]) -> JournalError:
    software = header.get("software")
    by = (
        f", {software}" if isinstance(software, str) and software.isprintable() and len(software) < 80 else ""
    )
    return JournalError(
        f"the journal `{folder}` was written by a newer version of Izin{by}",
        "start that version again, or name a new folder with `--journal DIR`; this version can still read the entries it knows",
    )
