"""The few things that the journal's writer asks of a file system, behind one small interface.

Tests put a disk here that loses what was not synced, writes short or fails at the n-th call. Every method raises OSError.
"""

import errno
import mmap
import os
from pathlib import Path
from typing import Final, Protocol

#: Memory that nobody has written to is one page of zeros, as often as it is read.
_ZEROS: Final = memoryview(mmap.mmap(-1, 1 << 18))


class Disk(Protocol):
    """A file system as the writer sees it. A handle is a number that only the disk understands."""

    def create(self, path: Path, mode: int) -> int:
        """Create a file, or empty it if it is there; the handle to write with."""
        ...

    def write(self, handle: int, data: bytes) -> int:
        """Write where the last write ended; how many octets were taken, which may be fewer."""
        ...

    def overwrite(self, handle: int, data: bytes) -> None:
        """Write at the file's beginning: all of it, seen at once by whoever reads."""
        ...

    def sync(self, handle: int) -> None:
        """Return once all that was written is on the medium."""
        ...

    def allocate(self, handle: int, offset: int, length: int) -> None:
        """Set room aside, filled with zeros, so that a full disk is found out before an entry is half written."""
        ...

    def clear(self, handle: int, offset: int, length: int) -> None:
        """Write zeros over room that was set aside; the next write still is where the last one ended."""
        ...

    def truncate(self, handle: int, length: int) -> None:
        """Cut a file; the next write is at its end."""
        ...

    def protect(self, handle: int, mode: int) -> None:
        """Set a file's mode."""
        ...

    def close(self, handle: int) -> None:
        """Give the handle back."""
        ...

    def open(self, path: Path) -> int:
        """A handle to a file that is there, to write behind its end, to cut it or to sync it."""
        ...

    def read(self, path: Path, *, medium: bool = False) -> bytes:
        """All of a file; with ``medium`` what the medium holds rather than the cache, as far as the system lets us."""
        ...

    def rename(self, old: Path, new: Path) -> None:
        """Put a file in another's place."""
        ...

    def remove(self, path: Path) -> None:
        """Remove a file; nothing happens if it is not there."""
        ...

    def sync_folder(self, folder: Path) -> None:
        """Return once names that were made, changed or removed are on the medium."""
        ...

    def names(self, folder: Path) -> list[str]:
        """The names in a folder, sorted."""
        ...

    def free(self, folder: Path) -> int:
        """Octets that we may still write there."""
        ...


class LocalDisk:
    """The disk of this machine."""

    def create(self, path: Path, mode: int) -> int:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, mode)

    def open(self, path: Path) -> int:
        # A closed segment has mode 0440; only we, its owner, may open it once more.
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
        try:
            os.fchmod(handle, 0o640)
            writable = os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
        finally:
            os.close(handle)
        os.lseek(writable, 0, os.SEEK_END)
        return writable

    def write(self, handle: int, data: bytes) -> int:
        return os.write(handle, data)

    def overwrite(self, handle: int, data: bytes) -> None:
        os.pwrite(handle, data, 0)

    def sync(self, handle: int) -> None:
        os.fdatasync(handle)

    def allocate(self, handle: int, offset: int, length: int) -> None:
        if not hasattr(os, "posix_fallocate"):
            raise OSError(errno.EOPNOTSUPP, "no room can be set aside here")
        os.posix_fallocate(handle, offset, length)

    def clear(self, handle: int, offset: int, length: int) -> None:
        end = offset + length
        while offset < end:
            offset += os.pwrite(handle, _ZEROS[: end - offset], offset)

    def truncate(self, handle: int, length: int) -> None:
        os.ftruncate(handle, length)
        os.lseek(handle, length, os.SEEK_SET)

    def protect(self, handle: int, mode: int) -> None:
        os.fchmod(handle, mode)

    def close(self, handle: int) -> None:
        os.close(handle)

    def read(self, path: Path, *, medium: bool = False) -> bytes:
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
        try:
            if medium and hasattr(os, "posix_fadvise"):
                os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
            if os.fstat(handle).st_size == 0:
                return b""
            with mmap.mmap(handle, 0, prot=mmap.PROT_READ) as view:
                return view[:]
        finally:
            os.close(handle)

    def rename(self, old: Path, new: Path) -> None:
        os.rename(old, new)  # noqa: PTH104

    def remove(self, path: Path) -> None:
        path.unlink(missing_ok=True)

    def sync_folder(self, folder: Path) -> None:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

    def names(self, folder: Path) -> list[str]:
        return sorted(os.listdir(folder))  # noqa: PTH208

    def free(self, folder: Path) -> int:
        room = os.statvfs(folder)
        return room.f_bavail * room.f_frsize
