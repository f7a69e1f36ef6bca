"""The files of a new project: which are to be written, which are there, and what those may lack."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from assistants_sync.cli.new_files import remove, write_new
from assistants_sync.cli.outputs import save_text
from assistants_sync.cli.session import Session
from assistants_sync.cli.starting.answers import Answers
from assistants_sync.cli.starting.recipes import recipes
from assistants_sync.cli.starting.texts import (
    EXAMPLE,
    dotenv_text,
    ignored_lines,
    key_variable,
    with_lines,
)
from assistants_sync.cli.tracked import ask_git
from assistants_sync.definitions.editor import FOLDER, editor_schemas, editor_settings
from assistants_sync.definitions.project_file import FILE_NAME
from assistants_sync.errors import SyncError
from assistants_sync.model.project import Project
from assistants_sync.model.value import JsonValue

_EXTENSION: Final = "redhat.vscode-yaml"
_UNDONE: Final = "nothing was written"


@dataclass(frozen=True, slots=True)
class Files:
    """What is to happen to each file; paths are absolute.

    `lacking` are files that are there and say nothing of us, each with what could be added;
    `ignored` is the whole `.gitignore` as it is to be, None where it lacks nothing.
    """

    new: Mapping[Path, str]
    there: tuple[Path, ...]
    lacking: Mapping[Path, str]
    ignored: tuple[Path, str] | None


def files_of(root: Path, project: Project, answers: Answers, text: str, *, example: bool) -> Files:
    """Say what a project of these answers lacks; `root` is resolved."""
    wanted = _wanted(root, project, answers, text)
    if example:
        wanted[root / project.definitions_dir / "example.yaml"] = EXAMPLE
    there = tuple(path for path in wanted if os.path.lexists(path))
    # An editor's or a pipeline's file has other things to say too: it is for people to join them.
    mentioned = {
        root / ".vscode" / "settings.json": f"{FOLDER}/definition.schema.json",
        root / ".vscode" / "extensions.json": _EXTENSION,
        **{path: "assistants-sync" for path in there if path.name == ".gitlab-ci.yml"},
    }
    lacking = {
        path: wanted[path]
        for path, words in mentioned.items()
        if path in there and words not in _text_of(path)
    }
    new = {path: text for path, text in wanted.items() if path not in there}
    return Files(new, there, lacking, _ignored(root, project))


def write(session: Session, files: Files) -> None:
    """Write all of it, or nothing.

    Raises:
        SyncError: a file cannot be written; none is left.
    """
    folders = write_new(files.new, _UNDONE)
    if files.ignored is None:
        return
    path, text = files.ignored
    try:
        save_text(session.redactor, path, text)
    except OSError as error:
        remove(files.new, folders)
        detail = f"{path}: {error.strerror}; {_UNDONE}"
        raise SyncError("A file could not be written", detail) from error


def _wanted(root: Path, project: Project, answers: Answers, text: str) -> dict[Path, str]:
    schemas = editor_schemas(project).items()
    wanted = {
        FILE_NAME: text,
        ".env.example": dotenv_text(answers.environments),
        **{f"{FOLDER}/{name}.schema.json": _json(schema) for name, schema in schemas},
        ".vscode/settings.json": _json(editor_settings(project)),
        ".vscode/extensions.json": _json({"recommendations": [_EXTENSION]}),
    }
    first = answers.environments[0]
    top = _top(root)
    # A forge reads its files at the top of a repository, wherever in it the project is.
    for_forge = recipes(
        answers.forge,
        root.relative_to(top).as_posix(),
        first,
        key_variable(first, answers.environments),
    )
    return {
        **{root / name: each for name, each in wanted.items()},
        **{top / name: each for name, each in for_forge.items()},
    }


def _top(root: Path) -> Path:
    told = ask_git(root, "rev-parse", "--show-toplevel").rstrip("\n")
    top = Path(told).resolve() if told else root
    return top if root.is_relative_to(top) else root


def _ignored(root: Path, project: Project) -> tuple[Path, str] | None:
    path = root / ".gitignore"
    state = project.environment.state
    lines = ignored_lines(state.dir, is_shared=state.url is not None)
    before = _text_of(path)
    after = with_lines(before, lines)
    return (path, after) if after != before else None


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise SyncError("A file cannot be read", f"{path}; {_UNDONE}") from error


def _json(value: JsonValue) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"
