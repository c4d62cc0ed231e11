"""How a command gives an order: through the running gateway's socket, or straight to the journal where none runs."""

import json
import os
import threading
import time
from pathlib import Path
from typing import Any, Final

import click

from gateway.cli.options import fail
from gateway.instants import SECOND, utc
from gateway.orders import Orders

#: How long a gateway that has just been started is waited for, in seconds.
_PATIENCE: Final = 3.0
_WHICH: Final = "name the folder that `izin serve --journal` names, or set IZIN_JOURNAL"


class NotGiven(Exception):  # noqa: N818 -- as it is said
    """An order that could not be given, in words for people; ``hint`` says what to do."""

    def __init__(self, what: str, hint: str) -> None:
        super().__init__(what)
        self.hint = hint


def give(journal: Path, event: str, details: dict[str, Any]) -> dict[str, Any]:
    """Give an order; the reply (``id``, ``seq``, ``level``, ``running``). Ends the command where it cannot be given."""
    try:
        return given(journal, event, details)
    except NotGiven as error:
        fail(str(error), error.hint)


def given(journal: Path, event: str, details: dict[str, Any]) -> dict[str, Any]:
    """As `give`, but raises NotGiven."""
    from gateway.audit import folder
    from gateway.audit.receipt import JournalError

    try:
        if folder.lane_of(journal) is None:
            raise NotGiven(
                f"`{journal}` holds no journal",
                _WHICH,
            )
        deadline = time.monotonic() + _PATIENCE
        while True:
            reply = _ask(journal, {"append": {"event": event, **details}})
            if reply is not None:
                break
            if not folder.held(journal):
                reply = _append(journal, event, details)
                break
            if time.monotonic() > deadline:
                raise NotGiven(
                    f"the process that writes `{journal}` does not answer",
                    "is it a gateway that has just started or is about to end? try again",
                )
            time.sleep(0.05)
    except JournalError as error:
        raise NotGiven(str(error), error.hint) from None
    if "error" in reply:
        raise NotGiven(str(reply["error"]), "the gateway's own log says what is wrong with the disk")
    return reply


def standing_orders(journal: Path) -> Orders:
    """The orders given and not withdrawn, from the journal itself. Ends the command where there is none."""
    from gateway.audit import folder, orders_file

    if folder.lane_of(journal) is None:
        fail(f"`{journal}` holds no journal", _WHICH)
    return orders_file.load(journal).orders


def _ask(journal: Path, request: dict[str, Any]) -> dict[str, Any] | None:
    """The running gateway's reply, or None if nobody listens."""
    from gateway.audit import folder

    try:
        return {**folder.call(journal, request), "running": True}
    except PermissionError:
        raise NotGiven(
            f"this user may not give orders to the gateway of `{journal}`",
            "run the command as the gateway's user",
        ) from None
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


def shown(at: int | None) -> str:
    """How long an order holds, in this machine's zone and in UTC."""
    if at is None:
        return "until it is withdrawn"
    universal = utc(at)
    local = universal.astimezone()
    if local.utcoffset() == universal.utcoffset():
        return f"until {universal:%Y-%m-%d %H:%M:%S} UTC"
    return f"until {local:%Y-%m-%d %H:%M:%S %Z} ({universal:%Y-%m-%d %H:%M:%S} UTC)"


def report(order: dict[str, Any], reply: dict[str, Any], sentence: str, *, as_json: bool) -> None:
    """Print what holds now."""
    if as_json:
        when = f"{utc(order['until']):%Y-%m-%dT%H:%M:%SZ}" if order["until"] else None
        click.echo(json.dumps({**order, "until": when, **reply}))
        return
    click.echo(sentence)
    if not reply["running"]:
        click.echo("No gateway writes this journal now; the next one to start with it obeys.")
    click.echo(f"Recorded as entry {reply['seq']} ({reply['id']}).")
