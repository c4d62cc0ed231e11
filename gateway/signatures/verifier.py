"""The verifier: which signature of a request holds, whose it is, and why not."""

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from msgspec import Struct

from gateway.request import MOST_REMEMBERED, SIGNED, Request
from gateway.signatures.agent import NAME, SignatureAgent, named_by, read_agent
from gateway.signatures.base import base_of
from gateway.signatures.fields import Signature, read_signatures
from gateway.signatures.keys import Key
from gateway.signatures.outcome import Cause, Outcome, Result, SignatureError
from gateway.signatures.profile import Terms, check_form, check_key, check_time
from gateway.signatures.replays import Replays

#: How many verified signatures are kept.
REMEMBERED: Final = 4096

_NEVER: Final = 2**53
_UNSIGNED: Final = Outcome(Cause.UNSIGNED)
_NO_KEYS: Final[Mapping[str, Key]] = {}
#: The components by which requests are compared, and those of them that are parts of the target.
_OF_TARGET: Final = frozenset({"@path", "@query", "@target-uri"})
_COMPARED: Final = frozenset({NAME, "@method", "@authority", "@scheme"}) | _OF_TARGET
_ORDER: Final = (Result.VERIFIED, Result.INVALID, Result.UNVERIFIED, Result.NONE)

#: Signature-Input, Signature and Signature-Agent as they were sent.
_Sent = tuple[str, str, str | None]


class Found(NamedTuple):
    """A key that stands in the directory it was looked for in. ``stale``: that could not be had again since."""

    key: Key
    stale: bool = False


#: What is at hand of a key, by the address of a directory and the key's thumbprint; else why there is nothing: a cause of
#: `Result.UNVERIFIED`. Never by the thumbprint alone.
Find = Callable[[str, str], Found | Cause]


def no_directory(_address: str, _thumbprint: str) -> Cause:
    """Finds nothing: only keys that are pinned count."""
    return Cause.DIRECTORY_NOT_KNOWN


class _Verified(Struct, frozen=True):
    """A signature that held, between two instants, for requests that are alike in what it covers. ``target`` is None if it
    covers nothing of it. Signatures that cover further fields are not kept."""

    method: str
    scheme: str
    authority: str
    target: bytes | None
    begins: int
    ends: int
    key: Key
    outcome: Outcome

    def speaks_of(self, request: Request, now: int) -> bool:
        """Whether it would be verified for this request too, if its key is still its signer's."""
        return (
            self.begins <= now <= self.ends
            and self.authority == request.authority
            and self.method == request.method
            and self.scheme == request.scheme
            and (self.target is None or (request.target is not None and self.target == request.target.raw))
        )


class Verifier:
    """Verifies signatures of requests in the profile of draft-ietf-webbotauth-httpsig-protocol-01.

    What was verified once is not computed again for the same fields on a request like it; whether it is still in time, and
    the key still its signer's, is asked each time. Failures are not kept.
    """

    def __init__(
        self,
        find: Find,
        *,
        pinned: Mapping[str, Key] = _NO_KEYS,
        terms: Terms = Terms(),  # noqa: B008 -- frozen
        replays: Replays | None = None,
    ) -> None:
        """``pinned`` keys need no directory: who has one is known by another way. With ``replays`` a signature holds
        once only."""
        self._find, self._pinned = find, pinned
        self._terms, self._replays = terms, replays
        self._verified: dict[_Sent, _Verified] = {}

    def verify(self, request: Request, now: int) -> Outcome:
        """The best outcome of the request's signatures, the first among equals; each is judged by itself.

        ``now`` is in seconds since 1970. Changes nothing but what is remembered.
        """
        fields = request.fields
        described = fields.get(SIGNED)
        if described is None:
            return _UNSIGNED
        sent = (described, fields.get("signature", ""), fields.get(NAME))
        known = self._verified.get(sent)
        if known is not None and known.speaks_of(request, now):
            address, keyid = known.outcome.address, known.outcome.keyid
            found = self._find(address, keyid) if address else Found(self._pinned[keyid])
            if found == (known.key, known.outcome.stale):
                return known.outcome
        return self._best(sent, request, now)

    def _best(self, sent: _Sent, request: Request, now: int) -> Outcome:
        try:
            agent = None if sent[2] is None else read_agent(sent[2])
            signatures = read_signatures(*sent[:2])
        except SignatureError as error:
            return Outcome(error.cause)
        best = _UNSIGNED
        for signature in signatures:
            found = self._judge(signature, request, agent, now, sent if signature is signatures[0] else None)
            if found.cause is Cause.OK:
                return found
            if best is _UNSIGNED or _ORDER.index(found.result) < _ORDER.index(best.result):
                best = found
        return best

    def _judge(
        self,
        signature: Signature,
        request: Request,
        agent: SignatureAgent | None,
        now: int,
        sent: _Sent | None,
    ) -> Outcome:
        """One signature; nothing is built or computed for a signer who is not known. It is kept as ``sent`` if it holds."""
        label, address, keyid = signature.label, "", signature.text("keyid") or ""
        try:
            check_form(signature)
            expires = check_time(signature, now, self._terms)
            address = self._named(signature, agent, keyid)
            address, (key, stale) = self._signer(address, keyid)
            check_key(key, signature, now, self._terms)
            base = base_of(signature, request, agent)
            if not key.holds(signature.octets or b"", base):
                return Outcome(Cause.BAD_SIGNATURE, label, address, keyid)
            if self._used(signature, (address, keyid), expires, now):
                return Outcome(Cause.REPLAYED_NONCE, label, address, keyid)
        except SignatureError as error:
            return Outcome(error.cause, label, address, keyid)
        outcome = Outcome(Cause.OK, label, address, keyid, stale)
        if sent is not None:
            self._keep(sent, signature, request, key, outcome)
        return outcome

    def _named(self, signature: Signature, agent: SignatureAgent | None, keyid: str) -> str:
        """The directory that the signature names; empty where it names none and needs none."""
        try:
            return named_by(signature, agent, bare=self._terms.bare, exact=self._terms.exact)
        except SignatureError:
            if keyid in self._pinned:
                return ""
            raise

    def _signer(self, address: str, keyid: str) -> tuple[str, Found]:
        """The directory that has the key, and the key. A pinned one speaks for no directory but one that has it too."""
        found = self._find(address, keyid) if address else Cause.SIGNATURE_AGENT_ABSENT
        if not isinstance(found, Cause):
            return address, found
        pinned = self._pinned.get(keyid)
        if pinned is None:
            raise SignatureError(found)
        return "", Found(pinned)

    def _used(self, signature: Signature, by: tuple[str, str], expires: int, now: int) -> bool:
        """Whether it was used before, where it may be used once only. Without a nonce the first half of its octets stands for
        one: of the second half of an ECDSA signature anybody can make another that holds too."""
        if self._replays is None:
            return False
        octets = signature.octets or b""
        used = (*by, signature.text("nonce") or octets[: len(octets) // 2].hex())
        return self._replays.seen(used, expires + self._terms.skew, now)

    def _keep(self, sent: _Sent, signature: Signature, request: Request, key: Key, outcome: Outcome) -> None:
        """Keep a signature that holds, if it may be used again and all that it covers is easily compared."""
        covered = {one.name for one in signature.components}
        long = any(text is not None and len(text) > MOST_REMEMBERED for text in sent)
        if self._replays is not None or long or not covered <= _COMPARED or request.target is None:
            return
        skew = self._terms.skew
        while len(self._verified) >= REMEMBERED:
            del self._verified[next(iter(self._verified))]
        self._verified[sent] = _Verified(
            request.method,
            request.scheme,
            request.authority,
            None if covered.isdisjoint(_OF_TARGET) else request.target.raw,
            max(signature.parameters["created"], key.begins or 0) - skew,
            min(signature.parameters["expires"], key.ends or _NEVER) + skew,
            key,
            outcome,
        )
