"""What is written whole or not at all."""

import errno
import os
from pathlib import Path


def put(path: Path, octets: bytes, *, sync: bool = True, mode: int = 0o640) -> None:
    """Put a small file in the place of whatever is there; OSError where that cannot be. With ``sync`` it is whole even after
    a loss of power.

    What lies in the way, perhaps a link that somebody laid there, is removed and never followed.
    """
    made = path.with_name(f"{path.name}.new")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    try:
        handle = os.open(made, flags, mode)
    except FileExistsError:
        made.unlink()
        handle = os.open(made, flags, mode)
    with os.fdopen(handle, "wb", buffering=0) as file:
        if file.write(octets) != len(octets):
            raise OSError(errno.ENOSPC, "a short write")
        if sync:
            os.fsync(handle)
    made.replace(path)


def append(handle: int, octets: bytes) -> None:
    """Append to an open file and sync. What was not written whole is cut off again: OSError."""
    end = os.fstat(handle).st_size
    try:
        written = 0
        while written < len(octets):
            written += os.write(handle, octets[written:])
        os.fdatasync(handle)
    except OSError:
        os.ftruncate(handle, end)
        raise
