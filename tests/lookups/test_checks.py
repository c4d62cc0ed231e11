"""The fuse: a check that fails for many and passes for none is suspended, and holds again once somebody passes."""

from gateway.identify.identity import Evidence, Identity
from gateway.lookups.checks import AGAIN, MANY, WINDOW, Checks
from gateway.request import Client
from gateway.vocabulary import Assurance, Kind, Reason

NOW = 1_780_000_000_000_000
FALSE = Identity(Kind.IMPOSTORS, Assurance.CONTRADICTED, "Googlebot", "Google")
TRUE = Identity(
    Kind.AGENTS,
    Assurance.CORROBORATED,
    "Googlebot",
    "Google",
    evidence=(Evidence("published-ranges", Reason.ADDRESS_PUBLISHED),),
)
UNPROVED = Identity(Kind.AGENTS, Assurance.CLAIMED, "Googlebot", "Google")
LICENSED = Identity(
    Kind.AGENTS,
    Assurance.CORROBORATED,
    "Googlebot",
    "Google",
    evidence=(Evidence("licensed-address", Reason.ADDRESS_PROVES_LICENSE),),
)


def client(number, networks=10):
    return Client(f"8.8.{number % networks}.{number}", f"8.8.{number % networks}.0/24")


def fuse():
    told = []
    return Checks(lambda name, details: told.append((name, details))), told


def fail(checks, many=MANY, at=NOW, networks=10):
    for number in range(many):
        checks.saw(FALSE, client(number, networks), at + number)


def test_many_failures_and_no_success_blow_it():
    checks, told = fuse()
    fail(checks, MANY - 1)
    assert (checks.suspended("Google"), told) == ("", [])
    fail(checks)
    assert checks.suspended("Google").startswith("2026-")
    assert checks.all_suspended == ("Google",)
    assert checks.suspended("Microsoft") == ""
    ((name, details),) = told
    assert (name, details["operator"], details["clients"]) == ("check-suspended", "Google", MANY)
    assert len(details["networks"]) == 10
    fail(checks, at=NOW + 1000)
    assert len(told) == 1, "said once"


def test_one_liar_with_many_requests_does_not():
    checks, told = fuse()
    for number in range(10 * MANY):
        checks.saw(FALSE, client(1), NOW + number)
    fail(checks, 10 * MANY, networks=2)
    assert told == []


def test_a_success_ends_it():
    checks, told = fuse()
    fail(checks)
    checks.saw(LICENSED, client(1), NOW + 1)
    assert checks.suspended("Google"), "a license proves nothing of the operator's check"
    checks.saw(TRUE, client(1), NOW + 2)
    assert checks.suspended("Google") == ""
    assert [name for name, _ in told] == ["check-suspended", "check-resumed"]


def test_where_the_operator_was_just_seen_liars_do_not_blow_it():
    checks, told = fuse()
    checks.saw(TRUE, client(1), NOW)
    fail(checks, 10 * MANY, at=NOW + WINDOW - 100 * MANY)
    assert told == []
    fail(checks, at=NOW + WINDOW)
    assert [name for name, _ in told] == ["check-suspended"]


def test_failures_long_ago_do_not_count():
    checks, told = fuse()
    for number in range(10 * MANY):
        checks.saw(FALSE, client(number), NOW + number * WINDOW // (MANY - 2))
    assert told == []


def test_it_is_tried_again_after_a_day():
    checks, told = fuse()
    fail(checks)
    checks.saw(UNPROVED, client(1), NOW + AGAIN)
    assert checks.suspended("Google")
    checks.saw(UNPROVED, client(1), NOW + AGAIN + MANY)
    assert checks.suspended("Google") == ""
    assert told[-1][1]["why"] == "tried again"
    fail(checks, at=NOW + 2 * AGAIN)
    assert checks.suspended("Google")


def test_memory_is_bounded():
    checks, told = fuse()
    for number in range(100_000):
        checks.saw(FALSE, Client(f"8.8.{number >> 8 & 255}.{number & 255}", "8.8.0.0/16"), NOW)
    assert told == []
    assert len(checks._tallies["Google"].failed) <= 4 * MANY + 1


def test_a_network_of_ipv6_is_one_client():
    checks, told = fuse()
    for number in range(10 * MANY):
        checks.saw(FALSE, Client(f"2001:db8::{number:x}", "2001:db8::/48"), NOW)
    assert told == []


def test_people_are_nobody_here():
    checks, told = fuse()
    for number in range(10 * MANY):
        checks.saw(Identity(Kind.PEOPLE, Assurance.ANONYMOUS), client(number), NOW)
    assert (checks._tallies, told) == ({}, [])
