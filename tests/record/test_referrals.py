"""Which services are known by the page that sent a reader, and that nothing else of it is looked at."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.agents import catalogue
from gateway.record.referrals import HOSTS, sent_back, service_of
from tests.journals import GPTBOT, REFUSED, judged


@pytest.mark.parametrize(
    ("referrer", "service"),
    [
        ("https://chatgpt.com/", "ChatGPT"),
        ("https://www.perplexity.ai/search?q=rahasia", "Perplexity"),
        ("HTTPS://GEMINI.GOOGLE.COM:443", "Gemini"),
        ("android-app://com.openai.chatgpt/", "ChatGPT"),
        ("https://www.antara.example/chatgpt.com", None),
        ("https://chatgpt.com.jahat.example/", None),
        ("https://bukanchatgpt.com/", None),
        ("https://jahat.example/?https://chatgpt.com/", None),
        ("https://www.google.com/", None),
        ("chatgpt.com", None),
        ("", None),
    ],
)
def test_a_service_is_known_by_its_host(referrer, service):
    found = service_of(referrer)
    assert (None if found is None else found.name) == service


def test_every_operator_is_one_of_the_catalogue():
    assert {service.operator for service in HOSTS.values()} <= set(catalogue().operators)


def test_only_readers_who_are_let_in_are_counted():
    came = {"fields": {"referer": "https://chatgpt.com/"}}
    assert sent_back(judged(1, **came)).name == "ChatGPT"
    assert sent_back(judged(1)) is None
    assert sent_back(judged(1, decision=REFUSED, **came)) is None
    assert sent_back(judged(1, identity=GPTBOT, **came)) is None


@given(st.text())
def test_whatever_is_sent_is_read(referrer):
    service_of(referrer)
    service_of(f"https://{referrer}")
