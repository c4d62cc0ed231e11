"""Lets the cast come on, one after the other, and shows what became of each."""

import asyncio
import random
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from gateway.demo.follow import Follower
from gateway.demo.script import Client, differences
from gateway.demo.stage import HOST, Gateway
from gateway.demo.table import Table
from gateway.demo.wire import Answer, AnswerError, send
from gateway.vocabulary import Sentence, Verdict

#: Between two clients, once the script has been played, the stage is empty for so many pauses of this length.
PAUSES = (4, 16)
PAUSE_SECONDS = 0.25
VISITOR = Sentence("Tamu", "A visitor")


@dataclass(slots=True)
class Tally:
    """How many came, what they got, and who did not get what the policy says."""

    verdicts: Counter[Verdict] = field(default_factory=Counter)
    differing: list[str] = field(default_factory=list)

    @property
    def clients(self) -> int:
        """All that came and were recorded."""
        return self.verdicts.total()


async def play(cast: Iterable[Client], stage: Gateway, follower: Follower, table: Table) -> Tally:
    """Plays the script once, in its order."""
    tally = Tally()
    group: Sentence | None = None
    table.head()
    for client in cast:
        if client.group != group:
            group = client.group
            table.group(group)
        entry, differing = await _scene(client, stage, follower, table)
        table.differing(differing)
        if differing:
            tally.differing.append(client.id)
        if entry is not None:
            tally.verdicts[Verdict(entry["verdict"])] += 1
    return tally


async def improvise(
    cast: tuple[Client, ...], stage: Gateway, follower: Follower, table: Table, chance: random.Random
) -> None:
    """Sends clients of the cast in no order, readers more than others, a few seconds apart, until it is cancelled.

    Visitors, such as the browser of whoever watches, are shown as they come. What differs from the script is not
    remarked on: by now the policy may have been changed, and that is what one wants to see.
    """
    readers = [client for client in cast if client.group == cast[0].group]
    while True:
        for _ in range(chance.randint(*PAUSES)):
            await asyncio.sleep(PAUSE_SECONDS)
            for entry, status in follower.visitors():
                table.row(VISITOR, status, entry)
        client = chance.choice(readers if chance.random() < 0.5 else cast)
        await _scene(client, stage, follower, table)


async def _scene(
    client: Client, stage: Gateway, follower: Follower, table: Table
) -> tuple[dict[str, Any] | None, list[str]]:
    """One client's entrance: the entry about it, and what was not as the script has it."""
    answer: Answer | None = None
    differing: list[str] = []
    try:
        for _ in range(1, client.times):
            await follower.decision(client.ask, await send(client.ask, HOST, stage.port))
        answer = await send(client.ask, HOST, stage.port)
    except AnswerError as error:
        differing.append(f"answer: {error}")
    entry = await follower.decision(client.ask, answer)
    table.row(client.name, answer.status if answer else None, entry)
    if answer is not None:
        differing += differences(client.expect, answer, entry)
    return entry, differing
