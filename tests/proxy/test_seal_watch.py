"""A lane that is written on and not sealed is told of, one that is idle or sealed is not."""

from gateway.proxy.seal_watch import PATIENCE, SealWatch
from gateway.seal.checkpoint import Checkpoint
from gateway.seal.note import Signer, sign

SIGNER = Signer("izin/s/l", bytes(32))


def note(size):
    return sign(Checkpoint("izin/s/l", size, bytes(32)).text, SIGNER)


def test_who_waits_too_long_is_told_of():
    watch = SealWatch()
    assert watch.late("", 3, 0) is None
    assert watch.late("", 9, PATIENCE) is None
    assert watch.late("", 9, PATIENCE + 1) == 1, "nothing was ever sealed"
    assert watch.late(note(9), 9, PATIENCE + 2) is None
    assert watch.late(note(9), 9, 9 * PATIENCE) is None, "nothing is waiting"
    assert watch.late(note(9), 12, 9 * PATIENCE + 1) is None
    assert watch.late(note(9), 15, 10 * PATIENCE + 1) == 10
    assert watch.late(note(15), 16, 10 * PATIENCE + 2) is None, "it is sealed again"
