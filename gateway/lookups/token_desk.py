"""The token endpoint's work: know the client, sign a token, note it, and say so in the journal.

Everything that blocks (scrypt, the folder of keys) is done in threads, two at a time; who comes when too many wait already
is told to come back. A client learns only whether id and secret belong together.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

import msgspec

from gateway.enforce.answer import Fields, Reply
from gateway.instants import SECOND
from gateway.judgement import Judgement
from gateway.licenses.client import knows
from gateway.licenses.grant import Client, Refused, client_of, fields_of, granted, paths_of
from gateway.licenses.license import License
from gateway.licenses.token import sign, token_for
from gateway.lookups.license_keys import Issued, KeyFolder, KeyFolderError
from gateway.vocabulary import Level

#: Requests that are worked on at once, and that may wait.
_AT_ONCE: Final = 2
_WAITING: Final = 32
_FIELDS: Final[Fields] = (
    (b"content-type", b"application/json"),
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
)
_BASIC: Final = (b"www-authenticate", b'Basic realm="license tokens", charset="UTF-8"')


class TokenDesk:
    """Answers token requests. ``event`` records one durably; None where it could not."""

    def __init__(
        self,
        folder: KeyFolder,
        *,
        clock: Callable[[], int],
        new_id: Callable[[int], str],
        event: Callable[[str, dict[str, Any]], Awaitable[Level | None]],
    ) -> None:
        self._folder, self._clock, self._new_id, self._event = folder, clock, new_id, event
        self._working = asyncio.Semaphore(_AT_ONCE)
        self._waiting = 0

    async def answer(
        self, judgement: Judgement, authorization: Sequence[str], content_type: str, body: bytes
    ) -> Reply:
        """The answer to one request that was decided and recorded."""
        own: Fields = (*_FIELDS, (b"izin-decision", judgement.id.encode("ascii")))
        try:
            told = await self._granted(judgement, client_of(authorization), fields_of(content_type, body))
            return Reply(200, own, msgspec.json.encode(told))
        except Refused as refused:
            extra: Fields = (_BASIC,) if refused.status == 401 else ()
            if refused.status == 503:
                extra = ((b"retry-after", b"5"),)
            return Reply(refused.status, (*own, *extra), refused.body)

    async def _granted(self, judgement: Judgement, client: Client, fields: dict[str, str]) -> dict[str, Any]:
        policy = judgement.version.policy
        if self._waiting >= _WAITING:
            raise Refused(503, "server_error", "Too many clients ask for tokens at the moment")
        self._waiting += 1
        try:
            async with self._working:
                held = policy.license(client.id)
                known = await asyncio.to_thread(self._knows, client)
                if not known or held is None:
                    raise Refused(401, "invalid_client", "The client's id and secret do not belong together")
                now = self._clock()
                paths = paths_of(fields, held, now)
                assert policy.tokens is not None
                hosts = tuple(host.pattern for host in policy.hosts)
                token = token_for(held, policy.site, hosts, self._new_id(now), now, policy.tokens * SECOND)
                token = msgspec.structs.replace(token, paths=paths)
                text, key = await asyncio.to_thread(self._signed, held, token)
        finally:
            self._waiting -= 1
        details = {"license": held.id, "token": token.id, "key": key, "for": judgement.id, "ends": token.ends}
        if await self._event("token", details) is None:
            raise Refused(503, "server_error", "Tokens cannot be recorded at the moment")
        return granted(text, token.ends, now)

    def _knows(self, client: Client) -> bool:
        try:
            return knows(self._folder.secrets(), client.id, client.secret)
        except KeyFolderError:
            raise Refused(503, "server_error", "Clients cannot be checked at the moment") from None

    def _signed(self, held: License, token: Any) -> tuple[str, str]:
        try:
            with self._folder.held():
                key = self._folder.signing()
                text = sign(token, key)
                self._folder.note(Issued(token.id, held.id, token.issued, token.ends, key.kid or ""))
        except (KeyFolderError, OSError):
            raise Refused(503, "server_error", "Tokens cannot be signed at the moment") from None
        except ValueError:
            raise Refused(400, "invalid_resource", "The token would be too long") from None
        return text, key.kid or ""
