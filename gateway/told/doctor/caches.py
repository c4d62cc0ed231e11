"""Does a cache in front mix up what readers and crawlers get?"""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Final

from gateway.told.doctor.case import READER, Case
from gateway.told.doctor.clients import REFUSALS
from gateway.told.doctor.finding import Finding, differs, ok, say, unclear
from gateway.told.doctor.tour import Seen
from gateway.told.doctor.visit import Got, Role, Visit
from gateway.told.doctor.words import decision_of, kept, problem, subject
from gateway.vocabulary import Sentence

_SHARED: Final = re.compile(r"(?:^|[,\s])(?:public|s-maxage)(?:$|[=,\s])", re.IGNORECASE)
_NO_STORE: Final = re.compile(r"(?:^|[,\s])no-store(?:$|[,\s])", re.IGNORECASE)


def copies(case: Case, seen: Seen) -> Iterator[Finding]:
    """Was a copy that a cache had kept of a reader's article given to a crawler that the policy refuses?"""
    mixed, asked = 0, 0
    for target in seen.targets:
        reader = next((v.got for v in seen.of(Role.ARTICLE, READER) if v.ask.target == target), None)
        for visit in seen.of(Role.ARTICLE, target=target):
            got = visit.got
            if (
                got is None
                or not case.expected(visit.ask.authority, target, visit.ask.visitor, seen.robots).refuses
            ):
                continue
            asked += 1
            if not got.served:
                continue
            mixed += 1
            shown = _copy(got, reader)
            if shown:
                yield differs(subject(visit), say(_KEPT_COPY, kept=shown), _EACH_JUDGED, _PAST_THE_CACHE)
            else:
                same = reader is not None and reader.body == got.body
                yield unclear(subject(visit), _SAME_TEXT if same else _SERVED_ANEW)
    if not asked:
        yield unclear("", _NOBODY_REFUSED)
    elif not mixed:
        yield ok("", say(_NO_COPY, count=asked))


def _copy(got: Got, reader: Got | None) -> str:
    """What shows that an answer is a copy of the reader's; empty if nothing does."""
    if kept(got):
        return kept(got)
    same = reader is not None and decision_of(got) and decision_of(got) == decision_of(reader)
    return f"Izin-Decision: {decision_of(got)}" if same else ""


def kept_refusals(_case: Case, seen: Seen) -> Iterator[Finding]:
    """A refusal must not be kept: one that is will sooner or later meet a reader."""
    wrong, refusals = 0, 0
    for visit in seen.visits:
        got = visit.got
        if got is None or not _is_refusal(visit, got):
            continue
        refusals += 1
        if kept(got):
            wrong += 1
            yield differs(subject(visit), say(_REFUSAL_KEPT, kept=kept(got)), _NEVER_KEPT, _KEEP_NONE)
        elif not _NO_STORE.search(got.field("cache-control")):
            wrong += 1
            seen_ = say(_CACHE_CONTROL, field=got.field("cache-control") or "–")
            yield differs(subject(visit), seen_, say(_CACHE_CONTROL, field="no-store"), _KEEP_NONE)
    for again in seen.of(Role.AGAIN):
        if again.got is not None and again.got.status >= 400 and _was_served(seen, again):
            wrong += 1
            yield differs(
                subject(again), say(_READER_MET_IT, status=again.got.status), _READER_SERVED, _KEEP_NONE
            )
    if refusals and not wrong:
        yield ok("", say(_NONE_KEPT, count=refusals))
    elif not refusals:
        yield unclear("", _NO_REFUSAL)


def _is_refusal(visit: Visit, got: Got) -> bool:
    """A refusal of ours: a problem document, or on an article the page that a reader is shown."""
    page = got.status in REFUSALS and visit.ask.role in {Role.ARTICLE, Role.AGAIN}
    return bool(problem(got)) or (page and bool(decision_of(got)))


def _was_served(seen: Seen, again: Visit) -> bool:
    visit = seen.first(Role.ARTICLE, READER, again.ask.target)
    return visit is not None and visit.got is not None and visit.got.served


def decision_field(_case: Case, seen: Seen) -> Iterator[Finding]:
    """`Izin-Decision`: on what no shared cache may store, never twice the same, never on what has leave to be stored."""
    replies = [
        (visit, visit.got)
        for visit in seen.visits
        if visit.got is not None and visit.ask.role is not Role.ORIGIN
    ]
    ids = Counter(decision_of(got) for _, got in replies if decision_of(got))
    pages = [
        (visit, got) for visit, got in replies if visit.ask.role in {Role.ARTICLE, Role.AGAIN} and got.served
    ]
    wrong = 0
    if not ids:
        yield differs("", _NO_IDS, _IDS, _THROUGH_IZIN)
        return
    for visit, got in replies:
        if ids[decision_of(got)] > 1 and visit.ask.role is not Role.DOCUMENT:
            wrong += 1
            yield differs(subject(visit), say(_TWICE, id=decision_of(got)), _ONCE, _CACHE_LESS)
            break
    for visit, got in pages:
        if decision_of(got) and _may_be_shared(got):
            wrong += 1
            field = (
                got.field("cdn-cache-control") or got.field("surrogate-control") or got.field("cache-control")
            )
            yield differs(subject(visit), say(_WITH_LEAVE, field=field), _LEAVE_OR_ID, _LEAVE_ALONE)
            break
    for visit, got in pages:
        if not decision_of(got) and not _may_be_shared(got):
            wrong += 1
            yield unclear(subject(visit), _WITHOUT, _LEAVE_UNSEEN)
            break
    if not wrong:
        yield ok("", say(_IDS_FINE, count=len(ids)))


def _may_be_shared(got: Got) -> bool:
    """Whether a shared cache has explicit leave to store it."""
    explicit = got.values("cdn-cache-control") or got.values("surrogate-control")
    return bool(explicit) or _SHARED.search(got.field("cache-control")) is not None


_KEPT_COPY: Final = Sentence("salinan dari tembolok ({kept})", "a copy that a cache had kept ({kept})")
_EACH_JUDGED: Final = Sentence("setiap perayap AI dinilai oleh Izin", "every AI crawler is judged by Izin")
_PAST_THE_CACHE: Final = Sentence(
    "lewatkan setiap klien yang mengaku otomatis melewati tembolok (bypass cache)",
    "send every client that says it is automated past the cache (bypass cache)",
)
_NOBODY_REFUSED: Final = Sentence(
    "tidak ada perayap yang ditolak pada artikel yang diperiksa",
    "no crawler is refused on the articles examined",
)
_SAME_TEXT: Final = Sentence(
    "isinya sama dengan yang diterima pembaca: salinan dari tembolok, atau jalur yang tidak melalui Izin",
    "the same text as the reader's: a copy that a cache kept, or a way that does not lead through Izin",
)
_SERVED_ANEW: Final = Sentence(
    "dilayani, tanpa tanda bahwa itu salinan", "served, with no sign that it is a copy"
)
_NO_COPY: Final = Sentence(
    "tidak ada salinan yang sampai kepada {count} perayap yang ditolak",
    "no kept copy reached any of {count} crawlers that are refused",
)
_REFUSAL_KEPT: Final = Sentence(
    "penolakan dari tembolok ({kept})", "a refusal that a cache had kept ({kept})"
)
_NEVER_KEPT: Final = Sentence("penolakan tidak pernah disimpan", "refusals are never kept")
_KEEP_NONE: Final = Sentence(
    "suruh tembolok mematuhi `no-store`, dan jangan menyimpan 402 dan 403",
    "have the cache heed `no-store`, and keep no 402 and 403",
)
_CACHE_CONTROL: Final = Sentence("Cache-Control: {field}", "Cache-Control: {field}")
_READER_MET_IT: Final = Sentence(
    "sesudah GPTBot, pembaca dijawab {status}", "after GPTBot, a reader is answered {status}"
)
_READER_SERVED: Final = Sentence("pembaca dilayani (200)", "the reader is served (200)")
_NONE_KEPT: Final = Sentence("{count} penolakan tidak disimpan", "{count} refusals are not kept")
_NO_REFUSAL: Final = Sentence("tidak ada penolakan dari Izin yang terlihat", "no refusal by Izin was seen")
_NO_IDS: Final = Sentence("tidak satu pun jawaban memuat Izin-Decision", "no reply bears Izin-Decision")
_IDS: Final = Sentence("Izin-Decision pada setiap jawaban", "Izin-Decision on every reply")
_THROUGH_IZIN: Final = Sentence(
    "periksa apakah situs ini dilayani melalui Izin, dan medan itu tidak dihapus di depannya",
    "see whether the site is served through Izin, and whether that field is removed in front of it",
)
_TWICE: Final = Sentence(
    "Izin-Decision {id} muncul lebih dari sekali", "Izin-Decision {id} came more than once"
)
_ONCE: Final = Sentence(
    "setiap permintaan punya keputusannya sendiri", "every request has a decision of its own"
)
_CACHE_LESS: Final = Sentence(
    "sebuah tembolok menyimpan yang tidak diizinkan: `max-age` saja bukan izin bagi tembolok bersama",
    "a cache keeps what it has no leave for: `max-age` alone is none for a shared cache",
)
_WITH_LEAVE: Final = Sentence("Izin-Decision bersama `{field}`", "Izin-Decision together with `{field}`")
_LEAVE_OR_ID: Final = Sentence(
    "leluasa disimpan, atau Izin-Decision: jangan keduanya", "leave to be stored or Izin-Decision, not both"
)
_LEAVE_ALONE: Final = Sentence(
    "jangan biarkan CDN mengubah medan tembolok sesudah Izin",
    "have no CDN change the cache fields after Izin",
)
_WITHOUT: Final = Sentence("artikel tanpa Izin-Decision", "an article without Izin-Decision")
_LEAVE_UNSEEN: Final = Sentence(
    "CDN mungkin menghapus medan yang memberinya leluasa menyimpan (`Surrogate-Control`)",
    "a CDN may take out the field that gives it leave to store (`Surrogate-Control`)",
)
_IDS_FINE: Final = Sentence("{count} keputusan, masing-masing sekali", "{count} decisions, each once")
