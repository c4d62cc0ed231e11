"""What the judge remembers, and that it changes no judgement."""

from ipaddress import ip_network

from hypothesis import given
from hypothesis import strategies as st

from gateway.instants import utc
from gateway.lookups.resolver import Resolver
from gateway.orders import BlockOrder, Orders
from gateway.policy.model import Subject
from gateway.policy.robots import RobotsFile
from gateway.policy.term import Term
from gateway.proxy.ids import Ids
from gateway.proxy.judge import REMEMBERED, Judge
from gateway.rates.counters import Counters
from gateway.rates.rate import Rate, Unit
from gateway.request import MOST_REMEMBERED, Client, Request, read_target
from gateway.vocabulary import By, Kind, Use, Verdict
from tests import sites
from tests.proxy.test_judge import CLIENT, NOW, PACED, judge, request


def test_memory_is_bounded_in_number_and_length():
    its = judge()
    for number in range(REMEMBERED + 10):
        its(request(f"Mozilla/5.0 ({number})"))
    assert 0 < len(its._known) <= REMEMBERED
    known = set(its._known)
    its(request("x" * (MOST_REMEMBERED + 1)))
    assert set(its._known) == known
    for number in range(REMEMBERED + 10):
        its(request(path=b"/berita/x/../%d" % number))
    assert 0 < _kept(its) <= REMEMBERED
    its(request(path=b"/x/../" + b"x" * 2000))
    assert all(
        len(page) < 1000
        for known in its._known.values()
        for place in known.places.values()
        for page in place.decided
    )


def test_pages_that_nothing_tells_apart_are_decided_once():
    its = judge()
    for number in range(1000):
        its(request(path=b"/berita/%d?utm=%d" % (number, number)))
        its(request("GPTBot/1.3", path=b"/berita/%d" % number))
    assert _kept(its) < 10


def _kept(its):
    """How many identities, places and decisions a judge remembers."""
    return sum(
        1 + sum(1 + len(place.decided) for place in known.places.values()) for known in its._known.values()
    )


_OPEN, _CLOSED = RobotsFile(b""), RobotsFile(b"User-agent: *\nDisallow: /berita/\n")
_IN_PART = RobotsFile(b"User-agent: *\nDisallow: /*?id=\nAllow: /berita/*$\nDisallow: /berita/1?\n")
_TOOLS = sites.Subject.kind(Kind.TOOLS)
#: Rules that begin and end, some of them with a rate.
DATED = sites.policy(
    sites.host(
        rules=[
            sites.rule("alat", _TOOLS, ["/berita/"], Verdict.ALLOW, rate=Rate(1, Unit.SECOND, 3, By.ADDRESS)),
            sites.rule("tutup", _TOOLS, ["/foto/"], Verdict.DENY, term=Term(NOW + 10, NOW + 20)),
            sites.rule(
                "pembaca",
                sites.Subject.kind(Kind.PEOPLE),
                ["/"],
                Verdict.ALLOW,
                term=Term(None, NOW + 30),
                rate=Rate(1, Unit.MINUTE, 2, By.ADDRESS),
            ),
        ]
    ),
    sites.host(
        "lain.example",
        rules=[
            sites.rule("arsip", Subject.everyone(), ["/*/1$", "/foto/*.jpg"], Verdict.DENY),
            sites.rule("cari", _TOOLS, ["/berita/1?id=", "/berita/1?id=2$"], Verdict.LICENSE),
        ],
    ),
)


_HELD = {"addresses": (ip_network("203.0.113.7/32"), ip_network("127.0.0.1/32"))}
#: Licenses that begin and end while it is being asked, one that looks at the age of articles, and a rule about a holder.
LICENSED = sites.policy(
    sites.host(rules=[sites.rule("tanpa-foto", Subject.license("berjalan"), ["/foto/"], Verdict.DENY)]),
    sites.host("lain.example"),
    licenses=[
        sites.license_("dulu", ["CCBot", "GPTBot"], ends=utc(NOW + 12), uses=frozenset(Use), **_HELD),
        sites.license_(
            "berjalan", ["CCBot"], begins=utc(NOW + 25), ends=utc(NOW + 40), uses=frozenset(Use), **_HELD
        ),
        sites.license_("tua", ["ClaudeBot"], embargo=60, uses=frozenset(Use), **_HELD),
    ],
)


class Fresh:
    """Judges each request by a judge that has met nobody; only what was counted stays."""

    def __init__(self, version):
        self.version, self.robots, self.now, self.orders = version, None, NOW, Orders()
        self.take = Counters(b"").take

    def __call__(self, request):
        its = judge(self.version, self.robots, clock=lambda: self.now, take=self.take)
        its.orders = self.orders
        return its(request)


@given(
    st.sampled_from([sites.policy(), PACED, DATED, LICENSED]),
    st.lists(
        st.one_of(
            st.builds(
                Request,
                st.sampled_from(["GET", "HEAD", "POST"]),
                st.just("https"),
                st.just("www.antara.example"),
                st.sampled_from(["www.antara.example", "lain.example", "127.0.0.1"]),
                st.sampled_from(
                    [
                        *(
                            b"/berita/1",
                            b"/berita/1/",
                            b"/berita/1?id=2",
                            b"/berita/1?id=23",
                            b"/berita/?id=1",
                        ),
                        *(b"/foto/1.jpg", b"/foto/1.jpg?id=1", b"/robots.txt", b"/robots.txt?", b"/ads.txt"),
                        *(b"//foto/..;/x", b"/foto//1.jpg", b"/_izin/whoami"),
                    ]
                ).map(read_target),
                st.sampled_from([CLIENT, Client("127.0.0.1", "127.0.0.0/24", private=True)]),
                st.sampled_from(
                    [
                        "Firefox/142.0",
                        "GPTBot/1.3",
                        "CCBot/2.0",
                        "ClaudeBot/1.0",
                        "Googlebot/2.1",
                        "FooBot/1.0 (+http://f.example)",
                        "curl/8.5.0",
                    ]
                ).map(lambda agent: {"user-agent": agent}),
            ),
            st.sampled_from([None, _OPEN, _CLOSED, _IN_PART]),
            st.sampled_from([Orders(), Orders((), (BlockOrder("googlebot", NOW + 10),))]),
            st.sampled_from([-15, 1, 5, 10, 20, 1_000_000]),  # clocks are set back too
        ),
        max_size=30,
    ),
)
def test_memory_changes_no_judgement(policy, steps):
    """Whatever came before and whatever the time, a judge that remembers says what one that does not would say; and it
    has counted as much."""
    version, taken = sites.version(policy), []
    fresh = Fresh(version)
    counters = Counters(b"")

    def take(takes, now):
        taken.append((takes, now))
        return counters.take(takes, now)

    resolver = Resolver({}, lambda *_: fresh.robots, lambda: 0.0)
    its = Judge(version, resolver, clock=lambda: fresh.now, new_id=Ids(), take=take)
    for step in steps:
        if isinstance(step, Orders):
            its.orders = fresh.orders = step
        elif isinstance(step, int):
            fresh.now += step
        elif not isinstance(step, Request):
            fresh.robots = step
        else:
            for _ in range(2):
                before = len(taken)
                told, anew = its(step), fresh(step)
                assert (told.identity, told.decision, told.host, told.robots, told.rates, told.at) == (
                    anew.identity, anew.decision, anew.host, anew.robots, anew.rates, anew.at,
                )  # fmt: skip
                assert len(taken) - before == bool(told.decision.rates), "every request is counted, once"


def test_a_remembered_decision_ends_with_the_period_of_its_license():
    now = [NOW]
    its = judge(sites.version(LICENSED), clock=lambda: now[0])
    said = []
    for now[0] in (NOW, NOW + 11, NOW + 12, NOW + 24, NOW + 25, NOW + 40, NOW + 39, NOW + 11):
        said.append(its(request("CCBot/2.0")).decision.license)
    assert said == ["dulu", "dulu", None, None, "berjalan", None, "berjalan", "dulu"]
    assert its(request("ClaudeBot/1.0")).decision.license == "tua"
    assert not any(known.places for known in its._alike.values() if known.identity.proved == ("tua",))


def test_a_remembered_decision_ends_with_the_period_of_its_host():
    now = [NOW]
    its = judge(sites.version(DATED), clock=lambda: now[0])
    curl = request("curl/8.5.0", b"/foto/1.jpg")
    assert [its(curl).decision.verdict for _ in range(3)] == [Verdict.ALLOW] * 3
    now[0] = NOW + 10
    assert [its(curl).decision.rule for _ in range(3)] == ["tutup"] * 3
    now[0] = NOW + 20
    assert its(curl).decision.verdict is Verdict.ALLOW
    reader = request(path=b"/foto/1.jpg")
    assert [its(reader).decision.status for _ in range(3)] == [None, None, 429]
    now[0] = NOW + 30
    assert [its(reader).decision.status for _ in range(3)] == [None] * 3
