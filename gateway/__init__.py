"""Izin: a gateway that enforces a publisher's notice against AI crawling without written permission.

One request in one sentence: read the request, identify who sends it, decide under the policy, record the
decision, enforce it, and record the outcome. Each verb is a module: `request`, `identify`, `decide`, `record` and
`enforce` say what is to be done, without doing it; `audit` writes it down; `proxy` does it, at its two doors.
"""

from importlib.util import find_spec

__version__ = "0.1.0"


def is_compiled() -> bool:
    """Whether the modules that each request passes through are machine code (`hatch_build.py`), and not Python."""
    found = find_spec("gateway.decide")
    return found is not None and not (found.origin or "").endswith(".py")
