"""Key directories on a real server: which are asked, when, and what no answer of theirs can do."""

import asyncio
import json
from contextlib import asynccontextmanager

import pytest

from gateway.lookups import directories as module
from gateway.lookups.directories import (
    LONGEST,
    OLD,
    RETRY,
    SHORTEST,
    USUAL,
    Directories,
    Limits,
    lifetime,
)
from gateway.lookups.outside import Fetched
from gateway.lookups.range_store import Store
from gateway.signatures import Cause, Found
from gateway.signatures.keys import MOST_OCTETS
from tests.engines import eventually
from tests.lookups.publishing import NOW, drip, flood, site
from tests.signatures.signing import Signer

TYPE = {"Content-Type": "application/http-message-signatures-directory+json"}
FIRST, SECOND = Signer(), Signer()


def keys(*signers, **members):
    return json.dumps({"keys": [signer.jwk | members for signer in signers]}).encode()


class Rig:
    """Directories over one that a test answers for, at a time that a test sets."""

    def __init__(self, its, folder, **how):
        self.its, self.now, self.announced = its, NOW, []
        self.address = f"{its.url}/keys"
        self.directories = Directories(
            Store(folder), announce=self.announce, wall=lambda: self.now, **{"inside": True, **how}
        )
        self.directories.follow([self.address])
        self.answer(keys(FIRST))

    async def announce(self, texts, details):
        self.announced.append((list(texts.values()), details))

    def answer(self, body, status=200, **fields):
        named = {name.replace("_", "-"): value for name, value in fields.items()}
        self.its.paths["/keys"] = (status, TYPE | named, body)

    def find(self, signer=FIRST):
        return self.directories.find(self.address, signer.keyid)

    async def asked(self, signer=FIRST):
        """What is found once the question that this one may give rise to is answered."""
        self.find(signer)
        await asyncio.gather(*self.directories._asking.values())
        return self.find(signer)


@asynccontextmanager
async def rig(folder, **how):
    async with site() as its:
        made = Rig(its, folder, **how)
        yield made
        await made.directories.close()


async def test_the_next_request_has_what_this_one_had_to_ask_for(tmp_path):
    async with rig(tmp_path) as its:
        assert its.find() is Cause.DIRECTORY_NOT_AT_HAND
        assert its.find() is Cause.DIRECTORY_NOT_AT_HAND
        found = await its.asked()
        assert (found.key.thumbprint, found.stale) == (FIRST.keyid, False)
        assert len(its.its.heads) == 1, "one question at a time"
        ((texts, details),) = its.announced
        assert texts == [keys(FIRST)]
        assert (details["directory"], details["keys"]) == (its.address, [FIRST.keyid])


async def test_nobody_else_is_asked(tmp_path):
    async with rig(tmp_path) as its:
        assert its.directories.find(f"{its.its.url}/other", FIRST.keyid) is Cause.DIRECTORY_NOT_KNOWN
        its.directories.follow([])
        assert await its.asked() is Cause.DIRECTORY_NOT_KNOWN
        assert its.its.heads == []


async def test_no_question_reaches_inside_unless_it_may(tmp_path):
    async with rig(tmp_path, inside=False) as its:
        assert await its.asked() is Cause.DISCOVERY_FAILED
        assert its.its.heads == []
        assert "is no public address" in its.directories.failures[its.address]
    async with rig(tmp_path, fetching=False) as its:
        assert await its.asked() is Cause.DIRECTORY_NOT_AT_HAND
        assert its.its.heads == []


async def test_a_key_that_is_rotated_in_is_found_and_one_that_is_taken_back_is_not(tmp_path):
    async with rig(tmp_path) as its:
        assert isinstance(await its.asked(), Found)
        its.answer(keys(SECOND))
        assert await its.asked(SECOND) is Cause.KEY_NOT_IN_DIRECTORY, "asked a moment ago"
        its.now += SHORTEST
        assert isinstance(await its.asked(SECOND), Found)
        assert its.find(FIRST) is Cause.KEY_NOT_IN_DIRECTORY
        its.answer(b'{"keys":[]}')
        its.now += USUAL
        assert await its.asked(SECOND) is Cause.KEY_NOT_IN_DIRECTORY
        assert len(its.its.heads) == 3


async def test_a_key_that_has_ended_is_asked_for_again(tmp_path):
    async with rig(tmp_path) as its:
        its.answer(keys(FIRST, exp=NOW + SHORTEST))
        await its.asked()
        its.answer(keys(FIRST, exp=NOW + LONGEST))
        its.now += SHORTEST
        found = await its.asked()
        assert found.key.ends == NOW + LONGEST


async def test_through_an_outage_the_copy_stays_and_is_marked(tmp_path):
    async with rig(tmp_path) as its:
        await its.asked()
        its.answer(b"", status=503)
        its.now += USUAL
        assert (await its.asked()).stale
        assert its.directories.failures == {its.address: "status 503"}
        its.now = NOW + OLD
        assert its.find().stale
        its.now += 1
        assert its.find() is Cause.DISCOVERY_FAILED
        await its.directories.close()
        its.answer(keys(FIRST))
        its.now += LONGEST
        assert not (await its.asked()).stale
        assert its.directories.failures == {}


async def test_who_does_not_answer_is_asked_less_and_less(tmp_path):
    async with rig(tmp_path) as its:
        its.answer(b"", status=500)
        counts = []
        for _ in range(60):
            await its.asked()
            counts.append(len(its.its.heads))
            its.now += RETRY
        assert counts[:4] == [1, 2, 2, 3]
        assert 7 <= counts[-1] <= 10


async def test_a_copy_is_renewed_before_it_ends(tmp_path):
    async with rig(tmp_path) as its:
        its.answer(keys(FIRST), cache_control="max-age=1000")
        await its.asked()
        for late, asked in ((849, 1), (951, 2), (952, 2)):
            its.now = NOW + late
            assert not (await its.asked()).stale
            assert len(its.its.heads) == asked
        its.now = NOW + 1950
        assert not its.find().stale


async def test_who_asks_for_time_gets_it(tmp_path):
    async with rig(tmp_path) as its:
        its.answer(b"", status=503, retry_after="120")
        await its.asked()
        for late, asked in ((RETRY, 1), (119, 1), (120, 2)):
            its.now = NOW + late
            await its.asked()
            assert len(its.its.heads) == asked


async def test_a_copy_outlives_a_restart(tmp_path):
    async with site() as server:
        before = Rig(server, tmp_path)
        before.answer(keys(FIRST), etag='"a"')
        await before.asked()
        after = Rig(server, tmp_path)
        after.now += SHORTEST
        await after.directories.open()
        server.paths["/keys"] = (304, {}, b"")
        assert after.find().stale
        assert not (await after.asked()).stale
        assert 'If-None-Match: "a"' in server.heads[1]
        after.its.paths["/keys"] = (500, {}, b"")
        last = Rig(server, tmp_path)
        last.answer(b"", status=500)
        assert isinstance(await last.asked(), Found), "from the disk, for the directory does not answer"
        for its in (before, after, last):
            await its.directories.close()


async def test_what_one_process_asked_for_the_others_have(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "LOOK", 0.01)
    async with site() as server:
        one, other = Rig(server, tmp_path), Rig(server, tmp_path)
        looking = asyncio.create_task(other.directories.run())
        for number, signer in enumerate((FIRST, SECOND), 1):
            one.answer(keys(signer))
            one.now += SHORTEST
            other.now = one.now
            await one.asked(signer)
            async with asyncio.timeout(10):
                while len(other.announced) < number:  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
            assert isinstance(other.find(signer), Found)
            assert (len(server.heads), len(other.announced)) == (number, number), "asked once, said by both"
        looking.cancel()
        for its in (one, other):
            await its.directories.close()


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (drip, "no answer within 0.2 s"),
        (flood, "it has more than"),
        ((302, {"Location": "http://127.0.0.1:1/"}, b""), "status 302"),
        ((301, {"Location": "http://169.254.169.254/latest/meta-data"}, b""), "status 301"),
        ((200, {"Content-Type": "text/html"}, keys(FIRST)), "its type is not"),
        ((200, {}, keys(FIRST)), "its type is not"),
        ((200, TYPE, b"<html>"), "it is not JSON"),
        ((200, TYPE, b"[" * 60_000), "it is not JSON"),
        ((200, TYPE, b"{}"), "it has no `keys`"),
        ((200, TYPE, keys(*[FIRST] * 3000)), "it has more than"),
        ((200, TYPE, keys(*[FIRST] * 33)), "it has more than 32 keys"),
        ((200, TYPE, b" " * (MOST_OCTETS + 1)), "it has more than"),
        ((200, TYPE | {"Content-Encoding": "br"}, keys(FIRST)), "it is in a coding"),
        ((304, {}, b""), "status 304"),
        ((200, TYPE | {"Signature-Input": "a=("}, keys(FIRST)), "malformed"),
    ],
)
async def test_no_answer_of_a_directory_does_harm(tmp_path, monkeypatch, answer, why):
    monkeypatch.setattr(module, "LIMITS", Limits(0.2, MOST_OCTETS, 0))
    async with rig(tmp_path) as its:
        its.its.paths["/keys"] = answer
        assert await its.asked() is Cause.DISCOVERY_FAILED
        assert why in its.directories.failures[its.address]
        assert len(its.its.heads) == 1
        assert its.announced == []


@pytest.mark.parametrize("body", [keys(FIRST, exp=NOW - 3600), keys(FIRST, nbf=NOW + 3600)])
async def test_keys_that_are_not_in_force_are_for_the_verifier_to_refuse(tmp_path, body):
    async with rig(tmp_path) as its:
        its.answer(body)
        assert not (await its.asked()).key.in_force(NOW, 30)


async def test_one_key_without_the_wrapper_is_read(tmp_path):
    async with rig(tmp_path) as its:
        its.answer(json.dumps(FIRST.jwk).encode())
        assert isinstance(await its.asked(), Found)


async def on_disk_only(folder, wanted):
    """Directories that ask nobody, over a folder that has a copy of one, and the address of that."""
    async with rig(folder) as before:
        assert isinstance(await before.asked(), Found)
    after = Rig(before.its, folder, inside=False, fetching=False)
    after.directories.follow([before.address] if wanted else [])
    return after


async def test_what_could_not_be_recorded_at_a_start_counts_once_it_is(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "LOOK", 0.01)
    its = await on_disk_only(tmp_path, wanted=True)
    announce, full = its.announce, True

    async def announced(texts, details):
        if full:
            raise OSError(0, "the journal cannot be written")
        await announce(texts, details)

    its.directories._announce = announced
    with pytest.raises(OSError, match="cannot be written"):
        await its.directories.open()
    looking = asyncio.create_task(its.directories.run())
    full = False
    await eventually(lambda: isinstance(its.find(), Found))
    looking.cancel()


async def test_a_copy_of_a_directory_that_a_policy_names_from_now_on_is_taken_up(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "LOOK", 0.01)
    its = await on_disk_only(tmp_path, wanted=False)
    await its.directories.open()
    looking = asyncio.create_task(its.directories.run())
    its.directories.follow([its.address])
    await eventually(lambda: isinstance(its.find(), Found))
    looking.cancel()


async def test_what_cannot_be_recorded_does_not_count(tmp_path):
    async with rig(tmp_path) as its:

        async def fails(texts, details):
            raise OSError(0, "the journal cannot be written")

        its.directories._announce = fails
        assert await its.asked() is Cause.DISCOVERY_FAILED


@pytest.mark.parametrize(
    ("fields", "seconds"),
    [
        ({}, USUAL),
        ({"cache-control": "max-age=1200"}, 1200),
        ({"cache-control": "public, Max-Age=1200", "age": "200"}, 1000),
        ({"cache-control": "max-age=0"}, SHORTEST),
        ({"cache-control": "no-store"}, SHORTEST),
        ({"cache-control": "max-age=99999999", "age": "x"}, LONGEST),
        ({"cache-control": "s-maxage=1200"}, USUAL),
    ],
)
def test_how_long_an_answer_is_fresh(fields, seconds):
    assert lifetime(Fetched(200, fields, b"", whole=True)) == seconds
