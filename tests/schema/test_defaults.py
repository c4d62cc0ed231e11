"""What editors and the manual say of defaults is what the readers do."""

import json
import re
from collections.abc import Iterator

from gateway.agents import catalogue
from gateway.policy.compile import compile_policy
from gateway.schema import FILES
from gateway.schema.shape import Chosen, Either, Keys, Listed, Shape


def written_out(members: object) -> bytes:
    """As YAML, in which `yes` and `no` stand without quotes."""
    return re.sub(r'"(yes|no)"', r"\1", json.dumps(members)).encode()


def defaults(shape: Shape) -> dict[str, object]:
    """The keys of a mapping that have a default, written out; those of a mapping in it too, where it needs no others."""
    assert isinstance(shape, Keys)
    found: dict[str, object] = {}
    for key in shape.rows:
        if key.default:
            found[key.name] = key.default
        elif isinstance(key.value, Keys) and not key.value.required and (below := defaults(key.value)):
            found[key.name] = below
    return found


def mappings(shape: Shape) -> Iterator[Keys]:
    match shape:
        case Keys():
            yield shape
            for key in shape.rows:
                yield from mappings(key.value)
        case Listed(inner) | Chosen(_, inner):
            yield from mappings(inner)
        case Either(choices):
            for choice in choices:
                yield from mappings(choice)


def meaning(value: object) -> str:
    """A part of a policy without where in which text it stands."""
    return re.sub(r"Place\([^)]*\)| at 0x[0-9a-f]+|sha256:[0-9a-f]+", "", repr(value))


def test_what_is_said_to_hold_by_default_does():
    """A policy that writes all defaults is the one that leaves them out."""
    site = {
        "site": "koran",
        "hosts": ["www.koran.example"],
        "origin": "http://127.0.0.1:8000",
        "rights": {
            "holder": "Koran",
            "notice": {"id": "Jangan", "en": "Do not"},
            "contact": "mailto:a@koran.example",
        },
        "uses": {"ai-train": "deny", "ai-input": "deny", "ai-index": "deny"},
        "tokens": {"endpoint": "yes"},
    }
    rate = {"limit": "30/minute"}
    rule = {"id": "pelan", "who": "tools", "where": ["/"], "verdict": "allow", "rate": rate}
    contract = {
        "license": "contoh",
        "licensee": "PT Contoh",
        "contract": {"number": "1"},
        "agents": ["ContohBot"],
        "proof": {"token": "yes"},
        "uses": ["ai-input"],
        "from": "2026-01-01",
        "until": "2099-01-01",
        "rate": rate,
    }
    agents = {"operator": "PT Contoh", "agents": [{"name": "ContohBot", "purpose": "ai-input"}]}

    def compiled(*, written: bool):
        named = {inner.name: inner for file in FILES.values() for inner in mappings(file.shape)}

        def filled(members, name):
            return (defaults(named[name]) if written else {}) | members

        files = {
            "site.yaml": filled(site | {"tokens": filled(site["tokens"], "tokens")}, "site"),
            "rules.yaml": {"rules": [filled(rule | {"rate": filled(rate, "rate")}, "rule")]},
            "licenses/contoh.yaml": filled(
                contract
                | {"rate": filled(rate, "license-rate"), "proof": filled(contract["proof"], "proof")},
                "license",
            ),
            "agents/contoh.yaml": agents,
        }
        return compile_policy({name: written_out(text) for name, text in files.items()}, catalogue())

    bare, whole = compiled(written=False), compiled(written=True)
    for name in ("zone", "hosts", "licenses", "audit", "tokens"):
        assert meaning(getattr(whole, name)) == meaning(getattr(bare, name)), name
