"""The relay alone: every request is passed on, nothing is decided and nothing recorded. `bare.py PORT ORIGIN_PORT`."""

import asyncio
import gc
import sys
from zoneinfo import ZoneInfo

import uvicorn
import uvloop

from gateway.agents import Registry
from gateway.decision import Decision
from gateway.enforce.answer import Forward, Obligations, Reply
from gateway.identify.identity import Identity
from gateway.judgement import Judgement, Version
from gateway.policy.model import Origin, Policy, Rights
from gateway.proxy.announced import connection_class
from gateway.proxy.front import Front
from gateway.proxy.limits import Limits
from gateway.statements.statement import Published
from gateway.vocabulary import Assurance, Audience, Kind, Level, Reason, Sentence, Verdict


class Nothing:
    """A record that keeps nothing."""

    def decision(self, judgement, then):
        then(Level.WRITTEN)

    def outcome(self, judgement, status, octets, end):
        pass

    def event(self, name, details):
        pass


async def _app(_scope, _receive, _send):
    raise AssertionError("the relay asks no application")


def main() -> None:
    port, origin_port = map(int, sys.argv[1:3])
    rights = Rights("x", Sentence("x", "x"), "mailto:x@x.test")
    policy = Policy("x", "sha256:0", b"", {}, ZoneInfo("UTC"), rights, frozenset(), (), Registry(()))
    version = Version(1, policy, Published({}, "sha256:0", b"", {}))
    people = Identity(Kind.PEOPLE, Assurance.ANONYMOUS)
    allow = Decision(Verdict.ALLOW, None, None, (Reason.NOTHING_FORBIDS,), Audience.PEOPLE)
    passed = Forward(Origin("http", "127.0.0.1", origin_port), Obligations(decision=b"0" * 26))
    front = Front(
        lambda request: Judgement("0" * 26, 0, request, people, allow, version, None),
        lambda _: passed,
        Nothing(),
        unrecorded=lambda _: Reply(503, ()),
        unreachable=lambda _, status: Reply(status, ()),
        withheld=lambda _: Reply(403, ()),
        limits=Limits(connections_per_address=10_000),
    )
    config = uvicorn.Config(
        _app, port=port, http=connection_class(front), lifespan="off", log_config=None, access_log=False
    )
    gc.collect()
    gc.freeze()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(uvicorn.Server(config).serve())


main()
