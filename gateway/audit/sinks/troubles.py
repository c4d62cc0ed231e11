"""What went wrong on the way to a sink, in words of the system's or ours: an address may hold a secret, and never stands there."""

import os
from typing import Final

#: Of an answer that is none of a database of ours.
ODD: Final = "its answer is not understood"


def why(error: Exception) -> str:
    """In few words, lower-case."""
    if isinstance(error, TimeoutError):
        return "no answer in time"
    inner = getattr(error, "os_error", error)  # aiohttp has the system's error inside
    if isinstance(number := getattr(inner, "errno", None), int) and number > 0:
        return os.strerror(number).lower()
    said = getattr(inner, "strerror", None)
    return said.lower() if said else type(error).__name__
