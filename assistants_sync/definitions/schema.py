"""Our own keys (project file, `lifecycle`) against their models, faults at their places."""

from collections.abc import Mapping
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from assistants_sync.definitions.faults import Faults, did_you_mean
from assistants_sync.definitions.words import actual, hint, path_of, rule
from assistants_sync.definitions.yaml_text import Document, Raw, Tag
from assistants_sync.model.value import FieldPath, to_dotted

M = TypeVar("M", bound=BaseModel)


def read_part(
    model: type[M],
    document: Document,
    top: FieldPath,
    faults: Faults,
    sections: Mapping[str, type[BaseModel]],
) -> M | None:
    """Give the part of a document at `top` as the model has it, or None when faults were noted.

    `sections` names the model of each key that has keys of its own.
    """
    value: Raw = document.value
    for part in top:
        value = value.get(part) if isinstance(value, Mapping) else None
    try:
        return model.model_validate(value)
    except ValidationError as failure:
        for each in failure.errors(include_url=False):
            _note(each, model, document, top, faults, sections)
    return None


def _note(
    fault: ErrorDetails,
    model: type[BaseModel],
    document: Document,
    top: FieldPath,
    faults: Faults,
    sections: Mapping[str, type[BaseModel]],
) -> None:
    path = (*top, *path_of(fault))
    where = document.place(path)
    name = to_dotted(path)
    if fault["type"] == "missing":
        faults.add("Missing key", f"`{name}` is required", where)
    elif fault["type"] == "extra_forbidden":
        section = next((sections[part] for part in reversed(path[:-1]) if part in sections), model)
        names = [field.alias or key for key, field in section.model_fields.items()]
        faults.add(
            "Unknown key",
            f"`{name}` is not a key we know",
            where,
            hint=did_you_mean(path[-1], names) or f"known here: {', '.join(names)}",
        )
    elif isinstance(fault["input"], Tag):
        faults.add("Tag not allowed", f"`{name}` takes no `!{fault['input'].name}`", where)
    else:
        faults.add(
            "Invalid value", f"`{name}` {actual(fault)}; {rule(fault)}", where, hint=hint(fault)
        )
