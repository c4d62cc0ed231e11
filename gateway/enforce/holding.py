"""`/_izin/license`: what a licensee holds and how much of it is left, for whoever proves a license.

JSON for programs, made anew for each request and never stored. It says what the license file says, as the gateway reads it,
with the state of the quota at that instant; it takes nothing from the quota and shows nothing of anybody else.
"""

from datetime import timedelta
from typing import Any, Final

import msgspec

from gateway.enforce.answer import Fields, Reply
from gateway.enforce.slots import plain
from gateway.instants import DAY, SECOND, instant, rfc3339
from gateway.judgement import Judgement
from gateway.licenses.license import License
from gateway.rates.due import QUOTA

_FIELDS: Final[Fields] = (
    (b"cache-control", b"private, no-store"),
    (b"vary", b"Authorization"),
    (b"content-type", b"application/json"),
    (b"x-robots-tag", b"noindex"),
    (b"x-content-type-options", b"nosniff"),
)


def reply(judgement: Judgement, extra: Fields) -> Reply:
    """The license, and under ``others`` further ones that were proved; ``extra`` are further header fields."""
    own: Fields = ((b"izin-decision", judgement.id.encode("ascii")), *extra)
    return Reply(200, _FIELDS + own, msgspec.json.encode(document(judgement)))


def document(judgement: Judgement) -> dict[str, Any]:
    """The answer (`docs/manual/licenses.md`)."""
    policy = judgement.version.policy
    found = (policy.license(name) for name in judgement.identity.proved)
    # One that runs stands before those that have ended or not begun.
    held = sorted(
        (one for one in found if one is not None), key=lambda one: _state(one, judgement.at) != "runs"
    )
    several = [_license(judgement, one) for one in held]
    rights = policy.rights
    return {
        "site": policy.site,
        "time": rfc3339(judgement.at),
        **several[0],
        "others": several[1:],
        "contact": plain(rights.contact),
        "terms": None if rights.terms is None else plain(rights.terms),
        "policy": policy.digest,
    }


def _license(judgement: Judgement, held: License) -> dict[str, Any]:
    policy, ends = judgement.version.policy, instant(held.ends)
    contract = held.contract
    return {
        "license": held.id,
        "licensee": plain(held.licensee),
        "contract": None if contract is None else plain(contract.number),
        "state": _state(held, judgement.at),
        "agents": held.agents,
        "uses": sorted(held.uses),
        "hosts": held.hosts or [host.pattern for host in policy.hosts],
        "paths": [pattern.text for pattern in held.on] or ["/"],
        "except": [pattern.text for pattern in held.excepted],
        "withdrawn": [pattern.text for pattern in held.withdrawn],
        "embargo": held.embargo,
        "attribution": None if held.attribution is None else plain(held.attribution),
        "from": held.begins.astimezone(policy.zone).date().isoformat(),
        "until": (held.ends.astimezone(policy.zone).date() - timedelta(days=1)).isoformat(),
        "ends": rfc3339(ends),
        "days_left": max(0, (ends - judgement.at) // DAY),
        "timezone": policy.zone.key,
        "rate": None if held.rate is None else held.rate.limit,
        "quota": _quota(judgement, held),
    }


def _quota(judgement: Judgement, held: License) -> dict[str, Any] | None:
    """What is agreed, what is left of it, and when it begins anew. Null where nothing is agreed."""
    name = QUOTA + held.id
    found = next((one for one in judgement.rates if one.name == name), None)
    if held.quota is None or found is None:
        return None
    reset = judgement.at + found.reset
    return {
        "limit": held.quota.limit,
        "count": held.quota.count,
        "period": held.quota.period,
        "left": found.remaining,
        "reset": rfc3339(reset),
        "seconds": -(-found.reset // SECOND),
    }


def _state(held: License, now: int) -> str:
    if now < instant(held.begins):
        return "not-begun"
    return "ended" if now >= instant(held.ends) else "runs"
