"""The manual's web site: every page in both languages, found by its search, readable by everybody, and nothing from elsewhere."""

import html
import http.server
import re
import threading
from functools import partial

import pytest
from playwright.sync_api import sync_playwright

from docs import publish
from docs.contents import contents
from tests.axe import broken
from tests.engines import need


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Files of a folder, without a line for each."""

    def log_message(self, *_):
        """Nothing."""


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    need("zensical", "PyPI package zensical: `make engines`")
    folder = tmp_path_factory.mktemp("site") / "site"
    assert publish.main(["--out", str(folder)]) == 0
    return folder


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=need("chromium", "chromium"), args=["--no-sandbox"]
        )
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def address(site):
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(site))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_each_page_is_there_in_both_languages(site):
    for part in contents():
        for page in part.pages:
            name = page.name.replace(".md", ".html")
            indonesian, english = ((folder / name).read_text("utf-8") for folder in (site, site / "en"))
            assert '<html lang="id"' in indonesian
            assert '<html lang="en"' in english
            assert ('<div lang="en">' in indonesian) == (page.translation is None), page.file
            assert f'href="./en/{name}"' in indonesian, "the other language is one link away"
            assert f'href="../{name}"' in english


def test_every_link_of_the_site_leads_somewhere(site):
    """As built, where links between the languages are ours to make."""
    pages = {path: path.read_text("utf-8") for path in site.rglob("*.html") if path.name != "404.html"}
    ids = {path: set(re.findall(r'\bid="([^"]*)"', text)) for path, text in pages.items()}
    lost = []
    for path, text in pages.items():
        for link in re.findall(r'<a [^>]*?href="([^"]*)"', text):
            name, _, anchor = html.unescape(link).partition("#")
            if re.match(r"[a-z]+:", link):
                continue
            place = (path.parent / name).resolve() if name else path
            if not place.exists() or (anchor and place in ids and anchor not in ids[place]):
                lost.append(f"{path.relative_to(site)}: {link}")
    assert len(pages) == 2 * sum(len(part.pages) for part in contents())
    assert lost == []


def test_pages_ask_nobody_else_and_anybody_can_read_them(browser, address):
    asked, wrong = set(), []
    for path, width, scheme in (
        ("index.html", 360, "dark"),
        ("keys.html", 360, "light"),
        ("letter.html", 1440, "dark"),
        ("en/settings.html", 1440, "light"),
    ):
        page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
        page.on("request", lambda request: asked.add(request.url))
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.goto(f"{address}/{path}")
        wrong.extend(f"{path}: {one}" for one in broken(page))
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{path} scrolls sideways"
        page.close()
    assert wrong == []
    assert [url for url in asked if not url.startswith((address, "data:"))] == []


@pytest.mark.parametrize(
    ("edition", "words", "found", "said"),
    [("", "segel jurnal", "journal.html", "hasil"), ("en/", "time stamp", "evidence.html", "results")],
    ids=["Indonesian", "English"],
)
def test_the_search_finds(browser, address, edition, words, found, said):
    page = browser.new_page()
    page.goto(f"{address}/{edition}index.html", wait_until="networkidle")
    page.keyboard.press("/")
    page.keyboard.type(words)
    results = page.get_by_role("dialog").last
    results.locator(f"a[href*='{found}']").first.wait_for(timeout=20_000)
    assert re.fullmatch(rf"\d+ {said}", results.get_by_role("status").inner_text())
    page.close()
