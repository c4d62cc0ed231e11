"""How alerts read, whatever is in what they speak of."""

import re
from datetime import UTC
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from gateway.alerts.delivery import Message
from gateway.alerts.kinds import KINDS, UNTOLD, Alert, Severity
from gateway.alerts.ledger import Notice, Pace, Standing, Told, due, seen
from gateway.alerts.mail import written
from gateway.alerts.wording import Place, letter, members, subject
from gateway.vocabulary import Language, Sentence
from gateway.warned import WARNINGS

MANUAL = (Path(__file__).parents[2] / "docs" / "manual" / "watching.md").read_text("utf-8")
PLACE = Place("antara", "mesin-1", ZoneInfo("Asia/Jakarta"))
AT = 1_795_392_000_000_000


def notices(*alerts):
    standings = seen({}, alerts, AT, Pace(60, 3600))
    return due(standings, AT + 10**10, Pace(60, 3600))


def alert(kind, said):
    return Alert(kind, Sentence(said, f"en {said}"))


def test_every_warning_is_told_of_or_not_and_the_manual_says_what_to_do():
    anchors = {
        re.sub("[^a-z -]", "", head.lower()).replace(" ", "-")
        for head in re.findall("^##+ (.+)$", MANUAL, re.MULTILINE)
    }
    assert not KINDS.keys() & UNTOLD
    assert KINDS.keys() | UNTOLD == {one.code for one in WARNINGS} | {"trial"}, "in KINDS or in UNTOLD"
    for name, kind in KINDS.items():
        assert kind.page in anchors, name
        assert f"`{name}`" in MANUAL


def test_a_message_says_what_since_when_and_what_to_do():
    text = letter(
        PLACE,
        notices(alert("policy-not-taken-up", "kebijakan: site.yaml:3:1"), alert("journal", "jurnal: penuh")),
    )
    indonesian, _, english = text.partition("\n\n-- \n\n")
    assert indonesian.index("GENTING: jurnal: penuh") < indonesian.index("PERINGATAN: kebijakan")
    assert "sejak 23 November 2026 pukul 07.00.00 WIB" in indonesian
    assert "docs/manual/watching.md#the-policy-was-not-taken-up" in indonesian
    assert "CRITICAL: en jurnal: penuh" in english
    assert "since 23 November 2026, 00:00:00 UTC" in english
    first = subject(
        PLACE, notices(alert("policy-not-taken-up", "kebijakan: p"), alert("journal", "jurnal: penuh"))
    )
    assert first.startswith("[Izin antara] GENTING: jurnal: penuh")
    assert first.endswith("(+1)")


def test_what_is_over_says_from_when_to_when():
    one = Standing("policy-not-taken-up", "", Severity.WARNING, Sentence("a", "b"), AT, over=AT + 60_000_000)
    text = letter(PLACE, [Notice(Told.OVER, "policy-not-taken-up", one)])
    assert (
        "SELESAI: a\n    dari 23 November 2026 pukul 07.00.00 WIB sampai 23 November 2026 pukul 07.01.00 WIB"
        in text
    )


@given(st.text(max_size=800), st.text(max_size=50))
def test_nothing_that_it_speaks_of_ends_a_line_or_a_header(hostile, site):
    found = notices(
        alert("policy-not-taken-up", hostile),
        Alert("not-anchored", Sentence("a\r\nBcc: x@y.example", hostile), hostile),
    )
    place = Place(site, hostile, UTC)
    first, text = subject(place, found), letter(place, found)
    assert len(first) <= 140
    assert first.isprintable() or all(char == " " or char.isprintable() for char in first)
    assert all(char == "\n" or char.isprintable() or char == " " for char in text)
    assert not re.search("^Bcc:", text, re.MULTILINE)
    mail = written(Message("msg_1", AT, first, text, {}), "izin@koran.example", "redaksi@koran.example")
    head = bytes(mail).partition(b"\r\n\r\n")[0]
    assert len(re.findall(rb"^[A-Za-z-]+:", head, re.MULTILINE)) == 10
    assert b"\nBcc" not in head
    told = msgspec.json.decode(msgspec.json.encode(members(place, found, AT)))
    assert {one["kind"] for one in told["data"]["alerts"]} == {"policy-not-taken-up", "not-anchored"}
    for one in told["data"]["alerts"]:
        assert one["says"].keys() == set(Language)
        assert all(len(said) < 10_000 and said.isprintable() for said in one["says"].values())
