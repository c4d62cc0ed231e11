"""The origins' robots.txt as a worker knows them: the supervisor asks the origins, once for all workers, and says."""

import time
from collections.abc import Callable, Mapping
from typing import Final

from gateway.lookups.robots import under
from gateway.policy.model import Host
from gateway.policy.robots import RobotsFile
from gateway.vocabulary import RobotsFrom

#: Seconds between two times that the supervisor is told that somebody asks for the same name, and names that are remembered.
AGAIN: Final = 60.0
MOST: Final = 1024


class HeardRobots:
    """What the supervisor has said of robots.txt; the same answers as `gateway.lookups.robots` gives."""

    def __init__(
        self,
        files: Mapping[str, RobotsFile],
        wanted: Callable[[str, str], object],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """``wanted`` is called with a wildcard's pattern and a name that is asked for under it."""
        self._files, self._wanted, self._clock = dict(files), wanted, clock
        self._asked: dict[str, float] = {}

    def hear(self, files: Mapping[str, RobotsFile], gone: list[str]) -> None:
        """These are new, and those are forgotten."""
        self._files.update(files)
        for name in gone:
            self._files.pop(name, None)

    def get(self, host: Host, name: str) -> RobotsFile | None:
        """What is known of the robots.txt of host ``name``, which falls under ``host``."""
        if host.robots_from is not RobotsFrom.ORIGIN:
            return host.robots_file
        if not under(host, name):  # also a loopback name, which stands for the first host
            name = host.pattern.removeprefix("*.")
        elif (now := self._clock()) - self._asked.get(name, -AGAIN) >= AGAIN:
            if len(self._asked) >= MOST:
                self._asked.clear()
            self._asked[name] = now
            self._wanted(host.pattern, name)
        return self._files.get(name)
