"""Renders the stub site's pages, feeds and files into documents kept in memory."""

import gzip
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from gateway.demo.newsroom import CONTENT, WIB, Article, Edition

HTML = "text/html; charset=utf-8"
TEXT = "text/plain; charset=utf-8"
TEMPLATES = Environment(
    loader=FileSystemLoader(CONTENT / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


@dataclass(frozen=True, slots=True)
class Document:
    """A representation kept in memory, plain and gzipped."""

    body: bytes
    media_type: str
    modified: datetime
    etag: str = field(init=False)
    zipped: bytes = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "etag", hashlib.sha256(self.body).hexdigest()[:16])
        object.__setattr__(self, "zipped", gzip.compress(self.body, mtime=0))


class Pages:
    """Renders the edition's pages."""

    def __init__(self, content: Edition, opened: datetime) -> None:
        self.content = content
        self.opened = opened.astimezone(WIB).replace(microsecond=0)
        self.missing = self.page("missing.html", self.opened, "Halaman tidak ditemukan", "/")

    def documents(self) -> Iterator[tuple[str, Document]]:
        """Every page, feed and file that does not depend on the query, by its path."""
        articles = self.content.articles
        newest = articles[0].published
        yield "/", self.page("front.html", newest, "Berita hari ini", "/", articles=articles)
        yield "/ketentuan", self.page("terms.html", self.opened, "Ketentuan", "/ketentuan")
        yield "/rss/terkini.xml", self.feed("terkini", self.content.publication.name, articles)
        yield "/sitemap.xml", self.render("sitemap.xml", newest, "application/xml", articles=articles)
        for section in self.content.publication.sections:
            listed = self.content.of(section)
            yield f"/{section.slug}", self.listing(section.name, f"/{section.slug}", listed)
            yield f"/rss/{section.slug}.xml", self.feed(section.slug, section.name, listed)
        for article in articles:
            yield article.path, self.article(article)
        expires = (self.opened + timedelta(days=180)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        security = self.render("security.txt", self.opened, TEXT, expires=expires)
        yield "/.well-known/security.txt", security
        yield "/robots.txt", self.file("robots.txt", TEXT)
        yield "/ads.txt", self.file("ads.txt", TEXT)
        yield "/aset/gaya.css", self.file("gaya.css", "text/css; charset=utf-8")
        yield "/aset/langsung.js", self.file("langsung.js", "text/javascript; charset=utf-8")

    def article(self, article: Article, template: str = "article.html") -> Document:
        """An article's page, or with ``print.html`` the one for paper."""
        return self.page(
            template, article.published, article.title, article.path, article.language, article=article
        )

    def listing(self, title: str, path: str, articles: Sequence[Article]) -> Document:
        """A page that lists articles; one without any is as old as the site."""
        modified = articles[0].published if articles else self.opened
        return self.page("section.html", modified, title, path, articles=articles)

    def search(self, query: str, articles: Sequence[Article]) -> Document:
        """What was found for ``query``."""
        return self.page("search.html", self.opened, "Cari", "/cari", query=query, articles=articles)

    def feed(self, slug: str, title: str, articles: Sequence[Article]) -> Document:
        """An RSS 2.0 channel."""
        media_type, path = "application/rss+xml; charset=utf-8", f"/rss/{slug}.xml"
        return self.render(
            "feed.xml", articles[0].published, media_type, title=title, path=path, articles=articles
        )

    def page(
        self, template: str, modified: datetime, title: str, path: str, language: str = "id", **values: object
    ) -> Document:
        """A page of the site, with its masthead."""
        year = self.opened.year
        return self.render(
            template, modified, HTML, title=title, path=path, language=language, year=year, **values
        )

    def render(self, template: str, modified: datetime, media_type: str, **values: object) -> Document:
        """Any template as a document."""
        text = TEMPLATES.get_template(template).render(
            publication=self.content.publication, mail_date=format_datetime, **values
        )
        return Document(text.encode() + b"\n", media_type, modified)

    def file(self, name: str, media_type: str) -> Document:
        """One of the files of the content, as old as the site."""
        return Document((CONTENT / "files" / name).read_bytes(), media_type, self.opened)
