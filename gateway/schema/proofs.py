"""What may stand in the `proof` of a license (`gateway.policy.license_file`)."""

from typing import Final

from gateway.licenses.proof import Require
from gateway.schema.shape import Keys, Listed, may, member, need, text, word
from gateway.schema.values import DIRECTORY, NETWORK, TEXT, TRUTH

_DN: Final = text("=", "CN=perayap.contoh.example, O=PT Contoh AI", meant="seperti `CN=…, O=…`")
_CERTIFICATE: Final = Keys(
    "certificate",
    (
        may("sha256", text(r"^\s*([0-9A-Fa-f]{2}:?){32}\s*$", "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", meant="64 angka heksadesimal"), "Sidik jari SHA-256 sertifikatnya.", "The SHA-256 fingerprint of the certificate."),
        may("subject", _DN, "Nama subjeknya, seperti `CN=…, O=…`.", "The name of its subject, such as `CN=…, O=…`."),
        may("san", TEXT, "Salah satu nama alternatifnya.", "One of its alternative names."),
        may("issuer", _DN, "Nama penerbitnya, seperti `CN=…, O=…`.", "The name of its issuer, such as `CN=…, O=…`."),
    ),
    least=1,
)  # fmt: skip
_SECONDS: Final = text(r"^\s*[0-9]{1,12}\s*$", "1764000000")
_SIGNER_KEY: Final = Keys(
    "signer-key",
    (
        need("kty", word("OKP", "RSA", "EC"), "Jenis kuncinya.", "What kind of key it is."),
        *(may(name, TEXT, "Bagian kunci publik.", "A part of the public key.") for name in ("crv", "x", "y", "n", "e")),
        may("use", word("sig"), "Untuk apa: tanda tangan.", "What it is for: signatures."),
        *(may(name, TEXT, "Keterangan kunci.", "What is said of the key.") for name in ("kid", "alg")),
        *(may(name, _SECONDS, "Masa berlakunya, detik sejak 1970.", "When it is in force, in seconds since 1970.") for name in ("nbf", "exp")),
    ),
)  # fmt: skip
_SIGNER: Final = Keys(
    "signer",
    (
        may("directory", DIRECTORY, "Alamat direktori kuncinya.", "The address of its key directory."),
        may("keys", Listed(_SIGNER_KEY, single=False), "Kunci publiknya (JSON Web Key).", "Its public keys (JSON Web Key)."),
    ),
    least=1,
)  # fmt: skip
PROOF: Final = Keys(
    "proof",
    (
        may("addresses", Listed(NETWORK), "Alamat jaringan pemegang lisensi.", "The licensee's own networks."),
        may("token", TRUTH, "Token yang diterbitkan dengan `izin license issue`.", "A token that `izin license issue` has issued."),
        may("web-bot-auth", _SIGNER, "Kunci yang dipakai untuk menandatangani permintaan.", "The keys with which its requests are signed."),
        may("mtls", Listed(_CERTIFICATE), "Sertifikat klien pemegang lisensi.", "The licensee's client certificates."),
        may("require", member(Require), "Cukup salah satu cara, atau harus semua.", "Whether one way is enough, or all are needed.", "any"),
    ),
    least=1,
)  # fmt: skip
