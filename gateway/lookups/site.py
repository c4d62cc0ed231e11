"""Makes the requests of a doctor's tour: one at a time, gently, and whatever comes back is an answer or a reason.

Each request has a connection of its own, no cookies, a deadline for all of it, and a limit on the octets of head and
body. The body is not decompressed here. Nothing is sent but GET, and redirects are not followed: where they may lead is
the tour's to say.
"""

import asyncio
import errno
import os
import ssl
from collections.abc import Callable
from typing import Final

import aiohttp
from aiohttp import hdrs

from gateway.lookups.outside import ERRORS, asked, at_most, detail
from gateway.settings import Address
from gateway.told.doctor.tour import MOST_REQUESTS, Seen, Tour
from gateway.told.doctor.visit import MOST_OCTETS, Answer, Ask, Door, Failed, Got, Trouble

#: Seconds between two requests; and after so many in a row without an answer the site is left alone.
PAUSE: Final = 0.25
MOST_UNANSWERED: Final = 3


async def visit(
    tour: Tour,
    *,
    doors: dict[Door, Address],
    seconds: float,
    clock: Callable[[], int],
    pause: float = PAUSE,
    before: Callable[[int, Ask], None] = lambda _count, _ask: None,
) -> Seen:
    """Everything that the tour saw. ``doors`` are addresses to use in place of what a host's name leads to; ``seconds``
    is the time for each request and ``pause`` that between two; ``clock`` gives microseconds since 1970; ``before`` is told each request."""
    count, unanswered = 0, 0
    ask = next(tour)
    while True:
        if count >= MOST_REQUESTS:
            answer: Answer = Failed(Trouble.UNASKED, f"{MOST_REQUESTS}")
        elif unanswered >= MOST_UNANSWERED:
            answer = Failed(Trouble.UNASKED, "-")
        else:
            if count:
                await asyncio.sleep(pause)
            count += 1
            before(count, ask)
            answer = await _fetch(ask, doors.get(ask.door), seconds, clock)
            lost = isinstance(answer, Failed) and ask.door is Door.PUBLIC and answer.trouble is Trouble.SLOW
            unanswered = unanswered + 1 if lost else 0
        try:
            ask = tour.send(answer)
        except StopIteration as end:
            seen: Seen = end.value
            return seen


async def _fetch(ask: Ask, there: Address | None, seconds: float, clock: Callable[[], int]) -> Answer:
    """What one request brings."""
    headers = {
        hdrs.HOST: ask.authority,
        hdrs.USER_AGENT: ask.visitor.user_agent,
        hdrs.ACCEPT: ask.visitor.accept,
        hdrs.ACCEPT_LANGUAGE: "id, en;q=0.5",
        hdrs.ACCEPT_ENCODING: "gzip, deflate",
    }
    netloc = ask.authority if there is None else str(there)
    name = ask.authority.partition(":")[0] if there is not None and ask.scheme == "https" else None
    try:
        async with (
            asyncio.timeout(seconds),
            asked(
                f"{ask.scheme}://{netloc}{ask.target}", headers, anywhere=True, server_name=name
            ) as response,
        ):
            at = clock()
            octets, whole = await at_most(response, MOST_OCTETS)
            fields = tuple(
                (one.decode("latin-1").lower(), value.decode("utf-8", "replace").strip())
                for one, value in response.raw_headers
            )
            return Got(response.status, fields, octets, not whole, at)
    except TimeoutError:
        return Failed(Trouble.SLOW, f"{seconds:g} s")
    except ERRORS as error:
        return Failed(_trouble(error), _detail(error))


def _detail(error: Exception) -> str:
    """What is known of an error, in the system's words where it has some: asyncio's own name its tuple of an address."""
    code = error.errno if isinstance(error, OSError) and _trouble(error) is Trouble.CLOSED else None
    return os.strerror(code).lower() if code in errno.errorcode and code is not None else detail(error)


def _trouble(error: Exception) -> Trouble:
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return Trouble.NAME
    if isinstance(error, (aiohttp.ClientSSLError, ssl.SSLError, aiohttp.ServerFingerprintMismatch)):
        return Trouble.TLS
    if isinstance(error, aiohttp.ClientConnectorError):
        return Trouble.CLOSED
    return Trouble.WIRE
