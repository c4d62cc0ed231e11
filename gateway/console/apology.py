"""The page that stands where another one cannot: what happened, and what there is to do."""

from typing import Final

from starlette.responses import Response

from gateway.console.visit import Denied, Visit
from gateway.console.words import WORDS

#: What is only not there yet: the page looks again after so many seconds.
_AGAIN: Final = {"not ready": 2, "letter being made": 2}


def apology(visit: Visit, denied: Denied, *, done: float | None = None) -> Response:
    """The page; ``done`` is how much of what is waited for is there, 0 to 1."""
    head = f"{denied.key} head"
    again = _AGAIN.get(denied.key)
    answer = visit.render(
        "error.html",
        denied.status,
        status=denied.status,
        waits=again is not None,
        head=visit.say(head if head in WORDS else f"status {denied.status}"),
        text="" if denied.key == "error" else visit.say(denied.key),
        detail=denied.detail,
        done=done,
    )
    if again is not None:
        answer.headers["Refresh"] = str(again)
        answer.headers["Retry-After"] = str(again)
    return answer
