"""What a license file says, in plain words: every sentence in Indonesian and English."""

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
AND: Final = Sentence(" dan ", " and ")
ONE_OF: Final = Sentence(" atau ", " or ")
ALL_OF: Final = Sentence(" dan sekaligus ", " and also ")
NO_LICENSES: Final = Sentence(
    "Belum ada izin tertulis yang diberikan.", "No written permission was given yet."
)


def ways(proof: Proof) -> Sentence:
    """How the holder of a license is known, as it stands inside a sentence."""
    certificates = _certificates(proof)
    addresses = ", ".join(map(str, proof.addresses))
    named = [words for method, words in WAYS.items() if method in proof.methods]
    between = ALL_OF if proof.require is Require.ALL else ONE_OF
    return Sentence(
        between.id.join(
            words.id.format(addresses=addresses, certificates=certificates.id) for words in named
        ),
        between.en.join(
            words.en.format(addresses=addresses, certificates=certificates.en) for words in named
        ),
    )


def _certificates(proof: Proof) -> Sentence:
    """What the certificates of a license must have."""
    found = []
    for one in proof.certificates:
        parts = [
            (words, getattr(one, part)) for part, words in CERTIFICATE_PARTS.items() if getattr(one, part)
        ]
        found.append(
            Sentence(
                AND.id.join(words.id.format(value=value) for words, value in parts),
                AND.en.join(words.en.format(value=value) for words, value in parts),
            )
        )
    return Sentence(ONE_OF.id.join(one.id for one in found), ONE_OF.en.join(one.en for one in found))
