"""Tables of pages as CSV, for a spreadsheet (RFC 4180); no cell is a formula to it."""

import csv
from collections.abc import Iterable, Sequence
from io import StringIO
from typing import Any

from starlette.responses import Response

from gateway.console.visit import Visit
from gateway.record.exported import csv_cell


def sheet(visit: Visit, name: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> Response:
    """A file of these rows after a line that names the columns; ``name`` says what it is about."""
    out = StringIO()
    lines = csv.writer(out)
    lines.writerow(columns)
    lines.writerows([csv_cell(cell) for cell in row] for row in rows)
    return as_file(visit, name, out.getvalue())


def as_file(visit: Visit, name: str, text: str) -> Response:
    """CSV to be kept under the site's name and ``name``, of which only what every system takes in a name is left."""
    safe = "".join(char if char.isascii() and char.isalnum() else "-" for char in name)[:64]
    return Response(
        text,
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{visit.policy.site}-{safe}.csv"'},
    )
