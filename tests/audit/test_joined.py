"""Lanes of other hosts, joined by what these show: a host that lies, forgets or takes too much is left out, and said so."""

import shutil

import pytest
from click.testing import CliRunner

from gateway.audit import folder, joined, keys, site_log
from gateway.audit.folder import prepare
from gateway.audit.joined import JoinError, folder_of, look
from gateway.audit.other_clocks import OtherClocks
from gateway.audit.receipt import LocalClock
from gateway.audit.site_sealing import SiteSealing
from gateway.cli.audit import command
from gateway.identify.identity import Unavailable
from gateway.proxy.seal_files import shown
from tests.audit.test_site_log import SITE, verify, write

URL = "http://b.example:9180/seal"


class Host:
    """Another host: what its admin listener shows, but for what a test has it say instead."""

    def __init__(self, journal):
        self.journal, self.asked, self.instead = journal, [], {}
        self.tiles = lambda octets: octets

    async def __call__(self, url, most):
        name = url.removeprefix(f"{URL}/")
        self.asked.append(name)
        octets = shown(self.journal, name)
        if name.startswith("tile/") and octets is not None:
            octets = self.tiles(octets)
        octets = self.instead.get(name, octets)
        if octets is None:
            return Unavailable("it answers 404")
        return octets if len(octets) <= most else Unavailable("its answer is too long")


@pytest.fixture
def host(tmp_path):
    write(tmp_path / "b", "b", entries=300)
    return Host(tmp_path / "b")


@pytest.fixture
def parent(tmp_path):
    write(tmp_path / "a", "a")
    return tmp_path / "a"


def heads(parent):
    return [
        (one.point.origin, one.point.size)
        for one in map(site_log.read_lane_head, site_log.entries_of(parent))
    ]


async def test_another_hosts_lane_is_sealed_with_the_site_as_it_grows(host, parent, tmp_path):
    for times in range(1, 4):
        await look(parent, "s", URL, host)
        assert site_log.join(parent).left_out == ()
        write(host.journal, "b", entries=300 * times)
    sizes = [size for origin, size in heads(parent) if origin == "izin/s/b"]
    assert len(sizes) == 3
    assert sizes == sorted(set(sizes))
    assert len(list((folder_of(parent, URL) / "seal" / "hashes").glob("*/*"))) == 2
    assert 0 < sum("tile/" in name for name in host.asked) < 30, "two paths of the tree, and no more"
    report = verify(parent, code=3)
    assert [fault["wrong"] for fault in report["faults"]] == ["lane-missing"], "its entries are elsewhere"
    report = verify(parent, "--here", code=0)
    assert (report["outcome"], report["elsewhere"]) == ("valid", [["izin/s/b", sizes[-1]]])
    parts = [
        CliRunner().invoke(command, ["verify", "--journal", str(parent), "--lang", one])
        for one in ("id", "en")
    ]
    assert "ada di mesin lain" in parts[0].stdout
    assert f"the {sizes[-1]:,} entries under its last head are with another host" in parts[1].stdout
    whole = tmp_path / "whole"  # laid together, all of it is verified by the site's key
    for place, lane in ((parent, "a"), (host.journal, "b")):
        shutil.copytree(place, whole / lane, ignore=shutil.ignore_patterns(SITE, joined.FOLDER))
    shutil.copytree(parent / SITE, whole / SITE)
    report = verify(whole, "--key", parent / SITE / keys.PUBLIC, code=0)
    assert {lane["lane"] for lane in report["lanes"]} == {"a", "b"}


async def test_a_key_that_was_handed_over_counts_and_no_other(host, parent):
    await look(parent, "s", URL, host)
    site_log.join(parent)
    signer, _ = keys.load_or_make(host.journal, "")
    keys.rotate(host.journal, signer, heads(parent)[-1][1])
    write(host.journal, "b")
    await look(parent, "s", URL, host)
    assert site_log.join(parent).left_out == ()
    assert len(heads(parent)) == 3
    for name in (keys.KEY, keys.HAND_OVERS, keys.PUBLIC):
        (host.journal / name).unlink()
    write(host.journal, "b")
    with pytest.raises(JoinError, match="its checkpoint does not hold"):
        await look(parent, "s", URL, host)


@pytest.mark.parametrize(
    ("instead", "why"),
    [
        ({"checkpoint": None}, "it answers 404"),
        ({"checkpoint": b"\xff"}, "its answer is no text"),
        ({"checkpoint": b"x" * 20_000}, "its answer is too long"),
        ({"checkpoint": b"izin/s/b\n1\nAAAA\n"}, "its checkpoint does not hold"),
        ({"public.vkey": b"izin/s/b+00000000+AAAA"}, "its checkpoint does not hold"),
        ({"hand-overs": b"kunci baru\n\n\xe2\x80\x94 b AAAAAAA=\n"}, "its checkpoint does not hold"),
    ],
)
async def test_what_holds_together_badly_is_not_taken(host, parent, instead, why):
    host.instead = instead
    with pytest.raises(JoinError, match=why):
        await look(parent, "s", URL, host)
    assert not folder_of(parent, URL).exists()


async def test_neither_set_back_nor_exchanged_nor_renamed(host, parent, tmp_path):
    older = shutil.copytree(host.journal, tmp_path / "older")
    write(host.journal, "b")
    await look(parent, "s", URL, host)
    site_log.join(parent)
    kept = (folder_of(parent, URL) / "seal" / "checkpoint").read_text()
    with pytest.raises(
        JoinError, match=r"its checkpoint is over 30\d entries, one taken up before over 32\d"
    ):
        await look(parent, "s", URL, Host(older))
    write(older, "b", entries=100)  # signed by its own key, and another history
    with pytest.raises(JoinError, match="it is not the lane that was taken up before"):
        await look(parent, "s", URL, Host(older))
    write(host.journal, "b", entries=500)
    for tiles, why in (
        (lambda octets: bytes(len(octets)), "it is not the lane"),
        (lambda octets: octets[1:], "has not the length"),
        (lambda _: None, "a tile of its tree is missing"),
    ):
        host.tiles = tiles
        with pytest.raises(JoinError, match=why):
            await look(parent, "s", URL, host)
    prepare(tmp_path / "c")
    write(tmp_path / "c", "c")
    with pytest.raises(JoinError, match="its checkpoint does not hold"):
        await look(parent, "s", URL, Host(tmp_path / "c"))
    with pytest.raises(JoinError, match="it is no lane of the site `lain`"):
        await look(parent, "lain", f"{URL}2", lambda url, most: host(url.replace("seal2", "seal"), most))
    assert (folder_of(parent, URL) / "seal" / "checkpoint").read_text() == kept
    host.tiles = bytes
    await look(parent, "s", URL, host)
    assert folder.lane_of(folder_of(parent, URL))["lane"] == "b"


async def test_a_host_that_is_away_is_told_of_and_the_others_are_sealed(host, parent):
    async def ask(url, most):
        return Unavailable("connection refused") if "mati" in url else await host(url, most)

    sealing = SiteSealing(parent, "s", (URL, "http://mati.example/seal"), ask)
    await sealing.join_hosts()
    await sealing.look()
    assert sealing.failing == {"http://mati.example/seal": "connection refused"}
    assert [origin for origin, _ in heads(parent)] == ["izin/s/a", "izin/s/b"]


async def test_a_clock_that_differs_is_told_of_and_joined_all_the_same(host, parent):
    clock = LocalClock()
    for said, apart in (
        (clock.wall() + 90_000_000, -90),
        (clock.wall() - 90_000_000, 90),
        (clock.wall() - 1_000_000, None),
        (b"lusa", None),
        (9**30, None),
    ):
        host.instead = {"time": said if isinstance(said, bytes) else b"%d" % said}
        clocks = OtherClocks(clock)
        sealing = SiteSealing(parent, "s", (URL,), host, clocks=clocks)
        await sealing.join_hosts()
        assert sealing.failing == {}
        assert [round(ahead / 1e6) for ahead in clocks.apart.values()] == [apart] * (apart is not None)


@pytest.mark.parametrize(
    "name", ["", "../seal.key", "seal.key", "tile/0/../../seal.key", "tile/0/000/", "entries", "tile/0/0"]
)
def test_nothing_but_the_seal_is_shown(host, name):
    assert shown(host.journal, name) is None
