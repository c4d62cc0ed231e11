"""A link that somebody laid into the journal's folder leads nobody to write elsewhere."""

import pytest

from gateway.audit import folder, orders_file
from gateway.audit.orders_file import Snapshot
from gateway.orders import NO_ORDERS

WRITERS = {
    "lane.json.new": lambda journal: folder.claim(journal, "antara", "mesin"),
    "orders.json.new": lambda journal: orders_file.save(journal, Snapshot(1, NO_ORDERS)),
}


@pytest.mark.parametrize("name", WRITERS)
def test_a_link_is_not_followed(tmp_path, name):
    treasure = tmp_path / "treasure"
    treasure.write_text("untouched")
    journal = tmp_path / "journal"
    journal.mkdir()
    (journal / name).symlink_to(treasure)
    WRITERS[name](journal)
    assert treasure.read_text() == "untouched"
    written = journal / name.removesuffix(".new")
    assert written.is_file()
    assert not written.is_symlink()
