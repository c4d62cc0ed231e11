"""What Web Bot Auth asks of a signature beyond RFC 9421 (draft-ietf-webbotauth-httpsig-protocol-01, section 4)."""

from typing import Final

from msgspec import Struct

from gateway.signatures.fields import Signature
from gateway.signatures.keys import ALGORITHMS, TEST_KEYS, Key
from gateway.signatures.outcome import Cause, SignatureError

TAG: Final = "web-bot-auth"
#: One of these is covered, or the signature would be good on any site.
_TARGETS: Final = frozenset({"@authority", "@target-uri"})
#: An algorithm may be named; those with a shared secret are forbidden.
_ALGORITHMS: Final = frozenset({None, *ALGORITHMS})


class Terms(Struct, frozen=True):
    """What is asked of a signature. ``skew`` is how far clocks may be apart and ``longest`` how long a signature may live,
    in seconds; None is no limit. ``bare``: the bare string is accepted. ``exact``: the member's key must be the label.
    ``test_keys``: published keys are accepted, for test vectors only."""

    skew: int = 30
    longest: int | None = 86_400
    bare: bool = True
    exact: bool = False
    test_keys: bool = False


def check_form(signature: Signature) -> None:
    """That the signature is of this profile, and whole. SignatureError if it is not."""
    parameters = signature.parameters
    if signature.text("tag") != TAG:
        raise SignatureError(Cause.TAG_NOT_WEB_BOT_AUTH)
    if signature.octets is None:
        raise SignatureError(Cause.MALFORMED)
    for is_there, cause in (
        (signature.seconds("created") is not None, Cause.MISSING_CREATED),
        (signature.seconds("expires") is not None, Cause.MISSING_EXPIRES),
        (signature.text("keyid"), Cause.MISSING_KEYID),
        (parameters.get("alg") in _ALGORITHMS, Cause.ALG_FORBIDDEN),
        (any(one.name in _TARGETS for one in signature.components), Cause.TARGET_NOT_COVERED),
    ):
        if not is_there:
            raise SignatureError(cause)


def check_time(signature: Signature, now: int, terms: Terms) -> int:
    """That a signature which is whole is in time; gives when it expires. SignatureError if it is not."""
    created, expires = signature.parameters["created"], int(signature.parameters["expires"])
    if expires <= created:
        raise SignatureError(Cause.EXPIRES_BEFORE_CREATED)
    if terms.longest is not None and expires - created > terms.longest:
        raise SignatureError(Cause.LIFETIME_TOO_LONG)
    if created > now + terms.skew:
        raise SignatureError(Cause.CREATED_IN_FUTURE)
    if expires < now - terms.skew:
        raise SignatureError(Cause.EXPIRED)
    return expires


def check_key(key: Key, signature: Signature, now: int, terms: Terms) -> None:
    """That the key may verify this signature now. SignatureError if not."""
    if key.thumbprint in TEST_KEYS and not terms.test_keys:
        raise SignatureError(Cause.TEST_KEY)
    if not key.in_force(now, terms.skew):
        raise SignatureError(Cause.KEY_NOT_IN_FORCE)
    if signature.parameters.get("alg", key.algorithm) != key.algorithm:
        raise SignatureError(Cause.ALG_MISMATCH)
