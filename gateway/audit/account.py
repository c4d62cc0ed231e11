"""The account of one entry in plain words, Indonesian or English: who, under what rule, why, under which terms, and
what came of it."""

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from gateway.audit.query import Blame
from gateway.instants import SECOND, rfc3339
from gateway.names import ASSURANCES, KINDS, PURPOSES
from gateway.reasons import SENTENCES
from gateway.vocabulary import Language, Reason, Sentence, Standing

#: One line of an account: what it is about, and what is said of it. Lines after the first of a matter have no label.
Line = tuple[str, str]


def account(
    entry: Mapping[str, Any],
    outcome: Mapping[str, Any] | None,
    language: Language,
    kept: Callable[[str], bool],
    blame: Blame | None = None,
) -> list[Line]:
    """The lines about an entry with its outcome. ``kept`` says whether the text with a digest is in the journal; ``blame``
    whether a refusal is a violation.

    The text is as untrusted as the entry: make it safe where it is shown.
    """
    words = Words(language)
    if entry["phase"] == "event":
        return event(entry, words)
    told = matters(entry, outcome, words, kept, blame)
    return [
        (words("decision"), entry["id"]),
        (words("code"), entry["id"][-8:]),
        (words("when"), entry["time"]),
        *told.request,
        *told.who,
        *told.ruling,
        *told.terms,
        *told.outcome,
        (words("record"), words("written").format(**entry)),
        *([(words("source"), words("access-log"))] if entry.get("source") == "access-log" else []),
    ]


class Matters(NamedTuple):
    """The lines about a decision, by what they answer."""

    request: list[Line]
    who: list[Line]
    ruling: list[Line]
    terms: list[Line]
    outcome: list[Line]


def matters(
    entry: Mapping[str, Any],
    outcome: Mapping[str, Any] | None,
    words: "Words",
    kept: Callable[[str], bool],
    blame: Blame | None,
) -> Matters:
    """What `account` says of a decision, matter by matter."""
    return Matters(
        request=_request(entry, words),
        who=_who(entry, words),
        ruling=_ruling(entry, words) + _blame(entry, blame, words),
        terms=_terms(entry, words, kept),
        outcome=_outcome(outcome, words),
    )


def event(entry: Mapping[str, Any], words: "Words") -> list[Line]:
    """What `account` says of an event."""
    told = [(words("event"), entry["event"]), (words("when"), entry["time"])]
    return told + [("", f"{name}: {value}") for name, value in entry["details"].items()]


class Words(NamedTuple):
    """The words of one language."""

    language: Language

    def __call__(self, key: str) -> str:
        """A word, or the key itself where there is none for it."""
        return self.of(_WORDS, key)

    def of(self, names: Mapping[Any, Sentence], key: str) -> str:
        """The name of a member of a closed set; the member itself where this version does not know it."""
        return names[key].said(self.language) if key in names else key

    def reason(self, code: str) -> str:
        """The sentence of a reason with its code; the code alone where this version does not know it."""
        return f"{self.of(SENTENCES, code)} ({code})" if code in set(Reason) else code


def _request(entry: Mapping[str, Any], words: Words) -> list[Line]:
    request = entry["request"]
    target = request["target"] if request["target"] is not None else words("malformed")
    lines = [(words("request"), f"{request['method']} {request['host']}{target}")]
    if request.get("user_agent") is not None:
        lines.append(("User-Agent", request["user_agent"]))
    if "trace" in entry:
        lines.append(("traceparent", entry["trace"]))
    return lines


def _who(entry: Mapping[str, Any], words: Words) -> list[Line]:
    identity, client = entry["identity"], entry["client"]
    name = identity["agent"] or identity.get("name")
    owner = words("by").format(identity["operator"]) if identity["operator"] else ""
    said = [f"{name} {owner}".rstrip()] if name else []
    said.append(words.of(KINDS, identity["kind"]))
    if identity["purpose"]:
        said.append(words.of(PURPOSES, identity["purpose"]))
    where = client.get("address") or words("pseudonym").format(client.get("pseudonym"), client["network"])
    if "erased" in entry:
        where = words("erased")
    lines = [(words("who"), ", ".join(said)), ("", words.of(ASSURANCES, identity["assurance"]))]
    lines.append((words("from"), where))
    for number, one in enumerate(identity["evidence"]):
        detail = f": {one['detail']}" if one.get("detail") else ""
        lines.append(("" if number else words("evidence"), f"{words.reason(one['finding'])}{detail}"))
    return lines


def _ruling(entry: Mapping[str, Any], words: Words) -> list[Line]:
    status = f" ({entry['status']})" if entry["status"] is not None else ""
    verdict = words(f"verdict {entry['verdict']}") if entry["verdict"] in _VERDICTS else entry["verdict"]
    lines = [(words("verdict"), f"{verdict}{status}")]
    if not entry["enforced"]:
        lines.append(("", words("observed")))
    lines.append((words("rule"), entry["rule"] or words("no rule")))
    lines += [(words("why") if not n else "", words.reason(code)) for n, code in enumerate(entry["reasons"])]
    for n, rate in enumerate(entry.get("rates", ())):
        lines.append((words("rates") if not n else "", _rate(rate, words)))
    if entry["license"]:
        lines.append((words("license"), f"{entry['license']}: {', '.join(entry['grants'])}"))
    return lines


def _blame(entry: Mapping[str, Any], blame: Blame | None, words: Words) -> list[Line]:
    if blame is None:
        return []
    standing, since, served = blame
    key = f"is {standing.value}"
    if standing is Standing.SERVED and served is None:
        key = "is served once"
    if standing is Standing.NOT_YET and since is None:
        key = "is changing"
    told = {"operator": entry["identity"]["operator"], "since": None if since is None else rfc3339(since)}
    if served is not None:
        told |= {
            "at": served["time"],
            "seq": served["seq"],
            "digest": served.get("served") or served["terms"],
        }
    return [(words("standing"), words(key).format(**told))]


def _rate(rate: Mapping[str, Any], words: Words) -> str:
    if "wait" not in rate:
        return words("not counted").format(rate["rule"])
    if rate["wait"]:
        return words("used up").format(rate["rule"], -(-rate["wait"] // SECOND))
    return words("left").format(rate["rule"], rate["remaining"])


def _terms(entry: Mapping[str, Any], words: Words, kept: Callable[[str], bool]) -> list[Line]:
    lines = []
    for name in ("terms", "policy"):
        lines.append((words(name), entry[name]))
        if not kept(entry[name]):
            lines.append(("", words("no text")))
    return lines


def _outcome(outcome: Mapping[str, Any] | None, words: Words) -> list[Line]:
    if outcome is None:
        return [(words("outcome"), words("none yet"))]
    status = outcome["status"] if outcome["status"] is not None else "-"
    took = words("sent").format(status, outcome["bytes"])
    return [(words("outcome"), f"{took}, {words(outcome['end'])}"), ("", outcome["time"])]


_VERDICTS: Final = ("allow", "license", "deny")
_WORDS: Final = {
    "decision": Sentence("Keputusan", "Decision"),
    "event": Sentence("Peristiwa", "Event"),
    "code": Sentence("Kode", "Code"),
    "when": Sentence("Waktu", "Time"),
    "request": Sentence("Permintaan", "Request"),
    "malformed": Sentence(" (alamat salah tulis)", " (target malformed)"),
    "who": Sentence("Siapa", "Who"),
    "by": Sentence("milik {}", "of {}"),
    "from": Sentence("Dari", "From"),
    "evidence": Sentence("Dasar", "Known by"),
    "pseudonym": Sentence("samaran {} di jaringan {}", "pseudonym {} in network {}"),
    "erased": Sentence(
        "sudah dihapus: entri ini hanya menyimpan komitmennya", "erased: the entry keeps a commitment to it"
    ),
    "verdict": Sentence("Putusan", "Verdict"),
    "verdict allow": Sentence("diizinkan lewat", "let through"),
    "verdict license": Sentence("perlu lisensi", "license required"),
    "verdict deny": Sentence("ditolak", "refused"),
    "observed": Sentence(
        "mode amati: tidak ditegakkan, permintaan diteruskan", "observe mode: not enforced, passed on"
    ),
    "rule": Sentence("Aturan", "Rule"),
    "no rule": Sentence("tidak ada aturan yang kena", "no rule applies"),
    "why": Sentence("Alasan", "Why"),
    "rates": Sentence("Laju", "Rates"),
    "left": Sentence("{}: masih {} kali sekaligus", "{}: {} more at once"),
    "used up": Sentence("{}: habis, {} detik lagi", "{}: used up, {} s to wait"),
    "not counted": Sentence("{}: tidak dihitung", "{}: not counted"),
    "license": Sentence("Lisensi", "License"),
    "standing": Sentence("Penilaian", "Standing"),
    "is served": Sentence(
        "pelanggaran: {operator} sudah menerima robots.txt yang melarangnya pada {at} (entri {seq}, {digest})",
        "a violation: {operator} had been served robots.txt, which forbids it, on {at} (entry {seq}, {digest})",
    ),
    "is served once": Sentence(
        "pelanggaran: {operator} sudah menerima robots.txt yang melarangnya",
        "a violation: {operator} had been served robots.txt, which forbids it",
    ),
    "is in-force": Sentence(
        "pelanggaran: robots.txt sudah melarangnya selama 24 jam atau lebih, setidaknya sejak {since}",
        "a violation: robots.txt had forbidden it for 24 hours or more, at least since {since}",
    ),
    "is not-yet": Sentence(
        "ditolak, belum pelanggaran: robots.txt melarangnya sejak {since}, belum genap 24 jam, dan {operator} belum "
        "menerimanya",
        "refused, not yet a violation: robots.txt has forbidden it since {since}, for less than 24 hours, and {operator} "
        "had not been served it",
    ),
    "is changing": Sentence(
        "ditolak, belum pelanggaran: ketentuan sedang berganti pada saat itu",
        "refused, not yet a violation: the terms were changing at that moment",
    ),
    "is unstated": Sentence(
        "bukan soal pelanggaran: robots.txt tidak melarang klien ini membuka alamat itu",
        "no question of a violation: robots.txt does not forbid this client that address",
    ),
    "is unknown": Sentence(
        "tidak dapat dinilai: catatan yang diperlukan tidak ada di jurnal ini",
        "cannot be judged: this journal does not hold the record that it takes",
    ),
    "terms": Sentence("Ketentuan", "Terms"),
    "policy": Sentence("Kebijakan", "Policy"),
    "no text": Sentence("teksnya tidak ada di jurnal ini", "its text is not in this journal"),
    "outcome": Sentence("Hasil", "Outcome"),
    "none yet": Sentence("belum tercatat", "not recorded yet"),
    "sent": Sentence("status {}, {} oktet isi terkirim", "status {}, {} octets of body sent"),
    "complete": Sentence("selesai", "complete"),
    "client-gone": Sentence("klien pergi sebelum selesai", "the client left before the end"),
    "origin-error": Sentence("situs asal gagal", "the origin failed"),
    "app-error": Sentence("aplikasi gagal", "the application failed"),
    "withheld": Sentence(
        "jawaban ditahan karena tidak dapat dicatat", "withheld, since it could not be recorded"
    ),
    "unknown": Sentence("akhirnya tidak diketahui", "how it ended is not known"),
    "record": Sentence("Catatan", "Record"),
    "source": Sentence("Sumber", "Source"),
    "access-log": Sentence(
        "log akses perantara; Izin tidak ditanya sebelumnya",
        "the proxy's access log; Izin was not asked before",
    ),
    "written": Sentence(
        "entri {seq}, lajur {lane}, situs {site}, tingkat {durability}",
        "entry {seq}, lane {lane}, site {site}, level {durability}",
    ),
}
