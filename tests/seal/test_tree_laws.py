"""Laws of the tree, for trees of any shape: proofs hold, and nothing else does."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.seal import tree
from gateway.seal.tiles import Growing, Tile, nodes_from, path_of, tile_at
from gateway.seal.tree import ProofError

MANY = [tree.leaf_hash(b"%d" % number) for number in range(700)]
SIZES = st.integers(1, len(MANY))


def naive(leaves):
    """The root, word for word as RFC 6962 section 2.1 has it."""
    if not leaves:
        return tree.EMPTY
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return tree.node_hash(naive(leaves[:k]), naive(leaves[k:]))


def nodes(height, index):
    return tree.complete(MANY[index << height : (index + 1) << height])


def holds(check, *arguments):
    try:
        check(*arguments)
    except ProofError:
        return False
    return True


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 300), max_size=6))
def test_a_tree_grown_piece_by_piece_is_the_tree(pieces):
    grown, kept = Growing(), {}
    for piece in pieces:
        tiles = grown.extend(MANY[grown.size : grown.size + piece])
        kept |= {tile.path: tile.hashes for tile in (*tiles, *grown.partial())}
    assert grown.root() == naive(MANY[: grown.size])
    again = Growing(grown.size, [_split(tile) for tile in _levels(grown)])
    assert again.root() == grown.root()
    if grown.size:
        read = nodes_from(grown.size, lambda level, index, width: kept[path_of(level, index, width)])
        assert tree.root(grown.size, read) == grown.root()
        again.extend(MANY[:3])
        assert again.root() == naive([*MANY[: grown.size], *MANY[:3]])


@given(st.integers(0, 99), st.one_of(st.integers(0, 2000), st.integers(0, 10**18 - 1)), st.integers(1, 256))
def test_the_path_of_a_tile_leads_back_to_it(level, number, width):
    assert tile_at(path_of(level, number, width)) == (level, number, width)


@pytest.mark.parametrize(
    "path",
    [
        "tile/0/0",
        "tile/00/000",
        "tile/100/000",
        "tile/0/x000/001",
        "tile/0/x1234/000",
        "tile/0/000.p/256",
        "tile/0/000.p/0",
        "tile/0/000.p/01",
        "tile/0/000/",
        "/tile/0/000",
        "tile/0/\u0660\u0660\u0660",
        "tile/0/000\n",
    ],
)
def test_no_tile_has_a_path_that_is_written_otherwise(path):
    assert tile_at(path) is None


def _levels(grown):
    rows = {tile.level: tile for tile in grown.partial()}
    return [rows.get(level, Tile(level, 0, b"")) for level in range(max(rows, default=0) + 1)]


def _split(tile):
    return [tile.hashes[at : at + 32] for at in range(0, len(tile.hashes), 32)]


@settings(max_examples=60, deadline=None)
@given(SIZES, st.data())
def test_inclusion_is_shown_for_the_leaf_and_for_no_other(size, data):
    index = data.draw(st.integers(0, size - 1))
    root, proof = tree.root(size, nodes), tree.inclusion(index, size, nodes)
    assert holds(tree.verify_inclusion, index, size, MANY[index], proof, root)
    other = data.draw(st.integers(0, len(MANY) - 1).filter(lambda one: one != index))
    assert not holds(tree.verify_inclusion, index, size, MANY[other], proof, root)
    assert not holds(tree.verify_inclusion, other, size, MANY[index], proof, root)
    assert not holds(tree.verify_inclusion, index, size, MANY[index], [*proof, root], root)


@settings(max_examples=60, deadline=None)
@given(SIZES, SIZES, st.data())
def test_consistency_is_shown_for_a_prefix_and_for_nothing_else(one, other, data):
    old, new = min(one, other), max(one, other)
    proof = tree.consistency(old, new, nodes)
    roots = tree.root(old, nodes), tree.root(new, nodes)
    assert holds(tree.verify_consistency, old, new, *roots, proof)
    changed = list(MANY[:old])
    changed[data.draw(st.integers(0, old - 1))] = tree.leaf_hash(b"x")
    assert not holds(tree.verify_consistency, old, new, naive(changed), roots[1], proof)
    if old < new:
        assert not holds(tree.verify_consistency, old, new, *roots, proof[:-1])


@settings(max_examples=60, deadline=None)
@given(SIZES, st.data())
def test_many_leaves_are_shown_at_once(size, data):
    picked = sorted(data.draw(st.sets(st.integers(0, size - 1), min_size=1, max_size=20)))
    root, proof = tree.root(size, nodes), tree.cover(picked, size, nodes)
    leaves = [(index, MANY[index]) for index in picked]
    assert len(proof) <= sum(len(tree.inclusion(index, size, nodes)) for index in picked)
    assert holds(tree.verify_cover, leaves, size, proof, root)
    at = data.draw(st.integers(0, len(leaves) - 1))
    wrong = [*leaves[:at], (leaves[at][0], tree.leaf_hash(b"x")), *leaves[at + 1 :]]
    assert not holds(tree.verify_cover, wrong, size, proof, root)
    assert not holds(tree.verify_cover, leaves, size, [*proof, root], root)
    assert not holds(tree.verify_cover, leaves[:at] + leaves[at + 1 :], size, proof, root)
    if proof:
        assert not holds(tree.verify_cover, leaves, size, proof[:-1], root)
