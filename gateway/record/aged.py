"""What retention has to know of an entry, read from its octets alone: when it was made, and whose it is.

Entries are canonical JSON that this package wrote, so what is looked for stands where it always stands; text from outside
has its quotes escaped and cannot imitate it. Whatever is not as expected is not known, and so it stays.
"""

import re
from typing import Final, NamedTuple

from gateway.seal.erasable import entry_of
from gateway.vocabulary import Audience

_COMPACT: Final = re.compile(rb'\["[dr]1","([0-9A-Z]{26})",([0-9]{1,16}),')
_OUTCOME: Final = re.compile(rb'\["o1","([0-9A-Z]{26})",([0-9]{1,16}),')
_FULL: Final = re.compile(
    rb'\{"at":([0-9]{1,16}),(?:"booked":"[0-9-]{10}",)?(?:"client":\{|"committed":"salted-)'
)
_ID: Final = re.compile(rb'"id":"([0-9A-Z]{26})","phase":"decision"')
_AUDIENCE: Final = re.compile(rb'"ruling":\{"audience":"([a-z]{1,10})"')
_AUDIENCES: Final = {audience.value.encode(): audience for audience in Audience}


#: An event that commits to something. Its name is looked for behind its details, from the end.
_COMMITTED: Final = re.compile(
    rb'\{"at":([0-9]{1,16}),"committed":"[^"]{1,100}",(?:"cut":\["details"\],)?"details":\{'
)
_NAME: Final = re.compile(
    rb'.*\},"event":"([a-z-]{1,40})","id":"[0-9A-Z]{26}","phase":"event","v":2\}', re.DOTALL
)


class Aged(NamedTuple):
    """A decision or an outcome: when (µs UTC), the id of the decision, and its audience; None of an outcome, which goes
    with its decision."""

    at: int
    id: bytes
    audience: Audience | None


def aged(payload: bytes) -> Aged | None:
    """What is known of an entry; None of an event, and of what is no entry of a version known here."""
    found = _COMPACT.match(payload)
    if found is not None:
        return Aged(int(found[2]), found[1], Audience.PEOPLE)
    found = _OUTCOME.match(payload)
    if found is not None:
        return Aged(int(found[2]), found[1], None)
    found = _FULL.match(payload)
    id, audience = _ID.search(payload), _AUDIENCE.search(payload)
    if found is None or id is None or audience is None or audience[1] not in _AUDIENCES:
        return None
    return Aged(int(found[1]), id[1], _AUDIENCES[audience[1]])


def committed_event(payload: bytes) -> tuple[int, str] | None:
    """When an event was written (µs UTC), and its name, if it commits to something that lies beside it."""
    entry = entry_of(payload)
    found = _COMMITTED.match(entry)
    name = None if found is None or entry is payload else _NAME.fullmatch(entry)
    return None if found is None or name is None else (int(found[1]), name[1].decode("ascii"))
