"""Alerts as a POST to an address: JSON, signed as Standard Webhooks has it (standardwebhooks.com, 2023-12).

The address is the operator's own, so it may lie inside; redirects are not followed, for they would show the alert, and its
signature, to somebody else.
"""

import base64
import hashlib
import hmac
from typing import Final

import aiohttp
import msgspec

from gateway import __version__
from gateway.alerts.delivery import DeliveryError, Means, Message
from gateway.instants import SECOND
from gateway.recipients import signing_key

#: Seconds for one request.
PATIENCE: Final = 15.0


class Webhook:
    """One address."""

    def __init__(self, url: str, means: Means) -> None:
        self._url = url
        self._key = None if means.secret is None else signing_key(means.secret)

    async def bring(self, message: Message) -> str:
        """Post it; what is no success (2xx) did not arrive."""
        body = msgspec.json.encode(message.members)
        stamp = str(message.at // SECOND)
        fields = {
            "Content-Type": "application/json",
            "User-Agent": f"Izin/{__version__}",
            "webhook-id": message.id,
            "webhook-timestamp": stamp,
        }
        if self._key is not None:
            fields["webhook-signature"] = signature(self._key, message.id, stamp, body)
        timeout = aiohttp.ClientTimeout(total=PATIENCE)
        try:
            async with (
                aiohttp.ClientSession(timeout=timeout, cookie_jar=aiohttp.DummyCookieJar()) as session,
                session.post(self._url, data=body, headers=fields, allow_redirects=False) as answer,
            ):
                status = answer.status
        except TimeoutError:
            raise DeliveryError(f"no answer within {PATIENCE:.0f} seconds") from None
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise DeliveryError(str(error) or type(error).__name__) from error
        if not 200 <= status < 300:
            raise DeliveryError(f"it answers {status}")
        return str(status)


def signature(key: bytes, id: str, stamp: str, body: bytes) -> str:
    """The value of `webhook-signature`: an HMAC-SHA256 over id, time and body."""
    made = hmac.new(key, f"{id}.{stamp}.".encode() + body, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(made).decode()}"
