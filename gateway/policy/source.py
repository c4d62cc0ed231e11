"""YAML text → nodes that know their place, so that every later message can point at a line.

Theory of operation. Only the event stream of PyYAML is used, never its constructors: a scalar stays the text that was
written (`no` is two letters, `12:30` five), and nothing in a file can name a type. The tree is built here with a stack
of our own, which bounds depth and size whatever the text says; an alias stands for a node that is already whole, and
counts as often as it is used. A syntax error ends the file, everything else is noted and reading goes on.
"""

import re
from dataclasses import dataclass
from typing import Any, Final

import yaml

from gateway.policy.faults import source as faults
from gateway.policy.place import Fault, Place, Problem
from gateway.vocabulary import Sentence

#: Octets of one file, levels of nesting, and nodes once aliases are written out.
MAX_OCTETS: Final = 1024 * 1024
MAX_DEPTH: Final = 16
MAX_NODES: Final = 200_000

# libyaml is ten times as fast; without it the same events come from Python.
_LOADER: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
_FORBIDDEN = re.compile("[^\t\n\r -~\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
_LINE_END = re.compile("\r\n|[\r\n\x85\u2028\u2029]")  # as YAML 1.1 counts lines
_TAB_INDENT = re.compile(r"[ ]*\t")


@dataclass(frozen=True, slots=True)
class Text:
    """A scalar, as written. ``plain`` is False where it stood in quotes or in a block."""

    place: Place
    text: str
    plain: bool = True


@dataclass(frozen=True, slots=True)
class Many:
    """A list."""

    place: Place
    items: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A mapping with each key once, in the order written."""

    place: Place
    rows: tuple[tuple[Text, "Node"], ...]


@dataclass(frozen=True, slots=True)
class Broken:
    """Where something could not be read and was already complained about."""

    place: Place


Node = Text | Many | Table | Broken


def read_source(file: str, octets: bytes) -> tuple[Node, list[Problem]]:
    """The document of a file, and what is wrong with it as YAML. Never raises; an empty file is an empty text."""
    start = Place(file, 1, 1)
    if len(octets) > MAX_OCTETS:
        return Broken(start), [faults.TOO_LARGE.at(start, kib=MAX_OCTETS // 1024)]
    try:
        text = octets.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        place = _place_in(file, octets[: error.start].decode("utf-8", "replace"))
        return Broken(start), [faults.NOT_UTF8.at(place)]
    odd = _FORBIDDEN.search(text)
    if odd:
        place = _place_in(file, text[: odd.start()])
        code = f"U+{ord(odd.group()):04X}"
        return Broken(start), [faults.CHARACTER.at(place, code=code)]
    end = _place_in(file, text)
    builder = _Builder(end)
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            if not builder.take(event):
                break
    except yaml.MarkedYAMLError as error:
        builder.problems.append(_syntax_problem(end, text, error))
        return Broken(start), builder.problems
    except (yaml.YAMLError, RecursionError, ValueError):
        builder.problems.append(faults.UNREADABLE.at(start))
        return Broken(start), builder.problems
    return builder.root or Text(start, ""), builder.problems


def _lines(text: str) -> list[str]:
    return _LINE_END.split(text)


def _place_in(file: str, before: str) -> Place:
    """The place right after some text."""
    lines = _lines(before.removeprefix("\ufeff"))
    return Place(file, len(lines), len(lines[-1]) + 1)


def _place_of(mark: Any, end: Place) -> Place:
    """The place of a mark of PyYAML, but never after the ``end`` of the file: libyaml adds a line of its own."""
    return min(Place(end.file, mark.line + 1, mark.column + 1), end)


def _syntax_problem(end: Place, text: str, error: yaml.MarkedYAMLError) -> Problem:
    lines = _lines(text)
    # What never ends is shown where it begins, not at the end of the file.
    marks = (mark for mark in (error.problem_mark, error.context_mark) if mark is not None)
    places = [place for mark in marks if (place := _place_of(mark, end)) < end]
    place = places[0] if places else end
    hint = faults.NO_TABS if _TAB_INDENT.match(lines[place.line - 1]) else None
    what = (error.problem or error.context or "unreadable").replace("\t", "\\t")
    return faults.NOT_YAML.at(place, hint, what=Sentence(faults.PARSER.get(what, what), what))


@dataclass(slots=True)
class _Open:
    """A list or mapping whose end has not come yet; ``size`` and ``height`` are those of what it holds so far."""

    place: Place
    anchor: str | None
    table: bool
    items: list[Node]
    size: int = 1
    height: int = 1


class _Builder:
    """Makes the tree of the first document from events."""

    def __init__(self, end: Place) -> None:
        self.root: Node | None = None
        self.problems: list[Problem] = []
        self._end = end
        self._stack: list[_Open] = []
        self._anchors: dict[str, tuple[Node, int, int]] = {}

    def take(self, event: yaml.Event) -> bool:
        """Add one event; False where reading must stop."""
        place = _place_of(event.start_mark, self._end)
        if isinstance(event, yaml.DocumentStartEvent) and self.root is not None:
            self._wrong(place, faults.SECOND_DOCUMENT)
            return False
        if isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent) and event.tag is not None:
            self._wrong(place, faults.TAG, tag=shown(event.tag))
        if isinstance(event, yaml.ScalarEvent):
            return self._add(Text(place, event.value, not event.style), event.anchor, 1, 1)
        if isinstance(event, yaml.AliasEvent):
            return self._alias(place, event.anchor or "")
        if isinstance(event, yaml.SequenceStartEvent | yaml.MappingStartEvent):
            if len(self._stack) >= MAX_DEPTH:
                return self._too_deep(place)
            self._stack.append(_Open(place, event.anchor, isinstance(event, yaml.MappingStartEvent), []))
        elif isinstance(event, yaml.SequenceEndEvent | yaml.MappingEndEvent):
            done = self._stack.pop()
            node = self._table(done) if done.table else Many(done.place, tuple(done.items))
            return self._add(node, done.anchor, done.size, done.height)
        return True

    def _add(self, node: Node, anchor: str | None, size: int, height: int) -> bool:
        if anchor is not None:
            self._anchors[anchor] = (node, size, height)
        if not self._stack:
            self.root = node
            return True
        parent = self._stack[-1]
        parent.items.append(node)
        parent.size += size
        parent.height = max(parent.height, height + 1)
        if len(self._stack) + height > MAX_DEPTH + 1:
            return self._too_deep(node.place)
        if parent.size > MAX_NODES:
            self._wrong(node.place, faults.TOO_MANY, most=MAX_NODES)
            return self._stop()
        return True

    def _alias(self, place: Place, anchor: str) -> bool:
        name = shown(anchor)
        if any(one.anchor == anchor for one in self._stack):
            self._wrong(place, faults.WITHIN_ITSELF, name=name)
        elif anchor not in self._anchors:
            self._wrong(place, faults.NO_ANCHOR, name=name)
        else:
            node, size, height = self._anchors[anchor]
            return self._add(node, None, size, height)
        return self._add(Broken(place), None, 1, 1)

    def _table(self, done: _Open) -> Table:
        rows: dict[str, tuple[Text, Node]] = {}
        for key, value in zip(done.items[::2], done.items[1::2], strict=True):
            if not isinstance(key, Text):
                if not isinstance(key, Broken):
                    self._wrong(key.place, faults.KEY_SHAPE)
            elif key.text == "":
                self._wrong(key.place, faults.KEY_MISSING)
            elif key.text == "<<" and key.plain:
                self._wrong(key.place, faults.MERGING)
            elif key.text in rows:
                self._wrong(key.place, faults.TWICE, key=shown(key.text), first=rows[key.text][0].place)
            else:
                rows[key.text] = (key, value)
        return Table(done.place, tuple(rows.values()))

    def _too_deep(self, place: Place) -> bool:
        self._wrong(place, faults.TOO_DEEP, most=MAX_DEPTH)
        return self._stop()

    def _stop(self) -> bool:
        self.root = Broken(Place(self._end.file, 1, 1))
        return False

    def _wrong(self, place: Place, fault: Fault, /, **values: object) -> None:
        self.problems.append(fault.at(place, **values))


def shown(text: str, limit: int = 60) -> str:
    """What a writer wrote, fit to stand in backticks on a terminal: on one line, printable, at most ``limit`` long."""
    cut = text if len(text) <= limit else text[: limit - 1] + "…"
    return "".join(c if c.isprintable() and c != "`" else _escaped(c) for c in cut)


def _escaped(character: str) -> str:
    return "'" if character == "`" else character.encode("unicode_escape").decode("ascii")
