"""Every bad policy is refused with exactly the problems that stand beside it; every good one loads."""

from pathlib import Path

import pytest

from gateway.agents import catalogue
from gateway.policy.compile import compile_policy
from gateway.policy.place import PolicyError, Severity
from gateway.vocabulary import Language
from tests.policy.cases import TESTS, problems_of, read_case, told


def _named(folder: str) -> list:
    return [pytest.param(path, id=path.stem) for path in sorted((TESTS / folder).glob("*.txt"))]


@pytest.mark.parametrize("path", _named("bad"))
def test_a_bad_policy_is_refused_with_all_its_problems(path: Path):
    case = read_case(path)
    with pytest.raises(PolicyError) as caught:
        compile_policy(case.files, catalogue())
    assert told(caught.value.problems) == case.problems
    assert any(problem.severity is Severity.ERROR for problem in caught.value.problems)


@pytest.mark.parametrize("path", _named("good"))
def test_a_good_policy_loads_and_says_its_warnings(path: Path):
    case = read_case(path)
    policy = compile_policy(case.files, catalogue())
    assert told(policy.warnings) == case.problems
    assert all(problem.severity is Severity.WARNING for problem in policy.warnings)


@pytest.mark.parametrize("path", _named("bad") + _named("good"))
def test_problems_are_sorted_and_point_into_a_file_of_the_policy(path: Path):
    case = read_case(path)
    problems = problems_of(case.files)
    assert list(problems) == sorted(problems, key=lambda one: one.place)
    for problem in problems:
        assert problem.place.file in {*case.files, "site.yaml"}
        for language in Language:
            message, hint = problem.message.said(language), problem.hint.said(language)
            assert message == message.strip()
            assert not message.endswith(".")
            assert f"{problem.place}{message}{hint}".isprintable()
        assert bool(problem.hint.id) == bool(problem.hint.en)


def test_there_are_enough_bad_policies():
    assert len(_named("bad")) >= 60
