"""The token endpoint's desk: what it hands out stands in the journal, or is not handed out."""

from base64 import b64encode
from dataclasses import replace

import msgspec
import pytest

from gateway.licenses.client import SALT, SECRET, new_secret
from gateway.licenses.proof import Proof
from gateway.lookups.license_keys import KeyFolder
from gateway.lookups.token_desk import TokenDesk
from gateway.vocabulary import Level
from tests import sites

HELD = sites.license_("contoh", ["ContohBot"], proof=Proof(token=True))
FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize(("level", "status"), [(Level.DURABLE, 200), (None, 503)])
async def test_no_token_leaves_without_its_entry(tmp_path, level, status):
    folder, recorded = KeyFolder(tmp_path / "keys"), []
    secret, kept = new_secret("contoh", bytes(SECRET + SALT), 0)
    with folder.held():
        folder.keep_secrets([kept])

    async def event(name, details):
        recorded.append((name, details))
        return level

    judgement = sites.judgement(sites.version(replace(sites.policy(licenses=[HELD]), tokens=600)))
    desk = TokenDesk(folder, clock=lambda: judgement.at, new_id=lambda _: "01TOKEN", event=event)
    basic = "Basic " + b64encode(f"contoh:{secret}".encode()).decode()
    reply = await desk.answer(judgement, [basic], FORM, b"grant_type=client_credentials")
    assert reply.status == status
    assert [(name, details["token"]) for name, details in recorded] == [("token", "01TOKEN")]
    told = msgspec.json.decode(reply.body)
    assert ("access_token" in told) is (status == 200)
    assert (b"retry-after" in dict(reply.fields)) is (status == 503)
