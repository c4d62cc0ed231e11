"""A proof made whole: what it is about, found by the index, with its seal, its texts and its account, in one file."""

import hashlib
import time
from pathlib import Path
from typing import Any, Final, NamedTuple

from gateway.audit import case_file, folder, keys, proving
from gateway.audit.index import Index
from gateway.audit.order import PROOF
from gateway.audit.points import held_key
from gateway.audit.proving import Finder, NotProved, NotSealed
from gateway.audit.query import by_code
from gateway.audit.site_proof import sizes_under_site, under_site
from gateway.audit.stamps import stamp_of, stamps_of
from gateway.instants import moment
from gateway.seal.checkpoint import Checkpoint
from gateway.told.case import Case, account
from gateway.vocabulary import Language, Sentence

#: The account of a case by language; the Indonesian one governs.
_ACCOUNTS: Final = {Language.ID: "berkas-perkara.id.txt", Language.EN: "case-file.en.txt"}
#: Seconds that a running gateway is given to seal what was just written.
_PATIENCE: Final = 15.0
_NO_OPERATOR: Final = Sentence(
    "tidak ada keputusan tentang operator `{operator}` dalam kurun itu",
    "no decision is about the operator `{operator}` then",
)
_OPERATORS: Final = Sentence(
    "`izin audit stats` menyebut para operator", "`izin audit stats` lists operators"
)
NO_ENTRY: Final = Sentence(
    "tidak ada catatan dengan nomor atau kode `{code}`", "no entry has the id or code `{code}`"
)
_SEVERAL: Final = Sentence(
    "{count} catatan bernomor atau berkode `{code}`", "{count} entries have the id or code `{code}`"
)
_AN_ID: Final = Sentence(
    "nomor terdiri atas 26 karakter; setiap penolakan menampilkannya",
    "an id has 26 characters; each refusal shows it",
)


class About(NamedTuple):
    """What is to be proved: one entry by its id or code, or everything of an operator in a period (µs UTC).

    ``closed`` leaves out whom full entries are about, so that only their commitments are handed over.
    """

    code: str | None = None
    operator: str | None = None
    since: int | None = None
    until: int | None = None
    closed: bool = False


class Proof(NamedTuple):
    """The file's octets; how many entries it holds, under a checkpoint of which size; what was asked, as the file says it."""

    octets: bytes
    entries: int
    size: int
    asked: dict[str, Any]

    @property
    def sha256(self) -> str:
        """The file's digest, hexadecimal."""
        return hashlib.sha256(self.octets).hexdigest()

    @property
    def event(self) -> dict[str, Any]:
        """What the journal is told of it: the details of an `export`."""
        return {"format": PROOF, "entries": self.entries, "sha256": self.sha256, "asked": self.asked}


def prove(index: Index, about: About) -> Proof:
    """The proof. NotProved where there is nothing to prove, or the journal does not give it; NoteError where its key is not
    there. Waits up to fifteen seconds for a gateway that is about to seal."""
    journal = index.reader.folder
    said = folder.lane_of(journal) or {"site": "?", "lane": "?"}
    finder = Finder(index, lambda last: _point(journal, last)[0].size)
    if about.operator is not None:
        found = finder.operator(about.operator, about.since, about.until)
        if not found.listed:
            raise NotProved(_NO_OPERATOR.filled(operator=about.operator), _OPERATORS)
        asked: dict[str, Any] = {"operator": about.operator, "from": about.since, "until": about.until}
    else:
        entries = by_code(index, about.code or "")
        if len(entries) != 1:
            why = (
                _SEVERAL.filled(count=len(entries), code=about.code)
                if entries
                else NO_ENTRY.filled(code=about.code)
            )
            raise NotProved(why, _AN_ID)
        entry = entries[0][0]
        found = finder.entry(entry, moment(entry["time"], 0))
        asked = {"entry": found.about}
    if about.closed:
        found, asked = proving.closed(found), {**asked, "closed": True}
    point, note = _point(journal, max(found.payloads))
    sealed_until = index.written(point.size + 1)
    sealed = proving.sealed(journal, found.payloads, point, note)
    licenses = {one.decision["license"] for one in found.listed if one.decision["license"]}
    texts, left_out = proving.texts_of(journal, found.payloads.values(), licenses)
    held = held_key(journal, None)
    stamps = {
        name: reply
        for name, size in stamps_of(journal).items()
        if size == point.size and (reply := stamp_of(journal, name)) is not None
    }
    case = Case(
        site=said["site"],
        lane=said["lane"],
        operator=about.operator,
        since=about.since,
        until=about.until,
        listed=found.listed,
        timeline=found.timeline,
        texts=tuple((digest, name) for digest, (name, _) in texts.items()),
        left_out=tuple(left_out.items()),
        entries=len(found.payloads),
        origin=point.origin,
        size=point.size,
        sealed_until=sealed_until,
        vkey=held.vkey,
        fingerprint=held.fingerprint,
        software=proving.software_of(journal, point.size),
        stamps=tuple(stamps),
        lost=found.lost,
    )
    octets = case_file.write(
        found,
        sealed,
        held.vkey,
        {digest: text for digest, (_, text) in texts.items()},
        left_out,
        {name: account(case, language) for language, name in _ACCOUNTS.items()},
        stamps,
        asked,
        under_site(journal, point),
        keys.signer_of(journal),
    )
    return Proof(octets, len(found.payloads), point.size, asked)


def _point(journal: Path, last: int) -> tuple[Checkpoint, str]:
    """The checkpoint over an entry; where a gateway runs that is about to sign it, that is waited for."""
    deadline = time.monotonic() + _PATIENCE
    said = folder.lane_of(journal) or {"site": "", "lane": ""}
    known = sizes_under_site(journal, keys.origin_of(said["site"], said["lane"]))
    while True:
        try:
            return proving.point_over(journal, last, frozenset(stamps_of(journal).values()) or known)
        except NotSealed:
            if not folder.held(journal) or time.monotonic() > deadline:
                raise
        time.sleep(0.25)
