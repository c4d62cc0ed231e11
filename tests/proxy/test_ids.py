"""Ids are ULIDs: they sort by time, and no two are the same."""

from hypothesis import given
from hypothesis import strategies as st

from gateway.proxy.ids import Ids, mark_of, number_of
from gateway.settings import MOST_WORKERS

ALPHABET = set("0123456789ABCDEFGHJKMNPQRSTVWXYZ")


@given(st.lists(st.integers(0, 2**48 * 1000 - 1), min_size=2, max_size=20))
def test_ids_sort_by_time(instants):
    new_id = Ids()
    made = [(now // 1000, new_id(now)) for now in instants]
    for ms, id in made:
        assert len(id) == 26
        assert set(id) <= ALPHABET
        value = 0
        for char in id[:10]:
            value = value * 32 + "0123456789ABCDEFGHJKMNPQRSTVWXYZ".index(char)
        assert value == ms
    assert [id[:10] for _, id in sorted(made)] == sorted(id[:10] for _, id in made)


def test_no_two_are_the_same_across_blocks_of_chance():
    new_id = Ids()
    made = [new_id(1_795_000_000_000_000) for _ in range(3000)]
    assert len(set(made)) == 3000
    assert len({id[-8:] for id in made}) == 3000
    assert len({id[:10] for id in made}) == 1


def test_an_id_tells_which_worker_made_it():
    for worker in range(MOST_WORKERS):
        new_id = Ids(mark_of(worker))
        made = [new_id(1_795_000_000_000_000) for _ in range(600)]
        assert {number_of(id) for id in made} == {worker}
        assert len(set(made)) == 600
        assert {len(id) for id in made} == {26}


def test_two_makers_draw_apart():
    assert {Ids()(0) for _ in range(100)}.__len__() == 100
