"""`schema`: what an editor needs to help with definitions, and the API's own document for us."""

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Final

from assistants_sync.cli.arguments import Arguments
from assistants_sync.cli.outputs import save_text
from assistants_sync.cli.session import Session
from assistants_sync.errors import OutputError, SyncError

if TYPE_CHECKING:
    from assistants_sync.model.project import Project
    from assistants_sync.model.value import JsonValue

_ADVICE: Final = """\
Put these settings into .vscode/settings.json, or into any editor with the YAML language server.
It cannot see the front matter of .md definitions; `validate` does.
"""


def run(session: Session, arguments: Arguments) -> int:
    """Write both schemas, print one of them, or pull the API's document."""
    if arguments.subcommand == "pull":
        _pull(session, arguments.source)
        return 0
    from assistants_sync.definitions.editor import FOLDER, editor_schemas, editor_settings

    project = _project(session)
    texts = {name: _text(each) for name, each in editor_schemas(project).items()}
    if arguments.subcommand:
        session.console.result(texts[arguments.subcommand])
        return 0
    for name, text in texts.items():
        _save(session, Path(FOLDER, f"{name}.schema.json"), text)
    session.console.talk(_ADVICE)
    session.console.result(_text(editor_settings(project)))
    return 0


def _project(session: Session) -> "Project":
    """Read the project file; what a schema needs of it is the same in every environment."""
    from assistants_sync.definitions.project_file import environment_names, load_project

    root = session.settings.root.resolve()
    names = environment_names(root)
    any_of_them = names[0] if names else None
    return load_project(root, session.settings.environment or any_of_them).project


def _pull(session: Session, named: str | None) -> None:
    from assistants_sync.definitions.openapi import document as openapi

    _project(session)  # what is pulled is of no use anywhere else
    source = named or openapi.SOURCE
    data = _read(session, source, openapi.MOST_BYTES)
    shown = source if "://" in source else Path(source).name
    origin = openapi.Origin(shown, session.clock.now().date().isoformat(), openapi.digest(data))
    try:
        kept = openapi.keep(json.loads(data), origin)
        _try_out(session, kept)
    except (ValueError, RecursionError) as error:
        why = "it is no JSON" if isinstance(error, json.JSONDecodeError) else str(error)
        raise SyncError("Not an OpenAPI document of the API", f"{source}: {why}") from error
    news = openapi.Difference.between(_pulled(session, openapi.FILE_NAME), kept)
    if news == openapi.Difference(0, 0, 0):
        session.console.result(f"Nothing has changed; {openapi.FILE_NAME} stays as it is.\n")
        return
    _save(session, Path(openapi.FILE_NAME), openapi.render(kept))
    session.console.result(
        f"Schemas: {news.added} new, {news.changed} changed, {news.removed} gone. Commit the file: "
        "`validate` and `plan` hold nested objects against it from now on.\n"
    )


def _try_out(session: Session, kept: "JsonValue") -> None:
    """Make the checks once, before a document that makes none is kept."""
    try:
        from assistants_sync.definitions.openapi.check import Checker
    except ImportError:
        session.console.talk("To check by it: pip install 'assistants-sync[schema]'.")
        return
    Checker(kept)


def _read(session: Session, source: str, most_bytes: int) -> bytes:
    if "://" in source:
        from assistants_sync.vapi.document import fetch

        return asyncio.run(fetch(source, most_bytes))
    path = session.settings.root / source
    try:
        if not path.is_file():
            raise SyncError("No such document", f"{path} is no file")
        with path.open("rb") as file:
            data = file.read(most_bytes + 1)
    except OSError as error:
        raise SyncError("The document could not be read", f"{path}: {error.strerror}") from error
    if len(data) > most_bytes:
        raise SyncError("The document is too large", f"{path}: at most {most_bytes} bytes")
    return data


def _pulled(session: Session, name: str) -> "JsonValue":
    """Give what was pulled before; nothing where that cannot be read: it is replaced."""
    try:
        found: JsonValue = json.loads((session.settings.root / name).read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
    return found


def _text(value: "JsonValue") -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def _save(session: Session, path: Path, text: str) -> None:
    whole = session.settings.root / path
    try:
        whole.parent.mkdir(exist_ok=True)
        save_text(session.redactor, whole, text)
    except OSError as error:
        raise OutputError(
            "The result could not be written", f"{whole}: {error.strerror}"
        ) from error
    session.console.talk(f"Wrote {whole}.")
