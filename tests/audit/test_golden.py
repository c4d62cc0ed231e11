"""Journals of every version that was ever written are read as they were then."""

import json
import shutil
from pathlib import Path

import pytest

from gateway.audit.index import Index
from gateway.audit.query import Query, ask
from gateway.audit.reader import Damage, Reader
from tests import journals

JOURNALS = sorted((Path(__file__).parents[1] / "golden").glob("journal-v*"))


@pytest.mark.parametrize("folder", JOURNALS, ids=lambda folder: folder.name)
def test_a_golden_journal_is_printed_as_it_was(folder, tmp_path):
    expected = [json.loads(line) for line in (folder / "printed.jsonl").read_text("utf-8").splitlines()]
    found = list(Reader(folder).printed())
    assert not [one for one in found if isinstance(one, Damage)]
    assert [entry for _, entry in found] == expected
    copy = tmp_path / "journal"
    shutil.copytree(folder, copy)
    index = Index(Reader(copy))
    try:
        asked = list(ask(index, Query()))
        assert [journals.as_written(entry) for entry in asked] == expected
    finally:
        index.close()


def test_there_is_one():
    assert JOURNALS
