#!/usr/bin/env python3
"""izin-verify: check a proof or case file that `izin audit prove` wrote. One file; needs Python 3.9 and `cryptography`.

    python izin-verify.py FILE [--key KEY] [--anchor CHECKPOINT] [--lang en|id]

It shares no code with the gateway. What it checks is written in docs/manual/evidence.md and in the texts of C2SP
(https://c2sp.org/signed-note, https://c2sp.org/tlog-checkpoint) and RFC 6962 section 2.1. Exit code: 0 everything holds,
1 something does not, 2 wrong usage.

Without --key the public key is taken from the file itself, which then shows only that it fits together: have the key,
or its fingerprint, from somewhere else.
"""

import argparse
import base64
import bisect
import hashlib
import json
import os
import re
import sys
import zipfile

MOST_FILES, MOST_OCTETS, MOST_ENTRIES = 20_000, 2 << 30, 1_000_000
FILE_NAME = re.compile(r"[a-z0-9][A-Za-z0-9._-]{0,80}(/[A-Za-z0-9][A-Za-z0-9._-]{0,80})?")
NAMES = b"after|before|digest|policy|robots_file|served|terms"
DIGEST = re.compile(rb'"(?:%b)":"sha256:([0-9a-f]{64})"' % NAMES)
COMMITTED = re.compile(rb'\{"at":[0-9]+,(?:"booked":"[0-9-]+",)?"committed":"salted-sha256:([0-9a-f]{64})"')
DASH = "\u2014 "

WORDS = {
    "id": {
        "valid": "VALID: berkas ini memuat yang dinyatakannya",
        "broken": "RUSAK (BROKEN): {}",
        "entries": "{} entri ada, oktet demi oktet, di bawah segel dengan {} entri",
        "log": "jurnal {}",
        "signed": "segel ditandatangani dengan kunci {}",
        "fingerprint": "sidik kunci {}",
        "handed": "kunci itu diserahkan {} kali, setiap kali ditandatangani kedua kunci",
        "texts": "{} teks sesuai dengan nama SHA-256-nya; {} disebut tetapi tidak disertakan",
        "shared": "{} nilai bersama sesuai dengan SHA-256-nya",
        "opened": "{} entri berkomitmen pada nilai pribadi: {} dibuka di sini dan cocok",
        "anchor": "segel itu sama dengan yang disimpan dalam {}",
        "no anchor": "tidak ada segel sebesar itu dalam {}: tidak dapat dibandingkan",
        "own key": "PERHATIAN: kunci diambil dari berkas ini sendiri. Bandingkan sidiknya dengan yang Anda terima dari luar, atau pakai --key.",
        "stamp": "penanda waktu: periksa dengan\n    unzip {0} checkpoint.txt {1}\n    openssl ts -verify -data checkpoint.txt -in {1} -CAfile ca.pem",
        "site": "segel itu ada di bawah segel situs {} dengan {} kepala jalur, ditandatangani dengan kunci {}",
        "own site key": "PERHATIAN: kunci situs itu diambil dari berkas ini sendiri",
        "account": "uraian dan daftar isi berkas ini ditandatangani dengan kunci yang sama",
        "no account": "PERHATIAN: uraian (.txt) dalam berkas ini tidak ditandatangani; yang menjadi bukti ialah entries.jsonl",
        "not": "Tidak dibuktikan: bahwa tidak ada permintaan lain, bahwa jam mesin benar, dan bahwa nama yang diklaim itu benar (lihat assurance).",
    },
    "en": {
        "valid": "VALID: the file holds what it says it does",
        "broken": "BROKEN: {}",
        "entries": "{} entries are, octet by octet, under the seal over {} entries",
        "log": "journal {}",
        "signed": "the seal is signed with the key {}",
        "fingerprint": "fingerprint {}",
        "handed": "that key was handed over {} times, each time signed by both keys",
        "texts": "{} texts are what their SHA-256 names say; {} are named and not in the file",
        "shared": "{} shared values are what their SHA-256 says",
        "opened": "{} entries commit to personal values: {} are laid open here, and fit",
        "anchor": "the seal is the one kept in {}",
        "no anchor": "there is no seal of that size in {}: it cannot be compared",
        "own key": "NOTE: the key was taken from this very file. Compare its fingerprint with the one you had from elsewhere, or give --key.",
        "stamp": "time stamp: check it with\n    unzip {0} checkpoint.txt {1}\n    openssl ts -verify -data checkpoint.txt -in {1} -CAfile ca.pem",
        "site": "the seal is under the seal of the site {} over {} heads of lanes, signed with the key {}",
        "own site key": "NOTE: that key of the site was taken from this very file",
        "account": "the account and the list of all that is in the file are signed with the same key",
        "no account": "NOTE: the account (.txt) in this file is not signed; the evidence is entries.jsonl",
        "not": "Not proved: that there were no other requests, that the machine's clock was right, and that a claimed name is true (see assurance).",
    },
}


class Broken(Exception):  # noqa: N818 -- as it is said
    """What does not hold."""


def need(holds, why):
    if not holds:
        raise Broken(why)


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


# ── the file ────────────────────────────────────────────────────────────────────────────────────────────────────────


def read_file(path):
    """Every file of the zip by its name. Nothing is unpacked to the disk."""
    try:
        archive = zipfile.ZipFile(path)
        infos = archive.infolist()
        need(len(infos) <= MOST_FILES, "too many files in it")
        need(sum(info.file_size for info in infos) <= MOST_OCTETS, "too large")
        found = {}
        for info in infos:
            need(FILE_NAME.fullmatch(info.filename), "a file with a name that does not belong there")
            need(info.filename not in found, "two files of one name")
            need(info.compress_type == zipfile.ZIP_STORED, "a compressed file")
            found[info.filename] = archive.read(info)
    except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
        raise Broken(f"no proof can be read from it ({error})") from None
    return found


def read_proof(files):
    """proof.json, with the form it must have; the files it names are there and are what it says."""
    try:
        proof = json.loads(files["proof.json"].decode("utf-8"), object_pairs_hook=no_twice)
    except (KeyError, ValueError, RecursionError) as error:
        raise Broken(f"proof.json cannot be read ({error})") from None
    need(
        isinstance(proof, dict) and proof.get("format") == "izin-proof/1",
        "a format that this program does not know",
    )
    for name, kind in (("origin", str), ("size", int), ("vkey", str), ("entries", list), ("hashes", list),
                       ("left_out", dict), ("files", dict)):  # fmt: skip
        need(type(proof.get(name)) is kind, f"proof.json: {name} is missing or no {kind.__name__}")
    need(
        set(proof["files"]) == set(files) - {"proof.json", "signature.txt"},
        "the files are not those that proof.json names",
    )
    for name, digest in proof["files"].items():
        need(sha256(files[name]).hex() == digest, f"{name} is not what proof.json says")
    return proof


def no_twice(pairs):
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member stands twice")
    return members


# ── keys and signatures (C2SP signed-note) ──────────────────────────────────────────────────────────────────────────


class Key:
    """A public key as a vkey has it: name+id+base64(type || key)."""

    def __init__(self, vkey):
        parts = vkey.strip().split("+", 2)
        need(len(parts) == 3, "a key that is none")
        self.name, self.id, encoded = parts
        octets = decode(encoded)
        need(len(octets) == 33 and octets[0] == 1, "a key that is not for Ed25519")
        need(sha256(self.name.encode(), b"\n", octets)[:4].hex() == self.id, "a key that does not fit its id")
        self.vkey = f"{self.name}+{self.id}+{base64.b64encode(octets).decode()}"
        self.public = octets[1:]

    @property
    def fingerprint(self):
        digits = sha256(self.vkey.encode()).hex()[:32]
        return " ".join(digits[at : at + 4] for at in range(0, 32, 4))

    def signed(self, text, signatures):
        """Whether one of the signatures is this key's. One that bears its name and id and is not sinks the note."""
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

        found = False
        for name, blob in signatures:
            if name == self.name and blob[:4].hex() == self.id:
                try:
                    Ed25519PublicKey.from_public_bytes(self.public).verify(blob[4:], text.encode())
                except InvalidSignature:
                    raise Broken(f"the signature of {name} is false") from None
                found = True
        return found


def decode(text):
    try:
        octets = base64.b64decode(text, validate=True)
    except ValueError:
        raise Broken("base64 that is none") from None
    need(base64.b64encode(octets).decode() == text, "base64 that is not canonical")
    return octets


def read_note(note):
    """The text of a signed note, and its signatures as name and octets."""
    head, gap, tail = note.rpartition("\n\n")
    need(gap and tail.endswith("\n"), "a signed note that is none")
    signatures = []
    for line in tail[:-1].split("\n"):
        words = line.split(" ")
        need(line.startswith(DASH) and len(words) == 3, "a line of a signature that is none")
        signatures.append((words[1], decode(words[2])))
    need(len(signatures) <= 16, "too many signatures")
    return head + "\n", signatures


def notes_in(text):
    """The notes that stand one after the other in a file."""
    found, lines, signed = [], [], False
    for line in text.splitlines(keepends=True):
        if signed and not line.startswith(DASH):
            found.append("".join(lines))
            lines, signed = [], False
        signed = signed or line.startswith(DASH)
        lines.append(line)
    return found + (["".join(lines)] if signed else [])


def read_checkpoint(text):
    lines = text.split("\n")
    need(len(lines) >= 4 and re.fullmatch(r"0|[1-9][0-9]{0,15}", lines[1]), "a checkpoint that is none")
    root = decode(lines[2])
    need(len(root) == 32, "a root that is no SHA-256")
    return lines[0], int(lines[1]), root


def keys_from(held, hand_overs):
    """The key one holds, and those it was handed over to, each with the largest seal that it may sign."""
    keys = [(held, 1 << 53)]
    for note in notes_in(hand_overs):
        text, signatures = read_note(note)
        lines = text.split("\n")
        need(len(lines) == 6 and lines[0] == "izin.key-hand-over@v1", "a hand-over that is none")
        old, new = Key(lines[3]), Key(lines[4])
        need(
            old.signed(text, signatures) and new.signed(text, signatures),
            "a hand-over that one key did not sign",
        )
        need(re.fullmatch(r"[0-9]{1,16}", lines[2]), "a hand-over without a size")
        if old.vkey == keys[-1][0].vkey and lines[1] == held.name:
            keys[-1:] = [(old, int(lines[2])), (new, 1 << 53)]
    return keys


# ── the tree (RFC 6962 section 2.1) ─────────────────────────────────────────────────────────────────────────────────


def root_of(leaves, size, hashes):
    """The root over ``size`` leaves: those known, by index, and for every part of the tree without one of them a hash.

    The hashes stand from left to right. All of them must be used.
    """
    indexes, rest = sorted(leaves), iter(hashes)

    def over(begin, end, low, high):
        if low == high:
            found = next(rest, None)
            need(found is not None, "the proof is too short")
            return found
        if end - begin == 1:
            return leaves[begin]
        middle = begin + (1 << (end - begin - 1).bit_length() - 1)
        cut = bisect.bisect_left(indexes, middle, low, high)
        left = over(begin, middle, low, cut)
        return sha256(b"\x01", left, over(middle, end, cut, high))

    found = over(0, size, 0, len(indexes))
    need(next(rest, None) is None, "the proof is too long")
    return found


# ── what is in it ───────────────────────────────────────────────────────────────────────────────────────────────────


def read_entries(files, proof):
    """The entries as octets by number."""
    lines = files.get("entries.jsonl", b"").split(b"\n")
    need(lines.pop() == b"", "entries.jsonl does not end in a newline")
    numbers = proof["entries"]
    need(len(numbers) == len(lines) and 0 < len(lines) <= MOST_ENTRIES, "not as many entries as numbers")
    need(all(type(one) is int for one in numbers), "a number of an entry that is none")
    need(numbers == sorted(set(numbers)) and numbers[0] >= 1, "the numbers of entries are not in order")
    need(numbers[-1] <= proof["size"] <= 1 << 53, "an entry behind the seal")
    return dict(zip(numbers, lines))


def check_shared(entries):
    """The values that compact entries define bear their digest; how many those are."""
    count = 0
    for number, octets in entries.items():
        need(octets[:1] in (b"{", b"["), f"entry {number} is none")
        try:
            entry = json.loads(octets.decode("utf-8"), object_pairs_hook=no_twice)
        except (ValueError, RecursionError) as error:
            raise Broken(f"entry {number} cannot be read ({error})") from None
        if isinstance(entry, list) and str(entry[:1])[2:4] in ("d1", "r1"):
            for at, digest in defined(octets):
                need(
                    sha256(at).hex() == digest, f"entry {number}: a shared value is not what its digest says"
                )
                count += 1
    return count


def check_openings(files, entries):
    """How many entries commit to values, and how many of these values are there and fit."""
    committed = {number: found[1] for number, it in entries.items() if (found := COMMITTED.match(it))}
    *lines, rest = files.get("openings.txt", b"").split(b"\n")
    need(rest == b"", "openings.txt does not end in a newline")
    for line in lines:
        told = re.fullmatch(rb"([1-9][0-9]*) ([0-9a-f]{32}) (.*)", line)
        need(told and int(told[1]) in committed, "a line of openings.txt that opens no entry")
        made = sha256(b"izin/pii/v1\0", bytes.fromhex(told[2].decode()), told[3])
        need(
            made.hex().encode() == committed[int(told[1])],
            f"line {told[1]!r}: other values than committed to",
        )
    return len(committed), len(lines)


def defined(octets):
    """The shared values that stand in a compact entry, ``[number,value,"sha-256"]``, as octets with their digests."""
    text, decoder = octets.decode("utf-8"), json.JSONDecoder()
    for match in re.finditer(r",\[[0-9]+,", text):
        try:
            _, end = decoder.raw_decode(text, match.end())
        except ValueError:
            continue
        digest = re.match(r',"([0-9a-f]{64})"\]', text[end:])
        if digest:
            yield text[match.end() : end].encode(), digest[1]


def check_texts(files, entries, left_out):
    """Every text is what its name says; how many there are, and how many more are named."""
    texts = {name[6:]: octets for name, octets in files.items() if name.startswith("texts/")}
    for name, octets in texts.items():
        need(sha256(octets).hex() == name, f"texts/{name} is not what its name says")
    named = {digest.decode() for octets in entries.values() for digest in DIGEST.findall(octets)}
    missing = named - set(texts)
    said = {digest.replace("sha256:", "", 1) for digest in left_out}
    need(missing <= said, "a text that an entry names is not in the file, and the file does not say so")
    return len(texts), len(said)


def check_site(files, proof, held):
    """The second step: the lane's seal is an entry of its site's log. The key that the log names for the lane; the seal."""
    site = proof["site"]
    need(isinstance(site, dict), "proof.json: site is none")
    for name, kind in (("size", int), ("index", int), ("hashes", list), ("vkey", str), ("lane_key", str)):
        need(type(site.get(name)) is kind, f"proof.json: site: {name} is missing or no {kind.__name__}")
    own = Key(site["vkey"])
    first = held if held is not None and held.name == own.name else own
    keys = keys_from(first, text_of(files.get("site-hand-overs.txt", b"")))
    seal = Seal(text_of(files.get("site-checkpoint.txt", b"")), keys)
    need(
        (seal.origin, seal.size) == (own.name, site["size"]), "the seal of the site is of another log or size"
    )
    need(proof["origin"].startswith(f"{seal.origin}/"), "the seal of the site is of another site")
    need(0 <= site["index"] < seal.size <= 1 << 53, "a lane behind the seal of the site")
    entry = f"izin.lane-head@v1\n{site['lane_key']}\n".encode() + files.get("checkpoint.txt", b"")
    root = root_of({site["index"]: sha256(b"\x00", entry)}, seal.size, read_hashes(site["hashes"]))
    need(root == seal.root, "the lane's seal is not in the log of the site")
    return Key(site["lane_key"]), seal


class Seal:
    """A checkpoint that one of the keys signed."""

    def __init__(self, note, keys):
        text, signatures = read_note(note)
        self.origin, self.size, self.root = read_checkpoint(text)
        self.keys = keys
        signers = [one for one, most in keys if self.size <= most and one.signed(text, signatures)]
        need(signers, "the seal is not signed by the key, nor by one it was handed over to")
        self.signer = signers[-1]


def check_signature(files, keys, origin):
    """Whether the lane's key signed the list of all that is in the file; False where nothing says so."""
    if "signature.txt" not in files:
        return False
    text, signatures = read_note(text_of(files["signature.txt"]))
    digest = sha256(files["proof.json"]).hex()
    need(text == f"izin.signed-file@v1\n{origin}\n{digest}\n", "signature.txt is of another file")
    need(any(one.signed(text, signatures) for one, _ in keys), "signature.txt is not signed by the key")
    return True


def read_hashes(encoded):
    hashes = [decode(one) if isinstance(one, str) else b"" for one in encoded]
    need(all(len(one) == 32 for one in hashes), "a hash that is no SHA-256")
    return hashes


def check(path, key, anchors, say):
    """Check a file; the lines that tell of it. Raises Broken."""
    files = read_file(path)
    proof = read_proof(files)
    entries = read_entries(files, proof)
    given = None if key is None else Key(key)
    held = given or Key(proof["vkey"])
    note = text_of(files.get("checkpoint.txt", b""))
    seals = []
    if "site" in proof:
        lane_key, site = check_site(files, proof, given)
        seals.append(Seal(note, [(lane_key, 1 << 53)]))
        seals.append(site)
        held = lane_key if held.name == site.origin else held
    keys = keys_from(held, text_of(files.get("hand-overs.txt", b"")))
    seal = Seal(note, keys)
    seals[:1] = [seal]
    need(
        (seal.origin, seal.size) == (proof["origin"], proof["size"]), "the seal is of another journal or size"
    )
    leaves = {number - 1: sha256(b"\x00", octets) for number, octets in entries.items()}
    root = root_of(leaves, seal.size, read_hashes(proof["hashes"]))
    need(root == seal.root, "the entries are not those that were sealed")
    signed = check_signature(files, keys, seal.origin)
    shared = check_shared(entries)
    committed, opened = check_openings(files, entries)
    texts, left_out = check_texts(files, entries, proof["left_out"])
    lines = [
        say("log", seal.origin),
        say("entries", len(entries), seal.size),
        say("signed", seal.signer.vkey),
    ]
    lines += [say("fingerprint", one.fingerprint) for one, _ in keys[:1]]
    if len(keys) > 1:
        lines.append(say("handed", len(keys) - 1))
    for one in seals[1:]:
        lines += [
            say("site", one.origin, one.size, one.signer.vkey),
            say("fingerprint", one.signer.fingerprint),
        ]
        if given is not None and given.name != one.origin:
            lines.append(say("own site key"))
    lines += [
        say("texts", texts, left_out),
        say("shared", shared),
        *([say("opened", committed, opened)] if committed else []),
        say("account" if signed else "no account"),
    ]
    for anchor in anchors:
        lines.append(compare(anchor, seals, say))
    if key is None:
        lines.append(say("own key"))
    lines += [say("stamp", path, name) for name in files if name.startswith("time-stamps/")]
    return [*lines, say("not")]


def compare(anchor, seals, say):
    """Whether a checkpoint that was kept elsewhere, of the lane or of its site, is the same."""
    with open(anchor, encoding="utf-8") as file:
        for note in notes_in(file.read()):
            origin = read_checkpoint(read_note(note)[0])[0]
            need(origin.split("/")[:2] == seals[0].origin.split("/")[:2], f"{anchor} is of another site")
            for one in seals:
                if one.origin == origin and (kept := Seal(note, one.keys)).size == one.size:
                    need(kept.root == one.root, f"{anchor} has another root: two seals contradict each other")
                    return say("anchor", anchor)
    return say("no anchor", anchor)


def text_of(octets):
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError:
        raise Broken("a text that is no UTF-8") from None


def main():
    options = argparse.ArgumentParser(description="Check a proof or case file of Izin.")
    options.add_argument("file")
    options.add_argument("--key", help="the public key (vkey), as a file or as it stands")
    options.add_argument("--anchor", action="append", default=[], help="checkpoints that were kept elsewhere")
    options.add_argument("--lang", choices=["en", "id"], default="en")
    asked = options.parse_args()
    key = asked.key
    if key is not None and "+" not in key:
        try:
            with open(key, encoding="utf-8") as file:
                key = file.read()
        except (OSError, ValueError) as error:
            options.error(f"the key cannot be read: {error}")

    def say(name, *values):
        plain = ("".join(char if char.isprintable() else "?" for char in str(value)) for value in values)
        return WORDS[asked.lang][name].format(*plain)

    if not os.path.isfile(asked.file):
        options.error(f"there is no file {asked.file}")
    try:
        lines = check(asked.file, key, asked.anchor, say)
    except Broken as error:
        print(say("broken", error))
        return 1
    except OSError as error:
        options.error(str(error))
    print(say("valid"))
    for line in lines:
        print(f"  {line}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
