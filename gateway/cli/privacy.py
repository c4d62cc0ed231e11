"""`izin audit privacy`: what the audit log keeps about whom, why, and for how long, in words for a privacy notice."""

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import click

from gateway.audit import orders_file
from gateway.audit.index import Index
from gateway.audit.query import Query, ask
from gateway.audit.reader import Damage, Reader
from gateway.audit.rewriting import CLEARED
from gateway.audit.texts import Texts
from gateway.cli.asked import opened
from gateway.cli.entries import dumps, wrapped
from gateway.cli.filters import READER
from gateway.cli.options import LANGUAGE
from gateway.policy.kept import NotKept, policy_of
from gateway.policy.model import Audit, Keep
from gateway.policy.wording import CLIENTS_KEPT, COUNTED
from gateway.vocabulary import Audience, Language, Sentence


class Kept(NamedTuple):
    """A class of entries: whom they are about, what is kept of them, and why."""

    who: Sentence
    what: Sentence
    why: Sentence


#: What is kept, class by class; None for events.
CLASSES: Final[dict[Audience | None, Kept]] = {
    Audience.PEOPLE: Kept(
        Sentence("Pembaca", "Readers"),
        Sentence(
            "waktu, alamat halaman tanpa parameter yang tidak disebut di site.yaml, User-Agent, putusan, jaringan (/24 atau "
            "/48), dan nama samaran yang kuncinya dimusnahkan setiap hari; alamat IP tidak disimpan",
            "time, page without parameters that site.yaml does not name, User-Agent, verdict, network (/24 or /48), and a "
            "pseudonym whose key is destroyed every day; never the IP address",
        ),
        Sentence(
            "bukti bahwa setiap permintaan dicatat, dan bahwa pembaca tidak ditolak",
            "evidence that every request is on record and that readers are not refused",
        ),
    ),
    Audience.WELCOME: Kept(
        Sentence("Mesin yang disambut dan alat", "Welcome machines and tools"),
        Sentence(
            "waktu, halaman, User-Agent, alamat IP, hasil pemeriksaan identitas, putusan",
            "time, page, User-Agent, IP address, what checks of the identity found, verdict",
        ),
        Sentence(
            "bukti siapa yang disambut, dan apakah nama yang diaku itu benar",
            "evidence of who was welcome, and whether the name it gave was true",
        ),
    ),
    Audience.AI: Kept(
        Sentence("Perayap AI, pemegang lisensi, peniru", "AI crawlers, licensees, impostors"),
        Sentence(
            "waktu, halaman, User-Agent, alamat IP, bukti identitas, putusan, lisensi, ketentuan yang berlaku",
            "time, page, User-Agent, IP address, evidence of identity, verdict, license, terms in force",
        ),
        Sentence(
            "bukti dalam sengketa tentang pengambilan tanpa izin tertulis, dan perhitungan lisensi",
            "evidence in a dispute about taking without written permission, and the accounts of licenses",
        ),
    ),
    None: Kept(
        Sentence("Pengelola", "Operators of the gateway"),
        Sentence(
            "perintah, ekspor, dan penghapusan dengan nomor pengguna sistem; jumlah pembaca yang dikirim layanan AI",
            "orders, exports and removals with the system's user number; how many readers AI services sent",
        ),
        Sentence("pertanggungjawaban atas catatan itu sendiri", "accountability for the record itself"),
    ),
}
_FOR_DAYS: Final = Sentence("{} hari", "{} days")
_FOREVER: Final = Sentence("tanpa batas", "without limit")
_NEVER: Final = Sentence(
    "Tidak pernah disimpan: kuki, kredensial, isi formulir, halaman asal pembaca, parameter yang tidak disebut.",
    "Never kept: cookies, credentials, bodies of forms, the page that a reader came from, parameters that are not named.",
)
_CASES: Final = Sentence(
    "Pembaca yang dalam sehari membuka lebih dari {} artikel berbeda dicatat sebagai perkara; alamat IP, jaringan, dan nama "
    "samarannya disimpan 30 hari sejak itu, di samping catatan, lalu dihapus. Ia tidak ditolak karenanya.",
    "A reader who opens more than {} different articles in a day is on record as a case; the IP address, network and pseudonym "
    "are kept for 30 days from then, beside the record, and erased. Nobody is refused for it.",
)
_BUDGET: Final = Sentence(
    "Bila jurnal mendekati ruang yang disediakan ({} GB), entri pembaca dihapus sebelum waktunya.",
    "Where the journal comes close to the room it may take ({} GB), readers' entries go before their time.",
)
_ALONE: Final = Sentence(
    "Entri mesin, dan entri pembaca yang ditolak, hanya menyimpan komitmen kriptografis atas alamat, jaringan, User-Agent, dan "
    "nama host kliennya; nilai itu ada di samping entri dan dapat dihapus sendiri, sedangkan putusannya tetap menjadi bukti.",
    "Entries of machines, and of readers who were refused, hold only a cryptographic commitment to the client's address, "
    "network, User-Agent and host name; these lie beside the entry and can be erased alone, while the decision stays as evidence.",
)
_REMOVED: Final = Sentence(
    "Sudah dihapus: {} entri. Sudah dibersihkan dari keterangan tentang orangnya: {} entri.",
    "{} entries were removed so far; {} entries were cleared of whom they are about.",
)
_HELD: Final = Sentence("Ditahan untuk perkara: {}.", "Held for disputes, whatever their time: {}.")
_UNKNOWN: Final = Sentence(
    "Kebijakan yang berlaku tidak terbaca dari jurnal ini; yang disebut ialah bawaan.",
    "The policy in force cannot be read from this journal; the defaults are shown.",
)
_LABELS: Final = (Sentence("Apa", "What"), Sentence("Mengapa", "Why"), Sentence("Berapa lama", "How long"))


@click.command(short_help="Say what is kept about whom, why, and for how long.")
@READER
@LANGUAGE
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def privacy(reader: Reader, language: Language, *, as_json: bool) -> None:
    """Say what the audit log keeps about whom, why and for how long, by the policy in force: the facts of a privacy notice.

    It says too what was removed and what is held. Nothing of it is legal advice.
    """
    with opened(reader) as index:
        found_audit = _audit(index)
        removals = [event["details"] for event in _events(index, "removal")]
    audit = found_audit or Audit()
    removed, cleared = (sum(one.get(name, 0) for one in removals) for name in ("entries", CLEARED))
    holds = orders_file.load(reader.folder).holds.every
    if as_json:
        days = audit.keep.days
        classes = [
            {"class": "events" if name is None else name.value, "days": None if name is None else days[name]}
            | {part: getattr(kept, part).said(language) for part in Kept._fields}
            for name, kept in CLASSES.items()
        ]
        found: dict[str, Any] = {"classes": classes, "removed": removed, CLEARED: cleared}
        found["holds"] = [one.id for one in holds]
        found |= {"threshold": audit.threshold, "static": "counted" if audit.counts_static else "entered"}
        found |= {"budget": audit.budget, "clients": audit.keep.clients}
        click.echo(dumps(found))
        return
    for line in _lines(audit.keep, language):
        wrapped(*line)
    wrapped("", _ALONE.said(language))
    if audit.keep.clients is not None:
        wrapped("", CLIENTS_KEPT.said(language).format(days=language.number(audit.keep.clients)))
    wrapped("", _NEVER.said(language))
    if audit.counts_static:
        wrapped("", COUNTED.said(language))
    if audit.threshold is not None:
        wrapped("", _CASES.said(language).format(language.number(audit.threshold)))
    if audit.budget is not None:
        wrapped("", _BUDGET.said(language).format(language.number(audit.budget // 10**9)))
    wrapped("", _REMOVED.said(language).format(*map(language.number, (removed, cleared))))
    if holds:
        wrapped("", _HELD.said(language).format(", ".join(one.id for one in holds)))
    if found_audit is None:
        wrapped("", _UNKNOWN.said(language))


def _lines(keep: Keep, language: Language) -> Iterator[tuple[str, str]]:
    for name, (who, what, why) in CLASSES.items():
        days = None if name is None else keep.days[name]
        long = (
            _FOREVER.said(language)
            if days is None
            else _FOR_DAYS.said(language).format(language.number(days))
        )
        yield "", who.said(language)
        for label, text in zip(_LABELS, (what.said(language), why.said(language), long), strict=True):
            yield label.said(language), text
        yield "", ""


def _events(index: Index, name: str) -> list[dict[str, Any]]:
    return [one for one in ask(index, Query(events=(name,))) if not isinstance(one, Damage)]


def _audit(index: Index) -> Audit | None:
    """What is kept by the policy that the newest event names; None where it cannot be read."""
    for event in reversed(_events(index, "policy")):
        try:
            return policy_of(str(event["details"].get("policy")), Texts(index.reader.folder).read).audit
        except NotKept:
            return None
    return None
