"""The tables of the monthly letter: the same rows for the page, the console, and CSV."""

import csv
from io import StringIO
from typing import Final, NamedTuple

from gateway.instants import DAY, instant
from gateway.names import KINDS
from gateway.policy.wording import quota_of
from gateway.rates.quota import Quota
from gateway.record.exported import csv_cell
from gateway.told.letter import Letter
from gateway.vocabulary import Kind, Language, Sentence


class Titled(NamedTuple):
    """A page under its headline, in one cell."""

    title: str
    page: str


#: What stands in a row; a kind and a quota have words for people, and others for programs.
Cell = int | str | Kind | Quota | Titled | None


class Column(NamedTuple):
    """A column: its name in CSV and JSON, and what stands above it."""

    name: str
    head: Sentence


class Table(NamedTuple):
    """A table: its name, its title, what to say where it has no row, its columns, its rows, and how many more there are."""

    name: str
    title: Sentence
    empty: Sentence
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    more: int = 0


_OPERATOR: Final = Column("operator", Sentence("Operator", "Operator"))
_REQUESTS: Final = Column("requests", Sentence("Permintaan", "Requests"))
_REFUSED: Final = Column("refused", Sentence("Ditolak", "Refused"))


def tables(letter: Letter, now: int) -> tuple[Table, ...]:
    """Every table of the letter; how many days a license has left is said as of ``now`` (µs UTC).

    Pages have a column for their headline where that of any is known.
    """
    titled = any(page.title is not None for page in letter.pages)
    return (
        Table(
            "operators",
            Sentence("Dilayani dan ditolak menurut operator", "Served and refused, by operator"),
            Sentence(
                "Tidak ada perayap yang dikenal pada bulan ini.", "No known crawler came in this month."
            ),
            (
                _OPERATOR,
                _REFUSED,
                Column("violations", Sentence("Pelanggaran", "Violations")),
                Column("served", Sentence("Dilayani", "Served")),
            ),
            tuple((one.operator, one.refused, one.violations, one.served) for one in letter.operators),
        ),
        Table(
            "pages",
            Sentence("Halaman yang paling diminati AI", "What AI wanted most"),
            Sentence(
                "Tidak ada halaman yang diminta perayap AI tanpa izin.",
                "No crawler for AI asked for a page without permission.",
            ),
            (
                *((Column("headline", Sentence("Judul", "Headline")),) if titled else ()),
                Column("page", Sentence("Halaman", "Page")),
                _REQUESTS,
                Column("operators", Sentence("Operator", "Operators")),
            ),
            tuple(
                (*((one.title,) if titled else ()), f"{one.host}{one.target}", one.requests, one.operators)
                for one in letter.pages
            ),
            letter.more_pages,
        ),
        Table(
            "readers",
            Sentence("Pembaca yang dikirim layanan AI", "Readers whom AI services sent"),
            Sentence(
                "Tidak ada pembaca yang diketahui datang dari layanan AI.",
                "No reader is known to have come from an AI service.",
            ),
            (
                Column("service", Sentence("Layanan", "Service")),
                _OPERATOR,
                Column("readers", Sentence("Pembaca", "Readers")),
            ),
            tuple((one.service, one.operator, one.readers) for one in letter.readers),
        ),
        Table(
            "welcome-refused",
            Sentence("Tamu yang diterima tetapi ditolak (harus 0)", "Welcome clients refused (must be 0)"),
            Sentence(
                "0: tidak ada pembaca, mesin pencari, atau tamu lain yang ditolak.",
                "0: no reader, search engine or other welcome client was refused.",
            ),
            (
                Column("kind", Sentence("Siapa", "Who")),
                Column("agent", Sentence("Nama", "Name")),
                Column("rule", Sentence("Aturan", "Rule")),
                _REQUESTS,
            ),
            tuple((one.kind, one.agent, one.rule, one.requests) for one in letter.welcome_refused),
        ),
        Table(
            "licenses",
            Sentence("Lisensi", "Licenses"),
            Sentence("Tidak ada lisensi yang berlaku pada bulan ini.", "No license ran in this month."),
            (
                Column("license", Sentence("Lisensi", "License")),
                Column("licensee", Sentence("Pemegang", "Licensee")),
                _REQUESTS,
                Column("quota", Sentence("Kuota", "Quota")),
                _REFUSED,
                Column("days-left", Sentence("Sisa hari", "Days left")),
            ),
            tuple(
                (
                    held.id,
                    held.licensee,
                    used.total.requests,
                    held.quota,
                    used.total.refused,
                    max(0, (instant(held.ends) - now) // DAY),
                )
                for held, used in letter.licenses
            ),
        ),
    )


def together(table: Table) -> Table:
    """The same table for a page, where a headline stands above the page that it is of, in one cell."""
    if table.columns[0].name != "headline":
        return table
    rows = [
        (Titled(title, page) if isinstance(title, str) and isinstance(page, str) else page, *rest)
        for title, page, *rest in table.rows
    ]
    return table._replace(columns=table.columns[1:], rows=tuple(rows))


def said(cell: Cell, language: Language) -> str:
    """A cell for people."""
    match cell:
        case Titled():
            return cell.page
        case None:
            return "–"
        case Quota():
            return quota_of(cell, language)
        case Kind():
            return KINDS[cell].said(language)
        case int():
            return language.number(cell)
        case str():
            return cell


def plain(cell: Cell) -> int | str | None:
    """A cell for programs."""
    match cell:
        case Quota():
            return cell.limit
        case Kind():
            return cell.value
        case Titled():
            return cell.page
        case _:
            return cell


def as_csv(table: Table) -> str:
    """A line for each row, after one that names the columns (RFC 4180); no cell is a formula to a spreadsheet."""
    out = StringIO()
    lines = csv.writer(out)
    lines.writerow([column.name for column in table.columns])
    lines.writerows([csv_cell(plain(cell)) for cell in row] for row in table.rows)
    return out.getvalue()
