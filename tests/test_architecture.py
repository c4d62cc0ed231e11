"""The code keeps to its architecture; and each check does see what it is there for."""

import tomllib
from collections.abc import Callable, Iterable
from pathlib import Path, PurePosixPath

import pytest

from tests import architecture as a

ROOT = Path(__file__).parents[1]
GATEWAY = sorted((ROOT / "gateway").rglob("*.py"))
PROGRAMS = sorted(
    path for folder in ("gateway", "tests", "docs", "bench") for path in (ROOT / folder).rglob("*.py")
)
DATA = sorted(
    path for folder in ("gateway", "tests/cases", "policies") for path in (ROOT / folder).rglob("*.yaml")
)


def found(paths: Iterable[Path], check: Callable[[PurePosixPath, str], Iterable[str]]) -> str:
    """All that a check says about some files, one problem a line."""
    lines = []
    for path in paths:
        name = PurePosixPath(path.relative_to(ROOT))
        lines += [f"{name}: {problem}" for problem in check(name, path.read_text("utf-8"))]
    return "\n".join(lines)


def test_the_pure_half_knows_neither_world_nor_clock_nor_chance():
    assert found(GATEWAY, lambda path, source: a.impurities(a.module_of(path), source)) == ""


def test_imports_point_one_way():
    assert found(GATEWAY, lambda path, source: a.wrong_directions(a.module_of(path), source)) == ""


def test_no_modules_import_each_other():
    sources = {a.module_of(PurePosixPath(path)): path.read_text("utf-8") for path in GATEWAY}
    assert list(a.cycles(sources)) == []


def test_no_file_is_longer_than_one_reads():
    assert found(PROGRAMS, a.too_long) == ""


def test_no_name_is_one_that_says_nothing():
    assert found(PROGRAMS, a.banned_names) == ""


def test_values_on_the_wire_are_lower_case():
    assert found(GATEWAY, lambda _, source: a.loud_values(source)) == ""


def test_license_is_spelt_one_way_in_keys():
    assert found(GATEWAY + DATA, lambda _, text: a.british_keys(text)) == ""


def test_what_is_compiled_is_there_and_means_the_same():
    modules = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["hatch"]["build"]["targets"]
    modules = modules["wheel"]["hooks"]["custom"]["modules"]
    assert modules == sorted(modules)
    assert "gateway/decide.py" in modules, "by it `is_compiled` tells"
    assert found([ROOT / module for module in modules], lambda _, source: a.keywords_lost(source)) == ""
    sources = {a.module_of(PurePosixPath(path)): path.read_text("utf-8") for path in GATEWAY}
    names = [a.module_of(PurePosixPath(module)) for module in modules]
    assert list(a.heirs_lost(names, sources)) == []
    own = {"a": "class A: ...", "b": "from gateway.a import A\nclass B(A): ..."}
    assert list(a.heirs_lost(["a"], own)) == ["b: B inherits from a.A, which is compiled"]
    assert list(a.heirs_lost(["a", "b"], own)) == []
    assert list(a.keywords_lost("class A(Struct, frozen=True): ..."))
    assert list(a.keywords_lost("class A(Frozen, frozen=True, cache_hash=True): ..."))
    assert not list(a.keywords_lost("class A(Frozen, frozen=True): ...\nclass B(Struct): ..."))


def test_there_is_something_to_check():
    assert {a.module_of(PurePosixPath(path)) for path in GATEWAY} >= {
        "",
        "vocabulary",
        "decide",
        "policy.model",
        "cli",
    }
    assert len({part for tier in a.TIERS for part in tier}) == sum(len(tier) for tier in a.TIERS)


@pytest.mark.parametrize(
    ("module", "source", "problem"),
    [
        ("decide", "import time", "imports time;"),
        ("policy.compile", "from pathlib import Path", "imports pathlib.Path;"),
        ("vocabulary", "def f():\n    import os.path", "line 2: imports os.path;"),
        ("identify.claim", "from importlib.resources import files", "imports importlib.resources.files;"),
        ("agents", "import importlib", "imports importlib;"),
        ("enforce.deny", "from urllib import request", "imports urllib.request;"),
        ("seal.tree", "import secrets as s", "imports secrets;"),
        ("record", "x = open('f')", "calls open()"),
        ("licenses.license", "now = datetime.datetime.now(UTC)", "asks for the time with datetime.now()"),
        ("decide", "today = date.today()", "asks for the time with date.today()"),
    ],
)
def test_an_impure_module_is_seen(module, source, problem):
    assert problem in "\n".join(a.impurities(module, source))


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("decide", "from collections.abc import Mapping\nfrom gateway.policy.model import Policy"),
        ("agents", "from pathlib import Path"),
        (
            "statements.robots",
            "import re\nre.compile('x')\nself.open()\nlater = datetime.fromtimestamp(now, UTC)",
        ),
        ("audit.journal", "import os, time\nopen('f')"),
    ],
)
def test_a_pure_module_and_one_that_need_not_be_are_let_be(module, source):
    assert list(a.impurities(module, source)) == []


@pytest.mark.parametrize(
    ("module", "source", "problem"),
    [
        ("decide", "from gateway.statements import FORMATS", "decide imports statements"),
        ("statements.robots", "from gateway import decide", "statements imports decide"),
        ("vocabulary", "import gateway.request", "vocabulary imports request"),
        ("policy.paths", "from gateway.policy.model import Policy", "policy.paths imports policy"),
        ("policy.paths", "from .model import Policy", "write the import in full"),
        ("record", "from gateway.audit.journal import Journal", "record imports audit"),
        ("audit.sinks.file", "from gateway.proxy import relay", "audit imports proxy"),
        ("proxy.relay", "from gateway.console.app import make", "proxy imports console"),
        ("proxy.gate", "from gateway.app import build", "proxy imports app"),
        ("console.app", "from gateway.cli import main", "console imports cli"),
        ("somewhere", "", "somewhere is no part of the architecture yet"),
    ],
)
def test_a_wrong_direction_is_seen(module, source, problem):
    assert problem in "\n".join(a.wrong_directions(module, source))


def test_modules_that_import_each_other_are_seen():
    types = "if TYPE_CHECKING:\n    from gateway.proxy.relay import Relay"
    sources = {"": "", "proxy.relay": "from gateway.proxy import exchange", "proxy.exchange": types}
    (said,) = a.cycles({**sources, "proxy": ""})
    assert said in (
        "proxy.relay imports proxy.exchange imports proxy.relay",
        "proxy.exchange imports proxy.relay imports proxy.exchange",
    )
    assert list(a.cycles({**sources, "proxy.exchange": "import gateway.request"})) == []


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("cli.serve", "from gateway import __version__, app\nfrom gateway.cli import main"),
        ("policy.compile", "from gateway.policy.model import Policy\nfrom gateway.agents import Registry"),
        ("policy.model", "from gateway.policy import paths\nfrom gateway.policy.place import Place"),
        ("decide", "from gateway.orders import Orders\nimport starlette"),
        ("", "from gateway.nothing import x"),
    ],
)
def test_a_right_direction_is_let_be(module, source):
    assert list(a.wrong_directions(module, source)) == []


def test_a_long_file_is_seen():
    assert list(a.too_long(PurePosixPath("x.py"), "x = 1\n" * a.MAX_LINES)) == []
    assert list(a.too_long(PurePosixPath("x.py"), "x = 1\n" * (a.MAX_LINES + 1))) == [
        "401 lines, 400 at most"
    ]


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("def action(): ...", "action"),
        ("signal = 1", "signal"),
        ("self.bot = None", "bot"),
        ("def f(whitelist): ...", "whitelist"),
        ("for the_blacklist in x: ...", "the_blacklist"),
        ("class PolicyManager: ...", "PolicyManager"),
        ("async def handler(): ...", "handler"),
        ("import json as utils", "utils"),
        ("from events import signal", "signal"),
        ("class A:\n    licence: str = ''", "licence"),
        ("BOTS = 1", "BOTS"),
    ],
)
def test_a_banned_name_is_seen(source, name):
    assert f"defines {name!r}" in "\n".join(a.banned_names(PurePosixPath("gateway/x.py"), source))


@pytest.mark.parametrize("stem", ["utils", "dns_helpers", "handler"])
def test_a_banned_file_name_is_seen(stem):
    assert "the file's name" in "\n".join(a.banned_names(PurePosixPath(f"gateway/{stem}.py"), ""))


def test_others_names_may_be_used():
    source = (
        "import signal\nfrom contextlib import contextmanager\n"
        "loop.add_signal_handler(signal.SIGTERM, stop)\nrobots = action_taken = GPTBot = f(handler=stop)\n"
    )
    assert list(a.banned_names(PurePosixPath("gateway/proxy/supervisor.py"), source)) == []


def test_a_loud_value_is_seen():
    source = "class V(StrEnum):\n    ALLOW = 'allow'\n    DENY = 'Deny'\nclass Other:\n    NAME = 'Loud'\n"
    assert list(a.loud_values(source)) == ["line 3: the value 'Deny' is not lower-case"]


@pytest.mark.parametrize("line", ['entry["licence"] = 1', "licence: contoh-ai-2026", "  - x-licence-id: 1"])
def test_a_british_key_is_seen(line):
    assert len(list(a.british_keys(line))) == 1


@pytest.mark.parametrize(
    "line", ['"""A licence is a value."""', "note: the licence ended", "license: x", "# licence: y"]
)
def test_prose_spells_as_it_likes(line):
    assert list(a.british_keys(line)) == []
