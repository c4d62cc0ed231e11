"""Answers about permission: 402 where it is on offer, and 401, 403 or 503 where what was shown of it does not do (RSL 1.0,
Crawler Authorization Protocol, section 6.3)."""

from typing import Final

from gateway.enforce import messages
from gateway.enforce.answer import Answer, Fields
from gateway.enforce.refusal import RETRY_AFTER, Said, pointer, standing
from gateway.enforce.wording import wording
from gateway.judgement import Judgement
from gateway.licenses.challenge import CHALLENGES, Challenge

_MISSING: Final = Challenge(402, "invalid_request", "A license is needed and none was proved")
_SHORT: Final = Challenge(402, "insufficient_scope", "The license does not cover this request")
_NARROWED: Final = _SHORT._replace(status=403)


def answer(judgement: Judgement) -> Answer:
    """402, the page that is the sibling of the refusal: terms and contact first."""
    return standing(judgement, _say)


def _say(judgement: Judgement) -> Said:
    challenge = _SHORT if judgement.identity.proved else _MISSING
    said = wording(judgement, messages.LICENSE_NEEDED, offered=True)
    return said, (_field(challenge), *pointer(judgement))


def challenged(judgement: Judgement) -> Said | None:
    """The refusal of permission that was shown and does not do; None where that is not what was decided."""
    decision = judgement.decision
    challenge = next((CHALLENGES[reason] for reason in decision.reasons if reason in CHALLENGES), None)
    if challenge is None and judgement.identity.proved and decision.status == _NARROWED.status:
        challenge = _NARROWED
    if challenge is None or challenge.status != decision.status:
        return None
    extra: Fields = (_field(challenge), *pointer(judgement))
    if challenge.status == 503:
        extra = (*extra, (b"retry-after", b"%d" % RETRY_AFTER))
    return wording(judgement, messages.PERMISSION[challenge.status]), extra


def _field(challenge: Challenge) -> tuple[bytes, bytes]:
    return b"www-authenticate", challenge.value
