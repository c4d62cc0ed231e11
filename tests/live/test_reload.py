"""A changed policy takes effect by itself; a bad one never does; and no request is dropped for either."""

import http.client
import shutil
import signal
import threading
from functools import partial

from tests.engines import until
from tests.live import rig

READER, AI = "Mozilla/5.0 Firefox/142.0", "GPTBot/1.3"
GOOGLE = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"


def test_a_change_is_taken_up_and_stands_before_its_first_decision(serve, policy):
    gateway = serve()
    gateway.reread(2)  # the second has the origin's robots.txt
    assert gateway.ask("/", GOOGLE).status == 200
    rig.write_policy(policy, rules=rig.DENY_GOOGLE)
    until(lambda: gateway.ask("/", GOOGLE).status == 403, what="the rule holds")
    assert gateway.ready()[1]["version"] == 3
    assert gateway.metric("izin_policy_reloads_total") == 2
    assert "Googlebot" in gateway.ask("/robots.txt").body.decode()
    (policy / "rules.yaml").unlink()
    gateway.program.send(signal.SIGHUP)
    gateway.reread(4)
    assert gateway.ask("/", GOOGLE).status == 200
    seen = set()
    for entry in gateway.entries():
        if entry.get("event") == "policy":
            seen.add((entry["details"]["policy"], entry["details"]["terms"]))
            for name in ("policy", "terms"):
                assert (gateway.journal / "texts" / entry["details"][name].removeprefix("sha256:")).exists()
        elif entry["phase"] == "decision":
            assert (entry["policy"], entry["terms"]) in seen
    assert len(seen) == 3


def test_a_bad_policy_keeps_the_old_one_and_is_loud(serve, policy):
    gateway = serve()
    gateway.reread(2)
    rig.replace(
        policy / "rules.yaml", "rules:\n  - id: salah\n    who: {agent: Googelbot}\n    verdict: tolak\n"
    )
    until(lambda: gateway.metric("izin_policy_failed") == 1)
    assert gateway.metric("izin_policy_reload_failures_total") == 1
    status, body = gateway.ready()
    assert (status, body["version"]) == (200, 2)
    assert any("rules.yaml:" in warning["en"] and "tolak" in warning["id"] for warning in body["warnings"])
    (line,) = gateway.said("policy not taken up, the last good one stays in force")
    assert line["level"] == "error"
    assert any("rules.yaml:" in problem for problem in line["problems"])
    until(lambda: gateway.events("policy-failed"), what="the journal says so too")
    (event,) = gateway.events("policy-failed")
    assert event["details"]["count"] == len(event["details"]["problems"])
    assert gateway.ask("/", GOOGLE).status == 200
    assert gateway.ask("/", AI).status == 403
    rig.replace(policy / "rules.yaml", rig.DENY_GOOGLE)
    until(lambda: gateway.metric("izin_policy_failed") == 0)
    assert gateway.ready()[1]["warnings"] == []
    assert gateway.ask("/", GOOGLE).status == 403


def test_a_folder_that_goes_and_comes_back_is_followed(serve, policy):
    gateway = serve()
    away = policy.with_name("away")
    policy.rename(away)
    until(lambda: gateway.warned("does not exist"))
    assert gateway.ask("/", AI).status == 403
    rig.write_policy(away, rules=rig.DENY_GOOGLE)
    away.rename(policy)
    until(lambda: gateway.ask("/", GOOGLE).status == 403, what="the folder that came back")
    (policy / "rules.yaml").unlink()
    until(lambda: gateway.ask("/", GOOGLE).status == 200, what="a change in it")


def test_a_link_to_each_release_is_followed(serve, policy, tmp_path):
    second = rig.write_policy(tmp_path / "second", rules=rig.DENY_GOOGLE)
    link = tmp_path / "current"
    link.symlink_to(policy)
    gateway = serve(policy=link)
    new = tmp_path / "new"
    new.symlink_to(second)
    new.replace(link)
    until(lambda: gateway.ask("/", GOOGLE).status == 403, what="the second release")
    shutil.rmtree(policy)
    (second / "rules.yaml").unlink()
    until(lambda: gateway.ask("/", GOOGLE).status == 200, what="a change in it")


def _asked_again(statuses, before):
    return sum(map(len, statuses.values())) >= before + 4 and all(statuses.values())


def test_reloads_under_load_drop_no_request(serve, policy):
    gateway = serve()
    statuses, stop = {READER: [], AI: []}, threading.Event()

    def client(user_agent):
        line = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=10)
        while not stop.is_set():
            line.request("GET", "/", headers={"Host": rig.HOST, "User-Agent": user_agent})
            answer = line.getresponse()
            answer.read()
            statuses[user_agent].append(answer.status)
        line.close()

    clients = [threading.Thread(target=client, args=(name,)) for name in statuses]
    for one in clients:
        one.start()
    try:
        for number in range(2, 7):
            rig.write_policy(policy, rules=rig.DENY_GOOGLE.replace("tanpa", f"tanpa-{number}"))
            gateway.program.send(signal.SIGHUP)
            gateway.reread(number)
            before = sum(map(len, statuses.values()))
            until(partial(_asked_again, statuses, before), what="both clients ask on")
    finally:
        stop.set()
        for one in clients:
            one.join(15)
    assert set(statuses[READER]) == {200}
    assert set(statuses[AI]) == {403}
    found = gateway.entries()
    assert sum(one["phase"] == "decision" for one in found) >= len(statuses[READER]) + len(statuses[AI])
    assert gateway.program.running


def test_a_policy_for_another_host_or_origin_takes_effect(serve, policy, stub):
    gateway = serve()
    assert gateway.ask("/", READER, host="lain.example").status == 421
    rig.write_policy(policy, hosts="[lain.example]")
    until(lambda: gateway.ask("/", READER, host="lain.example").status == 200)
    assert gateway.ask("/", READER).status == 421
