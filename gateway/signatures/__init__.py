"""Signatures of requests: RFC 9421 in the profile of Web Bot Auth (draft-ietf-webbotauth-httpsig-protocol-01).

Theory of operation. A client signs some components of its request, and says where its public keys are. `fields` reads
what it sent, `agent` where the keys are, `base` writes what was signed, `keys` reads the keys, and `verifier` puts it all
together. Two rules carry it. A key is looked up by the address that the request names *and* the key's thumbprint, or a key
learned from one signer would speak for another. And only what a signature covers is attributed to its signer.

The profile still changes from draft to draft. Nothing outside this package knows its wire format: what comes out is an
`Outcome`. A signature says who holds a key, never that a request is welcome.
"""

from gateway.signatures.agent import directory_address
from gateway.signatures.outcome import Cause, Outcome, Result
from gateway.signatures.profile import Terms
from gateway.signatures.verifier import Find, Found, Verifier, no_directory

__all__ = [
    "Cause",
    "Find",
    "Found",
    "Outcome",
    "Result",
    "Terms",
    "Verifier",
    "directory_address",
    "no_directory",
]
