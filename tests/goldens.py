"""Texts that must not change unnoticed, kept in tests/golden/. `IZIN_WRITE_GOLDEN=1` writes them anew, for a diff."""

import os
from pathlib import Path

FOLDER = Path(__file__).parent / "golden"


def assert_golden(name: str, octets: bytes) -> None:
    """The octets are those of the file `name`."""
    place = FOLDER / name
    if os.environ.get("IZIN_WRITE_GOLDEN") == "1":
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(octets)
    assert place.exists(), f"tests/golden/{name} is missing: run once with IZIN_WRITE_GOLDEN=1"
    assert octets.decode() == place.read_text("utf-8")
