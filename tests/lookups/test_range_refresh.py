"""Published lists: fetched from a real server, carried over by hand, taken or doubted."""

import gzip
import os
from dataclasses import replace

import pytest

from gateway.lookups import range_refresh
from gateway.lookups.client import is_public
from gateway.lookups.range_refresh import Refreshed, refresh, refresh_from
from gateway.lookups.range_store import Copy, Store
from tests.lookups.publishing import DAY, FEW, LIST, MANY, NOW, drip, flood, site


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "lists")


async def fetched(store, url, now=NOW):
    return await refresh(store, url, now, anywhere=True)


# ── fetching ────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_list_is_fetched_and_then_asked_for_by_condition(store):
    async with site() as its:
        url = f"{its.url}/list.json"
        its.paths["/list.json"] = (
            200,
            {"ETag": '"a"', "Last-Modified": "Tue, 24 Nov 2026 00:00:00 GMT"},
            FEW,
        )
        assert await fetched(store, url) == Refreshed(url, "taken", "", 2)
        assert store.read(url) == Copy(url, FEW, NOW, NOW, '"a"', "Tue, 24 Nov 2026 00:00:00 GMT")
        assert "If-None-Match" not in its.heads[0]
        its.paths["/list.json"] = (304, {}, b"")
        assert (await fetched(store, url, NOW + DAY)).what == "unchanged"
        assert 'If-None-Match: "a"' in its.heads[1]
        assert "If-Modified-Since: Tue, 24 Nov 2026 00:00:00 GMT" in its.heads[1]
        copy = store.read(url)
        assert (copy.got, copy.checked) == (NOW, NOW + DAY)
        its.paths["/list.json"] = (200, {}, FEW.replace(b"66.249.64", b"66.249.65"))
        assert (await fetched(store, url, NOW + 2 * DAY)).what == "taken"
        assert store.read(url).etag == ""


async def test_a_packed_list_is_unpacked(store):
    async with site() as its:
        its.paths["/a"] = (200, {"Content-Encoding": "gzip"}, gzip.compress(FEW))
        assert (await fetched(store, f"{its.url}/a")).what == "taken"
        assert store.read(f"{its.url}/a").body == FEW


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ((404, {}, b""), "status 404"),
        ((500, {}, FEW), "status 500"),
        ((200, {}, b"<html>Sign in</html>"), "page without a list"),
        ((200, {}, b'{"prefixes":[{"ipv4Prefix":"0.0.0.0/0"}]}'), "wider than"),
        ((200, {}, b'{"prefixes":[]}'), "no prefix"),
        ((200, {"Content-Encoding": "br"}, b"x"), "coding"),
        ((200, {"Content-Encoding": "gzip"}, b"x"), "too early"),
        ((200, {"Content-Encoding": "gzip"}, gzip.compress(b" " * 50_000_000, 1)), "octets"),
        ((302, {"Location": "/b"}, b""), "redirects too often"),
        ((302, {"Location": "file:///etc/passwd"}, b""), "not https"),
        ((304, {}, b""), "no copy"),
        (drip, "no answer within"),
        (flood, "octets"),
    ],
)
async def test_what_cannot_be_taken_leaves_the_copy(store, answer, why, monkeypatch):
    monkeypatch.setattr(range_refresh, "LIMITS", replace(range_refresh.LIMITS, seconds=0.5))
    async with site() as its:
        its.paths["/a"] = its.paths["/b"] = answer
        found = await fetched(store, f"{its.url}/a")
        assert found.what == "failed"
        assert why in found.why
        assert store.read(f"{its.url}/a") is None
        before = Copy(f"{its.url}/a", FEW, NOW, NOW)
        store.write(before)
        if answer != (304, {}, b""):
            assert (await fetched(store, f"{its.url}/a", NOW + DAY)).what == "failed"
            assert store.read(f"{its.url}/a") == before


async def test_who_does_not_answer_holds_up_nobody(store, monkeypatch):
    monkeypatch.setattr(range_refresh, "LIMITS", replace(range_refresh.LIMITS, seconds=1))
    told = []
    async with site() as its:
        urls = [f"{its.url}/{number}" for number in range(2 * range_refresh.AT_ONCE)]
        its.paths |= {f"/{number}": (200, {}, FEW) for number in range(len(urls))}
        its.paths["/0"] = drip
        found = await range_refresh.refresh_all(store, urls, NOW, anywhere=True, told=told.append)
    assert [one.url for one in found] == urls
    assert [one.what for one in told] == ["taken"] * (len(urls) - 1) + ["failed"]
    assert told[-1] == Refreshed(urls[0], "failed", "no answer within 1 s")


async def test_a_redirect_is_followed(store):
    async with site() as its:
        its.paths["/old"] = (301, {"Location": "/new"}, b"")
        its.paths["/new"] = (200, {}, FEW)
        assert (await fetched(store, f"{its.url}/old")).what == "taken"
        assert store.read(f"{its.url}/old").body == FEW


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "2130706433"]
)
async def test_no_fetch_reaches_inside(store, host):
    async with site() as its:
        its.paths["/a"] = (200, {}, FEW)
        port = its.url.rpartition(":")[2]
        found = await refresh(store, f"http://{host}:{port}/a", NOW)
        assert found.what == "failed"
        assert its.heads == []


async def test_no_redirect_leads_inside(store, monkeypatch):
    """From a server that may be reached to one that may not."""
    async with site() as its, site() as inside:
        outer = int(its.url.rpartition(":")[2])
        from gateway.lookups import client

        def public(found, plain=client._may_be_asked):
            return found[4][1] == outer or plain(found)

        monkeypatch.setattr(client, "_may_be_asked", public)
        its.paths["/a"] = (302, {"Location": f"{inside.url}/a"}, b"")
        inside.paths["/a"] = (200, {}, FEW)
        found = await refresh(store, f"{its.url}/a", NOW)
        assert (found.what, len(its.heads), inside.heads) == ("failed", 1, [])


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True), ("2001:4860::1", True), ("127.0.0.1", False), ("10.0.0.1", False), ("169.254.169.254", False),
        ("100.64.0.1", False), ("0.0.0.0", False), ("255.255.255.255", False), ("224.0.0.1", False), ("::1", False),
        ("fe80::1%eth0", False), ("fd00::1", False), ("::ffff:10.0.0.1", False), ("2002:7f00:1::", False),
        ("64:ff9b::7f00:1", False), ("64:ff9b::808:808", True), ("x", False),
        ("64:ff9b:1::7f00:1", False), ("fec0::1", False), ("::7f00:1", False), ("::ffff:0:a00:1", False),
        ("192.0.0.192", False), ("168.63.129.16", False), ("::ffff:192.0.0.192", False),
    ],
)  # fmt: skip
def test_public_addresses(address, public):
    assert is_public(address) is public


# ── doubt ───────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_list_that_changes_wildly_is_taken_at_the_second_time(store):
    async with site() as its:
        url = f"{its.url}/a"
        its.paths["/a"] = (200, {"ETag": '"1"'}, FEW)
        await fetched(store, url)
        for body in (MANY, FEW):
            its.paths["/a"] = (200, {"ETag": '"2"'}, body)
            before = store.read(url)
            found = await fetched(store, url, NOW + DAY)
            assert found.what == "doubted"
            assert "taken if it is so again" in found.why
            assert store.read(url).body == before.body
            assert store.read(url).checked == before.checked
            assert (await fetched(store, url, NOW + 2 * DAY)).what == "taken"
            assert store.read(url).body == body
            assert "If-None-Match" not in its.heads[-1], "or the operator might not send it again"


async def test_a_doubt_that_passes_is_forgotten(store):
    async with site() as its:
        url = f"{its.url}/a"
        for body, what in (
            (FEW, "taken"),
            (MANY, "doubted"),
            (FEW, "unchanged"),
            (MANY, "doubted"),
            (MANY, "taken"),
        ):
            its.paths["/a"] = (200, {}, body)
            assert (await fetched(store, url)).what == what


# ── carried over ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_lists_are_carried_by_another_stores_folder(store, tmp_path):
    other = Store(tmp_path / "usb")
    other.write(Copy(LIST, FEW, NOW - 9, NOW - 5, '"e"', "m"))
    assert refresh_from(store, LIST, other.folder, NOW) == Refreshed(LIST, "taken", "", 2)
    assert store.read(LIST) == Copy(LIST, FEW, NOW - 5, NOW - 5, '"e"', "m")
    store.write(replace(store.read(LIST), checked=NOW))
    other.write(Copy(LIST, MANY, NOW - 5, NOW - 5))
    assert refresh_from(store, LIST, other.folder, NOW).why == "the copy at hand is newer"
    other.write(Copy(LIST, FEW, NOW + 10 * DAY, NOW + 10 * DAY))
    assert refresh_from(store, LIST, other.folder, NOW + 1).what == "unchanged"
    assert store.read(LIST).checked == NOW + 1, "nobody's clock makes a list fresh in advance"


def test_lists_are_carried_as_wget_lays_them(store, tmp_path):
    path = tmp_path / "satu.example" / "list.json"
    path.parent.mkdir()
    path.write_bytes(FEW)
    os.utime(path, (NOW - 3, NOW - 3))
    assert refresh_from(store, LIST, tmp_path, NOW).what == "taken"
    assert store.read(LIST).checked == NOW - 3
    assert refresh_from(store, "https://satu.example/none.json", tmp_path, NOW) is None
    path.write_bytes(b"8.0.0.0/6")
    os.utime(path, (NOW, NOW))
    assert refresh_from(store, LIST, tmp_path, NOW).what == "failed"


def test_nothing_outside_the_folder_is_carried(store, tmp_path):
    (tmp_path / "secret").write_bytes(FEW)
    folder = tmp_path / "in"
    (folder / "satu.example").mkdir(parents=True)
    assert refresh_from(store, "https://satu.example/../../secret", folder, NOW) is None
    (folder / "satu.example" / "link").symlink_to(tmp_path / "secret")
    assert refresh_from(store, "https://satu.example/link", folder, NOW) is None
    (folder / "satu.example" / "dir").mkdir()
    assert refresh_from(store, "https://satu.example/dir", folder, NOW) is None
