"""The seal against vectors that others computed: RFC 6962 trees, C2SP notes, checkpoints, proofs and tiles."""

import base64
import json
from hashlib import sha256
from pathlib import Path

import pytest

from gateway.seal import note, tree
from gateway.seal.checkpoint import open_checkpoint, tlog_proof
from gateway.seal.erasable import commitment
from gateway.seal.leaf import ABSENT, is_removed, leaf_of, removed
from gateway.seal.note import NoteError, Signer, Verifier
from gateway.seal.tiles import Growing, path_of, widths
from gateway.seal.tree import ProofError

VECTORS = json.loads((Path(__file__).parents[1] / "corpus" / "seal" / "vectors.json").read_text("utf-8"))
RFC = VECTORS["rfc6962"]
LEAVES = [bytes.fromhex(text) for text in RFC["leaf_hashes"]]
ROOTS = [bytes.fromhex(text) for text in RFC["roots_by_size"]]
TILES, CHECKPOINT = VECTORS["tiles"], VECTORS["checkpoint"]


def nodes(height, index):
    return tree.complete(LEAVES[index << height : (index + 1) << height])


def hashes(texts):
    return [bytes.fromhex(text) for text in texts]


def test_roots_of_every_size():
    assert [tree.leaf_hash(bytes.fromhex(text)) for text in RFC["leaves"]] == LEAVES
    assert [tree.root(size, nodes) for size in range(9)] == ROOTS


def test_proofs_of_inclusion():
    for case in RFC["inclusion"]:
        proof = tree.inclusion(case["index"], case["size"], nodes)
        assert proof == hashes(case["proof"])
        tree.verify_inclusion(case["index"], case["size"], LEAVES[case["index"]], proof, ROOTS[case["size"]])


def test_proofs_of_consistency():
    for case in RFC["consistency"]:
        old, new = case["from"], case["to"]
        proof = tree.consistency(old, new, nodes)
        assert proof == hashes(case["proof"])
        tree.verify_consistency(old, new, ROOTS[old], ROOTS[new], proof)


def check(case):
    proof = hashes(case.get("proof", []))
    if "index" in case:
        leaf = bytes.fromhex(case["leaf_hash"]) if "leaf_hash" in case else LEAVES[0]
        expected = bytes.fromhex(case["root"]) if "root" in case else ROOTS[8]
        tree.verify_inclusion(case["index"], case["size"], leaf, proof, expected)
    elif "root_from" in case:
        tree.verify_consistency(
            6, 8, bytes.fromhex(case["root_from"]), ROOTS[8], tree.consistency(6, 8, nodes)
        )
    else:
        old, new = case["from"], case["to"]
        tree.verify_consistency(old, new, ROOTS[min(old, 8)], ROOTS[new], proof)


@pytest.mark.parametrize("case", RFC["must_reject"], ids=lambda case: case["case"])
def test_what_must_be_rejected(case):
    with pytest.raises(ProofError):
        check(case)


def test_a_published_note_and_one_changed_letter():
    published = VECTORS["signed_note_published"]
    key = Verifier.read(published["vkey"])
    assert note.open_note(published["note"], [key])[0] == "This is an example message.\n"
    with pytest.raises(NoteError, match="false"):
        note.open_note(published["note"].replace("example message", "exemple message"), [key])


def test_a_checkpoint_is_signed_as_others_sign_it():
    signer = Signer("izin.example/audit/site-1", bytes.fromhex(CHECKPOINT["log_seed"]))
    assert signer.verifier.vkey == CHECKPOINT["log_vkey"]
    ours = note.sign(CHECKPOINT["signed_text"], signer)
    assert CHECKPOINT["note"].startswith(ours)
    point = open_checkpoint(CHECKPOINT["note"], [signer.verifier])
    assert (point.size, point.root, point.text) == (8, ROOTS[8], CHECKPOINT["signed_text"])


def test_a_proof_as_a_file_of_its_own():
    wanted = VECTORS["tlog_proof"]["text"]
    assert tlog_proof(5, tree.inclusion(5, 8, nodes), CHECKPOINT["note"]) == wanted


def test_tiles_and_their_paths():
    assert {text: path_of(0, int(text)) for text in TILES["index_paths"]} == {
        number: f"tile/0/{path}" for number, path in TILES["index_paths"].items()
    }
    for size, rows in TILES["layout_by_size"].items():
        wanted = [(row["level"], row["full"], row["partial_width"]) for row in rows]
        assert list(widths(int(size))) == wanted
    grown = Growing()
    assert grown.extend(LEAVES) == []
    (only,) = grown.partial()
    assert (only.path, only.hashes.hex()) == ("tile/0/000.p/8", TILES["ct8_tile_0_000_p8"])
    grown = Growing()
    (full,) = grown.extend([tree.leaf_hash(b"izin-%d" % number) for number in range(300)])
    assert grown.root().hex() == TILES["tree300"]["root"]
    partial = {tile.path: tile.hashes for tile in grown.partial()}
    assert full.path == "tile/0/000"
    assert partial["tile/1/000.p/1"].hex() == TILES["tree300"]["tile_1_000_p1"]
    assert sha256(partial["tile/0/001.p/44"]).hexdigest() == TILES["tree300"]["tile_0_001_p44_sha256"]


def test_values_that_can_be_erased_and_entries_that_were():
    erasable = VECTORS["erasable_field"]
    said = commitment(bytes.fromhex(erasable["salt"]), erasable["fields_jcs"].encode())
    assert said == f"salted-sha256:{erasable['commit']}"
    leaf = leaf_of(erasable["leaf_bytes"].encode())
    assert leaf.hex() == erasable["leaf_hash"]
    assert leaf_of(removed(leaf)) == leaf
    assert is_removed(removed(leaf))
    assert not is_removed(erasable["leaf_bytes"].encode())
    assert tree.leaf_hash(b"") == ABSENT
    with pytest.raises(ValueError, match="salt"):
        commitment(b"", b"{}")


@pytest.mark.parametrize(
    "vkey",
    [
        "",
        "a+b",
        "a b+00000000+AQ==",
        CHECKPOINT["log_vkey"].replace("+c2", "+c3"),
        CHECKPOINT["log_vkey"][:-4],
    ],
)
def test_keys_that_are_none(vkey):
    with pytest.raises(NoteError):
        Verifier.read(vkey)


def test_notes_that_are_none():
    key = Verifier.read(CHECKPOINT["log_vkey"])
    good = CHECKPOINT["note"]
    signed = good.partition("\n\n")[2]
    blob = base64.b64encode(bytes(68)).decode()
    for bad in (
        good[:-1],
        good.replace("\n\n", "\n"),
        good.replace("izin.example", "izin\texample"),
        good.replace("\u2014", "-"),
        good + f"\u2014 x {blob}\n" * 15,
        signed,
        b"\xff" + good.encode(),
        good.replace("wtu+", "wtu-"),
    ):
        with pytest.raises(NoteError):
            note.open_note(bad, [key])
