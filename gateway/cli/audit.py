"""`izin audit`: read the audit log, while the gateway runs or long after."""

import sqlite3
import sys
from typing import Any, Final

import click

from gateway.audit.account import account
from gateway.audit.proof import NO_ENTRY
from gateway.audit.query import Query, ask, blame, by_code
from gateway.audit.reader import Damage, Reader
from gateway.audit.stats import stats
from gateway.audit.texts import Texts
from gateway.cli.asked import complain, opened
from gateway.cli.cases import cases
from gateway.cli.entries import as_object, dumps, printer, tables, wrapped
from gateway.cli.erasing import erase
from gateway.cli.exporting import export
from gateway.cli.fetching import fetch_copy
from gateway.cli.filters import AS_JSON, READER, REBUILD, filters
from gateway.cli.following import follow
from gateway.cli.holding import hold
from gateway.cli.options import LANGUAGE, fail
from gateway.cli.privacy import privacy
from gateway.cli.proving import prove
from gateway.cli.repeated import repeat
from gateway.cli.retaining import retain
from gateway.cli.sealed import verify
from gateway.cli.sealed_site import seal_site
from gateway.cli.sealing import declare_key, rotate_key
from gateway.cli.tailing import tail
from gateway.cli.terminal import safe
from gateway.vocabulary import Language, Sentence

_NONE: Final = Sentence("Tidak ada catatan yang cocok.", "No entry matches.")
_UNUSABLE: Final = Sentence("indeksnya tidak dapat dipakai: {error}", "the index cannot be used: {error}")
_FULL: Final = Sentence(
    "diskkah yang penuh, atau ada perintah lain yang sedang bekerja?",
    "is the disk full, or another command at work?",
)
_DAMAGED: Final = Sentence(
    "indeksnya rusak; yang sudah ditampilkan tidak lengkap",
    "the index is damaged; what was shown is not complete",
)
_ANEW: Final = Sentence(
    "buat lagi: `izin audit stats --rebuild`", "make it anew: `izin audit stats --rebuild`"
)
_CODES: Final = Sentence(
    "kode terdiri atas 8 karakter, nomor 26; setiap penolakan menampilkan keduanya",
    "a code has 8 characters, an id 26; each refusal shows both",
)
_SEVERAL: Final = Sentence(
    "{count} catatan memiliki kode `{code}`; nomornya membedakannya.",
    "{count} entries have the code `{code}`; the id tells them apart.",
)


class _Group(click.Group):
    """Commands that read the index, which may be damaged on the disk without showing it at once."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):  # locked, or no room: the index is not at fault
                fail(_UNUSABLE.filled(error=error), _FULL)
            fail(_DAMAGED, _ANEW)


@click.group(cls=_Group)
def command() -> None:
    """Read the audit log: what was decided, for whom, by which rule, and what came of it."""


command.add_command(cases)
command.add_command(export)
command.add_command(follow)
command.add_command(fetch_copy)
command.add_command(hold)
command.add_command(erase)
command.add_command(privacy)
command.add_command(retain)


command.add_command(tail)


@command.command()
@READER
@filters
@click.option(
    "--violations", is_flag=True, help="Only refusals that are a violation: the operator knew, or had a day."
)
@click.option("--limit", type=click.IntRange(1), help="Only the newest so many.")
@REBUILD
@LANGUAGE
@AS_JSON
def query(reader: Reader, language: Language, *, rebuild: bool, as_json: bool, **asked: Any) -> None:
    """Find entries, oldest first."""
    show, found = printer(language, as_json=as_json), False
    with opened(reader, rebuild=rebuild) as index:
        if sys.stdout.isatty():
            index.progress = None  # what is found shows how far it is
        for place in index.damage():
            complain(place)
        for entry in ask(index, Query(**asked)):
            if isinstance(entry, Damage):
                complain(entry)
            else:
                found = True
                show(entry)
    if not found and not as_json:
        click.echo(_NONE.said(language), err=True)


@command.command(short_help="Give the account of one decision.")
@READER
@click.argument("code", metavar="ID")
@click.option(
    "--replay",
    is_flag=True,
    help="Decide again by the policy, texts and evidence of the time; 1 if it differs.",
)
@LANGUAGE
@AS_JSON
def show(reader: Reader, code: str, language: Language, *, replay: bool, as_json: bool) -> None:
    """Give the account of one decision by its ID or by its eight-character code."""
    with opened(reader, behind=True) as index:
        found = by_code(index, code)
        blames = [blame(index, entry) for entry, _ in found]
        repeated = repeat(index, [entry for entry, _ in found]) if replay else {}
    if not found:
        fail(NO_ENTRY.filled(code=safe(code)), _CODES)
    kept = Texts(reader.folder).read
    for number, (entry, outcome) in enumerate(found):
        again = repeated.get(entry["id"])
        if as_json:
            _as_lines(entry, outcome, again.as_object() if again else None)
            continue
        if number:
            click.echo()
        lines = account(entry, outcome, language, lambda digest: kept(digest) is not None, blames[number])
        for label, text in lines + (again.lines(language) if again else []):
            wrapped(label, text)
    if len(found) > 1 and not as_json:
        click.echo("\n" + _SEVERAL.filled(count=len(found), code=safe(code)).said(language))
    if not all(one.identical for one in repeated.values()):
        raise SystemExit(1)


@command.command("stats", short_help="Count decisions, and show the trend.")
@READER
@filters
@click.option("--top", type=click.IntRange(1), default=10, show_default=True, help="So many lines a table.")
@REBUILD
@LANGUAGE
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def count_up(
    reader: Reader, top: int, language: Language, *, rebuild: bool, as_json: bool, **asked: Any
) -> None:
    """Count decisions by verdict, kind, purpose, operator and path, show the trend, and the readers whom AI services sent."""
    with opened(reader, rebuild=rebuild) as index:
        for place in index.damage():
            complain(place)
        counted = stats(index, Query(**asked), top)
    if as_json:
        click.echo(dumps(as_object(counted)))
    else:
        tables(counted, top, language)


def _as_lines(*members: dict[str, Any] | None) -> None:
    for one in members:
        if one is not None:
            click.echo(dumps(one))


command.add_command(verify)
command.add_command(seal_site)
command.add_command(prove)
command.add_command(rotate_key)
command.add_command(declare_key)
