"""Proofs for others: which entries a question is about, and what is needed beside them to check each one alone.

The index finds entries and is trusted in nothing: what goes into a proof is read from the journal and must lead to the
root of a checkpoint that was signed, before anybody is handed it.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, NamedTuple

from gateway.audit import segment
from gateway.audit.disk import LocalDisk
from gateway.audit.history import marks
from gateway.audit.index import Index
from gateway.audit.leaves import Leaves
from gateway.audit.points import hand_overs_text
from gateway.audit.query import Query, ask, condition, outcome_of
from gateway.audit.reader import Damage, Position
from gateway.audit.sealer import CHECKPOINTS
from gateway.audit.texts import Texts
from gateway.audit.tile_files import TileFiles
from gateway.instants import moment
from gateway.policy.paths import Pattern
from gateway.record import EntryError, printed
from gateway.record.named import named_in_entry, named_in_text
from gateway.record.printed import references
from gateway.seal.checkpoint import Checkpoint, notes_in, read_checkpoint
from gateway.seal.erasable import NotOpened, committed_by, entry_of, opening_of
from gateway.seal.leaf import leaf_of
from gateway.seal.note import NoteError, split_note
from gateway.seal.tiles import nodes_from
from gateway.seal.tree import ProofError, cover, verify_cover
from gateway.told.case import Listed, ServedText, Terms
from gateway.told.history import Span, spans
from gateway.vocabulary import Language, Reason, Sentence

#: Entries that one proof is about, at most.
MOST_ENTRIES: Final = 100_000
#: The documents that state terms, as an operator asks for them.
_DOCUMENTS: Final = (Pattern("/robots.txt"), Pattern("/license.xml"), Pattern("/.well-known/tdmrep.json"))
_LICENSE: Final = re.compile(r"licenses/(.+)\.ya?ml")

_TOO_MANY: Final = Sentence(
    f"lebih dari {Language.ID.number(MOST_ENTRIES)} keputusan cocok",
    f"more than {MOST_ENTRIES:,} decisions match",
)
_SHORTER: Final = Sentence(
    "minta kurun yang lebih pendek (`--from`, `--until`)", "ask for a shorter period (`--from`, `--until`)"
)
_UNSEALED: Final = Sentence("catatan {seq} belum bermeterai", "entry {seq} is not sealed yet")
_SEALS_SOON: Final = Sentence(
    "gerbang yang berjalan memeteraikan dalam sepuluh detik: coba lagi",
    "a running gateway seals within ten seconds: try again",
)
_BROKEN: Final = Sentence(
    "jurnal tidak seperti saat dimeteraikan, jadi tidak ada yang dapat dibuktikan darinya",
    "the journal is not as it was sealed, so nothing can be proved from it",
)
_VERIFY: Final = Sentence(
    "`izin audit verify` mengatakan apa yang salah", "`izin audit verify` says what is wrong"
)


class NotProved(Exception):  # noqa: N818 -- as it is said
    """What cannot be proved, in words for people; ``hint`` says what to do."""

    def __init__(self, said: Sentence, hint: Sentence) -> None:
        super().__init__(said.en)
        self.said, self.hint = said, hint


class Found(NamedTuple):
    """What a question is about: decisions with their outcomes, the terms, and every entry needed, by number."""

    listed: tuple[Listed, ...]
    timeline: tuple[Terms, ...]
    payloads: dict[int, bytes]
    lost: int
    about: str = ""


class Sealed(NamedTuple):
    """A checkpoint, as it was signed, and the hashes that show that entries are under it."""

    note: str
    point: Checkpoint
    hashes: tuple[bytes, ...]
    hand_overs: str


# ── what it is about ────────────────────────────────────────────────────────────────────────────────────────────────


class Finder:
    """Finds what a proof is about in one journal."""

    def __init__(self, index: Index, size_over: Callable[[int], int]) -> None:
        """``size_over`` gives the size of the checkpoint over an entry: what came behind it is not looked at."""
        self._index, self._size_over = index, size_over
        self._places: dict[int, Position] = {}
        self._in_force: dict[int, int] | None = None
        self._lost = 0

    def operator(self, name: str, since: int | None, until: int | None) -> Found:
        """Everything of an operator in a period (µs UTC), and the terms of that time."""
        listed = self._decisions(Query(operators=(name,), since=since, until=until))
        timeline = [
            self._terms(span, name)
            for span in self._spans()
            if (until is None or span.since < until) and (since is None or span.until >= since)
        ]
        return self._found(listed, timeline)

    def entry(self, decision: dict[str, Any], at: int) -> Found:
        """One decision or event, made ``at`` (µs UTC), and the terms that were in force."""
        self._need(decision["seq"])
        listed = [self._listed(decision)] if decision["phase"] == "decision" else []
        timeline = [self._terms(span, None) for span in self._spans() if span.holds(at)]
        return self._found(listed, timeline)._replace(about=decision["id"])

    def _decisions(self, query: Query) -> list[Listed]:
        found: list[Listed] = []
        for entry in ask(self._index, query):
            if isinstance(entry, Damage):
                self._lost += 1
                continue
            if len(found) >= MOST_ENTRIES:
                raise NotProved(_TOO_MANY, _SHORTER)
            found.append(self._listed(entry))
        return found

    def _listed(self, decision: dict[str, Any]) -> Listed:
        self._need(decision["seq"])
        finding = self._index.finding(decision["seq"])
        if finding is not None and finding.served is not None:
            self._need(finding.served)
            self._outcome(finding.served)
        outcome = self._outcome(decision["seq"], decision["id"])
        return Listed(decision, outcome, None if finding is None else finding.standing)

    def _outcome(self, seq: int, id: str | None = None) -> dict[str, Any] | None:
        """The outcome of a decision, which is then needed too."""
        with suppress(EntryError):
            if id is None and (place := self._index.at(seq)) is not None:
                id = self._index.printed(place)["id"]
            if id is None:
                return None
            entry = outcome_of(self._index, id)
            if entry is not None:
                self._need(entry["seq"])
            return entry
        return None

    def _spans(self) -> list[Span]:
        """The terms in force, as far as the checkpoint reaches: so the same file comes out however much is written later."""
        return list(spans(marks(self._index, self._size_over(max(self._places, default=0)))))

    def _terms(self, span: Span, operator: str | None) -> Terms:
        seq = self._policies().get(span.since)
        if seq is not None:
            self._need(seq)
        return Terms(span, seq, () if operator is None else tuple(self._served(span, operator)))

    def _policies(self) -> dict[int, int]:
        """The numbers of the events by which policies came into force, by when that was (µs UTC)."""
        if self._in_force is None:
            self._in_force = {}
            for place in self._index.events(("policy",)):
                with suppress(EntryError):
                    self._in_force[moment(self._index.printed(place)["time"], 0)] = place.seq
        return self._in_force

    def _served(self, span: Span, operator: str) -> Iterator[ServedText]:
        query = Query(operators=(operator,), paths=_DOCUMENTS, since=span.since, until=span.until + 1)
        where, values = condition(self._index, query)
        by_path: dict[str, list[dict[str, Any]]] = {}
        for place in self._index.find(where, values):
            with suppress(EntryError):
                entry = self._index.printed(place)
                if entry["terms"] == span.terms and entry["reasons"][:1] == [Reason.OWN_DOCUMENT]:
                    by_path.setdefault(str(entry["request"]["target"]), []).append(entry)
        for path, entries in sorted(by_path.items()):
            for one in (entries[0], entries[-1]):
                self._need(one["seq"])
                self._outcome(one["seq"], one["id"])
            yield ServedText(path, len(entries), entries[0], entries[-1])

    def _need(self, seq: int) -> None:
        place = None if seq in self._places else self._index.at(seq)
        if place is not None:
            self._places[seq] = place

    def _found(self, listed: Iterable[Listed], timeline: Iterable[Terms]) -> Found:
        payloads: dict[int, bytes] = {}
        todo = sorted(self._places.values())
        while todo:
            place = todo.pop()
            try:
                payload = self._index.places.entry(place).payload
            except EntryError:
                self._lost += 1
                continue
            payloads[place.seq] = payload
            for number in sorted(references(payload)):
                definer = self._index.definer(place.segment, number)
                if definer is not None and definer.seq not in self._places:
                    self._places[definer.seq] = definer
                    todo.append(definer)
        return Found(tuple(listed), tuple(timeline), dict(sorted(payloads.items())), self._lost)


def closed(found: Found) -> Found:
    """The same without whom full entries are about: their commitments are not opened, also not in what is told of them."""
    payloads = {seq: entry_of(payload) for seq, payload in found.payloads.items()}

    def without(one: Listed) -> Listed:
        told = one.decision
        if committed_by(payloads[told["seq"]]) is None:
            return one
        left = printed(payloads[told["seq"]], told["seq"], told["site"], told["lane"], {})
        return one._replace(decision={**told, **left})

    return found._replace(listed=tuple(map(without, found.listed)), payloads=payloads)


# ── what is needed beside it ────────────────────────────────────────────────────────────────────────────────────────


def texts_of(
    folder: Path, payloads: Iterable[bytes], licenses: Iterable[str]
) -> tuple[dict[str, tuple[str, bytes]], dict[str, str]]:
    """The texts that entries name, and those that they name in turn: name and octets by digest; and those left out, by name.

    Left out are contracts other than ``licenses``, which are nobody else's business, and what is not kept.
    """
    texts = Texts(folder)
    names = {digest: "" for payload in payloads for digest in named_in_entry(payload)}
    todo, allowed = list(names), set(licenses)
    kept: dict[str, bytes] = {}
    left: dict[str, str] = {}
    while todo:
        digest = todo.pop()
        contract = _LICENSE.fullmatch(names[digest])
        octets = None if contract and contract[1] not in allowed else texts.read(digest)
        if octets is None:
            left[digest] = names[digest]
            continue
        kept[digest] = octets
        named = named_in_text(octets)
        if named:
            names[digest] = "policy" if "catalogue" in named.values() else "terms"
        todo += [one for one in named if one not in names]
        names |= {one: what for one, what in named.items() if not names.get(one)}
    return {digest: (names[digest], octets) for digest, octets in sorted(kept.items())}, dict(
        sorted(left.items())
    )


class NotSealed(NotProved):
    """Entries that no checkpoint covers yet."""


def point_over(folder: Path, last: int, prefer: frozenset[int] = frozenset()) -> tuple[Checkpoint, str]:
    """The first checkpoint over entry ``last``, with its note; the first of the sizes preferred. `NotSealed` if there is none."""
    try:
        text = (folder / CHECKPOINTS).read_text("utf-8")
    except OSError:
        text = ""
    points: list[tuple[Checkpoint, str]] = []
    for note in notes_in(text):
        with suppress(NoteError):
            points.append((read_checkpoint(split_note(note)[0]), note))
    points = [one for one in points if one[0].size >= last]
    if not points:
        raise NotSealed(_UNSEALED.filled(seq=last), _SEALS_SOON)
    return min(points, key=lambda one: (one[0].size not in prefer, one[0].size))


def sealed(folder: Path, payloads: dict[int, bytes], point: Checkpoint, note: str) -> Sealed:
    """The proof that entries are under a checkpoint; NotProved where the journal does not give it."""
    leaves = [(seq - 1, leaf_of(payload)) for seq, payload in payloads.items()]
    indexes = [index for index, _ in leaves]
    from_entries = Leaves(folder, LocalDisk()).tile
    for read in (TileFiles(folder).reader(from_entries), from_entries):
        with suppress(ProofError, NotOpened):
            for payload in payloads.values():
                opening_of(payload)  # what lies beside an entry fits what it commits to
            hashes = cover(indexes, point.size, nodes_from(point.size, lru_cache(4096)(read)))
            verify_cover(leaves, point.size, hashes, point.root)
            return Sealed(note, point, tuple(hashes), hand_overs_text(folder))
    raise NotProved(_BROKEN, _VERIFY)


def software_of(folder: Path, last: int) -> tuple[str, ...]:
    """The versions of Izin that wrote the journal's segments up to entry ``last``, in order."""
    found: list[str] = []
    for name in segment.segments(path.name for path in folder.iterdir()):
        if segment.first_of(name) > last:
            break
        with suppress(segment.NotASegment, OSError), (folder / name).open("rb") as file:
            software = segment.read_header(file.read(1 << 17))[0].software
            if software not in found:
                found.append(software)
    return tuple(f"izin {one}" for one in found)
