"""`izin explain`: what the policy says to one request, and why."""

import os
from datetime import UTC, datetime
from pathlib import Path
from time import time

import click

from gateway.audit import orders_file
from gateway.cli.explained import as_json, as_text
from gateway.cli.options import FILE, JOURNAL, LANGUAGE, LICENSE_KEYS, POLICY, fail, load_policy, not_asked
from gateway.cli.terminal import line_width
from gateway.cli.words_of_stated import AS_A_HEADER, AS_HOST, HOST_APART, NO_ADDRESS, NO_HEADER
from gateway.explain import explain
from gateway.identify import needs
from gateway.identify.claim import Claims
from gateway.identify.client_certificate import certificates_at
from gateway.identify.web_bot_auth import SIGNATURE, directories_of, pinned_by
from gateway.instants import SECOND, instant, utc
from gateway.licenses.credential import FIELD
from gateway.lookups.directories import directories_folder, find_at_hand
from gateway.lookups.license_keys import NAME as KEYS
from gateway.lookups.license_tokens import shown_at
from gateway.lookups.range_store import Store
from gateway.lookups.ranges import at_hand, lists_folder
from gateway.orders import NO_ORDERS
from gateway.policy.model import Policy
from gateway.policy.robots import RobotsFile
from gateway.proxy.hops import read_hop
from gateway.proxy.peer import Peers
from gateway.request import SIGNED, Request
from gateway.signatures import Verifier
from gateway.told.asking import NotAsked, first_host, question_of, read_fields, read_moment, request_of
from gateway.told.examples import NOWHERE, Checked
from gateway.value import changed
from gateway.vocabulary import Language


@click.command("explain")
@POLICY
@click.option("--user-agent", default="", metavar="UA", help="What the client says of itself.")
@click.option(
    "--path", "target", default="/", show_default=True, metavar="P", help="Path and query, as sent."
)
@click.option("--host", metavar="H", help="The host asked; else the policy's first.")
@click.option(
    "--address",
    show_default=NOWHERE,
    metavar="IP",
    help="Where the client is; if given, it is checked against the lists in the journal's folder.",
)
@click.option(
    "--check",
    type=click.Choice([one.value for one in Checked]),
    help="Suppose that the client passes, or fails, the checks that its operator offers.",
)
@click.option(
    "--signed-by",
    default="",
    metavar="URL",
    help="Suppose that the request is signed with a key of this directory, or with the key of this thumbprint.",
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
    type=FILE,
    metavar="FILE",
    help="The origin's robots.txt; else none is taken into account.",
)
@JOURNAL
@LICENSE_KEYS
@LANGUAGE
@click.option("--json", "json", is_flag=True, help="One JSON object.")
def command(
    policy: Path,
    user_agent: str,
    target: str,
    host: str | None,
    address: str | None,
    check: str | None,
    signed_by: str,
    headers: tuple[str, ...],
    method: str,
    at: str | None,
    robots: Path | None,
    journal: Path,
    license_keys: Path | None,
    language: Language,
    json: bool,
) -> None:
    """Decide one request under POLICY without sending it, and say why: verdict, rule with its place, reasons, and what
    would have to change for another verdict."""
    compiled = load_policy(policy, journal)
    request = _request(compiled, user_agent, target, host, address or NOWHERE, headers, method)
    file = RobotsFile(robots.read_bytes()) if robots else None
    claims, supposed = Claims(compiled.agents), None if check is None else check == Checked.PASSES
    claim = claims.read(request.fields.get("user-agent"), "from" in request.fields)
    asked, now = needs(request, claim, compiled), _instant(at, compiled)
    facts = certificates_at(asked, utc(now))
    if FIELD in request.fields:
        orders = orders_file.load(journal).orders if journal.is_dir() else NO_ORDERS
        facts = {**facts, **shown_at(license_keys or policy / KEYS, orders, asked, now)}
    if address is not None and supposed is None:
        facts = {**facts, **at_hand(Store(lists_folder(journal)), asked, time())}
    if SIGNED in request.fields:
        keys = find_at_hand(Store(directories_folder(journal)), directories_of(compiled))
        verifier = Verifier(keys, pinned=pinned_by(compiled))
        facts = {**facts, SIGNATURE: verifier.verify(request, now // SECOND)}
    try:
        question = question_of(request, compiled, claims, now, file, facts, supposed, signed_by)
    except NotAsked as error:
        not_asked(error)
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
    pairs = []
    for header in headers:
        name, colon, value = header.partition(":")
        if not colon or not name.strip():
            fail(NO_HEADER.filled(header=header), AS_A_HEADER, 2)
        if name.strip().lower() == "host":
            fail(HOST_APART, AS_HOST.filled(host=value.strip()), 2)
        pairs.append((name, value))
    client = read_hop(address.encode("ascii", "replace"))
    if client is None:
        fail(NO_ADDRESS.filled(address=address), code=2)
    # What was typed as octets that are no text comes from the shell as lone surrogates.
    raw, authority = os.fsencode(target), host or first_host(policy)
    made = request_of(method, authority, raw, Peers().client(client), read_fields(pairs, user_agent))
    lines = [os.fsencode(f"{name.strip()}: {value.strip()}") for name, value in pairs]
    return changed(made, lines=lines) if SIGNED in made.fields else made


def _instant(text: str | None, policy: Policy) -> int:
    try:
        return instant(datetime.now(UTC)) if text is None else read_moment(text, policy)
    except NotAsked as error:
        not_asked(error)
