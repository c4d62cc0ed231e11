"""The reserve: room on the disk that is given up to write down that the disk is full."""

from pathlib import Path
from typing import Final

from gateway.audit.disk import Disk
from gateway.audit.receipt import is_full

#: Kept free for the last entries before a full disk, in octets.
RESERVE: Final = 16 << 20
RESERVE_NAME: Final = "reserve"


class Reserve:
    """A file of ``size`` octets in a journal's folder; none if that is 0."""

    def __init__(self, folder: Path, disk: Disk, size: int = RESERVE) -> None:
        self._folder, self._disk, self._size = folder, disk, size

    def keep(self) -> None:
        """Have it on the disk, its room set aside and not only promised; OSError if there is no room."""
        if not self._size or RESERVE_NAME in self._disk.names(self._folder):
            return
        made = self._folder / f"{RESERVE_NAME}.new"
        handle = self._disk.create(made, 0o640)
        try:
            self._disk.allocate(handle, 0, self._size)
            self._disk.sync(handle)
        except OSError as error:
            self._disk.remove(made)
            if is_full(error):
                raise
            return  # this file system sets no room aside
        finally:
            self._disk.close(handle)
        self._disk.rename(made, self._folder / RESERVE_NAME)

    def give_up(self) -> None:
        """Let others have its room; OSError where it cannot be removed."""
        self._disk.remove(self._folder / RESERVE_NAME)

    def fits_again(self) -> bool:
        """Whether there is room for it, and as much again; OSError if the disk does not say."""
        return self._disk.free(self._folder) >= 2 * self._size
