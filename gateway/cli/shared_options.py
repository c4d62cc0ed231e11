"""Where gateways count together: the options of `izin serve` about it."""

from typing import Any, Final

import click
from click.core import ParameterSource

from gateway.cli.options import FILE, Parsed, together
from gateway.shared.address import parse_redis

SHARED: Final = together(
    (
        click.option(
            "--redis",
            type=Parsed("URL …", parse_redis),
            envvar="IZIN_REDIS",
            default="",
            help="The Redis or Valkey in which several gateways count rates and quotas together and know orders: redis://HOST:PORT, rediss://… (TLS) or unix:///path; several addresses of the same data, separated by blanks. [env: IZIN_REDIS]",
        ),
        click.option(
            "--redis-password-file",
            type=FILE,
            envvar="IZIN_REDIS_PASSWORD_FILE",
            metavar="FILE",
            help="Its first line is the password of that server, the same for all gateways: it keys what is kept there. [env: IZIN_REDIS_PASSWORD_FILE]",
        ),
        click.option(
            "--redis-ca",
            type=FILE,
            envvar="IZIN_REDIS_CA",
            metavar="FILE",
            help="The authorities (PEM) of which one must have signed the certificate of a rediss:// server; else the system's. [env: IZIN_REDIS_CA]",
        ),
    )
)


def check_shared(values: dict[str, Any]) -> None:
    """End the command with 2 where these cannot be used together, or a password would be seen."""
    shown = click.get_current_context().get_parameter_source("redis") is ParameterSource.COMMANDLINE
    if shown and any(one.password for one in values["redis"]):
        raise click.UsageError(
            "--redis: a password there stands in the list of processes: use --redis-password-file or IZIN_REDIS"
        )
    if not values["redis"] and (values["redis_password_file"] or values["redis_ca"]):
        raise click.UsageError("--redis-password-file and --redis-ca say more of --redis, which is not given")
