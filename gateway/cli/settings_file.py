"""The file of settings that `izin serve` reads, for its own options and for commands that share some of them."""

from pathlib import Path
from typing import Any, Final

import click

from gateway.cli.options import FILE


def _settings_file(ctx: click.Context, _: click.Parameter, value: Path | None) -> Path | None:
    """Let the file's values stand below flags and environment."""
    if value is None:
        return None
    import yaml

    try:
        found = yaml.load(value.read_text("utf-8"), yaml.BaseLoader)  # noqa: S506 - BaseLoader makes text only
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise click.BadParameter(f"`{value}` cannot be read as YAML: {str(error).splitlines()[0]}") from None
    found = found or {}  # an empty file sets nothing
    if not isinstance(found, dict) or not all(isinstance(one, str) for one in found.values()):
        raise click.BadParameter(f"`{value}` must hold one `name: value` a line")
    known = _names(ctx) - {"settings"}
    values: dict[str, Any] = {name.replace("-", "_"): text for name, text in found.items()}
    unknown = sorted(values.keys() - known)
    if unknown:
        raise click.BadParameter(f"`{value}`: unknown setting `{unknown[0].replace('_', '-')}`")
    ctx.default_map = {**values, **(ctx.default_map or {})}
    return value


def _names(ctx: click.Context) -> set[str]:
    """What may stand in the file, whichever command reads it."""
    root = ctx.find_root()
    serve = root.command.get_command(root, "serve") if isinstance(root.command, click.Group) else None
    return {option.name or "" for option in (serve or ctx.command).params if isinstance(option, click.Option)}


SETTINGS: Final = click.option(
    "--settings",
    type=FILE,
    envvar="IZIN_SETTINGS",
    is_eager=True,
    expose_value=False,
    callback=_settings_file,
    metavar="FILE",
    help="A YAML file with these settings, `listen: 127.0.0.1:8080`; flags and environment come first. [env: IZIN_SETTINGS]",
)
