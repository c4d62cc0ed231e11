"""Heads of requests whose fields came before: compared, not read.

Theory of operation. Clients on a kept connection send the same fields with each request, and crawlers come by many
connections. To compare octets costs a hundredth of reading them, so what was read is kept: of each connection the last
block of fields, for as long as the connection; for all of them some blocks in which there is nothing of a client's own.
Only the line of the request is looked at anew, as strictly as `gateway.proxy.head` does.
"""

import re
from typing import Final

from gateway.proxy.head import read_request
from gateway.proxy.heads import RequestHead

#: How many blocks are kept for all, and the longest, in octets.
_KEPT: Final = 1024
_LONGEST: Final = 1024
_PRINTABLE: Final = re.compile(rb"[\t\x20-\x7e\x80-\xff]*+")

_blocks: dict[bytes, RequestHead] = {}


def read_repeated(
    octets: bytes, max_fields: int = 100, max_target: int = 16_384, last: RequestHead | None = None
) -> RequestHead:
    """As `read_request`; ``last`` is the head before it on the same connection, where that has a block. Raises WireError."""
    line, _, block = octets.partition(b"\r\n")
    known = last if last is not None and block == last.block else _blocks.get(block)
    if known is not None:
        method, _, rest = line.partition(b" ")
        target = rest.removesuffix(b" HTTP/1.1")
        if (
            method == known.method
            and known.minor == 1
            and target.startswith(b"/")
            and b" " not in target
            and len(target) < len(rest)
            and len(target) <= max_target
            and _PRINTABLE.fullmatch(line) is not None
        ):
            return known.to(target)
    read = read_request(octets, max_fields, max_target)
    if read.block and not read.own and len(read.block) <= _LONGEST:
        if len(_blocks) >= _KEPT:
            _blocks.clear()
        _blocks[read.block] = read.to(target=read.target)
    return read
