"""The project folder to what it wants: every fault of every file at once, or everything valid."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from assistants_sync.definitions.cache.codec import Known
from assistants_sync.definitions.cache.store import DefinitionCache
from assistants_sync.definitions.documents import read_documents
from assistants_sync.definitions.faults import Faults, did_you_mean
from assistants_sync.definitions.fields import check_fields
from assistants_sync.definitions.lifecycle import RESERVED, read_lifecycle
from assistants_sync.definitions.lints import check_lints
from assistants_sync.definitions.openapi.pulled import check_nested
from assistants_sync.definitions.policies import check_policies
from assistants_sync.definitions.project_file import ProjectFile, environment_names, load_project
from assistants_sync.definitions.resolve import Resolver
from assistants_sync.definitions.secrets import seal_unbound
from assistants_sync.definitions.yaml_text import Document
from assistants_sync.errors import DefinitionError
from assistants_sync.model.address import Address, kind_of
from assistants_sync.model.definition import Definition, Desired
from assistants_sync.model.diagnostic import Diagnostic
from assistants_sync.model.project import Project
from assistants_sync.model.value import Ref
from assistants_sync.resources import KINDS


@dataclass(frozen=True, slots=True)
class Loaded:
    """A valid project: its settings for one environment, its definitions, and what to warn of."""

    project: Project
    desired: Desired
    warnings: tuple[Diagnostic, ...] = ()


def load(root: Path, environment: str | None, cache_folder: Path | None = None) -> Loaded:
    """Read a project folder for one environment; a `!secret` is named, not yet bound.

    With a `cache_folder`, what has not changed since it was last read is taken from there.

    Raises:
        DefinitionError: something is not valid. It carries every fault: of the project file
            alone if that has any, since it says where everything else is.
    """
    root = root.resolve()
    file = load_project(root, environment)
    project = file.project
    faults = Faults()
    found: dict[Address, Definition] = {}
    with DefinitionCache(cache_folder, root, project) as cache:
        for address, written in read_documents(root, project, cache, faults).items():
            if isinstance(written, Document):
                known, errors = _read_definition(root, address, written, project)
                faults.extend(errors)
                if not errors:
                    cache.learn(known)
            else:
                known = written
            faults.extend(known.warnings)
            found[address] = known.definition
    check_nested(root, project, found.values(), faults)
    if not faults.errors:
        _check_moves(file, found, faults)
        _check_refs(found, faults)
        _check_overlays(project, found, faults)
    faults.check()
    desired = Desired(
        definitions=found,
        moves=project.moves,
        removals={each.address: each for each in project.removals},
        has_folder=(root / project.definitions_dir).is_dir(),
    )
    return Loaded(project, desired, faults.warnings)


def load_each(root: Path, cache_folder: Path | None = None) -> tuple[Loaded, ...]:
    """Read a project folder for every environment it names.

    Raises:
        DefinitionError: something is not valid in one of them; each fault is told once.
    """
    loaded, found = [], list[Diagnostic]()
    for name in environment_names(root.resolve()) or (None,):
        try:
            loaded.append(load(root, name, cache_folder))
        except DefinitionError as failure:
            found += failure.diagnostics
    if found:
        raise DefinitionError(tuple(dict.fromkeys(found)))
    return tuple(loaded)


def _read_definition(
    root: Path, address: Address, document: Document, project: Project
) -> tuple[Known, tuple[Diagnostic, ...]]:
    """Give what a document means, and what is wrong with it."""
    faults = Faults(address)
    fields = document.value
    if not isinstance(fields, Mapping):
        raise TypeError("documents have fields")
    kind = KINDS[kind_of(address)]
    lifecycle, exceptions = read_lifecycle(fields, document, faults)
    resolver = Resolver(root, project.environment.variables, faults)
    written = {name: each for name, each in fields.items() if name not in RESERVED}
    body = resolver.fields(written, document)
    definition = Definition(address, body, document.where, lifecycle, document.places)
    # What could not be read might seem to break a policy that it keeps.
    if not faults.errors:
        check_policies(kind, definition, project.environment, exceptions.policies, faults)
        check_lints(kind, definition, project.environment.lints, exceptions.lints, faults)
    check_fields(kind, definition, project, faults)
    definition = replace(definition, body=seal_unbound(kind, body))
    return Known(definition, faults.warnings, resolver.included), faults.errors


def _check_refs(found: Mapping[Address, Definition], faults: Faults) -> None:
    """Note every `!ref` to what is not defined: it has no id that stays."""
    for definition in found.values():
        faults.address = definition.address
        for path, each in definition.ids:
            if isinstance(each, Ref) and each.address not in found:
                faults.add(
                    "Reference to nothing",
                    f"`{each.address}` is not defined",
                    definition.place(path),
                    hint=did_you_mean(each.address, found)
                    or "for one that is not managed here: `!lookup {kind: assistant, name: …}`",
                )
    faults.address = None


def _check_overlays(project: Project, found: Mapping[Address, Definition], faults: Faults) -> None:
    """Tell of what looks like an overlay and is an assistant: its environment is misspelt."""
    for address, definition in found.items():
        base, dot, last = address.rpartition(".")
        near = did_you_mean(last, project.environments) if dot and base in found else None
        if near:
            faults.address = address
            faults.add(
                "Perhaps an overlay",
                f"there is no environment `{last}`, so this is an assistant of its own",
                definition.where,
                hint=near,
                severity="warning",
            )
    faults.address = None


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
