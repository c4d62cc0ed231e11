"""The keys with which a licensee signs its requests: `web-bot-auth` in the `proof` of a license."""

from collections.abc import Iterable
from typing import Final

import msgspec

from gateway.agents import Agent
from gateway.licenses.proof import SignerKey
from gateway.policy.faults import licenses as faults
from gateway.policy.reader import Reader
from gateway.policy.source import Node, Table, shown
from gateway.signatures import directory_address
from gateway.signatures.keys import MOST_KEYS, TEST_KEYS, KeysError, read_key
from gateway.vocabulary import Sentence

_MEMBERS: Final = ("crv", "x", "y", "n", "e", "kid", "alg", "use", "nbf", "exp")
_PRIVATE: Final = frozenset({"d", "k"})
_TIMES: Final = frozenset({"nbf", "exp"})
#: Characters of the longest member, the modulus of an RSA key of 8192 bits.
_LONGEST: Final = 1_400


def read_signer(reader: Reader, node: Node) -> tuple[tuple[SignerKey, ...], str]:
    """The keys that stand in the license, and the address of a directory of keys, empty if it names none."""
    fields = reader.fields(node, "`web-bot-auth`", optional=("keys", "directory"))
    if not fields and isinstance(node, Table):
        reader.wrong(node.place, faults.NO_KEYS)
    items = reader.many(fields["keys"], "`keys`", single=False) if "keys" in fields else ()
    if len(items) > MOST_KEYS:
        reader.wrong(fields["keys"].place, faults.TOO_MANY_KEYS, most=MOST_KEYS)
        items = ()
    keys = (_read_key(reader, item) for item in items)
    directory = _read_directory(reader, fields["directory"]) if "directory" in fields else None
    return tuple(dict.fromkeys(key for key in keys if key is not None)), directory or ""


def warn_of_others(
    reader: Reader, node: Node, directory: str, licensed: tuple[str, ...], agents: Iterable[Agent]
) -> None:
    """Warn where the keys of a directory are also those of agents that the license does not name."""
    others = [
        agent.name
        for agent in agents
        if agent.verify is not None
        and agent.name not in licensed
        and directory in map(directory_address, agent.verify.directories)
    ]
    if others:
        reader.warn(
            node.place,
            faults.SHARED_DIRECTORY,
            directory=directory,
            others=", ".join(f"`{name}`" for name in others),
        )


def _read_directory(reader: Reader, node: Node) -> str | None:
    text = reader.text(node, "`directory`")
    if text is None:
        return None
    address = directory_address(text)
    if address is None:
        reader.wrong(node.place, faults.NO_DIRECTORY, text=shown(text))
    return address


def _read_key(reader: Reader, node: Node) -> SignerKey | None:
    """A JSON Web Key in YAML, which is the same key without quotation marks."""
    if isinstance(node, Table) and any(row.text in _PRIVATE for row, _ in node.rows):
        reader.wrong(node.place, faults.PRIVATE_KEY)
        return None
    before = reader.errors
    fields = reader.fields(node, faults.A_KEY, required=("kty",), optional=_MEMBERS)
    members: dict[str, str | int | None] = {
        name: reader.text(value, f"`{name}`", _LONGEST) for name, value in fields.items()
    }
    for name in _TIMES & members.keys():
        text = str(members[name])
        if not (text.isascii() and text.isdigit() and len(text) < 13):
            reader.wrong(fields[name].place, faults.NO_SECONDS, name=name)
        else:
            members[name] = int(text)
    if reader.errors > before or not fields:
        return None
    try:
        key = read_key(members)
    except KeysError as error:
        reader.wrong(node.place, faults.NO_KEY, why=Sentence(faults.KEY_WHY.get(why := str(error), why), why))
        return None
    if key.thumbprint in TEST_KEYS:
        reader.wrong(node.place, faults.TEST_KEY)
        return None
    return SignerKey(key.thumbprint, msgspec.json.encode(members, order="sorted").decode())
