"""A second reader of what the gateway seals, written from the C2SP and RFC texts alone and with nothing of the gateway.

https://c2sp.org/signed-note, https://c2sp.org/tlog-checkpoint, https://c2sp.org/tlog-tiles (all July 2026), RFC 6962 section 2.1.
Every function raises ValueError where something does not hold.
"""

import base64
import hashlib
import io
import json
import zipfile
import zlib

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def sha(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def signed(note, vkey):
    """The text of a note that the key signed; every octet of it and of its lines of signatures is accounted for."""
    text, _, signatures = note.rpartition("\n\n")
    text += "\n"
    name, id_, encoded = vkey.split("+", 2)
    key = octets_of(encoded)
    if key[:1] != b"\x01" or sha(name.encode(), b"\n", key)[:4].hex() != id_:
        raise ValueError("the key")
    if not signatures.endswith("\n"):
        raise ValueError("the end")
    found = False
    for line in signatures[:-1].split("\n"):
        dash, signer, blob = line.split(" ")
        octets = octets_of(blob)
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
    return text


def checkpoint(note, vkey):
    """Origin, size and root of a checkpoint that the key signed."""
    origin, size, root, *_ = signed(note, vkey).split("\n")
    return origin, int(size), octets_of(root)


def octets_of(text):
    """What canonical base64 encodes."""
    octets = base64.b64decode(text, validate=True)
    if base64.b64encode(octets).decode() != text:
        raise ValueError("base64")
    return octets


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


def bundle(octets, site_key):
    """The entries of a proof or case file, by number, for whoever holds nothing but the key of the site; two steps, and the
    signature over the rest (docs/manual/evidence.md)."""
    try:
        with zipfile.ZipFile(io.BytesIO(octets)) as archive:
            names = [info.filename for info in archive.infolist()]
            files = {name: archive.read(name) for name in names}
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, zlib.error) as error:
        raise ValueError("the zip") from error
    if len(files) != len(names) or not {"proof.json", "signature.txt", "checkpoint.txt"} <= set(files):
        raise ValueError("the files")
    proof = json.loads(files["proof.json"])
    site, lane_key, note = proof["site"], proof["site"]["lane_key"], files["checkpoint.txt"].decode()
    about = signed(files["signature.txt"].decode(), lane_key)
    if about != f"izin.signed-file@v1\n{proof['origin']}\n{sha(files['proof.json']).hex()}\n":
        raise ValueError("the signature over the file")
    listed = {
        name: sha(it).hex() for name, it in files.items() if name not in ("proof.json", "signature.txt")
    }
    if listed != proof["files"]:
        raise ValueError("a file")
    _, size, root = checkpoint(files["site-checkpoint.txt"].decode(), site_key)
    entry = f"izin.lane-head@v1\n{lane_key}\n{note}".encode()
    hashes = [octets_of(one) for one in site["hashes"]]
    if cover({site["index"]: sha(b"\0", entry)}, 0, size, hashes) != root or hashes:
        raise ValueError("the site")
    origin, size, root = checkpoint(note, lane_key)
    entries = dict(zip(proof["entries"], files["entries.jsonl"].split(b"\n")[:-1], strict=True))
    hashes = [octets_of(one) for one in proof["hashes"]]
    found = cover({seq - 1: sha(b"\0", it) for seq, it in entries.items()}, 0, size, hashes)
    if found != root or hashes or origin != proof["origin"]:
        raise ValueError("the entries")
    return entries


def log(show, vkey, entries=None):
    """Origin and leaves of a log in the layout of tlog-tiles whose checkpoint the key signed; its entries too, if given.

    ``show`` gives what lies at a path below the log's address, None where nothing does.
    """
    origin, size, root = checkpoint(show("checkpoint").decode(), vkey)
    leaves = tiled_leaves(show, size)
    if head(leaves) != root or (
        entries is not None and [sha(b"\0", one) for one in entries[:size]] != leaves
    ):
        raise ValueError("the root")
    return origin, leaves


def tiled_leaves(show, size):
    """The leaf hashes of a log of that size as its level 0 tiles have them."""
    found = []
    for number in range(-(-size // 256)):
        width = min(256, size - 256 * number)
        digits = f"{number:03}"
        digits = "0" * (-len(digits) % 3) + digits
        groups = [digits[at : at + 3] for at in range(0, len(digits), 3)]
        name = "/".join([*(f"x{group}" for group in groups[:-1]), groups[-1]])
        octets = show(f"tile/0/{name}" if width == 256 else f"tile/0/{name}.p/{width}")
        if octets is None or len(octets) != 32 * width:
            raise ValueError("a tile's length")
        found += [octets[at : at + 32] for at in range(0, len(octets), 32)]
    return found
