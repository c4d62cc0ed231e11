"""What `static/plot.js` draws."""

from collections.abc import Mapping, Sequence

from starlette.responses import JSONResponse, Response

from gateway.console.visit import Visit
from gateway.instants import SECOND


def plotted(
    visit: Visit,
    at: Sequence[int],
    names: Mapping[str, str],
    lines: Sequence[Sequence[int | None]],
    *,
    days: bool,
) -> Response:
    """Lines over instants (µs UTC), null where nothing was recorded. ``names`` are keys of words, each with its colour."""
    return JSONResponse(
        {
            "at": [one // SECOND for one in at],
            "lines": lines,
            "names": [visit.say(key) for key in names],
            "colours": [*names.values()],
            "days": days,
            "time": visit.say("time"),
            "zone": visit.policy.zone.key,
            "language": visit.language.value,
        }
    )
