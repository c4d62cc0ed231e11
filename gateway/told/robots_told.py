"""What a robots.txt told an agent of a path: many versions of it, of many hosts, asked about again and again.

The groups that matter are few and alike (`Disallow: /` for forty hosts), so a group is read once for all the files that
hold it, and a file is only taken apart into groups.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Final

from gateway.policy.robots import RobotsFile, Rules, read_groups

_FILES: Final = 64
_GROUPS: Final = 512
_SPOKEN: Final = 4_096


class RobotsTold:
    """Answers from the texts of robots.txt by their digests; ``text`` gives a text, or None where it is not kept."""

    def __init__(self, text: Callable[[str], bytes | None]) -> None:
        self._text = text
        self._groups = lru_cache(_FILES)(self._read)
        self._group = lru_cache(_GROUPS)(_one_group)
        self._spoken = lru_cache(_SPOKEN)(self._speaking)

    def forbids(self, digest: str, token: str | None, target: str) -> bool | None:
        """Whether the file told the agent with a product token (None: whoever no group names) to leave a canonical
        target alone; None where its text is not kept."""
        group = self._spoken(digest, token)
        return None if group is None else not group.allows(None, target)

    def _speaking(self, digest: str, token: str | None) -> RobotsFile | None:
        """The group that speaks to an agent."""
        groups = self._groups(digest)
        if groups is None:
            return None
        rules = groups.get(token.casefold()) if token else None
        return self._group(groups.get("*", ()) if rules is None else rules)

    def _read(self, digest: str) -> dict[str, tuple[tuple[str, str], ...]] | None:
        octets = self._text(digest)
        return None if octets is None else {name: tuple(rules) for name, rules in read_groups(octets).items()}


def _one_group(rules: tuple[tuple[str, str], ...]) -> RobotsFile:
    lines: Rules = [("user-agent", "*"), *rules]
    return RobotsFile("\n".join(f"{key}: {value}" for key, value in lines).encode())
