"""Putting a backup of a journal back: to be read, or to be written on where it is known to be the whole of it.

A journal that goes on from a backup signs a second history wherever it had gone further before, and whoever kept a later
checkpoint can show that. So what is put back can only be read, and has no key to sign with, unless the backup was made after
the gateway had ended: then nothing was written since.
"""

import json
from pathlib import Path
from typing import Any, Final, NamedTuple

from gateway.audit import keys
from gateway.audit.backup import ABOUT, EARLIER, Told, copy, same, whole_tree
from gateway.audit.folder import RESTORED
from gateway.audit.receipt import JournalError
from gateway.audit.site_log import FOLDER as SITE
from gateway.audit.site_log import lanes_of
from gateway.files import put

#: What lies in a backup and is no part of the journal.
BESIDE: Final = ("policy", "license-keys")
#: How far the copy was verified.
VERIFIED: Final = "verified.json"
_KEYS: Final = (keys.KEY, keys.NEXT)


class About(NamedTuple):
    """What a backup says of itself: when it was begun, whether the gateway had ended, whether the seal's keys are in it."""

    made: str
    ended: bool
    keys: bool


def about(backup: Path) -> About:
    """JournalError where a folder is no backup."""
    try:
        said: Any = json.loads((backup / ABOUT).read_text("utf-8"))
        return About(str(said["made"]), said["ended"] is True, said["keys"] is True)
    except (OSError, ValueError, KeyError, TypeError):
        raise JournalError(
            f"`{backup}` is no backup", "the folder that `izin backup --out` names is wanted here"
        ) from None


def restore(backup: Path, target: Path, told: Told = lambda _: None) -> int:
    """Copy the journal of a backup to a new folder, or go on with that; how many files were copied. It can only be read.

    JournalError where something else is there already, OSError where it cannot be copied.
    """
    made = about(backup).made
    if target.exists() and any(target.iterdir()) and not (target / RESTORED).exists():
        raise JournalError(f"`{target}` is not empty", "name a folder that does not exist yet")
    places = [Path(), *(lane.relative_to(backup) for lane in lanes_of(backup))]
    for place in places:
        (target / place).mkdir(mode=0o700, parents=True, exist_ok=True)
        put(target / place / RESTORED, json.dumps({"from": made}).encode() + b"\n")
    count = 0
    for path in whole_tree(backup):
        if path.parts[0] in BESIDE or path.name in _KEYS or str(path) in (ABOUT, EARLIER, VERIFIED):
            continue
        if not same(backup / path, target / path):
            (target / path).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            copy(backup / path, target / path, told=told)
            count += 1
    return count


def write_on(backup: Path, target: Path) -> None:
    """Let a restored journal be written on: with its keys, and without the mark. It must have been verified."""
    lanes = [lane.relative_to(backup) for lane in lanes_of(backup)]
    for place in (Path(SITE), *lanes):
        for name in _KEYS:
            if (backup / place / name).exists():
                copy(backup / place / name, target / place / name, mode=0o600)
    for place in (*lanes, Path()):
        (target / place / RESTORED).unlink(missing_ok=True)
