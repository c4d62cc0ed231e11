"""The closed sets of words that policy, wire and journal share.

Values are written to the journal and to the wire, so a member may be added but never renamed.
`docs/manual/` explains each; a test holds this file and the manual together.

What every request is asked about has a name of its own in the module that asks (`_PEOPLE = Kind.PEOPLE`): to look a member up
in its class costs ten times as much as a global name (CPython 3.11).
"""

from enum import StrEnum
from typing import NamedTuple


class Verdict(StrEnum):
    """What the policy says to a request. ``allow`` only means that the door was not closed."""

    ALLOW = "allow"
    LICENSE = "license"
    DENY = "deny"

    @property
    def strictness(self) -> int:
        """0 for ``allow``, 1 for ``license``, 2 for ``deny``."""
        return _STRICTNESS[self]


_STRICTNESS = {Verdict.ALLOW: 0, Verdict.LICENSE: 1, Verdict.DENY: 2}


class Kind(StrEnum):
    """What a client is, as far as it can be known."""

    PEOPLE = "people"
    AGENTS = "agents"
    TOOLS = "tools"
    IMPOSTORS = "impostors"


class Purpose(StrEnum):
    """Why an agent crawls, from its operator's documents; one of them is enforced."""

    AI_TRAIN = "ai-train"
    AI_INPUT = "ai-input"
    AI_INDEX = "ai-index"
    SEARCH = "search"
    ADS = "ads"
    PREVIEW = "preview"
    FEED = "feed"
    ARCHIVE = "archive"
    SEO = "seo"
    MONITOR = "monitor"
    SECURITY = "security"
    DATASET = "dataset"
    ACADEMIC = "academic"
    OTHER = "other"


class Use(StrEnum):
    """What content is wanted for: the usage tokens of RSL 1.0 section 3.4 (2025-12-10)."""

    AI_TRAIN = "ai-train"
    AI_INPUT = "ai-input"
    AI_INDEX = "ai-index"
    SEARCH = "search"
    AI_ALL = "ai-all"
    ALL = "all"

    @property
    def single(self) -> frozenset["Use"]:
        """The plain uses this one stands for: itself, the three AI uses, or all four."""
        return _SINGLE[self]


_AI_USES = frozenset({Use.AI_TRAIN, Use.AI_INPUT, Use.AI_INDEX})
_SINGLE = {
    Use.AI_TRAIN: frozenset({Use.AI_TRAIN}),
    Use.AI_INPUT: frozenset({Use.AI_INPUT}),
    Use.AI_INDEX: frozenset({Use.AI_INDEX}),
    Use.SEARCH: frozenset({Use.SEARCH}),
    Use.AI_ALL: _AI_USES,
    Use.ALL: _AI_USES | {Use.SEARCH},
}

#: The use that a purpose puts content to, where RSL has a word for it. ``dataset`` follows ``ai-train``.
USE_OF: dict[Purpose, Use] = {
    Purpose.AI_TRAIN: Use.AI_TRAIN,
    Purpose.DATASET: Use.AI_TRAIN,
    Purpose.AI_INPUT: Use.AI_INPUT,
    Purpose.AI_INDEX: Use.AI_INDEX,
    Purpose.SEARCH: Use.SEARCH,
}

AI_PURPOSES = frozenset({Purpose.AI_TRAIN, Purpose.AI_INPUT, Purpose.AI_INDEX, Purpose.DATASET})


class Audience(StrEnum):
    """Who bears a failure of ours: see `gateway.decision.audience_of` for the table."""

    AI = "ai"
    PEOPLE = "people"
    WELCOME = "welcome"


class Assurance(StrEnum):
    """How far a claim is borne out, weakest first; ``contradicted`` stands apart."""

    ANONYMOUS = "anonymous"
    CLAIMED = "claimed"
    CORROBORATED = "corroborated"
    SIGNED = "signed"
    CONTRADICTED = "contradicted"


class Standing(StrEnum):
    """What a refusal of an operator's agent is: a violation (served, in-force), not yet one, or not to be told.

    ``served``: robots.txt, which forbids it, had been served to the operator. ``in-force``: it had forbidden it for 24
    hours. ``not-yet``: neither. ``unstated``: robots.txt does not forbid it. ``unknown``: the record does not tell.
    """

    SERVED = "served"
    IN_FORCE = "in-force"
    NOT_YET = "not-yet"
    UNSTATED = "unstated"
    UNKNOWN = "unknown"

    @property
    def violation(self) -> bool | None:
        """Whether it is a violation; None where that is not to be told."""
        return {"served": True, "in-force": True, "not-yet": False}.get(self.value)


class Mode(StrEnum):
    """``observe``: decide and record, refuse nobody. ``enforce``: decide, record and act."""

    ENFORCE = "enforce"
    OBSERVE = "observe"


class RobotsFrom(StrEnum):
    """Which robots.txt is held against crawlers: what the origin serves, a file of the policy, or none."""

    ORIGIN = "origin"
    FILE = "file"
    NONE = "none"


class HeadlinesFrom(StrEnum):
    """Where the headlines are read that are shown to who reviews: in the site's sitemaps, or nowhere."""

    SITEMAP = "sitemap"
    NONE = "none"


class By(StrEnum):
    """Whose requests a rate counts together."""

    ADDRESS = "address"
    NETWORK = "network"
    AGENT = "agent"
    OPERATOR = "operator"
    EVERYONE = "everyone"
    LICENSE = "license"


class Level(StrEnum):
    """How safe an entry is when it is acknowledged (`docs/manual/journal.md`), safest first."""

    DURABLE = "durable"
    WRITTEN = "written"
    QUEUED = "queued"


class Reach(StrEnum):
    """Among how many gateways something was counted: all that there are, this one alone, or nobody can tell."""

    TOGETHER = "together"
    HERE = "here"
    NOWHERE = "nowhere"


class Static(StrEnum):
    """How readers' requests for static files are recorded."""

    ENTERED = "entered"
    COUNTED = "counted"


class Phase(StrEnum):
    """What an entry records."""

    DECISION = "decision"
    OUTCOME = "outcome"
    EVENT = "event"


class End(StrEnum):
    """How an exchange ended on the wire."""

    COMPLETE = "complete"
    CLIENT_GONE = "client-gone"
    ORIGIN_ERROR = "origin-error"
    APP_ERROR = "app-error"
    WITHHELD = "withheld"
    UNKNOWN = "unknown"


class Reason(StrEnum):
    """Why: a stable code. The deciding one stands first in an entry; `gateway.reasons` explains each."""

    # the request itself
    MALFORMED_TARGET = "malformed-target"
    MALFORMED_HOST = "malformed-host"
    MALFORMED_MESSAGE = "malformed-message"
    UNSUPPORTED_CODING = "unsupported-coding"
    HEAD_TOO_LARGE = "head-too-large"
    TARGET_TOO_LONG = "target-too-long"
    HEAD_TOO_SLOW = "head-too-slow"
    HOST_UNKNOWN = "host-unknown"
    # open by nature
    OWN_DOCUMENT = "own-document"
    OWN_PAGE = "own-page"
    PASSED_PATH = "passed-path"
    # who it is
    CLAIM_BELIEVED = "claim-believed"
    CLAIM_UNPROVED = "claim-unproved"
    CLAIM_CHECKABLE = "claim-checkable"
    CLAIM_CONTRADICTED = "claim-contradicted"
    AGENT_UNKNOWN = "agent-unknown"
    NO_CLAIM = "no-claim"
    ADDRESS_PROVES_LICENSE = "address-proves-license"
    ADDRESS_NOT_LICENSED = "address-not-licensed"
    CERTIFICATE_PROVES_LICENSE = "certificate-proves-license"
    CERTIFICATE_NOT_SHOWN = "certificate-not-shown"
    CERTIFICATE_NOT_LICENSED = "certificate-not-licensed"
    CERTIFICATE_UNREADABLE = "certificate-unreadable"
    CERTIFICATE_EXPIRED = "certificate-expired"
    CERTIFICATE_NOT_YET = "certificate-not-yet"
    CERTIFICATE_UNCHECKED = "certificate-unchecked"
    ADDRESS_UNCERTAIN = "address-uncertain"
    ADDRESS_PRIVATE = "address-private"
    ADDRESS_PUBLISHED = "address-published"
    ADDRESS_NOT_PUBLISHED = "address-not-published"
    NAME_CONFIRMS = "name-confirms"
    NAME_NOT_CONFIRMED = "name-not-confirmed"
    NAME_FOREIGN = "name-foreign"
    SIGNATURE_VERIFIED = "signature-verified"
    SIGNATURE_FOREIGN = "signature-foreign"
    SIGNATURE_INVALID = "signature-invalid"
    SIGNATURE_UNVERIFIED = "signature-unverified"
    SIGNATURE_PROVES_LICENSE = "signature-proves-license"
    SIGNATURE_NOT_LICENSED = "signature-not-licensed"
    CHECK_UNAVAILABLE = "check-unavailable"
    CHECK_SUSPENDED = "check-suspended"
    ARTICLE_DATED = "article-dated"
    ARTICLE_NOT_DATED = "article-not-dated"
    # license tokens
    TOKEN_PROVES_LICENSE = "token-proves-license"
    TOKEN_NOT_SHOWN = "token-not-shown"
    TOKEN_TOO_LONG = "token-too-long"
    TOKEN_MALFORMED = "token-malformed"
    TOKEN_UNSIGNED = "token-unsigned"
    TOKEN_FORGED = "token-forged"
    TOKEN_KEY_UNKNOWN = "token-key-unknown"
    TOKEN_NOT_YET = "token-not-yet"
    TOKEN_EXPIRED = "token-expired"
    TOKEN_REVOKED = "token-revoked"
    TOKEN_OTHER_SITE = "token-other-site"
    TOKEN_OTHER_AGENT = "token-other-agent"
    TOKEN_KEY_NOT_USED = "token-key-not-used"
    TOKEN_LICENSE_GONE = "token-license-gone"
    TOKEN_OUT_OF_SCOPE = "token-out-of-scope"
    TOKEN_UNCHECKED = "token-unchecked"
    # permission
    PROOF_INCOMPLETE = "proof-incomplete"
    LICENSE_UNPROVED = "license-unproved"
    LICENSE_COVERS = "license-covers"
    LICENSE_NOT_YET = "license-not-yet"
    LICENSE_ENDED = "license-ended"
    LICENSE_NOT_HERE = "license-not-here"
    LICENSE_OTHER_USE = "license-other-use"
    LICENSE_WITHDRAWN = "license-withdrawn"
    LICENSE_EMBARGO = "license-embargo"
    LICENSE_DATE_UNKNOWN = "license-date-unknown"
    # the policy
    LEGAL_ORDER = "legal-order"
    USE_DENIED = "use-denied"
    USE_NEEDS_LICENSE = "use-needs-license"
    RULE_DENIES = "rule-denies"
    RULE_NEEDS_LICENSE = "rule-needs-license"
    RULE_ALLOWS = "rule-allows"
    OTHER_READING_STRICTER = "other-reading-stricter"
    BLOCK_IN_FORCE = "block-in-force"
    ROBOTS_REFUSES = "robots-refuses"
    ROBOTS_WOULD_REFUSE = "robots-would-refuse"
    RATE_EXCEEDED = "rate-exceeded"
    QUOTA_EXCEEDED = "quota-exceeded"
    COUNTED_ALONE = "counted-alone"
    NOTHING_FORBIDS = "nothing-forbids"
    # our own state
    OBSERVED_ONLY = "observed-only"
    JOURNAL_UNAVAILABLE = "journal-unavailable"
    SHARED_STATE_UNAVAILABLE = "shared-state-unavailable"
    ORIGIN_BUSY = "origin-busy"
    ADDRESS_BUSY = "address-busy"


class Language(StrEnum):
    """The languages in which people are spoken to."""

    ID = "id"
    EN = "en"

    def number(self, count: int) -> "Figure":
        """A whole number with its thousands told apart: 1.234 in Indonesian, 1,234 in English."""
        return Figure(f"{count:,}".replace(",", ".") if self is Language.ID else f"{count:,}")


class Figure(str):
    """A number in a sentence. What goes with it may stand there for one and for any other: `{n} {n:request was/requests were}`."""

    __slots__ = ()

    def __format__(self, spec: str) -> str:
        """The number; or of two words apart by a stroke the one that goes with it."""
        one, stroke, many = spec.partition("/")
        return (one if self == "1" else many) if stroke else super().__format__(spec)


class Sentence(NamedTuple):
    """One thing said twice; the Indonesian text governs."""

    id: str
    en: str

    def said(self, language: Language) -> str:
        """The text in one language."""
        return self.id if language == Language.ID else self.en

    def filled(self, **values: object) -> "Sentence":
        """The sentence with its ``{names}`` filled in; a value that is itself a sentence is said in the same language.

        A value is never read as a template, whatever it holds.
        """
        return Sentence(_fill(self.id, values, Language.ID), _fill(self.en, values, Language.EN))


def _fill(text: str, values: dict[str, object], language: Language) -> str:
    said = {
        name: value.said(language) if isinstance(value, Sentence) else value for name, value in values.items()
    }
    return text.format_map(said)


class NotMeantError(ValueError):
    """What was written is no such value; ``why`` says it in both languages, for the one who wrote it."""

    def __init__(self, why: Sentence) -> None:
        super().__init__(why.en)
        self.why = why
