"""Whom alerts go to, and how: the options that `izin serve` and `izin alerts` share."""

from pathlib import Path
from typing import Final

import click

from gateway.cli.options import FILE, Parsed, fail, secret_in, together
from gateway.instants import duration
from gateway.recipients import (
    MailServer,
    Recipient,
    parse_mail_server,
    parse_mailbox,
    parse_recipients,
    signing_key,
)
from gateway.settings import DEFAULT_ALERTS_AFTER, DEFAULT_ALERTS_REPEAT


def parse_kinds(text: str) -> tuple[str, ...]:
    """Codes of warnings that people are told of, separated by commas or blanks. Raises ValueError in the writer's words."""
    from gateway.alerts.kinds import KINDS

    found = tuple(dict.fromkeys(text.replace(",", " ").split()))
    for word in found:
        if word not in KINDS:
            raise ValueError(
                f"`{word}` is no warning that people are told of; these are: {', '.join(f'`{one}`' for one in KINDS)}"
            )
    return found


#: Whom to reach, and by what.
_MEANS: Final = (
    click.option(
        "--alerts-to",
        type=Parsed("ADDRESS …", parse_recipients),
        envvar="IZIN_ALERTS_TO",
        default="",
        help="Who is told when something is wrong, separated by blanks: mailto:ADDRESS, or https://… that takes JSON by POST. [env: IZIN_ALERTS_TO]",
    ),
    click.option(
        "--alerts-secret-file",
        type=FILE,
        envvar="IZIN_ALERTS_SECRET_FILE",
        metavar="FILE",
        help="Its first line signs what is posted, as Standard Webhooks does. [env: IZIN_ALERTS_SECRET_FILE]",
    ),
    click.option(
        "--alerts-from",
        type=Parsed("ADDRESS", lambda text: text and parse_mailbox(text)),
        envvar="IZIN_ALERTS_FROM",
        default="",
        help="The mail address that alerts come from. [env: IZIN_ALERTS_FROM]",
    ),
    click.option(
        "--smtp",
        type=Parsed("URL", parse_mail_server),
        envvar="IZIN_SMTP",
        help="The server that takes mail: smtp://USER@HOST:PORT with STARTTLS, or smtps://… with TLS from the first octet on. [env: IZIN_SMTP]",
    ),
    click.option(
        "--smtp-password-file",
        type=FILE,
        envvar="IZIN_SMTP_PASSWORD_FILE",
        metavar="FILE",
        help="Its first line is that user's password. [env: IZIN_SMTP_PASSWORD_FILE]",
    ),
)
#: When to tell them, and of what.
_PACE: Final = (
    click.option(
        "--alerts-after",
        type=Parsed("DURATION", duration),
        envvar="IZIN_ALERTS_AFTER",
        default=f"{DEFAULT_ALERTS_AFTER}s",
        show_default=True,
        help="How long something is wrong before they are told, and over before they are told that. [env: IZIN_ALERTS_AFTER]",
    ),
    click.option(
        "--alerts-repeat",
        type=Parsed("DURATION", duration),
        envvar="IZIN_ALERTS_REPEAT",
        default=f"{DEFAULT_ALERTS_REPEAT // 3600}h",
        show_default=True,
        help="How long until they are told again of what is still wrong. [env: IZIN_ALERTS_REPEAT]",
    ),
    click.option(
        "--alerts-without",
        type=Parsed("CODE,…", parse_kinds),
        envvar="IZIN_ALERTS_WITHOUT",
        default="",
        help="Codes of warnings of which nobody is told, such as license-ends. [env: IZIN_ALERTS_WITHOUT]",
    ),
)


ALERTS_MEANS: Final = together(_MEANS)
ALERTS: Final = together((*_MEANS, *_PACE))


def check_alerts(
    to: tuple[Recipient, ...], sender: str, server: MailServer | None, password_file: Path | None
) -> None:
    """End the command with 2 where these cannot be used together."""
    if any(one.mail for one in to) and (server is None or not sender):
        raise click.UsageError(
            "mailto: in --alerts-to needs --smtp, a server that takes mail, and --alerts-from"
        )
    if server is not None and bool(server.user) != (password_file is not None):
        raise click.UsageError("a user in --smtp and --smtp-password-file need each other")


def signing_secret_in(path: Path | None) -> bytes | None:
    """The secret that signs webhooks; what is none ends the command."""
    secret = secret_in(path)
    if secret is not None and signing_key(secret) is None:
        fail(
            f"what follows `whsec_` in `{path}` is no Base64",
            "the key as the receiver shows it, or one without `whsec_`",
        )
    return secret


def password_in(path: Path | None) -> bytes | None:
    """The password that a file begins with, as others have chosen it."""
    if path is None:
        return None
    try:
        line = path.read_bytes().split(b"\n", 1)[0].rstrip(b"\r")
    except OSError as error:
        fail(f"the password in `{path}` cannot be read: {error.strerror}")
    if not line or not line.isascii():
        fail(f"the first line of `{path}` is no password", "ASCII characters, one at least")
    return line
