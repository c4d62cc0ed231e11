"""The policy: what it says in plain words, what it publishes, what it would say to a request; and the emergency brake."""

from datetime import UTC, datetime
from typing import Any, Final

from starlette.responses import Response

from gateway.console.health import State, mode_orders, state
from gateway.console.visit import Denied, Visit
from gateway.decision import Question
from gateway.explain import explain
from gateway.identify.claim import Claims
from gateway.instants import SECOND, duration
from gateway.names import ASSURANCES, KINDS, PURPOSES
from gateway.policy.sentences import chapters
from gateway.reasons import SENTENCES
from gateway.request import Client
from gateway.statements import FORMATS, Statement
from gateway.told.asking import NotAsked, first_host, question_of, read_fields, request_of
from gateway.told.examples import NOWHERE
from gateway.vocabulary import Mode

#: How long the brake may be pulled for; empty is for good.
HOLDS: Final = ("15m", "1h", "4h", "")
_LONGEST: Final = 2_000


def policy(visit: Visit) -> Response:
    """What is in force, in plain words, and what it would say to a request."""
    said = state(visit)
    problems = visit.console.policy_problems()
    return visit.render(
        "policy.html",
        modes=_modes(visit, said),
        running=said.running,
        holds=HOLDS,
        chapters=chapters(visit.policy, visit.language),
        problems=[" ".join(one.told(visit.language).split()) for one in problems],
        digest=visit.policy.digest,
        tried=_tried(visit),
        host=visit.query.get("host", "") or first_host(visit.policy),
    )


def _modes(visit: Visit, said: State) -> list[tuple[Mode, bool, str | None, list[str]]]:
    """The modes in force: whether by order, until when, and on which hosts."""
    orders = mode_orders(said.orders)
    found: dict[tuple[Mode, bool, int | None], list[str]] = {}
    for host in visit.policy.hosts:
        ordered = orders.mode(host.pattern, visit.now)
        holding = [one for one in orders.modes if one.mode is ordered and one.host in {host.pattern, "*"}]
        until = holding[0].until if holding else None
        found.setdefault((ordered or host.mode, ordered is not None, until), []).append(host.pattern)
    return [
        (mode, ordered, None if until is None else visit.clock.full(until), hosts)
        for (mode, ordered, until), hosts in found.items()
    ]


def brake(visit: Visit) -> Response:
    """Give the order: observe, enforce, or the policy's own mode again."""
    if not visit.form:
        return visit.go("/policy")
    wanted, holds = visit.form.get("mode", ""), visit.form.get("for", "")
    if visit.form.get("sure") != "1" or holds not in HOLDS or wanted not in {*Mode, "policy"}:
        raise Denied(400, "not sure")
    until = visit.now + duration(holds) * SECOND if holds and wanted != "policy" else None
    mode = None if wanted == "policy" else wanted
    visit.change("mode", {"mode": mode, "host": "*", "until": until})
    return visit.go("/policy")


def statements(visit: Visit) -> Response:
    """Every format as it is published for a host now, without the origin's own robots.txt, and what each cannot say."""
    hosts = {host.pattern: host for host in visit.policy.hosts}
    name = visit.query.get("host", "")
    host = hosts.get(name) or visit.policy.hosts[0]
    statement = Statement(visit.policy, host, datetime.fromtimestamp(visit.now / SECOND, UTC))
    shown = [
        {
            "name": one.name,
            "where": one.path or one.place,
            "text": one.render(statement),
            "omits": one.omits(statement),
        }
        for one in FORMATS
    ]
    return visit.render("statements.html", formats=shown, hosts=tuple(hosts), host=host.pattern)


def _tried(visit: Visit) -> dict[str, Any] | None:
    """What the policy says to the request that the address tells; None where none is told."""
    asked, path = visit.query.get("agent", ""), visit.query.get("path", "")
    if not path and not asked:
        return None
    try:
        question = _question(visit, asked[:_LONGEST], path[:_LONGEST] or "/")
    except NotAsked as error:
        raise Denied(400, "error", error.why.said(visit.language)) from None
    found, language = explain(question), visit.language
    identity, rule = question.identity, found.rule
    who = [identity.agent or identity.name, identity.operator, KINDS[identity.kind].said(language)]
    who += [PURPOSES[identity.purpose].said(language)] if identity.purpose else []
    who.append(ASSURANCES[identity.assurance].said(language))
    return {
        "verdict": found.decision.verdict.value,
        "status": found.decision.status,
        "enforced": found.decision.enforced,
        "rule": found.decision.rule,
        "place": None if rule is None else str(rule.place),
        "because": None if rule is None or rule.because is None else rule.because.said(language),
        "reasons": [SENTENCES[one].said(language) for one in found.decision.reasons],
        "who": ", ".join(one for one in who if one),
        "changes": [one.said(language) for one in found.changes],
        "at": visit.clock.full(question.now),
    }


def _question(visit: Visit, agent: str, path: str) -> Question:
    policy = visit.policy
    host = visit.query.get("host", "")[:255] or first_host(policy)
    client = Client(NOWHERE, f"{NOWHERE}/32", certain=False)
    request = request_of("GET", host, path.encode("utf-8", "replace"), client, read_fields((), agent))
    return question_of(request, policy, Claims(policy.agents), visit.now)
