"""Every way to spell the path of a closed section: `/foto/` is closed to SEO tools by a rule of the reference site."""

import pytest

from gateway.decide import decide
from gateway.vocabulary import Verdict
from tests.deciding import question_of

#: What some server or other takes for a page of `/foto/`.
SPELLINGS = [
    "/foto/1",
    "/foto/",
    "/foto/1?",
    "/foto/1?a",
    "/foto/1/",
    "/foto/1%20",
    "/foto/%00",
    "/foto/1%23",
    "/foto/1;y",
    "/foto//1",
    "//foto/1",
    "///foto/1",
    "//foto//1",
    "/./foto/1",
    "/foto/./1",
    "/foto/%2e/1",
    "/%2e/foto/1",
    "/foto/1/.",
    "/foto/1/..",
    "/%66oto/1",
    "/%66%6f%74%6f/1",
    "/f%6Fto/1",
    "/foto%2f1",
    "/foto%2F1",
    "/%2ffoto/1",
    "/%2Ffoto%2F1",
    "/\\foto/1",
    "/\\foto\\1",
    "/foto\\1",
    "/foto%5c1",
    "/foto%5C1",
    "/foto;x/1",
    "/foto;x=1/1",
    "/foto%3b/1",
    "/;/foto/1",
    "/x/../foto/1",
    "/x/%2e%2e/foto/1",
    "/x/.%2e/foto/1",
    "/x/%2E./foto/1",
    "/x/..%2ffoto/1",
    "/x/%2e%2e%2ffoto/1",
    "/x%2f..%2ffoto/1",
    "/x/..\\foto/1",
    "/x/..%5cfoto/1",
    "/x/%2e%2e%5cfoto/1",
    "/x/..;/foto/1",
    "/.;/foto/1",
    "/foto/../foto/1",
    "/foto/x/../1",
    "/foto/%2e%2e/foto/1",
    "/berita/../foto/1",
    "/berita/..%5cfoto/1",
    "/berita/1/../../foto/1",
    "/berita/%2e%2e/foto/1?id=2",
]

#: What is another page: the rule says nothing of it, and an origin that takes it for the same one is to be mended there.
OTHERS = ["/foto", "/foto.html", "/fotografer/1", "/Foto/1", "/berita/foto/1", "/berita/1?x=/foto/1"]


def verdict(path):
    return decide(question_of({"as": "AhrefsBot/7.0", "path": path}, {"policy": "antara"})).verdict


@pytest.mark.parametrize("path", SPELLINGS)
def test_a_closed_section_is_closed_however_it_is_spelled(path):
    assert verdict(path) is Verdict.DENY


@pytest.mark.parametrize("path", OTHERS)
def test_and_nothing_else_is(path):
    assert verdict(path) is Verdict.ALLOW
