"""The judge and signed requests: nothing of one client's signature stands for another, nor for itself without it."""

import inspect

import pytest

from gateway.agents import Agent, Check, Registry, Verify
from gateway.identify.reverse_dns import Reverse
from gateway.lookups.resolver import Answer, Resolver
from gateway.proxy.ids import Ids
from gateway.proxy.judge import Judge
from gateway.request import Client, Request, read_target
from gateway.signatures import Cause, Found
from gateway.signatures.keys import read_key
from gateway.signatures.replays import FarReplays, Replays
from gateway.value import changed
from gateway.vocabulary import Purpose
from tests import sites
from tests.signatures.signing import Signer

SECONDS = int(sites.NOON.timestamp())
HOST = "www.antara.example"
ADDRESS = "https://satu.example/.well-known/http-message-signatures-directory"
SIGNER = Signer()
KEY = read_key(SIGNER.jwk)
CLIENT = Client("203.0.113.7", "203.0.113.0/24")
CHROME, SATU = "Mozilla/5.0 (X11; Linux x86_64) Chrome/138.0.0.0 Safari/537.36", "SatuBot/1.0"
AGENTS = Registry(
    [
        Agent(
            name="SatuBot",
            operator="Satu",
            match=("SatuBot",),
            purpose=Purpose.SEARCH,
            verify=Verify(check=Check.STRICT, names=("satu.example",), directories=(ADDRESS,)),
        )
    ]
)


def find(address, thumbprint):
    at_hand = (address, thumbprint) == (ADDRESS, KEY.thumbprint)
    return Found(KEY) if at_hand else Cause.KEY_NOT_IN_DIRECTORY


@pytest.fixture
def judge():
    return made()


def made(**how):
    async def names(key):
        return Answer(Reverse(foreign="x.example"), 100)

    resolver = Resolver({"dns": names}, lambda host, name: None, lambda: 0.0)
    version = sites.version(sites.policy(agents=AGENTS))
    return Judge(version, resolver, clock=lambda: SECONDS * 1_000_000, new_id=Ids(), find=find, **how)


def plain(user_agent):
    return Request("GET", "https", HOST, HOST, read_target(b"/a"), CLIENT, {"user-agent": user_agent})


def signed(user_agent, nonce=None, signer=SIGNER):
    headers = signer.sign(f"https://{HOST}/a", 'sig1="https://satu.example"', now=SECONDS, nonce=nonce)
    fields = {name.lower(): value for name, value in headers.items()}
    request = plain(user_agent)
    lines = [f"{name}: {value}".encode() for name, value in headers.items()]
    return changed(request, fields={**request.fields, **fields}, lines=lines)


async def assured(judge, request):
    judged = judge(request)
    identity = (await judged if inspect.isawaitable(judged) else judged).identity
    return identity.agent, identity.assurance


async def test_with_and_without_a_signature_are_two_things(judge):
    for _ in range(2):
        assert await assured(judge, plain(CHROME)) == (None, "anonymous")
        assert await assured(judge, signed(CHROME)) == ("SatuBot", "signed")
        assert await assured(judge, signed(CHROME, signer=Signer())) == (None, "anonymous")


async def test_a_signature_outweighs_the_address_and_one_that_fails_does_not(judge):
    for _ in range(2):
        assert await assured(judge, plain(SATU)) == ("SatuBot", "contradicted")
        assert await assured(judge, signed(SATU)) == ("SatuBot", "signed")
        assert await assured(judge, signed(SATU, signer=Signer())) == ("SatuBot", "contradicted")


async def test_where_a_signature_counts_once_the_second_request_is_not_signed():
    judge = made(replays=Replays())
    for nonce in ("a", "b", None):
        assert await assured(judge, signed(CHROME, nonce)) == ("SatuBot", "signed")
        assert await assured(judge, signed(CHROME, nonce)) == (None, "anonymous")


async def test_where_a_signature_counts_once_it_does_so_for_all_processes():
    replays = Replays()

    async def used(*use):
        return replays.seen(*use)

    one, other = (made(replays=FarReplays(used)) for _ in range(2))
    for nonce in ("a", None):
        assert await assured(one, signed(CHROME, nonce)) == ("SatuBot", "signed")
        assert await assured(other, signed(CHROME, nonce)) == (None, "anonymous")
        assert await assured(one, signed(CHROME, signer=Signer())) == (None, "anonymous")
