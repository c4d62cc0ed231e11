"""Every sentence that a page or a problem document says by itself, in Indonesian and English.

Whole sentences, never built from parts. The Indonesian text governs. Reasons have their sentences in
`gateway.reasons`, kinds and purposes their names in `gateway.names`, and the notice is the rights holder's own.
"""

from typing import Final, NamedTuple

from gateway.vocabulary import Reason, Sentence


class Message(NamedTuple):
    """What one answer says: the window's title, the headline, and what happened in a sentence or two."""

    title: Sentence
    headline: Sentence
    detail: Sentence


#: A refusal to somebody who collects for AI.
AI_DENIED: Final = Message(
    Sentence("Pengambilan untuk AI memerlukan izin tertulis", "Collection for AI needs written permission"),
    Sentence(
        "Halaman ini tidak dibuka untuk pengambilan otomatis oleh AI.",
        "This page is not open to automatic collection by AI.",
    ),
    Sentence(
        "Pengambilan untuk AI di situs ini memerlukan izin tertulis, dan izin itu tidak ditemukan untuk permintaan ini.",
        "Collection for AI on this site needs written permission, and none was found for this request.",
    ),
)

#: A refusal to somebody whose claim was proved false. It gives no hint how to pass.
IMPOSTOR_DENIED: Final = Message(
    Sentence("Permintaan ini tidak dilayani", "This request is not served"),
    Sentence(
        "Halaman ini tidak dibuka untuk permintaan ini.",
        "This page is not open to this request.",
    ),
    Sentence(
        "Permintaan ini memakai nama yang terbantah oleh data resmi pemilik nama itu.",
        "This request uses a name that is contradicted by the published data of the name's owner.",
    ),
)

#: A refusal to anybody else: a rule of the policy, or an order of the operator.
DENIED: Final = Message(
    Sentence("Permintaan ini tidak dibuka", "This request is not open"),
    Sentence(
        "Halaman ini tidak dibuka untuk permintaan ini.",
        "This page is not open to this request.",
    ),
    Sentence(
        "Kebijakan akses situs ini menutup halaman ini bagi klien yang mengirim permintaan ini.",
        "The access policy of this site closes this page to the client that sent this request.",
    ),
)

LICENSE_NEEDED: Final = Message(
    Sentence("Diperlukan lisensi", "A license is needed"),
    Sentence("Diperlukan lisensi untuk halaman ini.", "A license is needed for this page."),
    Sentence(
        "Penggunaan ini memerlukan lisensi, dan lisensi ditawarkan. Mintalah kepada pemegang hak.",
        "This use needs a license, and one is on offer. Please ask the rights holder.",
    ),
)

#: Refusals to somebody who showed permission that does not do, by status.
PERMISSION: Final[dict[int, Message]] = {
    401: Message(
        Sentence("Bukti lisensi tidak diterima", "The proof of the license is not accepted"),
        Sentence(
            "Bukti lisensi pada permintaan ini tidak diterima.",
            "The proof of the license in this request is not accepted.",
        ),
        Sentence(
            "Halaman ini memerlukan izin tertulis, dan bukti lisensi yang ditunjukkan tidak berlaku. Alasannya disebut di bawah.",
            "This page needs written permission, and the proof of the license that was shown is not valid. The reason is "
            "given below.",
        ),
    ),
    403: Message(
        Sentence("Di luar cakupan lisensi", "Outside the license"),
        Sentence("Lisensi ini tidak mencakup permintaan ini.", "The license does not cover this request."),
        Sentence(
            "Lisensinya diterima, tetapi halaman atau penggunaan ini berada di luar cakupannya. Kontrak menyebut apa yang "
            "tercakup.",
            "The license is accepted, but this page or this use lies outside of it. The contract says what it covers.",
        ),
    ),
    503: Message(
        Sentence("Lisensi sedang tidak dapat diperiksa", "The license cannot be checked for the moment"),
        Sentence(
            "Bukti lisensi untuk sementara tidak dapat diperiksa.",
            "The proof of the license cannot be checked for the moment.",
        ),
        Sentence(
            "Halaman ini memerlukan izin tertulis, dan bukti lisensi sedang tidak dapat diperiksa. Silakan coba lagi nanti.",
            "This page needs written permission, and the proof of the license cannot be checked at the moment. Please try "
            "again later.",
        ),
    ),
}

#: A page that a legal order closes; `{by}` is the authority.
LEGAL: Final = Message(
    Sentence("Ditutup atas perintah hukum", "Closed by legal order"),
    Sentence("Halaman ini ditutup atas perintah hukum.", "This page is closed by legal order."),
    Sentence(
        "Halaman ini tidak dapat ditampilkan karena perintah {by}. Situs ini menjalankan perintah itu; penutupan ini bukan "
        "keputusan redaksi.",
        "This page cannot be shown, by order of {by}. The site carries out that order; closing the page was not decided "
        "by its editors.",
    ),
)

#: A refusal to a licensee whose quota is used up.
QUOTA_USED: Final = Message(
    Sentence("Kuota habis", "Quota used up"),
    Sentence("Kuota lisensi untuk masa ini sudah habis.", "The license's quota for this period is used up."),
    Sentence(
        "Lisensi Anda mencakup halaman ini, tetapi jumlah permintaan yang disepakati untuk masa ini sudah terpakai. "
        "Permintaan ini tidak diteruskan; Retry-After menyebut kapan masa berikutnya dimulai.",
        "Your license covers this page, but the number of requests agreed for this period has been used. This one was not "
        "passed on; Retry-After says when the next period begins.",
    ),
)

#: A refusal to somebody who is let in, but came too fast.
TOO_FAST: Final = Message(
    Sentence("Terlalu banyak permintaan", "Too many requests"),
    Sentence(
        "Permintaan datang terlalu cepat. Silakan coba lagi sebentar lagi.",
        "Requests came too fast. Please try again shortly.",
    ),
    Sentence(
        "Halaman ini terbuka bagi Anda, tetapi permintaan datang lebih cepat daripada laju yang dibolehkan. "
        "Permintaan ini tidak diteruskan; Retry-After menyebut kapan yang berikutnya dilayani.",
        "This page is open to you, but requests came faster than the rate that is allowed. This one was not passed on; "
        "Retry-After says when the next one will be served.",
    ),
)

#: What is said to whoever makes way because the site is busy (`gateway.shedding`), or whose requests cannot be counted, by the
#: deciding reason.
BUSY: Final[dict[Reason, Message]] = {
    Reason.SHARED_STATE_UNAVAILABLE: Message(
        Sentence("Kuota sedang tidak dapat dihitung", "The quota cannot be counted for the moment"),
        Sentence(
            "Pemakaian kuota lisensi untuk sementara tidak dapat dihitung. Silakan coba lagi sebentar lagi.",
            "The use of the license's quota cannot be counted for the moment. Please try again shortly.",
        ),
        Sentence(
            "Lisensi Anda mencakup halaman ini, tetapi hitungan kuotanya sedang tidak dapat dijangkau. Permintaan ini tidak "
            "diteruskan dan tidak mengurangi kuota Anda.",
            "Your license covers this page, but the count of its quota cannot be reached at the moment. This request was not "
            "passed on and takes nothing from your quota.",
        ),
    ),
    Reason.ORIGIN_BUSY: Message(
        Sentence("Situs sedang sibuk", "The site is busy"),
        Sentence(
            "Situs ini sedang sibuk. Silakan coba lagi sebentar lagi.",
            "This site is busy. Please try again shortly.",
        ),
        Sentence(
            "Halaman ini tidak tertutup bagi Anda, tetapi situs sedang melayani sebanyak yang sanggup dilayaninya, dan "
            "pembaca serta mesin pencari didahulukan. Permintaan ini tidak diteruskan.",
            "This page is not closed to you, but the site is serving as much as it can, and readers and search engines come "
            "first. This request was not passed on.",
        ),
    ),
    Reason.ADDRESS_BUSY: Message(
        Sentence("Terlalu banyak permintaan sekaligus", "Too many requests at once"),
        Sentence(
            "Terlalu banyak permintaan dari alamat ini sedang dilayani.",
            "Too many requests from this address are being served.",
        ),
        Sentence(
            "Halaman ini tidak tertutup bagi Anda, tetapi permintaan dari satu alamat hanya dilayani sekian banyak sekaligus. "
            "Tunggulah jawaban atas permintaan terdahulu sebelum mengirim yang berikutnya.",
            "This page is not closed to you, but only so many requests of one address are served at once. Wait for the answers "
            "to earlier ones before you send the next.",
        ),
    ),
}

#: Answers that no policy gives, by status.
BY_STATUS: Final[dict[int, Message]] = {
    400: Message(
        Sentence("Permintaan tidak terbaca", "The request cannot be read"),
        Sentence("Permintaan ini tidak dapat dibaca.", "This request cannot be read."),
        Sentence(
            "Permintaan ini tidak tersusun menurut aturan HTTP. Periksa alamatnya, lalu coba lagi.",
            "This request is not written as HTTP requires. Check the address and try again.",
        ),
    ),
    408: Message(
        Sentence("Permintaan terlalu lama", "The request took too long"),
        Sentence("Permintaan ini tidak selesai pada waktunya.", "This request did not arrive in time."),
        Sentence(
            "Permintaan tidak selesai dikirim dalam batas waktu. Silakan coba lagi.",
            "The request was not sent completely within the time limit. Please try again.",
        ),
    ),
    414: Message(
        Sentence("Alamat terlalu panjang", "The address is too long"),
        Sentence("Alamat yang diminta terlalu panjang.", "The address asked for is too long."),
        Sentence(
            "Alamat halaman melebihi batas. Buka halaman dari beranda situs.",
            "The address is over the limit. Open the page from the front page of the site.",
        ),
    ),
    421: Message(
        Sentence("Situs tidak dilayani di sini", "This site is not served here"),
        Sentence("Situs yang diminta tidak dilayani di sini.", "The site asked for is not served here."),
        Sentence(
            "Peladen ini tidak melayani nama situs yang disebut dalam permintaan. Periksa alamatnya.",
            "This server does not serve the host named in the request. Check the address.",
        ),
    ),
    431: Message(
        Sentence("Kepala permintaan terlalu besar", "The request head is too large"),
        Sentence("Kepala permintaan ini terlalu besar.", "The head of this request is too large."),
        Sentence(
            "Kepala permintaan melebihi batas. Pada peramban, menghapus kuki situs ini biasanya menolong.",
            "The head of the request is over the limit. In a browser, deleting this site's cookies usually helps.",
        ),
    ),
    501: Message(
        Sentence("Pengodean tidak didukung", "The coding is not supported"),
        Sentence(
            "Cara pengiriman permintaan ini tidak didukung.",
            "The way this request was sent is not supported.",
        ),
        Sentence(
            "Tidak ada pengodean pengiriman selain chunked yang didukung.",
            "No transfer coding other than chunked is supported.",
        ),
    ),
    502: Message(
        Sentence("Situs asal tidak menjawab", "The site did not answer"),
        Sentence("Situs ini sedang tidak dapat dihubungi.", "This site cannot be reached at the moment."),
        Sentence(
            "Permintaan ini tidak ditolak, tetapi situs asal tidak memberi jawaban yang utuh. Silakan coba lagi sebentar lagi.",
            "This request was not refused, but the site itself gave no complete answer. Please try again shortly.",
        ),
    ),
    503: Message(
        Sentence("Untuk sementara tidak dapat dilayani", "Cannot be served for the moment"),
        Sentence(
            "Permintaan ini untuk sementara tidak dapat dilayani.",
            "This request cannot be served for the moment.",
        ),
        Sentence(
            "Permintaan seperti ini hanya dijawab bila dapat dicatat, dan catatan audit sedang tidak dapat ditulis. "
            "Silakan coba lagi nanti.",
            "A request of this kind is answered only if it can be recorded, and the audit log cannot be written at the "
            "moment. Please try again later.",
        ),
    ),
    504: Message(
        Sentence("Situs asal terlalu lama menjawab", "The site took too long to answer"),
        Sentence("Situs ini terlalu lama menjawab.", "This site took too long to answer."),
        Sentence(
            "Permintaan ini tidak ditolak, tetapi situs asal tidak menjawab dalam batas waktu. Silakan coba lagi sebentar lagi.",
            "This request was not refused, but the site itself did not answer within the time limit. Please try again "
            "shortly.",
        ),
    ),
}

#: The page that tells a client what it is taken for.
WHOAMI: Final = Message(
    Sentence("Siapa Anda bagi situs ini", "Who you are to this site"),
    Sentence("Beginilah permintaan Anda dikenali.", "This is what your request is taken for."),
    Sentence(
        "Halaman ini memuat hasil pemeriksaan gerbang situs ini atas permintaan Anda. Seperti setiap permintaan, "
        "permintaan ini dicatat dalam catatan audit.",
        "This page holds what the gateway of this site found out about your request. Like every request, it is recorded "
        "in the audit log.",
    ),
)

#: Fixed words of the pages.
WORDS: Final[dict[str, Sentence]] = {
    "translation": Sentence(
        "Terjemahan; teks Indonesia yang berlaku.", "(Translation; the Indonesian text governs.)"
    ),
    "client": Sentence("Dikenali sebagai", "Taken for"),
    "address": Sentence("Alamat", "Address"),
    "checks": Sentence("Pemeriksaan", "Checks"),
    "proofs": Sentence("Bukti yang diterima", "What would prove it"),
    "verdict": Sentence("Putusan", "Verdict"),
    "rates": Sentence("Laju", "Rates"),
    "because": Sentence("Alasan", "Why"),
    "rule": Sentence("Aturan", "Rule"),
    "price": Sentence("Harga", "Price"),
    "authority": Sentence("Atas perintah", "Ordered by"),
    "order_number": Sentence("Nomor", "Number"),
    "order_date": Sentence("Tanggal perintah", "Dated"),
    "order_link": Sentence("Baca perintah itu", "Read the order"),
    "order_subject": Sentence("Halaman yang ditutup atas perintah hukum", "A page closed by legal order"),
    "page": Sentence("Halaman", "Page"),
    "decision": Sentence("Kode keputusan", "Decision code"),
    "time": Sentence("Waktu", "Time"),
    "ask": Sentence(
        "Tambahkan ?path=/… pada alamat halaman ini untuk mengetahui putusan atas suatu halaman.",
        "Add ?path=/… to the address of this page to be told what is decided about a page.",
    ),
    "no_page": Sentence(
        "Yang ditulis sesudah ?path= bukan alamat halaman: awali dengan garis miring, dan sebutkan satu saja.",
        "What stands after ?path= is no address of a page: begin with a slash, and name one only.",
    ),
    "next": Sentence("Yang dapat Anda lakukan", "What you can do"),
    "reader": Sentence("Anda pembaca?", "Are you a reader?"),
    "whoami_text": Sentence(
        "Bila Anda dikenali keliru, sampaikan kode keputusan di atas kepada pengelola situs agar dapat diperbaiki.",
        "If you were taken for somebody else, tell the site's operator the decision code above, so that it can be "
        "corrected.",
    ),
    "reader_text": Sentence(
        "Bila benar, ini kekeliruan kami. Sampaikan kode keputusan di atas agar dapat kami perbaiki.",
        "If so, this is our mistake. Tell us the decision code above, so that we can correct it.",
    ),
    "reader_link": Sentence("Laporkan kekeliruan", "Report a mistake"),
    "partner": Sentence("Anda operator atau mitra?", "Are you an operator or a partner?"),
    "partner_text": Sentence(
        "Izin tertulis diminta kepada pemegang hak. Sebutkan nama perayap, tujuan, dan bagian situs yang Anda perlukan.",
        "Written permission is asked of the rights holder. Name your crawler, its purpose and the parts of the site you "
        "need.",
    ),
    "partner_link": Sentence("Minta izin tertulis", "Ask for written permission"),
    "terms_link": Sentence("Baca ketentuan", "Read the terms"),
    "open": Sentence("Mesin pencari, umpan, arsip?", "Search, feeds, archives?"),
    "open_text": Sentence(
        "Apa yang terbuka bagi setiap perayap tertulis di robots.txt, yang selalu dapat dibaca.",
        "What is open to each crawler is written in robots.txt, which can always be read.",
    ),
    "contact_link": Sentence("Hubungi pengelola situs", "Contact the site's operator"),
    "appeal_subject": Sentence("Keliru dikenali sebagai perayap", "Mistaken for a crawler"),
    "permission_subject": Sentence("Permintaan izin tertulis", "Request for written permission"),
    "footer": Sentence(
        "Halaman ini dibuat oleh Izin, gerbang akses situs ini.",
        "This page was made by Izin, the access gateway of this site.",
    ),
}
