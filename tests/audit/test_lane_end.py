"""The end of a lane on a disk that does not answer any more: said, in time, and nothing promised that is not kept."""

import pytest
from structlog.testing import capture_logs

from gateway.audit import lane_end
from gateway.audit.folder import held
from gateway.audit.journal import Journal
from gateway.audit.keeping import Keeping
from gateway.audit.receipt import JournalError, Receipt
from gateway.audit.recorder import Recorder
from gateway.policy.model import Audit
from gateway.proxy.ids import Ids
from gateway.vocabulary import Level
from tests.audit.test_lane import MIB, Slow, entries, opened
from tests.engines import until


@pytest.fixture(autouse=True)
def soon(monkeypatch):
    monkeypatch.setattr(lane_end, "ENDS", 0.2)


def test_a_sync_that_hangs_for_good_holds_up_no_end_and_is_no_receipt(tmp_path):
    disk, got = Slow(), []
    lane = opened(tmp_path, disk=disk)

    def append(text, level):
        assert lane.append(b'["%b"]' % text, level, lambda receipt: got.append((text, receipt)))

    disk.hang()
    append(b"a", Level.DURABLE)
    assert disk.syncing.wait(10)
    append(b"b", Level.WRITTEN)
    append(b"c", Level.DURABLE)
    with pytest.raises(JournalError, match=r"has not answered for 0\.2 s"):
        lane.close()
    assert got == [(b"b", Receipt(3, Level.WRITTEN))]
    assert held(tmp_path), "whoever hangs may still write"
    payloads = [payload for _, payload in entries(tmp_path)]
    assert payloads[1:] == [b'["a"]', b'["b"]', b'["c"]'], "all that waited is with the system"
    disk.free_.set()
    until(lambda: len(got) == 3)


async def test_the_operations_log_says_so(tmp_path):
    disk = Slow()
    recorder = Recorder.open(
        tmp_path, site="antara", new_id=Ids(), pseudonym=lambda *_: "", disk=disk, reserve=MIB
    )
    disk.hang()
    recorder.event("policy", {})
    assert disk.syncing.wait(10)
    with capture_logs() as lines, pytest.raises(JournalError):
        await recorder.close()
    disk.free_.set()
    assert [(line["event"], line["log_level"]) for line in lines] == [
        ("the journal is left without its end", "error")
    ]


async def test_a_lane_of_nobody_that_cannot_be_ended_ends_no_retention(tmp_path):
    disk = Slow()
    own = Journal.opened(tmp_path / "0", site="antara", new_id=Ids(), reserve=MIB)
    other = Journal.opened(tmp_path / "1", site="antara", new_id=Ids(), reserve=MIB, disk=disk)
    disk.hang()
    other.recorder.event("policy", {})
    assert disk.syncing.wait(10)
    with capture_logs() as lines:
        await Keeping(own, Audit, whole=tmp_path, left=lambda: iter([other])).look()
    disk.free_.set()
    assert "the journal is left without its end" in [line["event"] for line in lines]
    await own.close()
