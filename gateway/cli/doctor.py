"""`izin doctor`: does the public site say and do what the policy says?"""

import asyncio
import ipaddress
import json
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

import click

from gateway.cli.diagnosis import as_objects, as_text
from gateway.cli.options import FOLDER, LANGUAGE, Parsed, fail, load_policy
from gateway.cli.terminal import coloured, fit, line_width, safe
from gateway.instants import utc
from gateway.policy.model import Policy
from gateway.policy.place import PolicyError
from gateway.settings import Address, parse_address
from gateway.told.asking import first_host
from gateway.told.doctor import Case, Outcome, examine, tour
from gateway.told.doctor.case import address
from gateway.told.doctor.tour import MOST_ARTICLES, MOST_REQUESTS
from gateway.told.doctor.visit import Ask, Door
from gateway.vocabulary import Language

_PORTS = {"http": 80, "https": 443}


@click.command("doctor")
@click.argument("url")
@click.option(
    "--policy",
    type=FOLDER,
    envvar="IZIN_POLICY",
    default=".",
    show_default="this folder",
    metavar="POLICY",
    help="The policy's folder. [env: IZIN_POLICY]",
)
@click.option(
    "--article",
    "articles",
    multiple=True,
    metavar="PATH",
    help=f"An article to ask for, {MOST_ARTICLES} at most; else one is found by sitemap, feed or front page.",
)
@click.option(
    "--origin-address",
    type=Parsed("H:P", parse_address),
    metavar="H:P",
    help="Where the origin listens: it is asked directly, and must not answer.",
)
@click.option(
    "--admin",
    type=Parsed("H:P", parse_address),
    metavar="H:P",
    help="The gateway's admin listener: what it warns of is told too.",
)
@click.option(
    "--connect",
    type=Parsed("H:P", parse_address),
    metavar="H:P",
    help="Reach the site at this address, not where its name leads: before its name leads to Izin.",
)
@click.option(
    "--timeout",
    type=click.FloatRange(0.1, 120),
    default=10.0,
    show_default=True,
    metavar="SECONDS",
    help="For each request.",
)
@LANGUAGE
@click.option("--json", "as_json", is_flag=True, help="Print one JSON list.")
def command(
    url: str,
    policy: Path,
    articles: tuple[str, ...],
    origin_address: Address | None,
    admin: Address | None,
    connect: Address | None,
    timeout: float,
    language: Language,
    as_json: bool,
) -> None:
    """Read the site at URL as a reader and as crawlers would, and say line by line where it differs from the policy.

    At most 25 requests, one at a time, only to hosts that the policy names. A loopback address in URL stands for the
    policy's first host. Exit code 0 where nothing differs, 1 where something does.
    """
    from gateway.lookups.site import PAUSE, visit

    if not (policy / "site.yaml").is_file():
        fail(f"`{policy}` holds no policy", "name its folder with --policy, or set IZIN_POLICY", 2)
    compiled = load_policy(policy)
    now = time.time_ns() // 1000
    known = {Door.ORIGIN: origin_address, Door.ADMIN: admin}
    inner = {door: at for door, at in known.items() if at is not None}
    case, doors = _case(compiled, url, articles, connect, now, inner)
    asked = 0

    def before(count: int, ask: Ask) -> None:
        nonlocal asked
        asked = count
        if sys.stderr.isatty():
            line = f"{count:2}/{MOST_REQUESTS} {ask.visitor.name or '–'} {ask.url}"
            click.echo(f"\r{fit(line, line_width() - 1)}", err=True, nl=False)

    way = visit(
        tour(case),
        doors=doors,
        seconds=timeout,
        clock=lambda: time.time_ns() // 1000,
        pause=0.0 if _near(doors.get(Door.PUBLIC)) else PAUSE,
        before=before,
    )
    try:
        seen = asyncio.run(way)
    finally:
        if sys.stderr.isatty():
            click.echo("\r\x1b[K", err=True, nl=False)
    found = list(examine(case, seen))
    if as_json:
        click.echo(json.dumps(as_objects(found), indent=2, ensure_ascii=True))
    else:
        when = utc(now).astimezone(compiled.zone)
        click.echo(f"{safe(seen.url)} · {safe(compiled.site)} · {when:%Y-%m-%d %H:%M %Z}\n")
        for line in as_text(found, asked, language, line_width(), colour=coloured()):
            click.echo(line)
    sys.exit(1 if any(finding.outcome is Outcome.DIFFERS for _, finding in found) else 0)


def _case(
    policy: Policy,
    url: str,
    articles: tuple[str, ...],
    connect: Address | None,
    now: int,
    inner: dict[Door, Address],
) -> tuple[Case, dict[Door, Address]]:
    """What is to be examined, and the addresses to use in place of what names lead to."""
    read = address("https://invalid/", url) if "://" in url else None
    if read is None or read[2] != "/":
        fail(f"`{url}` is not the address of a site", "write it as `https://www.koran.example`", 2)
    scheme, authority, _ = read
    doors: dict[Door, Address] = {}
    parts = urlsplit(f"{scheme}://{authority}")
    at = Address(parts.hostname or "", parts.port or _PORTS[scheme])
    if _near(at):
        doors[Door.PUBLIC], authority = at, first_host(policy)
    if connect is not None:
        doors[Door.PUBLIC] = connect
    if len(articles) > MOST_ARTICLES:
        fail(
            f"{len(articles)} articles are named",
            f"{MOST_ARTICLES} at most: the site is to be asked gently",
            2,
        )
    targets = []
    for article in articles:
        found = address(f"{scheme}://{authority}/", article)
        if found is None or not article.startswith("/") or article.startswith("//"):
            fail(f"`{article}` is not the path of an article", "write it as `/berita/123/judul`", 2)
        targets.append(found[2])
    try:
        case = Case(
            policy,
            scheme,
            authority,
            now,
            near=bool(doors),
            origin=Door.ORIGIN in inner,
            admin=Door.ADMIN in inner,
            targets=tuple(dict.fromkeys(targets)),
        )
    except PolicyError as error:
        fail(f"the policy cannot be stated: {error.problems[0]}")
    if case.host(authority) is None:
        named = ", ".join(host.pattern for host in policy.hosts)
        fail(f"the policy does not name `{authority}`", f"it names {named}; no other host is visited", 2)
    return case, doors | inner


def _near(at: Address | None) -> bool:
    """Whether an address is this machine's own."""
    if at is None:
        return False
    try:
        return at.host == "localhost" or ipaddress.ip_address(at.host).is_loopback
    except ValueError:
        return False
