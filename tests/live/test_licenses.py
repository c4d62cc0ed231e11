"""A partner with a token, through real sockets: it reads what its contract covers and nothing else, until it is revoked."""

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from tests.engines import until
from tests.live import rig
from tests.live.rig import izin

PARTNER = "Mozilla/5.0 (compatible; GPTBot/1.3; +https://openai.com/gptbot)"
ON = "on: [/berita/]"


@pytest.fixture(scope="module")
def gateway(tmp_path_factory):
    folder = tmp_path_factory.mktemp("licenses")
    policy = rig.write_policy(folder / "policy")
    rig.write_license(policy, proof="{token: yes}", more=ON)
    with rig.echoing() as origin, rig.serving(folder, policy, origin) as gateway:
        yield gateway


def issue(gateway, *words):
    return json.loads(izin("license", "issue", str(gateway.policy), "contoh-2026", "--json", *words))


def ask(gateway, token, target="/berita/1", user_agent=PARTNER, **more):
    return gateway.ask(target, user_agent, Authorization=f"License {token}", **more)


def taken(gateway, token, status=200):
    """Wait until a token is answered so: the gateway looks for new keys every second."""
    until(lambda: ask(gateway, token).status == status, 5, f"{status} for a token")


def test_a_partner_reads_what_is_in_scope_and_nothing_else(gateway):
    assert gateway.ask("/berita/1", PARTNER).status == 403
    issued = issue(gateway)
    token = issued["token"]
    taken(gateway, token)
    article = ask(gateway, token)
    assert (article.status, article["cache-control"]) == (200, "private, no-store")
    assert b"authorization" not in article.body.lower(), "the origin is not shown the token"
    entry = gateway.decision(article)
    assert (entry["rule"], entry["license"], entry["grants"]) == (
        "license.contoh-2026",
        "contoh-2026",
        ["ai-train"],
    )
    assert {"probe": "license-token", "finding": "token-proves-license"}.items() <= {
        **next(one for one in entry["identity"]["evidence"] if one["probe"] == "license-token")
    }.items()
    assert issued["id"] in json.dumps(entry)

    elsewhere = ask(gateway, token, "/foto/1")
    assert elsewhere.status == 403
    assert 'error="insufficient_scope"' in elsewhere["www-authenticate"]
    another = ask(gateway, token, user_agent="CCBot/2.0")
    assert (another.status, 'error="invalid_token"' in another["www-authenticate"]) == (401, True)
    forged = ask(gateway, token[:-8] + "AAAAAAAA")
    assert (forged.status, 'error="invalid_token"' in forged["www-authenticate"]) == (401, True)
    assert 'rel="license"' in forged["link"]
    assert forged["cache-control"] == "no-store"
    assert ask(gateway, token, user_agent="Mozilla/5.0 Firefox/142.0").status == 200, "a reader is a reader"


def test_credentials_of_the_origins_own_reach_it_untouched(gateway):
    body = gateway.ask("/berita/1", "Mozilla/5.0 Firefox/142.0", Authorization="Basic dXNlcjpwYXNz").body
    assert b"Authorization: Basic dXNlcjpwYXNz" in body


def test_two_credentials_are_refused(gateway):
    head = f"GET /berita/1 HTTP/1.1\r\nHost: {rig.HOST}\r\nUser-Agent: GPTBot/1.3\r\n"
    for other in ("License a.b.c", "Basic dXNlcjpwYXNz"):
        octets = f"{head}Authorization: License a.b.c\r\nauthorization: {other}\r\n\r\n".encode()
        assert rig.raw(gateway.port, octets).startswith(b"HTTP/1.1 400 ")


def test_revocation_bites_at_once_by_token_and_by_license(gateway):
    first, second = issue(gateway), issue(gateway)
    taken(gateway, second["token"])
    said = json.loads(gateway.izin("license", "revoke", str(gateway.policy), first["id"], "--json"))
    assert said["running"] is True
    taken(gateway, first["token"], 401)
    assert ask(gateway, second["token"]).status == 200, "only the one"
    gateway.izin("license", "revoke", str(gateway.policy), "contoh-2026")
    taken(gateway, second["token"], 401)
    assert (
        'error_description="The license token was revoked"'
        in ask(gateway, second["token"])["www-authenticate"]
    )
    third = issue(gateway)
    taken(gateway, third["token"])
    assert len(gateway.events("revoke")) == 2


def test_no_token_stands_in_any_record(gateway):
    token = issue(gateway)["token"]
    taken(gateway, token)
    page = ask(gateway, token, "/foto/1", Accept="text/html")
    secret = token.rpartition(".")[2].encode()
    texts = [gateway.program.output().encode(), page.body]
    texts += [path.read_bytes() for path in gateway.journal.rglob("*") if path.is_file()]
    assert not any(secret in text for text in texts)


def test_a_gateway_that_starts_later_obeys_revocations(gateway, tmp_path):
    """The order is given to the journal while nobody runs."""
    journal = tmp_path / "journal"
    with rig.serving(tmp_path, gateway.policy, 9, journal=journal):
        token = issue(gateway)["token"]
    izin("license", "revoke", str(gateway.policy), "contoh-2026", IZIN_JOURNAL=str(journal))
    with rig.echoing() as origin, rig.serving(tmp_path, gateway.policy, origin, journal=journal) as again:
        assert ask(again, token).status == 401
        assert ask(again, issue(gateway)["token"]).status == 200, "issued afterwards"


EMBARGO = f"{ON}\nembargo: 3h\nwithdrawn: [/berita/salah]\npublish: no"


def test_a_young_article_is_withheld_and_the_record_says_so(gateway, tmp_path):
    policy = rig.write_policy(tmp_path / "policy")
    rig.write_license(policy, proof="{token: yes}", more=EMBARGO)
    keys = str(gateway.policy / ".keys")
    words = ("license", "issue", str(policy), "contoh-2026", "--license-keys", keys)
    token = izin(*words).strip()
    for age, status in ((timedelta(hours=2, minutes=59), 403), (timedelta(hours=3, minutes=1), 200)):
        when = format_datetime(datetime.now(UTC) - age, usegmt=True)
        folder = tmp_path / str(status)
        folder.mkdir()
        with (
            rig.echoing(Last_Modified=when) as origin,
            rig.serving(folder, policy, origin, "--license-keys", keys) as its,
        ):
            article = ask(its, token)
            assert article.status == status
            assert ask(its, token, "/berita/salah").status == 403
            robots, own = its.ask("/robots.txt", PARTNER), ask(its, token, "/robots.txt")
            assert (robots.status, own.status, own["cache-control"]) == (200, 200, "private, no-store")
            assert (b"Disallow: /berita/salah$" in own.body, b"/berita/salah" in robots.body) == (True, False)
            readers = its.ask("/berita/1", "Mozilla/5.0 Firefox/142.0")
            assert readers.status == 200, "an embargo is a matter of the license"
            until(lambda: len(its.entries("outcome")) == 5, 5, "the outcomes")
            outcome = next(one for one in its.entries("outcome") if one["of"] == article["izin-decision"])
            assert (outcome["status"], outcome["end"]) == (
                (403, "withheld") if status == 403 else (200, "complete")
            )
            if status == 403:
                assert 'error_description="The article is under embargo"' in article["www-authenticate"]
                assert b"HTTP/1.1" not in article.body, "nothing of the article"
