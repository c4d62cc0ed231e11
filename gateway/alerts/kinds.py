"""Which warnings of `/ready` people are told of, and how soon they should look."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, NamedTuple

from msgspec import Struct

from gateway.vocabulary import Sentence


class Severity(StrEnum):
    """How soon somebody should look; the same three as in `deploy/watching/izin.rules.yaml`."""

    CRITICAL = "critical"
    WARNING = "warning"
    INFO = "info"


class Kind(NamedTuple):
    """A kind of trouble, and the part of docs/manual/watching.md about it.

    It is told when it has held for ``waits`` times as long as the setting says. What is ``passing`` happens and is over;
    nobody is told that it is.
    """

    severity: Severity
    page: str
    waits: int = 1
    passing: bool = False


class Alert(Struct, frozen=True):
    """Something that is wrong now: the code of the warning, and what it says. ``about`` tells it from others of its kind; as
    its ``stage`` grows, it is told again."""

    kind: str
    says: Sentence
    about: str = ""
    stage: int = 0
    severity: Severity | None = None

    @property
    def key(self) -> str:
        """What it is told by from one look to the next."""
        return f"{self.kind} {self.about}".rstrip()


#: A trial, which no warning is.
TRIAL: Final = Alert(
    "trial",
    Sentence(
        "ini hanya percobaan: peringatan dari Izin sampai ke sini",
        "this is only a trial: alerts of Izin arrive here",
    ),
)

_CRITICAL, _WARNING, _INFO = Severity
KINDS: Final[Mapping[str, Kind]] = {
    "journal": Kind(_CRITICAL, "the-journal-cannot-be-written"),
    "entries-lost": Kind(_CRITICAL, "entries-are-missing-or-late", passing=True),
    "entries-late": Kind(_WARNING, "entries-are-missing-or-late", passing=True),
    "not-sealed": Kind(_CRITICAL, "entries-are-not-sealed"),
    "not-anchored": Kind(_WARNING, "the-journal-is-not-anchored", waits=60),
    "not-joined": Kind(_WARNING, "a-host-is-not-sealed-with-the-site", waits=60),
    "clock-stepped": Kind(_WARNING, "the-clock-went-back", passing=True),
    "clocks-differ": Kind(_WARNING, "clocks-differ"),
    "budget-close": Kind(_WARNING, "the-journal-has-little-room"),
    "no-room": Kind(_CRITICAL, "the-journal-has-little-room"),
    "license-ends": Kind(_INFO, "a-license-ends"),
    "quota-closed": Kind(_WARNING, "a-quota-is-used-up"),
    "license-keys": Kind(_CRITICAL, "keys-of-licenses-cannot-be-read"),
    "welcome-refused": Kind(_CRITICAL, "welcome-clients-refused", passing=True),
    "check-suspended": Kind(_WARNING, "a-check-is-suspended"),
    "policy-not-taken-up": Kind(_WARNING, "the-policy-was-not-taken-up"),
    "catalogue-not-taken-up": Kind(_WARNING, "the-policy-was-not-taken-up"),
    "lists-not-fetched": Kind(_WARNING, "lists-are-stale", waits=60),
    "directories-not-fetched": Kind(_WARNING, "lists-are-stale", waits=60),
    "untrusted-proxy": Kind(_CRITICAL, "a-proxy-that-nobody-named", waits=5),
    "silent-proxy": Kind(_CRITICAL, "a-proxy-that-nobody-named", waits=5),
    "access-log-unread": Kind(_WARNING, "how-requests-end-is-not-recorded", waits=5),
    "prefilter-old": Kind(_WARNING, "the-prefilter-is-old"),
    "follower-waits": Kind(_WARNING, "a-follower-is-behind", waits=10),
    "set-aside": Kind(_WARNING, "a-follower-is-behind"),
    "shared-state-lost": Kind(_CRITICAL, "gateways-cannot-count-together"),
    "shared-state-clocks": Kind(_WARNING, "gateways-cannot-count-together"),
    "shared-state-contested": Kind(_WARNING, "gateways-cannot-count-together"),
    "shared-state-foreign-orders": Kind(_WARNING, "gateways-cannot-count-together"),
    "process-ends": Kind(_WARNING, "processes-end-again-and-again"),
    "alerts-undelivered": Kind(_WARNING, "alerts-do-not-arrive", waits=5),
    "trial": Kind(_INFO, "alerts-that-reach-a-person", passing=True),
}
#: Warnings that nobody is told of: somebody wanted it so, or it can wait until somebody looks.
UNTOLD: Final = frozenset(
    {
        *("observe", "agent-blocked"),
        *("robots-not-merged", "no-certificate-proxy", "license-keys-kept", "catalogue-old"),
        *("proxy-list-not-at-hand", "made-room", "access-log-unnamed"),
    }
)
