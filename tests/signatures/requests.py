"""Signed requests for the tests: as the vectors of the corpus tell them, and as a request of a door."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from gateway.request import SIGNED, Client, Request, fold_host, read_target
from gateway.signatures import Cause, Find, Found
from gateway.signatures.keys import Key, read_key_set

CORPUS = Path(__file__).parents[1] / "corpus" / "web-bot-auth"
CLIENT = Client("203.0.113.7", "203.0.113.0/24")


def vectors() -> Any:
    """The vectors of the corpus."""
    return json.loads((CORPUS / "vectors.json").read_text())


def request_of(told: dict[str, Any]) -> Request:
    """The request of a vector: method, absolute address and header lines."""
    parts = urlsplit(told["url"])
    fields: dict[str, str] = {}
    for name, value in told["headers"]:
        folded, text = name.lower(), value.strip()
        fields[folded] = f"{fields[folded]}, {text}" if folded in fields else text
    target = (parts.path or "/") + (f"?{parts.query}" if "?" in told["url"] else "")
    authority = fields["host"].lower()
    lines = [f"{name}: {value}".encode() for name, value in told["headers"]] if SIGNED in fields else []
    return Request(
        told["method"],
        parts.scheme,
        authority,
        fold_host(authority) or "",
        read_target(target.encode()),
        CLIENT,
        fields,
        None,
        lines,
    )


def keys_of(sets: Mapping[str, Mapping[str, Key]]) -> Find:
    """Finds keys in these directories; no others can be had."""

    def find(address: str, thumbprint: str) -> Found | Cause:
        keys = sets.get(address)
        if keys is None:
            return Cause.DISCOVERY_FAILED
        return Found(keys[thumbprint]) if thumbprint in keys else Cause.KEY_NOT_IN_DIRECTORY

    return find


def directories(told: dict[str, Any]) -> Find:
    """Finds keys in the directories whose answers are given."""
    return keys_of(
        {address: read_key_set(json.dumps(answer["body"]).encode()) for address, answer in told.items()}
    )
