"""A proof as one file: a zip without compression, the same octets whenever it is made from the same journal."""

import base64
import hashlib
import io
import zipfile
from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec

from gateway.audit.proving import Found, Sealed
from gateway.audit.site_proof import UnderSite
from gateway.seal.checkpoint import sign_file
from gateway.seal.erasable import entry_of, opening_of
from gateway.seal.note import Signer

FORMAT: Final = "izin-proof/1"
#: What a zip knows no earlier time than: nothing in the file may depend on when it was made.
_THEN: Final = (1980, 1, 1, 0, 0, 0)


def write(
    found: Found,
    sealed: Sealed,
    vkey: str,
    texts: Mapping[str, bytes],
    left_out: Mapping[str, str],
    accounts: Mapping[str, str],
    stamps: Mapping[str, bytes],
    about: Mapping[str, Any],
    site: UnderSite | None = None,
    signer: Signer | None = None,
) -> bytes:
    """The file. ``texts`` and ``left_out`` are by digest, ``accounts`` and ``stamps`` by name; ``about`` says what was asked.

    ``site`` leads from the checkpoint to the site's. With ``signer``, the lane's key, the file is signed as a whole.
    """
    entries = b"".join(entry_of(payload) + b"\n" for payload in found.payloads.values())
    files: dict[str, bytes] = {name: text.encode() for name, text in sorted(accounts.items())}
    files |= {"entries.jsonl": entries, "checkpoint.txt": sealed.note.encode()}
    if openings := _openings(found.payloads):
        files["openings.txt"] = openings
    if sealed.hand_overs:
        files["hand-overs.txt"] = sealed.hand_overs.encode()
    if site is not None:
        files["site-checkpoint.txt"] = site.note.encode()
        if site.hand_overs:
            files["site-hand-overs.txt"] = site.hand_overs.encode()
    files |= {f"time-stamps/{name}": octets for name, octets in sorted(stamps.items())}
    files |= {f"texts/{digest.removeprefix('sha256:')}": octets for digest, octets in texts.items()}
    proof = {
        "format": FORMAT,
        "about": dict(about),
        "origin": sealed.point.origin,
        "size": sealed.point.size,
        "vkey": vkey,
        "entries": list(found.payloads),
        "hashes": _encoded(sealed.hashes),
        "left_out": dict(left_out),
        "files": {name: hashlib.sha256(octets).hexdigest() for name, octets in files.items()},
    }
    if site is not None:
        proof["site"] = {
            "size": site.size,
            "index": site.at,
            "hashes": _encoded(site.hashes),
            "vkey": site.vkey,
            "lane_key": site.lane_key,
        }
    octets = msgspec.json.format(msgspec.json.encode(proof, order="sorted"), indent=1) + b"\n"
    signed = (
        {} if signer is None else {"signature.txt": sign_file(sealed.point.origin, octets, signer).encode()}
    )
    return _zip({"proof.json": octets, **signed, **files})


def _openings(payloads: Mapping[int, bytes]) -> bytes:
    """What opens the commitments of entries, a line each: the entry's number, the salt in hex, the values as they are."""
    found = ((seq, opening_of(payload)) for seq, payload in payloads.items())
    return b"".join(
        b"%d %b %b\n" % (seq, opening.salt.hex().encode(), opening.values)
        for seq, opening in found
        if opening
    )


def _encoded(hashes: Iterable[bytes]) -> list[str]:
    return [base64.b64encode(one).decode() for one in hashes]


def _zip(files: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name, octets in files.items():
            entry = zipfile.ZipInfo(name, _THEN)
            entry.create_system, entry.external_attr = 3, 0o644 << 16
            archive.writestr(entry, octets)
    return out.getvalue()
