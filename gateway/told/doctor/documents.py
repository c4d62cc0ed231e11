"""Are our documents served as the policy states them? robots.txt may be in other words; the rest octet for octet."""

import hashlib
import re
from collections.abc import Iterator
from difflib import unified_diff
from typing import Final

from gateway.statements.statement import Document
from gateway.told.doctor.case import GPTBOT, SEARCH, Case
from gateway.told.doctor.compare import differences
from gateway.told.doctor.finding import Finding, differs, ok, say, unclear
from gateway.told.doctor.tour import DOCUMENTS, Seen
from gateway.told.doctor.visit import Got, Role, Visit
from gateway.told.doctor.words import trouble
from gateway.vocabulary import Sentence

#: How long a robots.txt may be kept (RFC 9309 section 2.4), in seconds.
LONGEST_KEPT: Final = 86_400
_MAX_AGE: Final = re.compile(r"(?:^|[,\s])max-age=\"?(\d{1,10})", re.IGNORECASE)
_MANAGED: Final = re.compile(r"BEGIN Cloudflare Managed|managed by (?:Cloudflare|the CDN)", re.IGNORECASE)
_TERM: Final = re.compile(r"\s*(license|content-signal|content-usage)\s*:", re.IGNORECASE)


def documents(case: Case, seen: Seen) -> Iterator[Finding]:
    """robots.txt, license.xml, tdmrep.json and tdm-policy.json: status, type, cache life and text."""
    for path in DOCUMENTS:
        visit = seen.first(Role.DOCUMENT, target=path)
        stated = case.said(seen.authority).documents.get(path)
        if visit is not None and stated is not None:
            yield from document(visit, stated, path, seen)


def document(visit: Visit, stated: Document, subject: str, seen: Seen) -> Iterator[Finding]:
    """One document at one host."""
    got = visit.got
    if got is None:
        yield trouble(visit)
        return
    if got.status != 200:
        seen_ = say(_STATUS, status=got.status, to=got.field("location") or "–")
        yield differs(subject, seen_, _ALWAYS_200, _LEAD_IT_THROUGH)
        return
    wrong = list(_around(got, stated, subject))
    if got.body == stated.body:
        found = ok(subject, say(_SAME, octets=len(got.body)))
    elif stated.path == "/robots.txt":
        found = _robots(got, stated, subject, seen)
    else:
        found = differs(subject, say(_OTHER_TEXT, line=_first_difference(got, stated)), _OCTETS, _whose(got))
    yield found
    yield from wrong


def _around(got: Got, stated: Document, subject: str) -> Iterator[Finding]:
    """Type and cache life."""
    if got.media_type != stated.media_type.partition(";")[0]:
        seen = say(_TYPE, type=got.field("content-type") or "–")
        yield differs(subject, seen, say(_TYPE, type=stated.media_type), _FIELDS_DROPPED)
    kept = got.field("cache-control").lower()
    age = _MAX_AGE.search(kept)
    if age is None and not re.search(r"no-(?:cache|store)", kept):
        yield differs(subject, _NO_LIFE, say(_LIFE, life=f"max-age={stated.max_age}"), _FIELDS_DROPPED)
    elif age is not None and int(age[1]) > LONGEST_KEPT:
        yield differs(subject, say(_LIFE, life=kept), say(_LIFE, life=f"max-age={stated.max_age}"), _SHORTER)


def _robots(got: Got, stated: Document, subject: str, seen: Seen) -> Finding:
    """A robots.txt in other words: what was put in, what is missing, and whether it means the same."""
    served, meant = got.text, stated.body.decode()
    line = _first_difference(got, stated)
    if _MANAGED.search(served):
        return differs(subject, _CLOUDFLARE, _OCTETS, _CLOUDFLARE_OFF)
    if "<html" in served[:2000].lower():
        return differs(subject, _IS_HTML, _OCTETS, _LEAD_IT_THROUGH)
    added = [term for term in _terms(served) if term not in _terms(meant)]
    if added:
        return differs(subject, say(_ADDED, line=": ".join(min(added))), _OCTETS, _whose(got))
    missing = [term for term in _terms(meant) if term not in _terms(served)]
    if missing:
        return differs(subject, say(_MISSING, line=": ".join(min(missing))), _OCTETS, _whose(got))
    tokens = (GPTBOT.name, SEARCH.name)
    stricter = None
    for found in differences(got.body, stated.body, tokens, ("/", *seen.targets), seen.robots):
        if found.opens:
            said = say(_OPENS, agent=found.token, path=found.path)
            return differs(subject, said, _OCTETS, _whose(got))
        stricter = stricter or found
    if stricter is None:
        return ok(subject, say(_SAME_MEANING, line=line))
    closes = say(_CLOSES, agent=stricter.token, path=stricter.path)
    if seen.robots is not None:
        return differs(subject, closes, _OCTETS, _whose(got))
    return unclear(subject, closes, _ASK_THE_ORIGIN)


def _terms(text: str) -> set[tuple[str, str]]:
    lines = ((_TERM.match(line), line) for line in text[:600_000].splitlines())
    return {(found[1].lower(), line[found.end() :].strip()) for found, line in lines if found is not None}


def _first_difference(got: Got, stated: Document) -> str:
    """The first line that one of both does not have, marked `+` or `-`."""
    theirs, ours = got.text.splitlines()[:5000], stated.body.decode().splitlines()
    if theirs == ours:
        return "\\n"
    for number, pair in enumerate(zip(ours, theirs, strict=False)):
        if pair[0] != pair[1]:
            ours, theirs = ours[number : number + 40], theirs[number : number + 40]
            break
    lines = [line for line in unified_diff(ours, theirs, lineterm="", n=0) if line[:3] not in {"---", "+++"}]
    return next((line for line in lines if line[0] in "+-" and line[1:].strip()), "…")


def _whose(got: Got) -> Sentence:
    """Who must look: our own entity tag says whether the text was changed on its way or is of another policy."""
    tag = f'"{hashlib.sha256(got.body).hexdigest()[:32]}"'
    return _OTHER_POLICY if got.field("etag").removeprefix("W/") == tag else _REWRITTEN


_STATUS: Final = Sentence("dijawab {status} (Location: {to})", "answered {status} (Location: {to})")
_ALWAYS_200: Final = Sentence("200, bagi siapa pun", "200, to everybody")
_LEAD_IT_THROUGH: Final = Sentence(
    "teruskan alamat ini ke Izin, jangan dijawab CDN atau server di depannya",
    "let this path through to Izin; neither the CDN nor a server in front may answer it",
)
_SAME: Final = Sentence("persis seperti dinyatakan ({octets} oktet)", "exactly as stated ({octets} octets)")
_SAME_MEANING: Final = Sentence(
    "kata-katanya lain, artinya sama: `{line}`", "in other words, with the same meaning: `{line}`"
)
_OCTETS: Final = Sentence("teks yang dicetak `izin statements`", "the text that `izin statements` prints")
_OTHER_TEXT: Final = Sentence("isinya lain: `{line}`", "another text: `{line}`")
_TYPE: Final = Sentence("jenis {type}", "type {type}")
_FIELDS_DROPPED: Final = Sentence(
    "biarkan medan kepala dari Izin lewat tanpa diubah", "let the header fields of Izin pass unchanged"
)
_NO_LIFE: Final = Sentence("tanpa `Cache-Control`", "without `Cache-Control`")
_LIFE: Final = Sentence("Cache-Control: {life}", "Cache-Control: {life}")
_SHORTER: Final = Sentence(
    "jangan simpan dokumen ini lebih dari sehari (RFC 9309 bagian 2.4)",
    "keep this document for a day at most (RFC 9309 section 2.4)",
)
_CLOUDFLARE: Final = Sentence(
    "Cloudflare menaruh blok terkelolanya di dalam berkas ini",
    "Cloudflare puts its managed block into this file",
)
_CLOUDFLARE_OFF: Final = Sentence(
    "matikan robots.txt terkelola (Managed robots.txt, Content Signals) di dasbor Cloudflare",
    "turn off Managed robots.txt and its Content Signals in the Cloudflare dashboard",
)
_ADDED: Final = Sentence("ada yang menambahkan baris `{line}`", "somebody adds the line `{line}`")
_IS_HTML: Final = Sentence("halaman HTML, bukan robots.txt", "an HTML page, no robots.txt")
_MISSING: Final = Sentence("tidak ada baris `{line}`", "the line `{line}` is missing")
_OPENS: Final = Sentence(
    "membuka `{path}` bagi {agent}, yang ditutup kebijakan",
    "opens `{path}` to {agent}, which the policy closes",
)
_CLOSES: Final = Sentence(
    "menutup `{path}` bagi {agent}, yang dibuka kebijakan",
    "closes `{path}` to {agent}, which the policy opens",
)
_ASK_THE_ORIGIN: Final = Sentence(
    "mungkin itu aturan robots.txt situs asal; `--origin-address` memastikannya",
    "perhaps the origin's own robots.txt says so; `--origin-address` tells",
)
_REWRITTEN: Final = Sentence(
    "ada yang mengubahnya di jalan, atau kebijakan lain yang berlaku; bandingkan dengan `izin statements`",
    "it is changed on its way, or another policy is in force; compare with `izin statements`",
)
_OTHER_POLICY: Final = Sentence(
    "teks ini utuh dari Izin, tetapi dari kebijakan lain: apakah folder ini yang sedang dipakai?",
    "this text comes whole from Izin, but of another policy: is this the folder in use?",
)
