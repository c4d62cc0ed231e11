"""User-Agents by which a client can only be one of people: shapes of the browsers that most readers use. Pure.

Theory of operation. A prefilter must let nobody pass whom the gate might refuse, and it sees the User-Agent alone. To list all
that names a crawler would never be enough, for whoever is not in any catalogue names himself too. So it is said the other way
round: a shape has fixed words, numbers, and nothing a client could write a name into; what has no such shape is asked about.
Whether its words mean anything to a policy's registry of agents is looked up when it is compiled (`known_by`): a shape of
which a site's own agent has a word is left out.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from gateway.agents import Registry
from gateway.identify.claim import Claims
from gateway.vocabulary import Kind


class Shape(NamedTuple):
    """A pattern (PCRE and `re` alike, without quotes and braces' traps) and User-Agents that have all its words."""

    name: str
    pattern: str
    samples: tuple[str, ...]


_NUMBER: Final = "[0-9][0-9.]{0,19}"
_DESKTOP: Final = (
    r"(?:Windows NT [0-9.]{1,9}(?:; (?:Win64; x64|WOW64))?|Macintosh; Intel Mac OS X [0-9._]{1,12}"
    r"|X11; (?:Ubuntu; )?Linux (?:x86_64|i686|aarch64)|X11; CrOS x86_64 [0-9.]{1,14})"
)
#: Telephones by the codes of the makers that are sold most in Indonesia, and `K`, which most browsers say for all.
_MODEL: Final = (
    r"(?:K|(?:SAMSUNG )?SM-[A-Z][0-9]{3}[A-Z0-9]{0,3}|(?:CPH|RMX|HD|LE|IN|V|I)[0-9]{4}|[0-9]{4,10}[A-Z]{1,5}[0-9]{0,3}[A-Z]{0,4}"
    r"|M[0-9]{4}[A-Z][0-9A-Z]{1,6}|Infinix X[0-9]{3,4}[A-Z]{0,2}|Pixel [0-9]{1,2}[a-z]?|Redmi(?: Note)? [0-9]{1,2}[AC]?)"
)
_BUILD: Final = r"(?: Build/[A-Z0-9.]{4,24})?(?:; wv)?"
_PHONE: Final = rf"Linux; (?:U; )?Android [0-9.]{{1,6}}; (?:id-id; |en-us; )?{_MODEL}{_BUILD}"
_APPLE: Final = r"(?:iPhone|iPad|iPod touch); CPU (?:iPhone )?OS [0-9_]{1,9} like Mac OS X"
_CHROMES: Final = rf"(?: (?:Edg|EdgA|OPR|OPX|SamsungBrowser|YaBrowser|Vivaldi|HuaweiBrowser|UCBrowser|VivoBrowser|HeyTapBrowser|MiuiBrowser)/{_NUMBER})?"

_WEBKIT: Final = r"AppleWebKit/[0-9.]{1,9} \(KHTML, like Gecko\)"
_FIRST: Final = "Mozilla/5.0 "

#: Those that most readers in Indonesia use come first.
SHAPES: Final[tuple[Shape, ...]] = (
    Shape(
        "Chrome and its kin, on a telephone",
        rf"Mozilla/5\.0 \({_PHONE}\) {_WEBKIT}(?: Version/{_NUMBER})?(?: SamsungBrowser/{_NUMBER})? Chrome/{_NUMBER}"
        rf"(?: Mobile)? Safari/[0-9.]{{1,9}}{_CHROMES}",
        tuple(
            f"Mozilla/5.0 (Linux; U; Android 0; id-id; {model} Build/A0A0; wv) AppleWebKit/0 (KHTML, like Gecko) Version/0"
            f"{samsung} Chrome/0 Mobile Safari/0{kin}"
            for model in ("K", "SAMSUNG SM-A000", "CPH0000", "RMX0000", "HD0000", "LE0000",
                          "IN0000", "V0000", "I0000", "0000A0A", "M0000A0A", "Infinix X000A", "Pixel 0a",
                          "Redmi Note 0A")
            for samsung in ("", " SamsungBrowser/0")
            for kin in ("", " EdgA/0", " OPR/0", " OPX/0", " YaBrowser/0", " HuaweiBrowser/0", " UCBrowser/0",
                        " VivoBrowser/0", " HeyTapBrowser/0", " MiuiBrowser/0")
        ),
    ),
    Shape(
        "Chrome and its kin, at a desk",
        rf"Mozilla/5\.0 \({_DESKTOP}\) {_WEBKIT} Chrome/{_NUMBER} Safari/[0-9.]{{1,9}}{_CHROMES}",
        tuple(
            f"Mozilla/5.0 ({desk}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/0 Safari/0{kin}"
            for desk in ("Windows NT 0; Win64; x64", "Windows NT 0; WOW64", "Macintosh; Intel Mac OS X 0",
                         "X11; Ubuntu; Linux x86_64", "X11; Linux i686", "X11; Linux aarch64", "X11; CrOS x86_64 0")
            for kin in ("", " Edg/0", " EdgA/0", " OPR/0", " OPX/0", " SamsungBrowser/0", " YaBrowser/0", " Vivaldi/0",
                        " HuaweiBrowser/0", " UCBrowser/0", " VivoBrowser/0", " HeyTapBrowser/0", " MiuiBrowser/0")
        ),
    ),
    Shape(
        "Firefox",
        rf"Mozilla/5\.0 \((?:{_DESKTOP}|Android [0-9.]{{1,6}}; (?:Mobile|Tablet)); rv:{_NUMBER}\) Gecko/{_NUMBER}"
        rf" Firefox/{_NUMBER}",
        tuple(
            f"Mozilla/5.0 ({desk}; rv:0) Gecko/0 Firefox/0"
            for desk in ("Windows NT 0; Win64; x64", "X11; Ubuntu; Linux x86_64", "X11; Linux i686", "X11; Linux aarch64",
                         "Macintosh; Intel Mac OS X 0", "Android 0; Mobile", "Android 0; Tablet")
        ),
    ),
    Shape(
        "Safari and browsers on Apple's telephones",
        rf"Mozilla/5\.0 \((?:{_APPLE}|Macintosh; Intel Mac OS X [0-9._]{{1,12}})\) {_WEBKIT}"
        rf" (?:(?:Version|CriOS|FxiOS|EdgiOS|GSA|OPT)/{_NUMBER} ){{0,2}}(?:Mobile/[0-9A-Z]{{2,8}} )?Safari/[0-9.]{{1,9}}",
        tuple(
            f"Mozilla/5.0 ({device}) AppleWebKit/0 (KHTML, like Gecko) {browser}/0 Mobile/0E0 Safari/0"
            for device in ("iPhone; CPU iPhone OS 0 like Mac OS X", "iPad; CPU OS 0 like Mac OS X",
                           "iPod touch; CPU iPhone OS 0 like Mac OS X", "Macintosh; Intel Mac OS X 0")
            for browser in ("Version", "CriOS", "FxiOS", "EdgiOS", "GSA", "OPT")
        ),
    ),
)  # fmt: skip

_DIGITS: Final = re.compile(r"[0-9]+(?:[._][0-9]+)*")


def shapes_for(registry: Registry) -> tuple[Shape, ...]:
    """The shapes that mean nobody else to a registry of agents."""
    claims = Claims(registry)
    words = list(known_by(registry))
    return tuple(
        shape for shape in SHAPES if not any(_means(sample, claims, words) for sample in shape.samples)
    )


def known_by(registry: Registry) -> Iterator[str]:
    """The tokens of all agents that are no people, in lower case, with 0 for every number."""
    for agent in registry:
        if agent.kind is not Kind.PEOPLE:
            for token in agent.match:
                yield _DIGITS.sub("0", token.removeprefix("^").removesuffix("*").lower())


def _means(sample: str, claims: Claims, words: Iterable[str]) -> bool:
    if claims.read(sample).kind is not Kind.PEOPLE:
        return True
    plain = _DIGITS.sub("0", sample.lower())
    return any(word in plain for word in words)
