"""A case file as values, and the account of it that people read: what happened, under which terms, what it proves."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from gateway.instants import rfc3339
from gateway.told.history import Ended, Span
from gateway.vocabulary import Language, Sentence, Standing

#: A text that is in the case file, or was left out of it: its digest, and what it is called.
Text = tuple[str, str]


class Listed(NamedTuple):
    """A decision as it is printed, its outcome if there is one, and what a refusal is."""

    decision: Mapping[str, Any]
    outcome: Mapping[str, Any] | None
    standing: Standing | None


class ServedText(NamedTuple):
    """A document served to the operator: its path, how often, and in which entries first and last."""

    path: str
    times: int
    first: Mapping[str, Any]
    last: Mapping[str, Any]


class Terms(NamedTuple):
    """Terms in force, in which entry that began, and which documents of theirs the operator was served."""

    span: Span
    seq: int | None
    served: tuple[ServedText, ...]


class Case(NamedTuple):
    """What a case file is about, and all that its account says.

    ``operator`` is None for the file of one entry; times are in µs since 1970, UTC.
    """

    site: str
    lane: str
    operator: str | None
    since: int | None
    until: int | None
    listed: tuple[Listed, ...]
    timeline: tuple[Terms, ...]
    texts: tuple[Text, ...]
    left_out: tuple[Text, ...]
    entries: int
    origin: str
    size: int
    sealed_until: int | None
    vkey: str
    fingerprint: str
    software: tuple[str, ...]
    stamps: tuple[str, ...]
    lost: int


_WORDS: Final = {
    "title operator": Sentence("Berkas perkara: {0}", "Case file: {0}"),
    "title entry": Sentence("Bukti satu entri", "Proof of one entry"),
    "governs": Sentence(
        "Naskah bahasa Indonesia ini yang berlaku; case-file.en.txt adalah terjemahannya.",
        "The Indonesian text, berkas-perkara.id.txt, governs; this is its translation.",
    ),
    "summary": Sentence("Ringkasan", "Summary"),
    "site": Sentence("Situs {0}, jalur {1}.", "Site {0}, lane {1}."),
    "period": Sentence("Masa: {0} sampai sebelum {1} (UTC).", "Period: {0} up to, not including, {1} (UTC)."),
    "begin": Sentence("awal jurnal", "the beginning of the journal"),
    "end": Sentence("segel yang disebut di bawah", "the seal named below"),
    "decisions": Sentence("{0} permintaan; {1} ditolak.", "{0} requests; {1} refused."),
    "timeline": Sentence(
        "Ketentuan yang berlaku, dan kapan disajikan kepada operator",
        "Terms in force, and when the operator was served them",
    ),
    "no terms": Sentence("tidak ada yang tercatat", "none are recorded"),
    "span": Sentence("{0} sampai {1}{2}", "{0} to {1}{2}"),
    "span lost": Sentence(" (terakhir terlihat berlaku)", " (last seen in force)"),
    "span open": Sentence(" (masih berlaku pada entri terakhir)", " (still in force at the last entry)"),
    "span terms": Sentence("ketentuan {0}; kebijakan {1}; entri {2}", "terms {0}; policy {1}; entry {2}"),
    "served": Sentence(
        "disajikan: {0}, {1} kali; pertama {2} (entri {3}), terakhir {4} (entri {5})",
        "served: {0}, {1} times; first {2} (entry {3}), last {4} (entry {5})",
    ),
    "not served": Sentence(
        "dokumen ketentuan tidak diminta operator selama masa ini",
        "the operator asked for none of the documents meanwhile",
    ),
    "list": Sentence("Daftar permintaan", "The requests"),
    "line": Sentence(
        "entri {seq}  {time}  {code}  {verdict}  {status}  aturan {rule}  {method} {host}{target}",
        "entry {seq}  {time}  {code}  {verdict}  {status}  rule {rule}  {method} {host}{target}",
    ),
    "who": Sentence("{agent} dari {client}; {assurance}", "{agent} from {client}; {assurance}"),
    "outcome": Sentence(
        "hasil: {status}, {bytes} oktet, {end} (entri {seq})",
        "outcome: {status}, {bytes} octets, {end} (entry {seq})",
    ),
    "proves": Sentence("Apa yang dibuktikan berkas ini", "What this file proves"),
    "proves 1": Sentence(
        "Setiap entri di entries.jsonl ada, oktet demi oktet, dalam jurnal {0} ketika segel dengan {1} entri ditandatangani.",
        "Each entry in entries.jsonl was in the journal {0}, octet by octet, when the seal over {1} entries was signed.",
    ),
    "proves 2": Sentence(
        "Yang menandatangani memegang kunci {0} (sidik kunci {1}). Bandingkan dengan kunci yang Anda terima dari luar berkas ini.",
        "Whoever signed holds the key {0} (fingerprint {1}). Compare it with the key that you had from outside this file.",
    ),
    "proves 3": Sentence(
        "Teks di texts/ adalah yang disebut entri itu: namanya adalah SHA-256 isinya.",
        "The texts in texts/ are those that the entries name: the name of each is the SHA-256 of its content.",
    ),
    "proves stamp": Sentence(
        "Penanda waktu {0} menyatakan bahwa segel itu sudah ada pada waktu yang disebutnya.",
        "The time stamp {0} says that the seal existed at the time it gives.",
    ),
    "not": Sentence("Apa yang tidak dibuktikan", "What it does not prove"),
    "not 1": Sentence(
        "Bahwa operator yang disebut memang pengirimnya, kecuali entri itu sendiri menyatakan pemeriksaannya berhasil (assurance).",
        "That the operator named did send the requests, unless the entry itself says that a check bore it out (assurance).",
    ),
    "not 2": Sentence(
        "Bahwa tidak ada permintaan lain. Nomor entri tidak berlubang, tetapi yang tidak pernah dicatat tidak terlihat dari segel.",
        "That there were no other requests. The entries' numbers have no gaps, but what was never recorded no seal shows.",
    ),
    "not 3": Sentence(
        "Ketepatan jam: waktu dalam entri adalah jam mesin operator situs. Penanda waktu, bila ada, menyatakan paling lambat kapan segel dibuat.",
        "That the clock was right: times in entries are those of the site's machine. A time stamp, if there is one, says by when the seal was made.",
    ),
    "not 4": Sentence(
        "Bahwa suatu penolakan adalah pelanggaran hukum. Golongan di atas dihitung dari entri dengan cara yang diterangkan dalam docs/manual/history.md.",
        "That a refusal was a breach of law. The classes above are computed from entries in the way that docs/manual/history.md tells.",
    ),
    "not 5": Sentence(
        "Tanpa segel yang disimpan pihak lain atau penanda waktu, bahwa operator situs tidak menulis ulang seluruh jurnal sebelum segel itu diserahkan.",
        "Without a seal that somebody else kept, or a time stamp, that the site did not write the whole journal anew before it handed the seal over.",
    ),
    "check": Sentence("Memeriksa berkas ini", "Checking this file"),
    "check 1": Sentence(
        "python izin-verify.py BERKAS --key KUNCI. Programnya satu berkas, docs/izin-verify.py, dan tidak memakai apa pun dari gerbang.",
        "python izin-verify.py FILE --key KEY. The program is a single file, docs/izin-verify.py, and uses nothing of the gateway.",
    ),
    "system": Sentence("Sistem", "The system"),
    "system 1": Sentence(
        "Izin berdiri di depan situs. Setiap permintaan dibaca, pengirimnya dikenali, diputuskan menurut kebijakan, dicatat, baru dijawab.",
        "Izin stands in front of the site. Each request is read, its sender identified, decided under the policy, recorded, and only then answered.",
    ),
    "system 2": Sentence(
        "Entri bernomor urut dan tidak diubah lagi. Jejaknya (SHA-256) membentuk pohon Merkle menurut RFC 6962; ukurannya dan akarnya ditandatangani dengan Ed25519 sebagai checkpoint C2SP.",
        "Entries are numbered in order and never changed. Their SHA-256 hashes form a Merkle tree (RFC 6962), whose size and root are signed with Ed25519 as C2SP checkpoints.",
    ),
    "system 3": Sentence(
        "Perangkat lunak yang menulis jurnal: {0}.", "Software that wrote the journal: {0}."
    ),
    "custody": Sentence("Catatan penguasaan", "Custody"),
    "custody 1": Sentence(
        "Diambil dari jurnal {0}: {1} entri, segel dengan {2} entri, entri terakhir di bawah segel {3}.",
        "Taken from the journal {0}: {1} entries, the seal over {2} entries, the last entry under the seal {3}.",
    ),
    "custody 2": Sentence(
        "Pengambilan ini dicatat dalam jurnal dengan SHA-256 berkas ini. Jurnal yang sama menghasilkan berkas yang sama, oktet demi oktet.",
        "This export is on record in the journal with this file's SHA-256. The same journal gives the same file, octet by octet.",
    ),
    "custody 3": Sentence(
        "Diserahkan oleh / tanggal / tanda tangan: ____________________",
        "Handed over by / date / signature: ____________________",
    ),
    "custody 4": Sentence(
        "Diterima oleh / tanggal / tanda tangan: ____________________",
        "Received by / date / signature: ____________________",
    ),
    "texts": Sentence("Teks", "Texts"),
    "left out": Sentence("tidak disertakan", "left out"),
    "closed": Sentence("alamat tidak dibuka", "address not laid open"),
    "left out why": Sentence(
        "Yang tidak disertakan: kontrak pihak lain, dan teks yang tidak tersimpan. Sidiknya tetap dapat dicocokkan.",
        "Left out are contracts of others and texts that are not kept. Their digests can still be compared.",
    ),
    "lost": Sentence(
        "{0} entri yang dicari tidak dapat dibaca.", "{0} entries that were looked for cannot be read."
    ),
}

#: What a refusal is, in the summary.
_STANDINGS: Final = {
    Standing.SERVED: Sentence(
        "pelanggaran: operator sudah disajikan larangan itu",
        "violations: the operator had been served the prohibition",
    ),
    Standing.IN_FORCE: Sentence(
        "pelanggaran: larangan sudah berlaku 24 jam",
        "violations: the prohibition had been in force for 24 hours",
    ),
    Standing.NOT_YET: Sentence("ditolak, belum pelanggaran", "refused, not yet violations"),
    Standing.UNSTATED: Sentence(
        "ditolak, robots.txt tidak melarangnya", "refused, and robots.txt did not forbid it"
    ),
    Standing.UNKNOWN: Sentence("ditolak, catatan tidak cukup", "refused, and the record does not tell"),
}

Say = Callable[..., str]


def account(case: Case, language: Language) -> str:
    """The account of a case, as a text of plain lines."""

    def pick(sentence: Sentence) -> str:
        return sentence.id if language is Language.ID else sentence.en

    def say(key: str, *values: object, **named: object) -> str:
        return pick(_WORDS[key]).format(
            *map(_plain, values), **{name: _plain(it) for name, it in named.items()}
        )

    title = say("title entry") if case.operator is None else say("title operator", case.operator)
    lines = [title, "=" * len(title), "", say("governs")]
    for heading, body in (
        ("summary", _summary(case, say, pick)),
        ("timeline", _timeline(case, say)),
        ("list", _list(case, say)),
        ("texts", _texts(case, say)),
        ("proves", _proves(case, say)),
        ("not", (say(f"not {number}") for number in range(1, 6))),
        ("check", (say("check 1"),)),
        ("system", (say("system 1"), say("system 2"), say("system 3", ", ".join(case.software)))),
        ("custody", _custody(case, say)),
    ):
        lines += ["", say(heading), "-" * len(say(heading)), "", *body]
    return "\n".join(lines) + "\n"


def _summary(case: Case, say: Say, pick: Callable[[Sentence], str]) -> Iterator[str]:
    yield say("site", case.site, case.lane)
    if case.operator is not None:
        since = say("begin") if case.since is None else _time(case.since)
        yield say("period", since, say("end") if case.until is None else _time(case.until))
    refused = [one for one in case.listed if one.decision["verdict"] != "allow"]
    yield say("decisions", len(case.listed), len(refused))
    for standing, sentence in _STANDINGS.items():
        count = sum(one.standing is standing for one in refused)
        if count:
            yield f"{count:>9}  {pick(sentence)}"
    if case.lost:
        yield say("lost", case.lost)


def _timeline(case: Case, say: Say) -> Iterator[str]:
    if not case.timeline:
        yield say("no terms")
    for one in case.timeline:
        span = one.span
        ended = {Ended.LOST: say("span lost"), Ended.OPEN: say("span open")}.get(span.ended, "")
        yield say("span", _time(span.since), _time(span.until), ended)
        yield "    " + say("span terms", span.terms, span.policy, "-" if one.seq is None else one.seq)
        for text in one.served:
            first, last = text.first, text.last
            yield "    " + say(
                "served", text.path, text.times, first["time"], first["seq"], last["time"], last["seq"]
            )
        if not one.served and case.operator is not None:
            yield "    " + say("not served")


def _list(case: Case, say: Say) -> Iterator[str]:
    for decision, outcome, standing in case.listed:
        request, identity = decision["request"], decision["identity"]
        yield say(
            "line",
            seq=decision["seq"],
            time=decision["time"],
            code=decision["id"][-8:],
            verdict=decision["verdict"],
            status="-" if decision["status"] is None else decision["status"],
            rule=decision["rule"] or "-",
            method=request["method"],
            host=request["host"],
            target=request["target"] or "",
        )
        client = decision["client"].get("address") or decision["client"]["network"] or say("closed")
        agent = identity["agent"] or identity.get("name") or identity["kind"]
        who = say("who", agent=agent, client=client, assurance=identity["assurance"])
        yield f"    {who}{f'; {standing.value}' if standing is not None else ''}"
        if outcome is not None:
            status = "-" if outcome["status"] is None else outcome["status"]
            yield "    " + say(
                "outcome", status=status, bytes=outcome["bytes"], end=outcome["end"], seq=outcome["seq"]
            )


def _texts(case: Case, say: Say) -> Iterator[str]:
    for digest, name in case.texts:
        yield f"{digest.removeprefix('sha256:')}  {name}"
    for digest, name in case.left_out:
        yield f"{digest.removeprefix('sha256:')}  {name} ({say('left out')})"
    if case.left_out:
        yield say("left out why")


def _proves(case: Case, say: Say) -> Iterator[str]:
    yield say("proves 1", case.origin, case.size)
    yield say("proves 2", case.vkey, case.fingerprint)
    yield say("proves 3")
    for name in case.stamps:
        yield say("proves stamp", name)


def _custody(case: Case, say: Say) -> Iterator[str]:
    until = "?" if case.sealed_until is None else _time(case.sealed_until)
    yield say("custody 1", case.origin, case.entries, case.size, until)
    yield from (say(f"custody {number}") for number in range(2, 5))


def _plain(value: object) -> str:
    """A value that hides nothing and steers nothing, whoever wrote it."""
    return "".join(char if char.isprintable() else "\ufffd" for char in str(value))


def _time(at: int) -> str:
    return rfc3339(at)[:19] + "Z"
