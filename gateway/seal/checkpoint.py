"""Checkpoints (C2SP tlog-checkpoint, https://c2sp.org/tlog-checkpoint, July 2026): how large a log was, with which root.

And what belongs to them: proofs of one entry as files (C2SP tlog-proof), and the hand-over from one key to the next.
"""

import base64
import re
from collections.abc import Container, Iterable, Iterator, Sequence
from hashlib import sha256
from typing import Final, NamedTuple

from gateway.seal.note import NoteError, Signer, Verifier, open_note, sign, split_note
from gateway.seal.tree import HASH, MOST

_SIZE = re.compile(r"0|[1-9][0-9]{0,15}")
_PROOF: Final = "c2sp.org/tlog-proof@v1"
_HAND_OVER: Final = "izin.key-hand-over@v1"
_FILE: Final = "izin.signed-file@v1"

#: Of checkpoints older than so many, which are a day's at one each ten seconds, one in so many entries is kept.
NEWEST: Final = 8640
SPAN: Final = 65_536


class Checkpoint(NamedTuple):
    """The first ``size`` entries of the log named ``origin`` have this root (32 octets)."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """The three lines that are signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


def read_checkpoint(text: str) -> Checkpoint:
    """The checkpoint in a note's text; extension lines are passed over. NoteError if it is none."""
    lines = text.split("\n")
    if len(lines) < 4 or not lines[0] or not _SIZE.fullmatch(lines[1]) or int(lines[1]) > MOST:
        raise NoteError("a checkpoint has three lines: origin, size, root")
    try:
        root = base64.b64decode(lines[2], validate=True)
    except ValueError:
        root = b""
    if len(root) != HASH or base64.b64encode(root).decode() != lines[2]:
        raise NoteError("a checkpoint's root is the base64 of 32 octets")
    return Checkpoint(lines[0], int(lines[1]), root)


def open_checkpoint(note: str | bytes, verifiers: Iterable[Verifier]) -> Checkpoint:
    """The checkpoint of a note that one of these keys signed; NoteError if none did."""
    return read_checkpoint(open_note(note, verifiers)[0])


def notes_in(text: str) -> Iterator[str]:
    """The notes that stand one after the other in a file, each as it was signed; a last one cut short is left out."""
    begin, signed, at = 0, False, 0
    for line in text.splitlines(keepends=True):
        if signed and not line.startswith("\u2014 "):
            yield text[begin:at]
            begin, signed = at, False
        signed = signed or line.startswith("\u2014 ")
        at += len(line)
    if signed and text.endswith("\n"):
        yield text[begin:at]


def thinned(sizes: Sequence[int], wanted: Container[int], newest: int = NEWEST) -> list[int]:
    """Which checkpoints of a log to keep, by their places in ``sizes``, which grow: the ``newest`` ones, those whose sizes are
    ``wanted``, and of the others the first behind each `SPAN` entries. What was thinned stays as it is when it is thinned again."""
    old = max(0, len(sizes) - newest)
    first = [at for at in range(old) if not at or sizes[at] // SPAN != sizes[at - 1] // SPAN]
    return sorted({*first, *(at for at in range(old) if sizes[at] in wanted), *range(old, len(sizes))})


def tlog_proof(index: int, proof: Sequence[bytes], checkpoint: str) -> str:
    """The proof that an entry is in the log, as a file of its own (https://c2sp.org/tlog-proof)."""
    lines = [_PROOF, f"index {index}", *(base64.b64encode(one).decode() for one in proof)]
    return "\n".join(lines) + f"\n\n{checkpoint}"


def sign_file(origin: str, octets: bytes, signer: Signer) -> str:
    """The note by which a log's key signs a file about the log, such as a proof's list of all that it holds."""
    return sign(f"{_FILE}\n{origin}\n{sha256(octets).hexdigest()}\n", signer)


# ── from one key to the next ────────────────────────────────────────────────────────────────────────────────────────


class HandOver(NamedTuple):
    """From ``size`` entries on the log ``origin`` is signed by ``new`` in place of ``old``."""

    origin: str
    size: int
    old: Verifier
    new: Verifier


def hand_over(origin: str, size: int, old: Signer, new: Signer) -> str:
    """The note by which one key names the next; both sign it."""
    return sign(f"{_HAND_OVER}\n{origin}\n{size}\n{old.verifier.vkey}\n{new.verifier.vkey}\n", old, new)


def read_hand_over(note: str) -> HandOver:
    """A hand-over that both its keys signed; NoteError if it is none. Whether the old key is to be trusted is asked apart."""
    text, _ = split_note(note)
    match text.split("\n"):
        case [start, origin, size, old, new, ""] if start == _HAND_OVER and _SIZE.fullmatch(size):
            found = HandOver(origin, int(size), Verifier.read(old), Verifier.read(new))
        case _:
            raise NoteError("this is not a hand-over of a key")
    if len(open_note(note, (found.old, found.new))[1]) != 2:
        raise NoteError("a hand-over is signed by both keys")
    return found


class Trusted(NamedTuple):
    """A key that counts, for checkpoints of up to ``until`` entries."""

    key: Verifier
    until: int


def trusted(held: Verifier, hand_overs: Iterable[HandOver]) -> list[Trusted]:
    """The keys that a key one holds leads to, itself first. Each counts until it named the next, so that whoever has an old
    one can seal nothing new with it."""
    keys = [Trusted(held, MOST)]
    for one in hand_overs:
        if one.old.vkey == keys[-1].key.vkey and one.origin == held.name:
            keys[-1] = Trusted(one.old, one.size)
            keys.append(Trusted(one.new, MOST))
    return keys
