"""A file that others keep: checkpoints are appended to it and are on its medium before anybody relies on that."""

import os
from pathlib import Path


def append(path: Path, note: str) -> None:
    """Append a checkpoint to a file, and return once it is on the medium; OSError where that cannot be."""
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o644)
    with os.fdopen(handle, "ab") as file:
        file.write(note.encode())
        file.flush()
        os.fsync(handle)
