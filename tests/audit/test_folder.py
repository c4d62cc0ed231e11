"""The sink that is a folder: a journal elsewhere, held to what every sink and every copy must do."""

import json
import shutil

import pytest

from gateway.audit import frames, segment
from gateway.audit.follower import ship_again
from gateway.audit.reader import Damage, Reader, read_head
from gateway.audit.rewriting import frames_of
from gateway.audit.sinks import SinkError
from gateway.audit.site_log import lanes_of
from tests.audit.copies import Copies
from tests.audit.test_sinks import Place


class Folder(Place):
    def __init__(self, folder):
        self.path = folder / "salinan lain"
        super().__init__(f"file://{folder}/salinan%20lain/", folder)

    def lanes(self):
        return lanes_of(self.path) if self.path.is_dir() else []

    def received(self):
        found = [
            one for lane in self.lanes() for one in Reader(lane).printed() if not isinstance(one, Damage)
        ]
        return [json.dumps(entry).encode() for _, entry in found]

    def refuse(self, refused):
        if refused:
            self.path.write_text("hier ist eine Datei")
        else:
            self.path.unlink()

    def _rewrite(self, seq, change):
        first = max(one for one, _ in Reader(self.path / "mesin").segments() if one <= seq)
        path = self.path / "mesin" / segment.name_of(first)
        with path.open("rb") as file:
            octets = path.read_bytes()[: read_head(file)[1]]
        for frame in frames_of(path.parent, first):
            octets += change if frame.seq == seq else frames.encode(frame.seq, frame.payload)
        path.write_bytes(octets)

    def spoil(self, seq):
        self._rewrite(seq, frames.encode(seq, b'["x",1]'))

    def traces(self, text):
        return sum(path.read_bytes().count(text.encode()) for path in self.path.rglob("*") if path.is_file())


class TestFolder(Copies):
    @pytest.fixture
    def place(self, tmp_path):
        return Folder(tmp_path)

    def fetched(self, place, out):
        """It is a journal already; of several lanes the log of the site is laid beside them."""
        shutil.rmtree(out, ignore_errors=True)
        lanes = place.lanes()
        shutil.copytree(lanes[0] if len(lanes) == 1 else place.path, out)
        if len(lanes) > 1 and (out / lanes[0].name / "site").is_dir():
            shutil.move(out / lanes[0].name / "site", out / "site")
        return (
            0,
            {"lane": lanes[0].name, "entries": len(list(Reader(lanes[0]).entries())), "troubles": []},
            "",
        )

    async def test_an_entry_that_was_cut_short_is_written_whole(self, whole, place):
        await self.ship(whole, place.sink(), most=7)
        path = max(place.path.glob("mesin/*.izj"))
        octets = path.read_bytes()
        for cut in (1, 9, 30, len(octets) // 2):
            path.write_bytes(octets[:-cut])
            await self.ship(whole, place.sink())
            assert path.read_bytes() == octets

    async def test_one_follower_a_lane_and_no_other_journal_under_its_name(self, whole, place):
        first, second = place.sink(), place.sink()
        await first.position("antara", "mesin")
        with pytest.raises(SinkError, match="already"):
            await second.position("antara", "mesin")
        await self.ship(whole, first)
        with pytest.raises(SinkError, match="another site"):
            await second.position("lain", "mesin")
        with pytest.raises(SinkError, match="no name of a lane"):
            await second.position("antara", "../keluar")
        await second.close()
        place.spoil(5)
        path = max(place.path.glob("mesin/*.izj"))
        path.unlink()
        third = place.sink()
        with pytest.raises(SinkError, match="another entry under the number 5"):
            await ship_again(Reader(whole), third)
        await third.close()
