"""The paths and addresses that a question is about: the paths by their ids, and both as they stand in the octets of a reader's
entry, so that of a minute only what holds them is read.

Theory of operation. A compact decision spells out the path, the pseudonym and the network (`gateway.record.entry`), as JSON,
in which a quotation mark stands bare only where a text begins or ends. A network lies within another where its text begins
with the octets that the other fixes; groups of IPv6 are taken as far as none is nought, behind which texts are shortened.
Whatever holds the literal is compared by its row afterwards, so one that fits too much costs time and nothing else.
"""

# ruff: noqa: S608 -- conditions are made here, of constants and question marks

import ipaddress
from typing import Final

import msgspec

from gateway.audit.index import Index
from gateway.policy.paths import Pattern

#: Paths that are sought as literals, at most; where more match, minutes are read whole.
_MOST: Final = 16
#: Paths of which many more rows are read in their own order than are found by each path.
_MANY: Final = 2_000


def about(index: Index, patterns: tuple[Pattern, ...]) -> str:
    """The condition that ``path`` is one that matches a pattern, by either reading. It holds until the next one is made."""
    if index.asked != (patterns, index.last):
        either, values = [], list[str]()
        for number, pattern in enumerate(patterns):
            for column in ("canonical", "lenient"):
                begins = f"substr({column}, 1, {len(pattern.prefix)}) = ?"  # cheap, and nearly always enough
                either.append(begins if pattern.plain else f"({begins} AND matches({number}, {column}))")
                values.append(pattern.prefix)
        index.db.create_function(
            "matches", 2, lambda number, text: patterns[number].matches(text), deterministic=True
        )
        index.db.execute("DELETE FROM asked")
        index.db.execute(f"INSERT INTO asked SELECT id FROM paths WHERE {' OR '.join(either)}", values)
        index.asked = (patterns, index.last)
    (many,) = index.db.execute(f"SELECT count(*) > {_MANY} FROM asked").fetchone()
    return f"{'+' if many else ''}path IN (SELECT id FROM asked)"


def literals(
    index: Index, addresses: tuple[str, ...], patterns: tuple[Pattern, ...]
) -> tuple[bytes, ...] | None:
    """The literals one of which an entry of a reader holds if it is about these; None where nothing is known of it."""
    if addresses:
        found = [_address(address) for address in addresses]
        if None not in found:
            return tuple(one for one in found if one is not None)
    if patterns:
        sql = f"SELECT text FROM paths WHERE id IN (SELECT id FROM asked) LIMIT {_MOST + 1}"
        about(index, patterns)
        texts = [text for (text,) in index.db.execute(sql)]
        if len(texts) <= _MOST:
            return tuple(b",%b," % msgspec.json.encode(text) for text in texts)
    return None


def _address(address: str) -> bytes | None:
    try:
        network = ipaddress.ip_network(address, strict=False)
    except ValueError:  # a pseudonym
        return msgspec.json.encode(address)
    if network.version == 4:
        fixed = str(network.network_address).split(".")[: network.prefixlen // 8]
        return f'"{".".join(fixed)}{"." if len(fixed) < 4 else ""}'.encode() if fixed else None
    begin = ""
    for group in network.network_address.exploded.split(":")[: network.prefixlen // 16]:
        if int(group, 16) == 0:
            break
        begin += f"{int(group, 16):x}:"
    return f'"{begin}'.encode() if begin else None
