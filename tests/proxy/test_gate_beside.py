"""What goes on beside the gate's requests: entries go when their time is over, are shipped elsewhere, and a newer catalogue of
agents is taken up."""

import json
import os
from datetime import UTC, datetime

import pytest
import structlog
from starlette.responses import PlainTextResponse

from gateway.agents import catalogue
from gateway.audit.pseudonyms import NAME, Pseudonyms
from gateway.lookups.catalogue import Catalogues
from gateway.proxy.gate import Gate
from gateway.proxy.unnamed import FIRST
from gateway.signed_catalogue import pack
from tests import journals
from tests.audit.test_retention import sealed, shown
from tests.engines import eventually
from tests.journals import GPTBOT, REFUSED, exchange, judged
from tests.live.test_catalogue_update import CLIENT, NEW
from tests.policy.cases import TESTS, read_case
from tests.proxy.rig import talk
from tests.proxy.test_gate import POLICY, get, served
from tests.test_signed_catalogue import KEY


async def test_what_is_over_goes_from_the_own_lane_and_from_those_left_behind(tmp_path):
    every = [e for n in range(10) for e in exchange(judged(n))]
    every += exchange(judged(50, identity=GPTBOT, decision=REFUSED))
    lanes = [sealed(tmp_path / "journal" / str(number), every, (12, 10)) for number in range(3)]
    for lane in lanes:
        Pseudonyms(lane).of("203.0.113.7", journals.START)
    keys = [(lane / NAME).read_bytes() for lane in lanes]
    os.utime(lanes[1] / "lock", (0, 0))  # nobody has written it for long; the third was, today
    (policy := tmp_path / "policy").mkdir()
    site = (
        read_case(TESTS / "good" / "audit-keep.txt").files["site.yaml"].replace(b"people: 14d", b"people: 1d")
    )
    (policy / "site.yaml").write_bytes(site)
    gate = Gate(PlainTextResponse("x"), policy=policy, journal=tmp_path / "journal", lookups=False)
    lane = await gate._open()
    try:
        await lane.keeping.look()
        await lane.keeping.look()
    finally:
        await gate.close()
    for number, folder in enumerate(lanes):
        now = shown(folder)
        kinds = {one["identity"]["kind"] for one in now if one["phase"] == "decision"}
        removed = [one["details"]["counts"] for one in now if one.get("event") == "removal"]
        if number < 2:
            assert (kinds, removed) == ({"agents"}, [{"people": 12}, {"people": 8}])
            assert (folder / NAME).read_bytes() != keys[number]
        else:
            assert (kinds, removed) == ({"agents", "people"}, [])
    assert (
        len([one for one in shown(lanes[1]) if one.get("event") == "start"])
        == len([one for one in shown(lanes[2]) if one.get("event") == "start"]) + 1
    )  # looked at once a day


async def test_entries_are_shipped_and_a_signed_catalogue_is_taken_up(tmp_path):
    out = tmp_path / "keluar.jsonl"
    how = {"follow": [f"file://{out}"], "catalogue_key": KEY.verifier.vkey}
    async with served(tmp_path, **how) as (_, gate, port):
        assert (await talk(port, get(CLIENT))).status == 200
        octets = pack(catalogue().with_([NEW]), datetime.now(UTC), KEY)
        Catalogues(tmp_path / "journal/0", ()).take(octets, 1)
        await eventually(lambda: gate._lane.judge.version.number == 2)
        refused = await talk(port, get(CLIENT))
        assert refused.status == 403
        await eventually(lambda: out.exists() and b"uses.ai-train" in out.read_bytes(), 20)
    entries = shown(tmp_path / "journal/0")
    shipped = [json.loads(line) for line in out.read_text().splitlines()]
    assert shipped == entries[: len(shipped)]


@pytest.mark.parametrize("how", [{"follow": ["ftp://x"]}, {"catalogue_key": "x"}])
def test_what_is_no_address_and_no_key_is_said_at_once(tmp_path, how):
    with pytest.raises(ValueError, match="`"):
        Gate(PlainTextResponse("x"), policy=tmp_path, journal=tmp_path / "journal", **how)


async def test_a_balancer_that_says_nothing_of_its_clients_is_told_of(tmp_path):
    gate = Gate(PlainTextResponse("x"), policy=POLICY, journal=tmp_path / "journal", lookups=False)
    scope = {
        "type": "http",
        "method": "GET",
        "scheme": "http",
        "client": ("172.17.0.1", 1),
        "path": "/robots.txt",
        "raw_path": b"/robots.txt",
        "query_string": b"",
        "headers": [(b"host", b"www.antara.example"), (b"user-agent", b"Mozilla/5.0 Firefox/142.0")],
    }

    async def nothing(*_):
        return {"type": "http.request", "body": b"", "more_body": False}

    try:
        with structlog.testing.capture_logs() as told:
            for _ in range(FIRST + 1):
                await gate(scope, nothing, nothing)
    finally:
        await gate.close()
    (said,) = [one["hint"] for one in told if one["event"] == "proxy not trusted"]
    assert said.startswith("--trusted-proxies 172.17.0.1, and have it say")
