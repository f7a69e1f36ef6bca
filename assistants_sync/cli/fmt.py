"""`fmt`: definitions in their canonical layout, or which of them are not."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from assistants_sync.cli.arguments import Arguments
from assistants_sync.cli.session import Session
from assistants_sync.definitions.files import MAX_BYTES
from assistants_sync.definitions.layout.canonical import canonical_text
from assistants_sync.definitions.layout.files import LaidOut, files_of, lay_out
from assistants_sync.definitions.rewrite import replace_bytes
from assistants_sync.errors import DefinitionError, SyncError, UsageError
from assistants_sync.model.diagnostic import Diagnostic
from assistants_sync.views.escape import escape
from assistants_sync.views.file_diff import render_diff

NOT_CANONICAL: Final = 1
_STDIN: Final = "-"


def run(session: Session, arguments: Arguments) -> int:
    """Lay out what was named, or everything; a file that cannot be keeps no other from it."""
    if list(arguments.files) == [_STDIN]:
        return _run_stdin(session, arguments)
    if _STDIN in arguments.files:
        raise UsageError("Stdin stands alone", "`-` takes no other file beside it")
    root = session.settings.root.resolve()
    changed, refusals = [], []
    for path in _chosen(session, root, arguments.files):
        try:
            laid_out = lay_out(root, path)
            if laid_out.is_changed:
                changed.append(laid_out)
                if not arguments.check:
                    replace_bytes(laid_out.opened, laid_out.data)
                _tell(session, laid_out, diff=arguments.diff)
        except SyncError as refused:
            refusals.append(refused)
    if refusals:
        raise _all_of(refusals)
    return NOT_CANONICAL if changed and arguments.check else 0


def _chosen(session: Session, root: Path, names: Sequence[str]) -> Sequence[Path]:
    """Give the definitions among the named files: a hook names every file of a commit."""
    every = files_of(root)
    if not names:
        return every
    chosen = []
    for name in names:
        path = root / name
        if not path.exists() and Path(name).exists():
            path = Path(name)  # as a hook names it, which starts above the project's folder
        path = path.parent.resolve() / path.name
        if not path.exists():
            raise UsageError("No such file", f"`{name}`")
        if path in every:
            chosen.append(path)
        else:
            session.console.talk(f"{escape(name)} is not a definition; left alone.")
    return chosen


def _tell(session: Session, laid_out: LaidOut, *, diff: bool) -> None:
    name = laid_out.opened.name
    if not diff:
        session.console.result(f"{escape(name)}\n")
        return
    after = laid_out.data.decode().replace("\r\n", "\n")
    colour = session.settings.colour
    session.console.result(render_diff(name, laid_out.opened.text, after, colour=colour))


def _run_stdin(session: Session, arguments: Arguments) -> int:
    data = sys.stdin.buffer.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise SyncError("Too much on stdin", f"more than {MAX_BYTES} bytes")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as failure:
        raise SyncError("Stdin is not UTF-8", f"byte {failure.start}") from failure
    name = arguments.stdin_name
    newline = "\r\n" if text.partition("\n")[0].endswith("\r") else "\n"
    before = text.replace("\r\n", "\n")
    after = canonical_text(before, name)
    if arguments.diff:
        session.console.result(render_diff(name, before, after, colour=session.settings.colour))
    elif not arguments.check:
        sys.stdout.buffer.write(after.replace("\n", newline).encode())
        sys.stdout.buffer.flush()
    return NOT_CANONICAL if arguments.check and after != before else 0


def _all_of(refusals: Sequence[SyncError]) -> SyncError:
    """Give one error of them all; a definition that is not valid decides the exit code."""
    faults: list[Diagnostic] = [each for refused in refusals for each in refused.diagnostics]
    if any(isinstance(refused, DefinitionError) for refused in refusals):
        return DefinitionError(faults)
    refusals[0].diagnostics = tuple(faults)
    return refusals[0]
