"""The seal of a gateway's lane at its admin listener, for the host that signs for the whole site (`gateway.audit.joined`).

It is what the folder `seal` of the journal has, in the layout of C2SP tlog-tiles, with the public key and the hand-overs of keys
beside it: hashes and signatures, no entries; and what this machine's clock says, for clocks that differ are to be noticed. Where a token was set, only who shows it is answered.
"""

from collections.abc import Callable
from hmac import compare_digest
from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from gateway.audit.joined import TIME
from gateway.audit.keys import HAND_OVERS, PUBLIC
from gateway.audit.tile_files import CHECKPOINT, FOLDER, TileFiles
from gateway.seal.tiles import tile_at

_HEADERS: Final = {"Cache-Control": "no-store"}


def seal_route(journal: Path, token: bytes | None, wall: Callable[[], int]) -> Route:
    """Where the seal of the journal's lane is shown, and the time (µs since 1970)."""

    def answer(request: Request) -> Response:
        given = request.headers.get("authorization", "").encode("latin-1")
        if token is not None and not compare_digest(given, b"Bearer " + token):
            return PlainTextResponse("a token is wanted\n", 401, {**_HEADERS, "WWW-Authenticate": "Bearer"})
        name = request.path_params["name"]
        octets = b"%d" % wall() if name == TIME else shown(journal, name)
        if octets is None:
            return PlainTextResponse("there is nothing\n", 404, _HEADERS)
        return Response(octets, media_type="application/octet-stream", headers=_HEADERS)

    return Route("/seal/{name:path}", answer)


def shown(journal: Path, name: str) -> bytes | None:
    """What is shown of a journal's seal under a name; None where that is nothing."""
    tile = tile_at(name)
    if tile is not None:
        return TileFiles(journal).reader(lambda *_: b"")(*tile) or None
    if name == CHECKPOINT:
        path = journal / FOLDER / name
    elif name in (PUBLIC, HAND_OVERS):
        path = journal / name
    else:
        return None
    try:
        return path.read_bytes()
    except OSError:
        return b"" if name == HAND_OVERS else None
