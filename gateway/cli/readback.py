"""What reading robots.txt back found, for `izin check`: in plain words, as warnings, and for programs."""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, Final

from gateway.policy.model import Policy
from gateway.policy.place import Fault, Place, Problem, Severity
from gateway.policy.sentences import Chapter
from gateway.told.readback import ANYBODY, MOST_STARS, Difference, ReadBack
from gateway.vocabulary import Language, Sentence

#: Warnings that are given.
MOST_TOLD: Final = 20

_TITLE: Final = Sentence("Dibaca ulang", "Read back")
_ONE: Final = Sentence("robots.txt", "robots.txt")
_FILES: Final = Sentence("{files} robots.txt yang berlainan", "{files} different robots.txt")
_READ: Final = Sentence(
    "{what} dibaca ulang dengan Protego, pembaca yang dipakai banyak perayap: {groups} kelompok × {paths} alamat, {found}.",
    "{what} read back with Protego, the reader that many crawlers use: {groups} groups × {paths} paths, {found}.",
)
_NONE: Final = Sentence("tidak ada beda", "no difference")
_SOME: Final = Sentence("{count} beda dengan keputusan gerbang", "{count} not as the gate decides")
_CUT: Final = Sentence(
    "Tidak semuanya ditanyakan: {paths} dari {all_paths} alamat, {groups} dari {all_groups} kelompok.",
    "Not everything was asked: {paths} of {all_paths} paths, {groups} of {all_groups} groups.",
)
_SKIPPED: Final = Sentence(
    "Tidak dibaca ulang, karena ada pola dengan lebih dari {stars} bintang atau terlalu banyak baris: robots.txt {hosts}.",
    "Not read back, for a pattern with more than {stars} stars or too many lines: robots.txt of {hosts}.",
)
_MAY_FETCH: Final = Fault(
    "menurut robots.txt, sebagaimana dibaca Protego, {who} boleh mengambil {where}; gerbang berkata `{verdict}`",
    "by robots.txt, as Protego reads it, {who} may fetch {where}; the gate says `{verdict}`",
    "tulis polanya supaya dibaca sama oleh semua: yang diundang di sana ditolak",
    "write the pattern so that all read it alike: who is invited there is refused",
)
_MAY_NOT_FETCH: Final = Fault(
    "menurut robots.txt, sebagaimana dibaca Protego, {who} tidak boleh mengambil {where}; gerbang berkata `{verdict}`",
    "by robots.txt, as Protego reads it, {who} may not fetch {where}; the gate says `{verdict}`",
    "tulis polanya supaya dibaca sama oleh semua: yang seharusnya dipersilakan masuk tidak akan datang",
    "write the pattern so that all read it alike: who would be let in there will not come",
)
_MORE: Final = Fault(
    "robots.txt, sebagaimana dibaca Protego, berbeda dari gerbang di {more} tempat lagi",
    "robots.txt, as Protego reads it, differs from the gate in {more} more places",
    "`izin check --json` menyebutkan semuanya",
    "`izin check --json` lists them all",
)
_ANYBODY: Final = Sentence("perayap yang tidak dikenal", "a crawler that nobody knows")
_PATH_ON: Final = Sentence("`{path}` di {hosts}", "`{path}` on {hosts}")
_MORE_HOSTS: Final = Sentence(" dan {count} situs lain", " and {count} more hosts")
_MORE_AGENTS: Final = Sentence(" dan {count} perayap lain", " and {count} more agents")
#: Hosts and agents that are named before the rest is counted; and where a warning stands that no rule is the cause of.
_NAMED: Final = 3
_SITE: Final = Place("site.yaml", 1, 1)


def chapter(found: ReadBack, language: Language) -> Chapter:
    """It in plain words."""
    sentences = []
    if found.files:
        what = _ONE if found.files == 1 else _FILES
        count = len(found.differences)
        sentences.append(
            _READ.said(language).format(
                what=what.said(language).format(files=found.files),
                groups=found.groups,
                paths=found.paths,
                found=(_SOME if count else _NONE).said(language).format(count=count),
            )
        )
    if found.cut:
        sentences.append(
            _CUT.said(language).format(
                paths=found.paths,
                all_paths=found.all_paths,
                groups=found.groups,
                all_groups=found.groups + found.unasked,
            )
        )
    if found.skipped:
        hosts = _some(found.skipped, _MORE_HOSTS, language)
        sentences.append(_SKIPPED.said(language).format(stars=MOST_STARS, hosts=hosts))
    return Chapter(_TITLE.said(language), tuple(sentences))


def problems(found: ReadBack, policy: Policy) -> Iterator[Problem]:
    """A warning for each difference, where the rule stands by which the gate decides; agents of which the same is to be
    told are told together."""
    places = {rule.id: rule.place for host in policy.hosts for rule in host.rules}
    places |= {f"license.{one.id}": one.place for one in policy.licenses}
    alike: dict[Difference, list[str]] = {}
    for one in found.differences:
        alike.setdefault(one._replace(token=""), []).append(one.token)
    for one, tokens in islice(alike.items(), MOST_TOLD):
        yield _told(one, tokens, places.get(one.rule or "", _SITE))
    more = len(alike) - MOST_TOLD
    if more > 0:
        yield _MORE.at(_SITE, None, Severity.WARNING, more=more)


def as_object(found: ReadBack) -> dict[str, Any]:
    """It for programs. ``fetches`` is what the reader takes from robots.txt, ``verdict`` what the gate says."""
    return {
        "reader": "protego",
        "files": found.files,
        "groups": found.groups,
        "paths": found.paths,
        "asked": found.asked,
        "cut": found.cut,
        "skipped": found.skipped,
        "differences": [one._asdict() for one in found.differences],
    }


def _told(one: Difference, tokens: Sequence[str], place: Place) -> Problem:
    who = Sentence(
        *(
            _some(
                [_ANYBODY.said(language) if token == ANYBODY else f"`{token}`" for token in tokens],
                _MORE_AGENTS,
                language,
            )
            for language in (Language.ID, Language.EN)
        )
    )
    hosts = [f"`{host}`" for host in one.hosts]
    both = Sentence(*(_some(hosts, _MORE_HOSTS, language) for language in (Language.ID, Language.EN)))
    fault = _MAY_FETCH if one.fetches else _MAY_NOT_FETCH
    where = _PATH_ON.filled(path=one.path, hosts=both)
    return fault.at(place, None, Severity.WARNING, who=who, where=where, verdict=one.verdict.value)


def _some(names: Sequence[str], more: Sentence, language: Language) -> str:
    """The first names, and how many more there are."""
    told, rest = ", ".join(names[:_NAMED]), len(names) - _NAMED
    return told + more.said(language).format(count=rest) if rest > 0 else told
