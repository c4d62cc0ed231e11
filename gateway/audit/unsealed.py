"""What a lane's writer asks of a seal, and the seal of a lane that is not sealed."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from gateway.audit.receipt import JournalError
from gateway.audit.segment import UNSOUND, Sound
from gateway.seal.checkpoint import Checkpoint


class Draft(NamedTuple):
    """A checkpoint that is not signed yet, and the leaves that must be on the medium before it is, by the first one's number."""

    point: Checkpoint
    doubtful: Mapping[int, Sequence[bytes]]


class Unsealed:
    """Seals nothing."""

    size = 0
    note = ""
    vkey: str | None = None
    lost: str | None = None

    def start(self) -> int:
        return 0

    def resume(self, following: int, sound: Sound = UNSOUND) -> None:
        """Nothing."""

    def wrote(self, payloads: Sequence[bytes]) -> None:
        """Nothing."""

    def synced(self, following: int) -> None:
        """Nothing."""

    def doubtful(self, first: int) -> None:
        """Nothing."""

    def settle(self) -> None:
        """Nothing."""

    def due(self, now: int) -> bool:
        return False

    def idle(self, now: int) -> bool:
        return False

    def keep(self) -> None:
        """Nothing."""

    def draft(self, now: int) -> Draft | None:
        return None

    def seal(self, draft: Draft) -> None:
        """Nothing."""

    def stop(self) -> None:
        """Nothing."""

    def troubles(self) -> list[dict[str, Any]]:
        return []

    def rotate(self) -> dict[str, Any]:
        raise JournalError("the journal is not sealed", "nothing is signed, so there is no key")
