"""The statement of use as a page: in Indonesian, which governs, and English; to be sent, read on a screen, or printed."""

from collections.abc import Callable
from datetime import date, datetime
from functools import partial
from typing import Any, Final

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from gateway.cli.used import NO_SECTION, answer_name, sentence_of, size
from gateway.enforce.messages import WORDS, Message
from gateway.enforce.slots import plain
from gateway.enforce.times import times
from gateway.licenses.license import License
from gateway.names import MONTHS
from gateway.policy.model import Policy
from gateway.policy.wording import quota_of
from gateway.told.usage import Statement, Sum
from gateway.vocabulary import Language, Sentence

#: Pages of the command line: of ours, and of the gateway.
PAGES: Final = Environment(
    loader=ChoiceLoader([PackageLoader("gateway.cli", "pages"), PackageLoader("gateway.enforce", "pages")]),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_STYLE: Final = Markup(  # noqa: S704 -- our own style sheets, the one text that is not escaped
    "".join(PAGES.get_template(name).render().strip() for name in ("style.css", "usage.css"))
)
_TITLE: Final = Sentence("Laporan penggunaan lisensi", "Statement of use")
_HEADLINE: Final = Sentence("Laporan penggunaan lisensi {month}", "Statement of use for {month}")
_SUM: Final = Sentence(
    "Selama masa ini {requests} permintaan dijawab dengan isi dan dihitung ({size}, {articles} artikel yang berbeda); "
    "{refused} permintaan ditolak.",
    "In this period {requests} {requests:request was answered with content and counts/requests were answered with content and count} "
    "({size}, {articles} different {articles:article/articles}); "
    "{refused} {refused:request was/requests were} refused.",
)

#: The fixed words of the page.
_SAID: Final = {
    "facts": Sentence("Lisensi", "License"),
    "licensee": Sentence("Pemegang lisensi", "Licensee"),
    "contract": Sentence("Kontrak", "Contract"),
    "period": Sentence("Masa laporan", "Period"),
    "quota": Sentence("Kuota", "Quota"),
    "first": Sentence("Permintaan pertama", "First request"),
    "last": Sentence("Permintaan terakhir", "Last request"),
    "unsettled": Sentence("Tanpa catatan hasil, ikut dihitung", "Without an outcome, counted"),
    "observed": Sentence(
        "Dilewatkan saat mengamati, tidak dihitung", "Let pass while observing, not counted"
    ),
    "requests": Sentence("Permintaan", "Requests"),
    "size": Sentence("Ukuran", "Size"),
    "refused": Sentence("Ditolak", "Refused"),
    "because": Sentence("Alasan penolakan", "Why requests were refused"),
    "unproved": Sentence(
        "Penolakan atas nama pemegang lisensi tanpa bukti", "Refusals in the licensee's name without proof"
    ),
    "uncounted": Sentence("Dijawab tanpa isi, tidak dihitung", "Answered without content, not counted"),
    "day": Sentence("Menurut hari", "By day"),
    "host": Sentence("Menurut situs", "By host"),
    "section": Sentence("Menurut bagian", "By section"),
    "how": Sentence("Cara menghitung", "How it is counted"),
    "how_text": Sentence(
        "Dihitung dari catatan audit saja: setiap permintaan yang diizinkan oleh lisensi ini dan dijawab situs dengan isi "
        "(200 atau 206), menurut hari di zona waktu situs. HEAD, 304, pengalihan, dan galat tidak dihitung. Permintaan yang "
        "tidak berakhir karena gerbang berhenti mendadak ikut dihitung dan disebut tersendiri. Pemegang lisensi dapat "
        "menghitung ulang dari `izin audit query --json`.",
        "Counted from the audit log alone: each request that this license permitted and the site answered with content "
        "(200 or 206), by the day in the site's time zone. HEAD, 304, redirects and errors do not count. Requests that have "
        "no end because the gateway was killed count, and are told apart. The licensee can count again from "
        "`izin audit query --json`.",
    ),
    "made": Sentence("Dibuat", "Made"),
    "policy": Sentence("Kebijakan", "Policy"),
    "governs": Sentence("Teks Indonesia yang berlaku.", "The Indonesian text governs."),
}


def page(held: License, statement: Statement, policy: Policy, now: datetime) -> str:
    """The whole page, which fetches nothing and runs nothing."""
    total = statement.total
    month = MONTHS[statement.first.month - 1]
    named = Sentence(f"{month.id} {statement.first.year}", f"{month.en} {statement.first.year}")
    headline = Sentence(_HEADLINE.id.format(month=named.id), _HEADLINE.en.format(month=named.en))
    amounts = {
        language: {
            "requests": language.number(total.requests),
            "size": size(total.octets, language),
            "articles": language.number(statement.articles),
            "refused": language.number(total.refused),
        }
        for language in Language
    }
    summed = Sentence(_SUM.id.format(**amounts[Language.ID]), _SUM.en.format(**amounts[Language.EN]))
    facts: list[tuple[Sentence, str | Sentence]] = [
        (_SAID["facts"], held.id),
        (_SAID["licensee"], held.licensee),
        (_SAID["contract"], held.contract.number if held.contract else "–"),
        (_SAID["period"], _days(statement.first, statement.last, policy.zone.key)),
        (
            _SAID["quota"],
            _each(lambda language: quota_of(held.quota, language) if held.quota else "–"),
        ),
        (_SAID["first"], _moment(statement.earliest, policy)),
        (_SAID["last"], _moment(statement.latest, policy)),
    ]
    counts = (("unsettled", statement.unsettled), ("observed", statement.observed))
    facts += [(_SAID[name], Language.ID.number(count)) for name, count in counts if count]
    made = times(int(now.timestamp()), policy.zone)
    return PAGES.get_template("usage.html").render(
        style=_STYLE,
        message=Message(_TITLE, headline, summed),
        words=WORDS,
        said=_SAID,
        publication=plain(policy.rights.publication or policy.rights.holder),
        facts=[(label, _plain(value)) for label, value in facts],
        tables=[(_SAID[name], _rows(name, statement)) for name in ("day", "host", "section")],
        lists=[
            (_SAID["because"], _reasons(statement.because)),
            (_SAID["unproved"], _reasons(statement.unproved)),
            (
                _SAID["uncounted"],
                [(_each(partial(answer_name, name)), _id(n)) for name, n in statement.uncounted],
            ),
        ],
        made=Sentence(made.local, made.utc),
        digest=policy.digest,
    )


def _rows(name: str, statement: Statement) -> list[tuple[Sentence, str, str, str]]:
    return [(_label(key), *_cells(row)) for key, row in statement.by(name).items()]


def _label(key: Any) -> Sentence:
    if key is None:
        return NO_SECTION
    if isinstance(key, date):
        month = MONTHS[key.month - 1]
        return Sentence(f"{key.day} {month.id}", f"{key.day} {month.en}")
    return Sentence(plain(key), plain(key))


def _cells(row: Sum) -> tuple[str, str, str]:
    return _id(row.requests), size(row.octets, Language.ID), _id(row.refused)


def _reasons(counts: tuple[tuple[str, int], ...]) -> list[tuple[Sentence, str]]:
    return [(_each(partial(sentence_of, name)), _id(count)) for name, count in counts]


def _days(first: date, last: date, zone: str) -> Sentence:
    def day(one: date, language: Language) -> str:
        return f"{one.day} {MONTHS[one.month - 1].said(language)} {one.year}"

    return Sentence(
        f"{day(first, Language.ID)} sampai dengan {day(last, Language.ID)} ({zone})",
        f"{day(first, Language.EN)} to {day(last, Language.EN)} ({zone})",
    )


def _moment(time: str | None, policy: Policy) -> Sentence:
    if time is None:
        return Sentence("–", "–")
    found = times(int(datetime.fromisoformat(time).timestamp()), policy.zone)
    return Sentence(found.local, found.utc)


def _each(say: Callable[[Language], str]) -> Sentence:
    return Sentence(say(Language.ID), say(Language.EN))


def _plain(value: str | Sentence) -> Sentence:
    return value if isinstance(value, Sentence) else Sentence(plain(value), plain(value))


def _id(count: int) -> str:
    return Language.ID.number(count)
