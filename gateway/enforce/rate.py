"""Rates on the wire: 429 for who came too fast, and the fields that say how much is left.

`RateLimit` and `RateLimit-Policy` are lists of strings with parameters (draft-ietf-httpapi-ratelimit-headers-11,
2026-05-23; RFC 9651): `q` requests in `w` seconds, and `r` that remain for `t` seconds. `Retry-After` (RFC 9110 section
10.2.3) is the time after which one more request is permitted, in whole seconds, rounded up.
"""

from gateway.enforce.answer import Answer, Fields
from gateway.enforce.messages import TOO_FAST
from gateway.enforce.refusal import reply
from gateway.enforce.wording import wording
from gateway.instants import SECOND
from gateway.judgement import Judgement
from gateway.rates.due import rate_named


def answer(judgement: Judgement) -> Answer:
    """429 with when to come back."""
    wait = max((found.wait for found in judgement.rates), default=0)
    again = (b"retry-after", b"%d" % max(1, _seconds(wait)))
    return reply(judgement, wording(judgement, TOO_FAST), (again, *fields(judgement)))


def fields(judgement: Judgement) -> Fields:
    """What the rates that counted this request say of themselves; nothing where none did."""
    limits, policies = [], []
    found = {one.name: one for one in judgement.rates}
    for name in judgement.decision.rates:
        one, host = found.get(name), judgement.host
        rate = None if host is None else rate_named(name, host, judgement.version.policy)
        if one is None or rate is None:
            continue
        limits.append(f'"{name}";r={one.remaining};t={_seconds(one.wait or one.reset)}')
        policies.append(f'"{name}";q={rate.count};w={rate.unit.length // SECOND}')
    if not limits:
        return ()
    return (
        (b"ratelimit", ", ".join(limits).encode("ascii")),
        (b"ratelimit-policy", ", ".join(policies).encode("ascii")),
    )


def _seconds(length: int) -> int:
    return -(-length // SECOND)
