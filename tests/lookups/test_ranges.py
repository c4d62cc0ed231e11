"""Lists in use: what is on disk counts once it is recorded, for as long as it is young enough."""

import asyncio
from dataclasses import replace

import pytest

from gateway.agents import Agent, Registry, Verify
from gateway.digest import digest_of
from gateway.identify.address import EDGES
from gateway.identify.identity import Lookup, Unavailable
from gateway.identify.prefixes import Listed
from gateway.lookups.range_store import Copy, Store, file_name
from gateway.lookups.ranges import (
    FRESH,
    NOT_AT_HAND,
    OLD,
    TOO_OLD,
    Lists,
    at_hand,
    fetched_by,
    lists_folder,
    wanted_by,
)
from gateway.vocabulary import Purpose
from tests.engines import eventually
from tests.lookups.publishing import DAY, FEW, LIST, NOW, site

AMAZON = "https://ip-ranges.amazonaws.com/ip-ranges.json"
AGENTS = Registry(
    [
        Agent(
            name="SatuBot",
            operator="Satu",
            match=("SatuBot",),
            purpose=Purpose.SEARCH,
            verify=Verify(ranges=(LIST,)),
        )
    ]
)


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "lists")


async def test_while_in_doubt_nothing_follows_from_what_is_missing(store):
    store.write(Copy(LIST, FEW, NOW, NOW, offered="x"))
    lists = await held(store, NOW)
    assert lists.get(LIST).fresh is False
    assert lists.get(LIST).prefixes.holding("66.249.64.9") == "66.249.64.0/24"


async def held(store, now=NOW, **how):
    lists = Lists(store, wall=lambda: now, **how)
    lists.follow(AGENTS)
    await lists.take_up()
    return lists


def test_what_is_wanted():
    assert wanted_by(AGENTS) == {LIST, *EDGES}
    assert AMAZON in fetched_by(wanted_by(AGENTS))
    assert not any("#" in url for url in fetched_by(wanted_by(AGENTS)))


@pytest.mark.parametrize(
    ("age", "found"),
    [
        (0, True),
        (FRESH, True),
        (FRESH + 1, False),
        (OLD, False),
        (OLD + 1, TOO_OLD),
        (10 * OLD, TOO_OLD),
        (-DAY, True),
    ],
)
async def test_a_copy_grows_old(store, age, found):
    store.write(Copy(LIST, FEW, NOW - 99 * DAY, NOW - age))
    lists = await held(store)
    assert lists.get("https://other.example/") == NOT_AT_HAND
    if isinstance(found, Unavailable):
        assert lists.get(LIST) == found
        assert (lists.at_hand, lists.wanted) == (0, 1 + len(EDGES))
    else:
        listed = lists.get(LIST)
        assert isinstance(listed, Listed)
        assert (listed.fresh, listed.name, len(listed.prefixes)) == (found, "satu.example/list.json", 2)
        assert (lists.at_hand, lists.wanted) == (1, 1 + len(EDGES))


async def test_services_of_one_list_are_told_apart(store):
    body = b"""{"prefixes":[{"ip_prefix":"3.5.140.0/22","service":"AMAZON"},
        {"ip_prefix":"120.52.22.96/27","service":"CLOUDFRONT_ORIGIN_FACING"}]}"""
    store.write(Copy(AMAZON, body, NOW, NOW))
    lists = await held(store)
    (url,) = [url for url in EDGES if url.startswith(AMAZON)]
    assert lists.get(url).prefixes.text == "120.52.22.96/27\n"


async def test_a_changed_copy_counts_once_it_is_recorded(store):
    said, failing, told = [], [True], []

    async def announce(texts, details):
        if failing[0]:
            raise OSError(28, "No space left on device")
        said.append((texts, details))

    store.write(Copy(LIST, FEW, NOW, NOW))
    lists = Lists(store, announce=announce, changed=lambda: told.append(1), wall=lambda: NOW)
    lists.follow(AGENTS)
    with pytest.raises(OSError):
        await lists.take_up()
    assert (lists.get(LIST), told) == (NOT_AT_HAND, [])
    failing[0] = False
    await lists.take_up()
    text = f"{LIST}\n66.249.64.0/24\n2001:4860::/64\n".encode()
    ((texts, details),) = said
    assert texts == {digest_of(text): text}
    (named,) = details["lists"]
    assert named == {"list": LIST, "digest": digest_of(text), "date": "2026-05-28", "prefixes": 2}
    await lists.take_up()
    assert (len(said), len(told)) == (1, 1), "nothing has changed"
    store.write(replace(store.read(LIST), checked=NOW + 1))
    await lists.take_up()
    assert (len(said), len(told)) == (1, 2), "seen again, and still the same"
    (store.folder / file_name(LIST)).write_bytes(b"x")
    await lists.take_up()
    assert lists.get(LIST) == NOT_AT_HAND


async def test_lists_are_kept_up_to_date_by_themselves(store):
    async with site() as its:
        its.paths["/a"] = (200, {}, FEW)
        url = f"{its.url}/a"
        agents = [
            Agent(
                name="XBot",
                operator="X",
                match=("XBot",),
                purpose=Purpose.SEARCH,
                verify=Verify(ranges=(url,)),
            )
        ]
        lists = Lists(store, anywhere=True, wall=lambda: NOW)
        lists._wanted = frozenset({url})
        running = asyncio.create_task(lists.run(fetch=True))
        await eventually(lambda: isinstance(lists.get(url), Listed))
        assert len(its.heads) == 1
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        again = Lists(store, anywhere=True, wall=lambda: NOW + 3600)
        again.follow(agents)
        again._wanted = frozenset({url})
        running = asyncio.create_task(again.run(fetch=True))
        await eventually(lambda: isinstance(again.get(url), Listed))
        await asyncio.sleep(0.05)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        assert len(its.heads) == 1, "operators are asked once a day, over restarts too"


async def test_of_several_processes_with_one_folder_one_asks(store):
    with store.alone() as first, Store(store.folder).alone() as second:
        assert (first, second) == (True, False)
    async with site() as its:
        url = f"{its.url}/a"
        its.paths["/a"] = (200, {}, FEW)
        several = [Lists(Store(store.folder), anywhere=True, wall=lambda: NOW) for _ in range(3)]
        for lists in several:
            lists._wanted = frozenset({url})
        running = [asyncio.create_task(lists.run(fetch=True)) for lists in several]
        await eventually(lambda: all(isinstance(lists.get(url), Listed) for lists in several))
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        assert len(its.heads) == 1


async def test_a_list_that_cannot_be_fetched_is_not_asked_for_again_at_once(store):
    async with site() as its:
        url = f"{its.url}/gone"
        lists = Lists(store, anywhere=True, wall=lambda: NOW)
        lists._wanted = frozenset({url})
        running = asyncio.create_task(lists.run(fetch=True))
        await eventually(lambda: lists.failures)
        await asyncio.sleep(0.05)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        assert lists.failures == {url: "status 404"}
        assert len(its.heads) == 1


def test_what_a_command_finds_on_disk(tmp_path):
    store = Store(lists_folder(tmp_path))
    store.write(Copy(LIST, FEW, NOW, NOW))
    asked = (Lookup("ranges", LIST), Lookup("ranges", EDGES[0]), Lookup("dns", "x y"))
    found = at_hand(store, asked, NOW + OLD + 1)
    assert found == {asked[0]: TOO_OLD, asked[1]: NOT_AT_HAND}
    assert at_hand(store, asked, NOW)[asked[0]].fresh
