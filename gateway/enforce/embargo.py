"""An embargo that only the origin's answer can tell: an article that is too young for a license is withheld."""

from msgspec.structs import replace

from gateway.decision import Decision
from gateway.enforce import deny
from gateway.enforce.answer import Reply
from gateway.judgement import Judgement
from gateway.vocabulary import Reason, Verdict


def withheld(judgement: Judgement) -> Reply:
    """403 in place of the origin's answer."""
    let_pass = judgement.decision
    refused = Decision(
        Verdict.DENY,
        403,
        let_pass.rule,
        (Reason.LICENSE_EMBARGO, *let_pass.reasons),
        let_pass.audience,
        license=let_pass.license,
    )
    answer = deny.answer(replace(judgement, decision=refused))
    assert isinstance(answer, Reply)
    return answer
