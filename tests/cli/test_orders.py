"""`izin mode` and `izin block`: at once, on record, and in words."""

import asyncio
import json
import os
import time
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner

from gateway.audit import orders_file
from gateway.audit.desk import Desk
from gateway.audit.lane import Lane
from gateway.audit.recorder import Recorder
from gateway.cli import main
from gateway.cli.giving import shown
from gateway.proxy.ids import Ids
from gateway.vocabulary import Mode


@pytest.fixture
def journal(tmp_path):
    """A journal that no gateway writes now."""
    folder = tmp_path / "journal"
    Lane(folder, site="s", new_id=Ids(), reserve=0).close()
    return folder


def izin(*words, **how):
    return CliRunner(env={"IZIN_LANG": "en"}).invoke(main, [str(word) for word in words], **how)


def now():
    return time.time_ns() // 1000


def test_without_a_gateway_the_order_is_kept_for_the_next(journal):
    said = izin("mode", "observe", "--for", "1h", "--journal", journal)
    assert said.exit_code == 0, said.output
    assert said.stdout.startswith("`observe` holds on all hosts until ")
    assert "nobody is refused" in said.stdout
    assert "No gateway writes this journal now" in said.stdout
    orders = orders_file.load(journal).orders
    assert orders.mode("any", now()) is Mode.OBSERVE
    assert orders.mode("any", now() + 3_700_000_000) is None


def test_orders_add_up_and_are_withdrawn(journal):
    for words in (
        ["mode", "observe"],
        ["mode", "enforce", "--host", "WWW.Antara.Example.", "--for", "2h"],
        ["block", "--agent", "GPTBot"],
        ["block", "--agent", "CCBot", "--for", "15m"],
        ["block", "--agent", "gptbot", "--off"],
    ):
        said = izin(*words, env={"IZIN_JOURNAL": str(journal)})
        assert said.exit_code == 0, said.output
    orders = orders_file.load(journal).orders
    assert orders.mode("www.antara.example", now()) is Mode.ENFORCE
    assert orders.mode("foto.antara.example", now()) is Mode.OBSERVE
    assert orders.blocks_agent("CCBot", now())
    assert not orders.blocks_agent("GPTBot", now())
    said = izin("mode", "policy", "--journal", journal)
    assert "the policy's own mode holds again" in said.stdout
    assert orders_file.load(journal).orders.mode("foto.antara.example", now()) is None


def test_json_says_the_same(journal):
    said = json.loads(
        izin("block", "--agent", "GPTBot", "--for", "2h", "--json", "--journal", journal).stdout
    )
    assert said.keys() == {"agent", "until", "blocked", "id", "seq", "level", "running"}
    left = datetime.fromisoformat(said["until"]) - datetime.now(UTC)
    assert 7100 < left.total_seconds() <= 7200
    assert (said["blocked"], said["level"], said["running"]) == (True, "durable", False)


async def test_a_running_gateway_has_obeyed_once_it_is_said(tmp_path):
    recorder = Recorder.open(tmp_path, site="s", new_id=Ids(), pseudonym=lambda a, t: "", reserve=0)
    desk = Desk(recorder)
    await desk.open()
    said = await asyncio.to_thread(
        izin, "mode", "observe", "--host", "*.antara.example", "--journal", tmp_path
    )
    assert said.exit_code == 0, said.output
    assert "until it is withdrawn" in said.stdout
    assert recorder.orders.mode("*.antara.example", 0) is Mode.OBSERVE
    await desk.close()
    await recorder.close()


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["mode", "off"], "is not one of"),
        (["mode", "observe", "--for", "1 hour"], "`1 hour` is not a time such as `30s`"),
        (["mode", "observe", "--host", "a b"], "`host` is neither"),
        (["mode", "policy", "--for", "1h"], "`policy` withdraws an order at once"),
        (["block"], "--agent"),
        (["block", "--agent", "a\x1b[2J"], "`agent` is not a name"),
        (["block", "--agent", "X", "--off", "--for", "1h"], "do not go together"),
    ],
)
def test_wrong_usage_is_said_and_ends_with_2(journal, words, problem):
    said = izin(*words, "--journal", journal)
    assert said.exit_code == 2
    assert problem in said.stderr
    assert "\x1b" not in said.output
    assert orders_file.load(journal).orders.modes == ()


def test_a_folder_without_a_journal_is_said(tmp_path):
    said = izin("mode", "observe", "--journal", tmp_path / "nowhere")
    assert said.exit_code == 1
    assert "holds no journal" in said.stderr
    assert "hint: " in said.stderr
    assert not (tmp_path / "nowhere").exists()


def test_a_process_that_takes_no_orders_is_said(journal, monkeypatch):
    monkeypatch.setattr("gateway.cli.giving._PATIENCE", 0.1)
    lane = Lane(journal, site="s", new_id=Ids(), reserve=0)
    said = izin("mode", "observe", "--journal", journal)
    lane.close()
    assert said.exit_code == 1
    assert "does not answer" in said.stderr


def test_times_are_shown_in_both_zones(monkeypatch):
    monkeypatch.setitem(os.environ, "TZ", "WIB-7")
    time.tzset()
    try:
        assert shown(1_795_000_000_000_000).en == "until 2026-11-18 18:06:40 WIB (2026-11-18 11:06:40 UTC)"
    finally:
        monkeypatch.undo()
        time.tzset()
    assert shown(None) == ("sampai dicabut", "until it is withdrawn")


def test_the_orders_in_force_are_listed(journal):
    assert "No order is in force" in izin("mode", "--journal", journal).stdout
    izin("mode", "observe", "--for", "1h", "--journal", journal)
    izin("block", "--agent", "CCBot", "--journal", journal)
    told = izin("mode", "--journal", journal).stdout
    assert "`observe` on all hosts until 2" in told
    assert "`ccbot` is refused everywhere until it is withdrawn" in told
    rows = [json.loads(line) for line in izin("mode", "--json", "--journal", journal).stdout.splitlines()]
    assert [(row.get("mode"), row.get("block"), row["until"] is None) for row in rows] == [
        ("observe", None, False),
        (None, "ccbot", True),
    ]
    assert izin("mode", "--host", "a.example", "--journal", journal).exit_code == 2
    assert izin("mode", "--journal", journal / "nowhere").exit_code == 1


def test_a_block_of_nobody_known_says_so(journal):
    said = izin("block", "--agent", "GTPBot", "--journal", journal)
    assert said.exit_code == 0, "the policy may know it"
    assert "knows no agent `GTPBot`; did you mean `GPTBot`" in said.stderr
    assert not izin("block", "--agent", "gptbot", "--journal", journal).stderr
