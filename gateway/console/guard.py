"""What stands before every page: whose name the console answers to, where a form may come from, what a page may load.

Cross-site requests are told by what browsers say themselves: `Sec-Fetch-Site` (Fetch Metadata, W3C WD 2023) and `Origin`
(RFC 6454); a POST that shows neither is refused. A foreign `Host` is refused, so that no name that somebody points at this
address (DNS rebinding) reads along.
"""

from typing import Final, NamedTuple
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.console import plain

#: Octets of a form, at most.
MOST_OCTETS: Final = 16_384

_SOURCES: Final = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",  # the marks in the style sheet of Pico
    "connect-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}
CONTENT_SECURITY_POLICY: Final = "; ".join(f"{what} {source}" for what, source in _SOURCES.items())
_HEADERS: Final = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "X-Robots-Tag": "noindex",
}


class Place(NamedTuple):
    """Where the console is reached: `https://tinjau.antara.example`, or its listener's own address."""

    scheme: str
    authority: str

    @classmethod
    def read(cls, url: str) -> "Place":
        """The place in a URL without a path. Raises ValueError in the writer's words."""
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path not in {"", "/"}:
            raise ValueError(
                f"`{url}` is not the address of a console such as `https://tinjau.antara.example`"
            )
        if parts.query or parts.fragment or parts.username is not None:
            raise ValueError(f"`{url}`: the address of a console has a host and a port, and nothing else")
        return cls(parts.scheme, parts.netloc.lower())

    def __str__(self) -> str:
        return f"{self.scheme}://{self.authority}"

    @property
    def secure(self) -> bool:
        """Whether browsers reach it by TLS."""
        return self.scheme == "https"


class Guard:
    """ASGI middleware: refuses what is not for this console, and sends what keeps a page to itself."""

    def __init__(self, app: ASGIApp, place: Place) -> None:
        self._app, self._place = app, place
        port = place.authority.rpartition(":")[2] if ":" in place.authority.rpartition("]")[2] else ""
        near = {f"{name}:{port}" if port else name for name in ("localhost", "127.0.0.1", "[::1]")}
        self._hosts = {place.authority} if place.secure else {place.authority, *near}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            return
        refusal = self._refusal(scope["method"], Headers(scope=scope))

        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)  # a plain page has a policy of its own
                headers.setdefault("Cache-Control", "no-store")
                if self._place.secure:
                    headers["Strict-Transport-Security"] = "max-age=31536000"
            await send(message)

        await (refusal or self._app)(scope, receive, dressed)

    def _refusal(self, method: str, headers: Headers) -> Response | None:
        host = headers.get("host", "").lower()
        if host not in self._hosts:
            return plain.plain(plain.FOREIGN_NAME)
        if method in {"GET", "HEAD"}:
            return None
        if method != "POST":
            return plain.plain(plain.NO_SUCH_METHOD, {"Allow": "GET, HEAD, POST"})
        site, origin = headers.get("sec-fetch-site"), headers.get("origin")
        own = f"{self._place.scheme}://{host}"
        if (site or origin) is None or site not in {None, "same-origin"} or origin not in {None, own}:
            return plain.plain(plain.FOREIGN_FORM)
        length = headers.get("content-length", "")
        if not length.isdecimal() or int(length) > MOST_OCTETS:
            return plain.plain(plain.TOO_LONG)
        return None
