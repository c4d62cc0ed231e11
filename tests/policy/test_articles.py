"""When an article was published: by a field of the answer, or by its path."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.enforce.answer import Embargo
from gateway.instants import instant
from gateway.policy.articles import Articles, dated_path, published

JAKARTA = ZoneInfo("Asia/Jakarta")
NOON = instant(datetime(2026, 11, 24, 5, tzinfo=UTC))


@pytest.mark.parametrize(
    "text",
    [
        "Tue, 24 Nov 2026 05:00:00 GMT",
        "Tue, 24 Nov 2026 12:00:00 +0700",
        "2026-11-24T12:00:00+07:00",
        "2026-11-24T05:00:00Z",
        "2026-11-24 12:00",
        " 2026-11-24T12:00:00 ",
    ],
)
def test_a_field_tells_an_instant_in_the_forms_in_use(text):
    assert published(text, JAKARTA) == NOON


@pytest.mark.parametrize("text", ["2026-11-24", "20261124", " 2026-11-24 "])
def test_a_day_without_a_time_is_over_at_its_midnight(text):
    """An article of this evening is no older than that, so an embargo must not be counted from the morning."""
    assert published(text, JAKARTA) == instant(datetime(2026, 11, 25, tzinfo=JAKARTA))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "kemarin",
        "9999-12-31",
        "0",
        "1764000000",
        "2026-13-01",
        "99999-01-01",
        "Tue, 99 Nov 2026",
        "Tue, 24 Nov 2026 05:00:00 GMT, Wed, 25 Nov 2026 05:00:00 GMT",
        "2026-11-24, 2026-11-25",
        "Tue, 24 Nov 2026 05:00:00 GMT" + " " * 40 + "x",
    ],
)
def test_what_is_no_instant_tells_none(text):
    assert published(text, JAKARTA) is None


@given(st.text(max_size=80))
def test_any_field_has_an_answer(text):
    assert isinstance(published(text, JAKARTA), int | None)


@pytest.mark.parametrize(
    ("pattern", "path", "day"),
    [
        ("/YYYY/MM/DD/", "/2026/11/23/a", 24),
        ("/YYYY/MM/DD/", "/id/2026/11/23/a", 24),
        ("/DD-MM-YYYY", "/23-11-2026-a", 24),
        ("-YYYYMMDD", "/a-20261123", 24),
        ("/YYYY/MM/DD/", "/2026/11/a", None),
        ("/YYYY/MM/DD/", "/2026/02/30/a", None),
        ("/YYYY/MM/DD/", "/0000/01/01/a", None),
        ("/YYYY/MM/DD/", "/9999/12/31/a", None),
        ("/YYYY.MM.DD/", "/2026x11x23/", None),
    ],
)
def test_a_path_tells_the_end_of_a_day(pattern, path, day):
    found = Articles(None, dated_path(pattern)).dated(path, JAKARTA)
    assert found == (None if day is None else instant(datetime(2026, 11, day, tzinfo=JAKARTA)))


@pytest.mark.parametrize("text", ["/", "/YYYY/MM/", "/YYYY/YYYY/MM/DD", "/yyyy/mm/dd/"])
def test_a_pattern_names_a_whole_day(text):
    with pytest.raises(ValueError, match="each once"):
        dated_path(text)


@pytest.mark.parametrize(
    ("status", "fields", "withheld"),
    [
        (200, [("last-modified", "Tue, 24 Nov 2026 05:00:00 GMT")], False),
        (200, [("last-modified", "Tue, 24 Nov 2026 05:00:01 GMT")], True),
        (206, [("last-modified", "Tue, 24 Nov 2026 05:00:01 GMT")], True),
        (200, [], True),
        (200, [("last-modified", "entah")], True),
        (200, [("last-modified", "Mon, 23 Nov 2026 05:00:00 GMT"), ("last-modified", "entah")], True),
        (200, [("date", "Mon, 23 Nov 2026 05:00:00 GMT")], True),
        (304, [], False),
        (301, [], False),
        (404, [], False),
    ],
)
def test_an_answer_is_withheld_unless_it_says_that_it_is_old_enough(status, fields, withheld):
    embargo = Embargo(b"last-modified", NOON, JAKARTA)
    assert embargo.withholds(status, [(name.encode(), value.encode()) for name, value in fields]) is withheld
