"""What a license file says, in plain words: every sentence in Indonesian and English."""

from collections.abc import Iterable
from typing import Final

from gateway.licenses.proof import Method, Proof, Require
from gateway.vocabulary import Sentence

HOLDS: Final = Sentence(
    "{licensee} memegang izin tertulis `{license}` untuk {uses}, melalui {agents}, di {hosts}.",
    "{licensee} holds the written permission `{license}` for {uses}, through {agents}, on {hosts}.",
)
CONTRACT: Final = Sentence("Dasarnya kontrak nomor {number}.", "It rests on contract number {number}.")
SIGNED: Final = Sentence(
    "Dasarnya kontrak nomor {number}, ditandatangani {signed}.",
    "It rests on contract number {number}, signed on {signed}.",
)
WHERE: Final = Sentence("Izin itu mencakup {where}.", "It covers {where}.")
EXCEPT: Final = Sentence(
    "Izin itu mencakup {where}, kecuali {excepted}.", "It covers {where}, except for {excepted}."
)
PERIOD: Final = Sentence(
    "Izin itu berlaku mulai {first} sampai dengan {last}, menurut waktu {zone}.",
    "It runs from {first} until {last}, both days included, by the time of {zone}.",
)
PROVED: Final = Sentence(
    "Pemegangnya dikenali dari {ways}; tanpa itu ia diperlakukan seperti perayap AI lain.",
    "Its holder is known by {ways}; without that it is treated as any other AI crawler.",
)
#: How a holder is known, by the method.
WAYS: Final[dict[Method, Sentence]] = {
    Method.ADDRESSES: Sentence("alamat jaringan {addresses}", "the network addresses {addresses}"),
    Method.TOKEN: Sentence(
        "token lisensi yang diterbitkan situs ini", "a license token that this site has issued"
    ),
    Method.WEB_BOT_AUTH: Sentence(
        "permintaan yang ditandatangani dengan kunci {keys}", "requests signed with the key {keys}"
    ),
    Method.MTLS: Sentence(
        "sertifikat klien dengan {certificates}", "a client certificate with {certificates}"
    ),
}
CERTIFICATE_PARTS: Final = {
    "sha256": Sentence("sidik jari {value}", "the fingerprint {value}"),
    "subject": Sentence("subjek {value}", "the subject {value}"),
    "san": Sentence("nama {value}", "the name {value}"),
    "issuer": Sentence("penerbit {value}", "the issuer {value}"),
}
FROM_DIRECTORY: Final = Sentence("dari {directory}", "from {directory}")
AND: Final = Sentence(" dan ", " and ")
ONE_OF: Final = Sentence(" atau ", " or ")
ALL_OF: Final = Sentence(" dan sekaligus ", " and also ")
EMBARGO: Final = {
    "field": Sentence(
        "Hanya artikel yang sudah berumur {age}, menurut {field} pada jawaban situs, yang diberikan; halaman tanpa tanggal "
        "tidak diberikan.",
        "Only articles that are {age} old, by {field} in the site's answer, are given; a page without a date is not.",
    ),
    "path": Sentence(
        "Hanya artikel yang sudah berumur {age} sesudah akhir hari yang tertulis pada alamatnya yang diberikan; halaman tanpa "
        "tanggal pada alamatnya tidak terkena embargo.",
        "Only articles that are {age} old, counted from the end of the day in their path, are given; a page without a date "
        "in its path is under no embargo.",
    ),
    "sitemap": Sentence(
        "Hanya artikel yang sudah berumur {age}, menurut peta situs, yang diberikan; halaman tanpa tanggal di sana tidak "
        "diberikan.",
        "Only articles that are {age} old, by the sitemap, are given; a page without a date there is not.",
    ),
}
#: Lengths of time in seconds, the longest first: one of them, and several.
LENGTHS: Final = {
    86_400: (Sentence("hari", "day"), Sentence("hari", "days")),
    3_600: (Sentence("jam", "hour"), Sentence("jam", "hours")),
    60: (Sentence("menit", "minute"), Sentence("menit", "minutes")),
    1: (Sentence("detik", "second"), Sentence("detik", "seconds")),
}
WITHDRAWN: Final = Sentence("Yang ditarik: {articles}.", "Withdrawn from it: {articles}.")
ATTRIBUTION: Final = Sentence("Sumber disebut begini: {text}.", "The source is named so: {text}.")
PRICE: Final = Sentence("Harganya: {text}.", "Its price: {text}.")
APPROVED: Final = Sentence("Disetujui oleh {text}.", "Approved by {text}.")
UNPUBLISHED: Final = Sentence(
    "Izin itu tidak diumumkan: hanya pemegang yang membuktikannya mendapat robots.txt yang menyebutnya.",
    "It is not made public: only a holder that proves it is given a robots.txt that speaks of it.",
)
NO_LICENSES: Final = Sentence(
    "Belum ada izin tertulis yang diberikan.", "No written permission was given yet."
)


def ways(proof: Proof) -> Sentence:
    """How the holder of a license is known, as it stands inside a sentence."""
    addresses = ", ".join(map(str, proof.addresses))
    certificates, keys = _certificates(proof), _keys(proof)
    filled = [
        Sentence(
            words.id.format(addresses=addresses, certificates=certificates.id, keys=keys.id),
            words.en.format(addresses=addresses, certificates=certificates.en, keys=keys.en),
        )
        for method, words in WAYS.items()
        if method in proof.methods
    ]
    return _joined(filled, ALL_OF if proof.require is Require.ALL else ONE_OF)


def _certificates(proof: Proof) -> Sentence:
    """What the certificates of a license must have."""
    found = []
    for one in proof.certificates:
        parts = [
            Sentence(words.id.format(value=value), words.en.format(value=value))
            for part, words in CERTIFICATE_PARTS.items()
            if (value := getattr(one, part))
        ]
        found.append(_joined(parts, AND))
    return _joined(found, ONE_OF)


def _keys(proof: Proof) -> Sentence:
    """The keys with which requests are signed: by their thumbprints, or where they are."""
    found = [Sentence(f"`{key.thumbprint}`", f"`{key.thumbprint}`") for key in proof.keys]
    if proof.directory:
        found.append(Sentence(*(text.format(directory=proof.directory) for text in FROM_DIRECTORY)))
    return _joined(found, ONE_OF)


def _joined(parts: Iterable[Sentence], between: Sentence) -> Sentence:
    several = list(parts)
    return Sentence(between.id.join(one.id for one in several), between.en.join(one.en for one in several))
