"""Orders are a fold over events: whoever reads the same events comes to the same state."""

from hypothesis import given
from hypothesis import strategies as st

from gateway.orders import NO_ORDERS, BlockOrder, ModeOrder, Orders
from gateway.vocabulary import Mode

NOW = 1_000
UNTIL = st.none() | st.integers(0, 2 * NOW)
HOSTS = st.sampled_from(["*", "www.antara.example", "*.antara.example"])
AGENTS = st.sampled_from(["GPTBot", "gptbot", "Googlebot", "STRASSE", "straße"])
MODE = st.builds(
    lambda mode, host, until: {"event": "mode", "mode": mode, "host": host, "until": until},
    st.none() | st.sampled_from(list(Mode)),
    HOSTS,
    UNTIL,
)
BLOCK = st.builds(lambda agent, until: {"event": "block", "agent": agent, "until": until}, AGENTS, UNTIL)
EVENTS = st.lists(MODE | BLOCK | st.just({"event": "start"}) | st.just({"phase": "decision"}), max_size=8)


def after(*events):
    orders = NO_ORDERS
    for event in events:
        orders = orders.after(event)
    return orders


def test_events_that_give_no_order_change_nothing():
    orders = Orders((ModeOrder(Mode.OBSERVE, "*", None),), (BlockOrder("gptbot", 5),))
    assert orders.after({"event": "policy"}) is orders
    assert orders.after({}) is orders


def test_the_order_for_a_host_comes_before_that_for_all():
    orders = after(
        {"event": "mode", "mode": "enforce", "host": "www.antara.example", "until": NOW},
        {"event": "mode", "mode": "observe", "host": "*", "until": None},
    )
    assert orders.mode("www.antara.example", NOW - 1) is Mode.ENFORCE
    assert orders.mode("www.antara.example", NOW) is Mode.OBSERVE, "what has run out is ignored"
    assert orders.mode("lain.example", 0) is Mode.OBSERVE


def test_the_first_instant_not_in_force_is_the_last_of_an_order():
    orders = after({"event": "block", "agent": "GPTBot", "until": NOW})
    assert orders.blocks_agent("gptBOT", NOW - 1)
    assert not orders.blocks_agent("gptBOT", NOW)


def test_nobody_without_a_name_is_blocked():
    assert not after({"event": "block", "agent": "None", "until": None}).blocks_agent(None, NOW)
    assert not NO_ORDERS.blocks_agent("GPTBot", NOW)


@given(EVENTS)
def test_the_last_order_about_something_is_the_one_that_stands(events):
    orders = after(*events)
    for host in ("*", "www.antara.example", "*.antara.example"):
        said = [event for event in events if event.get("event") == "mode" and event["host"] == host]
        standing = [order for order in orders.modes if order.host == host]
        wanted = [said[-1]] if said and said[-1]["mode"] is not None else []
        assert [(order.mode, order.until) for order in standing] == [(e["mode"], e["until"]) for e in wanted]
    for agent in ("gptbot", "googlebot", "strasse"):
        said = [e for e in events if e.get("event") == "block" and e["agent"].casefold() == agent]
        wanted = [said[-1]["until"]] if said and said[-1]["until"] != 0 else []
        assert [order.until for order in orders.blocks if order.agent == agent] == wanted


@given(EVENTS, MODE | BLOCK)
def test_the_same_order_twice_is_one(events, event):
    once = after(*events, event)
    assert once.after(event) == once


@given(EVENTS)
def test_what_is_withdrawn_leaves_no_trace(events):
    withdrawals = [
        *(
            {"event": "mode", "mode": None, "host": order.host, "until": None}
            for order in after(*events).modes
        ),
        *({"event": "block", "agent": order.agent, "until": 0} for order in after(*events).blocks),
    ]
    assert after(*events, *withdrawals) == NO_ORDERS


def revoked(token=None, at=NOW, until=None, license="contoh"):
    return {"event": "revoke", "license": license, "token": token, "at": at, "until": until}


def test_a_revocation_is_of_one_token_or_of_all_that_were_issued_until_then():
    found = after(revoked("a"), revoked(at=5), revoked(at=3), revoked(license="lain", at=NOW)).revoked
    assert found.holds("contoh", "a", NOW)
    assert found.holds("contoh", "b", 5)
    assert not found.holds("contoh", "b", 6)
    assert found.holds("lain", "b", 6)
    assert not NO_ORDERS.revoked.holds("contoh", "a", 0)


def test_a_revocation_whose_tokens_have_ended_is_forgotten():
    assert after(revoked("a", until=NOW + 1), revoked("b", at=NOW + 1)).revoked.tokens == {"b"}
    assert after(revoked("a", until=NOW + 2), revoked("b", at=NOW + 1)).revoked.tokens == {"a", "b"}


def test_revocations_are_no_orders_about_everybody():
    assert not after(revoked("a")).any_for_all
    assert after({"event": "block", "agent": "GPTBot", "until": None}).any_for_all
