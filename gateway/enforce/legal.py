"""451: a page that a legal order closes, to everybody alike (RFC 7725): whose order it is, and who carries it out."""

from gateway.enforce import messages
from gateway.enforce.answer import Fields
from gateway.enforce.messages import Message
from gateway.enforce.refusal import Said
from gateway.enforce.slots import plain
from gateway.enforce.wording import bare, deciding
from gateway.judgement import Judgement
from gateway.policy.model import LegalOrder
from gateway.statements.address import home_of, uri
from gateway.vocabulary import Sentence


def say(judgement: Judgement, terms: Fields) -> Said:
    """The page or problem that names the authority, with `Link` to who carries the order out (section 4)."""
    rule = deciding(judgement)
    assert rule is not None
    assert rule.order is not None
    status = judgement.decision.status
    assert status is not None
    said = bare(judgement, _message(rule.order), status, judgement.decision.reasons, rule.order)
    by = f'<{_blocker(judgement)}>; rel="blocked-by"'.encode("ascii", "replace")
    return said, ((b"link", b", ".join([by, *(value for _, value in terms)])),)


def _message(order: LegalOrder) -> Message:
    by = plain(order.by)
    title, headline, detail = messages.LEGAL
    return Message(title, headline, Sentence(detail.id.format(by=by), detail.en.format(by=by)))


def _blocker(judgement: Judgement) -> str:
    """An address of whoever carries the order out, which is the publisher and never the authority itself."""
    policy, host = judgement.version.policy, judgement.host
    assert host is not None
    home = home_of(policy, host)
    return uri(policy.rights.terms or (home and f"{home}/") or policy.rights.contact)
