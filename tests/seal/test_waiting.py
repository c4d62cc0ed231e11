"""Leaves that wait come out as they came in, in order, however many at a time."""

from hypothesis import given
from hypothesis import strategies as st

from gateway.seal.leaf import leaves_of
from gateway.seal.waiting import Waiting

MANY = leaves_of([b"%d" % number for number in range(200)])


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 60)), max_size=8))
def test_first_in_first_out(steps):
    waiting, there, given_ = Waiting(), [], 0
    for more, fewer in steps:
        new = MANY[given_ : given_ + more]
        given_ += len(new)
        waiting.extend(new)
        there += new
        assert waiting.behind(fewer) == there[fewer:]
        assert waiting.take(fewer) == there[:fewer]
        del there[:fewer]
        assert len(waiting) == len(there)
