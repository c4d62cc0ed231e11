"""Which representation a client gets, by what it accepts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.enforce.accept import prefers_html


@pytest.mark.parametrize(
    ("accept", "html"),
    [
        ("", False),
        ("*/*", False),
        ("text/html", True),
        ("TEXT/HTML ; q=0.5", True),
        ("text/*", True),
        ("text/html;q=0", False),
        ("text/html, application/json", True),
        ("text/html;q=0.8, application/json", False),
        ("application/problem+json, text/html;q=0.9", False),
        ("application/*, text/html", True),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", True),
        ("application/json, text/plain, */*", False),
        ("*/*, text/html;q=0.1", False),
        ("text/html;q=abc", True),
        ("text/html;level=1;q=0.4, */*;q=0.1", True),
        ("text/markdown", False),
        ("image/avif,image/webp,*/*;q=0.8", False),
        (",,;;q=,/", False),
    ],
)
def test_by_example(accept, html):
    assert prefers_html(accept) is html


@given(st.text(max_size=600))
def test_any_text_is_answered(accept):
    assert prefers_html(accept) in (True, False)
