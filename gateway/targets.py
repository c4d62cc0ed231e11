"""Where entries can be shipped to, by the scheme of the address: each has a sink in `gateway.audit.sinks`."""

from importlib.util import find_spec
from typing import Final
from urllib.parse import parse_qsl, urlsplit

SCHEMES: Final = ("file", "http", "https", "postgresql", "clickhouse", "clickhouse+https")
#: Where the password is, by the schemes of databases.
_DATABASES: Final = {
    "postgresql": "put it into a file that PGPASSFILE names",
    **dict.fromkeys(("clickhouse", "clickhouse+https"), "use a token file"),
}
#: What has to be installed besides, as module and extra.
_NEEDS: Final = {"postgresql": ("asyncpg", "postgres")}
#: Parameters of an address that would be a secret (libpq).
_SECRET: Final = frozenset({"password", "sslpassword"})


def check_target(url: str) -> str:
    """The address as it is; ValueError, worded for people, if nothing can be shipped there."""
    scheme, separator, rest = url.partition("://")
    if not separator or scheme not in SCHEMES:
        known = ", ".join(f"`{name}://…`" for name in SCHEMES)
        raise ValueError(f"`{url}` is none of {known}")
    if not rest.strip("/") or not url.isprintable() or " " in url:
        raise ValueError(f"`{url}` is no address")
    if scheme in _DATABASES:
        _check_database(url)
    elif scheme != "file" and "@" in rest.partition("/")[0]:
        raise ValueError("a password in an address stands in the list of processes: use a token file")
    if scheme == "file" and not rest.startswith("/"):
        raise ValueError(f"`{url}`: write the whole path, `file:///var/log/izin.jsonl`")
    return url


def _check_database(url: str) -> None:
    parts = urlsplit(url)
    module, extra = _NEEDS.get(parts.scheme, ("", ""))
    if parts.password is not None or not _SECRET.isdisjoint(name for name, _ in parse_qsl(parts.query)):
        raise ValueError(
            f"a password in an address stands in the list of processes: {_DATABASES[parts.scheme]}"
        )
    if module and find_spec(module) is None:
        raise ValueError(f"`{parts.scheme}://…` needs {module}: `pip install 'izin[{extra}]'`")
