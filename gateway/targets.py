"""Where entries can be shipped to, by the scheme of the address: each has a sink in `gateway.audit.sinks`."""

from typing import Final

SCHEMES: Final = ("file", "http", "https")


def check_target(url: str) -> str:
    """The address as it is; ValueError, worded for people, if nothing can be shipped there."""
    scheme, separator, rest = url.partition("://")
    if not separator or scheme not in SCHEMES:
        known = ", ".join(f"`{name}://…`" for name in SCHEMES)
        raise ValueError(f"`{url}` is none of {known}")
    if not rest or not url.isprintable() or " " in url:
        raise ValueError(f"`{url}` is no address")
    if scheme != "file" and "@" in rest.partition("/")[0]:
        raise ValueError("a password in an address stands in the list of processes: use a token file")
    if scheme == "file" and not rest.startswith("/"):
        raise ValueError(f"`{url}`: write the whole path, `file:///var/log/izin.jsonl`")
    return url
