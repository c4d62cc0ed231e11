"""What site.yaml says of uses: on a whole host, and on its sections.

A section is a list of paths, or a mapping with what is said to uses on them besides. Under a host only what differs is
written: `foto: {uses: {search: deny}}` there keeps the paths that the site gives to `foto`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from gateway.policy.faults import site as faults
from gateway.policy.faults.values import EMPTY, USE, VERDICT
from gateway.policy.paths import Pattern
from gateway.policy.place import Place
from gateway.policy.reader import Reader, What
from gateway.policy.source import Node, Table, shown
from gateway.vocabulary import Sentence, Use, Verdict


@dataclass(frozen=True, slots=True)
class Said:
    """One use and what the policy says to it; ``place`` is where."""

    verdict: Verdict
    place: Place


@dataclass(frozen=True, slots=True)
class Section:
    """Paths, what is said to uses there, and where that stands. Without paths it is what differs of another one.

    ``broken`` is one whose paths could not be read, which was complained about.
    """

    paths: tuple[Pattern, ...] = ()
    uses: Mapping[Use, Said] = field(default_factory=dict)
    place: Place | None = None
    broken: bool = False

    def over(self, other: "Section") -> "Section":
        """This section, and where it says nothing, the other one."""
        return Section(
            self.paths or other.paths,
            {**other.uses, **self.uses},
            self.place or other.place,
            self.broken or other.broken,
        )


NO_SECTION: Final = Section()


def read_uses(reader: Reader, node: Node) -> dict[Use, Said]:
    """Single uses and what is said to them; a line about one use outweighs a line about several."""
    lines = []
    for key, value in reader.rows(node, "`uses`"):
        use = reader.one_of(key, Use, USE)
        verdict = reader.one_of(value, Verdict, VERDICT)
        if use is not None and verdict is not None:
            lines.append((use, Said(verdict, key.place)))
    lines.sort(key=lambda line: -len(line[0].single))
    # Sorted, so that the order in which a file names uses is no part of what the policy says.
    said = {single: one for use, one in lines for single in use.single}
    return {use: said[use] for use in Use if use in said}


def read_sections(reader: Reader, node: Node) -> dict[str, Section]:
    """The sections of the site or of a host, by name."""
    sections = {}
    for key, value in reader.rows(node, "`sections`"):
        name = reader.name(key, faults.SECTION_NAME)
        section = _read(reader, value, faults.SECTION.filled(name=shown(key.text)), key.place)
        if name is not None:
            sections[name] = section
    return sections


def check_sections(
    reader: Reader, site: Mapping[str, Section], hosts: Mapping[str, Mapping[str, Section]]
) -> None:
    """Note sections that say something to uses and have no paths for it, on one of the hosts or on none at all."""
    on_hosts: dict[What, Mapping[str, Section]]
    on_hosts = {pattern: sections for pattern, sections in hosts.items() if sections}
    for pattern, sections in (on_hosts or {faults.THE_SITE: site}).items():
        for name, section in sections.items():
            if not section.paths and not section.broken and section.place is not None:
                reader.wrong(section.place, faults.SECTION_WITHOUT_PATHS, name=name, pattern=pattern)


def _read(reader: Reader, node: Node, what: Sentence, place: Place) -> Section:
    if not isinstance(node, Table):
        paths = reader.patterns(node, what)
        return Section(paths, place=place, broken=not paths)
    if not node.rows:
        reader.wrong(node.place, EMPTY, what=what)
    fields = reader.fields(node, what, optional=("paths", "uses"))
    paths = (
        reader.patterns(fields["paths"], faults.PATHS_OF.filled(section=what)) if "paths" in fields else ()
    )
    uses = read_uses(reader, fields["uses"]) if "uses" in fields else {}
    broken = len(fields) < len(node.rows) or not node.rows or ("paths" in fields and not paths)
    return Section(paths, uses, place, broken)
