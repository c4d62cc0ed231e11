"""`izin explain`: what the policy says to one request, and why."""

import os
import re
from datetime import UTC, datetime
from pathlib import Path

import click

from gateway.cli.explained import as_json, as_text
from gateway.cli.options import LANGUAGE, POLICY, fail, load_policy
from gateway.cli.terminal import line_width, safe
from gateway.decide import Question
from gateway.explain import explain
from gateway.identify import identify
from gateway.identify.claim import Claims
from gateway.policy.model import Policy
from gateway.policy.robots import RobotsFile
from gateway.proxy.peer import Peers, read_hop
from gateway.request import FIELDS_READ, MAX_TARGET, Request, fold_host, read_target
from gateway.vocabulary import Language, Reason

_METHOD = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,32}")
_VALUE = re.compile(r"[^\x00-\x08\x0a-\x1f\x7f]*")


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
@LANGUAGE
@click.option("--json", "json", is_flag=True, help="One JSON object.")
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
    language: Language,
    json: bool,
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
    if json:
        click.echo(as_json(question, found, policy))
    else:
        for line in as_text(question, found, policy, language, line_width()):
            click.echo(line)


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
        name, value = name.strip().lower(), value.strip()
        if not colon or not name:
            fail(f"`{safe(header)}` is no header", "write it as `Name: value`", 2)
        if name == "host":
            fail("the host is given apart", f"write it as `--host {safe(value)}`", 2)
        if name in FIELDS_READ:
            fields[name] = f"{fields[name]}, {value}" if name in fields else value
    client = read_hop(address.encode("ascii", "replace"))
    if client is None:
        fail(f"`{safe(address)}` is not an IP address", code=2)
    authority = host or policy.hosts[0].pattern.replace("*.", "www.")
    folded = fold_host(authority)
    # What was typed as octets that are no text comes from the shell as lone surrogates.
    raw = os.fsencode(target)
    read = read_target(raw)
    fault = None
    if len(raw) > MAX_TARGET:
        fault = Reason.TARGET_TOO_LONG
    elif not _METHOD.fullmatch(method) or not all(map(_VALUE.fullmatch, fields.values())):
        fault = Reason.MALFORMED_MESSAGE
    elif folded is None:
        fault = Reason.MALFORMED_HOST
    elif read is None:
        fault = Reason.MALFORMED_TARGET
    return Request(method, "https", authority, folded or "", read, Peers().client(client), fields, fault)


def _instant(text: str | None, policy: Policy) -> int:
    if text is None:
        return int(datetime.now(UTC).timestamp() * 1_000_000)
    moment = _moment(text, policy)
    if moment is None or not 1970 <= moment.year < 9999:
        fail(
            f"`{safe(text)}` is not a time", "write it as `2026-11-24T09:00` or with an offset, `…+07:00`", 2
        )
    return int(moment.timestamp() * 1_000_000)


def _moment(text: str, policy: Policy) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=policy.zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
