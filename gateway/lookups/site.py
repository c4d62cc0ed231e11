"""Makes the requests of a doctor's tour: one at a time, gently, and whatever comes back is an answer or a reason.

Each request has a connection of its own, no cookies, a deadline for all of it, and a limit on the octets of head and
body. The body is not decompressed here. Nothing is sent but GET, and redirects are not followed: where they may lead is
the tour's to say.
"""

import asyncio
import socket
import ssl
from collections.abc import Callable
from typing import Final

from gateway.lookups import client
from gateway.lookups.client import ERRORS, NotConnectedError
from gateway.lookups.outside import detail
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
        "Host": ask.authority,
        "User-Agent": ask.visitor.user_agent,
        "Accept": ask.visitor.accept,
        "Accept-Language": "id, en;q=0.5",
        "Accept-Encoding": "gzip, deflate",
    }
    netloc = ask.authority if there is None else str(there)
    name = ask.authority.partition(":")[0] if there is not None and ask.scheme == "https" else None
    at = 0

    def headed() -> None:
        nonlocal at
        at = clock()

    try:
        async with asyncio.timeout(seconds):
            url = f"{ask.scheme}://{netloc}{ask.target}"
            found = await client.ask(
                url, headers, MOST_OCTETS, anywhere=True, server_name=name, on_head=headed
            )
    except TimeoutError:
        return Failed(Trouble.SLOW, f"{seconds:g} s")
    except ERRORS as error:
        return Failed(_trouble(error), detail(error))
    fields = tuple((one, value.decode("utf-8", "replace").strip()) for one, value in found.fields)
    return Got(found.status, fields, found.body, not found.whole, at)


def _trouble(error: Exception) -> Trouble:
    if isinstance(error, socket.gaierror):
        return Trouble.NAME
    if isinstance(error, ssl.SSLError):
        return Trouble.TLS
    return Trouble.CLOSED if isinstance(error, NotConnectedError) else Trouble.WIRE
