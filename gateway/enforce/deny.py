"""`deny`: not without written permission (403), too fast (429), and the answers that no policy gives (400, 421, 431 …)."""

from gateway.decision import LEGAL_STATUS, RATE_STATUS
from gateway.enforce import legal, messages, rate
from gateway.enforce import license as license_
from gateway.enforce.answer import Answer, Fields
from gateway.enforce.messages import BY_STATUS, Message
from gateway.enforce.refusal import RETRY_AFTER, Said, pointer, standing
from gateway.enforce.wording import bare, wording
from gateway.judgement import Judgement
from gateway.vocabulary import AI_PURPOSES, Kind


def answer(judgement: Judgement) -> Answer:
    """403 with the notice, 451 with the order, 429 with when to come back, 401 or 403 with what was wrong with the permission
    that was shown, or the status of the fault."""
    decision = judgement.decision
    if decision.status == RATE_STATUS and decision.reasons[0] not in messages.BUSY:
        return rate.answer(judgement)
    return standing(judgement, _say)


def _say(judgement: Judgement) -> Said:
    """What is said of a decision that nothing was counted for."""
    decision = judgement.decision
    if decision.status == LEGAL_STATUS:
        return legal.say(judgement, pointer(judgement))
    busy = messages.BUSY.get(decision.reasons[0])
    if busy is not None:
        return wording(judgement, busy), ((b"retry-after", b"%d" % RETRY_AFTER),)
    challenged = license_.challenged(judgement)
    if challenged is not None:
        return challenged
    if decision.status != 403:
        assert decision.status is not None
        extra: Fields = ((b"retry-after", b"%d" % RETRY_AFTER),) if decision.status == 503 else ()
        return bare(judgement, BY_STATUS[decision.status], decision.status, decision.reasons), extra
    return wording(judgement, _message(judgement)), pointer(judgement)


def _message(judgement: Judgement) -> Message:
    identity = judgement.identity
    if identity.kind is Kind.IMPOSTORS:
        return messages.IMPOSTOR_DENIED
    return messages.AI_DENIED if identity.purpose in AI_PURPOSES else messages.DENIED
