"""A request as somebody tells it → the request as a door would have read it, faults included; and the question of it."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from gateway.certificates import FIELD as CERTIFICATE
from gateway.decide import decide, in_force
from gateway.decision import Decision, Question, RobotsRules
from gateway.identify import NO_FACTS, identify, published_ranges, reverse_dns, web_bot_auth
from gateway.identify.address import verify_of
from gateway.identify.claim import Claim, Claims
from gateway.identify.identity import Evidence, Facts
from gateway.identify.weigh import methods_of
from gateway.instants import instant
from gateway.licenses.credential import FIELD, license_credential
from gateway.policy.model import Policy
from gateway.policy.place import NOTHING
from gateway.rates.counters import Findings, Take
from gateway.rates.due import takes_of
from gateway.rates.ledger import Draw
from gateway.request import FIELDS_READ, MAX_TARGET, Client, Request, fold_host, read_target
from gateway.value import changed
from gateway.vocabulary import NotMeantError, Reason, Sentence

_METHOD = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,32}")
_VALUE = re.compile(r"[^\x00-\x08\x0a-\x1f\x7f]*")


class NotAsked(NotMeantError):  # noqa: N818 -- as it is said
    """What was told is no request; ``why`` and the ``hint`` are for the one who told it."""

    def __init__(self, why: Sentence, hint: Sentence = NOTHING) -> None:
        super().__init__(why)
        self.hint = hint


_HOST_APART: Final = Sentence("host disebut tersendiri", "the host is given apart")
_TWO_CREDENTIALS: Final = Sentence(
    "token lisensi berdampingan dengan Authorization kedua",
    "a license token beside a second Authorization field",
)
_NO_SIGNER: Final = Sentence(
    "`{signer}` tidak mungkin menandatangani: bukan alamat https direktori kunci dan bukan sidik jari kunci",
    "`{signer}` cannot have signed: it is neither the https address of a key directory nor the thumbprint of a key",
)
_SIGNER_SHAPE: Final = Sentence("misalnya `https://chatgpt.com`", "such as `https://chatgpt.com`")
_NO_CHECK: Final = Sentence(
    "tidak diketahui cara memeriksa `{claim}`", "nothing is known by which `{claim}` could be checked"
)
_NO_TIME: Final = Sentence("`{text}` bukan waktu", "`{text}` is not a time")
_TIME_SHAPE: Final = Sentence(
    "tulis sebagai `2026-11-24T09:00` atau dengan selisih zona, `…+07:00`",
    "write it as `2026-11-24T09:00` or with an offset, `…+07:00`",
)


def read_fields(pairs: Iterable[tuple[str, str]], user_agent: str = "") -> dict[str, str]:
    """Header fields as a door folds them: only those that anything reads, names lower-case, repeated ones joined.

    NotAsked if the host is among them, which is told apart, or a license token beside a second Authorization.
    """
    fields = {"user-agent": user_agent} if user_agent else {}
    credentials = []
    for told, value in pairs:
        name = told.strip().lower()
        if name == "host":
            raise NotAsked(_HOST_APART)
        if name in FIELDS_READ or name == CERTIFICATE:  # as a proxy that may say so hands it on
            fields[name] = f"{fields[name]}, {value.strip()}" if name in fields else value.strip()
        elif name == FIELD:
            credentials.append(value.strip())
    try:
        credential = license_credential(credentials)
    except ValueError:
        raise NotAsked(_TWO_CREDENTIALS) from None
    return fields if credential is None else {**fields, FIELD: credential}


def request_of(method: str, authority: str, raw: bytes, client: Client, fields: Mapping[str, str]) -> Request:
    """The request with what a door would have found wrong with it. ``raw`` is the target as sent."""
    folded = fold_host(authority)
    target = read_target(raw)
    fault = None
    if len(raw) > MAX_TARGET:
        fault = Reason.TARGET_TOO_LONG
    elif not _METHOD.fullmatch(method) or not all(map(_VALUE.fullmatch, fields.values())):
        fault = Reason.MALFORMED_MESSAGE
    elif folded is None:
        fault = Reason.MALFORMED_HOST
    elif target is None:
        fault = Reason.MALFORMED_TARGET
    return Request(method, "https", authority, folded or "", target, client, dict(fields), fault)


def first_host(policy: Policy) -> str:
    """The host that is meant where none is told: the policy's first."""
    return policy.hosts[0].pattern.replace("*.", "www.")


def question_of(
    request: Request,
    policy: Policy,
    claims: Claims,
    now: int,
    robots: RobotsRules | None = None,
    facts: Facts = NO_FACTS,
    supposed: bool | None = None,
    signer: str = "",
) -> Question:
    """What is to be decided about a request. ``claims`` reads by the policy's agents; ``now`` is in µs since 1970.
    ``supposed`` says that the client passes its operator's checks, or fails them, whatever the ``facts``; NotAsked if
    there are none. ``signer`` is supposed to have signed the request: the address of a key directory, or a key's thumbprint."""
    claim = claims.read(request.fields.get("user-agent"), "from" in request.fields)
    if signer:
        facts = {**facts, **signed_by(signer, policy)}
    checked = None if supposed is None else _supposed(claim, policy, passes=supposed)
    identity = identify(request, claim, policy, facts, checked)
    return Question(request, identity, policy, policy.host(request.host), now, robots)


def signed_by(signer: str, policy: Policy) -> Facts:
    """What would be known of a request that ``signer`` has signed; NotAsked if that is nobody who could."""
    try:
        return web_bot_auth.supposed(signer, policy)
    except ValueError:
        raise NotAsked(_NO_SIGNER.filled(signer=signer), _SIGNER_SHAPE) from None


def _supposed(claim: Claim, policy: Policy, *, passes: bool) -> tuple[Evidence, ...]:
    """The evidence if every check that the claimed operator offers is passed, or failed."""
    verify = verify_of(claim, policy)
    found = (
        [] if verify is None else [_IF_CHECKED[name] for name in methods_of(verify) if name in _IF_CHECKED]
    )
    if not found:
        raise NotAsked(_NO_CHECK.filled(claim=claim.agent or claim.name or claim.kind))
    return tuple(passed if passes else failed for passed, failed in found)


_IF_CHECKED: Final = {
    name: (Evidence(name, passed), Evidence(name, failed))
    for name, passed, failed in (
        (published_ranges.NAME, Reason.ADDRESS_PUBLISHED, Reason.ADDRESS_NOT_PUBLISHED),
        (reverse_dns.NAME, Reason.NAME_CONFIRMS, Reason.NAME_FOREIGN),
    )
}


def counted(
    question: Question, take: Callable[[Sequence[Take | Draw], int], Findings], address: str = ""
) -> tuple[Question, Decision]:
    """The question with what the rates that count it find, and the decision by that; ``address`` as for `takes_of`."""
    question = in_force(question)
    decision = decide(question)
    if not decision.rates or question.host is None:
        return question, decision
    request, now = question.request, question.now
    takes = takes_of(decision.rates, question.host, question.policy, question.identity, request, now, address)
    question = changed(question, rates=take(takes, question.now))
    return question, decide(question)


def read_moment(text: str, policy: Policy) -> int:
    """The instant (µs since 1970) of an ISO 8601 time, in the site's zone where it names none. NotAsked if it is none."""
    try:
        read = datetime.fromisoformat(text)
        moment = (read if read.tzinfo else read.replace(tzinfo=policy.zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        moment = None
    if moment is None or not 1970 <= moment.year < 9999:
        raise NotAsked(_NO_TIME.filled(text=text), _TIME_SHAPE)
    return instant(moment)
