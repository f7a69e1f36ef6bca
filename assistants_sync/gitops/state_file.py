"""The state file of a gitops repository: slugs to ids, by kind.

Source: VapiAI/gitops src/state.ts and src/state-serialize.ts, read 2026-11-21.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, TypeAlias

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
)

from assistants_sync.definitions.faults import error
from assistants_sync.definitions.files import read_text
from assistants_sync.gitops.names import state_name
from assistants_sync.model.source import SourceRef

Ids: TypeAlias = Mapping[str, Mapping[str, str]]
"""Ids by the section of the state file and the slug."""

_MAX_BYTES = 16 * 1024 * 1024


def _id_of(entry: object) -> object:
    return entry.get("uuid") if isinstance(entry, Mapping) else entry


_Id = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z-]{1,64}$"), BeforeValidator(_id_of)]
_Section = Annotated[dict[str, _Id], Field(default_factory=dict)]


class _StateFile(BaseModel):
    """The sections whose ids an assistant may name; an id stands alone or in an object."""

    model_config = ConfigDict(frozen=True)

    assistants: _Section
    tools: _Section
    structuredOutputs: _Section  # noqa: N815 -- their name
    squads: _Section
    credentials: _Section
    variables: Annotated[dict[str, object], Field(default_factory=dict)]


def read_state(root: Path, environment: str) -> tuple[Ids, tuple[str, ...]] | None:
    """Give the ids, and the names of the variables; None where there is no state file.

    Raises:
        DefinitionError: it is there and cannot be read: without ids everything would be created.
    """
    name = state_name(environment)
    if not (root / name).exists():
        return None
    where = SourceRef(name)
    text = read_text(root, root / name, where, _MAX_BYTES)
    try:
        read = _StateFile.model_validate_json(text)
    except ValidationError as failure:
        first = failure.errors(include_url=False, include_input=False, include_context=False)[0]
        place = ".".join(map(str, first["loc"])) or "it"
        raise error(
            "State file not understood",
            f"`{place}` is not as gitops writes it; nothing was taken",
            where,
            hint="bring it back from git: without its ids everything would be created again",
        ) from failure
    sections = {
        "assistant": read.assistants,
        "tool": read.tools,
        "structured-output": read.structuredOutputs,
        "squad": read.squads,
        "credential": read.credentials,
    }
    return sections, tuple(read.variables)
