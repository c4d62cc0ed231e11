"""Suffixes end at labels, whatever name a stranger gives his address."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.agents import catalogue
from gateway.identify.reverse_dns import belongs, host_name

GOOGLE = ("googlebot.com", "google.com")
SUFFIXES = sorted({name for agent in catalogue() if agent.verify for name in agent.verify.names})
LABEL = st.text("abcgo0-_", min_size=1, max_size=8)


@pytest.mark.parametrize(
    ("name", "its"),
    [
        ("googlebot.com", True),
        ("crawl-1.googlebot.com", True),
        ("a.b.c.google.com", True),
        ("evil-googlebot.com", False),
        ("evilgooglebot.com", False),
        ("googlebot.com.evil.example", False),
        ("crawl.googlebot.com.evil.example", False),
        ("googlebot.com.", False),  # folded names have no final dot
        ("googlebot.co", False),
        ("com", False),
        ("", False),
        (".googlebot.com", True),  # no such name gets through `host_name`
    ],
)
def test_googles_names(name, its):
    assert belongs(name, GOOGLE) is its


@given(st.lists(LABEL, max_size=4), st.sampled_from([one for one in SUFFIXES if "*" not in one]), LABEL)
def test_only_whole_labels_count(labels, suffix, extra):
    assert belongs(".".join([*labels, suffix]), (suffix,))
    assert not belongs(f"{extra}{suffix}", (suffix,))
    assert not belongs(".".join([*labels, suffix, extra]), (suffix,))
    assert not belongs(f"{'.'.join([*labels, suffix])}{extra}", (suffix,))


@given(LABEL)
def test_a_star_stays_within_its_label(extra):
    pattern = ("google-proxy-*.google.com",)
    assert belongs(f"google-proxy-{extra}.google.com", pattern)
    assert not belongs(f"google-proxy-{extra}.{extra}.google.com", pattern)
    assert not belongs(f"{extra}.google-proxy-1.google.com", pattern)
    assert not belongs(f"google-proxy-1.google.com.{extra}", pattern)


@given(st.text(max_size=300))
def test_a_name_from_dns_is_a_host_name_or_nothing(text):
    name = host_name(text)
    if name is not None:
        assert name.isascii()
        assert name.isprintable()
        assert len(name) <= 253
        assert all(1 <= len(label) <= 63 for label in name.split("."))
        assert host_name(name) == name


def test_letter_case_and_one_final_dot_are_nothing():
    assert host_name("Crawl.GoogleBot.COM.") == "crawl.googlebot.com"
    assert host_name("a..b") is None
    assert host_name("a b.example") is None
    assert host_name("") is None
    assert host_name("x" * 64) is None
    assert host_name("*.example") is None
