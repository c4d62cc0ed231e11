"""What an entry tells about a request's way, without reading the rest of it."""

from typing import Any

import msgspec

from gateway.seal.erasable import entry_of


def decided_or_ended(payload: bytes) -> tuple[str, bool] | None:
    """Of a decision its id and False, of an outcome its decision's id and True; None of all else, and of what cannot be
    read."""
    try:
        entry: Any = msgspec.json.decode(entry_of(payload))
        if isinstance(entry, list):
            return entry[1], entry[0].startswith("o")
        return (entry["id"], False) if entry["phase"] == "decision" else None
    except (msgspec.DecodeError, LookupError, AttributeError, TypeError, ValueError):
        return None
