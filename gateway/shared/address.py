"""Where the shared state is: `redis://…`, `rediss://…` or `unix://…`, as an operator writes it."""

import re
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import parse_qsl, unquote, urlsplit

PORT: Final = 6379
PATIENCE: Final = 0.05
#: Databases that a server may be made to have.
_MOST_DATABASES: Final = 16_384
_SCHEMES: Final = ("redis", "rediss", "unix")
_CREDENTIALS: Final = re.compile(r"(?<=://).*@")


@dataclass(frozen=True, slots=True)
class RedisAddress:
    """One server: with a ``path`` a Unix socket, else ``host`` and ``port``, by TLS where ``tls``.

    As text it never says the password.
    """

    host: str
    port: int
    path: str = ""
    tls: bool = False
    database: int = 0
    user: str = ""
    password: str = field(default="", repr=False)
    #: Seconds that an answer may take.
    patience: float = PATIENCE

    def __str__(self) -> str:
        if self.path:
            return f"unix://{self.path}"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'rediss' if self.tls else 'redis'}://{host}:{self.port}"


def parse_redis(text: str) -> tuple[RedisAddress, ...]:
    """Addresses separated by blanks: of the same data, the first that is no replica is used. Raises ValueError in the writer's
    words, without a password."""
    return tuple(dict.fromkeys(map(_address, text.split())))


def _address(text: str) -> RedisAddress:
    shown = _CREDENTIALS.sub("…@", text)
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise ValueError(f"`{shown}` is not an address such as `redis://127.0.0.1:{PORT}`") from None
    if parts.scheme not in _SCHEMES or not text.isprintable():
        known = ", ".join(f"`{scheme}://…`" for scheme in _SCHEMES)
        raise ValueError(f"`{shown}` is none of {known}")
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    patience = _patience(options.pop("timeout", ""), shown)
    if parts.scheme == "unix":
        database = options.pop("db", "")
        if not parts.path or host or port or options or parts.fragment:
            raise ValueError(f"`{shown}`: write the whole path, `unix:///run/redis/redis.sock`")
        return RedisAddress("", 0, parts.path, False, _database(database, shown), user, password, patience)
    if not host or options or parts.fragment:
        raise ValueError(f"`{shown}` is not an address such as `redis://127.0.0.1:{PORT}`")
    return RedisAddress(
        host,
        PORT if port is None else port,
        tls=parts.scheme == "rediss",
        database=_database(parts.path.removeprefix("/"), shown),
        user=user,
        password=password,
        patience=patience,
    )


def _patience(text: str, shown: str) -> float:
    if not text:
        return PATIENCE
    if not re.fullmatch(r"[0-9]{1,2}(\.[0-9]{1,3})?", text) or not 0.005 <= float(text) <= 10:
        raise ValueError(f"`{shown}`: a timeout is seconds from 0.005 to 10, such as `?timeout=0.1`")
    return float(text)


def _database(text: str, shown: str) -> int:
    if not text:
        return 0
    if not re.fullmatch("[0-9]{1,5}", text) or int(text) >= _MOST_DATABASES:
        raise ValueError(f"`{shown}`: a database has a number, such as `redis://127.0.0.1:{PORT}/1`")
    return int(text)
