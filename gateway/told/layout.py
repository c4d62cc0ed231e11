"""Log lines whose layout is told: by a `log_format` of nginx, or by the `#Fields:` line of a W3C log.

Theory of operation. A layout becomes one regular expression, in which each variable takes what is not the character that
follows it, so that reading is linear whatever stands in the line; between quotes, escapes are escapes. What comes out are
members by name, as a line of JSON has them, and `gateway.told.access_log` looks up the same names in both.
"""

import re
from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import unquote

_PIECE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")
_QUOTED: Final = r'([^"\\]*+(?:\\.[^"\\]*+)*+)'
_SPACES = re.compile(r"(?:\\?[ \t])+")
#: Columns and variables that are taken.
_MOST: Final = 200

#: What is read out of a line: names and what stands under them.
Members = dict[str, str]


class Layout:
    """A line's layout in nginx's notation: `$remote_addr - [$time_local] "$request" …`."""

    def __init__(self, text: str, plain: Callable[[bytes], str]) -> None:
        """``plain`` takes escapes out. Raises ValueError, worded for whoever wrote ``text``."""
        self._plain = plain
        self.names: list[str] = []
        pieces: list[str] = []
        text = text.strip()
        at = 0
        for found in _PIECE.finditer(text):
            literal = text[at : found.start()]
            if self.names and not literal:
                raise ValueError(f"nothing stands between `${self.names[-1]}` and `{found[0]}`")
            pieces.append(_literal(literal))
            self.names.append(found[1] or found[2])
            at = found.end()
            pieces.append(_value(literal, text[at : at + 1]))
        if not self.names or len(self.names) > _MOST:
            raise ValueError(
                "it names no variable, such as `$remote_addr`" if not self.names else "it is too long"
            )
        self._line = re.compile("".join([*pieces, _literal(text[at:])]).encode("utf-8"), re.DOTALL)

    def read(self, line: bytes) -> Members | None:
        """The members of a line, None if it is laid out otherwise."""
        found = self._line.match(line)
        if found is None:
            return None
        return {name: self._plain(value) for name, value in zip(self.names, found.groups(), strict=True)}


def _literal(text: str) -> str:
    """Text as it stands; runs of spaces are as long as they like to be."""
    return _SPACES.sub(r"[ \\t]+", re.escape(text))


def _value(before: str, after: str) -> str:
    if before.endswith('"') and after == '"':
        return _QUOTED
    if not after:
        return "(.*)"
    return r"([^ \t]*+)" if after in " \t" else f"([^{re.escape(after)}]*+)"


class Columns:
    """The columns of a W3C extended log (IIS, CloudFront), as its `#Fields:` line names them."""

    def __init__(self, names: list[str]) -> None:
        self.names = names

    @classmethod
    def told(cls, line: bytes) -> "Columns | None":
        """The columns that a comment names, None if it names none."""
        mark, _, names = line.partition(b":")
        found = names.decode("latin-1").split()[:_MOST]
        return cls(found) if mark.lower() == b"#fields" and found else None

    def read(self, line: bytes) -> Members | None:
        """The members of a line, with date and time, path and query in one; None if it has not as many columns.

        IIS writes `+` for a space; CloudFront parts columns by tabs and percent-encodes (twice, in a User-Agent).
        """
        tabs = b"\t" in line
        values = line.decode("latin-1").split("\t" if tabs else " ")
        if len(values) != len(self.names):
            return None
        members = dict(zip(self.names, values, strict=True))
        agent = members.get("cs(User-Agent)")
        if agent is not None:
            members["cs(User-Agent)"] = (
                unquote(unquote(agent, "latin-1"), "latin-1") if tabs else agent.replace("+", " ")
            )
        if "date" in members and "time" in members:
            members["time"] = f"{members.pop('date')}T{members['time']}"
        query = members.get("cs-uri-query", "-")
        if query not in {"-", ""} and "cs-uri-stem" in members:
            members["cs-uri-stem"] += f"?{query}"
        return members


def missing(layout: Layout, fields: Mapping[str, tuple[str, ...]]) -> str:
    """What a layout does not tell though nothing can be judged without it, in words; empty if it tells enough."""
    names = {name for name, usual in fields.items() if not {*usual}.isdisjoint(layout.names)}
    if "request" not in names and not {"method", "target"} <= names:
        return "what was asked, such as `$request`"
    return "" if "user-agent" in names else "who asked, such as `$http_user_agent`"
