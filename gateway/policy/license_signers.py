"""The keys with which a licensee signs its requests: `web-bot-auth` in the `proof` of a license."""

from collections.abc import Iterable
from typing import Final

import msgspec

from gateway.agents import Agent
from gateway.licenses.proof import SignerKey
from gateway.policy.reader import Reader
from gateway.policy.source import Node, Table, shown
from gateway.signatures import directory_address
from gateway.signatures.keys import MOST_KEYS, TEST_KEYS, KeysError, read_key

_MEMBERS: Final = ("crv", "x", "y", "n", "e", "kid", "alg", "use", "nbf", "exp")
_PRIVATE: Final = frozenset({"d", "k"})
_TIMES: Final = frozenset({"nbf", "exp"})
#: Characters of the longest member, the modulus of an RSA key of 8192 bits.
_LONGEST: Final = 1_400


def read_signer(reader: Reader, node: Node) -> tuple[tuple[SignerKey, ...], str]:
    """The keys that stand in the license, and the address of a directory of keys, empty if it names none."""
    fields = reader.fields(node, "`web-bot-auth`", optional=("keys", "directory"))
    if not fields and isinstance(node, Table):
        reader.wrong(
            node.place, "`web-bot-auth` names no keys", "`directory: https://…`, or `keys: [{kty: OKP, …}]`"
        )
    items = reader.many(fields["keys"], "`keys`", single=False) if "keys" in fields else ()
    if len(items) > MOST_KEYS:
        reader.wrong(fields["keys"].place, f"`keys` has more than {MOST_KEYS} keys")
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
            f"the keys at `{directory}` are also those of {', '.join(f'`{name}`' for name in others)}",
            "whoever that operator signs for holds the license, if it uses the name of a licensed agent",
        )


def _read_directory(reader: Reader, node: Node) -> str | None:
    text = reader.text(node, "`directory`")
    if text is None:
        return None
    address = directory_address(text)
    if address is None:
        reader.wrong(
            node.place,
            f"`{shown(text)}` is no address of a key directory",
            "such as `https://contoh.example`, or the https address of a set of keys, without a user name",
        )
    return address


def _read_key(reader: Reader, node: Node) -> SignerKey | None:
    """A JSON Web Key in YAML, which is the same key without quotation marks."""
    if isinstance(node, Table) and any(row.text in _PRIVATE for row, _ in node.rows):
        reader.wrong(
            node.place, "this is a private key", "name its public half alone, without `d`; and make a new key"
        )
        return None
    before = reader.errors
    fields = reader.fields(node, "a key", required=("kty",), optional=_MEMBERS)
    members: dict[str, str | int | None] = {
        name: reader.text(value, f"`{name}`", _LONGEST) for name, value in fields.items()
    }
    for name in _TIMES & members.keys():
        text = str(members[name])
        if not (text.isascii() and text.isdigit() and len(text) < 13):
            reader.wrong(fields[name].place, f"`{name}` is a number of seconds since 1970")
        else:
            members[name] = int(text)
    if reader.errors > before or not fields:
        return None
    try:
        key = read_key(members)
    except KeysError as error:
        reader.wrong(node.place, f"this key cannot be used: {error}")
        return None
    if key.thumbprint in TEST_KEYS:
        reader.wrong(node.place, "this key is printed in RFC 9421, and everybody has its private half")
        return None
    return SignerKey(key.thumbprint, msgspec.json.encode(members, order="sorted").decode())
