"""What the architecture asks of a module's source, as functions of its text: `test_architecture` runs them.

The gateway has a pure half, which decides, and an I/O half, which does. `TIERS` says who may import whom: a part
sees the tiers above its own line and itself, nothing else. What a pure part may import from outside is listed, each
with its reason, rather than what it may not: a new import is thought about once.
"""

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import PurePosixPath
from typing import Final

MAX_LINES: Final = 400
#: What has to be a single file by its nature, and how long it may be.
LONGER: Final = {"docs/izin-verify.py": 500}

#: Who may import whom: a part may import every part on the lines before its own, and itself.
TIERS: Final[tuple[tuple[str, ...], ...]] = (
    ("vocabulary", "digest", "inert", "trace", "frozen", "value"),
    ("warned",),
    ("instants",),
    ("request", "names", "rates", "reasons"),
    ("agents", "policy.paths", "policy.place", "signatures", "certificates"),
    ("licenses", "orders"),
    ("policy",),
    ("identify",),
    ("decision", "rates.due"),
    (
        "decide",
        "shedding",
        "statements",
    ),  # they meet in a property test only, which makes their agreement worth something
    ("supposed", "explain"),
    ("judgement",),
    ("enforce",),
    ("seal",),
    ("record",),
    ("told", "signed_catalogue", "compiled"),
    ("schema",),
    # from here on, I/O
    ("targets", "recipients", "shared.address"),
    ("settings", "files"),
    ("cores",),
    ("lookups", "audit", "alerts"),
    ("shared",),
    ("proxy", "console"),
    ("parts",),
    ("app", "child"),
    ("demo",),
    ("cli",),
    ("__main__",),
)
LAST_PURE: Final = "schema"

#: What the pure half may import from outside, and why that is no I/O, no clock and no randomness.
PURE_IMPORTS: Final = {
    "base64": "bytes to text",
    "binascii": "what is wrong with such text",
    "bisect": "search in a sorted list",
    "collections": "values",
    "contextlib": "flow of control",
    "csv": "rows to text",
    "dataclasses": "values",
    "datetime": "values; asking it for the time is caught apart",
    "difflib": "how alike two words are",
    "email.utils.parsedate_to_datetime": "text to values",
    "enum": "values",
    "functools": "functions; a cache of a pure function is pure",
    "hashlib": "digests",
    "hmac": "keyed digests",
    "html": "escaping",
    "io.StringIO": "text in memory",
    "ipaddress": "values",
    "itertools": "iteration",
    "json": "text to values and back",
    "math": "arithmetic",
    "msgspec": "values, and bytes to values and back",
    "operator": "functions",
    "re": "patterns",
    "string": "constants and templates",
    "struct": "bytes to values and back",
    "textwrap": "text",
    "types": "values",
    "typing": "types",
    "unicodedata": "a table of characters",
    "urllib.parse": "text",
    "xml.etree": "values to text and back",
    "xml.parsers.expat": "text to values",
    "xml.sax.saxutils": "escaping",
    "yaml": "text to nodes",
    "zlib": "checksums",
    "zoneinfo": "a table of time zones",
}
#: The parts that read files of the package itself: the catalogue is data, and so are the pages.
PURE_IMPORTS_OF: Final = {
    "licenses": {"cryptography", "joserfc"},  # tokens to values; keys come as arguments
    "agents": {"pathlib"},
    # arithmetic, and text to values and back; signatures are only verified
    "signatures": {"cryptography", "http_sf"},
    "certificates": {"cryptography", "http_sf", "warnings"},  # octets to values
    "enforce": {"jinja2"},  # templates of the package, read once when it is imported
    "seal": {
        "cryptography"
    },  # Ed25519 signatures: keys come in as octets, and signing knows no chance (RFC 8032)
    "told": {"protego"},  # text to answers; the reader of robots.txt that many crawlers use
}

#: What asks the world all the same, by a built-in name or by a method of a permitted module.
IMPURE_CALLS: Final = {"open", "print", "input", "exec", "eval", "__import__", "breakpoint"}
IMPURE_METHODS: Final = {
    ("datetime", "now"),
    ("datetime", "utcnow"),
    ("datetime", "today"),
    ("date", "today"),
}

#: Names that say nothing, or something else to everybody. Bare: alone; words: as any word of a name.
BANNED_BARE: Final = {"signal", "signals", "action", "actions", "bot", "bots"}
BANNED_WORDS: Final = {
    *("whitelist", "blacklist", "licence", "licences", "licenced", "licencee", "sublicence"),
    *("util", "utils", "helper", "helpers", "manager", "managers", "handler", "handlers"),
}


def module_of(path: PurePosixPath) -> str:
    """`gateway/policy/model.py` is `policy.model`, `gateway/policy/__init__.py` is `policy`."""
    parts = path.with_suffix("").parts
    parts = parts[parts.index("gateway") + 1 :]
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def part_of(module: str) -> str | None:
    """The part in TIERS that a module, or a name in a module, belongs to."""
    words = module.split(".")
    prefixes = (".".join(words[:length]) for length in range(len(words), 0, -1))
    return next((prefix for prefix in prefixes if prefix in _TIER_OF), None)


def is_pure(module: str) -> bool:
    """Whether a module stands in the pure half."""
    part = part_of(module)
    return part is not None and _TIER_OF[part] <= _TIER_OF[LAST_PURE]


_TIER_OF: Final = {part: number for number, tier in enumerate(TIERS) for part in tier}


def impurities(module: str, source: str) -> Iterator[str]:
    """Imports and calls that have no place in the pure half."""
    if not is_pure(module):
        return
    permitted = PURE_IMPORTS.keys() | PURE_IMPORTS_OF.get(part_of(module) or "", set())
    tree = ast.parse(source)
    for line, name in _imports(tree):
        if not _within(name, "gateway") and not any(_within(name, one) for one in permitted):
            yield (
                f"line {line}: imports {name}; if that does no I/O and knows neither clock nor chance, "
                "say so in PURE_IMPORTS"
            )
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        match node.func:
            case ast.Name(id=name) if name in IMPURE_CALLS:
                yield f"line {node.lineno}: calls {name}()"
            case ast.Attribute(value=ast.Name(id=owner) | ast.Attribute(attr=owner), attr=name) if (
                owner,
                name,
            ) in IMPURE_METHODS:
                yield f"line {node.lineno}: asks for the time with {owner}.{name}(); time comes in as an argument"


def wrong_directions(module: str, source: str) -> Iterator[str]:
    """Imports of a part that stands beside or after the module's own."""
    part = part_of(module)
    if part is None:
        if module:  # the package's own __init__ is no part
            yield f"{module} is no part of the architecture yet: say in TIERS where it stands"
        return
    for line, name in _imports(ast.parse(source)):
        if name.startswith("."):
            yield f"line {line}: write the import in full, so that its direction is plain"
        if not _within(name, "gateway"):
            continue
        other = part_of(name.removeprefix("gateway").lstrip("."))
        if other is not None and other != part and _TIER_OF[other] >= _TIER_OF[part]:
            yield f"line {line}: {part} imports {other}, which stands beside or after it"


def cycles(sources: Mapping[str, str]) -> Iterator[str]:
    """Modules that import each other, if only for their types; ``sources`` are all of them, by module."""
    graph = {
        module: {it for _, name in _imports(ast.parse(source)) if (it := _module_in(sources, name)) != module}
        for module, source in sources.items()
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        yield " imports ".join(reversed(error.args[1]))


def _module_in(sources: Mapping[str, str], name: str) -> str:
    """The module of the gateway that an imported name is, or is in; the package itself for names of others."""
    words = name.split(".") if _within(name, "gateway") else []
    inside = (".".join(words[1:length]) for length in range(len(words), 0, -1))
    return next((module for module in inside if module in sources), "")


def too_long(path: PurePosixPath, source: str) -> Iterator[str]:
    """More lines than anybody reads in one go."""
    lines, most = source.count("\n"), LONGER.get(str(path), MAX_LINES)
    if lines > most:
        yield f"{lines} lines, {most} at most"


def banned_names(path: PurePosixPath, source: str) -> Iterator[str]:
    """Names that a module defines, and its own, that this project does not use."""
    for word in _words(path.stem):
        if word in BANNED_WORDS:
            yield f"the file's name has the word {word!r}"
    for line, name in _definitions(ast.parse(source)):
        bad = BANNED_WORDS.intersection(_words(name)) or BANNED_BARE.intersection({name.strip("_").lower()})
        if bad:
            yield f"line {line}: defines {name!r}; {min(bad)!r} is not a word of this project"


def loud_values(source: str) -> Iterator[str]:
    """Members of a string enumeration that are not lower-case: they stand in the journal and on the wire."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.ClassDef) or not any("Enum" in ast.unparse(base) for base in node.bases):
            continue
        for child in node.body:
            match child:
                case ast.Assign(value=ast.Constant(value=str(value))) if value != value.lower():
                    yield f"line {child.lineno}: the value {value!r} is not lower-case"


def british_keys(text: str) -> Iterator[str]:
    """`licence` as a key or token in code or YAML, where wire and keys spell `license`; prose is free."""
    for number, line in enumerate(text.splitlines(), 1):
        if re.search(
            r"""(?ix) ["'] [\w.-]* licence [\w.-]* ["'] | ^ [\s-]* [\w-]* licence [\w-]* : (\s|$)""", line
        ):
            yield f"line {number}: spell it `license`: {line.strip()[:80]}"


def keywords_lost(source: str) -> Iterator[str]:
    """Classes of a module that is compiled whose keywords mypyc passes over, unless a base sees to the same."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ClassDef) and node.keywords:
            said = {ast.unparse(keyword) for keyword in node.keywords}
            if said != {"frozen=True"} or "Frozen" not in {ast.unparse(base) for base in node.bases}:
                yield f"line {node.lineno}: {node.name} is compiled, and what stands behind its bases is lost (`gateway.frozen`)"


def heirs_lost(compiled: Iterable[str], sources: Mapping[str, str]) -> Iterator[str]:
    """Classes of other modules that inherit from those of compiled ones, which only compiled ones may; modules by name."""
    named = set(compiled)
    classes = {
        f"{name}.{node.name}"
        for name in named
        for node in ast.parse(sources[name]).body
        if isinstance(node, ast.ClassDef) and not node.keywords
    }
    for name, source in sources.items():
        if name in named:
            continue
        tree = ast.parse(source)
        known = {full.rpartition(".")[2]: full.removeprefix("gateway.") for _, full in _imports(tree)}
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                for base in {known.get(ast.unparse(base), "") for base in node.bases} & classes:
                    yield f"{name}: {node.name} inherits from {base}, which is compiled"


def _imports(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Every name imported, in full: `from a import b` gives a.b."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = "." * node.level + (node.module or "")
            yield from ((node.lineno, f"{base}.{alias.name}") for alias in node.names)


def _definitions(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Every name that the code gives to something; names that others gave may be used."""
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield node.lineno, name
            case ast.arg(arg=name):
                yield node.lineno, name
            case ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
                yield node.lineno, name
            case (
                ast.ExceptHandler(name=str(name))
                | ast.MatchAs(name=str(name))
                | ast.MatchStar(name=str(name))
            ):
                yield node.lineno, name
            case ast.ImportFrom(names=aliases):
                yield from ((node.lineno, alias.asname or alias.name) for alias in aliases)
            case ast.Import(names=aliases):  # `import signal` is the system's own word
                yield from ((node.lineno, alias.asname) for alias in aliases if alias.asname)


def _words(name: str) -> set[str]:
    """The words of a snake_case or CamelCase name, lower-case."""
    return {word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", name)}


def _within(name: str, package: str) -> bool:
    return name == package or name.startswith(package + ".")
