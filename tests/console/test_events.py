"""The page of an event: its details in words, in both languages, and nothing of them as code."""

import re
from pathlib import Path

import pytest

from gateway.console.role import Role
from gateway.console.words_of_details import DETAILS
from gateway.record import event_entry
from tests import journals
from tests.console.conftest import PASSWORD, stage_at

REMOVAL = {
    "file": "00000000000000000001.izj",
    "entries": 1234,
    "counts": {"people": 1200, "<b>\u202e": 34},
    "held": 0,
    "until": "2026-11-23T07:05:33.000000Z",
}
ORDER = {"mode": "observe", "host": "*", "until": 1_795_600_000_000_000, "by": "uid 0", "given": None}
ODD = {
    "operators": ["OpenAI", "Meta"],
    "networks": [],
    "retold": True,
    "lists": [{"digest": "sha256:ab", "prefixes": 12}],
    "until": 1 << 62,
    "since": "2026-13-99T00:00:00Z",
    "ramalan": {"dalam": [1, [2]]},
}


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    events = (("removal", REMOVAL), ("mode", ORDER), ("hold", ODD))
    every = [
        event_entry(f"{number:026}", journals.START, name, details)
        for number, (name, details) in enumerate(events, 1)
    ]
    stage = stage_at(journals.write(tmp_path_factory.mktemp("events"), every))
    stage.accounts.add("sari", PASSWORD, Role.ADMIN, 0)
    yield stage.client(name="sari")
    stage.console.review.close()
    stage.accounts.close()


def facts(client, number, language="id"):
    """Each detail by its name, as the page shows them."""
    client.cookies.set("izin-language", language)
    page = client.get(f"/decisions/{number:026}").text.partition("</article>")[0]
    client.cookies.delete("izin-language")
    found = re.findall(r"<dt>(.*?)</dt><dd[^>]*>(.*?)</dd>", page, re.DOTALL)
    return {name: re.findall(r"<p>(.*?)</p>", texts) for name, texts in found}


def test_details_are_words_in_both_languages(client):
    assert facts(client, 1) == {
        "berkas": ["00000000000000000001.izj"],
        "catatan": ["1.234"],
        "jumlah menurut golongan": ["&lt;b&gt;\\u202e: 34", "people: 1.200"],
        "ditahan": ["0"],
        "sampai": ["23 November 2026, 14.05.33 WIB"],
    }
    assert facts(client, 1, "en")["count by class"][1] == "people: 1,200"
    assert facts(client, 2, "en") == {
        "mode": ["observe"],
        "host": ["*"],
        "until": ["25 November 2026, 16:46:40 WIB"],
        "by": ["uid 0"],
        "given": ["–"],
    }


def test_whatever_they_are_made_of_is_on_lines(client):
    assert facts(client, 3, "en") == {
        "operators": ["OpenAI", "Meta"],
        "networks": ["–"],
        "told again": ["yes"],
        "lists": ["digest: sha256:ab; networks: 12"],
        "until": [str(1 << 62)],
        "since": ["2026-13-99T00:00:00Z"],
        "ramalan": ["dalam: 1; 2"],
    }


def test_each_detail_of_the_manual_has_a_name():
    told = (Path(__file__).parents[2] / "docs/manual/journal.md").read_text("utf-8")
    rows = re.findall(
        r"^\| `.*?\| (.*)\|$", told.partition("| event |")[2].partition("\n## ")[0], re.MULTILINE
    )
    named = {name for row in rows for name in re.findall(r"`([a-z_0-9]+)`", row)}
    said_of_others = {"start", "stop", "retention", "lost", "back"}  # events, and values of details
    assert len(named) > 60
    assert not named - said_of_others - DETAILS.keys()
