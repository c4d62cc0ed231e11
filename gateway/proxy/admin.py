"""The admin listener: `/health`, `/ready` and `/metrics`, for the people who run the gateway and nobody else."""

from collections.abc import Awaitable, Callable
from typing import NamedTuple

import msgspec
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from gateway.warned import Warned


class Readiness(NamedTuple):
    """Whether the gateway takes requests, and what its operators should know all the same."""

    ready: bool
    warnings: tuple[Warned, ...]
    details: dict[str, object]


def admin_app(
    readiness: Callable[[], Readiness],
    registry: CollectorRegistry,
    look: Callable[[], Awaitable[None]],
    *more: Route,
) -> Starlette:
    """The application of the admin listener; ``look`` is waited for before anything is told. ``more`` is what else it has."""

    async def health(_: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def ready(_: Request) -> Response:
        await look()
        state = readiness()
        body = {"ready": state.ready, "warnings": msgspec.to_builtins(state.warnings), **state.details}
        return JSONResponse(body, 200 if state.ready else 503, {"Cache-Control": "no-store"})

    async def metrics(_: Request) -> Response:
        await look()
        return Response(generate_latest(registry), headers={"Content-Type": CONTENT_TYPE_LATEST})

    return Starlette(
        routes=[Route("/health", health), Route("/ready", ready), Route("/metrics", metrics), *more]
    )
