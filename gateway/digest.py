"""How a text is named by what it says: policies, statements, the catalogue, an origin's robots.txt."""

import hashlib


def digest_of(octets: bytes) -> str:
    """``sha256:<hex>``: the name under which the journal keeps a text and every entry speaks of it (FIPS 180-4)."""
    return f"sha256:{hashlib.sha256(octets).hexdigest()}"
