"""`izin audit hold`, `erase` and `privacy` as those who answer for the data meet them."""

import asyncio
import json
from contextlib import closing

import pytest
from click.testing import CliRunner

from gateway.agents import catalogue
from gateway.audit.folder import claim
from gateway.audit.holds import Hold
from gateway.audit.index import Index
from gateway.audit.journal import Journal
from gateway.audit.keeping import Keeping
from gateway.audit.lane import Lane
from gateway.audit.pseudonyms import NAME
from gateway.audit.query import Query, ask
from gateway.audit.reader import Reader
from gateway.audit.retention import retain
from gateway.audit.texts import Texts
from gateway.cli.audit import command
from gateway.cli.giving import given
from gateway.instants import DAY
from gateway.policy.compile import compile_policy
from gateway.policy.model import Audit, Keep
from gateway.policy.wording import COUNTED
from gateway.proxy.ids import Ids
from gateway.record import event_entry
from gateway.vocabulary import Audience, Language
from tests import journals
from tests.audit.test_retention import leaves, sealed, shown
from tests.audit.test_verification import rewrite
from tests.journals import GPTBOT, REFUSED, exchange, judged
from tests.policy.cases import TESTS, read_case

CRAWLER = "198.51.100.9"


@pytest.fixture
def journal(tmp_path):
    every = [e for n in range(10) for e in exchange(judged(n))]
    every += exchange(judged(50, identity=GPTBOT, decision=REFUSED, address=CRAWLER))
    return sealed(tmp_path / "journal", every, (12, 10))


def audit(*words, code=0):
    ran = CliRunner().invoke(command, [str(word) for word in words])
    assert ran.exit_code == code, ran.output
    return ran.stdout + ran.stderr


def test_the_person_is_erased_and_the_decision_stays(journal):
    before, roots = shown(journal), leaves(journal)
    asked = ("erase", "--journal", journal, "--address", CRAWLER, "--why", "permintaan 7")
    with closing(Index(Reader(journal))) as index:
        assert len(list(ask(index, Query(addresses=(CRAWLER,))))) == 1
        assert "1 entries would be cleared" in audit(*asked, "--dry-run")
        assert shown(journal) == before
        found = json.loads(audit(*asked, "--json"))
        nothing = {"entries": 0, "held": 0, "waiting": 0, "torn": 0}
        assert found == {**nothing, "cleared": 1, "dry_run": False}
        index.catch_up()
        assert not list(ask(index, Query(addresses=(CRAWLER,))))
        assert not index.db.execute("SELECT 1 FROM entries WHERE low IS NOT NULL").fetchall()
    now = shown(journal)
    (changed,) = [one for one in before if one not in now]
    (left,) = [one for one in now if one["id"] == changed["id"]]
    client, agent = changed.pop("client"), changed["request"].pop("user_agent")
    assert client["address"] == CRAWLER
    assert agent == journals.CHROME
    assert (left.pop("erased"), left.pop("client")) == (True, {"network": None})
    assert left["request"].pop("user_agent") is None
    assert left == changed
    (event,) = [one["details"] for one in now if one.get("event") == "removal"]
    assert (event["entries"], event["cleared"], event["counts"]) == (0, 1, {})
    assert event["why"] == "erasure: permintaan 7"
    assert leaves(journal)[: len(roots)] == roots
    assert not [
        path for path in journal.rglob("*") if path.is_file() and CRAWLER.encode() in path.read_bytes()
    ]
    verified = json.loads(audit("verify", "--journal", journal, "--json", code=3).splitlines()[0])
    assert {fault["wrong"] for fault in verified["faults"]} == {"text-missing"}
    assert (verified["counts"]["erased"], verified["counts"]["removed"]) == (1, 0)
    assert json.loads(audit("privacy", "--journal", journal, "--json"))["cleared"] == 1
    assert "1 entries were cleared" in audit("privacy", "--journal", journal, "--lang", "en")
    asked_again = ("erase", "--journal", journal, "--id", changed["id"], "--why", "x")
    again = json.loads(audit(*asked_again, "--json"))
    assert again == {**nothing, "cleared": 0, "dry_run": False}, "there is no more to erase but the whole"
    assert json.loads(audit(*asked_again, "--whole", "--json"))["entries"] == 2
    shown_text = audit("show", changed["id"], "--journal", journal, code=1)
    assert "tidak ada catatan" in shown_text


def test_what_is_erased_as_a_whole_is_gone_and_nothing_else(journal):
    before, roots = shown(journal), leaves(journal)
    asked = ("erase", "--journal", journal, "--address", CRAWLER, "--why", "permintaan 7", "--whole")
    assert "2 entries would be erased" in audit(*asked, "--dry-run")
    assert shown(journal) == before
    found = json.loads(audit(*asked, "--json"))
    assert found == {"entries": 2, "held": 0, "waiting": 0, "cleared": 0, "torn": 0, "dry_run": False}
    now = shown(journal)
    asked_for = judged(50).id
    assert [one for one in before if one not in now] == [
        one for one in before if asked_for in (one["id"], one.get("of"))
    ]
    (event,) = [one["details"] for one in now if one.get("event") == "removal"]
    assert (event["entries"], event["counts"], event["why"]) == (2, {"ai": 2}, "erasure: permintaan 7")
    assert event["by"].startswith("uid ")
    assert leaves(journal)[: len(roots)] == roots
    assert not [
        path for path in journal.rglob("*") if path.is_file() and CRAWLER.encode() in path.read_bytes()
    ]
    assert "0 entries were erased" in audit(*asked)
    # The made-up entries name texts that were never kept; nothing else is found.
    verified = json.loads(audit("verify", "--journal", journal, "--json", code=3).splitlines()[0])
    assert {fault["wrong"] for fault in verified["faults"]} == {"text-missing"}
    assert (verified["counts"]["removed"], verified["counts"]["missing"]) == (2, 0)


def test_what_is_held_outlives_a_request_for_erasure(journal):
    audit("hold", "add", "perkara-1", "--why", "gugatan", "--operator", "OpenAI", "--journal", journal)
    (held,) = [
        json.loads(line) for line in audit("hold", "list", "--journal", journal, "--json").splitlines()
    ]
    assert (held["id"], held["operators"]) == ("perkara-1", ["OpenAI"])
    asked = ("erase", "--journal", journal, "--address", CRAWLER, "--why", "x")
    assert "1 are held" in audit(*asked)
    audit("hold", "remove", "perkara-1", "--journal", journal)
    assert "Tidak ada yang ditahan" in audit("hold", "list", "--journal", journal)
    assert "1 entries were cleared" in audit(*asked)
    assert "tidak ada yang ditahan" in audit("hold", "remove", "perkara-1", "--journal", journal, code=1)


def test_values_that_were_exchanged_are_found_and_erased_all_the_same(journal):
    (path,) = [one for one in journal.glob("*.izj") if CRAWLER.encode() in one.read_bytes()]
    rewrite(path, lambda seq, before: before.replace(CRAWLER.encode(), b"198.51.100.8"))
    assert "commits to" in audit("query", "--journal", journal)
    assert "tidak ada keputusan" in audit(
        "prove", "--operator", "OpenAI", "--journal", journal, "--out", journal.parent / "x", code=1
    )
    asked = ("erase", "--journal", journal, "--address", "198.51.100.8", "--why", "x", "--json")
    assert json.loads(audit(*asked))["cleared"] == 1
    (left,) = [one for one in shown(journal) if one.get("erased")]
    assert left["id"] == judged(50).id


def test_everybody_of_a_time_is_erased(journal):
    period = ("--from", "2026-11-18T11:06:40.005Z", "--until", "2026-11-18T11:06:41Z")
    asked = ("erase", "--journal", journal, "--everybody", *period, "--why", "x", "--json")
    found = json.loads(audit(*asked))
    assert (found["entries"], found["cleared"]) == (10, 1), "five readers with their outcomes, and a crawler"
    left = [one for one in shown(journal) if one["phase"] == "decision"]
    assert len(left) == 6
    assert [one.get("erased") for one in left] == [None] * 5 + [True]


def test_what_a_crash_left_goes_on_record(journal):
    octets = b'half of {"address":"198.51.100.9"} and some'
    for left in (octets, b"nobody in it"):
        newest = max(journal.glob("*.izj"))
        newest.chmod(0o640)
        newest.write_bytes(newest.read_bytes() + b"\0\0\1\0" + left)
        Lane(journal, site="antara", new_id=Ids(), reserve=0).close()
    assert len(list(journal.glob("*.torn"))) == 2

    def faults():
        verified = json.loads(audit("verify", "--journal", journal, "--json", code=3).splitlines()[0])
        assert verified["counts"]["recoveries"] == 2
        return {fault["wrong"] for fault in verified["faults"]} - {"text-missing"}

    found = json.loads(audit("erase", "--journal", journal, "--address", CRAWLER, "--why", "x", "--json"))
    assert found["torn"] == 1
    (kept,) = journal.glob("*.torn")
    assert kept.read_bytes().endswith(b"nobody in it")
    assert faults() == set()
    saved = kept.stat().st_mtime_ns // 1000
    keep = Keep({**dict.fromkeys(Audience), Audience.PEOPLE: 30})

    def look(day, *holds):
        retain(journal, keep, saved + day * DAY, holds, lambda details: given(journal, "removal", details))

    look(29)
    look(31, Hold("k", "", "uid 0"))
    assert kept.exists()
    look(31)
    assert not kept.exists()
    assert faults() == set()


def test_whom_a_hold_names_is_erased_once_it_is_removed(journal):
    words = ("--address", CRAWLER, "--journal", journal)
    audit("hold", "add", "perkara-2", "--why", "gugatan", "--until", "2026-01-01", *words)
    Lane(journal, site="antara", new_id=Ids(), reserve=0).close()  # closes the segment
    for _ in range(2):
        found = json.loads(audit("erase", "--whole", "--why", "x", *words, "--json"))
        assert (found["cleared"], found["held"]) == (0, 1), "the hold tells whom it holds, whenever that was"
        (journal / "orders.json").unlink(missing_ok=True)
        (held,) = audit("hold", "list", "--journal", journal, "--json").splitlines()
        assert json.loads(held)["addresses"] == [CRAWLER], "read from the journal"
    assert CRAWLER not in json.dumps(shown(journal))
    audit("hold", "remove", "perkara-2", "--journal", journal)
    assert json.loads(audit("erase", "--why", "x", *words, "--json"))["cleared"] == 1
    assert "Tidak ada yang ditahan" in audit("hold", "list", "--journal", journal)
    assert not [one for one in journal.rglob("*") if one.is_file() and CRAWLER.encode() in one.read_bytes()]


@pytest.mark.parametrize(
    "words",
    [
        ["erase", "--why", "x"],
        ["erase", "--why", "x", "--everybody"],
        ["erase", "--why", "x", "--everybody", "--from", "2026-11-18"],
        ["erase", "--why", "x", "--everybody", "--address", CRAWLER, "--from", "1d", "--until", "1h"],
        ["erase", "--address", CRAWLER],
        ["erase", "--address", CRAWLER, "--why", f"hapus {CRAWLER}"],
        ["erase", "--address", CRAWLER, "--why", "a\nb"],
        ["hold", "add", "a b", "--why", "x"],
        ["hold", "add", "a"],
    ],
)
def test_wrong_use_changes_nothing(journal, words):
    before = shown(journal)
    audit(*words, "--journal", journal, code=2)
    assert shown(journal) == before


def test_it_says_what_is_kept_by_the_policy_in_force(tmp_path):
    policy = compile_policy(read_case(TESTS / "good" / "audit-keep.txt").files, catalogue())
    event = event_entry("01KBBFZ9M00000000000009001", journals.START, "policy", {"policy": policy.digest})
    folder = journals.write(tmp_path, [event])
    Texts(folder).keep(policy.texts)
    found = json.loads(audit("privacy", "--journal", folder, "--json"))
    assert {one["class"]: one["days"] for one in found["classes"]} == {
        "people": 14,
        "welcome": 180,
        "ai": None,
        "events": None,
    }
    assert (found["removed"], found["cleared"], found["holds"]) == (0, 0, [])
    assert "14 hari" in audit("privacy", "--journal", folder)
    assert (found["budget"], found["clients"]) == (200 * 10**9, 90)
    told = " ".join(audit("privacy", "--journal", folder).split())
    assert "sesudah 90 hari" in told
    assert COUNTED.said(Language.ID) in told
    assert "(200 GB)" in audit("privacy", "--journal", folder)
    assert "14 days" in audit("privacy", "--journal", folder, "--lang", "en")
    assert "defaults" in audit("privacy", "--journal", journals.write(tmp_path / "b", []), "--lang", "en")


async def test_a_gateway_removes_what_is_over_and_forgets_yesterdays_key(journal):
    opened = Journal.opened(journal, site=claim(journal, None)[0], new_id=Ids())
    await opened.open()
    try:
        key = opened.pseudonyms.of("203.0.113.7", journals.START) and (journal / NAME).read_bytes()
        keep = Keep({Audience.PEOPLE: 1, Audience.WELCOME: 1, Audience.AI: None})
        keeping = Keeping(opened, lambda: Audit(keep, budget=1000))
        await keeping.look()
        assert keeping.warnings
        assert (journal / NAME).read_bytes() != key
        await asyncio.sleep(0)
    finally:
        await opened.close()
    now = shown(journal)
    assert {one["identity"]["kind"] for one in now if one["phase"] == "decision"} == {"agents"}
    assert [one["details"]["counts"] for one in now if one.get("event") == "removal"] == [
        {"people": 12},
        {"people": 8},
    ]
    (close,) = [one["details"] for one in now if one.get("event") == "disk-budget"]
    assert close["bytes"] > close["budget"] == 1000
    with closing(Index(Reader(journal))) as index:
        assert sum(1 for _ in ask(index, Query(phases=("decision",)))) == 1


def test_what_is_over_goes_by_hand_where_no_gateway_does_it(journal, tmp_path):
    case = read_case(TESTS / "good" / "audit-keep.txt").files
    policy = tmp_path / "policy"
    policy.mkdir()
    (policy / "site.yaml").write_bytes(case["site.yaml"].replace(b"people: 14d", b"people: 1d"))
    before = shown(journal)
    asked = ("retain", policy, "--journal", journal)
    assert "20 entries would go" in audit(*asked, "--dry-run")
    assert shown(journal) == before
    assert json.loads(audit(*asked, "--json")) == {"entries": 20, "dry_run": False}
    assert "0 entries went" in audit(*asked)
    (first, _) = [one["details"] for one in shown(journal) if one.get("event") == "removal"]
    assert first["keep"] == {"people": "1d", "welcome": "180d", "ai": "forever", "clients": "90d"}
    assert first["by"].startswith("uid ")


async def test_a_clock_that_leaps_removes_nothing(journal):
    opened = Journal.opened(journal, site=claim(journal, None)[0], new_id=Ids())
    await opened.open()
    try:
        keeping = Keeping(opened, lambda: Audit(Keep(dict.fromkeys(Audience, 1))))
        keeping._skew -= 2 * DAY
        await keeping.look()
    finally:
        await opened.close()
    assert not [one for one in shown(journal) if one.get("event") == "removal"]
