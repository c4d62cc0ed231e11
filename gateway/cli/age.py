"""How old the facts about agents are, as `izin check` says it."""

from collections.abc import Iterable
from datetime import date
from typing import Any, Final

from gateway.agents import Agent
from gateway.agents.age import STALE_DAYS, age_of
from gateway.policy.sentences import Chapter
from gateway.vocabulary import Language, Sentence

_TITLE: Final = Sentence("Katalog perayap", "The catalogue of crawlers")
_AGE: Final = Sentence(
    "{agents} perayap dan perkakas dikenal. Fakta yang terbaru dibaca dari sumbernya pada {newest} ({days} hari yang lalu), "
    "yang tertua pada {oldest}.",
    "{agents} crawlers and tools are known. The newest fact was read from its source on {newest} ({days} days ago), the "
    "oldest on {oldest}.",
)
_STALE: Final = Sentence(
    "Katalog ini sudah lama: `izin agents update` mengambil yang lebih baru.",
    "That is long ago: `izin agents update` takes up a newer one.",
)


def chapter(agents: Iterable[Agent], today: date, language: Language) -> Chapter | None:
    """It in plain words; None where no fact has a day."""
    known = list(agents)
    age = age_of(known)
    if age is None:
        return None
    days = (today - age.newest).days
    sentences = [
        _AGE.said(language).format(agents=len(known), newest=age.newest, oldest=age.oldest, days=days),
        *([_STALE.said(language)] if days > STALE_DAYS else []),
    ]
    return Chapter(_TITLE.said(language), tuple(sentences))


def as_object(agents: Iterable[Agent]) -> dict[str, Any]:
    """It for programs."""
    known = list(agents)
    age = age_of(known)
    days = {} if age is None else {"newest": age.newest.isoformat(), "oldest": age.oldest.isoformat()}
    return {"agents": len(known), **days}
