"""`/_izin/checkpoint`: the newest checkpoint of the audit log, for anybody who wants to keep it (`docs/manual/evidence.md`);
`/_izin/checkpoint/site` the newest over all lanes of the site.

Whoever keeps one can tell ever after whether the record under it was changed. It says how many entries there are, and
nothing of what they say.
"""

from typing import Final

from gateway.enforce.answer import Fields, Reply
from gateway.judgement import Judgement

_FIELDS: Final[Fields] = (
    (b"content-type", b"text/plain; charset=utf-8"),
    (b"cache-control", b"max-age=10"),
    (b"x-robots-tag", b"noindex"),
    (b"x-content-type-options", b"nosniff"),
)


def reply(judgement: Judgement, extra: Fields) -> Reply:
    """The signed note; empty in the first seconds of a journal, before anything was signed."""
    own: Fields = ((b"izin-decision", judgement.id.encode("ascii")), *extra)
    return Reply(200, _FIELDS + own, (judgement.checkpoint or "").encode())
