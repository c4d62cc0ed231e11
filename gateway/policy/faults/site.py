"""site.yaml: addresses, hosts, rights, uses, sections, what is entered in the audit log."""

from typing import Final

from gateway.policy.place import Fault
from gateway.vocabulary import Sentence

MODE: Final = Sentence("mode", "mode")
ROBOTS_SOURCE: Final = Sentence("sumber robots.txt", "source of robots.txt")
HEADLINES: Final = Sentence("sumber judul", "source of headlines")
STATIC: Final = Sentence("cara mencatat berkas statis", "way to record static files")
A_HOST: Final = Sentence("nama host", "a host")
HOST: Final = Sentence("host `{pattern}`", "host `{pattern}`")
PARAMETER: Final = Sentence("parameter kueri", "a query parameter")
SECTION_NAME: Final = Sentence("nama bagian", "the name of a section")
SECTION: Final = Sentence("bagian `{name}`", "section `{name}`")
PATHS_OF: Final = Sentence("`paths` pada {section}", "`paths` of {section}")
THE_SITE: Final = Sentence("seluruh situs", "the site")
A_PRICE: Final = Sentence("harga", "a price")
AN_ANCHOR: Final = Sentence("jangkar", "an anchor")

# Addresses.
PLACEHOLDER_CONTACT: Final = Fault(
    "`{text}` hanya pengganti sementara, bukan alamat kontak",
    "`{text}` is a placeholder, not a contact",
    "tulis alamat tempat kantor Anda memberi izin: `mailto:…` atau `https://…`",
    "write the address at which your office grants permission: `mailto:…` or `https://…`",
)
NO_CONTACT: Final = Fault(
    "`{text}` bukan alamat `mailto:` atau `https:`", "`{text}` is no `mailto:` or `https:` address"
)
NO_PAGE: Final = Fault(
    "{what} berisi alamat halaman, bukan `{text}`",
    "{what} takes the address of a page, not `{text}`",
    "misalnya `https://www.antara.example/ketentuan`",
    "such as `https://www.antara.example/ketentuan`",
)
NO_ORIGIN: Final = Fault(
    "`origin` berisi alamat `http:` atau `https:`, bukan `{text}`",
    "`origin` takes an `http:` or `https:` address, not `{text}`",
    "misalnya `http://127.0.0.1:8000`",
    "such as `http://127.0.0.1:8000`",
)
ORIGIN_PATH: Final = Fault(
    "`origin` memuat jalur: `{text}`",
    "`origin` has a path: `{text}`",
    "permintaan diteruskan dengan jalurnya sendiri; tulis hanya skema, host dan port",
    "requests are passed on with their own path; write only scheme, host and port",
)
ORIGIN_MISSING: Final = Fault(
    "site.yaml tidak punya `origin`",
    "site.yaml has no `origin`",
    "tempat situs itu sendiri melayani, misalnya `http://127.0.0.1:8000`",
    "where the site itself listens, such as `http://127.0.0.1:8000`",
)
PLACEHOLDER_HOST: Final = Fault(
    "`{text}` hanya pengganti sementara, bukan nama host",
    "`{text}` is a placeholder, not a host",
    "tulis nama situs Anda sendiri",
    "write the site's own name",
)
NO_HOST: Final = Fault(
    "`{text}` bukan nama host",
    "`{text}` is no host name",
    "nama seperti `www.antara.example`, atau `*.antara.example` untuk semua di bawahnya",
    "a name such as `www.antara.example`, or `*.antara.example` for all below it",
)
HOST_ALONE: Final = Sentence(
    "tulis namanya saja, tanpa `https://` dan tanpa jalur",
    "write the name only, without `https://` and without a path",
)
HOST_PUNYCODE: Final = Sentence(
    "tulis seperti yang dipakai jaringan, diawali `xn--`",
    "write it as the network does, beginning with `xn--`",
)
HOST_WITHOUT_PORT: Final = Sentence("tulis namanya saja, tanpa port", "write the name only, without a port")
HOST_TWICE: Final = Fault(
    "host `{pattern}` disebut dua kali",
    "the host `{pattern}` is named twice",
    "pertahankan salah satunya",
    "keep one of them",
)

# Rights and uses.
PLACEHOLDER_HOLDER: Final = Fault(
    "`{text}` hanya pengganti sementara, bukan pemegang hak",
    "`{text}` is a placeholder, not a holder",
    "tulis siapa pemegang haknya, seperti dalam kontrak",
    "write who holds the rights, as contracts have it",
)
UNSAID_USE: Final = Fault(
    "`uses` tidak menyebut `{use}` di `{pattern}`, jadi penggunaan itu dibolehkan",
    "`uses` says nothing about `{use}` on `{pattern}`, so it is allowed",
    "tulis `{use}: deny`, `{use}: license` atau `{use}: allow`",
    "say `{use}: deny`, `{use}: license` or `{use}: allow`",
)
GRANT_DENIED: Final = Fault(
    "`grant` memberi `{use}`, padahal `uses` tidak membolehkannya di `{pattern}`",
    "`grant` gives `{use}`, which `uses` does not allow on `{pattern}`",
    "lihat {place}; yang diberikan dalam `grant` berlaku bagi semua pihak, tanpa lisensi",
    "see {place}; a grant is said to everybody, without a license",
)
GRANT_TAKEN_BACK: Final = Fault(
    "`grant` memberi `{use}` di seluruh situs, dan `{rule}` menariknya kembali sebagian",
    "`grant` gives `{use}` on the whole site, and `{rule}` takes it back in part",
    "lihat {place}; jangan nyatakan dalam `grant` bila memang begitu maksudnya",
    "see {place}; leave the grant unsaid if that is meant",
)
PRICE_UNUSED: Final = Fault(
    "`{use}` diberi harga, tetapi tidak pernah ditawarkan",
    "`{use}` has a price and is never on offer",
    "tulis `{use}: license` dalam `uses`",
    "say `{use}: license` in `uses`",
)
NO_AMOUNT: Final = Fault(
    "`{text}` bukan jumlah dalam angka, misalnya `500` atau `0.25`",
    "`{text}` is not an amount in figures, such as `500` or `0.25`",
)
NO_CURRENCY: Final = Fault(
    "`{text}` bukan mata uang menurut ISO 4217, misalnya `IDR`",
    "`{text}` is not a currency of ISO 4217, such as `IDR`",
)
SECTION_WITHOUT_PATHS: Final = Fault(
    "bagian `{name}` tidak punya jalur di `{pattern}`",
    "section `{name}` has no paths on `{pattern}`",
    "tulis `{{paths: […], uses: {{…}}}}`; `paths` hanya boleh ditiadakan di bawah sebuah host, bila situsnya sudah menyebutnya",
    "write `{{paths: […], uses: {{…}}}}`; only under a host may `paths` be left out, where the site has them",
)
NO_PARAMETER: Final = Fault(
    "`{text}` bukan nama parameter kueri",
    "`{text}` is no name of a query parameter",
    "bagian sebelum `=`, misalnya `id`",
    "the part before `=`, such as `id`",
)
PASSES_ALL: Final = Fault(
    "`{text}` dalam `passed` membuat tidak ada lagi yang dinilai",
    "`{text}` in `passed` would leave nothing to judge",
)
NO_ZONE: Final = Fault(
    "zona waktu `{text}` tidak dikenal",
    "unknown time zone `{text}`",
    "misalnya Asia/Jakarta, Asia/Makassar, Asia/Jayapura",
    "such as Asia/Jakarta, Asia/Makassar, Asia/Jayapura",
)

# robots.txt of the origin.
ROBOTS_EMPTY: Final = Fault(
    "`robots` kosong",
    "`robots` is empty",
    "misalnya `robots: {{enforce: no}}`",
    "such as `robots: {{enforce: no}}`",
)
NO_ROBOTS_FILE: Final = Fault(
    "`{text}` bukan berkas di map kebijakan ini",
    "`{text}` is no file of the policy's folder",
    "namanya saja, berakhir dengan `.txt`, misalnya `robots.txt`; letaknya di samping site.yaml",
    "the name alone, with `.txt` at its end, such as `robots.txt`; it lies beside site.yaml",
)
ROBOTS_FILE_UNNAMED: Final = Fault(
    "`from: file` tidak menyebut berkas",
    "`from: file` names no file",
    "tambahkan `file: robots.txt`",
    "add `file: robots.txt`",
)
ROBOTS_TWO_SOURCES: Final = Fault(
    "`file` disebut, padahal robots.txt diambil dari `{source}`",
    "`file` is named, and robots.txt comes from `{source}`",
    "lihat {place}; salah satunya harus dihapus",
    "see {place}; one of them must go",
)
ROBOTS_NOTHING_TO_ENFORCE: Final = Fault(
    "`enforce: yes`, padahal tidak ada robots.txt yang dipakai",
    "`enforce: yes` where no robots.txt is consulted",
    "lihat {place}; salah satunya harus dihapus",
    "see {place}; one of them must go",
)
ROBOTS_FILE_MISSING: Final = Fault(
    "tidak ada berkas `{file}` yang dapat dibaca",
    "there is no file `{file}` that can be read",
    "letaknya di samping site.yaml",
    "it lies beside site.yaml",
)
ROBOTS_TOO_LONG: Final = Fault(
    "`{file}` lebih besar dari {most} oktet yang dibaca perayap dari sebuah robots.txt",
    "`{file}` is larger than the {most} octets that crawlers read of a robots.txt",
    "tulis lebih sedikit baris yang lebih luas",
    "write fewer and broader lines",
)
ROBOTS_SAYS_NOTHING: Final = Fault(
    "`{file}` tidak punya baris `User-agent`, jadi tidak menutup apa pun",
    "`{file}` has no `User-agent` line, so it closes nothing",
    "atau tulis `from: none`, bila memang begitu maksudnya",
    "or write `from: none`, if that is meant",
)

# Dates of articles, tokens.
ARTICLES_ONE_WAY: Final = Fault(
    "`articles` menyebut satu cara saja untuk mengetahui tanggal artikel",
    "`articles` says in one way how an article's date is known",
    "`header: {header}`, medan jawaban yang lain, `path: /YYYY/MM/DD/` atau `date: sitemap`",
    "`header: {header}`, another response field, `path: /YYYY/MM/DD/` or `date: sitemap`",
)
NO_FIELD: Final = Fault("`{text}` bukan nama medan jawaban", "`{text}` is no name of a response field")
NO_DATE_SOURCE: Final = Fault(
    "`{text}` bukan sumber tanggal", "`{text}` is no source of dates", "`date: sitemap`", "`date: sitemap`"
)
NO_DATED_PATH: Final = Fault(
    "`{text}` bukan tanggal dalam jalur: {why}",
    "`{text}` is no date in a path: {why}",
    "misalnya `/YYYY/MM/DD/`",
    "such as `/YYYY/MM/DD/`",
)
DATED_PATH_PARTS: Final = Sentence(
    "isinya `YYYY`, `MM` dan `DD`, masing-masing satu kali", "it has `YYYY`, `MM` and `DD`, each once"
)
TOKEN_TOO_LONG: Final = Fault(
    "`{text}` terlalu lama untuk token yang diambil tanpa bertanya kepada siapa pun",
    "`{text}` is long for a token that is fetched without asking anybody",
    "paling lama `31d`; pemegang izin mengambil sendiri yang berikutnya",
    "at most `31d`; a licensee fetches the next one by itself",
)

# The audit log.
NO_ROOM: Final = Fault(
    "`{text}` bukan ukuran ruang di cakram",
    "`{text}` is no room on a disk",
    "bilangan dengan satuannya, misalnya `200 GB` atau `2 TB`",
    "a number with its unit, such as `200 GB` or `2 TB`",
)
NO_THRESHOLD: Final = Fault(
    "`{text}` bukan jumlah artikel yang boleh diambil seorang pembaca dalam sehari",
    "`{text}` is not how many articles a reader may take in a day",
    "bilangan dari 50 sampai 5000, misalnya `500`",
    "a number from 50 to 5000, such as `500`",
)
ANCHOR_SHAPE: Final = Fault(
    "jangkar adalah `file` atau `tsa`",
    "an anchor is a `file` or a `tsa`",
    "`- file: /mnt/elsewhere/izin`",
    "`- file: /mnt/elsewhere/izin`",
)
ANCHOR_TWICE: Final = Fault(
    "jangkar `{text}` disebut dua kali",
    "the anchor `{text}` is named twice",
    "pertahankan salah satunya",
    "keep one of them",
)
NO_ANCHOR: Final = {
    "file": Fault(
        "`{text}` bukan jalur lengkap",
        "`{text}` is no whole path",
        "misalnya `/mnt/elsewhere/izin-antara`",
        "such as `/mnt/elsewhere/izin-antara`",
    ),
    "tsa": Fault(
        "`{text}` bukan alamat otoritas penanda waktu",
        "`{text}` is not the address of a time-stamping authority",
        "misalnya `https://tsa.example/tsr`",
        "such as `https://tsa.example/tsr`",
    ),
}
TOO_MANY_ANCHORS: Final = Fault(
    "lebih dari {most} jangkar",
    "more than {most} anchors",
    "beberapa yang saling berjauhan sudah cukup",
    "a few that are far from each other are enough",
)
NO_RETENTION: Final = Fault(
    "`{text}` bukan lama penyimpanan entri",
    "`{text}` is not how long entries are kept",
    "jumlah hari seperti `30d`, atau `forever`",
    "days such as `30d`, or `forever`",
)
