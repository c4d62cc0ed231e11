"""Merkle trees as RFC 6962 section 2.1 defines them: hashes, proofs of inclusion and consistency, proofs of many leaves.

Proofs are made from the roots of complete subtrees: ``nodes(height, index)`` gives that of the leaves from
``index << height`` up to, not including, ``(index + 1) << height``. All hashes are SHA-256, 32 octets.
"""

from bisect import bisect_left
from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Final

#: The root of a tree without leaves.
EMPTY: Final = sha256(b"").digest()
HASH: Final = 32
#: No tree has more leaves than that.
MOST: Final = 2**53

#: A hash that has the octet before every inner node already; to copy it costs less than to begin anew.
_BEGUN: Final = sha256(b"\1").copy

Nodes = Callable[[int, int], bytes]


class ProofError(ValueError):
    """A proof that does not prove what it should; the message says why."""


def leaf_hash(entry: bytes) -> bytes:
    """The hash of a leaf; the zero in front keeps an inner node from posing as one."""
    return sha256(b"\0" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node."""
    return sha256(b"\1" + left + right).digest()


def complete(hashes: Sequence[bytes]) -> bytes:
    """The root over 2^n hashes of one level."""
    row = hashes
    while len(row) > 1:
        pairs, above = iter(row), []
        for left, right in zip(pairs, pairs, strict=True):
            node = _BEGUN()
            node.update(left + right)
            above.append(node.digest())
        row = above
    return row[0]


def split(begin: int, end: int) -> int:
    """Where RFC 6962 divides leaves ``begin`` to ``end``: behind the largest power of two that is less than their number."""
    return begin + (1 << (end - begin - 1).bit_length() - 1)


def root(size: int, nodes: Nodes) -> bytes:
    """The root of the tree over the first ``size`` leaves."""
    return span(0, size, nodes) if size else EMPTY


def span(begin: int, end: int, nodes: Nodes) -> bytes:
    """The hash over leaves ``begin`` to ``end``, where RFC 6962's division of some tree yields just these."""
    length = end - begin
    if length & (length - 1) == 0:
        height = length.bit_length() - 1
        return nodes(height, begin >> height)
    middle = split(begin, end)
    return node_hash(span(begin, middle, nodes), span(middle, end, nodes))


# ── one leaf ────────────────────────────────────────────────────────────────────────────────────────────────────────


def inclusion(index: int, size: int, nodes: Nodes) -> list[bytes]:
    """PATH(index, D[size]) of RFC 6962 section 2.1.1: the hashes from the leaf's neighbour up."""
    if not 0 <= index < size:
        raise ProofError(f"a tree of {size} leaves has none with the index {index}")
    begin, end, proof = 0, size, []
    while end - begin > 1:
        middle = split(begin, end)
        if index < middle:
            proof.append(span(middle, end, nodes))
            end = middle
        else:
            proof.append(span(begin, middle, nodes))
            begin = middle
    return proof[::-1]


def verify_inclusion(index: int, size: int, leaf: bytes, proof: Sequence[bytes], expected: bytes) -> None:
    """Whether a leaf is in the tree with that root (RFC 9162 section 2.1.3.2); `ProofError` if it is not shown."""
    _whole_hashes(leaf, expected, *proof)
    if not 0 <= index < size <= MOST:
        raise ProofError("the index is not in the tree")
    first, last, found = index, size - 1, leaf
    for one in proof:
        if last == 0:
            raise ProofError("the proof is too long")
        if first & 1 or first == last:
            found = node_hash(one, found)
            while not first & 1 and first:
                first, last = first >> 1, last >> 1
        else:
            found = node_hash(found, one)
        first, last = first >> 1, last >> 1
    if last or found != expected:
        raise ProofError("the proof does not lead to the root")


# ── one tree and a later one ────────────────────────────────────────────────────────────────────────────────────────


def consistency(old: int, new: int, nodes: Nodes) -> list[bytes]:
    """PROOF(old, D[new]) of RFC 6962 section 2.1.2: that the first ``old`` leaves are the same in both trees."""
    if not 0 < old <= new:
        raise ProofError(f"there is no proof from {old} to {new} leaves")
    begin, end, whole, proof = 0, new, True, []
    while old < end:
        middle = split(begin, end)
        if old <= middle:
            proof.append(span(middle, end, nodes))
            end = middle
        else:
            proof.append(span(begin, middle, nodes))
            begin, whole = middle, False
    if not whole:
        proof.append(span(begin, end, nodes))
    return proof[::-1]


def verify_consistency(old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> None:
    """Whether the tree with ``new_root`` begins with the one with ``old_root`` (RFC 9162 section 2.1.4.2)."""
    _whole_hashes(old_root, new_root, *proof)
    if not 0 < old <= new <= MOST:
        raise ProofError("the sizes are not in order")
    if old == new:
        if proof or old_root != new_root:
            raise ProofError("two trees of one size differ")
        return
    if not proof:
        raise ProofError("the proof is empty")
    hashes = [old_root, *proof] if old & (old - 1) == 0 else list(proof)
    if _both_roots(old - 1, new - 1, hashes) != (old_root, new_root):
        raise ProofError("the proof does not lead from one root to the other")


def _both_roots(first: int, last: int, hashes: Sequence[bytes]) -> tuple[bytes, bytes]:
    while first & 1:
        first, last = first >> 1, last >> 1
    before = after = hashes[0]
    for one in hashes[1:]:
        if last == 0:
            raise ProofError("the proof is too long")
        if first & 1 or first == last:
            before, after = node_hash(one, before), node_hash(one, after)
            while not first & 1 and first:
                first, last = first >> 1, last >> 1
        else:
            after = node_hash(after, one)
        first, last = first >> 1, last >> 1
    if last:
        raise ProofError("the proof is too short")
    return before, after


# ── many leaves ─────────────────────────────────────────────────────────────────────────────────────────────────────


def cover(indexes: Sequence[int], size: int, nodes: Nodes) -> list[bytes]:
    """A proof of many leaves at once: the hashes, from left to right, of the largest parts of the tree without one of them.

    ``indexes`` are sorted and differ. Fewer hashes than single proofs have together: what two paths share stands once.
    """
    if not indexes or not 0 <= indexes[0] <= indexes[-1] < size:
        raise ProofError("the indexes are not in the tree")
    proof: list[bytes] = []
    todo = [(0, size)]
    while todo:
        begin, end = todo.pop()
        if not _within(indexes, begin, end):
            proof.append(span(begin, end, nodes))
        elif end - begin > 1:
            middle = split(begin, end)
            todo += [(middle, end), (begin, middle)]
    return proof


def verify_cover(
    leaves: Sequence[tuple[int, bytes]], size: int, proof: Sequence[bytes], expected: bytes
) -> None:
    """Whether these leaves, as index and hash in order, are in the tree with that root; `ProofError` if it is not shown."""
    indexes = [index for index, _ in leaves]
    if not leaves or sorted(set(indexes)) != indexes or not 0 <= indexes[0] <= indexes[-1] < size <= MOST:
        raise ProofError("the indexes are not in the tree, or not in order")
    _whole_hashes(expected, *proof, *(leaf for _, leaf in leaves))
    rest, given = iter(proof), iter(leaves)

    def over(begin: int, end: int) -> bytes:
        if not _within(indexes, begin, end):
            found = next(rest, None)
            if found is None:
                raise ProofError("the proof is too short")
            return found
        if end - begin == 1:
            return next(given)[1]
        middle = split(begin, end)
        left = over(begin, middle)
        return node_hash(left, over(middle, end))

    if over(0, size) != expected:
        raise ProofError("the proof does not lead to the root")
    if next(rest, None) is not None:
        raise ProofError("the proof is too long")


def _within(indexes: Sequence[int], begin: int, end: int) -> bool:
    at = bisect_left(indexes, begin)
    return at < len(indexes) and indexes[at] < end


def _whole_hashes(*hashes: bytes) -> None:
    if any(len(one) != HASH for one in hashes):
        raise ProofError("a hash does not have 32 octets")
