"""Tables of the reference that are told in both languages: the keys of a policy's files, and the addresses on which Izin answers."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from prometheus_client import CollectorRegistry

from docs.contents import MANUAL
from gateway.policy import model
from gateway.proxy import question
from gateway.proxy.admin import admin_app
from gateway.proxy.seal_files import seal_route
from gateway.schema import FILES
from gateway.schema.shape import Chosen, Either, Keys, Listed, Scalar, Shape
from gateway.schema.values import TRUTH
from gateway.vocabulary import Language, Sentence

#: What is said of values, by what their shape is.
_WORDS: Final = {
    "key": Sentence("kunci", "key"),
    "must": Sentence("wajib", "required"),
    "takes": Sentence("nilai", "value"),
    "default": Sentence("bawaan", "default"),
    "means": Sentence("arti", "what it means"),
    "yes": Sentence("ya", "yes"),
    "truth": Sentence("`yes` atau `no`", "`yes` or `no`"),
    "text": Sentence("teks", "text"),
    "such as": Sentence("seperti {}", "such as {}"),
    "one or list": Sentence("{}; boleh daftar", "{}; or a list"),
    "list": Sentence("daftar: {}", "a list: {}"),
    "keys": Sentence("kunci di bawah", "the keys below"),
    "chosen": Sentence("nama pilihan sendiri, masing-masing dengan: {}", "names of your own, each with: {}"),
    "one of": Sentence("{} sebagai kunci, masing-masing dengan: {}", "{} as keys, each with: {}"),
    "or": Sentence(" atau ", " or "),
    "above": Sentence("seperti di atas (`{}`)", "as above (`{}`)"),
    "asked": Sentence("alamat", "address"),
    "where": Sentence("di mana", "where"),
    "who": Sentence("untuk siapa", "for whom"),
    "answers": Sentence("jawabannya", "what it answers"),
}


def keys(language: Language) -> str:
    """Every key of every file of a policy, as editors are told of them."""
    parts = []
    for file in FILES.values():
        rows = list(_rows(file.shape, "", language, {}))
        head = tuple(_WORDS[word].said(language) for word in ("key", "must", "takes", "default", "means"))
        parts.append(f"## {file.where}\n\n{table(head, rows)}")
    return "\n".join(parts)


def _rows(shape: Shape, path: str, language: Language, seen: dict[str, str]) -> Iterator[tuple[str, ...]]:
    for inner, prefix in _mappings(shape, path):
        if inner.name in seen:
            continue
        seen[inner.name] = prefix.rstrip(".") or inner.name
        # What may stand below a host too is told of the site first.
        for key in sorted(inner.rows, key=lambda key: key.name == "hosts"):
            must = _WORDS["yes"].said(language) if key.required else ""
            default = f"`{key.default}`" if key.default else ""
            here = prefix + key.name
            yield (f"`{here}`", must, _value(key.value, language, seen), default, key.said.said(language))
            yield from _rows(key.value, here + ".", language, seen)


def _mappings(shape: Shape, path: str) -> Iterator[tuple[Keys, str]]:
    """The mappings with known keys in a shape, each with the path that leads to it."""
    match shape:
        case Keys():
            yield shape, path
        case Listed(item):
            yield from _mappings(item, path)
        case Chosen(_, value):
            yield from _mappings(value, f"{path}….")
        case Either(choices):
            for choice in choices:
                yield from _mappings(choice, path)


def _value(shape: Shape, language: Language, seen: dict[str, str]) -> str:
    """What may stand behind a key, in words."""

    def say(word: str, *parts: str) -> str:
        return _WORDS[word].said(language).format(*parts)

    match shape:
        case Scalar():
            return _scalar(shape, say)
        case Listed(item, single):
            inner = _value(item, language, seen)
            return say("one or list" if single else "list", inner)
        case Chosen(key, value):
            inner = _value(value, language, seen)
            return say("one of", _words(key), inner) if "enum" in key.schema else say("chosen", inner)
        case Keys(name):
            return say("above", seen[name]) if name in seen else say("keys")
        case Either(choices):
            return say("or").join(dict.fromkeys(_value(choice, language, seen) for choice in choices))


def _scalar(shape: Scalar, say: Callable[..., str]) -> str:
    if shape == TRUTH:
        return say("truth")
    if "enum" in shape.schema:
        return _words(shape)
    return say("such as", f"`{shape.samples[0]}`") if shape.samples else say("text")


def _words(shape: Scalar) -> str:
    return ", ".join(f"`{word}`" for word in shape.schema["enum"])


def addresses(language: Language) -> str:
    """Every address on which Izin itself answers. One of the code that is not told of here fails `make docs`."""
    said = _ADDRESSES | {way.path.decode(): (_CHECK, _PROXY, _ASKED) for way in question.WAYS}
    admin = admin_app(_nothing, CollectorRegistry(), _nothing, seal_route(Path(), None, int))
    admin_paths = {route.path.partition("{")[0] for route in admin.routes}
    there = {*model.OWN_PATHS, *model.OWN_PAGES, *admin_paths, *(way.path.decode() for way in question.WAYS)}
    there.add(question.REFUSAL.decode())
    if there != said.keys():
        raise LookupError(
            f"docs/reference.py tells of other addresses than the code has: {sorted(there ^ said.keys())}"
        )
    head = tuple(_WORDS[word].said(language) for word in ("asked", "where", "who", "answers"))
    rows = [(f"`{path}`", *(sentence.said(language) for sentence in told)) for path, told in said.items()]
    text = table(head, rows)
    return text if language == Language.EN else _PAGE.sub(_from_indonesian, text)


_PAGE: Final = re.compile(r"\]\((?=(?P<page>[\w-]+\.md))")


def _from_indonesian(link: re.Match[str]) -> str:
    """A page has its Indonesian version beside this one, or lies one folder above."""
    return "](" if (MANUAL / "id" / link["page"]).exists() else "](../"


_FRONT: Final = Sentence("pintu depan", "front door")
_CHECK: Final = Sentence("`--check`", "`--check`")
_ADMIN: Final = Sentence("`--admin`", "`--admin`")
_ALL: Final = Sentence("semua", "everybody")
_PROXY: Final = Sentence("proksi di samping Izin", "a proxy beside Izin")
_STAFF: Final = Sentence("yang menjalankan Izin", "who runs Izin")
_ASKED: Final = Sentence(
    "bolehkah permintaan ini diteruskan? ([di samping proksi lain](beside.md))",
    "shall this request be passed on? ([beside another proxy](beside.md))",
)

#: Where, for whom, and what is answered.
_ADDRESSES: Final[dict[str, tuple[Sentence, Sentence, Sentence]]] = {
    "/robots.txt": (_FRONT, _ALL, Sentence("apa yang boleh dirayapi siapa ([pernyataan](statements.md))", "who may crawl what ([statements](statements.md))")),
    "/license.xml": (_FRONT, _ALL, Sentence("ketentuan dalam RSL 1.0", "the terms in RSL 1.0")),
    "/.well-known/tdmrep.json": (_FRONT, _ALL, Sentence("hak yang dicadangkan, menurut TDMRep", "rights reserved, by TDMRep")),
    "/tdm-policy.json": (_FRONT, _ALL, Sentence("kebijakan yang disebut TDMRep", "the policy that TDMRep names")),
    model.WHOAMI: (_FRONT, _ALL, Sentence("dianggap siapa klien ini, dan apa putusannya bagi sebuah halaman ([katalog](agents.md#whoami))", "what the client is taken for, and what would be decided about a page ([agents](agents.md#whoami))")),
    model.HOLDING: (_FRONT, Sentence("pemegang lisensi, dengan bukti", "licensees, with proof"), Sentence("lisensi yang dipegang dan sisa kuotanya ([izin tertulis](licenses.md))", "the license that is held, and what is left of its quota ([licenses](licenses.md))")),
    model.TOKENS: (_FRONT, Sentence("pemegang lisensi, dengan rahasianya", "licensees, with their secret"), Sentence("token lisensi, bila `tokens` menyalakannya ([izin tertulis](licenses.md))", "a license token, where `tokens` turns it on ([licenses](licenses.md))")),
    model.CHECKPOINT: (_FRONT, _ALL, Sentence("segel terbaru catatan audit ([bukti](evidence.md#jangkar))", "the newest checkpoint of the audit log ([evidence](evidence.md#anchors))")),
    model.SITE_CHECKPOINT: (_FRONT, _ALL, Sentence("segel terbaru untuk seluruh situs", "the newest checkpoint of the whole site")),
    "/health": (_ADMIN, _STAFF, Sentence("200 selama prosesnya hidup", "200 while the process lives")),
    "/ready": (_ADMIN, _STAFF, Sentence("200, dengan peringatan dalam JSON; 503 sebelum kebijakan pertama berlaku dan saat berhenti ([menjalankan Izin](operations.md#is-it-well))", "200, with warnings in its JSON; 503 before the first policy is in force and while it drains ([operations](operations.md#is-it-well))")),
    "/metrics": (_ADMIN, _STAFF, Sentence("angka bagi Prometheus ([memantau](watching.md#metrics))", "figures for Prometheus ([watching](watching.md#metrics))")),
    "/seal/": (_ADMIN, Sentence("gerbang yang menyegel seluruh situs, dengan token", "the gateway that signs for the whole site, with a token"), Sentence("segel jalur ini, tanpa entri ([bukti](evidence.md#beberapa-jalur-log-situs))", "the seal of this lane, no entries ([evidence](evidence.md#hosts-joined-over-http))")),
    question.REFUSAL.decode(): (_CHECK, Sentence("nginx", "nginx"), Sentence("penolakan yang baru diputuskan, menurut id-nya", "the refusal that was just decided, by its id")),
}  # fmt: skip


def _nothing() -> Any:
    """Stands where the admin listener would look at a running gateway."""


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """A table in Markdown."""
    lines = [head, tuple("---" for _ in head), *rows]
    cells = [[cell.replace("|", "\\|").replace("\n", " ") for cell in line] for line in lines]
    return "".join(f"| {' | '.join(line)} |\n" for line in cells)
