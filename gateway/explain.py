"""Why a request was decided as it was, and what would have to change for another verdict. Pure, like the decision."""

from dataclasses import dataclass, replace

from gateway.decide import STEPS, decide, in_force
from gateway.decision import RATE_STATUS, Decision, Question
from gateway.instants import SECOND
from gateway.licenses.license import License
from gateway.policy.license_wording import ways
from gateway.policy.model import Host, Rule, tables_of
from gateway.policy.place import Place
from gateway.value import changed
from gateway.vocabulary import Kind, Reason, Sentence, Verdict


@dataclass(frozen=True, slots=True)
class Explanation:
    """A decision with its grounds.

    ``steps`` are those of the order of judgement that were asked, the last one decided; ``rates`` follows where some
    count the request. ``rule`` is the rule of the policy that decided, if one did; ``place`` is where it stands, or the
    license. ``changes`` say what would lead to another verdict.
    """

    decision: Decision
    steps: tuple[str, ...]
    rule: Rule | None
    place: Place | None
    changes: tuple[Sentence, ...]


def explain(question: Question) -> Explanation:
    """The explanation of what `decide` says to this question."""
    question = in_force(question)
    decision = decide(question)
    steps = []
    for step in STEPS:
        steps.append(step.name)
        if step.judge(question) is not None:
            break
    if decision.rates:
        steps.append("rates")
    rule = _rule_named(question.host, decision.rule)
    held = question.policy.license(decision.license) if decision.license else None
    place = rule.place if rule else held.place if held else None
    return Explanation(decision, tuple(steps), rule, place, tuple(_changes(question, decision, rule)))


def _rule_named(host: Host | None, name: str | None) -> Rule | None:
    if host is None or name is None:
        return None
    return next((rule for rule in host.rules if rule.id == name), None)


def _changes(question: Question, decision: Decision, rule: Rule | None) -> list[Sentence]:
    """Each way to another verdict that can be named, the nearest first."""
    found = []
    alone = _only_way(question, decision)
    if alone is not None:
        return [alone]
    found += _lifted(question, decision, rule)
    if rule is not None:
        found.append(_without(question, rule))
    elif decision.rule == "origin-robots":
        found.append(_ROBOTS)
    elif decision.verdict is Verdict.ALLOW and decision.license is None:
        found.append(_allowed_by_default(question))
    if not decision.enforced:
        found.append(_OBSERVE)
    return found


def _lifted(question: Question, decision: Decision, rule: Rule | None) -> list[Sentence]:
    """What would have to be lifted or given first."""
    if rule is not None and rule.order is not None:
        return [_LEGAL]
    if decision.rule == "block":
        return [_BLOCK]
    if question.identity.kind is Kind.IMPOSTORS:
        return [_IMPOSTORS]
    return _licenses(question, decision)


def _only_way(question: Question, decision: Decision) -> Sentence | None:
    """The one way there is, whatever the policy says of this client."""
    if decision.document is not None or Reason.PASSED_PATH in decision.reasons:
        return _ALWAYS_OPEN
    if decision.rule == "malformed":
        return _MALFORMED
    if decision.rule == "license":
        return _UNPROVED
    if question.host is None:
        return _HOST
    return _later(question) if decision.status == RATE_STATUS else None


def _later(question: Question) -> Sentence:
    wait = max((found.wait for found in question.rates), default=0)
    seconds = -(-wait // SECOND)
    return Sentence(
        f"menunggu: yang berikutnya dilayani dalam {seconds} detik",
        f"waiting: the next one will be served in {seconds} s",
    )


def _licenses(question: Question, decision: Decision) -> list[Sentence]:
    if decision.license is not None:
        ends = next(one.ends for one in question.policy.licenses if one.id == decision.license)
        when = ends.astimezone(question.policy.zone).strftime("%Y-%m-%d %H:%M")
        return [
            Sentence(
                f"lisensi `{decision.license}` berlaku sampai {when}; sesudahnya klien ini dinilai seperti tanpa lisensi",
                f"license `{decision.license}` runs until {when}; after that the client is judged as one without",
            )
        ]
    if decision.verdict is Verdict.ALLOW or question.identity.kind is Kind.PEOPLE:
        return []
    agent, name = question.identity.agent, question.identity.name
    if agent is None:
        return [
            Sentence(
                f"sebuah berkas di `agents/` yang memerikan `{name}`, dan satu di `licenses/` yang menyebutnya",
                f"a file in `agents/` that describes `{name}`, and one in `licenses/` that names it",
            )
        ]
    held = question.policy.licenses_of(agent)
    if not held:
        return [
            Sentence(
                f"sebuah berkas di `licenses/` yang menyebut `{agent}` akan mengizinkannya",
                f"a file in `licenses/` that names `{agent}` would permit it",
            )
        ]
    return [
        Sentence(
            f"lisensi `{one.id}` mengizinkannya bila dibuktikan dari {ways(one.proof).id}",
            f"license `{one.id}` permits it when proved by {ways(one.proof).en}",
        )
        for one in held
        if one.id not in question.identity.proved and _covers(one, question)
    ]


def _covers(license_: License, question: Question) -> bool:
    """Whether the license, proved, would let this request in: a rule about it may take that back."""
    identity = changed(question.identity, proved=(license_.id,))
    return decide(changed(question, identity=identity)).license == license_.id


def _without(question: Question, rule: Rule) -> Sentence:
    """What would be decided if the deciding rule were not there."""
    host = question.host
    assert host is not None
    rest = tuple(other for other in host.rules if other.id != rule.id)
    other = decide(changed(question, host=replace(host, tables=tables_of(rest), rules=rest)))
    by = f" (`{other.rule}`)" if other.rule else ""
    return Sentence(
        f"tanpa aturan `{rule.id}` putusannya `{other.verdict}`{by}",
        f"without rule `{rule.id}` the verdict would be `{other.verdict}`{by}",
    )


def _allowed_by_default(question: Question) -> Sentence:
    identity = question.identity
    # A rule can name only what the catalogue or `agents/` knows.
    what, _, name = identity.subjects[1 if identity.unknown else 0].partition(":")
    who = f"{{{what}: {name}}}" if name and what != "kind" else name or what
    return Sentence(
        f"sebuah aturan dengan `who: {who}` dan `verdict: deny` pada alamat ini akan menolaknya",
        f"a rule with `who: {who}` and `verdict: deny` on this path would refuse it",
    )


_ALWAYS_OPEN = Sentence(
    "tidak ada: alamat ini terbuka bagi semua, apa pun kebijakannya",
    "nothing: this path is open to everybody, whatever the policy says",
)
_UNPROVED = Sentence(
    "bukti lisensi: halaman ini hanya menjawab pemegang lisensi",
    "the proof of a license: this page answers licensees alone",
)
_MALFORMED = Sentence(
    "permintaan yang tersusun benar; tidak ada kebijakan yang membolehkan yang ini",
    "a well-formed request; no policy lets this one pass",
)
_HOST = Sentence(
    "nama situs ini ditambahkan pada `hosts` di site.yaml",
    "this host being named under `hosts` in site.yaml",
)
_ROBOTS = Sentence(
    "robots.txt situs asal tidak lagi menutup alamat ini, atau ada lisensi yang mencakupnya",
    "the origin's robots.txt no longer closing this path, or a license that covers it",
)
_BLOCK = Sentence(
    "perintah `izin block` dicabut atau habis waktunya",
    "the order given by `izin block` being withdrawn or running out",
)
_LEGAL = Sentence(
    "perintah hukum itu dicabut, lalu aturannya dihapus atau diberi `until`",
    "the legal order being withdrawn, and its rule taken out or given an `until`",
)
_OBSERVE = Sentence(
    "mode `enforce`: permintaan ini lalu ditolak sungguh-sungguh",
    "mode `enforce`: the request would then really be refused",
)
_IMPOSTORS = Sentence(
    "klaim yang dibenarkan oleh data resmi operatornya",
    "a claim that its operator's own data bear out",
)
