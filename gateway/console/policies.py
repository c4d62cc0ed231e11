"""The policy as its folder has it: read again when it changes, and the last good one where it does not load."""

import threading

import structlog

from gateway.lookups.folder import PolicyFolder
from gateway.policy.model import Policy
from gateway.policy.place import PolicyError, Problem


class Policies:
    """The policy of one folder. Calls may come from several threads."""

    def __init__(self, folder: PolicyFolder) -> None:
        """PolicyError where there is none to begin with."""
        self._folder, self._lock = folder, threading.Lock()
        self._policy = folder.load()
        #: Why the folder as it is now cannot be loaded; empty where it can.
        self.problems: tuple[Problem, ...] = ()

    def __call__(self) -> Policy:
        """The policy now."""
        with self._lock:
            if self._folder.changed():
                try:
                    self._policy, self.problems = self._folder.load(), ()
                except PolicyError as error:
                    self.problems = tuple(error.problems)
                    structlog.get_logger().warning(
                        "the changed policy does not load", problems=len(self.problems)
                    )
            return self._policy
