"""The values that stand in several files of a policy, as editors are told of them."""

from typing import Final

from gateway.schema.shape import Keys, Listed, Scalar, member, need, text
from gateway.vocabulary import Purpose, Use, Verdict

TEXT: Final = text()
NAME: Final = text(
    r"^\s*[A-Za-z0-9][A-Za-z0-9._-]{0,63}\s*$",
    "foto",
    meant="huruf a-z, angka, `-`, `_`, `.`; paling banyak 64",
)
DATE: Final = Scalar(
    {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$", "format": "date"}, ("2026-01-05",)
)
BOUND: Final = Scalar(
    {
        "type": "string",
        "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}([Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?([Zz]|[+-][0-9]{2}:[0-9]{2}))?$",
    },
    ("2026-01-05",),
)
TRUTH: Final = Scalar(
    {
        "anyOf": [
            {"enum": [True, False, "yes", "no"]},
            {"type": "string", "pattern": "^([Yy][Ee][Ss]|[Nn][Oo]|[Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee])$"},
        ]
    },
    ("yes", "no"),
)
PATTERN: Final = text(r"^\s*[/*]", "/foto/", "/*.jpg$", meant="pola alamat diawali dengan `/`")
PATTERNS: Final = Listed(PATTERN)
HOST: Final = text(r"^\s*(\*\.)?[^\s/:]+\s*$", "www.antara.example", "*.antara.example")
PAGE: Final = text(
    r"^\s*[Hh][Tt][Tt][Pp][Ss]?://[^\s/]", "https://www.antara.example/ketentuan", meant="alamat halaman"
)
ORIGIN: Final = text(
    r"^\s*[Hh][Tt][Tt][Pp][Ss]?://[^\s/]", "http://127.0.0.1:8000", meant="seperti `http://127.0.0.1:8000`"
)
CONTACT: Final = text(
    r"^\s*([Mm][Aa][Ii][Ll][Tt][Oo]:|[Hh][Tt][Tt][Pp][Ss]://)",
    "mailto:lisensi@antara.example",
    meant="`mailto:…` atau `https://…`",
)
NETWORK: Final = text(r"[.:]", "192.0.2.0/24", "2001:db8::/48")
DIRECTORY: Final = text(
    "^ *[Hh][Tt][Tt][Pp][Ss]://", "https://contoh.example", meant="seperti `https://contoh.example`"
)
MOMENT: Final = text(r"^\s*[0-9]{4}", "2026-11-24T09:00")
PURPOSE: Final = member(Purpose)
USE: Final = member(Use)
VERDICT: Final = member(Verdict)

SENTENCE: Final = Keys(
    "sentence",
    (
        need("id", TEXT, "Teks Indonesia; inilah yang berlaku.", "The Indonesian text, which governs."),
        need("en", TEXT, "Teks Inggris.", "The English text."),
    ),
)
