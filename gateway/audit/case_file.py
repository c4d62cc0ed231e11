"""A proof as one file: a zip without compression, the same octets whenever it is made from the same journal."""

import base64
import hashlib
import io
import zipfile
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from gateway.audit.proving import Found, Sealed

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
) -> bytes:
    """The file. ``texts`` and ``left_out`` are by digest, ``accounts`` and ``stamps`` by name; ``about`` says what was asked."""
    entries = b"".join(payload + b"\n" for payload in found.payloads.values())
    files: dict[str, bytes] = {name: text.encode() for name, text in sorted(accounts.items())}
    files |= {"entries.jsonl": entries, "checkpoint.txt": sealed.note.encode()}
    if sealed.hand_overs:
        files["hand-overs.txt"] = sealed.hand_overs.encode()
    files |= {f"time-stamps/{name}": octets for name, octets in sorted(stamps.items())}
    files |= {f"texts/{digest.removeprefix('sha256:')}": octets for digest, octets in texts.items()}
    proof = {
        "format": FORMAT,
        "about": dict(about),
        "origin": sealed.point.origin,
        "size": sealed.point.size,
        "vkey": vkey,
        "entries": list(found.payloads),
        "hashes": [base64.b64encode(one).decode() for one in sealed.hashes],
        "left_out": dict(left_out),
        "files": {name: hashlib.sha256(octets).hexdigest() for name, octets in files.items()},
    }
    octets = msgspec.json.format(msgspec.json.encode(proof, order="sorted"), indent=1)
    return _zip({"proof.json": octets + b"\n", **files})


def _zip(files: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name, octets in files.items():
            entry = zipfile.ZipInfo(name, _THEN)
            entry.create_system, entry.external_attr = 3, 0o644 << 16
            archive.writestr(entry, octets)
    return out.getvalue()
