"""What each event of the journal is, in words: what stands above its page. The manual says what its details mean."""

from typing import Final

from gateway.vocabulary import Sentence

EVENTS: Final[dict[str, Sentence]] = {
    "start": Sentence("Gerbang mulai mencatat", "The gateway began to record"),
    "stop": Sentence("Gerbang berhenti mencatat", "The gateway stopped recording"),
    "recovery": Sentence("Catatan yang terpotong dipulihkan", "What was cut short was recovered"),
    "corruption": Sentence("Catatan rusak ditemukan", "Damaged entries were found"),
    "disk-full": Sentence("Disk penuh", "The disk is full"),
    "disk-room": Sentence("Disk lapang kembali", "The disk has room again"),
    "disk-budget": Sentence("Jatah disk jurnal hampir habis", "The journal's disk budget is nearly used up"),
    "storage-fault": Sentence("Disk gagal menyimpan", "The disk failed to store"),
    "segment": Sentence("Berkas jurnal baru dimulai", "A new file of the journal began"),
    "heartbeat": Sentence("Jurnal tetap hidup", "The journal is alive"),
    "key": Sentence("Kunci meterai diganti", "The key of the seal was changed"),
    "anchor": Sentence("Meterai waktu diterima", "A time stamp was received"),
    "anchor-fault": Sentence("Meterai waktu tidak didapat", "A time stamp could not be had"),
    "seal-fault": Sentence("Jurnal tidak dapat dimeteraikan", "The journal cannot be sealed"),
    "clock-step": Sentence("Jam mesin melompat", "The machine's clock jumped"),
    "gap": Sentence("Ada permintaan tanpa catatan", "Some requests have no entry"),
    "policy": Sentence("Kebijakan mulai berlaku", "A policy came into force"),
    "policy-failed": Sentence("Kebijakan baru tidak dapat dimuat", "A changed policy did not load"),
    "origin-robots": Sentence("Robots.txt situs asal dibaca", "The origin's robots.txt was read"),
    "key-directory": Sentence("Kunci penanda tangan dibaca", "A signer's keys were read"),
    "address-lists": Sentence("Daftar alamat perayap dibaca", "Lists of crawlers' addresses were read"),
    "catalogue": Sentence("Katalog perayap diperbarui", "The catalogue of crawlers was updated"),
    "check-suspended": Sentence("Pemeriksaan alamat dihentikan dulu", "A check of addresses was suspended"),
    "check-resumed": Sentence("Pemeriksaan alamat berlaku lagi", "A check of addresses holds again"),
    "token": Sentence("Token lisensi diambil", "A license token was fetched"),
    "quotas": Sentence("Kuota dihitung dari jurnal", "Quotas were counted from the journal"),
    "quota-recount": Sentence("Kuota dihitung ulang", "A quota was recounted"),
    "revoke": Sentence("Lisensi atau token dicabut", "A license or token was revoked"),
    "referrals": Sentence("Pembaca yang dikirim layanan AI", "Readers whom AI services sent"),
    "removal": Sentence("Catatan yang lewat masanya dihapus", "Entries whose time was over were removed"),
    "erasure": Sentence("Data seseorang dihapus", "Somebody's data was erased"),
    "static": Sentence("Berkas statis yang hanya dihitung", "Static files that are only counted"),
    "case": Sentence("Seorang pembaca mengambil sangat banyak artikel", "A reader took very many articles"),
    "hold": Sentence("Catatan ditahan untuk perkara", "Entries are held for a dispute"),
    "release": Sentence("Penahanan catatan dilepas", "A hold on entries was released"),
    "set-aside": Sentence(
        "Catatan yang ditolak salinan disisihkan", "Entries that a copy refused were set aside"
    ),
    "export": Sentence("Catatan diserahkan", "Entries were handed over"),
    "look": Sentence("Seseorang meninjau data orang", "Somebody looked at personal data"),
    "account": Sentence("Akun ruang tinjau berubah", "An account of the console changed"),
    "shared-state": Sentence("Hitungan bersama hilang atau kembali", "The shared count was lost, or is back"),
    "mode": Sentence("Rem darurat: perintah diberikan", "Emergency brake: an order was given"),
    "block": Sentence("Perayap diblokir atas perintah", "A crawler was blocked by order"),
}
