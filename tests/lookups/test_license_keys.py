"""The keys of license tokens on disk: whose they are, how they are changed, and what is kept of a token."""

import stat

import pytest
from structlog.testing import capture_logs

from gateway.licenses.token import SKEW, Token, sign
from gateway.lookups.license_keys import ISSUED, PUBLIC, SIGNING, Issued, KeyFolder, KeyFolderError
from gateway.lookups.license_tokens import LicenseTokens
from gateway.orders import NO_ORDERS
from gateway.vocabulary import Reason, Use

NOW = 1_764_000_000_000_000
DAY = 86_400_000_000


def token(name, ends=NOW + 30 * DAY, issued=NOW):
    return Token(name, "antara", "contoh", ("www.antara.example",), (Use.AI_INPUT,), issued, issued, ends)


def issue(folder, one):
    with folder.held():
        key = folder.signing()
        text = sign(one, key)
        folder.note(Issued(one.id, one.license, one.issued, one.ends, key.kid))
    return text


@pytest.fixture
def folder(tmp_path):
    return KeyFolder(tmp_path / "keys")


def test_the_first_token_makes_the_key_and_nobody_else_can_read_it(folder):
    issue(folder, token("A"))
    assert stat.S_IMODE(folder.path.stat().st_mode) == 0o700
    for name in (SIGNING, PUBLIC, ISSUED):
        assert stat.S_IMODE((folder.path / name).stat().st_mode) == 0o600
    issue(folder, token("B"))
    assert len(folder.public()) == 1
    assert [one.id for one in folder.issued()] == ["A", "B"]


def test_the_register_holds_no_token(folder):
    text = issue(folder, token("A"))
    kept = b"".join(path.read_bytes() for path in folder.path.iterdir())
    assert text.rpartition(".")[2].encode() not in kept


def test_a_key_that_others_may_read_signs_nothing(folder):
    issue(folder, token("A"))
    (folder.path / SIGNING).chmod(0o640)
    with pytest.raises(KeyFolderError, match="others may read"):
        issue(folder, token("B"))


@pytest.mark.parametrize("octets", [b"", b"{}", b"[]", b'{"kty": "OKP", "crv": "Ed25519", "x": "", "d": ""}'])
def test_a_damaged_key_is_said_to_be_one(folder, octets):
    issue(folder, token("A"))
    (folder.path / SIGNING).write_bytes(octets)
    with pytest.raises(KeyFolderError, match="holds no key"):
        issue(folder, token("B"))


def test_a_damaged_register_is_said_to_be_one(folder):
    issue(folder, token("A"))
    (folder.path / ISSUED).write_bytes(b"?\n")
    with pytest.raises(KeyFolderError, match="is damaged"):
        folder.issued()


@pytest.mark.parametrize("behind", [b"", b'{"id":"B","lic', b"\n"])
def test_a_line_of_the_register_that_broke_off_is_none(folder, behind):
    """On a disk that is full, or where power is lost. Its token was never handed out."""
    issue(folder, token("A"))
    register = folder.path / ISSUED
    whole = register.read_bytes().rstrip()
    register.write_bytes(whole + b"\n" * bool(behind.strip()) + behind)
    assert [one.id for one in folder.issued()] == ["A"]
    issue(folder, token("C"))
    assert [one.id for one in folder.issued()] == ["A", "C"]
    assert len(register.read_bytes().splitlines()) == 2


def test_an_old_key_counts_until_its_last_token_has_ended(folder):
    first = issue(folder, token("A", NOW + 3 * DAY))
    with folder.held():
        folder.rotate(NOW)
    second = issue(folder, token("B"))
    clock = [NOW]
    tokens = LicenseTokens(folder.path, lambda: clock[0])
    assert [tokens.get(text).fault for text in (first, second)] == [None, None]
    clock[0] = NOW + 3 * DAY + SKEW
    assert tokens.get(first).fault in (Reason.TOKEN_KEY_UNKNOWN, Reason.TOKEN_EXPIRED)
    assert tokens.get(second).fault is None
    with folder.held():
        folder.rotate(clock[0])
    assert len(folder.public()) == 2, "what counts no more is gone"


def test_new_keys_are_taken_up_and_damaged_ones_are_not(folder):
    tokens = LicenseTokens(folder.path, lambda: NOW)
    assert tokens.warnings == ()
    first = issue(folder, token("A"))
    assert tokens.get(first).fault is Reason.TOKEN_KEY_UNKNOWN
    tokens.look()
    assert tokens.get(first).token == token("A")
    (folder.path / PUBLIC).write_bytes(b"?")
    tokens.look()
    assert tokens.get(first).fault is None, "the keys in use stay so"
    assert [one.code for one in tokens.warnings] == ["license-keys-kept"]
    with capture_logs() as said:
        tokens.look()
    assert said == [], "once is enough"
    another = LicenseTokens(folder.path, lambda: NOW)
    assert another.get(first).why == "the file is damaged"
    assert [one.en for one in another.warnings] == ["license keys: the file is damaged"]
    (folder.path / PUBLIC).unlink()
    tokens.look()
    assert (tokens.warnings, tokens.get(first).fault) == ((), Reason.TOKEN_KEY_UNKNOWN)


def test_a_key_that_goes_while_a_token_is_read_by_it_vouches_for_nothing_after(folder):
    tokens = LicenseTokens(folder.path, lambda: NOW)

    class Slow(str):
        """A text during whose reading the keys change, as they do in a thread of their own."""

        __slots__ = ()

        def isascii(self):
            (folder.path / PUBLIC).unlink(missing_ok=True)
            tokens.look()
            return super().isascii()

    text = issue(folder, token("A"))
    tokens.look()
    tokens.get(Slow(text))
    assert tokens.get(text).fault is Reason.TOKEN_KEY_UNKNOWN


def test_a_revocation_is_heeded_at_once_by_token_and_by_license(folder):
    one, other, later = (
        issue(folder, token(name, issued=at)) for name, at in (("A", NOW), ("B", NOW), ("C", NOW + 9))
    )
    tokens = LicenseTokens(folder.path, lambda: NOW + 10)
    assert [tokens.get(text).fault for text in (one, other, later)] == [None, None, None]
    event = {"event": "revoke", "license": "contoh", "token": "A", "at": NOW, "until": None}
    tokens.obey(NO_ORDERS.after(event))
    assert [tokens.get(text).fault for text in (one, other)] == [Reason.TOKEN_REVOKED, None]
    tokens.obey(NO_ORDERS.after({**event, "token": None, "at": NOW + 8}))
    assert [tokens.get(text).fault for text in (one, other, later)] == [Reason.TOKEN_REVOKED] * 2 + [None]
