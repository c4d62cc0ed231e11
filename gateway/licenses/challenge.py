"""What is answered to permission that was shown and does not do: RSL's Crawler Authorization Protocol, section 6.3.

A table of reasons. It says nothing of requests that are allowed anyway, nor of those that show no permission at all.
"""

from typing import Final, NamedTuple

from gateway.vocabulary import Reason


class Challenge(NamedTuple):
    """The status, and what `WWW-Authenticate: License` says: an error code of RFC 6750 section 3.1, and a sentence."""

    status: int
    error: str
    description: str

    @property
    def value(self) -> bytes:
        """The value of the field."""
        return f'License error="{self.error}", error_description="{self.description}"'.encode("ascii")


def _invalid(description: str) -> Challenge:
    return Challenge(401, "invalid_token", description)


CHALLENGES: Final[dict[Reason, Challenge]] = {
    Reason.TOKEN_TOO_LONG: Challenge(401, "invalid_request", "The license token is too long"),
    Reason.TOKEN_MALFORMED: Challenge(401, "invalid_request", "The license token cannot be read"),
    Reason.TOKEN_UNSIGNED: _invalid("The license token is not signed as this site accepts"),
    Reason.TOKEN_FORGED: _invalid("The signature of the license token is wrong"),
    Reason.TOKEN_KEY_UNKNOWN: _invalid("The license token is signed with an unknown key"),
    Reason.TOKEN_NOT_YET: _invalid("The license token is not valid yet"),
    Reason.TOKEN_EXPIRED: _invalid("The license token has expired"),
    Reason.TOKEN_REVOKED: _invalid("The license token was revoked"),
    Reason.TOKEN_OTHER_SITE: _invalid("The license token is for another site"),
    Reason.TOKEN_OTHER_AGENT: _invalid("The license token is for another agent"),
    Reason.TOKEN_KEY_NOT_USED: _invalid("The request is not signed with the key of the license token"),
    Reason.TOKEN_LICENSE_GONE: _invalid("The license of the token does not exist any more"),
    Reason.PROOF_INCOMPLETE: _invalid("The license asks for a further proof"),
    Reason.TOKEN_UNCHECKED: Challenge(
        503, "server_error", "The license token cannot be checked at the moment"
    ),
    Reason.TOKEN_OUT_OF_SCOPE: Challenge(
        403, "insufficient_scope", "The license token does not cover this request"
    ),
    Reason.LICENSE_NOT_HERE: Challenge(403, "insufficient_scope", "The license does not cover this page"),
    Reason.LICENSE_WITHDRAWN: Challenge(403, "insufficient_scope", "The article was withdrawn"),
    Reason.LICENSE_EMBARGO: Challenge(403, "insufficient_scope", "The article is under embargo"),
    Reason.LICENSE_DATE_UNKNOWN: Challenge(
        403, "insufficient_scope", "It is not known whether the page is under embargo"
    ),
    Reason.LICENSE_OTHER_USE: Challenge(403, "insufficient_scope", "The license is for another use"),
}
