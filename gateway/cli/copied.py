"""What `izin backup` and `izin restore` share: what a backup says of itself, and whether a copy is as it was sealed."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

from gateway import __version__
from gateway.audit.backup import ABOUT, EARLIER, copy, same, whole_tree
from gateway.audit.elsewhere import append
from gateway.audit.folder import held
from gateway.audit.receipt import JournalError
from gateway.audit.site_log import FOLDER as SITE
from gateway.audit.site_log import lanes_of
from gateway.audit.tile_files import CHECKPOINT
from gateway.audit.tile_files import FOLDER as SEAL
from gateway.cli.options import fail
from gateway.cli.progress import Progress
from gateway.cli.resumed import StateFile
from gateway.cli.sealed import examined
from gateway.cli.sealed_site import examined_site, is_site
from gateway.files import put
from gateway.lookups.license_keys import CLIENTS, SIGNING
from gateway.seal.checkpoint import notes_in
from gateway.seal.note import NoteError
from gateway.seal.report import Outcome


class Verified(NamedTuple):
    """What a verification found, and how many entries there are over all lanes."""

    outcome: Outcome
    entries: int

    @property
    def sound(self) -> bool:
        """Whether all is as it was sealed."""
        return self.outcome is Outcome.VALID

    @property
    def said(self) -> dict[str, Any]:
        """The same for programs."""
        return {"outcome": self.outcome.value, "entries": self.entries}

    def __str__(self) -> str:
        return f"{self.entries:,} entries, {self.outcome.value.upper()}"


def failed(error: JournalError | OSError) -> NoReturn:
    """End the command: it could not be done."""
    if isinstance(error, JournalError):
        fail(str(error), error.hint)
    where = f": {error.filename}" if error.filename else ""
    fail(f"{(error.strerror or 'it cannot be done').lower()}{where}", "run it again: it goes on where it was")


def begun(journal: Path, out: Path, *, keys: bool) -> dict[str, Any]:
    """What a backup says of itself, once it is begun; JournalError where there is no journal, or something else is there."""
    if out.exists() and any(out.iterdir()) and not (out / ABOUT).exists():
        raise JournalError(f"`{out}` is not empty, and no backup", "name a new folder")
    if out.resolve().is_relative_to(journal.resolve()):
        raise JournalError(f"`{out}` lies in the journal", "name a folder elsewhere, on another disk at best")
    lanes = lanes_of(journal)
    if not lanes:
        raise JournalError(
            f"`{journal}` holds no journal", "the folder that `izin serve --journal` names is wanted here"
        )
    facts = {
        "made": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "software": __version__,
        "lanes": len(lanes),
        "ended": False,
        "keys": keys,
    }
    out.mkdir(mode=0o700, parents=True, exist_ok=True)
    put(out / ABOUT, json.dumps(facts).encode() + b"\n")
    return facts | {"ended": not _written(journal)}


def ended(journal: Path, out: Path, facts: dict[str, Any]) -> dict[str, Any]:
    """The same once all is copied: whether nobody wrote meanwhile."""
    facts = facts | {"ended": facts["ended"] and not _written(journal)}
    put(out / ABOUT, json.dumps(facts).encode() + b"\n")
    return facts


def _written(journal: Path) -> bool:
    return any(held(lane) for lane in lanes_of(journal))


def verified(journal: Path, anchors: tuple[Path, ...], state: Path | None) -> Verified:
    """Verify a copy, from where the last time ended. JournalError and OSError where that cannot be done."""
    bar = Progress(1, "entries")
    try:
        if is_site(journal, None):
            site = examined_site(journal, None, anchors, StateFile(state), bar, here=True)
            return Verified(site.outcome, sum(lane.last for lane in site.lanes))
        lane = examined(journal, None, anchors, StateFile(state), bar)
    except NoteError as error:
        raise JournalError(f"`{journal}` cannot be verified: {error}", "see `izin audit verify`") from None
    return Verified(lane.outcome, lane.last)


def newest(journal: Path) -> list[str]:
    """The newest checkpoint of each lane, and of the site."""
    places = [*lanes_of(journal), journal / SITE]
    notes: list[str] = []
    for place in places:
        path = place / SEAL / CHECKPOINT
        if path.exists():
            notes += notes_in(path.read_text("utf-8"))
    return notes


def remember(out: Path, notes: list[str]) -> None:
    """Keep checkpoints, by which the next backup is measured."""
    for note in notes:
        append(out / EARLIER, note)


def tree(source: Path, target: Path, *, secrets: bool) -> None:
    """Make a folder the copy of another: a policy's, or that of the keys of license tokens."""
    kept = set()
    for path in whole_tree(source):
        secret = path.name in {SIGNING, CLIENTS}
        if any(part.startswith("..") for part in path.parts) or (secret and not secrets):
            continue
        kept.add(path)
        (target / path).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not same(source / path, target / path):
            copy(source / path, target / path, mode=0o600 if secret else None)
    for path in list(whole_tree(target)) if target.exists() else []:
        if path not in kept:
            (target / path).unlink()
