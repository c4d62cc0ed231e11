"""Statements of use and unlicensed demand, as JSON, CSV and text."""

from collections.abc import Iterable, Iterator
from typing import Any, Final

from gateway.cli.replayed import octets
from gateway.cli.terminal import fit, paint, safe
from gateway.licenses.license import License
from gateway.names import PURPOSES
from gateway.policy.model import Policy
from gateway.policy.wording import quota_of
from gateway.reasons import SENTENCES
from gateway.told.demand import Demand
from gateway.told.usage import Statement, Sum
from gateway.vocabulary import Language, Purpose, Reason, Sentence

_LABEL: Final = 44
NO_SECTION: Final = Sentence("di luar bagian mana pun", "in no section")
_COUNTED: Final = Sentence(
    "{requests} permintaan terhitung, {octets}, {articles} artikel; {refused} ditolak.",
    "{requests} {requests:request that counts/requests that count}, {octets}, {articles} {articles:article/articles}; {refused} refused.",
)
_QUOTA: Final = Sentence("Kuota: {quota}.", "Quota: {quota}.")
_NO_ANSWER: Final = Sentence("klien pergi sebelum dijawab", "the client left before an answer")
_UNSETTLED: Final = Sentence(
    "{count} di antaranya tanpa catatan hasil; ikut terhitung.",
    "{count} of them {count:has no outcome, and counts/have no outcome, and count}.",
)
_RECOUNT: Final = Sentence(
    "{time}: kuota dihitung ulang mulai {used}, oleh {by}.",
    "{time}: the quota was recounted from {used}, by {by}.",
)
_OBSERVED: Final = Sentence(
    "{count} dilewatkan karena situs hanya mengamati; tidak terhitung.",
    "{count} were let pass because the site only observed; they do not count.",
)
_TITLES: Final = {
    "day": Sentence("menurut hari", "by day"),
    "host": Sentence("menurut situs", "by host"),
    "section": Sentence("menurut bagian", "by section"),
}
_HEAD: Final = (
    Sentence("permintaan", "requests"),
    Sentence("ukuran", "size"),
    Sentence("ditolak", "refused"),
)
_WHY: Final = Sentence("ditolak karena", "refused because")
_UNPROVED: Final = Sentence(
    "tanpa bukti lisensi, ditolak karena", "without proof of the license, refused because"
)
_UNCOUNTED: Final = Sentence("dijawab tanpa isi, tidak terhitung", "answered without content, not counted")
_NOBODY: Final = Sentence(
    "Tidak ada perayap AI yang ditolak pada bulan itu.", "No crawler for AI was refused in that month."
)
_DEMAND: Final = (
    Sentence("operator", "operator"),
    Sentence("permintaan", "requests"),
    Sentence("terbukti", "proved"),
    Sentence("halaman", "pages"),
    Sentence("hari", "days"),
)
_FOR: Final = Sentence("untuk {purposes}", "for {purposes}")
_AT: Final = Sentence("bagian: {sections}", "sections: {sections}")
_ELSEWHERE: Final = Sentence("selebihnya", "elsewhere")
_HOLDS: Final = Sentence("memegang lisensi {licenses}", "holds {licenses}")


def as_object(held: License, statement: Statement, policy: Policy) -> dict[str, Any]:
    """The statement for programs. Sizes are octets of body, days are the site's."""
    total = statement.total
    contract = held.contract
    return {
        "site": policy.site,
        "license": held.id,
        "licensee": held.licensee,
        "contract": None if contract is None else contract.number,
        "from": statement.first.isoformat(),
        "until": statement.last.isoformat(),
        "timezone": policy.zone.key,
        "requests": total.requests,
        "bytes": total.octets,
        "articles": statement.articles,
        "refused": total.refused,
        "because": _counts(statement.because, "reason"),
        "unproved": _counts(statement.unproved, "reason"),
        "uncounted": _counts(statement.uncounted, "answer"),
        "unsettled": statement.unsettled,
        "observed": statement.observed,
        "first": statement.earliest,
        "last": statement.latest,
        "quota": None if held.quota is None else held.quota.limit,
        "recounts": [one._asdict() for one in statement.recounts],
        "by": {name: [_row(name, key, row) for key, row in statement.by(name).items()] for name in _TITLES},
        "policy": policy.digest,
    }


def _counts(counts: Iterable[tuple[str, int]], what: str) -> list[dict[str, Any]]:
    return [{what: name, "requests": count} for name, count in counts]


def _row(name: str, key: Any, row: Sum) -> dict[str, Any]:
    shown = key if key is None else str(key)
    return {name: shown, "requests": row.requests, "bytes": row.octets, "refused": row.refused}


def as_text(
    held: License, statement: Statement, policy: Policy, language: Language, columns: int, *, colour: bool
) -> Iterator[str]:
    """Lines of at most so many columns."""
    total = statement.total

    def say(sentence: Sentence, **names: object) -> str:
        return sentence.said(language).format(**names)

    yield paint(safe(f"{held.id} · {held.licensee}"), "bold", on=colour)
    yield f"{statement.first} – {statement.last} ({policy.zone.key})"
    yield say(
        _COUNTED,
        requests=language.number(total.requests),
        octets=size(total.octets, language),
        articles=language.number(statement.articles),
        refused=language.number(total.refused),
    )
    if held.quota is not None:
        yield say(_QUOTA, quota=quota_of(held.quota, language))
    for one in statement.recounts:
        yield say(_RECOUNT, time=one.time, used=language.number(one.used), by=safe(one.by))
    for sentence, count in ((_UNSETTLED, statement.unsettled), (_OBSERVED, statement.observed)):
        if count:
            yield say(sentence, count=language.number(count))
    for name, title in _TITLES.items():
        rows = statement.by(name)
        if not rows:
            continue
        head = "  ".join(one.said(language).rjust(11) for one in _HEAD)
        yield ""
        yield paint(f"{fit(title.said(language), _LABEL)}  {head}", "bold", on=colour)
        for key, row in rows.items():
            label = str(key) if key is not None else NO_SECTION.said(language)
            cells = (
                language.number(row.requests),
                size(row.octets, language),
                language.number(row.refused),
            )
            yield f"  {fit(label, _LABEL - 2)}  " + "  ".join(cell.rjust(11) for cell in cells)
    for title, counts in ((_WHY, statement.because), (_UNPROVED, statement.unproved)):
        yield from _table(
            title, [(sentence_of(why, language), n) for why, n in counts], language, columns, colour
        )
    uncounted = [(answer_name(answer, language), n) for answer, n in statement.uncounted]
    yield from _table(_UNCOUNTED, uncounted, language, columns, colour)


def _table(
    title: Sentence, rows: Iterable[tuple[str, int]], language: Language, columns: int, colour: bool
) -> Iterator[str]:
    several = list(rows)
    if several:
        yield ""
        yield paint(title.said(language), "bold", on=colour)
    for text, count in several:
        yield f"  {fit(text, columns - 15)}  {language.number(count):>11}"


def sentence_of(reason: str, language: Language) -> str:
    """What a reason means; one that this version does not know as it stands."""
    known = Reason._value2member_map_.get(reason)
    return SENTENCES[Reason(reason)].said(language) if known is not None else reason


def answer_name(answer: str, language: Language) -> str:
    """A status or `HEAD` as it is, and `none` in words."""
    return _NO_ANSWER.said(language) if answer == "none" else answer


def size(count: int, language: Language) -> str:
    """A number of octets in a unit that people read."""
    text = octets(count)
    return text.replace(".", ",") if language is Language.ID else text


def demand_object(one: Demand, policy: Policy) -> dict[str, Any]:
    """One operator for programs."""
    return {
        "operator": one.operator,
        "requests": one.requests,
        "proved": one.borne_out,
        "pages": one.pages,
        "days": one.days,
        "first": one.first,
        "last": one.last,
        "agents": _counts(one.agents, "agent"),
        "purposes": _counts(one.purposes, "purpose"),
        "sections": [{"section": name, "requests": count} for name, count in one.sections],
        "licenses": _licenses(one, policy),
    }


def demand_text(
    found: Iterable[Demand], policy: Policy, language: Language, columns: int, *, colour: bool
) -> Iterator[str]:
    """Two lines for each operator: how much, and for what."""
    several = list(found)
    if not several:
        yield _NOBODY.said(language)
        return
    room = columns - 4 * 12
    first, *rest = (one.said(language) for one in _DEMAND)
    yield paint(fit(first, room) + "".join(f"{one:>12}" for one in rest), "bold", on=colour)
    for one in several:
        cells = (one.requests, one.borne_out, one.pages, one.days)
        yield fit(one.operator, room) + "".join(f"{language.number(cell):>12}" for cell in cells)
        text = _FOR.said(language).format(
            purposes=", ".join(PURPOSES[Purpose(name)].said(language) for name, _ in one.purposes)
        )
        if any(name for name, _ in one.sections):
            names = ", ".join(name or _ELSEWHERE.said(language) for name, _ in one.sections[:5])
            text += f"; {_AT.said(language).format(sections=names)}"
        held = _licenses(one, policy)
        text += f"; {_HOLDS.said(language).format(licenses=', '.join(held))}" if held else ""
        yield f"  {fit(text, columns - 2)}".rstrip()


def _licenses(one: Demand, policy: Policy) -> list[str]:
    """The licenses that name an agent of this operator."""
    names = {name.casefold() for name, _ in one.agents}
    return [
        held.id for held in policy.licenses if names.intersection(agent.casefold() for agent in held.agents)
    ]
