"""Rules for delivery networks: every claim of automation goes past the cache, and readers' browsers do not."""

import re

import pytest
from playwright.sync_api import sync_playwright

from gateway.agents import catalogue
from gateway.compiled import networks
from gateway.compiled.browsers import SHAPES
from gateway.vocabulary import Kind
from tests.deciding import claims_of, policy_of
from tests.engines import need
from tests.identify.test_claim import table

POLICY = policy_of({"policy": "antara"})
BROWSER = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36"
READERS = [sample for shape in SHAPES for sample in shape.samples]
TOKENS = [
    token.strip("^*") for agent in catalogue() if agent.kind is not Kind.PEOPLE for token in agent.match
]
CLAIMS = [
    *(said for token in TOKENS for said in (f"{token}/1.0", f"{BROWSER} {token}/1.0", f"Mozilla/5.0 (compatible; {token}/1.0)")),
    *(row["user-agent"] for row in table("welcome") if row["user-agent"]),
]  # fmt: skip
CLAIMED = [said for said in CLAIMS if claims_of(POLICY).read(said).kind is not Kind.PEOPLE]


def quoted(text, before, after):
    """What stands between two pieces of a rule."""
    return text.partition(before)[2].partition(after)[0]


@pytest.mark.parametrize(
    "expression",
    [quoted(networks.cloudflare(POLICY), 'matches r"', '")'), quoted(networks.fastly(POLICY), '!~ {"', '"}')],
    ids=["cloudflare", "fastly"],
)
def test_readers_alone_have_the_shape_of_a_reader(expression):
    assert len(CLAIMED) > 1500
    assert [said for said in CLAIMED if re.search(expression, said)] == []
    assert [said for said in READERS if not re.search(expression, said)] == []


def test_the_function_of_cloudfront_sends_claims_past_the_cache():
    browser = need("chromium", "chromium")
    proofs = [
        {"signature-input": {"value": "s=()"}},
        {"authorization": {"value": "License abc"}},
        {"from": {"value": "a@b.example"}},
    ]
    asked = [{"user-agent": {"value": said}} for said in (*CLAIMED, *READERS)]
    asked += [{"user-agent": {"value": BROWSER}, **proof} for proof in proofs]
    asked += [
        {},
        {"user-agent": {"value": BROWSER, "multiValue": [{"value": BROWSER}, {"value": "GPTBot/1.3"}]}},
    ]
    asked += [
        {
            "user-agent": {"value": BROWSER},
            "izin-past-cache": {"value": "no"},
            "authorization": {"value": "Basic x"},
        }
    ]
    with (
        sync_playwright() as play,
        play.chromium.launch(executable_path=str(browser), args=["--no-sandbox"]) as chromium,
    ):
        page = chromium.new_page()
        page.add_script_tag(content=networks.cloudfront(POLICY))
        got = page.evaluate(
            "asked => asked.map(headers => handler({request: {headers}, context: {requestId: 'r'}}).headers['izin-past-cache'].value)",
            asked,
        )
    expected = ["r"] * len(CLAIMED) + ["no"] * len(READERS) + ["r"] * len(proofs) + ["r", "r", "no"]
    wrong = [one for one, is_, should in zip(asked, got, expected, strict=True) if is_ != should]
    assert wrong == []


def test_the_snippet_of_fastly_leaves_what_fastly_does_first_to_it():
    """Origin, shield and redirect to TLS are chosen after a recv snippet, and a purge has to find its object."""
    recv, hit, miss = re.split(r"# [23]\. A snippet", networks.fastly(POLICY))
    assert "return" not in recv
    assert 'req.method != "FASTLYPURGE" && (' in recv
    assert recv.index("unset req.http.Izin-Past-Cache") < recv.index("set req.http.Izin-Past-Cache =")
    for later in (hit, miss):
        assert "if (req.http.Izin-Past-Cache) {\n  return(pass);" in later


def test_they_fit_into_what_the_networks_take():
    """Cloudflare: 4096 characters an expression; CloudFront: 10 KB a function; Fastly: 8 KB a snippet's regular expression."""
    assert len(networks.cloudflare(POLICY)) <= 4096
    assert len(networks.cloudfront(POLICY).encode()) <= 10_240
    assert len(networks.fastly(POLICY).encode()) <= 8192
