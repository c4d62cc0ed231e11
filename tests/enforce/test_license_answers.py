"""Answers about permission: where it is on offer, what it costs, and where what was shown falls short."""

import json
from dataclasses import replace
from ipaddress import ip_network

import msgspec

from gateway.enforce import answer_to
from gateway.policy.paths import Pattern
from gateway.policy.price import Per, Price
from gateway.vocabulary import Sentence, Use, Verdict
from tests.enforce.test_answers import BROWSER, OFFERED, fields
from tests.sites import BAN, host, judgement, license_, policy, version


def test_a_license_on_offer_says_how_to_get_it():
    reply = answer_to(judgement(OFFERED, "ChatGPT-User/1.0"))
    assert reply.status == 402
    assert fields(reply)["www-authenticate"].startswith('License error="invalid_request"')
    assert 'rel="license"' in fields(reply)["link"]


def test_a_price_is_said_in_figures_and_in_words():
    price = Price("500", "IDR", Per.USE, Sentence("lima ratus rupiah", "five hundred <rupiah>"))
    its = replace(OFFERED.policy, prices={Use.AI_INPUT: price})
    priced = msgspec.structs.replace(OFFERED, policy=its)
    page = answer_to(judgement(priced, "ChatGPT-User/1.0", accept=BROWSER)).body.decode()
    assert "<strong>IDR 500</strong>: lima ratus rupiah" in page
    assert "five hundred &lt;rupiah&gt;" in page
    problem = json.loads(answer_to(judgement(priced, "ChatGPT-User/1.0")).body)
    assert problem["price"] == {
        "amount": "500",
        "currency": "IDR",
        "per": "use",
        "id": "lima ratus rupiah",
        "en": "five hundred <rupiah>",
    }
    others = json.loads(answer_to(judgement(OFFERED, "ChatGPT-User/1.0")).body)
    assert "price" not in others


def test_a_license_that_falls_short_says_so():
    held = license_(
        "contoh", ["ChatGPT-User"], on=(Pattern("/siaran/"),), addresses=(ip_network("203.0.113.0/24"),)
    )
    its = version(policy(host(uses={**BAN, Use.AI_INPUT: Verdict.LICENSE}), licenses=[held]))
    reply = answer_to(judgement(its, "ChatGPT-User/1.0"))
    assert fields(reply)["www-authenticate"].startswith('License error="insufficient_scope"')
