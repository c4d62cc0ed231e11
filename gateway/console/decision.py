"""One decision, which answers four questions; the texts that it names; and its proof."""

import json
import re
from contextlib import closing
from typing import Any, Final

from starlette.responses import Response

from gateway.audit import proof as proofs
from gateway.audit.account import Line, Words, matters
from gateway.audit.history import reader_of_terms
from gateway.audit.index import Index
from gateway.audit.proof import About
from gateway.audit.proving import NotProved
from gateway.audit.query import blame, by_code
from gateway.audit.reader import Reader
from gateway.console import event_details
from gateway.console.visit import Denied, Visit
from gateway.console.words_of_events import EVENTS
from gateway.inert import inert
from gateway.instants import moment
from gateway.seal.note import NoteError

#: Octets of a text that are shown.
_MOST_SHOWN: Final = 200_000
_INSTANT: Final = re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?Z", re.ASCII)


def shown(visit: Visit) -> Response:
    """The decision or event with a code or id; a choice where several have the code."""
    with visit.console.review.index() as index:
        found = by_code(index, visit.parts["code"])
        if not found:
            raise Denied(404, "no entry")
        entry, outcome = found[0]
        blamed = blame(index, entry)
    if len(found) > 1:
        return visit.render("several.html", entries=[one for one, _ in found])
    visit.look("decision", {"entry": entry["id"]})
    texts = visit.console.review.texts
    words = Words(visit.language)
    at = moment(entry["time"], 0)
    common = {
        "entry": entry,
        "when": visit.clock.full(at),
        "raw": json.dumps([one for one in (entry, outcome) if one is not None], indent=1, ensure_ascii=True),
    }
    if entry["phase"] == "event":
        said = EVENTS.get(entry["event"])  # one of a later version has its name alone
        head = entry["event"] if said is None else said.said(visit.language)
        return visit.render(
            "event.html", head=head, lines=event_details.lines(visit, entry["details"]), **common
        )
    told = matters(entry, outcome, words, lambda digest: texts.read(digest) is not None, blamed)
    identity = entry["identity"]
    name = identity["agent"] or identity.get("name") or visit.say(f"one {identity['kind']}")
    return visit.render(
        "decision.html",
        name=name,
        headline=visit.headlines.of(entry["request"]["host"], entry["request"]["target"]),
        sections=[
            ("who", labelled(told.who)),
            ("rule", labelled([*_local(visit, told.ruling), *_because(visit, entry)])),
            ("terms", labelled(told.terms)),
            ("wire", labelled([*told.request, *_local(visit, told.outcome)])),
        ],
        documents=_documents(visit, entry),
        notice=_notice(visit, entry),
        **common,
    )


def labelled(lines: list[Line]) -> list[tuple[str, list[str]]]:
    """Lines by the label that they stand under."""
    found: list[tuple[str, list[str]]] = []
    for label, text in lines:
        if label or not found:
            found.append((label, []))
        found[-1][1].append(text)
    return found


def _local(visit: Visit, lines: list[Line]) -> list[Line]:
    """Lines of our own words, with their instants as the site's clock shows them."""

    def local(found: re.Match[str]) -> str:
        try:
            return visit.clock.full(moment(found[0], 0))
        except (ValueError, OverflowError):  # it only looks like one
            return found[0]

    return [(label, _INSTANT.sub(local, text)) for label, text in lines]


def _because(visit: Visit, entry: dict[str, Any]) -> list[Line]:
    """What the rule that decided gives as its reason, where the policy is still the one that was in force."""
    policy = visit.policy
    if entry["policy"] != policy.digest:
        return []
    found = (rule.because for host in policy.hosts for rule in host.rules if rule.id == entry["rule"])
    because = next((one for one in found if one is not None), None)
    return [] if because is None else [(visit.say("because"), because.said(visit.language))]


def _documents(visit: Visit, entry: dict[str, Any]) -> list[tuple[str, str]]:
    """What was stated to the host asked for: name and digest."""
    terms = reader_of_terms(visit.console.review.texts)(entry["terms"])
    key = None if terms is None else terms.key_for(entry["request"]["host"] or "")
    if terms is None or key is None:
        return []
    return sorted(terms.hosts[key].items())


def _notice(visit: Visit, entry: dict[str, Any]) -> list[str]:
    """The notice then in force, in each language in which it is kept."""
    texts = visit.console.review.texts
    terms = reader_of_terms(texts)(entry["terms"])
    octets = (
        []
        if terms is None
        else [texts.read(digest) for _, digest in sorted(terms.notice.items(), reverse=True)]
    )
    return [one.decode("utf-8", "replace") for one in octets if one is not None]


def text(visit: Visit) -> Response:
    """A text that entries name by its digest."""
    octets = visit.console.review.texts.read(visit.parts["digest"])
    if octets is None:
        raise Denied(404, "no text")
    shown_text = octets[:_MOST_SHOWN].decode("utf-8", "replace")
    return visit.render(
        "text.html", digest=visit.parts["digest"], name=visit.query.get("name", "")[:200], text=shown_text
    )


def proof(visit: Visit) -> Response:
    """The proof of one entry, as a file."""
    if not visit.form:
        return visit.go(f"/decisions/{visit.parts['code']}")
    return handed_over(visit, About(code=visit.parts["code"]), visit.parts["code"])


def handed_over(visit: Visit, about: About, name: str) -> Response:
    """A proof as a file to download, once the journal has on record that it was made."""
    try:
        reader, one = Reader(visit.console.folder), about.code is not None
        with closing(Index(reader, behind=one)) as index:  # its own: it may wait for the seal
            made = proofs.prove(index, about)
    except NotProved as error:
        said, hint = error.said.said(visit.language), error.hint.said(visit.language)
        raise Denied(409, "not proved", f"{said}; {hint}") from None
    except NoteError as error:
        raise Denied(409, "not proved", str(error)) from None
    visit.change("export", made.event)
    safe = "".join(char if char.isascii() and char.isalnum() else "-" for char in inert(name))[:64]
    return Response(
        made.octets,
        media_type="application/zip",
        headers={"Content-Disposition": f'attachment; filename="{safe}.izin-proof.zip"'},
    )
