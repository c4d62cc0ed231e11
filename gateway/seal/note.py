"""Signed notes (C2SP signed-note, https://c2sp.org/signed-note, July 2026) with Ed25519 keys: short texts with signatures.

A note is a text that ends in a newline, an empty line, and a line for each signature: ``— name base64(key id || signature)``.
A key is written as a *vkey*, ``name+key id+base64(type || public key)``, which is what people hand on and compare.
"""

import base64
import hashlib
from collections.abc import Iterable
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

_ED25519: Final = b"\x01"
#: Octets of a note and lines of signatures that are read.
MOST_OCTETS: Final = 65_536
MOST_SIGNATURES: Final = 16
_SIGNATURE: Final = "\u2014 "


class NoteError(ValueError):
    """A note or key that cannot be relied upon; the message says why."""


class Verifier:
    """A public key with its name."""

    def __init__(self, name: str, public: bytes) -> None:
        _check_name(name)
        self.name = name
        self._type_and_key = _ED25519 + public
        self.id = hashlib.sha256(name.encode() + b"\n" + self._type_and_key).digest()[:4]
        self._key = Ed25519PublicKey.from_public_bytes(public)

    @classmethod
    def read(cls, vkey: str) -> "Verifier":
        """The key of a vkey; NoteError if it is none, or its id is not its own."""
        name, _, rest = vkey.strip().partition("+")
        id, _, encoded = rest.partition("+")
        octets = _decoded(encoded)
        if len(octets) != 33 or octets[:1] != _ED25519:
            raise NoteError("this is not a key for Ed25519 signatures (C2SP vkey, type 1)")
        found = cls(name, octets[1:])
        if found.id.hex() != id:
            raise NoteError("the key does not fit the id that stands with it")
        return found

    @property
    def vkey(self) -> str:
        """As it is written."""
        return f"{self.name}+{self.id.hex()}+{base64.b64encode(self._type_and_key).decode()}"

    @property
    def fingerprint(self) -> str:
        """For people to compare aloud: the SHA-256 of the vkey, its first 16 octets in groups of four hex digits."""
        digits = hashlib.sha256(self.vkey.encode()).hexdigest()[:32]
        return " ".join(digits[at : at + 4] for at in range(0, 32, 4))

    def __eq__(self, other: object) -> bool:
        return self.vkey == other.vkey if isinstance(other, Verifier) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.vkey)

    def verify(self, text: bytes, signature: bytes) -> bool:
        """Whether the signature over these octets is this key's."""
        try:
            self._key.verify(signature, text)
        except InvalidSignature:
            return False
        return True


class Signer:
    """A secret key with its name. It never shows itself."""

    def __init__(self, name: str, seed: bytes) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self.verifier = Verifier(name, self._key.public_key().public_bytes_raw())

    def line(self, text: str) -> str:
        """The line of this key's signature under a text."""
        blob = self.verifier.id + self._key.sign(text.encode())
        return f"{_SIGNATURE}{self.verifier.name} {base64.b64encode(blob).decode()}\n"


def sign(text: str, *signers: Signer) -> str:
    """The note of a text, signed by each of the keys; ValueError if the text is not one that a note can hold."""
    _check_text(text)
    return f"{text}\n{''.join(signer.line(text) for signer in signers)}"


def open_note(note: str | bytes, verifiers: Iterable[Verifier]) -> tuple[str, tuple[Verifier, ...]]:
    """The text of a note, and which of the keys signed it.

    NoteError if none did, or if a line names one of them and its signature is false. Other signatures are passed over.
    """
    text, lines = split_note(note)
    known = {(verifier.name, verifier.id): verifier for verifier in verifiers}
    signed: dict[bytes, Verifier] = {}
    for name, blob in lines:
        verifier = known.get((name, blob[:4]))
        if verifier is None:
            continue
        if not verifier.verify(text.encode(), blob[4:]):
            raise NoteError(f"the signature of {name} is false")
        signed[verifier.id] = verifier
    if not signed:
        raise NoteError("none of the signatures is by a key that is known here")
    return text, tuple(signed.values())


def split_note(note: str | bytes) -> tuple[str, list[tuple[str, bytes]]]:
    """A note's text and its signatures, as name and octets, none of them checked. NoteError if it is not formed as one."""
    if isinstance(note, bytes):
        try:
            note = note.decode()
        except UnicodeDecodeError:
            raise NoteError("a note is UTF-8") from None
    if len(note) > MOST_OCTETS:
        raise NoteError("the note is too long")
    head, gap, tail = note.rpartition("\n\n")
    if not gap or not tail.endswith("\n"):
        raise NoteError("a note has a text, an empty line, and lines of signatures")
    text = head + "\n"
    _check_text(text)
    lines = tail[:-1].split("\n")
    if len(lines) > MOST_SIGNATURES:
        raise NoteError(f"a note has at most {MOST_SIGNATURES} signatures here")
    return text, [_signature(line) for line in lines]


def _signature(line: str) -> tuple[str, bytes]:
    name, space, encoded = line.removeprefix(_SIGNATURE).partition(" ")
    blob = _decoded(encoded)
    if not line.startswith(_SIGNATURE) or not space or len(blob) < 5:
        raise NoteError("a line of a signature is `— name base64`")
    _check_name(name)
    return name, blob


def _decoded(text: str) -> bytes:
    try:
        octets = base64.b64decode(text, validate=True)
    except ValueError:
        raise NoteError("what should be base64 is not") from None
    if base64.b64encode(octets).decode() != text:
        raise NoteError("base64 is not written as it has to be")
    return octets


def _check_name(name: str) -> None:
    if not name or "+" in name or not name.isprintable() or any(char.isspace() for char in name):
        raise NoteError("a key's name has no spaces, no `+`, and is not empty")


def _check_text(text: str) -> None:
    if not text.endswith("\n") or any(char < " " and char != "\n" for char in text):
        raise NoteError("a note's text ends in a newline and holds no other control characters")
