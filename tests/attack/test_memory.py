"""What strangers make up is not kept for long: memories are bounded in octets, not only in entries."""

import time
import tracemalloc
from collections.abc import Callable
from itertools import count

import pytest

from gateway.agents import catalogue
from gateway.identify.claim import Claims
from gateway.lookups.resolver import Resolver
from gateway.policy.robots import RobotsFile
from gateway.proxy.head import read_request
from gateway.proxy.judge import Judge
from gateway.proxy.relay import read_host
from gateway.request import MAX_USER_AGENT, Client, Request, fold_host, read_target
from gateway.vocabulary import Level
from tests.journals import decision_entry
from tests.sites import version

CLIENT = Client("192.0.2.1", "192.0.2.0/24")
ROBOTS = RobotsFile(b"User-agent: *\nDisallow: /foto/\n")
ids = count()
judge = Judge(
    version(), Resolver({}, lambda _host, _name: ROBOTS, time.monotonic), clock=lambda: 0, new_id=str
)


def a_request(user_agent: str, target: bytes = b"/", **signed: str) -> None:
    fields = {"user-agent": user_agent} | {name.replace("_", "-"): value for name, value in signed.items()}
    request = Request(
        "GET", "http", "www.antara.example", "www.antara.example", read_target(target), CLIENT, fields
    )
    decision_entry(judge(request), Level.WRITTEN, "x")


TRICKS: dict[str, Callable[[str], object]] = {
    "user-agent": lambda text: a_request(text[:MAX_USER_AGENT]),
    "claim": lambda text: Claims.read(claims, text),
    "target": lambda text: a_request("Mozilla/5.0", b"/" + text[:16_000].encode()),
    "target, robots.txt": lambda text: a_request("NewBot/1.0", b"/" + text[:16_000].encode()),
    "signature": lambda text: a_request(
        "GPTBot/1", signature_input=f'a=("{text[:8000]}")', signature="a=:YQ==:"
    ),
    "signature's agent": lambda text: a_request(
        "GPTBot/1",
        signature_input='a=("@authority" "signature-agent");created=1;expires=2;keyid="k";tag="web-bot-auth"',
        signature="a=:YQ==:",
        signature_agent=f'"https://{text[:8000]}.example/"',
    ),
    "host": lambda text: read_host(text.encode()),
    "host, folded": fold_host,
    "field name": lambda text: _refused(b"GET / HTTP/1.1\r\n%b: x\r\n\r\n" % text.encode()),
    "method": lambda text: _refused(b"%b / HTTP/1.1\r\n\r\n" % text.encode()),
}
claims = Claims(catalogue())


def _refused(head: bytes) -> None:
    with pytest.raises(Exception, match="malformed"):
        read_request(head)


@pytest.mark.parametrize("trick", TRICKS)
def test_long_texts_leave_nothing_behind(trick):
    ask = TRICKS[trick]
    ask("warm" + "x" * 60_000)
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        for number in range(300):
            ask(f"{number}" + "x" * 60_000)
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert after - before < 1_000_000


@pytest.mark.parametrize(
    "text", ["a" * 8_000 + "! bot", "a." * 4_000 + "! crawler", "x bot " * 1_300, "GPTBot " * 1_100]
)
def test_no_user_agent_takes_long_to_read(text):
    """Reading is linear: twice the text never takes four times as long."""

    def seconds(octets: int) -> float:
        best = float("inf")
        for _ in range(5):
            began = time.thread_time()
            claims.read(f"{next(ids)}{text[-octets:]}")
            best = min(best, time.thread_time() - began)
        return best

    assert seconds(8_000) < 12 * max(seconds(2_000), 0.000_1)
