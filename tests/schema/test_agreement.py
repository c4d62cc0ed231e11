"""What editors are told is what the readers do: the same keys, the same required ones, and nothing refused that is read.

The readers are asked: `Noted` writes down what each mapping was taken for. So a key that is added to a reader and not to
`gateway.schema.files` fails here, by name.
"""

import json
import re
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from gateway.agents import catalogue
from gateway.lookups.folder import read_examples, read_folder
from gateway.policy.agent_file import read_agents
from gateway.policy.license_file import read_license
from gateway.policy.reader import Reader
from gateway.policy.rules import Names, read_rules
from gateway.policy.site import read_site
from gateway.policy.source import Many, Node, Table, read_source
from gateway.request import Client
from gateway.schema import FILES, schema
from gateway.schema.shape import Chosen, Either, Keys, Listed, Scalar, Shape
from gateway.told import examples
from tests.policy.cases import TESTS, read_case
from tests.schema.editor import value_of
from tests.sites import policy

POLICIES = TESTS.parent / "policies"
VALIDATORS = {name: Draft202012Validator(schema(name)) for name in FILES}
GOOD = sorted((TESTS / "good").glob("*.txt"))
NAMES = Names(catalogue(), None)
POLICY = policy()
ZONE = POLICY.zone


class Noted(Reader):
    """A reader that remembers which keys it knew, required and put off, for every mapping that it took as such."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: dict[int, tuple[Node, str, set[str], set[str]]] = {}

    def fields(self, node, what, *, required=(), optional=(), later=()):
        _, _, known, needed = self.asked.get(id(node), (node, what, set(), set()))
        self.asked[id(node)] = (node, what, known | {*required, *optional}, needed | {*required})
        return super().fields(node, what, required=required, optional=optional, later=later)


def read(name: str, node: Node) -> Noted:
    """The reader after it read a file of one kind."""
    reader = Noted()
    if name == "site":
        read_site(reader, node)
    elif name == "rules":
        read_rules(reader, node, NAMES, ZONE)
    elif name == "license":
        read_license(reader, node, "foto", NAMES, ZONE, ())
    elif name == "agents":
        read_agents(reader, node)
    else:
        list(
            examples._read_file(
                reader, node, POLICY, lambda text: Client(text, text) if re.search("[.:]", text) else None
            )
        )
    return reader


def schema_name(file: str) -> str:
    folder, _, _ = file.rpartition("/")
    return {"licenses": "license", "agents": "agents", "tests": "tests"}.get(
        folder, file.removesuffix(".yaml")
    )


# ── whole documents out of the table ────────────────────────────────────────────────────────────────────────────────


def wholes(shape: Shape) -> list:
    """Documents that between them have every key of a shape and every form that a value may take."""
    match shape:
        case Scalar(_, samples):
            return list(samples) or ["Contoh"]
        case Listed(item, single, _):
            found = wholes(item)
            return [found, *(found if single else [])]
        case Chosen(key, value, empty):
            found = wholes(value)
            keys = list(key.samples) or ["Contoh"]
            rows = zip_longest(found, keys, fillvalue=None)
            named = {(key or f"{keys[0]}{n}"): one or found[0] for n, (one, key) in enumerate(rows)}
            return [named, *([dict.fromkeys(keys)] if empty else [])]
        case Keys(_, rows, _, most):
            if most == 1:
                return [{row.name: one} for row in rows for one in wholes(row.value)]
            columns = {row.name: wholes(row.value) for row in rows}
            longest = max(map(len, columns.values()))
            made = [
                {key: each[min(n, len(each) - 1)] for key, each in columns.items()} for n in range(longest)
            ]
            given = shape.given and shape.given[0]
            return made + [{key: one[key] for key in one if key != given} for one in made if given]
        case Either(choices):
            return [one for choice in choices for one in wholes(choice)]


def node_of(document) -> Node:
    """JSON is YAML; words stand bare, for `yes` in quotes is another thing."""
    node, problems = read_source("x.yaml", bare(document).encode())
    assert problems == []
    return node


def bare(document) -> str:
    match document:
        case dict():
            return (
                "{" + ", ".join(f"{json.dumps(key)}: {bare(value)}" for key, value in document.items()) + "}"
            )
        case list():
            return "[" + ", ".join(map(bare, document)) + "]"
        case None:
            return ""
        case "yes" | "no":
            return document
        case _ if document in RAW:
            return document
        case _:
            return json.dumps(document)


#: Scalars that are written as they stand: what YAML, the readers and editors may take for something else.
RAW = (
    "no",
    "12:30",
    "0",
    "14",
    "0x1f",
    "1e3",
    "1_0",
    "~",
    "true",
    "2026-13-01",
    "2026-01-05",
    "010",
    ".5",
    "a b",
)


def walk(shape: Shape, node: Node) -> Iterator[tuple[Keys, Table]]:
    """Every mapping of a document whose keys are known, with its shape."""
    match shape, node:
        case Keys(), Table():
            yield shape, node
            values = {row.name: row.value for row in shape.rows}
            below = [(values[key.text], value) for key, value in node.rows]
        case Chosen(), Table():
            below = [(shape.value, value) for _, value in node.rows]
        case Listed(), Many():
            below = [(shape.item, item) for item in node.items]
        case Listed(), _:
            below = [(shape.item, node)]
        case Either(), _:
            below = [(choice, node) for choice in shape.choices if form(node) in forms(choice)]
        case _:
            below = []
    for one, inner in below:
        yield from walk(one, inner)


def forms(shape: Shape) -> set[str]:
    match shape:
        case Scalar():
            return {"text"}
        case Listed(item, single, _):
            return {"list"} | (forms(item) if single else set())
        case Keys() | Chosen():
            return {"mapping"}
        case Either(choices):
            return set().union(*map(forms, choices))


def form(node: Node) -> str:
    return "mapping" if isinstance(node, Table) else "list" if isinstance(node, Many) else "text"


@pytest.mark.parametrize("name", FILES)
def test_every_key_that_a_reader_knows_is_in_the_schema_and_none_that_it_does_not(name):
    where = f"gateway/schema/files.py, {FILES[name].where}"
    for document in wholes(FILES[name].shape):
        node = node_of(document)
        reader = read(name, node)
        told = [
            f"{one.message.en}; {one.hint.en}" for one in reader.problems if "unknown key" in one.message.en
        ]
        assert told == [], f"{where}: a line too many"
        seen: set[int] = set()
        for shape, table in walk(FILES[name].shape, node):
            assert id(table) in reader.asked, (
                f"{where}: nobody reads a `{shape.name}` as {bare(document)[:200]}"
            )
            _, what, known, required = reader.asked[id(table)]
            keys = {row.name for row in shape.rows}
            assert known - keys == set(), f"{where}: {what} has further keys: add a line to `{shape.name}`"
            given, instead = shape.given or ("", shape.required)
            stands = any(key.text == given for key, _ in table.rows)
            assert keys - known - ({given} if not stands else set()) == set(), (
                f"{where}: {what} has no such keys: take them out of `{shape.name}`"
            )
            if shape.most != 1:
                needed = instead if stands else shape.required
                assert required == needed, f"{where}: what {what} must have differs in `{shape.name}`"
            seen.add(id(table))
        missed = [what for key, (_, what, _, _) in reader.asked.items() if key not in seen]
        assert missed == [], f"{where}: the reader takes {missed} for mappings with keys of its own"


#: What only a whole policy can know is not asked of a sample.
ELSEWHERE = re.compile(
    "unknown (agent|operator|license) |a legal order closes|a rate counts what is let in|`file` is named|names no file|no robots.txt is consulted|has no paths on|the id `|leaves nothing|`grant` gives|cannot be:|this key cannot be used"
)


@pytest.mark.parametrize("name", FILES)
def test_every_word_and_sample_is_one_that_the_reader_takes(name):
    for document in wholes(FILES[name].shape):
        problems = [one for one in read(name, node_of(document)).problems if one.severity == "error"]
        assert [one.message.en for one in problems if not ELSEWHERE.search(one.message.en)] == []


@pytest.mark.parametrize("name", FILES)
def test_it_is_a_schema_with_a_description_of_every_key_in_both_languages(name):
    Draft202012Validator.check_schema(schema(name))
    assert schema(name)["$defs"]
    for one in schema(name)["$defs"].values():
        for key, value in one["properties"].items():
            indonesian, _, english = value["description"].partition("\n\n")
            assert indonesian, key
            assert english, key
            assert indonesian != english, key


def complaints(name: str, node: Node) -> list[str]:
    return [f"{error.json_path}: {error.message}" for error in VALIDATORS[name].iter_errors(value_of(node))]


@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.stem)
def test_every_good_policy_is_valid(path: Path):
    for file, octets in read_case(path).files.items():
        if file.endswith(".txt"):
            continue  # a robots.txt of the policy's own
        assert complaints(schema_name(file), read_source(file, octets)[0]) == [], file


@pytest.mark.parametrize("site", ["antara", "jawaban", "nusantara"])
def test_the_shipped_policies_are_valid(site):
    files = read_folder(POLICIES / site) | read_examples(POLICIES / site)
    for file, octets in files.items():
        if file.endswith(".txt"):
            continue
        assert complaints(schema_name(file), read_source(file, octets)[0]) == [], file


@pytest.mark.parametrize(
    ("name", "text", "where"),
    [
        ("site", "site: a\nuses: {ai-train: deny}\n", "$"),
        ("site", "kasar: ya", "$"),
        (
            "rules",
            "rules:\n- {id: a, who: {purpose: seo, agent: x}, where: [/], verdict: deny}",
            "$.rules[0].who",
        ),
        ("rules", "rules:\n- {id: a, who: robots, where: [/], verdict: deny}", "$.rules[0].who"),
        ("rules", "rules:\n- {id: a, who: people, where: [foto], verdict: forbid}", "$.rules[0]"),
        ("license", "from: 12 Januari 2026", "$.from"),
        ("tests", "examples: [{expect: {}}]", "$.examples[0].expect"),
    ],
)
def test_what_is_wrong_is_shown_where_it_is(name, text, where):
    """The keys that editors underline."""
    assert any(line.startswith(where) for line in complaints(name, read_source("x", text.encode())[0]))


# ── and of documents that nobody wrote ──────────────────────────────────────────────────────────────────────────────


def documents(shape: Shape) -> st.SearchStrategy:
    """Documents that look like the shape, right in most places."""
    match shape:
        case Scalar(_, samples):
            right = st.sampled_from(samples or ("Contoh", "PT Contoh AI"))
            return st.one_of(right, right, right, st.sampled_from(RAW))
        case Listed(item, single, _):
            one = documents(item)
            return st.one_of(st.lists(one, max_size=3), *([one] if single else []))
        case Chosen(key, value, _):
            return st.dictionaries(documents(key), documents(value), max_size=3)
        case Keys("expect", rows):  # a reader takes any word here, and no answer will ever have it
            return st.sampled_from(rows).flatmap(
                lambda row: st.fixed_dictionaries({row.name: st.sampled_from(wholes(row.value))})
            )
        case Keys(_, rows, _, most):
            needed = {row.name: documents(row.value) for row in rows if row.required}
            free = {row.name: documents(row.value) for row in rows if not row.required}
            if most == 1:
                return st.sampled_from(sorted(free)).flatmap(
                    lambda key: st.fixed_dictionaries({key: free[key]})
                )
            return st.fixed_dictionaries(needed, optional=free)
        case Either(choices):
            return st.one_of(*map(documents, choices))


@settings(max_examples=3 * settings.default.max_examples)
@given(
    st.sampled_from(list(FILES)).flatmap(lambda name: st.tuples(st.just(name), documents(FILES[name].shape)))
)
def test_what_a_reader_takes_is_valid(pair):
    name, document = pair
    node = node_of(document)
    if not read(name, node).errors:
        assert complaints(name, node) == []


def test_a_file_of_comments_alone_holds_no_rules_and_is_no_site():
    nothing = read_source("x", b"# nothing\n")[0]
    assert complaints("rules", nothing) == []
    assert complaints("site", nothing) != []
