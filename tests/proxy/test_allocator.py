"""What is freed goes back to the system, however large what was freed before it."""

import subprocess
import sys

import pytest

#: How many pieces lie by themselves (`hblks` of mallinfo2, glibc 2.33) after a large one was freed and a smaller one taken.
PROGRAM = """\
import ctypes
from gateway.proxy.allocator import give_back

class Info(ctypes.Structure):
    _fields_ = [(name, ctypes.c_size_t) for name in "arena ordblks smblks hblks hblkhd usm fsm ford keep".split()]

give_back()
mallinfo = ctypes.CDLL(None).mallinfo2
mallinfo.restype = Info
large = bytes(4 << 20)
del large
before = mallinfo().hblks
kept = bytes(1 << 20)
print(mallinfo().hblks - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the allocator is glibc's")
@pytest.mark.parametrize(("variables", "apart"), [({}, 1), ({"MALLOC_MMAP_THRESHOLD_": str(8 << 20)}, 0)])
def test_a_large_piece_lies_by_itself_unless_the_operator_says_otherwise(variables, apart):
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=variables, capture_output=True, text=True, check=True
    )
    assert int(ran.stdout) == apart
