"""What the gateway warns of has a code, says the same in both languages, and stands in the manual."""

import re
from pathlib import Path

from gateway.vocabulary import Sentence
from gateway.warned import JOURNAL, PREFILTER_OLD, WARNINGS, share

MANUAL = (Path(__file__).parents[1] / "docs/manual/operations.md").read_text("utf-8")


def test_every_warning_is_in_the_manual_by_its_code():
    codes = [one.code for one in WARNINGS]
    assert len({*codes}) == len(codes)
    assert [code for code in codes if f"\n| `{code}` |" not in MANUAL] == []
    assert {*re.findall(r"\n\| `([a-z-]+)` \| `", MANUAL)} & {"observe", "set-aside"} <= {*codes}


def test_both_languages_name_the_same():
    for code, text, _ in WARNINGS:
        named = [{*re.findall(r"\{(\w*)\}", said)} for said in text]
        assert named[0] == named[1], code


def test_what_it_names_is_no_template_and_may_differ_by_language():
    assert JOURNAL.of(state="{0} {x}").id == "jurnal: {0} {x}"
    told = PREFILTER_OLD.of(requests=Sentence("2 permintaan", "2 requests"))
    assert [told.id[:12], told.en[:10]] == ["2 permintaan", "2 requests"]
    assert share(0.974) == ("97 %", "97%")
