"""Policies as one text file each: `-- name --` begins a file of the policy, `-- problems --` what must be said of it
in English, and `-- masalah --` the same in Indonesian.

A case without a site.yaml has the one of `tests/good/least.txt`. What stands before the first mark says what the case
is about. After a change of wording `python -m tests.policy.cases` writes the problems anew: read the difference.
"""

import re
from pathlib import Path
from typing import NamedTuple

from gateway.agents import catalogue
from gateway.policy.compile import compile_policy
from gateway.policy.model import Policy
from gateway.policy.place import PolicyError, Problem
from gateway.vocabulary import Language

TESTS = Path(__file__).parent.parent
_MARK = re.compile(r"^-- (\S+) --\n", re.MULTILINE)
# What an editor would lose or not show stands in a case as an escape.
_ESCAPES = re.compile(r"<(BOM|NUL|ESC|TAB|LATIN-1-E|CRLF|UNICODE-RLO|MANY:[^>]*)>")
_OCTETS = {
    "BOM": b"\xef\xbb\xbf",
    "NUL": b"\0",
    "ESC": b"\x1b",
    "TAB": b"\t",
    "LATIN-1-E": b"\xe9",
    "CRLF": b"\r",
    "UNICODE-RLO": "\u202e".encode(),
}


_HEADINGS = {Language.EN: "problems", Language.ID: "masalah"}


class Case(NamedTuple):
    """One case: what it is about, its files, and the text of its problems in each language."""

    about: str
    files: dict[str, bytes]
    problems: dict[Language, str]


def read_case(path: Path) -> Case:
    about, *parts = _MARK.split(path.read_text("utf-8"))
    texts = dict(zip(parts[::2], parts[1::2], strict=True))
    problems = {language: texts.pop(name, "") for language, name in _HEADINGS.items()}
    files = {name: _octets(text) for name, text in texts.items() if name != "absent"}
    if "site.yaml" not in files and "absent" not in texts:
        files = {"site.yaml": read_case(TESTS / "good" / "least.txt").files["site.yaml"], **files}
    return Case(about.strip(), files, problems)


def _octets(text: str) -> bytes:
    out, at = b"", 0
    for found in _ESCAPES.finditer(text):
        name = found.group(1)
        out += text[at : found.start()].encode()
        if name.startswith("MANY:"):  # <MANY:3:ab> is ababab
            _, count, what = name.split(":", 2)
            out += what.encode() * int(count)
        else:
            out += _OCTETS[name]
        at = found.end()
    return out + text[at:].encode()


def compiled(files: dict[str, bytes]) -> Policy:
    return compile_policy(files, catalogue())


def problems_of(files: dict[str, bytes]) -> tuple[Problem, ...]:
    """Errors and warnings of a policy, good or bad."""
    try:
        return compiled(files).warnings
    except PolicyError as error:
        return error.problems


def told(problems: tuple[Problem, ...]) -> dict[Language, str]:
    return {
        language: "".join(f"{problem.told(language)}\n" for problem in problems) for language in _HEADINGS
    }


def rewrite(path: Path) -> None:
    text = path.read_text("utf-8")
    head, _, _ = text.partition("-- problems --\n")
    wanted = told(problems_of(read_case(path).files))
    blocks = [f"-- {name} --\n{wanted[language]}" for language, name in _HEADINGS.items() if wanted[language]]
    path.write_text(head + "".join(blocks), "utf-8")


if __name__ == "__main__":
    for each in sorted([*(TESTS / "bad").glob("*.txt"), *(TESTS / "good").glob("*.txt")]):
        rewrite(each)
