"""Signed requests before the gate: a server hands over fields, not octets, and a signature may cover any of them."""

import json
import shutil
import time

from tests.live.rig import write_license
from tests.proxy.rig import talk
from tests.proxy.test_gate import GPTBOT, POLICY, entries, get, served, written
from tests.signatures.signing import Signer


async def test_a_licensee_proves_itself_by_what_it_signs(tmp_path):
    signer, policy = Signer(), shutil.copytree(POLICY, tmp_path / "policy")
    write_license(policy, "kunci", proof=f"{{web-bot-auth: {{keys: [{json.dumps(signer.jwk)}]}}}}")
    covered = ("@method", "@authority", "@path", "x-satu", '"signature-agent";key="sig1"')
    headers = signer.sign(
        "http://www.antara.example/berita/1",
        'sig1="https://siapa.example"',
        covered,
        now=time.time(),
        headers={"X-Satu": "dua, tiga"},
    )
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items() if name != "X-Satu")
    async with served(tmp_path, policy) as (site, _, port):
        for more, status in (("X-Satu: dua\r\nX-Satu:  tiga\r\n", 200), ("X-Satu: dua\r\n", 403)):
            assert (await talk(port, get(GPTBOT, more=more + lines))).status == status
        assert site.called == ["GET /berita/1"]
        await written(tmp_path, "decision", 2)
    first, second = entries(tmp_path, "decision")
    assert (first["license"], first["identity"]["assurance"]) == ("kunci", "signed")
    assert (second["license"], second["identity"]["assurance"]) == (None, "claimed")
