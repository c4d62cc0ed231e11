"""The sentences of the monthly letter, Indonesian and English. Whole sentences; the Indonesian text governs."""

from typing import Final

from gateway.told.letter import Letter
from gateway.vocabulary import Language, Sentence

TITLE: Final = Sentence("Surat bulanan", "Monthly letter")
_HEADLINE: Final = Sentence("Surat bulanan {month}", "Monthly letter for {month}")
_REFUSED: Final = Sentence(
    "Pada bulan ini {refused} permintaan ditolak dan {readers} pembaca diketahui datang dari layanan AI; "
    "{unwelcome} permintaan pembaca dan tamu yang diterima ikut ditolak.",
    "In this month {refused} {refused:request was/requests were} refused and {readers} {readers:reader is/readers are} known to have come from AI services; "
    "{unwelcome} {unwelcome:request/requests} of readers and welcome clients {unwelcome:was/were} refused.",
)
_OVER: Final = Sentence(
    "Bulan ini belum selesai: angka di bawah sampai saat surat ini dibuat.",
    "The month is not over: the figures go up to when this letter was made.",
)
_IMPOSTORS: Final = Sentence(
    "Dari yang ditolak itu, {count} permintaan datang dari peniru yang klaimnya terbantah; itu tidak dibebankan kepada "
    "operator yang namanya dipakai.",
    "Of those refused, {count} {count:request/requests} came from impostors whose claim was proved false; {count:it is/they are} not laid to the "
    "operators whose names were used.",
)
_OBSERVED: Final = Sentence(
    "{count} permintaan lain dilewatkan karena situs hanya mengamati; di surat ini itu terhitung dilayani.",
    "{count} more {count:request was/requests were} let pass because the site only observed; this letter counts {count:it/them} as served.",
)
_SEEN: Final = Sentence(
    "Yang terlihat: {reached} permintaan sampai ke gerbang, yang menyala {share} dari waktu bulan ini.",
    "What was seen: {reached} {reached:request/requests} reached the gateway, which ran for {share} of this month's time.",
)
_LOST: Final = Sentence(
    "{count} di antaranya dilewatkan tanpa catatan.",
    "{count} of them {count:was/were} let pass without a record.",
)
_STATIC: Final = Sentence(
    "{count} di antaranya berkas statis yang hanya dihitung.",
    "{count} of them {count:was a static file that is/were static files that are} only counted.",
)
_DELIVERED: Final = Sentence(
    "Itu {share} dari {delivered} permintaan yang menurut CDN telah dijawab.",
    "That is {share} of the {delivered} requests that the CDN says it answered.",
)
_NOT_TOLD: Final = Sentence(
    "Berapa permintaan yang dijawab tembolok (CDN) di depan gerbang tidak diketahui.",
    "How many requests a cache (CDN) in front of the gateway answered is not known.",
)
#: What stands under the table of operators, where it is cut.
MORE: Final = Sentence("dan {count} baris lagi", "and {count} more {count:row/rows}")


def headline(letter: Letter) -> Sentence:
    """What the letter is called."""
    return Sentence(*(_HEADLINE.said(one).format(month=letter.month.said(one)) for one in Language))


def summary(letter: Letter, language: Language) -> list[str]:
    """What happened, in a few sentences, the most important first."""

    def say(sentence: Sentence, **counts: int) -> str:
        return sentence.said(language).format(
            **{name: language.number(count) for name, count in counts.items()}
        )

    found = [say(_REFUSED, refused=letter.refused, readers=letter.sent_back, unwelcome=letter.unwelcome)]
    if not letter.over:
        found.append(say(_OVER))
    if letter.impostors:
        found.append(say(_IMPOSTORS, count=letter.impostors))
    if letter.observed:
        found.append(say(_OBSERVED, count=letter.observed))
    return found


def seen(letter: Letter, language: Language) -> list[str]:
    """Which share of the traffic was seen."""
    known = letter.seen
    said = [
        _SEEN.said(language).format(
            reached=language.number(known.reached), share=share(known.watched, known.seconds, language)
        )
    ]
    for sentence, count in ((_STATIC, known.static), (_LOST, known.lost)):
        if count:
            said.append(sentence.said(language).format(count=language.number(count)))
    if known.delivered is None:
        said.append(_NOT_TOLD.said(language))
    else:
        said.append(
            _DELIVERED.said(language).format(
                share=share(known.reached, known.delivered, language),
                delivered=language.number(known.delivered),
            )
        )
    return said


def share(part: int, whole: int, language: Language) -> str:
    """Per cent with one decimal, and never more than all of it: `96,1 %` or `96.1%`; of nothing it is 0."""
    tenths = min(1000, 1000 * part // whole) if whole else 0
    return f"{tenths // 10},{tenths % 10} %" if language is Language.ID else f"{tenths // 10}.{tenths % 10}%"
