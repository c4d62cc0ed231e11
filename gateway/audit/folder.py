"""A journal's folder: whose it is, who holds it, and its socket's address. One folder is one lane.

The lock is on the open file, so it ends with the process that holds it, however that ends; two writers never share a
folder. What the lock file says is only for people.
"""

import contextlib
import fcntl
import json
import os
import platform
import re
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from gateway.audit.receipt import JournalError
from gateway.files import put as put  # noqa: PLC0414 -- the audit log's own way to write small files

LOCK: Final = "lock"
LANE: Final = "lane.json"
#: Says that a journal was put back from a backup, to be read.
RESTORED: Final = "restored"
SOCKET: Final = "writer.sock"
#: At which the processes of one gateway hand over their entries.
LANE_SOCKET: Final = "lane.sock"
#: The names that a lane may have: a machine's, or that with a slot.
LANES: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}(/[0-9]{1,3})?")
#: How many processes may share a gate's folder, each in a lane of its own.
MAX_SLOTS: Final = 64
#: The longest path that fits into a socket's address, in octets (unix(7): 108 with the final zero).
_SUN_PATH: Final = 107


def prepare(folder: Path) -> None:
    """Make the folder, for its owner alone, if it is not there; JournalError where that cannot be."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise unusable(folder, error) from None
    if not os.access(folder, os.W_OK | os.X_OK):
        raise JournalError(
            f"the journal `{folder}` cannot be written", "it must belong to the gateway's user"
        )


def unusable(folder: Path, error: OSError) -> JournalError:
    """The error of a folder that the system does not let us use."""
    return JournalError(
        f"the journal `{folder}` cannot be used: {(error.strerror or 'unknown error').lower()}",
        "name a folder that the gateway's user may write with `--journal DIR`",
    )


class Hold:
    """The lock on a folder, from its making to `release`."""

    def __init__(self, folder: Path) -> None:
        """JournalError if another process holds it."""
        try:
            self._handle = os.open(
                folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o640
            )
        except OSError as error:
            raise unusable(folder, error) from None
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            who = os.read(self._handle, 20).decode("ascii", "replace").strip()
            os.close(self._handle)
            by = f"process {who}" if who.isdigit() else "another process"
            raise JournalError(
                f"the journal `{folder}` is being written by {by}",
                "one gateway, one folder: stop that process, or name another folder with `--journal DIR`",
            ) from None
        os.truncate(self._handle, 0)
        with contextlib.suppress(OSError):  # the note is for people; a full disk must not stop a start
            os.pwrite(self._handle, f"{os.getpid()}\n".encode(), 0)

    def release(self) -> None:
        """Let others have it."""
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1


def held(folder: Path) -> bool:
    """Whether some process writes this journal now."""
    try:
        handle = os.open(folder / LOCK, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False


def take_slot(folder: Path) -> tuple[Path, str, Hold]:
    """A free lane's folder in the folder that the processes of a gate share: path, lane's name, lock."""
    prepare(folder)
    for number in range(MAX_SLOTS):
        slot = folder / str(number)
        prepare(slot)
        with contextlib.suppress(JournalError):
            return slot, f"{machine()}/{number}", Hold(slot)
    raise JournalError(
        f"all {MAX_SLOTS} lanes of the journal `{folder}` are being written",
        "name another folder, or run fewer processes",
    )


def idle_slots(folder: Path, before: float) -> Iterator[tuple[Path, Hold]]:
    """The lanes in such a folder that no process writes, and that none has taken up since ``before`` (seconds since 1970),
    each with its lock."""
    for number in range(MAX_SLOTS):
        slot = folder / str(number)
        with contextlib.suppress(OSError, JournalError):
            if (slot / LOCK).stat().st_mtime < before:
                yield slot, Hold(slot)


def machine() -> str:
    """This machine's name, printable ASCII, at most 64 characters."""
    name = "".join(char for char in platform.node() if char.isascii() and (char.isalnum() or char in ".-_"))
    return name[:64] or "unnamed"


def lane_of(folder: Path) -> dict[str, Any] | None:
    """What ``lane.json`` says, or None if there is none; JournalError if it cannot be read."""
    try:
        said = json.loads((folder / LANE).read_text("utf-8"))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise unusable(folder, error) from None
    except ValueError:
        said = None
    if (
        not isinstance(said, dict)
        or not isinstance(said.get("site"), str)
        or not isinstance(said.get("lane"), str)
    ):
        raise JournalError(
            f"`{folder / LANE}` is damaged",
            "any `.izj` file there begins with the same facts: write `site` and `lane` anew",
        )
    return said


def refuse_restored(folder: Path) -> None:
    """JournalError where nothing may be signed or written, for it might have gone further where it was written."""
    if (folder / RESTORED).exists():
        raise JournalError(
            f"the journal `{folder}` was put back from a backup, and can only be read",
            "name another folder to write in; `izin restore --write-on` is for a backup that was made after the end",
        )


def claim(folder: Path, site: str | None, lane: str | None = None) -> tuple[str, str]:
    """The folder's site and lane. A new folder becomes this site's; another site's is a JournalError.

    ``site`` None takes whatever the folder says. A lane keeps the name it was made with.
    """
    refuse_restored(folder)
    said = lane_of(folder)
    if said is not None:
        if site is not None and said["site"] != site:
            raise JournalError(
                f"the journal `{folder}` belongs to the site `{said['site']}`, not to `{site}`",
                "give each site a folder of its own with `--journal DIR`",
            )
        return said["site"], said["lane"]
    if site is None:
        raise JournalError(
            f"`{folder}` holds no journal", "the folder that `izin serve --journal` names is wanted here"
        )
    facts = {"v": 1, "site": site, "lane": lane or machine()}
    try:
        put(folder / LANE, json.dumps(facts, sort_keys=True).encode() + b"\n")
    except OSError as error:
        raise unusable(folder, error) from None
    return site, facts["lane"]  # type: ignore[return-value]


@contextlib.contextmanager
def socket_address(folder: Path, name: str = SOCKET) -> Any:
    """An address for a socket of the folder that fits: its path, or one by way of the folder's open handle."""
    path = str(folder / name)
    if len(os.fsencode(path)) <= _SUN_PATH:
        yield path
        return
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{handle}/{name}"
    finally:
        os.close(handle)


def listener(folder: Path, name: str = SOCKET) -> socket.socket:
    """A socket of the folder, bound and for its user alone. The folder's lock is ours, so one that lies there is a dead one's.
    JournalError where it cannot be made."""
    bound = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        (folder / name).unlink(missing_ok=True)
        with socket_address(folder, name) as address:
            bound.bind(address)
            os.chmod(address, 0o600)  # noqa: PTH101 -- the address may lead through /proc
    except OSError as error:
        bound.close()
        raise unusable(folder, error) from error
    return bound


def call(folder: Path, request: dict[str, Any], seconds: float = 5.0) -> dict[str, Any]:
    """Ask the process that writes this journal; its reply. OSError if nobody answers in time."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line, socket_address(folder) as address:
        line.settimeout(seconds)
        line.connect(address)
        line.sendall(json.dumps(request).encode() + b"\n")
        with line.makefile("rb") as answers:
            said = answers.readline(65_536)
    try:
        reply = json.loads(said)
    except ValueError:
        reply = None
    if not isinstance(reply, dict):
        raise ConnectionError("the gateway gave no answer")
    return reply
