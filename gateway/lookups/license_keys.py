"""The folder of the keys that sign license tokens, and the register of what was signed.

Theory of operation. `signing.jwk` is the one private key in use; only `izin license` reads it. `public.jwks` has its public
part and those of keys before it, each with the instant at which it stops to count; a gateway reads that file alone, so
the private key need not lie on its machine. `issued.jsonl` has a line for each token, by its id and never the token
itself; `clients.json` has the secrets of licensees that fetch tokens, as scrypt leaves them. The folder is its owner's (0700), each file too (0600). What is written is whole or not there at all, a public
key before the private one that needs it.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

import msgspec

from gateway.files import put
from gateway.licenses.client import Secret
from gateway.licenses.token import SKEW, Keys, PublicKey, public_half, read_keys, write_keys

if TYPE_CHECKING:
    from joserfc.jwk import OKPKey

#: The folder within a policy's, hidden so that it is no part of the policy.
NAME: Final = ".keys"
PUBLIC: Final = "public.jwks"
SIGNING: Final = "signing.jwk"
ISSUED: Final = "issued.jsonl"
CLIENTS: Final = "clients.json"
_LOCK: Final = "lock"
#: Most octets that are read of a file of public keys.
_MOST: Final = 1 << 20


class KeyFolderError(Exception):
    """The folder cannot be used; the message and the hint are for whoever gave the command."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class Issued(msgspec.Struct, frozen=True):
    """A token that was issued: never the token itself. Instants are in microseconds since 1970, UTC."""

    id: str
    license: str
    issued: int
    ends: int
    key: str


class KeyFolder:
    """The keys of one site. Every method blocks; those that change something raise KeyFolderError."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def public(self) -> Keys:
        """The keys by which tokens are checked; none where no token was ever issued. OSError, or ValueError for a file
        that is damaged."""
        try:
            with (self.path / PUBLIC).open("rb") as file:
                return read_keys(file.read(_MOST))
        except FileNotFoundError:
            return {}

    def fingerprint(self) -> object:
        """What changes whenever the public keys do."""
        try:
            found = (self.path / PUBLIC).stat()
        except OSError as error:
            return error.errno
        return found.st_ino, found.st_size, found.st_mtime_ns

    @contextmanager
    def held(self) -> Iterator[None]:
        """The folder for one command at a time, made if it is not there."""
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle = os.open(self.path / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        except OSError as error:
            raise self._unusable(error) from None
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        except OSError as error:
            raise self._unusable(error) from None
        finally:
            os.close(handle)

    def signing(self) -> "OKPKey":
        """The key that signs, made by the first call. The folder is `held`."""
        from joserfc.errors import JoseError
        from joserfc.jwk import OKPKey

        path = self.path / SIGNING
        try:
            with path.open("rb") as file:
                if os.fstat(file.fileno()).st_mode & 0o077:
                    raise KeyFolderError(
                        f"others may read the key `{path}`", f"`chmod 600 {path}`, and think of a new key"
                    )
                return OKPKey.import_key(msgspec.json.decode(file.read(_MOST), type=dict))
        except FileNotFoundError:
            return self._new({})
        except (msgspec.MsgspecError, JoseError, ValueError):
            raise KeyFolderError(
                f"`{path}` holds no key", "put it back from a copy, or `izin license rotate-key`"
            ) from None

    def rotate(self, now: int) -> tuple["OKPKey", Keys]:
        """A new key signs from now on; those before it count until the last token that they have signed has ended.

        Gives the new key and all public ones. The folder is `held`.
        """
        ends: dict[str, int] = {}
        for one in self.issued():
            ends[one.key] = max(ends.get(one.key, 0), one.ends)
        kept = {
            name: PublicKey(public.key, _earlier(public.until, ends.get(name, now) + SKEW))
            for name, public in self._public().items()
        }
        kept = {name: public for name, public in kept.items() if public.until is None or public.until > now}
        return self._new(kept), self._public()

    def issued(self) -> list[Issued]:
        """Every token that was issued, the oldest first."""
        try:
            lines = _lines((self.path / ISSUED).read_bytes())
        except FileNotFoundError:
            return []
        except OSError as error:
            raise self._unusable(error) from None
        try:
            return [msgspec.json.decode(line, type=Issued) for line in lines if line]
        except msgspec.MsgspecError:
            raise KeyFolderError(
                f"`{self.path / ISSUED}` is damaged", "every line is one JSON object"
            ) from None

    def note(self, one: Issued) -> None:
        """Put a token into the register, before it is handed out. The folder is `held`."""
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        with os.fdopen(os.open(self.path / ISSUED, flags, 0o600), "r+b") as file:
            if file.seek(0, os.SEEK_END) and not _ends_a_line(file):
                file.seek(0)
                kept = b"".join(line + b"\n" for line in _lines(file.read()))
                file.seek(0)
                file.write(kept)
                file.truncate()
            file.write(msgspec.json.encode(one) + b"\n")
            file.flush()
            os.fsync(file.fileno())

    def secrets(self) -> list[Secret]:
        """The secrets with which licensees fetch tokens, as they are kept; the oldest first."""
        try:
            with (self.path / CLIENTS).open("rb") as file:
                return msgspec.json.decode(file.read(_MOST), type=list[Secret])
        except FileNotFoundError:
            return []
        except OSError as error:
            raise self._unusable(error) from None
        except msgspec.MsgspecError:
            raise KeyFolderError(f"`{self.path / CLIENTS}` is damaged", "put it back from a copy") from None

    def keep_secrets(self, secrets: list[Secret]) -> None:
        """Keep these secrets and no others. The folder is `held`."""
        put(self.path / CLIENTS, msgspec.json.encode(secrets) + b"\n", mode=0o600)

    def _public(self) -> Keys:
        try:
            return self.public()
        except ValueError:
            raise KeyFolderError(
                f"`{self.path / PUBLIC}` is damaged", "put it back from a copy: tokens are checked by it"
            ) from None

    def _new(self, kept: Keys) -> "OKPKey":
        from joserfc.jwk import OKPKey

        key = OKPKey.generate_key("Ed25519")
        name = key.thumbprint()
        public = {**(kept or self._public()), name: PublicKey(public_half(key), None)}
        private = msgspec.json.encode({**key.as_dict(private=True), "kid": name})
        put(self.path / PUBLIC, write_keys(public), mode=0o600)
        put(self.path / SIGNING, private, mode=0o600)
        return OKPKey.import_key(msgspec.json.decode(private, type=dict))

    def _unusable(self, error: OSError) -> KeyFolderError:
        return KeyFolderError(
            f"the keys in `{self.path}` cannot be used: {(error.strerror or 'unknown error').lower()}",
            "name a folder of this user's in IZIN_LICENSE_KEYS",
        )


def _ends_a_line(file: BinaryIO) -> bool:
    file.seek(-1, os.SEEK_END)
    return file.read(1) == b"\n"


def _lines(register: bytes) -> list[bytes]:
    """The lines of the register, but for one at its end that broke off, as on a full disk: that token was never handed out."""
    *lines, last = register.split(b"\n")
    with suppress(msgspec.MsgspecError):
        msgspec.json.decode(last, type=Issued)
        lines.append(last)
    return lines


def _earlier(one: int | None, other: int) -> int:
    return other if one is None else min(one, other)
