"""The doors of the site: does it answer, do other doors lead round the gateway, and what else stands beside the pages?"""

from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

from gateway.instants import SECOND, instant
from gateway.statements.posture import trust_line
from gateway.statements.statement import Statement
from gateway.told.doctor.case import SEARCH, Case, address
from gateway.told.doctor.clients import judged
from gateway.told.doctor.documents import document
from gateway.told.doctor.finding import Finding, Outcome, Subject, differs, ok, say, unclear
from gateway.told.doctor.tour import Seen
from gateway.told.doctor.visit import Got, Role, Trouble, Visit
from gateway.told.doctor.words import decision_of, failure, kept, problem, trouble
from gateway.vocabulary import Sentence

#: Seconds by which the site's clock may differ from ours.
MOST_SKEW: Final = 60


def answers(case: Case, seen: Seen) -> Iterator[Finding]:
    """The front page, as a reader opens it; a redirect to hosts that the policy does not name is not followed."""
    home = seen.visits[0]
    got = home.got
    if got is None:
        yield differs(home.ask.url, failure(home), _OPEN, _REACH)
    elif got.diverted:
        found = address(home.ask.url, got.field("location"))
        hint = _NOT_NAMED if found is not None and case.host(found[1]) is None else _LOOP
        yield differs(
            home.ask.url, say(_LEADS, status=got.status, to=got.field("location") or "–"), _OPEN, hint
        )
    elif not got.served:
        yield differs(home.ask.url, say(_STATUS, status=got.status), _OPEN, _REACH)
    elif home.hops:
        yield ok(home.ask.url, say(_LED, count=len(home.hops)))
    else:
        yield ok(home.ask.url, say(_STATUS, status=got.status))


def without_tls(case: Case, seen: Seen) -> Iterator[Finding]:
    """`http` beside `https`: it leads to `https`, or at least does not serve what `https` refuses."""
    visit = seen.first(Role.PLAIN)
    if seen.scheme == "http":
        subject = f"http://{seen.authority}/"
        yield unclear(subject, _TLS_UNSEEN) if case.near else differs(subject, _PLAIN, _TLS, _SET_UP_TLS)
    elif visit is None:
        yield unclear(f"http://{seen.authority}/", _TLS_UNSEEN)
    else:
        yield _other_door(case, seen, visit)


def other_name(case: Case, seen: Seen) -> Iterator[Finding]:
    """The same site with or without `www.`: it leads here, does not answer, or keeps to the policy itself."""
    visit = seen.first(Role.OTHER_NAME)
    other = case.other_name(seen.authority)
    if visit is None:
        if other is not None and case.host(other) is None:
            yield unclear(other, _NOT_IN_POLICY, say(_NAME_IT, host=other))
        return
    yield _other_door(case, seen, visit)
    robots = seen.first(Role.OTHER_DOCUMENT)
    stated = case.said(visit.ask.authority).documents.get("/robots.txt")
    if robots is not None and stated is not None:
        for finding in document(robots, stated, robots.ask.url, seen):
            if finding.outcome is not Outcome.OK:
                yield finding


def _other_door(case: Case, seen: Seen, visit: Visit) -> Finding:
    """GPTBot at a door beside the front door."""
    got = visit.got
    if got is None:
        closed = visit.trouble in {Trouble.NAME, Trouble.CLOSED}
        return ok(visit.ask.url, failure(visit)) if closed else trouble(visit)
    if got.diverted:
        found = address(visit.ask.url, got.field("location"))
        here = found is not None and case.host(found[1]) is not None
        said = say(_LEADS, status=got.status, to=got.field("location") or "–")
        return ok(visit.ask.url, said) if here else differs(visit.ask.url, said, _LEADS_HERE, _LEAD_IT_HERE)
    found_ = judged(case, seen, visit)
    return Finding(
        found_.outcome,
        Subject(visit.ask.url, visit.ask.visitor.name),
        found_.seen,
        found_.expected,
        found_.remedy,
    )


def origin(_case: Case, seen: Seen) -> Iterator[Finding]:
    """What stands behind the gateway, asked directly as GPTBot: it must not serve whoever goes round."""
    visit = seen.first(Role.ORIGIN)
    if visit is None:
        yield unclear("", _ORIGIN_UNKNOWN, _NAME_ORIGIN)
        return
    got = visit.got
    if got is None:
        shut = visit.trouble in {Trouble.CLOSED, Trouble.SLOW, Trouble.TLS}
        yield ok(visit.ask.target, failure(visit)) if shut else unclear(visit.ask.target, failure(visit))
    elif problem(got) or decision_of(got):
        yield unclear(visit.ask.target, _IS_IZIN, _NAME_ORIGIN)
    elif got.served:
        yield differs(visit.ask.target, say(_ORIGIN_OPEN, status=got.status), _ORIGIN_SHUT, _SECRET)
    elif got.diverted or got.status >= 500:
        yield unclear(visit.ask.target, say(_STATUS, status=got.status))
    else:
        yield ok(visit.ask.target, say(_STATUS, status=got.status))


def sitemap(case: Case, seen: Seen) -> Iterator[Finding]:
    """The sitemap, as a search engine reads it."""
    visit = seen.first(Role.SITEMAP)
    if visit is None:
        return
    got = visit.got
    if got is None:
        yield trouble(visit)
    elif case.expected(seen.authority, visit.ask.target, SEARCH).refuses:
        yield ok(visit.ask.target, _NOT_FOR_SEARCH)
    elif got.served and (
        "xml" in got.media_type or "<urlset" in got.text[:4096] or got.body[:2] == b"\x1f\x8b"
    ):
        yield ok(visit.ask.target, say(_STATUS, status=got.status))
    elif problem(got).get("rule") == "impostors":
        yield unclear(visit.ask.target, _TAKEN_FOR_IMPOSTOR)
    elif not seen.sitemaps and got.status in {404, 410}:
        yield unclear(visit.ask.target, _NO_SITEMAP)
    else:
        yield differs(visit.ask.target, say(_STATUS, status=got.status), _XML, _OPEN_SITEMAP)


def trust(case: Case, seen: Seen) -> Iterator[Finding]:
    """The line of trust.txt, where the site has such a file."""
    visit, host = seen.first(Role.TRUST), case.host(seen.authority)
    if visit is None or host is None:
        return
    stated, got = trust_line(Statement(case.policy, host, case.at)), visit.got
    if got is None:
        yield trouble(visit)
    elif not got.served or "html" in got.media_type:
        yield ok(visit.ask.target, _NO_TRUST)
    else:
        lines = ["".join(line.split()).lower() for line in got.text.splitlines()[:5000]]
        found = [line for line in lines if line.startswith("datatrainingallowed=")]
        if found == [stated] or not (stated or found):
            yield ok(visit.ask.target, say(_LINE, line=stated or "–"))
        else:
            shown = say(_LINE, line=", ".join(found) or "–")
            yield differs(visit.ask.target, shown, say(_LINE, line=stated or "–"), _MEND_TRUST)


def clock(_case: Case, seen: Seen) -> Iterator[Finding]:
    """The site's clock beside ours: it dates decisions, licenses and signatures."""
    dated = [got for visit in seen.visits if (got := visit.got) is not None and not kept(got)]
    for got in dated:
        at = _date(got)
        if at is None:
            continue
        skew = round((at - got.at) / SECOND)
        if abs(skew) <= MOST_SKEW:
            yield ok("Date", say(_SKEW, seconds=abs(skew)))
        else:
            yield differs("Date", say(_WRONG, date=got.field("date"), seconds=abs(skew)), _RIGHT, _SET_CLOCK)
        return
    yield unclear("Date", _NO_DATE)


def _date(got: Got) -> int | None:
    try:
        read = parsedate_to_datetime(got.field("date"))
        at: datetime = read if read.tzinfo else read.replace(tzinfo=UTC)
        return instant(at.astimezone(UTC))
    except (TypeError, ValueError, OverflowError, IndexError):
        return None


_OPEN: Final = Sentence(
    "halaman depan terbuka bagi pembaca (200)", "the front page is open to a reader (200)"
)
_REACH: Final = Sentence(
    "bukalah dengan peramban; `--connect` mencapai situs di alamat lain",
    "open it in a browser; `--connect` reaches the site at another address",
)
_STATUS: Final = Sentence("dijawab {status}", "answered {status}")
_LED: Final = Sentence("terbuka sesudah {count} pengalihan", "open after {count} redirects")
_LEADS: Final = Sentence("dialihkan {status} ke {to}", "redirected {status} to {to}")
_NOT_NAMED: Final = Sentence(
    "nama itu tidak disebut kebijakan, jadi tidak dikunjungi; sebutkan di `hosts` bila itu situs Anda",
    "the policy does not name that host, so it was not visited; name it under `hosts` if it is yours",
)
_LOOP: Final = Sentence(
    "pengalihan berputar atau terlalu panjang", "redirects go in circles or on for too long"
)
_TLS_UNSEEN: Final = Sentence(
    "situs dicapai di alamat yang ditentukan: TLS untuk umum tidak terlihat dari sini",
    "the site was reached at an address that was named: what the public meets of TLS is not seen from here",
)
_PLAIN: Final = Sentence("dilayani tanpa TLS", "served without TLS")
_TLS: Final = Sentence("dialihkan ke https", "redirected to https")
_SET_UP_TLS: Final = Sentence("pasang TLS di depan Izin", "set up TLS in front of Izin")
_NOT_IN_POLICY: Final = Sentence(
    "nama ini tidak disebut kebijakan, jadi tidak dikunjungi",
    "the policy does not name this host, so it was not visited",
)
_NAME_IT: Final = Sentence(
    "bila {host} dilayani, sebutkan di `hosts`; kalau tidak, tidak ada yang menjaganya",
    "if {host} is served, name it under `hosts`; else nobody guards it",
)
_LEADS_HERE: Final = Sentence("dialihkan ke situs ini", "redirected to this site")
_LEAD_IT_HERE: Final = Sentence("alihkan nama itu ke situs ini", "redirect that name to this site")
_ORIGIN_UNKNOWN: Final = Sentence(
    "apakah situs asal dapat dicapai tanpa melalui Izin tidak diuji",
    "whether the origin can be reached without Izin was not tested",
)
_NAME_ORIGIN: Final = Sentence(
    "sebutkan alamat situs asal dengan `--origin-address HOST:PORT`",
    "name the origin's address with `--origin-address HOST:PORT`",
)
_IS_IZIN: Final = Sentence("di alamat itu Izin sendiri yang menjawab", "Izin itself answers at that address")
_ORIGIN_OPEN: Final = Sentence(
    "situs asal melayani GPTBot langsung ({status})", "the origin serves GPTBot directly ({status})"
)
_ORIGIN_SHUT: Final = Sentence(
    "situs asal menolak siapa pun selain Izin", "the origin refuses everybody but Izin"
)
_SECRET: Final = Sentence(
    "tutup alamat itu dengan tembok api, atau minta kunci rahasia (`izin serve --origin-secret-file`)",
    "close that address by a firewall, or have it ask for the secret (`izin serve --origin-secret-file`)",
)
_NOT_FOR_SEARCH: Final = Sentence(
    "kebijakan menutupnya bagi mesin pencari", "the policy closes it to search engines"
)
_TAKEN_FOR_IMPOSTOR: Final = Sentence(
    "mesin ini bukan milik Google, jadi ditolak sebagai peniru; Googlebot sungguhan tidak diuji",
    "this machine is not Google's and was refused as an impostor; the real Googlebot was not tested",
)
_NO_SITEMAP: Final = Sentence(
    "robots.txt tidak menyebut peta situs, dan /sitemap.xml tidak ada",
    "robots.txt names no sitemap, and there is no /sitemap.xml",
)
_XML: Final = Sentence("peta situs (200, XML)", "a sitemap (200, XML)")
_OPEN_SITEMAP: Final = Sentence(
    "buka peta situs bagi mesin pencari, atau perbaiki baris `Sitemap:`",
    "open the sitemap to search engines, or mend the `Sitemap:` line",
)
_NO_TRUST: Final = Sentence(
    "tidak ada trust.txt, dan itu tidak wajib", "there is no trust.txt, and none is needed"
)
_LINE: Final = Sentence("{line}", "{line}")
_MEND_TRUST: Final = Sentence(
    "tulis baris dari `izin statements` dalam trust.txt", "put the line of `izin statements` into trust.txt"
)
_SKEW: Final = Sentence("selisih {seconds} detik dari mesin ini", "{seconds} s from this machine's")
_WRONG: Final = Sentence("{date}: selisih {seconds} detik", "{date}: {seconds} s off")
_RIGHT: Final = Sentence("jam yang benar", "the right time")
_SET_CLOCK: Final = Sentence(
    "setel jam peladen itu atau mesin ini dengan NTP",
    "set the clock of that server, or of this machine, by NTP",
)
_NO_DATE: Final = Sentence("tidak ada jawaban yang memuat jam", "no reply tells the time")
