"""A gateway that tells people: by a real webhook and a real mail server, and in no request's way."""

import json
from datetime import UTC, datetime, timedelta

from tests.addressees import hook, mail_server
from tests.engines import free_port, until
from tests.live import rig

BING = "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)"
RULES = """\
rules:
  - id: khusus
    who: everyone
    where: ["/khusus/"]
    verdict: deny
    because: {id: Khusus pelanggan, en: Subscribers only}
"""
LICENSE = """\
license: contoh
licensee: "PT Contoh: AI"
contract: {{number: A/1, signed: 2026-01-05}}
agents: [GPTBot]
proof: {{addresses: [192.0.2.0/24]}}
uses: [ai-train]
on: [/]
from: {0}
until: {1}
"""


def of_the_gateway(receiver):
    """What was told, but for others who could not be reached just then."""
    return [one for one in receiver.alerts() if one[1] != "alerts-undelivered"]


def test_people_are_told_once_and_when_it_is_over(tmp_path, stub):
    today = datetime.now(UTC).date()
    policy = rig.write_policy(tmp_path / "policy", rules=RULES)
    (policy / "licenses").mkdir()
    days = (today - timedelta(30), today + timedelta(5))
    (policy / "licenses" / "contoh.yaml").write_text(LICENSE.format(*days), "utf-8")
    site, dead = (policy / "site.yaml").read_text("utf-8"), free_port()
    with hook() as receiver, mail_server() as server:
        to = f"{receiver.url}?token=rahasia mailto:redaksi@koran.example http://127.0.0.1:{dead}/rahasia"
        flags = ["--alerts-to", to, "--smtp", f"smtp://127.0.0.1:{server.port}", "--alerts-after", "1s"]
        flags += ["--alerts-from", "izin@koran.example", "--alerts-without", "entries-late"]
        with rig.serving(tmp_path, policy, stub, *flags) as gateway:
            assert gateway.ask("/khusus/1", BING).status == 403
            rig.replace(policy / "site.yaml", f"{site}\nsalah: ketik\n")
            three = {("new", kind) for kind in ("welcome-refused", "policy-not-taken-up", "license-ends")}
            until(lambda: three <= set(receiver.alerts()), 20, "all three")
            until(lambda: gateway.warned("alerts do not reach"), 10, "the dead one is warned of")
            said = next(one for one in gateway.ready()[1]["warnings"] if one["code"] == "alerts-undelivered")
            assert said["about"] == f"http://127.0.0.1:{dead}"
            assert "rahasia" not in f"{gateway.program.output()}{said}"
            assert gateway.metric("izin_alert_recipients_failing") == 1
            until(lambda: len(server.got) >= 2, 20, "mail")
            rig.replace(policy / "site.yaml", site)
            with hook(dead) as late:  # what could not be brought is brought when it can be
                until(lambda: ("over", "policy-not-taken-up") in receiver.alerts(), 20, "it is over")
                until(lambda: three <= set(late.alerts()), 20, "the dead one lives")
            assert gateway.ask("/", BING).status == 200
        told = of_the_gateway(receiver)
        assert sorted(set(told)) == sorted(told), "nothing is said twice"
        with rig.serving(tmp_path, policy, stub, *flags) as gateway:
            rig.replace(policy / "site.yaml", f"{site}\nsalah: ketik\n")
            until(lambda: of_the_gateway(receiver)[len(told) :], 20, "told of again, since it had been over")
        assert of_the_gateway(receiver)[len(told) :] == [("new", "policy-not-taken-up")], (
            "the license was told of"
        )
    subjects = [mail["subject"] for mail in server.got]
    assert any("GENTING: permintaan untuk mesin pencari ditolak" in one for one in subjects)
    text = "".join(mail.get_content() for mail in server.got)
    assert "PT Contoh: AI" in text
    for fields, body in receiver.got:
        assert fields["webhook-id"].startswith("msg_")
        assert json.loads(body)["data"]["site"] == "koran"
