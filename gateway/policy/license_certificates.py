"""The client certificates that prove a license: `mtls` in its `proof`."""

from collections.abc import Callable
from typing import Final

from gateway.certificates import canonical_digest, canonical_name
from gateway.licenses.proof import CertificateMatch
from gateway.policy.faults import licenses as faults
from gateway.policy.reader import Reader
from gateway.policy.source import Node, Table, shown
from gateway.vocabulary import NotMeantError, Sentence

_KEYS: Final = ("sha256", "subject", "san", "issuer")
#: Those by which a certificate is told from others of the same issuer.
_TELLING: Final = frozenset({"sha256", "subject", "san"})

_READ: Final[dict[str, tuple[Callable[[str], str], Sentence | None]]] = {
    "sha256": (canonical_digest, faults.DIGEST_SHAPE),
    "subject": (canonical_name, faults.NAME_SHAPE),
    "issuer": (canonical_name, faults.NAME_SHAPE),
    "san": (str.casefold, None),
}


def read_certificates(reader: Reader, node: Node) -> tuple[CertificateMatch, ...]:
    """What certificates must have, one mapping each; one may stand alone."""
    items = (node,) if isinstance(node, Table) else reader.many(node, "`mtls`", single=False)
    found = (_read_certificate(reader, item) for item in items)
    return tuple(dict.fromkeys(one for one in found if one is not None))


def _read_certificate(reader: Reader, node: Node) -> CertificateMatch | None:
    fields = reader.fields(node, faults.A_CERTIFICATE, optional=_KEYS)
    if not fields.keys() & _TELLING:
        if isinstance(node, Table):
            reader.wrong(
                node.place, faults.NOTHING_TELLING, words=", ".join(key for key in _KEYS if key in _TELLING)
            )
        return None
    if fields.keys().isdisjoint({"sha256", "issuer"}):
        reader.warn(node.place, faults.NAME_ALONE)
    values = {key: _read_value(reader, key, value) for key, value in fields.items()}
    if None in values.values():
        return None
    return CertificateMatch(**{key: value for key, value in values.items() if value is not None})


def _read_value(reader: Reader, key: str, node: Node) -> str | None:
    text = reader.text(node, f"`{key}`")
    if text is None:
        return None
    canonical, hint = _READ[key]
    try:
        return canonical(text)
    except NotMeantError as error:
        reader.wrong(node.place, faults.NO_CERTIFICATE, hint, text=shown(text), why=error.why)
        return None
