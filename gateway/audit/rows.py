"""Rows of the index: what is put down of each entry, and the words and paths that are put down once."""

# ruff: noqa: S608 -- statements are made here, of constants and question marks

import ipaddress
import sqlite3
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

from gateway.audit.minutes import DECISION, OUTCOME, Row
from gateway.audit.reader import Position
from gateway.audit.referrals import EVENT as REFERRALS
from gateway.record import read
from gateway.record.printed import Brief, Shared, read_brief
from gateway.request import read_target
from gateway.told.violations import Violations
from gateway.vocabulary import AI_PURPOSES, Kind, Verdict

INSERT: Final = f"INSERT OR IGNORE INTO {{}} VALUES ({', '.join('?' * len(Row._fields))})"
#: Words, paths and rulings that are remembered.
_REMEMBERED: Final = 100_000
_AI: Final = frozenset(purpose.value for purpose in AI_PURPOSES)
_Id = int | None
_Ruled = tuple[_Id, _Id, _Id, _Id, _Id, _Id, _Id]


class Rows:
    """Makes the rows of one index. What is remembered is forgotten where a transaction is taken back."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._words: dict[str, int] = {}
        self._paths: dict[str, int] = {}
        self._hosts: dict[str, int] = {}
        # By the ruling itself, which is kept alive with its words, so that its id is its own.
        self._rulings: dict[int, tuple[Mapping[str, Any], _Ruled, _Id]] = {}

    def forget(self) -> None:
        """Forget every number."""
        self._words.clear()
        self._paths.clear()
        self._hosts.clear()
        self._rulings.clear()

    def row(self, here: Position, payload: bytes, table: Shared, violations: Violations | None = None) -> Row:
        """The row of the entry at a place; EntryError if it cannot be read. Without ``violations`` an entry is looked at
        again: nothing is found out or counted."""
        brief = read_brief(payload, table)
        if brief is not None and (brief.end is not None or brief.ruling["identity"]["operator"] is None):
            return self._brief(here, brief, violations)
        members = read(payload, table)
        finding = None if violations is None else violations.after(here.seq, members)
        if violations is not None and members["phase"] == "event" and members["event"] == REFERRALS:
            self._referred(here.seq, members)
        first = (here.seq, here.segment, here.offset, members["at"], members["id"][-8:].upper())
        if members["phase"] != "decision":
            return Row(*first, self._word(members["phase"]), event=self._word(members.get("event")))
        identity, client, target = members["identity"], members["client"], members["request"]["target"]
        low, bits = span(client.get("address") or client["network"] or "")
        return Row(
            *first,
            DECISION,
            *self._ruled(members, identity),
            None if target is None else self._path(target),
            client.get("pseudonym"),
            low,
            bits,
            standing=None if finding is None else self._word(finding.standing.value),
            since=None if finding is None else finding.since,
            served=None if finding is None else finding.served,
            audience=self._word(members["audience"]),
            host=self._host(members),
            observed=_observed(members),
            status=_status(members),
            violation=1 if finding is not None and finding.standing.violation else None,
        )

    def _brief(self, here: Position, brief: Brief, violations: Violations | None) -> Row:
        """The row of a compact decision or of an outcome, nearly all that a journal holds."""
        first = (here.seq, here.segment, here.offset, brief.at, brief.id[-8:].upper())
        if brief.end is not None:
            if violations is not None:
                violations.after(here.seq, _outcome(brief))
            return Row(*first, OUTCOME, bytes=brief.octets, ended=self._word(brief.end))
        ruling = brief.ruling
        if violations is not None:
            violations.after(here.seq, {"phase": "decision", "at": brief.at, **ruling})
        known = self._rulings.get(id(ruling))
        if known is None:
            if len(self._rulings) >= _REMEMBERED:
                self._rulings.clear()
            audience = self._word(ruling["audience"])
            known = self._rulings[id(ruling)] = ruling, self._ruled(ruling, ruling["identity"]), audience
        low, bits = span(brief.network)
        return Row(
            *first,
            DECISION,
            *known[1],
            None if brief.target is None else self._path(brief.target),
            brief.pseudonym,
            low,
            bits,
            audience=known[2],
            observed=_observed(ruling),
            status=_status(ruling),
        )

    def _ruled(self, ruling: Mapping[str, Any], identity: Mapping[str, Any]) -> _Ruled:
        """The columns from `verdict` to `license`."""
        return (
            self._word(ruling["verdict"]),
            self._word(identity["kind"]),
            self._word(identity["agent"] or identity.get("name")),
            self._word(identity["operator"]),
            self._word(identity["purpose"]),
            self._word(ruling["rule"]),
            self._word(ruling["license"]),
        )

    def _host(self, members: Mapping[str, Any]) -> int | None:
        """The host of a page that a crawler for AI was not let have, or would not have been; else nothing."""
        identity, host = members["identity"], members["request"]["host"]
        if (
            members["verdict"] == Verdict.ALLOW
            or identity["kind"] != Kind.AGENTS
            or identity["purpose"] not in _AI
        ):
            return None
        return (
            self._once(self._hosts, "hosts", {"text": host}) if host not in self._hosts else self._hosts[host]
        )

    def _referred(self, seq: int, event: dict[str, Any]) -> None:
        """The readers whom each service sent, as far as the event tells."""
        readers = event["details"].get("readers")
        for service, count in readers.items() if isinstance(readers, dict) else ():
            if isinstance(count, int) and 0 <= count < 1 << 53:
                row = (seq, event["at"], service, count)
                self._db.execute("INSERT OR IGNORE INTO referrals VALUES (?, ?, ?, ?)", row)

    def _word(self, text: str | None) -> int | None:
        if text is None:
            return None
        known = self._words.get(text)
        return self._once(self._words, "words", {"text": text}) if known is None else known

    def _path(self, target: str) -> int:
        known = self._paths.get(target)
        if known is not None:
            return known
        # A target that was cut ends in `…`, which no reading of a path may hold.
        both = read_target(target.removesuffix("…").encode("ascii", "replace"))
        canonical, lenient = (both.canonical, both.lenient) if both else (target, target)
        values = {"text": target, "canonical": canonical, "lenient": lenient}
        return self._once(self._paths, "paths", values)

    def _once(self, known: dict[str, int], table: str, values: dict[str, str]) -> int:
        """The id of a text that the table holds once, put there if it is new, and remembered."""
        row = self._db.execute(f"SELECT id FROM {table} WHERE text = ?", (values["text"],)).fetchone()
        if row is None:
            marks = ", ".join("?" * len(values))
            sql = f"INSERT INTO {table} ({', '.join(values)}) VALUES ({marks}) RETURNING id"
            row = self._db.execute(sql, tuple(values.values())).fetchone()
        if len(known) >= _REMEMBERED:
            known.clear()
        known[values["text"]] = found = int(row[0])
        return found


def _observed(ruling: Mapping[str, Any]) -> int | None:
    """Whether a refusal was let pass, since the site only observed."""
    return 1 if ruling["verdict"] != Verdict.ALLOW and not ruling["enforced"] else None


def _status(ruling: Mapping[str, Any]) -> int | None:
    """What a refusal was answered with, or would have been."""
    return None if ruling["verdict"] == Verdict.ALLOW else ruling["status"]


def _outcome(brief: Brief) -> dict[str, Any]:
    """What `Violations` looks at in an outcome."""
    return {"phase": "outcome", "at": brief.at, "of": brief.id, "end": brief.end, "status": brief.status}


@lru_cache(8192)
def span(client: str) -> tuple[bytes, int] | tuple[None, None]:
    """An address or network as its first address, in octets that sort, and the length of its prefix.

    IPv4 and IPv6 are told apart by the first octet. One that lies within another begins in it and is no shorter.
    """
    try:
        network = ipaddress.ip_network(client, strict=False)
    except ValueError:
        return None, None
    return (b"\4" if network.version == 4 else b"\6") + network.network_address.packed, network.prefixlen
