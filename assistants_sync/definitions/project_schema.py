"""The shape of the project file, key by key, before environments are laid over it."""

from typing import Annotated, Final, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from assistants_sync.definitions.variables import NAME
from assistants_sync.model.address import KEY
from assistants_sync.model.definition import OnDelete
from assistants_sync.model.project import ApiReference, DriftPolicy


def _as_text(value: object) -> object:
    match value:
        case bool():
            return str(value).lower()
        case int() | float():
            return str(value)
        case _:
            return value


_Key = Annotated[str, Field(pattern=rf"^{KEY.pattern}$")]
_Name = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
_Server = Annotated[str, Field(pattern=r"^https?://[^\s/@?]+/?[^\s@?]*$")]
_Method = Annotated[str, Field(pattern=r"^[A-Z]+$")]
_Variables = dict[
    Annotated[str, Field(pattern=rf"^{NAME}$")], Annotated[str, BeforeValidator(_as_text)]
]


class _Part(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class ApiPart(_Part):
    """`api`: how to reach the API; times are seconds."""

    base_url: Annotated[str, Field(pattern=r"^https?://[^\s/]+\S*$")] | None = None
    timeout_seconds: Annotated[float, Field(gt=0)] | None = None
    settle_seconds: Annotated[float, Field(ge=0)] | None = None


class SafetyPart(_Part):
    """`safety`: the brakes on deletions."""

    allow_empty: bool | None = None
    max_deletes: Annotated[int, Field(ge=0)] | None = None
    max_delete_ratio: Annotated[float, Field(ge=0, le=1)] | None = None
    max_destructive_updates: Annotated[int, Field(ge=0)] | None = None
    protect_all: bool | None = None
    quarantine_days: Annotated[int, Field(ge=0)] | None = None


class HttpPart(_Part):
    """`state.http`: how a server of the Terraform HTTP protocol locks and writes."""

    lock_url: _Server | None = None
    unlock_url: _Server | None = None
    lock_method: _Method | None = None
    unlock_method: _Method | None = None
    update_method: _Method | None = None


class StatePart(_Part):
    """`state`: where state is kept."""

    dir: str | None = None
    url: Annotated[str, Field(pattern=r"^(s3|gs|az|postgres|postgresql|https?)://\S+$")] | None = (
        None
    )
    http: HttpPart | None = None


class MovedPart(_Part):
    """One of `moved`: the same thing under another address."""

    source: Annotated[str, Field(alias="from")]
    to: str


class RemovedPart(_Part):
    """One of `removed`: consent by name to what happens to a thing that is gone."""

    address: str
    action: OnDelete = "delete"
    replace_with: str | None = None


class EnvironmentPart(_Part):
    """One of `environments`; what it says goes over what the project says, key by key."""

    token_env: _Name | None = None
    org_id: str | None = None
    vars: _Variables | None = None
    drift: DriftPolicy | None = None
    safety: SafetyPart | None = None
    api: ApiPart | None = None
    state: StatePart | None = None


class ProjectPart(_Part):
    """The whole project file."""

    project: _Key
    definitions: str | None = None
    api_reference: Annotated[ApiReference, BeforeValidator(_as_text)] | None = None
    unknown_fields: Literal["error", "warn"] | None = None
    api: ApiPart | None = None
    state: StatePart | None = None
    vars: _Variables | None = None
    drift: DriftPolicy | None = None
    safety: SafetyPart | None = None
    moved: list[MovedPart] | None = None
    removed: list[RemovedPart] | None = None
    environments: dict[_Key, EnvironmentPart | None] | None = None


SECTIONS: Final[dict[str, type[_Part]]] = {
    "api": ApiPart,
    "safety": SafetyPart,
    "state": StatePart,
    "http": HttpPart,
    "moved": MovedPart,
    "removed": RemovedPart,
    "environments": EnvironmentPart,
}
"""What may stand below each key that has keys of its own."""
