"""Every request of tests/cases/wire/hostile.yaml is refused, recorded and the last one of its connection."""

import pytest

from tests import tables
from tests.proxy.rig import front_door, raw_origin, read_message, talk
from tests.proxy.test_faithful import octets

CASES = tables.read("cases/wire/hostile.yaml")
BEHIND = b"GET /behind HTTP/1.1\r\nHost: a\r\n\r\n"


def test_there_are_enough_cases_with_names_of_their_own():
    names = [case["name"] for case in CASES]
    assert len(set(names)) == len(names) >= 140


async def _answer(reader, writer, heard):
    while await read_message(reader, heard):
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")


@pytest.mark.parametrize("pieces", [1, 7], ids=["at-once", "in-pieces"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
async def test_is_refused(case, pieces):
    sent = octets(case["send"]) + BEHIND
    step = len(sent) // pieces + 1
    parts = [sent[at : at + step] for at in range(0, len(sent), step)]
    async with raw_origin(_answer) as origin, front_door(origin.port) as rig:
        got = await talk(rig.port, *parts, until_idle=1)
        assert got.status == case["status"]
        assert got.octets.count(b"HTTP/1.1 ") == 1
        assert b"\r\nConnection: close\r\n" in got.octets
        assert got.closed
        assert b"/behind" not in b"".join(bytes(heard.octets) for heard in origin.heard)
        assert [end.value for _, _, end in rig.record.outcomes] == [
            "client-gone" if "body" in case else "complete"
        ]
        decision = rig.record.decisions[0].decision
        assert len(rig.record.decisions) == 1
        if "body" not in case:
            assert origin.heard == []
            assert (decision.rule, decision.status, [str(code) for code in decision.reasons]) == (
                "malformed",
                case["status"],
                [case["reason"]],
            )
