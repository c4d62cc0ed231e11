"""What a gateway, or a proxy before it, makes of the suite."""

import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import http_sf

from tests.deploy.site import ROBOTS, Site
from tests.deploy.suite import COOKIES, FREE_HOST, LATER, OPEN_HOST, SUITE, run_token_endpoint
from tests.engines import until
from tests.live import rig
from tests.live.rig import Answer

#: Fields that every server writes for itself, or that belong to one connection or one moment.
EXCEPT = {"date", "server", "connection", "keep-alive", "izin-decision", "via", "ratelimit"}
#: Fields of the request to the origin that each of them writes in its own way, or that belong to one connection.
EXCEPT_HEARD = {
    "connection",
    "te",
    "accept-encoding",
    "forwarded",
    "via",
    "content-type",
    "izin-origin-secret",
}
#: Members of an entry that belong to one request.
OF_ONE = {"id", "time", "seq", "lane", "committed"}


@dataclass(frozen=True)
class Met:
    """By the names of the requests: what came back, and what was recorded. ``reached`` are the first lines of those that
    reached the site, ``later`` what came back once the site ran a token endpoint."""

    answers: dict[str, Answer]
    entries: dict[str, dict[str, Any]]
    outcomes: dict[str, dict[str, Any]]
    reached: list[str] = field(default_factory=list)
    later: dict[str, Answer] = field(default_factory=dict)

    @classmethod
    def by(cls, gateway: rig.Gateway, port: int, token: str, site: Site) -> "Met":
        # With the origin's robots.txt, which the terms have.
        hosts = (rig.HOST, OPEN_HOST, FREE_HOST)
        _taken_up(
            gateway, lambda: all(ROBOTS in gateway.ask("/robots.txt", host=host).body for host in hosts)
        )
        # What was asked until now is readable once this is: else it would count as one of the suite.
        last = until(lambda: rig.ask(port, "/", "GPTBot/1.3")["izin-decision"])
        before = until(lambda: _up_to(gateway.entries("decision"), last), 30, "what was asked before")
        site.asked.clear()
        answers = {}
        for asked in SUITE:
            answers[asked.name] = asked.of(port, token)
            ended_at = time.time_ns() // 2_000_000
            while time.time_ns() // 2_000_000 == ended_at:
                pass  # a log that tells milliseconds tells them apart
        reached = [line for line in site.asked if "/robots.txt" not in line]

        def decided():
            found = gateway.entries("decision")[before:]
            return found if len(found) >= len(SUITE) else None

        decisions = until(decided, 30, "every request has its entry")
        assert len(decisions) == len(SUITE), "one decision a request"
        by_id = {entry["id"]: entry for entry in decisions}
        named = {answer["izin-decision"] for answer in answers.values()}
        # Of those that the client is not told, and that may be recorded later, the order tells which is whose.
        others = iter(
            sorted((one for one in decisions if one["id"] not in named), key=lambda one: one["time"])
        )
        entries = {
            name: by_id.get(answer["izin-decision"]) or next(others) for name, answer in answers.items()
        }
        ids = {entry["id"]: name for name, entry in entries.items()}

        def ended():
            found = {ids[one["of"]]: one for one in gateway.entries("outcome") if one["of"] in ids}
            return found if len(found) == len(ids) else None

        outcomes = until(ended, 30, "every decision has its outcome")
        run_token_endpoint(gateway.policy)
        first = LATER[0]
        _taken_up(gateway, lambda: gateway.ask(first.target, first.agent).status == first.status)
        later = {asked.name: asked.of(port, token) for asked in LATER}
        return cls(answers, entries, outcomes, reached, later)

    def seen(self, name: str, without: frozenset[str]) -> list[object]:
        """Status and fields, and the body where it is ours: the origin's tells how it was asked."""
        answer = (self.answers | self.later)[name]
        ours = name in self.later or self.entries[name]["status"] is not None
        skipped = EXCEPT | without | (set() if ours else {"content-length"})
        fields = sorted(
            (field, _meant(field, value)) for field, value in answer.fields if field not in skipped
        )
        return [answer.status, *fields, answer.body if ours and answer.status in (200, 101) else b""]

    def heard(self, name: str, without: frozenset[str]) -> list[str]:
        """How the origin was asked, as it says itself."""
        text = self.answers[name].body.decode("latin-1")
        if "HTTP/1." not in text.partition("\n")[0]:
            return []
        head, _, body = text.partition("\n\n")
        start, *fields = head.splitlines()
        named = [(one.partition(": ")[0].lower(), one.partition(": ")[2]) for one in fields]
        return [
            start,
            *sorted(f"{name}: {value}" for name, value in named if name not in EXCEPT_HEARD | without),
            body,
        ]

    def ended(self, name: str) -> tuple[object, ...]:
        """Its outcome, the octets as more or less than what came; of another protocol it is not said which they were."""
        outcome, answer = self.outcomes[name], self.answers[name]
        octets = 0 if answer.status == 101 else outcome["bytes"] - len(answer.body)
        return outcome["status"], octets, outcome["end"]

    def recorded(self, name: str, renamed: bool) -> list[object]:
        kept = {member: value for member, value in self.entries[name].items() if member not in OF_ONE}
        if kept.get("source") == "access-log":  # later, and so at a lower level
            kept |= {"durability": "written"}
            del kept["source"]
        kept["rates"] = [(one["rule"], one["remaining"]) for one in kept.get("rates", ())]
        # Of who says nothing of himself one proxy says so with an empty word.
        kept["request"] = {**kept["request"], "user_agent": kept["request"]["user_agent"] or None}
        if renamed:
            kept["identity"] = {**kept["identity"], "evidence": "…"}
        client = {**self.entries[name]["client"], "pseudonym": "…"}
        client.pop("certain", None)  # a log does not say what else a client sent
        kept["client"] = "…" if renamed else client
        return sorted(kept.items())


def _up_to(entries: list[dict[str, Any]], last: str) -> int:
    """How many there are, once the last of them is the one of that id."""
    return len(entries) if entries and entries[-1]["id"] == last else 0


def _taken_up(gateway: rig.Gateway, holds: Callable[[], bool]) -> None:
    """Wait for the version of the policy under which something holds."""
    tried = 0

    def look() -> bool:
        nonlocal tried
        before, tried = tried, gateway.ready()[1]["version"]
        return tried != before and holds()

    until(look, 15, "the policy is taken up")


def _meant(name: str, value: str) -> str:
    """A field by its meaning: of what stands in a Content-Usage twice the last counts, and an hour may be over by a second."""
    if name == "retry-after":
        return str(round(int(value), -2))
    if name != "content-usage":
        return value
    try:
        usage = http_sf.parse(value.encode(), tltype="dictionary")
    except http_sf.StructuredFieldError:
        return value  # the site's alone, which nobody can read
    return ", ".join(sorted(f"{category}={one}" for category, (one, _) in usage.items()))


def by_http2(curl: Path, port: int) -> Answer:
    """The request with cookies by HTTP/2, as browsers send it: its cookies apart, and that it takes trailers."""
    (asked,) = (one for one in SUITE if one.name == COOKIES)
    words = ["-H", "cookie: a=1", "-H", "cookie: b=2", "-H", "te: trailers", "-A", asked.agent]
    words += ["--connect-to", f"{asked.host}:80:127.0.0.1:{port}", f"http://{asked.host}{asked.target}"]
    ran = subprocess.run(
        [curl, "-q", "-s", "-S", "-i", "--http2-prior-knowledge", *words], capture_output=True, check=True
    )
    head, _, body = ran.stdout.partition(b"\r\n\r\n")
    start, *lines = head.decode("latin-1").split("\r\n")
    assert start.startswith("HTTP/2 "), start
    fields = (line.partition(":") for line in lines)
    return Answer(int(start.split()[1]), tuple((name, value.strip()) for name, _, value in fields), body)
