"""What the console says, in Indonesian, which governs, and in English. No sentence is built from parts."""

from typing import Final

from gateway.vocabulary import Sentence

WORDS: Final[dict[str, Sentence]] = {
    # ── frame ──
    "console": Sentence("Ruang tinjau", "Review console"),
    "skip": Sentence("Langsung ke isi", "Skip to content"),
    "other language": Sentence("English", "Bahasa Indonesia"),
    "today": Sentence("Hari ini", "Today"),
    "policy": Sentence("Kebijakan", "Policy"),
    "decisions": Sentence("Keputusan", "Decisions"),
    "operators": Sentence("Operator", "Operators"),
    "licenses": Sentence("Lisensi", "Licenses"),
    "letter": Sentence("Surat", "Letter"),
    "accounts": Sentence("Akun", "Accounts"),
    "sign out": Sentence("Keluar", "Sign out"),
    "search": Sentence("Cari kode, operator, alamat halaman …", "Find a code, an operator, a page …"),
    "search label": Sentence("Cari", "Search"),
    "keys": Sentence("/ cari · j k pindah · Enter buka", "/ search · j k move · Enter open"),
    "foot": Sentence(
        "Yang ditampilkan dibaca dari jurnal; setiap tinjauan atas data orang ikut tercatat.",
        "What is shown is read from the journal; each look at personal data is itself recorded.",
    ),
    # ── access ──
    "sign in": Sentence("Masuk", "Sign in"),
    "sign in lead": Sentence("Ruang tinjau catatan audit.", "The review console of the audit log."),
    "name": Sentence("Nama", "Name"),
    "password": Sentence("Kata sandi", "Password"),
    "new password": Sentence("Kata sandi baru", "New password"),
    "password hint": Sentence(
        "Sedikitnya 12 karakter; beberapa kata acak lebih baik daripada satu kata sulit.",
        "At least 12 characters; a few random words beat one difficult word.",
    ),
    "first": Sentence("Akun pertama", "The first account"),
    "first lead": Sentence(
        "Tautan ini membuat akun pengelola yang pertama, dan sesudahnya tidak berlaku lagi.",
        "This link makes the first administrator's account, and is then used up.",
    ),
    "make account": Sentence("Buat akun", "Make account"),
    "accounts lead": Sentence(
        "Siapa yang boleh melihat catatan audit. Perubahan di sini ikut tercatat dalam jurnal.",
        "Who may look at the audit log. Changes made here are recorded in the journal.",
    ),
    "role": Sentence("Peran", "Role"),
    "role reader": Sentence("peninjau", "reader"),
    "role admin": Sentence("pengelola", "administrator"),
    "add": Sentence("Tambah akun", "Add an account"),
    "remove": Sentence("Hapus", "Remove"),
    "change password": Sentence("Ganti kata sandi", "Change password"),
    "end sessions": Sentence("Akhiri semua sesinya", "End all its sessions"),
    "sessions": Sentence("Sesi terbuka", "Open sessions"),
    "since": Sentence("Sejak", "Since"),
    "until": Sentence("Sampai", "Until"),
    "you": Sentence("Anda", "you"),
    "wrong": Sentence("Nama atau kata sandi keliru.", "Name or password is wrong."),
    "wrong password": Sentence("Kata sandi lama keliru.", "The old password is wrong."),
    "too many failures": Sentence(
        "Terlalu banyak percobaan yang gagal. Coba lagi seperempat jam lagi.",
        "Too many failed attempts. Try again in a quarter of an hour.",
    ),
    "bad name": Sentence(
        "Nama terdiri atas 1 sampai 64 karakter, tanpa spasi di tepi.",
        "A name has 1 to 64 characters, no spaces at its ends.",
    ),
    "name taken": Sentence("Nama itu sudah dipakai.", "That name is taken."),
    "short password": Sentence(
        "Kata sandi sedikitnya 12 karakter.", "A password has at least 12 characters."
    ),
    "long password": Sentence(
        "Kata sandi paling banyak 200 karakter.", "A password has at most 200 characters."
    ),
    "last admin": Sentence(
        "Pengelola terakhir tidak dapat dihapus.", "The last administrator cannot be removed."
    ),
    "link over": Sentence(
        "Tautan ini tidak berlaku lagi. Mulai ulang ruang tinjau untuk mendapat tautan baru, atau masuk dengan akun Anda.",
        "This link does not hold any more. Restart the console to get a new one, or sign in with your account.",
    ),
    "old password": Sentence("Kata sandi lama", "Old password"),
    # ── what goes wrong ──
    "error": Sentence("Tidak dapat ditampilkan", "This cannot be shown"),
    "not found": Sentence("Halaman ini tidak ada.", "There is no such page."),
    "no entry": Sentence(
        "Tidak ada catatan dengan kode itu di jurnal ini. Kode terdiri atas 8 karakter, nomor keputusan 26.",
        "No entry of this journal has that code. A code has 8 characters, a decision's id 26.",
    ),
    "no text": Sentence("Teks itu tidak ada di jurnal ini.", "That text is not in this journal."),
    "admins only": Sentence("Halaman ini untuk pengelola.", "This page is for administrators."),
    "not recorded": Sentence(
        "Tinjauan atas data orang harus tercatat dalam jurnal, dan itu tidak dapat dilakukan sekarang.",
        "A look at personal data must be recorded in the journal, and that is not possible now.",
    ),
    "came back": Sentence("Kembali setelah ditolak", "Came back after a refusal"),
    "came back to": Sentence(
        "{again} dari {closed} halaman yang ditolak diminta lagi.",
        "{again} of {closed} pages that were refused were asked for again.",
    ),
    "letter being made": Sentence(
        "Surat bulan ini sedang dihitung; halaman ini melihat lagi dengan sendirinya.",
        "The letter of this month is being computed; this page looks again by itself.",
    ),
    "letter more": Sentence("dan {count} baris lagi", "and {count} more rows"),
    "letter seen": Sentence("Berapa yang terlihat", "How much was seen"),
    "csv": Sentence("Unduh CSV", "Download CSV"),
    "not ready": Sentence(
        "Jurnal sedang dibaca ke dalam indeks: {share}. Halaman ini memuat ulang sendiri.",
        "The journal is being read into the index: {share}. This page reloads by itself.",
    ),
    "no policy": Sentence(
        "Folder kebijakan tidak dapat dibaca. `izin check` mengatakan apa yang keliru.",
        "The policy's folder cannot be read. `izin check` says what is wrong.",
    ),
    "failed": Sentence(
        "Ada yang gagal di ruang tinjau. Gerbang tidak terpengaruh; log ruang tinjau mengatakan apa.",
        "Something failed in the console. The gateway is not affected; the console's log says what.",
    ),
    "not proved": Sentence("Bukti belum dapat dibuat.", "The proof cannot be made yet."),
    # ── decisions ──
    "verdict": Sentence("Putusan", "Verdict"),
    "verdict allow": Sentence("dilayani", "served"),
    "verdict license": Sentence("perlu lisensi", "license required"),
    "verdict deny": Sentence("ditolak", "refused"),
    "observed": Sentence("hanya diamati", "only observed"),
    "time": Sentence("Waktu", "Time"),
    "who": Sentence("Siapa", "Who"),
    "purpose": Sentence("Keperluan", "Purpose"),
    "rule": Sentence("Aturan", "Rule"),
    "page": Sentence("Halaman", "Page"),
    "code": Sentence("Kode", "Code"),
    "kind people": Sentence("Pembaca", "Readers"),
    "kind agents": Sentence("Perayap", "Crawlers"),
    "kind tools": Sentence("Perkakas", "Tools"),
    "kind impostors": Sentence("Peniru", "Impostors"),
    "kind": Sentence("Jenis", "Kind"),
    "operator": Sentence("Operator", "Operator"),
    "agent": Sentence("Agen", "Agent"),
    "license": Sentence("Lisensi", "License"),
    "address": Sentence("Alamat", "Address"),
    "path": Sentence("Halaman", "Page"),
    "any": Sentence("semua", "any"),
    "apply": Sentence("Saring", "Filter"),
    "filters": Sentence("Saringan", "Filters"),
    "remove filter": Sentence("Lepas saringan {what}", "Remove the filter {what}"),
    "clear": Sentence("lepas semua", "remove all"),
    "from": Sentence("Dari", "From"),
    "period": Sentence("Kurun", "Period"),
    "ago 1h": Sentence("1 jam", "1 hour"),
    "ago 24h": Sentence("24 jam", "24 hours"),
    "ago 7d": Sentence("7 hari", "7 days"),
    "ago 30d": Sentence("30 hari", "30 days"),
    "violations": Sentence("pelanggaran saja", "violations only"),
    "violation": Sentence("pelanggaran", "violation"),
    "readers minute": Sentence("{n} permintaan pembaca", "{n} requests of readers"),
    "reader minute": Sentence("1 permintaan pembaca", "1 request of a reader"),
    "open": Sentence("buka", "open"),
    "older": Sentence("Lebih lama", "Older"),
    "newest": Sentence("Ke yang terbaru", "To the newest"),
    "live": Sentence("Daftar ini memperbarui diri.", "This list keeps itself up to date."),
    "lead all": Sentence("Keputusan terbaru, yang paling baru di atas.", "Decisions, newest first."),
    "lead filtered": Sentence(
        "Keputusan yang cocok dengan saringan, yang paling baru di atas.",
        "Decisions that match the filters, newest first.",
    ),
    "none": Sentence("Belum ada keputusan.", "No decision yet."),
    "none match": Sentence("Tidak ada keputusan yang cocok.", "No decision matches."),
    "bad filter": Sentence(
        "`{value}` tidak dapat dibaca sebagai {name}.", "`{value}` cannot be read as {name}."
    ),
    "nothing found": Sentence(
        "Tidak ada yang cocok dengan `{what}`. Yang dapat dicari: kode 8 karakter, operator, agen, aturan, lisensi, "
        "alamat IP, atau halaman yang diawali /.",
        "Nothing matches `{what}`. You can find codes of 8 characters, operators, agents, rules, licenses, IP addresses, "
        "and pages that begin with /.",
    ),
    "unreadable": Sentence("catatan ini tidak terbaca lagi", "this entry can no longer be read"),
    # ── one decision ──
    "decision": Sentence("Keputusan", "Decision"),
    "event": Sentence("Peristiwa", "Event"),
    "headline allow": Sentence("{who} dilayani", "{who} was served"),
    "headline deny": Sentence("{who} ditolak", "{who} was refused"),
    "headline license": Sentence("{who} diminta berlisensi", "{who} was asked for a license"),
    "question who": Sentence("Siapa, dan dari mana kita tahu?", "Who was it, and how do we know?"),
    "question rule": Sentence("Aturan mana, dan mengapa?", "Which rule, and why?"),
    "question terms": Sentence("Ketentuan mana yang berlaku?", "Which terms were in force?"),
    "question wire": Sentence("Apa yang terjadi di jalur?", "What happened on the wire?"),
    "texts": Sentence("Naskah pada saat itu", "The texts of that moment"),
    "notice": Sentence("Pernyataan hak", "Notice"),
    "proof": Sentence("Bukti", "Proof"),
    "proof lead": Sentence(
        "Satu berkas yang membuktikan catatan ini kepada pihak lain: catatan aslinya, jalan ke meterai jurnal, dan naskah "
        "yang berlaku. Diperiksa dengan docs/izin-verify.py dan kunci publik.",
        "One file that proves this entry to others: the entry itself, the way to the seal of the journal, and the texts in "
        "force. docs/izin-verify.py checks it with the public key.",
    ),
    "download proof": Sentence("Unduh bukti", "Download the proof"),
    "raw": Sentence("Catatan lengkap (JSON)", "The whole entry (JSON)"),
    "same operator": Sentence("Semua dari {operator}", "Everything of {operator}"),
    "same rule": Sentence("Semua menurut aturan {rule}", "Everything under the rule {rule}"),
    "text": Sentence("Naskah", "Text"),
    "digest": Sentence("Sidik", "Digest"),
    "several": Sentence("Beberapa catatan memiliki kode itu.", "Several entries have that code."),
    # ── today ──
    "today lead": Sentence(
        "Dalam {period} terakhir {n} permintaan ditolak, {share} di antaranya dari lima operator teratas.",
        "In the last {period} {n} requests were refused, {share} of them from the first five operators.",
    ),
    "today none refused": Sentence(
        "Dalam {period} terakhir tidak ada yang ditolak; {n} permintaan dilayani.",
        "In the last {period} nobody was refused; {n} requests were served.",
    ),
    "today nothing": Sentence(
        "Dalam {period} terakhir belum ada permintaan.", "There was no request in the last {period}."
    ),
    "plot": Sentence(
        "Permintaan per jam, dilayani dan ditolak; angkanya ada dalam tabel di bawah.",
        "Requests by the hour, served and refused; the table below has the numbers.",
    ),
    "as table": Sentence("Sebagai tabel", "As a table"),
    "series people": Sentence("pembaca dilayani", "readers served"),
    "series welcome": Sentence("tamu dilayani", "welcome clients served"),
    "series ai served": Sentence("AI dilayani", "AI served"),
    "series ai refused": Sentence("AI ditolak", "AI refused"),
    "welcome refused": Sentence("Tamu yang ditolak", "Welcome clients refused"),
    "welcome refused none": Sentence(
        "pembaca, mesin pencari, umpan, pratinjau, iklan, dan arsip ditolak: begitulah seharusnya.",
        "readers, search engines, feeds, previews, ads and archives were refused: as it should be.",
    ),
    "welcome refused some": Sentence(
        "Ada yang seharusnya dilayani tetapi ditolak. Periksa aturannya.",
        "Some who should be served were refused. Look at the rule.",
    ),
    "new": Sentence("Yang baru", "What is new"),
    "new agent": Sentence("Belum pernah terlihat", "Never seen before"),
    "more agents": Sentence("dan {n} lagi", "and {n} more"),
    "spike": Sentence("Lonjakan: {n} ditolak, sebelumnya {then}", "A spike: {n} refused, {then} before"),
    "impostor": Sentence("{n} permintaan peniru", "{n} requests of impostors"),
    "case": Sentence("Seorang pembaca mengambil {n} artikel sehari", "A reader took {n} articles in a day"),
    "nothing new": Sentence("Tidak ada yang baru.", "Nothing new."),
    "health": Sentence("Keadaan", "Health"),
    "well": Sentence("baik", "well"),
    "unwell": Sentence("perlu perhatian", "needs attention"),
    "health gateway": Sentence("Gerbang berjalan", "The gateway runs"),
    "health gateway not": Sentence("Gerbang tidak berjalan", "The gateway does not run"),
    "health journal": Sentence("Jurnal ditulis", "The journal is written"),
    "health journal not": Sentence(
        "Jurnal tidak ditulis sebagaimana mestinya", "The journal is not written as it should be"
    ),
    "health seal": Sentence("Jurnal bermeterai", "The journal is sealed"),
    "health seal not": Sentence("Catatan terbaru belum bermeterai", "The newest entries are not sealed"),
    "health policy": Sentence("Kebijakan dapat dimuat", "The policy loads"),
    "health policy not": Sentence(
        "Kebijakan yang diubah tidak dapat dimuat", "The changed policy does not load"
    ),
    "health licenses": Sentence("Tidak ada lisensi yang segera berakhir", "No license is about to end"),
    "health licenses not": Sentence("Lisensi yang segera berakhir", "Licenses about to end"),
    "health warning not": Sentence("Gerbang memperingatkan", "The gateway warns"),
    "refused operators": Sentence("Paling banyak ditolak", "Most refused"),
    "refused": Sentence("ditolak", "refused"),
    "served": Sentence("dilayani", "served"),
    "violations count": Sentence("pelanggaran", "violations"),
    "by purpose": Sentence("Menurut keperluan", "By purpose"),
    # ── operators ──
    "operators lead": Sentence(
        "Perusahaan di balik para perayap, yang paling banyak ditolak di atas.",
        "The companies behind the crawlers, the most refused first.",
    ),
    "no operators": Sentence("Belum ada perayap dalam kurun ini.", "No crawler in this period yet."),
    "no operator": Sentence(
        "Jurnal ini tidak mengenal operator itu.", "This journal does not know that operator."
    ),
    "readers sent": Sentence("pembaca dikirim balik", "readers sent back"),
    "operator lead": Sentence(
        "Dalam {period} terakhir {refused} permintaannya ditolak, {violations} di antaranya pelanggaran; {served} dilayani.",
        "In the last {period} {refused} of its requests were refused, {violations} of them violations; {served} were served.",
    ),
    "first seen": Sentence("Pertama terlihat", "First seen"),
    "last seen": Sentence("Terakhir terlihat", "Last seen"),
    "most wanted": Sentence("Paling dicari", "Most wanted"),
    "requests": Sentence("permintaan", "requests"),
    "trend": Sentence("Hari demi hari", "Day by day"),
    "day": Sentence("Hari", "Day"),
    # ── policy ──
    "policy lead": Sentence(
        "Kebijakan yang berlaku, dibacakan dari foldernya; di sini tidak ada yang diubah.",
        "The policy in force, read aloud from its folder; nothing is changed here.",
    ),
    "in words": Sentence("Dengan kata-kata biasa", "In plain words"),
    "mode enforce": Sentence("Menegakkan", "Enforcing"),
    "mode observe": Sentence("Hanya mengamati", "Only observing"),
    "ordered": Sentence("atas perintah", "by order"),
    "ordered until": Sentence("atas perintah, sampai {until}", "by order, until {until}"),
    "brake": Sentence("Rem darurat", "Emergency brake"),
    "brake lead": Sentence(
        "Berlaku seketika di semua situs, mendahului mode dalam kebijakan, dan tercatat dalam jurnal atas nama Anda.",
        "Takes effect at once on all hosts, outranks the policy's mode, and is recorded in the journal in your name.",
    ),
    "brake waits": Sentence(
        "Gerbang tidak berjalan; perintah ini berlaku saat ia berjalan lagi.",
        "The gateway does not run; the order takes effect when it runs again.",
    ),
    "brake mode": Sentence("Perintah", "Order"),
    "order observe": Sentence("Hanya mengamati: tidak menolak siapa pun", "Only observe: refuse nobody"),
    "order enforce": Sentence("Menegakkan putusan", "Enforce verdicts"),
    "order policy": Sentence("Kembali ke mode kebijakan", "Back to the policy's mode"),
    "brake for": Sentence("Selama", "For"),
    "hold 15m": Sentence("15 menit", "15 minutes"),
    "hold 1h": Sentence("1 jam", "1 hour"),
    "hold 4h": Sentence("4 jam", "4 hours"),
    "hold ": Sentence("sampai dicabut", "until withdrawn"),
    "brake sure": Sentence("Saya yakin", "I am sure"),
    "brake go": Sentence("Beri perintah", "Give the order"),
    "not sure": Sentence(
        "Perintah itu tidak lengkap. Pilih perintah dan lamanya, lalu nyatakan bahwa Anda yakin.",
        "That order is not complete. Choose what and for how long, and say that you are sure.",
    ),
    "try": Sentence("Coba sebuah permintaan", "Try a request"),
    "try go": Sentence("Apa putusannya?", "What is the verdict?"),
    "why": Sentence("Alasan", "Reasons"),
    "changes": Sentence("Yang mengubahnya", "What would change it"),
    "no rule": Sentence("tidak ada aturan yang kena", "no rule applies"),
    "statements": Sentence("Pernyataan yang diterbitkan", "What is published"),
    "statements lead": Sentence(
        "Ketentuan yang sama dalam setiap format yang dibaca mesin, dan apa yang tidak dapat dikatakan masing-masing. "
        "Robots.txt milik situs asal digabungkan saat diterbitkan dan tidak ditampilkan di sini.",
        "The same terms in each format that machines read, and what each cannot say. The origin's own robots.txt is merged "
        "in when it is published, and not shown here.",
    ),
    "history": Sentence("Riwayat ketentuan", "History of the terms"),
    "history lead": Sentence(
        "Ketentuan yang pernah berlaku menurut jurnal, yang terbaru di atas, dan apa yang berubah dari yang sebelumnya.",
        "The terms that were in force, as the journal tells, newest first, and what changed from those before.",
    ),
    "history none": Sentence(
        "Jurnal ini belum mengenal ketentuan apa pun.", "This journal knows no terms yet."
    ),
    "in force": Sentence("masih berlaku", "in force"),
    "change": Sentence("Perubahan", "Change"),
    "change first": Sentence("yang pertama", "the first"),
    "change none": Sentence("Tidak ada yang diterbitkan berbeda.", "Nothing is published differently."),
    "change see": Sentence("lihat perubahannya", "see what changed"),
    "cannot say": Sentence("Yang tidak dapat dikatakan format ini:", "What this format cannot say:"),
    "says nothing": Sentence("Tidak ada yang perlu dikatakan.", "Nothing to say."),
    # ── licenses ──
    "licenses lead": Sentence(
        "Izin tertulis yang ada: kontraknya adalah kebijakan.",
        "The written permissions: the contract is the policy.",
    ),
    "no licenses": Sentence("Belum ada lisensi.", "No license yet."),
    "no license": Sentence("Kebijakan tidak memuat lisensi itu.", "The policy has no such license."),
    "state": Sentence("Keadaan", "State"),
    "state runs": Sentence("berlaku", "in force"),
    "state waits": Sentence("belum mulai", "not begun"),
    "state over": Sentence("berakhir", "ended"),
    "last day": Sentence("hari terakhir", "last day"),
    "days left": Sentence("{n} hari lagi", "{n} days left"),
    "used": Sentence("dipakai", "used"),
    "used since": Sentence("Dipakai sejak {day}", "Used since {day}"),
    "used hint": Sentence(
        "Permintaan yang dilayani; pernyataan pemakaian yang persis dibuat dengan `izin license usage POLICY {id}`.",
        "Requests that were served; `izin license usage POLICY {id}` makes the exact statement of use.",
    ),
    "quota": Sentence("kuota", "quota"),
    "same license": Sentence("Semua menurut lisensi ini", "Everything under this license"),
    # ── case file ──
    "case file": Sentence("Berkas perkara", "Case file"),
    "case lead": Sentence(
        "Semua permintaan {operator} dalam satu kurun, dengan ketentuan yang berlaku dan buktinya, dalam satu berkas.",
        "All requests of {operator} in a period, with the terms in force and their proofs, in one file.",
    ),
    "until day": Sentence("Sampai dengan", "Until and with"),
    "download": Sentence("Unduh", "Download"),
}
