"""`izin audit prove`: one file that shows an entry, or an operator's requests in a period, to somebody who trusts nobody."""

import hashlib
import time
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import click

from gateway.audit import case_file, folder, keys, proving
from gateway.audit.index import Index
from gateway.audit.order import PROOF
from gateway.audit.points import held_key
from gateway.audit.proving import Finder, Found, NotProved, NotSealed
from gateway.audit.query import by_code
from gateway.audit.reader import Reader
from gateway.audit.stamps import stamp_of, stamps_of
from gateway.cli.asked import Moment, complain, opened
from gateway.cli.entries import dumps
from gateway.cli.exporting import recorded
from gateway.cli.filters import READER
from gateway.cli.options import fail
from gateway.cli.terminal import safe
from gateway.instants import moment
from gateway.seal.checkpoint import Checkpoint
from gateway.seal.note import NoteError
from gateway.told.case import Case, account
from gateway.vocabulary import Language

#: The account of a case by language; the Indonesian one governs.
_ACCOUNTS: Final = {Language.ID: "berkas-perkara.id.txt", Language.EN: "case-file.en.txt"}
#: Seconds that a running gateway is given to seal what was just written.
_PATIENCE: Final = 15.0


@click.command(short_help="Write one file that proves an entry, or a case.")
@READER
@click.argument("code", metavar="[ID]", required=False)
@click.option("--operator", metavar="O", help="Everything of this operator, in place of one entry.")
@click.option(
    "--from", "since", type=Moment(), help="Not before: a UTC day, an RFC 3339 time, or 2h, 1d … ago."
)
@click.option("--until", type=Moment(), help="Before, not at, that time.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    metavar="FILE",
    help="The file, which must not exist; by custom it ends in .izin-proof.zip.",
)
@click.option("--json", "as_json", is_flag=True, help="Print what was written as JSON.")
def prove(
    reader: Reader,
    code: str | None,
    operator: str | None,
    since: int | None,
    until: int | None,
    out: Path,
    *,
    as_json: bool,
) -> None:
    """Prove the entry ID, or all requests of an operator in a period, in one FILE for the other side.

    It holds the entries octet by octet, the hashes that lead from them to a signed checkpoint, the texts they name, and
    an account in Indonesian and English. docs/izin-verify.py checks it. Made twice, it is the same file.
    """
    if (code is None) == (operator is None):
        raise click.UsageError("name an ID, or an --operator")
    if code is not None and (since is not None or until is not None):
        raise click.UsageError("--from and --until go with --operator")
    if out.exists():
        fail(f"`{out}` is there already", "a proof overwrites nothing: name another file")
    try:
        written, about = _proof(reader, code, operator, since, until)
    except NotProved as error:
        fail(str(error), error.hint)
    except NoteError as error:
        fail(str(error), "the journal is sealed since it has a `public.vkey`")
    try:
        with out.open("xb") as file:
            file.write(written)
    except OSError as error:
        fail(f"`{out}` cannot be written: {(error.strerror or 'unknown error').lower()}")
    told = {"file": str(out), "sha256": hashlib.sha256(written).hexdigest(), "octets": len(written), **about}
    details = {name: told[name] for name in ("entries", "sha256", "asked")}
    trouble = recorded(reader.folder, {"format": PROOF, **details})
    if as_json:
        click.echo(dumps(told))
    else:
        click.echo(f"{about['entries']:,} entries under the seal over {about['size']:,}: {out}")
        click.echo(f"SHA-256 {told['sha256']}")
        click.echo(f"python docs/izin-verify.py {out} --key {keys.PUBLIC}")
    if trouble:
        click.echo(f"warning: the journal does not say that this was proved: {safe(trouble)}", err=True)


def _proof(
    reader: Reader, code: str | None, operator: str | None, since: int | None, until: int | None
) -> tuple[bytes, dict[str, Any]]:
    journal = reader.folder
    said = folder.lane_of(journal) or {"site": "?", "lane": "?"}
    with closing(opened(reader)) as index:
        for place in index.damage():
            complain(place)
        finder = proving.Finder(index, lambda last: _point(journal, last)[0].size)
        found = _found(finder, index, code, operator, since, until)
        point, note = _point(journal, max(found.payloads))
        (sealed_until,) = index.db.execute(
            "SELECT max(at) FROM entries WHERE seq <= ?", (point.size,)
        ).fetchone()
    sealed = proving.sealed(journal, found.payloads, point, note)
    licenses = {one.decision["license"] for one in found.listed if one.decision["license"]}
    texts, left_out = proving.texts_of(journal, found.payloads.values(), licenses)
    held = held_key(journal, None)
    stamps = {
        name: reply
        for name, size in stamps_of(journal).items()
        if size == point.size and (reply := stamp_of(journal, name)) is not None
    }
    case = Case(
        site=said["site"],
        lane=said["lane"],
        operator=operator,
        since=since,
        until=until,
        listed=found.listed,
        timeline=found.timeline,
        texts=tuple((digest, name) for digest, (name, _) in texts.items()),
        left_out=tuple(left_out.items()),
        entries=len(found.payloads),
        origin=point.origin,
        size=point.size,
        sealed_until=sealed_until,
        vkey=held.vkey,
        fingerprint=held.fingerprint,
        software=proving.software_of(journal, point.size),
        stamps=tuple(stamps),
        lost=found.lost,
    )
    asked: dict[str, Any] = {"operator": operator, "from": since, "until": until}
    if operator is None:
        asked = {"entry": found.about}
    octets = case_file.write(
        found,
        sealed,
        held.vkey,
        {digest: text for digest, (_, text) in texts.items()},
        left_out,
        {name: account(case, language) for language, name in _ACCOUNTS.items()},
        stamps,
        asked,
    )
    return octets, {"entries": len(found.payloads), "size": point.size, "asked": asked}


def _found(
    finder: Finder, index: Index, code: str | None, operator: str | None, since: int | None, until: int | None
) -> Found:
    if operator is not None:
        found = finder.operator(operator, since, until)
        if not found.listed:
            fail(
                f"no decision is about the operator `{safe(operator)}` then",
                "`izin audit stats` lists operators",
            )
        return found
    entries = by_code(index, code or "")
    if len(entries) != 1:
        many = f"{len(entries)} entries have" if entries else "no entry has"
        fail(f"{many} the id or code `{safe(code or '')}`", "an id has 26 characters; each refusal shows it")
    entry = entries[0][0]
    return finder.entry(entry, moment(entry["time"], 0))


def _point(journal: Path, last: int) -> tuple[Checkpoint, str]:
    """The checkpoint over an entry; where a gateway runs that is about to sign it, that is waited for."""
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            return proving.point_over(journal, last, frozenset(stamps_of(journal).values()))
        except NotSealed:
            if not folder.held(journal) or time.monotonic() > deadline:
                raise
        time.sleep(0.25)
