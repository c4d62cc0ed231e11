"""The seal of a gateway's lane at its admin listener, for the host that signs for the whole site (`gateway.audit.joined`).

It is the folder `seal` of the journal, in the layout of C2SP tlog-tiles, with the public key and the hand-overs of keys beside
it: hashes and signatures, no entries; and what this machine's clock says, for clocks that differ are to be noticed. Where a token was set, only who shows it is answered.
"""

import re
from collections.abc import Callable
from hmac import compare_digest
from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from gateway.audit.joined import TIME
from gateway.audit.keys import HAND_OVERS, PUBLIC
from gateway.audit.tile_files import CHECKPOINT, FOLDER

#: The path of a tile, as tlog-tiles writes it.
_TILE: Final = re.compile(r"tile/[0-9]{1,2}/(x[0-9]{3}/){0,5}[0-9]{3}(\.p/[0-9]{1,3})?")
_HEADERS: Final = {"Cache-Control": "no-store"}


def seal_route(journal: Path, token: bytes | None, wall: Callable[[], int]) -> Route:
    """Where the seal of the journal's lane is shown, and the time (µs since 1970)."""

    def answer(request: Request) -> Response:
        shown = request.headers.get("authorization", "").encode("latin-1")
        if token is not None and not compare_digest(shown, b"Bearer " + token):
            return PlainTextResponse("a token is wanted\n", 401, {**_HEADERS, "WWW-Authenticate": "Bearer"})
        name = request.path_params["name"]
        octets = b"%d" % wall() if name == TIME else _read(journal, name)
        if octets is None:
            return PlainTextResponse("there is nothing\n", 404, _HEADERS)
        return Response(octets, media_type="application/octet-stream", headers=_HEADERS)

    return Route("/seal/{name:path}", answer)


def _read(journal: Path, name: str) -> bytes | None:
    if name == CHECKPOINT or _TILE.fullmatch(name):
        path = journal / FOLDER / name
    elif name in (PUBLIC, HAND_OVERS):
        path = journal / name
    else:
        return None
    try:
        return path.read_bytes()
    except OSError:
        return b"" if name == HAND_OVERS else None
