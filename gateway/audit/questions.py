"""What a process asks of the writer's process, and who waits for the answers."""

import asyncio
from collections.abc import Awaitable
from typing import Any, NamedTuple

import msgspec

from gateway.audit import wire


class _Question(NamedTuple):
    """What was asked, who waits, and what is answered if nobody else answers; ``keeps``: it is asked again of the next
    writer."""

    octets: bytes
    answer: asyncio.Future[Any]
    otherwise: Any
    keeps: bool


class Questions:
    """Those that have no answer yet, by their numbers."""

    def __init__(self) -> None:
        self._open: dict[int, _Question] = {}
        #: Where the writer hears; None while there is none.
        self.line: asyncio.Transport | None = None

    def ask(
        self, number: int, message: msgspec.Struct, otherwise: Any, patience: float, *, keeps: bool = False
    ) -> Awaitable[Any]:
        """What the writer says, or ``otherwise`` where it is not there or says nothing within so many seconds; with ``keeps`` one
        that is not there is waited for."""
        loop = asyncio.get_running_loop()
        octets = wire.octets_of(message)
        question = self._open[number] = _Question(octets, loop.create_future(), otherwise, keeps)
        if self.line is not None:
            self.line.write(octets)
        elif not keeps:
            self.answer(number, otherwise)
            return question.answer
        loop.call_later(patience, self.answer, number, otherwise)
        return question.answer

    def answer(self, number: int, answer: Any) -> None:
        """Tell whoever waits for it."""
        question = self._open.pop(number, None)
        if question is not None and not question.answer.done():
            question.answer.set_result(answer)

    def found(self, line: asyncio.Transport) -> None:
        """There is a writer: ask it whatever waits."""
        self.line = line
        for question in self._open.values():
            line.write(question.octets)

    def lost(self) -> None:
        """The writer is gone."""
        self.line = None
        for number, question in list(self._open.items()):
            if not question.keeps:
                self.answer(number, question.otherwise)
