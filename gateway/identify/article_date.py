"""When the article that a licensee asks for was published, by the sitemap of the site.

It says nothing of who the client is, but like what a check finds it is a fact that nobody can ask for again later: so it
stands in the evidence, and a decision made again rests on the same date.
"""

from collections.abc import Iterable
from datetime import UTC, datetime

from gateway.certificates import FIELD as CERTIFICATE
from gateway.identify.claim import Claim
from gateway.identify.identity import Evidence, Facts, Lookup
from gateway.licenses.credential import FIELD
from gateway.policy.model import Policy
from gateway.request import SIGNED, Request
from gateway.vocabulary import Reason

NAME = "article-date"
#: The kind of the look-up; its key is the host and the readings of the target, with spaces between.
KIND = "sitemap"
_PROOFS = frozenset({FIELD, SIGNED, CERTIFICATE})


def needs(request: Request, claim: Claim, policy: Policy) -> tuple[Lookup, ...]:
    """The date, where a license of the claimed agent that may be proved has an embargo, on a host with a sitemap."""
    held = [one for one in policy.licenses_of(claim.agent) if one.embargo is not None]
    target, client = request.target, request.client
    if not held or target is None:
        return ()
    if _PROOFS.isdisjoint(request.fields) and not any(one.proof.addresses for one in held):
        return ()
    host = policy.host(request.host, near=client.private and client.certain)
    if host is None or not host.articles.sitemap:
        return ()
    readings = dict.fromkeys((target.canonical, target.lenient))
    return (Lookup(KIND, " ".join((host.pattern, *readings))),)


def weigh(request: Request, claim: Claim, policy: Policy, facts: Facts) -> Evidence | None:
    """`ARTICLE_DATED` with the instant (RFC 3339), `ARTICLE_NOT_DATED`, or None where it does not matter."""
    for lookup in needs(request, claim, policy):
        at = facts.get(lookup)
        if isinstance(at, str) and at:
            return Evidence(NAME, Reason.ARTICLE_DATED, at)
        return Evidence(NAME, Reason.ARTICLE_NOT_DATED)
    return None


def dated_by(evidence: Iterable[Evidence]) -> datetime | None:
    """The date (UTC) that evidence tells, None if it tells none."""
    for one in evidence:
        if one.finding is Reason.ARTICLE_DATED:
            try:
                return datetime.fromisoformat(one.detail).astimezone(UTC)
            except ValueError:
                return None
    return None
