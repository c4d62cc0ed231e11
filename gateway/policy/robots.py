"""The origin's robots.txt, read as RFC 9309 means it: Protego matches the paths, behind a normaliser of ours.

Theory of operation. Protego 0.7 matches paths well, but its reading of the *file* differs from RFC 9309: an unknown
record between two User-agent lines splits a group, a byte order mark loses the first one, tokens match by prefix, and
Unicode line separators end lines. So the file is read here: lines end at CR and LF only, records that are not of the
RFC neither open nor close a group (section 2.2.4), groups of one product token are merged (2.2.1) and chosen by the
exact token. Protego is then given the rules of one group at a time.

Where it still differs: `Disallow: /foo$` also closes `/foo%24bar`, so the gate may be stricter there, never laxer.
"""

import re
from functools import lru_cache
from typing import Final

from protego import Protego

from gateway.digest import digest_of
from gateway.request import MOST_REMEMBERED

#: Octets that are read (RFC 9309 section 2.5 asks for at least 500 KiB), and octets of one line, as Google cuts it.
MOST_OCTETS: Final = 512_000
LONGEST_LINE: Final = 16_664

_LINE_ENDS = re.compile(r"\r\n|\r|\n")
_NOT_LINE_ENDS = re.compile("[\x00\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029]")
_TOKEN = re.compile(r"[A-Za-z0-9_-]+")
_RECORD = re.compile(r"\s*(user-agent|allow|disallow)\s*(?::|\s)\s*(.*?)\s*", re.IGNORECASE | re.DOTALL)

Rules = list[tuple[str, str]]


class RobotsFile:
    """One robots.txt as it was read. ``digest`` is ``sha256:<hex>`` of ``body``, the octets that were read."""

    __slots__ = ("_allows", "_groups", "body", "digest")

    def __init__(self, body: bytes) -> None:
        self.body = body
        self.digest = digest_of(body)
        self._groups = {token: _group(rules) for token, rules in read_groups(body).items()}
        # One file is asked the same few questions by each crawler; the cache dies with the file.
        self._allows = lru_cache(maxsize=4096)(self._ask)

    def allows(self, token: str | None, target: str) -> bool:
        """Whether the group for a product token (None: no token, so `*`) may fetch a canonical path and query.

        `/robots.txt` itself is always allowed (RFC 9309 section 2.2.2).
        """
        return (self._allows if len(target) <= MOST_REMEMBERED else self._ask)(token, target)

    def _ask(self, token: str | None, target: str) -> bool:
        group = self._groups.get(token.casefold()) if token else None
        if group is None:
            group = self._groups.get("*")
        # With an authority in front, a path that begins with `//` is read as a path.
        return group is None or group.can_fetch(f"http://localhost{target}", "*")


def read_groups(body: bytes) -> dict[str, Rules]:
    """The rules of each product token, case folded (`*` among them), as (``allow`` or ``disallow``, pattern) pairs."""
    groups: dict[str, Rules] = {}
    current: list[Rules] = []
    naming = False
    for line in _lines(body):
        record = _RECORD.fullmatch(line)
        if record is None:
            continue
        key, value = record[1].lower(), record[2]
        if key == "user-agent":
            token = _token(value)
            current = current if naming else []
            naming = True
            if token is not None:
                current.append(groups.setdefault(token, []))
        else:
            naming = False
            for rules in current:
                rules.append((key, value))
    return groups


def _lines(body: bytes) -> list[str]:
    """The lines without comments; a file cut for its size loses the line that the cut went through."""
    if len(body) > MOST_OCTETS:
        body = re.split(rb"[\r\n]", body[:MOST_OCTETS][::-1], maxsplit=1)[-1][::-1]
    text = body.decode("utf-8", "replace").removeprefix("\ufeff")
    lines = _LINE_ENDS.split(_NOT_LINE_ENDS.sub(" ", text))
    return [line[:LONGEST_LINE].partition("#")[0] for line in lines]


def _token(value: str) -> str | None:
    """The product token that a User-agent value begins with; a version or words behind it do not count."""
    if value.startswith("*"):
        return "*"
    found = _TOKEN.match(value)
    return None if found is None else found[0].casefold()


def _group(rules: Rules) -> Protego:
    """One group for Protego. A path holds no line end here, so that no rule can be smuggled in."""
    lines = ["User-agent: *", *(f"{key}: {value}" for key, value in rules)]
    return Protego.parse("\n".join(lines))
