"""A proxy's access log is read on whatever becomes of the journal in which earlier decisions are looked up."""

import asyncio
import json

import pytest

from gateway.audit import segment
from gateway.audit.journal import Journal
from gateway.proxy import access_log
from gateway.proxy.access_log import NAME, AccessLog, Open
from gateway.proxy.ids import Ids
from gateway.proxy.peer import Peers
from tests.engines import eventually
from tests.proxy import rig

EARLIER = "0" * 26
LATER = "7" + "Z" * 25


def reading(folder, journal):
    opened = Open(lambda *_: None, lambda _: None)
    nothing = (lambda *_: None,) * 2
    return AccessLog(folder / "log", opened, journal.recorder, rig.judge, Peers(), *nothing, LATER)


@pytest.mark.parametrize("when", ["at the start", "later"])
async def test_a_segment_that_goes_meanwhile_ends_no_reading(tmp_path, monkeypatch, when):
    """As retention removes one between two looks at the folder: here a name is there without its file."""
    monkeypatch.setattr(access_log, "LOOK", 0.01)
    folder, log = tmp_path / "journal", tmp_path / "log"
    log.touch()
    journal = Journal.opened(folder, site="s", new_id=Ids())
    await journal.open()
    its, gone = reading(tmp_path, journal), folder / segment.name_of(0)
    if when == "at the start":
        gone.symlink_to("gone")
        (folder / NAME).write_bytes(b'{"mark":null,"seq":0}')
    task = asyncio.create_task(its.run())
    try:
        await eventually(lambda: its.warnings or when == "later" or task.done())
        if when == "later":
            gone.symlink_to("gone")
        else:
            gone.unlink()

        def told():  # what stands there before the first look is nobody's business
            append(log, {"decision": EARLIER, "status": 200})
            return its.passed_over or task.done()

        await eventually(told)
        assert not task.done()
    finally:
        task.cancel()
        await asyncio.wait({task})
        gone.unlink(missing_ok=True)
        await journal.close()


def append(log, line):
    with log.open("a") as file:
        file.write(json.dumps(line) + "\n")
