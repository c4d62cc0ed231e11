"""What several commands say where something cannot be done, in Indonesian and English."""

from typing import Final

from gateway.vocabulary import Sentence

NOT_WRITTEN: Final = Sentence("`{path}` tidak dapat ditulis: {why}", "`{path}` cannot be written: {why}")
NOT_REWRITTEN: Final = Sentence(
    "jurnal `{path}` tidak dapat ditulis ulang: {why}", "the journal `{path}` cannot be rewritten: {why}"
)
NOT_READ: Final = Sentence("`{path}` tidak dapat dibaca: {why}", "`{path}` cannot be read: {why}")
THERE_ALREADY: Final = Sentence("`{path}` sudah ada", "`{path}` is there already")
NO_JOURNAL: Final = Sentence("`{path}` tidak memuat jurnal", "`{path}` holds no journal")
WHICH_JOURNAL: Final = Sentence(
    "sebutkan folder yang disebut `izin serve --journal`, atau setel IZIN_JOURNAL",
    "name the folder that `izin serve --journal` names, or set IZIN_JOURNAL",
)
NO_INDEX: Final = Sentence(
    "tidak ada tempat bagi indeks: folder jurnal dan folder tembolok pengguna ini tidak boleh ditulisi",
    "there is no place for the index: neither the journal's folder nor this user's cache may be written",
)
WHICH_CACHE: Final = Sentence(
    "sebutkan folder milik pengguna ini dalam XDG_CACHE_HOME",
    "name a folder of this user's in XDG_CACHE_HOME",
)
READING: Final = Sentence("membaca jurnal …", "reading the journal …")
NO_LICENSE: Final = Sentence("tidak ada lisensi `{name}`", "there is no license `{name}`")
ONE_OF: Final = Sentence("salah satu dari: {known}", "one of: {known}")
NO_LICENSES: Final = Sentence("licenses/ kosong", "licenses/ is empty")
NO_TOKEN: Final = Sentence("`{name}` tidak dibuktikan dengan token", "`{name}` is not proved by a token")
ADD_TOKEN: Final = Sentence("tambahkan `token: yes` pada `proof`-nya", "add `token: yes` to its `proof`")
#: How long an order holds, and what becomes of it.
WITHDRAWN: Final = Sentence("sampai dicabut", "until it is withdrawn")
UNTIL: Final = Sentence("sampai {at}", "until {at}")
NO_GATEWAY: Final = Sentence(
    "Tidak ada gerbang yang sedang menulis jurnal ini; yang berikutnya berjalan dengannya akan mematuhi.",
    "No gateway writes this journal now; the next one to start with it obeys.",
)
RECORDED: Final = Sentence("Tercatat sebagai entri {seq} ({id}).", "Recorded as entry {seq} ({id}).")


def no_license(name: str, known: str) -> tuple[Sentence, Sentence]:
    """That there is no such license, and which there are."""
    return NO_LICENSE.filled(name=name), ONE_OF.filled(known=known) if known else NO_LICENSES
