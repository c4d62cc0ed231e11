"""A licensee fetches its token from an application behind the gate."""

import base64

from structlog.testing import capture_logs

from gateway.licenses.client import SALT, SECRET, new_secret
from gateway.lookups.license_keys import KeyFolder
from tests.live.rig import write_license, write_policy
from tests.proxy.rig import talk
from tests.proxy.test_gate import entries, get, served, written


async def test_a_licensee_fetches_its_token_through_the_gate(tmp_path):
    policy = write_policy(tmp_path / "policy", more="tokens: {endpoint: yes}\n")
    write_license(policy, "contoh", proof="{token: yes}")
    told, kept = new_secret("contoh", bytes(SECRET + SALT), 0)
    keys = KeyFolder(policy / ".keys")
    with keys.held():
        keys.keep_secrets([kept])
    async with served(tmp_path, policy) as (site, _, port):

        async def fetched(secret, body):
            basic = base64.b64encode(f"contoh:{secret}".encode()).decode()
            more = f"Authorization: Basic {basic}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
            more += f"Content-Length: {len(body)}\r\n"
            octets = get("authlib/1.9", "/_izin/olp/token", "POST", more) + body
            return await talk(port, octets)

        got = await fetched(told, b"grant_type=client_credentials")
        assert got.status == 200
        assert b'"token_type":"License"' in got.octets
        assert (await fetched("x", b"grant_type=client_credentials")).status == 401
        assert (await fetched(told, b"x" * 20_000)).status == 413
        assert site.called == []
        await written(tmp_path, "outcome", 3)
        assert sorted(entry["status"] for entry in entries(tmp_path, "outcome")) == [200, 401, 413]


async def test_a_second_process_says_that_it_counts_quotas_for_itself(tmp_path):
    policy = write_policy(tmp_path / "policy")
    write_license(policy, "contoh", proof="{token: yes}", more="quota: 100/day")
    with capture_logs() as said:
        async with served(tmp_path, policy) as (_, _, port):
            await talk(port, get("Mozilla/5.0 Firefox/142.0"))
            assert [one for one in said if "quotas" in one["event"]] == []
            async with served(tmp_path, policy) as (_, _, other):
                await talk(other, get("Mozilla/5.0 Firefox/142.0"))
    (warned,) = (one for one in said if "quotas" in one["event"])
    assert (warned["log_level"], warned["lane"].endswith("/1")) == ("warning", True)
