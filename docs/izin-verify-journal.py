#!/usr/bin/env python3
"""izin-verify-journal: check a whole journal without the gateway, as long after its end as the folder is kept.

    python izin-verify-journal.py FOLDER [--key KEY] [--anchor FILE] [--lang en|id]

FOLDER is one lane: it has `lane.json`. The program needs Python 3.9, `cryptography`, and izin-verify.py beside it. The octets
are described in docs/manual/journal.md, the tree and the seal in RFC 6962 section 2.1 and C2SP. Exit code: 0 all is as it
was sealed, 1 something is not, 2 wrong usage, 3 something is missing.
"""

import argparse
import importlib.util
import json
import os
import re
import struct
import sys
from zlib import crc32

_beside = importlib.util.spec_from_file_location(
    "izin_verify", os.path.join(os.path.dirname(os.path.abspath(__file__)), "izin-verify.py")
)
base = importlib.util.module_from_spec(_beside)
_beside.loader.exec_module(base)
Broken, need, sha256 = base.Broken, base.need, base.sha256

MAGIC, HEAD, CAP = b"izin-journal/1\n", struct.Struct(">IIQ"), 65_536
ABSENT = sha256(b"\x00")  # a number that was given, and lost before it was sealed

WORDS = {
    "id": {
        "valid": "VALID: jurnal ini seperti ketika disegel",
        "incomplete": "TIDAK LENGKAP (INCOMPLETE): tidak ada yang terbukti diubah, tetapi ada yang tidak ada",
        "broken": "RUSAK (BROKEN): {}",
        "log": "jurnal {}: {} entri dalam {} segmen, {} di antaranya sudah dihapus dan tinggal hash-nya",
        "sealed": "{} segel cocok; yang terakhir mencakup {} entri",
        "tail": "{} entri di belakang segel terakhir: belum disegel",
        "key": "ditandatangani dengan kunci {}, sidik {}",
        "own key": "PERHATIAN: kunci diambil dari folder ini sendiri; bandingkan sidiknya dengan yang Anda terima dari luar, atau pakai --key",
        "anchor": "segel dalam {} cocok, sampai {} entri",
        "opened": "{} entri berkomitmen pada nilai pribadi; {} dibuka dan cocok, yang lain telah dihapus",
        "texts": "{} teks sesuai dengan nama SHA-256-nya",
        "missing": "{} teks yang disebut entri tidak ada",
        "lost": "{} entri tidak ada; jejaknya dalam pohon cocok",
    },
    "en": {
        "valid": "VALID: the journal is as it was sealed",
        "incomplete": "INCOMPLETE: nothing is shown to be changed, but something is not there",
        "broken": "BROKEN: {}",
        "log": "journal {}: {} entries in {} segments, of which {} were removed and left their hash",
        "sealed": "{} seals fit; the last one is over {} entries",
        "tail": "{} entries behind the last seal: not sealed yet",
        "key": "signed with the key {}, fingerprint {}",
        "own key": "NOTE: the key was taken from this very folder; compare its fingerprint with the one you had from elsewhere, or give --key",
        "anchor": "the seals in {} fit, up to {} entries",
        "opened": "{} entries commit to personal values; {} are laid open and fit, the others were erased",
        "texts": "{} texts are what their SHA-256 names say",
        "missing": "{} texts that entries name are not there",
        "lost": "{} entries are not there; what they left in the tree fits",
    },
}


def read(folder, *names):
    """The text of a file, empty where it is not there."""
    try:
        with open(os.path.join(folder, *names), encoding="utf-8") as file:
            return file.read()
    except FileNotFoundError:
        return ""


def frames(folder, name, last):
    """The numbers and payloads of a segment's entries; behind the last one of the last segment there may be room."""
    with open(os.path.join(folder, name), "rb") as file:
        data = file.read()
    need(data.startswith(MAGIC), f"{name} is no segment of a version that is known here")
    at, seq, first = len(MAGIC), 0, int(name[:20])
    while at < len(data):
        length, crc, number = HEAD.unpack_from(data, at) if at + 16 <= len(data) else (0, 0, -1)
        payload = data[at + 16 : at + 16 + length]
        guard = struct.pack(">IQ", length, number) if number >= 0 else b""
        sound = 2 <= length <= CAP and len(payload) == length and crc32(payload, crc32(guard)) == crc
        if not sound or number != seq:
            need(last or not data[at:].strip(b"\0"), f"{name}: octet {at} begins no entry {seq}")
            return
        if seq:
            yield seq, payload
        at, seq = at + 16 + length, seq + 1 if seq else first


class Tree:
    """The tree of RFC 6962 as it grows: the roots of its whole parts, from the left, each with its height."""

    def __init__(self):
        self.parts, self.size = [], 0

    def add(self, leaf):
        height, self.size = 0, self.size + 1
        while self.parts and self.parts[-1][0] == height:
            leaf, height = sha256(b"\x01", self.parts.pop()[1], leaf), height + 1
        self.parts.append((height, leaf))

    def root(self):
        root = None
        for _, part in reversed(self.parts):
            root = part if root is None else sha256(b"\x01", part, root)
        return sha256() if root is None else root


class Read:
    """What the entries say, one after the other."""

    def __init__(self):
        self.removed = self.committed = self.opened = self.lost = 0
        self.named = set()

    def leaf(self, seq, payload):
        """The entry's leaf; what lies beside it is what it commits to."""
        if payload[:1] == b"\0":
            need(len(payload) == 33, f"entry {seq}: no entry, and no hash of one")
            self.removed += 1
            return payload[1:]
        committed = base.COMMITTED.match(payload)
        entry, gap, beside = payload.partition(b"\0") if committed else (payload, b"", b"")
        if committed:
            self.committed += 1
        if gap:
            need(re.fullmatch(rb"[0-9a-f]{32}", beside[:32]), f"entry {seq}: what lies beside it has no salt")
            made = sha256(b"izin/pii/v1\0", bytes.fromhex(beside[:32].decode()), beside[32:])
            need(
                made.hex().encode() == committed[1], f"entry {seq}: other values beside it than it commits to"
            )
            self.opened += 1
        self.named.update(base.DIGEST.findall(entry))
        return sha256(b"\x00", entry)


def seals_of(text, keys, origin, where):
    """The checkpoints of this log that stand in a text; those of other logs of the site are passed over."""
    notes = (note for note in base.notes_in(text) if base.read_note(note)[0].split("\n")[0] == origin)
    return [(base.Seal(note, keys), where) for note in notes]


def read_entries(folder, roots):
    """Every entry, measured by the root of each seal: the tree, what the entries say, how many segments there are."""
    names = sorted(name for name in os.listdir(folder) if re.fullmatch(r"[0-9]{20}\.izj", name))
    tree, found = Tree(), Read()

    def add(leaf):
        tree.add(leaf)
        if tree.size in roots:
            need(
                tree.root() == roots[tree.size],
                f"the entries up to {tree.size} are not those that were sealed",
            )

    for name in names:
        for seq, payload in frames(folder, name, name == names[-1]):
            need(seq > tree.size, f"{name}: entry {seq} stands twice")
            while tree.size < seq - 1:
                found.lost += 1
                add(ABSENT)
            add(found.leaf(seq, payload))
    return tree, found, len(names)


def check_texts(folder, named):
    """How many of the texts that entries name are there, and how many are not."""
    texts, missing = 0, 0
    for digest in named:
        path = os.path.join(folder, "texts", digest.decode())
        if os.path.isfile(path):
            with open(path, "rb") as file:
                need(sha256(file.read()).hex().encode() == digest, f"the text {digest.decode()} was changed")
            texts += 1
        else:
            missing += 1
    return texts, missing


def check(folder, key, anchors, say):
    """Check a lane: the lines that tell of it, and whether something is missing. Raises Broken."""
    try:
        facts = json.loads(read(folder, "lane.json"))
        origin = f"izin/{facts['site']}/{facts['lane']}"
    except (ValueError, KeyError, TypeError):
        raise Broken("there is no lane.json that can be read") from None
    held = base.Key(key or read(folder, "public.vkey"))
    keys = base.keys_from(held, read(folder, "hand-overs"))
    seals = seals_of(read(folder, "checkpoints") + read(folder, "seal", "checkpoint"), keys, held.name, None)
    for anchor in anchors:
        seals += seals_of(read(anchor), keys, held.name, anchor)
    need(seals, "there is no seal")
    roots = {}
    for seal, _ in seals:
        need(
            roots.setdefault(seal.size, seal.root) == seal.root,
            f"two seals over {seal.size} entries contradict",
        )
    tree, found, segments = read_entries(folder, roots)
    top = max(roots)
    need(tree.size >= top, f"entries from {tree.size + 1} to {top} are gone, which were sealed")
    texts, missing = check_texts(folder, found.named)
    signer = max(seals, key=lambda one: one[0].size)[0].signer
    lines = [
        say("log", origin, tree.size - found.lost, segments, found.removed),
        say("sealed", len(roots), top),
        say("tail", tree.size - top),
        say("key", signer.vkey, held.fingerprint),
        say("opened", found.committed, found.opened),
        say("texts", texts),
    ]
    for anchor in anchors:
        sizes = [seal.size for seal, where in seals if where == anchor]
        need(sizes, f"there is no seal of this journal in {anchor}")
        lines.append(say("anchor", anchor, max(sizes)))
    lines += [say("lost", found.lost)] if found.lost else []
    lines += [say("missing", missing)] if missing else []
    return [*lines, *([say("own key")] if key is None else [])], bool(missing or found.lost)


def main():
    options = argparse.ArgumentParser(description="Check a whole journal of Izin.")
    options.add_argument("folder")
    options.add_argument("--key", help="the public key (vkey), as a file or as it stands")
    options.add_argument("--anchor", action="append", default=[], help="checkpoints that were kept elsewhere")
    options.add_argument("--lang", choices=["en", "id"], default="en")
    asked = options.parse_args()
    if not os.path.isfile(os.path.join(asked.folder, "lane.json")):
        options.error(f"{asked.folder} is no lane of a journal")

    def say(name, *values):
        plain = ("".join(char if char.isprintable() else "?" for char in str(value)) for value in values)
        return WORDS[asked.lang][name].format(*plain)

    key = asked.key
    try:
        key = read(key) if key is not None and "+" not in key else key
        lines, missing = check(asked.folder, key, asked.anchor, say)
    except Broken as error:
        print(say("broken", error))
        return 1
    except (OSError, ValueError) as error:
        options.error(str(error))
    print(say("incomplete" if missing else "valid"))
    for line in lines:
        print(f"  {line}")
    return 3 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
