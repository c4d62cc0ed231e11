"""What comes of a signature: three results, and a precise reason for each."""

from enum import StrEnum
from typing import Final

from msgspec import Struct


class Result(StrEnum):
    """``verified``: signature, key and freshness hold, and the key is the signer's. ``invalid``: a check failed.
    ``unverified``: it could not be told (no key, no directory, a form that is not read). ``none``: nothing was signed in
    this profile, which says nothing of anybody."""

    VERIFIED = "verified"
    INVALID = "invalid"
    UNVERIFIED = "unverified"
    NONE = "none"


class Cause(StrEnum):
    """Why a signature came to its result."""

    OK = "ok"
    # none
    UNSIGNED = "unsigned"
    TAG_NOT_WEB_BOT_AUTH = "tag-not-web-bot-auth"
    # invalid
    MALFORMED = "malformed"
    MISSING_CREATED = "missing-created"
    MISSING_EXPIRES = "missing-expires"
    MISSING_KEYID = "missing-keyid"
    ALG_FORBIDDEN = "alg-forbidden"
    TARGET_NOT_COVERED = "target-not-covered"
    EXPIRES_BEFORE_CREATED = "expires-before-created"
    LIFETIME_TOO_LONG = "lifetime-too-long"
    CREATED_IN_FUTURE = "created-in-future"
    EXPIRED = "expired"
    SIGNATURE_AGENT_NOT_COVERED = "signature-agent-not-covered"
    SIGNATURE_AGENT_AMBIGUOUS = "signature-agent-ambiguous"
    MISSING_COMPONENT = "missing-component"
    DUPLICATE_COMPONENT = "duplicate-component"
    ALG_MISMATCH = "alg-mismatch"
    BAD_SIGNATURE = "bad-signature"
    REPLAYED_NONCE = "replayed-nonce"
    CONTENT_DIGEST_MISMATCH = "content-digest-mismatch"
    # unverified
    NOT_ASKED = "not-asked"
    SIGNATURE_AGENT_ABSENT = "signature-agent-absent"
    SIGNATURE_AGENT_BARE = "signature-agent-legacy"
    SIGNATURE_AGENT_NOT_HTTPS = "signature-agent-not-https"
    SIGNATURE_AGENT_UNSUPPORTED = "signature-agent-unsupported"
    COMPONENT_UNSUPPORTED = "component-unsupported"
    DIRECTORY_NOT_KNOWN = "directory-not-known"
    DIRECTORY_NOT_AT_HAND = "directory-not-at-hand"
    DISCOVERY_FAILED = "discovery-failed"
    KEY_NOT_IN_DIRECTORY = "key-not-in-directory"
    KEY_NOT_IN_FORCE = "key-not-in-force"
    TEST_KEY = "test-key"
    USE_NOT_KNOWN = "use-not-known"


_NONE: Final = frozenset({Cause.UNSIGNED, Cause.TAG_NOT_WEB_BOT_AUTH})
_UNVERIFIED: Final = frozenset(
    {
        Cause.NOT_ASKED,
        *(Cause.SIGNATURE_AGENT_ABSENT, Cause.SIGNATURE_AGENT_BARE, Cause.SIGNATURE_AGENT_NOT_HTTPS),
        *(Cause.SIGNATURE_AGENT_UNSUPPORTED, Cause.COMPONENT_UNSUPPORTED),
        *(Cause.DIRECTORY_NOT_KNOWN, Cause.DIRECTORY_NOT_AT_HAND, Cause.DISCOVERY_FAILED),
        *(Cause.KEY_NOT_IN_DIRECTORY, Cause.KEY_NOT_IN_FORCE, Cause.TEST_KEY),
        Cause.USE_NOT_KNOWN,
    }
)
_RESULTS: Final = {
    cause: Result.VERIFIED
    if cause is Cause.OK
    else Result.NONE
    if cause in _NONE
    else Result.UNVERIFIED
    if cause in _UNVERIFIED
    else Result.INVALID
    for cause in Cause
}


class Outcome(Struct, frozen=True):
    """What came of the signatures of a message.

    ``address`` is the key directory that the signer names, in normal form, empty where it names none; ``keyid`` the
    thumbprint of the key (RFC 7638), and ``label`` what the signature is called in its message. Until it is verified all
    three are claims. ``stale``: the keys are an older copy, since the directory could not be had again.
    """

    cause: Cause
    label: str = ""
    address: str = ""
    keyid: str = ""
    stale: bool = False

    @property
    def result(self) -> Result:
        """The result that the cause stands for."""
        return _RESULTS[self.cause]


class SignatureError(Exception):
    """A signature that is not to be verified, for its ``cause``."""

    def __init__(self, cause: Cause) -> None:
        super().__init__(cause.value)
        self.cause = cause
