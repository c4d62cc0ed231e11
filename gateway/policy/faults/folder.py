"""The folder of a policy and its files, and what is published of it."""

from typing import Final

from gateway.policy.place import Fault
from gateway.vocabulary import Sentence

NO_POLICY_FILE: Final = Fault("`{name}` bukan berkas kebijakan", "`{name}` is no file of a policy")
NO_SITE: Final = Fault(
    "`site.yaml` tidak ada",
    "there is no `site.yaml`",
    "map kebijakan diawali dengan berkas itu",
    "a policy folder begins with it",
)
CHANGING: Final = Fault("isi map terus berubah selagi dibaca", "the folder keeps changing while it is read")
IS_A_FILE: Final = Fault(
    "`{path}` adalah berkas, bukan map",
    "`{path}` is a file, not a folder",
    "yang dimaksud adalah map kebijakan: `{parent}`",
    "the folder of a policy is meant: `{parent}`",
)
NOT_THERE: Final = Fault("`{path}` tidak ada", "`{path}` does not exist")
TOO_MANY_FILES: Final = Fault(
    "map ini memuat lebih dari {most} berkas", "the folder has more than {most} files"
)
UNREADABLE: Final = Fault("berkas ini tidak dapat dibaca: {why}", "the file cannot be read: {why}")
LINK_OUTSIDE: Final = Sentence("tautan itu menuju ke luar map", "it is a link that leads out of the folder")
NOT_REGULAR: Final = Sentence("itu bukan berkas biasa", "it is not a regular file")

ROBOTS_TOO_LONG: Final = Fault(
    "robots.txt untuk `{host}` akan berisi {octets} oktet, padahal perayap membaca {most}",
    "robots.txt of `{host}` would have {octets} octets, and crawlers read {most}",
    "tulis lebih sedikit pola yang lebih luas",
    "write fewer and broader patterns",
)
INEXPRESSIBLE: Final = Fault(
    "robots.txt untuk `{host}` tidak dapat menyatakan {higher} dan {lower} sekaligus: di `{common}` yang pertama memutuskan, "
    "tetapi `{pattern}` lebih panjang, dan pola terpanjanglah yang menang di sana",
    "robots.txt of `{host}` cannot say {higher} and {lower} together: on `{common}` the first decides, but `{pattern}` is "
    "longer, and the longer pattern wins there",
    "tulis pola yang lebih pendek sebagai ganti `{pattern}`, atau tulis pengecualiannya tanpa `*`",
    "write a shorter pattern in place of `{pattern}`, or write the exception out without `*`",
)
RULE: Final = Sentence("aturan `{name}` ({place})", "rule `{name}` ({place})")
LICENSE: Final = Sentence("lisensi `{name}` ({place})", "license `{name}` ({place})")
PASSED_PATH: Final = Sentence("jalur terbuka `{path}`", "the passed path `{path}`")
