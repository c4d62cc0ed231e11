"""Statements of use that are carried on or kept are what a fold over all entries comes to, whatever happens meanwhile."""

import dataclasses
from contextlib import closing

import pytest

from gateway.audit.index import Index
from gateway.audit.reader import Reader
from gateway.audit.retention import retain
from gateway.audit.uses import Uses
from gateway.instants import DAY
from gateway.lookups.folder import load
from gateway.policy.model import Keep
from gateway.told.month import Month
from gateway.vocabulary import Audience
from tests import journals
from tests.audit.test_retention import sealed
from tests.cli.test_usage import LICENSE, PROVED, SERVED
from tests.live import rig

MONTH = Month(2026, 11)
#: A month later.
LATER = journals.START + 40 * DAY
KEEP = Keep({Audience.PEOPLE: 30, Audience.WELCOME: 30, Audience.AI: 1})


@pytest.fixture(scope="module")
def policy(tmp_path_factory):
    folder = rig.write_policy(tmp_path_factory.mktemp("policy") / "policy")
    (folder / "licenses").mkdir()
    (folder / "licenses/contoh.yaml").write_text(LICENSE, "utf-8")
    return load(folder)


def came(first, count):
    """So many requests of a licensee, and what became of them."""
    return [
        entry
        for number in range(first, first + count)
        for entry in journals.exchange(journals.judged(number, identity=PROVED, decision=SERVED))
    ]


class Asking:
    """Asks for the statement of one journal, of which a console has a memory."""

    def __init__(self, folder, policy):
        self.folder, self.policy, self.uses = folder, policy, Uses()

    def made(self, now, uses=None, sound=iter):
        with closing(Index(Reader(self.folder))) as index:
            return (uses or self.uses).of(index, self.policy, self.policy.licenses[0], MONTH, now, sound)

    def holds(self, now, count):
        """What is said is what somebody says who remembers nothing, also on a disk."""
        (self.folder / "index.sqlite").replace(self.folder / "aside")
        fresh = self.made(now, Uses())
        (self.folder / "aside").replace(self.folder / "index.sqlite")
        assert sum(one.requests for _, one in fresh.rows) == count
        assert self.made(now) == fresh


@pytest.fixture
def asking(tmp_path, policy):
    return Asking(sealed(tmp_path / "journal", came(0, 5), (10,)), policy)


def test_what_is_taken_in_while_a_statement_is_made_counts_once(asking):
    def meanwhile(entries):
        sealed(asking.folder, came(5, 3), (6,))
        with closing(Index(Reader(asking.folder))):
            yield from entries

    asking.made(journals.START, sound=meanwhile)
    asking.holds(journals.START, 8)


def test_what_was_counted_before_a_statement_failed_counts_once(asking):
    def fails(entries):
        for _, entry in zip(range(8), entries, strict=False):
            yield entry
        raise OSError("the disk is away")

    with pytest.raises(OSError, match="away"):
        asking.made(journals.START, sound=fails)
    asking.holds(journals.START, 5)


def test_a_clock_that_was_ahead_closes_no_month(asking):
    asking.made(LATER)
    asking.made(journals.START)
    sealed(asking.folder, came(5, 3), (6,))
    asking.made(journals.START)
    asking.holds(LATER, 8)


def test_what_was_removed_is_in_no_statement(asking):
    asking.made(journals.START)
    assert retain(asking.folder, KEEP, LATER, (), lambda event: None) == 10
    asking.holds(journals.START, 0)


def test_what_was_counted_by_a_policy_of_before_is_let_go_of(asking):
    asking.made(journals.START)
    asking.policy = dataclasses.replace(asking.policy, digest="sha256:00")
    asking.made(journals.START)
    assert [policy for _, _, policy in asking.uses._folds] == ["sha256:00"]
    asking.holds(journals.START, 5)
