"""How an alert gets to somebody: one message, one way to bring it for each kind of recipient."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from gateway.recipients import MailServer


class DeliveryError(Exception):
    """A message that did not arrive; the message says why."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message. ``id`` is the same each time that the same thing is said."""

    id: str
    at: int
    subject: str
    letter: str
    members: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Means:
    """What bringing takes: a secret that signs webhooks, and a server that takes mail, with the sender's address."""

    secret: bytes | None = None
    server: MailServer | None = None
    password: bytes | None = None
    sender: str = ""


class Bringer(Protocol):
    """Brings messages to one recipient."""

    async def bring(self, message: Message) -> str:
        """Bring one; what was answered. DeliveryError where it did not arrive."""
