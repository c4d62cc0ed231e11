"""`license`: permission is on offer, so 402 with where to ask (RSL 1.0, Crawler Authorization Protocol, section 6.3.1)."""

from typing import Final

from gateway.enforce import messages
from gateway.enforce.answer import Answer, Fields
from gateway.enforce.deny import pointer
from gateway.enforce.refusal import reply
from gateway.enforce.wording import wording
from gateway.judgement import Judgement
from gateway.vocabulary import Reason

#: What a license that was proved may lack; without any of these no license was proved at all.
_FELL_SHORT: Final = frozenset(
    {Reason.LICENSE_NOT_HERE, Reason.LICENSE_OTHER_USE, Reason.LICENSE_NOT_YET, Reason.LICENSE_ENDED}
)
_MISSING: Final = (
    b"www-authenticate",
    b'License error="invalid_request", error_description="A license is needed and none was proved"',
)
_SCOPE: Final = (
    b"www-authenticate",
    b'License error="insufficient_scope", error_description="The license does not cover this request"',
)


def answer(judgement: Judgement) -> Answer:
    """402, the page that is the sibling of the refusal: terms and contact first."""
    short = any(reason in _FELL_SHORT for reason in judgement.decision.reasons)
    extra: Fields = (_SCOPE if short else _MISSING, *pointer(judgement))
    return reply(judgement, wording(judgement, messages.LICENSE_NEEDED, offered=True), extra)
