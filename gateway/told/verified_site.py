"""What the verification of a site found, in words: its log first; each lane follows as `verified` tells it."""

from collections.abc import Iterator
from typing import Final

from gateway.seal.report import Outcome, SiteReport
from gateway.told.verified import OUTCOMES, Part, fault_line, key_lines, say_in
from gateway.vocabulary import Language, Sentence

_WORDS: Final = {
    "log": Sentence(
        "{}: {} kepala jalur dalam log situs, {} di antaranya disegel; {} jalur",
        "{}: {} heads of lanes in the site's log, {} of them sealed; {} lanes",
    ),
    "lane": Sentence("Jalur {}: {}", "Lane {}: {}"),
    "elsewhere": Sentence(
        "Jalur {}: {} catatan di bawah kepala terakhirnya ada di mesin lain, dan tidak diperiksa di sini",
        "Lane {}: the {} entries under its last head are with another host, and were not read here",
    ),
    "wrong": Sentence("Yang salah", "Wrong"),
    "proved": Sentence("Terbukti", "Proved"),
    "key": Sentence(
        "Setiap kepala jalur dalam log tidak diubah sejak disegel, kata pemegang kunci situs ini:",
        "The heads of lanes in the log are as they were when they were sealed, says whoever has this key of the site:",
    ),
    "file": Sentence(
        "{} kepala jalur pertama sama dengan yang disegel dalam {}; yang menyimpan berkas itu menjaminnya.",
        "The first {} heads of lanes are those sealed in {}; whoever kept that file vouches for them.",
    ),
}


def site_parts(report: SiteReport, language: Language) -> Iterator[Part]:
    """The report on the site's log in parts, the outcome of the whole first, and a line for each lane."""
    say = say_in(_WORDS, language)
    lanes = [say("lane", one.lane, OUTCOMES[one.outcome].said(language)) for one in report.lanes]
    lanes += [say("elsewhere", origin.split("/", 2)[2], size) for origin, size in report.elsewhere]
    log = say("log", report.origin, report.last, report.sealed, len(report.lanes))
    yield OUTCOMES[report.outcome].said(language), [log, *lanes]
    if report.faults:
        yield say("wrong"), [fault_line(fault, language) for fault in report.faults]
    if report.sealed and report.outcome is not Outcome.BROKEN:
        vouched = [say("file", one.size, one.name) for one in report.vouchers]
        yield say("proved"), [say("key"), *key_lines(report.keys, language), *vouched]
