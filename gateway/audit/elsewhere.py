"""Files that others keep: checkpoints are appended to them, and are on their medium before anybody relies on that.

A journal remembers which files these are (`seal/elsewhere`, a path a line). So a start that finds a later checkpoint of its
own there than it has itself knows that the journal was set back, from a backup perhaps: whatever it signed from then on
would be a second history.
"""

import os
from contextlib import suppress
from pathlib import Path
from typing import Final

from gateway.audit.folder import put
from gateway.audit.tile_files import FOLDER
from gateway.seal.checkpoint import notes_in, open_checkpoint
from gateway.seal.note import NoteError, Verifier

NAME: Final = "elsewhere"
#: Octets at a file's end in which the newest checkpoints are looked for, and files that are looked at.
_TAIL: Final = 1 << 16
_MOST: Final = 16


def append(path: Path, note: str) -> None:
    """Append a checkpoint to a file, and return once it is on the medium; OSError where that cannot be."""
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o644)
    with os.fdopen(handle, "ab") as file:
        file.write(note.encode())
        file.flush()
        os.fsync(handle)


def remember(folder: Path, path: Path) -> None:
    """Remember in a log's folder that its checkpoints go to this file; OSError where that cannot be."""
    known, where = _known(folder), str(path.absolute())
    if where not in known and where.isprintable():
        put(folder / FOLDER / NAME, "".join(f"{one}\n" for one in [*known, where][-_MOST:]).encode())


def further(folder: Path, key: Verifier, size: int) -> tuple[str, int] | None:
    """A file that has a checkpoint of the log, signed by this key, over more than ``size`` entries, and over how many; None
    where none has."""
    for where in _known(folder):
        for note in notes_in(_tail(Path(where))):
            with suppress(NoteError):
                point = open_checkpoint(note, (key,))
                if point.origin == key.name and point.size > size:
                    return where, point.size
    return None


def _known(folder: Path) -> list[str]:
    with suppress(OSError, UnicodeDecodeError):
        return (folder / FOLDER / NAME).read_text("utf-8").splitlines()[:_MOST]
    return []


def _tail(path: Path) -> str:
    """The end of a file, from the beginning of a note on; empty where it cannot be read."""
    with suppress(OSError), path.open("rb") as file:
        begin = max(0, file.seek(0, os.SEEK_END) - _TAIL)
        file.seek(begin)
        text = file.read(_TAIL).decode("utf-8", "replace")
        return text[text.find("\nizin/") + 1 :] if begin else text
    return ""
