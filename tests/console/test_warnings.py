"""What the gateway warns of has Indonesian words, and those words are about what it really says."""

from pathlib import Path

import pytest

import gateway
from gateway.console.warnings import _ROWS, in_indonesian

SOURCES = "".join(
    path.read_text("utf-8")
    for folder in ("proxy", "audit")
    for path in (Path(gateway.__file__).parent / folder).rglob("*.py")
)


@pytest.mark.parametrize("begins", sorted({begins for begins, _, _ in _ROWS if begins}))
def test_each_row_is_what_the_gateway_says(begins):
    assert f'"{begins}' in SOURCES


@pytest.mark.parametrize(
    ("warning", "told"),
    [
        ("address lists not fetched: 37 of 39", "daftar alamat yang tidak terambil: 37 dari 39"),
        (
            "www.antara.example: observe, nobody is refused",
            "www.antara.example: hanya mengamati, tidak ada yang ditolak",
        ),
        (
            "97% of requests come by 10.0.0.1, which is no trusted proxy: start with `--trusted-proxies 10.0.0.1`",
            "97% permintaan datang lewat 10.0.0.1, yang bukan proksi tepercaya: mulai dengan `--trusted-proxies 10.0.0.1`",
        ),
        (
            "license a of PT {0} ends on 2027-01-04 00:00",
            "lisensi a milik PT {0} berakhir pada 2027-01-04 00:00",
        ),
        ("something quite new", None),
    ],
)
def test_a_warning_in_indonesian(warning, told):
    assert in_indonesian(warning) == told
