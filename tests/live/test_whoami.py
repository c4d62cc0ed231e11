"""A client asks what it is taken for, through a real gateway: crawlers, readers, and who asks too often."""

import json

from gateway.agents import catalogue
from tests.engines import until
from tests.live.rig import ask, write_policy

WHOAMI = "/_izin/whoami"
READER = "Mozilla/5.0 (Windows NT 10.0; rv:142.0) Gecko/20100101 Firefox/142.0"
GPTBOT = "Mozilla/5.0 (compatible; GPTBot/1.3; +https://openai.com/gptbot)"


def told(answer):
    assert answer.status == 200
    assert answer["content-type"] == "application/json"
    assert answer["cache-control"] == "no-store"
    return json.loads(answer.body)


def until_refused(asked):
    """The statuses of one request after the other, up to the first that is not 200; a slow machine is given more."""
    statuses = [200]
    while statuses[-1] == 200 and len(statuses) < 100:
        statuses.append(asked().status)
    return statuses[1:]


def test_a_crawler_s_engineer_learns_why(antara):
    answer = antara.ask(f"{WHOAMI}?path=/berita/1", GPTBOT, source="127.0.9.1")
    said = told(answer)
    assert said["decision"] == answer["izin-decision"]
    assert (said["client"]["agent"], said["client"]["kind"]) == ("GPTBot", "agents")
    assert (said["page"]["verdict"], said["page"]["rule"]) == ("deny", "uses.ai-train")
    assert (said["address"]["rule"], said["address"]["private"]) == ("connection", True)
    assert antara.ask("/berita/1", GPTBOT).status == 403, "as it was told"

    entry = antara.decision(answer)
    assert (entry["verdict"], entry["status"], entry["reasons"][0]) == ("allow", 200, "own-page")
    assert entry["request"]["target"] == WHOAMI
    (outcome,) = until(
        lambda: [one for one in antara.entries("outcome") if one["of"] == entry["id"]], 10, "its outcome"
    )
    assert (outcome["status"], outcome["bytes"]) == (200, len(answer.body))


def test_a_check_that_could_not_be_made_is_told(antara):
    googlebot = catalogue().find("Googlebot").example
    said = told(antara.ask(WHOAMI, googlebot, source="127.0.9.2", x_forwarded_for="66.249.66.1"))
    assert (said["client"]["agent"], said["client"]["assurance"]) == ("Googlebot", "claimed")
    assert said["address"]["rule"] == "untrusted-fields"
    assert said["address"]["address"] == "127.0.9.2"
    assert {one["check"]: one["code"] for one in said["checks"]}["published-ranges"] == "address-uncertain"
    assert said["proofs"]["names"] == ["googlebot.com", "google.com"]


def test_a_reader_gets_a_page_and_a_head_without_a_body(antara):
    answer = antara.ask(f"{WHOAMI}?path=/berita/1", READER, source="127.0.9.3", accept="text/html,*/*;q=0.1")
    page = answer.body.decode()
    assert answer["content-type"] == "text/html; charset=utf-8"
    assert "Beginilah permintaan Anda dikenali." in page
    assert "mailto:lisensi@antara.example" in page
    assert "127.0.9.3" in page
    head = antara.ask(WHOAMI, READER, method="HEAD", source="127.0.9.3")
    assert (head.status, head.body) == (200, b"")
    entry = antara.decision(answer)
    assert "127.0.9.3" not in json.dumps(entry), "a reader's address is told to the reader, and not kept"


def test_who_asks_too_often_waits_and_reads_on(antara):
    statuses = until_refused(lambda: antara.ask(WHOAMI, READER, source="127.0.9.4"))
    assert statuses == [200] * (len(statuses) - 1) + [429]
    assert len(statuses) > 10
    refused = antara.ask(WHOAMI, READER, source="127.0.9.4", x_forwarded_for="203.0.113.9")
    assert refused.status == 429, "a made-up address leads out of nothing"
    assert int(refused["retry-after"]) >= 1
    assert antara.ask("/", READER, source="127.0.9.4").status == 200, "no page of the site is meant"
    assert antara.ask("/robots.txt", READER, source="127.0.9.4").status == 200
    assert antara.ask(WHOAMI, READER, source="127.0.9.5").status == 200


def test_it_is_ours_in_observe_too_and_without_an_origin(serve, tmp_path):
    gateway = serve(policy=write_policy(tmp_path / "observed", mode="observe"), origin=None)
    said = told(ask(gateway.port, f"{WHOAMI}?path=/berita/1", GPTBOT))
    assert (said["page"]["verdict"], said["page"]["enforced"]) == ("deny", False)
    assert until_refused(lambda: ask(gateway.port, WHOAMI, GPTBOT))[-1] == 429
