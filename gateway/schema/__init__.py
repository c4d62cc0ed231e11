"""JSON Schema of a policy's files, for editors: `files` says what may stand in each, `shape` writes the schema."""

from typing import Final, NamedTuple

from gateway.schema import files
from gateway.schema.shape import Schema, Shape, schema_of

__all__ = ["FILES", "File", "Schema", "schema"]


class File(NamedTuple):
    """A kind of file. ``where`` is its place in a policy's folder; ``empty``: it may hold nothing but comments."""

    where: str
    shape: Shape
    empty: bool = False


#: The kinds of files, by the name of their schema.
FILES: Final[dict[str, File]] = {
    "site": File("site.yaml", files.SITE),
    "rules": File("rules.yaml", files.RULES, empty=True),
    "license": File("licenses/*.yaml", files.LICENSE),
    "agents": File("agents/*.yaml", files.AGENTS),
    "tests": File("tests/*.yaml", files.TESTS),
}


def schema(name: str) -> Schema:
    """The JSON Schema of one of `FILES`."""
    file = FILES[name]
    return schema_of(file.shape, f"Izin: {file.where}", empty=file.empty)
