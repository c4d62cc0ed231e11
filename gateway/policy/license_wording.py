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
}
ONE_OF: Final = Sentence(" atau ", " or ")
ALL_OF: Final = Sentence(" dan sekaligus ", " and also ")
NO_LICENSES: Final = Sentence(
    "Belum ada izin tertulis yang diberikan.", "No written permission was given yet."
)


def ways(proof: Proof) -> Sentence:
    """How the holder of a license is known, as it stands inside a sentence."""
    addresses = ", ".join(map(str, proof.addresses))
    named = [words for method, words in WAYS.items() if method in proof.methods]
    between = ALL_OF if proof.require is Require.ALL else ONE_OF
    return Sentence(
        between.id.join(words.id.format(addresses=addresses) for words in named),
        between.en.join(words.en.format(addresses=addresses) for words in named),
    )
