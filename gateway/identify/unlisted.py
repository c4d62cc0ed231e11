"""Crawlers that the catalogue does not know, by what they say of themselves.

Two things are taken at their word: a product token made with *bot*, *crawler*, *spider* and the like, and, where no
browser speaks, a contact address after a ``+``, as crawlers are asked to give. Telephones are the trap: makers called
CUBOT, models called Robot or Spider. So a name counts only where software names itself, never where a browser names
the device it runs on.
"""

import re

#: How much of a name that was made up by a stranger is kept.
NAME_LIMIT = 64

_MAKERS = ("bot", "crawl", "spider", "scrape", "fetcher", "harvest", "archiver", "indexer")
# A word may go on in capitals, as in HeadOnlyScraperV2, unless it is all capitals: BOTIM is a messenger.
_MAKER = re.compile(
    r"(?:[Bb]ot|[Cc]rawl(?:er)?|[Ss]pider|[Ss]craper|[Ff]etcher|[Hh]arvester|[Aa]rchiver|[Ii]ndexer)s?[0-9]*(?![a-z])"
    r"|(?:BOT|CRAWLER|SPIDER|SCRAPER|FETCHER|HARVESTER|ARCHIVER|INDEXER)S?[0-9]*(?![A-Za-z])"
)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_WORD_BEFORE = re.compile(r"[A-Za-z][A-Za-z0-9._-]* $")
# A telephone maker, families and their shops, a hero, and Indonesian for weight: words that are made so by chance.
_BY_CHANCE = re.compile(r"(?:cubot|bobot|cabot|talbot|turbot|spider-?man)s?", re.IGNORECASE)
_DEVICE = re.compile(
    r"\([^()]*(?:android|adr |windows phone|tizen|(?<![a-z])tv|smart-?tv|hbbtv|web0s|webos|kaios|symbian|j2me|midp|blackberry|bada|meego"
    r"|playstation|nintendo|xbox|linux; u;|nokia)[^()]*\)?"
)
_ABOUT = re.compile(r"compatible; *")
_BROWSER = re.compile(
    r"mozilla/|opera[ /]|dalvik/|nokia|samsung|sec-|lg|sonyericsson|blackberry|ucweb|mot-|zte|huawei"
)
_CONTACT = re.compile(r"\+ ?(?:https?:|www\.|mailto:|[\w.-]+@)")
_GENERIC = frozenset({"bot", "bots", "robot", "crawler", "spider", "scraper", "fetcher", "crawl", "indexer"})
_OLD_BROWSERS = frozenset({"msie", "konqueror", "u", "windows", "android", "linux"})


def named(written: str, text: str) -> str | None:
    """The product token by which an unlisted crawler names itself, cut to `NAME_LIMIT`, or None.

    ``written`` is ASCII as it was sent, ``text`` the same in lower case, with blanks in place of addresses.
    """
    if not any(maker in text for maker in _MAKERS):
        return None
    text = _DEVICE.sub(_blank_device, text)
    for word in _NAME.finditer(text):
        own = _BY_CHANCE.match(written, *word.span())
        if _MAKER.search(written, own.end() if own else word.start(), word.end()):
            return _cut(_whole_name(written, text, word))
    return None


def contacted(written: str, text: str) -> str | None:
    """The name of a client that gives a contact address and is no browser, or None.

    ``text`` is the whole in lower case, addresses included.
    """
    if "+" not in text or not _CONTACT.search(text):
        return None
    about = _ABOUT.search(text)
    if about is not None:
        name = _NAME.match(written, about.end())
        if name is not None and name.group().lower() not in _OLD_BROWSERS:
            return _cut(name.group())
    return first_name(written, text)


def first_name(written: str, text: str) -> str | None:
    """The first product token of a client that does not look like a browser, or None."""
    if _BROWSER.match(text):
        return None
    name = _NAME.search(written)
    return _cut(name.group()) if name is not None else None


def _cut(name: str) -> str:
    return name[:NAME_LIMIT].rstrip("._-")


def _blank_device(comment: re.Match[str]) -> str:
    """The part of a browser string that names a device, with only what stands after ``compatible;`` left in it."""
    text = comment.group()
    about = _ABOUT.search(text)
    if about is None or text.startswith("msie", about.end()):
        return " " * len(text)
    return " " * about.end() + text[about.end() :]


def _whole_name(written: str, text: str, word: re.Match[str]) -> str:
    """``Foo Crawler`` for the word ``Crawler``, ``Foo`` for ``Foo/1.0 (bot; …)``, else the word itself."""
    if word.group().rstrip("0123456789") not in _GENERIC:
        return written[word.start() : word.end()]
    # A word before it that is longer than any name of ours would be cut away again.
    start = max(0, word.start() - NAME_LIMIT - 1)
    before = _WORD_BEFORE.search(written[start : word.start()])
    if before is not None:
        return written[start + before.start() : word.end()]
    return first_name(written, text) or written[word.start() : word.end()]
