"""A full disk takes down neither the newspaper nor its place in search; and it says so."""

import os
import subprocess

import pytest

from tests.addressees import hook
from tests.engines import need, until
from tests.live import rig

READER, AI, SEARCH = (
    "Mozilla/5.0 Firefox/142.0",
    "GPTBot/1.3",
    "Googlebot/2.1 (+http://www.google.com/bot.html)",
)


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 80 MiB, where this user may mount one."""
    if os.geteuid() != 0:
        pytest.skip("only root may mount a small file system")
    mount = need("mount", "mount")
    folder = tmp_path / "disk"
    folder.mkdir()
    done = subprocess.run(
        [mount, "-t", "tmpfs", "-o", "size=80m", "izin-test", folder], capture_output=True, check=False
    )
    if done.returncode:
        pytest.skip("no small file system can be mounted here")
    yield folder
    subprocess.run([need("umount", "mount"), "--lazy", folder], check=True)


@pytest.fixture
def receiver():
    """Who is told of what is wrong."""
    with hook() as found:
        yield found


def fill(path):
    """Take all the room there is."""
    with path.open("wb", buffering=0) as file:
        for size in (1 << 20, 1 << 12, 1 << 8, 1):
            try:
                while file.write(bytes(size)) == size:
                    pass
            except OSError:
                continue


@pytest.mark.parametrize("workers", ["1", "2"])
def test_on_a_full_disk_readers_are_served_and_ai_is_not(serve, small_disk, receiver, workers):
    gateway = serve(
        "--workers",
        workers,
        "--alerts-to",
        receiver.url,
        "--alerts-after",
        "1s",
        journal=small_disk / "journal",
    )
    assert gateway.ask("/", AI).status == 403
    assert gateway.ready()[1]["warnings"] == []
    ballast = small_disk / "ballast"
    fill(ballast)

    until(lambda: rig.flood(gateway), 20, "the disk is full")
    answer = gateway.ask("/", AI)
    assert answer.status == 503
    assert answer["retry-after"].isdigit()
    assert gateway.ask("/robots.txt", AI).status == 200
    for name in (READER, SEARCH):
        assert [gateway.ask("/", name).status for _ in range(20)] == [200] * 20
    assert gateway.ready()[0] == 200
    assert gateway.warned("journal: full")
    assert gateway.metric("izin_journal_ok") == 0
    assert gateway.metric("izin_journal_queued_total") >= 40
    assert gateway.said("journal", said="disk-full")
    until(lambda: ("new", "journal") in receiver.alerts(), 20, "somebody is told")
    gateway.izin("mode", "observe", "--for", "1h")  # an order holds even now
    assert gateway.warned("observe")

    ballast.unlink()
    until(lambda: gateway.metric("izin_journal_ok") == 1, 15, "room again")
    until(lambda: not gateway.warned("journal: "), 15, "and no warning")
    assert gateway.said("journal", said="disk-room")
    until(lambda: ("over", "journal") in receiver.alerts(), 20, "that it is over")
    gateway.izin("mode", "policy")
    assert gateway.ask("/", AI).status == 403
    # A slow moment of this machine may be a gap of its own.
    gaps = [gap["details"] for gap in until(lambda: gateway.events("gap"))]
    assert sum(gap["queued"] for gap in gaps) >= 40
    assert sum(gap["refused"] for gap in gaps) >= 2
    assert {gap["dropped"] for gap in gaps} == {0}
    assert [one["event"] for one in gateway.entries("event")].count("disk-full") == 1
    queued = [one for one in gateway.entries("decision") if one["durability"] == "queued"]
    assert len(queued) >= 40


def test_a_gateway_starts_again_on_a_full_disk(tmp_path, policy, stub, small_disk):
    journal, ballast = small_disk / "journal", small_disk / "ballast"
    with rig.serving(tmp_path, policy, stub, journal=journal):
        pass
    (journal / "reserve").unlink()  # as if it had been used up
    rig.write_policy(policy, rules=rig.DENY_GOOGLE)  # so that there are texts to keep
    fill(ballast)
    with rig.serving(tmp_path, policy, stub, journal=journal) as gateway:
        assert gateway.ask("/", READER).status == 200
        assert gateway.ask("/", AI).status == 503
        assert gateway.warned("journal")
        ballast.unlink()
        until(lambda: gateway.ask("/", AI).status == 403, 15, "room again")
        # The terms that entries name are kept by then, and the policy's event stands before them.
        found = gateway.entries()
        at = next(
            n for n, one in enumerate(found) if one["phase"] == "decision" and one["durability"] == "durable"
        )
        announced = [n for n, one in enumerate(found) if one.get("event") == "policy"]
        assert announced[-1] < at
        assert found[announced[-1]]["details"]["policy"] == found[at]["policy"]
        for name in ("terms", "policy"):
            assert (journal / "texts" / found[at][name].removeprefix("sha256:")).exists()


def test_a_limit_on_the_size_of_files_counts_as_a_full_disk(tmp_path, policy, stub):
    prlimit = need("prlimit", "util-linux")
    with rig.serving(tmp_path, policy, stub) as gateway:
        assert gateway.ask("/", AI).status == 403
        segment = max(gateway.journal.glob("*.izj"))
        limit = f"--fsize={segment.stat().st_size + 4096}:unlimited"
        subprocess.run(
            [prlimit, "--pid", str(gateway.program.pid), limit.replace("-1", "unlimited")], check=True
        )

        until(lambda: rig.flood(gateway), 20, "the limit is reached")
        assert gateway.ask("/", SEARCH).status == 200
        assert gateway.warned("journal")
        subprocess.run(
            [prlimit, "--pid", str(gateway.program.pid), "--fsize=unlimited:unlimited"], check=True
        )
        until(lambda: gateway.ask("/", AI).status == 403, 15, "room again")
        until(lambda: gateway.events("gap"))
