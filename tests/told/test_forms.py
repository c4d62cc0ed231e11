"""The forms in which programs write access logs, one line each, and all of them mixed."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.told.access_log import Hit, Lines, NoHit, layout_of
from gateway.told.layout import Columns
from tests import tables

CASES = tables.read("cases/access-logs.yaml")
AT = 1_795_485_605_000_000
HOST = "www.antara.example"


def read(case: dict) -> Hit | NoHit | None:
    lines = Lines(layout=layout_of(case["format"]) if "format" in case else None)
    if "before" in case:
        assert lines.read(case["before"].encode()) is None
    return lines.read(case["line"].encode())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_a_line_says_the_same_in_every_form(case):
    found = read(case)
    if "not" in case:
        assert found is NoHit(case["not"])
        return
    assert isinstance(found, Hit)
    assert found.address == case.get("address", "192.0.2.9")
    assert found.at == (None if case.get("time") is False else AT)
    assert (found.host or "").partition(":")[0] == ("" if case.get("host") is False else HOST)
    assert found[3:] == ("GET", "/berita/1?id=2", "GPTBot/1.3", 200, 512)


def test_all_forms_that_need_no_telling_may_be_mixed():
    lines = Lines()
    cases = [case for case in CASES if "format" not in case and "before" not in case] * 2
    found = [lines.read(case["line"].encode()) for case in cases]
    assert sum(isinstance(one, Hit) for one in found) == sum("not" not in case for case in cases) >= 26
    assert {one for one in found if not isinstance(one, Hit)} == {NoHit.MALFORMED, NoHit.UNREPLAYABLE}


def test_a_told_layout_leaves_lines_of_other_forms_to_be_known_by_themselves():
    (envoy,) = [case for case in CASES if case["name"].startswith("Envoy")]
    lines = Lines(layout=layout_of(envoy["format"]))
    for case in CASES:
        if "format" not in case and "before" not in case and "not" not in case:
            assert isinstance(lines.read(case["line"].encode()), Hit), case["name"]


@pytest.mark.parametrize(
    ("layout", "why"),
    [
        ("", "names no variable"),
        ("hello", "names no variable"),
        ("$remote_addr$status", "nothing stands between `$remote_addr` and `$status`"),
        ('$remote_addr "$http_user_agent"', "does not tell what was asked"),
        ('$request_method "$http_user_agent"', "does not tell what was asked"),
        ('"$request" $status', "does not tell who asked"),
        ("$a " * 300, "too long"),
    ],
)
def test_a_layout_that_tells_too_little_is_refused(layout, why):
    with pytest.raises(ValueError, match=r"^(it|nothing) ") as caught:
        layout_of(layout)
    assert why in str(caught.value)


def test_quoted_variables_keep_their_quotes_and_braces_part_names():
    layout = layout_of('${remote_addr}x "$request"  "$http_user_agent"')
    line = rb'192.0.2.9x "GET /a\x22 HTTP/1.1" ' + b"\t" + rb'"Si \"A\" x"'
    found = Lines(layout=layout).read(line)
    assert isinstance(found, Hit)
    assert (found.address, found.target, found.user_agent) == ("192.0.2.9", '/a"', 'Si "A" x')


def test_a_w3c_log_says_its_columns_anew_whenever_they_change():
    lines = Lines()
    lines.read(b"#Fields: cs-method cs-uri-stem cs(User-Agent)")
    assert lines.read(b"GET /a Mozilla/5.0+(X11)").user_agent == "Mozilla/5.0 (X11)"
    lines.read(b"#Fields: cs(User-Agent) cs-uri-stem cs-method")
    assert lines.read(b"curl/8 /b HEAD").method == "HEAD"
    assert lines.read(b"curl/8 /b") is NoHit.MALFORMED
    assert lines.read(b"#Software: Microsoft Internet Information Services 10.0") is None
    assert Columns.told(b"#Fields:") is None
    tabs = "Mozilla/5.0%2520(X11)\t/c\tGET"
    assert lines.read(tabs.encode()).user_agent == "Mozilla/5.0 (X11)"


LINES = st.sampled_from(
    [case["line"].encode() for case in CASES]
    + [case["before"].encode() for case in CASES if "before" in case]
)
LAYOUTS = st.sampled_from([None, *(case["format"] for case in CASES if "format" in case)])


@settings(max_examples=300)
@given(
    st.lists(st.tuples(LINES, st.integers(0, 400), st.binary(max_size=12), st.integers(0, 30)), max_size=12),
    LAYOUTS,
)
def test_lines_with_octets_changed_or_lost_are_counted_and_never_a_crash(broken, layout):
    lines = Lines(layout=None if layout is None else layout_of(layout))
    for line, at, put, lost in broken:
        found = lines.read(line[:at] + put + line[at + lost :])
        assert found is None or isinstance(found, Hit | NoHit)


@given(st.text("$abc_{}\"' []|-", max_size=30), st.binary(max_size=60))
def test_any_text_is_a_layout_or_refused(text, line):
    try:
        layout = layout_of(f'{text} "$request" "$http_user_agent"')
    except ValueError:
        return
    found = Lines(layout=layout).read(line)
    assert found is None or isinstance(found, Hit | NoHit)


def test_long_hostile_lines_are_read_in_no_time():
    layout = layout_of('$a "$request" "$http_user_agent" [$b] {$c|$d}')
    for line in (
        b'"' * 60_000,
        b'x "' + b"\\" * 60_000,
        b"[ " * 30_000,
        b'x "' + b'" "' * 15_000,
        b"\t" * 60_000,
    ):
        assert Lines(layout=layout).read(line) in {NoHit.MALFORMED, None}
