"""What the gateway says of itself on its admin listener."""

from collections.abc import Iterator
from typing import Annotated, Final

import msgspec

from gateway.told.doctor.case import Case
from gateway.told.doctor.finding import Finding, differs, ok, say, unclear
from gateway.told.doctor.tour import Seen
from gateway.told.doctor.visit import Got, Role
from gateway.told.doctor.words import trouble
from gateway.vocabulary import Sentence
from gateway.warned import Warned

#: So many warnings are told.
MOST_WARNINGS: Final = 20


class _Proxy(msgspec.Struct):
    name: str
    title: str
    share: Annotated[float, msgspec.Meta(ge=0, le=1)]
    silent: bool = False


class _Ready(msgspec.Struct):
    ready: bool
    warnings: list[Warned]
    untrusted_proxy: _Proxy | None = None


def readiness(_case: Case, seen: Seen) -> Iterator[Finding]:
    """Its warnings, and whether a proxy stands before it that nobody named; nothing where it was not to be asked."""
    visit = seen.first(Role.READY)
    if visit is None:
        return
    if visit.got is None:
        yield trouble(visit)
        return
    read = _read(visit.got)
    if read is None:
        yield unclear("/ready", _NO_IZIN, _NAME_ADMIN)
        return
    proxy = read.untrusted_proxy
    if proxy is not None:
        share = round(100 * proxy.share)
        found = say(_UNNAMED, share=share, title=proxy.title)
        advice = _NAME_SILENT if proxy.silent else _NAME_PROXY
        yield differs("/ready", found, _NAMED, say(advice, name=proxy.name))
    for warning in read.warnings[:MOST_WARNINGS]:
        told = Sentence(say(_WARNS, warning=warning.id).id, say(_WARNS, warning=warning.en).en)
        yield unclear("/ready", told)
    if proxy is None and not read.warnings:
        yield ok("/ready", _WELL)


def _read(got: Got) -> _Ready | None:
    try:
        return msgspec.json.decode(got.body, type=_Ready)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return None


_NO_IZIN: Final = Sentence("yang menjawab bukan Izin", "what answers is not Izin")
_NAME_ADMIN: Final = Sentence(
    "sebutkan alamat admin gateway (`izin serve --admin`)",
    "name the gateway's admin listener (`izin serve --admin`)",
)
_UNNAMED: Final = Sentence(
    "{share}% permintaan datang melalui {title}, perantara yang tidak dipercaya: semua klien tampak seperti perantara itu",
    "{share}% of requests come by {title}, which is no trusted proxy: every client seems to be it",
)
_NAMED: Final = Sentence("perantara di depan Izin disebut namanya", "the proxy before Izin is named")
_NAME_PROXY: Final = Sentence(
    "jalankan `izin serve` dengan `--trusted-proxies {name}`",
    "start `izin serve` with `--trusted-proxies {name}`",
)
_NAME_SILENT: Final = Sentence(
    "jalankan `izin serve` dengan `--trusted-proxies {name}`, dan suruh perantara itu menyebut kliennya (X-Forwarded-For, atau "
    "kepala PROXY dengan `--proxy-protocol`)",
    "start `izin serve` with `--trusted-proxies {name}`, and have that proxy name its clients (X-Forwarded-For, or a PROXY "
    "header with `--proxy-protocol`)",
)
_WARNS: Final = Sentence("gateway memperingatkan: {warning}", "the gateway warns: {warning}")
_WELL: Final = Sentence("gateway tidak memperingatkan apa pun", "the gateway warns of nothing")
