"""Documents of hosts written into a folder, at their paths."""

from collections.abc import Mapping
from pathlib import Path

import click


def write(hosts: Mapping[str, Mapping[str, bytes]], out: Path) -> None:
    """The first host's documents at their paths, those of hosts that say something else under ``hosts/``."""
    first = next(iter(hosts.values()), {})
    for pattern, documents in hosts.items():
        for path, body in documents.items():
            if documents is first:
                place = out / path.lstrip("/")
            elif first.get(path) == body:
                continue
            else:
                # A host pattern is letters, digits, hyphens, dots and a leading star: it cannot leave the folder.
                place = out / "hosts" / pattern.replace("*", "_") / path.lstrip("/")
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(body)
            click.echo(f"wrote {click.format_filename(place)}", err=True)
