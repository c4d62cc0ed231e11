"""The pages in Chromium: on a telephone and a desk, by day and by night, and on paper."""

import re

import pytest
from playwright.sync_api import Browser, Page, Route, sync_playwright

from gateway.enforce import answer_to, unreachable
from gateway.vocabulary import Use, Verdict
from tests.engines import need
from tests.sites import BAN, host, judgement, policy, version

OFFERED = version(policy(host(uses={**BAN, Use.AI_INPUT: Verdict.LICENSE})))
LONG = b"/berita/" + b"panjang-" * 60
PAGES = {
    "refusal": lambda: answer_to(judgement(version(), path=LONG, accept="text/html")),
    "license": lambda: answer_to(judgement(OFFERED, "ChatGPT-User/1.0", accept="text/html")),
    "whoami": lambda: answer_to(
        judgement(version(), "Googlebot/2.1", b"/_izin/whoami?path=" + LONG, accept="text/html")
    ),
    "unreachable": lambda: unreachable(judgement(version(), "Firefox", accept="text/html"), 502),
}

# The contrast of every text with what is behind it: WCAG 2.2, success criterion 1.4.3.
CONTRASTS = """() => {
  const light = c => { const v = c / 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4 }
  const luminance = css => { const [r, g, b] = css.match(/[\\d.]+/g).map(Number); return 0.2126 * light(r) + 0.7152 * light(g) + 0.0722 * light(b) }
  const paper = luminance(getComputedStyle(document.body).backgroundColor)
  return [...document.querySelectorAll('body *')].filter(e => [...e.childNodes].some(n => n.nodeType == 3 && n.data.trim())).map(e => {
    const ink = luminance(getComputedStyle(e).color)
    return (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05)
  })
}"""


@pytest.fixture(scope="module")
def browser():
    binary = need("chromium", "chromium")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=binary, args=["--no-sandbox"])
        yield chromium
        chromium.close()


def opened(browser: Browser, name: str) -> tuple[Page, list[str], list[str]]:
    """The page as the browser gets it from us, every request it makes, and everything it complains of."""
    reply = PAGES[name]()
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    asked: list[str] = []
    said: list[str] = []

    def serve(route: Route) -> None:
        asked.append(route.request.url)
        headers = {field.decode(): value.decode() for field, value in reply.fields}
        route.fulfill(status=200, headers=headers, body=reply.body)

    page.route("**/*", serve)
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto("http://www.antara.example/berita/1")
    return page, asked, said


@pytest.mark.parametrize("name", PAGES)
def test_a_page_can_be_read(browser, name):
    page, asked, said = opened(browser, name)
    try:
        for width in (360, 1280):
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate("document.documentElement.scrollWidth") <= width
        papers = set()
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            contrasts = page.evaluate(CONTRASTS)
            assert contrasts
            assert min(contrasts) >= 4.5, scheme
            papers.add(page.evaluate("getComputedStyle(document.body).backgroundColor"))
        assert len(papers) == 2
        # The style is in force: its digest is the one that the Content-Security-Policy names.
        assert page.evaluate("getComputedStyle(document.querySelector('main')).display") == "block"
        assert page.evaluate("getComputedStyle(document.body).maxWidth") == "608px"
        assert said == []
        assert [url for url in asked if not url.endswith("/favicon.ico")] == [
            "http://www.antara.example/berita/1"
        ]
    finally:
        page.close()


@pytest.mark.parametrize("name", sorted(PAGES.keys() - {"whoami"}))
def test_an_answer_is_one_sheet_of_paper(browser, name):
    page, _, _ = opened(browser, name)
    page.emulate_media(color_scheme="dark")
    try:
        assert len(re.findall(rb"/Type /Page\b(?!s)", page.pdf(format="A4"))) == 1
    finally:
        page.close()


def test_both_languages_are_marked(browser):
    page, _, _ = opened(browser, "refusal")
    try:
        assert page.evaluate("document.documentElement.lang") == "id"
        assert page.locator("blockquote[lang=en]").count() == 1
        assert page.locator("h1").count() == 1
        assert page.title() == "Pengambilan untuk AI memerlukan izin tertulis · ANTARA News"
        # From the keyboard: the links in the order in which they are read.
        page.keyboard.press("Tab")
        assert "Laporkan kekeliruan" in page.evaluate("document.activeElement.innerText")
        link = page.evaluate("document.activeElement.href")
        assert link.startswith("mailto:lisensi@antara.example?subject=Keliru%20")
        assert link.count("%0D%0A") == 2
    finally:
        page.close()
