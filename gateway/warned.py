"""What the gateway warns its operators of, in both languages: one table, each with a code that programs may rely on.

`/ready`, `izin statements` and the log say it in English, the console in its reader's language. What a warning names is
filled in as it is and never read as a template.
"""

from typing import Final, NamedTuple

from msgspec import Struct

from gateway.vocabulary import Sentence


class Warned(Struct, frozen=True):
    """One thing that an operator should know: its code, and the sentence. ``about`` tells it from others of its code, whatever
    else the sentence names."""

    code: str
    id: str
    en: str
    about: str = ""

    @property
    def sentence(self) -> Sentence:
        """The sentence in both languages."""
        return Sentence(self.id, self.en)

    def cut(self, most: int) -> "Warned":
        """The same in so many characters at most."""
        return Warned(self.code, self.id[:most], self.en[:most], self.about[:most])


class Warns(NamedTuple):
    """One kind of warning; ``about`` is which of the values given tells one from others, said or not."""

    code: str
    text: Sentence
    about: str = ""

    def of(self, **values: object) -> Warned:
        """The warning about these; a `Sentence` among them is said in the language of the warning."""
        return Warned(self.code, *self.text.filled(**values), about=str(values.get(self.about, "")))


def share(part: float) -> Sentence:
    """A part of a whole in per cent."""
    return Sentence(f"{part * 100:.0f} %", f"{part:.0%}")


def _warns(code: str, id: str, en: str, about: str = "") -> Warns:
    return Warns(code, Sentence(id, en), about)


POLICY_NOT_TAKEN_UP: Final = _warns(
    "policy-not-taken-up",
    "kebijakan yang diubah tidak diberlakukan: {problem}",
    "policy not taken up: {problem}",
)
NOT_MERGED: Final = _warns(
    "robots-not-merged",
    "{host}: robots.txt situs asal terlalu besar untuk digabungkan, jadi yang disajikan hanya memuat kebijakan",
    "{host}: the origin's robots.txt is too much to be merged, so the one that is served says the policy alone",
    about="host",
)
JOURNAL: Final = _warns("journal", "jurnal: {state}", "journal: {state}")
OBSERVED: Final = _warns(
    "observe",
    "{host}: hanya mengamati, tidak ada yang ditolak",
    "{host}: observe, nobody is refused",
    about="host",
)
BLOCKED: Final = _warns(
    "agent-blocked",
    "agen yang diblokir atas perintah: {agent}",
    "agent blocked by order: {agent}",
    about="agent",
)
LICENSE_ENDS: Final = _warns(
    "license-ends",
    "lisensi {license} milik {licensee} berakhir pada {at}",
    "license {license} of {licensee} ends on {at}",
    about="license",
)
QUOTA_CLOSED: Final = _warns(
    "quota-closed",
    "kuota lisensi {license} ditutup sampai kurunnya berakhir: catatan yang menjadi dasar hitungannya hilang; "
    "`izin license recount` membukanya",
    "quota of license {license} closed until its period ends: entries are missing that it is counted by; "
    "`izin license recount` opens it",
    about="license",
)
UNTRUSTED_PROXY: Final = _warns(
    "untrusted-proxy",
    "{share} permintaan datang lewat {proxy}, yang bukan proksi tepercaya: mulai dengan `--trusted-proxies {name}`",
    "{share} of requests come by {proxy}, which is no trusted proxy: start with `--trusted-proxies {name}`",
)
SILENT_PROXY: Final = _warns(
    "silent-proxy",
    "{share} permintaan datang lewat {proxy}, yang bukan proksi tepercaya: mulai dengan `--trusted-proxies {name}`, dan "
    "aturlah agar ia menyebut atas nama siapa ia meminta: X-Forwarded-For, atau kepala PROXY (`--proxy-protocol`)",
    "{share} of requests come by {proxy}, which is no trusted proxy: start with `--trusted-proxies {name}`, and have it say "
    "for whom it speaks: X-Forwarded-For, or a PROXY header (`--proxy-protocol`)",
)
NO_CERTIFICATES: Final = _warns(
    "no-certificate-proxy",
    "lisensi {license} meminta sertifikat klien, tetapi tidak ada proksi yang boleh meneruskannya: mulai dengan "
    "`--certificate-proxies`",
    "license {license} asks for a client certificate, and no proxy may hand one on: start with `--certificate-proxies`",
    about="license",
)
LICENSE_KEYS: Final = _warns("license-keys", "kunci lisensi tidak dapat dibaca: {why}", "license keys: {why}")
LICENSE_KEYS_KEPT: Final = _warns(
    "license-keys-kept",
    "kunci lisensi tidak dapat dibaca: {why}; yang terbaca sebelumnya tetap berlaku",
    "license keys: {why}; those that were read before still count",
)
CATALOGUE_NOT_TAKEN_UP: Final = _warns(
    "catalogue-not-taken-up",
    "katalog agen yang ditandatangani tidak diberlakukan: {problem}",
    "signed catalogue of agents not taken up: {problem}",
)
CATALOGUE_OLD: Final = _warns(
    "catalogue-old",
    "katalog agen berumur {days} hari: lihat `izin agents update`",
    "the catalogue of agents is {days} days old: see `izin agents update`",
)
NOT_SEALED: Final = _warns(
    "not-sealed",
    "catatan sejak nomor {seq} belum bermeterai: peristiwa `seal-fault` dalam jurnal mengatakan sebabnya",
    "entries from {seq} on are not sealed: the journal's event `seal-fault` says why",
)
NOT_ANCHORED: Final = _warns(
    "not-anchored",
    "belum dilabuhkan di {where}: {why}",
    "not anchored at {where}: {why}",
    about="where",
)
NOT_JOINED: Final = _warns(
    "not-joined",
    "jalur di {where} tidak ikut dimeteraikan dengan situs: {why}",
    "the lane at {where} is not sealed with the site: {why}",
)
CHECK_SUSPENDED: Final = _warns(
    "check-suspended",
    "pemeriksaan {operator} ditangguhkan: banyak klien gagal, tidak satu pun lolos",
    "the check of {operator} is suspended: it failed for many clients and none passed",
    about="operator",
)
LISTS_NOT_FETCHED: Final = _warns(
    "lists-not-fetched",
    "daftar alamat yang tidak terambil: {failed} dari {wanted}",
    "address lists not fetched: {failed} of {wanted}",
)
DIRECTORIES_NOT_FETCHED: Final = _warns(
    "directories-not-fetched",
    "direktori kunci yang tidak terambil: {names}",
    "key directories not fetched: {names}",
)
PROXY_LIST_OLD: Final = _warns(
    "proxy-list-not-at-hand",
    "proksi tepercaya: daftar {network} tidak ada, jaringannya per {day} yang dipercaya",
    "trusted proxies: the list of {network} is not at hand, its networks of {day} are trusted",
    about="network",
)
FOLLOWER_WAITS: Final = _warns(
    "follower-waits",
    "catatan menunggu {target}: {why}",
    "entries wait for {target}: {why}",
    about="target",
)
SET_ASIDE: Final = _warns(
    "set-aside",
    "catatan disisihkan bagi {target}, yang menolaknya untuk seterusnya: {count}, yang terakhir karena {why}; `izin audit "
    "follow --retry-set-aside` menawarkannya lagi",
    "entries set aside for {target}, which refused them for good: {count}, the last since {why}; `izin audit follow "
    "--retry-set-aside` offers them again",
    about="target",
)
BUDGET_CLOSE: Final = _warns(
    "budget-close", "jurnal memakai {share} jatahnya", "the journal takes {share} of its budget"
)
MADE_ROOM: Final = _warns(
    "made-room",
    "{count} catatan pembaca dihapus sebelum waktunya karena jurnal mendekati jatahnya",
    "{count} entries of readers went before their time, as the journal came close to its budget",
)
NO_ROOM: Final = _warns(
    "no-room",
    "tidak ada lagi catatan pembaca yang boleh dihapus: perpendek `keep`, atau tambah tempatnya",
    "no entries of readers are left that may go to make room: shorten `keep`, or give it room",
)
PROCESS_ENDS: Final = _warns(
    "process-ends",
    "proses {process} berulang kali berhenti ({times} kali): lihat log",
    "the process {process} ends again and again ({times} times): see the log",
    about="process",
)
ACCESS_LOG_UNREAD: Final = _warns(
    "access-log-unread", "log akses tidak dapat dibaca: {why}", "the access log cannot be read: {why}"
)
ACCESS_LOG_UNNAMED: Final = _warns(
    "access-log-unnamed",
    "bagaimana permintaan yang diteruskan proksi berakhir tidak tercatat: sebutkan log aksesnya dengan `--access-log`",
    "how requests end that a proxy passes on is not recorded: name its access log with `--access-log`",
)
PREFILTER_OLD: Final = _warns(
    "prefilter-old",
    "{requests} lolos dari saringan depan padahal ditolak kebijakan: jalankan `izin compile` lagi",
    "{requests} passed the prefilter that the policy refuses: `izin compile` it anew",
)
WELCOME_REFUSED: Final = _warns(
    "welcome-refused",
    "permintaan untuk {purpose} ditolak ({count}), padahal larangan bagi AI tidak dimaksudkan untuknya",
    "requests for {purpose} were refused ({count}), for which no ban on AI is meant",
    about="token",
)
ENTRIES_LOST: Final = _warns(
    "entries-lost",
    "catatan yang tidak akan pernah tertulis: {count}",
    "entries that will never be written: {count}",
)
ENTRIES_LATE: Final = _warns(
    "entries-late",
    "cakram terlalu lambat bagi jurnal; klien yang dilayani sebelum catatannya tertulis: {queued}, perayap untuk AI yang "
    "ditolak karenanya: {refused}",
    "the disk is too slow for the journal; clients let pass before their entry was written: {queued}, crawlers for AI refused "
    "for it: {refused}",
)
CLOCKS_DIFFER: Final = _warns(
    "clocks-differ",
    "jam mesin ini berbeda {seconds} detik dari jam {where}",
    "this machine's clock differs from that of {where} by {seconds} s",
    about="where",
)
CLOCK_STEPPED: Final = _warns("clock-stepped", "jam mesin ini mundur", "this machine's clock went back")
ALERTS_UNDELIVERED: Final = _warns(
    "alerts-undelivered",
    "peringatan tidak sampai ke {recipient}: {why}",
    "alerts do not reach {recipient}: {why}",
    about="recipient",
)
SHARED_LOST: Final = _warns(
    "shared-state-lost",
    "hitungan bersama: {why} di {where}; laju dihitung oleh tiap gerbang sendiri, dan pemegang lisensi berkuota mendapat 503 "
    "sampai terjangkau lagi",
    "shared state: {why} at {where}; rates are counted by each gateway alone, and licensees with a quota get 503 until it "
    "answers",
)
SHARED_CLOCKS: Final = _warns(
    "shared-state-clocks",
    "hitungan bersama: jam mesin ini berbeda {seconds} detik dari jam peladennya",
    "shared state: this machine's clock differs from the server's by {seconds} s",
)
SHARED_CONTESTED: Final = _warns(
    "shared-state-contested",
    "hitungan bersama: ada gerbang lain dengan nama gerbang ini: hapus `{file}` dari jurnal yang disalin",
    "shared state: another gateway goes by this one's name: remove `{file}` from the journal that was copied",
)
SHARED_FOREIGN: Final = _warns(
    "shared-state-foreign-orders",
    "hitungan bersama: memuat perintah yang tidak diberikan gerbang mana pun dengan kata sandi ini",
    "shared state: it holds orders that no gateway with this password has given",
)
#: Why gateways cannot count together.
SHARED_WHYS: Final = {
    "unreachable": Sentence("tidak terjangkau", "unreachable"),
    "closed": Sentence("sambungannya terputus", "closed"),
    "slow": Sentence("terlalu lambat", "slow"),
    "refused": Sentence("menolak", "refused"),
    "replica": Sentence("hanya replika", "replica"),
    "full": Sentence("penuh", "full"),
    "emptied": Sentence("isinya hilang", "emptied"),
    "nonsense": Sentence("jawabannya tidak masuk akal", "nonsense"),
}
#: The states of a journal that is not as it should be.
JOURNAL_STATES: Final = {
    "degraded": Sentence("ada catatan yang terlewat", "degraded"),
    "full": Sentence("penyimpanannya penuh", "full"),
    "down": Sentence("tidak dapat ditulis", "down"),
}
WARNINGS: Final = tuple(one for one in [*globals().values()] if isinstance(one, Warns))
