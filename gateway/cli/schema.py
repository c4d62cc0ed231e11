"""`izin schema`: what may stand in a policy's files, as JSON Schema for editors."""

from pathlib import Path

import click
import msgspec

from gateway.cli.options import fail
from gateway.schema import FILES, schema


@click.command("schema")
@click.argument("name", type=click.Choice(list(FILES)), required=False)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Write each schema into this folder, as NAME.json.",
)
def command(name: str | None, out: Path | None) -> None:
    """Print the JSON Schema (draft 2020-12) of one kind of file of a policy, or of all in one object, by name.

    An editor that is given it completes keys, explains them in Indonesian and English, and marks what is wrong while it is
    being written. `izin init` puts them into the folder's `.schema`; after an upgrade, `izin schema --out DIR/.schema` writes
    them anew. What only the whole policy can tell is left to `izin check`.
    """
    names = [name] if name else list(FILES)
    if out is not None:
        write(out, names)
    else:
        found = schema(name) if name else {one: schema(one) for one in names}
        click.echo(_text(found), nl=False)


def write(folder: Path, names: list[str], *, tell: bool = True) -> None:
    """Write schemas into a folder, in place of those of another version; the command ends where it cannot be written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name in names:
            path = folder / f"{name}.json"
            path.write_text(_text(schema(name)), "utf-8")
            if tell:
                click.echo(f"wrote {click.format_filename(path)}", err=True)
    except OSError as error:
        fail(f"`{folder}` cannot be written: {error.strerror or error}")


def _text(value: object) -> str:
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode() + "\n"
