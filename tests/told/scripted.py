"""Journals by script: versions of a policy, who asked for what under which, and when, as the entries that this leaves."""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from gateway.audit.texts import Texts
from gateway.decision import Decision
from gateway.digest import digest_of
from gateway.instants import SECOND, instant, utc
from gateway.judgement import Judgement, Version
from gateway.policy.model import Subject
from gateway.proxy.versions import described
from gateway.record import Compact, event_entry, outcome_entry, private, read
from gateway.told.violations import Finding, Violations
from gateway.value import changed
from gateway.vocabulary import Assurance, End, Level, Verdict
from tests import journals, sites
from tests.journals import decision_entry

HOUR = 3_600 * SECOND
DAY = 24 * HOUR
GPTBOT = "Mozilla/5.0 (compatible; GPTBot/1.3; +https://openai.com/gptbot)"
SEARCHBOT = "Mozilla/5.0 (compatible; OAI-SearchBot/1.3; +https://openai.com/searchbot)"
CLAUDE = "Mozilla/5.0 (compatible; ClaudeBot/1.0; +claudebot@anthropic.com)"
GOOGLE = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"

_OPEN = dict.fromkeys(sites.BAN, Verdict.ALLOW)
_RULES = {
    "ban": [],
    # says the same to crawlers for AI, something new to others
    "seo": [sites.rule("tanpa-seo", Subject.agent("AhrefsBot"), ["/"], Verdict.DENY)],
    "photos": [sites.rule("foto", Subject.agent("GPTBot"), ["/foto/"], Verdict.DENY)],
    "open": [],
}
NAMES = tuple(_RULES)


@cache
def version(name: str) -> Version:
    """`ban` refuses AI, `seo` an SEO tool too, `photos` GPTBot photos alone, `open` nobody."""
    uses = _OPEN if name in ("photos", "open") else sites.BAN
    hosts = [
        sites.host(pattern, uses=uses, rules=_RULES[name])
        for pattern in ("www.antara.example", "*.antara.example")
    ]
    return sites.version(sites.policy(*hosts))


class Script:
    """Entries as they are written; `at` is the script's clock, µs UTC. Every method that asks gives the entry's number."""

    def __init__(self) -> None:
        self.at = instant(sites.NOON)
        self.entries: list[bytes | Compact] = []
        self.texts: dict[str, bytes] = {}
        self._version: Version | None = None

    def wait(self, length: int) -> "Script":
        """Let time pass, with an entry every half hour, as there are on a site that is read."""
        end = self.at + length
        while length > 0 and self.at + HOUR // 2 < end:
            self.at += HOUR // 2
            self.event("tick")
        self.at = end
        return self

    def event(self, name: str, **details: Any) -> int:
        """An event."""
        return self._add(event_entry(self._id(), self.at, name, details))

    def policy(self, name: str) -> int:
        """A policy comes into force."""
        self._version = version(name)
        self.texts |= self._version.texts
        return self.event("policy", **described(self._version))

    def terms(self, hosts: dict[str, dict[str, str]], notice: str) -> int:
        """Terms of any documents come into force: texts by host and path, and a notice."""

        def keep(text: str) -> str:
            self.texts[digest_of(text.encode())] = text.encode()
            return digest_of(text.encode())

        manifest = {
            "v": 1,
            "site": "antara",
            "notice": {"id": keep(notice)},
            "hosts": {
                host: {"documents": {path: keep(text) for path, text in texts.items()}, "fields": {}}
                for host, texts in hosts.items()
            },
        }
        named = [{"host": host} for host in hosts]
        return self.event("policy", terms=keep(json.dumps(manifest)), policy="sha256:p", hosts=named)

    def ask(self, user_agent: str = GPTBOT, path: str = "/berita/1", **how: Any) -> int:
        """A request, decided under the policy in force, and answered."""
        judgement, told = self.judged(user_agent, path, **how), how
        number = self._add(
            decision_entry(judgement, Level.DURABLE, "c2FtYXJhbi1wZW1i" if private(judgement) else "")
        )
        status, end = told.get("status", judgement.decision.status or 200), told.get("end", End.COMPLETE)
        if end is not None:
            self._add(outcome_entry(judgement.id, self.at, status, 9, end))
        return number

    def robots(self, user_agent: str = GPTBOT, **how: Any) -> int:
        """robots.txt is asked for."""
        return self.ask(user_agent, "/robots.txt", **how)

    def judged(
        self, user_agent: str, path: str, *, host: str = "www.antara.example", **how: Any
    ) -> Judgement:
        """The judgement; ``assurance`` is put in the place of what was found, ``under`` of the version in force."""
        its = self._version if how.get("under") is None else version(how["under"])
        assert its is not None
        made = sites.judgement(its, user_agent, path.encode(), host=host, method=how.get("method", "GET"))
        identity, decision = made.identity, made.decision
        if how.get("assurance") is not None:
            identity = changed(identity, assurance=Assurance(how["assurance"]))
        if how.get("rule") is not None:
            decision = Decision(Verdict.DENY, 403, how["rule"], decision.reasons, decision.audience)
        return changed(made, id=self._id(), at=self.at, identity=identity, decision=decision)

    def findings(self, texts: Any = None) -> dict[int, Finding]:
        """What the fold says of each entry that it judges, by number."""
        fold = Violations((self.texts if texts is None else texts).get)
        judged = ((seq, fold.after(seq, entry)) for seq, entry in self.read())
        return {seq: finding for seq, finding in judged if finding is not None}

    def read(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """The entries as they are read back, with their numbers."""
        table: dict[bytes, int] = {}
        shared: dict[int, Any] = {}
        for seq, entry in enumerate(self.entries, 1):
            yield seq, read(entry.encode(table) if isinstance(entry, Compact) else entry, shared)

    def write(self, folder: Path) -> Path:
        """The journal on the disk, with its texts."""
        journals.write(folder, self.entries)
        Texts(folder).keep(self.texts)
        return folder

    def time(self, number: int) -> str:
        """The time of an entry, as it is printed."""
        return f"{utc(dict(self.read())[number]['at']).isoformat(timespec='microseconds')[:-6]}Z"

    def _id(self) -> str:
        return f"01KBBFZ9M0{len(self.entries) + 1:016d}"

    def _add(self, entry: bytes | Compact) -> int:
        self.entries.append(entry)
        self.at += SECOND
        return len(self.entries)
