"""`license.xml`: RSL 1.0 (Really Simple Licensing, 2025-12-10, errata to 2026-08-07) of one host.

RSL tells uses and paths apart, but not agents. `permits` lists what ``grant`` names and, with a `payment` whose `custom`
says where to ask, what is on offer; `prohibits` what is refused. RSL has no word for a door that is merely open: a
`license` without `permits` may be read as leave for all it does not prohibit. So the uses for AI that are neither granted
nor refused are prohibited in writing, and `search`, if nothing grants it, is left unsaid.

`server` binds clients to a token endpoint, so it stands only on a site that runs one, and not where something is granted
to everybody. Elements stand in the order of the specification's
own examples; names of attributes and elements are those of the specification and no others, which would make the
document non-conformant.
"""

from collections.abc import Iterable
from html import escape
from typing import Final

from gateway.policy.model import PROTOCOL, Host
from gateway.policy.price import Price
from gateway.statements.address import desk_of, home_of
from gateway.statements.areas import USES, Area, areas, joined, rows
from gateway.statements.statement import Statement
from gateway.statements.usage import granted
from gateway.vocabulary import USE_OF, Kind, Use, Verdict

NAMESPACE: Final = "https://rslstandard.org/rsl"
#: Days for which a client may keep the document (`max-age`): the least there is.
MAX_AGE_DAYS: Final = 1


def render(statement: Statement) -> str:
    """The whole document."""
    host = statement.host
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', f'<rsl xmlns="{NAMESPACE}" max-age="{MAX_AGE_DAYS}">']
    yes = granted(statement.policy, host)
    for area in areas(host):
        lines += _content(statement, area, yes)
    return "\n".join([*lines, "</rsl>", ""])


def omits(statement: Statement) -> tuple[str, ...]:
    """What RSL cannot say of this host."""
    host = statement.host
    yes, no = granted(statement.policy, host), {row.use for row in rows(host)}
    said = []
    unsaid = [use for use in USES if use is not Use.SEARCH and use not in yes and use not in no]
    if unsaid:
        said.append(
            f"that a use is merely let be: {_quoted(unsaid)}, not granted, is published as prohibited"
        )
    if Use.SEARCH not in yes | no:
        if any(rule.use is not None and rule.verdict is Verdict.LICENSE for rule in host.rules):
            said.append("that `search` is merely let be: beside the offer it reads as not permitted")
        else:
            said.append("that `search` is merely let be: nothing is said of it")
    if joined(host):
        said.append(
            "where on the host each use is refused: the paths overlap too much, so the whole host has it"
        )
    apart = _apart(host)
    if apart:
        said.append(f"rules that it has no words for: {_quoted(apart)}")
    if host.rates:
        said.append("how fast one may come")
    if statement.policy.licenses:
        said.append("who holds a license: it speaks to everybody alike")
    return (*said, "the notice itself, which stands in robots.txt and at `terms`")


def _apart(host: Host) -> list[str]:
    """Rules about single agents, operators and purposes that are no use, and those that open something."""
    spoken = {f"purpose:{purpose.value}" for purpose in USE_OF} | {"everyone", f"kind:{Kind.AGENTS.value}"}
    return list(
        dict.fromkeys(
            rule.id
            for rule in host.rules
            if (rule.use is None or rule.verdict is Verdict.ALLOW)
            and (rule.verdict is Verdict.ALLOW or not spoken.issuperset(one.key for one in rule.subjects))
        )
    )


def _content(statement: Statement, area: Area, granted_: frozenset[Use]) -> Iterable[str]:
    rights = statement.policy.rights
    mail = rights.contact.lower().startswith("mailto:")
    contact = (
        f'contactEmail="{_safe(rights.contact[7:])}"' if mail else f'contactUrl="{_safe(rights.contact)}"'
    )
    offered = [use for use in USES if area.refusals.get(use) is Verdict.LICENSE]
    free = [use for use in USES if use in granted_ and use not in area.refusals]
    home = None if free or statement.policy.tokens is None else home_of(statement.policy, statement.host)
    server = "" if home is None else f' server="{_safe(home + PROTOCOL)}"'
    yield f'  <content url="{_safe(area.pattern)}"{server}>'
    closed = [
        use
        for use in USES
        if area.refusals.get(use) is Verdict.DENY
        or (use is not Use.SEARCH and use not in free and use not in offered)
    ]
    if free or not offered:
        yield from _license(statement, free, closed)
    for price, uses in _by_price(statement, offered).items():
        yield from _license(statement, uses, closed, _payment(desk_of(statement.policy), price))
    yield f'    <copyright type="organization" {contact}>{_safe(rights.holder)}</copyright>'
    if rights.terms is not None:
        yield f"    <terms>{_safe(rights.terms)}</terms>"
    yield "  </content>"


def _by_price(statement: Statement, offered: list[Use]) -> dict[Price | None, list[Use]]:
    """The uses on offer by what is said of their price: a `license` has one."""
    found: dict[Price | None, list[Use]] = {}
    for use in offered:
        found.setdefault(statement.policy.prices.get(use), []).append(use)
    return found


def _payment(desk: str, price: Price | None) -> str:
    custom = f"<custom>{_safe(desk)}</custom>"
    if price is None:
        return f"<payment>{custom}</payment>"
    amount = f'<amount currency="{price.currency}">{price.amount}</amount>'
    return f'<payment type="{price.per}">{custom}{amount}</payment>'


def _license(
    statement: Statement, permitted: list[Use], closed: list[Use], payment: str | None = None
) -> Iterable[str]:
    yield "    <license>"
    if permitted:
        yield f'      <permits type="usage">{" ".join(permitted)}</permits>'
    if closed:
        yield f'      <prohibits type="usage">{" ".join(_briefly(closed))}</prohibits>'
    if payment is not None:
        yield f"      {payment}"
    yield f'      <legal type="contact">{_safe(statement.policy.rights.contact)}</legal>'
    yield "    </license>"


def _briefly(uses: list[Use]) -> list[Use]:
    """The same uses by the widest tokens; these hold for uses that are still to come, so only refusals are so written."""
    for wide in (Use.ALL, Use.AI_ALL):
        if wide.single <= set(uses):
            return [wide, *(use for use in uses if use not in wide.single)]
    return uses


def _safe(text: str) -> str:
    """Text for an element or an attribute; what XML 1.0 has no character for is a space."""
    return escape("".join(c if c.isprintable() else " " for c in text))


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
