"""Does a reader's article bear the terms: header fields, elements of the page, and the notice in its text?"""

import re
import unicodedata
from collections.abc import Iterator
from html import unescape
from itertools import islice
from typing import Final

from gateway.statements.statement import HostStatements
from gateway.told.doctor.case import READER, Case
from gateway.told.doctor.finding import Finding, differs, ok, say, unclear
from gateway.told.doctor.tour import Seen
from gateway.told.doctor.visit import Got, Role, Visit
from gateway.vocabulary import Sentence, Use, Verdict

_LINK: Final = re.compile(r"<([^<>]{0,2000})>([^,<]{0,500})")
_REL: Final = re.compile(r";\s{0,9}rel\s{0,9}=\s{0,9}\"?([^\";,]{1,200})", re.IGNORECASE)
_MEMBER: Final = re.compile(r"\s*([a-z*][a-z0-9_.*-]{0,80})\s*=\s*([a-z?0-9]{1,20})[^,]*", re.IGNORECASE)
_META: Final = re.compile(r"<meta\s[^<>]{0,600}>", re.IGNORECASE)
_LINK_TAG: Final = re.compile(r"<link\s[^<>]{0,600}>", re.IGNORECASE)
_ATTRIBUTE: Final = re.compile(
    r"""([a-z-]{1,40})\s{0,5}=\s{0,5}(?:"([^"<>]{0,500})"|'([^'<>]{0,500})'|([^\s"'<>=]{1,500}))""",
    re.IGNORECASE,
)
_UNSEEN: Final = re.compile(
    r"<(script|style|template|noscript)\b.*?(?:</\1\s*>|\Z)|<!--.*?(?:-->|\Z)", re.IGNORECASE | re.DOTALL
)
_TAG: Final = re.compile(r"<[^<>]*>")
#: Quotes and hyphens as typesetting has them, and as a keyboard has them.
_ALIKE: Final = {
    **dict.fromkeys((0x2018, 0x2019), "'"),
    **dict.fromkeys((0x201C, 0x201D), '"'),
    **dict.fromkeys(range(0x2010, 0x2016), "-"),
}
_OUT_OF_SEARCH: Final = frozenset({"noindex", "none"})
#: Directives of `X-Robots-Tag` that have a value.
_WITH_VALUE: Final = frozenset({"max-image-preview", "max-snippet", "max-video-preview", "unavailable_after"})
_MOST: Final = 200


def _pages(seen: Seen) -> Iterator[tuple[Visit, Got]]:
    """The articles that a reader was served."""
    for visit in seen.of(Role.ARTICLE, READER):
        if visit.got is not None and visit.got.served:
            yield visit, visit.got


def _no_page(visit: Visit, got: Got) -> Finding:
    shown = f"{got.field('content-type')} {got.field('content-encoding')}".strip()
    return unclear(visit.ask.target, say(_NO_PAGE, type=shown or "–"))


def header_fields(case: Case, seen: Seen) -> Iterator[Finding]:
    """Link, Content-Usage, tdm-reservation, tdm-policy and X-Robots-Tag: there, once, and contradicted by nothing."""
    for visit, got in _pages(seen):
        said = case.said(visit.ask.authority)
        wrong = [*_links(got, said), *_usage(got, said), *_tdm(got, said), *_tags(case, visit, got, said)]
        for seen_, expected in wrong:
            yield differs(visit.ask.target, seen_, expected, _MEND)
        if not wrong:
            yield ok(visit.ask.target, _FIELDS_THERE)


_Wrong = Iterator[tuple[Sentence, Sentence]]


def _links(got: Got, said: HostStatements) -> _Wrong:
    stated = _read_links((said.link or b"").decode())
    found = _read_links(got.field("link"))
    for target, rel in stated:
        wanted = say(_FIELD, name="Link", value=f'<{target}>; rel="{rel}"')
        count = found.count((target, rel))
        if count != 1:
            yield (
                (
                    say(_TWICE, name=f'Link rel="{rel}"', count=count)
                    if count
                    else say(_MISSING, name=f'Link rel="{rel}"')
                ),
                wanted,
            )
    for target, rel in found:
        if rel == "license" and stated and (target, rel) not in stated:
            yield say(_FIELD, name="Link", value=f'<{target}>; rel="license"'), _ONE_LICENSE


def _read_links(field: str) -> list[tuple[str, str]]:
    """Each target with each of its relations."""
    found = []
    for match in islice(_LINK.finditer(field), _MOST):
        rel = _REL.search(match[2])
        found += [(match[1], one.lower()) for one in (rel[1].split() if rel else ())]
    return found


def _usage(got: Got, said: HostStatements) -> _Wrong:
    """A dictionary (RFC 9651) over all lines: of a member said twice the last one counts."""
    if said.content_usage is None:
        return
    stated = said.content_usage.decode()
    wanted = say(_FIELD, name="Content-Usage", value=stated)
    lines = got.values("content-usage")
    if not lines:
        yield say(_MISSING, name="Content-Usage"), wanted
        return
    if len(lines) > 1:
        yield say(_TWICE, name="Content-Usage", count=len(lines)), wanted
    found = _members(", ".join(lines))
    for name, value in _members(stated).items():
        if found.get(name) not in (value, "n"):
            yield say(_FIELD, name="Content-Usage", value=", ".join(lines)), wanted
            return


def _members(field: str) -> dict[str, str]:
    matches = (_MEMBER.fullmatch(part) for part in field.split(",")[:_MOST])
    return {match[1].lower(): match[2].lower() for match in matches if match}


def _tdm(got: Got, said: HostStatements) -> _Wrong:
    for name, octets in (("tdm-reservation", said.tdm_reservation), ("tdm-policy", said.tdm_policy)):
        if octets is None:
            continue
        stated, lines = octets.decode(), [line.strip() for line in got.values(name)]
        wanted = say(_FIELD, name=name, value=stated)
        if not lines:
            yield say(_MISSING, name=name), wanted
        elif len(lines) > 1:
            yield say(_TWICE, name=name, count=len(lines)), wanted
        elif lines != [stated] and not (name == "tdm-reservation" and lines == ["1"]):
            yield say(_FIELD, name=name, value=lines[0]), wanted


def _tags(case: Case, visit: Visit, got: Got, said: HostStatements) -> _Wrong:
    lines = got.values("x-robots-tag")
    if said.x_robots_tag is not None:
        stated = {one.strip() for one in said.x_robots_tag.decode().split(",")}
        found = {one.strip().lower() for line in lines for one in line.split(",")}
        if not stated <= found:
            shown = ", ".join(lines)
            seen = (
                say(_FIELD, name="X-Robots-Tag", value=shown) if lines else say(_MISSING, name="X-Robots-Tag")
            )
            yield seen, say(_FIELD, name="X-Robots-Tag", value=said.x_robots_tag.decode())
    host = case.host(visit.ask.authority)
    if host is not None and host.uses.get(Use.SEARCH, Verdict.ALLOW) is Verdict.ALLOW:
        for line in lines:
            if _takes_out(line.lower()):
                yield say(_FIELD, name="X-Robots-Tag", value=line), _SEARCH_ALLOWED


def _takes_out(line: str) -> bool:
    """Whether an `X-Robots-Tag` takes a page out of search. It may begin with whom it speaks to; a directive may have a
    value, and stands before a colon too."""
    head, colon, rest = line.partition(":")
    to = head.strip() if colon and "," not in head and head.strip() not in _WITH_VALUE else ""
    directives = {one.partition(":")[0].strip() for one in (rest if to else line).split(",")}
    return to in {"", "googlebot", "bingbot"} and not _OUT_OF_SEARCH.isdisjoint(directives)


def elements(case: Case, seen: Seen) -> Iterator[Finding]:
    """`meta` and `link` elements of the page: they need not be there, but must not say otherwise."""
    for visit, got in _pages(seen):
        if "html" not in got.media_type or not got.readable:
            yield _no_page(visit, got)
            continue
        said = case.said(visit.ask.authority)
        page = _UNSEEN.sub(" ", got.text)
        wrong = list(_contradicting(case, visit, page, said))
        for shown in wrong:
            yield differs(visit.ask.target, say(_ELEMENT, element=shown), _AS_STATED, _TEMPLATE)
        if not wrong:
            named = any(one.get("name", "").lower() == "tdm-reservation" for one in _elements(_META, page))
            yield ok(visit.ask.target, _ELEMENTS_THERE if named else _NO_ELEMENTS)


def _contradicting(case: Case, visit: Visit, page: str, said: HostStatements) -> Iterator[str]:
    host = case.host(visit.ask.authority)
    search = host is None or host.uses.get(Use.SEARCH, Verdict.ALLOW) is Verdict.ALLOW
    for one in _elements(_META, page):
        name, content = one.get("name", "").lower(), one.get("content", "").strip()
        shown = f'<meta name="{name}" content="{content}">'
        words = {word.strip().lower() for word in content.split(",")}
        if (
            (name == "tdm-reservation" and said.tdm_reservation == b"1" and content != "1")
            or (name == "tdm-policy" and said.tdm_policy is not None and content != said.tdm_policy.decode())
            or (name in {"robots", "googlebot", "bingbot"} and search and words & _OUT_OF_SEARCH)
        ):
            yield shown
    stated = [target for target, rel in _read_links((said.link or b"").decode()) if rel == "license"]
    for one in _elements(_LINK_TAG, page):
        target = one.get("href", "")
        if "license" in one.get("rel", "").lower().split() and stated and target not in stated:
            yield f'<link rel="license" href="{target}">'


def _elements(form: re.Pattern[str], page: str) -> Iterator[dict[str, str]]:
    for match in islice(form.finditer(page), _MOST):
        yield {
            one[1].lower(): unescape(one[2] or one[3] or one[4] or "")
            for one in islice(_ATTRIBUTE.finditer(match[0]), 20)
        }


def notice(case: Case, seen: Seen) -> Iterator[Finding]:
    """The notice in the text of the page, whatever marks, blanks and quotes stand in it."""
    stated = case.policy.rights.notice
    for visit, got in _pages(seen):
        text = told(got.text)
        if "html" not in got.media_type or not got.readable:
            yield _no_page(visit, got)
        elif plainly(stated.id) in text or plainly(stated.en) in text:
            yield ok(visit.ask.target, _NOTICE_THERE)
        elif got.cut:
            yield unclear(visit.ask.target, _PAGE_CUT)
        else:
            yield differs(visit.ask.target, _NO_NOTICE, say(_QUOTED, text=stated.id), _PUT_NOTICE)


def told(page: str) -> str:
    """The text of a page as `plainly` has it: no scripts, styles and tags, references resolved."""
    return plainly(unescape(_TAG.sub("", _UNSEEN.sub(" ", page))))


def plainly(text: str) -> str:
    """A text without blanks, marks that nobody sees, letter case, and differences of typesetting."""
    folded = unicodedata.normalize("NFKC", text).translate(_ALIKE).casefold()
    return "".join(c for c in folded if not c.isspace() and unicodedata.category(c) != "Cf")


_FIELD: Final = Sentence("{name}: {value}", "{name}: {value}")
_MISSING: Final = Sentence("tanpa `{name}`", "without `{name}`")
_TWICE: Final = Sentence("`{name}` {count} kali", "`{name}` {count} times")
_ONE_LICENSE: Final = Sentence(
    "satu lisensi saja, yang dinyatakan kebijakan", "one license only, the one that the policy states"
)
_SEARCH_ALLOWED: Final = Sentence(
    "tidak menutup halaman bagi mesin pencari: kebijakan membukanya",
    "nothing that takes the page out of search: the policy leaves it open",
)
_MEND: Final = Sentence(
    "biarkan medan kepala dari Izin lewat, dan hapus yang ditambahkan situs asal atau CDN",
    "let the header fields of Izin pass, and remove what the origin or the CDN adds",
)
_FIELDS_THERE: Final = Sentence(
    "semua medan kepala ada, masing-masing sekali", "every header field is there, once"
)
_NO_PAGE: Final = Sentence(
    "bukan halaman HTML yang terbaca ({type})", "no HTML page that can be read ({type})"
)
_ELEMENT: Final = Sentence("{element}", "{element}")
_AS_STATED: Final = Sentence(
    "elemen yang dicetak `izin statements`, atau tidak ada",
    "the elements that `izin statements` prints, or none",
)
_TEMPLATE: Final = Sentence("perbaiki templat halaman", "mend the page's template")
_ELEMENTS_THERE: Final = Sentence("elemen halaman seperti dinyatakan", "the page's elements are as stated")
_NO_ELEMENTS: Final = Sentence(
    "tidak ada elemen yang bertentangan; medan kepala yang berbicara",
    "no element says otherwise; the header fields speak",
)
_NOTICE_THERE: Final = Sentence("pemberitahuan tercantum", "the notice is there")
_PAGE_CUT: Final = Sentence(
    "halamannya terlalu panjang untuk dibaca sampai habis", "the page is too long to be read to its end"
)
_NO_NOTICE: Final = Sentence("pemberitahuan tidak ada dalam HTML", "the notice is not in the HTML")
_QUOTED: Final = Sentence("“{text}”", "“{text}”")
_PUT_NOTICE: Final = Sentence(
    "cantumkan pada templat artikel, dalam HTML itu sendiri, bukan lewat skrip",
    "put it into the article's template, in the HTML itself and not by a script",
)
