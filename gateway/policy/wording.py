"""The words in which a policy is read aloud, Indonesian and English: one table, whole sentences, no grammar in code.

The Indonesian text governs. `gateway.policy.sentences` fills in the names (`gateway.names`).
"""

from typing import Final

from gateway.rates.quota import Period, Quota
from gateway.rates.rate import Unit
from gateway.vocabulary import By, Kind, Language, Mode, Sentence, Use, Verdict

CHAPTERS: Final = {
    "site": Sentence("Situs dan pemegang hak", "The site and who holds its rights"),
    "uses": Sentence("Penggunaan oleh mesin", "Uses by machines"),
    "legal": Sentence("Perintah hukum", "Legal orders"),
    "rules": Sentence("Aturan khusus", "Special rules"),
    "licenses": Sentence("Izin tertulis yang sudah diberikan", "Written permission that was given"),
    "rest": Sentence("Selebihnya", "Everything else"),
}

#: A chapter that holds only for some hosts.
CHAPTER_ON: Final = Sentence("{chapter}, di {hosts}", "{chapter}, on {hosts}")

SITE: Final = Sentence("Kebijakan `{site}` berlaku untuk {hosts}.", "The policy `{site}` holds for {hosts}.")
#: Many hosts for which the same holds, and which they are.
FAMILY: Final = Sentence("{count} situs di bawah {name}", "{count} sites below {name}")
FAMILY_OF: Final = Sentence(
    "Ke-{count} situs di bawah {name} itu ialah {names}.", "Those {count} sites below {name} are {names}."
)
BELOW: Final = Sentence("semua nama di bawah {name}", "every name below {name}")
HOLDER: Final = Sentence(
    "Pemegang haknya {holder}; izin tertulis diminta melalui {contact}.",
    "The rights are held by {holder}; written permission is asked for at {contact}.",
)
NOTICE: Final = Sentence("Pernyataannya berbunyi: “{notice}”", "Its notice reads: “{notice}”")
TERMS: Final = Sentence("Ketentuan lengkapnya ada di {terms}.", "The full terms are at {terms}.")
GRANT: Final = Sentence(
    "Kepada semua mesin dinyatakan secara tegas bahwa yang berikut dibolehkan: {uses}.",
    "All machines are told expressly that this is allowed: {uses}.",
)
KEPT: Final = Sentence(
    "Catatan audit disimpan {people} bila tentang pembaca, {welcome} bila tentang mesin yang disambut dan alat, {ai} bila "
    "tentang perayap AI; sesudah itu hanya nilai hash-nya yang tinggal.",
    "The audit log keeps entries about readers {people}, about welcome machines and tools {welcome}, about AI crawlers {ai}; "
    "after that only their hashes stay.",
)
CLIENTS_KEPT: Final = Sentence(
    "Dari entri yang lebih lama disimpan, alamat, User-Agent, dan nama host kliennya dihapus sesudah {days} hari; putusannya "
    "tetap.",
    "Of entries that are kept longer, the client's address, User-Agent and host name are erased after {days} days; the decision "
    "stays.",
)
KEPT_DAYS: Final = Sentence("{days} hari", "for {days} days")
KEPT_FOREVER: Final = Sentence("tanpa batas waktu", "without limit")
COUNTED: Final = Sentence(
    "Berkas statis yang diminta pembaca hanya dihitung.",
    "Static files that readers ask for are only counted.",
)
THRESHOLD: Final = Sentence(
    "Pembaca yang membuka lebih dari {threshold} artikel berbeda dalam sehari dicatat sebagai perkara; alamat IP-nya disimpan "
    "30 hari.",
    "A reader who opens more than {threshold} different articles in a day is on record as a case; the IP address is kept for "
    "30 days.",
)
BUDGET: Final = Sentence(
    "Bila jurnal memakai 90 % dari {budget}, entri pembaca dihapus sebelum waktunya: berkas statis lebih dulu, yang tertua "
    "lebih dulu.",
    "Where the journal takes 90 % of {budget}, readers' entries go before their time: static files first, the oldest first.",
)
NO_GRANT: Final = Sentence(
    "Tidak ada penggunaan yang dinyatakan sebagai hak; yang tidak dilarang hanya dibiarkan terbuka.",
    "No use is stated as a grant; what is not forbidden is merely left open.",
)

MODES: Final = {
    Mode.ENFORCE: Sentence(
        "Kebijakan ini ditegakkan: permintaan yang dilarang ditolak dan dicatat.",
        "The policy is enforced: a request that it forbids is refused and recorded.",
    ),
    Mode.OBSERVE: Sentence(
        "Kebijakan ini baru diamati: setiap keputusan dicatat, tetapi tidak ada permintaan yang ditolak.",
        "The policy is only observed: every decision is recorded, and no request is refused.",
    ),
}

USES: Final = {
    Use.AI_TRAIN: Sentence("pelatihan AI", "training AI"),
    Use.AI_INPUT: Sentence("jawaban dan ringkasan buatan AI", "answers and summaries by AI"),
    Use.AI_INDEX: Sentence("pengindeksan AI", "indexing for AI"),
    Use.SEARCH: Sentence("mesin pencari", "search engines"),
    Use.AI_ALL: Sentence("semua penggunaan oleh AI", "every use by AI"),
    Use.ALL: Sentence("semua penggunaan oleh mesin", "every use by machines"),
}

USE_SAID: Final = {
    Verdict.DENY: Sentence(
        "Pengambilan isi untuk {use} dilarang tanpa izin tertulis (`uses.{token}`).",
        "Taking content for {use} is forbidden without written permission (`uses.{token}`).",
    ),
    Verdict.LICENSE: Sentence(
        "Pengambilan isi untuk {use} memerlukan lisensi, dan lisensi ditawarkan (`uses.{token}`).",
        "Taking content for {use} needs a license, and a license is on offer (`uses.{token}`).",
    ),
    Verdict.ALLOW: Sentence(
        "Pengambilan isi untuk {use} tidak dilarang.",
        "Taking content for {use} is not forbidden.",
    ),
}
SECTION_SAID: Final = {
    Verdict.DENY: Sentence(
        "Di bagian `{section}` ({where}) pengambilan isi untuk {use} dilarang tanpa izin tertulis (`{rule}`).",
        "In the section `{section}` ({where}) taking content for {use} is forbidden without written permission (`{rule}`).",
    ),
    Verdict.LICENSE: Sentence(
        "Di bagian `{section}` ({where}) pengambilan isi untuk {use} memerlukan lisensi, dan lisensi ditawarkan (`{rule}`).",
        "In the section `{section}` ({where}) taking content for {use} needs a license, and a license is on offer "
        "(`{rule}`).",
    ),
    Verdict.ALLOW: Sentence(
        "Di bagian `{section}` ({where}) pengambilan isi untuk {use} tidak dilarang (`{rule}`).",
        "In the section `{section}` ({where}) taking content for {use} is not forbidden (`{rule}`).",
    ),
}
SECTION_OPENED: Final = Sentence(
    "Di bagian `{section}` ({where}) pengambilan isi untuk {use} dibuka kembali dengan sengaja, lain dari halaman "
    "selebihnya (`{rule}`).",
    "In the section `{section}` ({where}) taking content for {use} is opened again on purpose, unlike on all other pages "
    "(`{rule}`).",
)
PRICED: Final = Sentence(
    "Harga yang dinyatakan untuk {use}: {figures} ({words}).",
    "The price stated for {use}: {figures} ({words}).",
)
USE_UNSAID: Final = Sentence(
    "Tentang {use} tidak dikatakan apa-apa, jadi pengambilan isi untuk itu dibolehkan.",
    "Nothing is said about {use}, so taking content for it is allowed.",
)
DATASET: Final = Sentence(
    "Perayap yang mengumpulkan kumpulan data diperlakukan seperti perayap untuk pelatihan AI.",
    "Crawlers that gather datasets are treated as those that train AI.",
)

WHO: Final = {
    "everyone": Sentence("semua klien, termasuk pembaca,", "all clients, readers included,"),
    f"kind:{Kind.PEOPLE}": Sentence("pembaca", "readers"),
    f"kind:{Kind.TOOLS}": Sentence(
        "perkakas (skrip dan peramban otomatis)", "tools (scripts and automated browsers)"
    ),
    f"kind:{Kind.AGENTS}": Sentence("semua perayap", "all crawlers"),
    "unknown": Sentence("perayap yang tidak dikenal", "crawlers that nobody knows"),
    f"kind:{Kind.IMPOSTORS}": Sentence(
        "klien yang terbukti memakai nama palsu", "clients proved to use a false name"
    ),
}
WHO_PURPOSE: Final = Sentence("perayap untuk {purpose}", "crawlers for {purpose}")
WHO_OPERATOR: Final = Sentence("perayap milik {name}", "crawlers of {name}")
WHO_AGENT: Final = Sentence("perayap {name}", "the crawler {name}")

WHO_LICENSE: Final = Sentence(
    "pemegang izin tertulis `{name}`", "whoever holds the written permission `{name}`"
)

RULES: Final = {
    Verdict.DENY: Sentence(
        "{who} dilarang mengambil {where} tanpa izin tertulis (`{rule}`).",
        "{who} must not take {where} without written permission (`{rule}`).",
    ),
    Verdict.LICENSE: Sentence(
        "{who} memerlukan lisensi untuk mengambil {where}, dan lisensi ditawarkan (`{rule}`).",
        "{who} must hold a license to take {where}, and a license is on offer (`{rule}`).",
    ),
    Verdict.ALLOW: Sentence(
        "{who} boleh mengambil {where} (`{rule}`).",
        "{who} may take {where} (`{rule}`).",
    ),
}
#: The same of those who hold a license: what it gives is narrowed, or more is opened than it covers.
RULES_LICENSEE: Final = {
    Verdict.DENY: Sentence(
        "{who} pun tidak boleh mengambil {where} (`{rule}`).",
        "Even {who} must not take {where} (`{rule}`).",
    ),
    Verdict.LICENSE: Sentence(
        "{who} pun memerlukan lisensi lain untuk mengambil {where}, dan lisensi itu ditawarkan (`{rule}`).",
        "Even {who} must hold another license to take {where}, and it is on offer (`{rule}`).",
    ),
    Verdict.ALLOW: Sentence(
        "{who} boleh mengambil juga {where}, sekalipun izin itu tidak mencakupnya (`{rule}`).",
        "{who} may take {where} too, even where that permission does not cover it (`{rule}`).",
    ),
}
BECAUSE: Final = Sentence("Alasannya: {because}.", "The reason: {because}.")
TERM: Final = {
    (True, True): Sentence(
        "Aturan ini berlaku mulai {first} sampai dengan {last}, menurut waktu {zone}.",
        "The rule is in force from {first} until {last}, by the time of {zone}.",
    ),
    (True, False): Sentence(
        "Aturan ini berlaku mulai {first}, menurut waktu {zone}.",
        "The rule is in force from {first}, by the time of {zone}.",
    ),
    (False, True): Sentence(
        "Aturan ini berlaku sampai dengan {last}, menurut waktu {zone}.",
        "The rule is in force until {last}, by the time of {zone}.",
    ),
}
TIME: Final = Sentence("{day} pukul {time}", "{day} at {time}")

LEGAL: Final = Sentence(
    "{who} tidak dapat mengambil {where}, atas perintah {by} nomor {number} tanggal {date}; jawabannya 451 (`{rule}`).",
    "{who} cannot take {where}, by order of {by}, number {number}, dated {date}; the answer is 451 (`{rule}`).",
)
LEGAL_READ: Final = Sentence("Perintah itu dapat dibaca di {url}.", "The order can be read at {url}.")
LEGAL_FIRST: Final = Sentence(
    "Perintah hukum mengalahkan semua yang lain, juga izin tertulis; hanya dokumen ketentuan dan alamat yang selalu terbuka "
    "tidak tersentuh.",
    "A legal order outweighs all else, a written permission too; only the documents that state the terms and the paths "
    "that are always open are beyond it.",
)
LEGAL_OBSERVED: Final = Sentence(
    "Selama kebijakan ini hanya diamati, perintah hukum pun tidak ditegakkan.",
    "As long as the policy is only observed, legal orders are not enforced either.",
)
RATE: Final = Sentence(
    "{each} dilayani sampai {burst} kali sekaligus, dan selebihnya rata-rata paling banyak {count} kali setiap {unit}.",
    "{each} is served up to {burst} times at once, and beyond that at most {count} times {unit} on average.",
)
RATE_BY: Final = {
    By.ADDRESS: Sentence("Setiap alamat", "Each address"),
    By.NETWORK: Sentence("Setiap jaringan (/24 atau /48)", "Each network (/24 or /48)"),
    By.AGENT: Sentence("Setiap perayap, dari mana pun ia datang,", "Each crawler, from wherever it comes,"),
    By.OPERATOR: Sentence(
        "Setiap operator, dengan semua perayapnya,", "Each operator, with all its crawlers,"
    ),
    By.EVERYONE: Sentence("Semuanya bersama-sama", "All of them together"),
    By.LICENSE: Sentence(
        "Pemegang izin itu, dengan semua perayapnya,", "The licensee, with all its crawlers,"
    ),
}
UNITS: Final = {
    Unit.SECOND: Sentence("detik", "a second"),
    Unit.MINUTE: Sentence("menit", "a minute"),
    Unit.HOUR: Sentence("jam", "an hour"),
    Unit.DAY: Sentence("hari", "a day"),
}
QUOTA: Final = Sentence(
    "Izin itu mencakup paling banyak {count} permintaan {period}, menurut kalender situs; yang dihitung hanya permintaan yang "
    "dijawab dengan isi (200 atau 206).",
    "It covers at most {count} requests {period}, by the site's calendar; only those count that are answered with content "
    "(200 or 206).",
)
PERIODS: Final = {
    Period.DAY: Sentence("setiap hari", "a day"),
    Period.WEEK: Sentence("setiap minggu", "a week"),
    Period.MONTH: Sentence("setiap bulan", "a month"),
    Period.YEAR: Sentence("setiap tahun", "a year"),
}
RATES: Final = Sentence(
    "Yang datang lebih cepat daripada laju yang dibolehkan diminta menunggu (429); laju dihitung di semua situs "
    "sekaligus, setiap laju yang menyebut klien itu berlaku, dan yang ditolak tidak ikut dihitung.",
    "Whoever comes faster than a rate allows is asked to wait (429); a rate is counted over all hosts together, every "
    "rate that speaks of the client holds, and what is refused is not counted.",
)
NO_RULES: Final = Sentence("Tidak ada aturan khusus.", "There are no special rules.")

EVERYWHERE: Final = Sentence("semua halaman", "any page")
PREFIX: Final = Sentence("halaman di {path}", "pages under {path}")
EXACTLY: Final = Sentence("halaman {path}", "the page {path}")
LIKE: Final = Sentence("halaman berpola {path}", "pages like {path}")
MORE: Final = Sentence("{count} pola lain", "{count} more patterns")

ALL_HOSTS: Final = Sentence("semua situs dalam kebijakan ini", "every host of this policy")

DEFAULTS: Final = (
    Sentence(
        "Pembaca dan aplikasi berita dilayani tanpa syarat, selama tidak ada aturan khusus yang menyebut mereka.",
        "Readers and news apps are served without condition, as long as no special rule speaks of them.",
    ),
    Sentence(
        "Perkakas dan perayap yang tidak dikenal dibolehkan, dicatat, dan ditampilkan sebagai pendatang baru.",
        "Tools and unknown crawlers are allowed, recorded, and shown as new.",
    ),
    Sentence(
        "Perayap dengan tujuan lain (pratinjau, umpan berita, iklan, arsip, dan sejenisnya) dibolehkan.",
        "Crawlers for other purposes (previews, feeds, advertising, archives and the like) are allowed.",
    ),
    Sentence(
        "Klien yang terbukti memakai nama palsu ditolak.",
        "Clients proved to use a false name are refused.",
    ),
    Sentence(
        "Izin tertulis yang terbukti mengalahkan larangan di atas dan robots.txt situs asal, selama tidak ada aturan khusus "
        "tentang pemegangnya.",
        "A written permission that is proved outweighs the bans above and the origin's robots.txt, as long as no special rule "
        "speaks of its holder.",
    ),
)
RULES_FIRST: Final = Sentence(
    "Aturan khusus di atas didahulukan terhadap semua yang berikut: lebih dulu aturan yang menyebut klien paling tepat, "
    "lalu yang polanya paling panjang.",
    "The special rules above come before all that follows: first the one that names the client most exactly, "
    "then the one with the longest path.",
)
ROBOTS: Final = Sentence(
    "Terhadap perayap AI, SEO, kumpulan data, dan yang tidak dikenal, robots.txt situs asal juga ditegakkan.",
    "On crawlers for AI, SEO and datasets and on unknown ones, the origin's robots.txt is enforced too.",
)
NO_ROBOTS: Final = Sentence(
    "Robots.txt situs asal tidak ditegakkan.", "The origin's robots.txt is not enforced."
)
ROBOTS_FILE: Final = Sentence(
    "Terhadap perayap AI, SEO, kumpulan data, dan yang tidak dikenal, robots.txt dalam kebijakan ini juga ditegakkan, sebagai "
    "ganti milik situs asal.",
    "On crawlers for AI, SEO and datasets and on unknown ones, the robots.txt in this policy is enforced too, in place of "
    "the origin's.",
)
ROBOTS_NONE: Final = Sentence(
    "Robots.txt situs asal tidak diambil dan tidak diperhitungkan.",
    "The origin's robots.txt is neither fetched nor taken into account.",
)
PASSED: Final = Sentence(
    "Selalu terbuka bagi siapa pun: {paths}; robots.txt juga, yang ditulis dari kebijakan ini.",
    "Always open to everybody: {paths}; robots.txt too, which is written from this policy.",
)
QUERY: Final = Sentence(
    "Dari bagian alamat sesudah tanda tanya hanya {names} yang dicatat.",
    "Of the part of an address after the question mark only {names} is recorded.",
)
NO_QUERY: Final = Sentence(
    "Bagian alamat sesudah tanda tanya tidak dicatat.",
    "The part of an address after the question mark is not recorded.",
)
TITLES: Final = Sentence(
    "Judul berita dibaca dari peta situs dan ditampilkan di ruang tinjau dan surat bulanan; judul tidak menjadi bagian catatan "
    "audit.",
    "Headlines are read from the sitemap and shown in the console and the monthly letter; they are no part of the audit log.",
)

AND: Final = Sentence(" dan ", " and ")


def quota_of(quota: Quota, language: Language) -> str:
    """A quota as people say it: `100.000 setiap bulan`."""
    return f"{language.number(quota.count)} {PERIODS[quota.period].said(language)}"
