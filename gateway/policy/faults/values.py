"""A value that does not fit, in any file."""

from typing import Final

from gateway.policy.place import Fault
from gateway.vocabulary import Sentence

LINES: Final = Sentence("baris-baris `kunci: nilai`", "lines of `key: value`")
LIST: Final = Sentence("daftar", "a list")
TEXT: Final = Sentence("teks", "text")
ONE_WORD: Final = Sentence("satu kata", "one word")
YES_OR_NO: Final = Sentence("`yes` atau `no`", "`yes` or `no`")
DATE: Final = Sentence("tanggal", "a date")
PATTERN: Final = Sentence("pola jalur", "a path pattern")
THE_FILE: Final = Sentence("berkas ini", "the file")

UNFIT: Final = Fault("{what} seharusnya berisi {wanted}, bukan {found}", "{what} takes {wanted}, not {found}")
EMPTY: Final = Fault("{what} kosong", "{what} is empty")
TAKES: Final = Sentence("isinya {wanted}", "it takes {wanted}")

#: Whoever read the value said in a sentence of its own what is wrong.
TOLD: Final = Fault("{why}", "{why}")

UNKNOWN_KEY: Final = Fault("kunci `{key}` tidak dikenal", "unknown key `{key}`")
LATER: Final = Sentence(
    "versi Izin ini belum dapat menegakkannya; hapus, supaya tidak ada yang dijanjikan sia-sia",
    "this version of Izin cannot enforce it yet; take it out, so that nothing is promised in vain",
)
MISSING: Final = Fault(
    "{what} tidak punya `{key}`",
    "{what} has no `{key}`",
    "tambahkan baris `{key}: …`",
    "add a line `{key}: …`",
)

NOT_TEXT: Final = Fault(
    "bagi banyak program yang membaca YAML, `{text}` berarti {meaning}, bukan teks",
    "`{text}` is {meaning} to many programs that read YAML, not text",
    'apit dengan tanda kutip: "{text}"',
    'put it in quotes: "{text}"',
)
MEANS_TRUTH: Final = Sentence("ya atau tidak", "yes or no")
MEANS_SIXTIES: Final = Sentence("jumlah detik atau menit", "a number of seconds or minutes")
MEANS_BASE: Final = Sentence("bilangan berbasis lain", "a number in another base")
MEANS_NUMBER: Final = Sentence("bilangan", "a number")
UNSEEN: Final = Fault(
    "{what} memuat karakter yang tidak terlihat",
    "{what} has a character that nobody can see",
    "ketik ulang",
    "type it anew",
)
TOO_LONG: Final = Fault(
    "{what} lebih panjang dari {limit} karakter", "{what} is longer than {limit} characters"
)
NO_ID: Final = Fault(
    "`{text}` tidak dapat menjadi pengenal",
    "`{text}` cannot be an id",
    "huruf a-z, angka, `-`, `_` dan `.`, paling banyak 64, diawali huruf atau angka",
    "letters a-z, digits, `-`, `_` and `.`, at most 64 of them, a letter or digit first",
)
UNKNOWN: Final = Fault("{what} `{text}` tidak dikenal", "unknown {what} `{text}`")
NO_DATE: Final = Fault(
    "`{text}` bukan tanggal pada kalender",
    "`{text}` is no date of the calendar",
    "tahun-bulan-hari, misalnya 2026-01-05",
    "year-month-day, such as 2026-01-05",
)
NO_PATTERN: Final = Fault("`{text}` bukan pola jalur: {why}", "`{text}` is no path pattern: {why}")

DID_YOU_MEAN: Final = Sentence("maksudnya `{word}`?", "did you mean `{word}`?")
ONE_OF: Final = Sentence("salah satu dari: {words}", "one of: {words}")
SEE: Final = Sentence("lihat {place}", "see {place}")

# What stands for a word of a closed set in `UNKNOWN`.
USE: Final = Sentence("penggunaan", "use")
VERDICT: Final = Sentence("putusan", "verdict")
PURPOSE: Final = Sentence("tujuan", "purpose")
