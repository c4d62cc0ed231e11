"""Months of a news site as its journal would have them: readers, crawlers with and without permission, liars, cases, terms.

Nine readers come to one machine. Pages have a long tail: few are read by most, and crawlers take the archive page by page.
Every hour tells how many readers AI services sent back; some readers take more than anybody reads; the policy changes once.
"""

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import msgspec

from gateway.audit.texts import Texts
from gateway.audit.volume import LIGHT, entries_of, groups
from gateway.identify.identity import Evidence
from gateway.instants import DAY, SECOND, rfc3339, utc
from gateway.judgement import Judgement, Version
from gateway.policy.model import Policy
from gateway.proxy.ids import Ids
from gateway.proxy.versions import described
from gateway.record import Compact, event_entry
from gateway.request import Client, read_target
from gateway.seal.erasable import SALT
from gateway.statements import publish
from gateway.told.asking import first_host, request_of
from gateway.told.trial import Trial
from gateway.vocabulary import Assurance, Audience, Kind, Reason, Verdict

#: Who comes, in hundredths.
SHARES: Final = {"people": 84.0, "ai": 8.0, "welcome": 5.0, "licensee": 1.5, "tools": 1.0, "impostors": 0.5}
#: Pages of the archive, and readers' favourites among them.
ARCHIVE: Final = 600_000
READ: Final = 100_000
SECTIONS: Final = ("berita", "berita", "berita", "foto", "arsip", "en")
#: Requests between two readers who take more than anybody reads.
_CASES: Final = 40_000
_HOUR: Final = 3_600 * SECOND
#: Who proves the license of the reference policy, and how.
_LICENSEE: Final = ("ContohBot/1.0", "127.0.0.2")
_TOOLS: Final = ("curl/8.5.0", "python-requests/2.32.3", "Go-http-client/2.0")

_Timed = tuple[int, bytes | Compact]


def entries(
    folder: Path, policies: tuple[Policy, Policy], requests: int, since: int, until: int
) -> Iterator[_Timed]:
    """The entries of so many requests from ``since`` until ``until`` (µs UTC), under the first policy and then the other; the
    texts that they name are kept in the journal's ``folder``."""
    made = [_Version(folder, number, policy, since) for number, policy in enumerate(policies, 1)]
    chance, new_id = random.Random(1), Ids()
    who, shares = list(SHARES), list(SHARES.values())
    yield since, _event(new_id, since, "start", {"software": "izin", "lane": "bench"})
    yield since, _event(new_id, since, "policy", made[0].said)
    now, hour = made[0], since
    for number in range(requests):
        at = since + number * (until - since) // requests
        if now is made[0] and 2 * number >= requests:
            now = made[1]
            yield at, _event(new_id, at, "policy", now.said)
        if at - hour >= _HOUR:
            hour = at
            yield at, _event(new_id, at, "referrals", _referrals(chance, at))
        if number % _CASES == _CASES - 1:
            yield at, _event(new_id, at, "case", _case(chance, new_id, at))
        name = chance.choices(who, shares)[0]
        judgement = _elsewhere(chance.choice(now.made[name]), _page(chance, name), number)
        for entry in entries_of(msgspec.structs.replace(judgement, id=new_id(at), at=at)):
            yield at, entry


class _Version:
    """A policy, what of it is put on record, and judgements of everybody under it."""

    def __init__(self, folder: Path, number: int, policy: Policy, now: int) -> None:
        published = publish(policy, utc(now))
        version, trial = Version(number, policy, published), Trial(policy)
        Texts(folder).keep(published.texts)
        self.said = described(version)
        self.made: dict[str, list[Judgement]] = {
            audience.value: judgements for audience, judgements in groups(policy, published, LIGHT).items()
        }
        self.made["licensee"] = [_judged(version, trial, *_LICENSEE, now)]
        self.made["tools"] = [_judged(version, trial, name, "203.0.113.9", now) for name in _TOOLS]
        self.made["impostors"] = [_belied(one) for one in self.made[Audience.WELCOME.value][:5]]


def _judged(version: Version, trial: Trial, agent: str, address: str, now: int) -> Judgement:
    client = Client(address, f"{address}/32")
    host = first_host(version.policy)
    request = request_of("GET", host, b"/berita/1/", client, {"user-agent": agent})
    question, decision = trial.ask(request, now)
    return Judgement("0" * 26, now, request, question.identity, decision, version, question.host)


def _belied(judgement: Judgement) -> Judgement:
    """The same client, had its address proved it a liar."""
    identity = msgspec.structs.replace(
        judgement.identity,
        kind=Kind.IMPOSTORS,
        assurance=Assurance.CONTRADICTED,
        evidence=(Evidence("ranges", Reason.ADDRESS_NOT_PUBLISHED, "203.0.113.9"),),
    )
    decision = msgspec.structs.replace(
        judgement.decision,
        verdict=Verdict.DENY,
        status=403,
        rule="impostors",
        reasons=(Reason.CLAIM_CONTRADICTED,),
        audience=Audience.AI,
    )
    return msgspec.structs.replace(judgement, identity=identity, decision=decision)


def _page(chance: random.Random, name: str) -> int:
    """Few pages are read by most, and most of the archive by few; who crawls takes any."""
    if name == "people" or chance.random() < 0.5:
        return int(chance.paretovariate(0.5)) % READ
    return chance.randrange(ARCHIVE)


def _elsewhere(judgement: Judgement, page: int, number: int) -> Judgement:
    """The same judgement about another page; readers from a network of their own."""
    path = f"/{SECTIONS[page % len(SECTIONS)]}/{4_800_000 + page}/".ljust(LIGHT.path, "a")
    request = msgspec.structs.replace(judgement.request, target=read_target(path.encode()))
    if judgement.identity.kind is Kind.PEOPLE:
        network = f"203.0.{number % 251}"
        client = Client(f"{network}.{number % 253}", f"{network}.0/24")
        request = msgspec.structs.replace(request, client=client)
    return msgspec.structs.replace(judgement, request=request)


def _event(new_id: Ids, at: int, name: str, details: dict[str, Any]) -> bytes:
    return event_entry(new_id(at), at, name, details, lambda: bytes(SALT))


def _referrals(chance: random.Random, at: int) -> dict[str, Any]:
    readers = {name: chance.randrange(1, 30) for name in ("ChatGPT", "Gemini", "Perplexity", "Copilot")}
    return {"since": rfc3339(at - _HOUR), "until": rfc3339(at), "readers": readers}


def _case(chance: random.Random, new_id: Ids, at: int) -> dict[str, Any]:
    address = f"198.51.100.{chance.randrange(256)}"
    return {
        "case": new_id(at),
        "pseudonym": "c2FtYXJhbi1wZW1i",
        "network": "198.51.100.0/24",
        "address": address,
        "articles": 501,
        "threshold": 500,
        "until": rfc3339(at + 30 * DAY),
    }
