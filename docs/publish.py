"""Make the manual's web site, Indonesian at its root and English below /en: `make site`.

Each edition is laid out as one folder of pages, in which the generator (Zensical) finds them. Links between pages are those
of the repository, so they hold there and here; what is not part of the site loses its link and keeps its text. Where a
page has no Indonesian version, the Indonesian edition shows the English one below a sentence in Indonesian.
"""

import argparse
import json
import os
import posixpath
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from docs.contents import ROOT, Page, Part, contents
from docs.translations import behind, unmarked

SITE = ROOT / "site"
THEME = ROOT / "docs" / "theme"

#: What pages show or hand out, as it is called in the site.
ATTACHED = {
    "docs/izin-verify.py": "izin-verify.py",
    "docs/izin-verify-journal.py": "izin-verify-journal.py",
    "docs/performance.svg": "images/performance.svg",
} | {
    f"docs/manual/images/{path.name}": f"images/{path.name}"
    for path in (ROOT / "docs/manual/images").iterdir()
}
TITLES = {"id": "Buku panduan", "en": "The manual"}
ABOUT = {
    "id": "Gerbang yang menegakkan larangan penerbit atas pengambilan isi oleh AI tanpa izin tertulis.",
    "en": "A gateway that enforces a news publisher's ban on AI crawling without written permission.",
}
TOGGLES = {"id": ("Tampilan gelap", "Tampilan terang"), "en": ("Dark colours", "Light colours")}

#: What is replaced in the generator's script: what its search says, which it knows in English only; and the buttons of
#: a block of code, which are no navigation of the page.
SCRIPT = {
    "id": {
        '"Search is unavailable. Reload the page to try again."': '"Pencarian tidak tersedia. Muat ulang halaman ini."',
        '"Loading search\\u2026"': '"Menyiapkan pencarian…"',
        '"Search results"': '"Hasil pencarian"',
        '"Search"': '"Cari"',
        '"Close search"': '"Tutup pencarian"',
        '"Filters"': '"Saringan"',
        '"No results"': '"Tidak ditemukan"',
        '"result":"results"': '"hasil":"hasil"',
        'Intl.NumberFormat("en-US")': 'Intl.NumberFormat("id-ID")',
        '"nav",{class:"md-code__nav"}': '"div",{class:"md-code__nav"}',
    },
    "en": {'"nav",{class:"md-code__nav"}': '"div",{class:"md-code__nav"}'},
}

_FENCE = re.compile(r"(^```.*?^```|^~~~.*?^~~~)", re.DOTALL | re.MULTILINE)
_ROW = re.compile(r"^\|.*$", re.MULTILINE)
#: Code within a line. Forges want the bars in it escaped where it stands in a table, and the generator does not.
_SPAN = re.compile(r"`[^`\n]+`")
_LINK = re.compile(r"(?P<image>!?)\[(?P<text>(?:[^\[\]]|\[[^\]]*\])*)\]\((?P<target>[^)\s]+)\)")
_LINK_OR_CODE = re.compile(f"{_LINK.pattern}|{_SPAN.pattern}")
#: The anchors that forges give headings.
_SLUG = {"object": "pymdownx.slugs.slugify", "kwds": {"case": "lower"}}


def editions(folder: Path) -> Iterator[Path]:
    """Lay out both editions below `folder`; gives the generator's configuration of each."""
    parts = contents()
    pages = {str(page.source.relative_to(ROOT)): page for part in parts for page in part.pages}
    pages |= {str(page.translation.relative_to(ROOT)): page for page in pages.values() if page.translation}
    for language in ("id", "en"):
        laid = folder / language / "pages"
        for page in set(pages.values()):
            _write(laid / page.name, _head(page, language) + _linked(page, language, pages))
        for source, name in ATTACHED.items():
            _write(laid / name, (ROOT / source).read_bytes())
        for name in ("izin.css", "izin.js", "favicon.svg"):
            _write(laid / name, (THEME / name).read_bytes())
        _write(
            folder / language / "mkdocs.yml", json.dumps(_configuration(language, parts), ensure_ascii=False)
        )
        yield folder / language / "mkdocs.yml"


def _write(path: Path, content: str | bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)


def _head(page: Page, language: str) -> str:
    """Front matter; JSON is YAML."""
    untranslated = language == "id" and page.translation is None
    meta = {
        "title": page.id if language == "id" else page.en,
        "description": page.about if language == "id" else ABOUT["en"],
        "english": untranslated,
        "behind": language == "id" and behind(page),
        "about": page.about,
    }
    return (
        "---\n"
        + "".join(f"{key}: {json.dumps(value, ensure_ascii=False)}\n" for key, value in meta.items())
        + "---\n"
    )


def _linked(page: Page, language: str, pages: dict[str, Page]) -> str:
    """A page's text with its links as they are in the site."""
    path = page.translation if language == "id" and page.translation else page.source
    folder = str(path.parent.relative_to(ROOT))

    def led(link: re.Match[str]) -> str:
        if link["target"] is None:
            return link[0]
        target, hash_, anchor = link["target"].partition("#")
        if not target or re.match(r"[a-z]+:", target):
            return link[0]
        place = posixpath.normpath(posixpath.join(folder, target))
        if place in ATTACHED:
            return f"{link['image']}[{link['text']}]({ATTACHED[place]})"
        if place not in pages:
            return link["text"]
        other = pages[place]
        name = other.name
        if language == "id" and _means_english(page, path, other, place, anchor):
            name = "en/" + name.replace(".md", ".html")
        return f"[{link['text']}]({name}{hash_}{anchor})"

    text = _ROW.sub(
        lambda row: _SPAN.sub(lambda code: code[0].replace("\\|", "|"), row[0]),
        unmarked(path.read_text("utf-8")),
    )
    pieces = _FENCE.split(text)
    return "".join(piece if _FENCE.fullmatch(piece) else _LINK_OR_CODE.sub(led, piece) for piece in pieces)


def _means_english(page: Page, path: Path, other: Page, place: str, anchor: str) -> bool:
    """An Indonesian page that names the English version means it; an English page does where only that has the passage."""
    if other.translation is None or place != str(other.source.relative_to(ROOT)):
        return False
    return path == page.translation or (bool(anchor) and anchor not in anchors(other.translation))


def anchors(page: Path) -> set[str]:
    """What a link may name in a page after `#`: each heading, as forges and the site's generator spell it."""
    text = re.sub(r"^```.*?^```", "", page.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)
    headings = re.findall(r"^#+ +(.+?) *$", text, re.MULTILINE)
    plain = [_LINK.sub(r"\g<text>", heading).replace("`", "") for heading in headings]
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in plain}


def _configuration(language: str, parts: tuple[Part, ...]) -> dict[str, object]:
    def name(of: Page | Part) -> str:
        return of.id if language == "id" else of.en

    palettes = [("default", "light", "lucide/moon"), ("slate", "dark", "lucide/sun")]
    return {
        "site_name": TITLES[language],
        "site_description": ABOUT[language],
        "docs_dir": "pages",
        "site_dir": "site",
        "use_directory_urls": False,
        "extra_css": ["izin.css"],
        "extra_javascript": ["izin.js"],
        "extra": {"generator": False, "homepage": "index.html", "edition": language, "alternate": True},
        "theme": {
            "name": "material",
            "custom_dir": str(THEME),
            "language": language,
            "font": False,
            "favicon": "favicon.svg",
            "features": [
                "navigation.sections",
                "navigation.footer",
                "search.highlight",
                "content.code.copy",
                "toc.follow",
            ],
            "palette": [
                {
                    "scheme": scheme,
                    "primary": "custom",
                    "accent": "custom",
                    "media": f"(prefers-color-scheme: {when})",
                    "toggle": {"icon": icon, "name": toggle},
                }
                for (scheme, when, icon), toggle in zip(palettes, TOGGLES[language], strict=True)
            ],
        },
        "nav": [{name(part): [{name(page): page.name} for page in part.pages]} for part in parts],
        "markdown_extensions": [
            "attr_list",
            "tables",
            "md_in_html",
            {"toc": {"permalink": True, "slugify": _SLUG}},
            {"pymdownx.highlight": {"use_pygments": True}},
            "pymdownx.superfences",
        ],
    }


def _mend(edition: Path, replaced: dict[str, str]) -> None:
    (script,) = (edition / "assets" / "javascripts").glob("bundle.*.js")
    text = script.read_text("utf-8")
    for theirs, ours in replaced.items():
        if theirs not in text:
            raise LookupError(f"this version of Zensical does not say {theirs}: SCRIPT in docs/publish.py")
        text = text.replace(theirs, ours)
    script.write_text(text, "utf-8")


def main(arguments: list[str]) -> int:
    """Make the site; exit 1 where a link leads nowhere."""
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--out", type=Path, default=SITE, help="the folder to write (default: site)")
    out = options.parse_args(arguments).out
    if out.exists() and any(out.iterdir()) and not (out / "search.json").exists():
        print(f"`{out}` holds something else than the manual's site: name another folder.", file=sys.stderr)
        return 2
    program = Path(sys.executable).with_name("zensical")
    if not program.exists():
        print("Zensical, which makes the site, is not installed: `make site` installs it.", file=sys.stderr)
        return 2
    shutil.rmtree(out, ignore_errors=True)
    with tempfile.TemporaryDirectory() as folder:
        for configuration in editions(Path(folder)):
            built = subprocess.run(
                [program, "build", "--strict", "-f", configuration],
                capture_output=True,
                text=True,
                check=False,
                env=os.environ | {"NO_COLOR": "1"},
            )
            if built.returncode:
                print(built.stdout + built.stderr, file=sys.stderr)
                return 1
            edition = configuration.parent / "site"
            _mend(edition, SCRIPT[language := configuration.parent.name])
            shutil.copytree(edition, out if language == "id" else out / language)
    print(f"{out}/index.html is the manual.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
