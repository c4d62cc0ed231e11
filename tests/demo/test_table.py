"""The table says in plain words what an entry of the journal holds."""

import io

import pytest

from gateway.demo.script import cast
from gateway.demo.table import HEADINGS, VERDICTS, WIDTHS, Table
from gateway.vocabulary import Purpose, Sentence, Verdict

READER = {
    "verdict": "allow",
    "rule": None,
    "reasons": ["nothing-forbids"],
    "identity": {"kind": "people", "assurance": "anonymous", "agent": None, "purpose": None, "evidence": []},
}
GPTBOT = {
    "verdict": "deny",
    "rule": "uses.ai-train",
    "reasons": ["use-denied"],
    "identity": {
        "kind": "agents",
        "assurance": "claimed",
        "agent": "GPTBot",
        "purpose": "ai-train",
        "evidence": [],
    },
}


def written(language: str, *rows, colour: bool = False) -> str:
    out = io.StringIO()
    table = Table(out, language, colour=colour)
    table.head()
    for row in rows:
        table.row(*row)
    return out.getvalue()


def test_a_served_reader_and_a_refused_crawler():
    text = written(
        "id", (Sentence("Pembaca", "Reader"), 200, READER), (Sentence("OpenAI", "OpenAI"), 403, GPTBOT)
    )
    assert text.splitlines() == [
        "klien                      dikenali sebagai          putusan       mengapa",
        "Pembaca                    pembaca                   dilayani 200  tidak ada aturan yang melarangnya",
        "OpenAI                     GPTBot: pelatihan AI      ditolak 403   penggunaan ini dilarang tanpa",
        "                                                                   izin tertulis (uses.ai-train)",
    ]


def test_what_was_found_about_a_license_or_a_path_stands_beside_the_deciding_reason():
    entry = {
        **GPTBOT,
        "reasons": ["use-denied", "license-not-here", "claim-believed"],
        "identity": {**GPTBOT["identity"], "evidence": [{"finding": "claim-believed"}]},
    }
    why = Table(io.StringIO(), "en", colour=False).why(entry)
    assert why == (
        "this use is forbidden without written permission (uses.ai-train); "
        "the written permission does not cover this page"
    )


def test_the_same_in_english():
    text = written("en", (Sentence("OpenAI", "OpenAI"), 403, GPTBOT))
    assert "GPTBot: AI training" in text
    assert "refused 403" in text
    assert "without" in text


@pytest.mark.parametrize(
    ("identity", "words"),
    [
        pytest.param({"agent": "curl", "kind": "tools"}, "curl: perkakas", id="a tool"),
        pytest.param({"name": "AntahBot"}, "AntahBot: perayap tak dikenal", id="an unknown crawler"),
        pytest.param(
            {"assurance": "corroborated"}, "GPTBot: pelatihan AI, terbukti", id="a claim that is proved"
        ),
        pytest.param({"agent": None, "kind": "people"}, "pembaca", id="a reader"),
    ],
)
def test_whom_a_client_is_taken_for(identity, words):
    rest = {} if "assurance" in identity else {"purpose": None}
    given = {**GPTBOT["identity"], **rest, **({"agent": None} if "name" in identity else {}), **identity}
    assert Table(io.StringIO(), "id", colour=False).taken_for(given) == words


def test_a_client_without_answer_or_entry_is_shown_too():
    text = written("en", (Sentence("a", "b"), None, None), (Sentence("c", "d"), None, GPTBOT))
    assert "not in the journal" in text
    assert "refused no" in text


def test_differences_stand_below_their_row():
    out = io.StringIO()
    Table(out, "id", colour=False).differing(["status: expected 403, got 200"])
    assert out.getvalue() == "  ≠ status: expected 403, got 200\n"


def test_colour_repeats_what_the_words_say():
    rows = [(Sentence("a", "a"), 403, GPTBOT)]
    plain, coloured = written("id", *rows), written("id", *rows, colour=True)
    assert "\x1b" not in plain
    assert "\x1b[31mditolak 403\x1b[0m" in coloured


@pytest.mark.parametrize("language", ["id", "en"])
def test_no_line_is_wider_than_a_hundred(language):
    agents = [{**GPTBOT["identity"], "agent": "x" * 60, "purpose": purpose} for purpose in Purpose]
    rows = [
        (client.name, 403, {**GPTBOT, "identity": agent})
        for client, agent in zip(cast(), agents, strict=False)
    ]
    assert max(map(len, written(language, *rows).splitlines())) <= 100
    assert sum(WIDTHS) + 6 <= 100


def test_every_word_has_its_sentence():
    assert VERDICTS.keys() == set(Verdict)
    assert len(HEADINGS) == len(WIDTHS)
