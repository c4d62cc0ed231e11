"""`izin compile`: a policy in the language of what stands before Izin, so that it need not ask about every request."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

import click

from gateway.cli.options import POLICY, fail, load_policy
from gateway.files import put
from gateway.policy.model import Policy


def _nginx(policy: Policy, now: int) -> str:
    from gateway.compiled import nginx

    return nginx.render(policy, now)


def _cloudflare(policy: Policy, _now: int) -> str:
    from gateway.compiled import networks

    return networks.cloudflare(policy)


def _cloudfront(policy: Policy, _now: int) -> str:
    from gateway.compiled import networks

    return networks.cloudfront(policy)


def _fastly(policy: Policy, _now: int) -> str:
    from gateway.compiled import networks

    return networks.fastly(policy)


#: What is compiled for, and by what.
TARGETS: Final[dict[str, Callable[[Policy, int], str]]] = {
    "nginx": _nginx,
    "cloudflare": _cloudflare,
    "cloudfront": _cloudfront,
    "fastly": _fastly,
}


@click.command("compile", short_help="Write a policy in the language of what stands before Izin.")
@click.argument("target", type=click.Choice(list(TARGETS)), metavar="TARGET")
@POLICY
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Where it is written; else to standard output.",
)
def command(target: str, policy: Path, out: Path | None) -> None:
    """Write POLICY in the language of TARGET: nginx, cloudflare, cloudfront or fastly.

    For delivery networks: the rule by which whatever might be a machine goes past their cache. For nginx: a prefilter for its http block. Requests that can only be allowed go to the site without a question, and Izin
    records them from the access log; on the day it does not answer, the same file says whom the policy refuses. Write it
    anew whenever the policy or Izin changes.
    """
    from datetime import UTC, datetime

    from gateway.instants import instant

    text = TARGETS[target](load_policy(policy), instant(datetime.now(UTC)))
    if out is None:
        click.echo(text, nl=False)
        return
    try:
        put(out, text.encode(), mode=0o644)
    except OSError as error:
        fail(f"`{out}` cannot be written: {error.strerror}")
    click.echo(f"wrote {out}", err=True)
