"""A token that is bound to a key of Web Bot Auth proves nothing without that key."""

import pytest

from gateway.identify import identify, needs
from gateway.identify.claim import Claims
from gateway.identify.identity import Lookup
from gateway.identify.web_bot_auth import SIGNATURE
from gateway.licenses.proof import Proof, thumbprint
from gateway.licenses.token import Shown, Token
from gateway.request import Client, Request, read_target
from gateway.signatures import Cause, Outcome
from gateway.vocabulary import Reason, Use
from tests.sites import license_, policy

KEY = "poqkLGiymh_W0uP6PZFw-dvez3QJT5SolqXBCW38r0U"
POLICY = policy(licenses=[license_("contoh", ["GPTBot"], proof=Proof(token=True))])
CLAIMS = Claims(POLICY.agents)


def asked(key, *facts, user_agent="GPTBot/1.3"):
    name = POLICY.hosts[0].pattern
    token = Token("01J", POLICY.site, "contoh", (name,), (Use.ALL,), 0, 0, 1, (), key)
    fields = {"user-agent": user_agent, "authorization": "License a.b.c"}
    client = Client("203.0.113.7", "203.0.113.0/24")
    request = Request("GET", "https", name, name, read_target(b"/"), client, fields)
    claim = CLAIMS.read(user_agent)
    known = {Lookup("license-token", "a.b.c"): Shown(token, None), **dict(facts)}
    assert set(needs(request, claim, POLICY)) >= {Lookup("license-token", "a.b.c")}
    return identify(request, claim, POLICY, known)


@pytest.mark.parametrize(
    ("bound", "outcome", "proved"),
    [
        (None, None, True),
        (KEY, Outcome(Cause.OK, "", "", KEY), True),
        (KEY, Outcome(Cause.OK, "", "", KEY[::-1]), False),
        (KEY, Outcome(Cause.MALFORMED, "", "", KEY), False),
        (KEY, None, False),
        ("", None, False),
    ],
)
def test_a_bound_token_needs_its_key(bound, outcome, proved):
    facts = [] if outcome is None else [(SIGNATURE, outcome)]
    identity = asked(bound, *facts)
    found = next(one for one in identity.evidence if one.probe == "license-token")
    assert (identity.proved, found.finding) == (
        (("contoh",), Reason.TOKEN_PROVES_LICENSE) if proved else ((), Reason.TOKEN_KEY_NOT_USED)
    )
    assert found.detail == "contoh; 01J"


def test_a_reader_with_a_token_is_a_reader():
    identity = asked(None, user_agent="Mozilla/5.0 (X11; Linux x86_64) Firefox/131.0")
    assert identity.proved == ()
    assert [one.probe for one in identity.evidence] == ["user-agent"]


@pytest.mark.parametrize("text", ["", KEY[:-1], KEY + "A", KEY[:-1] + "=", KEY[:-1] + "\n"])
def test_a_thumbprint_has_one_form(text):
    assert thumbprint(KEY) == KEY
    with pytest.raises(ValueError, match="no thumbprint"):
        thumbprint(text)
