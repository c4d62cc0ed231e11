"""A refusal is a violation if the operator knew, or had a day to know; and never before."""

from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.told.violations import MOST_SERVED, MOST_VERSIONS, Violations
from gateway.vocabulary import End, Standing
from tests.told import scripted
from tests.told.scripted import CLAUDE, DAY, GOOGLE, GPTBOT, HOUR, SEARCHBOT, Script

S = Standing


def begun(policy="ban"):
    script = Script()
    script.event("start", software="izin")
    script.policy(policy)
    return script


def standing(script, number):
    return script.findings()[number].standing


def test_not_yet_until_robots_txt_was_served():
    script = begun()
    before, served, after = script.ask(), script.robots(), script.ask(path="/foto/1")
    found = script.findings()
    assert (found[before].standing, found[after].standing) == (S.NOT_YET, S.SERVED)
    assert found[after].served == served
    assert served not in found


def test_not_yet_until_a_day_has_passed():
    script = begun()
    early = script.wait(23 * HOUR).ask()
    late = script.wait(HOUR).ask()
    found = script.findings()
    assert (found[early].standing, found[late].standing) == (S.NOT_YET, S.IN_FORCE)
    assert found[late].served is None


@pytest.mark.parametrize(
    ("how", "counts"),
    [
        ({}, True),
        ({"user_agent": SEARCHBOT}, True),  # the operator's other crawler read it
        ({"status": 304}, True),
        ({"user_agent": CLAUDE}, False),
        ({"user_agent": GOOGLE}, False),
        ({"method": "HEAD"}, False),
        ({"host": "foto.antara.example"}, False),  # robots.txt of one host says nothing of another
        ({"end": End.CLIENT_GONE}, False),
        ({"end": None}, False),
        ({"status": 503}, False),
        ({"assurance": "signed"}, True),
    ],
)
def test_what_counts_as_served(how, counts):
    script = begun()
    script.robots(**how)
    assert standing(script, script.ask()) is (S.SERVED if counts else S.NOT_YET)


def test_who_merely_claims_to_be_it_takes_no_notice_for_the_real_one():
    script = begun()
    script.robots(assurance="claimed")
    real, claimed = script.ask(assurance="corroborated"), script.ask(assurance="claimed")
    assert [standing(script, one) for one in (real, claimed)] == [S.NOT_YET, S.SERVED]
    script.robots(assurance="corroborated")
    assert standing(script, script.ask(assurance="corroborated")) is S.SERVED


def test_stricter_terms_begin_anew_where_they_are_stricter():
    script = begun("photos")
    script.robots()
    script.wait(DAY)
    script.policy("ban")
    text, photo = script.ask(path="/berita/1"), script.ask(path="/foto/1")
    assert [standing(script, one) for one in (text, photo)] == [S.NOT_YET, S.SERVED]
    script.robots(status=304)
    assert standing(script, script.ask()) is S.SERVED


def test_a_version_that_changes_nothing_for_the_agent_resets_nothing():
    script = begun()
    script.robots()
    script.policy("seo")
    served = script.ask()
    script.wait(20 * HOUR).policy("ban")
    assert standing(script, served) is S.SERVED
    assert standing(script, script.wait(4 * HOUR).ask(CLAUDE)) is S.IN_FORCE


def test_terms_that_once_allowed_it_reset_what_was_served_and_the_clock():
    script = begun()
    script.robots()
    script.wait(2 * DAY).policy("open")
    script.wait(HOUR).policy("ban")
    refused = script.ask()
    assert standing(script, refused) is S.NOT_YET
    assert script.findings()[refused].since > script.at - HOUR
    assert standing(script, script.wait(DAY).ask()) is S.SERVED


def test_a_restart_resets_nothing_and_its_pause_does_not_count():
    script = begun()
    script.wait(12 * HOUR).event("stop")
    script.at += 3 * DAY
    script.event("start")
    script.policy("ban")
    early = script.wait(11 * HOUR).ask()
    late = script.wait(2 * HOUR).ask()
    assert [standing(script, one) for one in (early, late)] == [S.NOT_YET, S.IN_FORCE]


@pytest.mark.parametrize("silence", [2 * DAY, 400 * DAY])
def test_a_crash_and_a_silence_do_not_count_as_service(silence):
    script = begun()
    script.at += silence  # no entry: was it running, or was the clock set forward?
    assert standing(script, script.ask()) is S.NOT_YET
    script.at += silence
    script.event("start")
    assert standing(script, script.ask()) is S.NOT_YET, "before the policy is announced again"
    script.policy("ban")
    assert standing(script, script.ask()) is S.NOT_YET


def test_a_clock_that_is_set_back_brings_no_day_nearer():
    script = begun()
    for _ in range(30):
        script.at -= 2 * HOUR
        script.event("tick")
        script.at += 60 * 1_000_000
        script.event("tick")
    assert standing(script, script.ask()) is S.NOT_YET


def test_what_robots_txt_does_not_say_is_no_violation():
    script = begun("open")
    script.robots()
    order = script.wait(2 * DAY).ask(rule="block")
    assert script.findings()[order].standing is S.UNSTATED
    assert S.UNSTATED.violation is None


def test_nobody_answers_for_strangers_impostors_and_readers():
    script = begun()
    script.robots()
    script.ask("BaruBot/1.0 (+https://baru.example)", rule="alat")
    script.ask("Mozilla/5.0 (X11; Linux x86_64) Firefox/142.0", rule="alat")
    script.ask(assurance="contradicted")
    assert script.findings() == {}


def test_a_decision_under_the_version_before_is_judged_by_its_own():
    script = begun("photos")
    script.robots()
    script.policy("open")
    assert standing(script, script.ask(path="/foto/1", under="photos")) is S.NOT_YET
    script.policy("ban")
    script.robots(under="open")  # its answer was made before the reload
    assert standing(script, script.ask()) is S.NOT_YET


def test_a_journal_whose_beginning_was_removed():
    script = begun()
    script.wait(DAY)
    del script.entries[:2]
    first = script.ask()
    assert standing(script, first) is S.NOT_YET
    script.robots()
    assert standing(script, script.ask()) is S.SERVED


def test_a_text_that_is_not_kept_decides_nothing():
    script = begun()
    script.robots()
    refused = script.ask()
    assert script.findings(texts={})[refused].standing is S.UNKNOWN
    published = scripted.version("ban").published
    assert script.findings(texts={published.terms: published.manifest})[refused].standing is S.UNKNOWN
    hostile = dict.fromkeys(script.texts, b"\xff{")
    assert script.findings(texts=hostile)[refused].standing is S.UNKNOWN


def test_damage_forgets_what_may_have_changed_in_between():
    script = begun()
    script.robots()
    script.wait(DAY)
    script.ask()
    fold, found = Violations(script.texts.get), []
    entries = list(script.read())
    for seq, entry in entries[:-2]:
        fold.after(seq, entry)
    fold.damaged()
    found = [fold.after(seq, entry) for seq, entry in entries[-2:]]
    assert found[0].standing is S.NOT_YET


def test_old_entries_that_do_not_say_what_was_served():
    script = begun()
    script.robots()
    number = script.ask()
    fold, last = Violations(script.texts.get), None
    for seq, entry in script.read():
        entry.pop("served", None)
        last = fold.after(seq, entry) or last
    assert last is not None
    assert last.standing is S.SERVED
    assert number in script.findings()


def test_memory_is_bounded():
    script = begun()
    script.robots()
    (_, start), (_, policy), (seq, served), (_, ended) = script.read()
    fold = Violations(script.texts.get)
    fold.after(1, start)
    for number in range(2 * MOST_VERSIONS):
        details = {**policy["details"], "terms": f"sha256:{number:064x}"}
        fold.after(2, {**policy, "details": details})
    for number in range(2 * MOST_SERVED):
        id = f"{number:026d}"
        request = {**served["request"], "host": f"h{number}.antara.example"}
        fold.after(seq, {**served, "id": id, "request": request})
        fold.after(seq, {**ended, "of": id})
    for number in range(10_000):
        fold.after(seq, {**served, "id": f"x{number:025d}"})
    assert len(fold.state()) < 4_000_000


def test_a_name_of_this_machine_stands_for_the_first_host():
    script = begun()
    script.robots(host="127.0.0.1")
    assert standing(script, script.ask(host="localhost")) is S.NOT_YET, "another name is another host"
    assert standing(script, script.ask(host="127.0.0.1")) is S.SERVED


# ── laws ────────────────────────────────────────────────────────────────────────────────────────────────────────────

_steps = st.one_of(
    st.tuples(st.just("policy"), st.sampled_from(scripted.NAMES)),
    st.tuples(st.just("robots"), st.sampled_from([GPTBOT, CLAUDE, GOOGLE]), st.sampled_from([200, 304, 503])),
    st.tuples(st.just("ask"), st.sampled_from([GPTBOT, CLAUDE]), st.sampled_from(["/berita/1", "/foto/1"])),
    st.tuples(st.just("wait"), st.sampled_from([0.5, 3, 11, 25, 50])),
    st.tuples(st.just("restart"), st.booleans()),
)


class Plain:
    """A second account of the same script, as plain as can be: of each refusal, whether it was served, and how old the
    ban was in hours."""

    def __init__(self):
        self.script, self.refusals = begun("open"), []
        self.told, self.hours, self.step = "open", 0.0, 0
        self.since, self.read = {}, {}

    def policy(self, name):
        self.script.policy(name)
        self.told = name
        for asked in [(agent, path) for agent in (GPTBOT, CLAUDE) for path in ("/berita/1", "/foto/1")]:
            if refuses(name, *asked):
                self.since.setdefault(asked, (self.step, self.hours))
            else:
                self.since.pop(asked, None)

    def wait(self, hours):
        self.script.wait(int(hours * HOUR))
        self.hours += hours

    def robots(self, agent, status):
        self.script.robots(agent, status=status)
        if status != 503:
            self.read[agent] = self.step

    def restart(self, stopped):
        if stopped:
            self.script.event("stop")
        self.script.at += 5 * DAY
        self.script.event("start")
        self.script.policy(self.told)

    def ask(self, agent, path):
        number = self.script.ask(agent, path)
        if (agent, path) in self.since:
            step, hours = self.since[agent, path]
            self.refusals.append((number, self.read.get(agent, -1) > step, self.hours - hours))


def played(steps):
    plain = Plain()
    for step, (what, *how) in enumerate(steps):
        plain.step = step
        getattr(plain, what)(*how)
    return plain.script, plain.refusals


@cache
def refuses(name, agent, path):
    return Script.judged(_script(name), agent, path).decision.refuses


@cache
def _script(name):
    return begun(name)


@settings(max_examples=60, deadline=None)
@given(st.lists(_steps, max_size=30))
def test_no_violation_before_it_was_served_or_a_day_had_passed(steps):
    script, plain = played(steps)
    found = script.findings()
    assert found.keys() == {number for number, _, _ in plain}
    for number, served, age in plain:
        violation = found[number].standing.violation
        assert violation is not None
        if served or age >= 24.5:
            assert violation
        elif age <= 23.5:
            assert not violation


@settings(max_examples=30, deadline=None)
@given(st.lists(_steps, max_size=20), st.data())
def test_unrelated_entries_and_putting_the_state_away_change_nothing(steps, data):
    script, _ = played(steps)
    expected = script.findings()
    fold, found = Violations(script.texts.get), {}
    noise = begun()
    noise.robots(CLAUDE, host="lain.antara.example")
    noise.ask(GOOGLE)
    others = [entry for _, entry in noise.read() if entry["phase"] == "decision"]
    for seq, entry in script.read():
        if "terms" in entry and data.draw(st.booleans()):  # nobody is asked before terms are in force
            for other in others:
                assert fold.after(0, {**other, "at": entry["at"], "terms": entry["terms"]}) is None
        if data.draw(st.booleans()):
            fold = Violations(script.texts.get, fold.state())
        finding = fold.after(seq, entry)
        if finding is not None:
            found[seq] = finding
    assert found == expected
