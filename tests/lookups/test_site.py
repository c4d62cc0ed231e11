"""The limits of a visit: how many requests, how many without an answer, and how much of a body."""

import asyncio
import socket
import time

from gateway.demo.site import serving
from gateway.lookups.site import MOST_UNANSWERED, visit
from gateway.settings import Address
from gateway.told.doctor.case import READER
from gateway.told.doctor.tour import MOST_REQUESTS, Seen
from gateway.told.doctor.visit import MOST_OCTETS, Answer, Ask, Door, Got, Role, Trouble, Visit


def endless(most: int = 100):
    """A tour that asks on and on, and gives all its visits."""
    visits = []
    for number in range(most):
        ask = Ask(Role.HOME, READER, "http", "www.antara.example", f"/{number}")
        answer: Answer = yield ask
        visits.append(Visit(ask, answer))
    return Seen("http", "www.antara.example", tuple(visits))


async def site(scope, receive, send) -> None:
    """Sends more than anybody reads, and what it was asked in a field."""
    asked = b"|".join(
        value for name, value in scope["headers"] if name in {b"host", b"cookie", b"user-agent"}
    )
    fields = [(b"x-asked", asked), (b"set-cookie", b"a=b"), (b"x-twice", b"1"), (b"x-twice", b"2")]
    await send({"type": "http.response.start", "status": 200, "headers": fields})
    for _ in range(MOST_OCTETS // 65_536 + 2):
        await send({"type": "http.response.body", "body": b"x" * 65_536, "more_body": True})
    await send({"type": "http.response.body"})


async def test_a_visit_ends_at_its_limit_and_sends_no_cookies():
    told = []
    async with serving(site) as port:
        seen = await visit(
            endless(),
            doors={Door.PUBLIC: Address("127.0.0.1", port)},
            seconds=5,
            clock=lambda: 7,
            pause=0,
            before=lambda count, ask: told.append((count, ask.target)),
        )
    assert told == [(number + 1, f"/{number}") for number in range(MOST_REQUESTS)]
    answers = [one.got for one in seen.visits]
    assert len(answers) == 100
    assert all(isinstance(one, Got) for one in answers[:MOST_REQUESTS])
    assert {one.trouble for one in seen.visits[MOST_REQUESTS:]} == {Trouble.UNASKED}
    assert (len(answers[1].octets), answers[1].cut, answers[1].at) == (MOST_OCTETS, True, 7)
    assert answers[1].values("x-twice") == ["1", "2"]
    assert answers[1].field("x-asked") == f"www.antara.example|{READER.user_agent}"


async def test_a_site_that_does_not_answer_is_left_alone():
    with socket.create_server(("127.0.0.1", 0)) as server:
        doors = {Door.PUBLIC: Address("127.0.0.1", server.getsockname()[1])}
        begun = time.monotonic()
        seen = await visit(endless(), doors=doors, seconds=0.1, clock=lambda: 0, pause=0)
    assert time.monotonic() - begun < 5
    troubles = [one.trouble for one in seen.visits]
    assert troubles == [Trouble.SLOW] * MOST_UNANSWERED + [Trouble.UNASKED] * (100 - MOST_UNANSWERED)


async def test_a_visit_can_be_cancelled():
    with socket.create_server(("127.0.0.1", 0)) as server:
        doors = {Door.PUBLIC: Address("127.0.0.1", server.getsockname()[1])}
        task = asyncio.create_task(visit(endless(), doors=doors, seconds=60, clock=lambda: 0))
        await asyncio.sleep(0)
        task.cancel()
        assert await asyncio.wait({task}, timeout=5) == ({task}, set())
    assert task.cancelled()
