"""What the gateway warns of, in Indonesian.

The gateway speaks English to whoever runs it, in `/ready` and in its log; the console is read by editors. Each row is what a
warning begins with, what it says after that, and how Indonesian has it, with what the warning names in the same order. What
no row knows is shown as it came, and marked as English.
"""

import re
from typing import Final

_ROWS: Final = (
    ("policy not taken up: ", "(.+)", "kebijakan yang diubah tidak diberlakukan: {}"),
    ("journal: ", "(.+)", "jurnal: {}"),
    ("", r"(\S+): observe, nobody is refused", "{}: hanya mengamati, tidak ada yang ditolak"),
    ("agent blocked by order: ", "(.+)", "agen yang diblokir atas perintah: {}"),
    ("license ", "(.+) of (.+) ends on (.+)", "lisensi {} milik {} berakhir pada {}"),
    (
        "quota of license ",
        "(.+) closed until its period ends: .*",
        ("kuota lisensi {} ditutup sampai kurunnya berakhir: catatan yang menjadi dasar hitungannya hilang; "
        "`izin license recount` membukanya"),
    ),
    (
        "",
        r"(\d+%) of requests come by (.+), which is no trusted proxy: start with `(.+?)`.*",
        "{} permintaan datang lewat {}, yang bukan proksi tepercaya: mulai dengan `{}`",
    ),
    (
        "license ",
        "(.+) asks for a client certificate, and no proxy may hand one on: start with `(.+)`",
        "lisensi {} meminta sertifikat klien, tetapi tidak ada proksi yang boleh meneruskannya: mulai dengan `{}`",
    ),
    (
        "signed catalogue of agents not taken up: ",
        "(.+)",
        "katalog agen yang ditandatangani tidak diberlakukan: {}",
    ),
    ("the catalogue of agents is ", r"(\d+) days old: .*", "katalog agen berumur {} hari: lihat `izin agents update`"),
    ("not anchored at ", "(.+?): (.+)", "belum dilabuhkan di {}: {}"),
    ("the check of ", "(.+) is suspended: .*", "pemeriksaan {} ditangguhkan: banyak klien gagal, tidak satu pun lolos"),
    ("address lists not fetched: ", r"(\d+) of (\d+)", "daftar alamat yang tidak terambil: {} dari {}"),
    ("key directories not fetched: ", "(.+)", "direktori kunci yang tidak terambil: {}"),
    (
        "trusted proxies: the list of ",
        "(.+) is not at hand, its networks of (.+) are trusted.*",
        "proksi tepercaya: daftar {} tidak ada, jaringannya per {} yang dipercaya",
    ),
    ("entries wait for ", "(.+?): (.+)", "catatan menunggu {}: {}"),
    ("entries set aside for ", "(.+?), which .*", "catatan disisihkan bagi {}, yang menolaknya untuk seterusnya"),
    ("the journal takes ", "(.+) of its budget", "jurnal memakai {} jatahnya"),
    (
        "",
        r"(\d+) entries of readers went before their time, .*",
        "{} catatan pembaca dihapus sebelum waktunya karena jurnal mendekati jatahnya",
    ),
    (
        "no entries of readers are left that may go ",
        "to make room: .*",
        "tidak ada lagi catatan pembaca yang boleh dihapus: perpendek `keep`, atau tambah tempatnya",
    ),
    ("the process ", r"(.+) ends again and again \((\d+) times\).*", "proses {} berulang kali berhenti ({} kali): lihat log"),
    ("the access log cannot be read: ", "(.+)", "log akses tidak dapat dibaca: {}"),
    (
        "",
        r"(\d+) requests? passed the prefilter that the policy refuses: .*",
        "{} permintaan lolos dari saringan depan padahal ditolak kebijakan: jalankan `izin compile` lagi",
    ),
)  # fmt: skip
_KNOWN: Final = tuple((re.compile(re.escape(begins) + rest, re.DOTALL), text) for begins, rest, text in _ROWS)


def in_indonesian(warning: str) -> str | None:
    """The warning in Indonesian; None where there are no words for it."""
    for pattern, text in _KNOWN:
        found = pattern.fullmatch(warning)
        if found is not None:
            return text.format(*found.groups())
    return None
