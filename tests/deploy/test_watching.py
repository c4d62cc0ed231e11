"""The rules and the dashboard of `deploy/watching` as they are written; with a real Prometheus they are tried in tests/live."""

import json
import re
from pathlib import Path

import yaml

from gateway.alerts.kinds import KINDS
from gateway.proxy.families import FAMILIES

ROOT = Path(__file__).parents[2]
WATCHING = ROOT / "deploy" / "watching"
BOARD = json.loads((WATCHING / "dashboard.json").read_text("utf-8"))
RULES = [
    rule
    for group in yaml.safe_load((WATCHING / "izin.rules.yaml").read_text("utf-8"))["groups"]
    for rule in group["rules"]
]
MANUAL = (ROOT / "docs" / "manual" / "watching.md").read_text("utf-8")


def test_every_metric_that_they_name_is_one_of_ours():
    texts = [path.read_text("utf-8") for path in WATCHING.iterdir()]
    named = {name for text in texts for name in re.findall(r"\bizin_[a-z_]+", text)}
    assert len(named) > 30
    assert named <= FAMILIES.keys()


def test_the_manual_says_what_to_do_about_each_alert():
    anchors = {
        re.sub(r"[^a-z -]", "", head.lower()).replace(" ", "-")
        for head in re.findall("^### (.+)$", MANUAL, re.MULTILINE)
    }
    for rule in RULES:
        page, _, anchor = rule["annotations"]["runbook"].partition("#")
        assert (page, anchor in anchors) == ("docs/manual/watching.md", True), rule["alert"]
        assert f"`{rule['alert']}`" in MANUAL
        assert rule["labels"]["severity"] in {"critical", "warning", "info"}
    pages = {family.page for family in FAMILIES.values() if family.page}
    for page in pages:
        name, _, anchor = page.partition("#")
        heads = re.findall("^#+ (.+)$", (ROOT / "docs" / "manual" / name).read_text("utf-8"), re.MULTILINE)
        slugs = {re.sub(r"[^\w -]", "", head.lower()).replace(" ", "-") for head in heads}
        assert not anchor or anchor in slugs, page


def test_the_codes_that_it_warns_of_are_told_to_people_too():
    (rule,) = (one for one in RULES if one["alert"] == "IzinWarns")
    (codes,) = re.findall('code=~"([a-z|-]+)"', rule["expr"])
    assert {*codes.split("|")} <= KINDS.keys()


def test_each_alert_is_tried():
    tried = (WATCHING / "izin.rules.test.yaml").read_text("utf-8")
    assert [rule["alert"] for rule in RULES if f'alertname="{rule["alert"]}"' not in tried] == []


def test_each_panel_answers_a_question_and_has_room_of_its_own():
    assert BOARD["schemaVersion"] >= 39
    panels = [panel for panel in BOARD["panels"] if panel["type"] != "row"]
    taken = set()
    for panel in BOARD["panels"]:
        at = panel["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert not cells & taken
        assert max(x for x, _ in cells) < 24
        taken |= cells
    assert len({panel["id"] for panel in BOARD["panels"]}) == len(BOARD["panels"])
    for panel in panels:
        assert panel["title"].endswith("?")
        assert panel["description"]
        for target in panel["targets"]:
            assert 'instance=~"$instance"' in target["expr"]
    assert {one["name"] for one in BOARD["templating"]["list"]} == {"datasource", "instance"}
