"""From a decision to what the door does: one file a verdict, and the table of them.

`answer_to` is the door's question for every judgement. `unrecorded` and `unreachable` are what it answers when something
of ours, or the origin, fails afterwards, `withheld` when the origin's answer turns out to be under embargo. All are pure: the same judgement gives the same octets.
"""

from collections.abc import Callable, Mapping
from typing import Final

from gateway import decide
from gateway.enforce import allow, deny
from gateway.enforce import license as license_
from gateway.enforce.answer import Answer, Reply
from gateway.enforce.embargo import withheld
from gateway.enforce.messages import BY_STATUS
from gateway.enforce.refusal import reply
from gateway.enforce.wording import bare
from gateway.judgement import Judgement
from gateway.value import changed
from gateway.vocabulary import Verdict

__all__ = ["ENFORCERS", "answer_to", "unreachable", "unrecorded", "withheld"]

#: What is done about each verdict.
ENFORCERS: Final[Mapping[Verdict, Callable[[Judgement], Answer]]] = {
    Verdict.ALLOW: allow.answer,
    Verdict.LICENSE: license_.answer,
    Verdict.DENY: deny.answer,
}


def answer_to(judgement: Judgement) -> Answer:
    """What the door does: an answer of our own, or the request passed on. Under observe a refusal is passed on."""
    if not judgement.decision.enforced:
        return allow.forward(judgement)
    return ENFORCERS[judgement.decision.verdict](judgement)


def unrecorded(judgement: Judgement) -> Reply:
    """503 with Retry-After, in place of an answer whose decision could not be recorded (`docs/manual/journal.md`)."""
    answer = deny.answer(changed(judgement, decision=decide.unrecorded(judgement.decision)))
    assert isinstance(answer, Reply)
    return answer


def unreachable(judgement: Judgement, status: int) -> Reply:
    """502 or 504: the request was let pass, and the origin was down, broke off, or was too slow."""
    return reply(judgement, bare(judgement, BY_STATUS[status], status))
