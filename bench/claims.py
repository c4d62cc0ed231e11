"""How long it takes to read a claim with the full catalogue: `python bench/claims.py`.

Prints microseconds a User-Agent, the median of five passes: for one that is remembered, and for ones never seen
before, over the tables of tests/cases/user-agents and over hostile strings.
"""

import sys
from collections.abc import Iterable
from pathlib import Path
from statistics import median
from time import perf_counter

import yaml

from gateway.agents import Registry, catalogue
from gateway.identify.claim import REMEMBERED, Claims
from gateway.request import MAX_USER_AGENT

CASES = Path(__file__).parent.parent / "tests" / "cases" / "user-agents"
HOSTILE = {
    "one word again and again": "google " * 200,
    "many parts": "a-b_c." * 200,
    "brackets": "(" * 2000,
    "likenesses": "like x; " * 200,
    "crawlers": "bot " * 400,
    "100,000 octets": "Mozilla/5.0 (compatible; " * 4000,
}


def main() -> None:
    start = perf_counter()
    registry = catalogue()
    print(f"load {len(registry)} agents          {(perf_counter() - start) * 1e3:8.1f} ms")
    start = perf_counter()
    Claims(registry)
    print(f"index their tokens        {(perf_counter() - start) * 1e3:8.1f} ms")
    for name in ("ai", "welcome", "people", "others"):
        table = yaml.safe_load((CASES / f"{name}.yaml").read_text("utf-8"))
        strings = [row["user-agent"] for row in table if row["user-agent"]]
        print(f"new, {name + ' (' + str(len(strings)) + ')':<21}{new(registry, strings):8.2f} us")
        if name == "people":
            print(f"remembered, {name:<14}{remembered(registry, strings):8.2f} us")
    for name, string in HOSTILE.items():
        print(f"new, {name:<21}{new(registry, [string[:MAX_USER_AGENT]]):8.2f} us")


def new(registry: Registry, strings: list[str]) -> float:
    """Microseconds for a string that was never seen."""
    return median(_microseconds(Claims(registry), strings) for _ in range(5))


def remembered(registry: Registry, strings: list[str]) -> float:
    """Microseconds for a string that was seen before."""
    claims = Claims(registry)
    _microseconds(claims, strings)
    return median(_microseconds(claims, strings * (REMEMBERED // len(strings))) for _ in range(5))


def _microseconds(claims: Claims, strings: Iterable[str]) -> float:
    read, many = claims.read, list(strings)
    start = perf_counter()
    for string in many:
        read(string)
    return (perf_counter() - start) / len(many) * 1e6


if __name__ == "__main__":
    sys.exit(main())
