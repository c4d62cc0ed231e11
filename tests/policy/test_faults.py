"""The tables of what can be wrong: both languages say the same, and whatever was written is only ever shown."""

import re
from collections import Counter
from importlib import import_module
from pathlib import Path
from string import Formatter

import pytest

import gateway
from gateway.policy import faults
from gateway.policy.place import Fault, Place
from gateway.vocabulary import Language, Sentence

MODULES = sorted(path.stem for path in Path(faults.__file__).parent.glob("*.py") if path.stem != "__init__")
#: How often each source of the gateway says a name in capitals.
SAID = [
    Counter(re.findall("[A-Z0-9_]+", path.read_text("utf-8")))
    for path in Path(gateway.__file__).parent.rglob("*.py")
]


def names(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def rows(module: str) -> list[tuple[str, Fault | Sentence]]:
    """Every sentence of a table by its name, those of a table within it too."""
    found = []
    for name, value in vars(import_module(f"gateway.policy.faults.{module}")).items():
        inner = value.values() if isinstance(value, dict) else (value,)
        found += [(name, one) for one in inner if isinstance(one, Fault | Sentence)]
    return found


@pytest.mark.parametrize("module", MODULES)
def test_both_languages_speak_of_the_same(module: str):
    for name, row in rows(module):
        assert names(row.id) == names(row.en), name
        if isinstance(row, Fault):
            assert names(row.id_hint) == names(row.en_hint), name
            assert bool(row.id_hint) == bool(row.en_hint), name


@pytest.mark.parametrize("module", MODULES)
def test_every_sentence_is_said_somewhere(module: str):
    for name, _ in rows(module):
        assert sum(said[name] for said in SAID) > 1, f"{module}.{name}"


def test_what_was_written_is_never_read_as_a_template():
    fault = Fault("`{text}` bukan {what}", "`{text}` is no {what}", "lihat {place}", "see {place}")
    what = Sentence("{nama}", "{name}")
    problem = fault.at(Place("site.yaml", 1, 2), text="{0}{text!r}{}", what=what, place="{x}")
    assert problem.told(Language.EN) == "site.yaml:1:2: `{0}{text!r}{}` is no {name}\n    hint: see {x}"
    assert problem.told(Language.ID) == "site.yaml:1:2: `{0}{text!r}{}` bukan {nama}\n    petunjuk: lihat {x}"
    given = fault.at(Place("site.yaml", 1, 2), Sentence("{y}", "{z}"), text="a", what="b")
    assert given.hint == Sentence("{y}", "{z}")
