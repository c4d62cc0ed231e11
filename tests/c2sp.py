"""A second reader of what the gateway seals, written from the C2SP and RFC texts alone and with nothing of the gateway.

https://c2sp.org/signed-note, https://c2sp.org/tlog-checkpoint, https://c2sp.org/tlog-tiles (all July 2026), RFC 6962 section 2.1.
Every function raises ValueError where something does not hold.
"""

import base64
import hashlib
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def sha(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def checkpoint(note, vkey):
    """Origin, size and root of a checkpoint that the key signed."""
    text, _, signatures = note.rpartition("\n\n")
    text += "\n"
    name, id_, encoded = vkey.split("+", 2)
    key = base64.b64decode(encoded, validate=True)
    if key[:1] != b"\x01" or sha(name.encode(), b"\n", key)[:4].hex() != id_:
        raise ValueError("the key")
    found = False
    for line in signatures.splitlines():
        dash, signer, blob = line.split(" ")
        octets = base64.b64decode(blob, validate=True)
        if dash != "\u2014":
            raise ValueError("a signature line")
        if signer == name and octets[:4].hex() == id_:
            try:
                Ed25519PublicKey.from_public_bytes(key[1:]).verify(octets[4:], text.encode())
            except InvalidSignature:
                raise ValueError("the signature") from None
            found = True
    if not found:
        raise ValueError("not signed by this key")
    origin, size, root, *_ = text.split("\n")
    return origin, int(size), base64.b64decode(root, validate=True)


def head(leaves):
    """MTH of RFC 6962 section 2.1, of leaf hashes."""
    if not leaves:
        return sha()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while 2 * k < len(leaves):
        k *= 2
    return sha(b"\x01", head(leaves[:k]), head(leaves[k:]))


def path(index, leaf, size, proof):
    """The root that an audit path leads to, by the definition of PATH in RFC 6962 section 2.1.1 read backwards."""
    if size == 1:
        if proof:
            raise ValueError("too long")
        return leaf
    if not proof:
        raise ValueError("too short")
    k = 1
    while 2 * k < size:
        k *= 2
    if index < k:
        return sha(b"\x01", path(index, leaf, k, proof[:-1]), proof[-1])
    return sha(b"\x01", proof[-1], path(index - k, leaf, size - k, proof[:-1]))


def cover(leaves, begin, size, hashes):
    """The root over ``size`` leaves from ``begin`` on: known leaves by index, all else from ``hashes``, left to right."""
    if not any(begin <= index < begin + size for index in leaves):
        if not hashes:
            raise ValueError("too short")
        return hashes.pop(0)
    if size == 1:
        return leaves[begin]
    k = 1
    while 2 * k < size:
        k *= 2
    left = cover(leaves, begin, k, hashes)
    return sha(b"\x01", left, cover(leaves, begin + k, size - k, hashes))


def tiled_leaves(folder: Path, size):
    """The leaf hashes of a log of that size as its level 0 tiles have them."""
    found = []
    for number in range(-(-size // 256)):
        width = min(256, size - 256 * number)
        digits = f"{number:03}"
        digits = "0" * (-len(digits) % 3) + digits
        groups = [digits[at : at + 3] for at in range(0, len(digits), 3)]
        name = "/".join([*(f"x{group}" for group in groups[:-1]), groups[-1]])
        file = folder / "tile" / "0" / name
        octets = (
            file.read_bytes() if width == 256 else (file.parent / f"{file.name}.p" / str(width)).read_bytes()
        )
        if len(octets) != 32 * width:
            raise ValueError("a tile's length")
        found += [octets[at : at + 32] for at in range(0, len(octets), 32)]
    return found
