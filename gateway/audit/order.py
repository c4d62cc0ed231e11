"""Orders as they are asked for: checked member by member, before they become events of the journal."""

import re
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any, Final

from gateway.audit.rewriting import CLEARED
from gateway.rates.ledger import RECOUNT
from gateway.rates.quota import MOST
from gateway.record.exported import FORMS
from gateway.vocabulary import Mode

_HOST = re.compile(r"\*|(?:\*\.)?[a-z0-9_](?:[a-z0-9_.-]{0,251}[a-z0-9_])?")
_SHA256 = re.compile(r"[0-9a-f]{64}")
#: The form of what `izin audit prove` writes.
PROOF: Final = "proof"
#: The pages of the review console that show what is about people, and what it changes of its accounts.
LOOKS: Final = ("decision", "readers", "address", "list")
CHANGES: Final = ("added", "removed", "password", "sessions-ended")
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
#: A segment, or octets that a recovery saved.
_REMOVED_FROM: Final = re.compile(r"[0-9]{20}(\.izj|-[0-9]{1,20}\.torn)")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_MADE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_AGENT = re.compile(r"[ -~]{1,64}")


def _mode(asked: Mapping[str, Any]) -> dict[str, Any]:
    mode, host = asked["mode"], asked.get("host", "*")
    if mode is not None and mode not in list(Mode):
        raise ValueError("`mode` is neither `observe` nor `enforce` nor null")
    if not isinstance(host, str) or not _HOST.fullmatch(host):
        raise ValueError("`host` is neither a host name nor `*.name` nor `*`")
    return {"mode": mode, "host": host, "until": _until(asked)}


def _block(asked: Mapping[str, Any]) -> dict[str, Any]:
    agent = asked["agent"]
    if not isinstance(agent, str) or not _AGENT.fullmatch(agent) or agent != agent.strip():
        raise ValueError("`agent` is not a name of at most 64 printable ASCII characters")
    return {"agent": agent, "until": _until(asked)}


def _export(asked: Mapping[str, Any]) -> dict[str, Any]:
    """What `izin audit export` or `prove` has written: an order to nobody, but a look at personal data, and so on record."""
    form, entries, digest, asked_for = (asked[name] for name in ("format", "entries", "sha256", "asked"))
    if form not in (*FORMS, PROOF) or not isinstance(entries, int) or not 0 <= entries < 1 << 53:
        raise ValueError("`format` or `entries` is not that of an export")
    if not isinstance(digest, str) or not _SHA256.fullmatch(digest) or not isinstance(asked_for, dict):
        raise ValueError("`sha256` or `asked` is not that of an export")
    return {"format": form, "entries": entries, "sha256": digest, "asked": asked_for}


def _revoke(asked: Mapping[str, Any]) -> dict[str, Any]:
    license, token, at = asked["license"], asked.get("token"), asked["at"]
    if not isinstance(license, str) or not _ID.fullmatch(license):
        raise ValueError("`license` is not the id of a license")
    if token is not None and (not isinstance(token, str) or not _ID.fullmatch(token)):
        raise ValueError("`token` is neither the id of a token nor null")
    if not isinstance(at, int) or isinstance(at, bool) or not 0 <= at < 1 << 53:
        raise ValueError("`at` is not microseconds since 1970")
    return {"license": license, "token": token, "at": at, "until": _until(asked)}


def _removal(asked: Mapping[str, Any]) -> dict[str, Any]:
    """What is about to be taken out of a segment; no order either, but on record before it is done."""
    file, why = asked["file"], asked["why"]
    numbers = {name: asked[name] for name in ("first", "last", "entries")}
    if not isinstance(file, str) or not _REMOVED_FROM.fullmatch(file) or not _is_text(why, 800):
        raise ValueError("`file` or `why` is not that of a removal")
    cleared, digest = asked.get(CLEARED, 0), asked.get("values")
    whole = all(type(one) is int and 0 <= one < 1 << 53 for one in (*numbers.values(), cleared))
    if not whole or not isinstance(asked["counts"], dict):
        raise ValueError("`first`, `last`, `entries` and `counts` are not those of a removal")
    if digest is not None and not (isinstance(digest, str) and _SHA256.fullmatch(digest)):
        raise ValueError("`values` is not a digest")
    told = {name: asked[name] for name in ("held", "keep", "until", "values", CLEARED) if name in asked}
    return {"file": file, "why": why, "counts": asked["counts"], **numbers, **told}


def _hold(asked: Mapping[str, Any]) -> dict[str, Any]:
    if not isinstance(asked["hold"], str) or not _ID.fullmatch(asked["hold"]):
        raise ValueError("`hold` is not a name of letters, digits, `.`, `-` and `_`, at most 64")
    if not _is_text(asked["why"], 200):
        raise ValueError("`why` is not a text of at most 200 characters")
    named = {}
    for name in ("operators", "addresses"):
        named[name] = asked.get(name, [])
        if not isinstance(named[name], list) or not all(_is_text(one, 200) for one in named[name]):
            raise ValueError(f"`{name}` is not a list of names")
    times = {name: _until({"until": asked.get(name)}) for name in ("since", "until")}
    return {"hold": asked["hold"], "why": asked["why"], **times, **named}


def _release(asked: Mapping[str, Any]) -> dict[str, Any]:
    return {"hold": _hold({**asked, "why": "-"})["hold"]}


def _recount(asked: Mapping[str, Any]) -> dict[str, Any]:
    """How many requests an operator says were taken from a license's quota in one period of it."""
    license, used = asked["license"], asked["used"]
    if not isinstance(license, str) or not _ID.fullmatch(license):
        raise ValueError("`license` is not the id of a license")
    if type(used) is not int or not 0 <= used <= MOST:
        raise ValueError(f"`used` is not a number from 0 to {MOST}")
    days = {name: asked[name] for name in ("day", "first", "last")}
    if not all(isinstance(day, str) and _DAY.fullmatch(day) for day in days.values()):
        raise ValueError("`day`, `first` and `last` are not days")
    day, first, last = map(date.fromisoformat, days.values())
    if not first <= day <= last or last - first > timedelta(days=366):
        raise ValueError("`day`, `first` and `last` are not those of a period")
    return {"license": license, "used": used, **days}


def _is_text(value: Any, most: int) -> bool:
    return isinstance(value, str) and 0 < len(value) <= most and value.isprintable()


def _catalogue(asked: Mapping[str, Any]) -> dict[str, Any]:
    """A signed catalogue that `izin agents update` has laid down: digests of the one before and of this one."""
    before, after, made, signed_by = (asked[name] for name in ("before", "after", "made", "signed_by"))
    if not all(isinstance(one, str) and _DIGEST.fullmatch(one) for one in (before, after)):
        raise ValueError("`before` or `after` is no digest")
    if not isinstance(made, str) or not _MADE.fullmatch(made):
        raise ValueError("`made` is no time")
    if not isinstance(signed_by, list) or not 0 < len(signed_by) <= 16:
        raise ValueError("`signed_by` is not a list of names of keys")
    if not all(_is_text(name, 200) for name in signed_by):
        raise ValueError("`signed_by` is not a list of names of keys")
    return {"before": before, "after": after, "made": made, "signed_by": signed_by}


def _set_aside(asked: Mapping[str, Any]) -> dict[str, Any]:
    """Entries that a follower's place will never take: how many, the first and the last, and why the last."""
    numbers = {name: asked[name] for name in ("entries", "first", "last")}
    if not all(type(one) is int and 0 < one < 1 << 53 for one in numbers.values()):
        raise ValueError("`entries`, `first` and `last` are not numbers of entries")
    if not _is_text(asked["to"], 2000) or not _is_text(asked["why"], 200):
        raise ValueError("`to` or `why` is not a text")
    return {"to": asked["to"], "why": asked["why"], **numbers}


def _look(asked: Mapping[str, Any]) -> dict[str, Any]:
    """What somebody looked at in the review console that is about people: no order either."""
    if asked["page"] not in LOOKS or not isinstance(asked["asked"], dict):
        raise ValueError("`page` or `asked` is not that of a look")
    return {"page": asked["page"], "asked": asked["asked"]}


def _account(asked: Mapping[str, Any]) -> dict[str, Any]:
    """A change of the console's accounts."""
    if asked["change"] not in CHANGES or not _is_text(asked["name"], 64):
        raise ValueError("`change` or `name` is not that of a change of accounts")
    return {"change": asked["change"], "name": asked["name"]}


def _until(asked: Mapping[str, Any]) -> int | None:
    until = asked.get("until")
    if until is not None and (
        not isinstance(until, int) or isinstance(until, bool) or not 0 <= until < 1 << 53
    ):
        raise ValueError("`until` is neither microseconds since 1970 nor null")
    return until


#: What may be ordered through the socket, and how each order is read.
ORDERS: Final[Mapping[str, Callable[[Mapping[str, Any]], dict[str, Any]]]] = {
    "mode": _mode,
    "block": _block,
    "export": _export,
    "revoke": _revoke,
    RECOUNT: _recount,
    "removal": _removal,
    "hold": _hold,
    "release": _release,
    "catalogue": _catalogue,
    "set-aside": _set_aside,
    "look": _look,
    "account": _account,
}


def read_order(asked: Any) -> tuple[str, dict[str, Any]]:
    """The event's name and details; a ValueError that says what is wrong.

    Any of them may say in ``account`` for whom the review console gives it.
    """
    if (
        not isinstance(asked, Mapping)
        or not isinstance(asked.get("event"), str)
        or asked["event"] not in ORDERS
    ):
        raise ValueError(f"`event` must be one of {', '.join(f'`{name}`' for name in ORDERS)}")
    try:
        details = ORDERS[asked["event"]](asked)
        if "account" in asked:
            if not _is_text(asked["account"], 64):
                raise ValueError("`account` is not the name of an account")
            details["account"] = asked["account"]
        return asked["event"], details
    except KeyError as error:
        raise ValueError(f"`{error.args[0]}` is missing") from None
