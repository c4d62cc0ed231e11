"""What the machine permits is raised where it may be, and said where it may not."""

import resource

import pytest
from structlog.testing import capture_logs

from gateway.proxy import machine


@pytest.fixture
def limits():
    """The limits of open files, put back at the end."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    yield before
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_the_soft_limit_is_raised_as_far_as_the_hard_one(limits):
    _, hard = limits
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))
    with capture_logs() as said:
        machine.make_room()
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    assert soft == (machine.FILES if hard == resource.RLIM_INFINITY else min(hard, machine.FILES))
    assert any("files" in one["event"] for one in said) == (soft < machine.FILES)


def test_what_is_too_little_is_said(limits, monkeypatch, tmp_path):
    (tmp_path / "somaxconn").write_text("128\n")
    monkeypatch.setattr(machine, "_SOMAXCONN", tmp_path / "somaxconn")
    monkeypatch.setattr(machine, "FILES", 1 << 40)
    with capture_logs() as said:
        machine.make_room()
    assert [(one["log_level"], one["wanted"]) for one in said] == [("warning", 1 << 40), ("warning", 4096)]
    assert "sysctl -w net.core.somaxconn=4096" in said[1]["hint"]
