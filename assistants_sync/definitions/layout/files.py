"""Definition files in their canonical layout: which ones there are, and what each would become."""

from dataclasses import dataclass
from pathlib import Path

from assistants_sync.definitions.documents import definition_files
from assistants_sync.definitions.faults import Faults
from assistants_sync.definitions.layout.canonical import canonical_text, fenced_lines
from assistants_sync.definitions.project_file import FILE_NAME, definitions_folder
from assistants_sync.definitions.rewrite import Opened, open_text


@dataclass(frozen=True, slots=True)
class LaidOut:
    """A file as it is, and the bytes it would be."""

    opened: Opened
    data: bytes

    @property
    def is_changed(self) -> bool:
        """Whether the layout is not canonical yet."""
        return self.data != self.opened.data


def files_of(root: Path) -> tuple[Path, ...]:
    """Give the project file and every definition, sorted. `root` is resolved.

    Raises:
        DefinitionError: the project file is not valid, or a folder cannot be read.
    """
    faults = Faults()
    found = definition_files(root, root / definitions_folder(root), faults)
    faults.check()
    return (root / FILE_NAME, *found)


def lay_out(root: Path, path: Path) -> LaidOut:
    """Give the canonical bytes of a file: its own line ends, and a Markdown body as it is.

    Raises:
        DefinitionError: our reader refuses it.
        LayoutError: it cannot be laid out without changing what it means.
    """
    opened = open_text(root, path)
    text = canonical_text(opened.text, opened.name)
    if path.suffix != ".md":
        return LaidOut(opened, opened.with_text(text))
    head = fenced_lines(text)
    if not head:
        return LaidOut(opened, opened.data)
    body = opened.data.split(b"\n")[len(fenced_lines(opened.text)) :]
    end = "\n" if body else ""
    return LaidOut(opened, opened.with_text("\n".join(head) + end) + b"\n".join(body))
