"""Rates and quotas on the wire: 429 for who came too fast or too often, and the fields that say how much is left.

`RateLimit` and `RateLimit-Policy` are lists of strings with parameters (draft-ietf-httpapi-ratelimit-headers-11,
2026-05-23; RFC 9651): `q` requests in `w` seconds, and `r` that remain for `t` seconds. `Retry-After` (RFC 9110 section
10.2.3) is the time after which one more request is permitted, in whole seconds, rounded up. For a quota `w` is the length of
this very period.
"""

from gateway.enforce.answer import Answer, Fields
from gateway.enforce.messages import QUOTA_USED, TOO_FAST
from gateway.enforce.refusal import reply
from gateway.enforce.wording import wording
from gateway.instants import SECOND
from gateway.judgement import Judgement
from gateway.rates.due import limit_named
from gateway.rates.quota import Quota
from gateway.vocabulary import Reason


def answer(judgement: Judgement) -> Answer:
    """429 with when to come back."""
    wait = max((found.wait for found in judgement.rates), default=0)
    again = (b"retry-after", b"%d" % max(1, _seconds(wait)))
    message = QUOTA_USED if judgement.decision.reasons[0] is Reason.QUOTA_EXCEEDED else TOO_FAST
    return reply(judgement, wording(judgement, message), (again, *fields(judgement)))


def fields(judgement: Judgement) -> Fields:
    """What the rates and quotas that counted this request say of themselves; nothing where none did."""
    policy, host = judgement.version.policy, judgement.host
    if host is None or not judgement.rates:
        return ()
    limits, policies = [], []
    found = {one.name: one for one in judgement.rates}
    for name in judgement.decision.rates:
        one, rate = found.get(name), limit_named(name, host, policy)
        if one is None or rate is None:
            continue
        limits.append(f'"{name}";r={one.remaining};t={_seconds(one.wait or one.reset)}')
        if isinstance(rate, Quota):
            span = rate.span(judgement.at, policy.zone)
            length = span.ends - span.begins
        else:
            length = rate.unit.length
        policies.append(f'"{name}";q={rate.count};w={length // SECOND}')
    if not limits:
        return ()
    return (
        (b"ratelimit", ", ".join(limits).encode("ascii")),
        (b"ratelimit-policy", ", ".join(policies).encode("ascii")),
    )


def _seconds(length: int) -> int:
    return -(-length // SECOND)
