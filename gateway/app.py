"""Builds every part from the settings and runs them: the only module that knows them all."""

from datetime import UTC, datetime

import structlog
import uvloop

from gateway.audit.receipt import JournalError
from gateway.judgement import Version
from gateway.lookups.folder import PolicyFolder
from gateway.policy.place import PolicyError
from gateway.proxy import oplog
from gateway.proxy.sockets import ListenError, bind
from gateway.proxy.supervisor import Supervisor
from gateway.proxy.versions import make_version
from gateway.settings import Settings


class StartError(Exception):
    """The gateway does not start: what is wrong, in words for people, and a hint."""

    def __init__(self, what: str, hint: str = "") -> None:
        super().__init__(what)
        self.what, self.hint = what, hint


def serve(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT. Raises `StartError` where it cannot start."""
    oplog.configure()
    folder = PolicyFolder(settings.policy)
    version = _first_version(folder, settings)
    try:
        listener, admin = bind(settings.listen, "--listen"), bind(settings.admin, "--admin")
    except ListenError as error:
        raise StartError(str(error), error.hint) from None
    try:
        uvloop.run(Supervisor(settings, version, folder, listener, admin).run())
    except JournalError as error:
        raise StartError(str(error), error.hint) from None
    finally:
        listener.close()
        admin.close()


def _first_version(folder: PolicyFolder, settings: Settings) -> Version:
    try:
        policy = folder.load()
        version = make_version(policy, settings, 1, datetime.now(UTC))
    except PolicyError as error:
        problems = "\n".join(str(problem) for problem in error.problems)
        raise StartError(
            f"`{settings.policy}` cannot be served:\n{problems}", f"see `izin check {settings.policy}`"
        ) from None
    for warning in policy.warnings:
        structlog.get_logger().warning("policy", place=str(warning.place), message=warning.message)
    return version
