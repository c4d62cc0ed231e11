"""`izin init`: a commented policy folder to begin with."""

import json
import re
from importlib import resources
from pathlib import Path
from typing import Final

import click

from gateway.cli.options import LANGUAGE, fail
from gateway.cli.schema import write
from gateway.cli.words import NOT_WRITTEN
from gateway.cli.words_of_stated import A_NEW_FOLDER, NOT_EMPTY
from gateway.schema import FILES
from gateway.vocabulary import Language, Sentence

#: Where editors find what may stand in each file; hidden, so that it is no part of the policy.
SCHEMAS: Final = ".schema"
_STARTER: Final = ("site.yaml", "rules.yaml", "tests/contoh.yaml")
#: Folders for what the publisher adds later, each with a word about what belongs there.
_LATER: Final = {
    "licenses": "Satu berkas YAML setiap kontrak.\nOne YAML file a contract.\n",
    "agents": "Satu berkas YAML setiap operator yang belum ada dalam katalog; lihat `izin agents list`.\n"
    "One YAML file for each operator that the catalogue does not know; see `izin agents list`.\n",
}
_BARE = re.compile(r"[A-Za-z][A-Za-z0-9-]*(?:[.:/@]+[A-Za-z0-9-]+)+|GANTI")
_BLANK = re.compile("@([A-Z]+)@")
_SITE = re.compile(r"[^a-z0-9-]+")
#: Stands where only the publisher knows; no address and no host name that can be used by mistake.
_MISSING: Final = "GANTI"
_NEXT: Final = Sentence(
    "Ditulis: {folder}. Ganti setiap `GANTI` di {folder}/site.yaml, lalu jalankan `izin check {folder}`.",
    "Written: {folder}. Replace each `GANTI` in {folder}/site.yaml, then run `izin check {folder}`.",
)


@click.command("init")
@click.argument("folder", type=click.Path(path_type=Path), metavar="DIR")
@click.option("--host", metavar="H", help="The site's host name, such as `www.koran.example`.")
@click.option(
    "--origin", metavar="URL", help="Where the site itself listens, such as `http://127.0.0.1:8000`."
)
@click.option("--holder", metavar="NAME", help="Who holds the rights.")
@click.option("--contact", metavar="URL", help="Where permission is asked for: `mailto:` or `https:`.")
@LANGUAGE
def command(
    folder: Path,
    host: str | None,
    origin: str | None,
    holder: str | None,
    contact: str | None,
    language: Language,
) -> None:
    """Write a policy into DIR that forbids every AI use, serves everybody else, and refuses nobody yet, with a comment on
    each line. What is not told here stands as `GANTI`, and `izin check` names it until it is replaced.

    A folder that has anything in it is left alone.
    """
    values = {
        "SITE": _SITE.sub("-", folder.resolve().name.lower()).strip("-")[:64] or "situs",
        "HOST": host or _MISSING,
        "ORIGIN": origin or _MISSING,
        "HOLDER": holder or _MISSING,
        "CONTACT": contact or _MISSING,
    }
    try:
        if folder.exists() and any(folder.iterdir()):
            fail(NOT_EMPTY.filled(path=folder), A_NEW_FOLDER, 2)
        for name in _STARTER:
            text = resources.files("gateway.cli").joinpath("starter", name).read_text("utf-8")
            text = _BLANK.sub(lambda blank: _scalar(values[blank[1]]), text)
            _write(folder / name, text)
        for name, text in _LATER.items():
            _write(folder / name / "README.txt", text)
        write(folder / SCHEMAS, list(FILES), tell=False)
    except OSError as error:
        fail(NOT_WRITTEN.filled(path=folder, why=error.strerror or error))
    click.echo(_NEXT.said(language).format(folder=click.format_filename(folder)))


def _scalar(value: str) -> str:
    """A value as YAML, in quotes where it needs them: JSON's are YAML's."""
    return value if _BARE.fullmatch(value) else json.dumps(value, ensure_ascii=False)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("x", encoding="utf-8") as file:
        file.write(text)
