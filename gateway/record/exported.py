"""Entries in the forms that other programs read: JSON Lines, CSV, and the Combined Log of web servers.

What stands in an entry came from anybody. In CSV (RFC 4180) no cell begins as a formula of a spreadsheet does, and in the
Combined Log no value ends its quotes or its line.
"""

import csv
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from io import StringIO
from typing import Any, Final, NamedTuple

Members = Mapping[str, Any]


class Form(NamedTuple):
    """A form of export: its first line, if it has one, and the line of an entry (empty where the form has none for it).

    ``paired`` forms tell a decision together with its outcome, and nothing else.
    """

    head: str
    line: Callable[[Members, Members | None], str]
    paired: bool


def _jsonl(entry: Members, _outcome: Members | None) -> str:
    """The entry as `izin audit query --json` shows it."""
    return json.dumps(entry, ensure_ascii=True, separators=(",", ":")) + "\n"


#: The columns of CSV, and where each stands in a decision; the last three are its outcome's.
COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "time": ("time",),
    "id": ("id",),
    "seq": ("seq",),
    "method": ("request", "method"),
    "host": ("request", "host"),
    "target": ("request", "target"),
    "user_agent": ("request", "user_agent"),
    "address": ("client", "address"),
    "pseudonym": ("client", "pseudonym"),
    "network": ("client", "network"),
    "kind": ("identity", "kind"),
    "agent": ("identity", "agent"),
    "operator": ("identity", "operator"),
    "purpose": ("identity", "purpose"),
    "assurance": ("identity", "assurance"),
    "verdict": ("verdict",),
    "enforced": ("enforced",),
    "status": ("status",),
    "rule": ("rule",),
    "reasons": ("reasons",),
    "license": ("license",),
    "policy": ("policy",),
    "terms": ("terms",),
}
_OUTCOME: Final = {"outcome_status": "status", "bytes": "bytes", "end": "end"}
#: With one of these, wide forms of them too, a spreadsheet begins a formula (OWASP, CSV Injection).
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001


def _csv(entry: Members, outcome: Members | None) -> str:
    row = [csv_cell(_at(entry, path)) for path in COLUMNS.values()]
    row += ["" if outcome is None else csv_cell(outcome[name]) for name in _OUTCOME.values()]
    return _row(row)


def _row(cells: list[str]) -> str:
    out = StringIO()
    csv.writer(out).writerow(cells)
    return out.getvalue()


def _at(entry: Members, path: tuple[str, ...]) -> Any:
    found: Any = entry
    for name in path:
        found = found.get(name)
    return found


def csv_cell(value: Any) -> str:
    """A value as text that no spreadsheet takes for a formula."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    text = " ".join(map(str, value)) if isinstance(value, list) else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def _combined(entry: Members, outcome: Members | None) -> str:
    """A line of the Combined Log: a pseudonym in place of a reader's address, the agent's name as the user's.

    The version of HTTP is not recorded, so 1.1 stands for it; neither is the referring page.
    """
    client, request, identity = entry["client"], entry["request"], entry["identity"]
    host = client.get("address") or client.get("pseudonym") or client["network"] or "-"
    user = (identity["agent"] or identity.get("name") or "-").replace(" ", "_")
    when = datetime.fromisoformat(entry["time"]).astimezone(UTC)
    target = "-" if request["target"] is None else request["target"]
    status = entry["status"] if outcome is None else outcome["status"]
    octets = None if outcome is None else outcome["bytes"]
    return (
        f"{_bare(host)} - {_bare(user)} [{when:%d}/{_MONTHS[when.month - 1]}/{when:%Y:%H:%M:%S} +0000]"
        f' "{_quoted(request["method"])} {_quoted(target)} HTTP/1.1" {_shown(status)} {_shown(octets)} "-"'
        f' "{_quoted(request.get("user_agent") or "-")}"\n'
    )


#: As every locale of every web server writes them.
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def _shown(number: int | None) -> str:
    return "-" if number is None else str(number)


def _quoted(text: str) -> str:
    """The text with quotes, backslashes and whatever is not printable ASCII as nginx writes it (``\\x22``)."""
    return "".join(
        char if " " <= char <= "~" and char not in '"\\' else "".join(f"\\x{o:02X}" for o in char.encode())
        for char in text
    )


def _bare(text: str) -> str:
    """A word of the line's head."""
    return "".join(char if "!" <= char <= "~" else "_" for char in text)


FORMS: Final[Mapping[str, Form]] = {
    "jsonl": Form("", _jsonl, paired=False),
    "csv": Form(_row([*COLUMNS, *_OUTCOME]), _csv, paired=True),
    "combined": Form("", _combined, paired=True),
}
