"""What the manual holds, and in which order: contents.yaml as values."""

from dataclasses import dataclass
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[1]
MANUAL = ROOT / "docs" / "manual"


@dataclass(frozen=True, slots=True)
class Page:
    """One page: its file, its name in the navigation, and what it is about in one Indonesian sentence."""

    file: str
    id: str
    en: str
    about: str

    @property
    def source(self) -> Path:
        """The file that is written by hand, in English."""
        return ROOT / self.file[1:] if self.file.startswith("/") else MANUAL / self.file

    @property
    def translation(self) -> Path | None:
        """Its Indonesian version, where there is one."""
        path = MANUAL / "id" / self.name
        return path if path.exists() else None

    @property
    def name(self) -> str:
        """Its file's name in the site, where all pages of a language lie in one folder."""
        return self.source.name.lower()


@dataclass(frozen=True, slots=True)
class Part:
    """Pages for the same need of a reader: to learn, to do, to look up, to understand (https://diataxis.fr)."""

    id: str
    en: str
    pages: tuple[Page, ...]


def contents() -> tuple[Part, ...]:
    """The parts of the manual in their order."""
    written = yaml.safe_load((ROOT / "docs" / "contents.yaml").read_text("utf-8"))
    return tuple(
        Part(part["id"], part["en"], tuple(Page(**page) for page in part["pages"])) for part in written
    )
