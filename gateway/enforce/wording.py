"""What an answer says: all of it that is the same whenever the same is answered."""

from msgspec import Struct

from gateway.enforce.messages import Message
from gateway.judgement import Judgement
from gateway.policy.model import LegalOrder, Rights, Rule
from gateway.policy.price import Price
from gateway.vocabulary import USE_OF, Assurance, Kind, Purpose, Reason, Sentence


class Client(Struct, frozen=True):
    """Who the client was taken for, but for the name that an unknown crawler gives itself."""

    kind: Kind
    assurance: Assurance
    agent: str | None
    operator: str | None
    purpose: Purpose | None
    named: bool


class Wording(Struct, frozen=True):
    """All that an answer says whenever the same is answered. ``client`` is None where nothing was judged.

    ``terms`` and ``policy`` are digests: they tell the wordings of two versions of a policy apart.
    """

    status: int
    message: Message
    policy: str
    terms: str
    rights: Rights
    rule: str | None = None
    reasons: tuple[Reason, ...] = ()
    findings: tuple[Reason, ...] = ()
    client: Client | None = None
    offered: bool = False
    price: Price | None = None
    order: LegalOrder | None = None


def wording(
    judgement: Judgement, message: Message, *, offered: bool = False, status: int | None = None
) -> Wording:
    """What a refusal under the policy says of this judgement."""
    decision, identity = judgement.decision, judgement.identity
    shown = status or decision.status
    assert shown is not None
    return Wording(
        status=shown,
        message=message,
        policy=judgement.version.policy.digest,
        terms=judgement.version.published.terms,
        rights=judgement.version.policy.rights,
        rule=decision.rule,
        reasons=decision.reasons,
        findings=tuple(found.finding for found in identity.evidence if found.finding not in decision.reasons),
        client=Client(
            identity.kind,
            identity.assurance,
            identity.agent,
            identity.operator,
            identity.purpose,
            identity.name is not None,
        ),
        offered=offered,
        price=_price(judgement) if offered else None,
    )


def _price(judgement: Judgement) -> Price | None:
    """What is stated of the price of that for which the client crawls."""
    purpose = judgement.identity.purpose
    use = USE_OF.get(purpose) if purpose is not None else None
    return None if use is None else judgement.version.policy.prices.get(use)


def bare(
    judgement: Judgement,
    message: Message,
    status: int,
    reasons: tuple[Reason, ...] = (),
    order: LegalOrder | None = None,
) -> Wording:
    """What an answer says that no policy gave: a fault of the message, of our own, or of the origin; or a legal order,
    which is about nobody in particular."""
    version = judgement.version
    return Wording(
        status=status,
        message=message,
        policy=version.policy.digest,
        terms=version.published.terms,
        rights=version.policy.rights,
        rule=judgement.decision.rule if reasons else None,
        reasons=reasons,
        order=order,
    )


def because(judgement: Judgement) -> Sentence | None:
    """What the policy's writer said about the rule that decided."""
    rule = deciding(judgement)
    return None if rule is None else rule.because


def deciding(judgement: Judgement) -> Rule | None:
    """The rule of the policy that decided, if one did."""
    if judgement.host is None:
        return None
    name = judgement.decision.rule
    return next((one for one in judgement.host.rules if one.id == name), None)
