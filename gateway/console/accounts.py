"""Accounts and sessions of the console: an SQLite file in the journal's folder, for its owner alone.

Passwords are kept as argon2id (RFC 9106), links and sessions as SHA-256 of what the browser holds, so that whoever reads
the file can sign in with none of it. A session is a row: it ends when the row goes. Failures to sign in are counted by
name and by address, so that guessing is slow and nobody can lock an account out from everywhere but its owner's place.
"""

import hashlib
import os
import secrets
import sqlite3
import threading
from pathlib import Path
from typing import Final, NamedTuple

import argon2

from gateway.console.role import Role
from gateway.instants import SECOND

NAME: Final = "console.sqlite"
#: Characters of a password, at least and at most.
SHORTEST, LONGEST_PASSWORD = 12, 200
#: Characters of an account's name, at most.
LONGEST_NAME: Final = 64
#: How long a one-time link and a session hold, in microseconds.
LINK_HOLDS: Final = 24 * 3_600 * SECOND
SESSION_HOLDS: Final = 12 * 3_600 * SECOND
#: Failures to sign in within this time (µs) that are too many: of one name from one address, from one address, of one name.
WINDOW: Final = 15 * 60 * SECOND
_MOST: Final = {"both": 5, "address": 30, "name": 100}

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS accounts (name TEXT PRIMARY KEY, password TEXT, role TEXT NOT NULL, made INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS sessions (token BLOB PRIMARY KEY, name TEXT NOT NULL, made INTEGER NOT NULL, until INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS links (token BLOB PRIMARY KEY, until INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS failures (what TEXT NOT NULL, at INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS failures_by_what ON failures (what, at);
"""


class Account(NamedTuple):
    """Somebody who may look. ``local`` accounts have a password here; others are vouched for by a sign-in proxy."""

    name: str
    role: Role
    local: bool = True


class Session(NamedTuple):
    """A session that holds: when it was begun and when it ends by itself (µs UTC)."""

    name: str
    made: int
    until: int


class NotAllowed(Exception):  # noqa: N818 -- as it is said
    """What cannot be done with accounts; the argument is a key of `gateway.console.words`."""


class Accounts:
    """The accounts of one console. Calls may come from several threads; those about passwords take a third of a second."""

    def __init__(self, folder: Path, hasher: argon2.PasswordHasher | None = None) -> None:
        """``hasher`` says how much work a password is. OSError or sqlite3.Error where the file cannot be had."""
        path = folder / NAME
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600))
        path.chmod(0o600)
        self._db = sqlite3.connect(path, timeout=10, isolation_level=None, check_same_thread=False)
        self._db.executescript(_SCHEMA)
        self._lock = threading.Lock()
        self._hashing = threading.Lock()  # one at a time: each takes 64 MiB
        self._hasher = hasher or argon2.PasswordHasher()
        self._nobody = self._hasher.hash(secrets.token_urlsafe())

    def close(self) -> None:
        """Give the file back."""
        self._db.close()

    # ── accounts ────────────────────────────────────────────────────────────────────────────────────────────────────

    def all(self) -> list[Account]:
        """Every account, by name."""
        with self._lock:
            rows = self._db.execute("SELECT name, role, password FROM accounts ORDER BY name").fetchall()
        return [Account(name, Role(role), password is not None) for name, role, password in rows]

    def account(self, name: str) -> Account | None:
        """The account of that name."""
        return next((one for one in self.all() if one.name == name), None)

    def add(self, name: str, password: str, role: Role, now: int) -> None:
        """Make an account. NotAllowed where the name is taken or none, or the password too short or too long."""
        if not 0 < len(name) <= LONGEST_NAME or not name.isprintable() or name != name.strip():
            raise NotAllowed("bad name")
        hashed = self._hashed(password)
        with self._lock:
            try:
                self._db.execute("INSERT INTO accounts VALUES (?, ?, ?, ?)", (name, hashed, role.value, now))
            except sqlite3.IntegrityError:
                raise NotAllowed("name taken") from None

    def remove(self, name: str) -> None:
        """Remove an account with its sessions. NotAllowed for the last admin: nobody could make another."""
        admins = [one.name for one in self.all() if one.role is Role.ADMIN]
        if admins == [name]:
            raise NotAllowed("last admin")
        with self._lock:
            self._db.execute("DELETE FROM accounts WHERE name = ?", (name,))
            self._db.execute("DELETE FROM sessions WHERE name = ?", (name,))

    def change_password(self, name: str, old: str, new: str) -> None:
        """Change a password, and end every session of the account. NotAllowed where ``old`` is not it."""
        if not self._right(name, old):
            raise NotAllowed("wrong password")
        hashed = self._hashed(new)
        with self._lock:
            self._db.execute("UPDATE accounts SET password = ? WHERE name = ?", (hashed, name))
            self._db.execute("DELETE FROM sessions WHERE name = ?", (name,))

    def _hashed(self, password: str) -> str:
        if len(password) < SHORTEST:
            raise NotAllowed("short password")
        if len(password) > LONGEST_PASSWORD:
            raise NotAllowed("long password")
        with self._hashing:
            return self._hasher.hash(password)

    def _right(self, name: str, password: str) -> bool:
        """Whether it is the account's password. It takes as long where there is no such account."""
        with self._lock:
            row = self._db.execute("SELECT password FROM accounts WHERE name = ?", (name,)).fetchone()
        known = row is not None and row[0] is not None
        try:
            with self._hashing:
                self._hasher.verify(row[0] if known else self._nobody, password[:LONGEST_PASSWORD])
        except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError):
            return False
        return known

    # ── the first account ───────────────────────────────────────────────────────────────────────────────────────────

    def link(self, now: int) -> str | None:
        """The secret of a new link at which the first account is made, in place of an earlier one; None if there is one."""
        if self.all():
            return None
        token = secrets.token_urlsafe(24)
        with self._lock:
            self._db.execute("DELETE FROM links")
            self._db.execute("INSERT INTO links VALUES (?, ?)", (_digest(token), now + LINK_HOLDS))
        return token

    def opens(self, token: str, now: int) -> bool:
        """Whether a link still holds."""
        with self._lock:
            row = self._db.execute("SELECT until FROM links WHERE token = ?", (_digest(token),)).fetchone()
        return row is not None and now < row[0] and not self.all()

    def first(self, token: str, name: str, password: str, now: int) -> None:
        """Make the first account, an admin's, by its link, which then is used up. NotAllowed where the link does not hold."""
        if not self.opens(token, now):
            raise NotAllowed("link over")
        self.add(name, password, Role.ADMIN, now)
        with self._lock:
            self._db.execute("DELETE FROM links")

    # ── sessions ────────────────────────────────────────────────────────────────────────────────────────────────────

    def sign_in(self, name: str, password: str, address: str, now: int) -> str:
        """The secret of a new session. NotAllowed where name or password is wrong, or after too many failures."""
        keys = {"both": f"both {address} {name}", "address": f"address {address}", "name": f"name {name}"}
        with self._lock:
            self._db.execute("DELETE FROM failures WHERE at <= ?", (now - WINDOW,))
            self._db.execute("DELETE FROM sessions WHERE until <= ?", (now,))
            for what, key in keys.items():
                (failed,) = self._db.execute(
                    "SELECT count(*) FROM failures WHERE what = ?", (key,)
                ).fetchone()
                if failed >= _MOST[what]:
                    raise NotAllowed("too many failures")
            # Counted before it is tried, so that many tries at once are not one; a success takes it back.
            self._db.executemany("INSERT INTO failures VALUES (?, ?)", [(key, now) for key in keys.values()])
        if not self._right(name, password):
            raise NotAllowed("wrong")
        token = secrets.token_urlsafe(32)
        with self._lock:
            self._db.executemany(
                "DELETE FROM failures WHERE rowid = (SELECT rowid FROM failures WHERE what = ? AND at = ? LIMIT 1)",
                [(key, now) for key in keys.values()],
            )
            self._db.execute(
                "INSERT INTO sessions VALUES (?, ?, ?, ?)", (_digest(token), name, now, now + SESSION_HOLDS)
            )
        return token

    def who(self, token: str, now: int) -> Account | None:
        """Whose session it is, None if it is none or over."""
        with self._lock:
            row = self._db.execute(
                "SELECT accounts.name, role, password FROM sessions JOIN accounts USING (name) WHERE token = ? AND until > ?",
                (_digest(token), now),
            ).fetchone()
        return None if row is None else Account(row[0], Role(row[1]), row[2] is not None)

    def sessions(self, now: int) -> list[Session]:
        """The sessions that hold, newest first."""
        with self._lock:
            rows = self._db.execute(
                "SELECT name, made, until FROM sessions WHERE until > ? ORDER BY made DESC", (now,)
            ).fetchall()
        return [Session(*row) for row in rows]

    def sign_out(self, token: str) -> None:
        """End one session."""
        with self._lock:
            self._db.execute("DELETE FROM sessions WHERE token = ?", (_digest(token),))

    def sign_out_everywhere(self, name: str) -> None:
        """End every session of an account."""
        with self._lock:
            self._db.execute("DELETE FROM sessions WHERE name = ?", (name,))


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()
