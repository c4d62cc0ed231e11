"""How long a judgement takes: `python bench/decide.py`.

Prints microseconds of CPU a request, the best of five passes: `decide` alone, and identify with decide for a client whose
User-Agent is remembered (warm) and for one never seen before (cold), under policies of 10, 1,000 and 10,000 rules. A
tenth of the rules has a `*`. `table` is the short form of it, with 100 and 10,000 agents.
"""

import sys
from collections.abc import Callable, Iterable, Iterator
from itertools import cycle, islice
from pathlib import Path
from time import process_time
from typing import Any

from msgspec.structs import replace

from gateway.agents import Registry, catalogue
from gateway.decide import decide
from gateway.decision import Question
from gateway.identify import identify
from gateway.identify.claim import Claims
from gateway.policy.compile import compile_policy
from gateway.policy.model import Policy
from gateway.request import Client, Request, read_target

SITE = Path(__file__).parent.parent / "policies" / "antara"
PASS = 4_000
NOW = 1_795_410_000_000_000
WHO = {
    "people": (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:131.0) Gecko/20100101 Firefox/131.0",
        "203.0.113.7",
    ),
    "search": ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "203.0.113.7"),
    "ai": ("Mozilla/5.0 (compatible; GPTBot/1.3; +https://openai.com/gptbot)", "203.0.113.7"),
    "licensee": ("ContohBot/1.0", "127.0.0.2"),
    "tools": ("curl/8.5.0", "203.0.113.7"),
}
#: A page as most are, one with a query, and one whose readings differ.
TARGETS = {
    "plain": b"/berita/2026/11/24/judul-berita",
    "query": b"/berita/1?id=2&page=3",
    "odd": b"//berita/%2e/1;v=1",
}


def policy(rules: int, agents: Registry | None = None) -> Policy:
    """The reference policy with so many rules about everyone and tools, none of which matches."""
    files = {str(path.relative_to(SITE)): path.read_bytes() for path in SITE.rglob("*.yaml")}
    lines = [
        f"  - {{id: r-{n}, who: {('everyone', 'tools')[n % 2]}, where: ['/tutup/{n}/{'*/x' if n % 10 == 0 else ''}'], verdict: deny}}"
        for n in range(rules)
    ]
    files["rules.yaml"] = "\n".join(["rules:", *lines]).encode()
    return compile_policy(files, agents or catalogue())


def registry(size: int) -> Registry:
    """So many agents: GPTBot, others of the catalogue, and when these are used up some that are made up."""
    known = sorted(catalogue(), key=lambda agent: agent.name != "GPTBot")[:size]
    names = [f"Perayap{number}Rekaan" for number in range(size - len(known))]
    return Registry([*known, *(replace(known[0], name=one, match=(one,), robots=one) for one in names)])


def table() -> str:
    """How the time of a judgement grows with rules and agents, in Markdown."""
    lines = [
        "How long it takes to decide about a request, and to say who sent it besides, in µs, with the size of the policy:\n",
        "| rules | agents | reader: decision | with identity | new User-Agent | GPTBot: decision | with identity | new User-Agent |",
        "|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for rules in (100, 10_000):
        for agents in (100, 10_000):
            its = policy(rules, registry(agents))
            claims = Claims(its.agents)
            figures = []
            for who in ("people", "ai"):
                seen, new = _seen_and_new(*WHO[who])
                one = next(seen)
                question = Question(
                    one, identify(one, claims.read(one.user_agent), its, {}), its, its.host(one.host), NOW
                )
                figures += [
                    _time(decide, cycle([question])),
                    *(_time(_judge(its, claims), it) for it in (seen, new)),
                ]
            lines.append(f"| {rules:,} | {agents:,} | {' | '.join(f'{one:.1f}' for one in figures)} |")
    return "\n".join(lines) + "\n"


def _seen_and_new(user_agent: str, address: str) -> tuple[Iterator[Request], Iterator[Request]]:
    raw = TARGETS["plain"]
    new = (_request(raw, f"{user_agent} {n}", address) for n in range(10**9))
    return cycle([_request(raw, user_agent, address)]), new


def main() -> None:
    print("us a request                        decide     warm     cold")
    for rules in (10, 1_000, 10_000):
        its = policy(rules)
        claims = Claims(its.agents)
        for who, (user_agent, address) in WHO.items():
            for what, raw in TARGETS.items():
                request = _request(raw, user_agent, address)
                identity = identify(request, claims.read(user_agent), its, {})
                question = Question(request, identity, its, its.host(request.host), NOW)
                alone = _time(decide, cycle([question]))
                warm = _time(_judge(its, claims), cycle([request]))
                new = (_request(raw, f"{user_agent} {n}", address) for n in range(10**9))
                cold = _time(_judge(its, claims), new)
                print(f"{rules:>6} rules  {who:<9} {what:<6}  {alone:8.2f} {warm:8.2f} {cold:8.2f}")


def _request(raw: bytes, user_agent: str, address: str) -> Request:
    name, client = "www.antara.example", Client(address, address)
    return Request("GET", "https", name, name, read_target(raw), client, {"user-agent": user_agent})


def _judge(its: Policy, claims: Claims) -> Callable[[Request], object]:
    def judge(request: Request) -> object:
        identity = identify(request, claims.read(request.user_agent), its, {})
        return decide(Question(request, identity, its, its.host(request.host), NOW))

    return judge


def _time(function: Callable[[Any], object], values: Iterable[Any]) -> float:
    """Microseconds a call."""
    passes = []
    for _ in range(5):
        several = list(islice(values, PASS))
        start = process_time()
        for value in several:
            function(value)
        passes.append((process_time() - start) / PASS * 1e6)
    return min(passes)


if __name__ == "__main__":
    sys.exit(main())
