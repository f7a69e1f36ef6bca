"""The project file: settings for one environment, and faults at their places."""

from pathlib import Path

import pytest
from unit.definitions.project_folder import faults, loaded

from assistants_sync.definitions.load import load
from assistants_sync.errors import DefinitionError
from assistants_sync.model.address import Address
from assistants_sync.model.definition import Move, Removal
from assistants_sync.model.project import ApiSettings, Environment, Project, Safety, StateSettings
from assistants_sync.model.source import SourceRef

FULL = """\
project: clinic
definitions: bots
api_reference: 2026
unknown_fields: warn
api: {timeout_seconds: 30}
state: {dir: var/state}
vars: {city: Berlin, seats: 12}
drift: keep
safety: {max_deletes: 5, max_delete_ratio: 0.5}
moved:
  - {from: assistant.old, to: assistant.new}
removed:
  - {address: assistant.gone}
  - {address: assistant.left, action: forget}
environments:
  default:
  prod:
    token_env: PROD_KEY
    org_id: org-1
    vars: {city: Hamburg}
    drift: fail
    safety: {max_deletes: 1}
    api: {base_url: "https://api.eu.vapi.ai", settle_seconds: 5}
"""
NEW = {"bots/new.yaml": "name: New\n"}


def test_a_project_file_needs_nothing_but_a_name(tmp_path: Path) -> None:
    assert loaded(tmp_path, {"assistants-sync.yaml": "project: p\n"}).project == Project("p")


def test_every_setting_is_read_and_an_environment_goes_over_it(tmp_path: Path) -> None:
    project = loaded(tmp_path, {"assistants-sync.yaml": FULL, **NEW}, "prod").project
    assert project == Project(
        name="clinic",
        environment=Environment(
            name="prod",
            token_env="PROD_KEY",
            org_id="org-1",
            drift="fail",
            safety=Safety(max_deletes=1, max_delete_ratio=0.5),
            api=ApiSettings("https://api.eu.vapi.ai", 30, 5),
            state=StateSettings(dir="var/state"),
            variables={"city": "Hamburg", "seats": "12"},
        ),
        environments=("default", "prod"),
        definitions_dir="bots",
        api_reference="2026",
        strict_fields=False,
        moves=(Move(Address("assistant.old"), Address("assistant.new")),),
        removals=(
            Removal(Address("assistant.gone"), "delete"),
            Removal(Address("assistant.left"), "forget"),
        ),
    )


def test_without_a_name_the_environment_is_default(tmp_path: Path) -> None:
    environment = loaded(tmp_path, {"assistants-sync.yaml": FULL, **NEW}).project.environment
    assert (environment.name, environment.drift) == ("default", "keep")
    assert environment.variables == {"city": "Berlin", "seats": "12"}


@pytest.mark.parametrize("name", ["prdo", "default"])
def test_an_environment_that_is_not_listed_is_refused(tmp_path: Path, name: str) -> None:
    files = {"assistants-sync.yaml": "project: p\nenvironments: {prod: {}, test: {}}\n"}
    (fault,) = faults(tmp_path, files, name)
    assert fault.summary == "Unknown environment"
    assert fault.detail == f"`{name}` is not among the environments: prod, test"


def test_an_environment_is_refused_where_there_are_none(tmp_path: Path) -> None:
    (fault,) = faults(tmp_path, {}, "prod")
    assert fault.detail == "`prod` is not among the environments: there are none"


def test_a_missing_project_file_has_a_hint(tmp_path: Path) -> None:
    with pytest.raises(DefinitionError) as caught:
        load(tmp_path, None)
    assert caught.value.exit_code == 8
    assert caught.value.diagnostic.summary == "No project file"
    assert caught.value.diagnostic.hint


@pytest.mark.parametrize(
    ("text", "summary", "line", "words"),
    [
        ("vars: {}\n", "Missing key", 1, "`project`"),
        ("project: My Clinic\n", "Invalid value", 1, "`project`"),
        ("project: p\ndefinitons: a\n", "Unknown key", 2, "did you mean `definitions`?"),
        ("project: p\nsafety:\n  max_delete: 1\n", "Unknown key", 3, "did you mean `max_deletes`?"),
        ("project: p\nsafety:\n  max_delete_ratio: 1.5\n", "Invalid value", 3, "at most 1"),
        ("project: p\nsafety:\n  max_deletes: -1\n", "Invalid value", 3, "at least 0"),
        ("project: p\nsafety:\n  allow_empty: yes\n", "Invalid value", 3, "true or false"),
        ("project: p\ndrift: revrt\n", "Invalid value", 2, "did you mean `revert`?"),
        ("project: p\napi_reference: 2025\n", "Invalid value", 2, "one of 2024, 2026"),
        ("project: p\napi: {base_url: 'ftp://a'}\n", "Invalid value", 2, "`api.base_url`"),
        ("project: p\napi: {timeout_seconds: 0}\n", "Invalid value", 2, "more than 0"),
        ("project: p\ndefinitions: ../other\n", "Folder outside the project", 2, "../other"),
        ("project: p\nstate: {dir: /var/state}\n", "Folder outside the project", 2, "/var/state"),
        ("project: p\nmoved: [{from: a, to: assistant.b}]\n", "Bad address", 2, "assistant.KEY"),
        ("project: p\nmoved:\n  - {to: assistant.b}\n", "Missing key", 3, "`moved[0].from`"),
        ("project: p\nremoved: [{address: tool.b}]\n", "Bad address", 2, "assistant.KEY"),
        ("project: p\nvars: {a: [b]}\n", "Invalid value", 2, "text"),
        ("project: p\nvars: {a: !secret b}\n", "Tag not allowed", 2, "!secret"),
        ("project: p\nvars: {'a b': c}\n", "Invalid value", 2, "vars.a b"),
        ("project: p\nproject: q\n", "Duplicate key", 2, "assistants-sync.yaml:1:1"),
        ("project: p\n---\nproject: q\n", "Not one document", 0, "2 documents"),
        ("- a\n", "Invalid value", 1, "an object"),
        (
            (
                "project: p\nmoved:\n  - {from: assistant.a, to: assistant.b}\n"
                "  - {from: assistant.a, to: assistant.c}\n"
            ),
            "Moved twice",
            4,
            "assistant.a",
        ),
        (
            "project: p\nremoved:\n  - {address: assistant.a}\n  - {address: assistant.a}\n",
            "Removed twice",
            4,
            "assistant.a",
        ),
    ],
)
def test_a_bad_setting_is_reported_at_its_place(
    tmp_path: Path, text: str, summary: str, line: int, words: str
) -> None:
    (fault,) = faults(tmp_path, {"assistants-sync.yaml": text})
    assert fault.summary == summary
    assert isinstance(fault.where, SourceRef)
    assert (fault.where.file, fault.where.line) == ("assistants-sync.yaml", line)
    assert words in f"{fault.detail} {fault.hint}"


def test_all_bad_settings_come_at_once(tmp_path: Path) -> None:
    text = "project: p\ndrift: x\nstaet: {}\nsafety: {max_deletes: x}\n"
    found = faults(tmp_path, {"assistants-sync.yaml": text})
    assert [each.where and each.where.line for each in found] == [2, 3, 4]
