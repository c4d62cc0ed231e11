"""What the pages with sums and terms say: Today, operators, policy, licenses, the case file."""

from typing import Final

from gateway.vocabulary import Sentence

WORDS_OF_PAGES: Final[dict[str, Sentence]] = {
    # ── today ──
    "today lead": Sentence(
        "Dalam {period} terakhir {n} permintaan ditolak, {share} di antaranya dari lima operator teratas.",
        "In the last {period} {n} {n:request was/requests were} refused, {share} of them from the first five operators.",
    ),
    "today lead few": Sentence(
        "Dalam {period} terakhir {n} permintaan ditolak.",
        "In the last {period} {n} {n:request was/requests were} refused.",
    ),
    "today none refused": Sentence(
        "Dalam {period} terakhir tidak ada yang ditolak; {n} permintaan dilayani.",
        "In the last {period} nobody was refused; {n} {n:request was/requests were} served.",
    ),
    "today nothing": Sentence(
        "Dalam {period} terakhir belum ada permintaan.", "There was no request in the last {period}."
    ),
    "plot": Sentence(
        "Permintaan per jam, dilayani dan ditolak; angkanya ada dalam tabel di bawah.",
        "Requests by the hour, served and refused; the table below has the numbers.",
    ),
    "plot later": Sentence(
        "Grafiknya muncul sesudah dua jam penuh tercatat.",
        "The plot appears once two whole hours are recorded.",
    ),
    "parts lead": Sentence(
        "Siapa yang mencoba mengambilnya kemarin:", "Who tried to take from them yesterday:"
    ),
    "parts lead today": Sentence(
        "Siapa yang mencoba mengambilnya dalam 24 jam terakhir:",
        "Who tried to take from them in the last 24 hours:",
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
    "impostor": Sentence("{n} permintaan peniru", "{n} {n:request/requests} of impostors"),
    "case": Sentence(
        "Seorang pembaca mengambil {n} artikel sehari", "A reader took {n} {n:article/articles} in a day"
    ),
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
    "readers sent": Sentence("pembaca dikirim balik", "readers sent back"),
    "operator lead": Sentence(
        "Dalam {period} terakhir {refused} permintaannya ditolak, {violations} di antaranya pelanggaran; {served} dilayani.",
        "In the last {period} {refused} of its requests {refused:was/were} refused, {violations} of them {violations:a violation/violations}; {served} {served:was/were} served.",
    ),
    "first seen": Sentence("Pertama terlihat", "First seen"),
    "last seen": Sentence("Terakhir terlihat", "Last seen"),
    "most wanted": Sentence("Paling dicari", "Most wanted"),
    "requests": Sentence("permintaan", "requests"),
    "assurance": Sentence("Keputusan terbaru", "Newest decisions"),
    "trend plot": Sentence(
        "Permintaan per hari, dilayani dan ditolak; angkanya ada dalam tabel di bawah.",
        "Requests by the day, served and refused; the table below has the numbers.",
    ),
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
    "not sure head": Sentence("Perintah itu tidak lengkap", "That order is not complete"),
    "not sure": Sentence(
        "Pilih perintah dan lamanya, lalu nyatakan bahwa Anda yakin. Tidak ada yang berubah.",
        "Choose what and for how long, and say that you are sure. Nothing was changed.",
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
    "no licenses": Sentence(
        "Belum ada lisensi. Satu berkas di folder licenses/ adalah satu izin tertulis; `izin license new` menuliskannya.",
        "No license yet. One file in the folder licenses/ is one written permission; `izin license new` writes it.",
    ),
    "state": Sentence("Keadaan", "State"),
    "state runs": Sentence("berlaku", "in force"),
    "state waits": Sentence("belum mulai", "not begun"),
    "state over": Sentence("berakhir", "ended"),
    "last day": Sentence("hari terakhir", "last day"),
    "days left": Sentence("{n} hari lagi", "{n} {n:day/days} left"),
    "used": Sentence("dipakai", "used"),
    "used since": Sentence("Dipakai sejak {day}", "Used since {day}"),
    "used hint": Sentence(
        "Permintaan yang dilayani; yang terhitung persis ada dalam laporan penggunaan.",
        "Requests that were served; the exact count stands in the statement of use.",
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
