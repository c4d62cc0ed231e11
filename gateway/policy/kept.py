"""A policy made again from the texts that a journal keeps: the manifest that an entry names, the files, the catalogue."""

from collections.abc import Callable
from typing import Final

import msgspec
from msgspec import Struct

from gateway.agents import Registry
from gateway.policy.compile import EVALUATOR, compile_policy
from gateway.policy.model import Policy
from gateway.policy.place import PolicyError
from gateway.vocabulary import Sentence

#: Gives the text with a digest (``sha256:<hex>``), or None where it is not kept.
Text = Callable[[str], bytes | None]


class NotKept(Exception):  # noqa: N818 -- as it is said
    """What is needed to make something again is not here, or means something else today; ``why`` says what."""

    def __init__(self, why: Sentence) -> None:
        super().__init__(why.en)
        self.why = why


_UNREADABLE: Final = Sentence(
    "kebijakan {digest} tidak dapat dibaca oleh versi ini",
    "the policy {digest} cannot be read by this version",
)
_OTHERWISE: Final = Sentence(
    "kebijakan {digest} berarti lain bagi versi ini",
    "the policy {digest} means something else to this version",
)
_MANIFEST_UNREADABLE: Final = Sentence(
    "daftar isi kebijakan {digest} tidak dapat dibaca", "the policy's manifest {digest} cannot be read"
)
_EVALUATED_OTHERWISE: Final = Sentence(
    "kebijakan itu dinilai oleh penilai {its}, sedangkan versi ini memakai {ours}",
    "the policy was judged by evaluator {its}, this version has {ours}",
)
_NOT_KEPT: Final = Sentence("{what} tidak tersimpan ({digest})", "{what} is not kept ({digest})")
_CATALOGUE: Final = Sentence("katalog perayap", "the catalogue of agents")
_MANIFEST: Final = Sentence("daftar isi kebijakan", "the policy's manifest")
_FILE: Final = Sentence("sebuah berkas kebijakan", "a file of the policy")


class _Manifest(Struct):
    v: int
    catalogue: str
    evaluator: int
    files: dict[str, str]


_DECODER: Final = msgspec.json.Decoder(_Manifest)


def policy_of(digest: str, text: Text) -> Policy:
    """The policy with that digest, as its files say it: overrides of mode and origin by settings are not in them.

    NotKept where a text is missing, or was judged by other rules than this version's.
    """
    manifest = _manifest(digest, text)
    files = _files(manifest, text)
    catalogue = kept(manifest.catalogue, _CATALOGUE, text)
    try:
        policy = compile_policy(files, Registry.read(catalogue))
    except (PolicyError, ValueError) as error:
        raise NotKept(_UNREADABLE.filled(digest=digest)) from error
    if policy.digest != digest:
        raise NotKept(_OTHERWISE.filled(digest=digest))
    return policy


def policy_with(digest: str, catalogue: Registry, text: Text) -> Policy:
    """The files of the policy with that digest, compiled with another catalogue.

    NotKept where a text is missing; PolicyError, with every problem, where they do not go together.
    """
    return compile_policy(_files(_manifest(digest, text), text), catalogue)


def _manifest(digest: str, text: Text) -> _Manifest:
    try:
        manifest = _DECODER.decode(kept(digest, _MANIFEST, text))
    except (msgspec.DecodeError, UnicodeError) as error:
        raise NotKept(_MANIFEST_UNREADABLE.filled(digest=digest)) from error
    if (manifest.v, manifest.evaluator) != (1, EVALUATOR):
        raise NotKept(_EVALUATED_OTHERWISE.filled(its=manifest.evaluator, ours=EVALUATOR))
    return manifest


def _files(manifest: _Manifest, text: Text) -> dict[str, bytes]:
    return {name: kept(one, _FILE, text) for name, one in manifest.files.items()}


def kept(digest: str, what: Sentence, text: Text) -> bytes:
    """A text; NotKept, with ``what`` it would be, where it is missing."""
    found = text(digest)
    if found is None:
        raise NotKept(_NOT_KEPT.filled(what=what, digest=digest))
    return found
