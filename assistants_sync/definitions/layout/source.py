"""A definition file open for edits: its trees, a slot by its place, and the text they come to."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Self

from assistants_sync.definitions.files import read_text
from assistants_sync.definitions.front_matter import read_markdown
from assistants_sync.definitions.layout.canonical import fenced_lines
from assistants_sync.definitions.layout.files import files_of
from assistants_sync.definitions.layout.parse import parse_trees
from assistants_sync.definitions.layout.patch import patched
from assistants_sync.definitions.layout.tree import Collection, Slot
from assistants_sync.definitions.rewrite import Opened, open_text
from assistants_sync.definitions.yaml_text import Question, Raw, Tag, parse_documents
from assistants_sync.model.source import SourceRef


@dataclass(slots=True)
class Source:
    """One file. `offset` is where its YAML begins, `end` where that ends; behind it is a body."""

    opened: Opened
    offset: int
    end: int
    roots: list[Collection]
    body: str | None = None
    _edited: dict[int, Collection] = field(default_factory=dict)

    @classmethod
    def open(cls, root: Path, name: str) -> Self:
        """Read a definition file of a project. `root` is resolved.

        Raises:
            DefinitionError: it cannot be read.
            LayoutError: it is written in a way that cannot be edited.
        """
        opened = open_text(root, root / name)
        text = opened.text
        offset, end = 0, len(text)
        if name.endswith(".md"):
            first, *matter, _ = fenced_lines(text)
            offset = len(first) + 1
            end = offset + sum(len(line) + 1 for line in matter)
        trees = parse_trees(text[offset:end])
        return cls(opened, offset, end, [tree.root for tree in trees if tree.root])

    def slot(self, where: SourceRef) -> Slot | None:
        """Give the field whose key was written at a place, as it is by now."""
        at = self._at(where)
        found = (_find(self._edited.get(index, root), at) for index, root in enumerate(self.roots))
        return next(filter(None, found), None)

    def put(self, where: SourceRef, slot: Slot | None) -> None:
        """Put another field in the place of one, or take it away; an object left empty goes too."""
        at = self._at(where)
        for index, root in enumerate(self.roots):
            root = self._edited.get(index, root)  # noqa: PLW2901 -- as it is by now
            if _find(root, at):
                self._edited[index] = _put(root, at, slot) or replace(root, slots=())

    def text(self) -> str:
        """Give the text with everything put."""
        matter = self.opened.text[self.offset : self.end]
        for index, root in sorted(self._edited.items(), reverse=True):
            matter = patched(matter, self.roots[index], root)
        behind = self.opened.text[self.end :]
        if self.body is not None:
            fence, _, old = behind.partition("\n")
            said = old.strip("\n \t")
            start = old.index(said)
            behind = f"{fence}\n{old[:start]}{self.body}{old[start + len(said) :]}"
        return self.opened.text[: self.offset] + matter + behind

    def _at(self, where: SourceRef) -> int:
        lines = self.opened.text.split("\n")[: where.line - 1]
        return sum(len(line) + 1 for line in lines) + where.column - 1 - self.offset


def file_uses(root: Path) -> Counter[Path]:
    """Count how often each file is named by a `!file`, in all definitions of every environment.

    Raises:
        DefinitionError: a definition cannot be read.
    """
    uses: Counter[Path] = Counter()
    for path in files_of(root):
        name = path.relative_to(root).as_posix()
        text = read_text(root, path, SourceRef(name))
        if path.suffix == ".md":
            document = read_markdown(text, name)
            documents = [document] if document else []
        else:
            documents = list(parse_documents(text, name))
        for each in documents:
            uses.update((root / file).resolve() for file in _files_in(each.value))
    return uses


def _files_in(value: Raw) -> list[str]:
    match value:
        case Tag():
            return [value.text] if value.name == "file" else []
        case Question():
            return _files_in(value.fields)
        case Mapping():
            return [file for each in value.values() for file in _files_in(each)]
        case str():
            return []
        case Sequence():
            return [file for each in value for file in _files_in(each)]
        case _:
            return []


def _find(root: Collection, at: int) -> Slot | None:
    for slot in root.slots:
        if slot.key is not None and slot.key.start == at:
            return slot
        if slot.start <= at < slot.end and isinstance(slot.value, Collection):
            return _find(slot.value, at)
    return None


def _put(root: Collection, at: int, new: Slot | None) -> Collection | None:
    """Give the object with another field in one place; None where nothing is left in it."""
    slots: list[Slot] = []
    for slot in root.slots:
        if slot.key is not None and slot.key.start == at:
            slots += [new] if new else []
        elif slot.start <= at < slot.end and isinstance(slot.value, Collection):
            inner = _put(slot.value, at, new)
            slots += [replace(slot, value=inner)] if inner else []
        else:
            slots.append(slot)
    return replace(root, slots=tuple(slots)) if slots else None
