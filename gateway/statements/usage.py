"""Usage preferences: `Content-Usage` (draft-ietf-aipref-vocab-08, 2026-09-14) and `Content-Signal`.

Each says what is refused, and grants only what the policy's ``grant`` names: a verdict `allow` is left unsaid, for it
means that a door is open and nothing more. A use for which the policy has even one refusing rule is never granted.
"""

from collections.abc import Iterable, Iterator

from gateway.policy.model import Host, Policy, Rule
from gateway.statements.areas import Area
from gateway.statements.statement import Statement
from gateway.vocabulary import USE_OF, Kind, Purpose, Use, Verdict

#: The labels of the vocabulary, and the uses that each stands for. RSL says `ai-train` where the IETF says `train-ai`.
LABELS: dict[str, frozenset[Use]] = {
    "train-ai": frozenset({Use.AI_TRAIN}),
    "ai-use": frozenset({Use.AI_INPUT, Use.AI_INDEX}),
    "search": frozenset({Use.SEARCH}),
}

#: The keys of Content Signals (2025-09-24), likewise; an AI's index has no key of its own.
SIGNAL_KEYS: dict[str, frozenset[Use]] = {
    "search": frozenset({Use.SEARCH}),
    "ai-input": frozenset({Use.AI_INPUT, Use.AI_INDEX}),
    "ai-train": frozenset({Use.AI_TRAIN}),
}

_SUBJECTS_APART = frozenset({f"kind:{kind.value}" for kind in Kind if kind is not Kind.AGENTS})


def refused(host: Host) -> frozenset[Use]:
    """The uses that the host's `uses` deny or offer a license for."""
    return frozenset(use for use, verdict in host.uses.items() if verdict is not Verdict.ALLOW)


def granted(policy: Policy, host: Host) -> frozenset[Use]:
    """The uses that may be said to be granted on the whole host."""
    named = frozenset(single for use in policy.grants for single in use.single)
    restricted = {use for use in named if any(_restricts(rule, use) for rule in host.rules)}
    return named - refused(host) - restricted


def _restricts(rule: Rule, use: Use) -> bool:
    """Whether a rule may refuse somebody who wants content for this use.

    A legal order takes no grant back: what it closes is served to nobody, and robots.txt and license.xml except it by path.
    """
    if rule.order is not None or rule.verdict is Verdict.ALLOW or rule.use not in (None, use):
        return False
    purposes = {f"purpose:{purpose.value}" for purpose in Purpose if USE_OF.get(purpose) is not use}
    return any(subject.key not in _SUBJECTS_APART | purposes for subject in rule.subjects)


def _said(
    keys: dict[str, frozenset[Use]], yes: frozenset[Use], no: frozenset[Use], words: tuple[str, str]
) -> str:
    pairs = []
    for key, uses in keys.items():
        if uses & no:
            pairs.append(f"{key}={words[1]}")
        elif uses <= yes:
            pairs.append(f"{key}={words[0]}")
    return ", ".join(pairs)


def content_usage(policy: Policy, host: Host, unsaid: frozenset[Use] = frozenset()) -> str:
    """A Dictionary of RFC 9651 (draft-ietf-aipref-attach-05 section 4), empty if nothing is to be said.

    A label that speaks of a use in ``unsaid`` is left out: a license speaks of it, and contracts go before preferences.
    """
    labels = {label: uses for label, uses in LABELS.items() if not uses & unsaid}
    return _said(labels, granted(policy, host), refused(host), ("y", "n"))


def usage_by_path(
    policy: Policy, host: Host, parts: Iterable[Area], unsaid: frozenset[Use] = frozenset()
) -> Iterator[tuple[str, str]]:
    """Of some parts of a host (`gateway.statements.areas`) the path patterns on which more is refused than on the whole host, with the value there, for robots.txt.

    The longest pattern counts alone (attach-05 section 4), so each value is whole.
    """
    labels = {label: uses for label, uses in LABELS.items() if not uses & unsaid}
    yes, no = granted(policy, host), refused(host)
    for area in parts:
        said = _said(labels, yes, no | area.refusals.keys(), ("y", "n"))
        if said != _said(labels, yes, no, ("y", "n")):
            yield area.pattern, said


def content_signal(policy: Policy, host: Host, unsaid: frozenset[Use] = frozenset()) -> str:
    """The value of a `Content-Signal` line, empty if nothing is to be said."""
    keys = {key: uses for key, uses in SIGNAL_KEYS.items() if not uses & unsaid}
    return _said(keys, granted(policy, host), refused(host), ("yes", "no"))


def render_usage(statement: Statement) -> str:
    """The `Content-Usage` of every page of the host."""
    return content_usage(statement.policy, statement.host)


def usage_omits(statement: Statement) -> tuple[str, ...]:
    """What `Content-Usage` cannot say."""
    said = [
        "that permission can be had, and from whom",
        "who is asked: it speaks to everybody alike, and a licensee's contract goes before it",
    ]
    host = statement.host
    if host.uses.get(Use.AI_INDEX, Verdict.ALLOW) is not host.uses.get(Use.AI_INPUT, Verdict.ALLOW):
        said.append("`ai-index` apart from `ai-input`: both are `ai-use`, and the stricter is said")
    if any(rule.use is None for rule in host.rules):
        said.append("the rules of rules.yaml: one value stands for every page of the host")
    if any(rule.section for rule in host.rules):
        said.append("what the uses of a section are: robots.txt says it, by path")
    return tuple(said)
