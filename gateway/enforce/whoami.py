"""`/_izin/whoami`: what a client was taken for, check by check, and what would be decided about a page.

It is for the engineer of a crawler, who wants to know why a proof was not accepted, and for the reader who was mistaken for
one. It says what an entry of the audit log says, in words, to the one whom the entry is about, and shows nothing of anybody
else: everything comes from the request itself, from what was found out about it, and from the policy. Texts that others
chose (names, what DNS answered) are shown only after `plain`, and escaped.
"""

from html import escape
from typing import Any, Final

import msgspec

from gateway.agents import Agent
from gateway.enforce.accept import prefers_html
from gateway.enforce.answer import Fields, Reply
from gateway.enforce.contact import contact_of
from gateway.enforce.messages import WHOAMI, WORDS
from gateway.enforce.page import PAGES, SAFE_STYLE, client_words, plain_rights, plain_sentence
from gateway.enforce.refusal import ALWAYS, AS_PAGE
from gateway.enforce.slots import Slotted, plain
from gateway.enforce.times import times
from gateway.enforce.wording import Client
from gateway.judgement import Judgement
from gateway.reasons import SENTENCES
from gateway.request import Client as Address
from gateway.vocabulary import Reason, Sentence, Verdict

_AS_JSON: Final[Fields] = (*ALWAYS, (b"content-type", b"application/json"))

#: The rule by which the address of a client was found.
ADDRESSES: Final[dict[str, Sentence]] = {
    "connection": Sentence(
        "alamat sambungan ini; tidak ada yang menyebut alamat lain",
        "the address of this connection; nobody named another",
    ),
    "trusted-proxy": Sentence(
        "disebut oleh perantara yang dipercaya gerbang ini",
        "named by a proxy that this gateway trusts",
    ),
    "untrusted-fields": Sentence(
        "alamat sambungan ini, tetapi tidak pasti: permintaan membawa kolom penerusan (seperti X-Forwarded-For) dari pihak "
        "yang tidak dipercaya gerbang ini, sehingga tidak ada pemeriksaan alamat yang berlaku",
        "the address of this connection, but not certain: the request carries forwarding fields (such as X-Forwarded-For) "
        "from somebody whom this gateway does not trust, so no check of the address counts",
    ),
    "unreadable-fields": Sentence(
        "tidak pasti: perantara yang dipercaya gerbang ini tidak menyebut alamat yang dapat dibaca, sehingga tidak ada "
        "pemeriksaan alamat yang berlaku",
        "not certain: a proxy that this gateway trusts named no address that can be read, so no check of the address counts",
    ),
}

#: What is said besides of an address that no public data can speak of.
INSIDE: Final = Sentence(
    "Alamat ini berada di dalam jaringan situs; data umum tidak dapat membenarkan atau membantahnya.",
    "This address is inside the site's own network; public data can neither bear it out nor contradict it.",
)

VERDICTS: Final[dict[Verdict, Sentence]] = {
    Verdict.ALLOW: Sentence("dilayani", "served"),
    Verdict.LICENSE: Sentence(
        "memerlukan lisensi, dan lisensi ditawarkan", "needs a license, and one is on offer"
    ),
    Verdict.DENY: Sentence("ditolak", "refused"),
}


def reply(judgement: Judgement, extra: Fields) -> Reply:
    """The page or, for programs, the same as JSON; ``extra`` are further header fields."""
    own: Fields = ((b"izin-decision", judgement.id.encode("ascii")), *extra)
    if prefers_html(judgement.request.fields.get("accept", "")):
        return Reply(200, AS_PAGE + own, _page(judgement))
    return Reply(200, _AS_JSON + own, msgspec.json.encode(document(judgement)))


def document(judgement: Judgement) -> dict[str, Any]:
    """The answer for programs (`docs/manual/agents.md`)."""
    identity, client, rights = judgement.identity, judgement.request.client, judgement.version.policy.rights
    at = times(judgement.at // 1_000_000, judgement.version.policy.zone)
    how = _how(client)
    return {
        "decision": judgement.id,
        "short": judgement.short,
        "time": at.iso,
        "client": {
            "kind": identity.kind,
            "agent": identity.agent,
            "name": None if identity.name is None else plain(identity.name),
            "operator": identity.operator,
            "purpose": identity.purpose,
            "also": identity.also,
            "assurance": identity.assurance,
            "licenses": identity.proved,
        },
        "address": {
            "address": client.address,
            "network": client.network,
            "certain": client.certain,
            "private": client.private,
            "rule": how,
            **_each(ADDRESSES[how]),
        },
        "checks": [
            {"check": one.probe, **_reason(one.finding), "detail": plain(one.detail) or None}
            for one in identity.evidence
        ],
        "proofs": _proofs(judgement),
        "page": _page_document(judgement),
        "policy": judgement.version.policy.digest,
        "contact": plain(rights.contact),
        "terms": None if rights.terms is None else plain(rights.terms),
        "robots": "/robots.txt",
    }


def _page(judgement: Judgement) -> bytes:
    identity, rights = judgement.identity, plain_rights(judgement.version.policy.rights)
    short = f"{judgement.short[:4]}-{judgement.short[4:]}"
    who = Client(
        identity.kind,
        identity.assurance,
        identity.agent,
        identity.operator,
        identity.purpose,
        identity.name is not None,
    )
    text = PAGES.get_template("whoami.html").render(
        style=SAFE_STYLE,
        message=WHOAMI,
        words=WORDS,
        publication=rights.publication or rights.holder,
        contact=contact_of(rights),
        client=client_words(who),
        address=judgement.request.client.address,
        how=ADDRESSES[_how(judgement.request.client)],
        inside=INSIDE if judgement.request.client.private else None,
        checks=[(one.probe, SENTENCES[one.finding], plain(one.detail)) for one in identity.evidence],
        proofs=_proofs(judgement),
        page=_page_document(judgement),
        verdicts=VERDICTS,
        decision=judgement.id,
        short=short,
        **times(judgement.at // 1_000_000, judgement.version.policy.zone)._asdict(),
    )
    # The links have slots for the decision, and the name is filled in as it is on a refusal.
    values = {"id": judgement.id, "short": short, "name": escape(plain(identity.name or ""))}
    return Slotted(text)(values)


def _how(client: Address) -> str:
    if client.certain:
        return "trusted-proxy" if client.proxied else "connection"
    return "unreadable-fields" if client.proxied else "untrusted-fields"


def _proofs(judgement: Judgement) -> dict[str, tuple[str, ...]]:
    """By what a claim to be this agent is borne out, as its operator publishes it; empty where nothing is claimed."""
    name = judgement.identity.agent
    agent: Agent | None = None if name is None else judgement.version.policy.agents.find(name)
    verify = None if agent is None else agent.verify
    if verify is None:
        return {}
    ways = {
        "ranges": verify.ranges,
        "networks": verify.networks,
        "names": verify.names,
        "directories": verify.directories,
    }
    return {name: tuple(map(plain, values)) for name, values in ways.items() if values}


def _page_document(judgement: Judgement) -> dict[str, Any] | None:
    """What would be decided about the page that was asked about; None where none was."""
    supposed, host = judgement.supposed, judgement.host
    if supposed is None:
        return None
    if supposed.target is None or supposed.decision is None or host is None:
        return {"path": None, "verdict": None}
    decision = supposed.decision
    rule = next((one for one in host.rules if one.id == decision.rule), None)
    because = None if rule is None or rule.because is None else _each(plain_sentence(rule.because))
    return {
        "path": supposed.target.path,
        "verdict": decision.verdict,
        "status": decision.status,
        "enforced": decision.enforced,
        "rule": decision.rule,
        "reasons": [_reason(reason) for reason in decision.reasons],
        "because": because,
        "rates": decision.rates,
    }


def _reason(reason: Reason) -> dict[str, str]:
    return {"code": reason.value, **_each(SENTENCES[reason])}


def _each(sentence: Sentence) -> dict[str, str]:
    return {"id": sentence.id, "en": sentence.en}
