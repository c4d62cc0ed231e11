"""Reads the stub site's content, text files with a YAML head, into frozen values."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import yaml

CONTENT = Path(__file__).parent / "content"

WIB = timezone(timedelta(hours=7), "WIB")
#: Google's news sitemaps hold what was published in the last two days.
NEWS_AGE = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the newspaper; `path` is where its articles live, `/slug` where they are listed."""

    slug: str
    name: str
    path: str


@dataclass(frozen=True, slots=True)
class Photo:
    """An illustration and the words under it."""

    name: str
    caption: str

    @property
    def path(self) -> str:
        """Where the picture is served."""
        return f"/foto/gambar/{self.name}.jpg"

    @property
    def original(self) -> str:
        """Where the full picture is offered as a download."""
        return f"/foto/unduh/{self.name}.jpg"


@dataclass(frozen=True, slots=True)
class Article:
    """One story. `printed` is its time in its own language; `recent` says whether a news sitemap lists it."""

    number: int
    slug: str
    section: Section
    language: str
    title: str
    summary: str
    place: str
    reporter: str
    editor: str
    published: datetime
    printed: str
    recent: bool
    photo: Photo | None
    paragraphs: tuple[str, ...]

    @property
    def path(self) -> str:
        """Where the article is served."""
        return f"{self.section.path}/{self.number}/{self.slug}"


@dataclass(frozen=True, slots=True)
class Publication:
    """The newspaper: its name, its notice and its parts."""

    name: str
    tagline: str
    address: str
    holder: str
    copyright: str
    notice: str
    contact: str
    sections: tuple[Section, ...]


@dataclass(frozen=True, slots=True)
class Edition:
    """All that the stub site publishes, newest article first."""

    publication: Publication
    articles: tuple[Article, ...]

    def of(self, section: Section) -> tuple[Article, ...]:
        """The articles of one section."""
        return tuple(article for article in self.articles if article.section == section)


def mapping(name: str) -> dict[str, Any]:
    """One of the YAML files of the content."""
    loaded: dict[str, Any] = yaml.safe_load((CONTENT / name).read_text("utf-8"))
    return loaded


def edition(opened: datetime) -> Edition:
    """The site's content as it stands at ``opened``: most articles say how many hours before that they came out."""
    publication = _publication(mapping("publication.yaml"))
    photos = {name: Photo(name, caption) for name, caption in mapping("photos.yaml").items()}
    sections = {section.slug: section for section in publication.sections}
    articles = [
        _article(path, sections, photos, opened.astimezone(WIB))
        for path in sorted((CONTENT / "articles").glob("*.md"))
    ]
    articles.sort(key=lambda article: article.published, reverse=True)
    return Edition(publication, tuple(articles))


def _publication(text: Mapping[str, Any]) -> Publication:
    sections = tuple(Section(slug, **rest) for slug, rest in text["sections"].items())
    return Publication(**{**text, "sections": sections})


def _article(
    path: Path, sections: Mapping[str, Section], photos: Mapping[str, Photo], opened: datetime
) -> Article:
    head, body = re.split(r"^---\n", path.read_text("utf-8"), maxsplit=2, flags=re.MULTILINE)[1:]
    facts = yaml.safe_load(head)
    number, slug = path.stem.split("-", 1)
    language = facts.get("language", "id")
    published = facts.get("published") or opened - timedelta(hours=facts["hours-ago"])
    published = published.astimezone(WIB).replace(second=0, microsecond=0)
    calendar = mapping("calendar.yaml")
    return Article(
        number=int(number),
        slug=slug,
        section=sections[facts["section"]],
        language=language,
        title=facts["title"],
        summary=facts["summary"],
        place=facts["place"],
        reporter=facts["reporter"],
        editor=facts["editor"],
        published=published,
        printed=_printed(published, language, calendar["months"][language]),
        recent=opened - published <= NEWS_AGE,
        photo=photos[facts["photo"]] if "photo" in facts else None,
        paragraphs=_paragraphs(body, calendar["days"][language][published.weekday()]),
    )


def _printed(at: datetime, language: str, months: Sequence[str]) -> str:
    """As a newspaper writes it: 23 November 2026, 14.05 WIB."""
    point = "." if language == "id" else ":"
    return f"{at.day} {months[at.month - 1]} {at.year}, {at.hour:02}{point}{at.minute:02} WIB"


def _paragraphs(body: str, day: str) -> tuple[str, ...]:
    paragraphs: Sequence[str] = re.split(r"\n{2,}", body.strip())
    return tuple(" ".join(paragraph.split()).replace("{hari}", day) for paragraph in paragraphs)
