"""The fields of a head, read by httptools behind a check of every octet.

Theory of operation. Servers differ in what they forgive: a bare line feed, a folded line, a blank before a colon. What
one forgives and another does not is how a request is smuggled past a gate. So one expression says the grammar of RFC 9112
section 5 as narrowly as it can be said, and what does not match is refused. Octets that match have one reading; httptools
then takes them apart, and is a second opinion: it refuses lengths and codings that contradict each other. Requests and
responses have the same fields, and a response's status line, unlike a request's method, makes httptools expect nothing.
"""

import re
from contextlib import suppress
from typing import Final

import httptools

Fields = list[tuple[bytes, bytes]]

_BLOCK: Final = re.compile(rb"(?:[!#$%&'*+.^_`|~0-9A-Za-z-]{1,256}+:[\t\x20-\x7e\x80-\xff]*+\r\n)*+\r\n")
_START: Final = b"HTTP/1.1 200 \r\n"


class _Told:
    """What httptools tells: each name as it was sent, each value without the blanks before it."""

    __slots__ = ("fields",)

    def __init__(self) -> None:
        self.fields: Fields = []

    def on_header(self, name: bytes, value: bytes) -> None:
        self.fields.append((name, value))


def sound(block: bytes) -> bool:
    """Whether field lines that end in an empty line are nothing else."""
    return _BLOCK.fullmatch(block) is not None


def read_fields(block: bytes) -> Fields:
    """The fields of a block that is `sound`, in order; fewer than it has lines if httptools takes offence at one.

    Values may have blanks at their end.
    """
    told = _Told()
    with suppress(httptools.HttpParserError):
        httptools.HttpResponseParser(told).feed_data(_START + block)
    return told.fields
