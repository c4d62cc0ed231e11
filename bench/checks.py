"""How long the checks of a claim take: `python bench/checks.py`.

Prints a table of microseconds: an address among 3,500 prefixes; judgements of a reader, of a client without a check, of one
whose check is remembered, and of one that is checked for the first time with all facts at hand; the best of nine passes, for a
neighbour only slows one down.
"""

import sys
from ipaddress import ip_network
from pathlib import Path
from time import perf_counter

sys.path.insert(0, str(Path(__file__).parent.parent))

from msgspec.structs import replace

from gateway.agents import catalogue
from gateway.identify.prefixes import Listed, Prefixes
from gateway.lookups.resolver import Resolver
from gateway.proxy.ids import Ids
from gateway.proxy.judge import Judge
from gateway.request import Client, Request, read_target
from tests import sites

ROUNDS = 20_000


def per_call(call, rounds=ROUNDS):
    """Microseconds a call, the best of nine passes."""
    passes = []
    for _ in range(9):
        start = perf_counter()
        for number in range(rounds):
            call(number)
        passes.append((perf_counter() - start) / rounds * 1e6)
    return min(passes)


def main() -> None:
    table = Prefixes(ip_network((number << 13 | 1 << 30, 27)) for number in range(3_500))
    addresses = [f"64.{number >> 8 & 255}.{number & 255}.7" for number in range(4_096)]
    rows = {
        f"an address among {len(table):,} prefixes, one of 4,096": per_call(
            lambda n: table.holding(addresses[n & 4095])
        )
    }
    url = catalogue().find("Googlebot").verify.ranges[0]
    listed = Listed("list", Prefixes([ip_network("66.249.64.0/19")]), "2026-11-24", fresh=True)
    standing = {"ranges": {url: listed}.get, "suspended": {}.get}
    resolver = Resolver({}, lambda *_: None, perf_counter, standing)
    judge = Judge(sites.version(), resolver, clock=lambda: 1, new_id=Ids())
    fields = {"user-agent": "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"}
    request = Request(
        "GET", "https", "www.antara.example", "www.antara.example", read_target(b"/berita/1"),
        Client("66.249.66.1", "66.249.66.0/24"), fields,
    )  # fmt: skip
    others = [
        replace(request, client=Client(f"66.249.{64 + (n >> 8) % 32}.{n & 255}", "")) for n in range(8_192)
    ]
    reader = replace(request, fields={"user-agent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"})
    welcome = replace(request, fields={"user-agent": "Feedly/1.0"})
    rows["a judgement of a reader"] = per_call(lambda _: judge(reader))
    rows["of a client without a check"] = per_call(lambda _: judge(welcome))
    rows["of a client whose check is remembered"] = per_call(lambda _: judge(request))
    rows["the same, from 4,096 addresses in turn"] = per_call(lambda n: judge(others[n & 4095]))

    def first(number):
        judge._checked.clear()  # noqa: SLF001
        judge(others[number & 8191])

    rows["checked for the first time, facts at hand"] = per_call(first, 5_000)
    print("| step | µs |\n|---|---:|")
    for step, took in rows.items():
        print(f"| {step} | {took:.2f} |")


if __name__ == "__main__":
    main()
