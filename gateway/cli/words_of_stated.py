"""What `izin statements`, `explain`, `init` and `license new` say where something cannot be done, in Indonesian and English."""

from typing import Final

from gateway.vocabulary import Sentence

# ── izin statements ──
NO_HISTORY: Final = Sentence("folder kebijakan tidak punya riwayat", "a policy's folder has no history")
WITHOUT_POLICY: Final = Sentence(
    "jangan sebutkan POLICY bersama `--journal`, `--history`, dan `--diff`",
    "leave POLICY out with `--journal`, `--history` and `--diff`",
)
IN_A_JOURNAL: Final = Sentence(
    "jurnal memuat apa yang pernah diterbitkan, termasuk baris dari situs asal",
    "a journal has what was published, the origin's lines included",
)
NAME_A_POLICY: Final = Sentence("sebutkan POLICY", "name a POLICY")
WHAT_TO_STATE: Final = Sentence(
    "sebutkan POLICY, atau salah satu dari `--at`, `--history`, dan `--diff` bersama `--journal`",
    "name a POLICY, or one of `--at`, `--history` and `--diff` with `--journal`",
)
AT_ONE_TIME: Final = Sentence(
    "`--out` menulis apa yang diterbitkan pada satu saat", "`--out` writes what was published at one time"
)
WHICH_TIME: Final = Sentence("sebutkan saatnya dengan `--at`", "say which with `--at`")
STANDS_IN_JOURNAL: Final = Sentence(
    "apa yang pernah diterbitkan ada dalam jurnal", "what was published stands in a journal"
)
JOURNAL_OR_POLICY: Final = Sentence(
    "sebutkan dengan `--journal DIR`, atau sebutkan POLICY", "name it with `--journal DIR`, or name a POLICY"
)
NAME_THE_JOURNAL: Final = Sentence("sebutkan dengan `--journal DIR`", "name it with `--journal DIR`")
NO_SUCH_HOST: Final = Sentence("`{host}` bukan salah satu situs", "`{host}` is none of the hosts")
THESE_ARE: Final = Sentence("yang ada: {every}", "these are: {every}")
TEXTS_LOST: Final = Sentence(
    "naskah yang dahulu diterbitkan tidak ada dalam jurnal ini: {names}",
    "texts that were published then are not in this journal: {names}",
)
NO_SUCH_FOLDER: Final = Sentence(
    "`{text}` bukan folder kebijakan; saat dan sidik dicari dalam jurnal",
    "`{text}` is no policy's folder, and times and digests are looked up in a journal",
)
NOT_ALIKE: Final = Sentence(
    "yang satu seluruh ketentuan, yang lain satu naskah saja",
    "one of them is all terms, the other a single text",
)
TWO_ALIKE: Final = Sentence("sebutkan dua yang sejenis", "name two of the same sort")
LEAVES_FOLDER: Final = Sentence(
    "`{name}` tidak dapat ditulis: letaknya di luar folder",
    "`{name}` cannot be written: it would leave the folder",
)
NO_TERMS: Final = Sentence(
    "jurnal ini belum mengenal ketentuan yang berlaku", "this journal knows no terms in force"
)
GATEWAY_WRITES: Final = Sentence("gerbang menulisnya saat mulai", "a gateway writes them when it starts")
NOTHING_BEFORE: Final = Sentence(
    "tidak ada yang diketahui sebelum {first}", "nothing is known before {first}"
)
FIRST_TERMS: Final = Sentence(
    "saat itulah ketentuan pertama jurnal ini mulai berlaku",
    "that is when this journal's first terms came into force",
)
YET_TO_COME: Final = Sentence("saat itu belum tiba", "it is yet to come")
NONE_RAN: Final = Sentence("tidak diketahui ada gerbang yang berjalan", "no gateway is known to have run")
NO_TERMS_AT: Final = Sentence(
    "tidak diketahui ketentuan yang berlaku pada {at}: {why}",
    "no terms are known to be in force at {at}: {why}",
)
LAST_TERMS: Final = Sentence(
    "yang terakhir diketahui berlaku, sampai {until}: {terms}", "last known in force, until {until}: {terms}"
)
NO_DIGEST: Final = Sentence(
    "tidak ada naskah jurnal ini yang bersidik `{text}`", "no text of this journal has the digest `{text}`"
)
MANY_DIGESTS: Final = Sentence(
    "{count} naskah jurnal ini diawali `{text}`", "{count} texts of this journal begin with `{text}`"
)
MORE_DIGEST: Final = Sentence("tulis sidiknya lebih panjang", "write more of the digest")
DAMAGED_TEXT: Final = Sentence(
    "naskah `{name}` rusak: isinya tidak sesuai dengan sidiknya",
    "the text of `{name}` is damaged: it is not what its digest says",
)
NOT_STATED: Final = Sentence("`{path}` tidak dapat diterbitkan", "`{path}` cannot be stated")
TERMS_LOST: Final = Sentence(
    "ketentuan `{digest}` pernah berlaku, tetapi naskahnya tidak ada dalam jurnal ini",
    "the terms `{digest}` were in force, and their text is not in this journal",
)

# ── izin explain, test ──
NO_HEADER: Final = Sentence("`{header}` bukan header", "`{header}` is no header")
AS_A_HEADER: Final = Sentence("tulis sebagai `Nama: nilai`", "write it as `Name: value`")
HOST_APART: Final = Sentence("nama situs disebut tersendiri", "the host is given apart")
AS_HOST: Final = Sentence("tulis sebagai `--host {host}`", "write it as `--host {host}`")
NO_ADDRESS: Final = Sentence("`{address}` bukan alamat IP", "`{address}` is not an IP address")
NO_EXAMPLES: Final = Sentence(
    "contoh-contoh `{path}` tidak dapat dibaca", "the examples of `{path}` cannot be read"
)

# ── izin init, license new ──
NOT_EMPTY: Final = Sentence("`{path}` tidak kosong", "`{path}` is not empty")
A_NEW_FOLDER: Final = Sentence("sebutkan folder yang belum ada", "name a folder that does not exist yet")
ANOTHER_ID: Final = Sentence("kontrak lain bernama lain: `--id`", "another contract has another name: `--id`")
NOTHING_WRITTEN: Final = Sentence("tidak ada yang ditulis", "nothing was written")
ANSWER_OTHERWISE: Final = Sentence(
    "jawab lain, atau tulis berkasnya sendiri dan tanyakan kepada `izin check`",
    "answer otherwise, or write the file by hand and ask `izin check`",
)
ANSWERS_AS_OPTIONS: Final = Sentence(
    "jawaban boleh juga berupa opsi; `--yes` memakai nilai bawaan untuk sisanya",
    "answers may be options too; `--yes` takes the defaults for the rest",
)
