"""A signed catalogue: what was signed comes out as it went in, and nothing else does."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.agents import Agent, Registry, Source, catalogue
from gateway.seal.note import Signer, sign
from gateway.signed_catalogue import MOST_AGENTS, MOST_OCTETS, CatalogueError, open_catalogue, pack
from gateway.vocabulary import Purpose

KEY, NEXT, STRANGER = (
    Signer(name, bytes([seed]) * 32) for name, seed in (("a/k", 1), ("a/next", 2), ("b/k", 3))
)
MADE = datetime(2026, 11, 30, 8, 0, tzinfo=UTC)
TRUSTED = [KEY.verifier, NEXT.verifier]


def agent(name, **more):
    fields = {
        "operator": "Contoh",
        "match": (name,),
        "purpose": Purpose.SEARCH,
        "source": Source.OPEN_LISTS,
        "checked": date(2026, 11, 1),
    }
    return Agent(name=name, **{**fields, **more})


FEW = Registry([agent("SatuBot"), agent("duabot", note="é “x”")])
FILE = pack(FEW, MADE, KEY)


def resigned(
    body, *, form="izin-catalogue/v1", agents=None, octets=None, made="2026-11-30T08:00:00Z", more=""
):
    """A file whose signature holds and whose content need not."""
    from hashlib import sha256

    count = body.count(b"\n") if agents is None else agents
    size = len(body) if octets is None else octets
    text = f"{form}\nmade {made}\nagents {count}\noctets {size}\nsha256 {sha256(body).hexdigest()}\n{more}"
    return f"{sign(text, KEY)}\n".encode() + body


def problems(octets, keys=TRUSTED):
    with pytest.raises(CatalogueError) as caught:
        open_catalogue(octets, keys)
    return caught.value.problems


def test_what_was_signed_comes_out_and_is_named_as_decisions_name_it():
    found = open_catalogue(FILE, TRUSTED)
    assert (found.registry, found.made, found.signed_by) == (FEW, MADE, ("a/k",))
    assert FEW.digest.removeprefix("sha256:").encode() in FILE
    assert FILE.endswith(FEW.text)


def test_the_catalogue_of_the_release_can_be_handed_on():
    found = open_catalogue(pack(catalogue(), MADE, KEY, NEXT), [NEXT.verifier])
    assert (found.registry, found.signed_by) == (catalogue(), ("a/next",))


def test_keys_may_follow_one_another():
    both = pack(FEW, MADE, KEY, NEXT)
    for trusted in ([KEY.verifier], [NEXT.verifier], TRUSTED):
        assert open_catalogue(both, trusted).registry == FEW
    assert open_catalogue(both, TRUSTED).signed_by == ("a/k", "a/next")


@pytest.mark.parametrize("keys", [[], [STRANGER.verifier], [Signer("a/k", b"\x09" * 32).verifier]])
def test_who_is_not_known_signs_nothing(keys):
    assert problems(FILE, keys) == ("none of the signatures is by a key that is known here",)


@given(st.data())
@settings(max_examples=150)
def test_no_octet_can_be_changed_added_or_left_out(data):
    at = data.draw(st.integers(0, len(FILE) - 1))
    match data.draw(st.sampled_from(["change", "cut", "insert", "drop", "append"])):
        case "change":
            other = data.draw(st.integers(0, 255).filter(lambda octet: octet != FILE[at]))
            octets = FILE[:at] + bytes([other]) + FILE[at + 1 :]
        case "cut":
            octets = FILE[:at]
        case "insert":
            octets = FILE[:at] + data.draw(st.binary(min_size=1, max_size=3)) + FILE[at:]
        case "drop":
            octets = FILE[:at] + FILE[at + 1 :]
        case _:
            octets = FILE + data.draw(st.binary(min_size=1, max_size=9))
    if octets != FILE:
        assert problems(octets)


@given(st.binary(max_size=400) | st.binary(max_size=200).map(lambda tail: b"izin-catalogue/v1\n\n" + tail))
@settings(max_examples=100)
def test_nothing_that_is_no_catalogue_is_taken(octets):
    assert problems(octets)


@pytest.mark.parametrize(
    ("octets", "said"),
    [
        (b"", "no signed catalogue"),
        (b"operator: X\nagents: []\n", "no signed catalogue"),
        (b"izin-catalogue/v1\n" + b"x" * 100_000, "no signed catalogue"),
        (b"\x00" * (MOST_OCTETS + 1), "larger than 8 MB"),
        (FILE + b"{}\n", "longer than what was signed"),
        (FILE[:-5], "shorter than what was signed"),
        (FILE.replace(b"SatuBot", b"TigaBot"), "not what was signed"),
        (resigned(FEW.text, form="izin-catalogue/v2"), "a format that this version does not know"),
        (resigned(FEW.text, more="more 1\n"), "not as it has to be"),
        (resigned(FEW.text, made="2026-13-30T08:00:00Z"), "is no time"),
        (resigned(FEW.text, made="yesterday"), "not as it has to be"),
        (resigned(FEW.text, agents=3), "it has 2 agents, and 3 were signed"),
        (resigned(b""), "it has no agents"),
        (resigned(b"\n" * (MOST_AGENTS + 1)), f"more than {MOST_AGENTS} agents"),
        (resigned(b"[" * 100_000 + b"\n"), "agent 1:"),
        (resigned(b'{"a":' * 100_000 + b"\n"), "agent 1:"),
        (resigned(FEW.text.removesuffix(b"\n"), agents=1), "not written as a catalogue is"),
        (resigned(b"".join(reversed(FEW.text.splitlines(keepends=True)))), "not written as a catalogue is"),
        (resigned(FEW.text.replace(b'"kind":"agents"', b'"kind":"impostors"', 1)), "`kind`"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_hostile_files_are_refused_in_words(octets, said):
    (problem,) = problems(octets)
    assert said in problem


def test_every_problem_is_told_at_once():
    lines = [
        line.encode()
        for line in ("{}", '{"name": 1}', '{"name":"X","operator":"Y","match":["\\u001b"]}', "no")
    ]
    found = problems(resigned(b"\n".join(lines) + b"\n"))
    assert [problem.partition(":")[0] for problem in found] == ["agent 1", "agent 2", "agent 3", "agent 4"]
    assert all(problem.isprintable() for problem in found)


@pytest.mark.parametrize(
    ("agents", "said"),
    [
        ([agent("A1"), agent("B1", match=("^A1*",))], "the token `a1` is claimed 2 times"),
        ([agent("A1", checked=None)], "`A1`: `checked` is missing"),
    ],
)
def test_what_holds_for_every_catalogue_is_asked_of_whoever_packs_one_too(agents, said):
    with pytest.raises(CatalogueError, match=said):
        pack(Registry(agents), MADE, KEY)
    assert said in problems(resigned(Registry(agents).text))[0]
