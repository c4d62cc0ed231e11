"""Regions: pages in one are matched by the same patterns, whatever is asked of them."""

from hypothesis import given
from hypothesis import strategies as st

from gateway.policy.paths import Pattern
from gateway.policy.regions import MOST_GLOBS, Regions, regions_of
from gateway.policy.robots import RobotsFile
from gateway.request import MOST_REMEMBERED, read_target
from tests import sites

_PIECES = st.lists(st.sampled_from(["/", "a", "b", "foto", "?", "=", "1"]), max_size=6).map("".join)
_TEXTS = st.builds(
    "/{}{}{}{}".format, _PIECES, st.sampled_from(["", "*"]), _PIECES, st.sampled_from(["", "", "$"])
)
_TARGETS = _PIECES.map(lambda path: read_target(f"/{path}".encode()))


@given(st.lists(_TEXTS.map(Pattern), max_size=8), st.lists(_TARGETS, min_size=2, max_size=8))
def test_no_pattern_tells_pages_of_a_region_apart(patterns, targets):
    regions, seen = Regions(patterns), {}
    for target in targets * 2:  # from memory the second time
        region = regions.of(target)
        if region is None:
            assert target.folded != target.path
            continue
        readings = (target.path, target.canonical)
        matched = [[pattern.matches(reading) for reading in readings] for pattern in patterns]
        assert seen.setdefault(region, matched) == matched


def test_a_site_has_few_regions():
    regions = regions_of(sites.policy(), sites.host(), RobotsFile(b"User-agent: *\nDisallow: /cari\n"))
    pages = [b"/berita/%d/judul-%d" % (number, number) for number in range(100)]
    assert len({regions.of(read_target(page)) for page in pages}) == 1
    told_apart = (b"/", b"/robots.txt", b"/ads.txt", b"/_izin/whoami", b"/cari", b"/.well-known/x")
    assert len({regions.of(read_target(page)) for page in told_apart}) == len(told_apart)


def test_a_page_that_may_be_read_in_two_ways_lies_in_none():
    regions = Regions([Pattern("/foto/")])
    assert all(regions.of(read_target(page)) is None for page in (b"/x/../foto/", b"/foto;v=1/a", b"//foto/"))


def test_what_is_long_or_much_is_not_kept():
    regions = Regions([Pattern("/a")])
    assert regions.of(read_target(b"/a" + b"x" * MOST_REMEMBERED)) == "/a"
    assert not regions._known
    many = Regions([Pattern(f"/{number}/*.pdf") for number in range(MOST_GLOBS + 1)])
    assert many.of(read_target(b"/1/2.pdf")) is None
