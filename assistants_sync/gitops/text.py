"""One file of a gitops repository: what it says, where each value stands, and the text edited."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from assistants_sync.definitions.faults import Faults, error
from assistants_sync.definitions.files import read_text
from assistants_sync.definitions.front_matter import read_markdown
from assistants_sync.definitions.layout.canonical import fenced_lines
from assistants_sync.definitions.layout.parse import parse_trees
from assistants_sync.definitions.layout.tree import Collection, Scalar, Slot
from assistants_sync.definitions.lifecycle import RESERVED
from assistants_sync.definitions.variables import escape, expand
from assistants_sync.definitions.yaml_text import Raw, Tag, parse_documents
from assistants_sync.errors import DefinitionError
from assistants_sync.model.source import SourceRef
from assistants_sync.model.value import FieldPath


@dataclass(frozen=True, slots=True)
class Put:
    """What takes the place of one value: a tag, or the id that a slug stood for.

    `was` is what stood there: a remark beside an id.
    """

    value: Tag | str
    was: str = ""


@dataclass(frozen=True, slots=True)
class GitopsText:
    """A file whole: `head` and `tail` are what stands around its YAML, the fences included."""

    name: str
    head: str
    matter: str
    tail: str
    value: Mapping[str, Raw]
    scalars: Mapping[FieldPath, tuple[Scalar, Slot, bool]]

    @classmethod
    def read(cls, root: Path, path: Path) -> Self:
        """Read a file, its line ends as single newlines.

        Raises:
            DefinitionError: it is not what gitops takes, or uses what we do not.
            LayoutError: it is written in a way that cannot be edited.
        """
        name = path.relative_to(root).as_posix()
        text = read_text(root, path, SourceRef(name))
        head, matter, tail = "", text, ""
        if path.suffix == ".md":
            if read_markdown(text, name) is None:
                raise _refused("No front matter", "there is nothing between `---` lines", name)
            lines = fenced_lines(text)
            head = lines[0] + "\n"
            matter = "".join(f"{line}\n" for line in lines[1:-1])
            tail = text[len(head) + len(matter) :]
        documents = [each for each in parse_documents(matter, name) if each.value is not None]
        value = documents[0].value if documents else {}
        if len(documents) > 1 or not isinstance(value, Mapping):
            raise _refused("Not a definition", "one object with fields is wanted", name)
        if not value and not tail:
            raise _refused("Not a definition", "it says nothing", name)
        for key in RESERVED & value.keys():
            raise _refused("Reserved key", f"`{key}` would not mean a field of the API here", name)
        roots = [tree.root for tree in parse_trees(matter) if tree.root]
        scalars = dict(_scalars(roots[0], (), is_flow=False)) if roots else {}
        return cls(name, head, matter, _trimmed(tail), value, scalars)

    def place(self, path: FieldPath) -> SourceRef:
        """Give where a value stands."""
        if path not in self.scalars:
            return SourceRef(self.name)
        before = self.head + self.matter[: self.scalars[path][0].start]
        return SourceRef(self.name, before.count("\n") + 1, len(before) - before.rfind("\n"))

    @property
    def prompt(self) -> str:
        """Give what stands behind the front matter; empty where there is none."""
        return self.tail.partition("\n")[2]

    def place_in_prompt(self, line: int) -> SourceRef:
        """Give the place of a line of the prompt, counted from 1; 0 is its only one."""
        return SourceRef(self.name, (self.head + self.matter).count("\n") + 1 + max(line, 1), 1)

    def with_values(self, puts: Mapping[FieldPath, Put]) -> str:
        """Give the text with other values in some places; nothing else of it means another thing.

        What our reader would take for a variable of its own is escaped.

        Raises:
            DefinitionError: the text would not be read back as this.
        """
        matter = self.matter
        for path, found in sorted(self.scalars.items(), key=lambda each: -each[1][0].start):
            scalar, slot, is_flow = found
            old = matter[scalar.start : scalar.end]
            new = _written(puts[path], slot, is_flow=is_flow) if path in puts else escape(old)
            matter = matter[: scalar.start] + new + matter[scalar.end :]
        wanted = _with(self.value, puts, ())
        read = [each.value for each in parse_documents(matter, self.name)]
        if [_expanded(each) for each in read if each is not None] != ([wanted] if wanted else []):
            raise _refused("Cannot be rewritten", "the text would mean something else", self.name)
        return self.head + matter + escape(self.tail)


def _scalars(
    node: Collection, path: FieldPath, *, is_flow: bool
) -> Iterator[tuple[FieldPath, tuple[Scalar, Slot, bool]]]:
    is_flow = is_flow or node.is_flow
    for index, slot in enumerate(node.slots):
        here = (*path, slot.key.text if slot.key else str(index))
        match slot.value:
            case Scalar():
                yield here, (slot.value, slot, is_flow)
            case Collection():
                yield from _scalars(slot.value, here, is_flow=is_flow)


def _written(put: Put, slot: Slot, *, is_flow: bool) -> str:
    match put.value:
        case Tag(name=name, text=text):
            return f"!{name} {text}"
        case text:
            has_room = put.was.isprintable() and put.was and not is_flow and not slot.after
            return f"{text}  # {put.was}" if has_room else text


def _trimmed(tail: str) -> str:
    """Give what stands behind the YAML with the body as gitops sends it: without space around."""
    fence, _, body = tail.partition("\n")
    lines = [line for line in body.split("\n") if line.strip()]
    if not lines or (lines[0] == lines[0].lstrip() and lines[-1] == lines[-1].rstrip()):
        return tail
    return f"{fence}\n\n{body.strip()}\n"


def _with(value: Raw, puts: Mapping[FieldPath, Put], path: FieldPath) -> Raw:
    if path in puts:
        return puts[path].value
    match value:
        case str():
            return value
        case Mapping():
            return {key: _with(each, puts, (*path, key)) for key, each in value.items()}
        case Sequence():
            return [_with(each, puts, (*path, str(at))) for at, each in enumerate(value)]
        case _:
            return value


def _expanded(value: Raw) -> Raw:
    match value:
        case str():
            return expand(value, {}, Faults(), SourceRef(""))
        case Mapping():
            return {key: _expanded(each) for key, each in value.items()}
        case Sequence():
            return [_expanded(each) for each in value]
        case _:
            return value


def _refused(summary: str, detail: str, name: str) -> DefinitionError:
    return error(summary, detail, SourceRef(name))
