"""By which catalogue of agents a command reads a policy: the one that a gateway on this machine goes by."""

import os
from pathlib import Path

import click

from gateway.agents import Registry, catalogue
from gateway.cli.terminal import safe


def known_agents(journal: Path | None = None) -> Registry:
    """The agents of the catalogue in force in a journal's folder (IZIN_JOURNAL, if none is given), where IZIN_CATALOGUE_KEY
    says whose signature counts; else those of this release. Where a signed one lies there and is not in force, stderr says so.
    """
    folder, keys = journal or os.environ.get("IZIN_JOURNAL"), os.environ.get("IZIN_CATALOGUE_KEY")
    if not folder or not keys:
        return catalogue()
    from gateway.lookups.catalogue import Catalogues
    from gateway.settings import parse_vkeys

    try:
        found = Catalogues(Path(folder), parse_vkeys(keys)).in_force()
    except ValueError as error:
        raise click.UsageError(f"IZIN_CATALOGUE_KEY: {error}") from None
    if found.problem:
        click.echo(
            f"warning: the signed catalogue in `{folder}` is not in force: {safe(found.problem)}", err=True
        )
    return found.registry
