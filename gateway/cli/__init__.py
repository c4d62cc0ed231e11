"""The command `izin`: one file a command, loaded only when it is asked for."""

from importlib import import_module

import click

from gateway import __version__

#: Every command and the module whose ``command`` it is.
COMMANDS = {
    "demo": "gateway.cli.demo",
    "init": "gateway.cli.init",
    "schema": "gateway.cli.schema",
    "serve": "gateway.cli.serve",
    "console": "gateway.cli.console",
    "mode": "gateway.cli.mode",
    "block": "gateway.cli.block",
    "check": "gateway.cli.check",
    "test": "gateway.cli.test",
    "replay": "gateway.cli.replay",
    "explain": "gateway.cli.explain",
    "statements": "gateway.cli.statements",
    "doctor": "gateway.cli.doctor",
    "license": "gateway.cli.license",
    "agents": "gateway.cli.agents",
    "audit": "gateway.cli.audit",
    "report": "gateway.cli.report",
}


class Commands(click.Group):
    """A group that imports a command's module when the command is used or listed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Their names, in the order in which they are needed."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, its module imported now."""
        if cmd_name not in COMMANDS:
            return None
        found = import_module(COMMANDS[cmd_name]).command
        assert isinstance(found, click.Command)
        return found


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="izin")
def main() -> None:
    """Izin: permission for machines. Serves a news site and keeps AI crawlers out unless they hold written permission."""
