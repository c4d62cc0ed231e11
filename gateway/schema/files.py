"""What may stand in each file of a policy: one line a key.

The readers (`gateway.policy.site`, `rules`, `license_file`, `agent_file`, `gateway.told.examples`) decide; this table
is what editors are told. A test asks the readers which keys they know and which they require, and fails where a line is
missing here or is one too many: add the key to the reader, then its line here.
"""

from typing import Final

from gateway.agents import Check, Obeys, Source
from gateway.policy.price import Per
from gateway.policy.rates import BY_RULES
from gateway.schema.proofs import PROOF
from gateway.schema.shape import Chosen, Either, Keys, Listed, Scalar, may, member, need, text, word
from gateway.schema.values import (
    BOUND,
    CONTACT,
    DATE,
    DIRECTORY,
    HOST,
    MOMENT,
    NAME,
    NETWORK,
    ORIGIN,
    PAGE,
    PATTERNS,
    PURPOSE,
    SENTENCE,
    TEXT,
    TRUTH,
    USE,
    VERDICT,
)
from gateway.told.examples import EXPECTED, Checked
from gateway.vocabulary import By, HeadlinesFrom, Kind, Mode, Purpose, RobotsFrom, Static

# ── site.yaml ───────────────────────────────────────────────────────────────────────────────────────────────────────

ROBOTS: Final = Keys(
    "robots",
    (
        may("enforce", TRUTH, "Apakah robots.txt ditegakkan.", "Whether robots.txt is enforced.", "yes"),
        may("from", member(RobotsFrom), "Robots.txt yang dibaca: dari situs asal, dari berkas, atau tidak ada.", "Which robots.txt is read: the origin's, a file's, or none.", "origin"),
        may("file", text(r"^\s*[^\s/\\]+\.txt\s*$", "robots.txt"), "Nama berkas di samping site.yaml.", "The file's name, beside site.yaml."),
    ),
    least=1,
)  # fmt: skip
_USES: Final = Chosen(USE, VERDICT)
_SAID_OF_USES: Final = (
    "Apa yang dikatakan tentang tiap penggunaan. deny: tidak tanpa izin tertulis; license: ditawarkan; allow: dibiarkan.",
    "What is said of each use. deny: not without written permission; license: on offer; allow: let be.",
)
_PART: Final = Keys(
    "section",
    (
        may("paths", PATTERNS, "Alamatnya, menurut pola.", "Its paths, by patterns."),
        may("uses", _USES, *_SAID_OF_USES),
    ),
    least=1,
)

_ARTICLES: Final = Keys(
    "articles",
    (
        may("header", text(r"^\s*[A-Za-z0-9][A-Za-z0-9-]*\s*$", "last-modified"), "Dari kolom jawaban ini.", "By this response field.", "last-modified"),
        may("path", text(r"YYYY", "/YYYY/MM/DD/"), "Dari tanggal pada alamatnya.", "By the date in its path."),
        may("date", text(r"^\s*sitemap\s*$", "sitemap"), "Dari peta situs.", "By the sitemap."),
    ),
    least=1,
    most=1,
)  # fmt: skip

#: What may stand in site.yaml, and again under one host, where it then wins.
_PER_HOST: Final = (
    may("origin", ORIGIN, "Tempat situs itu sendiri berjalan.", "Where the site itself listens."),
    may("mode", member(Mode), "`observe`: catat saja. `enforce`: tolak juga.", "`observe`: only record. `enforce`: refuse too.", "enforce"),
    may("sections", Chosen(NAME, Either((PATTERNS, _PART))), "Bagian situs, menurut pola alamat.", "Parts of the site, by path patterns."),
    may("query", Listed(text(r"\S", "id"), least=0), "Parameter alamat yang menentukan isi halaman.", "Query parameters that identify content."),
    may("passed", PATTERNS, "Alamat yang selalu diteruskan ke situs asal.", "Paths that are always passed to the origin."),
    may("robots", ROBOTS, "Robots.txt situs asal.", "The origin's robots.txt."),
    may("articles", _ARTICLES, "Bagaimana tanggal terbit artikel diketahui.", "How it is known when an article was published."),
    may("headlines", member(HeadlinesFrom), "`sitemap`: judul berita tampil di ruang tinjau dan surat bulanan.", "`sitemap`: headlines are shown in the console and the monthly letter.", "none"),
)  # fmt: skip

_DAYS: Final = text(r"^\s*([1-9][0-9]{0,4}d|forever)\s*$", "30d")
_AUDIT: Final = Keys(
    "audit",
    (
        may(
            "keep",
            Keys(
                "keep",
                (
                    may("people", _DAYS, "Entri tentang pembaca.", "Entries about readers.", "30d"),
                    may("welcome", _DAYS, "Tentang mesin yang disambut dan alat.", "About welcome machines and tools.", "180d"),
                    may("ai", _DAYS, "Tentang perayap AI, pemegang lisensi, peniru.", "About AI crawlers, licensees, impostors.", "1826d"),
                    may("clients", _DAYS, "Alamat, User-Agent, dan nama host dalam entri lengkap; tanpa ini selama entrinya.", "Address, User-Agent and host name of full entries; without this as long as the entry."),
                ),
            ),
            "Berapa lama entri disimpan.",
            "How long entries are kept.",
        ),
        may("static", member(Static), "`counted`: berkas statis yang diminta pembaca hanya dihitung.", "`counted`: static files that readers ask for are only counted.", "entered"),
        may("budget", text(r"^\s*[1-9][0-9]{0,5} ?(GB|TB)\s*$", "200 GB"), "Ruang yang boleh dipakai jurnal; mulai 90 % ada peringatan, dan entri pembaca pergi sebelum waktunya.", "The room that the journal may take; from 90 % on there is a warning, and readers' entries go before their time."),
        may("threshold", text(r"^\s*[0-9]+\s*$", "500"), "Artikel berbeda per hari; lebih dari itu pembaca dicatat sebagai perkara.", "Different articles a day; a reader who takes more opens a case."),
        may(
            "anchors",
            Listed(
                Keys(
                    "anchor",
                    (
                        may("file", text(r"^\s*/", "/mnt/elsewhere/izin"), "Berkas di tempat lain.", "A file elsewhere."),
                        may("tsa", text(r"^\s*https?://", "https://tsa.example/tsr"), "Penanda waktu elektronik (RFC 3161).", "A time-stamping authority (RFC 3161)."),
                    ),
                ),
                single=False,
            ),
            "Ke mana segel dikirim supaya disimpan pihak lain.",
            "Where seals go that others keep.",
        ),
    ),
)  # fmt: skip

_TOKENS: Final = Keys(
    "tokens",
    (
        need("endpoint", TRUTH, "Apakah situs ini menjalankan titik token.", "Whether the site runs a token endpoint."),
        may("length", text(r"^\s*([0-9]+[dhms])+\s*$", "1h"), "Berapa lama token itu berlaku.", "For how long such a token holds.", "1h"),
    ),
)  # fmt: skip

RIGHTS: Final = Keys(
    "rights",
    (
        need("holder", TEXT, "Pemegang hak, sebagaimana tertulis dalam kontrak.", "Who holds the rights, as contracts have it."),
        need("notice", SENTENCE, "Larangan di kaki setiap artikel.", "The notice at the foot of each article."),
        need("contact", CONTACT, "Alamat untuk meminta izin tertulis.", "Where written permission is asked for."),
        may("terms", PAGE, "Halaman ketentuan lengkap.", "The page with the full terms."),
        may("publication", TEXT, "Nama terbitan.", "The publication's name."),
    ),
)  # fmt: skip

_PRICE: Final = Keys(
    "price",
    (
        need("amount", text(r"^[0-9]+(\.[0-9]{1,6})?$", "500"), "Jumlahnya, dengan angka.", "The amount, in figures."),
        need("currency", text(r"^[A-Z]{3}$", "IDR"), "Mata uangnya menurut ISO 4217.", "Its currency by ISO 4217."),
        need("per", member(Per), "Untuk apa dibayar.", "What is paid for."),
        need("words", SENTENCE, "Semuanya dengan huruf.", "All of it in words."),
    ),
)  # fmt: skip

SITE: Final = Keys(
    "site",
    (
        need("site", NAME, "Nama kebijakan ini.", "The name of this policy."),
        need(
            "hosts",
            Either((Listed(HOST), Chosen(HOST, Keys("host", (*_PER_HOST, may("uses", _USES, *_SAID_OF_USES))), empty=True))),
            "Nama situs yang dijaga, atau apa yang berbeda di tiap nama.",
            "The hosts that are guarded, or what differs on each.",
        ),
        need("rights", RIGHTS, "Siapa pemegang hak dan bagaimana meminta izin.", "Who holds the rights and how to ask."),
        need("uses", _USES, *_SAID_OF_USES),
        may("prices", Chosen(USE, _PRICE), "Harga yang dinyatakan untuk penggunaan yang ditawarkan.", "The prices that are stated for uses on offer."),
        may("grant", Listed(USE), "Penggunaan yang dinyatakan boleh kepada semua.", "Uses that are said to be granted to all."),
        may("timezone", text(r"\S", "Asia/Jakarta"), "Zona waktu situs.", "The site's time zone.", "Asia/Jakarta"),
        may("audit", _AUDIT, "Catatan audit.", "The audit log."),
        may("tokens", _TOKENS, "Token lisensi yang diambil sendiri oleh pemegangnya.", "License tokens that licensees fetch by themselves."),
        *_PER_HOST,
    ),
)  # fmt: skip

# ── rules.yaml ──────────────────────────────────────────────────────────────────────────────────────────────────────

_NAMED: Final = Keys(
    "who",
    (
        may("purpose", Listed(PURPOSE), "Menurut tujuan perayapan.", "By why they crawl."),
        may("operator", Listed(text(r"\S", "OpenAI")), "Menurut perusahaan yang bertanggung jawab.", "By the company that answers for them."),
        may("agent", Listed(text(r"\S", "GPTBot")), "Menurut nama perayap.", "By the crawler's name."),
        may("license", Listed(text(r"\S", "contoh")), "Menurut lisensi yang dibuktikan.", "By the license that they prove."),
    ),
    least=1,
    most=1,
)  # fmt: skip
_SECTION: Final = Keys(
    "where", (need("section", Listed(NAME), "Bagian dari site.yaml.", "A section of site.yaml."),)
)
_ORDER: Final = Keys(
    "legal-order",
    (
        need("by", TEXT, "Lembaga yang memerintahkan.", "Whose order it is."),
        need("number", TEXT, "Nomor putusan atau surat.", "The number of the ruling or letter."),
        need("date", DATE, "Tanggalnya.", "Its date."),
        may("url", PAGE, "Halaman tempat perintah itu dapat dibaca.", "The page where it can be read."),
    ),
)
_LIMIT: Final = text(
    r"^\s*[0-9]+/(second|minute|hour|day)\s*$",
    "30/minute",
    meant="seperti `30/minute`; waktunya second, minute, hour, day",
)


def _rate_by(name: str, default: By, *whose: str) -> Either:
    """A rate alone, or with what may be said of it."""
    said = (
        need("limit", _LIMIT, "Berapa kali setiap detik, menit, jam, atau hari.", "How often a second, minute, hour or day."),
        may("burst", text(r"^\s*[0-9]+\s*$", "10"), "Berapa yang boleh sekaligus.", "How many may come at once."),
        may("by", word(*whose), "Milik siapa yang dihitung bersama.", "Whose requests are counted together.", default),
    )  # fmt: skip
    return Either((_LIMIT, Keys(name, said)))


_RULE: Final = Keys(
    "rule",
    (
        need("id", NAME, "Nama aturan, unik.", "The rule's name; each has its own."),
        need("who", Listed(Either((word("everyone", "unknown", *Kind), _NAMED))), "Siapa yang dimaksud.", "Whom it is about."),
        need("where", Either((PATTERNS, _SECTION)), "Di mana: pola alamat atau bagian situs.", "Where: path patterns, or a section."),
        need("verdict", VERDICT, "Putusannya.", "What is decided."),
        may("because", SENTENCE, "Alasan yang dibaca oleh yang ditolak.", "The reason that whoever is refused will read."),
        may("rate", _rate_by("rate", By.ADDRESS, *sorted(BY_RULES)), "Paling cepat berapa; hanya bersama `allow`.", "How fast at most; only with `allow`."),
        may("from", BOUND, "Mulai kapan berlaku.", "From when it holds."),
        may("until", BOUND, "Sampai kapan berlaku; hari itu termasuk.", "Until when it holds; a day is included."),
        may("legal-order", _ORDER, "Perintah hukum yang menutup alamat ini (451).", "The legal order that closes these paths (451)."),
    ),
    given=("legal-order", frozenset({"id", "where", "verdict", "legal-order", "because"})),
)  # fmt: skip
RULES: Final = Keys(
    "rules",
    (
        need(
            "rules",
            Listed(_RULE, single=False, least=0),
            "Pengecualian dari site.yaml.",
            "Exceptions to site.yaml.",
        ),
    ),
)

# ── licenses/*.yaml ─────────────────────────────────────────────────────────────────────────────────────────────────

_CONTRACT: Final = Keys(
    "contract",
    (
        need("number", TEXT, "Nomor kontrak.", "The contract's number."),
        may("signed", DATE, "Tanggal ditandatangani.", "The day it was signed."),
    ),
)
_QUOTA: Final = text(
    r"^\s*[0-9]+/(day|week|month|year)\s*$",
    "100000/month",
    meant="seperti `100000/month`; masanya day, week, month, year",
)
_AGE: Final = text(r"^\s*[0-9]+[smhd]", "3h", "2d", meant="seperti `3h` atau `2d`")
LICENSE: Final = Keys(
    "license",
    (
        need("license", NAME, "Nama lisensi; sama dengan nama berkasnya.", "The license's name; the file has the same."),
        need("licensee", TEXT, "Pemegang lisensi.", "Who holds it."),
        need("agents", Listed(text(r"\S", "ContohBot")), "Perayap yang boleh datang.", "The crawlers that may come."),
        need("uses", Listed(USE), "Penggunaan yang diizinkan.", "The uses that are permitted."),
        need("from", DATE, "Hari pertama.", "The first day."),
        need("until", DATE, "Hari terakhir, termasuk hari itu.", "The last day, included."),
        need("proof", PROOF, "Bagaimana pemegangnya dikenali.", "How the holder is known."),
        may("contract", _CONTRACT, "Kontrak yang menjadi dasarnya.", "The contract it rests on."),
        may("hosts", Listed(HOST), "Situs yang tercakup; tanpa ini semua.", "The hosts it covers; without it, all."),
        may("on", PATTERNS, "Alamat yang tercakup; tanpa ini semua.", "The paths it covers; without it, all."),
        may("except", PATTERNS, "Alamat yang dikecualikan.", "Paths that are left out."),
        may("rate", _rate_by("license-rate", By.LICENSE, *By), "Paling cepat berapa.", "How fast at most."),
        may("quota", _QUOTA, "Paling banyak berapa dalam satu masa kalender.", "How many at most in a period of the calendar."),
        may("embargo", _AGE, "Umur artikel paling sedikit.", "How old an article must be."),
        may("withdrawn", PATTERNS, "Artikel yang ditarik dari lisensi.", "Articles that are withdrawn from it."),
        may("publish", TRUTH, "Apakah robots.txt menyebutnya bagi semua.", "Whether the robots.txt that all can read speaks of it.", "yes"),
        may("attribution", TEXT, "Bagaimana sumber disebut.", "How the source is named."),
        may("price", TEXT, "Harganya, dengan angka dan huruf.", "Its price, in figures and in words."),
        may("approved-by", TEXT, "Yang menyetujui.", "Who approved it."),
    ),
)  # fmt: skip

# ── agents/*.yaml ───────────────────────────────────────────────────────────────────────────────────────────────────

_SOME: Final = Listed(TEXT, least=0)
_VERIFY: Final = Keys(
    "verify",
    (
        may("check", member(Check), "Seberapa andal pemeriksaannya.", "How far the check can be relied on."),
        may("forward", word("complete", "incomplete"), "Apakah semua nama DNS balik dapat dipastikan.", "Whether every name in reverse DNS can be confirmed."),
        may("ranges", _SOME, "Daftar alamat yang diumumkan operator.", "Lists of addresses that the operator publishes."),
        may("networks", Listed(NETWORK, least=0), "Jaringan milik operator.", "Networks of the operator."),
        may("asn", _SOME, "Nomor sistem otonom.", "Autonomous systems."),
        may("names", _SOME, "Nama DNS balik.", "Names in reverse DNS."),
        may("directories", Listed(DIRECTORY, least=0), "Direktori kunci Web Bot Auth.", "Key directories of Web Bot Auth."),
    ),
)  # fmt: skip
_AGENT: Final = Keys(
    "agent",
    (
        need("name", TEXT, "Nama perayap.", "The crawler's name."),
        may("match", _SOME, "Token di User-Agent; tanpa ini namanya.", "Tokens in the User-Agent; without it, the name."),
        may("kind", member(Kind), "Jenis klien.", "What kind of client it is."),
        may("purpose", PURPOSE, "Mengapa merayapi.", "Why it crawls."),
        may("also", Listed(PURPOSE), "Tujuan lain.", "Further purposes."),
        may("strict", TRUTH, "Cocok hanya dengan huruf besar dan kecil yang sama.", "Matches only with the same capitals."),
        may("robots", TEXT, "Token robots.txt.", "Its robots.txt token."),
        may("obeys", member(Obeys), "Apakah mematuhi robots.txt.", "Whether it obeys robots.txt."),
        may("verify", _VERIFY, "Bagaimana klaimnya dapat diperiksa.", "How its claim can be checked."),
        may("example", TEXT, "Contoh User-Agent.", "A User-Agent of it."),
        may("docs", TEXT, "Dokumentasi operatornya.", "Its operator's documentation."),
        may("note", TEXT, "Catatan.", "A note."),
        may("source", member(Source), "Dari mana fakta ini.", "Where these facts come from."),
        may("checked", DATE, "Kapan terakhir diperiksa.", "When they were last checked."),
    ),
)  # fmt: skip
AGENTS: Final = Keys(
    "agents",
    (
        need("operator", TEXT, "Yang bertanggung jawab.", "Who answers for them."),
        need("agents", Listed(_AGENT, single=False), "Perayapnya.", "The crawlers."),
    ),
)

# ── tests/*.yaml ────────────────────────────────────────────────────────────────────────────────────────────────────

_CLIENT: Final = Keys(
    "client",
    (
        may("user-agent", TEXT, "User-Agent.", "The User-Agent."),
        may("address", text(r"[.:]", "192.0.2.7"), "Alamat IP.", "The IP address."),
        may("headers", Chosen(TEXT, TEXT), "Kepala HTTP lain.", "Further header fields."),
        may(
            "check",
            member(Checked),
            "Apakah lulus pemeriksaan operatornya.",
            "Whether it passes the checks of its operator.",
        ),
        may(
            "signed-by",
            Either(
                (DIRECTORY, text(r"^\s*[A-Za-z0-9_-]{43}\s*$", "pPC5FT07WpTG_vWgFsSUtDe-YYfu7vIC_9AGwVwji14"))
            ),
            "Siapa yang menandatangani permintaannya.",
            "Who has signed its request.",
        ),
    ),
)
_SAID: Final = {
    "verdict": (VERDICT, "Putusannya.", "The verdict."),
    "status": (text(r"^\s*([0-9]{3}|none)\s*$", "403"), "Status yang dijawab Izin.", "The status that Izin answers."),
    "enforced": (TRUTH, "Apakah sungguh dijalankan.", "Whether it was acted on."),
    "kind": (member(Kind), "Jenis klien.", "What kind of client."),
    "purpose": (word(*Purpose, "none"), "Tujuannya.", "The purpose."),
}  # fmt: skip
_EXPECT: Final = Keys(
    "expect",
    tuple(
        may(name, *_SAID.get(name, (TEXT, "Seperti pada jawaban; `none`: tidak ada.", "As in the answer; `none`: none.")))
        for name in EXPECTED
    ),
    least=1,
)  # fmt: skip
_EXAMPLE: Final = Keys(
    "example",
    (
        need("expect", _EXPECT, "Apa yang harus dijawab.", "What must be answered."),
        may("name", TEXT, "Apa yang ditunjukkan contoh ini.", "What this example shows."),
        may("client", Either((TEXT, _CLIENT)), "Siapa yang meminta: User-Agent, atau lebih.", "Who asks: the User-Agent, or more."),
        may("host", TEXT, "Situs yang diminta.", "The host asked for."),
        may("path", TEXT, "Alamat yang diminta.", "The path asked for."),
        may("method", TEXT, "Metode HTTP.", "The HTTP method."),
        may("at", MOMENT, "Kapan.", "When."),
        may("times", text(r"^\s*[0-9]+\s*$", "61"), "Berapa kali diminta berturut-turut; yang terakhir dinilai.", "How often it is asked for in a row; the last is judged."),
        may("robots", Scalar({"type": ["string", "number", "boolean", "null"]}, ("User-agent: *",)), "Isi robots.txt situs asal.", "The origin's robots.txt."),
    ),
)  # fmt: skip
TESTS: Final = Keys(
    "tests",
    (
        need("examples", Listed(_EXAMPLE, single=False), "Contoh yang harus selalu benar.", "Examples that must always hold."),
        may("at", MOMENT, "Jam bagi semua contoh.", "The clock of all examples."),
        may("host", TEXT, "Situs bagi semua contoh.", "The host of all examples."),
    ),
)  # fmt: skip
