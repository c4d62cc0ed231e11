"""The pages of the policy and of its licenses, on the reference policy."""

import dataclasses
from pathlib import Path

import pytest

from gateway.console.role import Role
from gateway.instants import SECOND, instant
from gateway.lookups.folder import load
from tests import journals
from tests.console.conftest import PASSWORD, stage_at

ANTARA = Path(__file__).parents[2] / "policies" / "antara"


@pytest.fixture(scope="module")
def stage(tmp_path_factory):
    policy = load(ANTARA)
    now = instant(policy.licenses[0].begins) + 3600 * SECOND
    stage = stage_at(journals.write(tmp_path_factory.mktemp("policy"), []), now)
    stage = dataclasses.replace(stage, console=dataclasses.replace(stage.console, policy=lambda: policy))
    stage.accounts.add("sari", PASSWORD, Role.ADMIN, 0)
    stage.accounts.add("budi", PASSWORD, Role.READER, 0)
    yield stage
    stage.console.review.close()
    stage.accounts.close()


@pytest.fixture(scope="module")
def client(stage):
    return stage.client(name="sari")


def test_the_policy_is_read_aloud(client):
    page = client.get("/policy").text
    assert "Menegakkan" in page
    assert "Kantor Berita ANTARA" in page
    assert "Dengan kata-kata biasa" in page


@pytest.mark.parametrize(
    ("agent", "path", "verdict", "rule"),
    [
        ("GPTBot/1.2", "/berita/1", "ditolak", "uses.ai-train"),
        ("Googlebot/2.1", "/berita/1", "dilayani", None),
    ],
)
def test_a_request_can_be_tried(client, agent, path, verdict, rule):
    page = client.get("/policy", params={"agent": agent, "path": path}).text
    tried = page[page.index('class="tried"') :]
    assert verdict in tried[: tried.index("<dl>")]
    assert rule is None or rule in tried


@pytest.mark.parametrize(
    "query", [{"agent": "x" * 5000}, {"path": "/%zz\u202e<script>"}, {"host": "\x00", "path": "/"}]
)
def test_whatever_is_tried_is_answered(client, query):
    answer = client.get("/policy", params=query)
    assert answer.status_code in {200, 400}
    assert "<script>" not in answer.text
    assert "\u202e" not in answer.text


def test_every_format_says_what_it_says_and_what_it_cannot(client):
    page = client.get("/policy/statements").text
    assert "User-agent: GPTBot" in page
    assert "Yang tidak dapat dikatakan format ini" in page
    assert client.get("/policy/statements?host=tiada").status_code == 200


def test_the_brake_is_an_admins_and_asks_twice(stage, client):
    order = {"mode": "observe", "for": "1h", "sure": "1"}
    reader = stage.client(name="budi")
    assert "Rem darurat" not in reader.get("/policy").text
    assert reader.post("/policy/mode", data=order).status_code == 403
    for wrong in ({"sure": ""}, {"for": "9d"}, {"mode": "off"}):
        assert client.post("/policy/mode", data=order | wrong).status_code == 400
    before = len(stage.desk.events)
    assert client.post("/policy/mode", data=order).status_code == 303
    now = stage.console.clock()
    assert stage.desk.events[before:] == [
        ("mode", {"mode": "observe", "host": "*", "until": now + 3600 * SECOND, "account": "sari"})
    ]
    assert client.post("/policy/mode", data={"mode": "policy", "for": "", "sure": "1"}).status_code == 303
    assert stage.desk.events[-1][1] == {"mode": None, "host": "*", "until": None, "account": "sari"}


def test_licenses_are_listed_and_read_aloud(client):
    page = client.get("/licenses").text
    assert "PT Contoh AI" in page
    assert "berlaku" in page
    assert "ContohBot" in client.get("/licenses/contoh-ai-2026").text
    assert client.get("/licenses/tiada").status_code == 404
