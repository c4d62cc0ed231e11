"""licenses/*.yaml: the contract, how its holder proves itself, and licenses held against each other."""

from typing import Final

from gateway.policy.place import Fault
from gateway.vocabulary import Sentence

THE_LICENSE: Final = Sentence("lisensi ini", "the license")
A_CERTIFICATE: Final = Sentence("sertifikat", "a certificate")
A_KEY: Final = Sentence("kunci", "a key")
AN_ADDRESS: Final = Sentence("alamat", "an address")

OTHER_FILE: Final = Fault(
    "lisensi `{name}` berada di berkas bernama `{stem}`",
    "the license `{name}` stands in a file called `{stem}`",
    "namai berkasnya `{name}.yaml`, supaya ditemukan",
    "call the file `{name}.yaml`, so that it is found",
)
NOTHING_LEFT: Final = Fault(
    "`except` tidak menyisakan apa pun dari lisensi ini", "`except` leaves nothing of the license"
)
NO_CONTRACT: Final = Fault(
    "`contract` tidak disebut",
    "no `contract` is named",
    "izin tertulis ada di atas kertas: `contract: {{number: …, signed: …}}`",
    "written permission is a paper: `contract: {{number: …, signed: …}}`",
)
NO_EMBARGO: Final = Fault("`embargo`: {why}", "`embargo`: {why}")
USE_NOT_GIVEN: Final = Fault(
    "`{agent}` merayap untuk `{purpose}`, dan `uses` tidak mengizinkannya",
    "`{agent}` crawls for `{purpose}`, and `uses` does not permit that",
    "tambahkan `{use}` ke `uses`, atau hapus perayap itu: begini, lisensi ini tidak memberinya apa-apa",
    "add `{use}` to `uses`, or leave the agent out: as it is, the license gives it nothing",
)
FOREIGN_HOST: Final = Fault("situs ini tidak punya host `{host}`", "the site has no host `{host}`")
HOST_UNDER_PATTERN: Final = Fault(
    "`{host}` hanya tercakup oleh `{pattern}`, yang robots.txt-nya tidak menyebut lisensi ini",
    "`{host}` only falls under `{pattern}`, whose robots.txt does not speak of this license",
    "sebutkan `{host}` tersendiri di `hosts` pada site.yaml",
    "name `{host}` by itself under `hosts` in site.yaml",
)
NO_PROOF: Final = Fault(
    "`proof` tidak menyebut cara pemegang izin membuktikan diri",
    "`proof` names no way in which the licensee proves itself",
)

# Addresses.
NO_PREFIX: Final = Fault(
    "`{text}` bukan awalan alamat",
    "`{text}` is no address prefix",
    "misalnya `192.0.2.0/24` atau `2001:db8::/48`",
    "such as `192.0.2.0/24` or `2001:db8::/48`",
)
MAPPED: Final = Fault(
    "`{text}` adalah alamat IPv4 berbaju IPv6",
    "`{text}` is an IPv4 address in the dress of IPv6",
    "tulis sebagai IPv4",
    "write it as IPv4",
)
WITHIN_PREFIX: Final = Fault(
    "`{text}` adalah alamat di dalam awalan `{network}`",
    "`{text}` is an address within the prefix `{network}`",
    "maksudnya seluruh awalan `{network}`, atau hanya `{first}`?",
    "did you mean the whole prefix `{network}`, or only `{first}`?",
)
TOO_BROAD: Final = Fault(
    "`{network}` terlalu luas untuk membuktikan apa pun",
    "`{network}` is too broad to prove anything",
    "sebutkan alamat pemegang izin sendiri: paling luas /{shortest}",
    "name the licensee's own addresses: /{shortest} at the very least",
)
VERY_BROAD: Final = Fault(
    "`{network}` adalah awalan yang sangat luas",
    "`{network}` is a very broad prefix",
    "siapa pun yang menyewa alamat di dalamnya memegang lisensi ini",
    "whoever rents an address in it holds the license",
)

# Certificates.
NOTHING_TELLING: Final = Fault(
    "tidak ada yang membedakan sertifikat ini dari yang lain",
    "nothing tells this certificate from others",
    "sebutkan sedikitnya satu dari: {words}",
    "name at least one of: {words}",
)
NAME_ALONE: Final = Fault(
    "sertifikat ini dikenali dari namanya saja",
    "the certificate is told by a name alone",
    "siapa pun yang memperoleh sertifikat atas nama itu dari otoritas yang dipercaya proksi Anda memegang lisensi ini: tambahkan "
    "`issuer` atau `sha256`",
    "whoever gets that name certified by any authority your proxy trusts holds the license: add `issuer` or `sha256`",
)
NO_CERTIFICATE: Final = Fault("`{text}`: {why}", "`{text}`: {why}")
NAME_SHAPE: Final = Sentence(
    "misalnya `CN=perayap.contoh.example, O=PT Contoh AI`",
    "such as `CN=perayap.contoh.example, O=PT Contoh AI`",
)
DIGEST_SHAPE: Final = Sentence(
    "dicetak oleh `openssl x509 -noout -fingerprint -sha256 -in FILE`",
    "`openssl x509 -noout -fingerprint -sha256 -in FILE` prints it",
)

# Keys.
NO_KEYS: Final = Fault(
    "`web-bot-auth` tidak menyebut kunci",
    "`web-bot-auth` names no keys",
    "`directory: https://…`, atau `keys: [{{kty: OKP, …}}]`",
    "`directory: https://…`, or `keys: [{{kty: OKP, …}}]`",
)
TOO_MANY_KEYS: Final = Fault("`keys` memuat lebih dari {most} kunci", "`keys` has more than {most} keys")
SHARED_DIRECTORY: Final = Fault(
    "kunci di `{directory}` juga kunci {others}",
    "the keys at `{directory}` are also those of {others}",
    "siapa pun yang permintaannya ditandatangani operator itu memegang lisensi ini, bila memakai nama perayap yang berlisensi",
    "whoever that operator signs for holds the license, if it uses the name of a licensed agent",
)
NO_DIRECTORY: Final = Fault(
    "`{text}` bukan alamat direktori kunci",
    "`{text}` is no address of a key directory",
    "misalnya `https://contoh.example`, atau alamat https dari sekumpulan kunci, tanpa nama pengguna",
    "such as `https://contoh.example`, or the https address of a set of keys, without a user name",
)
PRIVATE_KEY: Final = Fault(
    "ini kunci privat",
    "this is a private key",
    "sebutkan paruh publiknya saja, tanpa `d`; dan buatlah kunci baru",
    "name its public half alone, without `d`; and make a new key",
)
NO_SECONDS: Final = Fault(
    "`{name}` adalah jumlah detik sejak 1970", "`{name}` is a number of seconds since 1970"
)
NO_KEY: Final = Fault("kunci ini tidak dapat dipakai: {why}", "this key cannot be used: {why}")
#: Why a key cannot be used (`gateway.signatures.keys`); what is not here is shown as the library has it.
KEY_WHY: Final = {
    "it is a private or a shared key": "ini kunci privat atau kunci bersama",
    "it is not for signatures": "bukan untuk tanda tangan",
    "it is not for verifying": "bukan untuk memeriksa tanda tangan",
    "its kind is not known": "jenisnya tidak dikenal",
    "it is for another algorithm": "untuk algoritme lain",
    "its curve is not known": "kurvanya tidak dikenal",
    "its size is unsound": "ukurannya tidak aman",
    "its point has not the size of its curve": "titiknya tidak seukuran kurvanya",
    "its `x` is not base64url": "`x`-nya bukan base64url",
    "its `y` is not base64url": "`y`-nya bukan base64url",
    "its `n` is not base64url": "`n`-nya bukan base64url",
    "its `e` is not base64url": "`e`-nya bukan base64url",
}
TEST_KEY: Final = Fault(
    "kunci ini tercetak dalam RFC 9421, dan paruh privatnya dimiliki semua orang",
    "this key is printed in RFC 9421, and everybody has its private half",
)

# Quotas.
QUOTA_SHAPE: Final = Sentence(
    "bilangan bulat permintaan dan satuan jangka waktu, misalnya `100000/month`",
    "a whole number of requests and a period, such as `100000/month`",
)
QUOTA_ZERO: Final = Sentence(
    "tanpa `quota` tidak ada yang dihitung; lisensi yang tidak mengizinkan apa pun bukan lisensi",
    "without `quota` nobody is counted; a license that permits nothing is none",
)
QUOTA_TOO_LARGE: Final = Sentence(
    "paling banyak {most}; tanpa `quota` tidak ada yang dihitung",
    "at most {most}; without `quota` nobody is counted",
)
QUOTA_IS_NO_RATE: Final = Sentence(
    "seberapa cepat boleh datang disebut oleh `rate`; jangka waktunya salah satu dari: {periods}",
    "how fast one may come is said by `rate`; a period is one of: {periods}",
)
QUOTA_PERIODS: Final = Sentence("jangka waktunya salah satu dari: {periods}", "a period is one of: {periods}")
QUOTA_OUTLIVES: Final = Fault(
    "`quota: {limit}` menghitung yang sesudah {days} hari dilepas oleh `keep`, sehingga hitungannya hilang",
    "`quota: {limit}` counts what `keep` lets go after {days} days, so its count would be lost",
    "`audit: {{keep: {{ai: {least}d}}}}` di site.yaml adalah yang terpendek untuk itu",
    "`audit: {{keep: {{ai: {least}d}}}}` in site.yaml is the shortest for it",
)

# Two licenses, and the days between and after them.
BOTH: Final = Fault(
    "`{other}` dan `{one}` sama-sama memberi lisensi kepada `{agent}` {period}",
    "`{other}` and `{one}` both license `{agent}` {period}",
    "lihat {place}; biarkan yang satu berakhir sebelum yang lain mulai, atau pisahkan penggunaan, host atau jalurnya",
    "see {place}; let one end before the other begins, or part their uses, hosts or paths",
)
ON_DAY: Final = Sentence("pada {first}", "on {first}")
FROM_UNTIL: Final = Sentence("dari {first} sampai {last}", "from {first} until {last}")
ENDS_SOON: Final = Fault(
    "`{license}` milik {licensee} berakhir {when}: hari terakhirnya {last}",
    "`{license}` of {licensee} ends {when}: {last} is its last day",
    "tidak perlu apa-apa bila memang begitu maksudnya; kontrak baru adalah berkas baru di licenses/",
    "nothing to do if that is meant; a new contract is a new file in licenses/",
)
TODAY: Final = Sentence("hari ini", "today")
TOMORROW: Final = Sentence("dalam 1 hari", "in 1 day")
IN_DAYS: Final = Sentence("dalam {days} hari", "in {days} days")
GAP: Final = Fault(
    "`{agent}` tidak berlisensi selama {days} antara `{one}` dan `{other}`",
    "`{agent}` has no license for {days} between `{one}` and `{other}`",
    "`{one}` berakhir pada {last}, lihat {place}; tidak perlu apa-apa bila memang begitu maksudnya",
    "`{one}` ends on {last}, see {place}; nothing to do if that is meant",
)
ONE_DAY: Final = Sentence("1 hari", "1 day")
DAYS: Final = Sentence("{days} hari", "{days} days")
