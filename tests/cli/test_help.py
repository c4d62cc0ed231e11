"""What `--help` shows: every command, and a line about each that is whole."""

import subprocess
import sys

import click
import pytest

from gateway.cli import COMMANDS, main


def groups(group, path, context):
    """Every group of commands, with its path."""
    yield path, group
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from groups(command, f"{path} {name}", context)


@pytest.mark.parametrize(
    ("path", "group"),
    [
        pytest.param(*one, id=one[0])
        for one in groups(main, "izin", click.Context(main))
        if one[1] is not main
    ],
)
def test_no_line_about_a_command_is_cut(path, group):
    context = click.Context(group)
    lines = {
        name: group.get_command(context, name).get_short_help_str(62) for name in group.list_commands(context)
    }
    assert {f"{path} {name}": line for name, line in lines.items() if not line or line.endswith("...")} == {}


def test_the_list_of_commands_needs_none_of_them():
    listed = "import sys; from gateway.cli import main; main(['--help'], standalone_mode=False); sys.stderr.write(str([*sys.modules]))"
    ran = subprocess.run([sys.executable, "-c", listed], capture_output=True, text=True, check=True)
    page = " ".join(ran.stdout.split())
    assert [f"{name} {line}" for name, (_, line) in COMMANDS.items() if f"{name} {line}" not in page] == []
    assert "'gateway.cli'" in ran.stderr
    assert [module for module, _ in COMMANDS.values() if f"'{module}'" in ran.stderr] == []
