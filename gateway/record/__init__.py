"""The record of what was decided and what came of it: entries as bytes (`entry`), and as people read them (`printed`)."""

from gateway.record.entry import (
    FORM,
    MAX_ENTRY,
    Compact,
    decision_entry,
    event_entry,
    forget,
    outcome_entry,
    private,
)
from gateway.record.kept import CAPS
from gateway.record.phases import decided_or_ended
from gateway.record.printed import EntryError, definitions, printed, read

__all__ = [
    "CAPS",
    "FORM",
    "MAX_ENTRY",
    "Compact",
    "EntryError",
    "decided_or_ended",
    "decision_entry",
    "definitions",
    "event_entry",
    "forget",
    "outcome_entry",
    "printed",
    "private",
    "read",
]
