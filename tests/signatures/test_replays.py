"""Signatures that count once: what is remembered, how long, and how much of it."""

from gateway.signatures.replays import Replays


def test_what_was_used_stays_used_until_it_expires():
    replays = Replays()
    used = ("https://satu.example/keys", "k", "n")
    assert [replays.seen(used, 100, now) for now in (0, 1, 100, 101, 102)] == [
        False,
        True,
        True,
        False,
        False,
    ]
    assert not replays.seen((*used[:2], "m"), 100, 0)
    assert not replays.seen(("https://dua.example/keys", *used[1:]), 100, 0)


def test_it_keeps_no_more_than_it_may():
    replays = Replays(most=3)
    for nonce in "abcdef":
        assert not replays.seen(("", "", nonce), 100, 0)
    assert len(replays) == 3
    assert replays.seen(("", "", "f"), 100, 0)
