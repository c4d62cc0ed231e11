"""TLS on the listener: a certificate and its key, read from two files and read anew when these change.

Theory of operation. A listener keeps one context for all its life; as each handshake begins, the connection is given the
context that was made of the newest good pair. So a renewed certificate counts from the next connection on, those under way
go on, and a pair that does not fit together, as while one of the two files is already new, never replaces one that does.
"""

import ssl
from contextlib import suppress
from pathlib import Path
from typing import Final

#: The only protocol that is offered (RFC 7301); HTTP/2 lives in front.
ALPN: Final = ("http/1.1",)

_Stamp = tuple[tuple[int, int, int], ...]


class CertificateError(Exception):
    """A certificate or key that cannot be used, in words for people; ``hint`` says what to do."""

    def __init__(self, text: str, hint: str) -> None:
        super().__init__(text)
        self.hint = hint


class ServerCertificate:
    """The certificate chain and the private key of a listener, both PEM, by the paths of their files.

    ``context`` is what connections begin with. TLS 1.2 and 1.3, no compression, no renegotiation.
    """

    def __init__(self, chain: Path, key: Path) -> None:
        """Raises CertificateError where the pair cannot be used."""
        self._chain, self._key = chain, key
        self._stamp = self._look()
        self._newest = self._load()
        self.context = self._load()
        self.context.sni_callback = self._begin

    def changed(self) -> bool:
        """Whether the files are others than those that were read last; blocks for as long as the disk takes."""
        return self._look() != self._stamp

    def reload(self) -> None:
        """Read the files anew, for connections to come; blocks. Raises CertificateError, and then all stays as it was."""
        self._stamp = self._look()
        self._newest = self._load()

    def _begin(self, connection: ssl.SSLObject, _name: str | None, _context: ssl.SSLContext) -> None:
        connection.context = self._newest

    def _look(self) -> _Stamp:
        found = []
        for path in (self._chain, self._key):
            with suppress(OSError):
                known = path.stat()
                found.append((known.st_ino, known.st_size, known.st_mtime_ns))
        return tuple(found)

    def _load(self) -> ssl.SSLContext:
        for path in (self._chain, self._key):
            try:
                path.read_bytes()
            except OSError as error:
                raise _unreadable(f"`{path}`", error) from None
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.options |= ssl.OP_NO_RENEGOTIATION
        context.set_alpn_protocols(list(ALPN))
        try:
            context.load_cert_chain(self._chain, self._key, password=_no_password)
        except _PasswordError:
            raise CertificateError(f"the key in `{self._key}` is locked by a password", _UNLOCK) from None
        except ssl.SSLError as error:
            if error.reason in _MISMATCH:
                raise CertificateError(
                    f"the key in `{self._key}` is not the one of the certificate in `{self._chain}`", _PAIR
                ) from None
            raise CertificateError(
                f"`{self._chain}` and `{self._key}` are no certificate and key in PEM", _PEM
            ) from None
        except OSError as error:  # gone meanwhile; which of them OpenSSL does not say
            raise _unreadable(f"`{self._chain}` or `{self._key}`", error) from None
        return context


def _unreadable(what: str, error: OSError) -> CertificateError:
    why = (error.strerror or "unknown error").lower()
    return CertificateError(f"{what} cannot be read: {why}", _HINTS.get(type(error), _READ))


class _PasswordError(ValueError):
    """A key is locked: nobody is there to be asked."""


def _no_password() -> str:
    raise _PasswordError


_MISMATCH: Final = frozenset({"KEY_VALUES_MISMATCH", "KEY_TYPE_MISMATCH"})
_READ: Final = "see `--tls-cert` and `--tls-key`"
_PAIR: Final = "name the two files that were made together: `--tls-cert fullchain.pem --tls-key privkey.pem`"
_UNLOCK: Final = (
    "`openssl pkey -in FILE -out OPEN` makes one without; give it to the gateway alone (chmod 600)"
)
_PEM: Final = "`openssl x509 -in FILE` and `openssl pkey -in FILE` say what they are; the site's certificate comes first"
_HINTS: Final = {
    PermissionError: "the user that the gateway runs as must be able to read it, and others need not: chmod 640, and a group of its own",
    FileNotFoundError: _READ,
}
