"""Small formats that say yes or no to training: `X-Robots-Tag`, a line of trust.txt, and tags for the pages themselves.

`noai` and `noimageai` are a convention of 2022 (DeviantArt) to which no operator has bound itself; they are a posture, and
harmless. The directives by which search engines take a page out of their answers (`nosnippet`, `noarchive`) are never
written: they would cost a site its place in search, which no line of ``uses`` asks for.
"""

from html import escape
from typing import Final

from gateway.statements.address import LICENSE_PATH, site_of
from gateway.statements.areas import areas
from gateway.statements.statement import Statement
from gateway.statements.tdm import policy_field, reservation
from gateway.statements.usage import granted
from gateway.vocabulary import Use

_NO_AI: Final = "noai, noimageai"


def robots_tag(statement: Statement) -> str:
    """The field `X-Robots-Tag` of every page: `noai` where training is refused, else empty."""
    return _NO_AI if Use.AI_TRAIN in areas(statement.host)[0].refusals else ""


def robots_tag_omits(_statement: Statement) -> tuple[str, ...]:
    """What `X-Robots-Tag` cannot say."""
    return (
        "anything but that the page is not for training; no operator has promised to heed it",
        "`ai-input`, `ai-index`: the words that search engines know for these take a page out of search too",
    )


def trust_line(statement: Statement) -> str:
    """The line `datatrainingallowed` of trust.txt (JournalList, April 2024), empty if nothing is to be said."""
    if any(Use.AI_TRAIN in area.refusals for area in areas(statement.host)):
        return "datatrainingallowed=no"
    return "datatrainingallowed=yes" if Use.AI_TRAIN in granted(statement.policy, statement.host) else ""


def trust_omits(_statement: Statement) -> tuple[str, ...]:
    """What trust.txt cannot say."""
    return ("any use but training, any path, and that permission can be had",)


def page_tags(statement: Statement) -> str:
    """Elements for the `head` of every page: what the header fields say, for those who keep pages without them."""
    site = site_of(statement.host) or ""
    tags = [f'<link rel="license" type="application/rsl+xml" href="{escape(site + LICENSE_PATH)}">']
    named = {
        "tdm-reservation": reservation(statement),
        "tdm-policy": policy_field(statement),
        "robots": robots_tag(statement),
    }
    tags += [f'<meta name="{name}" content="{escape(said)}">' for name, said in named.items() if said]
    return "\n".join(tags)


def page_omits(_statement: Statement) -> tuple[str, ...]:
    """What tags in a page cannot say."""
    return ("anything of files that are no pages: photos, video, feeds",)
