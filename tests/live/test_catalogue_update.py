"""A newer catalogue while a gateway runs: what it would change is said first, then it holds, and decisions can be repeated."""

import json
from datetime import UTC, date, datetime, timedelta

from click.testing import CliRunner

from gateway.agents import Agent, Source, catalogue
from gateway.cli import main
from gateway.signed_catalogue import pack
from gateway.vocabulary import Purpose
from tests.engines import until
from tests.live.rig import ask
from tests.test_signed_catalogue import KEY, NEXT, STRANGER

NEW = Agent(
    name="BaruReader",
    operator="PT Baru",
    match=("BaruReader",),
    purpose=Purpose.AI_TRAIN,
    source=Source.OPEN_LISTS,
    checked=date(2026, 11, 30),
)
CLIENT = "BaruReader/1.0 (+https://baru.example)"


def izin(*words: str) -> str:
    """What a command printed, run in this process."""
    done = CliRunner().invoke(main, words)
    assert done.exit_code == 0, done.output
    return done.output


def test_it_is_taken_up_while_a_gateway_runs(serve, tmp_path):
    registry, now = catalogue().with_([NEW]), datetime.now(UTC)
    file = tmp_path / "katalog.izin"
    key = KEY.verifier.vkey
    gateway = serve("--catalogue-key", f"{key} {NEXT.verifier.vkey}")
    before = ask(gateway.port, "/", CLIENT)
    ask(gateway.port, "/", "Mozilla/5.0 Firefox/142.0")
    assert before.status == 200
    assert gateway.ready()[1]["catalogue"]["digest"] == catalogue().digest

    file.write_bytes(pack(registry, now, KEY))
    journal = str(gateway.journal)
    told = izin("agents", "update", str(file), "--key", key, "--journal", journal, "--dry-run")
    assert "1 added: BaruReader" in told
    assert "1 BaruReader (agents, allow) would have been BaruReader (ai-train, deny)" in told
    izin("agents", "update", str(file), "--key", key, "--journal", journal, "--yes")

    until(lambda: gateway.said("policy taken up", why="change"), 10, "the catalogue in force")
    assert gateway.ready()[1]["catalogue"]["signed_by"] == ["a/k"]
    after = ask(gateway.port, "/", CLIENT)
    assert (after.status, json.loads(after.body)["rule"]) == (403, "uses.ai-train")
    assert ask(gateway.port, "/", "Mozilla/5.0 Firefox/142.0").status == 200
    (event,) = gateway.events("catalogue")
    assert (event["details"]["before"], event["details"]["after"]) == (catalogue().digest, registry.digest)
    for answer in (before, after):
        shown = izin(
            "audit", "show", answer["izin-decision"], "--replay", "--lang", "en", "--journal", journal
        )
        assert "the same, value for value" in shown

    # Whoever may write here, but has no key, changes nothing; it is said aloud.
    current = gateway.journal / "catalogue" / "current"
    head, _, _ = current.read_bytes().partition(b"\n")
    current.write_bytes(head + b"\n" + pack(catalogue(), now + timedelta(1), STRANGER))
    until(lambda: gateway.warned("signed catalogue of agents not taken up"), 10, "the warning")
    assert ask(gateway.port, "/robots.txt", CLIENT).status == 200
