"""The ruling: the part of a decision that repeats from one request to the next, as canonical JSON."""

from typing import Any, Final

from gateway.digest import digest_of
from gateway.identify import published_ranges, reverse_dns
from gateway.identify.identity import Evidence, Identity
from gateway.judgement import Judgement
from gateway.record.kept import CAPS, MAX_TEXT, Patterns, capped, encoded, kept_list, kept_name
from gateway.vocabulary import Kind, Level

#: Checks whose findings tell the client's address, or a part of it: entries commit to what they say.
_OF_THE_ADDRESS: Final = frozenset({published_ranges.NAME, reverse_dns.NAME})
_MAX_RULING: Final = 7_000
_MAX_EVIDENCE: Final = 9
_CACHED: Final = 8192
_RULINGS: dict[object, bytes] = {}


def ruling_of(judgement: Judgement, level: Level, patterns: Patterns | None, cut: tuple[str, ...]) -> bytes:
    """The ruling: once for all judgements that it says the same of."""
    decision, version, client = judgement.decision, judgement.version, judgement.request.client
    document = None if decision.document is None else judgement.document
    served = None if document is None else digest_of(document.body)
    of_client = (client.certain, client.private, judgement.robots, judgement.source)
    of_version = (version.policy.digest, version.published.terms, served)
    key = (judgement.identity, decision, of_version, of_client, level, patterns, cut)
    ruling = _RULINGS.get(key)
    if ruling is None:
        if len(_RULINGS) >= _CACHED:
            _RULINGS.clear()
        ruling = _RULINGS[key] = _ruling(judgement, level, patterns, [*cut], served)
    return ruling


def _ruling(
    judgement: Judgement, level: Level, patterns: Patterns | None, cut: list[str], served: str | None
) -> bytes:
    """The part of a decision that repeats, as canonical JSON. Members that would be empty are left out."""
    decision, client = judgement.decision, judgement.request.client
    names = list(cut)
    ruling: dict[str, Any] = {
        "audience": decision.audience.value,
        "durability": level.value,
        "enforced": decision.enforced,
        "grants": [use.value for use in decision.grants],
        "identity": _identity(judgement.identity, names),
        "license": kept_name(decision.license, "license", names, MAX_TEXT),
        "policy": judgement.version.policy.digest,
        "reasons": [reason.value for reason in decision.reasons],
        "rule": kept_name(decision.rule, "rule", names, MAX_TEXT),
        "status": decision.status,
        "terms": judgement.version.published.terms,
        "verdict": decision.verdict.value,
    }
    optional = {
        "rates": list(decision.rates) or None,
        "robots_file": judgement.robots,
        "served": served,
        "source": judgement.source,
        "certain": None if client.certain else False,
        "private": client.private or None,
    }
    ruling |= {name: value for name, value in optional.items() if value is not None}
    if patterns is not None:
        canonical, folded = patterns
        ruling["patterns"] = kept_list(canonical, "patterns", names)
        if folded != canonical:
            ruling["patterns_folded"] = kept_list(folded, "patterns_folded", names)
    for dropped in ("patterns_folded", "patterns"):
        if len(encoded(ruling)) > _MAX_RULING and ruling.pop(dropped, None) is not None:
            names.append(dropped)  # noqa: PERF401 -- it reads what it changes
    if names:
        ruling["cut"] = sorted(set(names))
    return encoded(ruling)


def details_of(identity: Identity) -> str:
    """What the checks of the address found, in the order of the evidence that has no ``detail`` in the entry, as canonical
    JSON; empty where there is nothing."""
    told = [
        capped(one.detail, CAPS["detail"])
        for one in identity.evidence[:_MAX_EVIDENCE]
        if _is_committed(identity, one)
    ]
    return encoded(told).decode() if told else ""


def _is_committed(identity: Identity, one: Evidence) -> bool:
    return one.probe in _OF_THE_ADDRESS and identity.kind is not Kind.PEOPLE


def _identity(identity: Identity, cut: list[str]) -> dict[str, Any]:
    """Who, and why. Of people no detail is kept: it may speak of their address."""
    said = [
        (one, "" if identity.kind is Kind.PEOPLE else kept_name(one.detail, "evidence", cut, CAPS["detail"]))
        for one in identity.evidence[:_MAX_EVIDENCE]
    ]
    kept: dict[str, Any] = {
        "kind": identity.kind.value,
        "agent": kept_name(identity.agent, "agent", cut),
        "operator": kept_name(identity.operator, "operator", cut, MAX_TEXT),
        "purpose": identity.purpose.value if identity.purpose else None,
        "assurance": identity.assurance.value,
        "evidence": [
            {"probe": one.probe, "finding": one.finding.value}
            | ({} if _is_committed(identity, one) else {"detail": text})
            for one, text in said
        ],
        "subjects": kept_list(identity.subjects, "subjects", cut),
    }
    optional = {
        "also": [purpose.value for purpose in identity.also],
        "name": kept_name(identity.name, "name", cut),
        "unknown": identity.unknown,
        "proved": kept_list(identity.proved, "proved", cut),
        "claimed": kept_list(identity.claimed, "claimed", cut),
        "robots": kept_name(identity.robots, "robots", cut),
    }
    return kept | {name: value for name, value in optional.items() if value}
