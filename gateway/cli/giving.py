"""How a command gives an order: through the running gateway's socket, or straight to the journal where none runs."""

import json
import os
import threading
import time
from pathlib import Path
from typing import Any, Final

import click

from gateway.cli.options import fail, spoken
from gateway.cli.words import NO_GATEWAY, NO_JOURNAL, RECORDED, UNTIL, WHICH_JOURNAL, WITHDRAWN
from gateway.instants import SECOND, utc
from gateway.orders import Orders
from gateway.vocabulary import Sentence

#: How long a gateway that has just been started is waited for, in seconds.
_PATIENCE: Final = 3.0
_SILENT: Final = Sentence(
    "proses yang menulis `{path}` tidak menjawab", "the process that writes `{path}` does not answer"
)
_AGAIN: Final = Sentence(
    "apakah gerbangnya baru mulai atau sedang berakhir? coba lagi",
    "is it a gateway that has just started or is about to end? try again",
)
_SAYS_WHY: Final = Sentence(
    "log gerbang mengatakan apa yang salah dengan disknya",
    "the gateway's own log says what is wrong with the disk",
)
_NOT_ALLOWED: Final = Sentence(
    "pengguna ini tidak boleh memberi perintah kepada gerbang `{path}`",
    "this user may not give orders to the gateway of `{path}`",
)
_AS_USER: Final = Sentence(
    "jalankan perintah ini sebagai pengguna gerbang", "run the command as the gateway's user"
)


class NotGiven(Exception):  # noqa: N818 -- as it is said
    """An order that could not be given, in words for people; ``hint`` says what to do."""

    def __init__(self, what: str | Sentence, hint: str | Sentence) -> None:
        super().__init__(spoken(what))
        self.what, self.hint = what, hint


def give(journal: Path, event: str, details: dict[str, Any]) -> dict[str, Any]:
    """Give an order; the reply (``id``, ``seq``, ``level``, ``running``). Ends the command where it cannot be given."""
    try:
        return given(journal, event, details)
    except NotGiven as error:
        fail(error.what, error.hint)


def given(journal: Path, event: str, details: dict[str, Any]) -> dict[str, Any]:
    """As `give`, but raises NotGiven."""
    from gateway.audit import folder
    from gateway.audit.receipt import JournalError

    try:
        if folder.lane_of(journal) is None:
            raise NotGiven(NO_JOURNAL.filled(path=journal), WHICH_JOURNAL)
        deadline = time.monotonic() + _PATIENCE
        while True:
            reply = _ask(journal, {"append": {"event": event, **details}})
            if reply is not None:
                break
            if not folder.held(journal):
                reply = _append(journal, event, details)
                break
            if time.monotonic() > deadline:
                raise NotGiven(_SILENT.filled(path=journal), _AGAIN)
            time.sleep(0.05)
    except JournalError as error:
        raise NotGiven(str(error), error.hint) from None
    if "error" in reply:
        raise NotGiven(str(reply["error"]), _SAYS_WHY)
    return reply


def standing_orders(journal: Path) -> Orders:
    """The orders given and not withdrawn, from the journal itself. Ends the command where there is none."""
    from gateway.audit import folder, orders_file

    if folder.lane_of(journal) is None:
        fail(NO_JOURNAL.filled(path=journal), WHICH_JOURNAL)
    return orders_file.load(journal).orders


def _ask(journal: Path, request: dict[str, Any]) -> dict[str, Any] | None:
    """The running gateway's reply, or None if nobody listens."""
    from gateway.audit import folder

    try:
        return {**folder.call(journal, request), "running": True}
    except PermissionError:
        raise NotGiven(_NOT_ALLOWED.filled(path=journal), _AS_USER) from None
    except OSError:
        return None


def _append(journal: Path, event: str, details: dict[str, Any]) -> dict[str, Any]:
    """Write the order to a journal that no gateway writes; the next one to start obeys it."""
    from gateway.audit.lane import Lane
    from gateway.audit.order import read_order
    from gateway.audit.receipt import Receipt
    from gateway.audit.salts import new_salt
    from gateway.proxy.ids import Ids
    from gateway.rates.ledger import recounted
    from gateway.record import event_entry
    from gateway.vocabulary import Level

    name, order = read_order({"event": event, **details})
    new_id, now = Ids(), time.time_ns() // 1000
    lane = Lane(journal, site=None, new_id=new_id)
    done, receipts = threading.Event(), list[Receipt | None]()

    def then(receipt: Receipt | None) -> None:
        receipts.append(receipt)
        done.set()

    try:
        id = new_id(now)
        order["by"] = f"uid {os.getuid()}"
        entry, booking = event_entry(id, now, name, order, new_salt), recounted(name, order, now)
        if lane.append(entry, Level.DURABLE, then, vital=True, booking=booking):
            done.wait()
    finally:
        lane.close()
    receipt = receipts[0] if receipts else None
    if receipt is None:
        return {"error": "the journal cannot be written, so the order does not hold"}
    return {"id": id, "seq": receipt.seq, "level": receipt.level.value, "running": False}


def until(seconds: int | None) -> int | None:
    """The instant so many seconds from now, in microseconds since 1970; None for good."""
    return None if seconds is None else time.time_ns() // 1000 + seconds * SECOND


def shown(at: int | None) -> Sentence:
    """How long an order holds, in this machine's zone and in UTC."""
    if at is None:
        return WITHDRAWN
    universal = utc(at)
    local = universal.astimezone()
    if local.utcoffset() == universal.utcoffset():
        return UNTIL.filled(at=f"{universal:%Y-%m-%d %H:%M:%S} UTC")
    return UNTIL.filled(at=f"{local:%Y-%m-%d %H:%M:%S %Z} ({universal:%Y-%m-%d %H:%M:%S} UTC)")


def report(order: dict[str, Any], reply: dict[str, Any], sentence: Sentence, *, as_json: bool) -> None:
    """Print what holds now."""
    if as_json:
        when = f"{utc(order['until']):%Y-%m-%dT%H:%M:%SZ}" if order["until"] else None
        click.echo(json.dumps({**order, "until": when, **reply}))
        return
    click.echo(spoken(sentence))
    if not reply["running"]:
        click.echo(spoken(NO_GATEWAY))
    click.echo(spoken(RECORDED.filled(seq=reply["seq"], id=reply["id"])))
