"""Rules held against each other, and against what is always open."""

from typing import Final

from gateway.policy.place import Fault
from gateway.vocabulary import Sentence

# A subject, within a sentence.
OPERATOR: Final = Sentence("operator `{name}`", "operator `{name}`")
AGENT: Final = Sentence("perayap `{name}`", "agent `{name}`")
LICENSE: Final = Sentence("lisensi `{name}`", "license `{name}`")
PURPOSE: Final = Sentence("tujuan `{name}`", "purpose `{name}`")
KINDS: Final = {
    "everyone": Sentence("semua klien", "everyone"),
    "people": Sentence("pembaca", "people"),
    "tools": Sentence("perkakas", "tools"),
    "agents": Sentence("perayap", "agents"),
    "impostors": Sentence("peniru", "impostors"),
    "unknown": Sentence("perayap yang tidak dikenal", "unknown"),
}

CONTRADICTION: Final = Fault(
    "`{rule}` berbunyi {verdict} sedangkan `{other}` berbunyi {otherwise}, tentang {whom} di `{path}`",
    "`{rule}` says {verdict} where `{other}` says {otherwise}, about {whom} on `{path}`",
    "lihat {place}; keduanya berlaku untuk klien dan jalur yang sama, jadi salah satunya harus dihapus",
    "see {place}; both hold for the same clients and paths, so one of them must go",
)
CONTRADICTION_OF_DATASET: Final = Sentence(
    "lihat {place}; keduanya berlaku untuk klien dan jalur yang sama, jadi salah satunya harus dihapus (`dataset` mengikuti "
    "`ai-train`)",
    "see {place}; both hold for the same clients and paths, so one of them must go (`dataset` follows `ai-train`)",
)
SAID_AGAIN: Final = Fault(
    "`{rule}` mengulang yang sudah dikatakan `{first}`, tentang {whom} di `{path}`",
    "`{rule}` says again what `{first}` says, about {whom} on `{path}`",
    "lihat {place}",
    "see {place}",
)
SHADOWED: Final = Fault(
    "`{rule}` tidak pernah memutuskan tentang {whom} di `{path}`: `{shadow}` di `{longer}` menang",
    "`{rule}` never decides about {whom} on `{path}`: `{shadow}` on `{longer}` wins",
    "lihat {place}; pola terpanjang menang, dan bila seri, allow",
    "see {place}; the longest pattern wins, and allow on a tie",
)
REPLACED: Final = Fault(
    "`{rule}` tidak pernah memutuskan tentang {whom} di `{path}`",
    "`{rule}` never decides about {whom} on `{path}`",
    "lihat {places}; aturan yang lebih tepat sudah mencakup semua yang disebutnya",
    "see {places}; more exact rules cover everybody it is about",
)
ALWAYS_OPEN: Final = Fault(
    "`{rule}` tidak pernah memutuskan tentang {whom} di `{path}`: `{open}` selalu terbuka bagi semua",
    "`{rule}` never decides about {whom} on `{path}`: `{open}` is open to everybody, always",
    "hapus jalur itu dari aturan",
    "take the path out of the rule",
)
RATE_ALWAYS_OPEN: Final = Fault(
    "laju `{rule}` tentang {whom} di `{path}` tidak menghitung siapa pun: `{open}` selalu terbuka bagi semua",
    "the rate of `{rule}` about {whom} on `{path}` counts nobody: `{open}` is open to everybody, always",
    "hapus jalur itu dari aturan",
    "take the path out of the rule",
)
PASSED_AT: Final = Sentence("lihat {place}; salah satunya harus dihapus", "see {place}; one of them must go")
COUNTS_AGAIN: Final = Fault(
    "`{rule}` menghitung lagi yang sudah dihitung `{twin}`, tentang {whom} di `{path}`, dengan laju yang sama",
    "`{rule}` counts again what `{twin}` counts, about {whom} on `{path}`, by the same rate",
    "lihat {place}",
    "see {place}",
)
COUNTS_REFUSED: Final = Fault(
    "laju `{rule}` tentang {whom} di `{path}` tidak menghitung siapa pun: `{shadow}` menolak semuanya",
    "the rate of `{rule}` about {whom} on `{path}` counts nobody: `{shadow}` refuses all of them",
    "lihat {place}; yang ditolak tidak dihitung",
    "see {place}; what is refused is not counted",
)
COUNTS_NOBODY: Final = Fault(
    "laju `{rule}` tentang {whom} di `{path}` tidak menghitung siapa pun",
    "the rate of `{rule}` about {whom} on `{path}` counts nobody",
    "aturan yang lebih tepat menolak semua yang disebutnya, dan yang ditolak tidak dihitung",
    "more exact rules refuse everybody it is about, and what is refused is not counted",
)
OUTRANKED: Final = Fault(
    "`{rule}` tidak pernah memutuskan tentang {whom} di `{path}`: perintah hukum `{order}` mengalahkannya",
    "`{rule}` never decides about {whom} on `{path}`: the legal order `{order}` outranks it",
    "lihat {place}; tidak perlu apa-apa selama perintah itu berlaku",
    "see {place}; nothing to do if it stays",
)
REOPENS: Final = Fault(
    "`{rule}` membuka kembali `{path}` bagi {whom}, padahal `{other}` menutupnya ({verdict})",
    "`{rule}` re-opens `{path}` to {whom}, which `{other}` closes ({verdict})",
    "lihat {place}; tidak perlu apa-apa bila memang begitu maksudnya",
    "see {place}; nothing to do if that is meant",
)
NEVER_TOGETHER: Final = Fault(
    "`{rule}` tidak pernah memutuskan tentang lisensi `{license}`: keduanya tidak pernah berlaku bersamaan",
    "`{rule}` never decides about license `{license}`: they are never in force together",
    "lihat {place}; pertemukan hari-hari berlakunya",
    "see {place}; let their days meet",
)
