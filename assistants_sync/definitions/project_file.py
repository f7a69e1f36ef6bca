"""The project file, `assistants-sync.yaml`, read for one environment."""

from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final, TypeVar
from urllib.parse import urlsplit

from pydantic import BaseModel

from assistants_sync.definitions.faults import Faults, did_you_mean, error
from assistants_sync.definitions.files import read_text
from assistants_sync.definitions.lifecycle import read_successor
from assistants_sync.definitions.project_schema import (
    SECTIONS,
    ApiPart,
    EnvironmentPart,
    PoliciesPart,
    ProjectPart,
    SafetyPart,
    StatePart,
)
from assistants_sync.definitions.schema import read_part
from assistants_sync.definitions.yaml_text import Document, parse_documents
from assistants_sync.model.address import Address, parse_address
from assistants_sync.model.definition import Move, Removal
from assistants_sync.model.project import (
    DEFAULT_ENVIRONMENT,
    ApiSettings,
    Environment,
    HttpState,
    Policies,
    Project,
    Safety,
    StateSettings,
)
from assistants_sync.model.source import SourceRef
from assistants_sync.model.value import FieldPath
from assistants_sync.resources import KINDS

FILE_NAME: Final = "assistants-sync.yaml"

P = TypeVar("P", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class ProjectFile:
    """The project, and where its parts were written."""

    project: Project
    document: Document

    def place(self, *path: str) -> SourceRef:
        """Give the place of a key of the project file."""
        return self.document.place(path)


def load_project(root: Path, environment: str | None) -> ProjectFile:
    """Give the project for one environment, `default` when none is named. `root` is resolved.

    Raises:
        DefinitionError: there is no project file, it is not valid, or has no such environment.
    """
    return _read_project(_read(root), environment)


def parse_project(text: str, environment: str | None) -> ProjectFile:
    """Give the project that a project file of this text would say.

    Raises:
        DefinitionError: it is not valid, or has no such environment.
    """
    return _read_project(_only(parse_documents(text, FILE_NAME)), environment)


def _read_project(document: Document, environment: str | None) -> ProjectFile:
    faults = Faults()
    part = read_part(ProjectPart, document, (), faults, SECTIONS)
    faults.check()
    if part is None:
        raise AssertionError("a part is refused with a fault")
    project = Project(
        name=part.project,
        environment=_environment(part, environment, document, faults),
        environments=tuple(part.environments or ()),
        definitions_dir=_folder(
            part.definitions or "assistants", ("definitions",), document, faults
        ),
        api_reference=part.api_reference,
        strict_fields=part.unknown_fields != "warn",
        schema_policy=part.schema_policy or "warn",
        moves=_moves(part, document, faults),
        removals=_removals(part, document, faults),
    )
    faults.check()
    return ProjectFile(project, document)


def environment_names(root: Path) -> tuple[str, ...]:
    """Give the environments a project names, in its order; none where it has only the default one.

    Raises:
        DefinitionError: there is no project file, or it is not valid.
    """
    faults = Faults()
    part = read_part(ProjectPart, _read(root), (), faults, SECTIONS)
    faults.check()
    return tuple((part.environments if part else None) or ())


def definitions_folder(root: Path) -> str:
    """Give the folder of the definitions, relative to the project's, whatever the environment.

    Raises:
        DefinitionError: there is no project file, or it is not valid.
    """
    faults, document = Faults(), _read(root)
    part = read_part(ProjectPart, document, (), faults, SECTIONS)
    name = (part.definitions if part else None) or "assistants"
    folder = _folder(name, ("definitions",), document, faults)
    faults.check()
    return folder


def _read(root: Path) -> Document:
    where = SourceRef(FILE_NAME)
    if not (root / FILE_NAME).exists():
        raise error(
            "No project file",
            f"there is no {FILE_NAME} in this folder",
            where,
            hint=f"run from the project's folder, or write a {FILE_NAME} with `project: NAME`",
        )
    return _only(parse_documents(read_text(root, root / FILE_NAME, where), FILE_NAME))


def _only(documents: tuple[Document, ...]) -> Document:
    if len(documents) != 1:
        where = SourceRef(FILE_NAME)
        raise error("Not one document", f"{FILE_NAME} holds {len(documents)} documents", where)
    return documents[0]


def _environment(
    part: ProjectPart, name: str | None, document: Document, faults: Faults
) -> Environment:
    wanted = name or DEFAULT_ENVIRONMENT
    known = part.environments or {}
    if wanted not in known and (known or wanted != DEFAULT_ENVIRONMENT):
        raise error(
            "Unknown environment",
            f"`{wanted}` is not among the environments: {', '.join(known) or 'there are none'}",
            document.place(("environments",)),
            hint=did_you_mean(wanted, known) or "name one of them with --env",
        )
    own = known.get(wanted) or EnvironmentPart()
    return Environment(
        name=wanted,
        token_env=own.token_env,
        org_id=own.org_id,
        drift=own.drift or part.drift or "revert",
        safety=Safety(**_over(part.safety, own.safety, SafetyPart).model_dump(exclude_none=True)),
        api=ApiSettings(**_over(part.api, own.api, ApiPart).model_dump(exclude_none=True)),
        state=_state(part, own, wanted, document, faults),
        policies=_policies(part, own),
        lints={**(part.lints or {}), **(own.lints or {})},
        secret_command=tuple(own.secret_command or part.secret_command or ()),
        variables={**(part.vars or {}), **(own.vars or {})},
    )


def _state(
    part: ProjectPart, own: EnvironmentPart, name: str, document: Document, faults: Faults
) -> StateSettings:
    said = _over(part.state, own.state, StatePart)
    above: FieldPath = ("environments", name) if own.state else ()
    if said.url is not None and _holds_password(said.url):
        faults.add(
            "A password in the project file",
            "`state.url` bears a credential that everybody who reads this file would have",
            document.place((*above, "state", "url")),
            hint="leave it to the environment; the README says which variables are read",
        )
    folder = _folder(said.dir or "state", (*above, "state", "dir"), document, faults)
    http = HttpState(**said.http.model_dump()) if said.http else HttpState()
    return StateSettings(dir=folder, url=said.url, http=http)


def _holds_password(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return True
    return parts.password is not None or bool(parts.query)


def _policies(part: ProjectPart, own: EnvironmentPart) -> Policies:
    said = _over(part.policies, own.policies, PoliciesPart)
    return Policies(
        require_protect=said.require_protect or False,
        name_pattern=said.name_pattern,
        max_prompt_length=said.max_prompt_length,
        required_fields=tuple(said.required_fields or ()),
        forbidden_models=tuple(said.forbidden_models or ()),
        forbidden_voices=tuple(said.forbidden_voices or ()),
        no_inline_secrets=said.no_inline_secrets or False,
    )


def _over(base: P | None, own: P | None, model: type[P]) -> P:
    """Lay what an environment says over what the project says, key by key."""
    said = [each.model_dump(exclude_none=True) for each in (base, own) if each]
    return model.model_validate({key: value for each in said for key, value in each.items()})


def _folder(name: str, path: FieldPath, document: Document, faults: Faults) -> str:
    folder = PurePosixPath(name)
    if folder.is_absolute() or ".." in folder.parts or "\\" in name or ":" in name:
        faults.add(
            "Folder outside the project",
            f"`{name}` is not a relative path inside the project",
            document.place(path),
        )
    return folder.as_posix()


def _moves(part: ProjectPart, document: Document, faults: Faults) -> tuple[Move, ...]:
    moves: list[Move] = []
    for index, each in enumerate(part.moved or []):
        at = ("moved", str(index))
        source = _address(each.source, (*at, "from"), document, faults)
        target = _address(each.to, (*at, "to"), document, faults)
        if source is None or target is None:
            continue
        if any(source == other.source or target == other.target for other in moves):
            faults.add(
                "Moved twice", f"`{source}` or `{target}` is moved already", document.place(at)
            )
        moves.append(Move(source, target))
    return tuple(moves)


def _removals(part: ProjectPart, document: Document, faults: Faults) -> tuple[Removal, ...]:
    removals: dict[Address, Removal] = {}
    for index, each in enumerate(part.removed or []):
        at = ("removed", str(index), "address")
        address = _address(each.address, at, document, faults)
        if address is None:
            continue
        if address in removals:
            faults.add("Removed twice", f"`{address}` is removed already", document.place(at))
        successor = read_successor(
            each.replace_with, document.place(("removed", str(index), "replace_with")), faults
        )
        removals[address] = Removal(address, each.action, successor)
    return tuple(removals.values())


def _address(text: str, path: FieldPath, document: Document, faults: Faults) -> Address | None:
    try:
        return parse_address(text, tuple(KINDS))
    except ValueError as refused:
        faults.add("Bad address", str(refused), document.place(path))
        return None
