"""The manual says how much room entries take; it says so truly."""

import re
from pathlib import Path

from gateway.audit.frames import HEAD
from gateway.record import Compact
from tests.journals import CHROME, GPTBOT, REFUSED, exchange, judged

MANUAL = Path(__file__).parents[2] / "docs" / "manual" / "audit.md"
PATH = b"/berita/4812345/harga-beras-turun-menjelang-akhir-tahun-di-pasar-induk"
AGENT = (
    "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.3; +https://openai.com/gptbot)"
)


def test_the_table_of_sizes_is_true():
    table: dict[bytes, int] = {}

    def sizes(judgement):
        decision, outcome = exchange(judgement, octets=54_321)
        octets = decision.encode(table) if isinstance(decision, Compact) else decision
        return len(octets) + HEAD, len(outcome) + HEAD

    sizes(judged(1, PATH))
    reader = sizes(judged(2, PATH))
    other = sizes(judged(3, PATH, user_agent=CHROME.replace("142", "141")))
    refused = sizes(judged(4, PATH, identity=GPTBOT, decision=REFUSED, user_agent=AGENT))
    rows = re.findall(
        r"^\| [^|]+ \| ([\d,]+) \| (\d+) \| ([\d.]+) GB \|$", MANUAL.read_text("utf-8"), re.MULTILINE
    )
    said = [
        (int(decision.replace(",", "")), int(outcome), gigabytes) for decision, outcome, gigabytes in rows
    ]
    assert said == [(*both, f"{sum(both) / 1000:.2g}") for both in (reader, other, refused)]
    a_day = (9 * sum(reader) + sum(refused)) / 10_000
    assert f"9 in 10 readers | | | {a_day:.2f} GB" in MANUAL.read_text("utf-8")
