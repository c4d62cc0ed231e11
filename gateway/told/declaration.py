"""The statement by which an officer of the rights holder adopts the key that the audit log is sealed with."""

from typing import Final

from gateway.vocabulary import Language, Sentence

_TEXT: Final = Sentence(
    """Pernyataan kunci segel catatan audit

Saya yang bertanda tangan di bawah ini, bertindak untuk dan atas nama {holder}, menyatakan:

1. Catatan audit situs {site}, jalur {lane}, disegel dengan kunci Ed25519 berikut (C2SP vkey):

   {vkey}

   Sidik kunci: {fingerprint}

2. Kunci rahasianya hanya dikuasai oleh {holder} atau oleh pihak yang ditugasinya.
3. Segel yang ditandatangani dengan kunci ini, dan dengan kunci yang diserahinya menurut catatan penyerahan yang
   ditandatangani kedua kunci, kami akui sebagai segel kami atas isi catatan audit itu.
4. Bila kunci hilang atau dikuasai pihak lain, hal itu akan kami nyatakan secara tertulis.

Naskah bahasa Indonesia ini yang berlaku.

Nama dan jabatan: ______________________________

Tempat, tanggal:  ______________________________

Tanda tangan:     ______________________________
""",
    """Statement of the key that the audit log is sealed with

I, the undersigned, acting for and on behalf of {holder}, state:

1. The audit log of the site {site}, lane {lane}, is sealed with this Ed25519 key (C2SP vkey):

   {vkey}

   Fingerprint: {fingerprint}

2. The secret key is held by {holder} alone, or by whom it has charged with it.
3. Seals that are signed with this key, and with keys that it was handed over to by notes that both keys signed, are
   acknowledged as our seals over the content of that audit log.
4. Should the key be lost, or come into the hands of others, we shall say so in writing.

This is a translation; the Indonesian text governs.

Name and office: ______________________________

Place, date:     ______________________________

Signature:       ______________________________
""",
)


def declaration(language: Language, *, holder: str, site: str, lane: str, vkey: str, fingerprint: str) -> str:
    """The statement, to be printed and signed by hand."""
    text = _TEXT.id if language is Language.ID else _TEXT.en
    return text.format(holder=holder, site=site, lane=lane, vkey=vkey, fingerprint=fingerprint)
