"""The same answer for programs: problem details (RFC 9457), in both languages."""

from typing import Final

import msgspec

from gateway.enforce.slots import plain, slot
from gateway.enforce.wording import Wording
from gateway.reasons import SENTENCES
from gateway.vocabulary import Sentence

MEDIA_TYPE: Final = "application/problem+json"


def render(said: Wording, because: Sentence | None) -> str:
    """The document of an answer, with slots for what each request has of its own.

    ``type`` is `about:blank`: what tells refusals apart are `rule` and `reasons`. Title and detail are in both languages.
    """
    rights, client = said.rights, said.client
    document: dict[str, object] = {
        "type": "about:blank",
        "title": _both(said.message.title),
        "status": said.status,
        "detail": _both(said.message.detail),
        "instance": f"urn:uuid:{slot('uuid')}",
        "decision": slot("id"),
        "short": slot("short"),
        "time": slot("iso"),
        "rule": said.rule,
        "reasons": [
            {"code": reason.value, "id": SENTENCES[reason].id, "en": SENTENCES[reason].en}
            for reason in said.reasons
        ],
        "contact": plain(rights.contact),
    }
    if because is not None:
        document["because"] = _each(because)
    if said.price is not None:
        document["price"] = {
            "amount": said.price.amount,
            "currency": said.price.currency,
            "per": said.price.per.value,
            **_each(said.price.words),
        }
    if said.order is not None:
        document["legal_order"] = {
            "by": plain(said.order.by),
            "number": plain(said.order.number),
            "date": said.order.date.isoformat(),
            "url": None if said.order.url is None else plain(said.order.url),
        }
    if client is not None:
        document["client"] = {
            "kind": client.kind.value,
            "agent": client.agent,
            "name": slot("name") if client.named else None,
            "operator": client.operator,
            "purpose": client.purpose.value if client.purpose is not None else None,
            "assurance": client.assurance.value,
            "evidence": [
                {"code": finding.value, "id": SENTENCES[finding].id, "en": SENTENCES[finding].en}
                for finding in said.findings
            ],
        }
        document["notice"] = {**_each(rights.notice), "holder": plain(rights.holder)}
        document["terms"] = None if rights.terms is None else plain(rights.terms)
        document["robots"] = "/robots.txt"
    return msgspec.json.encode(document).decode()


def _both(sentence: Sentence) -> str:
    return f"{sentence.id} / {sentence.en}"


def _each(sentence: Sentence) -> dict[str, str]:
    return {"id": plain(sentence.id), "en": plain(sentence.en)}
