"""The console as an ASGI application: every page it has, and what happens when one cannot be shown."""

from collections.abc import Awaitable, Callable
from http.cookies import SimpleCookie
from ipaddress import ip_address
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import parse_qsl, quote, urlencode

import structlog
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from gateway.console import (
    access,
    cases,
    decision,
    decisions,
    history,
    letter,
    licenses,
    operators,
    policy,
    statement,
    today,
)
from gateway.console.accounts import Account
from gateway.console.apology import apology
from gateway.console.guard import Guard
from gateway.console.plain import NO_POLICY, plain
from gateway.console.review import NotReady
from gateway.console.role import Role
from gateway.console.sign_in import SignIn
from gateway.console.visit import Console, Denied, Visit
from gateway.policy.place import PolicyError
from gateway.vocabulary import Language

STATIC: Final = Path(__file__).parent / "static"
LANGUAGE_COOKIE: Final = "izin-language"
_YEAR: Final = 366 * 86_400
_FIELDS: Final = 32


class Page(NamedTuple):
    """A page: where it is, what makes it, and who may see it (None: everybody). It takes a form where ``posts``."""

    path: str
    make: Callable[[Visit], Response]
    role: Role | None = Role.READER
    posts: bool = False


PAGES: Final = (
    Page("/", today.today),
    Page("/today.json", today.data),
    Page("/hours.csv", today.hours_sheet),
    Page("/purposes.csv", today.purposes_sheet),
    Page("/sign-in", access.sign_in, role=None, posts=True),
    Page("/sign-out", access.sign_out, role=None, posts=True),
    Page("/first/{token}", access.first, role=None, posts=True),
    Page("/accounts", access.accounts, posts=True),
    Page("/accounts.csv", access.accounts_sheet, role=Role.ADMIN),
    Page("/decisions", decisions.listed),
    Page("/decisions.csv", decisions.exported),
    Page("/search", decisions.search),
    Page("/decisions/{code}", decision.shown),
    Page("/decisions/{code}/proof", decision.proof, posts=True),
    Page("/texts/{digest}", decision.text),
    Page("/licenses", licenses.licenses),
    Page("/licenses.csv", licenses.licenses_sheet),
    Page("/licenses/{name}", licenses.license_),
    Page("/licenses/{name}/statement", statement.statement),
    Page("/licenses/{name}/statement.csv", statement.lines),
    Page("/letter", letter.letter),
    Page("/letter/{name}.csv", letter.table),
    Page("/policy", policy.policy),
    Page("/policy/mode", policy.brake, role=Role.ADMIN, posts=True),
    Page("/policy/history", history.history),
    Page("/policy/history.csv", history.history_sheet),
    Page("/policy/difference", history.difference),
    Page("/policy/statements", policy.statements),
    Page("/operators", operators.operators),
    Page("/operators.csv", operators.operators_sheet),
    Page("/operators/{name:path}/pages.csv", operators.pages_sheet),
    Page("/operators/{name:path}/days.csv", operators.days_sheet),
    Page("/operators/{name:path}/days.json", operators.trend),
    Page("/operators/{name:path}/case", cases.case, posts=True),
    Page("/operators/{name:path}", operators.operator),
)


def console_app(console: Console, sign_in: SignIn) -> ASGIApp:
    """The application. ``sign_in`` says whose word counts about who is signed in already."""
    routes = [
        Route(
            page.path, _endpoint(page, console, sign_in), methods=["GET", "POST"] if page.posts else ["GET"]
        )
        for page in PAGES
    ]
    files = GZipMiddleware(_Files(directory=STATIC))
    app = Starlette(
        routes=[*routes, Mount("/static", files)],
        exception_handlers={
            404: _instead(console, sign_in, Denied(404, "not found")),
            405: _instead(console, sign_in, Denied(405, "only read")),
        },
    )
    return Guard(app, console.place)


class _Files(StaticFiles):
    """The console's own files: they may stay in the browser's cache for an hour."""

    def file_response(self, *args: object, **more: object) -> Response:
        response = super().file_response(*args, **more)  # type: ignore[arg-type]
        response.headers["Cache-Control"] = "private, max-age=3600"
        return response


def _endpoint(page: Page, console: Console, sign_in: SignIn) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        wanted = request.query_params.get("lang")
        if wanted in list(Language) and request.method == "GET":
            return _in_language(request, console, Language(wanted))
        form: dict[str, str] | None = {}
        if request.method == "POST":
            octets = await request.body()
            try:
                form = dict(parse_qsl(octets.decode(), keep_blank_values=True, max_num_fields=_FIELDS))
            except ValueError:
                form = None
        return await run_in_threadpool(_made, page, request, form, console, sign_in)

    return answer


def _made(
    page: Page, request: Request, form: dict[str, str] | None, console: Console, sign_in: SignIn
) -> Response:
    """The page, or what is said in its place; ``form`` is None where what was sent is none."""
    visit = _visit(request, form or {}, console, sign_in)
    if form is None:
        return apology(visit, Denied(400, "unread"))
    if page.role is not None and visit.account is None:
        if "hx-request" in request.headers:
            return Response(status_code=401, headers={"HX-Refresh": "true"})
        if request.method == "POST":
            return apology(visit, Denied(401, "session over"))
        return Visit.go(f"/sign-in?to={quote(visit.here(), safe='')}")
    try:
        if page.role is Role.ADMIN and visit.account is not None and visit.account.role is not Role.ADMIN:
            return apology(visit, Denied(403, "admins only"))
        return page.make(visit)
    except Denied as denied:
        return apology(visit, denied)
    except NotReady as error:
        return apology(visit, Denied(503, "not ready"), done=error.share)
    except PolicyError as error:
        structlog.get_logger().warning("console: policy", problems=[str(one) for one in error.problems][:5])
        return plain(NO_POLICY)
    except Exception as error:  # noqa: BLE001 -- whatever it was, the log has it, and the page says what to do
        structlog.get_logger().error("console: page failed", path=page.path, exc_info=error)
        return apology(visit, Denied(500, "failed"))


def _visit(request: Request, form: dict[str, str], console: Console, sign_in: SignIn) -> Visit:
    cookies = SimpleCookie()
    try:
        cookies.load(request.headers.get("cookie", "")[:4096])
    except Exception:  # noqa: BLE001 -- whatever the parser stumbles over is no cookie of ours
        cookies.clear()
    said = {name: morsel.value for name, morsel in cookies.items()}
    token, now = said.get(access.cookie_name(console.place), ""), console.clock()
    address = request.client.host if request.client is not None else ""
    account: Account | None = console.accounts.who(token, now) if token else None
    if account is None:
        account = sign_in.account(address, request.headers, console.accounts)
    language = said.get(LANGUAGE_COOKIE)
    return Visit(
        console=console,
        account=account,
        language=Language(language) if language in list(Language) else Language.ID,
        now=now,
        path=request.url.path,
        query=request.query_params,
        form=form if request.method == "POST" else {},
        parts={name: str(value) for name, value in request.path_params.items()},
        address=address if _is_address(address) else "",
        token=token,
    )


def _instead(
    console: Console, sign_in: SignIn, denied: Denied
) -> Callable[[Request, Exception], Awaitable[Response]]:
    """A page for what no page of ours answers."""

    async def instead(request: Request, _: Exception) -> Response:
        visit = await run_in_threadpool(_visit, request, {}, console, sign_in)
        return await run_in_threadpool(apology, visit, denied)

    return instead


def _in_language(request: Request, console: Console, language: Language) -> Response:
    """Keep the language chosen, and go where that was chosen."""
    kept = [(name, value) for name, value in request.query_params.multi_items() if name != "lang"]
    path = "/" + request.url.path.lstrip("/")  # one slash: two would name another host
    response = RedirectResponse(f"{path}?{urlencode(kept)}" if kept else path, 303)
    response.set_cookie(
        LANGUAGE_COOKIE,
        language.value,
        max_age=_YEAR,
        secure=console.place.secure,
        httponly=True,
        samesite="lax",
    )
    return response


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
