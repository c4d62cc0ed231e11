"""What must hold of every decision, over policies, clients and paths that Hypothesis makes up."""

import re
from ipaddress import ip_network
from itertools import product

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from gateway.decide import decide, in_force
from gateway.decision import FAULT_STATUS, LEGAL_STATUS, VERDICT_STATUS, Question
from gateway.identify import identify
from gateway.identify.claim import Claims
from gateway.orders import BlockOrder, ModeOrder, Orders
from gateway.policy.model import Policy, Rule, Subject
from gateway.policy.paths import Pattern
from gateway.policy.robots import RobotsFile
from gateway.policy.term import ALWAYS, Term
from gateway.policy.winner import rule_for
from gateway.request import Client, Request, fold_host, read_target
from gateway.value import changed
from gateway.vocabulary import Audience, Kind, Mode, Purpose, Reason, Use, Verdict
from tests.deciding import contradicted
from tests.rfc9309 import matches
from tests.sites import NOON, ORDER, host, license_, policy, rule

NOW = int(NOON.timestamp()) * 1_000_000
CLAIMS = Claims(policy().agents)
USER_AGENTS = [
    *("", "Mozilla/5.0 (Windows NT 10.0) Firefox/131.0", "okhttp/4.12", "curl/8.5.0", "Scrapy/2.11"),
    *("GPTBot/1.3", "ChatGPT-User/1.0", "CCBot/2.0", "Googlebot/2.1", "bingbot/2.0", "AhrefsBot/7.0"),
    *("KecilBot/0.1 (+https://kecil.example/)", "BUbiNG", "WhatsApp/2.23"),
]
SUBJECTS = st.one_of(
    st.just(Subject.everyone()),
    st.sampled_from(list(Kind)).map(Subject.kind),
    st.sampled_from([Purpose.AI_TRAIN, Purpose.AI_INPUT, Purpose.SEARCH, Purpose.SEO]).map(Subject.purpose),
    st.sampled_from(["OpenAI", "Google"]).map(Subject.operator),
    st.sampled_from(["GPTBot", "Googlebot", "curl", "KecilBot"]).map(Subject.agent),
    st.just(Subject.license("satu")),
)
INSTANTS = st.none() | st.integers(NOW - 2, NOW + 2)
TERMS = st.just(ALWAYS) | st.builds(Term, INSTANTS, INSTANTS)
PATTERNS = st.sampled_from(
    ["/", "/a/", "/a/b/", "/a", "/c/", "/a/*/x", "/*.jpg$", "/a/$", "*/b/", "/*?p=", "/c/*", "/a/b/d"]
)
VERDICTS = st.sampled_from(list(Verdict))
RULES = st.lists(
    st.tuples(SUBJECTS, st.lists(PATTERNS, min_size=1, max_size=2), VERDICTS)
    | st.tuples(SUBJECTS, st.lists(PATTERNS, min_size=1, max_size=2), VERDICTS, TERMS)
    | st.tuples(
        SUBJECTS, st.lists(PATTERNS, min_size=1, max_size=2), st.just(Verdict.DENY), TERMS, st.just(ORDER)
    ),
    max_size=6,
)
USES = st.fixed_dictionaries(dict.fromkeys((Use.AI_TRAIN, Use.AI_INPUT, Use.AI_INDEX, Use.SEARCH), VERDICTS))
ROBOTS = st.none() | st.lists(st.sampled_from(["/", "/a", "/c/", "/*?p="]), max_size=2).map(
    lambda paths: RobotsFile(b"User-agent: *\n" + b"".join(b"Disallow: %b\n" % p.encode() for p in paths))
)
PIECES = [
    "a",
    "b",
    "c",
    "x",
    "d.jpg",
    ".",
    "..",
    "",
    ";",
    "a;v=1",
    "..;",
    "%2e%2E",
    "%61",
    "a%2Fb",
    "a\\b",
    "%5c",
    "x%3By",
]
TARGETS = st.one_of(
    st.tuples(st.lists(st.sampled_from(PIECES), max_size=6), st.sampled_from(["", "?p=1", "?q"])).map(
        lambda parts: ("/" + "/".join(parts[0]) + parts[1]).encode()
    ),
    st.sampled_from(
        [b"/robots.txt", b"/ads.txt", b"/.well-known/x", b"/.well-known/../a/", b"*", b"/a b", b"/%"]
    ),
    st.binary(max_size=12).map(lambda octets: b"/" + octets),
)
HOSTS = st.sampled_from(
    ["www.antara.example", "lain.antara.example", "127.0.0.1", "x.example", "[::1]", ".."]
)
CLIENTS = st.sampled_from(
    [
        Client("203.0.113.7", "203.0.113.0/24"),
        Client("192.0.2.7", "192.0.2.0/24"),
        Client("192.0.2.7", "192.0.2.0/24", certain=False),
        Client("2001:db8::1", "2001:db8::/48"),
    ]
)
UNTIL = st.none() | st.integers(NOW - 1, NOW + 1)
ORDERS = st.builds(
    Orders,
    st.lists(
        st.builds(
            ModeOrder, st.sampled_from(list(Mode)), st.sampled_from(["*", "www.antara.example"]), UNTIL
        ),
        max_size=2,
    ).map(tuple),
    st.lists(
        st.builds(BlockOrder, st.sampled_from(["gptbot", "googlebot", "kecilbot"]), UNTIL), max_size=2
    ).map(tuple),
)


@st.composite
def policies(draw) -> Policy:
    return made(draw(RULES), draw(USES), draw(st.sampled_from(list(Mode))))


def made(rules, uses, mode=Mode.ENFORCE) -> Policy:
    written = [of(f"r{number}", *parts) for number, parts in enumerate(rules)]
    held = license_("satu", ["GPTBot", "ChatGPT-User"], addresses=(NETWORK,), on=(Pattern("/a/"),))
    hosts = (host(uses=uses, rules=written, mode=mode), host("*.antara.example", uses=uses))
    return policy(*hosts, licenses=[held])


def of(name, who, where, verdict, term=ALWAYS, order=None) -> Rule:
    return rule(name, who, where, verdict, term=term, order=order)


NETWORK = ip_network("192.0.2.0/24")
METHODS = st.sampled_from(["GET", "HEAD", "POST", "BREW"])
FAULTS = st.sampled_from([None, None, None, *FAULT_STATUS])


@st.composite
def questions(draw, its: Policy | None = None, targets=TARGETS, faults=FAULTS, hosts=HOSTS) -> Question:
    its = draw(policies()) if its is None else its
    user_agent, authority, client = draw(st.sampled_from(USER_AGENTS)), draw(hosts), draw(CLIENTS)
    target, folded, fault = read_target(draw(targets)), fold_host(authority), draw(faults)
    if fault is None:
        fault = (
            Reason.MALFORMED_HOST if folded is None else Reason.MALFORMED_TARGET if target is None else None
        )
    request = Request(draw(METHODS), "https", authority, folded or "", target, client, {}, fault)
    identity = identify(request, CLAIMS.read(user_agent), its, {})
    if draw(st.booleans()) and identity.agent is not None:
        identity = contradicted(identity)
    return Question(request, identity, its, its.host(request.host), NOW, draw(ROBOTS), draw(ORDERS))


@given(questions())
def test_every_question_has_one_decision_that_can_be_defended(question):
    decision = decide(question)
    assert decision == decide(question)
    assert decision.reasons
    assert len(set(decision.reasons)) == len(decision.reasons)
    refused = decision.verdict is not Verdict.ALLOW
    assert refused or decision.enforced
    assert refused == (decision.status is not None and decision.status >= 400)
    assert refused is False or decision.rule is not None
    assert (decision.license is not None) == (decision.rule or "").startswith("license.")
    assert bool(decision.grants) == (decision.license is not None)
    if refused and decision.status in VERDICT_STATUS.values():
        assert decision.status == VERDICT_STATUS[decision.verdict]
    if question.request.fault is not None:
        assert (decision.rule, decision.enforced) == ("malformed", True)


@given(questions())
def test_the_mode_never_changes_what_is_decided(question):
    def under(mode):
        return decide(changed(question, orders=Orders((ModeOrder(mode, "*", None),), question.orders.blocks)))

    enforced, observed = under(Mode.ENFORCE), under(Mode.OBSERVE)
    for member in ("verdict", "status", "rule", "audience", "license", "grants", "document"):
        assert getattr(enforced, member) == getattr(observed, member)
    assert enforced.enforced
    let_pass = () if observed.enforced else (Reason.OBSERVED_ONLY,)
    assert observed.reasons == enforced.reasons + let_pass
    by_policy = enforced.status in {*VERDICT_STATUS.values(), LEGAL_STATUS}
    assert observed.enforced == (enforced.verdict is Verdict.ALLOW or not by_policy)


@given(questions())
def test_a_contradicted_client_is_never_better_off(question):
    """Than the same claim uncontradicted, but for what a license would have given it; nor than everyone."""
    identity = question.identity
    assume(identity.kind is not Kind.IMPOSTORS and identity.agent is not None)
    honest = changed(question, identity=changed(identity, proved=()))
    false = decide(changed(question, identity=contradicted(identity)))
    assert false.verdict.strictness >= decide(honest).verdict.strictness
    anybody = changed(identity, subjects=("everyone",), proved=())
    if not false.document and Reason.PASSED_PATH not in false.reasons:
        assert false.verdict.strictness >= decide(changed(question, identity=anybody)).verdict.strictness
        assert false.audience is Audience.AI


@given(RULES, USES, SUBJECTS, PATTERNS, st.data())
def test_one_more_ban_opens_nothing(rules, uses, who, where, data):
    """Whatever was refused stays refused when a rule that denies is added: on each subject by itself a longer ban wins."""
    less = made(rules, uses)
    more = made([*rules, (who, [where], Verdict.DENY)], uses)
    question = data.draw(questions(less))
    before = decide(question)
    after = decide(changed(question, policy=more, host=more.host(question.request.host)))
    if before.verdict is Verdict.DENY:
        assert after.verdict is Verdict.DENY
    if before.verdict is Verdict.LICENSE:
        assert after.verdict is not Verdict.ALLOW


@given(RULES, USES, st.data())
def test_people_are_refused_only_by_rules_that_speak_of_them(rules, uses, data):
    about_others = [
        row for row in rules if len(row) == 5 or row[0] not in (Subject.everyone(), Subject.kind(Kind.PEOPLE))
    ]
    question = data.draw(questions(made(about_others, uses)))
    assume(question.identity.kind is Kind.PEOPLE)
    decision = decide(question)
    assert (
        decision.verdict is Verdict.ALLOW or decision.rule in {"malformed", "host"} or decision.status == 451
    )


@given(RULES, USES, st.data())
def test_people_are_judged_by_the_canonical_reading_alone(rules, uses, data):
    question = data.draw(questions(made(rules, uses), faults=st.none()))
    assume(question.identity.kind is Kind.PEOPLE and question.host is not None)
    target = question.request.target
    assume(target is not None and not decide(question).document)
    plain = target._replace(folded=target.path, climbs=False)
    same = decide(changed(question, request=changed(question.request, target=plain)))
    reasons = {*same.reasons, *decide(question).reasons}
    if reasons.isdisjoint({Reason.PASSED_PATH, Reason.LEGAL_ORDER}):
        assert same == decide(question)


@given(RULES, USES, st.data())
def test_the_rule_is_the_one_rfc_9309_lets_win(rules, uses, data):
    """By the definition: of the rules of the most specific subject with a match, the longest pattern, allow on a tie."""
    its = made(rules, uses)
    question = data.draw(questions(its, faults=st.none()))
    target = question.request.target
    assume(target is not None)
    held = ("license:satu",) if question.identity.proved else ()
    subjects, reading = (*held, *question.identity.subjects), target.canonical
    ranked: list[tuple[int, int, int, str]] = []
    standing = its.hosts[0].at(NOW)
    for one in its.hosts[0].rules:
        if one.order is not None or not one.term.holds(NOW):
            continue
        for subject, pattern in product(one.subjects, one.patterns):
            if subject.key in subjects and matches(pattern.text, reading):
                ranked.append((subject.rank, len(pattern.text), -one.verdict.strictness, one.id))
    found = rule_for(standing, subjects, reading)
    if not ranked:
        assert found is None
    else:
        best = max(ranked)[:3]
        assert found is not None
        assert found.id in {row[3] for row in ranked if row[:3] == best}


@given(RULES, USES, st.data())
def test_out_of_its_term_a_rule_is_as_if_it_were_not_written(rules, uses, data):
    """The same policy without the rules that are not in force, and with the others made to hold always."""
    question = data.draw(questions(made(rules, uses)))
    bare = [(*row[:3], ALWAYS, *row[4:]) for row in rules if len(row) == 3 or row[3].holds(NOW)]
    numbered = {f"r{n}": f"r{old}" for n, old in enumerate(_standing(rules))}
    its = made(bare, uses)
    other = decide(changed(question, policy=its, host=its.host(question.request.host)))
    found = decide(question)
    assert changed(other, rule=numbered.get(other.rule or "", other.rule)) == changed(found, rule=found.rule)
    assert decide(in_force(question)) == found


def _standing(rules) -> list[int]:
    return [number for number, row in enumerate(rules) if len(row) == 3 or row[3].holds(NOW)]


@given(RULES, USES, SUBJECTS, PATTERNS, st.data())
def test_nobody_gets_past_a_legal_order(rules, uses, who, where, data):
    """Whoever it is about, and whatever the path is called, but for what is open to everybody."""
    its = made([*rules, (who, [where], Verdict.DENY, ALWAYS, ORDER)], uses)
    question = data.draw(questions(its, faults=st.none(), hosts=st.just("www.antara.example")))
    target, identity = question.request.target, question.identity
    assume(target is not None)
    proved = {f"license:{name}" for name in identity.proved}
    speaks = who.key in {*identity.subjects, *identity.claimed, *proved}
    decision = decide(question)
    open_to_all = decision.document is not None or Reason.PASSED_PATH in decision.reasons
    pattern = Pattern(where)
    if speaks and not open_to_all and (pattern.matches(target.canonical) or pattern.matches(target.lenient)):
        assert (decision.verdict, decision.status) == (Verdict.DENY, 451)
    if decision.status == 451:
        assert decision.license is None
        assert decision.reasons[0] is Reason.LEGAL_ORDER


CLOSED = policy(host(uses={}, rules=[rule("r0", Subject.everyone(), ["/a/b/"], Verdict.DENY)]))
NAUGHTY = [
    *(
        ("/", s)
        for s in (
            "//",
            "/./",
            "%2f",
            "%2F",
            "\\",
            "%5C",
            "/;x/",
            "/x/../",
            "/x/%2E%2e/",
            "/x/..;v=1/",
            "/%2e/",
            ";v=1/",
        )
    ),
    *(("a", s) for s in ("%61", "a;v", "a;")),
    *(("b", s) for s in ("%62", "b;jsessionid=1", "b%3bq")),
]


@given(st.lists(st.sampled_from(NAUGHTY), min_size=1, max_size=4), st.sampled_from([0, 1, 2]), st.data())
def test_no_spelling_opens_a_closed_path(changes, place, data):
    """Whatever `/a/b/page` is called, who is not people is refused; the first slash stays, or it were no path."""
    path = "/a/b/page"
    for old, new in changes:
        starts = [
            found.start() for found in re.finditer(re.escape(old), path) if found.start() > 0 or new[0] == "/"
        ]
        if starts:
            at = starts[place % len(starts)]
            path = path[:at] + new + path[at + len(old) :]
    question = data.draw(questions(CLOSED, st.just(path.encode()), st.none(), st.just("www.antara.example")))
    assume(question.identity.kind is not Kind.PEOPLE)
    assume(question.request.target is not None)  # a letter within an escape was changed
    assert decide(question).verdict is Verdict.DENY


# How servers read a path: what each kind does of decoding, cutting parameters, taking `\\` for a slash, tidying.
def _decoded(path):
    return re.sub(r"%([0-9A-Fa-f]{2})", lambda found: chr(int(found[1], 16)), path)


def _cut(path):
    return "/".join(part.partition(";")[0] for part in path.split("/"))


def _turned(path):
    return path.replace("\\", "/")


def _tidy(path):
    out = []
    for part in path.split("/"):
        if part == "..":
            del out[-1:]
        elif part not in {"", "."}:
            out.append(part)
    return "/" + "/".join(out) + ("/" if out and path.endswith(("/", "/.", "/..")) else "")


SERVERS = st.lists(st.sampled_from([_cut, _turned, _tidy]), max_size=5)
SPELLED = st.lists(
    st.sampled_from([*PIECES, "a", "b", "a", "b", "%2e%2e%2f", "..\\", "b;/.."]), max_size=9
).map(lambda parts: "/" + "/".join(parts))


@settings(max_examples=800)
@given(SPELLED, SERVERS, st.booleans(), st.sampled_from(["curl/8.5.0", "Googlebot/2.1", "KecilBot/1 (bot)"]))
def test_no_server_reads_a_closed_page_where_we_let_pass(path, steps, decodes, user_agent):
    """A server, or several one behind the other, doing any of the steps in any order, decoding once or never."""
    reading = (
        _decoded(path) if decodes else re.sub(r"%(61|2[eE])", lambda found: chr(int(found[1], 16)), path)
    )
    for step in steps:
        reading = step(reading)
    question = asked(CLOSED, user_agent, path.encode())
    if reading.startswith("/a/b/"):
        assert decide(question).verdict is Verdict.DENY


def asked(its: Policy, user_agent: str, raw: bytes) -> Question:
    name = "www.antara.example"
    request = Request(
        "GET", "https", name, name, read_target(raw), Client("203.0.113.7", "203.0.113.0/24"), {}
    )
    return Question(request, identify(request, CLAIMS.read(user_agent), its, {}), its, its.host(name), NOW)


@pytest.mark.parametrize("raw", [b"//a/b/..;/../c.jpg", b"/a%2Fb%2F1%2F..%2F..", b"/c/../c/1"])
def test_who_climbs_is_taken_to_go_where_it_may_not(raw):
    """The first is `/a/c.jpg` to one server and `/c.jpg` to another; nobody who means well sends any of them."""
    assert decide(asked(CLOSED, "curl/8.5.0", raw)).rule == "r0"
    assert decide(asked(CLOSED, "Mozilla/5.0 (X11) Firefox/131.0", raw)).verdict is Verdict.ALLOW
