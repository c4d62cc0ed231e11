"""Which section of a host an entry's target lies in, for statements of use."""

from dataclasses import replace

import pytest

from gateway.policy.paths import Pattern
from gateway.told.usage import sections_of
from tests.sites import host, policy


@pytest.mark.parametrize(
    ("name", "target", "section"),
    [
        ("www.antara.example", "/foto/a", "foto"),
        ("www.antara.example", "/foto/arsip/a", "arsip"),
        ("www.antara.example", "/berita/1", None),
        ("www.antara.example", None, None),
        ("[::1]", "/foto/a", "foto"),
        ("127.0.0.1", "/foto/a", "foto"),
        ("lain.example", "/foto/a", None),
    ],
)
def test_the_longest_pattern_names_the_section(name, target, section):
    sections = {"foto": (Pattern("/foto/"),), "arsip": (Pattern("/foto/arsip/"),)}
    assert sections_of(policy(replace(host(), sections=sections)))(name, target) == section
