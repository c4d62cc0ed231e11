"""A policy folder → its files, as one moment had them.

An editor saves several files one after another, and a reload may come in between. So the folder is read until two reads
agree. Only the files of a policy are read: regular ones, of bounded size and number, and symbolic links only if they
stay inside the folder (as those of a Kubernetes ConfigMap do).

Changes are found by looking, twice a second, at what the system says of each file: that also works where the folder lies on
another machine, where it is itself replaced, and where a link leads to each release, as notices of the kernel do not.
"""

import os
import stat
import time
from pathlib import Path
from typing import Final

from gateway.agents import Registry, catalogue
from gateway.lookups.catalogue import Catalogues
from gateway.policy.compile import compile_policy
from gateway.policy.faults import folder as faults
from gateway.policy.model import Policy
from gateway.policy.place import Place, PolicyError, Problem
from gateway.policy.source import MAX_OCTETS, shown
from gateway.vocabulary import Sentence

MAX_FILES: Final = 2_000
_SUFFIXES: Final = (".yaml", ".yml")
#: A robots.txt that site.yaml may name; other texts are nobody's policy.
_TEXT: Final = ".txt"
#: Holds examples for `izin test`, which decide nothing.
EXAMPLES: Final = "tests"
_NOT_READ: Final = frozenset({EXAMPLES})
_TRIES: Final = 20
_PAUSE: Final = 0.05  # seconds between two reads


def load(path: str | Path, registry: Registry | None = None) -> Policy:
    """The policy in a folder, compiled. Raises PolicyError with everything that is wrong."""
    return compile_policy(read_folder(Path(path)), catalogue() if registry is None else registry)


class PolicyFolder:
    """A policy's folder over time. Both methods block."""

    def __init__(self, path: Path, catalogues: Catalogues | None = None) -> None:
        """Agents are known by the catalogue in force, or by the release's own."""
        self.path = path
        self._catalogues = catalogues
        self._loaded: object = None
        self._seen: object = None

    def load(self) -> Policy:
        """The policy as it is now; PolicyError with everything that is wrong."""
        self._loaded = self._fingerprint()
        return load(self.path, None if self._catalogues is None else self._catalogues.registry())

    def changed(self) -> bool:
        """Whether files, or the catalogue, have changed since the last load and have rested between this call and the one
        before."""
        now, before = self._fingerprint(), self._seen
        self._seen = now
        return now == before and now != self._loaded

    def _fingerprint(self) -> object:
        return _fingerprint(self.path), None if self._catalogues is None else self._catalogues.fingerprint()


_SITE: Final = Place("site.yaml", 1, 1)


def read_folder(path: Path) -> dict[str, bytes]:
    """Every YAML file of a policy folder, and every text beside site.yaml, by its name in it (`site.yaml`,
    `licenses/a.yaml`, `robots.txt`).

    Raises PolicyError if the folder or a file cannot be read, is too large, or does not come to rest within a second.
    """
    before = None
    for attempt in range(_TRIES):
        if attempt > 1:
            time.sleep(_PAUSE)
        now = _read_once(path)
        if now == before:
            return now
        before = now
    raise PolicyError((faults.CHANGING.at(_SITE),))


def read_examples(path: Path) -> dict[str, bytes]:
    """The YAML files with the examples of a policy folder, by their names in it (`tests/a.yaml`); empty if it has none.

    Raises PolicyError if one cannot be read.
    """
    root, files = path.resolve(), {}
    problems: list[Problem] = []
    try:
        names = sorted(one for one in os.listdir(root / EXAMPLES) if not one.startswith("."))  # noqa: PTH208
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as error:
        raise PolicyError((_unreadable(EXAMPLES, error),)) from None
    for name in [f"{EXAMPLES}/{one}" for one in names if one.endswith(_SUFFIXES)][:MAX_FILES]:
        try:
            files[name] = _read_file(root, name)
        except OSError as error:
            problems.append(_unreadable(name, error))
    if problems:
        raise PolicyError(tuple(problems))
    return files


def _read_once(path: Path) -> dict[str, bytes]:
    if not path.is_dir():
        named = {"path": shown(str(path), 200), "parent": shown(str(path.parent), 200)}
        fault = faults.IS_A_FILE if path.exists() else faults.NOT_THERE
        raise PolicyError((fault.at(_SITE, **named),))
    root = path.resolve()
    files: dict[str, bytes] = {}
    problems: list[Problem] = []
    try:
        names = sorted(_names(root))
    except OSError as error:
        raise PolicyError((_unreadable("site.yaml", error),)) from None
    if len(names) > MAX_FILES:
        raise PolicyError((faults.TOO_MANY_FILES.at(_SITE, most=MAX_FILES),))
    for name in names:
        try:
            files[name] = _read_file(root, name)
        except OSError as error:
            if not name.endswith(_TEXT):  # it is missed where it is named
                problems.append(_unreadable(name, error))
    if problems:
        raise PolicyError(tuple(problems))
    return files


def _fingerprint(path: Path) -> object:
    """What is another value when a file of the policy has changed, or why it cannot be told."""
    try:
        root = path.resolve(strict=True)
        names = [name for name in sorted(_names(root)) if not name.endswith(_TEXT) or (root / name).exists()]
        found = [(name, (root / name).stat()) for name in names[: MAX_FILES + 1]]
    except OSError as error:
        return error.errno
    return root, tuple(
        (name, one.st_ino, one.st_size, one.st_mtime_ns, one.st_ctime_ns) for name, one in found
    )


def _names(root: Path) -> list[str]:
    """The YAML files of the folder and of the folders right below it, and texts beside site.yaml; hidden ones are nobody's
    policy."""
    found = []
    for entry in os.scandir(root):
        if entry.name.startswith("."):
            continue
        if entry.is_dir():
            if entry.name not in _NOT_READ:
                inner = (one.name for one in os.scandir(entry) if not one.name.startswith("."))
                found += [f"{entry.name}/{name}" for name in inner if name.endswith(_SUFFIXES)]
        elif entry.name.endswith((*_SUFFIXES, _TEXT)):
            found.append(entry.name)
    return found


def _read_file(root: Path, name: str) -> bytes:
    """The octets of a file, one more than `MAX_OCTETS` at most: the reader then says that it is too large."""
    real = (root / name).resolve(strict=True)
    if not real.is_relative_to(root):
        raise _NotReadError(faults.LINK_OUTSIDE)
    # A named pipe would block here for ever, were it not for O_NONBLOCK.
    descriptor = os.open(real, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOFOLLOW)
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise _NotReadError(faults.NOT_REGULAR)
        return file.read(MAX_OCTETS + 1)


def _unreadable(name: str, error: OSError) -> Problem:
    why = error.why if isinstance(error, _NotReadError) else (error.strerror or "?").lower()
    return faults.UNREADABLE.at(Place(shown(name), 1, 1), why=why)


class _NotReadError(OSError):
    """A file that is there and is not read, and why not."""

    def __init__(self, why: Sentence) -> None:
        super().__init__(0, why.en)
        self.why = why
