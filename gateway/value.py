"""The base of the values that each request makes, and reads a dozen times.

Compiled (`hatch_build.py`), the members of such a class lie at fixed places, and to read one costs a thirtieth of what it costs to
ask a structure of msgspec for it by its name. All other values are such structures, which take fewer words.
"""

from typing import Any, ClassVar, TypeVar


class Value:
    """A value of the members that its class names in `__slots__`, as its `__init__` takes them; equal to one of its class with equal
    members, and hashed by these. `Final` keeps mypy, and what is compiled, from changing one."""

    __slots__: ClassVar[tuple[str, ...]] = ()

    def members(self) -> dict[str, object]:
        """Its members by name."""
        return {name: getattr(self, name) for name in type(self).__slots__}

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        return isinstance(other, Value) and type(self) is type(other) and self.members() == other.members()

    def __hash__(self) -> int:
        return hash(tuple(self.members().values()))

    def __repr__(self) -> str:
        its = self.members().items()
        return f"{type(self).__name__}({', '.join([f'{name}={member!r}' for name, member in its])})"


class Hashed(Value):
    """A value that is often looked up: its hash is computed once. Its `__init__` calls this one's."""

    def __init__(self) -> None:
        self._hash = 0

    def __hash__(self) -> int:
        if not self._hash:
            self._hash = super().__hash__() or 1
        return self._hash


V = TypeVar("V", bound=Value)


def changed(value: V, **other: Any) -> V:
    """The value with other members."""
    return type(value)(**{**value.members(), **other})
