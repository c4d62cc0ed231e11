"""Questions for `decide`, from tables that an editor can read: `tests/cases/decisions/*.yaml`.

A document there is a policy (a folder of `policies/`, or files to go with `tests/good/least.txt`), perhaps the origin's
robots.txt, and cases. A case says who asks (`as` a User-Agent, `from` an address, with a `certificate` that a proxy handed on), for what, and what it gets.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from gateway.agents import catalogue
from gateway.certificates import FIELD as CERTIFICATE
from gateway.decision import Question
from gateway.identify import identify, needs
from gateway.identify.claim import Claims
from gateway.identify.client_certificate import certificates_at
from gateway.identify.identity import Facts, Identity, Lookup
from gateway.identify.license_token import NAME
from gateway.instants import utc
from gateway.licenses.credential import FIELD
from gateway.licenses.token import Shown, Token
from gateway.lookups.folder import load
from gateway.orders import Orders
from gateway.policy.compile import compile_policy
from gateway.policy.model import Policy
from gateway.policy.paths import Pattern
from gateway.policy.robots import RobotsFile
from gateway.proxy.peer import Peers
from gateway.rates.counters import Finding
from gateway.request import Request, fold_host, read_target
from gateway.value import changed
from gateway.vocabulary import Assurance, Kind, Reach, Reason, Use
from tests import tables
from tests.certificates import certificate, client_cert
from tests.policy.cases import read_case

TESTS = Path(__file__).parent
DECISIONS = TESTS / "cases" / "decisions"
LEAST = read_case(TESTS / "good" / "least.txt").files

#: When a case says nothing: a morning in Jakarta on which the licenses of the examples run.
MORNING = "2026-11-24T09:00"


def documents(name: str) -> Iterator[dict[str, Any]]:
    """The documents of one table."""
    yield from tables.read_all(f"cases/decisions/{name}.yaml")


def policy_of(document: Mapping[str, Any]) -> Policy:
    """The policy of a document: a name of `policies/`, or files by name."""
    stated = document.get("policy", {})
    if isinstance(stated, str):
        return _folder(stated)
    return _compiled(tuple(sorted(stated.items())))


@cache
def _folder(name: str) -> Policy:
    return load(TESTS.parent / "policies" / name)


@cache
def _compiled(files: tuple[tuple[str, str], ...]) -> Policy:
    return compile_policy({**LEAST, **{name: text.encode() for name, text in files}}, catalogue())


_claims: dict[int, Claims] = {}


def claims_of(policy: Policy) -> Claims:
    """The claims read under one of the policies above, which live as long as the tests do."""
    if id(policy) not in _claims:
        _claims[id(policy)] = Claims(policy.agents)
    return _claims[id(policy)]


def request_of(case: Mapping[str, Any], policy: Policy) -> Request:
    """The request of a case, read as a door reads it."""
    fields = {name.lower(): value for name, value in case.get("headers", {}).items()}
    if case.get("as"):
        fields["user-agent"] = case["as"]
    authority = case.get("host", policy.hosts[0].pattern.replace("*.", "x."))
    folded = fold_host(authority)
    target = read_target(case.get("path", "/").encode("latin-1"))
    fault = Reason(case["fault"]) if "fault" in case else None
    if fault is None and target is None:
        fault = Reason.MALFORMED_TARGET
    if fault is None and folded is None:
        fault = Reason.MALFORMED_HOST
    client = Peers().client(case.get("from", "203.0.113.7"))
    client = changed(client, certain=case.get("certain", True))
    method = case.get("method", "GET")
    return Request(method, "https", authority.lower(), folded or "", target, client, fields, fault)


def question_of(case: Mapping[str, Any], document: Mapping[str, Any] | None = None) -> Question:
    """The question that a case asks under the policy and robots.txt of its document."""
    document = document or {}
    policy = policy_of(document)
    request = request_of(case, policy)
    claim = claims_of(policy).read(request.fields.get("user-agent"), "from" in request.fields)
    at = instant(case.get("at", MORNING), policy)
    request, facts = shown(request, case.get("token"), policy)
    if "certificate" in case:
        handed = client_cert(certificate(**case["certificate"]))
        request = changed(request, fields={**request.fields, CERTIFICATE: handed})
        facts = {**facts, **certificates_at(needs(request, claim, policy), utc(at))}
    identity = identify(request, claim, policy, facts)
    if case.get("impostor"):
        identity = contradicted(identity)
    robots = case.get("robots", document.get("robots"))
    return Question(
        request,
        identity,
        policy,
        policy.host(request.host),
        at,
        None if robots is None else RobotsFile(robots.encode()),
        orders_of(case.get("orders", ()), policy),
        tuple(_finding(name, *found) for name, found in case.get("found", {}).items()),
    )


def _finding(name: str, remaining: int, wait: int, reset: int, reach: str = "together") -> Finding:
    return Finding(name, remaining, wait, reset, Reach(reach))


def shown(request: Request, told: Any, policy: Policy) -> tuple[Request, Facts]:
    """The request with a license token, and what became of that: what it says is told, all else as `izin license issue`
    would have it. A text is the credential itself, and nobody has looked at it."""
    if told is None:
        return request, {}
    if isinstance(told, str):
        return changed(request, fields={**request.fields, FIELD: told}), {}
    held = policy.license(told["license"])
    hosts = tuple(told.get("hosts", [host.pattern for host in policy.hosts]))
    uses = tuple(Use(use) for use in told.get("uses", held.uses if held else ()))
    paths = tuple(Pattern(path) for path in told.get("paths", ()))
    site, key = told.get("site", policy.site), told.get("key")
    token = Token("01J", site, told["license"], hosts, uses, 0, 0, 1, paths, key)
    fault = Reason(told["fault"]) if "fault" in told else None
    unsigned = told.get("unsigned", False)
    fact = Shown(None if unsigned else token, fault)
    return changed(request, fields={**request.fields, FIELD: "License a.b.c"}), {Lookup(NAME, "a.b.c"): fact}


def contradicted(identity: Identity) -> Identity:
    """The same client, its claim proved false."""
    return changed(
        identity,
        kind=Kind.IMPOSTORS,
        assurance=Assurance.CONTRADICTED,
        subjects=("kind:impostors", "everyone"),
        claimed=identity.subjects,
        proved=(),
    )


def orders_of(events: Any, policy: Policy) -> Orders:
    """Orders from events as the journal has them, `until` as a time in the site's zone."""
    orders = Orders()
    for event in events:
        until = event.get("until")
        orders = orders.after({**event, "until": instant(until, policy) if isinstance(until, str) else until})
    return orders


def instant(text: str, policy: Policy) -> int:
    """Microseconds since 1970 of a time, in the site's zone unless it says its own."""
    moment = datetime.fromisoformat(text)
    moment = moment if moment.tzinfo else moment.replace(tzinfo=policy.zone)
    return int(moment.timestamp() * 1_000_000)
