"""The cast of `clients.yaml` as values, and whether each got what the policy says."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from gateway.demo.wire import Answer, Ask
from gateway.vocabulary import Sentence

HOST = "www.antara.example"


@dataclass(frozen=True, slots=True)
class Expectation:
    """What must come of a request: the status on the wire, and members of the entry about it.

    ``reason`` must be among the entry's reasons; ``answer`` maps header fields to a text that they hold.
    """

    status: int
    verdict: str
    kind: str
    rule: str | None
    assurance: str | None = None
    reason: str | None = None
    answer: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Client:
    """One scripted client and what it asks for; who asks several ``times`` is judged by the last answer."""

    id: str
    name: Sentence
    group: Sentence
    ask: Ask
    expect: Expectation
    times: int = 1


def cast() -> tuple[Client, ...]:
    """Every scripted client, in the order in which they come on."""
    text = (Path(__file__).parent / "clients.yaml").read_text("utf-8")
    return tuple(
        _client(Sentence(**group["group"]), client)
        for group in yaml.safe_load(text)
        for client in group["clients"]
    )


def _client(group: Sentence, text: Mapping[str, Any]) -> Client:
    method, target = text["asks"].split(" ")
    headers = {"Host": text.get("host", HOST), "User-Agent": text["user-agent"], **text.get("headers", {})}
    headers.setdefault("Accept", "*/*")
    ask = Ask(
        target, method, tuple(headers.items()), text.get("body", "").encode(), text.get("from", "127.0.0.1")
    )
    return Client(
        text["id"], Sentence(**text["name"]), group, ask, Expectation(**text["expect"]), text.get("times", 1)
    )


def differences(expect: Expectation, answer: Answer, entry: Mapping[str, Any] | None) -> Iterator[str]:
    """What is not as expected, in the words `what: expected, got`; nothing where all is well.

    ``entry`` is the decision in the journal, None where it holds none for this request.
    """
    yield from _difference("status", expect.status, answer.status)
    for name, text in (expect.answer or {}).items():
        found = answer.header(name)
        if found is None or text not in found:
            yield f"{name}: expected `{text}`, got `{found}`"
    if entry is None:
        yield "journal: expected a decision, found none"
        return
    yield from _difference("verdict", expect.verdict, entry["verdict"])
    yield from _difference("rule", expect.rule, entry["rule"])
    yield from _difference("kind", expect.kind, entry["identity"]["kind"])
    if expect.assurance is not None:
        yield from _difference("assurance", expect.assurance, entry["identity"]["assurance"])
    if expect.reason is not None and expect.reason not in entry["reasons"]:
        yield f"reasons: expected `{expect.reason}` among them, got {', '.join(entry['reasons'])}"


def _difference(what: str, expected: object, found: object) -> Iterator[str]:
    if expected != found:
        yield f"{what}: expected {expected}, got {found}"
