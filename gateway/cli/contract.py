"""What `izin license new` asks, and the files that the answers make: the questions of the contract, in its order."""

import json
import re
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Final, NamedTuple

from gateway.agents import Registry
from gateway.vocabulary import AI_PURPOSES, USE_OF, Sentence, Use

#: What was answered, each answer as it would be typed; several values have commas between them.
Answers = Mapping[str, str]

_BARE: Final = re.compile(r"[A-Za-z0-9/](?:[A-Za-z0-9/._ -]*[A-Za-z0-9/._-])?")
_NOT_NAME: Final = re.compile(r"[^a-z0-9]+")
#: Words that YAML, or a reader, would take for something else.
_WORDS: Final = frozenset({"yes", "no", "on", "off", "true", "false", "null", "y", "n"})


class Question(NamedTuple):
    """One question: the option that answers it, the words, and the default by what was answered before and the day it is.

    Without ``needed`` an empty answer leaves it out of the license. ``several`` values have commas between them.
    """

    name: str
    words: Sentence
    default: Callable[[Answers, Registry, date], str]
    needed: bool = True
    several: bool = False


def _nothing(_answers: Answers, _agents: Registry, _today: date) -> str:
    return ""


def _id(answers: Answers, _agents: Registry, today: date) -> str:
    name = answers["licensee"].lower().removeprefix("pt ").removeprefix("cv ")
    return f"{_NOT_NAME.sub('-', name).strip('-')[:40] or 'lisensi'}-{today.year}"


def _uses(answers: Answers, agents: Registry, _today: date) -> str:
    known = [agents.find(name) for name in split(answers["agents"])]
    purposes = [agent.purpose for agent in known if agent is not None and agent.purpose]
    uses = [USE_OF[purpose] for purpose in purposes if purpose in USE_OF]
    return ", ".join(dict.fromkeys(use.value for use in uses)) or Use.AI_INPUT.value


def _until(answers: Answers, _agents: Registry, today: date) -> str:
    try:
        begins = date.fromisoformat(answers["from"])
    except ValueError:
        begins = today
    try:
        return (begins.replace(year=begins.year + 1) - timedelta(days=1)).isoformat()
    except ValueError:  # the 29th of February
        return begins.replace(year=begins.year + 1, day=28).isoformat()


#: What is said in one value and may be left out.
_SAID: Final = ("quota", "rate", "embargo", "attribution", "price", "approved-by")

#: The questions, in the order of a contract.
QUESTIONS: Final = (
    Question("licensee", Sentence("Pemegang lisensi", "Licensee"), _nothing),
    Question("id", Sentence("Nama lisensi ini", "Name of this license"), _id),
    Question("contract", Sentence("Nomor kontrak", "Number of the contract"), _nothing, needed=False),
    Question(
        "signed",
        Sentence("Ditandatangani pada", "Signed on"),
        lambda answers, _, today: today.isoformat() if answers["contract"] else "",
        needed=False,
    ),
    Question("agents", Sentence("Nama perayapnya, dengan koma", "Names of its crawlers, with commas"), _nothing, several=True),
    Question("uses", Sentence("Penggunaan yang diizinkan", "Uses that are permitted"), _uses, several=True),
    Question(
        "hosts", Sentence("Situs (kosong: semua)", "Hosts (empty: all)"), _nothing, needed=False, several=True
    ),
    Question(
        "on", Sentence("Halaman, seperti /berita/ (kosong: semua)", "Paths, such as /berita/ (empty: all)"),
        _nothing, needed=False, several=True,
    ),
    Question(
        "except", Sentence("Kecuali, seperti /foto/", "Except, such as /foto/"), _nothing, needed=False, several=True
    ),
    Question("from", Sentence("Mulai", "From"), lambda _answers, _agents, today: today.isoformat()),
    Question("until", Sentence("Sampai dengan", "Until, included"), _until),
    Question(
        "quota", Sentence("Kuota, seperti 100000/month (kosong: tanpa)", "Quota, such as 100000/month (empty: none)"),
        _nothing, needed=False,
    ),
    Question(
        "rate", Sentence("Laju, seperti 5/second (kosong: tanpa)", "Rate, such as 5/second (empty: none)"),
        _nothing, needed=False,
    ),
    Question(
        "embargo", Sentence("Embargo, seperti 3h (kosong: tanpa)", "Embargo, such as 3h (empty: none)"),
        _nothing, needed=False,
    ),
    Question(
        "attribution", Sentence("Bagaimana sumbernya disebut (kosong: bebas)", "How the source is named (empty: as they like)"),
        _nothing, needed=False,
    ),
    Question(
        "price", Sentence("Harga, dengan angka dan huruf (kosong: tidak disebut)", "Price, in figures and words (empty: unsaid)"),
        _nothing, needed=False,
    ),
    Question("approved-by", Sentence("Disetujui oleh", "Approved by"), _nothing, needed=False),
    Question(
        "addresses",
        Sentence("Jaringan asalnya (kosong: token saja)", "Networks it comes from (empty: the token alone)"),
        _nothing, needed=False, several=True,
    ),
)  # fmt: skip

#: Asked only if a crawler is known to nobody.
PURPOSE: Final = Question(
    "purpose",
    Sentence(
        f"Untuk apa ia merayapi ({', '.join(sorted(AI_PURPOSES))})",
        f"What it crawls for ({', '.join(sorted(AI_PURPOSES))})",
    ),
    lambda *_: "ai-input",
)


def split(text: str) -> list[str]:
    """Several values with commas between them."""
    return [part for part in (part.strip() for part in text.split(",")) if part]


def unknown_agents(answers: Answers, agents: Registry) -> list[str]:
    """The crawlers that are named and known to nobody."""
    return [name for name in split(answers.get("agents", "")) if agents.find(name) is None]


def license_lines(answers: Answers) -> dict[str, str]:
    """The license, a line for each question that it answers, in the order of the file."""
    lines = {
        "id": f"license: {_scalar(answers['id'])}",
        "licensee": f"licensee: {_scalar(answers['licensee'])}",
    }
    if answers["contract"]:
        signed = f", signed: {answers['signed']}" if answers["signed"] else ""
        lines["contract"] = f"contract: {{number: {_scalar(answers['contract'])}{signed}}}"
    lines["agents"] = f"agents: {_flow(answers['agents'])}"
    addresses = f", addresses: {_flow(answers['addresses'])}, require: all" if answers["addresses"] else ""
    lines["addresses"] = f"proof: {{token: yes{addresses}}}"
    lines |= {
        name: f"{name}: {_flow(answers[name])}" for name in ("uses", "hosts", "on", "except") if answers[name]
    }
    lines |= {name: f"{name}: {_scalar(answers[name])}" for name in ("from", "until")}
    lines |= {name: f"{name}: {_scalar(answers[name])}" for name in _SAID if answers[name]}
    return lines


def license_text(answers: Answers, today: date) -> str:
    """The file of the license."""
    head = (
        f"# Izin tertulis, dibuat {today.isoformat()} dengan `izin license new`. Berkas ini adalah kebijakan yang berlaku.\n"
        f"# Written permission, made {today.isoformat()} by `izin license new`. This file is the policy in force.\n"
    )
    return head + "\n".join(license_lines(answers).values()) + "\n"


def agents_text(answers: Answers, names: list[str]) -> str:
    """A file in `agents/` for crawlers that nobody knows."""
    lines = [
        "# Perayap pemegang lisensi yang belum ada dalam katalog. / The licensee's crawlers, which the catalogue does not know.",
        f"operator: {_scalar(answers['licensee'])}",
        "agents:",
    ]
    for name in names:
        lines += [f"  - name: {_scalar(name)}", f"    purpose: {_scalar(answers['purpose'])}"]
        if re.fullmatch(r"[A-Za-z0-9_-]+", name):
            lines.append(f"    robots: {name}")
    return "\n".join(lines) + "\n"


def _flow(text: str) -> str:
    return f"[{', '.join(map(_scalar, split(text)))}]"


def _scalar(value: str) -> str:
    """A value as YAML, in quotes where it needs them: JSON's are YAML's."""
    bare = _BARE.fullmatch(value) and value.lower() not in _WORDS
    return value if bare else json.dumps(value, ensure_ascii=False)
