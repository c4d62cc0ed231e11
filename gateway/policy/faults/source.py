"""A file that is no YAML, or YAML that a policy does not use."""

from typing import Final

from gateway.policy.place import Fault
from gateway.vocabulary import Sentence

TOO_LARGE: Final = Fault("berkas ini lebih besar dari {kib} KiB", "the file is larger than {kib} KiB")
NOT_UTF8: Final = Fault(
    "berkas ini bukan teks UTF-8",
    "the file is not UTF-8 text",
    "simpan dengan enkode UTF-8",
    "save it with the encoding UTF-8",
)
CHARACTER: Final = Fault(
    "karakter {code} tidak boleh ada dalam kebijakan",
    "the character {code} may not stand in a policy",
    "hapus karakter itu",
    "remove it",
)
UNREADABLE: Final = Fault("berkas ini tidak dapat dibaca sebagai YAML", "the file cannot be read as YAML")
NOT_YAML: Final = Fault(
    "ini bukan YAML: {what}",
    "this is not YAML: {what}",
    "periksa indentasi di sini dan di atasnya; teks yang memuat `: ` atau ` #` perlu diapit tanda kutip",
    "look at the indentation here and above; text with `: ` or ` #` in it belongs in quotes",
)
NO_TABS: Final = Sentence(
    "YAML diberi indentasi dengan spasi, tidak pernah dengan tab",
    "YAML is indented with spaces, never with tabs",
)
SECOND_DOCUMENT: Final = Fault(
    "dokumen kedua dimulai di sini",
    "a second document begins here",
    "satu berkas memuat satu dokumen; hapus `---`",
    "one file holds one document; remove the `---`",
)
TAG: Final = Fault(
    "tag `{tag}` tidak dimengerti",
    "the tag `{tag}` is not understood",
    "tulis nilainya tanpa tag",
    "write the value without it",
)
TOO_MANY: Final = Fault("berkas ini memuat lebih dari {most} entri", "the file has more than {most} entries")
TOO_DEEP: Final = Fault("bersarang lebih dari {most} tingkat", "nested more than {most} levels deep")
WITHIN_ITSELF: Final = Fault(
    "`*{name}` berada di dalam yang diwakilinya sendiri",
    "`*{name}` stands inside of what it stands for",
    "tuliskan lengkap",
    "write it out",
)
NO_ANCHOR: Final = Fault(
    "tidak ada yang ditandai `&{name}` di atas",
    "nothing above is marked `&{name}`",
    "tuliskan lengkap",
    "write it out",
)
KEY_SHAPE: Final = Fault(
    "kunci adalah satu kata, bukan daftar atau pemetaan",
    "a key is one word, not a list or a mapping",
)
KEY_MISSING: Final = Fault("kunci sebelum `:` tidak ada", "a key is missing before `:`")
MERGING: Final = Fault(
    "`<<` (penggabungan) tidak dimengerti",
    "`<<` (merging) is not understood",
    "tuliskan baris-barisnya",
    "write the lines out",
)
TWICE: Final = Fault(
    "`{key}` ditulis dua kali",
    "`{key}` is written twice",
    "lihat {first}; pertahankan salah satunya",
    "see {first}; keep one of them",
)

#: What libyaml says of a syntax error most often; what is not here is shown as the parser has it.
PARSER: Final = {
    "mapping values are not allowed in this context": "`:` tidak boleh ada di sini",
    "mapping values are not allowed here": "`:` tidak boleh ada di sini",
    "did not find expected key": "di sini seharusnya ada kunci",
    "did not find expected '-' indicator": "di sini seharusnya ada `-`",
    "could not find expected ':'": "`:` yang seharusnya ada tidak ditemukan",
    "found character that cannot start any token": "karakter ini tidak dapat mengawali nilai",
    "found unexpected end of stream": "berkas berakhir sebelum waktunya",
    "found unexpected document indicator": "tanda dokumen muncul di dalam teks bertanda kutip",
    "found unknown escape character": "urutan lolos ini tidak dikenal",
    "did not find expected ',' or ']'": "di sini seharusnya ada `,` atau `]`",
    "did not find expected ',' or '}'": "di sini seharusnya ada `,` atau `}`",
    "did not find expected node content": "di sini seharusnya ada nilai",
    "did not find expected alphabetic or numeric character": "di sini seharusnya ada huruf atau angka",
    "did not find expected <document start>": "di sini seharusnya dimulai dokumen",
    "did not find expected comment or line break": "di sini seharusnya ada komentar atau akhir baris",
    "block sequence entries are not allowed in this context": "`-` tidak boleh ada di sini",
    "found a tab character that violates indentation": "tab merusak indentasi",
    "found undefined tag handle": "awalan tag ini tidak dikenal",
    "unreadable": "tidak terbaca",
}
