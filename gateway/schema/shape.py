"""Shapes: what may stand in a file of a policy, as values that a JSON Schema (draft 2020-12) is written from.

A shape is a description for editors. It never refuses what the readers take: what a pattern cannot say (that a section
exists, that a date is one of the calendar) is left to `izin check`. Every scalar is text to the readers, while an editor
takes `14` for a number; so texts are numbers too here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from gateway.vocabulary import Sentence

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"

Schema = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Scalar:
    """One word, text, number or date. ``samples`` are values that the readers take; editors show them."""

    schema: Mapping[str, Any]
    samples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Listed:
    """A list; where ``single``, one item may stand for a list of one. ``least`` items it has."""

    item: "Shape"
    single: bool = True
    least: int = 1


@dataclass(frozen=True, slots=True)
class Chosen:
    """A mapping whose keys the writer chooses. ``empty``: a key with nothing after it is taken too."""

    key: Scalar
    value: "Shape"
    empty: bool = False


@dataclass(frozen=True, slots=True)
class Key:
    """A key with what it takes and what it says, for the writer; the Indonesian text governs. ``default`` is what holds where
    it is left out, as it would be written; none where nothing else than leaving it out says the same."""

    name: str
    value: "Shape"
    said: Sentence
    required: bool = False
    default: str = ""


@dataclass(frozen=True, slots=True)
class Keys:
    """A mapping whose keys are known; ``least`` and ``most`` bound how many of them stand together.

    ``given`` is a key, and what is required instead where it stands.
    """

    name: str
    rows: tuple[Key, ...]
    least: int = 0
    most: int | None = None
    given: tuple[str, frozenset[str]] | None = None
    required: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "required", frozenset(row.name for row in self.rows if row.required))


@dataclass(frozen=True, slots=True)
class Either:
    """One of several shapes, no two of them of the same form of YAML: a scalar, a list, a mapping."""

    choices: tuple["Shape", ...]


Shape = Scalar | Listed | Chosen | Keys | Either


def need(name: str, value: Shape, id: str, en: str) -> Key:
    """A key that must be there."""
    return Key(name, value, Sentence(id, en), required=True)


def may(name: str, value: Shape, id: str, en: str, default: str = "") -> Key:
    """A key that may be left out."""
    return Key(name, value, Sentence(id, en), default=default)


def text(pattern: str = r"\S", *samples: str, meant: str = "") -> Scalar:
    """Text that a pattern is found in; ``meant`` is what an editor says where it is not."""
    schema: Schema = {"type": ["string", "number"], "pattern": pattern}
    return Scalar(schema | ({"patternErrorMessage": meant} if meant else {}), samples)


def word(*choices: str) -> Scalar:
    """One of some words."""
    return Scalar({"enum": list(choices)}, choices)


def member(choices: type[StrEnum]) -> Scalar:
    """A member of a closed set."""
    return word(*(choice.value for choice in choices))


def schema_of(shape: Shape, title: str, *, empty: bool = False) -> Schema:
    """The JSON Schema of a file with that shape; ``empty``: one with nothing but comments is taken too."""
    named: dict[str, Schema] = {}
    root = _schema(shape, named)
    # Not `anyOf`: what is wrong within would be shown at the top of the file.
    whole = {"if": {"type": "object"}, "then": root, "else": {"type": "null"}} if empty else root
    return {"$schema": DIALECT, "title": title, **whole, "$defs": dict(sorted(named.items()))}


def _schema(shape: Shape, named: dict[str, Schema]) -> Schema:
    match shape:
        case Scalar(schema, samples):
            return {**schema, **({} if "enum" in schema or not samples else {"examples": list(samples)})}
        case Listed(item, single, least):
            one = _schema(item, named)
            several: Schema = {"type": "array", "items": one}
            several |= {"minItems": least} if least else {}
            return _any(one, several) if single else several
        case Chosen(key, value, empty):
            inner = _schema(value, named)
            inner = _any(inner, {"type": "null"}) if empty else inner
            names = {name: what for name, what in key.schema.items() if name != "type"}
            return {"type": "object", "propertyNames": names, "additionalProperties": inner}
        case Keys():
            if shape.name not in named:
                named[shape.name] = {}  # a shape may stand within itself
                named[shape.name] = _object(shape, named)
            return {"$ref": f"#/$defs/{shape.name}"}
        case Either(choices):
            return _any(*(_schema(choice, named) for choice in choices))


def _object(shape: Keys, named: dict[str, Schema]) -> Schema:
    said: Schema = {"type": "object", "additionalProperties": False}
    said["properties"] = {
        row.name: {"description": f"{row.said.id}\n\n{row.said.en}"}
        | ({"default": row.default} if row.default else {})
        | _schema(row.value, named)
        for row in shape.rows
    }
    required = [row.name for row in shape.rows if row.required]
    if shape.given is not None:
        key, instead = shape.given
        said["if"] = {"required": [key]}
        said["then"] = {"required": [row.name for row in shape.rows if row.name in instead]}
        said["else"] = {"required": required}
    elif required:
        said["required"] = required
    if shape.least:
        said["minProperties"] = shape.least
    if shape.most is not None:
        said["maxProperties"] = shape.most
    return said


def _any(*choices: Schema) -> Schema:
    flat: list[Schema] = []
    for choice in choices:
        flat += choice["anyOf"] if choice.keys() == {"anyOf"} else [choice]
    return {"anyOf": [one for number, one in enumerate(flat) if one not in flat[:number]]}
