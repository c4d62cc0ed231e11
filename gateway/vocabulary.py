"""The closed sets of words that policy, wire and journal share.

Values are written to the journal and to the wire, so a member may be added but never renamed.
`docs/manual/` explains each; a test holds this file and the manual together.
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
    """Who bears a failure of ours: see `gateway.decide.audience_of` for the table."""

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
    """Why: a stable code. The deciding one stands first in an entry; `SENTENCES` explains each."""

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
    ADDRESS_UNCERTAIN = "address-uncertain"
    ADDRESS_PRIVATE = "address-private"
    ADDRESS_PUBLISHED = "address-published"
    ADDRESS_NOT_PUBLISHED = "address-not-published"
    NAME_CONFIRMS = "name-confirms"
    NAME_NOT_CONFIRMED = "name-not-confirmed"
    NAME_FOREIGN = "name-foreign"
    CHECK_UNAVAILABLE = "check-unavailable"
    CHECK_SUSPENDED = "check-suspended"
    # permission
    LICENSE_COVERS = "license-covers"
    LICENSE_NOT_YET = "license-not-yet"
    LICENSE_ENDED = "license-ended"
    LICENSE_NOT_HERE = "license-not-here"
    LICENSE_OTHER_USE = "license-other-use"
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
    NOTHING_FORBIDS = "nothing-forbids"
    # our own state
    OBSERVED_ONLY = "observed-only"
    JOURNAL_UNAVAILABLE = "journal-unavailable"


class Language(StrEnum):
    """The languages in which people are spoken to."""

    ID = "id"
    EN = "en"


class Sentence(NamedTuple):
    """One thing said twice; the Indonesian text governs."""

    id: str
    en: str

    def said(self, language: Language) -> str:
        """The text in one language."""
        return self.id if language == Language.ID else self.en


SENTENCES: dict[Reason, Sentence] = {
    Reason.MALFORMED_TARGET: Sentence(
        "alamat yang diminta tidak tertulis menurut aturan HTTP",
        "the address asked for is not written as HTTP requires",
    ),
    Reason.MALFORMED_HOST: Sentence(
        "nama situs dalam permintaan tidak ada, ganda, atau salah tulis",
        "the request's host name is missing, doubled or badly written",
    ),
    Reason.MALFORMED_MESSAGE: Sentence(
        "permintaan tidak tersusun menurut aturan HTTP",
        "the request is not framed as HTTP requires",
    ),
    Reason.UNSUPPORTED_CODING: Sentence(
        "pengodean pengiriman selain chunked tidak didukung",
        "no transfer coding other than chunked is supported",
    ),
    Reason.HEAD_TOO_LARGE: Sentence(
        "kepala permintaan terlalu besar",
        "the head of the request is too large",
    ),
    Reason.TARGET_TOO_LONG: Sentence(
        "alamat yang diminta terlalu panjang",
        "the address asked for is too long",
    ),
    Reason.HEAD_TOO_SLOW: Sentence(
        "kepala atau isi permintaan tidak selesai dikirim pada waktunya",
        "the request was not sent in time",
    ),
    Reason.HOST_UNKNOWN: Sentence(
        "situs ini tidak disebut dalam kebijakan",
        "no policy names this host",
    ),
    Reason.OWN_DOCUMENT: Sentence(
        "dokumen ketentuan selalu terbuka bagi siapa pun",
        "documents that state the terms are always open to everybody",
    ),
    Reason.PASSED_PATH: Sentence(
        "alamat ini selalu diteruskan ke situs asal",
        "this path is always passed to the origin",
    ),
    Reason.CLAIM_BELIEVED: Sentence(
        "dipercaya karena klaim ini tidak memberi keuntungan",
        "believed, since nobody gains by this claim",
    ),
    Reason.CLAIM_UNPROVED: Sentence(
        "klaim belum dibuktikan dan tidak memberi hak khusus",
        "the claim is not proved and gives no privilege",
    ),
    Reason.CLAIM_CHECKABLE: Sentence(
        "klaim ini dapat diperiksa dengan data yang diumumkan operatornya",
        "this claim can be checked by what its operator publishes",
    ),
    Reason.CLAIM_CONTRADICTED: Sentence(
        "klaim terbantah oleh data resmi operatornya",
        "the claim is contradicted by its operator's own data",
    ),
    Reason.AGENT_UNKNOWN: Sentence(
        "perayap yang menyebut dirinya sendiri, belum ada dalam katalog",
        "a crawler that names itself and is not in the catalogue",
    ),
    Reason.NO_CLAIM: Sentence(
        "tidak mengaku sebagai perayap",
        "does not say that it is a crawler",
    ),
    Reason.ADDRESS_PROVES_LICENSE: Sentence(
        "alamatnya tercantum dalam lisensi",
        "its address is named in the license",
    ),
    Reason.ADDRESS_NOT_LICENSED: Sentence(
        "menyebut nama pemegang lisensi, tetapi alamatnya tidak tercantum dalam lisensi",
        "uses a licensee's name, but its address is not named in the license",
    ),
    Reason.ADDRESS_UNCERTAIN: Sentence(
        "alamat pengirim tidak dapat dipastikan",
        "the client's address is not certain",
    ),
    Reason.ADDRESS_PRIVATE: Sentence(
        "alamatnya bukan alamat internet umum, sehingga data operator tidak dapat membenarkan atau membantahnya",
        "its address is not a public one, so its operator's data can neither bear it out nor contradict it",
    ),
    Reason.ADDRESS_PUBLISHED: Sentence(
        "alamatnya tercantum dalam daftar yang diumumkan operatornya",
        "its address is on the list that its operator publishes",
    ),
    Reason.ADDRESS_NOT_PUBLISHED: Sentence(
        "alamatnya tidak tercantum dalam daftar yang diumumkan operatornya",
        "its address is not on the list that its operator publishes",
    ),
    Reason.NAME_CONFIRMS: Sentence(
        "nama DNS alamatnya milik operatornya dan merujuk kembali ke alamat itu",
        "the DNS name of its address is its operator's and leads back to the address",
    ),
    Reason.NAME_NOT_CONFIRMED: Sentence(
        "nama DNS alamatnya seolah milik operatornya, tetapi tidak merujuk kembali ke alamat itu",
        "the DNS name of its address looks like its operator's but does not lead back to the address",
    ),
    Reason.NAME_FOREIGN: Sentence(
        "alamatnya tidak memiliki nama DNS milik operatornya",
        "its address has no DNS name of its operator's",
    ),
    Reason.CHECK_UNAVAILABLE: Sentence(
        "pemeriksaan tidak dapat dilakukan saat itu, sehingga tidak membenarkan dan tidak membantah",
        "the check could not be made at the time, so it neither bears out nor contradicts",
    ),
    Reason.CHECK_SUSPENDED: Sentence(
        "pemeriksaan ditangguhkan karena gagal untuk terlalu banyak klien operator ini sekaligus",
        "the check is suspended, since it failed for too many clients of this operator at once",
    ),
    Reason.LICENSE_COVERS: Sentence(
        "izin tertulis mencakup permintaan ini",
        "written permission covers this request",
    ),
    Reason.LICENSE_NOT_YET: Sentence(
        "izin tertulis belum mulai berlaku",
        "the written permission has not begun yet",
    ),
    Reason.LICENSE_ENDED: Sentence(
        "izin tertulis sudah berakhir",
        "the written permission has ended",
    ),
    Reason.LICENSE_NOT_HERE: Sentence(
        "izin tertulis tidak mencakup halaman ini",
        "the written permission does not cover this page",
    ),
    Reason.LICENSE_OTHER_USE: Sentence(
        "izin tertulis diberikan untuk penggunaan lain",
        "the written permission is for another use",
    ),
    Reason.LEGAL_ORDER: Sentence(
        "halaman ini ditutup atas perintah pihak yang berwenang menurut hukum",
        "this page is closed by order of a legal authority",
    ),
    Reason.USE_DENIED: Sentence(
        "penggunaan ini dilarang tanpa izin tertulis",
        "this use is forbidden without written permission",
    ),
    Reason.USE_NEEDS_LICENSE: Sentence(
        "penggunaan ini memerlukan lisensi, dan lisensi ditawarkan",
        "this use needs a license, and a license is on offer",
    ),
    Reason.RULE_DENIES: Sentence(
        "suatu aturan kebijakan melarangnya",
        "a rule of the policy forbids it",
    ),
    Reason.RULE_NEEDS_LICENSE: Sentence(
        "suatu aturan kebijakan mensyaratkan lisensi",
        "a rule of the policy asks for a license",
    ),
    Reason.RULE_ALLOWS: Sentence(
        "suatu aturan kebijakan membolehkannya",
        "a rule of the policy allows it",
    ),
    Reason.OTHER_READING_STRICTER: Sentence(
        "alamat itu dapat dibaca dengan dua cara, dan yang lebih ketat berlaku",
        "the path can be read in two ways, and the stricter one holds",
    ),
    Reason.BLOCK_IN_FORCE: Sentence(
        "pengelola situs sedang menutup akses perayap ini",
        "the site's operator has closed the door to this crawler for now",
    ),
    Reason.ROBOTS_REFUSES: Sentence(
        "robots.txt situs asal menutup halaman ini",
        "the origin's robots.txt closes this page",
    ),
    Reason.ROBOTS_WOULD_REFUSE: Sentence(
        "robots.txt situs asal menutup halaman ini, tetapi tidak ditegakkan bagi klien ini",
        "the origin's robots.txt closes this page, but is not enforced on this client",
    ),
    Reason.RATE_EXCEEDED: Sentence(
        "permintaan datang lebih cepat daripada laju yang dibolehkan",
        "requests came faster than the rate that is allowed",
    ),
    Reason.NOTHING_FORBIDS: Sentence(
        "tidak ada aturan yang melarangnya",
        "nothing forbids it",
    ),
    Reason.OBSERVED_ONLY: Sentence(
        "situs sedang dalam mode amati: dicatat, tidak ditolak",
        "the site is in observe mode: recorded, not refused",
    ),
    Reason.JOURNAL_UNAVAILABLE: Sentence(
        "catatan audit sedang tidak dapat ditulis",
        "the audit log cannot be written at the moment",
    ),
}
