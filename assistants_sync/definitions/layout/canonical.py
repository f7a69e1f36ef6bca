"""A definition file to its canonical text, which means exactly the same.

Reserved keys first, then the fields as the API reference has them; what stands below them keeps
its order. The same text laid out again is the same text.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Final

from assistants_sync.definitions.front_matter import read_markdown
from assistants_sync.definitions.layout.emit import tree_lines
from assistants_sync.definitions.layout.parse import LayoutError, comments_in, parse_trees
from assistants_sync.definitions.layout.tree import Scalar, Tree
from assistants_sync.definitions.project_file import FILE_NAME
from assistants_sync.definitions.project_schema import ProjectPart
from assistants_sync.definitions.yaml_text import Document, Question, Raw, Tag, parse_documents
from assistants_sync.errors import DefinitionError
from assistants_sync.model.source import SourceRef
from assistants_sync.model.value import JsonValue
from assistants_sync.resources import KINDS
from assistants_sync.resources.field_order import field_order
from assistants_sync.resources.kind import Kind

FENCE: Final = "---"
_RESERVED: Final = ("key", "kind", "lifecycle")


def canonical_text(text: str, file: str) -> str:
    """Give the canonical text of a definition or project file; line ends are single newlines.

    Raises:
        DefinitionError: our reader refuses the text.
        LayoutError: it cannot be laid out without changing what it means.
    """
    if PurePosixPath(file).suffix != ".md":
        return _laid_out(text, file)
    if read_markdown(text, file) is None:
        return text
    _, *matter, _ = head = fenced_lines(text)
    laid_out = _laid_out("".join(f"{line}\n" for line in matter), file)
    body = text.split("\n")[len(head) :]
    return "\n".join((FENCE, *laid_out.split("\n")[:-1], FENCE, *body))


def fenced_lines(text: str) -> list[str]:
    """Give the front matter of a Markdown file, with both its fences; nothing if it has none."""
    lines = text.split("\n")
    fences = [at for at, line in enumerate(lines) if line.rstrip() == FENCE]
    return lines[: fences[1] + 1] if fences[:1] == [0] and len(fences) > 1 else []


def check_same(before: str, after: str, file: str) -> None:
    """Check that two YAML texts mean the same, their tags and comments included.

    Raises:
        LayoutError: they do not, or the second one is not even accepted.
    """
    try:
        is_same = _meaning(parse_documents(before, file)) == _meaning(parse_documents(after, file))
    except DefinitionError:
        is_same = False
    where = SourceRef(file)
    if not is_same:
        raise LayoutError("Cannot be laid out", "it would mean something else", where=where)
    said = [Counter(map(str.rstrip, comments_in(text))) for text in (before, after)]
    if said[0] != said[1]:
        raise LayoutError("Cannot be laid out", "a comment would be lost", where=where)


def _laid_out(text: str, file: str) -> str:
    parse_documents(text, file)
    try:
        trees = parse_trees(text)
    except LayoutError as refused:
        said = refused.diagnostic
        raise LayoutError(said.summary, said.detail, where=SourceRef(file)) from refused
    written = [tree_lines(each, _rank(file, each)) for each in _merged(trees)]
    laid_out = f"{FENCE}\n".join("".join(f"{line}\n" for line in lines) for lines in written)
    check_same(text, laid_out, file)
    return laid_out


def _merged(trees: Sequence[Tree]) -> list[Tree]:
    """Give the documents that say something; the comments of the others go to the next one."""
    merged: list[Tree] = []
    head: tuple[str, ...] = ()
    for tree in trees:
        head = (*head, "", *tree.head) if head else tree.head
        if tree.root is not None:
            merged.append(Tree(head, tree.root))
            head = ()
    if not merged:
        return [Tree(head, None)] if any(head) else []
    last = merged[-1]
    if last.root is not None and any(head):
        merged[-1] = replace(last, root=replace(last.root, tail=(*last.root.tail, *head)))
    return merged


def _rank(file: str, tree: Tree) -> Callable[[str], int]:
    names: Iterable[str] = ProjectPart.model_fields
    if file != FILE_NAME:
        names = (*_RESERVED, *field_order(_kind(tree)))
    order = {name: rank for rank, name in enumerate(names)}
    return lambda name: order.get(name, len(order))


def _kind(tree: Tree) -> Kind:
    said = {
        slot.key.text: slot.value.text
        for slot in (tree.root.slots if tree.root else ())
        if slot.key and isinstance(slot.value, Scalar)
    }
    return KINDS.get(said.get("kind", ""), next(iter(KINDS.values())))


def _meaning(documents: Sequence[Document]) -> list[str]:
    said = [_plain(each.value) for each in documents if each.value is not None]
    return [json.dumps(each, sort_keys=True) for each in said]


def _plain(value: Raw) -> JsonValue:
    match value:
        case Tag():
            return {"!": value.name, "text": value.text}
        case Question():
            return {"!": "lookup", "fields": _plain(value.fields)}
        case str():
            return value
        case Mapping():
            return {f"={key}": _plain(each) for key, each in value.items()}
        case Sequence():
            return [_plain(each) for each in value]
        case _:
            return value
