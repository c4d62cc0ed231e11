"""An embargo that only the origin's answer can tell: an article that is too young for a license is withheld."""

from gateway.decision import Decision
from gateway.enforce import deny
from gateway.enforce.answer import Reply
from gateway.judgement import Judgement
from gateway.value import changed
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
    answer = deny.answer(changed(judgement, decision=refused))
    assert isinstance(answer, Reply)
    return answer
