"""The shape of the project file, key by key, before environments are laid over it."""

import re
import warnings
from datetime import timedelta
from typing import Annotated, Final, Literal, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

from assistants_sync.definitions.variables import NAME
from assistants_sync.model.address import KEY
from assistants_sync.model.definition import OnDelete
from assistants_sync.model.project import (
    ApiReference,
    DriftPolicy,
    LintCode,
    LintLevel,
    SchemaPolicy,
)
from assistants_sync.model.value import from_pointer, to_pointer

_SPAN: Final = re.compile(r"([1-9][0-9]{0,5})([smhd])")
_SECONDS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def _as_text(value: object) -> object:
    match value:
        case bool():
            return str(value).lower()
        case int() | float():
            return str(value)
        case _:
            return value


def _as_span(value: object) -> object:
    if value is None or isinstance(value, timedelta):  # it was read already, to be laid over
        return value
    match = _SPAN.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise PydanticCustomError("span", "a time such as 30m, 24h or 7d")
    return timedelta(seconds=int(match[1]) * _SECONDS[match[2]])


def _as_regex(text: str) -> str:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # Python warns of what it may read otherwise one day
            re.compile(text)
    except (re.error, OverflowError, RecursionError, Warning) as refused:
        message = "a regular expression ({why})"
        raise PydanticCustomError("regex", message, {"why": str(refused)}) from refused
    return text


def _as_pointer(text: str) -> str:
    path = from_pointer(text) if text.startswith("/") else tuple(text.split("."))
    if not all(path) or any(part.endswith("]") for part in path):
        raise PydanticCustomError("field_path", "a path such as `server.url`, into no list")
    return to_pointer(path)


_Key = Annotated[str, Field(pattern=rf"^{KEY.pattern}$")]
_Name = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
_Server = Annotated[str, Field(pattern=r"^https?://[^\s/@?]+/?[^\s@?]*$")]
_Method = Annotated[str, Field(pattern=r"^[A-Z]+$")]
_Variables = dict[
    Annotated[str, Field(pattern=rf"^{NAME}$")],
    Annotated[
        str,
        BeforeValidator(_as_text),
        WithJsonSchema({"type": ["string", "number", "boolean"]}),
    ],
]
_Year = Annotated[
    ApiReference,
    BeforeValidator(_as_text),
    WithJsonSchema({"enum": [*get_args(ApiReference), *map(int, get_args(ApiReference))]}),
]
_Span = Annotated[
    timedelta | None,
    BeforeValidator(_as_span),
    WithJsonSchema({"type": ["string", "null"], "pattern": f"^{_SPAN.pattern}$"}),
]
_Command = Annotated[list[str], Field(min_length=1)]
_Globs = list[Annotated[str, Field(min_length=1)]]


class _Part(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class ApiPart(_Part):
    """`api`: how to reach the API; times are seconds."""

    base_url: Annotated[str, Field(pattern=r"^https?://[^\s/]+\S*$")] | None = None
    timeout_seconds: Annotated[float, Field(gt=0)] | None = None
    settle_seconds: Annotated[float, Field(ge=0)] | None = None


class SafetyPart(_Part):
    """`safety`: the brakes on deletions, and on plans of long ago."""

    allow_empty: bool | None = None
    max_deletes: Annotated[int, Field(ge=0)] | None = None
    max_delete_ratio: Annotated[float, Field(ge=0, le=1)] | None = None
    max_destructive_updates: Annotated[int, Field(ge=0)] | None = None
    protect_all: bool | None = None
    quarantine_days: Annotated[int, Field(ge=0)] | None = None
    plan_ttl: _Span = None


class HttpPart(_Part):
    """`state.http`: how a server of the Terraform HTTP protocol locks and writes."""

    lock_url: _Server | None = None
    unlock_url: _Server | None = None
    lock_method: _Method | None = None
    unlock_method: _Method | None = None
    update_method: _Method | None = None
    journal_url: _Server | None = None


class StatePart(_Part):
    """`state`: where state is kept."""

    dir: str | None = None
    url: Annotated[str, Field(pattern=r"^(s3|gs|az|postgres|postgresql|https?)://\S+$")] | None = (
        None
    )
    http: HttpPart | None = None


class PoliciesPart(_Part):
    """`policies`: what every definition has to keep to; a list replaces the project's."""

    require_protect: bool | None = None
    name_pattern: Annotated[str, AfterValidator(_as_regex)] | None = None
    max_prompt_length: Annotated[int, Field(ge=1)] | None = None
    required_fields: list[Annotated[str, AfterValidator(_as_pointer)]] | None = None
    forbidden_models: _Globs | None = None
    forbidden_voices: _Globs | None = None
    no_inline_secrets: bool | None = None


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
    secret_command: _Command | None = None
    drift: DriftPolicy | None = None
    safety: SafetyPart | None = None
    api: ApiPart | None = None
    state: StatePart | None = None
    policies: PoliciesPart | None = None
    lints: dict[LintCode, LintLevel] | None = None


class ProjectPart(_Part):
    """The whole project file."""

    project: _Key
    definitions: str | None = None
    api_reference: _Year | None = None
    unknown_fields: Literal["error", "warn"] | None = None
    schema_policy: Annotated[SchemaPolicy | None, Field(alias="schema")] = None
    api: ApiPart | None = None
    state: StatePart | None = None
    vars: _Variables | None = None
    secret_command: _Command | None = None
    drift: DriftPolicy | None = None
    safety: SafetyPart | None = None
    policies: PoliciesPart | None = None
    lints: dict[LintCode, LintLevel] | None = None
    moved: list[MovedPart] | None = None
    removed: list[RemovedPart] | None = None
    environments: dict[_Key, EnvironmentPart | None] | None = None


SECTIONS: Final[dict[str, type[_Part]]] = {
    "api": ApiPart,
    "safety": SafetyPart,
    "state": StatePart,
    "http": HttpPart,
    "policies": PoliciesPart,
    "moved": MovedPart,
    "removed": RemovedPart,
    "environments": EnvironmentPart,
}
"""What may stand below each key that has keys of its own."""
