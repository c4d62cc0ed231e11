"""What `X-Robots-Tag` says to search engines, whichever of its directives have a value."""

from dataclasses import replace

import pytest

from gateway.told.doctor import Outcome
from tests.told.doctor.ideal import article, case, diagnosis


@pytest.mark.parametrize(
    ("value", "takes_out"),
    [
        ("noindex", True),
        ("Googlebot: NoIndex", True),
        ("max-image-preview:large, noindex", True),
        ("noindex, unavailable_after: 25 Jun 2027 15:00:00 PST", True),
        ("googlebot: max-snippet:-1, none", True),
        ("otherbot: noindex", False),
        ("max-image-preview:large, max-snippet:-1", False),
        ("unavailable_after: 25 Jun 2027 15:00:00 PST", False),
    ],
)
def test_a_page_that_is_taken_out_of_search_is_found(value, takes_out):
    def change(ask, answer):
        return replace(answer, fields=(*answer.fields, ("x-robots-tag", value))) if article(ask) else answer

    found = diagnosis(case(), change)
    assert ("fields" in {name for name, one in found if one.outcome is Outcome.DIFFERS}) is takes_out
