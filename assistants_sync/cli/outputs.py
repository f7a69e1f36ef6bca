"""Every form of a plan or of faults, by its name; to stdout, and to files from the same run.

A file is there whole or not at all, and never an older run's: it goes before this run begins.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

from assistants_sync.cli.arguments import Arguments
from assistants_sync.cli.session import Session
from assistants_sync.errors import OutputError, SyncError
from assistants_sync.model.diagnostic import Diagnostic
from assistants_sync.vapi.redactor import Redactor
from assistants_sync.views.run import Run

if TYPE_CHECKING:
    from assistants_sync.model.plan import Plan

Faults: TypeAlias = Sequence[Diagnostic]


_FAULT_FORMS: Final = frozenset({"markdown", "junit", "sarif", "github"})
"""Faults as JSON are written at the end of every command; see `running`."""
_ROOT_VARIABLES: Final = ("GITHUB_WORKSPACE", "CI_PROJECT_DIR")


def render_as(session: Session, plan: "Plan", form: str) -> str:
    """Give a plan in one of the forms a machine reads."""
    from assistants_sync.cli.forms import PLAN_FORMS

    return PLAN_FORMS[form](plan, _folder(session))


def write_files(session: Session, arguments: Arguments, plan: "Plan") -> None:
    """Write every file that was asked for.

    Raises:
        OutputError: one could not be written.
    """
    for form, path in arguments.out_files:
        _write(session, path, render_as(session, plan, form))


def tell_faults(session: Session, arguments: Arguments, faults: Faults) -> None:
    """Write faults, in every form that was asked for and has one, to files and then to stdout.

    A file that cannot be written keeps no other from being written, and stdout tells of it too.

    Raises:
        OutputError: something could not be written; it carries a fault for each.
    """
    unwritten: list[OutputError] = []
    for form, path in arguments.out_files:
        if form in _FAULT_FORMS:
            try:
                _write(session, path, _render_faults(session, arguments, faults, form))
            except OutputError as error:
                unwritten.append(error)
    if session.settings.output_format in _FAULT_FORMS:
        form = session.settings.output_format
        more = [each.diagnostic for each in unwritten]
        try:
            session.console.result(_render_faults(session, arguments, [*faults, *more], form))
        except OutputError as error:
            unwritten.append(error)
    if unwritten:
        first, *others = unwritten
        first.add([each.diagnostic for each in others])
        raise first


@contextmanager
def faults_told(session: Session, arguments: Arguments) -> Iterator[None]:
    """Begin without older files; when this ends badly, say so in every form before it goes on."""
    for _, path in arguments.out_files:
        _remove(session.settings.root / path)
    try:
        yield
    except SyncError as error:
        try:
            tell_faults(session, arguments, error.diagnostics)
        except OutputError as second:
            error.add(second.diagnostics)
        raise


def save_text(redactor: Redactor, path: Path, text: str) -> None:
    """Put a text, scrubbed of known secrets, in place of a file at once.

    Raises:
        OSError: it could not be done; what was there stands.
    """
    scrubbed = redactor.scrub(text)
    if not _is_plain(path):
        path.write_text(scrubbed, encoding="utf-8")  # a link or a pipe is somebody's on purpose
        return
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        temporary.write_text(scrubbed, encoding="utf-8")
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _render_faults(session: Session, arguments: Arguments, faults: Faults, form: str) -> str:
    environment = session.settings.environment or "default"
    from assistants_sync.cli.forms import FAULT_FORMS

    return FAULT_FORMS[form](faults, Run(arguments.command, environment, _folder(session)))


def _write(session: Session, path: Path, text: str) -> None:
    whole = session.settings.root / path
    try:
        save_text(session.redactor, whole, text)
    except OSError as error:
        raise OutputError(
            "The result could not be written", f"{whole}: {error.strerror}"
        ) from error
    session.console.talk(f"Wrote {whole}.")


def _remove(path: Path) -> None:
    try:
        if _is_plain(path):
            path.unlink(missing_ok=True)
    except OSError as error:
        raise OutputError("An older result is in the way", f"{path}: {error.strerror}") from error


def _is_plain(path: Path) -> bool:
    return not path.is_symlink() and (path.is_file() or not path.exists())


def _folder(session: Session) -> str:
    """The project's folder as seen from the repository's root, or from where we were started."""
    environ = session.settings.environ
    named = next((environ[name] for name in _ROOT_VARIABLES if environ.get(name)), ".")
    root, top = session.settings.root.resolve(), Path(named).resolve()
    below = root.relative_to(top).as_posix() if root.is_relative_to(top) else "."
    return "" if below == "." else f"{below}/"
