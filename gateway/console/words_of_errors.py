"""What the console says where a page cannot be shown: for each key what stands above, and what there is to do."""

from typing import Final

from gateway.vocabulary import Sentence

WORDS_OF_ERRORS: Final[dict[str, Sentence]] = {
    "error kicker": Sentence("Kesalahan {status}", "Error {status}"),
    "wait kicker": Sentence("Sebentar", "One moment"),
    # ── by the status, where a key has no heading of its own ──
    "status 400": Sentence("Permintaan itu tidak terbaca", "That request cannot be read"),
    "status 403": Sentence("Ini di luar peran Anda", "This is beyond your role"),
    "status 404": Sentence("Tidak ada di sini", "It is not here"),
    "status 405": Sentence("Halaman ini hanya dibaca", "This page is only read"),
    "status 409": Sentence("Belum dapat dibuat", "It cannot be made yet"),
    "status 500": Sentence("Ada yang gagal di sini", "Something failed here"),
    "status 503": Sentence("Belum dapat ditampilkan", "This cannot be shown yet"),
    # ── by what happened ──
    "unread": Sentence(
        "Kirimannya bukan formulir yang dikenal halaman ini. Buka lagi halamannya, lalu kirim dari sana.",
        "What was sent is no form that this page knows. Open the page again and send it from there.",
    ),
    "only read": Sentence(
        "Di sini tidak ada yang dikirimi formulir. Buka lagi halamannya.",
        "Nothing here takes a form. Open the page again.",
    ),
    "session over head": Sentence("Sesi Anda sudah berakhir", "Your session has ended"),
    "session over": Sentence(
        "Yang baru Anda kirim belum dijalankan. Masuklah lagi, lalu kirim sekali lagi.",
        "What you sent just now was not done. Sign in again, and send it once more.",
    ),
    "not found head": Sentence("Halaman ini tidak ada", "There is no such page"),
    "not found": Sentence(
        "Alamatnya mungkin salah ketik. Keputusan, operator, dan halaman situs dapat dicari di atas.",
        "The address may be mistyped. Decisions, operators and pages of the site can be searched for above.",
    ),
    "no entry head": Sentence("Tidak ada catatan dengan kode itu", "No entry has that code"),
    "no entry": Sentence(
        "Kode terdiri atas 8 karakter, nomor keputusan 26. Catatan yang masa simpannya lewat tidak dapat dibuka lagi.",
        "A code has 8 characters, a decision's id 26. Entries whose time of keeping is over can no longer be opened.",
    ),
    "no text head": Sentence("Teks itu tidak ada di jurnal ini", "That text is not in this journal"),
    "no text": Sentence(
        "Naskah disimpan selama catatan yang menyebutnya.",
        "A text is kept as long as the entries that name it.",
    ),
    "no operator head": Sentence("Operator itu tidak dikenal", "That operator is not known"),
    "no operator": Sentence(
        "Jurnal ini tidak memuat satu permintaan pun darinya.", "This journal has no request of it."
    ),
    "no license head": Sentence("Lisensi itu tidak ada", "There is no such license"),
    "no license": Sentence(
        "Kebijakan yang berlaku tidak memuatnya.", "The policy in force does not have it."
    ),
    "admins only": Sentence(
        "Ini untuk pengelola. Mintalah kepada salah seorang dari mereka.",
        "This is for administrators. Ask one of them.",
    ),
    "not recorded head": Sentence("Tinjauan ini tidak dapat dicatat", "This look cannot be recorded"),
    "not recorded": Sentence(
        "Tinjauan atas data orang dan setiap perubahan harus tercatat dalam jurnal. Itu tidak dapat dilakukan sekarang, jadi "
        "halamannya tidak dibuka dan tidak ada yang diubah.",
        "Looks at personal data and all changes must be recorded in the journal. That is not possible now, so the page is "
        "not opened and nothing is changed.",
    ),
    "link over head": Sentence("Tautan ini tidak berlaku lagi", "This link does not hold any more"),
    "link over": Sentence(
        "Mulai ulang ruang tinjau untuk mendapat tautan baru, atau masuk dengan akun Anda.",
        "Restart the console to get a new one, or sign in with your account.",
    ),
    "not proved head": Sentence("Bukti belum dapat dibuat", "The proof cannot be made yet"),
    "not proved": Sentence(
        "Sesudah jurnal bermeterai, bukti dapat dibuat. Coba lagi sebentar lagi.",
        "It can be made once the journal is sealed. Try again in a moment.",
    ),
    "not ready head": Sentence("Jurnal sedang dibaca", "The journal is being read"),
    "not ready": Sentence(
        "Indeksnya sedang dibuat dari jurnal. Halaman ini membuka sendiri begitu selesai.",
        "The index is being made from the journal. This page opens by itself when it is done.",
    ),
    "letter being made head": Sentence("Surat sedang dihitung", "The letter is being computed"),
    "letter being made": Sentence(
        "Semua penolakan bulan itu dihitung satu per satu. Halaman ini membuka sendiri begitu selesai.",
        "All refusals of the month are counted one by one. This page opens by itself when it is done.",
    ),
    "failed": Sentence(
        "Gerbang tidak terpengaruh dan terus melayani situs. Log ruang tinjau mengatakan apa yang gagal.",
        "The gateway is not affected and goes on serving the site. The console's log says what failed.",
    ),
}
