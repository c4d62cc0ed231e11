"""`izin report`: the monthly letter, without the console and without signing in."""

import time
from pathlib import Path
from typing import Any

import click

from gateway.audit.letter import letter_of
from gateway.audit.reader import Reader
from gateway.cli.asked import complain, month_option, opened, sound
from gateway.cli.entries import dumps, wrapped
from gateway.cli.filters import READER
from gateway.cli.options import LANGUAGE, POLICY, fail, load_policy
from gateway.cli.terminal import coloured, fit, line_width, paint, safe
from gateway.cli.words import NOT_READ, NOT_WRITTEN
from gateway.files import put
from gateway.instants import rfc3339, utc
from gateway.lookups.kept_headlines import KeptHeadlines
from gateway.policy.headlines import NONE, Headlines, placed
from gateway.policy.model import Policy
from gateway.policy.sitemaps import NoSitemapError, read_sitemap
from gateway.told.letter import UNSEEN, Letter, titled
from gateway.told.letter_tables import Table, as_csv, plain, said, tables
from gateway.told.letter_words import headline, seen, summary
from gateway.told.month import Month
from gateway.vocabulary import Language, Sentence

#: Rows of a table on a screen.
_ROWS = 10
#: Octets of a sitemap, at most (sitemaps.org).
MOST_OCTETS = 52_428_800
_TOO_LONG = Sentence("`{path}` lebih panjang dari {most} oktet", "`{path}` has more than {most} octets")
_NO_SITEMAP = Sentence("`{path}` bukan peta situs: {why}", "`{path}` is no sitemap: {why}")


@click.command()
@POLICY
@READER
@month_option("The month, in the site's time zone. [default: the last one that is over]")
@click.option(
    "--delivered",
    type=click.IntRange(1),
    metavar="N",
    help="Requests that the CDN in front answered in the month, by its own count.",
)
@click.option(
    "--titles",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    multiple=True,
    metavar="FILE",
    help="A news sitemap that was saved: its headlines go before those that the gateway has kept. May be given again.",
)
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Write the page to FILE."
)
@click.option(
    "--html",
    "form",
    flag_value="html",
    help="Print the page, in Indonesian and English, to send or to put on paper.",
)
@click.option(
    "--csv",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Write each table to DIR as CSV, with every row.",
)
@click.option("--json", "form", flag_value="json", help="Print one JSON object.")
@LANGUAGE
def command(
    policy: Path,
    reader: Reader,
    month: Month | None,
    delivered: int | None,
    titles: tuple[Path, ...],
    out: Path | None,
    form: str | None,
    folder: Path | None,
    language: Language,
) -> None:
    """Write the monthly letter: what was refused and served, what AI wanted, whom it sent back, and what nobody can see.

    Everything is computed from the audit log. Where the month is not over, the letter goes up to now and says so.
    """
    compiled, now = load_policy(policy), time.time_ns() // 1000
    wanted = month or Month.of(utc(now).astimezone(compiled.zone).date()).before
    with opened(reader) as index:
        for place in index.damage():
            complain(place)
        letter = letter_of(
            index,
            compiled,
            wanted,
            now,
            sound=sound,
            delivered=delivered,
        )
    saved = _headlines(titles, compiled)
    letter = titled(letter, saved.over(KeptHeadlines(reader.folder).of(compiled)))
    found = tables(letter, now)
    try:
        if out is not None:
            _put(out, _page(letter, compiled, now))
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
            for table in found:
                _put(folder / f"{table.name}.csv", as_csv(table))
    except OSError as error:
        fail(NOT_WRITTEN.filled(path=error.filename, why=error.strerror))
    if form == "html":
        click.echo(_page(letter, compiled, now), nl=False)
    elif form == "json":
        click.echo(dumps(as_object(letter, compiled, found)))
    elif out is None and folder is None:
        _print(letter, found, language)


def _headlines(files: tuple[Path, ...], policy: Policy) -> Headlines:
    """The headlines that sitemaps have; the later file counts."""
    found = NONE
    for path in files:
        try:
            with path.open("rb") as file:
                octets = file.read(MOST_OCTETS + 1)
            if len(octets) > MOST_OCTETS:
                fail(_TOO_LONG.filled(path=safe(str(path)), most=MOST_OCTETS))
            read = read_sitemap(octets, policy.zone)
        except OSError as error:
            fail(NOT_READ.filled(path=safe(str(path)), why=error.strerror))
        except NoSitemapError as error:
            fail(_NO_SITEMAP.filled(path=safe(str(path)), why=error.why))
        found = Headlines(placed(read.titles, policy)).over(found)
    return found


def _put(path: Path, text: str) -> None:
    put(path, text.encode(), sync=False)
    click.echo(f"{safe(str(path))}", err=True)


def _page(letter: Letter, policy: Policy, now: int) -> str:
    from gateway.cli.letter_page import page

    return page(letter, policy, now)


def as_object(letter: Letter, policy: Policy, found: tuple[Table, ...]) -> dict[str, Any]:
    """The letter for programs: every table has its rows as objects, named as CSV names its columns."""
    since, until = letter.month.span(policy.zone)
    return {
        "site": policy.site,
        "month": str(letter.month),
        "from": rfc3339(since),
        "until": rfc3339(until),
        "over": letter.over,
        "timezone": policy.zone.key,
        "seen": letter.seen._asdict(),
        "refused": letter.refused,
        "observed": letter.observed,
        "impostors": letter.impostors,
        "welcome_refused": letter.unwelcome,
        "sent_back": letter.sent_back,
        "tables": {
            table.name: [
                {column.name: plain(cell) for column, cell in zip(table.columns, row, strict=True)}
                for row in table.rows
            ]
            for table in found
        },
        "policy": policy.digest,
    }


def _print(letter: Letter, found: tuple[Table, ...], language: Language) -> None:
    columns, colour = line_width(), coloured()
    click.echo(paint(headline(letter).said(language), "bold", on=colour))
    wrapped("", " ".join(summary(letter, language)))
    for table in found:
        click.echo("\n" + paint(table.title.said(language), "bold", on=colour))
        if table.rows:
            heads = [column.head.said(language) for column in table.columns]
            figures = [isinstance(cell, int) for cell in table.rows[0]]
            click.echo(paint(_row(heads, figures, columns), "dim", on=colour))
            for row in table.rows[:_ROWS]:
                click.echo(_row([said(cell, language) for cell in row], figures, columns))
        if not table.rows:
            click.echo(f"  {table.empty.said(language)}")
    click.echo()
    wrapped("", " ".join([*seen(letter, language), UNSEEN.said(language)]))


def _row(cells: list[str], figures: list[bool], columns: int) -> str:
    """A line of a table: figures to the right, the first cell as wide as there is room."""
    rest = "".join(
        f"{cell:>13}" if figure else f"  {fit(cell, 22)}"
        for cell, figure in zip(cells[1:], figures[1:], strict=True)
    )
    return f"  {fit(cells[0], columns - 2 - len(rest))}{rest}".rstrip()
