"""The stub news site: a small Starlette application that behaves as a newspaper's origin does.

Pages are rendered once, when the site opens, and served from memory with `ETag`, `Last-Modified`, a gzip variant
and 304 (RFC 9110 sections 8.8, 12.5.3 and 13). Pictures are files and know ranges. `/langsung` is a stream of
server-sent events that does not end. What depends on the query (search, print, older pages) is rendered when asked.
"""

import asyncio
import json
import re
import socket
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from gateway.demo.newsroom import CONTENT, Article, edition
from gateway.demo.pages import Document, Pages

PAGE_SIZE = 8
LETTER_OCTETS = 64 * 1024


def site(opened: datetime, ticks: float = 5.0) -> Starlette:
    """The stub site as it stands at ``opened``; `/langsung` sends a line every ``ticks`` seconds."""
    newspaper = Newspaper(opened, ticks)
    return Starlette(
        routes=[
            Mount("/foto/gambar", StaticFiles(directory=CONTENT / "photos")),
            Route("/foto/unduh/{name}", newspaper.download),
            Route("/langsung", newspaper.ticker),
            Route("/terkini", newspaper.latest),
            Route("/cari", newspaper.search),
            Route("/surat", newspaper.letter, methods=["POST"]),
            Route("/{path:path}", newspaper.page),
        ]
    )


class Newspaper:
    """The site's answers: one method a route."""

    def __init__(self, opened: datetime, ticks: float) -> None:
        self.content = edition(opened)
        self.pages = Pages(self.content, opened)
        self.documents = dict(self.pages.documents())
        self.articles = {article.path: article for article in self.content.articles}
        self.numbers = {str(article.number): article.path for article in self.content.articles}
        self.pictures = {f"{article.photo.name}.jpg" for article in self.content.articles if article.photo}
        self.ticks = ticks

    async def page(self, request: Request) -> Response:
        """Any page kept in memory; `?cetak=1` is an article for paper, `/?p=NUMBER` a short address."""
        path, query = request.url.path, request.query_params
        if path in self.articles and "cetak" in query:
            return answer(self.pages.article(self.articles[path], "print.html"), request)
        if path == "/" and query.get("p") in self.numbers:
            return RedirectResponse(self.numbers[query["p"]], 301)
        return answer(self.documents[path], request) if path in self.documents else self.missing(request)

    async def latest(self, request: Request) -> Response:
        """All articles, newest first, `?page=` by page."""
        wanted = re.fullmatch("[1-9][0-9]{0,3}", request.query_params.get("page", "1"))
        if wanted is None:
            return self.missing(request)
        first = (int(wanted[0]) - 1) * PAGE_SIZE
        listed = self.content.articles[first : first + PAGE_SIZE]
        return answer(self.pages.listing("Terkini", "/terkini", listed), request)

    async def search(self, request: Request) -> Response:
        """The articles whose title or summary holds the words of `?q=`."""
        query = request.query_params.get("q", "")[:80].strip()
        found = [a for a in self.content.articles if query.casefold() in f"{a.title} {a.summary}".casefold()]
        return answer(self.pages.search(query, found if query else []), request)

    async def ticker(self, _: Request) -> Response:
        """Headlines as server-sent events."""
        stream = headlines(self.content.articles, self.ticks)
        return StreamingResponse(
            stream, media_type="text/event-stream", headers={"Cache-Control": "no-store"}
        )

    async def download(self, request: Request) -> Response:
        """A picture to keep."""
        name: str = request.path_params["name"]
        if name not in self.pictures:
            return self.missing(request)
        return FileResponse(CONTENT / "photos" / name, filename=name)

    async def letter(self, request: Request) -> Response:
        """Letters to the editor are counted and thrown away."""
        received = 0
        async for chunk in request.stream():
            received += len(chunk)
            if received > LETTER_OCTETS:
                return Response("Surat terlalu panjang.\n", 413, media_type="text/plain")
        return Response(f"Terima kasih, {received} oktet diterima.\n", 202, media_type="text/plain")

    def missing(self, request: Request) -> Response:
        """404."""
        return answer(self.pages.missing, request, status=404)


def answer(document: Document, request: Request, status: int = 200) -> Response:
    """The document as this request may have it: gzipped if it takes gzip, 304 if it has it already."""
    zipped = accepts_gzip(request.headers.get("accept-encoding", ""))
    headers = {
        "Cache-Control": "max-age=60",
        "ETag": f'"{document.etag}{"-gz" if zipped else ""}"',
        "Last-Modified": format_datetime(document.modified.astimezone(UTC), usegmt=True),
        "Vary": "Accept-Encoding",
    }
    if status == 200 and _known(document, headers["ETag"], request.headers):
        return Response(status_code=304, headers=headers)
    if zipped:
        headers["Content-Encoding"] = "gzip"
    body = document.zipped if zipped else document.body
    return Response(body, status, headers, media_type=document.media_type)


def accepts_gzip(field_value: str) -> bool:
    """Whether an `Accept-Encoding` field names gzip with a weight above zero (RFC 9110 section 12.5.3)."""
    for member in field_value.lower().split(","):
        coding, _, weight = (part.strip() for part in member.partition(";"))
        if coding == "gzip":
            return re.fullmatch(r"q=0(\.0{0,3})?", weight) is None
    return False


def _known(document: Document, etag: str, headers: Mapping[str, str]) -> bool:
    # If-None-Match decides alone where both are sent (RFC 9110 section 13.2.2).
    if "if-none-match" in headers:
        tags = [tag.strip().removeprefix("W/") for tag in headers["if-none-match"].split(",")]
        return etag in tags or "*" in tags
    try:
        since = parsedate_to_datetime(headers["if-modified-since"])
        known = document.modified <= since
    except (
        KeyError,
        TypeError,
        ValueError,
    ):  # absent, without a zone, or no date at all: then it is no condition
        known = False
    return known


async def headlines(articles: Sequence[Article], ticks: float) -> AsyncIterator[str]:
    """Server-sent events, one headline at a time, over and over."""
    number = 0
    while True:
        article = articles[number % len(articles)]
        data = json.dumps({"title": article.title, "path": article.path}, ensure_ascii=False)
        yield f"id: {number}\nevent: berita\ndata: {data}\n\n"
        number += 1
        await asyncio.sleep(ticks)


class _Server(uvicorn.Server):
    """uvicorn without its hold on SIGINT and SIGTERM: the process that runs the demonstration keeps them."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def serving(app: ASGIApp, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[int]:
    """Runs ``app`` for the length of the block and gives its port. ``OSError`` where the port is taken."""
    listener = socket.create_server((host, port))
    # asyncio does it only for sockets that name their protocol; without it each answer waits 40 ms for an ACK.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    config = uvicorn.Config(app, log_level="critical", access_log=False, lifespan="off", server_header=False)
    config.timeout_graceful_shutdown = 1  # the ticker never ends by itself
    server = _Server(config)
    running = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        bound: int = listener.getsockname()[1]
        yield bound
    finally:
        server.should_exit = True
        await running
        listener.close()
