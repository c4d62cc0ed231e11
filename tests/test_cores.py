"""How many workers `auto` gives."""

import os

import pytest

from gateway.cores import cores, parse_workers


@pytest.fixture
def bounded(tmp_path):
    """The cores of a process in the group /a/b, whose files say these things."""

    def ask(proc="0::/a/b\n", **said):
        (tmp_path / "cgroup").write_text(proc)
        (tmp_path / "fs/a/b").mkdir(parents=True, exist_ok=True)
        for name, text in said.items():
            (tmp_path / "fs" / {"above": "a", "own": "a/b", "top": "."}[name] / "cpu.max").write_text(text)
        return cores(tmp_path / "cgroup", tmp_path / "fs")

    return ask


def test_cores_are_those_of_the_process_and_of_its_group(bounded):
    here = len(os.sched_getaffinity(0))
    assert bounded() == bounded(own="max 100000\n") == here
    assert bounded(own="50000 100000\n") == 1
    assert bounded(own="max 100000\n", above="30000 100000\n") == 1
    assert bounded(above="max 100000", top="1000 100000\n") == 1, "of a container's own root too"
    assert bounded(top="nonsense") == bounded(proc="1:cpu:/a\n") == here
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(before)})
    try:
        assert bounded() == 1
        assert parse_workers("auto") == 1
    finally:
        os.sched_setaffinity(0, before)


@pytest.mark.parametrize("text", ["0", "65", "-1", "", "two", "1e1", "Auto", "٣", "9" * 5000])
def test_neither_a_number_nor_auto(text):
    with pytest.raises(ValueError, match="neither a number from 1 to 64 nor `auto`"):
        parse_workers(text)
    assert parse_workers("64") == 64
