"""`izin license`: the contracts of a policy, and the tokens by which their holders prove them."""

import click

from gateway.cli.contracts import list_, show
from gateway.cli.new_license import new
from gateway.cli.recount import recount
from gateway.cli.secrets import secret
from gateway.cli.tokens import issue, revoke, rotate_key
from gateway.cli.usage import demand, usage


@click.group("license")
def command() -> None:
    """Written permission: the licenses of a policy, the tokens that prove them, what each was used for, and who asks
    without one."""


for one in (new, issue, secret, list_, show, revoke, rotate_key, recount, usage, demand):
    command.add_command(one)
