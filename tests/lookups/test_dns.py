"""Forward-confirmed reverse DNS against a real server on loopback: true clients, liars, and answers meant to harm."""

import asyncio
import struct

import pytest

from gateway.identify.identity import Lookup, Unavailable
from gateway.identify.reverse_dns import Reverse, dns_key
from gateway.lookups.dns import CONFIRMED, FORGET, MOST_FORWARD, NOT_CONFIRMED, TIMEOUT, UNKNOWN, Dns
from gateway.lookups.resolver import DEADLINE, Resolver
from tests.engines import eventually
from tests.nameserver import NXDOMAIN, REFUSED, SERVFAIL, SILENT, nameserver, record, wire_name

GOOGLE = ("googlebot.com", "google.com")
TRUE, TRUE_6, OTHER = "66.249.66.1", "2001:4860:4801:10::1", "8.8.4.4"
NAME = "crawl-66-249-66-1.googlebot.com"


@pytest.fixture
def server():
    with nameserver() as found:
        yield found


@pytest.fixture
async def dns(server):
    found = Dns([server.server])
    yield found
    await found.close()


async def names(dns, address, suffixes=GOOGLE):
    return await dns(dns_key(address, suffixes))


async def test_a_name_that_leads_back_confirms(server, dns):
    server.host(TRUE, NAME)
    assert await names(dns, TRUE) == (Reverse(confirmed=NAME), CONFIRMED)
    server.host(TRUE_6, "crawl.googlebot.com")
    assert await names(dns, TRUE_6) == (Reverse(confirmed="crawl.googlebot.com"), CONFIRMED)


async def test_letter_case_and_final_dots_are_nothing(server, dns):
    server.host(TRUE, "Crawl-66-249-66-1.GoogleBot.com")
    found, _ = await names(dns, TRUE)
    assert found == Reverse(confirmed=NAME)


@pytest.mark.parametrize(
    "name",
    [
        "evil-googlebot.com",
        "evilgooglebot.com",
        "googlebot.com.evil.example",
        "crawl.googlebot.com.evil.example",
        "googlebot.com-evil.example",
        "xgoogle.com",
        "localhost",
        "googlebot",
        "com",
    ],
)
async def test_a_suffix_ends_at_a_label(server, dns, name):
    server.host(OTHER, name)
    assert await names(dns, OTHER) == (Reverse(foreign=name), NOT_CONFIRMED)
    assert {kind for _, kind in server.asked} == {"PTR"}, "nobody makes us ask for a name of his choice"


async def test_a_name_that_does_not_lead_back_is_worth_nothing(server, dns):
    server.host(OTHER, NAME, back=False)
    assert await names(dns, OTHER) == (Reverse(unconfirmed=NAME), NOT_CONFIRMED)
    server.table[NAME, "A"] = [TRUE]
    assert (await names(dns, OTHER))[0] == Reverse(unconfirmed=NAME)
    del server.table[NAME, "A"]
    assert (await names(dns, OTHER))[0] == Reverse(unconfirmed=NAME)


async def test_no_name_at_all_is_an_answer(server, dns):
    assert await names(dns, OTHER) == (Reverse(), NOT_CONFIRMED)
    server.table["4.4.8.8.in-addr.arpa", "PTR"] = []
    assert await names(dns, OTHER) == (Reverse(), NOT_CONFIRMED)


async def test_of_several_names_one_that_leads_back_is_enough(server, dns):
    server.host(TRUE, "mail.elsewhere.example", "gone.google.com", NAME)
    server.table["gone.google.com", "A"] = SERVFAIL
    assert (await names(dns, TRUE))[0] == Reverse(confirmed=NAME)


async def test_an_address_among_many_and_behind_an_alias_confirms(server, dns):
    server.host(TRUE, NAME)
    server.table[NAME, "A"] = ["8.8.8.8", "1.1.1.1", TRUE]
    assert (await names(dns, TRUE))[0] == Reverse(confirmed=NAME)


async def test_the_star_stands_for_part_of_a_label(server, dns):
    suffixes = ("rate-limited-proxy-*.google.com",)
    server.host("66.249.90.77", "rate-limited-proxy-66-249-90-77.google.com")
    found, _ = await names(dns, "66.249.90.77", suffixes)
    assert found == Reverse(confirmed="rate-limited-proxy-66-249-90-77.google.com")
    server.host(OTHER, "rate-limited-proxy-1.evil.google.com")
    assert (await names(dns, OTHER, suffixes))[0] == Reverse(foreign="rate-limited-proxy-1.evil.google.com")


@pytest.mark.parametrize("failure", [SERVFAIL, REFUSED])
@pytest.mark.parametrize("forward", [False, True])
async def test_a_failure_is_unavailable_and_never_a_contradiction(server, dns, failure, forward):
    server.host(TRUE, NAME)
    server.table[(NAME, "A") if forward else ("1.66.249.66.in-addr.arpa", "PTR")] = failure
    found, seconds = await names(dns, TRUE)
    assert isinstance(found, Unavailable)
    assert found.why.startswith("DNS: ARES_E")
    assert seconds == UNKNOWN


async def test_silence_is_unavailable_within_bounds(server):
    server.otherwise = SILENT
    dns = Dns([server.server])
    since = asyncio.get_running_loop().time()
    found, _ = await names(dns, TRUE)
    assert isinstance(found, Unavailable)
    assert asyncio.get_running_loop().time() - since < 4
    await dns.close()


async def test_nobody_there_is_unavailable():
    with nameserver() as server:
        pass
    dns = Dns([server.server])
    assert isinstance((await names(dns, TRUE))[0], Unavailable)
    await dns.close()


POINTER = b"\xc0\x0c"


def answer(records: list[bytes], count: int | None = None, flags: int = 0x8180) -> bytes:
    head = struct.pack("!HHHHH", flags, 1, len(records) if count is None else count, 0, 0)
    return head + b"<question>" + b"".join(records)


def ptr(data: bytes, length: int | None = None) -> bytes:
    size = len(data) if length is None else length
    return POINTER + struct.pack("!HHIH", 12, 1, 60, size) + data


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"\xff" * 300,
        answer([], count=65_535),
        answer([ptr(POINTER + b"")]),  # points at the question: the reverse name itself
        answer([ptr(b"\xc0\xff")]),
        answer([ptr(b"\x3f" + b"a" * 10)]),
        answer([ptr(wire_name("a.googlebot.com"), length=9999)]),
        answer([ptr(wire_name(f"{'a' * 63}.{'b' * 63}.{'c' * 63}.googlebot.com"))]),
        answer([ptr(b"\x05a\x00\x1b[2\x09googlebot\x03com\x00")]),
        answer([ptr(b"\x03a.b\x09googlebot\x03com\x00")]),
        answer([POINTER + struct.pack("!HHIH", 5, 1, 60, 2) + POINTER]),  # an alias of itself
        answer([ptr(wire_name("a.googlebot.com"))], flags=0x8380),  # truncated, and nobody there on TCP
    ],
)
async def test_hostile_answers_confirm_nothing_and_raise_nothing(server, octets):
    server.table["4.4.8.8.in-addr.arpa", "PTR"] = octets
    dns = Dns([server.server])
    found, seconds = await names(dns, OTHER)
    assert isinstance(found, Unavailable) or not found.confirmed
    assert seconds <= NOT_CONFIRMED
    if isinstance(found, Reverse):
        assert all(text.isascii() and text.isprintable() for text in (found.unconfirmed, found.foreign))
    await dns.close()


async def test_many_names_are_led_back_in_part_only(server, dns):
    many = [f"n{number}.googlebot.com" for number in range(20)]
    server.host(OTHER, *many, back=False)
    found, _ = await names(dns, OTHER)
    assert found == Reverse(unconfirmed="n0.googlebot.com"), "names that nobody can check prove nothing"
    assert len([1 for _, kind in server.asked if kind == "A"]) <= MOST_FORWARD
    server.host("8.8.4.5", *[f"n{number}.elsewhere.example" for number in range(20)], back=False)
    assert (await names(dns, "8.8.4.5"))[0] == Reverse(foreign="n0.elsewhere.example")


async def test_an_answer_of_a_thousand_names_comes_by_tcp_and_is_looked_at_in_part(server, dns):
    many = [f"n{number}.elsewhere.example" for number in range(1_200)]
    server.host(TRUE, NAME, *many)
    assert (await names(dns, TRUE))[0] == Reverse(confirmed=NAME)
    assert server.by_tcp == 1
    server.host(OTHER, *many, "hidden.googlebot.com")
    assert (await names(dns, OTHER))[0] == Reverse(foreign=many[0]), "nor does one hide among them"
    server.host("8.8.4.5", "a.googlebot.com")
    server.table["a.googlebot.com", "A"] = [f"8.8.{number >> 8}.{number & 255}" for number in range(3_000)]
    assert (await names(dns, "8.8.4.5"))[0] == Reverse(unconfirmed="a.googlebot.com")


async def test_the_library_keeps_no_answers_for_long(server):
    server.host(TRUE, NAME)
    dns = Dns([server.server], rate=10_000)
    for _ in range(FORGET - 1):
        await names(dns, TRUE)
    assert len(server.asked) == 2

    async def asked_again():
        await names(dns, TRUE)
        return len(server.asked) > 2

    await eventually(asked_again)
    await dns.close()


async def test_a_large_answer_that_drips_is_given_up(server):
    server.host(TRUE, *[f"n{number}.elsewhere.example" for number in range(100)])
    server.drip = 0.05
    dns = Dns([server.server])
    since = asyncio.get_running_loop().time()
    assert isinstance((await names(dns, TRUE))[0], Unavailable)
    assert asyncio.get_running_loop().time() - since < TIMEOUT + 1
    await dns.close()


async def test_an_answer_to_another_question_is_none(server):
    server.host(TRUE, NAME)
    server.wrong_id = 1
    dns = Dns([server.server])
    assert isinstance((await names(dns, TRUE))[0], Unavailable)
    assert server.by_tcp == 0
    await dns.close()


@pytest.mark.parametrize(
    ("chain", "found"),
    [
        ([("", f"cname:{NAME}")], Reverse(unconfirmed=NAME)),
        ([("", "cname:b.googlebot.com"), ("b.googlebot.com", f"cname:{NAME}")], Reverse(unconfirmed=NAME)),
        ([("", "cname:b.googlebot.com"), ("b.googlebot.com", TRUE)], Reverse(confirmed=NAME)),
        ([("", "cname:evil.example"), ("evil.example", TRUE)], Unavailable("DNS: an alias leads elsewhere")),
        ([("evil.example", TRUE)], Unavailable("DNS: an alias leads elsewhere")),
    ],
)
async def test_names_in_a_circle_and_aliases_that_lead_elsewhere_prove_nothing(server, dns, chain, found):
    server.host(TRUE, NAME)
    server.table[NAME, "A"] = answer([record(owner, value) for owner, value in chain])
    assert (await names(dns, TRUE))[0] == found


async def test_an_address_of_the_other_family_confirms_nobody(server, dns):
    server.host(TRUE, NAME)
    server.table[NAME, "A"] = []
    server.table[NAME, "AAAA"] = ["2001:4860:4801:10::1", "::ffff:66.249.66.1"]
    assert (await names(dns, TRUE))[0] == Reverse(unconfirmed=NAME)


async def test_the_number_of_look_ups_is_bounded(server):
    dns = Dns([server.server], rate=5)
    found = [await names(dns, f"8.8.{number}.4") for number in range(5, 15)]
    late = [one for one, _ in found if isinstance(one, Unavailable)]
    assert 0 < len(late) <= 5
    assert len(server.asked) <= 10
    await dns.close()


async def test_behind_the_resolver_it_is_asked_once_and_kept(server):
    server.host(TRUE, NAME)
    loop = asyncio.get_running_loop()
    dns = Dns([server.server])
    resolver = Resolver({"dns": dns}, lambda host, name: None, loop.time)
    lookup = Lookup("dns", dns_key(TRUE, GOOGLE))
    assert resolver.cached((lookup,)) is None
    found = await asyncio.gather(*(resolver.resolve((lookup,)) for _ in range(50)))
    assert found == [{lookup: Reverse(confirmed=NAME)}] * 50
    assert sorted(kind for _, kind in server.asked) == ["A", "PTR"]
    assert resolver.cached((lookup,)) == {lookup: Reverse(confirmed=NAME)}
    server.table.clear()
    server.otherwise = NXDOMAIN
    assert await resolver.resolve((lookup,)) == {lookup: Reverse(confirmed=NAME)}
    await dns.close()


async def test_the_request_waits_for_no_more_than_the_deadline(server):
    server.otherwise = SILENT
    loop = asyncio.get_running_loop()
    dns = Dns([server.server])
    resolver = Resolver({"dns": dns}, lambda host, name: None, loop.time)
    patient = Lookup("dns", dns_key(TRUE, GOOGLE))
    hasty = patient._replace(waits=False)
    since = loop.time()
    assert (await resolver.resolve((hasty,)))[hasty] == Unavailable("being asked")
    assert loop.time() - since < 0.5 * DEADLINE
    since = loop.time()
    assert (await resolver.resolve((patient,)))[patient] == Unavailable("too slow")
    assert loop.time() - since < DEADLINE + 0.5
    await dns.close()
