"""A license as a value: whom it names, what proves it, what it covers."""

from datetime import UTC, datetime, timedelta
from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.policy.paths import Pattern
from gateway.request import Client, Request, read_target
from gateway.vocabulary import USE_OF, Purpose, Reason, Use
from tests.sites import NOON, license_

HELD = license_(
    "satu",
    ["ContohBot", "Contoh-News"],
    addresses=(ip_network("192.0.2.0/28"), ip_network("2001:db8::/32")),
    hosts=("www.antara.example", "*.antara.example"),
    on=(Pattern("/berita/"), Pattern("/foto/")),
    excepted=(Pattern("/foto/unduh/"),),
)


def finding(
    path="/berita/1", *, one=HELD, name="www.antara.example", host=None, purpose=Purpose.AI_INPUT, now=NOON
):
    client = Client("192.0.2.1", "192.0.2.0/24")
    request = Request("GET", "https", name, name, read_target(path.encode()), client, {})
    return one.finding(request, host or name, purpose, now)


@pytest.mark.parametrize("agent", ["ContohBot", "contohbot", "CONTOH-NEWS"])
def test_names_fold_case(agent):
    assert HELD.names(agent)


@pytest.mark.parametrize("agent", [None, "", "Contoh", "ContohBot/1.0", "ContohBots"])
def test_other_names_are_not_its_own(agent):
    assert not HELD.names(agent)


@pytest.mark.parametrize(
    ("path", "covered"),
    [
        ("/berita/1", True),
        ("/berita", False),
        ("/foto/1", True),
        ("/foto/unduh/1", False),
        ("/foto%2Funduh/1", False),
        ("/foto/x/../unduh/1", False),
        ("/berita/%2e%2e/arsip", False),
        ("/berita/x/..", False),
        ("/berita/./1", True),
        ("/berita/a;v=1", True),
        ("/arsip/1", False),
        ("/arsip/..%2Fberita/1", False),
    ],
)
def test_every_reading_must_be_covered(path, covered):
    assert finding(path) is (Reason.LICENSE_COVERS if covered else Reason.LICENSE_NOT_HERE)


def test_a_license_without_paths_is_for_the_whole_site():
    everywhere = license_("dua", ["ContohBot"])
    assert finding("/", one=everywhere) is Reason.LICENSE_COVERS
    assert finding("/a/../b", one=everywhere) is Reason.LICENSE_COVERS
    assert finding(one=everywhere, name="mana.saja.example") is Reason.LICENSE_COVERS


def test_a_malformed_request_is_not_covered():
    assert finding("/a b", one=license_("dua", ["ContohBot"])) is Reason.LICENSE_NOT_HERE


def test_hosts_are_names_or_the_entry_that_a_name_falls_under():
    assert finding(name="www.antara.example") is Reason.LICENSE_COVERS
    assert finding(name="x.antara.example", host="*.antara.example") is Reason.LICENSE_COVERS
    assert finding(name="127.0.0.1", host="www.antara.example") is Reason.LICENSE_COVERS
    assert finding(name="lain.example") is Reason.LICENSE_NOT_HERE


@given(st.integers(-2, 400 * 86_400 * 1_000_000))
def test_it_begins_and_ends_by_itself(microseconds):
    now = HELD.begins + timedelta(microseconds=microseconds)
    wanted = Reason.LICENSE_COVERS
    if now < HELD.begins:
        wanted = Reason.LICENSE_NOT_YET
    elif now >= HELD.ends:
        wanted = Reason.LICENSE_ENDED
    assert finding(now=now) is wanted


def test_its_edges():
    tick = timedelta(microseconds=1)
    assert finding(now=HELD.begins - tick) is Reason.LICENSE_NOT_YET
    assert finding(now=HELD.begins) is Reason.LICENSE_COVERS
    assert finding(now=HELD.ends - tick) is Reason.LICENSE_COVERS
    assert finding(now=HELD.ends) is Reason.LICENSE_ENDED
    assert finding("/arsip/", now=datetime(2030, 1, 1, tzinfo=UTC)) is Reason.LICENSE_ENDED


@pytest.mark.parametrize("granted", list(Use))
@pytest.mark.parametrize("purpose", list(Purpose))
def test_a_use_is_covered_by_itself_and_by_what_contains_it(granted, purpose):
    one = license_("tiga", ["ContohBot"], uses=frozenset({granted}))
    use = USE_OF.get(purpose)
    covered = use is None or use in granted.single
    assert finding(one=one, purpose=purpose) is (
        Reason.LICENSE_COVERS if covered else Reason.LICENSE_OTHER_USE
    )
    assert finding(one=one, purpose=None) is Reason.LICENSE_COVERS
