"""Headlines stand beside paths wherever pages are named, and whoever writes them steers nothing."""

import dataclasses

import pytest

from gateway.console.role import Role
from gateway.lookups.kept_headlines import KeptHeadlines
from tests import journals
from tests.console.conftest import PASSWORD, policy, stage_at
from tests.journals import GPTBOT, REFUSED, exchange, judged

HOST = "www.antara.example"
SAID = "=Banjir <b>surut</b> \u202e \u009b31m"


@pytest.fixture(scope="module")
def stage(tmp_path_factory):
    folder = tmp_path_factory.mktemp("headlines")
    entries = [
        one for n in range(3) for one in exchange(judged(n, b"/b/1", identity=GPTBOT, decision=REFUSED))
    ]
    stage = stage_at(journals.write(folder, entries))
    stage.accounts.add("sari", PASSWORD, Role.ADMIN, 0)
    KeptHeadlines(folder).keep({HOST: {"/b/1": SAID}})
    yield stage
    stage.console.review.close()
    stage.accounts.close()


def client(stage, *, allowed):
    there = policy()
    said = dataclasses.replace(
        there, hosts=tuple(dataclasses.replace(one, headlines=allowed) for one in there.hosts)
    )
    return dataclasses.replace(stage, console=dataclasses.replace(stage.console, policy=lambda: said)).client(
        name="sari"
    )


def pages(browser, stage):
    with stage.console.review.index() as index:
        code = index.printed(index.at(1))["id"]
    return ["/decisions", f"/decisions/{code}", "/operators/OpenAI", "/operators/OpenAI/pages.csv"]


def test_they_are_shown_escaped_with_the_path_beside_them(stage):
    browser = client(stage, allowed=True)
    for path in pages(browser, stage):
        text = browser.get(path).text
        assert "/b/1" in text, path
        assert not {"\u202e", "\u009b"} & {*text} or path.endswith(".csv"), path
        if path.endswith(".csv"):
            assert ",'=Banjir" in text  # no formula
        else:
            assert "=Banjir &lt;b&gt;surut&lt;/b&gt; \\u{202e} \\u{9b}31m" in text, path


def test_a_page_is_found_by_the_words_of_its_headline(stage):
    browser = client(stage, allowed=True)
    assert browser.get("/search?q=SURUT+banjir").headers["location"] == "/decisions?path=%2Fb%2F1%24"
    chips = browser.get("/decisions?path=/b/1$").text.partition('class="chips"')[2].partition("</ul>")[0]
    assert "=Banjir &lt;b&gt;surut" in chips
    stage.console.headlines.keep({HOST: {"/b/2": "Banjir <i>lagi", "/b/3$": "Banjir"}})
    page = browser.get("/search?q=banjir")
    assert page.status_code == 200
    assert "Banjir &lt;i&gt;lagi" in page.text
    assert "/b/3$" not in page.text, "it would be taken for a pattern"
    assert browser.get("/search?q=gempa").status_code == 404
    assert client(stage, allowed=False).get("/search?q=banjir").status_code == 404


def test_none_is_shown_where_the_site_does_not_allow_it(stage):
    browser = client(stage, allowed=False)
    for path in pages(browser, stage):
        answer = browser.get(path)
        assert answer.status_code == 200
        assert "Banjir" not in answer.text, path
