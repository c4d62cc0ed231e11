"""A recorded decision made again, from its entry and the texts that it names: the same members, or what differs.

Theory of operation. The policy is compiled anew from the very files and the catalogue that the entry's ``policy`` names,
the modes are those of the event that put it into force, the origin's robots.txt is read from its kept text, and what
checks of identity and rates found is taken from the entry, since nobody can ask the world again. The request is judged
with that, and the judgement recorded as the gateway records it. What comes out must be the recorded entry, value for
value, also those that it commits to. Where the entry or a text does not tell enough, `NotKept` says so, and nothing is guessed.
"""

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

import msgspec

from gateway.judgement import Judgement, Version
from gateway.orders import Orders
from gateway.policy.kept import NotKept, Text, kept, policy_of
from gateway.policy.model import Policy
from gateway.policy.robots import RobotsFile
from gateway.rates.due import taken_by
from gateway.record import Compact, decision_entry, read
from gateway.record.terms import Terms, TermsError, is_document, read_terms
from gateway.seal.erasable import SALT
from gateway.statements.statement import Document, HostStatements, Published
from gateway.told.journal import Recorded, consulted, recorded, replayable
from gateway.told.trial import Trial
from gateway.value import changed
from gateway.vocabulary import Level, Mode, Sentence

_ERASED: Final = Sentence("siapa yang meminta sudah dihapus", "it was erased who asked")
_CUT: Final = Sentence(
    "entri itu dipotong pada bagian yang mungkin menentukan", "the entry was cut where that may have decided"
)
_LEFT_OUT: Final = Sentence(
    "entri itu tidak memuat hal yang mungkin menentukan", "the entry leaves out what may have decided"
)
_OF_ANOTHER_SITE: Final = Sentence(
    "ketentuan {digest} milik situs lain", "the terms {digest} are those of another site"
)
_TERMS_UNREADABLE: Final = Sentence(
    "daftar isi ketentuan {digest} tidak dapat dibaca", "the manifest of the terms {digest} cannot be read"
)
_ROBOTS: Final = Sentence("robots.txt", "robots.txt")
_TERMS: Final = Sentence("daftar isi ketentuan", "the manifest of the terms")

#: The mode of each host pattern when a policy was put into force.
Modes = Mapping[str, Mode]

#: Policies that are kept compiled.
_MOST: Final = 8
_encode = msgspec.json.Encoder(order="sorted").encode


class Difference(NamedTuple):
    """A member of an entry (``identity.kind``) as it was recorded, and as it comes out today; None where there is none."""

    member: str
    recorded: Any
    repeated: Any


class Repeater:
    """Makes decisions again by the texts of one journal."""

    def __init__(self, text: Text) -> None:
        self._text = text
        self._trials: dict[object, Trial] = {}
        self._published: dict[str, tuple[Terms, Published]] = {}

    def differences(self, entry: Mapping[str, Any], orders: Orders, modes: Modes) -> tuple[Difference, ...]:
        """What differs between a printed decision and the same made again; nothing, if every member is the same.

        ``orders`` are those in force at the entry. NotKept where the entry cannot be made again.
        """
        if "erased" in entry:
            raise NotKept(_ERASED)
        told = recorded(entry)
        if told is None:
            raise NotKept(_CUT)
        trial = self._trial(told, modes)
        if not replayable(told, trial):
            raise NotKept(_LEFT_OUT)
        robots = None if told.robots is None else RobotsFile(kept(told.robots, _ROBOTS, self._text))
        trial.robots, trial.orders = consulted(told, trial, robots), orders
        request = changed(told.request, client=changed(told.request.client, certain=told.certain))
        question, decision = trial.ask(
            request, told.at, told.rates, told.pseudonym, told.checks, near=told.near
        )
        terms, published = self._terms(entry["terms"])
        if terms.site != trial.policy.site:
            raise NotKept(_OF_ANOTHER_SITE.filled(digest=entry["terms"]))
        taken = taken_by(trial.policy, decision.license, request, told.at, told.rates)
        judgement = Judgement(
            entry["id"],
            told.at,
            request,
            question.identity,
            decision,
            Version(1, trial.policy, published),
            question.host,
            told.robots,
            question.rates,
            None if taken is None else taken.span.day,
            source=entry.get("source"),
        )
        again = decision_entry(judgement, Level(entry["durability"]), told.pseudonym, _salt)
        members = read(again.encode({}) if isinstance(again, Compact) else again, {})
        return tuple(_compared(_comparable(entry), _comparable(members)))

    def _trial(self, told: Recorded, modes: Modes) -> Trial:
        key = (told.policy, tuple(sorted(modes.items())))
        trial = self._trials.get(key)
        if trial is None:
            if len(self._trials) >= _MOST:
                self._trials.clear()
            trial = self._trials[key] = Trial(_in_mode(policy_of(told.policy, self._text), modes))
        return trial

    def _terms(self, digest: str) -> tuple[Terms, Published]:
        """What was stated, with the text of each document by its digest."""
        known = self._published.get(digest)
        if known is None:
            manifest = kept(digest, _TERMS, self._text)
            try:
                terms = read_terms(manifest)
            except TermsError as error:
                raise NotKept(_TERMS_UNREADABLE.filled(digest=digest)) from error
            hosts = {key: _stated(names, self._text) for key, names in terms.hosts.items()}
            if len(self._published) >= _MOST:
                self._published.clear()
            known = self._published[digest] = terms, Published(hosts, digest, manifest, {})
        return known


def _in_mode(policy: Policy, modes: Modes) -> Policy:
    hosts = (dataclasses.replace(host, mode=modes.get(host.pattern, host.mode)) for host in policy.hosts)
    return dataclasses.replace(policy, hosts=tuple(hosts))


def _stated(names: Mapping[str, str], text: Text) -> HostStatements:
    """The documents of a host whose texts are kept."""
    bodies = {path: text(digest) for path, digest in names.items() if is_document(path)}
    documents = {path: Document(path, "", body, "", 0) for path, body in bodies.items() if body is not None}
    return HostStatements(documents, None, None, None)


def _comparable(entry: Mapping[str, Any]) -> dict[str, Any]:
    """The members that a decision is made of, one by one. Its place in the journal is not among them, nor its form, nor that
    evidence was cut: the evidence is taken as it stands."""
    flat = dict(_flat("", {name: value for name, value in entry.items() if name not in _PLACE}))
    cut = [name for name in flat.pop("cut", ()) if name != "evidence"]
    return {**flat, "cut": cut} if cut else flat


def _flat(prefix: str, members: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in members.items():
        if isinstance(value, Mapping):
            yield from _flat(f"{prefix}{name}.", value)
        else:
            yield f"{prefix}{name}", value


def _compared(first: Mapping[str, Any], second: Mapping[str, Any]) -> Iterator[Difference]:
    for name in {**first, **second}:
        if name not in first or name not in second or _encode(first[name]) != _encode(second[name]):
            yield Difference(name, first.get(name), second.get(name))


def _salt() -> bytes:
    """The values are compared, not what is committed to."""
    return bytes(SALT)


_PLACE: Final = frozenset({"v", "time", "at", "site", "lane", "seq", "committed", "violation", "standing"})
