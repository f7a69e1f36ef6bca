"""Markdown with front matter: YAML between `---` lines, and a body that is the system prompt."""

from collections.abc import Mapping, Sequence
from typing import Final

from assistants_sync.definitions.faults import error
from assistants_sync.definitions.yaml_text import Document, Raw, parse_documents
from assistants_sync.model.source import SourceRef
from assistants_sync.model.value import FieldPath

_FENCE: Final = "---"
_MESSAGES: Final[FieldPath] = ("model", "messages")


def read_markdown(text: str, file: str) -> Document | None:
    """Give the front matter with the body as first message; None where there is neither.

    A file without front matter is a note, and gives None too.

    Raises:
        DefinitionError: the front matter is not closed or not YAML, or holds a system prompt too.
    """
    lines = text.split("\n")
    if lines[0].rstrip() != _FENCE:
        return None
    end = next((at for at, line in enumerate(lines) if at and line.rstrip() == _FENCE), None)
    if end is None:
        raise error(
            "Front matter not closed", "there is no second `---` line", SourceRef(file, 1, 1)
        )
    # An empty line for the fence keeps the parser's line numbers those of the file.
    documents = parse_documents("\n".join(["", *lines[1:end]]), file)
    if len(documents) > 1:
        raise error("Not one document", "front matter is a single document", documents[1].where)
    body = "\n".join(_without_blank_ends(lines[end + 1 :]))
    if not body:
        return documents[0] if documents else None
    document = documents[0] if documents else Document({}, SourceRef(file, 1, 1), {})
    return _with_prompt(document, body, SourceRef(file, end + 2, 1))


def _without_blank_ends(lines: Sequence[str]) -> Sequence[str]:
    written = [at for at, line in enumerate(lines) if line.strip()]
    return lines[written[0] : written[-1] + 1] if written else []


def _with_prompt(document: Document, prompt: str, where: SourceRef) -> Document:
    fields = document.value
    if not isinstance(fields, Mapping):
        return document
    model = fields.get("model", {})
    messages = model.get("messages", []) if isinstance(model, Mapping) else None
    if (
        not isinstance(model, Mapping)
        or isinstance(messages, str)
        or not isinstance(messages, Sequence)
    ):
        raise error(
            "No place for the prompt",
            "the body is the system prompt, but `model.messages` is not a list",
            document.place(_MESSAGES),
        )
    for index, each in enumerate(messages):
        if isinstance(each, Mapping) and each.get("role") == "system":
            raise error(
                "Two system prompts",
                f"the body (line {where.line}) is one, this message another",
                document.place((*_MESSAGES, str(index))),
                hint="keep one of them",
            )
    first: Raw = {"role": "system", "content": prompt}
    value = {**fields, "model": {**model, "messages": [first, *messages]}}
    return Document(value, document.where, _shifted(document.places, where))


def _shifted(places: Mapping[FieldPath, SourceRef], where: SourceRef) -> dict[FieldPath, SourceRef]:
    """Give the places with every message one further down, and the prompt's own first."""
    depth = len(_MESSAGES)
    moved: dict[FieldPath, SourceRef] = {}
    for path, place in places.items():
        is_message = path[:depth] == _MESSAGES and len(path) > depth
        moved[
            (*_MESSAGES, str(int(path[depth]) + 1), *path[depth + 1 :]) if is_message else path
        ] = place
    for path in (_MESSAGES[:1], _MESSAGES):
        moved.setdefault(path, where)
    first = (*_MESSAGES, "0")
    return {**moved, first: where, (*first, "role"): where, (*first, "content"): where}
