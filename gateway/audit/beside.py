"""What lies beside the entries in a journal's folder and belongs to the evidence: which files these are, and what of them is
ready to be copied.

A copy of a journal is sound at every moment only if it has no checkpoint over entries that it does not have: so of the files
that grow note by note a copy gets no more than fits the entries it was given. Secrets (`seal.key`, `site/seal.key`, the keys
of pseudonyms) are none of these files, and never leave.
"""

import hashlib
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Final, NamedTuple

from gateway.audit import folder, kept_values, keys, segment, site_log, stamps, texts, tile_files
from gateway.audit.leaves import DOUBTFUL
from gateway.audit.reader import Reader, read_head
from gateway.audit.recovery import TOLD, UNTOLD
from gateway.audit.sealer import CHECKPOINTS
from gateway.audit.sinks.batch import Kept, Note
from gateway.seal.checkpoint import notes_in, read_checkpoint
from gateway.seal.note import NoteError, split_note
from gateway.seal.site import read_lane_head

#: The log of the site, where it lies in a lane's own folder.
LOG: Final = f"{site_log.FOLDER}/{site_log.ENTRIES}"
_SITE_CHECKPOINTS: Final = f"{site_log.FOLDER}/{CHECKPOINTS}"
#: The files that grow note by note.
NOTES: Final = (CHECKPOINTS, LOG, _SITE_CHECKPOINTS)
_STAMPS: Final = f"{tile_files.FOLDER}/{stamps.STAMPS}"
_PUBLIC: Final = (keys.PUBLIC, keys.HAND_OVERS)
_SMALL: Final = (folder.LANE, *_PUBLIC, *(f"{site_log.FOLDER}/{name}" for name in _PUBLIC))
#: The names of all other files, as one pattern: what has another name is none of a journal's.
NAMES: Final = re.compile(
    "|".join(
        (
            *map(re.escape, _SMALL),
            rf"[0-9]{{20}}({segment.SUFFIX}|{kept_values.SUFFIX}|{DOUBTFUL})".replace(".", r"\."),
            rf"[0-9]{{20}}-[0-9]{{1,20}}({TOLD}|{UNTOLD})".replace(".", r"\."),
            rf"{texts.FOLDER}/[0-9a-f]{{64}}",
            rf"({site_log.FOLDER}/)?{_STAMPS}/[0-9]{{20}}-[a-z0-9.-]{{1,100}}\.tsr",
        )
    )
)
#: What never changes once it is there.
_FIXED: Final = (segment.SUFFIX, ".tsr")
#: What goes from a copy when it goes from the journal.
_GOES: Final = (TOLD, UNTOLD)


class Beside(NamedTuple):
    """What a copy lacks: files, notes in order, names of files that are gone; and the segments that were rewritten."""

    files: dict[str, bytes]
    notes: list[Note]
    gone: list[str]
    rewritten: list[int]


class Watched:
    """The files beside one journal's entries; those that did not change since the last look are not read again."""

    def __init__(self, reader: Reader) -> None:
        self._reader, self._folder = reader, reader.folder
        self._seen: dict[str, tuple[int, int, int]] = {}

    def look(self, has: Kept, shipped: int, marks: Mapping[str, int]) -> Beside:
        """What a copy with that beside it lacks, when it has the entries up to ``shipped``, and those of other lanes of the
        site up to ``marks``. Blocks."""
        files: dict[str, bytes] = {}
        names = set()
        for name in self._names(shipped):
            names.add(name)
            if name in has.files and (name.endswith(_FIXED) or name.startswith(f"{texts.FOLDER}/")):
                continue
            octets = self._changed(name)
            if octets is not None and hashlib.sha256(octets).digest() != has.files.get(name):
                files[name] = octets
        found = [note for file in NOTES for note in self._notes(file, has.notes.get(file, 0))]
        fit = _fitting(found, has.notes.get(LOG, 0), shipped, marks)
        for note in set(found) - set(fit):
            self._seen.pop(note.file, None)  # it will fit
        return Beside(
            files,
            fit,
            [name for name in has.files if name.endswith(_GOES) and name not in names],
            sorted(int(name[:20]) for name in files if name.endswith(kept_values.SUFFIX)),
        )

    def _names(self, shipped: int) -> Iterator[str]:
        for place in ("", texts.FOLDER, _STAMPS, site_log.FOLDER, f"{site_log.FOLDER}/{_STAMPS}"):
            with suppress(FileNotFoundError, NotADirectoryError):
                for name in os.listdir(self._folder / place):  # noqa: PTH208 -- names are all that is wanted
                    whole = f"{place}/{name}" if place else name
                    if NAMES.fullmatch(whole) and not (
                        whole.endswith(segment.SUFFIX) and segment.first_of(whole) > shipped
                    ):
                        yield whole

    def _changed(self, name: str) -> bytes | None:
        """A file's octets, of a segment those before its first entry; None where it is as it was seen before, or gone."""
        path = self._folder / name
        with suppress(FileNotFoundError, segment.NotASegment):
            at = path.stat()
            now = (at.st_ino, at.st_size, at.st_mtime_ns)
            if self._seen.get(name) == now:
                return None
            if name.endswith(segment.SUFFIX):
                with path.open("rb") as file:
                    octets = os.pread(file.fileno(), read_head(file)[1], 0)
            else:
                octets = path.read_bytes()
            self._seen[name] = now
            return octets
        return None

    def _notes(self, file: str, after: int) -> Iterator[Note]:
        """The notes of a file with a number above ``after``."""
        octets = self._changed(file)
        if octets is None:
            return
        for count, text in enumerate(notes_in(octets.decode("utf-8", "replace")), 1):
            with suppress(NoteError):
                number = count if file == LOG else read_checkpoint(split_note(text)[0]).size
                if number > after:
                    yield Note(file, number, text)


def _fitting(found: list[Note], heads: int, shipped: int, marks: Mapping[str, int]) -> list[Note]:
    """The notes that are over nothing but what the copy has; those of the site up to the first head that is over more."""
    own = [note for note in found if note.file == CHECKPOINTS and note.number <= shipped]
    fit: list[Note] = []
    for note in found:
        if note.file == LOG:
            try:
                point = read_lane_head(note.text).point
            except NoteError:
                break
            if point.size > marks.get(point.origin.split("/", 2)[2], point.size):
                break
            fit.append(note)
            heads = note.number
    return own + fit + [note for note in found if note.file == _SITE_CHECKPOINTS and note.number <= heads]
