"""What each reason says to people, in both languages."""

from typing import Final

from gateway.vocabulary import Reason, Sentence

#: What each reason says; the Indonesian text governs.
SENTENCES: Final[dict[Reason, Sentence]] = {
    Reason.MALFORMED_TARGET: Sentence(
        "alamat yang diminta tidak tertulis menurut aturan HTTP",
        "the address asked for is not written as HTTP requires",
    ),
    Reason.MALFORMED_HOST: Sentence(
        "nama situs dalam permintaan tidak ada, ganda, atau salah tulis",
        "the request's host name is missing, doubled or badly written",
    ),
    Reason.MALFORMED_MESSAGE: Sentence(
        "permintaan tidak tersusun menurut aturan HTTP",
        "the request is not framed as HTTP requires",
    ),
    Reason.UNSUPPORTED_CODING: Sentence(
        "pengodean pengiriman selain chunked tidak didukung",
        "no transfer coding other than chunked is supported",
    ),
    Reason.HEAD_TOO_LARGE: Sentence(
        "kepala permintaan terlalu besar",
        "the head of the request is too large",
    ),
    Reason.TARGET_TOO_LONG: Sentence(
        "alamat yang diminta terlalu panjang",
        "the address asked for is too long",
    ),
    Reason.HEAD_TOO_SLOW: Sentence(
        "kepala atau isi permintaan tidak selesai dikirim pada waktunya",
        "the request was not sent in time",
    ),
    Reason.HOST_UNKNOWN: Sentence(
        "situs ini tidak disebut dalam kebijakan",
        "no policy names this host",
    ),
    Reason.OWN_DOCUMENT: Sentence(
        "dokumen ketentuan selalu terbuka bagi siapa pun",
        "documents that state the terms are always open to everybody",
    ),
    Reason.OWN_PAGE: Sentence(
        "halaman milik gerbang ini sendiri terbuka bagi siapa pun",
        "pages of this gateway's own are open to everybody",
    ),
    Reason.PASSED_PATH: Sentence(
        "alamat ini selalu diteruskan ke situs asal",
        "this path is always passed to the origin",
    ),
    Reason.CLAIM_BELIEVED: Sentence(
        "dipercaya karena klaim ini tidak memberi keuntungan",
        "believed, since nobody gains by this claim",
    ),
    Reason.CLAIM_UNPROVED: Sentence(
        "klaim belum dibuktikan dan tidak memberi hak khusus",
        "the claim is not proved and gives no privilege",
    ),
    Reason.CLAIM_CHECKABLE: Sentence(
        "klaim ini dapat diperiksa dengan data yang diumumkan operatornya",
        "this claim can be checked by what its operator publishes",
    ),
    Reason.CLAIM_CONTRADICTED: Sentence(
        "klaim terbantah oleh data resmi operatornya",
        "the claim is contradicted by its operator's own data",
    ),
    Reason.AGENT_UNKNOWN: Sentence(
        "perayap yang menyebut dirinya sendiri, belum ada dalam katalog",
        "a crawler that names itself and is not in the catalogue",
    ),
    Reason.NO_CLAIM: Sentence(
        "tidak mengaku sebagai perayap",
        "does not say that it is a crawler",
    ),
    Reason.ADDRESS_PROVES_LICENSE: Sentence(
        "alamatnya tercantum dalam lisensi",
        "its address is named in the license",
    ),
    Reason.ADDRESS_NOT_LICENSED: Sentence(
        "menyebut nama pemegang lisensi, tetapi alamatnya tidak tercantum dalam lisensi",
        "uses a licensee's name, but its address is not named in the license",
    ),
    Reason.CERTIFICATE_PROVES_LICENSE: Sentence(
        "lisensi terbukti: sertifikat kliennya disebut dalam lisensi",
        "the license is proved: it names the client's certificate",
    ),
    Reason.CERTIFICATE_NOT_SHOWN: Sentence(
        "lisensi meminta sertifikat klien, tetapi tidak ada yang ditunjukkan",
        "the license asks for a client certificate, but none was shown",
    ),
    Reason.CERTIFICATE_NOT_LICENSED: Sentence(
        "sertifikat kliennya tidak disebut dalam lisensi mana pun bagi perayap ini",
        "its client certificate is named in no license of this crawler",
    ),
    Reason.CERTIFICATE_UNREADABLE: Sentence(
        "sertifikat kliennya tidak dapat dibaca",
        "its client certificate cannot be read",
    ),
    Reason.CERTIFICATE_EXPIRED: Sentence(
        "masa berlaku sertifikat kliennya sudah lewat",
        "its client certificate has expired",
    ),
    Reason.CERTIFICATE_NOT_YET: Sentence(
        "sertifikat kliennya belum berlaku",
        "its client certificate is not valid yet",
    ),
    Reason.CERTIFICATE_UNCHECKED: Sentence(
        "sertifikat kliennya tidak dapat diperiksa saat itu",
        "its client certificate could not be checked at the time",
    ),
    Reason.ADDRESS_UNCERTAIN: Sentence(
        "alamat pengirim tidak dapat dipastikan",
        "the client's address is not certain",
    ),
    Reason.ADDRESS_PRIVATE: Sentence(
        "alamatnya bukan alamat internet umum, sehingga data operator tidak dapat membenarkan atau membantahnya",
        "its address is not a public one, so its operator's data can neither bear it out nor contradict it",
    ),
    Reason.ADDRESS_PUBLISHED: Sentence(
        "alamatnya tercantum dalam daftar yang diumumkan operatornya",
        "its address is on the list that its operator publishes",
    ),
    Reason.ADDRESS_NOT_PUBLISHED: Sentence(
        "alamatnya tidak tercantum dalam daftar yang diumumkan operatornya",
        "its address is not on the list that its operator publishes",
    ),
    Reason.NAME_CONFIRMS: Sentence(
        "nama DNS alamatnya milik operatornya dan merujuk kembali ke alamat itu",
        "the DNS name of its address is its operator's and leads back to the address",
    ),
    Reason.NAME_NOT_CONFIRMED: Sentence(
        "nama DNS alamatnya seolah milik operatornya, tetapi tidak merujuk kembali ke alamat itu",
        "the DNS name of its address looks like its operator's but does not lead back to the address",
    ),
    Reason.NAME_FOREIGN: Sentence(
        "alamatnya tidak memiliki nama DNS milik operatornya",
        "its address has no DNS name of its operator's",
    ),
    Reason.SIGNATURE_VERIFIED: Sentence(
        "permintaannya ditandatangani dengan kunci milik operatornya",
        "its request is signed with a key of its operator",
    ),
    Reason.SIGNATURE_FOREIGN: Sentence(
        "tanda tangan permintaannya sah, tetapi kuncinya bukan milik operator yang disebutnya",
        "the signature of its request holds, but the key is not that of the operator it names",
    ),
    Reason.SIGNATURE_INVALID: Sentence(
        "tanda tangan permintaannya tidak sah",
        "the signature of its request does not hold",
    ),
    Reason.SIGNATURE_UNVERIFIED: Sentence(
        "tanda tangan permintaannya belum dapat diperiksa, sehingga tidak membenarkan dan tidak membantah",
        "the signature of its request could not be verified, so it neither bears the claim out nor contradicts it",
    ),
    Reason.SIGNATURE_PROVES_LICENSE: Sentence(
        "permintaannya ditandatangani dengan kunci yang disebut dalam lisensi",
        "its request is signed with a key that the license names",
    ),
    Reason.SIGNATURE_NOT_LICENSED: Sentence(
        "menyebut nama pemegang lisensi, tetapi permintaannya tidak ditandatangani dengan kunci yang disebut dalam lisensi",
        "uses a licensee's name, but its request is not signed with a key that the license names",
    ),
    Reason.CHECK_UNAVAILABLE: Sentence(
        "pemeriksaan tidak dapat dilakukan saat itu, sehingga tidak membenarkan dan tidak membantah",
        "the check could not be made at the time, so it neither bears out nor contradicts",
    ),
    Reason.CHECK_SUSPENDED: Sentence(
        "pemeriksaan ditangguhkan karena gagal untuk terlalu banyak klien operator ini sekaligus",
        "the check is suspended, since it failed for too many clients of this operator at once",
    ),
    Reason.ARTICLE_DATED: Sentence(
        "tanggal terbit artikel ini tercantum dalam peta situs",
        "the sitemap tells when this article was published",
    ),
    Reason.ARTICLE_NOT_DATED: Sentence(
        "tanggal terbit halaman ini tidak tercantum dalam peta situs",
        "the sitemap does not tell when this page was published",
    ),
    Reason.TOKEN_PROVES_LICENSE: Sentence(
        "token lisensinya sah",
        "its license token is valid",
    ),
    Reason.TOKEN_NOT_SHOWN: Sentence(
        "menyebut nama pemegang lisensi, tetapi tidak menunjukkan token lisensi",
        "uses a licensee's name, but shows no license token",
    ),
    Reason.TOKEN_TOO_LONG: Sentence(
        "token lisensi terlalu panjang",
        "the license token is too long",
    ),
    Reason.TOKEN_MALFORMED: Sentence(
        "token lisensi tidak terbaca",
        "the license token cannot be read",
    ),
    Reason.TOKEN_UNSIGNED: Sentence(
        "token lisensi tidak ditandatangani dengan cara yang diterima situs ini",
        "the license token is not signed in the way that this site accepts",
    ),
    Reason.TOKEN_FORGED: Sentence(
        "tanda tangan token lisensi tidak cocok dengan isinya",
        "the signature of the license token does not fit what it says",
    ),
    Reason.TOKEN_KEY_UNKNOWN: Sentence(
        "token lisensi ditandatangani dengan kunci yang tidak dikenal atau tidak berlaku lagi",
        "the license token is signed with a key that is not known or no longer counts",
    ),
    Reason.TOKEN_NOT_YET: Sentence(
        "token lisensi belum mulai berlaku",
        "the license token is not valid yet",
    ),
    Reason.TOKEN_EXPIRED: Sentence(
        "masa berlaku token lisensi sudah habis",
        "the license token has expired",
    ),
    Reason.TOKEN_REVOKED: Sentence(
        "token lisensi sudah dicabut",
        "the license token was revoked",
    ),
    Reason.TOKEN_OTHER_SITE: Sentence(
        "token lisensi diterbitkan untuk situs lain",
        "the license token is for another site",
    ),
    Reason.TOKEN_OTHER_AGENT: Sentence(
        "token lisensi diterbitkan untuk perayap lain",
        "the license token is for another crawler",
    ),
    Reason.TOKEN_KEY_NOT_USED: Sentence(
        "token lisensi terikat pada sebuah kunci, dan permintaan ini tidak ditandatangani dengan kunci itu",
        "the license token is bound to a key, and this request is not signed with it",
    ),
    Reason.TOKEN_LICENSE_GONE: Sentence(
        "lisensi yang disebut token itu tidak ada lagi",
        "the license that the token names does not exist any more",
    ),
    Reason.TOKEN_OUT_OF_SCOPE: Sentence(
        "token lisensi tidak mencakup halaman atau penggunaan ini",
        "the license token does not cover this page or this use",
    ),
    Reason.TOKEN_UNCHECKED: Sentence(
        "token lisensi sedang tidak dapat diperiksa",
        "the license token cannot be checked at the moment",
    ),
    Reason.PROOF_INCOMPLETE: Sentence(
        "lisensi itu mensyaratkan bukti lain yang tidak ditunjukkan",
        "the license asks for a further proof, which was not shown",
    ),
    Reason.LICENSE_UNPROVED: Sentence(
        "permintaan ini tidak membuktikan lisensi apa pun",
        "the request proves no license",
    ),
    Reason.LICENSE_COVERS: Sentence(
        "izin tertulis mencakup permintaan ini",
        "written permission covers this request",
    ),
    Reason.LICENSE_NOT_YET: Sentence(
        "izin tertulis belum mulai berlaku",
        "the written permission has not begun yet",
    ),
    Reason.LICENSE_ENDED: Sentence(
        "izin tertulis sudah berakhir",
        "the written permission has ended",
    ),
    Reason.LICENSE_NOT_HERE: Sentence(
        "izin tertulis tidak mencakup halaman ini",
        "the written permission does not cover this page",
    ),
    Reason.LICENSE_OTHER_USE: Sentence(
        "izin tertulis diberikan untuk penggunaan lain",
        "the written permission is for another use",
    ),
    Reason.LICENSE_WITHDRAWN: Sentence(
        "artikel ini sudah ditarik dari izin tertulis",
        "this article was withdrawn from the written permission",
    ),
    Reason.LICENSE_EMBARGO: Sentence(
        "artikel ini masih dalam masa embargo menurut izin tertulis",
        "this article is still under the embargo of the written permission",
    ),
    Reason.LICENSE_DATE_UNKNOWN: Sentence(
        "izin tertulis mensyaratkan masa embargo, sedangkan tanggal terbit halaman ini tidak diketahui",
        "the written permission has an embargo, and it is not known when this page was published",
    ),
    Reason.LEGAL_ORDER: Sentence(
        "halaman ini ditutup atas perintah pihak yang berwenang menurut hukum",
        "this page is closed by order of a legal authority",
    ),
    Reason.USE_DENIED: Sentence(
        "penggunaan ini dilarang tanpa izin tertulis",
        "this use is forbidden without written permission",
    ),
    Reason.USE_NEEDS_LICENSE: Sentence(
        "penggunaan ini memerlukan lisensi, dan lisensi ditawarkan",
        "this use needs a license, and a license is on offer",
    ),
    Reason.RULE_DENIES: Sentence(
        "suatu aturan kebijakan melarangnya",
        "a rule of the policy forbids it",
    ),
    Reason.RULE_NEEDS_LICENSE: Sentence(
        "suatu aturan kebijakan mensyaratkan lisensi",
        "a rule of the policy asks for a license",
    ),
    Reason.RULE_ALLOWS: Sentence(
        "suatu aturan kebijakan membolehkannya",
        "a rule of the policy allows it",
    ),
    Reason.OTHER_READING_STRICTER: Sentence(
        "alamat itu dapat dibaca dengan dua cara, dan yang lebih ketat berlaku",
        "the path can be read in two ways, and the stricter one holds",
    ),
    Reason.BLOCK_IN_FORCE: Sentence(
        "pengelola situs sedang menutup akses perayap ini",
        "the site's operator has closed the door to this crawler for now",
    ),
    Reason.ROBOTS_REFUSES: Sentence(
        "robots.txt situs asal menutup halaman ini",
        "the origin's robots.txt closes this page",
    ),
    Reason.ROBOTS_WOULD_REFUSE: Sentence(
        "robots.txt situs asal menutup halaman ini, tetapi tidak ditegakkan bagi klien ini",
        "the origin's robots.txt closes this page, but is not enforced on this client",
    ),
    Reason.RATE_EXCEEDED: Sentence(
        "permintaan datang lebih cepat daripada laju yang dibolehkan",
        "requests came faster than the rate that is allowed",
    ),
    Reason.QUOTA_EXCEEDED: Sentence(
        "kuota lisensi untuk masa ini sudah habis",
        "the license's quota for this period is used up",
    ),
    Reason.COUNTED_ALONE: Sentence(
        "hanya dihitung di gerbang ini, karena hitungan bersama sedang tidak dapat dijangkau",
        "counted on this gateway alone, since the shared counts cannot be reached at the moment",
    ),
    Reason.NOTHING_FORBIDS: Sentence(
        "tidak ada aturan yang melarangnya",
        "nothing forbids it",
    ),
    Reason.OBSERVED_ONLY: Sentence(
        "situs sedang dalam mode amati: dicatat, tidak ditolak",
        "the site is in observe mode: recorded, not refused",
    ),
    Reason.JOURNAL_UNAVAILABLE: Sentence(
        "catatan audit sedang tidak dapat ditulis",
        "the audit log cannot be written at the moment",
    ),
    Reason.SHARED_STATE_UNAVAILABLE: Sentence(
        "hitungan kuota bersama sedang tidak dapat dijangkau",
        "the shared count of the quota cannot be reached at the moment",
    ),
    Reason.ORIGIN_BUSY: Sentence(
        "situs sedang sibuk; pembaca dan mesin pencari didahulukan",
        "the site is busy; readers and search engines come first",
    ),
    Reason.ADDRESS_BUSY: Sentence(
        "terlalu banyak permintaan sekaligus dari alamat ini",
        "too many requests at once from this address",
    ),
}
