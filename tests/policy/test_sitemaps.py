"""What a sitemap says of when articles were published, and what it is refused for."""

from contextlib import suppress
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.instants import instant
from gateway.policy import sitemaps
from gateway.policy.sitemaps import SitemapError, read_sitemap

JAKARTA = ZoneInfo("Asia/Jakarta")
SPACES = (
    'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
    'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9" '
    'xmlns:image="http://www.google.com/schemas/sitemap-image/1.1"'
)


def urlset(*urls):
    return f"<urlset {SPACES}>{''.join(f'<url>{url}</url>' for url in urls)}</urlset>".encode()


def at(*parts):
    return instant(datetime(*parts, tzinfo=UTC))


def dates(octets):
    return {address: dated.at for address, dated in read_sitemap(octets, JAKARTA).pages.items()}


def test_publication_goes_before_the_last_change_and_a_day_is_over_at_its_midnight():
    octets = urlset(
        "<loc>https://a.example/1</loc><lastmod>2026-11-24T12:00:00+07:00</lastmod>"
        "<news:news><news:publication_date>2026-11-23T05:00:00Z</news:publication_date></news:news>",
        "<loc> https://a.example/2?a=1&amp;b=2 </loc><lastmod>2026-11-24</lastmod>"
        "<image:image><image:loc>https://a.example/foto.jpg</image:loc></image:image>",
        "<loc>https://a.example/3</loc>",
        "<loc>https://a.example/4</loc><lastmod>kemarin</lastmod>",
    )
    assert dates(octets) == {
        "https://a.example/1": at(2026, 11, 23, 5),
        "https://a.example/2?a=1&b=2": at(2026, 11, 24, 17),
    }


def test_of_two_dates_of_one_page_the_later_counts():
    octets = urlset(*(f"<loc>/1</loc><lastmod>2026-11-{day}</lastmod>" for day in (24, 25, 23)))
    assert dates(octets) == {"/1": at(2026, 11, 25, 17)}


def test_an_index_names_further_ones():
    octets = f"<sitemapindex {SPACES}><sitemap><loc>https://a.example/n.xml</loc></sitemap></sitemapindex>"
    assert read_sitemap(octets.encode(), JAKARTA) == ({}, ("https://a.example/n.xml",), {})


@pytest.mark.parametrize(
    ("octets", "why"),
    [
        (b'<!DOCTYPE a [<!ENTITY b "cccc">]><urlset>&b;</urlset>', "document type"),
        (b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><urlset/>', "document type"),
        (b"<urlset>", "well-formed"),
        (b'<?xml version="1.0" encoding="pos-el"?><urlset/>', "encoding"),
        (b'<?xml version="1.0" encoding="shift_jis"?><urlset/>', "encoding"),
        (b'<?xml version="1.0" encoding="idna"?><urlset/>', "encoding"),
        (b"", "well-formed"),
        (urlset(f"<loc>{'a' * 2049}</loc>"), "too long"),
        (urlset(f"<loc>/1</loc><lastmod>{'1' * 65}</lastmod>"), "too long"),
    ],
)
def test_what_may_not_be_is_refused(octets, why):
    with pytest.raises(SitemapError, match=why):
        read_sitemap(octets, JAKARTA)


def test_too_many_are_refused(monkeypatch):
    monkeypatch.setattr(sitemaps, "MOST_PAGES", 3)
    urls = [f"<loc>/{number}</loc><lastmod>2026-11-24</lastmod>" for number in range(4)]
    assert len(dates(urlset(*urls[:3]))) == 3
    with pytest.raises(SitemapError, match="more than 3"):
        read_sitemap(urlset(*urls), JAKARTA)


@settings(max_examples=50)
@given(st.binary(max_size=200))
def test_any_octets_have_an_answer(octets):
    with suppress(SitemapError):
        read_sitemap(octets, JAKARTA)
