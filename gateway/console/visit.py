"""One request to the console: who asks, in which language, for what; and how a page is made for them."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlencode

from jinja2 import Environment, PackageLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape
from starlette.datastructures import QueryParams
from starlette.responses import HTMLResponse, RedirectResponse, Response

from gateway.console import shown
from gateway.console.accounts import Account, Accounts
from gateway.console.guard import Place
from gateway.console.hours import Hours
from gateway.console.letters import Letters
from gateway.console.review import Review
from gateway.console.role import Role
from gateway.console.words import WORDS
from gateway.inert import inert
from gateway.lookups.kept_headlines import KeptHeadlines
from gateway.names import PURPOSES
from gateway.policy.headlines import Headlines
from gateway.policy.model import Policy
from gateway.policy.place import Problem
from gateway.vocabulary import Language, Purpose, Sentence

#: Makes an event of the journal of what was looked at or changed; why not, in words, where that cannot be.
Record = Callable[[str, dict[str, Any]], str | Sentence]


class Denied(Exception):  # noqa: N818 -- as it is said
    """A page that is not shown: the status, and a key of `gateway.console.words`."""

    def __init__(self, status: int, key: str, detail: str = "") -> None:
        super().__init__(key)
        self.status, self.key, self.detail = status, key, detail


@dataclass(frozen=True, slots=True)
class Console:
    """What the pages of one console share. ``policy`` reads the folder; it raises PolicyError where it is not right.

    ``clock`` gives the time in µs UTC; ``policy_problems`` why the folder as it is now does not load; ``hours`` are counts,
    ``letters`` the monthly ones that were made, ``headlines`` what the gateway has read of them.
    """

    place: Place
    folder: Path
    accounts: Accounts
    review: Review
    policy: Callable[[], Policy]
    record: Record
    clock: Callable[[], int]
    policy_problems: Callable[[], tuple[Problem, ...]] = lambda: ()
    hours: Hours = field(default_factory=Hours)
    letters: Letters = field(default_factory=Letters)
    headlines: KeptHeadlines = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "headlines", KeptHeadlines(self.folder))


@dataclass(frozen=True, slots=True)
class Visit:
    """``path`` and ``query`` are what is asked for, ``form`` what a form says, ``address`` the peer's, ``token`` the session's."""

    console: Console
    account: Account | None
    language: Language
    now: int
    path: str
    query: QueryParams
    form: Mapping[str, str]
    parts: Mapping[str, str]
    address: str
    token: str

    def say(self, key: str, **values: Any) -> str:
        """The text of that key in this language."""
        text = WORDS[key].said(self.language)
        return text.format(**values) if values else text

    @property
    def policy(self) -> Policy:
        """The policy as its folder has it now."""
        return self.console.policy()

    @property
    def clock(self) -> shown.Clock:
        """Times as the site's zone and the language have them."""
        return shown.Clock(self.policy.zone, self.language)

    @property
    def headlines(self) -> Headlines:
        """The headlines that the site allows to be shown, as far as they are known."""
        return self.console.headlines.of(self.policy)

    def look(self, page: str, asked: Mapping[str, Any]) -> None:
        """Put on record that somebody looks at what is about people. `Denied` where that cannot be recorded."""
        self.change("look", {"page": page, "asked": dict(asked)})

    def change(self, event: str, details: Mapping[str, Any]) -> None:
        """Give an order, or put a change on record. `Denied` where that cannot be."""
        by = {} if self.account is None else {"account": self.account.name}
        trouble = self.console.record(event, {**details, **by})
        if trouble:
            told = trouble.said(self.language) if isinstance(trouble, Sentence) else trouble
            raise Denied(503, "not recorded", told)

    def render(self, name: str, status: int = 200, /, **values: Any) -> Response:
        """The page made by a template."""
        clock = self.clock
        text = PAGES.get_template(name).render(
            visit=self,
            account=self.account,
            admin=self.account is not None and self.account.role is Role.ADMIN,
            lang=self.language.value,
            other=Language.EN if self.language == Language.ID else Language.ID,
            site=self.policy.rights.publication or self.policy.rights.holder,
            clock=clock,
            **values,
        )
        return HTMLResponse(text, status)

    def here(self, **changes: str | None) -> str:
        """This address with some parameters set, or left out where they are None."""
        kept = [(name, value) for name, value in self.query.multi_items() if name not in changes]
        kept += [(name, value) for name, value in changes.items() if value is not None]
        path = quote(self.path)  # it came decoded, and a stranger may have made it up
        return f"{path}?{urlencode(kept)}" if kept else path

    @staticmethod
    def go(to: str) -> Response:
        """Send the browser elsewhere in this console, by GET."""
        return RedirectResponse(to, 303)


# ── templates ───────────────────────────────────────────────────────────────────────────────────────────────────────

PAGES: Final = Environment(
    loader=PackageLoader("gateway.console", "pages"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


@pass_context
def _say(context: Context, key: str, **values: Any) -> str:
    return _visit(context).say(key, **values)


@pass_context
def _number(context: Context, value: int) -> str:
    return _visit(context).language.number(value)


@pass_context
def _octets(context: Context, value: int) -> str:
    return shown.octets(value, _visit(context).language)


@pass_context
def _share(context: Context, part: int, whole: int) -> str:
    return shown.share(part, whole, _visit(context).language)


def _visit(context: Context) -> Visit:
    found = context["visit"]
    assert isinstance(found, Visit)
    return found


@pass_context
def _purpose(context: Context, purpose: Purpose) -> str:
    return PURPOSES[purpose].said(_visit(context).language)


def _coded(text: str) -> Markup:
    """Inert text, in which what stands between backticks is set as code."""
    pieces = inert(str(text)).split("`")
    if len(pieces) % 2 == 0:
        return escape("`".join(pieces))
    return Markup("").join(
        Markup("<code>{}</code>").format(piece) if place % 2 else escape(piece)
        for place, piece in enumerate(pieces)
    )


PAGES.globals |= {"t": _say, "share": _share, "query": urlencode, "purpose_name": _purpose}
PAGES.filters |= {
    "number": _number,
    "octets": _octets,
    "inert": lambda text: inert(str(text)),
    "coded": _coded,
    "lines": shown.lines,
    "json": lambda value: json.dumps(value, ensure_ascii=True),
}
