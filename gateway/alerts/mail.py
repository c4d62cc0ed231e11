"""Alerts as mail: plain text in both languages, given to one server, which sees to the rest."""

import asyncio
import socket
import ssl
from email import policy
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Final

import aiosmtplib

from gateway.alerts.delivery import DeliveryError, Means, Message
from gateway.instants import utc

#: Seconds for a whole conversation with the server, however slowly it speaks.
PATIENCE: Final = 30.0
#: Lines as long as they come, within RFC 5322 section 2.1.1: folded subjects and broken words read badly.
_POLICY: Final = policy.SMTP.clone(max_line_length=500)


class Mail:
    """One mailbox."""

    def __init__(self, address: str, means: Means) -> None:
        assert means.server is not None, "the settings ask for a server where there is mail"
        self._to, self._server = address, means.server
        self._password, self._sender = means.password, means.sender

    async def bring(self, message: Message) -> str:
        """Give it to the server."""
        try:
            async with asyncio.timeout(PATIENCE):
                await self._bring(written(message, self._sender, self._to))
        except aiosmtplib.SMTPRecipientsRefused as error:
            raise DeliveryError(_answer(error.recipients[0])) from error
        except aiosmtplib.SMTPResponseException as error:
            raise DeliveryError(_answer(error)) from error
        except (aiosmtplib.SMTPTimeoutError, TimeoutError):
            raise DeliveryError(f"no answer within {PATIENCE:.0f} seconds") from None
        except (aiosmtplib.SMTPException, OSError) as error:
            raise DeliveryError(_line(str(error)) or type(error).__name__) from error
        return f"taken by {self._server.host}"

    async def _bring(self, mail: EmailMessage) -> None:
        server = self._server
        async with aiosmtplib.SMTP(
            hostname=server.host,
            port=server.port,
            use_tls=server.tls,
            local_hostname=socket.gethostname(),  # else the name servers are asked for it
            start_tls=False,  # below, where it may be said why not
            tls_context=ssl.create_default_context(),
            timeout=PATIENCE,
        ) as line:
            await line.ehlo()
            if not server.tls:
                await self._start_tls(line)
            if server.user:
                await line.login(server.user, self._password or b"")
            await line.send_message(mail)

    async def _start_tls(self, line: aiosmtplib.SMTP) -> None:
        """What is said from here on is for the server alone (RFC 3207); one on another machine must be able to."""
        if line.supports_extension("starttls"):
            await line.starttls()
        elif not self._server.near:
            raise DeliveryError("the server offers no STARTTLS, so everybody on the way could read along")


def written(message: Message, sender: str, to: str) -> EmailMessage:
    """The message as mail. No answer to it is wanted (RFC 3834 section 5)."""
    mail = EmailMessage(_POLICY)
    mail["From"], mail["To"] = sender, to
    mail["Subject"] = message.subject
    mail["Date"] = format_datetime(utc(message.at))
    mail["Message-ID"] = f"<{message.id}@{sender.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(message.letter)
    mail["Content-Language"] = "id, en"
    return mail


def _answer(error: aiosmtplib.SMTPResponseException) -> str:
    return f"the server answers {error.code} {_line(error.message)}"


def _line(text: str) -> str:
    return " ".join(text.split())[:200]
