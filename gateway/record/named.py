"""Which texts an entry or a text names by its digest, so that whoever wants the whole of it knows what else to ask for."""

import re
from collections.abc import Mapping
from typing import Final

import msgspec
from msgspec import Struct

from gateway.record.terms import TermsError, read_terms
from gateway.seal.erasable import entry_of

#: Members that name a text. Others, such as a User-Agent, may look like a digest as anybody likes.
_NAMES: Final = ("after", "before", "digest", "policy", "robots_file", "served", "terms")
_DIGEST: Final = re.compile(rb'"(?:%b)":"(sha256:[0-9a-f]{64})"' % "|".join(_NAMES).encode())


class _Policy(Struct):
    """What a policy's digest stands for: its files and the catalogue it was compiled with."""

    catalogue: str
    files: dict[str, str]
    evaluator: int


_POLICY: Final = msgspec.json.Decoder(_Policy)


def named_in_entry(payload: bytes) -> list[str]:
    """The digests that an entry names."""
    payload = entry_of(payload)
    return [digest.decode() for digest in _DIGEST.findall(payload)] if b'"sha256:' in payload else []


def named_in_text(octets: bytes) -> Mapping[str, str]:
    """The digests that a manifest of terms or of a policy names, each with what the manifest calls it; none else."""
    if not octets.startswith(b"{"):
        return {}
    try:
        policy = _POLICY.decode(octets)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        pass
    else:
        return {policy.catalogue: "catalogue"} | {digest: name for name, digest in policy.files.items()}
    try:
        terms = read_terms(octets)
    except TermsError:
        return {}
    found = {digest: name for name, digest in terms.notice.items()}
    for host, names in terms.hosts.items():
        found |= {
            digest: f"{host}{name if name.startswith('/') else f' {name}'}" for name, digest in names.items()
        }
    return found
