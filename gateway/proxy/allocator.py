"""The allocator of glibc, told to give memory back: what a load has taken for a moment does not stay for ever.

Left to itself it takes ever larger pieces from its heaps once some were freed, of which it has one for each thread, and a heap
shrinks from its end only. The pieces that grow with the load, what a second's entries and bodies under way need, then stay where
they lay: 4 MiB of a gateway. With one heap and a fixed bound they are the system's again, at no cost that can be measured.
"""

import ctypes
import os
from typing import Final

_MIB: Final = 1 << 20
#: Parameters of mallopt(3) by their numbers in malloc.h, what each is set to, and the variable by which an operator sets it.
_SETTINGS: Final = (
    (-8, 1, "MALLOC_ARENA_MAX"),  # heaps: nobody allocates without the interpreter's lock for long
    (
        -3,
        _MIB // 4,
        "MALLOC_MMAP_THRESHOLD_",
    ),  # octets from which a piece lies by itself: more than is read at once
    (-1, _MIB, "MALLOC_TRIM_THRESHOLD_"),  # octets at the end of a heap that it may keep
)


def give_back() -> None:
    """Have this process do so, before it has further threads. Without glibc, or where the environment says otherwise, nothing."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None:
        return
    for number, value, variable in _SETTINGS:
        if variable not in os.environ:
            mallopt(number, value)
