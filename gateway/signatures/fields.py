"""The three fields of a signed message as values (RFC 9421 section 4, RFC 9651). The grammar is `http_sf`'s."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import http_sf
from http_sf.innerlist import ser_innerlist
from msgspec import Struct

from gateway.signatures.keys import MOST_KEYS
from gateway.signatures.outcome import Cause, SignatureError


class Bounds(NamedTuple):
    """What is read at all: octets of a field, marks in it that part one thing from the next or escape, and signatures."""

    octets: int
    marks: int
    signatures: int


#: Of a request, whose sender is nobody yet: what reading costs is bounded before it begins.
OF_REQUEST: Final = Bounds(4_096, 160, 8)
#: Of a key directory that was asked for in the background: each of its keys may sign.
OF_DIRECTORY: Final = Bounds(8_192, 512, MOST_KEYS)
#: Components of a signature, and parameters of either.
MOST_COMPONENTS: Final = 32
MOST_PARAMETERS: Final = 16
_MARKS: Final = (",", ";", " ", "%", "\\")

#: A parsed item: its value, and its parameters.
Item = tuple[Any, Mapping[str, Any]]


class Component(NamedTuple):
    """One covered component: its name, its parameters, and both in canonical form (RFC 9421 section 2)."""

    name: str
    parameters: Mapping[str, Any]
    identifier: str


class Signature(Struct, frozen=True):
    """One signature of a message. ``octets`` are None where the message does not have them; ``line`` is the value of
    `@signature-params`, written anew in canonical form: what was signed is the value, not its spelling."""

    label: str
    components: tuple[Component, ...]
    parameters: Mapping[str, Any]
    line: str
    octets: bytes | None

    def text(self, name: str) -> str | None:
        """A parameter that is a string, None if there is none."""
        value = self.parameters.get(name)
        return value if type(value) is str else None

    def seconds(self, name: str) -> int | None:
        """A parameter that is an integer: seconds since 1970. None if there is none."""
        value = self.parameters.get(name)
        return value if type(value) is int else None


def read_signatures(
    signature_input: str, signature: str, bounds: Bounds = OF_REQUEST
) -> tuple[Signature, ...]:
    """Every signature that Signature-Input describes, in order. SignatureError if a field cannot be read.

    A signature of a form that RFC 9421 does not have makes both fields malformed, as any fault of grammar does.
    """
    described = read_dictionary(signature_input, bounds)
    given = read_dictionary(signature, bounds)
    if max(len(described), len(given)) > bounds.signatures:
        raise SignatureError(Cause.MALFORMED)
    return tuple(_signature(label, member, given.get(label)) for label, member in described.items())


def read_dictionary(text: str, bounds: Bounds = OF_REQUEST) -> dict[str, Any]:
    """A dictionary field; SignatureError if it is none, or has too much in it."""
    found: dict[str, Any] = _read(text, "dictionary", bounds)
    return found


def read_item(text: str) -> Item:
    """A field that is one item; SignatureError if it is none, or has too much in it."""
    found: Item = _read(text, "item", OF_REQUEST)
    return found


def _read(text: str, kind: str, bounds: Bounds) -> Any:
    if not text or len(text) > bounds.octets or sum(map(text.count, _MARKS)) > bounds.marks:
        raise SignatureError(Cause.MALFORMED)
    try:
        return http_sf.parse(text.encode("latin-1"), tltype=kind)
    except (http_sf.StructuredFieldError, ValueError):
        raise SignatureError(Cause.MALFORMED) from None


def _signature(label: str, member: Item, given: Item | None) -> Signature:
    items, parameters = member
    if not isinstance(items, list) or len(items) > MOST_COMPONENTS or len(parameters) > MOST_PARAMETERS:
        raise SignatureError(Cause.MALFORMED)
    octets = None if given is None else given[0]
    if given is not None and not isinstance(octets, bytes):
        raise SignatureError(Cause.MALFORMED)
    line = ser_innerlist((items, dict(parameters)))
    return Signature(label, tuple(map(_component, items)), parameters, line, octets)


def _component(item: Item) -> Component:
    name, parameters = item
    if type(name) is not str or len(parameters) > MOST_PARAMETERS:
        raise SignatureError(Cause.MALFORMED)
    return Component(name, parameters, http_sf.ser((name, dict(parameters))))
