"""The decision point: Request + Identity + Policy + now → Decision. Pure, total, repeatable.

Theory of operation. The order of judgement is a table, `STEPS`; the first step that has an answer gives it, and the
last one always has: nothing forbids it. Each step is a function of the same `Question`. Which rule wins is RFC 9309's
own order, so that robots.txt can say the same: the most specific subject that has a matching rule, then the longest
path pattern by octets, allow on a tie. People are judged by the canonical reading of the path, everybody else by the
stricter of both readings, and where a path climbs, by the strictest of all rules that speak of them. A legal order is held
against people so too: what a court closed is not opened by a second slash.

Rules have terms, so a host is looked at as it stands at ``now``: `in_force` is the first thing that happens to a question.

A request that no step refuses may come too fast all the same. Which rates count it is part of the decision (`rates`);
how much of them is used is a fact, as look-ups are: the door has the request counted, and asks again with what was found.
"""

from collections.abc import Callable
from typing import Final, NamedTuple

from gateway.decision import (
    FAULT_STATUS,
    LEGAL_STATUS,
    RATE_STATUS,
    UNCOUNTED_STATUS,
    UNPROVED_STATUS,
    VERDICT_STATUS,
    Decision,
    Question,
    audience_of,
    counted_by,
    covered_by,
)
from gateway.identify.holding import findings_of, holder_subjects
from gateway.identify.proving import failings_of
from gateway.licenses.challenge import CHALLENGES
from gateway.licenses.license import License
from gateway.policy.model import HOLDING, OWN_PAGES, OWN_PATHS, TOKENS, Host, Rule
from gateway.policy.winner import Ruled, ruled_by
from gateway.rates.due import rates_of, rates_of_page, refusal_by
from gateway.request import Target
from gateway.value import changed
from gateway.vocabulary import AI_PURPOSES, Audience, Kind, Mode, Purpose, Reach, Reason, RobotsFrom, Verdict

#: What a request asks for that no rate counts.
_UNCOUNTED: Final = frozenset({Reason.OWN_DOCUMENT, Reason.PASSED_PATH})

#: Purposes on which the origin's robots.txt is enforced; unknown self-declared crawlers join them.
ROBOTS_BINDS: Final = AI_PURPOSES | {Purpose.SEO}
_CRAWLERS: Final = frozenset({Kind.AGENTS, Kind.IMPOSTORS})


def decide(question: Question) -> Decision:
    """The decision about one request: the first of `STEPS` that has one, as the mode lets it stand and the rates permit."""
    question = in_force(question)
    for judge in _JUDGES:
        decision = judge(question)
        if decision is not None:
            return _paced(question, decision)
    raise AssertionError("the last step always decides")


def in_force(question: Question) -> Question:
    """The question with the rules of its host that are in force at its instant, and no others."""
    host = question.host
    if host is None or not host.changes:
        return question
    return changed(question, host=host.at(question.now))


def unrecorded(decision: Decision) -> Decision:
    """The decision in place of one that could not be recorded: 503 for the ``ai`` audience (`docs/manual/journal.md`)."""
    return Decision(
        Verdict.DENY, 503, "journal", (Reason.JOURNAL_UNAVAILABLE, *decision.reasons), decision.audience
    )


def _paced(question: Question, decision: Decision) -> Decision:
    """The decision with the rates that count the request, and the refusal of the one that it must wait for longest, or of which
    nobody can say how much is used."""
    if decision.verdict is not Verdict.ALLOW or decision.reasons[0] in _UNCOUNTED:
        return decision
    names = _rates(question, decision)
    if not names:
        return decision  # nearly every time
    if not question.rates:
        return counted_by(decision, names)
    counted = counted_by(decision, names)
    if any(found.reach is Reach.HERE for found in question.rates):
        counted = changed(counted, reasons=(*counted.reasons, Reason.COUNTED_ALONE))
    waits = {found.name: (found.reach is Reach.NOWHERE, found.wait) for found in question.rates if found.wait}
    if waits.keys().isdisjoint(names):
        return counted
    slowest = max(names, key=lambda name: waits.get(name, (False, 0)))
    (rule, reason), status = refusal_by(slowest), RATE_STATUS
    if waits[slowest][0]:
        reason, status = Reason.SHARED_STATE_UNAVAILABLE, UNCOUNTED_STATUS
    refused = _refusal(question, Verdict.DENY, rule, (reason, *counted.reasons), status)
    if decision.document is not None:
        refused = _enforced(refused)  # whatever the mode, the origin has no such page
    given = () if refused.enforced else decision.grants
    return changed(refused, audience=decision.audience, license=decision.license, grants=given, rates=names)


def _rates(question: Question, decision: Decision) -> tuple[str, ...]:
    """The names of the rates of the policy that count the request, tightest first."""
    host, identity = _known(question), question.identity
    if decision.document is not None:
        return rates_of_page(decision.document, question.policy, identity)
    if not (decision.license or identity.claimed or identity.proved) and host.paces.keys().isdisjoint(
        identity.subjects
    ):
        return ()
    target, held = _target(question), decision.license
    return rates_of(host, question.policy, identity, target, held, question.now)


def _fault(question: Question) -> Decision | None:
    fault = question.request.fault
    if fault is None:
        return None
    return Decision(Verdict.DENY, FAULT_STATUS[fault], "malformed", (fault,), audience_of(question.identity))


def _host(question: Question) -> Decision | None:
    if question.host is not None:
        return None
    return Decision(Verdict.DENY, 421, "host", (Reason.HOST_UNKNOWN,), audience_of(question.identity))


def _own_document(question: Question) -> Decision | None:
    target = _target(question)
    if target.path not in OWN_PATHS or target.folded != target.path:
        return None
    if question.request.method not in ("GET", "HEAD"):
        return None
    return Decision(Verdict.ALLOW, 200, None, (Reason.OWN_DOCUMENT,), Audience.WELCOME, document=target.path)


def _own_page(question: Question) -> Decision | None:
    target = _target(question)
    if target.path not in OWN_PAGES or target.folded != target.path:
        return None
    if target.path == TOKENS:
        return _token_endpoint(question)
    if question.request.method not in ("GET", "HEAD"):
        return None
    if target.path == HOLDING and not question.identity.proved:
        return _unproved(question)
    return Decision(Verdict.ALLOW, 200, None, (Reason.OWN_PAGE,), Audience.WELCOME, document=target.path)


def _token_endpoint(question: Question) -> Decision | None:
    """A token request, on a site that runs the endpoint; what comes of it stands in the outcome."""
    if question.policy.tokens is None or question.request.method != "POST":
        return None
    return Decision(Verdict.ALLOW, None, None, (Reason.OWN_PAGE,), Audience.AI, document=TOKENS)


def _unproved(question: Question) -> Decision:
    """401 to who asks what it holds and proves nothing, or what was wrong with the proof that it showed. Whatever the mode:
    the origin has no such page."""
    lacking = _license_reasons(question)
    challenge = next((CHALLENGES[reason] for reason in lacking if reason in CHALLENGES), None)
    if challenge is not None:
        return Decision(Verdict.DENY, challenge.status, "license", lacking, Audience.WELCOME)
    return Decision(Verdict.LICENSE, UNPROVED_STATUS, "license", (Reason.LICENSE_UNPROVED,), Audience.WELCOME)


def _passed_path(question: Question) -> Decision | None:
    target, passed = _target(question), _known(question).passed
    if passed.best(target.path) is None or target.climbs:
        return None
    if target.folded != target.path and passed.best(target.folded) is None:
        return None
    return Decision(Verdict.ALLOW, None, None, (Reason.PASSED_PATH,), Audience.WELCOME)


def _closed_by_law(question: Question) -> Decision | None:
    """A legal order about the client, or about what a contradicted one says it is: nobody gets past it."""
    host = _known(question)
    if not host.legal:
        return None
    target, subjects = _target(question), (*_subjects(question), *question.identity.claimed)
    tables = [table for key in subjects if (table := host.legal.get(key)) is not None]
    for reading in (target.canonical, target.lenient):
        for table in tables:
            found = table.best(reading)
            if found is not None:
                return _legal_refusal(question, found[1], reading != target.canonical)
    if target.climbs and tables:
        return _legal_refusal(question, tables[0].rows()[0][1], True)
    return None


def _legal_refusal(question: Question, rule: Rule, by_other_reading: bool) -> Decision:
    reasons = (Reason.LEGAL_ORDER, Reason.OTHER_READING_STRICTER)
    return _refusal(
        question, Verdict.DENY, rule.id, reasons if by_other_reading else reasons[:1], LEGAL_STATUS
    )


def _blocked(question: Question) -> Decision | None:
    """An order to block outranks permission; only the brake, an order to observe, outranks it in turn."""
    identity, orders = question.identity, question.orders
    if not orders.blocks_agent(identity.agent or identity.name, question.now):
        return None
    ordered = orders.mode(_known(question).pattern, question.now)
    decision = _refusal(question, Verdict.DENY, "block", (Reason.BLOCK_IN_FORCE,))
    return decision if ordered is Mode.OBSERVE else _enforced(decision)


def _contradicted(question: Question) -> Decision | None:
    """An impostor is denied, or what a rule about impostors says; and never gets more than the one it claims to be."""
    identity = question.identity
    if identity.kind is not Kind.IMPOSTORS:
        return None
    found = _ruled_by(question, ("kind:impostors",))
    verdict, rule, reasons = found or (Verdict.DENY, "impostors", (Reason.CLAIM_CONTRADICTED,))
    everyone = _ruled_by(question, ("everyone",)) if found else None
    claimed = _ruled_by(question, identity.claimed)
    for other in (everyone, claimed):
        if other is not None and other[0].strictness > verdict.strictness:
            verdict, rule, reasons = other
    if verdict is Verdict.ALLOW:
        return _origin_robots(question) or Decision(verdict, None, rule, reasons, Audience.AI)
    return _refusal(question, verdict, rule, reasons)


def _licensed(question: Question) -> Decision | None:
    """What a proved license covers, unless a rule about its holder takes that back."""
    for held, finding in _findings(question):
        if finding is Reason.LICENSE_COVERS:
            narrowed = _ruled_by(question, _license_subjects(question))
            if narrowed is not None and narrowed[0] is not Verdict.ALLOW:
                verdict, rule, reasons = narrowed
                return _refusal(question, verdict, rule, reasons + _license_reasons(question))
            return covered_by(held.id, held.uses, question.identity.evidence, _embargo(question, held))
    return None


def _embargo(question: Question, held: License) -> int | None:
    """The age in seconds that an article must have for a license, where only the answer tells it."""
    told_by_answer = _known(question).articles.field is not None
    return held.embargo if told_by_answer and _mode(question) is not Mode.OBSERVE else None


def _ruled(question: Question) -> Decision | None:
    found = _ruled_by(question, _subjects(question))
    if found is None or found[0] is Verdict.ALLOW:
        return None
    verdict, rule, reasons = found
    if question.identity.proved and found == _ruled_by(question, _license_subjects(question)):
        return _refusal(question, verdict, rule, reasons + _license_reasons(question))
    return _unpermitted(question, verdict, rule, reasons)


def _origin_robots(question: Question) -> Decision | None:
    if not _robots_binds(question) or not _robots_refuses(question):
        return None
    if question.identity.proved and _ruled_by(question, _license_subjects(question)) is not None:
        return None  # as a license does, a rule that opens a path to its holder outranks the origin
    return _unpermitted(question, Verdict.DENY, "origin-robots", (Reason.ROBOTS_REFUSES,))


def _allowed(question: Question) -> Decision:
    found = _ruled_by(question, _subjects(question))
    rule, reasons = (found[1], found[2]) if found else (None, (Reason.NOTHING_FORBIDS,))
    reasons += _license_reasons(question)
    if question.identity.kind is Kind.AGENTS and not _robots_binds(question) and _robots_refuses(question):
        reasons += (Reason.ROBOTS_WOULD_REFUSE,)
    return Decision(Verdict.ALLOW, None, rule, reasons, audience_of(question.identity))


class Step(NamedTuple):
    """One step of the order of judgement: its decision, or None to leave it to the next."""

    name: str
    judge: Callable[[Question], Decision | None]


#: The order of judgement, as `docs/manual/verdicts.md` explains it.
STEPS: Final[tuple[Step, ...]] = (
    Step("malformed", _fault),
    Step("host", _host),
    Step("own-document", _own_document),
    Step("own-page", _own_page),
    Step("passed-path", _passed_path),
    Step("legal-order", _closed_by_law),
    Step("block", _blocked),
    Step("contradicted", _contradicted),
    Step("license", _licensed),
    Step("rules", _ruled),
    Step("origin-robots", _origin_robots),
    Step("allowed", _allowed),
)
_JUDGES: Final = tuple(step.judge for step in STEPS)


def _ruled_by(question: Question, subjects: tuple[str, ...]) -> Ruled | None:
    """What the rules say: by the canonical reading for people, by the stricter of both for everybody else."""
    people = question.identity.kind is Kind.PEOPLE
    return ruled_by(_known(question), subjects, _target(question), people=people)


def _refusal(
    question: Question, verdict: Verdict, rule: str, reasons: tuple[Reason, ...], status: int | None = None
) -> Decision:
    """A refusal by the policy, let pass where the mode is observe."""
    observed = _mode(question) is Mode.OBSERVE
    return Decision(
        verdict,
        status or _status(question, verdict),
        rule,
        (*reasons, Reason.OBSERVED_ONLY) if observed else reasons,
        audience_of(question.identity),
        enforced=not observed,
    )


def _mode(question: Question) -> Mode:
    host = _known(question)
    return question.orders.mode(host.pattern, question.now) or host.mode


def _status(question: Question, verdict: Verdict) -> int | None:
    """401 in place of 402 where whoever holds a license fetches a token by itself."""
    if verdict is Verdict.LICENSE and question.policy.tokens is not None and not question.identity.proved:
        return UNPROVED_STATUS
    return VERDICT_STATUS[verdict]


def _unpermitted(question: Question, verdict: Verdict, rule: str, reasons: tuple[Reason, ...]) -> Decision:
    """A refusal that written permission would have lifted: if some was shown, what is wrong with it decides the answer. A
    rule about the holder of a license says itself what is answered."""
    lacking = _license_reasons(question)
    challenge = next((CHALLENGES[reason] for reason in lacking if reason in CHALLENGES), None)
    if challenge is None:
        return _refusal(question, verdict, rule, reasons + lacking)
    return _refusal(question, Verdict.DENY, rule, reasons + lacking, challenge.status)


def _enforced(decision: Decision) -> Decision:
    reasons = tuple(reason for reason in decision.reasons if reason is not Reason.OBSERVED_ONLY)
    return Decision(decision.verdict, decision.status, decision.rule, reasons, decision.audience)


def _robots_binds(question: Question) -> bool:
    identity = question.identity
    return identity.kind in _CRAWLERS and (identity.unknown or identity.purpose in ROBOTS_BINDS)


def _robots_refuses(question: Question) -> bool:
    host, target = _known(question), _target(question)
    robots = question.robots if host.robots_from is RobotsFrom.ORIGIN else host.robots_file
    if robots is None or not host.robots_enforced:
        return False
    token = question.identity.robots
    if not robots.allows(token, target.canonical):
        return True
    return target.folded != target.path and not robots.allows(token, target.lenient)


def _findings(question: Question) -> list[tuple[License, Reason]]:
    """Each license the client proved, with what it says of this request."""
    return findings_of(question.policy, question.identity, question.request, _known(question), question.now)


def _license_reasons(question: Question) -> tuple[Reason, ...]:
    """Why no license lets the client in: what was wrong with the proof that it showed, then what the licenses that it
    proved say; one that covers the request was narrowed by a rule, which says so."""
    failings = failings_of(question.identity)
    if not failings and not question.identity.proved:
        return ()  # nearly every time
    findings = [*failings, *(finding for _, finding in _findings(question))]
    return tuple(dict.fromkeys(finding for finding in findings if finding is not Reason.LICENSE_COVERS))


def _license_subjects(question: Question) -> tuple[str, ...]:
    """The keys of rules about the licenses that the client proved and that run."""
    return holder_subjects(question.policy, question.identity, question.now)


def _subjects(question: Question) -> tuple[str, ...]:
    """The keys of all rules that may speak of the client, most specific first."""
    subjects = question.identity.subjects
    return (*_license_subjects(question), *subjects) if question.identity.proved else subjects


def _target(question: Question) -> Target:
    """The target; `_fault` has stopped every request without one."""
    target = question.request.target
    assert target is not None
    return target


def _known(question: Question) -> Host:
    """The host; `_host` has stopped every request without one."""
    host = question.host
    assert host is not None
    return host
