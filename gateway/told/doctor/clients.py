"""Does each client get what the policy says, and is a refusal whole? The expectation is the gateway's own `decide`."""

from collections.abc import Iterator
from typing import Final

from gateway.decision import Decision
from gateway.enforce.slots import plain
from gateway.told.doctor.case import READER, Case
from gateway.told.doctor.finding import Finding, Subject, differs, ok, say, unclear
from gateway.told.doctor.tour import Seen
from gateway.told.doctor.visit import Got, Role, Visit
from gateway.told.doctor.words import decision_of, failure, kept, problem, subject, trouble
from gateway.vocabulary import Sentence, Verdict

#: What a reader who is refused meets: the page, not the problem document.
REFUSALS: Final = frozenset({401, 402, 403, 451})
#: Rules that this machine cannot know of: an order at the gateway, a name that we cannot bear out, the origin's own file.
_UNKNOWABLE: Final = {
    "block": Sentence("ada perintah `izin block`", "an order of `izin block` is in force"),
    "impostors": Sentence(
        "mesin ini bukan milik operatornya, jadi namanya terbantah; yang sungguhan tidak diuji",
        "this machine is not its operator's, so the name is contradicted; the real one was not tested",
    ),
    "origin-robots": Sentence("robots.txt situs asal menutupnya", "the origin's robots.txt closes it"),
    "journal": Sentence(
        "jurnal gerbang sedang tidak dapat ditulis", "the gateway's journal cannot be written now"
    ),
}


def clients(case: Case, seen: Seen) -> Iterator[Finding]:
    """An article as a reader and as a crawler for each purpose: served, refused, or offered a license as stated."""
    visits = list(seen.of(Role.ARTICLE))
    if not visits:
        yield unclear("", _NO_ARTICLE, _NAME_ONE)
    for visit in visits:
        yield judged(case, seen, visit)


def judged(case: Case, seen: Seen, visit: Visit) -> Finding:
    """One client's answer beside what the policy decides about it."""
    got, who = visit.got, subject(visit)
    if got is None:
        if visit.ask.visitor is READER:
            return differs(who, failure(visit), _SERVED, _IS_IT_DOWN)
        return trouble(visit)
    decision = case.expected(visit.ask.authority, visit.ask.target, visit.ask.visitor, seen.robots)
    # A busy or broken site says nothing about its terms; to a reader it is a difference all the same.
    if got.status == 429 or (got.status >= 500 and visit.ask.visitor is not READER):
        return unclear(who, say(_STATUS, status=got.status), _UNKNOWABLE.get(str(problem(got).get("rule"))))
    return (
        _refusal(who, got, decision) if decision.refuses else _served(case, seen, who, visit, got, decision)
    )


def _refusal(who: Subject, got: Got, decision: Decision) -> Finding:
    """A client that the policy refuses."""
    expected = say(
        _OFFERED if decision.verdict is Verdict.LICENSE else _REFUSED,
        status=decision.status,
        rule=decision.rule,
    )
    if got.status < 400:
        seen = (
            say(_WAS_SERVED_FROM, status=got.status, kept=kept(got))
            if kept(got)
            else say(_STATUS, status=got.status)
        )
        return differs(who, seen, expected, _PAST_THE_CACHE if kept(got) else _THROUGH_IZIN)
    document = problem(got)
    rule = str(document.get("rule", ""))
    if not document:
        return differs(who, say(_NOT_OURS, status=got.status), expected, _LET_US_REFUSE)
    if got.status != decision.status or rule != decision.rule:
        said = say(_OTHER_RULE, status=got.status, rule=rule)
        if rule in _UNKNOWABLE:
            return unclear(who, said, _UNKNOWABLE[rule])
        return differs(who, said, expected, _SAME_POLICY)
    return ok(
        who, say(_OFFERED if decision.verdict is Verdict.LICENSE else _REFUSED, status=got.status, rule=rule)
    )


def _served(case: Case, seen: Seen, who: Subject, visit: Visit, got: Got, decision: Decision) -> Finding:
    """A client that the policy lets through."""
    if got.served or got.status == 304:
        return ok(who, say(_STATUS, status=got.status) if decision.enforced else _OBSERVED)
    document = problem(got)
    rule = str(document.get("rule", ""))
    if rule in _UNKNOWABLE:
        return unclear(who, say(_OTHER_RULE, status=got.status, rule=rule), _UNKNOWABLE[rule])
    page = visit.ask.visitor is READER and got.status in REFUSALS and decision_of(got)
    if document or page:
        return differs(who, say(_OTHER_RULE, status=got.status, rule=rule or "–"), _SERVED, _SAME_POLICY)
    if got.diverted:
        return differs(who, say(_LEADS, status=got.status, to=got.field("location")), _SERVED, _IS_IT_DOWN)
    reader = seen.first(Role.ARTICLE, READER, visit.ask.target)
    if visit.ask.visitor is READER:
        return differs(who, say(_STATUS, status=got.status), _SERVED, _IS_IT_DOWN)
    if reader is not None and reader.got is not None and reader.got.status == got.status:
        return unclear(who, say(_STATUS, status=got.status))
    agent = case.policy.agents.find(visit.ask.visitor.name)
    if agent is not None and agent.verify is not None:
        # Many CDNs check a search engine's address themselves, and ours is not one of its.
        return unclear(who, say(_NOT_OURS, status=got.status), _PERHAPS_CHECKED)
    return differs(who, say(_NOT_OURS, status=got.status), _SERVED, _LET_US_REFUSE)


def refusals(case: Case, seen: Seen) -> Iterator[Finding]:
    """Is each refusal whole: decision id, notice, what it varies by, and for 401 and 402 how to ask?"""
    whole = 0
    for visit in seen.visits:
        got = visit.got
        if got is None or not problem(got) or visit.ask.role is Role.ORIGIN:
            continue
        wrong = list(_wanting(case, got))
        whole += not wrong
        for said, expected in wrong:
            yield differs(subject(visit), said, expected, _FIELDS)
    if whole:
        yield ok("", say(_WHOLE, count=whole))


def _wanting(case: Case, got: Got) -> Iterator[tuple[Sentence, Sentence]]:
    document = problem(got)
    if got.values("izin-decision") != [document["decision"]]:
        yield say(_DECISION, id=decision_of(got) or "–"), say(_DECISION, id=document["decision"])
    notice, stated = document.get("notice"), plain(case.policy.rights.notice.id)
    shown = notice.get("id") if isinstance(notice, dict) else notice
    if shown != stated:
        yield say(_NOTICE, notice=shown), say(_NOTICE, notice=stated)
    if not {"accept", "*"} & {one.strip().lower() for one in got.field("vary").split(",")}:
        yield say(_VARY, vary=got.field("vary") or "–"), say(_VARY, vary="Accept")
    if got.status in {401, 402} and not got.field("www-authenticate").startswith("License"):
        yield say(_ASKING, field=got.field("www-authenticate") or "–"), say(_ASKING, field="License …")


_NO_ARTICLE: Final = Sentence("tidak ada artikel yang ditemukan", "no article was found")
_NAME_ONE: Final = Sentence(
    "sebutkan satu dengan `--article /alamat/artikel`", "name one with `--article /path/of/an/article`"
)
_SERVED: Final = Sentence("dilayani (200)", "served (200)")
_STATUS: Final = Sentence("dijawab {status}", "answered {status}")
_OBSERVED: Final = Sentence(
    "dilayani: mode `observe` tidak menolak siapa pun", "served: mode `observe` refuses nobody"
)
_REFUSED: Final = Sentence("ditolak {status} ({rule})", "refused {status} ({rule})")
_OFFERED: Final = Sentence("ditawari lisensi {status} ({rule})", "offered a license {status} ({rule})")
_WAS_SERVED_FROM: Final = Sentence(
    "dilayani {status} dari tembolok ({kept})", "served {status} by a cache ({kept})"
)
_OTHER_RULE: Final = Sentence(
    "dijawab {status} menurut aturan `{rule}`", "answered {status} by rule `{rule}`"
)
_NOT_OURS: Final = Sentence("dijawab {status}, tetapi bukan oleh Izin", "answered {status}, but not by Izin")
_LEADS: Final = Sentence("dialihkan {status} ke {to}", "redirected {status} to {to}")
_IS_IT_DOWN: Final = Sentence(
    "bukalah halaman itu dengan peramban; bila memang tidak ada, sebutkan artikel lain dengan `--article`",
    "open the page in a browser; if there is none, name another article with `--article`",
)
_PAST_THE_CACHE: Final = Sentence(
    "lewatkan setiap klien yang mengaku otomatis melewati tembolok (bypass cache)",
    "send every client that says it is automated past the cache (bypass cache)",
)
_THROUGH_IZIN: Final = Sentence(
    "periksa apakah jalur ini melalui Izin, dan mode yang sedang berlaku (`izin mode`)",
    "see whether this way leads through Izin, and which mode is in force (`izin mode`)",
)
_LET_US_REFUSE: Final = Sentence(
    "biarkan Izin yang menolak: hanya itu yang memuat pemberitahuan dan tercatat",
    "let Izin do the refusing: only that bears the notice and is recorded",
)
_PERHAPS_CHECKED: Final = Sentence(
    "CDN sering memeriksa sendiri alamat mesin pencari; lihat laporan perayapan mesin itu",
    "CDNs often check the address of search engines themselves; look at the engine's own crawl report",
)
_SAME_POLICY: Final = Sentence(
    "apakah folder kebijakan ini yang sedang dipakai gerbang?",
    "is this the policy folder that the gateway uses?",
)
_WHOLE: Final = Sentence("{count} penolakan utuh", "{count} refusals are whole")
_FIELDS: Final = Sentence(
    "biarkan isi dan medan kepala penolakan lewat tanpa diubah (halaman galat buatan CDN dimatikan)",
    "let body and header fields of refusals pass unchanged (no error pages of the CDN's own)",
)
_DECISION: Final = Sentence("Izin-Decision: {id}", "Izin-Decision: {id}")
_NOTICE: Final = Sentence("pemberitahuan: {notice}", "notice: {notice}")
_VARY: Final = Sentence("Vary: {vary}", "Vary: {vary}")
_ASKING: Final = Sentence("WWW-Authenticate: {field}", "WWW-Authenticate: {field}")
