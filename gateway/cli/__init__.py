"""The command `izin`: one file a command, loaded only when it is asked for."""

import gc
from importlib import import_module
from typing import Any, Final

import click

from gateway import __version__, is_compiled

#: Every command: the module whose ``command`` it is, and what the list of commands says of it.
COMMANDS = {
    "demo": ("gateway.cli.demo", "See it work: a stub news site, the gateway, scripted clients."),
    "init": ("gateway.cli.init", "Write a commented policy folder to begin with."),
    "schema": ("gateway.cli.schema", "Write JSON Schema of a policy's files, for editors."),
    "serve": ("gateway.cli.serve", "Serve a site under a policy."),
    "console": ("gateway.cli.console", "Look at what was decided, and why, in a browser."),
    "mode": ("gateway.cli.mode", "Let everything pass, or enforce, at once: the emergency brake."),
    "block": ("gateway.cli.block", "Refuse one agent everywhere, at once."),
    "check": ("gateway.cli.check", "Say what is wrong with a policy, and what it says in plain words."),
    "test": ("gateway.cli.test", "Put the policy's own examples to it."),
    "replay": ("gateway.cli.replay", "Say what a policy would have done with the requests of a log."),
    "explain": ("gateway.cli.explain", "Say what the policy does with a request, and why."),
    "statements": ("gateway.cli.statements", "Print what a policy publishes, or what was published when."),
    "compile": ("gateway.cli.compile", "Write a policy in the language of what stands before Izin."),
    "doctor": ("gateway.cli.doctor", "Say where the public site differs from the policy."),
    "license": (
        "gateway.cli.license",
        "The contracts of a policy, the tokens that prove them, and what they are used for.",
    ),
    "agents": ("gateway.cli.agents", "Look into the catalogue of crawlers and tools."),
    "audit": ("gateway.cli.audit", "Read the audit log: what happened, and by which rule."),
    "alerts": ("gateway.cli.alerts", "Try whether alerts reach a person."),
    "backup": ("gateway.cli.backup", "Copy the journal, while the gateway runs, and verify the copy."),
    "restore": ("gateway.cli.restore", "Put a backup of the journal back."),
    "report": ("gateway.cli.report", "The monthly letter: what became of the terms in a month, on one page."),
}


#: So many new objects make the collector of cycles look through all of them. What a start makes stays, so that looking at
#: each 700th, as Python does by itself, is a tenth of the time of a start.
_COLLECT_AT: Final = 50_000


class Commands(click.Group):
    """A group that imports a command's module when the command is used; to be listed it is not needed."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command that the words name."""
        gc.set_threshold(_COLLECT_AT)
        return super().invoke(ctx)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Their names, in the order in which they are needed."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, its module imported now."""
        if cmd_name not in COMMANDS:
            return None
        module, _ = COMMANDS[cmd_name]
        found = import_module(module).command
        assert isinstance(found, click.Command)
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands, from the table alone."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(f"{__version__}, {'compiled' if is_compiled() else 'not compiled'}", prog_name="izin")
def main() -> None:
    """Izin: permission for machines. Serves a news site and keeps AI crawlers out unless they hold written permission."""
