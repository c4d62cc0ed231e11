"""What commands that read a journal share: its folder, times and paths as arguments, its index with word of how far it is."""

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from gateway.audit.index import Index
from gateway.audit.reader import Damage, NoJournal, Reader
from gateway.cli.options import fail, spoken
from gateway.cli.progress import Progress
from gateway.cli.terminal import safe
from gateway.cli.words import NO_INDEX, READING, WHICH_CACHE, WHICH_JOURNAL
from gateway.instants import moment
from gateway.policy.paths import Pattern
from gateway.told.month import Month
from gateway.trace import trace_id, trace_of

Command = TypeVar("Command", bound=Callable[..., Any])

#: Indexing that takes longer than this is worth a word, in seconds.
_PATIENCE: Final = 2.0


class JournalFolder(click.ParamType[Reader]):
    """A journal's folder, opened for reading."""

    name = "directory"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Reader:
        """The reader; the command ends with 2 where there is no journal."""
        try:
            return Reader(Path(value))
        except NoJournal as error:
            fail(str(error), WHICH_JOURNAL, 2)


class Moment(click.ParamType[int]):
    """A time as people write it, in microseconds since 1970."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The instant, or a usage error."""
        try:
            return moment(value, time.time_ns() // 1000)
        except ValueError as error:
            self.fail(
                f"{error}; a day (2026-11-23), a time (2026-11-23T08:00Z) or a while ago (2h) is", param
            )


class TraceId(click.ParamType[str]):
    """A trace by its id, or as the `traceparent` of a request."""

    name = "trace"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The id, or a usage error."""
        found = trace_of(value) or trace_of(f"00-{value}-{'1' * 16}-00")
        if found is None:
            self.fail(f"`{value}` is no trace: 32 digits 0-9 a-f, or a whole `traceparent`, is", param)
        return trace_id(found)


class _MonthType(click.ParamType[Month]):
    name = "month"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Month:
        found = Month.read(value) if isinstance(value, str) else None
        if found is None:
            self.fail(f"`{value}` is no month; write it as `2026-10`", param)
        return found


def month_option(text: str) -> Callable[[Command], Command]:
    """The option `--month`, None where it is not given."""
    return click.option("--month", type=_MonthType(), metavar="YYYY-MM", help=text)


class PathPattern(click.ParamType[Pattern]):
    """A path's beginning, or an RFC 9309 pattern."""

    name = "path"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Pattern:
        """The pattern, or a usage error."""
        try:
            return Pattern(value)
        except ValueError as error:
            self.fail(str(error), param)


def complain(place: Damage) -> None:
    """Say where the journal cannot be read."""
    click.echo(f"warning: {safe(str(place))}", err=True)


def sound(entries: Iterable[dict[str, Any] | Damage]) -> Iterator[dict[str, Any]]:
    """The entries that can be read; the others are complained about."""
    for entry in entries:
        if isinstance(entry, Damage):
            complain(entry)
        else:
            yield entry


@contextmanager
def opened(reader: Reader, *, rebuild: bool = False, behind: bool = False) -> Iterator[Index]:
    """The index, caught up, or ``behind`` for who looks for one entry; what takes long in the block shows how far it is. The
    command ends with 1 where no index can be kept."""
    shown, began, told = Progress(1, "entries"), time.monotonic(), sys.stderr.isatty()

    def progress(done: int, total: int, taken: int) -> None:
        nonlocal told
        shown.of(total).at(done, taken)
        if not told and time.monotonic() - began > _PATIENCE:
            click.echo(spoken(READING), err=True)
            told = True
        if done >= total:
            shown.done()

    try:
        index = Index(reader, progress, rebuild=rebuild, behind=behind)
    except PermissionError:
        fail(NO_INDEX, WHICH_CACHE)
    with closing(index):
        try:
            yield index
        finally:
            shown.done()
