"""`izin replay`: what a policy would have said to the requests of an access log or of a journal."""

import gzip
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO, Final

import click

from gateway.audit.reader import Damage, NoJournal, Reader
from gateway.audit.texts import Texts
from gateway.cli.options import FILE, LANGUAGE, POLICY, fail, load_policy
from gateway.cli.progress import Progress
from gateway.cli.replayed import as_object, lines
from gateway.cli.terminal import line_width, safe
from gateway.decision import Decision, Question
from gateway.instants import instant
from gateway.policy.robots import RobotsFile
from gateway.proxy.hops import read_hop
from gateway.proxy.peer import Peers
from gateway.request import Client
from gateway.told.access_log import FIELDS, MAX_LINE, Hit, Lines, NoHit, layout_of
from gateway.told.account import Account, Counted
from gateway.told.asking import first_host, request_of
from gateway.told.journal import Recorded, consulted, recorded, replayable
from gateway.told.layout import Layout
from gateway.told.trial import Trial
from gateway.vocabulary import Language, Verdict

#: How many lines pass between two looks at the clock.
_STRIDE: Final = 2048
#: Nobody's address (RFC 5737), and no check of it counts.
_NOWHERE: Final = Client("203.0.113.1", "203.0.113.0/24", certain=False)
_PEERS: Final = Peers()
_FORMS: Final = (
    "izin: most lines are of no form that is known here\n"
    "    hint: `--format` tells how they are laid out, `--fields` how members of JSON are called"
)
#: Decisions of a journal whose outcome is waited for. A request may take as long as it likes, a crash leaves some without.
_MOST_OPEN: Final = 100_000


def _fields(_context: click.Context, _option: click.Parameter, values: tuple[str, ...]) -> dict[str, str]:
    found = {}
    for value in values:
        name, equals, path = value.partition("=")
        if not equals or not path or name not in FIELDS:
            raise click.BadParameter(
                f"`{safe(value)}` is not NAME=PATH, where NAME is one of {', '.join(FIELDS)}"
            )
        found[name] = path
    return found


def _layout(_context: click.Context, _option: click.Parameter, value: str | None) -> Layout | None:
    try:
        return None if value is None else layout_of(value)
    except ValueError as error:
        raise click.BadParameter(f"{safe(str(error))}") from None


@click.command("replay")
@POLICY
@click.argument("logs", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path), metavar="LOG…")
@click.option(
    "--against",
    type=click.Path(path_type=Path),
    metavar="POLICY2",
    help="Show what this policy would change.",
)
@click.option("--host", metavar="H", help="The host of lines that name none; else the policy's first.")
@click.option(
    "--fields",
    multiple=True,
    callback=_fields,
    metavar="NAME=PATH",
    help="Which member of a JSON line is what, such as `user-agent=req.ua`; may be repeated.",
)
@click.option(
    "--format",
    "layout",
    callback=_layout,
    metavar="TEXT",
    help='How lines are laid out, as nginx\'s `log_format` says it, such as `$remote_addr [$time_local] "$request" …`.',
)
@click.option(
    "--robots",
    type=FILE,
    metavar="FILE",
    help="The origin's robots.txt; else none is taken into account. A journal has its own.",
)
@LANGUAGE
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def command(
    policy: Path,
    logs: tuple[Path, ...],
    against: Path | None,
    host: str | None,
    fields: dict[str, str],
    layout: Layout | None,
    robots: Path | None,
    language: Language,
    as_json: bool,
) -> None:
    """Say who came, what POLICY would have refused, and which welcome clients it would touch, by the requests of each
    LOG: an access log (combined, with or without the virtual host, JSON lines, W3C, or as --format tells; gzip too), or a
    journal's folder.

    With --against, say in plain words what changes from POLICY to POLICY2. Nothing is sent anywhere.
    """
    file = RobotsFile(robots.read_bytes()) if robots else None
    trial = Trial(load_policy(policy), file)
    other = Trial(load_policy(against), file) if against else None
    replay = _Replay(trial, other, host or first_host(trial.policy))
    for log in logs:
        if log.is_dir():
            replay.journal(log)
        else:
            replay.access_log(log, Lines(fields, layout))
    names = (str(policy), None if against is None else str(against))
    if as_json:
        import json

        click.echo(json.dumps(as_object(replay.account, trial, other), indent=2))
    else:
        for line in lines(replay.account, names, trial, language, line_width(), journals=replay.journals):
            click.echo(line)
    if replay.account.malformed > replay.account.requests:
        click.echo(_FORMS, err=True)
    if replay.damaged:
        raise SystemExit(1)


class _Replay:
    """Asks one policy, or two, about every request of some logs."""

    def __init__(self, trial: Trial, other: Trial | None, host: str) -> None:
        self.account = Account()
        self.damaged = False
        self.journals = False
        self._trial = trial
        self._other = other
        self._trials = (trial,) if other is None else (trial, other)
        self._host = host
        #: Decisions without an outcome so far: the row they count in, and the questions that trials counted anew.
        self._open: dict[str, tuple[Counted, list[tuple[Trial, Question, Decision]]]] = {}
        self._now = instant(datetime.now(UTC))  # for lines that tell no time

    def access_log(self, path: Path, lines: Lines) -> None:
        """Count a file of log lines, compressed or not."""
        account, host, count = self.account, self._host, 0
        for trial in self._trials:
            trial.begin()
        try:
            size = path.stat().st_size
            with path.open("rb") as file, closing(_opened(file)) as text:
                progress = Progress(size, "lines")
                for line in _lines_of(text):
                    count += 1
                    if not count % _STRIDE:
                        progress.at(file.tell(), count)
                    hit = lines.read(line)
                    if isinstance(hit, Hit):
                        self._one(hit, host)
                    elif hit is NoHit.MALFORMED:
                        account.malformed += 1
                    elif hit is NoHit.UNREPLAYABLE:
                        account.unreplayable += 1
                progress.done()
        except (OSError, EOFError, zlib.error) as error:
            self._complain(f"`{path}` cannot be read to its end: {error}")

    def _one(self, hit: Hit, host: str) -> None:
        fields = {} if hit.user_agent is None else {"user-agent": hit.user_agent}
        # Reading an address takes longer than all the rest, and for almost everybody it decides nothing.
        known = hit.address is None or all(trial.knows(fields) and not trial.paced for trial in self._trials)
        client = _NOWHERE if known else _client(hit.address or "")
        request = request_of(hit.method, hit.host or host, hit.target.encode("utf-8"), client, fields)
        now = self._now if hit.at is None else hit.at
        asked = [(trial, *trial.ask(request, now)) for trial in self._trials]
        _, question, decision = asked[0]
        who = self.account.add(question, decision, hit.octets).who
        for trial, its, decided in asked:
            if its.rates:
                trial.settle(its, decided, hit.status)
        if self._other is not None:
            self.account.change(who, decision.verdict, asked[1][2].verdict)

    def journal(self, folder: Path) -> None:
        """Count the decisions of a journal. The recorded verdict is compared, or that of the second policy."""
        self.journals = True
        try:
            reader = Reader(folder)
        except NoJournal as error:
            fail(str(error))
        robots = kept_robots(Texts(folder))
        sizes = reader.segments()
        before = {first: sum(size for other, size in sizes if other < first) for first, _ in sizes}
        progress = Progress(sum(size for _, size in sizes), "entries")
        for count, found in enumerate(reader.printed()):
            if isinstance(found, Damage):
                self._complain(str(found))
                continue
            position, entry = found[0].position, found[1]
            if not count % _STRIDE:
                progress.at(before.get(position.segment, 0) + position.offset, count)
            if entry["phase"] == "event":
                for trial in self._trials:
                    trial.orders = trial.orders.after({**entry["details"], "event": entry["event"]})
            elif entry["phase"] == "decision":
                self._decision(entry, robots)
            elif (
                entry["phase"] == "outcome" and (found_open := self._open.pop(entry["of"], None)) is not None
            ):
                counted, asked = found_open
                counted.weigh(entry["bytes"])
                for trial, question, decision in asked:
                    trial.settle(question, decision, entry["status"])
        self._open.clear()
        progress.done()

    def _decision(self, entry: dict[str, object], robots: Callable[[str], RobotsFile | None]) -> None:
        told = recorded(entry)
        file = None if told is None or told.robots is None else robots(told.robots)
        lost = told is not None and told.robots is not None and file is None
        if told is None or lost or not all(replayable(told, trial) for trial in self._trials):
            self.account.unreplayable += 1
            return
        try:
            for trial in self._trials:
                trial.robots = consulted(told, trial, file)
        except LookupError:
            self.account.unreplayable += 1
            return
        asked = [self._ask(trial, told) for trial in self._trials]
        question, decision = asked[0]
        counted = self.account.add(question, decision, 0)
        who = counted.who
        if len(self._open) >= _MOST_OPEN:
            del self._open[next(iter(self._open))]
        anew = [
            (trial, *one)
            for trial, one in zip(self._trials, asked, strict=True)
            # Where it was refused, nobody knows what the origin would have answered: it counts.
            if one[0].rates and told.policy != trial.policy.digest and told.verdict == Verdict.ALLOW
        ]
        self._open[str(entry["id"])] = counted, anew
        if self._other is None:
            self.account.change(who, told.verdict, decision.verdict)
        else:
            self.account.change(who, decision.verdict, asked[1][1].verdict)

    @staticmethod
    def _ask(trial: Trial, told: Recorded) -> tuple[Question, Decision]:
        """Under the policy of its time an entry says what the rates found; under another one they are counted anew."""
        known = told.rates if told.policy == trial.policy.digest else None
        return trial.ask(told.request, told.at, known, told.pseudonym, told.checked, near=told.near)

    def _complain(self, what: str) -> None:
        self.damaged = True
        click.echo(f"izin: {safe(what)}", err=True)


@lru_cache(65_536)
def _client(text: str) -> Client:
    """The client at a logged address; one that is none (a host name, a Unix socket) proves nothing."""
    address = read_hop(text[:100].encode("latin-1", "replace"))
    return _NOWHERE if address is None else _PEERS.client(address)


def kept_robots(texts: Texts) -> Callable[[str], RobotsFile | None]:
    """The robots.txt that a journal keeps by its digest; None if its text is gone."""

    @lru_cache(64)
    def read(digest: str) -> RobotsFile | None:
        body = texts.read(digest)
        return None if body is None else RobotsFile(body)

    return read


def _opened(file: BinaryIO) -> BinaryIO:
    """The file's text; what is compressed says so in its first two octets, whatever its name (RFC 1952)."""
    compressed = file.peek(2)[:2] == b"\x1f\x8b" if hasattr(file, "peek") else False
    return gzip.open(file) if compressed else file  # type: ignore[return-value]


def _lines_of(text: BinaryIO) -> Iterator[bytes]:
    """The lines; of one that is too long only its beginning, which no reader takes for a line."""
    while line := text.readline(MAX_LINE + 2):
        yield line
        while len(line) > MAX_LINE and not line.endswith(b"\n"):
            line = text.readline(MAX_LINE + 2)
            if not line:
                return
