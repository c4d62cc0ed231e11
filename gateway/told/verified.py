"""What a verification found, in words: what was checked, what is proved and by whom, what is only the operator's word."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

from gateway.instants import rfc3339
from gateway.seal.report import Fault, Outcome, Report, Voucher, Wrong
from gateway.vocabulary import Language, Sentence

#: A heading, and the lines under it.
Part = tuple[str, list[str]]
#: Says one of `_WORDS` in a language, with these values in it.
Say = Callable[..., str]

OUTCOMES: Final = {
    Outcome.VALID: Sentence(
        "VALID: semua yang diperiksa utuh", "VALID: everything that was checked is sound"
    ),
    Outcome.INCOMPLETE: Sentence(
        "TIDAK LENGKAP (INCOMPLETE): tidak ada yang terbukti diubah, tetapi tidak semua dapat diperiksa",
        "INCOMPLETE: nothing is shown to be changed, but not everything could be checked",
    ),
    Outcome.BROKEN: Sentence(
        "RUSAK (BROKEN): ada yang diubah atau hilang", "BROKEN: something was changed or taken out"
    ),
}

WRONGS: Final = {
    Wrong.ROOT: Sentence(
        "entri tidak sesuai dengan segel yang ditandatangani", "the entries are not those that were sealed"
    ),
    Wrong.FRAME: Sentence("entri rusak", "an entry is damaged"),
    Wrong.SHRUNK: Sentence("entri di bagian akhir hilang", "entries at the end are gone"),
    Wrong.CONTRADICTION: Sentence("dua segel saling bertentangan", "two checkpoints contradict each other"),
    Wrong.SIGNATURE: Sentence("tanda tangan palsu atau rusak", "a signature is false or damaged"),
    Wrong.CHECKPOINT: Sentence("segel dari log lain", "a checkpoint of another log"),
    Wrong.HEADER: Sentence("kepala segmen tidak cocok", "the header of a segment does not fit"),
    Wrong.TEXT_CHANGED: Sentence(
        "teks yang disebut entri telah diubah", "a text that an entry names was changed"
    ),
    Wrong.TORN_CHANGED: Sentence(
        "oktet yang disimpan saat pemulihan telah diubah", "octets that a recovery saved were changed"
    ),
    Wrong.VALUES_CHANGED: Sentence(
        "nilai yang ditinggalkan entri yang dihapus telah diubah",
        "values that removed entries left for others were changed",
    ),
    Wrong.UNRECORDED: Sentence(
        "entri dihapus tanpa peristiwa yang mencatatnya", "entries were removed, and no event says so"
    ),
    Wrong.OPENING_CHANGED: Sentence(
        "nilai di samping entri bukan yang dikomitkannya",
        "the values beside an entry are not those that it commits to",
    ),
    Wrong.ANCHOR_CHANGED: Sentence("penanda waktu tidak cocok", "a time stamp does not fit"),
    Wrong.SEGMENT_MISSING: Sentence("segmen tidak ada", "a segment is missing"),
    Wrong.ENTRIES_LOST: Sentence(
        "entri hilang sebelum sempat disegel; hal itu tercatat",
        "entries were lost before they could be sealed, as an event says",
    ),
    Wrong.TEXT_MISSING: Sentence(
        "teks yang disebut entri tidak ada", "a text that an entry names is missing"
    ),
    Wrong.TORN_MISSING: Sentence(
        "oktet yang disimpan saat pemulihan tidak ada", "octets that a recovery saved are missing"
    ),
    Wrong.VALUES_MISSING: Sentence(
        "nilai yang ditinggalkan entri yang dihapus tidak ada",
        "values that removed entries left for others are missing",
    ),
    Wrong.OPENING_MISSING: Sentence(
        "nilai pribadi di samping entri tidak ada, dan tidak ada peristiwa yang mencatat penghapusannya",
        "the values beside an entry are not there, and no event says that they were erased",
    ),
    Wrong.LANE_MISSING: Sentence("jalur tidak ada", "a lane is missing"),
    Wrong.ANCHOR_MISSING: Sentence(
        "jangkar tidak ada atau tidak terbaca", "an anchor is missing or cannot be read"
    ),
    Wrong.KEY_UNKNOWN: Sentence(
        "segel ditandatangani dengan kunci yang tidak dikenal",
        "a checkpoint is signed by a key that is not known",
    ),
    Wrong.UNSEALED: Sentence("jurnal belum disegel sama sekali", "the journal is not sealed at all"),
    Wrong.UNCHECKED: Sentence(
        "tidak dapat diperiksa karena entri lain hilang", "cannot be checked, since other entries are missing"
    ),
}

#: What is counted, in the order in which it is told; what is 0 and in `_QUIET` is left out.
COUNTS: Final = {
    "entries": Sentence("entri, setiap oktetnya", "entries, every octet of them"),
    "segments": Sentence("segmen", "segments"),
    "checkpoints": Sentence("segel dengan tanda tangannya", "checkpoints with their signatures"),
    "texts": Sentence("teks yang disebut entri", "texts that entries name"),
    "opened": Sentence(
        "entri dengan nilai pribadi di sampingnya, sesuai dengan komitmennya",
        "entries with personal values beside them, which fit what they commit to",
    ),
    "erased": Sentence(
        "entri utuh yang nilai pribadinya sudah dihapus", "whole entries whose personal values were erased"
    ),
    "removed": Sentence(
        "entri dihapus, tercatat, nilai hash-nya tetap ada",
        "entries removed, as events say; their hashes are kept",
    ),
    "removals": Sentence("kali penghapusan", "removals"),
    "missing": Sentence("nomor tanpa entri", "numbers without an entry"),
    "starts": Sentence("kali mulai", "starts"),
    "unclean_stops": Sentence("di antaranya tanpa berhenti semestinya", "of them with no stop before"),
    "recoveries": Sentence("tulisan terpotong yang dipulihkan", "writes cut short and recovered"),
    "gaps": Sentence("kali entri tertunda", "times in which entries had to wait"),
    "dropped": Sentence("entri tidak pernah tertulis, tercatat", "entries never written, as events say"),
    "clock_steps": Sentence("kali jam mundur", "times the clock went back"),
    "key_changes": Sentence("kali kunci diganti", "times the key was changed"),
    "anchor_faults": Sentence(
        "kali segel tidak sampai ke jangkarnya", "times that a seal did not reach its anchor"
    ),
    "seal_faults": Sentence("kali tidak dapat disegel", "times that sealing failed"),
}
_CHECKED: Final = ("entries", "segments", "checkpoints", "texts", "opened")

_WORDS: Final = {
    "checked": Sentence("Diperiksa", "Checked"),
    "happened": Sentence("Tercatat", "Recorded"),
    "proved": Sentence("Terbukti", "Proved"),
    "word": Sentence("Hanya menurut operator", "Only the operator's word"),
    "wrong": Sentence("Yang salah", "Wrong"),
    "span": Sentence("entri 1 sampai {}, {} sampai {}", "entries 1 to {}, {} to {}"),
    "nothing": Sentence("tidak ada entri", "no entries"),
    "resumed": Sentence(
        "entri sampai {} diperiksa lebih dahulu dan tidak dibaca ulang",
        "entries up to {} were checked before and not read again",
    ),
    "key": Sentence(
        "Entri 1 sampai {} tidak diubah sejak disegel, menurut pemegang kunci ini:",
        "Entries 1 to {} are as they were when they were sealed, says whoever has this key:",
    ),
    "fingerprint": Sentence("sidik kunci {}", "fingerprint {}"),
    "handed": Sentence("yang menyerahkannya kepada {}", "who handed over to {}"),
    "file": Sentence(
        "Entri 1 sampai {} sama dengan yang disegel dalam {}; yang menyimpan berkas itu menjaminnya.",
        "Entries 1 to {} are those sealed in {}; whoever kept that file vouches for it.",
    ),
    "time-stamp": Sentence(
        "Entri 1 sampai {} sudah ada pada {}, menurut penanda waktu {}; tanda tangannya diperiksa dengan openssl ts -verify.",
        "Entries 1 to {} existed by {}, by the time stamp {}; check its signature with openssl ts -verify.",
    ),
    "own key": Sentence(
        "bahwa kunci itu milik operator: kunci diambil dari jurnal itu sendiri; pakai --key dengan kunci dari luar",
        "that the key is the operator's: it was taken from the journal itself; give --key one from outside",
    ),
    "no anchor": Sentence(
        "bahwa jurnal tidak ditulis ulang seluruhnya: tidak ada segel yang disimpan di tempat lain; pakai --anchor",
        "that the journal was not written anew as a whole: no checkpoint was kept elsewhere; give --anchor",
    ),
    "after anchor": Sentence(
        "entri {} sampai {}: sesudah segel terakhir yang disimpan di tempat lain",
        "entries {} to {}: after the last checkpoint that was kept elsewhere",
    ),
    "tail": Sentence("entri {} sampai {}: belum disegel", "entries {} to {}: not sealed yet"),
    "omission": Sentence(
        "bahwa setiap permintaan dicatat: segel tidak menunjukkan apa yang tidak pernah ditulis",
        "that every request was recorded: a seal does not show what was never written",
    ),
    "headers": Sentence(
        "yang tertulis dalam kepala {} segmen (kapan dibuat, perangkat lunaknya): tidak berada di bawah segel; hanya bentuk, situs, dan jalurnya diperiksa",
        "what the headers of {} segments say (when they were made, by which software): it is under no seal; only their form, site and lane are checked",
    ),
    "values": Sentence(
        "nilai yang ditinggalkan entri yang dihapus dari {} segmen: tidak ada peristiwa yang mencatat sidiknya",
        "the values that entries removed from {} segments left for others: no event says their digest",
    ),
    "place": Sentence("entri {}", "entry {}"),
    "places": Sentence("entri {} sampai {}", "entries {} to {}"),
    "octet": Sentence("oktet {}", "octet {}"),
    "more": Sentence("dan {} lagi", "and {} more"),
}


def parts(report: Report, language: Language) -> Iterator[Part]:
    """The report in parts: the outcome first, what is wrong next, the rest as an auditor asks for it."""
    say = say_in(_WORDS, language)
    yield OUTCOMES[report.outcome].said(language), [_span(report, say)]
    if report.faults:
        lines = [fault_line(fault, language) for fault in report.faults]
        yield say("wrong"), lines + ([say("more", report.more_faults)] if report.more_faults else [])
    yield say("checked"), [*_counted(report, language, checked=True), *_resumed(report, say)]
    if happened := _counted(report, language, checked=False):
        yield say("happened"), happened
    if report.sealed and report.outcome is not Outcome.BROKEN:
        yield say("proved"), _proved(report, language, say)
    yield say("word"), _only_word(report, say)


def say_in(words: Mapping[str, Sentence], language: Language) -> Say:
    """Says one of these sentences in a language, with values in it."""

    def say(key: str, *values: object) -> str:
        shown = (language.number(one) if isinstance(one, int) else one for one in values)
        return words[key].said(language).format(*shown)

    return say


def _span(report: Report, say: Say) -> str:
    if not report.last:
        return f"{report.origin}: {say('nothing')}"
    since, until = ("?" if at is None else rfc3339(at)[:19] + "Z" for at in (report.since, report.until))
    return f"{report.origin}: {say('span', report.last, since, until)}"


def fault_line(fault: Fault, language: Language) -> str:
    """What is wrong, and where, in one line."""
    say = say_in(_WORDS, language)
    places = [fault.file]
    if fault.offset is not None:
        places.append(say("octet", str(fault.offset)))
    if fault.seq is not None and fault.last is not None and fault.last > fault.seq:
        places.append(say("places", str(fault.seq), str(fault.last)))
    elif fault.seq is not None:
        places.append(say("place", str(fault.seq)))
    detail = f" ({fault.detail})" if fault.detail else ""
    return f"{', '.join(places)}: {WRONGS[fault.wrong].said(language)}{detail}"


def _counted(report: Report, language: Language, *, checked: bool) -> list[str]:
    return [
        f"{language.number(report.counts[name]):>12}  {sentence.said(language)}"
        for name, sentence in COUNTS.items()
        if (name in _CHECKED) is checked and (checked or report.counts[name])
    ]


def _resumed(report: Report, say: Say) -> list[str]:
    return [say("resumed", report.resumed_at)] if report.resumed_at else []


def _proved(report: Report, language: Language, say: Say) -> list[str]:
    lines = [say("key", report.sealed)]
    return lines + key_lines(report.keys, language) + [_vouched(one, say) for one in report.vouchers]


def key_lines(keys: Iterable[tuple[str, str]], language: Language) -> list[str]:
    """The keys, each handed over to by the one before it, with their fingerprints."""
    say = say_in(_WORDS, language)
    lines = []
    for number, (vkey, fingerprint) in enumerate(keys):
        lines.append(say("handed", vkey) if number else vkey)
        lines.append(say("fingerprint", fingerprint))
    return lines


def _vouched(one: Voucher, say: Say) -> str:
    if one.time is None:
        return say("file", one.size, one.name)
    return say("time-stamp", one.size, one.time, one.name)


def _only_word(report: Report, say: Say) -> list[str]:
    lines = [] if report.held else [say("own key")]
    vouched = max((one.size for one in report.vouchers), default=0)
    if not vouched:
        lines.append(say("no anchor"))
    elif report.sealed > vouched:
        lines.append(say("after anchor", vouched + 1, report.sealed))
    if report.last > report.sealed:
        lines.append(say("tail", report.sealed + 1, report.last))
    if bare := report.counts["bare_headers"]:
        lines.append(say("headers", bare))
    if bare := report.counts["bare_values"]:
        lines.append(say("values", bare))
    return [*lines, say("omission")]
