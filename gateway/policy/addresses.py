"""Addresses that a policy names: of hosts, of the origin, of the rights holder."""

import re
from typing import Final
from urllib.parse import SplitResult, urlsplit

from gateway.policy.faults import site as faults
from gateway.policy.faults.values import DID_YOU_MEAN
from gateway.policy.model import Origin
from gateway.policy.reader import Reader, What
from gateway.policy.source import Node, shown
from gateway.request import fold_host

_PORTS: Final = {"http": 80, "https": 443}
_URL = re.compile(
    r"[!#-;=?-Z\[\]_a-z~%]+"
)  # printable ASCII that needs no escaping in a header field or a page
_MAIL = re.compile(r"mailto:[A-Za-z0-9.!#$%&'*+/=?^_{|}~-]{1,64}@([A-Za-z0-9.-]{1,253})", re.IGNORECASE)
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
#: Words and names by which people mark what is still to be filled in. `*.example` is not among them: it is what
#: worked examples are written with.
_PLACEHOLDER = re.compile(
    r"todo|fixme|ganti|changeme|change-me|isi-?(di)?sini|xxx+|placeholder|your[-_.]?\w*|alamat[-_]?anda|"
    r"(\w+\.)*(example|contoh|domain)\.(com|net|org|id|co\.id)",
    re.IGNORECASE,
)


def is_placeholder(text: str) -> bool:
    """Whether a text is nothing but a mark for what is still to be filled in."""
    return _PLACEHOLDER.fullmatch(text) is not None


def read_contact(reader: Reader, node: Node) -> str | None:
    """The address at which permission is asked for: mailto: or https:, and no placeholder."""
    text = reader.text(node, "`contact`", 500)
    if text is None:
        return None
    words = re.split(r"[^A-Za-z0-9._-]+", text.removeprefix("mailto:"))
    if "<" in text or any(_PLACEHOLDER.fullmatch(word) for word in words):
        reader.wrong(node.place, faults.PLACEHOLDER_CONTACT, text=shown(text))
        return None
    mail = _MAIL.fullmatch(text)
    if mail and _is_name(mail.group(1).lower()):
        return text
    url = _split(text)
    if url is None or url.scheme != "https":
        meant = DID_YOU_MEAN.filled(word=f"mailto:{shown(text)}")
        hint = meant if _MAIL.fullmatch(f"mailto:{text}") else None
        reader.wrong(node.place, faults.NO_CONTACT, hint, text=shown(text))
        return None
    return text


def read_url(reader: Reader, node: Node, what: What) -> str | None:
    """An http: or https: address of a page."""
    text = reader.text(node, what, 500)
    if text is None:
        return None
    url = _split(text)
    if url is None or url.scheme not in _PORTS:
        reader.wrong(node.place, faults.NO_PAGE, what=what, text=shown(text))
        return None
    return text


def read_origin(reader: Reader, node: Node) -> Origin | None:
    """Where the site itself listens: scheme, host and port, nothing else."""
    text = reader.text(node, "`origin`", 500)
    if text is None:
        return None
    url = _split(text)
    if url is None or url.scheme not in _PORTS:
        reader.wrong(node.place, faults.NO_ORIGIN, text=shown(text))
        return None
    if url.path not in {"", "/"} or url.query or url.fragment:
        reader.wrong(node.place, faults.ORIGIN_PATH, text=shown(text))
        return None
    assert url.hostname is not None
    return Origin(url.scheme, url.hostname, url.port or _PORTS[url.scheme])


def read_host(reader: Reader, node: Node) -> str | None:
    """A host name, or `*.` and a host name, in lower case."""
    text = reader.text(node, faults.A_HOST, 255)
    if text is None:
        return None
    if "." not in text and is_placeholder(text):
        reader.wrong(node.place, faults.PLACEHOLDER_HOST, text=shown(text))
        return None
    name = text.lower().removesuffix(".")
    wanted = name.removeprefix("*.")
    if _is_name(wanted) and not (name.startswith("*.") and _is_address(wanted)):
        return name
    hint = None
    if "://" in text or "/" in text:
        hint = faults.HOST_ALONE
    elif not text.isascii():
        hint = faults.HOST_PUNYCODE
    elif re.fullmatch(r"[^:]*:[0-9]*", text):
        hint = faults.HOST_WITHOUT_PORT
    reader.wrong(node.place, faults.NO_HOST, hint, text=shown(text))
    return None


def _split(text: str) -> SplitResult | None:
    """The parts of an absolute address with a proper host and no user name, or None."""
    if not _URL.fullmatch(text):
        return None
    try:
        url = urlsplit(text)
        host, port = url.hostname, url.port
    except ValueError:
        return None
    if not host or "@" in url.netloc or port == 0:
        return None
    if not (_is_name(host) or (url.netloc.startswith("[") and fold_host(f"[{host}]"))):
        return None
    return url


def _is_name(name: str) -> bool:
    return fold_host(name) == name and all(_LABEL.fullmatch(label) for label in name.split("."))


def _is_address(name: str) -> bool:
    return all(label.isdigit() for label in name.split("."))
