"""Every member of a closed set that people hear of has one name, in both languages."""

import pytest

from gateway.names import ASSURANCES, KINDS, MONTHS, PURPOSES
from gateway.vocabulary import Assurance, Kind, Language, Purpose, Sentence


@pytest.mark.parametrize(
    ("members", "names"), [(Kind, KINDS), (Purpose, PURPOSES), (Assurance, ASSURANCES)], ids=str
)
def test_each_member_has_a_name_of_its_own(members, names):
    assert names.keys() == set(members)
    for language in Language:
        assert len({name.said(language) for name in names.values()}) == len(members)


def test_the_year_has_twelve_months():
    assert len(set(MONTHS)) == 12


def test_a_sentence_is_said_in_the_language_asked_for():
    said = Sentence("izin tertulis", "written permission")
    assert [said.said(language) for language in Language] == ["izin tertulis", "written permission"]


def test_words_go_with_their_number():
    said = Sentence("{n} permintaan ditolak", "{n} {n:request was/requests were} refused")
    told = [said.filled(n=Language.EN.number(n)).en for n in (0, 1, 2, 1_001)]
    assert told == [
        "0 requests were refused",
        "1 request was refused",
        "2 requests were refused",
        "1,001 requests were refused",
    ]
    assert said.filled(n=Language.ID.number(1)).id == "1 permintaan ditolak"
