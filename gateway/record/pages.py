"""What readers ask for: files that pages are made of, and articles; and how many different ones somebody took."""

import hashlib
import math
from typing import Final

from gateway.judgement import Judgement
from gateway.request import Target
from gateway.vocabulary import Kind, Verdict

#: What pages are made of, by the end of the path.
STATIC: Final = frozenset(
    {
        *("css", "js", "mjs", "map", "json", "wasm", "woff", "woff2", "ttf", "otf", "eot"),
        *("png", "jpg", "jpeg", "gif", "webp", "avif", "svg", "ico", "bmp"),
        *("mp3", "mp4", "m4a", "m4s", "webm", "ogg", "ts", "m3u8", "vtt"),
    }
)
#: Bits of a sketch: it tells some thousand different articles apart within a few in a hundred.
_BITS: Final = 4096
_PEOPLE: Final = Kind.PEOPLE
_ALLOW: Final = Verdict.ALLOW


def is_static(target: Target) -> bool:
    """Whether a request's target is a file that pages are made of."""
    return names_static(target.path)


def names_static(path: str) -> bool:
    """Whether a path names a file that pages are made of."""
    name = path.rpartition("/")[2]
    _, dot, suffix = name.rpartition(".")
    return bool(dot) and suffix.lower() in STATIC


def is_counted(judgement: Judgement) -> bool:
    """Whether a request is only counted: a reader's for a static file, where the policy says so and nothing else speaks of
    it."""
    decision, request = judgement.decision, judgement.request
    return (
        judgement.version.policy.audit.counts_static
        and judgement.identity.kind is Kind.PEOPLE
        and decision.verdict is Verdict.ALLOW
        and decision.rule is None
        and decision.document is None
        and not decision.rates
        and not judgement.identity.proved
        and request.method in ("GET", "HEAD")
        and request.target is not None
        and is_static(request.target)
    )


def article_of(judgement: Judgement) -> str | None:
    """The article that a reader is let in to, None if that is no article: a static file, a document of ours, a form."""
    request = judgement.request
    if judgement.identity.kind is not _PEOPLE or judgement.decision.verdict is not _ALLOW:
        return None
    if request.target is None or request.method != "GET" or judgement.decision.document is not None:
        return None
    return None if is_static(request.target) else f"{request.host}{request.target.path}"


class Sketch:
    """How many different articles, in half a kilobyte (linear counting; Whang, Vander-Zanden and Taylor, 1990)."""

    __slots__ = ("_bits", "_ones")

    def __init__(self) -> None:
        self._bits = bytearray(_BITS // 8)
        self._ones = 0

    def add(self, article: str) -> int:
        """The number of different ones, this one among them; at most some twenty thousand."""
        octets = hashlib.blake2b(article.encode("utf-8", "surrogatepass"), digest_size=4).digest()
        place = int.from_bytes(octets, "big") % _BITS
        octet, bit = place >> 3, 1 << (place & 7)
        if not self._bits[octet] & bit:
            self._bits[octet] |= bit
            self._ones += 1
        return round(-_BITS * math.log(max(1, _BITS - self._ones) / _BITS))
