"""Text for a terminal: hostile text made harmless, columns that fit, colour only where it is wanted."""

import os
import shutil
import sys
import unicodedata
from typing import Final

from gateway.inert import inert as safe

#: No line of ours is wider.
WIDEST: Final = 100
_COLOURS: Final = {"red": "31", "green": "32", "yellow": "33", "dim": "2", "bold": "1"}

__all__ = ["coloured", "fit", "line_width", "paint", "safe", "width"]


def width(text: str) -> int:
    """The columns that a text takes."""
    if text.isascii():
        return len(text)
    return sum(_columns(char) for char in text)


def _columns(char: str) -> int:
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def fit(text: str, columns: int) -> str:
    """The text made safe, cut with `…` or filled with spaces to exactly so many columns."""
    shown = safe(text)
    if width(shown) > columns:
        room, kept = columns - 1, []
        for char in shown:
            room -= _columns(char)
            if room < 0:
                break
            kept.append(char)
        shown = "".join(kept) + "…"
    return shown + " " * (columns - width(shown))


def line_width() -> int:
    """The width to fill: that of the terminal, at most `WIDEST`."""
    return min(WIDEST, shutil.get_terminal_size((WIDEST, 24)).columns)


def coloured() -> bool:
    """Whether standard output is a terminal that wants colour (https://no-color.org)."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def paint(text: str, colour: str, *, on: bool) -> str:
    """The text in a colour where colour is on."""
    return f"\x1b[{_COLOURS[colour]}m{text}\x1b[0m" if on else text
