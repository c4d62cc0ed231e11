"""What `--help` shows: every command, and a line about each that is whole."""

import click
import pytest

from gateway.cli import main


def groups(group, path, context):
    """Every group of commands, with its path."""
    yield path, group
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from groups(command, f"{path} {name}", context)


@pytest.mark.parametrize(
    ("path", "group"), [pytest.param(*one, id=one[0]) for one in groups(main, "izin", click.Context(main))]
)
def test_no_line_about_a_command_is_cut(path, group):
    context = click.Context(group)
    lines = {
        name: group.get_command(context, name).get_short_help_str(62) for name in group.list_commands(context)
    }
    assert {f"{path} {name}": line for name, line in lines.items() if not line or line.endswith("...")} == {}
