"""W3C Trace Context: by which trace a request is known to the tools of whoever watches the site.

Izin is no part of a trace: both fields are passed on as they came, whatever is in them. Only one that a reader of the
recommendation would go by is recorded, so that an entry names no trace that nobody else knows.
"""

import re
from typing import Final

#: The field of it that is read; `tracestate` is the tools' own business.
TRACEPARENT: Final = "traceparent"
#: Where a proxy puts it among the header fields of a request, and what stands beside it.
TRACED: Final = frozenset({TRACEPARENT, "tracestate"})

# Trace Context level 1 section 3.2 (level 2 has the same form): lower-case hexadecimal digits only.
_FORM: Final = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-[!-~]*)?")
_NO_TRACE: Final = "0" * 32
_NO_PARENT: Final = "0" * 16


def trace_of(text: str | None) -> str | None:
    """The trace that a `traceparent` names, `00-TRACE-PARENT-FLAGS` (55 characters); None of none or of one to be ignored.

    To be ignored are version ff, ids of zeros only, several fields, and whatever has another form (section 3.2.2). Of a later
    version its first four parts count, and nothing that follows them (section 4.3).
    """
    found = None if text is None else _FORM.fullmatch(text)
    if found is None:
        return None
    version, trace, parent, flags, more = found.groups()
    if (
        version == "ff"
        or trace == _NO_TRACE
        or parent == _NO_PARENT
        or (version == "00" and more is not None)
    ):
        return None
    return f"00-{trace}-{parent}-{flags}"


def trace_id(trace: str) -> str:
    """The id that all parts of a trace share, of what `trace_of` gave."""
    return trace[3:35]
