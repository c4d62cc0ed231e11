"""`izin explain`: what the policy says to one request, and why."""

from datetime import UTC, datetime
from pathlib import Path

import click
import msgspec

from gateway.cli.options import POLICY, fail, load_policy
from gateway.decide import Question
from gateway.explain import Explanation, explain
from gateway.identify import identify
from gateway.identify.claim import Claims
from gateway.identify.identity import Identity
from gateway.policy.model import Policy
from gateway.policy.robots import RobotsFile
from gateway.proxy.peer import Peers, read_hop
from gateway.request import FIELDS_READ, Request, fold_host, read_target
from gateway.vocabulary import SENTENCES, Reason


@click.command("explain", short_help="Say what the policy does with a request, and why.")
@POLICY
@click.option("--user-agent", default="", metavar="UA", help="What the client says of itself.")
@click.option(
    "--path", "target", default="/", show_default=True, metavar="P", help="Path and query, as sent."
)
@click.option("--host", metavar="H", help="The host asked; else the policy's first.")
@click.option(
    "--address", default="203.0.113.1", show_default=True, metavar="IP", help="Where the client is."
)
@click.option(
    "--header", "headers", multiple=True, metavar="'K: V'", help="A further header; may be repeated."
)
@click.option("--method", default="GET", show_default=True, metavar="M", help="The method.")
@click.option(
    "--at",
    metavar="TIME",
    help="An instant, `2026-11-24T09:00` or with an offset, in the site's zone; else now.",
)
@click.option(
    "--robots",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="The origin's robots.txt; else none is taken into account.",
)
@click.option(
    "--lang",
    type=click.Choice(["id", "en"]),
    default="en",
    show_default=True,
    help="Language of the sentences.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def command(
    policy: Path,
    user_agent: str,
    target: str,
    host: str | None,
    address: str,
    headers: tuple[str, ...],
    method: str,
    at: str | None,
    robots: Path | None,
    lang: str,
    as_json: bool,
) -> None:
    """Decide one request under POLICY without sending it, and say why: verdict, rule with its place, reasons, and what
    would have to change for another verdict."""
    compiled = load_policy(policy)
    request = _request(compiled, user_agent, target, host, address, headers, method)
    claim = Claims(compiled.agents).read(request.fields.get("user-agent"), "from" in request.fields)
    identity = identify(request, claim, compiled, {})
    question = Question(
        request,
        identity,
        compiled,
        compiled.host(request.host),
        _instant(at, compiled),
        RobotsFile(robots.read_bytes()) if robots else None,
    )
    found = explain(question)
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(_as_json(compiled, identity, found)), indent=2))
    else:
        _print(request, compiled, identity, found, lang)


def _request(
    policy: Policy,
    user_agent: str,
    target: str,
    host: str | None,
    address: str,
    headers: tuple[str, ...],
    method: str,
) -> Request:
    fields = {"user-agent": user_agent} if user_agent else {}
    for header in headers:
        name, colon, value = header.partition(":")
        if not colon or not name.strip():
            fail(f"`{header}` is no header", "write it as `Name: value`", 2)
        name = name.strip().lower()
        if name in FIELDS_READ:
            fields[name] = f"{fields[name]}, {value.strip()}" if name in fields else value.strip()
    authority = host or next((one.pattern for one in policy.hosts), "").removeprefix("*.")
    folded = fold_host(authority)
    client = read_hop(address.encode("ascii", "replace"))
    if client is None:
        fail(f"`{address}` is not an IP address", code=2)
    read = read_target(target.encode("utf-8"))
    fault = Reason.MALFORMED_TARGET if read is None else Reason.MALFORMED_HOST if folded is None else None
    return Request(method, "https", authority, folded or "", read, Peers().client(client), fields, fault)


def _instant(text: str | None, policy: Policy) -> int:
    if text is None:
        return int(datetime.now(UTC).timestamp() * 1_000_000)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        fail(f"`{text}` is not a time", "write it as `2026-11-24T09:00` or with an offset, `…+07:00`", 2)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=policy.zone)
    return int(moment.timestamp() * 1_000_000)


def _as_json(policy: Policy, identity: Identity, found: Explanation) -> dict[str, object]:
    decision, rule = found.decision, found.rule
    return {
        "verdict": decision.verdict,
        "status": decision.status,
        "enforced": decision.enforced,
        "kind": identity.kind,
        "agent": identity.agent or identity.name,
        "operator": identity.operator,
        "purpose": identity.purpose,
        "assurance": identity.assurance,
        "audience": decision.audience,
        "rule": decision.rule,
        "place": None if rule is None else str(rule.place),
        "because": None if rule is None or rule.because is None else rule.because._asdict(),
        "reasons": list(decision.reasons),
        "sentences": {reason: SENTENCES[reason]._asdict() for reason in decision.reasons},
        "evidence": [
            {"probe": one.probe, "finding": one.finding, "detail": one.detail} for one in identity.evidence
        ],
        "license": decision.license,
        "grants": list(decision.grants),
        "steps": list(found.steps),
        "changes": [change._asdict() for change in found.changes],
        "policy": policy.digest,
    }


_LABELS = {
    "en": (
        "verdict",
        "taken for",
        "borne out",
        "rule",
        "because",
        "reasons",
        "evidence",
        "asked",
        "would change it",
    ),
    "id": (
        "putusan",
        "dikira",
        "kekuatan klaim",
        "aturan",
        "sebab",
        "alasan",
        "bukti",
        "ditanyakan",
        "yang mengubahnya",
    ),
}


def _print(request: Request, policy: Policy, identity: Identity, found: Explanation, lang: str) -> None:
    from gateway.cli.terminal import safe

    decision, rule = found.decision, found.rule
    verdict, who, borne, rule_label, because, reasons, evidence, asked, changes = _LABELS[lang]
    status = "" if decision.status is None else f" ({decision.status})"
    observed = "" if decision.enforced else "  [observe]"
    name = identity.agent or identity.name or "-"
    parts = [identity.kind.value, name]
    parts += [text for text in (identity.operator, identity.purpose) if text]
    rows = [
        (verdict, f"{decision.verdict}{status}{observed}"),
        (who, " · ".join(map(safe, parts))),
        (borne, identity.assurance.value),
        (rule_label, f"{decision.rule or '-'}" + (f"   {rule.place}" if rule else "")),
    ]
    if rule is not None and rule.because is not None:
        rows.append((because, safe(getattr(rule.because, lang))))
    rows += [
        (reasons if n == 0 else "", f"{one}: {getattr(SENTENCES[one], lang)}")
        for n, one in enumerate(decision.reasons)
    ]
    rows += [
        (
            evidence if n == 0 else "",
            f"{one.probe}: {getattr(SENTENCES[one.finding], lang)}"
            + (f" ({safe(one.detail)})" if one.detail else ""),
        )
        for n, one in enumerate(identity.evidence)
    ]
    rows.append((asked, " → ".join(found.steps)))
    rows += [(changes if n == 0 else "", safe(getattr(one, lang))) for n, one in enumerate(found.changes)]
    click.echo(
        f"{safe(request.method)} {safe(request.authority)}{safe(request.target.path if request.target else '')}"
    )
    width = max(len(label) for label, _ in rows)
    for label, text in rows:
        click.echo(f"  {label:<{width}}  {text}")
    click.echo(f"  {'policy':<{width}}  {policy.digest}")
