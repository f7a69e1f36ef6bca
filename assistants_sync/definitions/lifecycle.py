"""The reserved keys of a definition: what it is called, what it is, and how it may change."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from assistants_sync.definitions.faults import Faults, did_you_mean
from assistants_sync.definitions.schema import read_part
from assistants_sync.definitions.yaml_text import Document, Raw
from assistants_sync.model.address import Address, make_address, parse_address
from assistants_sync.model.definition import Lifecycle, OnDelete
from assistants_sync.model.project import LintName, PolicyName
from assistants_sync.model.source import SourceRef
from assistants_sync.model.value import FieldPath, from_pointer, to_pointer
from assistants_sync.resources import KINDS

RESERVED: Final = frozenset({"key", "kind", "lifecycle"})


_Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


@dataclass(frozen=True, slots=True)
class Exceptions:
    """The reasons a definition gives: for breaking policies, and for what lints would tell."""

    policies: Mapping[PolicyName, str] = field(default_factory=dict)
    lints: Mapping[LintName, str] = field(default_factory=dict)


class LifecyclePart(BaseModel):
    """`lifecycle` as written."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    protect: bool = False
    ignore_changes: list[Annotated[str, Field(min_length=1)]] = []
    on_delete: OnDelete = "delete"
    replace_with: str | None = None
    policy_exceptions: dict[PolicyName, _Reason] = {}
    lint_exceptions: dict[LintName, _Reason] = {}


def read_address(
    fields: Mapping[str, Raw], document: Document, stem: str | None, faults: Faults
) -> Address | None:
    """Give the address of a definition, or None when faults were noted.

    `stem` is the file's, the default key; None where a file holds several definitions.
    """
    kind = fields.get("kind") or next(iter(KINDS))
    if not isinstance(kind, str) or kind not in KINDS:
        faults.add(
            "Unknown kind",
            f"a definition is one of: {', '.join(KINDS)}",
            document.place(("kind",)),
            hint=did_you_mean(kind, KINDS) if isinstance(kind, str) else None,
        )
        return None
    key = fields.get("key")
    if key is None and stem is None:
        faults.add(
            "Missing key",
            "each of several definitions in one file needs its own",
            document.where,
            hint="write `key: NAME` in it",
        )
        return None
    if key is not None and not isinstance(key, str):
        faults.add("Invalid value", "`key` must be text", document.place(("key",)))
        return None
    try:
        return make_address(kind, key if key is not None else stem or "")
    except ValueError as refused:
        hint = "write `key: NAME` in the file" if key is None else None
        faults.add("Bad key", str(refused), document.place(("key",)), hint=hint)
        return None


def read_lifecycle(
    fields: Mapping[str, Raw], document: Document, faults: Faults
) -> tuple[Lifecycle, Exceptions]:
    """Give the lifecycle of a definition, and its reasons for what it does against advice.

    They are the default one and none when faults were noted, or nothing is written.
    """
    written = fields.get("lifecycle")
    if written is None:
        return Lifecycle(), Exceptions()
    part = read_part(LifecyclePart, document, ("lifecycle",), faults, {"lifecycle": LifecyclePart})
    if part is None:
        return Lifecycle(), Exceptions()
    pointers = [
        _ignored(text, ("lifecycle", "ignore_changes", str(index)), fields, document, faults)
        for index, text in enumerate(part.ignore_changes)
    ]
    successor = read_successor(
        part.replace_with, document.place(("lifecycle", "replace_with")), faults
    )
    lifecycle = Lifecycle(part.protect, tuple(pointers), part.on_delete, successor)
    return lifecycle, Exceptions(part.policy_exceptions, part.lint_exceptions)


def read_successor(text: str | None, where: SourceRef, faults: Faults) -> Address | None:
    """Give the address of `replace_with`, or None when there is none or a fault was noted."""
    if text is None:
        return None
    try:
        return parse_address(text, tuple(KINDS))
    except ValueError as refused:
        faults.add("Bad address", str(refused), where)
        return None


def _ignored(
    text: str, at: FieldPath, fields: Mapping[str, Raw], document: Document, faults: Faults
) -> str:
    path = from_pointer(text) if text.startswith("/") else tuple(text.split("."))
    if not all(path):
        faults.add("Bad path", f"`{text}` has an empty part", document.place(at))
    here: Raw = dict(fields)
    for part in path:
        inside_list = isinstance(here, list) or part.endswith("]")
        if inside_list:
            faults.add(
                "Path into a list",
                f"`{text}` leads into a list, and lists are compared whole",
                document.place(at),
                hint="ignore the list itself",
            )
            break
        here = here.get(part) if isinstance(here, Mapping) else None
    return to_pointer(path)
