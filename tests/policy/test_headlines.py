"""Headlines by what the audit log says of a request."""

import dataclasses

from gateway.policy.headlines import NONE, Headlines, placed
from gateway.policy.sitemaps import LONGEST_TITLE, read_sitemap
from tests import sites
from tests.policy.test_sitemaps import JAKARTA, urlset

HOST = "www.antara.example"
POLICY = sites.policy(dataclasses.replace(sites.host(), pattern=HOST, query=frozenset({"id"})))


def known(**pages):
    return Headlines(placed({f"https://{HOST}{path}": title for path, title in pages.items()}, POLICY))


def test_a_page_is_found_by_what_an_entry_keeps_of_its_target():
    found = known(**{"/b/%7e1?utm=x&id=3": "Satu", "/c": "Dua", "": "Depan"})
    assert found.of(HOST, "/b/~1?id=3") == "Satu"
    assert found.of(HOST, "/c") == found.of(None, "/c") == "Dua"
    assert found.of(HOST, "/") == "Depan"
    assert [found.of(HOST, target) for target in (None, "/d", "/b/~1", "%", "/c?x=" + "y" * 2048 + "…")] == [
        None
    ] * 5
    assert found.of("lain.example", "/c") is None
    assert NONE.of(HOST, "/c") is None


def test_only_hosts_of_the_policy_have_any_and_where_they_differ_none_is_taken():
    everywhere = placed(
        {
            "https://WWW.antara.example:443/a": "A",
            "https://lain.example/a": "B",
            "https://x@[/": "C",
            "/a": "D",
            "https://www.antara.example/ä": "E",
        },
        POLICY,
    )
    assert everywhere == {HOST: {"/a": "A"}}
    both = Headlines({"a.example": {"/1": "Satu", "/2": "Dua"}, "b.example": {"/1": "Lain", "/2": "Dua"}})
    assert (both.of(None, "/1"), both.of(None, "/2")) == (None, "Dua")
    assert known(**{"/a": "baru"}).over(Headlines({HOST: {"/a": "lama", "/b": "dua"}})).known == {
        HOST: {"/a": "baru", "/b": "dua"}
    }


def test_a_headline_is_cut_however_long_it_is():
    octets = urlset(
        f"<loc>https://{HOST}/1</loc><news:news><news:title>{'x' * 8192}</news:title></news:news>"
    )
    assert len(read_sitemap(octets, JAKARTA).titles[f"https://{HOST}/1"]) == LONGEST_TITLE
