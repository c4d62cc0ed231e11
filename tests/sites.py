"""Policies made by hand, for tests of what stands behind the policy reader."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from gateway.agents import Registry, catalogue
from gateway.decide import decide
from gateway.decision import Question
from gateway.identify import identify
from gateway.identify.claim import Claims
from gateway.judgement import Judgement, Version
from gateway.licenses.license import License
from gateway.licenses.proof import Proof
from gateway.policy.model import (
    ALWAYS_PASSED,
    Host,
    LegalOrder,
    Origin,
    Policy,
    Rights,
    Rule,
    Subject,
    tables_of,
)
from gateway.policy.paths import PathTable, Pattern
from gateway.policy.place import Place
from gateway.request import Client, Request, read_target
from gateway.statements import publish
from gateway.supposed import suppose
from gateway.vocabulary import USE_OF, Mode, Reason, Sentence, Use, Verdict

NOTICE = Sentence(
    "Dilarang keras mengambil konten, melakukan crawling atau pengindeksan otomatis untuk AI di situs web ini tanpa "
    "izin tertulis dari Kantor Berita ANTARA.",
    "Taking content, crawling or automatic indexing for AI on this website is strictly forbidden without written "
    "permission from ANTARA News Agency.",
)
RIGHTS = Rights(
    "Kantor Berita ANTARA",
    NOTICE,
    "mailto:lisensi@antara.example",
    "https://www.antara.example/ketentuan",
    "ANTARA News",
)
ORIGIN = Origin("http", "127.0.0.1", 8000)
BAN = {
    Use.AI_TRAIN: Verdict.DENY,
    Use.AI_INPUT: Verdict.DENY,
    Use.AI_INDEX: Verdict.DENY,
    Use.SEARCH: Verdict.ALLOW,
}
#: An order of a court, for rules that are one.
ORDER = LegalOrder(
    "Pengadilan Negeri Jakarta Pusat", "12/Pdt.G/2026", date(2026, 10, 1), "https://pn.example/12"
)
#: An instant at which the licenses made here run.
NOON = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)


def rule(name: str, who: Subject | Iterable[Subject], where: Iterable[str], verdict: Verdict, **more) -> Rule:
    subjects = (who,) if isinstance(who, Subject) else tuple(who)
    patterns = tuple(Pattern(text) for text in where)
    return Rule(name, subjects, patterns, verdict, Place("rules.yaml", 1, 1), **more)


def rules_of_uses(uses: Mapping[Use, Verdict]) -> list[Rule]:
    """The rules that the lines of `uses` are."""
    return [
        rule(
            f"uses.{use.value}",
            [Subject.purpose(purpose) for purpose, its in USE_OF.items() if its is use],
            ["/"],
            verdict,
            use=use,
        )
        for use, verdict in uses.items()
        if verdict is not Verdict.ALLOW
    ]


def host(
    pattern: str = "www.antara.example",
    *,
    uses: Mapping[Use, Verdict] = BAN,
    rules: Iterable[Rule] = (),
    mode: Mode = Mode.ENFORCE,
    passed: Iterable[str] = ALWAYS_PASSED,
) -> Host:
    every = [*rules_of_uses(uses), *rules]
    passed_table = PathTable((Pattern(text), None) for text in passed)
    return Host(pattern, ORIGIN, mode, uses, {}, tuple(every), tables_of(every), passed_table)


def license_(name: str, agents: Iterable[str], *, addresses=(), **more) -> License:
    fields = {
        "licensee": "PT Contoh AI",
        "uses": frozenset({Use.AI_INPUT}),
        "proof": Proof(addresses=tuple(addresses)),
        "begins": datetime(2026, 1, 5, tzinfo=UTC),
        "ends": datetime(2027, 1, 5, tzinfo=UTC),
        "place": Place(f"licenses/{name}.yaml", 1, 1),
        **more,
    }
    return License(name, agents=tuple(agents), **fields)


def policy(
    *hosts: Host,
    licenses: Iterable[License] = (),
    grants: Iterable[Use] = (),
    agents: Registry | None = None,
    rights: Rights = RIGHTS,
) -> Policy:
    return Policy(
        "antara",
        "sha256:" + "0" * 64,
        b"{}",
        {},
        ZoneInfo("Asia/Jakarta"),
        rights,
        frozenset(grants),
        hosts or (host(),),
        catalogue() if agents is None else agents,
        tuple(licenses),
    )


ULID = "01KBBFZ9M0T4QJ8WZX7K3M9QXA"


def judgement(
    version: Version,
    user_agent: str = "Mozilla/5.0 (compatible; GPTBot/1.3; +https://openai.com/gptbot)",
    path: bytes = b"/berita/1",
    *,
    host: str = "www.antara.example",
    at: datetime = NOON,
    method: str = "GET",
    fault: Reason | None = None,
    address: str = "203.0.113.7",
    **fields: str,
) -> Judgement:
    """A request judged as a door has it judged. Header fields are given with `_` for `-`."""
    folded = {"user-agent": user_agent, **{name.replace("_", "-"): value for name, value in fields.items()}}
    client = Client(address, address)
    target = None if fault else read_target(path)
    fault = fault or (Reason.MALFORMED_TARGET if target is None else None)
    request = Request(method, "https", host, host, target, client, folded, fault)
    its_policy = version.policy
    identity = identify(request, Claims(its_policy.agents).read(user_agent), its_policy, {})
    now = int(at.timestamp()) * 1_000_000
    found = its_policy.host(host)
    found = None if found is None else found.at(now)
    question = Question(request, identity, its_policy, found, now)
    decision = decide(question)
    supposed = suppose(question) if decision.document is not None else None
    return Judgement(ULID, now, request, identity, decision, version, found, supposed=supposed)


def version(its_policy: Policy | None = None, at: datetime = NOON) -> Version:
    its_policy = policy() if its_policy is None else its_policy
    return Version(1, its_policy, publish(its_policy, at))
