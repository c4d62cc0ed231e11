"""What operators publish, form by form, and the lists that are part of Izin."""

from collections import Counter
from datetime import UTC, datetime
from ipaddress import ip_network
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.agents import catalogue
from gateway.identify.identity import Unavailable
from gateway.identify.prefixes import Prefixes, without
from gateway.identify.range_files import read_ranges, unreadable_version
from gateway.lookups.range_store import SHIPPED, Copy, Store
from gateway.lookups.ranges import OLD, TOO_OLD, Lists, fetched_by, wanted_by
from tests import tables
from tests.lookups.publishing import NOW

CORPUS = Path(__file__).parents[1] / "corpus" / "lists"
FORMS = tables.read("corpus/lists/lists.yaml")


@pytest.mark.parametrize("form", FORMS, ids=lambda form: f"{form['file']} {form.get('service', '')}")
def test_each_form_is_read(form):
    body = (CORPUS / form["file"]).read_bytes()
    services = {url.partition("#")[2] for url in form.get("urls", ())} or {form.get("service", "")}
    for service in services:
        assert read_ranges(body, service).text.split() == form["prefixes"]


def test_no_list_of_the_catalogue_has_a_form_that_is_not_tested():
    tested = Counter(url for form in FORMS for url in form.get("urls", ()))
    assert tested == Counter(wanted_by(catalogue()))
    assert {form["file"] for form in FORMS} | {"lists.yaml"} == {path.name for path in CORPUS.iterdir()}


@pytest.mark.parametrize(
    ("content_type", "newer"),
    [
        ("application/jafar+json", False),
        ("Application/JAFAR+json; version=1.4", False),
        ('application/jafar+json; charset=utf-8; version="2.0"', True),
        ("application/jafar+json;version=10", True),
        ("application/json; version=2", False),
        ("", False),
    ],
)
def test_a_newer_form_of_the_draft_is_not_read(content_type, newer):
    assert unreadable_version(content_type) is newer


NETWORKS = st.sets(
    st.builds(
        lambda number, length: ip_network((0x0A000000 + (number << 3), length), strict=False),
        st.integers(0, 31),
        st.integers(24, 32),
    ),
    max_size=8,
)


@given(NETWORKS, NETWORKS)
def test_an_address_belongs_to_the_longest_prefix(own, others):
    left = Prefixes(without(own, others))
    for number in range(256):
        address = ip_network(f"10.0.0.{number}")
        holding = [one for one in own | others if address.subnet_of(one)]
        longest = max(holding, key=lambda one: one.prefixlen, default=None)
        assert (left.holding(f"10.0.0.{number}") is not None) is (longest in own)


# ── what is part of Izin ────────────────────────────────────────────────────────────────────────────────────────────


def test_the_shipped_lists_are_the_catalogues_and_sound():
    shipped = {url: copy for url in fetched_by(wanted_by(catalogue())) if (copy := SHIPPED.read(url))}
    assert len(shipped) == len(list(SHIPPED.folder.iterdir())) >= 15
    for url, copy in shipped.items():
        assert len(read_ranges(copy.body)) >= 2, url
        assert copy.got == copy.checked >= datetime(2026, 8, 1, tzinfo=UTC).timestamp()
        assert copy.source, "somebody saw it"
        assert copy.offered == ""


@pytest.mark.parametrize(("age", "worth"), [(0, "fresh"), (3 * 86_400, "stale"), (OLD + 1, "nothing")])
async def test_a_shipped_list_is_worth_what_its_day_is(tmp_path, age, worth):
    url = "https://www.bing.com/toolbox/bingbot.json"
    copy, said = SHIPPED.read(url), []

    async def announce(texts, details):
        said.extend(one["list"] for one in details["lists"])

    lists = Lists(Store(tmp_path), wall=lambda: copy.checked + age, announce=announce)
    lists.follow([catalogue().find("bingbot")])
    await lists.take_up()
    found = lists.get(url)
    if worth == "nothing":
        assert (found, said) == (TOO_OLD, [])
    else:
        assert not isinstance(found, Unavailable)
        assert (found.fresh, found.prefixes.holding("157.55.39.1")) == (worth == "fresh", "157.55.39.0/24")
        assert url in said


async def test_a_copy_of_ones_own_counts_where_it_is_newer(tmp_path):
    url = "https://www.bing.com/toolbox/bingbot.json"
    shipped, own = Store(tmp_path / "shipped"), Store(tmp_path / "own")
    lists = Lists(own, shipped=shipped, wall=lambda: NOW)
    lists.follow([catalogue().find("bingbot")])
    for store, octets, checked, wins in (
        (shipped, b"8.8.8.0/24", NOW - 5, "8.8.8.0/24"),
        (own, b"9.9.9.0/24", NOW - 9, "8.8.8.0/24"),
        (own, b"9.9.9.0/24", NOW - 1, "9.9.9.0/24"),
    ):
        store.write(Copy(url, octets, checked, checked))
        await lists.take_up()
        assert lists.get(url).prefixes.text.strip() == wins
