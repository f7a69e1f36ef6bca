"""The project folder to what it wants: every fault of every file at once, or everything valid."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from assistants_sync.definitions.faults import Faults
from assistants_sync.definitions.fields import check_fields
from assistants_sync.definitions.files import read_text
from assistants_sync.definitions.front_matter import read_markdown
from assistants_sync.definitions.lifecycle import RESERVED, read_address, read_lifecycle
from assistants_sync.definitions.policies import check_policies
from assistants_sync.definitions.project_file import FILE_NAME, ProjectFile, load_project
from assistants_sync.definitions.resolve import Resolver
from assistants_sync.definitions.secrets import seal_unbound
from assistants_sync.definitions.yaml_text import Document, parse_documents
from assistants_sync.errors import DefinitionError
from assistants_sync.model.address import Address, kind_of
from assistants_sync.model.definition import Definition, Desired
from assistants_sync.model.diagnostic import Diagnostic
from assistants_sync.model.project import Project
from assistants_sync.model.source import SourceRef
from assistants_sync.resources import KINDS

_SUFFIXES: Final = frozenset({".yaml", ".yml", ".md"})


@dataclass(frozen=True, slots=True)
class Loaded:
    """A valid project: its settings for one environment, its definitions, and what to warn of."""

    project: Project
    desired: Desired
    warnings: tuple[Diagnostic, ...] = ()


def load(root: Path, environment: str | None) -> Loaded:
    """Read a project folder for one environment; a `!secret` is named, not yet bound.

    Raises:
        DefinitionError: something is not valid. It carries every fault: of the project file
            alone if that has any, since it says where everything else is.
    """
    root = root.resolve()
    file = load_project(root, environment)
    project = file.project
    folder = root / project.definitions_dir
    faults = Faults()
    found: dict[Address, Definition] = {}
    for path in _definition_files(root, folder, faults):
        for definition in _read_file(root, path, project, faults):
            other = found.setdefault(definition.address, definition)
            if other is not definition:
                faults.address = definition.address
                faults.add(
                    "Two definitions of one address",
                    f"`{definition.address}` stands here and at {other.where}",
                    definition.where,
                    hint="give one of them another `key`",
                )
    faults.address = None
    if not faults.errors:
        _check_moves(file, found, faults)
    faults.check()
    desired = Desired(
        definitions=found,
        moves=project.moves,
        removals={each.address: each for each in project.removals},
        has_folder=folder.is_dir(),
    )
    return Loaded(project, desired, faults.warnings)


def _definition_files(root: Path, folder: Path, faults: Faults) -> list[Path]:
    """Give the files that may be definitions, sorted; what cannot be looked into is a fault.

    A folder passed over in silence would make its assistants look deleted.
    """

    def note(failure: OSError) -> None:
        name = Path(failure.filename).relative_to(root).as_posix()
        faults.add("Folder cannot be read", f"{failure.strerror}", SourceRef(name))

    files: list[Path] = []
    if not folder.is_dir():
        return files
    for here, folders, names in os.walk(folder, onerror=note):
        folders[:] = [each for each in folders if not each.startswith(".")]
        for linked in (Path(here, each) for each in folders if Path(here, each).is_symlink()):
            where = SourceRef(linked.relative_to(root).as_posix())
            faults.add("Linked folder", "a link to a folder is not followed", where)
        files += [Path(here, each) for each in names if not each.startswith(".")]
    return sorted(each for each in files if each.suffix in _SUFFIXES and each != root / FILE_NAME)


def _read_file(root: Path, path: Path, project: Project, faults: Faults) -> list[Definition]:
    name = path.relative_to(root).as_posix()
    try:
        text = read_text(root, path, SourceRef(name))
        if path.suffix == ".md":
            document = read_markdown(text, name)
            documents = [document] if document else []
        else:
            documents = [each for each in parse_documents(text, name) if each.value is not None]
    except DefinitionError as failure:
        faults.extend(failure.diagnostics)
        return []
    stem = path.stem if len(documents) == 1 else None
    read = (_read_definition(root, each, stem, project) for each in documents)
    definitions: list[Definition] = []
    for definition, own in read:
        faults.extend((*own.errors, *own.warnings))
        if definition:
            definitions.append(definition)
    return definitions


def _read_definition(
    root: Path, document: Document, stem: str | None, project: Project
) -> tuple[Definition | None, Faults]:
    faults = Faults()
    fields = document.value
    if not isinstance(fields, Mapping):
        faults.add("Not a definition", "a definition is an object with fields", document.where)
        return None, faults
    address = read_address(fields, document, stem, faults)
    if address is None:
        return None, faults
    faults.address = address
    kind = KINDS[kind_of(address)]
    lifecycle, exceptions = read_lifecycle(fields, document, faults)
    resolver = Resolver(root, project.environment.variables, faults)
    written = {name: each for name, each in fields.items() if name not in RESERVED}
    body = resolver.fields(written, document)
    definition = Definition(address, body, document.where, lifecycle, document.places)
    # What could not be read might seem to break a policy that it keeps.
    if not faults.errors:
        check_policies(kind, definition, project.environment, exceptions, faults)
    check_fields(kind, definition, project, faults)
    sealed = seal_unbound(kind, body)
    return Definition(address, sealed, document.where, lifecycle, document.places), faults


def _check_moves(file: ProjectFile, found: Mapping[Address, Definition], faults: Faults) -> None:
    """Note what `moved` and `removed` say that the definitions contradict."""
    for index, move in enumerate(file.project.moves):
        at = ("moved", str(index))
        if move.source in found:
            faults.add(
                "Moved but still defined",
                f"`{move.source}` is moved and defined at {found[move.source].where}",
                file.place(*at, "from"),
                hint="rename the definition, or drop the entry",
            )
        if move.target not in found:
            faults.add(
                "Moved to nothing",
                f"`{move.target}` is not defined",
                file.place(*at, "to"),
                hint="drop the entry when the definition is gone for good",
            )
    for index, removal in enumerate(file.project.removals):
        if removal.address in found:
            faults.add(
                "Removed but still defined",
                f"`{removal.address}` is removed and defined at {found[removal.address].where}",
                file.place("removed", str(index), "address"),
                hint="delete the definition, or drop the entry",
            )
