"""The key that a lane is sealed with: made at the first start, kept in the journal's folder, readable by its owner alone.

The secret one is `seal.key` (mode 0600), written as Go's note package writes signers: ``PRIVATE+KEY+name+id+base64``.
The public one is `public.vkey` (C2SP vkey). What a key is worth depends on where the other side has the public one from.
"""

import base64
import os
from pathlib import Path
from typing import Final

from gateway.audit.folder import put, unusable
from gateway.audit.receipt import JournalError
from gateway.seal.checkpoint import hand_over, notes_in, read_hand_over
from gateway.seal.note import NoteError, Signer

KEY: Final = "seal.key"
#: The next secret key while it is being handed over to.
NEXT: Final = "seal.key.next"
#: The notes by which one key names the next, one after the other.
HAND_OVERS: Final = "hand-overs"
PUBLIC: Final = "public.vkey"
_PREFIX: Final = "PRIVATE+KEY+"


def origin_of(site: str, lane: str) -> str:
    """The name of a lane's log and of its key."""
    return f"izin/{site}/{lane}"


def load_or_make(folder: Path, name: str) -> tuple[Signer, str | None]:
    """The folder's key; and, where a new one had to be made for a lane that was sealed before, the lost one's vkey.

    JournalError where it cannot be read or kept.
    """
    path = folder / KEY
    _finish(folder)
    try:
        text = path.read_text("ascii")
    except FileNotFoundError:
        return _make(folder, name)
    except (OSError, UnicodeDecodeError) as error:
        raise JournalError(
            f"the key `{path}` cannot be read", "it must belong to the gateway's user, with mode 0600"
        ) from error
    try:
        signer = read_secret(text)
    except (NoteError, ValueError) as error:
        raise JournalError(
            f"`{path}` is damaged",
            "put back a copy of it; if there is none, move it away: a new key is made, and the loss is recorded",
        ) from error
    _publish(folder, signer)
    return signer, None


def _make(folder: Path, name: str) -> tuple[Signer, str | None]:
    lost = public_of(folder)
    signer = keep_new(folder, lost.partition("+")[0] if lost else name)
    _publish(folder, signer)
    return signer, lost


def rotate(folder: Path, old: Signer, size: int) -> Signer:
    """A new key in the place of one that signed ``size`` entries, which names it first. JournalError where that cannot be.

    A start finishes what stopped halfway: the new key counts from the moment that the hand-over is on the medium.
    """
    new = keep_new(folder, old.verifier.name, NEXT)
    try:
        with (folder / HAND_OVERS).open("ab") as file:
            file.write(hand_over(old.verifier.name, size, old, new).encode())
            file.flush()
            os.fsync(file.fileno())
        (folder / NEXT).replace(folder / KEY)
    except OSError as error:
        raise unusable(folder, error) from error
    _publish(folder, new)
    return new


def _finish(folder: Path) -> None:
    """Put the next key in its place if the last one has named it; else it was never one."""
    try:
        waiting = read_secret((folder / NEXT).read_text("ascii"))
        notes = list(notes_in((folder / HAND_OVERS).read_text("utf-8")))
        named = bool(notes) and read_hand_over(notes[-1]).new.vkey == waiting.verifier.vkey
    except (OSError, ValueError):
        named = False
    try:
        if named:
            (folder / NEXT).replace(folder / KEY)
        else:
            (folder / NEXT).unlink(missing_ok=True)
    except OSError as error:
        raise unusable(folder, error) from error


def keep_new(folder: Path, name: str, file: str = KEY) -> Signer:
    """A new key, kept as the folder's secret one; `JournalError` where it cannot be."""
    signer, text = new_key(name)
    try:
        put(folder / file, text.encode(), mode=0o600)
    except OSError as error:
        raise unusable(folder, error) from error
    return signer


def new_key(name: str) -> tuple[Signer, str]:
    """A new key, and the text in which it is kept secret; NoteError if a key cannot have that name."""
    seed = os.urandom(32)
    signer = Signer(name, seed)
    secret = base64.b64encode(b"\x01" + seed).decode()
    return signer, f"{_PREFIX}{name}+{signer.verifier.id.hex()}+{secret}\n"


def read_secret(text: str) -> Signer:
    """The key in the text of `seal.key`; NoteError or ValueError if there is none."""
    name, _, rest = text.strip().removeprefix(_PREFIX).partition("+")
    id, _, encoded = rest.partition("+")
    octets = base64.b64decode(encoded, validate=True)
    if not text.startswith(_PREFIX) or len(octets) != 33 or octets[:1] != b"\x01":
        raise NoteError("this is no secret key for Ed25519 signatures")
    signer = Signer(name, octets[1:])
    if signer.verifier.id.hex() != id:
        raise NoteError("the key does not fit the id that stands with it")
    return signer


def signer_of(folder: Path) -> Signer | None:
    """The folder's key, or None where it is not there, as beside a copy, or cannot be read."""
    try:
        return read_secret((folder / KEY).read_text("ascii"))
    except (OSError, ValueError):
        return None


def public_of(folder: Path) -> str | None:
    """The vkey that the folder shows, or None."""
    try:
        return (folder / PUBLIC).read_text("utf-8").strip() or None
    except (OSError, UnicodeDecodeError):
        return None


def _publish(folder: Path, signer: Signer) -> None:
    if public_of(folder) == signer.verifier.vkey:
        return
    try:
        put(folder / PUBLIC, signer.verifier.vkey.encode() + b"\n", mode=0o644)
    except OSError as error:
        raise unusable(folder, error) from error
