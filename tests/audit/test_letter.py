"""The monthly letter's sums are what a plain fold over the entries comes to, also where a month is not one of UTC."""

from collections import Counter
from contextlib import closing
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.audit.counting import Counting
from gateway.audit.index import Index
from gateway.audit.minutes import DECISION
from gateway.audit.query import Query, ask
from gateway.audit.reader import Reader
from gateway.audit.refusals import alike, wanted
from gateway.audit.uses import Uses
from gateway.instants import DAY, SECOND, instant
from gateway.lookups.folder import load
from gateway.told.letter import Alike, Page
from gateway.told.month import Month
from gateway.value import changed
from gateway.vocabulary import AI_PURPOSES
from tests import journals
from tests.cli.test_report import ACCUSED, CLAUDE, FALSE, GOOGLE, LAW, LICENSE, SLOWED
from tests.cli.test_report import entries as report_entries
from tests.live.rig import write_policy

HOSTS = ("www.antara.example", "en.antara.example")
TARGETS = (b"/berita/1", b"/berita/2", b"/foto/1", b"/foto/%E2%80%AE")
CAME = (
    (journals.GPTBOT, journals.REFUSED),
    (journals.GPTBOT, changed(journals.REFUSED, enforced=False)),
    (journals.GPTBOT, journals.LET_IN),
    (CLAUDE, journals.REFUSED),
    (changed(CLAUDE, operator=None), journals.REFUSED),
    (GOOGLE, SLOWED),
    (FALSE, ACCUSED),
    (journals.READER, LAW),
    (journals.READER, journals.LET_IN),
)
MONTH = Month(2026, 10)
HOURS = st.integers(-40 * 24, 40 * 24)


def fold(entries):
    """Refusals by what they have in common, and the pages of crawlers for AI with how many operators asked."""
    counts, pages, askers = Counter(), Counter(), {}
    for entry in entries:
        if entry["phase"] != "decision" or entry["verdict"] == "allow":
            continue
        who, request = entry["identity"], entry["request"]
        named = (who["kind"], who["agent"], who["operator"], who["purpose"], entry["rule"] or "")
        counts[Alike(*named, not entry["enforced"], entry["status"])] += 1
        if who["kind"] == "agents" and who["purpose"] in AI_PURPOSES:
            page = (request["host"], request["target"])
            pages[page] += 1
            askers.setdefault(page, set()).add(who["operator"])
    found = [Page(*page, n, len(askers[page])) for page, n in pages.items()]
    return counts, sorted(found, key=lambda one: (-one.requests, -one.operators, one.host, one.target))


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Kathmandu"])
def test_sums_are_a_fold_over_the_entries(tmp_path_factory, zone):
    since, until = MONTH.span(ZoneInfo(zone))
    middle = instant(datetime(2026, 10, 16, tzinfo=UTC))

    @settings(max_examples=5)
    @given(
        st.lists(
            st.tuples(st.sampled_from(CAME), st.sampled_from(TARGETS), st.sampled_from(HOSTS), HOURS),
            max_size=60,
        )
    )
    def holds(came):
        edges = [(CAME[0], TARGETS[n % 4], HOSTS[0], 0) for n in range(4)]
        times = [middle + hour * DAY // 24 for *_, hour in came]
        times += [since - SECOND, since, until - SECOND, until]
        entries = []
        for number, (((identity, decision), target, host, _), at) in enumerate(
            zip([*came, *edges], times, strict=True)
        ):
            one = journals.judged(number, target, identity=identity, decision=decision, host=host)
            entries += journals.exchange(changed(one, at=at))
        folder = journals.write(tmp_path_factory.mktemp("journal"), entries)
        with closing(Index(Reader(folder))) as index:
            counts, pages = fold(ask(index, Query(since=since, until=until)))
            Counting(index, paths=False).add(Query(since=since, until=until), DECISION)
            assert Counter(dict(alike(index))) == counts
            found = wanted(index, since, until, 100)
            assert found.pages == pages
            assert found.every == len(pages)
            first = wanted(index, since, until, 2)
            assert [one.requests for one in first.pages] == [one.requests for one in pages[:2]]
            assert first.every == len(pages)

    holds()


def test_a_statement_goes_on_from_where_it_was_and_is_kept_when_its_month_is_over(tmp_path):
    policy = write_policy(tmp_path / "policy")
    (policy / "licenses").mkdir()
    (policy / "licenses/contoh.yaml").write_text(LICENSE, "utf-8")
    policy, every, folder = load(policy), [*report_entries()], tmp_path / "journal"
    (held,) = policy.licenses
    _, until = MONTH.span(policy.zone)
    uses, told = Uses(), []
    for end in range(31, len(every) + 31, 31):  # decisions and their outcomes are torn apart
        journals.write(folder, every[:end])
        with closing(Index(Reader(folder))) as index:
            told.append(uses.of(index, policy, held, MONTH, until, iter))
            assert told[-1] == Uses().of(index, policy, held, MONTH, until, iter)
    assert len({one.total for one in told}) > 1
    with closing(Index(Reader(folder))) as index:
        whole = uses.of(index, policy, held, MONTH, until + 2 * DAY, iter)
        assert whole == told[-1]
        index.db.execute("DELETE FROM entries")
        assert Uses().of(index, policy, held, MONTH, until + 2 * DAY, iter) == whole, "put away in the index"
        assert Uses().of(index, policy, held, MONTH, until, iter).total.requests == 0
