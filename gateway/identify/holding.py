"""Which licenses a client proved, what they say of a request, and the keys of the rules that speak of it for that."""

from datetime import datetime

from gateway.identify.article_date import dated_by
from gateway.identify.identity import Identity
from gateway.instants import NEVER, instant, utc
from gateway.licenses.license import License
from gateway.policy.model import Host, Policy, Subject
from gateway.request import Request
from gateway.vocabulary import Reason


def proved_licenses(policy: Policy, identity: Identity) -> list[License]:
    """The licenses that the client proved, whether they run or not."""
    return [held for name in identity.proved if (held := policy.license(name)) is not None]


def findings_of(
    policy: Policy, identity: Identity, request: Request, host: Host, now: int
) -> list[tuple[License, Reason]]:
    """Each license that the client proved, with what it says of a request; as for `License.finding`."""
    if not identity.proved:
        return []
    at = utc(now)
    by_sitemap = host.articles.sitemap
    published = dated_by(identity.evidence) if by_sitemap else _published(policy, request, host)
    return [
        (
            one,
            one.finding(request, host.pattern, identity.purpose, at, published, dates_known=not by_sitemap),
        )
        for one in proved_licenses(policy, identity)
    ]


def steady(policy: Policy, identity: Identity, now: int) -> tuple[int, int]:
    """From when on, and up to when, time alone changes nothing of what the proved licenses say: instants in microseconds since
    1970, around ``now``. It is never so for a license with an embargo, under which each page has a time of its own."""
    since, until = 0, NEVER
    for one in proved_licenses(policy, identity):
        if one.embargo is not None:
            return now, now
        for at in (instant(one.begins), instant(one.ends)):
            if at <= now:
                since = max(since, at)
            else:
                until = min(until, at)
    return since, until


def _published(policy: Policy, request: Request, host: Host) -> datetime | None:
    """When the article that is asked for was published at the latest, if its path tells it in either reading."""
    target = request.target
    if host.articles.path is None or target is None:
        return None
    told = (host.articles.dated(reading, policy.zone) for reading in (target.path, target.folded))
    known = [at for at in told if at is not None]
    return utc(max(known)) if known else None


def holder_subjects(policy: Policy, identity: Identity, now: int) -> tuple[str, ...]:
    """The keys of rules about the licenses that the client proved and that run at ``now`` (microseconds since 1970)."""
    if not identity.proved:
        return ()
    at = utc(now)
    running = [one.id for one in proved_licenses(policy, identity) if one.begins <= at < one.ends]
    return tuple([Subject.license(name).key for name in running])
