"""tests/*.yaml: the examples of a policy."""

from typing import Final

from gateway.policy.place import Fault
from gateway.vocabulary import Sentence

A_FILE: Final = Sentence("berkas contoh", "a file of examples")
AN_EXAMPLE: Final = Sentence("contoh", "an example")
HEADER: Final = Sentence("medan `{name}`", "header `{name}`")
CHECKED: Final = Sentence("hasil pemeriksaan", "result of a check")

NO_ADDRESS: Final = Fault("`{text}` bukan alamat IP", "`{text}` is not an IP address")
ROBOTS_TEXT: Final = Fault(
    "`robots` berisi teks robots.txt",
    "`robots` takes the text of a robots.txt",
    "tulis sebagai blok: `robots: |`",
    "write it in a block: `robots: |`",
)
HOST_APART: Final = Fault(
    "host disebut tersendiri",
    "the host is given apart",
    "tulis sebagai `host:` pada contoh itu",
    "write it as `host:` of the example",
)
NO_TIMES: Final = Fault(
    "`{text}` bukan jumlah pengulangan",
    "`{text}` is no number of times",
    "dari 1 sampai {most}",
    "from 1 to {most}",
)
NOT_ASKED: Final = Fault("{why}", "{why}", "{hint}", "{hint}")
EXPECT_EMPTY: Final = Fault(
    "`expect` kosong",
    "`expect` is empty",
    "misalnya `expect: {{verdict: deny}}`",
    "such as `expect: {{verdict: deny}}`",
)
