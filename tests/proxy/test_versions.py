"""From good policy to good policy: recorded first, handed out then; a license that begins needs no folder."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gateway.instants import instant
from gateway.policy.model import Origin
from gateway.policy.paths import Pattern
from gateway.policy.place import Place, PolicyError, Problem
from gateway.policy.robots import RobotsFile
from gateway.policy.term import Term
from gateway.proxy.counters import Counters
from gateway.proxy.pace import Pace
from gateway.proxy.versions import Versions, make_version
from gateway.settings import Address, Settings
from gateway.statements import publish
from gateway.vocabulary import Level, Mode, Sentence, Use, Verdict
from tests import sites
from tests.engines import eventually

NOWHERE = Address("127.0.0.1", 0)
SETTINGS = Settings(Path("policy"), NOWHERE, NOWHERE, Path("journal"))
START = sites.NOON


class World:
    """What a Versions needs of the world: a folder, a journal, a clock; and the order of what it did."""

    def __init__(self, policy=None):
        self.policy = policy or sites.policy()
        self.now = START
        self.done = []
        self.files = {}
        self.disk_fails = self.journal_fails = False
        self.counters = Counters()
        self.versions = Versions(
            make_version(self.policy, SETTINGS, 1, self.now),
            SETTINGS,
            load=self.load,
            keep=self.keep,
            event=self.event,
            hand_out=lambda version: self.done.append(("hand out", version.number)),
            counters=self.counters,
            now=lambda: self.now,
            robots=lambda: self.files,
            pace=Pace(0.05, 2, 60),
        )

    def load(self):
        if isinstance(self.policy, Exception):
            raise self.policy
        return self.policy

    def keep(self, version):
        if self.disk_fails:
            raise OSError(28, "No space left on device")
        self.done.append(("keep", version.number))

    async def event(self, name, details):
        if self.journal_fails:
            return None
        self.done.append((name, details.get("version")))
        return Level.DURABLE


def changed(*, digest="1"):
    """A policy that differs from the first."""
    policy = sites.policy(
        sites.host(rules=[sites.rule("a", sites.Subject.agent("Googlebot"), ["/"], Verdict.DENY)])
    )
    object.__setattr__(policy, "digest", "sha256:" + digest * 64)
    return policy


def _license(begins, ends):
    """A license that changes robots.txt while it runs."""
    return sites.license_("contoh", ["CCBot"], begins=begins, ends=ends, uses=frozenset({Use.AI_TRAIN}))


async def test_texts_then_event_then_workers():
    world = World()
    assert await world.versions.announce()
    assert await world.versions.announce()
    world.policy = changed()
    assert await world.versions.reload("SIGHUP")
    assert world.done == [
        *(("keep", 1), ("policy", 1)),
        *(("keep", 2), ("policy", 2), ("hand out", 2)),
    ]
    assert world.versions.current.number == 2
    assert (world.counters.reloads, world.counters.reload_failures) == (1, 0)


async def test_what_says_the_same_is_no_new_version():
    world = World()
    assert not await world.versions.reload("SIGHUP")
    assert world.done == []
    assert world.counters.reloads == 0


async def test_a_bad_policy_changes_nothing_and_is_told():
    world = World()
    problem = Problem(
        Place("rules.yaml", 3, 5),
        Sentence("`tolak` bukan putusan", "`tolak` is no verdict"),
        Sentence("allow, license atau deny", "allow, license or deny"),
    )
    world.policy = PolicyError((problem,) * 30)
    assert not await world.versions.reload("change")
    assert world.done == [("policy-failed", None)]
    assert world.versions.current.number == 1
    assert len(world.versions.failure) == 20
    assert "rules.yaml:3:5" in world.versions.failure[0].en
    assert world.counters.reload_failures == 1
    world.policy = sites.policy()
    assert not await world.versions.reload("change")
    assert world.versions.failure == (), "the one in force is good"


@pytest.mark.parametrize("fault", ["disk_fails", "journal_fails"])
async def test_a_policy_that_cannot_be_recorded_is_not_taken_up(fault):
    world = World()
    setattr(world, fault, True)
    assert not await world.versions.announce()
    world.policy = changed()
    assert not await world.versions.reload("change")
    assert world.versions.current.number == 1
    assert world.versions.failure
    assert "hand out" not in [what for what, _ in world.done]
    setattr(world, fault, False)
    assert await world.versions.announce()
    assert await world.versions.reload("disk-room")
    assert world.versions.current.number == 2


async def test_reloads_come_one_after_the_other():
    world = World()
    world.policy = changed()
    done = await asyncio.gather(*(world.versions.reload("SIGHUP") for _ in range(5)))
    assert done.count(True) == 1


async def test_settings_override_the_policys_origin_and_mode():
    origin = Origin("http", "127.0.0.1", 8001)
    settings = Settings(Path("p"), NOWHERE, NOWHERE, Path("j"), origin=origin, mode=Mode.OBSERVE)
    version = make_version(sites.policy(), settings, 7, START)
    assert version.number == 7
    (host,) = version.policy.hosts
    assert (host.origin, host.mode) == (origin, Mode.OBSERVE)
    assert version.policy.host(host.pattern) == host


@pytest.mark.parametrize("folder", ["as it was", "away"])
async def test_a_license_begins_and_ends_by_itself(folder):
    begins, ends = START + timedelta(seconds=0.2), START + timedelta(days=20)
    policy = sites.policy(licenses=[_license(begins, ends)])
    world = World(policy)
    if folder == "away":
        world.policy = PolicyError(
            (Problem(Place("site.yaml", 1, 1), Sentence("tidak ada", "does not exist")),)
        )
    before = world.versions.current.published.terms
    following = asyncio.create_task(world.versions.follow_licenses())
    try:
        await asyncio.sleep(0)
        world.now = begins
        await eventually(lambda: world.versions.current.number == 2)
        running = world.versions.current.published.terms
        assert running != before
        assert ("hand out", 2) in world.done
        world.now = ends
        assert await world.versions.restate("license")
        assert world.versions.current.published.terms == before
    finally:
        following.cancel()


async def test_a_license_of_a_policy_taken_up_later_is_followed():
    world = World()
    following = asyncio.create_task(world.versions.follow_licenses())
    try:
        await asyncio.sleep(0)
        begins = START + timedelta(seconds=0.2)
        world.policy = sites.policy(licenses=[_license(begins, begins + timedelta(days=1))])
        object.__setattr__(world.policy, "digest", "sha256:" + "2" * 64)
        assert await world.versions.reload("change")
        await asyncio.sleep(0)
        world.now = begins
        await eventually(lambda: world.versions.current.number == 3)
    finally:
        following.cancel()


def closed(path):
    return RobotsFile(f"User-agent: *\nDisallow: {path}\n".encode())


def says(world, words, name="www.antara.example"):
    version = world.versions.current
    host = version.policy.host(name)
    return words in version.published.said(host, name).documents["/robots.txt"].body.decode()


async def test_changes_of_origins_are_gathered_and_rated():
    world = World(sites.policy(sites.host(), sites.host("*.antara.example")))
    following = asyncio.create_task(world.versions.follow_origins())
    try:
        for number in range(40):
            world.files[f"n{number}.antara.example"] = closed(f"/{number}/")
            world.versions.origins_changed()
            await asyncio.sleep(0)
        await eventually(lambda: world.versions.current.number == 2)
        assert says(world, "Disallow: /39/", "n39.antara.example")
        assert not says(world, "Disallow: /39/", "n40.antara.example")
        assert [what for what, _ in world.done] == ["keep", "policy", "hand out"]
        world.files["www.antara.example"] = closed("/www/")
        world.versions.origins_changed()
        await eventually(lambda: world.versions.current.number == 3)
        assert says(world, "Disallow: /www/")
        world.files["www.antara.example"] = closed("/baru/")
        world.versions.origins_changed()
        await asyncio.sleep(0.3)
        assert world.versions.current.number == 3, "its turns are spent"
    finally:
        following.cancel()


async def test_a_change_that_says_nothing_new_is_no_version():
    world = World()
    world.files["www.antara.example"] = RobotsFile(b"# empty\n")
    following = asyncio.create_task(world.versions.follow_origins())
    try:
        world.versions.origins_changed()
        await asyncio.sleep(0.2)
        assert (world.versions.current.number, world.done) == (1, [])
    finally:
        following.cancel()


async def test_a_new_policy_keeps_what_the_origins_say():
    world = World()
    world.files["www.antara.example"] = closed("/admin/")
    world.policy = changed()
    assert await world.versions.reload("change")
    assert says(world, "Disallow: /admin/")


async def test_what_was_rendered_for_another_policy_is_not_used():
    """A policy that fails to be recorded leaves nothing behind in the statements of the one in force."""
    world = World()
    world.files["www.antara.example"] = closed("/admin/")
    world.policy, world.journal_fails = changed(), True
    assert not await world.versions.reload("change")
    world.journal_fails = False
    following = asyncio.create_task(world.versions.follow_origins())
    try:
        world.versions.origins_changed()
        await eventually(lambda: world.versions.current.number == 2)
        text = world.versions.current.published.hosts["www.antara.example"].documents["/robots.txt"].body
        expected = publish(sites.policy(), START, world.files).hosts["www.antara.example"]
        assert text == expected.documents["/robots.txt"].body
    finally:
        following.cancel()


async def test_a_bad_folder_is_no_better_for_what_an_origin_says():
    world = World()
    world.policy = PolicyError((Problem(Place("site.yaml", 1, 1), Sentence("tidak ada", "does not exist")),))
    assert not await world.versions.reload("change")
    world.files["www.antara.example"] = closed("/admin/")
    following = asyncio.create_task(world.versions.follow_origins())
    try:
        world.versions.origins_changed()
        await eventually(lambda: says(world, "Disallow: /admin/"))
        assert "does not exist" in world.versions.failure[0].en
    finally:
        following.cancel()


def test_turns_come_back():
    now = 0.0
    pace = Pace(2, 3, 60, lambda: now)
    waits = []
    for _ in range(5):
        waits.append(pace.wait())
        pace.spend()
    assert waits == [2, 2, 2, 60, 120]
    now = 1000.0
    assert pace.wait() == 2


def test_the_clock_is_utc_unless_told_otherwise():
    world = World()
    versions = Versions(
        world.versions.current,
        SETTINGS,
        load=world.load,
        keep=world.keep,
        event=world.event,
        hand_out=print,
        counters=world.counters,
    )
    assert abs(versions._now() - datetime.now(UTC)) < timedelta(seconds=5)


async def test_a_rule_begins_and_ends_by_itself():
    begins, ends = START + timedelta(seconds=0.2), START + timedelta(days=20)
    term = Term(instant(begins), instant(ends))
    rule = sites.rule("a", sites.Subject.agent("Googlebot"), ["/"], Verdict.DENY, term=term)
    world = World(sites.policy(sites.host(rules=[rule])))
    before = world.versions.current.published.terms
    following = asyncio.create_task(world.versions.follow_licenses())
    try:
        await asyncio.sleep(0)
        world.now = begins
        await eventually(lambda: world.versions.current.number == 2)
        assert world.versions.current.published.terms != before
        world.now = ends
        assert await world.versions.restate("license")
        assert world.versions.current.published.terms == before
    finally:
        following.cancel()


def test_what_no_robots_txt_could_say_tomorrow_is_refused_today():
    """The gate would follow the rule from its first moment on, and robots.txt would promise what it no longer gives."""
    term = Term(instant(START + timedelta(days=1)))
    rules = [
        sites.rule("terbuka", sites.Subject.operator("Google"), ["/*a*b"], Verdict.ALLOW),
        sites.rule("tutup", sites.Subject.agent("Googlebot"), ["/ab$"], Verdict.DENY, term=term),
    ]
    uses = {Use.SEARCH: Verdict.DENY}
    policy = sites.policy(sites.host(uses=uses, rules=rules))
    with pytest.raises(PolicyError, match="cannot say"):
        make_version(policy, SETTINGS, 1, START)
    make_version(sites.policy(sites.host(uses=uses, rules=rules[:1])), SETTINGS, 1, START)


@pytest.mark.parametrize("publish", [True, False])
def test_a_license_that_no_robots_txt_could_say_tomorrow_is_refused_today(publish):
    """A gateway that starts tomorrow could not state the policy, and would not run at all."""
    rules = [sites.rule("tutup", sites.Subject.agent("GPTBot"), ["/*berita*x"], Verdict.DENY)]
    more = {"on": (Pattern("/beritax$"),), "uses": frozenset({Use.AI_ALL}), "publish": publish}
    license = sites.license_("besok", ["GPTBot"], begins=START + timedelta(days=1), **more)
    with pytest.raises(PolicyError, match="license `besok`"):
        make_version(sites.policy(sites.host(uses={}, rules=rules), licenses=[license]), SETTINGS, 1, START)
    make_version(sites.policy(sites.host(uses={}), licenses=[license]), SETTINGS, 1, START)


def test_what_a_license_hides_until_it_ends_is_refused_today():
    rules = [
        sites.rule("terbuka", sites.Subject.operator("Google"), ["/*a*b"], Verdict.ALLOW),
        sites.rule("tutup", sites.Subject.agent("Googlebot"), ["/ab$"], Verdict.DENY),
    ]
    held = sites.host(uses={Use.SEARCH: Verdict.DENY}, rules=rules)
    license = sites.license_("cari", ["Googlebot"], uses=frozenset({Use.ALL}))
    with pytest.raises(PolicyError, match="rule `tutup`"):
        make_version(sites.policy(held, licenses=[license]), SETTINGS, 1, START)
