"""`izin console`: the review console, in a process of its own."""

import socket
from pathlib import Path
from typing import Any, Final

import click

from gateway.cli.giving import NotGiven, given
from gateway.cli.options import JOURNAL, POLICY, Parsed, fail
from gateway.settings import DEFAULT_CONSOLE, Address, parse_address, parse_networks, parse_vkeys
from gateway.vocabulary import Sentence

_A_COPY: Final = Sentence(
    "ini salinan sebuah jurnal, dan tidak ada gerbang yang mematuhinya",
    "this is a copy of a journal, and no gateway obeys it",
)


@click.command("console")
@POLICY
@JOURNAL
@click.option(
    "--listen",
    type=Parsed("HOST:PORT", parse_address),
    envvar="IZIN_CONSOLE",
    default=DEFAULT_CONSOLE,
    show_default=True,
    help="Where it listens; keep it off the public network. [env: IZIN_CONSOLE]",
)
@click.option(
    "--url",
    envvar="IZIN_CONSOLE_URL",
    default="",
    metavar="URL",
    help="Where browsers reach it, such as https://tinjau.antara.example; else its own address. It answers to no other name. [env: IZIN_CONSOLE_URL]",
)
@click.option(
    "--sign-in-field",
    envvar="IZIN_SIGN_IN_FIELD",
    default="",
    metavar="FIELD",
    help="The header field in which a sign-in proxy names who is signed in, such as X-Forwarded-User; else accounts of its own. [env: IZIN_SIGN_IN_FIELD]",
)
@click.option(
    "--sign-in-proxies",
    type=Parsed("CIDR,…", parse_networks),
    envvar="IZIN_SIGN_IN_PROXIES",
    default="127.0.0.1/32,::1/128",
    show_default=True,
    help="Proxies whose field counts; they must remove a client's own. [env: IZIN_SIGN_IN_PROXIES]",
)
@click.option(
    "--catalogue-key",
    type=Parsed("VKEY,…", parse_vkeys),
    envvar="IZIN_CATALOGUE_KEY",
    default="",
    help="As for `izin serve`. [env: IZIN_CATALOGUE_KEY]",
)
@click.option("--listen-fd", type=int, hidden=True)  # bound, by whoever starts it
@click.option("--child", is_flag=True, hidden=True)
def command(
    policy: Path, journal: Path, listen: Address, listen_fd: int | None, url: str, child: bool, **values: Any
) -> None:
    """Serve the review console of the gateway that writes the journal, until Ctrl-C.

    The first start prints a link at which the first account is made. `izin serve --console` starts it by itself.
    """
    import structlog

    from gateway.console.guard import Place
    from gateway.console.serve import NotOpened, Wanted, serve
    from gateway.console.sign_in import SignIn
    from gateway.lookups.catalogue import Catalogues
    from gateway.lookups.folder import PolicyFolder
    from gateway.policy.place import PolicyError
    from gateway.proxy import oplog
    from gateway.proxy.sockets import ListenError, bind, shown

    if not journal.is_dir():
        fail(f"`{journal}` is not there", "the folder that `izin serve --journal` names is wanted here", 2)
    oplog.configure()
    try:
        listener = bind(listen, "--listen") if listen_fd is None else socket.socket(fileno=listen_fd)
    except ListenError as error:
        fail(str(error), error.hint)
    try:
        place = Place.read(url or f"http://{shown(listener)}")
    except ValueError as error:
        fail(str(error), "see `--url`", 2)

    def tell(address: str, link: str | None) -> None:
        if child:
            more = {} if link is None else {"first_account": link}
            structlog.get_logger().info("console", listen=shown(listener), url=address, **more)
            return
        click.echo(f"The review console is open at {address}")
        if link is not None:
            click.echo(f"Make the first account here, once, within a day: {link}")

    wanted = Wanted(
        folder=PolicyFolder(policy, Catalogues(journal, values["catalogue_key"])),
        journal=journal,
        place=place,
        sign_in=SignIn(values["sign_in_field"], values["sign_in_proxies"]),
        record=lambda event, details: _recorded(journal, event, details),
        child=child,
    )
    try:
        serve(wanted, listener, tell)
    except NotOpened as error:
        fail(str(error), "it needs to write there: run it as the gateway's user")
    except PolicyError as error:
        problems = "\n".join(str(problem) for problem in error.problems)
        fail(f"`{policy}` cannot be read:\n{problems}", f"see `izin check {policy}`")
    finally:
        listener.close()


def _recorded(journal: Path, event: str, details: dict[str, Any]) -> str | Sentence:
    """Make it an event of the journal; why not, where that cannot be. A copy of a journal stays as it is."""
    from gateway.audit import folder
    from gateway.audit.receipt import JournalError

    looks = event in {"look", "export", "account"}
    try:
        said = folder.lane_of(journal) or {}
        if folder.held(journal) or said.get("lane") == folder.machine():
            given(journal, event, details)
        elif not looks:
            return _A_COPY
    except NotGiven as error:
        return error.what
    except (JournalError, OSError, ValueError) as error:
        return str(error)
    return ""
