"""A small partner is let in: from the questions of the contract to its first article, with the line from the mail."""

import json
import shlex
import time

import pytest

from tests.engines import until
from tests.live import rig


@pytest.fixture(scope="module")
def gateway(tmp_path_factory):
    """One gateway for all partners."""
    folder = tmp_path_factory.mktemp("partner")
    policy = rig.write_policy(folder / "policy")
    with rig.echoing() as origin, rig.serving(folder, policy, origin) as running:
        yield running


def followed(gateway, line, target=None):
    """The answer to a curl line from a mail, or to the same for another target."""
    words = shlex.split(line)
    fields = dict(field.split(": ", 1) for field in words[words.index("-H") + 1 :: 2] if ": " in field)
    path = "/" + words[-1].split("/", 3)[3]
    return gateway.ask(
        target or path, words[words.index("-A") + 1], authorization=fields["Authorization"], host=rig.HOST
    )


def test_ten_minutes(gateway):
    flags = ("--licensee", "PT Mitra", "--id", "mitra", "--contract", "ANT/9", "--agents", "MitraBot")
    made = json.loads(
        gateway.izin(
            "license",
            "new",
            str(gateway.policy),
            *flags,
            "--on",
            "/berita/",
            "--quota",
            "3/day",
            "--yes",
            "--json",
        )
    )
    line = made["curl"]
    until(lambda: followed(gateway, line).status == 200, 10, "the license in force")
    told = json.loads(followed(gateway, line).body)
    assert (told["license"], told["paths"], told["quota"]["left"]) == ("mitra", ["/berita/"], 3)
    article = followed(gateway, line, "/berita/1")
    assert (article.status, article["cache-control"]) == (200, "private, no-store")
    assert article["ratelimit"].startswith('"quota.mitra";r=2;t=')
    outside = followed(gateway, line, "/ekonomi/1")
    assert (outside.status, 'error="insufficient_scope"' in outside["www-authenticate"]) == (403, True)
    # A token that was tampered with opens nothing, and tells nothing.
    forged = followed(gateway, line.replace(made["token"], made["token"][:-4] + "AAAA"))
    assert (forged.status, 'error="invalid_token"' in forged["www-authenticate"]) == (401, True)
    assert json.loads(forged.body)["rule"] == "license"
    assert b"quota" not in forged.body
    bare = gateway.ask("/_izin/license", "MitraBot")
    assert (bare.status, 'error="invalid_request"' in bare["www-authenticate"]) == (401, True)
    assert json.loads(followed(gateway, line).body)["quota"]["left"] == 2
    # Neither the token nor its beginning stands in what is kept.
    kept = b"".join(path.read_bytes() for path in gateway.journal.rglob("*") if path.is_file())
    assert made["token"].encode()[-40:] not in kept + gateway.program.output().encode()
    statement = json.loads(gateway.izin("license", "usage", str(gateway.policy), "mitra", "--json"))
    assert (statement["requests"], statement["refused"]) == (1, 1)
    assert statement["because"] == [{"reason": "token-out-of-scope", "requests": 1}]
    assert {row["reason"] for row in statement["unproved"]} == {"token-forged", "license-unproved"}
    assert statement["first"].startswith(time.strftime("%Y-", time.gmtime()))
