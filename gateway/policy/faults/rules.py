"""rules.yaml: whom a rule is about, where, when, how fast, and by whose order."""

from typing import Final

from gateway.policy.place import Fault
from gateway.vocabulary import Sentence

THE_RULE: Final = Sentence("aturan ini", "the rule")
A_LEGAL_ORDER: Final = Sentence("perintah hukum", "a legal order")

ORDER_CLOSES: Final = Fault(
    "perintah hukum menutup, padahal `verdict` berbunyi {verdict}",
    "a legal order closes, and `verdict` says {verdict}",
    "tulis `verdict: deny`",
    "write `verdict: deny`",
)
PLACEHOLDER_AUTHORITY: Final = Fault(
    "`{text}` hanya pengganti sementara, bukan lembaga",
    "`{text}` is a placeholder, not an authority",
    "tulis siapa yang memerintahkannya",
    "write whose order it is",
)
ID_KEPT: Final = Fault(
    "pengenal `{name}` disimpan untuk yang diputuskan Izin sendiri",
    "the id `{name}` is kept for what Izin decides by itself",
    "pilih pengenal lain",
    "choose another one",
)
ID_TAKEN: Final = Fault(
    "pengenal `{name}` sudah dipakai",
    "the id `{name}` is taken",
    "lihat {place}; setiap aturan punya pengenalnya sendiri",
    "see {place}; each rule has its own",
)

# Whom and where.
UNKNOWN_WHO: Final = Fault("`{text}` dalam `who` tidak dikenal", "unknown `{text}` in `who`")
MEANT_AGENT: Final = Sentence("maksudnya `{{agent: {name}}}`?", "did you mean `{{agent: {name}}}`?")
MEANT_PURPOSE: Final = Sentence("maksudnya `{{purpose: {name}}}`?", "did you mean `{{purpose: {name}}}`?")
WORDS: Final = Sentence(
    "salah satu dari: {words}, atau `purpose`, `operator`, `agent` atau `license`, misalnya `{{purpose: seo}}`",
    "one of: {words}, or a `purpose`, `operator`, `agent` or `license` such as `{{purpose: seo}}`",
)
TWO_WAYS: Final = Fault(
    "`who` menyebut klien dengan dua cara sekaligus",
    "`who` names clients in two ways at once",
    "salah satu dari `purpose`, `operator`, `agent`, `license`; tulis satu aturan untuk masing-masing",
    "one of `purpose`, `operator`, `agent`, `license`; write a rule for each",
)
UNKNOWN_LICENSE: Final = Fault(
    "lisensi `{name}` tidak dikenal",
    "unknown license `{name}`",
    "setiap lisensi adalah satu berkas di licenses/",
    "each license is a file in licenses/",
)
UNKNOWN_OPERATOR: Final = Fault(
    "operator `{text}` tidak dikenal",
    "unknown operator `{text}`",
    "`izin agents list` menampilkan semuanya; tambahkan yang lain di agents/",
    "`izin agents list` shows all; add others in agents/",
)
UNKNOWN_AGENT: Final = Fault(
    "perayap `{text}` tidak dikenal",
    "unknown agent `{text}`",
    "`izin agents list` menampilkan semuanya; tambahkan yang lain di agents/",
    "`izin agents list` shows all; add others in agents/",
)
PEOPLE_READ_WITH: Final = Fault(
    "`{name}` adalah perangkat lunak yang dipakai orang untuk membaca",
    "`{name}` is software that people read with",
    "ia dinilai sebagai `people`",
    "it is judged as `people`",
)
UNKNOWN_SECTION: Final = Fault(
    "bagian `{name}` tidak dikenal",
    "unknown section `{name}`",
    "bagian diberi nama di site.yaml",
    "sections are named in site.yaml",
)

# When.
ENDS_FIRST: Final = Fault(
    "{what} berakhir pada {ends} padahal baru mulai pada {begins}",
    "{what} ends on {ends} and begins on {begins}",
    "lihat {place}",
    "see {place}",
)
NO_INSTANT: Final = Fault(
    "`{text}` bukan waktu menurut RFC 3339",
    "`{text}` is no time of RFC 3339",
    "misalnya `2026-10-01T17:00:00+07:00`, atau harinya saja: `2026-10-01`",
    "such as `2026-10-01T17:00:00+07:00`, or a day alone: `2026-10-01`",
)
ENDED: Final = Fault(
    "`{rule}` sudah berakhir untuk seterusnya ({when})",
    "`{rule}` has ended for good ({when})",
    "hapus, atau beri `until` yang baru",
    "take it out, or give it a new `until`",
)
TOO_MANY_CHANGES: Final = Fault(
    "aturan mulai dan berakhir pada lebih dari {most} saat",
    "rules begin and end at more than {most} instants",
    "hapus yang sudah berakhir",
    "take out those that have ended",
)

# How fast.
RATE_REFUSED: Final = Fault(
    "laju menghitung yang dipersilakan masuk, padahal aturan ini berbunyi `{verdict}`",
    "a rate counts what is let in, and the rule says `{verdict}`",
    "tulis `verdict: allow`, atau hapus lajunya",
    "write `verdict: allow`, or take the rate out",
)
RATE_SHARED_BY_NETWORK: Final = Fault(
    "semua pembaca dari satu jaringan berbagi `{limit}`, sehingga satu orang dapat menghalangi yang lain",
    "all readers of a network share `{limit}`, so that one of them can keep out the others",
    "tulis `by: address` bila masing-masing harus mendapatnya",
    "write `by: address` if each is to have it",
)
RATE_SHARED_BY_ALL: Final = Fault(
    "semua pembaca bersama-sama berbagi `{limit}`, sehingga satu orang dapat menghalangi yang lain",
    "all readers together share `{limit}`, so that one of them can keep out the others",
    "tulis `by: address` bila masing-masing harus mendapatnya",
    "write `by: address` if each is to have it",
)
TOO_MANY_RATES: Final = Fault(
    "{count} aturan punya laju, padahal batasnya {most}",
    "{count} rules have a rate, and {most} may",
    "satu aturan boleh menyebut beberapa klien dan jalur sekaligus",
    "a rule may name several clients and paths at once",
)
NO_BY: Final = Fault("aturan tidak dapat menghitung per `{by}`", "a rule cannot count by `{by}`")
BURST_TOO_LONG: Final = Fault(
    "lonjakan {burst} pada `{limit}` tidak terkejar dalam setahun",
    "a burst of {burst} at `{limit}` is not made up for within a year",
    "tulis lonjakan yang lebih kecil",
    "write a smaller burst",
)
NO_BURST: Final = Fault(
    "`{text}` bukan lonjakan",
    "`{text}` is no burst",
    "berapa permintaan boleh datang sekaligus: bilangan bulat dari 1 sampai {most}",
    "how many requests may come at once: a whole number from 1 to {most}",
)
RATE_SHAPE: Final = Sentence(
    "bilangan bulat permintaan dan satuan waktu, misalnya `30/minute`",
    "a whole number of requests and a time, such as `30/minute`",
)
RATE_ZERO: Final = Sentence(
    "aturan dengan `verdict: deny` menutup pintu", "a rule with `verdict: deny` closes the door"
)
RATE_TOO_FAST: Final = Sentence(
    "paling banyak {fastest}/second, dan {most} dalam waktu apa pun; tanpa laju tidak ada yang dihitung",
    "at most {fastest}/second, and {most} in any time; without a rate nobody is counted",
)
RATE_UNITS: Final = Sentence("satuan waktunya salah satu dari: {units}", "the time is one of: {units}")
SLOWER_THAN_PROMISED: Final = Fault(
    "`{license}` mengizinkan `{limit}`, padahal `{rule}` membatasi perayapnya pada `{rate}`",
    "`{license}` permits `{limit}`, and `{rule}` holds its agents to `{rate}`",
    "lihat {place}; setiap laju yang menyebut suatu klien berlaku",
    "see {place}; every rate that speaks of a client holds",
)
