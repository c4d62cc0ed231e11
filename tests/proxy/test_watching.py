"""What is done about each request besides answering it: checks that are watched, ends that are counted and told of."""

import json

from gateway.identify.identity import Identity
from gateway.lookups.checks import MANY, Checks
from gateway.proxy import oplog
from gateway.proxy.counters import Counters
from gateway.proxy.watching import Ending, Watching
from gateway.request import Client
from gateway.vocabulary import Assurance, End, Kind
from tests import journals
from tests.proxy.test_judge_checks import NOW, SATU, checking, listed, request

FALSE = Identity(Kind.IMPOSTORS, Assurance.CONTRADICTED, "SatuBot", "Satu")


def watching(standing, **how):
    its, _, _ = checking([standing], **how)
    checks, saw = Checks(lambda *_: None), []
    return Watching(its, checks, saw.append), checks, saw


async def test_who_passes_and_who_fails_is_seen_at_once_or_later():
    its, _, saw = watching(listed("203.0.113.0/24"))
    assert its(request(SATU)) in saw
    its, _, saw = watching(listed("8.8.8.0/24"))
    judged = await its(request(SATU))
    assert (saw, judged.identity.assurance) == ([judged], Assurance.CONTRADICTED)


async def test_whose_check_says_nothing_is_seen_only_while_a_check_is_suspended():
    its, checks, saw = watching(listed("8.8.8.0/24"), check="soft")
    assert its(request("Mozilla/5.0")).identity.assurance is Assurance.ANONYMOUS
    assert its(request(SATU)).identity.assurance is Assurance.CLAIMED
    assert saw == []
    for number in range(MANY):
        checks.saw(FALSE, Client(f"8.8.{number % 10}.{number}", f"8.8.{number % 10}.0/24"), NOW + number)
    assert checks.suspends
    its(request("Mozilla/5.0"))
    assert saw == []
    assert its(request(SATU)) in saw


def test_how_a_request_ended_is_counted_and_told_of_where_it_matters(monkeypatch):
    refused = journals.judged(1, identity=journals.GPTBOT, decision=journals.REFUSED)
    written: list[bytes] = []

    class File:
        def write(self, octets):
            written.append(octets)

        def flush(self):
            pass

    monkeypatch.setattr(oplog, "_lines", oplog.Lines(File()))
    counters = Counters()
    some, every = Ending(counters, log_all=False), Ending(counters, log_all=True)
    some(journals.judged(2), 200, 10, End.COMPLETE)
    some(refused, 403, 20, End.COMPLETE)
    some(journals.judged(3), 502, 0, End.ORIGIN_ERROR)
    every(journals.judged(4), 200, 10, End.COMPLETE)
    oplog._lines.flush()
    told = [json.loads(line) for line in b"".join(written).splitlines()]
    assert [(one["event"], one["answered"]) for one in told] == [
        ("refused", 403),
        ("request", 502),
        ("request", 200),
    ]
