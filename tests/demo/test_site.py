"""The stub site behaves as a newspaper's origin does."""

import gzip
import json
import re
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from xml.etree import ElementTree as ET

import pytest
import yaml

from gateway.demo.newsroom import CONTENT, edition
from gateway.demo.pages import Pages
from gateway.demo.site import accepts_gzip, serving, site
from gateway.demo.wire import Answer, Ask, send
from tests.engines import listening

OPENED = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
NOTICE = (
    "Dilarang keras mengambil konten, melakukan crawling atau pengindeksan otomatis untuk AI di situs web ini "
    "tanpa izin tertulis dari Kantor Berita ANTARA."
)
EDITION = edition(OPENED)
PHOTO = "/foto/gambar/layang-layang.jpg"
ARTICLE = EDITION.articles[0].path


@pytest.fixture(scope="module")
async def port():
    async with serving(site(OPENED, ticks=0.01)) as port:
        yield port


async def get(port: int, target: str, method: str = "GET", body: bytes = b"", **fields: str) -> Answer:
    headers = {
        "Host": "www.antara.example",
        **{name.replace("_", "-"): value for name, value in fields.items()},
    }
    return await send(Ask(target, method, tuple(headers.items()), body), "127.0.0.1", port)


class TestContent:
    def test_there_is_a_newspaper_to_read(self):
        assert len(EDITION.articles) >= 12
        assert len({article.number for article in EDITION.articles}) == len(EDITION.articles)
        assert all(EDITION.of(section) for section in EDITION.publication.sections), "no section is empty"

    def test_the_newest_stands_first_and_only_the_archive_is_old(self):
        dates = [article.published for article in EDITION.articles]
        assert dates == sorted(dates, reverse=True)
        assert [a.section.slug for a in EDITION.articles if not a.recent] == ["arsip", "arsip"]

    def test_times_and_days_follow_the_opening(self):
        boat = next(article for article in EDITION.articles if article.number == 4101)
        assert boat.printed == "24 November 2026, 14.30 WIB"
        assert "di Dermaga Kenari, Selasa." in " ".join(boat.paragraphs)
        later = edition(OPENED + timedelta(days=1))
        assert later.articles[0].published == EDITION.articles[0].published + timedelta(days=1)

    def test_every_page_can_be_rendered_and_ends_well(self):
        pages = dict(Pages(EDITION, OPENED).documents())
        for path, page in pages.items():
            if page.media_type.startswith("text/html"):
                assert page.body.rstrip().endswith(b"</html>"), path
                assert b"{{" not in page.body, path

    def test_pictures_are_small_and_each_has_its_source(self):
        pictures = sorted((CONTENT / "photos").glob("*.jpg"))
        assert [picture.stem for picture in pictures] == sorted(
            yaml.safe_load((CONTENT / "photos.yaml").read_text("utf-8"))
        )
        for picture in pictures:
            assert picture.stat().st_size < 40 * 1024
            assert "ILUSTRASI" in picture.with_suffix(".svg").read_text("utf-8")


@pytest.mark.parametrize("article", EDITION.articles, ids=lambda article: article.slug)
async def test_each_article_ends_with_the_notice_word_for_word(article, port):
    page = (await get(port, article.path)).body.decode()
    _, _, end = page.partition('<div class="text">')
    text = re.sub(r"\s+", " ", end)
    assert text.index("Pewarta: ") < text.index("Hak cipta © ANTARA") < text.index(NOTICE)


async def test_links_on_the_front_page_lead_somewhere(port):
    page = (await get(port, "/")).body.decode()
    links = set(re.findall(r'(?:href|src)="(/[^"]*)"', page))
    assert len(links) > 20
    for link in links:
        assert (await get(port, link)).status == 200, link


async def test_the_feed_and_the_sitemap_are_xml_and_name_pages_that_exist(port):
    feed = ET.fromstring((await get(port, "/rss/terkini.xml")).body)
    assert len(feed.findall("./channel/item")) == len(EDITION.articles)
    sitemap = ET.fromstring((await get(port, "/sitemap.xml")).body)
    names = {
        "s": "http://www.sitemaps.org/schemas/sitemap/0.9",
        "n": "http://www.google.com/schemas/sitemap-news/0.9",
    }
    places = [place.text for place in sitemap.findall("./s:url/s:loc", names)]
    assert places == ["https://www.antara.example" + article.path for article in EDITION.articles]
    assert len(sitemap.findall(".//n:news", names)) == sum(article.recent for article in EDITION.articles)


@pytest.mark.parametrize(
    ("target", "text"),
    [
        ("/robots.txt", "Disallow: /*?cetak="),
        ("/ads.txt", "DIRECT"),
        ("/.well-known/security.txt", "Expires: 2027-05-23T09:30:00Z"),
        ("/aset/gaya.css", "--paper"),
        ("/ketentuan", NOTICE),
    ],
)
async def test_small_files(target, text, port):
    answer = await get(port, target)
    assert answer.status == 200
    assert text in answer.body.decode()


class TestRequests:
    async def test_gzip_only_where_it_is_taken(self, port):
        plain, zipped = await get(port, ARTICLE), await get(port, ARTICLE, Accept_Encoding="br, gzip;q=0.5")
        assert plain.header("content-encoding") is None
        assert zipped.header("content-encoding") == "gzip"
        assert gzip.decompress(zipped.body) == plain.body
        assert zipped.header("vary") == "Accept-Encoding"
        assert zipped.header("etag") != plain.header("etag")

    @pytest.mark.parametrize(
        ("field", "taken"),
        [
            ("gzip", True),
            ("br, GZIP ; q=1", True),
            ("gzip;q=0", False),
            ("gzip;q=0.000", False),
            ("br", False),
            ("", False),
        ],
    )
    def test_accept_encoding(self, field, taken):
        assert accepts_gzip(field) is taken

    async def test_not_modified(self, port):
        first = await get(port, ARTICLE)
        again = await get(port, ARTICLE, If_None_Match=f'"x", W/{first.header("etag")}')
        assert (again.status, again.body, again.header("etag")) == (304, b"", first.header("etag"))
        assert (await get(port, ARTICLE, If_Modified_Since=first.header("last-modified"))).status == 304
        earlier = format_datetime(OPENED - timedelta(days=1), usegmt=True)
        assert (await get(port, ARTICLE, If_Modified_Since=earlier)).status == 200
        assert (await get(port, ARTICLE, If_Modified_Since="kemarin")).status == 200
        assert (
            await get(port, ARTICLE, If_None_Match='"x"', If_Modified_Since=first.header("last-modified"))
        ).status == 200

    async def test_head_has_the_fields_and_no_body(self, port):
        answer = await get(port, ARTICLE, "HEAD")
        assert (answer.status, answer.body) == (200, b"")
        assert int(answer.header("content-length")) == len((await get(port, ARTICLE)).body)

    async def test_photos_in_ranges_and_not_modified(self, port):
        whole = await get(port, PHOTO)
        assert whole.header("content-type") == "image/jpeg"
        part = await get(port, PHOTO, Range="bytes=100-199")
        assert (part.status, part.body) == (206, whole.body[100:200])
        assert part.header("content-range") == f"bytes 100-199/{len(whole.body)}"
        assert (await get(port, PHOTO, Range="bytes=9999999-")).status == 416
        assert (await get(port, PHOTO, If_None_Match=whole.header("etag"))).status == 304

    async def test_downloads(self, port):
        answer = await get(port, "/foto/unduh/layang-layang.jpg")
        assert answer.header("content-disposition") == 'attachment; filename="layang-layang.jpg"'
        for name in ("layang-layang.svg", "..%2fgaya.css", "nihil.jpg"):
            assert (await get(port, f"/foto/unduh/{name}")).status == 404

    async def test_the_ticker_is_an_event_stream(self, port):
        answer = await get(port, "/langsung")
        assert answer.header("content-type") == "text/event-stream; charset=utf-8"
        number, kind, data = answer.body.decode().split("\n\n")[0].split("\n")
        assert (number, kind) == ("id: 0", "event: berita")
        assert json.loads(data.removeprefix("data: "))["path"] == ARTICLE

    async def test_what_depends_on_the_query(self, port):
        assert (await get(port, "/?p=4101")).header("location").startswith("/berita/4101/")
        assert (await get(port, "/?p=1")).status == 200, "an unknown number is the front page"
        assert b"<nav" not in (await get(port, f"{ARTICLE}?cetak=1")).body
        pages = [(await get(port, f"/terkini?page={page}")).body.decode() for page in (1, 2, 3, 4)]
        listed = [len(re.findall("<h3>", page)) for page in pages]
        assert listed == [8, 8, 1, 0]
        assert (await get(port, "/terkini?page=x")).status == 404

    async def test_search_finds_and_shows_what_was_typed_as_text(self, port):
        found = (await get(port, "/cari?q=kopi")).body.decode()
        assert "koperasi-kopi-lereng-sabrang" in found
        hostile = (await get(port, "/cari?q=%3Cscript%3Ealert(1)%3C/script%3E")).body.decode()
        assert "<script>alert" not in hostile
        assert "&lt;script&gt;" in hostile

    async def test_what_is_not_there(self, port):
        answer = await get(port, "/berita/9999/tidak-ada")
        assert answer.status == 404
        assert "Halaman tidak ditemukan" in answer.body.decode()
        assert (await get(port, "/foto/..%2fberita")).status == 404
        assert (await get(port, "/foto/gambar/..%2f..%2fpublication.yaml")).status == 404

    async def test_letters_are_read_up_to_a_length(self, port):
        assert (await get(port, "/surat", "POST", b"a" * 1000)).status == 202
        assert (await get(port, "/surat", "POST", b"a" * 70_000)).status == 413
        assert (await get(port, "/surat")).status == 404


async def test_the_site_closes_while_somebody_listens_to_the_ticker():
    async with serving(site(OPENED, ticks=60)) as port:
        assert (await get(port, "/langsung")).status == 200
    assert not listening(port)


async def test_a_port_that_is_taken_is_said_at_once():
    async with serving(site(OPENED)) as port:
        with pytest.raises(OSError, match="in use"):
            async with serving(site(OPENED), port=port):
                pytest.fail("nobody may come here")
