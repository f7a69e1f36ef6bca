"""`state.http` in the project file: how a server of the Terraform HTTP protocol is spoken to."""

from pathlib import Path

import pytest
from unit.definitions.project_folder import faults, loaded

from assistants_sync.model.project import HttpState, StateSettings

URL = "https://state.example/{environment}"


def test_it_says_how_the_server_locks_and_an_environment_may_say_otherwise(tmp_path: Path) -> None:
    text = f"""\
project: p
state: {{url: "{URL}", http: {{lock_method: POST, lock_url: "{URL}/lock"}}}}
environments:
  default:
  prod: {{state: {{http: {{update_method: PUT, journal_url: "{URL}/log"}}}}}}
"""
    files = {"assistants-sync.yaml": text}
    default = loaded(tmp_path, files, "default").project.environment.state
    said = HttpState(lock_url=f"{URL}/lock", lock_method="POST")
    assert default == StateSettings(url=URL, http=said)
    prod = loaded(tmp_path, files, "prod").project.environment.state
    assert prod == StateSettings(
        url=URL, http=HttpState(update_method="PUT", journal_url=f"{URL}/log")
    )


@pytest.mark.parametrize(
    ("said", "summary"),
    [
        ("lock_methods: POST", "Unknown key"),
        ("lock_method: post", "Invalid value"),
        ("lock_url: ftp://state.example", "Invalid value"),
        ("lock_url: https://ann:canary@state.example/lock", "Invalid value"),
        ("journal_url: https://ann:canary@state.example/log", "Invalid value"),
    ],
)
def test_what_it_cannot_say_is_a_fault_at_its_place(
    tmp_path: Path, said: str, summary: str
) -> None:
    text = f"project: p\nstate:\n  http:\n    {said}\n"
    (fault,) = faults(tmp_path, {"assistants-sync.yaml": text})
    assert fault.summary == summary
    assert fault.where is not None
    assert fault.where.line == 4
