"""A catalogue of agents that is handed on apart from a release: a file that says who signed it, verified before it is parsed.

    izin-catalogue/v1
    made 2026-11-30T08:00:00Z
    agents 568
    octets 181234
    sha256 9f86d081…

    — contoh/katalog base64(…)

    {"name":"Adagiobot", …}
    {"name":"AddSearchBot", …}

Theory of operation. The file begins with a short signed note (C2SP signed-note, `gateway.seal.note`), which names the length
and digest of everything behind it: a `Registry.text`, one agent a line. So the signature is checked on some hundred octets,
then the rest by its digest, and only then is any of it parsed; there is no place for octets that nobody signed. The digest is
that by which a policy's manifest names its catalogue, so what was signed is what each decision names.

A catalogue is never older than the one before: ``made`` tells them apart.
"""

import re
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec
from msgspec import Struct

from gateway.agents import Agent, Registry
from gateway.digest import digest_of
from gateway.seal.note import NoteError, Signer, Verifier, open_note, sign

#: Octets of a file at most, of its signed head, and agents in it.
MOST_OCTETS: Final = 8 * 1024 * 1024
MOST_HEAD: Final = 16_384
MOST_AGENTS: Final = 20_000
#: How far a catalogue may have been made ahead of this machine's clock.
AHEAD: Final = timedelta(days=1)

_FORMAT: Final = "izin-catalogue/v1"
_TEXT: Final = re.compile(
    r"made (?P<made>[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z)\n"
    r"agents (?P<agents>[0-9]{1,6})\n"
    r"octets (?P<octets>[0-9]{1,9})\n"
    r"sha256 (?P<sha256>[0-9a-f]{64})\n"
)
_AGENT: Final = msgspec.json.Decoder(Agent)
_END: Final = b"\n\n"


class CatalogueError(ValueError):
    """A file that is not taken: every problem in words for people, and a hint."""

    def __init__(self, problems: Iterable[str], hint: str = "") -> None:
        self.problems = tuple(problems)
        self.hint = hint
        super().__init__("; ".join(self.problems))


class SignedCatalogue(Struct, frozen=True):
    """A catalogue whose signature holds: the agents, when it was made (UTC), and the names of the keys that signed it."""

    registry: Registry
    made: datetime
    signed_by: tuple[str, ...]


def pack(registry: Registry, made: datetime, *signers: Signer) -> bytes:
    """The file of a catalogue. CatalogueError if it would not be taken."""
    body = registry.text
    _check(list(registry), body)
    text = (
        f"{_FORMAT}\nmade {made.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}\nagents {len(registry)}\noctets {len(body)}\n"
        f"sha256 {registry.digest.removeprefix('sha256:')}\n"
    )
    return f"{sign(text, *signers)}\n".encode() + body


def open_catalogue(octets: bytes, verifiers: Iterable[Verifier]) -> SignedCatalogue:
    """The catalogue in a file that one of these keys signed; CatalogueError, with all that is wrong, if there is none."""
    if len(octets) > MOST_OCTETS:
        raise CatalogueError([f"the file is larger than {MOST_OCTETS // 1024 // 1024} MB"])
    note, body = _parted(octets)
    try:
        text, keys = open_note(note, verifiers)
    except NoteError as error:
        raise CatalogueError([str(error)], "is it the right file, and the right key?") from None
    head = _head(text)
    if len(body) != int(head["octets"]):
        what = "longer" if len(body) > int(head["octets"]) else "shorter"
        raise CatalogueError([f"the file is {what} than what was signed"], "fetch it again")
    if digest_of(body) != f"sha256:{head['sha256']}":
        raise CatalogueError(["what stands in the file is not what was signed"], "fetch it again")
    try:
        made = datetime.strptime(head["made"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        raise CatalogueError([f"`{head['made']}` is no time"]) from None
    registry = _registry(body)
    if len(registry) != int(head["agents"]):
        raise CatalogueError([f"it has {len(registry)} agents, and {head['agents']} were signed"])
    return SignedCatalogue(registry, made, tuple(key.name for key in keys))


def _parted(octets: bytes) -> tuple[bytes, bytes]:
    """The signed note and what stands behind it."""
    gap = octets.find(_END, 0, MOST_HEAD)
    end = octets.find(_END, gap + 2, MOST_HEAD) if gap > 0 else -1
    if end < 0 or not octets.startswith(b"izin-catalogue/"):
        raise CatalogueError(["this is no signed catalogue"], "`izin agents pack` makes one")
    return octets[: end + 1], octets[end + 2 :]


def _head(text: str) -> dict[str, str]:
    form, _, rest = text.partition("\n")
    if form != _FORMAT:
        raise CatalogueError(["the catalogue is of a format that this version does not know"], "upgrade Izin")
    found = _TEXT.fullmatch(rest)
    if found is None:
        raise CatalogueError(["the head of the catalogue is not as it has to be"])
    return found.groupdict()


def _registry(body: bytes) -> Registry:
    """Every agent, or every problem."""
    lines = body.split(b"\n")
    problems, agents = [], []
    if len(lines) > MOST_AGENTS:
        raise CatalogueError([f"it has more than {MOST_AGENTS} agents"])
    for number, line in enumerate(lines[:-1], 1):
        try:
            agents.append(_AGENT.decode(line))
        except (ValueError, RecursionError) as error:  # msgspec's errors are ValueErrors
            problems.append(f"agent {number}: {_plain(str(error))}")
    if problems:
        raise CatalogueError(problems)
    _check(agents, body)
    return Registry(agents)


def _check(agents: list[Agent], body: bytes) -> None:
    """What holds for every catalogue: names and tokens are told apart, and each fact has its day."""
    names = Counter(agent.name.casefold() for agent in agents)
    tokens = Counter(token.strip("^*").casefold() for agent in agents for token in agent.match)
    problems = [
        f"the agent `{name}` is described {times} times" for name, times in names.items() if times > 1
    ]
    problems += [
        f"the token `{token}` is claimed {times} times" for token, times in tokens.items() if times > 1
    ]
    problems += [f"`{agent.name}`: `checked` is missing" for agent in agents if agent.checked is None]
    if not agents:
        problems.append("it has no agents")
    if not problems and Registry(agents).text != body:
        problems.append("it is not written as a catalogue is: one agent a line, sorted by name")
    if problems:
        raise CatalogueError(problems)


def _plain(text: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in text)[:300]
