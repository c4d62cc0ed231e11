"""Two gateways of one site: one signs for both, having asked the other over TLS, and all of it is verified by one key.

The clock of the other's machine is 90 seconds ahead.
"""

import json
import shutil

import trustme

from gateway.audit import joined, site_log
from tests.engines import free_port, until
from tests.live import rig

TLS = """\
server {{ listen 127.0.0.1:{port} ssl; ssl_certificate {chain}; ssl_certificate_key {chain};
          location / {{ proxy_pass http://127.0.0.1:{admin}; }} }}
"""


def test_two_hosts_are_sealed_by_one_checkpoint_and_verified_together(tmp_path, policy, stub, nginx):
    authority, port = trustme.CA(), free_port()
    authority.cert_pem.write_to_path(ca := tmp_path / "ca.pem")
    authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(
        chain := tmp_path / "b.pem"
    )
    (token := tmp_path / "token").write_text("rahasia-rahasia-rahasia\n")
    far, near = tmp_path / "b", tmp_path / "a"
    far.mkdir(mode=0o700)
    (far / "lane.json").write_text('{"v":1,"site":"koran","lane":"mesin-b"}')
    env = {"IZIN_JOIN_TOKEN_FILE": str(token)}
    ahead = env | rig.ahead(90)
    with rig.serving(tmp_path, policy, stub, "--no-seal-site", journal=far, env=ahead) as other:
        other.ask("/", "GPTBot/1.3")
        until((far / "seal" / "checkpoint").exists, 20, "the far lane's checkpoint")
        nginx(http=TLS.format(port=port, chain=chain, admin=other.admin))
        where = f"https://127.0.0.1:{port}/seal"
        assert rig.ask(other.admin, "/seal/checkpoint").status == 401
        shown = rig.ask(other.admin, "/seal/checkpoint", authorization="Bearer rahasia-rahasia-rahasia")
        assert shown.body.startswith(b"izin/koran/mesin-b\n")
        env["IZIN_JOIN_CA"] = str(ca)
        env["IZIN_JOIN"] = f"{where} http://127.0.0.1:9/seal"
        with rig.serving(tmp_path, policy, stub, journal=near, env=env) as gateway:
            gateway.ask("/", "GPTBot/1.3")
            until(lambda: len(site_log.entries_of(near)) >= 2, 30, "heads of both lanes")
            until(lambda: gateway.metric("izin_hosts_not_joined") == 1, 10)
            assert gateway.warned("the lane at http://127.0.0.1:9/seal is not sealed with the site")
            assert gateway.warned(f"this machine's clock differs from that of {where} by 90 s")
            assert round(gateway.metric("izin_clocks_apart_seconds")) == 90
            gateway.program.stop()
        other.program.stop()
    whole = tmp_path / "whole"
    for lane in (near, far):
        shutil.copytree(
            lane, whole / lane.name, ignore=shutil.ignore_patterns("site", joined.FOLDER, "*.sock")
        )
    shutil.copytree(near / "site", whole / "site")
    words = (
        "audit",
        "verify",
        "--journal",
        str(whole),
        "--key",
        str(near / "site" / "public.vkey"),
        "--json",
    )
    report = json.loads(rig.izin(*words).splitlines()[-1])
    assert report["outcome"] == "valid"
    assert {lane["lane"]: lane["held"] for lane in report["lanes"]}["mesin-b"] is True
