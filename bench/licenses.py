"""How much CPU a license token costs: `python bench/licenses.py`.

Prints microseconds of CPU a request for all that the gateway computes about it (judge, answer, entry), the best of seven
passes: for a welcome crawler that is let pass, and for a licensee whose token was seen before and was not, under policies
with 1 to 1,000 licenses; and for a licensee with a rate and a quota besides. Each request of a licensee has another target.
"""

import sys
import tempfile
from collections.abc import Callable, Iterable
from itertools import islice
from pathlib import Path
from time import process_time

from joserfc.jwk import OKPKey

from gateway.agents import Agent, catalogue
from gateway.audit.salts import new_salt
from gateway.enforce import answer_to
from gateway.identify import license_token
from gateway.instants import DAY, instant
from gateway.judgement import Judgement
from gateway.licenses.proof import Proof
from gateway.licenses.token import Token, sign
from gateway.lookups.license_keys import KeyFolder
from gateway.lookups.license_tokens import LicenseTokens
from gateway.lookups.resolver import Resolver
from gateway.policy.paths import Pattern
from gateway.proxy.ids import Ids
from gateway.proxy.judge import Judge
from gateway.rates.quota import Period, Quota
from gateway.rates.rate import Rate, Unit
from gateway.record import decision_entry
from gateway.request import Client, Request, read_target
from gateway.vocabulary import By, Level, Purpose, Use
from tests import sites

NOW = instant(sites.NOON)
CLIENT = Client("203.0.113.7", "203.0.113.0/24")
HOST = "www.antara.example"
#: A small partner's crawler: it is in no catalogue and publishes no addresses, so that its token is all there is.
CONTOH = Agent(name="ContohBot", operator="PT Contoh AI", match=("ContohBot",), purpose=Purpose.AI_INPUT)
#: As many as it likes, so that each request is counted and none refused.
RATE = Rate(1_000_000, Unit.MINUTE, 1_000_000, By.LICENSE)
QUOTA = Quota(1_000_000_000, Period.MONTH)
TIMES, PASSES = 2_000, 7
#: What the issue allows over an unlicensed request, in microseconds.
CACHED, UNCACHED = 60, 250


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        keys = KeyFolder(Path(folder))
        with keys.held():
            key = keys.signing()
        print(
            f"{'licenses':>8} {'let pass':>9} {'cached':>9} {'counted':>9} {'new':>9}   microseconds of CPU a request"
        )
        worst = [0.0, 0.0]
        for count in (1, 10, 100, 1_000):
            passed, cached, new = measured(count, Path(folder), key)
            _, counted, _ = measured(count, Path(folder), key, rate=RATE, quota=QUOTA)
            worst = [max(worst[0], cached - passed, counted - passed), max(worst[1], new - passed)]
            print(f"{count:>8} {passed:>9.1f} {cached:>9.1f} {counted:>9.1f} {new:>9.1f}")
        print(f"over a request let pass: {worst[0]:.1f} with a token seen before (at most {CACHED}),")
        print(f"                         {worst[1]:.1f} with a new one (at most {UNCACHED})")
    return int(worst[0] > CACHED or worst[1] > UNCACHED)


def measured(
    count: int, keys: Path, key: OKPKey, *, rate: Rate | None = None, quota: Quota | None = None
) -> tuple[float, float, float]:
    """Microseconds for a request let pass, with a token seen before, and with a new one; ``rate`` and ``quota`` are those of
    each license."""
    registry = catalogue().with_([CONTOH])
    agents = [agent.name for agent in catalogue() if agent.match]
    licenses = [
        sites.license_(
            f"lisensi-{number}",
            [agents[number % len(agents)] if number else CONTOH.name],
            proof=Proof(token=True),
            on=(Pattern("/berita/"),),
            uses=frozenset({Use.ALL}),
            rate=rate,
            quota=quota,
        )
        for number in range(count)
    ]
    version = sites.version(sites.policy(licenses=licenses, agents=registry))
    tokens = LicenseTokens(keys, lambda: NOW)
    resolver = Resolver({}, lambda _host, _name: None, lambda: 0.0, {license_token.NAME: tokens.get})
    judge = Judge(version, resolver, clock=lambda: NOW, new_id=Ids())

    def handled(request: Request) -> None:
        judged = judge(request)
        assert isinstance(judged, Judgement)
        assert not judged.decision.refuses
        answer_to(judged)
        decision_entry(judged, Level.DURABLE, "", new_salt)

    texts = [
        sign(
            Token(f"T{number}", version.policy.site, "lisensi-0", (HOST,), (Use.ALL,), NOW, NOW, NOW + DAY),
            key,
        )
        for number in range(TIMES)
    ]
    return (
        best(handled, [request("Feedly/1.0")] * TIMES),
        best(handled, [request("ContohBot/1.0", texts[0], f"/berita/{number}") for number in range(TIMES)]),
        best(handled, (request("ContohBot/1.0", text) for text in texts), passes=1),
    )


def request(user_agent: str, token: str | None = None, path: str = "/berita/1") -> Request:
    fields = (
        {"user-agent": user_agent}
        if token is None
        else {"user-agent": user_agent, "authorization": f"License {token}"}
    )
    return Request("GET", "https", HOST, HOST, read_target(path.encode()), CLIENT, fields)


def best(handle: Callable[[Request], None], requests: Iterable[Request], passes: int = PASSES) -> float:
    """Microseconds of CPU a request: the best of some passes, the first request left out."""
    every = list(requests)
    handle(every[0])
    found = []
    for _ in range(passes):
        start = process_time()
        for one in islice(every, 1, None):
            handle(one)
        found.append((process_time() - start) / (len(every) - 1) * 1e6)
    return min(found)


if __name__ == "__main__":
    sys.exit(main())
