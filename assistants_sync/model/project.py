"""The project: its settings, for one environment, as the project file and its defaults say."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal

from assistants_sync.model.definition import Move, Removal

ApiReference = Literal["2024", "2026"]
DriftPolicy = Literal["revert", "keep", "fail"]
SchemaPolicy = Literal["warn", "strict", "off"]
PolicyName = Literal[
    "require_protect",
    "name_pattern",
    "max_prompt_length",
    "required_fields",
    "forbidden_models",
    "forbidden_voices",
    "no_inline_secrets",
]
LintName = Literal[
    "prompt_repeated",
    "prompt_empty",
    "max_tokens_small",
    "tool_not_attached",
    "tool_listed_twice",
    "voice_key_misplaced",
    "hook_never_runs",
    "name_long",
    "server_without_secret",
    "deprecated_key",
    "legacy_key",
]
LintCode = Literal[LintName, "unused_exception"]
LintLevel = Literal["off", "warn", "error"]

DEFAULT_BASE_URL = "https://api.vapi.ai"
DEFAULT_ENVIRONMENT = "default"


@dataclass(frozen=True, slots=True)
class Safety:
    """The brakes of an environment; the lower of the built-in limit and its own holds.

    `protect_all` protects every owned assistant; `quarantine_days` is the grace of a quarantined
    one; `plan_ttl` is how old a saved plan may be when it is applied, None: of any age.
    """

    allow_empty: bool = False
    max_deletes: int | None = None
    max_delete_ratio: float = 0.2
    max_destructive_updates: int | None = None
    protect_all: bool = False
    quarantine_days: int = 14
    plan_ttl: timedelta | None = None


@dataclass(frozen=True, slots=True)
class ApiSettings:
    """How to reach the API. Times are seconds.

    `timeout_seconds` bounds one request whole; `settle_seconds` is how much longer a request the
    server may still hold could take effect.
    """

    base_url: str = DEFAULT_BASE_URL
    timeout_seconds: float = 60.0
    settle_seconds: float = 60.0


@dataclass(frozen=True, slots=True)
class HttpState:
    """How a server of the Terraform HTTP protocol locks and writes; None: as it usually is."""

    lock_url: str | None = None
    unlock_url: str | None = None
    lock_method: str | None = None
    unlock_method: str | None = None
    update_method: str | None = None
    journal_url: str | None = None


@dataclass(frozen=True, slots=True)
class StateSettings:
    """Where state is kept: in a folder of the project, or at a URL that a team shares."""

    dir: str = "state"
    url: str | None = None
    http: HttpState = HttpState()


@dataclass(frozen=True, slots=True)
class Policies:
    """What every definition of an environment has to keep to; as it stands here, all are off.

    `name_pattern` is a regular expression the whole name fits. `max_prompt_length` counts the
    characters of all system text. `required_fields` are JSON Pointers. The globs are matched with
    `provider/name` and with the name alone.
    """

    require_protect: bool = False
    name_pattern: str | None = None
    max_prompt_length: int | None = None
    required_fields: tuple[str, ...] = ()
    forbidden_models: tuple[str, ...] = ()
    forbidden_voices: tuple[str, ...] = ()
    no_inline_secrets: bool = False


@dataclass(frozen=True, slots=True)
class Environment:
    """One organisation, token and state. `token_env` names the variable that holds the key.

    `secret_command` prints the secret whose name takes the place of `{name}` in it.
    `lints` says how loud some lints are; those it does not name warn.
    """

    name: str = DEFAULT_ENVIRONMENT
    token_env: str | None = None
    org_id: str | None = None
    drift: DriftPolicy = "revert"
    safety: Safety = Safety()
    api: ApiSettings = ApiSettings()
    state: StateSettings = StateSettings()
    policies: Policies = Policies()
    secret_command: tuple[str, ...] = ()
    lints: Mapping[LintCode, LintLevel] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Project:
    """The project file, read for one environment. Folders are relative to the project's own.

    `environments` are the names of all there are. `schema_policy` is what becomes of a nested
    object that a pulled API document refuses.
    """

    name: str
    environment: Environment = Environment()
    environments: tuple[str, ...] = ()
    definitions_dir: str = "assistants"
    api_reference: ApiReference | None = None
    strict_fields: bool = True
    schema_policy: SchemaPolicy = "warn"
    moves: tuple[Move, ...] = ()
    removals: tuple[Removal, ...] = ()
