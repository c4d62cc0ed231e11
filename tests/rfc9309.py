"""A reader of robots.txt written from RFC 9309 alone, to judge what the gateway publishes.

It shares no code with the gateway and takes no short cut: patterns are matched octet by octet, by the definition.
"""

import re
from functools import cache

_LINE = re.compile(r"\r\n|\r|\n")
_UNRESERVED = set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")


class Robots:
    """One robots.txt. Groups are kept in the order in which they stand."""

    def __init__(self, text: str) -> None:
        self.groups: list[tuple[set[str], list[tuple[bool, str]], list[tuple[str, str]]]] = []
        open_block = False
        for line in _LINE.split(text):
            key, colon, value = line.partition("#")[0].partition(":")
            key, value = key.strip(" \t").lower(), value.strip(" \t")
            if not colon:
                continue
            if key == "user-agent":
                if not open_block:
                    self.groups.append((set(), [], []))
                open_block = True
                self.groups[-1][0].add(value.lower())
            elif key in {"allow", "disallow"}:
                if self.groups:
                    self.groups[-1][1].append((key == "allow", value))
                open_block = False
            elif self.groups:  # another record neither opens nor closes a group (section 2.2.4)
                self.groups[-1][2].append((key, value))

    def rules(self, token: str) -> list[tuple[bool, str]]:
        """The rules for a product token: all groups that name it, else all groups for `*` (section 2.2.1)."""
        named = [rules for tokens, rules, _ in self.groups if token.lower() in tokens]
        chosen = named or [rules for tokens, rules, _ in self.groups if "*" in tokens]
        return [rule for rules in chosen for rule in rules]

    def allows(self, token: str, target: str) -> bool:
        """Whether the target (path and query) may be fetched (section 2.2.2)."""
        if target == "/robots.txt":
            return True
        text = normal(target)
        best: tuple[int, bool] = (-1, True)
        for allow, pattern in self.rules(token):
            if pattern and matches(normal(pattern), text):
                best = max(best, (len(normal(pattern)), allow))
        return best[1]


@cache
def normal(text: str) -> str:
    """Percent-encoding in one form: unreserved decoded, anything else outside ASCII encoded, digits in capitals."""
    out, at, octets = [], 0, text.encode()
    while at < len(octets):
        pair = octets[at + 1 : at + 3]
        if octets[at] == 0x25 and re.fullmatch(rb"[0-9A-Fa-f]{2}", pair):
            letter = chr(int(pair, 16))
            out.append(letter if letter in _UNRESERVED else f"%{pair.decode().upper()}")
            at += 3
        else:
            out.append(chr(octets[at]) if octets[at] < 0x80 else f"%{octets[at]:02X}")
            at += 1
    return "".join(out)


@cache
def matches(pattern: str, text: str) -> bool:
    """Whether a pattern matches from the beginning: `*` is any octets, a final `$` the end (section 2.2.3)."""
    if pattern == "":
        return True
    if pattern == "$":
        return text == ""
    if pattern[0] == "*":
        return matches(pattern[1:], text) or (text != "" and matches(pattern, text[1:]))
    return text != "" and text[0] == pattern[0] and matches(pattern[1:], text[1:])
