"""The console beside a running gateway: from the one-time link to a proof that an outsider checks, and in a browser."""

import html
import os
import re
import signal
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from datetime import datetime, timedelta
from http.cookiejar import CookieJar
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import sync_playwright

from gateway.audit import keys
from tests.axe import WCAG, broken
from tests.engines import need, until
from tests.live.rig import ahead, echoing, replace, serving, write_policy

VERIFIER = Path(__file__).parents[2] / "docs" / "izin-verify.py"
#: What GPTBot tried to take the day before.
TAKEN: list[str] = []
FORM = {"name": "sari", "password": "kata sandi panjang"}
HOSTILE = "<img src=x onerror=alert(1)>Bot/1.0 \xe2\x80\xae" + "panjang-" * 40
HUGE = "HugeBot/1.0 =cmd()<script>alert(2)</script>" + "x" * 7000


class Reviewer:
    """A browser's requests, without a browser."""

    def __init__(self, link):
        self.base = link.partition("/first/")[0]
        self._open = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar())).open

    def ask(self, path, form=None):
        """Status, address in the end, and body."""
        octets = None if form is None else urllib.parse.urlencode(form).encode()
        request = urllib.request.Request(self.base + path, octets, {"Sec-Fetch-Site": "same-origin"})
        with self._open(request, timeout=30) as answer:
            return answer.status, answer.url, answer.read()


@pytest.fixture(scope="module")
def gateway(tmp_path_factory):
    folder = tmp_path_factory.mktemp("console")
    policy = write_policy(folder / "policy", more="sections: {foto: [/foto/]}\n")
    with (
        echoing() as origin,
        serving(folder, policy, origin, env=ahead(yesterday())) as before,
    ):
        TAKEN.append(before.ask("/foto/arsip/7", "GPTBot/1.2")["izin-decision"])
    with echoing() as origin, serving(folder, policy, origin, "--console", "127.0.0.1:0") as gateway:
        yield gateway


def yesterday():
    """How far a clock is ahead that shows the end of the day before, by the site's zone, and less than 24 hours ago."""
    now = datetime.now(ZoneInfo("Asia/Jakarta"))
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    then = min(midnight - timedelta(minutes=1), now - timedelta(hours=23, minutes=30))
    return -round((now - then).total_seconds())


@pytest.fixture(scope="module")
def reviewer(gateway):
    said = until(lambda: gateway.said("console"), 30, "the console")[0]
    reviewer = Reviewer(said["first_account"])
    path = said["first_account"].removeprefix(reviewer.base)
    assert reviewer.ask(path, FORM)[0] == 200
    return reviewer


def test_from_a_refusal_to_its_proof(gateway, reviewer, tmp_path):
    id = gateway.ask("/foto/1", "GPTBot/1.2")["izin-decision"]
    code = id[-8:].lower()
    status, url, page = reviewer.ask(f"/search?q={code}")
    assert (status, url) == (200, f"{reviewer.base}/decisions/{code}")
    text = page.decode()
    assert "uses.ai-train" in text
    assert "Dilarang mengambil konten untuk AI" in text
    documents = re.findall(r'href="(/texts/[^"]+)"><code>([^<]+)', text)
    robots = next(path for path, name in documents if name == "/robots.txt")
    assert b"GPTBot" in reviewer.ask(robots.replace("&amp;", "&"))[2]
    proof = tmp_path / "bukti.zip"
    proof.write_bytes(reviewer.ask(f"/decisions/{id}/proof", {"make": "1"})[2])
    key = gateway.journal / keys.PUBLIC
    ran = subprocess.run(
        [sys.executable, str(VERIFIER), str(proof), "--key", str(key)],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    looks = gateway.events("look")
    assert looks[-1]["details"]["asked"] == {"entry": id}
    assert looks[-1]["details"]["account"] == "sari"
    assert gateway.events("export")[-1]["details"]["account"] == "sari"
    assert gateway.events("account")[0]["details"] | {"by": ""} == {
        "change": "added",
        "name": "sari",
        "by": "",
    }
    form = {"since": "2020-01-01", "until": "2100-01-01"}
    assert reviewer.ask("/operators/OpenAI/case", form)[2].startswith(b"PK")
    # Nothing of this is on the public listener, nor under another name.
    assert b"Ruang tinjau" not in gateway.ask("/sign-in").body
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(urllib.request.Request(reviewer.base + "/", headers={"Host": "jahat.example"}))
    assert refused.value.code == 421
    refused.value.close()


@pytest.fixture(scope="module")
def browser(gateway, reviewer):
    binary = need("chromium", "chromium")
    gateway.ask("/berita/3", HOSTILE)
    gateway.ask("/berita/" + "p" * 2000, HUGE)
    gateway.ask("/berita/4", "Mozilla/5.0 (X11; Linux x86_64) Chrome/142.0.0.0 Safari/537.36")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=binary, args=["--no-sandbox"])
        yield chromium
        chromium.close()


def signed_in(browser, reviewer, said, asked, width=1280, path="/decisions"):
    context = browser.new_context(viewport={"width": width, "height": 800})
    page = context.new_page()
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("dialog", lambda dialog: said.append(dialog.message))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{reviewer.base}{path}")
    page.fill("[name=name]", FORM["name"])
    page.fill("[name=password]", FORM["password"])
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{path}")
    return page


def test_it_can_be_read_on_every_screen(browser, reviewer, gateway):
    said: list[str] = []
    asked: list[str] = []
    page = signed_in(browser, reviewer, said, asked)
    code = page.locator("td.code a").first.get_attribute("href")
    hostile = reviewer.ask("/decisions.csv?path=/berita/p")[2].decode().splitlines()[1].split(",")[1]
    for path in (
        "/",
        f"/decisions/{hostile}",
        "/letter",
        "/policy/history",
        "/operators",
        "/policy?agent=GPTBot&path=/foto/1",
        "/policy/statements",
        "/licenses",
        "/operators/OpenAI",
        "/decisions",
        code,
        "/accounts",
        "/operators/OpenAI/case",
        "/search?q=tiada",
        "/decisions/tiada",
    ):
        for lang, scheme in (("id", "light"), ("en", "dark")):
            page.emulate_media(color_scheme=scheme)
            page.goto(f"{reviewer.base}{path}{'&' if '?' in path else '?'}lang={lang}")
            assert page.evaluate("document.documentElement.lang") == lang
            for width in (360, 768, 1280, 1920):
                page.set_viewport_size({"width": width, "height": 800})
                assert page.evaluate("document.documentElement.scrollWidth") <= width, (path, width)
            rules = WCAG if scheme == "light" else ["color-contrast"]
            assert broken(page, rules) == [], (path, lang, scheme)
    assert all(url.startswith((reviewer.base, "data:")) for url in asked)
    # The list keeps itself up to date, and the keys lead through it.
    page.goto(f"{reviewer.base}/decisions?lang=id")
    id = gateway.ask("/berita/5", "ClaudeBot/1.0")["izin-decision"]
    page.wait_for_selector(f"#d{id}", timeout=15_000)
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/decisions/*")
    page.keyboard.press("/")
    page.keyboard.type(id[-8:])
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/decisions/{id[-8:]}")
    assert "ClaudeBot ditolak" in page.inner_text("h1")
    missed = [one for one in said if "404" not in one]  # those that were asked for
    assert missed == []
    page.context.close()


def test_an_editor_finds_what_happened_and_proves_it(browser, gateway, reviewer, tmp_path):
    said: list[str] = []
    asked: list[str] = []
    # On a telephone, from the address that the gateway printed: who tried to take the photographs yesterday?
    page = signed_in(browser, reviewer, said, asked, 360, "/")
    gateway.ask("/foto/arsip/8", "ClaudeBot/1.0")  # today
    assert "mencoba mengambilnya kemarin" in page.inner_text(".parts")
    page.click(".parts >> text=foto")
    assert "1 ditolak, dari OpenAI (1)" in page.inner_text(".lead")
    page.click("table.decisions a[href^='/decisions/']")
    assert page.url == f"{reviewer.base}/decisions/{TAKEN[0]}"
    assert page.inner_text("h1") == "GPTBot ditolak"
    assert "tanpa izin tertulis (use-denied)" in page.inner_text("main")
    with page.expect_download() as download:
        page.click("text=Unduh bukti")
    proof = tmp_path / "bukti.zip"
    download.value.save_as(proof)
    command = [sys.executable, str(VERIFIER), str(proof), "--key", str(gateway.journal / keys.PUBLIC)]
    ran = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    page.click("footer >> text=English")
    assert page.inner_text("h1") == "GPTBot was refused"
    page.goto(f"{reviewer.base}/letter?lang=id")
    page.wait_for_selector("text=Yang tidak dapat dilihat Izin")
    assert len(re.findall(rb"/Type\s*/Page\b", page.pdf(format="A4"))) == 1
    page.keyboard.press("?")
    assert page.locator("dialog").is_visible()
    page.keyboard.press("Escape")
    page.goto(f"{reviewer.base}/decisions?operator=OpenAI")
    with page.expect_download() as download:
        page.keyboard.press("e")
    assert download.value.suggested_filename == "koran-decisions.csv"
    assert all(url.startswith((reviewer.base, "data:")) for url in asked)
    assert said == []
    page.context.close()


def test_the_first_view_is_small(browser, reviewer):
    page = signed_in(browser, reviewer, [], [])
    line, octets = page.context.new_cdp_session(page), []
    line.send("Network.enable")
    line.send("Network.setCacheDisabled", {"cacheDisabled": True})
    line.on("Network.loadingFinished", lambda told: octets.append(told["encodedDataLength"]))
    page.goto(reviewer.base, wait_until="networkidle")
    assert 20_000 < sum(octets) < 150_000
    page.context.close()


def test_a_change_of_terms_is_shown(gateway, reviewer):
    before = gateway.ready()[1]["version"]
    site = gateway.policy / "site.yaml"
    replace(site, site.read_text("utf-8").replace("ai-index: deny", "ai-index: allow"))
    gateway.reread(before + 1)
    page = reviewer.ask("/policy/history")[2].decode()
    assert "masih berlaku" in page
    path = html.unescape(re.search(r'href="(/policy/difference[^"]+)"', page)[1])
    changed = reviewer.ask(path)[2].decode()
    assert "robots.txt" in changed
    assert re.search('class="(added|removed)"', changed)


def test_the_brake_holds_at_once(gateway, reviewer):
    order = {"mode": "observe", "for": "15m", "sure": "1"}
    _, url, page = reviewer.ask("/policy/mode", order)
    assert url == f"{reviewer.base}/policy"
    assert "Hanya mengamati" in page.decode()
    assert gateway.ask("/berita/7", "GPTBot/1.2").status == 200
    assert gateway.events("mode")[-1]["details"]["account"] == "sari"
    assert "Menegakkan</strong>" in reviewer.ask("/policy/mode", order | {"mode": "policy"})[2].decode()
    assert gateway.ask("/berita/7", "GPTBot/1.2").status == 403


def test_a_console_that_ends_is_started_again_and_harms_nobody(gateway, reviewer):
    (child,) = children(gateway.program.process.pid)
    before = len(gateway.said("console"))
    os.kill(child, signal.SIGKILL)
    assert gateway.ask("/berita/6").status == 200
    until(lambda: len(gateway.said("console")) > before, 30, "another console")
    (again,) = children(gateway.program.process.pid)
    assert again != child
    assert "first_account" not in gateway.said("console")[-1]


def children(pid):
    found = []
    for entry in Path("/proc").iterdir():
        try:
            stat = (entry / "stat").read_text().rpartition(")")[2].split()
        except (OSError, ValueError):
            continue
        if len(stat) > 1 and stat[1] == str(pid) and stat[0] != "Z":
            found.append(int(entry.name))
    return found


def test_a_console_ends_with_its_gateway(tmp_path):
    with serving(tmp_path, write_policy(tmp_path / "policy"), 9, "--console", "127.0.0.1:0") as gateway:
        until(lambda: gateway.said("console"), 30, "the console")
        (child,) = children(gateway.program.process.pid)
        os.kill(gateway.program.process.pid, signal.SIGKILL)
        until(lambda: not alive(child), 15, "the console's end")


def alive(pid):
    try:
        return (Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
