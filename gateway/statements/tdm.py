"""TDMRep (W3C Community Group report, 2024-05-10): the well-known file, the policy it points to, and two header fields.

A reservation has no degrees and no uses: it is made wherever one of the three uses for AI is refused. It is waived (`0`)
only where the policy grants all three; else nothing is said, which the report calls unset. The file and the fields say
the same, since readers let the one override the other.
"""

from typing import Final

import msgspec

from gateway.policy.model import Host
from gateway.statements.address import TDM_POLICY_PATH, home_of
from gateway.statements.areas import Area, areas, joined
from gateway.statements.statement import Statement
from gateway.statements.usage import granted
from gateway.vocabulary import Use

#: A reservation is about mining for AI, whatever comes of it.
MINING: Final = frozenset({Use.AI_TRAIN, Use.AI_INPUT, Use.AI_INDEX})

_CONTEXT: Final = ("http://www.w3.org/ns/odrl.jsonld", "http://www.w3.org/ns/tdmrep.jsonld")
_PROFILE: Final = "http://www.w3.org/ns/tdmrep"


def render_file(statement: Statement) -> str:
    """`/.well-known/tdmrep.json`: an array in which the first entry that matches counts (section 4)."""
    terms = policy_address(statement)
    entries: list[dict[str, str | int]] = []
    whole, *parts = areas(statement.host)
    if _reserved(whole):
        parts = []
    for area in (*reversed(parts), whole):
        if _reserved(area):
            entries.append({"location": area.pattern, "tdm-reservation": 1})
            if terms is not None:
                entries[-1]["tdm-policy"] = terms
        elif area is whole and granted(statement.policy, statement.host) >= MINING:
            entries.append({"location": area.pattern, "tdm-reservation": 0})
    return _json(entries)


def render_policy(statement: Statement) -> str:
    """`/tdm-policy.json`: an Offer of the ODRL profile (section 6): mining with consent, and whom to ask."""
    rights, home = statement.policy.rights, home_of(statement.policy, statement.host) or ""
    assigner = {"uid": home or "/", "vcard:fn": rights.holder}
    if rights.contact.lower().startswith("mailto:"):
        assigner["vcard:hasEmail"] = rights.contact
        if rights.terms is not None:
            assigner["vcard:hasURL"] = rights.terms
    else:
        assigner["vcard:hasURL"] = rights.contact
    return _json(
        {
            "@context": _CONTEXT,
            "@type": "Offer",
            "profile": _PROFILE,
            "uid": f"{home}{TDM_POLICY_PATH}",
            "assigner": assigner,
            "permission": [{"action": "tdm:mine", "duty": [{"action": "obtainConsent"}]}],
        }
    )


def reservation(statement: Statement) -> str:
    """The field `tdm-reservation` of every page (section 5): `1` reserved, `0` waived, empty for unset."""
    if _reserved(areas(statement.host)[0]):
        return "1"
    return "0" if granted(statement.policy, statement.host) >= MINING else ""


def policy_field(statement: Statement) -> str:
    """The field `tdm-policy` of every page, empty where nothing is reserved: there it has no meaning."""
    return (policy_address(statement) or "") if reservation(statement) == "1" else ""


def policy_address(statement: Statement) -> str | None:
    """Where the policy stands; None where no host of the site has an address of its own."""
    home = home_of(statement.policy, statement.host)
    return None if home is None else f"{home}{TDM_POLICY_PATH}"


def reservation_omits(statement: Statement) -> tuple[str, ...]:
    """What the field `tdm-reservation` cannot say."""
    parts = [area for area in areas(statement.host)[1:] if _reserved(area)]
    if reservation(statement) != "1" and parts:
        named = ", ".join(f"`{area.pattern}`" for area in parts)
        return (*_which(statement.host), f"paths: the file reserves {named}, and the field is left out")
    return _which(statement.host)


def file_omits(statement: Statement) -> tuple[str, ...]:
    """What `tdmrep.json` cannot say."""
    said = list(_which(statement.host))
    if joined(statement.host):
        said.append("where mining is reserved: the paths overlap too much, so the whole host is")
    if policy_address(statement) is None:
        said.append("where the policy stands: no host of the site has an address without `*`")
    return (*said, "who is asked: it speaks to everybody alike")


def policy_omits(_statement: Statement) -> tuple[str, ...]:
    """What the policy document cannot say."""
    return ("which use is meant, what it would cost, and which licenses there are",)


def policy_field_omits(_statement: Statement) -> tuple[str, ...]:
    """What the field `tdm-policy` cannot say."""
    return ("anything but where the policy stands",)


def _reserved(area: Area) -> bool:
    return not MINING.isdisjoint(area.refusals)


def _which(host: Host) -> tuple[str, ...]:
    refused = [use for use in Use if any(use in area.refusals for area in areas(host)) and use in MINING]
    named = ", ".join(f"`{use}`" for use in refused)
    return (f"which use is meant ({named}): one figure stands for all mining",) if refused else ()


def _json(value: object) -> str:
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode() + "\n"
