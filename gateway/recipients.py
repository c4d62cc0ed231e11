"""Who is told when something is wrong: addresses for mail and for webhooks, and the server that takes the mail."""

import re
from base64 import b64decode
from ipaddress import ip_address
from typing import Final, NamedTuple
from urllib.parse import urlsplit

#: Recipients, at most.
MOST: Final = 10
#: What a mail address may be here: the dot-atom of RFC 5322 section 3.2.3 and a host, so that it can be no header of its own.
_MAILBOX: Final = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9.-]{1,253}")
_MAILTO: Final = "mailto:"
_SECRET: Final = b"whsec_"
_PORTS: Final = {"smtp": 587, "smtps": 465}


class Recipient(NamedTuple):
    """``address`` is a mailbox or the URL of a webhook."""

    address: str
    mail: bool

    @property
    def shown(self) -> str:
        """Without what may be a secret in it: many services put theirs into the path."""
        if self.mail:
            return self.address
        parts = urlsplit(self.address)
        return f"{parts.scheme}://{parts.hostname}" + ("" if parts.port is None else f":{parts.port}")


class MailServer(NamedTuple):
    """Who takes mail. ``tls``: from the first octet on (RFC 8314 section 3); else by STARTTLS, which only a server on this
    machine may lack."""

    host: str
    port: int
    user: str
    tls: bool

    @property
    def near(self) -> bool:
        """Whether it is on this machine."""
        try:
            return self.host == "localhost" or ip_address(self.host).is_loopback
        except ValueError:
            return False


def parse_recipients(text: str) -> tuple[Recipient, ...]:
    """`mailto:ADDRESS` and `https://…`, separated by blanks. Raises ValueError in the writer's words."""
    found = tuple(dict.fromkeys(map(_recipient, text.split())))
    if len(found) > MOST:
        raise ValueError(
            f"{len(found)} recipients: {MOST} at most, so name a list or a service that spreads the word"
        )
    return found


def _recipient(word: str) -> Recipient:
    if word.startswith(_MAILTO):
        return Recipient(parse_mailbox(word.removeprefix(_MAILTO)), mail=True)
    parts = urlsplit(word)
    if parts.scheme not in ("http", "https"):
        raise ValueError(f"`{word}` is neither `mailto:ADDRESS` nor `https://…`")
    if not parts.hostname or not word.isprintable() or not word.isascii():
        raise ValueError(f"`{word}` is no address")
    if parts.username is not None or parts.password is not None:
        raise ValueError(
            "a password in an address stands in the list of processes: sign with a secret instead"
        )
    return Recipient(word, mail=False)


def parse_mailbox(text: str) -> str:
    """A mail address. Raises ValueError in the writer's words."""
    if not _MAILBOX.fullmatch(text):
        raise ValueError(f"`{text}` is no mail address, such as `redaksi@koran.example`")
    return text


def parse_mail_server(text: str) -> MailServer:
    """`smtp://[USER@]HOST[:PORT]`, or `smtps://…`. Raises ValueError in the writer's words."""
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise ValueError(f"`{text}` is no address of a mail server: {error}") from None
    if parts.scheme not in _PORTS or not re.fullmatch(r"[A-Za-z0-9._:-]+", host):
        raise ValueError(f"`{text}` is none of `smtp://HOST` and `smtps://HOST`")
    if parts.password is not None:
        raise ValueError(
            "a password in an address stands in the list of processes: name a file of it instead"
        )
    if parts.path not in ("", "/") or parts.query or parts.fragment:
        raise ValueError(f"`{text}`: a mail server has a user, a host and a port, and nothing else")
    _, at, _ = parts.netloc.rpartition("@")
    user = parts.netloc.rpartition("@")[0].replace("%40", "@") if at else ""
    return MailServer(host, port or _PORTS[parts.scheme], user, parts.scheme == "smtps")


def signing_key(secret: bytes) -> bytes | None:
    """The key of a webhook's secret: what follows `whsec_` in Base64 (Standard Webhooks), else the secret itself; None where
    that is no Base64."""
    if not secret.startswith(_SECRET):
        return secret
    try:
        return b64decode(secret.removeprefix(_SECRET), validate=True) or None
    except ValueError:
        return None
