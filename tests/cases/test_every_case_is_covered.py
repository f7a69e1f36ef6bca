"""Every numbered case is a test that is there, or a decision with its reason."""

import ast
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import pytest
import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter

TESTS = Path(__file__).parents[1]
COUNT = 193


class Case(BaseModel):
    """One case: a few words, and what shows or decides it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str
    tests: tuple[str, ...] = ()
    decided: str | None = None


@pytest.fixture(scope="module")
def cases() -> Mapping[int, Case]:
    document = yaml.safe_load((TESTS / "cases" / "cases.yaml").read_text())
    return TypeAdapter(dict[int, Case]).validate_python(document)


@cache
def _functions(file: str) -> frozenset[str]:
    tree = ast.parse((TESTS / file).read_text())
    kinds = ast.FunctionDef | ast.AsyncFunctionDef
    return frozenset(each.name for each in tree.body if isinstance(each, kinds))


def test_the_cases_are_numbered_without_a_gap(cases: Mapping[int, Case]) -> None:
    assert list(cases) == list(range(1, COUNT + 1))


def test_each_case_is_tested_or_decided(cases: Mapping[int, Case]) -> None:
    open_ones = {
        number: case.title for number, case in cases.items() if not (case.tests or case.decided)
    }
    assert not open_ones
    decided = sum(case.decided is not None for case in cases.values())
    print(f"{COUNT - decided} of {COUNT} by test, {decided} decided otherwise")  # noqa: T201 -- `-s` shows it


def test_each_test_that_is_named_is_there(cases: Mapping[int, Case]) -> None:
    missing = []
    for number, case in cases.items():
        for test in case.tests:
            file, _, function = test.partition("::")
            is_there = (TESTS / file).is_file() and function in _functions(file)
            missing += [] if is_there else [f"{number}: {test}"]
    assert not missing


def test_no_title_stands_twice(cases: Mapping[int, Case]) -> None:
    titles = [case.title for case in cases.values()]
    assert len(set(titles)) == len(titles)


def test_every_backend_is_asked_the_same_sixty_things() -> None:
    asked = [
        function
        for file in (TESTS / "backends").glob("test_contract_*.py")
        for function in ast.parse(file.read_text()).body
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        and function.name.startswith("test_")
        and "only_where" not in "".join(map(ast.dump, function.decorator_list))
    ]
    assert len(asked) >= 60
