"""The mail that goes with a new license: how its holder proves it, in Indonesian and English, with a line that works."""

import shlex
from datetime import timedelta
from typing import Final

from gateway.agents import Agent
from gateway.enforce.slots import plain
from gateway.licenses.license import License
from gateway.names import MONTHS
from gateway.policy.model import HOLDING, Policy
from gateway.policy.sentences import license_sentences
from gateway.vocabulary import Language, Sentence

_SUBJECT: Final = Sentence("Lisensi {license} dari {holder}", "License {license} from {holder}")
_MAIL: Final = Sentence(
    """Kepada {licensee},

Izin tertulis Anda sudah berlaku di gerbang situs kami.

{terms}

Setiap permintaan perayap Anda membuktikannya dengan token ini, dalam bidang Authorization:

    Authorization: License {token}

Untuk mencobanya:

    {curl}

Jawabannya menyebut apa yang Anda pegang dan berapa sisa kuotanya. Token ini berlaku sampai {ends}; mintalah token baru
sebelum tanggal itu. Simpanlah seperti kata sandi, dan beri tahu kami segera bila bocor.

{holder}
{contact}
""",
    """To {licensee},

Your written permission is now in force at the gateway of our site.

{terms}

Each request of your crawlers proves it by this token, in the Authorization field:

    Authorization: License {token}

To try it:

    {curl}

The answer says what you hold and how much of the quota is left. The token is valid until {ends}; ask for a new one before
that. Keep it like a password, and tell us at once if it has leaked.

{holder}
{contact}
""",
)


def curl(policy: Policy, held: License, token: str, url: str | None) -> str:
    """A command line with which the licensee asks what it holds. ``url`` is where the site is reached, else its own name."""
    agent = policy.agents.find(held.agents[0])
    words = ["curl", "-A", _user_agent(agent, held.agents[0]), "-H", f"Authorization: License {token}"]
    return shlex.join([*words, f"{(url or f'https://{_host(policy, held)}').rstrip('/')}{HOLDING}"])


def mail(policy: Policy, held: License, token: str, ends: int, command: str, language: Language) -> str:
    """The mail in one language: its subject, an empty line, and the text. ``ends`` is the token's end (µs UTC)."""
    from gateway.instants import utc

    rights = policy.rights
    last = utc(ends).astimezone(policy.zone) - timedelta(microseconds=1)
    names = {
        "license": held.id,
        "licensee": plain(held.licensee),
        "holder": plain(rights.holder),
        "contact": plain(rights.contact.removeprefix("mailto:")),
        "terms": " ".join(license_sentences(policy, held, language)),
        "token": token,
        "curl": command,
        "ends": f"{last.day} {MONTHS[last.month - 1].said(language)} {last.year}",
    }
    return f"{_SUBJECT.said(language).format(**names)}\n\n{_MAIL.said(language).format(**names)}"


def _user_agent(agent: Agent | None, name: str) -> str:
    """A User-Agent that is taken for this crawler."""
    if agent is None or not agent.match:
        return name
    return agent.match[0].removeprefix("^").removesuffix("*")


def _host(policy: Policy, held: License) -> str:
    """A host of the license that has a name of its own."""
    patterns = [*held.hosts, *(host.pattern for host in policy.hosts)]
    return next((one for one in patterns if not one.startswith("*.")), patterns[0].replace("*.", "www."))
