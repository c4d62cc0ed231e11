"""A console over a journal made by hand, and a browser's client for it that needs no browser."""

from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

import argon2
import pytest
from starlette.testclient import TestClient

from gateway.console.accounts import Accounts
from gateway.console.app import console_app
from gateway.console.guard import Place
from gateway.console.review import Review
from gateway.console.role import Role
from gateway.console.sign_in import SignIn
from gateway.console.visit import Console
from gateway.instants import SECOND
from gateway.lookups.folder import load
from tests import journals
from tests.live.rig import write_policy

PLACE = "http://127.0.0.1:8082"
PASSWORD = "kata sandi panjang"
NOBODY = SignIn()
SAME = {"Sec-Fetch-Site": "same-origin"}


@dataclass
class Desk:
    """What the console puts on record; ``trouble`` is why it cannot."""

    events: list = field(default_factory=list)
    trouble: str = ""

    def __call__(self, event, details):
        if not self.trouble:
            self.events.append((event, details))
        return self.trouble


@dataclass
class Stage:
    """A console and all that a test may want to know of it."""

    console: Console
    desk: Desk
    sign_in: SignIn = NOBODY

    @property
    def accounts(self):
        return self.console.accounts

    def client(self, *, name: str | None = None, peer="127.0.0.1", place=PLACE) -> TestClient:
        """A browser; signed in, where a name is given."""
        app = console_app(self.console, self.sign_in)
        client = TestClient(app, base_url=place, client=(peer, 5555), follow_redirects=False, headers=SAME)
        if name is not None:
            answer = client.post("/sign-in", data={"name": name, "password": PASSWORD})
            assert answer.status_code == 303
        return client


@lru_cache(1)
def policy():
    """A small policy, read once."""
    with TemporaryDirectory() as folder:
        return load(write_policy(Path(folder) / "policy", more="sections: {foto: [/foto/]}\n"))


def stage_at(folder, now=journals.START + 3600 * SECOND):
    """A console over the journal in a folder, with an admin `sari` and a reader `budi`."""
    accounts = Accounts(folder, argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    review, desk = Review(folder), Desk()
    console = Console(Place.read(PLACE), folder, accounts, review, policy, desk, lambda: now)
    review.open()
    while review._share < 1:
        review._closing.wait(0.01)
    return Stage(console, desk)


@pytest.fixture
def empty(tmp_path):
    """A console over an empty journal, without accounts."""
    stage = stage_at(journals.write(tmp_path, []))
    yield stage
    stage.console.review.close()
    stage.accounts.close()


@pytest.fixture
def stage(empty):
    """The same with an admin `sari` and a reader `budi`."""
    empty.accounts.add("sari", PASSWORD, Role.ADMIN, 0)
    empty.accounts.add("budi", PASSWORD, Role.READER, 0)
    return empty
