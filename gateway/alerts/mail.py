"""Alerts as mail: plain text in both languages, given to one server, which sees to the rest.

What waits for a server waits in a thread, and never holds a request up.
"""

import asyncio
import smtplib
import ssl
from email import policy
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Final

from gateway.alerts.delivery import DeliveryError, Means, Message
from gateway.instants import utc

#: Seconds for each step of a conversation with the server.
PATIENCE: Final = 20.0

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
        return await asyncio.to_thread(self._bring, written(message, self._sender, self._to))

    def _bring(self, mail: EmailMessage) -> str:
        server = self._server
        context = ssl.create_default_context()
        try:
            with (
                smtplib.SMTP_SSL(server.host, server.port, timeout=PATIENCE, context=context)
                if server.tls
                else smtplib.SMTP(server.host, server.port, timeout=PATIENCE)
            ) as line:
                line.ehlo_or_helo_if_needed()
                if not server.tls:
                    self._start_tls(line, context)
                if server.user:
                    line.login(server.user, (self._password or b"").decode("ascii"))
                line.send_message(mail)
        except smtplib.SMTPResponseException as error:
            raise DeliveryError(f"the server answers {error.smtp_code} {_text(error.smtp_error)}") from error
        except smtplib.SMTPRecipientsRefused as error:
            code, why = next(iter(error.recipients.values()))
            raise DeliveryError(f"the server answers {code} {_text(why)}") from error
        except TimeoutError:
            raise DeliveryError(f"no answer within {PATIENCE:.0f} seconds") from None
        except (smtplib.SMTPException, OSError) as error:
            raise DeliveryError(str(error) or type(error).__name__) from error
        return f"taken by {server.host}"

    def _start_tls(self, line: smtplib.SMTP, context: ssl.SSLContext) -> None:
        """What is said from here on is for the server alone (RFC 3207); one on another machine must be able to."""
        if line.has_extn("starttls"):
            line.starttls(context=context)
            line.ehlo()
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


def _text(said: bytes | str) -> str:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return " ".join(text.split())[:200]
