"""A page for whom the console does not speak to as itself: whole in one answer, in both languages, and without the site's name.

Whoever pointed a name of his own at this address, or sent a form from elsewhere, may be reading along.
"""

import base64
import hashlib
from collections.abc import Mapping
from html import escape
from typing import Final, NamedTuple

from starlette.responses import HTMLResponse, Response

from gateway.vocabulary import Sentence


class Refusal(NamedTuple):
    """What is said with a status: what happened, and what there is to do."""

    status: int
    said: Sentence
    hint: Sentence


FOREIGN_NAME: Final = Refusal(
    421,
    Sentence("Tidak ada apa-apa di alamat ini", "Nothing is at this address"),
    Sentence(
        "Ruang tinjau hanya menjawab di alamat yang ditetapkan baginya. Yang menjalankan gerbang tahu alamat itu.",
        "The console answers only at the address that was set for it. Whoever runs the gateway knows it.",
    ),
)
FOREIGN_FORM: Final = Refusal(
    403,
    Sentence("Kiriman dari situs lain tidak diterima", "A form of another site is not taken"),
    Sentence(
        "Buka lagi halamannya di ruang tinjau, lalu kirim dari sana. Tidak ada yang berubah.",
        "Open the page in the console again and send it from there. Nothing was changed.",
    ),
)
TOO_LONG: Final = Refusal(
    413,
    Sentence("Kiriman itu terlalu panjang", "That is too long"),
    Sentence("Pendekkan isinya, lalu kirim lagi.", "Make it shorter and send it again."),
)
NO_SUCH_METHOD: Final = Refusal(
    405,
    Sentence("Halaman ini tidak dapat diminta begitu", "This page cannot be asked for like that"),
    Sentence("Yang ada di sini hanya dibaca dan dikirimi formulir.", "What is here is read, and sent forms."),
)
NO_POLICY: Final = Refusal(
    503,
    Sentence("Kebijakan tidak dapat dibaca", "The policy cannot be read"),
    Sentence(
        "Perintah izin check mengatakan apa yang keliru di foldernya. Gerbang tidak terpengaruh.",
        "The command izin check says what is wrong in its folder. The gateway is not affected.",
    ),
)

_STYLE: Final = (
    "body{max-width:34rem;margin:0 auto;padding:12vh 1.25rem 3rem;background:#fbfaf7;color:#1b1a17;"
    "font:1rem/1.5 system-ui,sans-serif}h1{margin:0;font:600 1.75rem/1.2 Georgia,'Noto Serif',serif}"
    "p{margin:.5rem 0 0}small,[lang=en]{color:#5e5a50}[lang=en]{margin-top:2rem;padding-top:1.5rem;"
    "border-top:1px solid #d9d4c7}[lang=en] h2{margin:0;font:600 1.1rem/1.3 Georgia,'Noto Serif',serif}"
    "@media(prefers-color-scheme:dark){body{background:#171613;color:#eceae4}small,[lang=en]{color:#a9a498}"
    "[lang=en]{border-color:#3a372f}}"
)
_HASH: Final = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_POLICY: Final = f"default-src 'none'; style-src 'sha256-{_HASH}'; base-uri 'none'; frame-ancestors 'none'"


def plain(refusal: Refusal, headers: Mapping[str, str] | None = None) -> Response:
    """The page."""
    said, hint = (Sentence(*map(escape, one)) for one in (refusal.said, refusal.hint))
    text = (
        '<!DOCTYPE html>\n<html lang="id">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{said.id}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n"
        f"<p><small>{refusal.status}</small></p>\n<h1>{said.id}</h1>\n<p>{hint.id}</p>\n"
        f'<section lang="en"><h2>{said.en}</h2>\n<p>{hint.en}</p></section>\n</main>\n</body>\n</html>\n'
    )
    return HTMLResponse(text, refusal.status, {"Content-Security-Policy": _POLICY, **(headers or {})})
