"""Signing in and out, the first account, and the accounts there are."""

from typing import Final

from starlette.responses import Response

from gateway.console.accounts import SESSION_HOLDS, WINDOW, NotAllowed
from gateway.console.guard import Place
from gateway.console.role import Role
from gateway.console.sheets import sheet
from gateway.console.visit import Denied, Visit
from gateway.instants import SECOND, rfc3339

_FRONT: Final = "/"


def cookie_name(place: Place) -> str:
    """The session's cookie. Its prefix lets browsers hold it to this very host (RFC 6265bis section 4.1.3)."""
    return "__Host-izin" if place.secure else "izin-console"


def sign_in(visit: Visit) -> Response:
    """The form, and what comes of it: a session, and back to where one wanted to go."""
    to = visit.form.get("to", visit.query.get("to", _FRONT))
    to = to if _within(to) else _FRONT
    if "name" not in visit.form:
        if visit.account is not None:
            return visit.go(to)
        return visit.render("sign_in.html", to=to, name="", wrong=None)
    name = visit.form["name"].strip()
    try:
        token = visit.console.accounts.sign_in(name, visit.form.get("password", ""), visit.address, visit.now)
    except NotAllowed as error:
        key = str(error)
        status = 429 if key == "too many failures" else 403
        answer = visit.render("sign_in.html", status, to=to, name=name, wrong=visit.say(key))
        if status == 429:
            answer.headers["Retry-After"] = str(WINDOW // SECOND)
        return answer
    return _with_session(visit, visit.go(to), token)


def sign_out(visit: Visit) -> Response:
    """End the session."""
    if visit.token and visit.form:
        visit.console.accounts.sign_out(visit.token)
    response = visit.go("/sign-in")
    response.delete_cookie(cookie_name(visit.console.place), secure=visit.console.place.secure, httponly=True)
    return response


def first(visit: Visit) -> Response:
    """The first account, at its one-time link."""
    accounts, link = visit.console.accounts, visit.parts["token"]
    if not accounts.opens(link, visit.now):
        raise Denied(410, "link over")
    wrong, name = None, visit.form.get("name", "").strip()
    if "name" in visit.form:
        try:
            accounts.first(link, name, visit.form.get("password", ""), visit.now)
        except NotAllowed as error:
            wrong = visit.say(str(error))
        else:
            visit.change("account", {"change": "added", "name": name})
            token = accounts.sign_in(name, visit.form["password"], visit.address, visit.now)
            return _with_session(visit, visit.go(_FRONT), token)
    return visit.render("first.html", 200 if wrong is None else 422, name=name, wrong=wrong)


def accounts(visit: Visit) -> Response:
    """The accounts, and what may be changed of them: one's own password by anybody, the rest by an admin."""
    assert visit.account is not None
    wrong = None
    if visit.form:
        try:
            return _change(visit)
        except NotAllowed as error:
            wrong = visit.say(str(error))
    admin = visit.account.role is Role.ADMIN
    return visit.render(
        "accounts.html",
        200 if wrong is None else 422,
        accounts=visit.console.accounts.all() if admin else [],
        sessions=visit.console.accounts.sessions(visit.now) if admin else [],
        wrong=wrong,
    )


def accounts_sheet(visit: Visit) -> Response:
    """The accounts as CSV, with when the newest of their sessions that hold was begun."""
    console = visit.console
    sessions = console.accounts.sessions(visit.now)
    rows = []
    for one in console.accounts.all():
        own = [session.made for session in sessions if session.name == one.name]
        rows.append((one.name, one.role.value, len(own), rfc3339(max(own)) if own else None))
    return sheet(visit, "accounts", ("name", "role", "sessions", "newest-session"), rows)


def _change(visit: Visit) -> Response:
    assert visit.account is not None
    accounts, form = visit.console.accounts, visit.form
    own, name, change = visit.account.name, form.get("name", "").strip(), form.get("change", "")
    if change == "password":
        accounts.change_password(own, form.get("old", ""), form.get("password", ""))
        visit.change("account", {"change": "password", "name": own})
        token = accounts.sign_in(own, form["password"], visit.address, visit.now)
        return _with_session(visit, visit.go("/accounts"), token)
    if visit.account.role is not Role.ADMIN:
        raise Denied(403, "admins only")
    if change == "add":
        role = Role.ADMIN if form.get("role") == Role.ADMIN else Role.READER
        accounts.add(name, form.get("password", ""), role, visit.now)
        try:
            visit.change("account", {"change": "added", "name": name})
        except Denied:  # nobody may look of whom the journal does not know
            accounts.remove(name)
            raise
    elif change == "remove" and accounts.account(name) is not None:
        accounts.remove(name)
        visit.change("account", {"change": "removed", "name": name})
    elif change == "end" and accounts.account(name) is not None:
        accounts.sign_out_everywhere(name)
        visit.change("account", {"change": "sessions-ended", "name": name})
    return visit.go("/accounts")


def _with_session(visit: Visit, response: Response, token: str) -> Response:
    place = visit.console.place
    response.set_cookie(
        cookie_name(place),
        token,
        max_age=SESSION_HOLDS // SECOND,
        secure=place.secure,
        httponly=True,
        samesite="lax",
    )
    return response


def _within(to: str) -> bool:
    """Whether an address is one of this console: a path, and nothing that a browser takes for another host."""
    return (
        to.startswith("/")
        and not to.startswith("//")
        and "\\" not in to
        and to.isascii()
        and to.isprintable()
    )
