"""The published JSON Schemas: they are those of the models, and what we write keeps to them."""

import json
import runpy
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given
from jsonschema import Draft202012Validator
from shell import Shell
from unit.views.plans import RICH, TEXTS, plans

from assistants_sync.model.plan import Plan
from assistants_sync.planning.document import render_plan
from assistants_sync.state.codec import decode_state

_FOLDER: Final = Path(__file__).parents[2] / "docs" / "schemas"
_MADE: Final[Mapping[str, str]] = runpy.run_path(str(_FOLDER / "generate.py"))["schemas"]()


def _closed(schema: object) -> object:
    """Give the schema with nothing allowed that it does not name: readers are told of all."""
    match schema:
        case dict():
            inner = {key: _closed(each) for key, each in schema.items()}
            return {**inner, "additionalProperties": False} if "properties" in inner else inner
        case list():
            return [_closed(each) for each in schema]
        case _:
            return schema


def _validator(name: str) -> Draft202012Validator:
    schema = _closed(json.loads((_FOLDER / name).read_text()))
    assert isinstance(schema, dict)
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


_PLAN, _EVENT, _STATE, _VALIDATION = (
    _validator(f"{name}.json") for name in ("plan-1.0", "events-1.0", "state-1", "validate-1.0")
)


def _lines(text: str) -> Iterator[object]:
    for line in text.splitlines():
        yield json.loads(line)


@pytest.fixture
def shop(shell: Shell) -> Shell:
    """Give a project of two assistants that were applied, and one that is still to be."""
    shell.copy_example("quickstart")
    assert shell("--emulator", "apply", "--auto-approve").code == 0
    shell.write("assistants/new.yaml", "name: New\nfirstMessage: Hello\n")
    return shell


@pytest.mark.parametrize("name", sorted(_MADE))
def test_a_published_schema_is_that_of_its_model(name: str) -> None:
    path = _FOLDER / name
    assert path.exists(), "run make schemas: a version is new"
    assert path.read_text() == _MADE[name], (
        f"{name} is not what the models say: run make schemas, and raise the version if it is no "
        "addition"
    )


def test_no_schema_is_published_that_is_not_made() -> None:
    # An older version stays for those who read its files; it is listed here when there is one.
    assert {path.name for path in _FOLDER.glob("*.json")} == set(_MADE)


def test_a_plan_and_a_saved_plan_keep_to_the_schema(shop: Shell) -> None:
    printed = shop("--emulator", "plan", "--format", "json", "--out", "plan.json").out
    saved = json.loads(shop.read("plan.json"))
    _PLAN.validate(json.loads(printed))
    _PLAN.validate(saved)
    assert json.loads(printed)["envelope"] is None
    assert saved["envelope"] == {"created_at": "2026-11-21T09:00:00+00:00"}


@given(plans(TEXTS))
def test_any_plan_keeps_to_the_schema(made: Plan) -> None:
    _PLAN.validate(json.loads(json.dumps(render_plan(made))))


def test_a_plan_of_every_action_keeps_to_the_schema() -> None:
    _PLAN.validate(json.loads(json.dumps(render_plan(RICH))))


def test_every_line_of_an_apply_keeps_to_the_schema(shop: Shell) -> None:
    ended = shop("--emulator", "apply", "--auto-approve", "--format", "json")
    lines = list(_lines(ended.out))
    for line in lines:
        _EVENT.validate(line)
    told = [each["type"] for each in lines if isinstance(each, dict)]
    assert told == ["plan_accepted", "change_started", "change_applied", "apply_finished"]


def test_the_last_line_of_an_apply_that_is_refused_keeps_to_the_schema(shop: Shell) -> None:
    ended = shop("--emulator", "apply", "--format", "json")
    assert ended.code == 3
    (line,) = _lines(ended.out)
    _EVENT.validate(line)


def test_a_state_file_keeps_to_the_schema(shop: Shell) -> None:
    text = shop.read("state/default.json")
    _STATE.validate(json.loads(text))
    assert decode_state(text.encode(), "state").owned


def test_validation_keeps_to_the_schema_whether_it_finds_faults_or_none(shop: Shell) -> None:
    valid = json.loads(shop("validate", "--format", "json").out)
    _VALIDATION.validate(valid)
    assert valid["errored"] is False
    shop.write("assistants/new.yaml", "name: 7\nfirstMessge: Hello\n")
    faulty = json.loads(shop("validate", "--format", "json").out)
    _VALIDATION.validate(faulty)
    assert faulty["errored"] is True


def test_a_schema_refuses_what_is_something_else() -> None:
    for validator in (_PLAN, _EVENT, _STATE, _VALIDATION):
        assert not validator.is_valid({"format_version": "1.0"})
        assert not validator.is_valid([])
