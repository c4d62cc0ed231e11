"""What a day of the journal will weigh, for `izin check`: told in plain words and for programs."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import click

from gateway.audit.index_volume import index_octets
from gateway.audit.volume import HEAVY, LIGHT, REQUESTS, SHARES, groups, volume
from gateway.policy.model import Policy
from gateway.policy.sentences import Chapter
from gateway.statements.statement import Published
from gateway.vocabulary import Audience, Language, Sentence

_TITLE: Final = Sentence("Jurnal", "The journal")
_DAY: Final = Sentence(
    "Dengan {requests} permintaan sehari ({people} % pembaca, {ai} % perayap AI, {welcome} % perayap lain yang disambut), "
    "jurnal bertambah sekitar {journal} sehari.",
    "With {requests} requests a day ({people} % readers, {ai} % AI crawlers, {welcome} % other, welcome crawlers), the "
    "journal grows by some {journal} a day.",
)
_INDEX: Final = Sentence(
    "Indeks untuk pencarian, yang dibuat saat jurnal pertama kali ditanyai, memerlukan sekitar {index} lagi.",
    "The index for searching, made when the journal is first asked, takes some {index} more.",
)
_HOW: Final = Sentence(
    "Yang diukur ialah catatan yang sungguh dibuat menurut kebijakan ini, untuk alamat halaman sepanjang {least} sampai "
    "{most} oktet; jumlah permintaan dan bagiannya hanya pengandaian (`--requests-per-day`, `--shares`).",
    "What is measured are entries really made under this policy, for paths of {least} to {most} octets; the number of "
    "requests and the shares are mere assumptions (`--requests-per-day`, `--shares`).",
)


class Range(NamedTuple):
    """Octets, at least and at most."""

    least: float
    most: float


@dataclass(frozen=True, slots=True)
class Expected:
    """A day of the journal as it is expected. ``index`` is None where it cannot be told."""

    requests: int
    shares: Mapping[Audience, float]
    each: Mapping[Audience, Range]
    journal: Range
    index: Range | None


def _shares(_context: click.Context, _option: click.Parameter, value: str) -> Mapping[Audience, float]:
    found: dict[Audience, float] = {}
    for part in value.split(","):
        name, equals, number = part.strip().partition("=")
        try:
            share = float(number)
        except ValueError:
            share = -1
        if not equals or name not in set(Audience) or not 0 <= share <= 1e9 or name in found:
            raise click.BadParameter(
                "write each of people, ai and welcome once, such as `people=90,ai=5,welcome=5`"
            )
        found[Audience(name)] = share
    if not sum(found.values()):
        raise click.BadParameter("nobody comes")
    return {audience: 100 * found.get(audience, 0) / sum(found.values()) for audience in SHARES}


REQUESTS_A_DAY = click.option(
    "--requests-per-day",
    "requests",
    type=click.IntRange(1, 10**12),
    default=REQUESTS,
    show_default=True,
    metavar="N",
    help="Requests a day for which the journal's growth is told.",
)
SHARES_OF = click.option(
    "--shares",
    callback=_shares,
    default=",".join(f"{audience}={share:g}" for audience, share in SHARES.items()),
    show_default=True,
    metavar="NAME=N,…",
    help="Who makes them: people, ai (crawlers for AI), welcome (other crawlers).",
)


def expected(
    policy: Policy, published: Published, requests: int, shares: Mapping[Audience, float]
) -> Expected:
    """A day of a site under a policy."""
    volumes, indexes = [], []
    for day in (LIGHT, HEAVY):
        made = groups(policy, published, day)
        volumes.append(volume(made, requests, shares, day))
        indexes.append(index_octets(made, requests, shares, day))
    light, heavy = volumes
    known = [one for one in indexes if one is not None]
    return Expected(
        requests,
        shares,
        {audience: Range(light.each[audience], heavy.each[audience]) for audience in shares},
        Range(light.journal, heavy.journal),
        Range(min(known), max(known)) if known else None,
    )


def chapter(day: Expected, language: Language) -> Chapter:
    """It in plain words."""
    shares = {
        audience.value: _number(f"{round(share, 1):g}", language) for audience, share in day.shares.items()
    }
    sentences = [
        _DAY.said(language).format(
            requests=language.number(day.requests),
            journal=amount(day.journal, language),
            **shares,
        )
    ]
    if day.index is not None:
        sentences.append(_INDEX.said(language).format(index=amount(day.index, language)))
    sentences.append(_HOW.said(language).format(least=LIGHT.path, most=HEAVY.path))
    return Chapter(_TITLE.said(language), tuple(sentences))


def as_object(day: Expected) -> dict[str, Any]:
    """It for programs; everything in octets but the shares, which are hundredths."""
    return {
        "requests": day.requests,
        "shares": day.shares,
        "octets_per_request": {audience: _whole(each) for audience, each in day.each.items()},
        "journal_octets": _whole(day.journal),
        "index_octets": None if day.index is None else _whole(day.index),
    }


def amount(octets: Range, language: Language) -> str:
    """A range such as `0.3–0.5 GB`, rounded outwards so far that it claims no more than is known."""
    if octets.most <= 0:
        return "0 B"
    size, units = octets.most, ["B", "kB", "MB", "GB", "TB", "PB", "EB"]
    while size >= 100 and len(units) > 1:
        size, units = size / 1000, units[1:]
    unit = octets.most / size
    # One digit; two where the first is small and a step of it would be half of all.
    exponent = math.floor(math.log10(size))
    step = 10.0 ** (exponent - (size / 10.0**exponent < 3))
    least = math.floor(octets.least / unit / step + 1e-9) * step
    most = math.ceil(size / step - 1e-9) * step
    digits = max(0, -math.floor(math.log10(step)))
    low, high = f"{least:.{digits}f}", f"{most:.{digits}f}"
    return _number(f"{low}–{high} {units[0]}" if low != high else f"{low} {units[0]}", language)


def _number(text: str, language: Language) -> str:
    return text.replace(".", ",") if language is Language.ID else text


def _whole(octets: Range) -> list[int]:
    return [round(octets.least), round(octets.most)]
