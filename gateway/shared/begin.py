"""How sharing begins: what it needs and does not have is said before anything is served."""

import ssl
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from gateway.audit.journal import Journal
from gateway.shared.address import RedisAddress

if TYPE_CHECKING:
    from gateway.shared.state import SharedState


class SharedError(ValueError):
    """Nothing can be shared: what is wrong, in words for people, and a hint."""

    def __init__(self, what: str, hint: str) -> None:
        super().__init__(what)
        self.hint = hint


class Sharing(NamedTuple):
    """Where the shared state is, the file whose first line is its password, and that of the authorities (PEM) that vouch for
    it; None where there is none."""

    addresses: tuple[RedisAddress, ...]
    password_file: Path | None = None
    ca: Path | None = None


NOT_SHARED: Final = Sharing(())


def check(sharing: Sharing) -> None:
    """Whether it could begin. SharedError if not."""
    if sharing.addresses and find_spec("hiredis") is None:
        raise SharedError("`--redis` needs a package that is not installed", "pip install 'izin[redis]'")
    _password(sharing)
    try:
        tls_of(sharing)
    except OSError as error:
        said = error.strerror or "it holds no certificate"
        raise SharedError(f"the authorities in `{sharing.ca}` cannot be used: {said}", "a PEM file") from None


async def begin(journal: Journal, sharing: Sharing) -> "SharedState | None":
    """Count and know with others from now on, if there are any. The journal's lane is written by this process."""
    if not sharing.addresses:
        return None
    from gateway.shared.state import SharedState

    shared = SharedState(journal, sharing.addresses, _password(sharing), tls_of(sharing))
    await shared.open()
    return shared


def _password(sharing: Sharing) -> str:
    path = sharing.password_file
    if path is None:
        return next((one.password for one in sharing.addresses if one.password), "")
    try:
        line = path.read_text("utf-8").partition("\n")[0].strip()
    except (OSError, UnicodeDecodeError) as error:
        said = getattr(error, "strerror", None) or "it is no text"
        raise SharedError(
            f"the password in `{path}` cannot be read: {said}", "its first line is it"
        ) from None
    if not line or not line.isprintable():
        raise SharedError(f"the first line of `{path}` is no password", "printable characters")
    return line


def tls_of(sharing: Sharing) -> ssl.SSLContext | None:
    """How servers are met by TLS, None where none is. OSError where the authorities cannot be read."""
    if not any(one.tls for one in sharing.addresses):
        return None
    return ssl.create_default_context(cafile=sharing.ca)
