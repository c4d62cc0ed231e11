"""No text makes the compiler raise anything but PolicyError, with every problem in its place."""

import re

from hypothesis import given
from hypothesis import strategies as st

from gateway.agents import Registry, catalogue
from gateway.policy.compile import compile_policy
from gateway.policy.model import Policy
from gateway.policy.place import PolicyError, Severity
from gateway.policy.sentences import chapters
from gateway.vocabulary import Language
from tests.policy.cases import TESTS, read_case

AGENTS = Registry([*list(catalogue())[::40], catalogue().find("GPTBot")])
SEEDS = [
    read_case(TESTS / "good" / f"{name}.txt").files
    for name in (
        *("hosts-differ", "license", "agents", "alias", "grant-taken-back"),
        *("term", "legal", "license-subject", "section-uses-host", "robots-file"),
    )
]
PIECES = st.sampled_from(
    [
        "? ",
        "&a",
        "*a",
        "<<: ",
        "!!str ",
        "{}",
        "[]",
        "[",
        "]",
        "{",
        "}",
        "\t",
        "\n",
        "\r",
        ": ",
        "- ",
        ">",
        "'",
        '"',
        "no",
        "12:30",
        "\x00",
        "0",
        "~",
        "---\n",
        "%",
        "*",
        "$",
        "/",
        "::",
        "/0",
        "`",
        "#",
        "null",
        "9999-12-31",
        "0001-01-01",
        "Asia",
        "\x85",
        "\u2028",
        "\ufeff",
        "x: &x [*x]",
        "[[]]",
        "{a: b}",
        "everyone",
        "allow",
        "ai-all",
    ]
).map(str.encode) | st.sampled_from([b"|", b"\xff", b"\xef\xbb\xbf"])
KEYS = re.compile(rb"[a-z-]+(?=:)")


def compile_or_refuse(files: dict[str, bytes]) -> Policy | PolicyError:
    try:
        return compile_policy(files, AGENTS)
    except PolicyError as error:
        return error


def check(files: dict[str, bytes]) -> None:
    found = compile_or_refuse(files)
    if isinstance(found, Policy):
        for language in Language:
            assert all(sentence for chapter in chapters(found, language) for sentence in chapter.sentences)
        return
    assert any(problem.severity is Severity.ERROR for problem in found.problems)
    for problem in found.problems:
        assert problem.place.file in {*files, "site.yaml"}
        # Lines as YAML 1.1 breaks them (section 5.4); the end of a file is a place too.
        text = files.get(problem.place.file, b"").decode("utf-8", "replace")
        lines = re.split("\r\n|[\n\r\x85\u2028\u2029]", text)
        assert 1 <= problem.place.line <= len(lines)
        assert 1 <= problem.place.column <= len(lines[problem.place.line - 1]) + 1
        assert all(f"{problem.message.said(one)}{problem.hint.said(one)}".isprintable() for one in Language)


@st.composite
def mutations(draw) -> dict[str, bytes]:
    """A sound policy with a few octets, lines or values of one kind put where another was."""
    files = dict(draw(st.sampled_from(SEEDS)))
    for _ in range(draw(st.integers(1, 4))):
        name = draw(st.sampled_from(sorted(files)))
        octets = files[name]
        match draw(st.sampled_from(["insert", "cut", "line", "value", "key"])):
            case "insert":
                at = draw(st.integers(0, len(octets)))
                files[name] = octets[:at] + draw(PIECES) + octets[at + draw(st.integers(0, 20)) :]
            case "cut":
                at = draw(st.integers(0, len(octets)))
                files[name] = octets[:at] + octets[at + draw(st.integers(1, 60)) :]
            case "line":
                lines = octets.split(b"\n")
                lines.insert(draw(st.integers(0, len(lines))), draw(st.sampled_from(lines)))
                files[name] = b"\n".join(lines)
            case "value":
                lines = octets.split(b"\n")
                at = draw(st.integers(0, len(lines) - 1))
                lines[at] = lines[at].partition(b":")[0] + b": " + draw(PIECES)
                files[name] = b"\n".join(lines)
            case "key":
                found = list(KEYS.finditer(octets))
                if found:
                    old, new = draw(st.sampled_from(found)), draw(st.sampled_from(found)).group()
                    files[name] = octets[: old.start()] + new + octets[old.end() :]
    return files


@given(mutations())
def test_a_damaged_policy_is_refused_or_still_a_policy(files: dict[str, bytes]):
    check(files)


NAMES = st.sampled_from(["site.yaml", "rules.yaml", "licenses/a.yaml", "agents/a.yaml"]) | st.text(
    max_size=20
)


@given(st.dictionaries(NAMES, st.text(max_size=100).map(str.encode) | st.binary(max_size=100), max_size=4))
def test_any_files_at_all_are_refused(files: dict[str, bytes]):
    found = compile_or_refuse(files)
    assert isinstance(found, PolicyError)
    assert str(found)


VALUES = st.recursive(
    st.sampled_from(["no", "everyone", "[]", "/foto/", "deny", "'x'", "2026-01-05", "seo", "~", "0"]),
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]")
        | st.dictionaries(
            st.sampled_from(
                [
                    *("id", "en", "agent", "purpose", "section", "number", "addresses", "x", "license"),
                    *("paths", "uses", "search", "by", "date", "url", "from", "file", "enforce"),
                ]
            ),
            inner,
            max_size=3,
        ).map(lambda rows: "{" + ", ".join(f"{key}: {value}" for key, value in rows.items()) + "}")
    ),
    max_leaves=6,
)
FORMS = {
    "site.yaml": [
        "site",
        "hosts",
        "origin",
        "mode",
        "rights",
        "uses",
        "grant",
        "sections",
        "query",
        "timezone",
        "passed",
        "robots",
    ],
    "rules.yaml": ["rules"],
    "licenses/a.yaml": [
        "license",
        "licensee",
        "contract",
        "agents",
        "uses",
        "hosts",
        "on",
        "except",
        "from",
        "until",
        "proof",
    ],
    "agents/a.yaml": ["operator", "agents"],
}


@given(st.data())
def test_values_of_any_shape_stand_under_known_keys(data):
    files = {}
    for name, keys in FORMS.items():
        rows = data.draw(st.dictionaries(st.sampled_from(keys), VALUES))
        files[name] = "".join(f"{key}: {value}\n" for key, value in rows.items()).encode()
    keys = ["id", "who", "where", "verdict", "because", "from", "until", "legal-order"]
    rule = data.draw(st.dictionaries(st.sampled_from(keys), VALUES))
    files["rules.yaml"] = ("rules: [{" + ", ".join(f"{k}: {v}" for k, v in rule.items()) + "}]\n").encode()
    check(files)
