"""A real origin that answers as a test wants."""

import asyncio

import pytest
from aiohttp import web

from gateway.policy.model import Origin

CLOSED = "User-agent: *\nDisallow: /\n"


class Site:
    """An origin whose robots.txt is what ``answer`` makes of a request, and what it was asked."""

    def __init__(self):
        self.asked = []
        self.answer = lambda request: web.Response(text=CLOSED)
        self.origin = Origin("http", "127.0.0.1", 0)

    async def __call__(self, request):
        self.asked.append(request)
        made = self.answer(request)
        return await made if asyncio.iscoroutine(made) else made


@pytest.fixture
async def site():
    site = Site()
    server = web.Server(site)
    runner = web.ServerRunner(server, shutdown_timeout=0.1)
    await runner.setup()
    place = web.TCPSite(runner, "127.0.0.1", 0)
    await place.start()
    site.origin = Origin("http", "127.0.0.1", runner.addresses[0][1])
    yield site
    await runner.cleanup()
