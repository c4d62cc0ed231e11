"""What those who watch a gateway see of it: traces, metrics, and what `deploy/watching` makes of these."""

import json
import re
import shutil
import socket
import subprocess
from pathlib import Path
from urllib.parse import urlencode

import pytest
from prometheus_client.parser import text_string_to_metric_families

from gateway.proxy import families
from gateway.proxy.families import TOTAL
from tests.engines import listening, need, running, until
from tests.journals import TRACEPARENT
from tests.live import rig

WATCHING = Path(__file__).parents[2] / "deploy" / "watching"
TRACE = TRACEPARENT[3:35]


def test_the_trace_of_a_refusal_is_in_entry_and_log_and_not_in_the_answer(antara):
    refused = antara.ask("/berita/1", "GPTBot/1.3", traceparent=TRACEPARENT)
    until(lambda: antara.said("refused", trace_id=TRACE, id=refused["izin-decision"]), 10, "the line")
    assert antara.decision(refused)["trace"] == TRACEPARENT
    told = antara.izin("audit", "query", "--trace", TRACE, "--json").splitlines()
    # On a slow machine the making of the index says how far it is.
    assert [json.loads(line)["id"] for line in told if line[:1] == "{"] == [refused["izin-decision"]]
    assert TRACE not in f"{refused.fields}{refused.body!r}"
    assert TRACEPARENT in antara.izin("audit", "show", refused["izin-decision"])


@pytest.fixture(scope="module")
def attacked(tmp_path_factory, stub):
    """A gateway to which thousands have come, each under another name, for another path or at another host."""
    folder = tmp_path_factory.mktemp("attacked")
    with rig.serving(folder, rig.write_policy(folder / "policy"), stub) as gateway:
        for name in ("User-Agent: Palsu{0}Bot/{0}", "User-Agent: GPTBot\r\nX-{0}: a\r\nFrom: {0}@a.example"):
            flood(gateway.port, f"GET /tidak/{{0}} HTTP/1.1\r\nHost: {rig.HOST}\r\n{name}\r\n\r\n", 500)
        strange = "GET / HTTP/1.1\r\nHost: h{0}.example\r\nUser-Agent: Googlebot\r\ntraceparent: {0}\r\n\r\n"
        flood(gateway.port, strange, 500)
        methods = (
            "M{0} / HTTP/1.1\r\nHost: h{0}.example\r\nSignature-Input: s{0}=()\r\nUser-Agent: bingbot\r\n\r\n"
        )
        flood(gateway.port, methods, 500)
        yield gateway


def flood(port, text, many):
    """Send so many requests on one connection, without waiting for answers in between."""
    with socket.create_connection(("127.0.0.1", port), timeout=60) as line:
        for begin in range(0, many, 250):
            line.sendall("".join(text.format(number) for number in range(begin, begin + 250)).encode())
            answered = 0
            while answered < 250:
                answered += line.recv(1 << 20).count(b"HTTP/1.1 ")


def test_no_traffic_makes_more_series(attacked):
    text = rig.ask(attacked.admin, "/metrics").body.decode()
    found = list(text_string_to_metric_families(text))
    ours = {
        family.name + TOTAL * (family.type == "counter"): family for family in found if "izin_" in family.name
    }
    assert sum(sample.value for sample in ours[families.DECISIONS].samples) >= 1_999
    assert sum(len(family.samples) for family in ours.values()) < 150
    assert not re.search("Palsu|Tidak|h[0-9]{2}|example", text)
    for name, family in ours.items():
        assert family.documentation, name
        for sample in family.samples:
            assert set(sample.labels) <= set(families.FAMILIES[name].labels)
    assert families.FAMILIES.keys() - ours.keys() == {
        "izin_workers",
        "izin_worker_restarts_total",
        "izin_writer_restarts_total",
        *(name for name in families.FAMILIES if name.startswith("izin_shared_state_")),
    }, "one process by itself has none of these"


def test_promtool_finds_nothing_to_say(attacked, tmp_path):
    promtool = need("promtool", "prometheus")
    exposed = rig.ask(attacked.admin, "/metrics").body
    ran = subprocess.run(
        [promtool, "check", "metrics"], input=exposed, capture_output=True, timeout=20, check=False
    )
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, b"", b"")
    for words in (["check", "config", "prometheus.yaml"], ["test", "rules", "izin.rules.test.yaml"]):
        ran = subprocess.run([promtool, *words], cwd=WATCHING, capture_output=True, timeout=60, check=False)
        assert ran.returncode == 0, ran.stdout + ran.stderr


def test_a_prometheus_asks_what_the_dashboard_asks_and_warns(attacked, tmp_path, port):
    """With the configuration that the manual shows, at another port and in a hurry."""
    config = (WATCHING / "prometheus.yaml").read_text("utf-8").replace("15s", "1s")
    assert "127.0.0.1:8081" in config
    (tmp_path / "prometheus.yaml").write_text(config.replace("127.0.0.1:8081", f"127.0.0.1:{attacked.admin}"))
    shutil.copy(WATCHING / "izin.rules.yaml", tmp_path)
    words = [
        need("prometheus", "prometheus"),
        "--config.file",
        "prometheus.yaml",
        "--storage.tsdb.path",
        "data",
    ]
    address = f"--web.listen-address=127.0.0.1:{port}"
    bad = (attacked.policy / "site.yaml").read_text("utf-8")
    with running(
        [*words, address],
        tmp_path,
        ready=lambda _: listening(port) and rig.ask(port, "/-/ready").status == 200,
    ):

        def asked(path, **fields):
            answer = rig.ask(port, f"/api/v1/{path}?{urlencode(fields)}")
            assert answer.status == 200, answer.body
            return json.loads(answer.body)["data"]

        until(lambda: asked("query", query='up{job="izin"} == 1')["result"], 20, "the gateway is looked at")
        (attacked.policy / "site.yaml").write_text(bad + "\nsalah: ketik\n", "utf-8")
        for query in queries():
            asked("query", query=query)
        until(
            lambda: "IzinPolicyFailed" in {one["labels"]["alertname"] for one in asked("alerts")["alerts"]},
            20,
            "the alert",
        )
        rules = asked("rules")["groups"][0]["rules"]
        assert {one["health"] for one in rules} == {"ok"}, rules


def queries():
    """Every query of the dashboard, as Grafana asks it of all gateways."""
    board = json.loads((WATCHING / "dashboard.json").read_text("utf-8"))
    targets = [target["expr"] for panel in board["panels"] for target in panel.get("targets", ())]
    every = [*targets, *(one["expr"] for one in board["annotations"]["list"])]
    assert len(every) > 30
    return [one.replace("$instance", ".*").replace("$__rate_interval", "1m") for one in every]
