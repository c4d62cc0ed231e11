"""`izin license`: the contracts of a policy, and the tokens by which their holders prove them."""

import click

from gateway.cli.usage import demand, usage


@click.group("license", short_help="The contracts of a policy, and what they are used for.")
def command() -> None:
    """Written permission: what each license of a policy was used for, and who asks without one."""


command.add_command(usage)
command.add_command(demand)
