"""`izin license usage` and `izin license demand`: what licenses were used for, and who asks without one."""

import time
from datetime import datetime
from pathlib import Path

import click

from gateway.audit.query import Query
from gateway.audit.reader import Reader
from gateway.audit.usage import entries_of, refusals
from gateway.cli.asked import JournalFolder, month_option, opened, sound
from gateway.cli.entries import dumps
from gateway.cli.options import LANGUAGE, POLICY, fail, load_policy
from gateway.cli.terminal import coloured, line_width, safe
from gateway.cli.words import no_license
from gateway.instants import utc
from gateway.policy.model import Policy
from gateway.told.demand import Wanted
from gateway.told.month import Month
from gateway.told.usage import Usage, as_csv, sections_of
from gateway.vocabulary import Kind, Language, Phase, Verdict

_JOURNAL = click.option(
    "--journal", "reader", type=JournalFolder(), envvar="IZIN_JOURNAL", required=True,
    metavar="DIR",
    help="The journal's folder. [env: IZIN_JOURNAL]",
)  # fmt: skip
_OF_MONTH = month_option("The month, in the site's time zone. [default: this one]")


@click.command("usage", short_help="The monthly statement of what a license was used for.")
@POLICY
@click.argument("license_id", metavar="ID")
@_JOURNAL
@_OF_MONTH
@click.option("--json", "form", flag_value="json", help="Print one JSON object.")
@click.option("--csv", "form", flag_value="csv", help="Print CSV: a line for each day, host and section.")
@click.option(
    "--html",
    "form",
    flag_value="html",
    help="Print a page in Indonesian and English, to send or to put on paper.",
)
@LANGUAGE
def usage(
    policy: Path, license_id: str, reader: Reader, month: Month | None, form: str | None, language: Language
) -> None:
    """Say what the license ID was used for in a month: requests that count, bytes, articles, and what was refused and why.

    It is computed from the audit log alone, so that the licensee can count again from `izin audit query --json`.
    """
    compiled = load_policy(policy)
    held = compiled.license(license_id)
    if held is None:
        known = ", ".join(f"`{one.id}`" for one in compiled.licenses[:20])
        fail(*no_license(safe(license_id), known))
    of = month or _this_month(compiled)
    fold = Usage(held, sections_of(compiled), compiled.zone, of.first, of.last)
    with opened(reader) as index:
        for entry in sound(entries_of(index, held, *of.span(compiled.zone))):
            fold.add(entry)
    statement = fold.done()
    if form == "html":
        from gateway.cli.used_page import page

        click.echo(page(held, statement, compiled, _now()), nl=False)
        return
    from gateway.cli.used import as_object, as_text

    if form == "json":
        click.echo(dumps(as_object(held, statement, compiled)))
    elif form == "csv":
        click.echo(as_csv(statement), nl=False)
    else:
        for line in as_text(held, statement, compiled, language, line_width(), colour=coloured()):
            click.echo(line)


@click.command("demand", short_help="Who asks for content without a license, and for what.")
@POLICY
@_JOURNAL
@_OF_MONTH
@click.option("--top", type=click.IntRange(1), default=20, show_default=True, help="So many operators.")
@click.option("--json", "as_json", is_flag=True, help="JSON Lines, one operator a line.")
@LANGUAGE
def demand(
    policy: Path, reader: Reader, month: Month | None, top: int, as_json: bool, language: Language
) -> None:
    """Rank the operators of AI crawlers that were refused in a month: who would be worth a call, and for what."""
    from gateway.cli.used import demand_object, demand_text

    compiled = load_policy(policy)
    since, until = (month or _this_month(compiled)).span(compiled.zone)
    query = Query(
        kinds=(Kind.AGENTS.value,),
        verdicts=(Verdict.DENY.value, Verdict.LICENSE.value),
        phases=(Phase.DECISION.value,),
        since=since,
        until=until,
    )
    fold = Wanted(sections_of(compiled), compiled.zone)
    with opened(reader) as index:
        for entry in sound(refusals(index, query)):
            fold.add(entry)
    found = fold.ranked()[:top]
    if as_json:
        for one in found:
            click.echo(dumps(demand_object(one, compiled)))
        return
    for line in demand_text(found, compiled, language, line_width(), colour=coloured()):
        click.echo(line)


def _this_month(policy: Policy) -> Month:
    return Month.of(_now().astimezone(policy.zone).date())


def _now() -> datetime:
    return utc(time.time_ns() // 1000)
