"""What `izin doctor` finds on the stage: the public site beside its policy, from outside."""

import time
from collections import Counter
from pathlib import Path

from gateway.demo.stage import HOST, Gateway
from gateway.lookups.folder import load
from gateway.lookups.site import visit
from gateway.settings import Address
from gateway.told.asking import first_host
from gateway.told.doctor import Case, Outcome, examine, tour
from gateway.told.doctor.visit import Door

_SECONDS = 10.0


async def checkup(policy: Path, stage: Gateway) -> Counter[Outcome]:
    """How many findings there are of each outcome."""
    compiled = load(policy)
    case = Case(compiled, "http", first_host(compiled), _now(), near=True)
    doors = {Door.PUBLIC: Address(HOST, stage.port)}
    seen = await visit(tour(case), doors=doors, seconds=_SECONDS, clock=_now, pause=0.0)
    return Counter(finding.outcome for _, finding in examine(case, seen))


def _now() -> int:
    return time.time_ns() // 1000
