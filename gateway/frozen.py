"""The base of values in modules that are compiled (`hatch_build.py`)."""

from msgspec import Struct


class Frozen(Struct, frozen=True):
    """A structure that is never changed, and can be hashed.

    mypyc passes over what stands behind a class's bases, so in a compiled module `frozen=True` is for the reader and for
    mypy; that it is so comes from here.
    """
