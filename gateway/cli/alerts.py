"""`izin alerts`: whether alerts reach a person, before they have to."""

import asyncio
import json
import socket
import sys
import time
from datetime import UTC
from pathlib import Path
from typing import Final, NamedTuple

import click

from gateway.alerts.alerting import bringer_of, message_of
from gateway.alerts.delivery import DeliveryError, Means
from gateway.alerts.kinds import KINDS, TRIAL
from gateway.alerts.ledger import Notice, Standing, Told
from gateway.alerts.wording import Place
from gateway.cli.alert_options import ALERTS_MEANS, check_alerts, password_in, signing_secret_in
from gateway.cli.options import LANGUAGE, fail
from gateway.cli.settings_file import SETTINGS
from gateway.cli.terminal import coloured, fit, paint, safe
from gateway.recipients import MailServer, Recipient
from gateway.vocabulary import Language, Sentence

_JSON = click.option("--json", "as_json", is_flag=True, help="JSON instead of text.")
_ARRIVED: Final = Sentence("sampai", "arrived")
_FAILED: Final = Sentence("tidak sampai", "did not arrive")
_NOBODY: Final = Sentence(
    "tidak ada penerima: beri `--alerts-to`", "there is nobody to tell: name somebody by `--alerts-to`"
)


class _Outcome(NamedTuple):
    to: str
    arrived: bool
    said: str
    seconds: float


@click.group("alerts")
def command() -> None:
    """Alerts that reach a person: by mail, and by webhooks."""


@command.command("test")
@SETTINGS
@ALERTS_MEANS
@LANGUAGE
@_JSON
def test(
    alerts_to: tuple[Recipient, ...],
    alerts_secret_file: Path | None,
    alerts_from: str,
    smtp: MailServer | None,
    smtp_password_file: Path | None,
    language: Language,
    as_json: bool,
) -> None:
    """Send a trial alert to everybody whom alerts would go to.

    The settings are those of `izin serve`; what came of it is said of each.

    Ends with 1 where one of them was not reached.
    """
    if not alerts_to:
        fail(_NOBODY.said(language), code=2)
    check_alerts(alerts_to, alerts_from, smtp, smtp_password_file)
    means = Means(signing_secret_in(alerts_secret_file), smtp, password_in(smtp_password_file), alerts_from)
    found = asyncio.run(_try(alerts_to, means))
    if as_json:
        click.echo(json.dumps([one._asdict() for one in found]))
    else:
        for one in found:
            word, colour = (_ARRIVED, "green") if one.arrived else (_FAILED, "red")
            state = paint(fit(word.said(language), 14), colour, on=coloured())
            click.echo(f"{state}  {safe(one.to)}  {safe(one.said)}  {one.seconds:.1f} s")
    sys.exit(0 if all(one.arrived for one in found) else 1)


async def _try(recipients: tuple[Recipient, ...], means: Means) -> list[_Outcome]:
    return await asyncio.gather(*(_try_one(recipient, means) for recipient in recipients))


async def _try_one(recipient: Recipient, means: Means) -> _Outcome:
    now, began = time.time_ns() // 1000, time.monotonic()
    severity = KINDS[TRIAL.kind].severity
    notice = Notice(Told.NEW, TRIAL.key, Standing(TRIAL.kind, "", severity, TRIAL.says, now))
    message = message_of(Place("(percobaan / trial)", socket.gethostname(), UTC), [notice], now)
    try:
        said, arrived = await bringer_of(recipient, means).bring(message), True
    except DeliveryError as error:
        said, arrived = str(error), False
    return _Outcome(recipient.shown, arrived, said, round(time.monotonic() - began, 3))
