"""The files of a project to one document for each address, overlays of its environment laid over.

`KEY.ENVIRONMENT.yaml` is an overlay where the project file names such an environment: it says what
differs there from `KEY.yaml`, or all of an assistant that is only there.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from assistants_sync.definitions.faults import Faults
from assistants_sync.definitions.files import read_text
from assistants_sync.definitions.front_matter import read_markdown
from assistants_sync.definitions.lifecycle import read_address
from assistants_sync.definitions.overlays import overlaid
from assistants_sync.definitions.project_file import FILE_NAME
from assistants_sync.definitions.yaml_text import Document, parse_documents
from assistants_sync.errors import DefinitionError
from assistants_sync.model.address import Address
from assistants_sync.model.project import Project
from assistants_sync.model.source import SourceRef

_SUFFIXES: Final = frozenset({".yaml", ".yml", ".md"})


def read_documents(root: Path, project: Project, faults: Faults) -> dict[Address, Document]:
    """Give what is written for one environment, by address, in the order of the files' names."""
    bases: dict[Address, Document] = {}
    overlays: dict[Address, Document] = {}
    for path in definition_files(root, root / project.definitions_dir, faults):
        environment = _environment_of(path, project.environments)
        if environment not in {None, project.environment.name}:
            continue
        stem = path.stem.removesuffix(f".{environment}")
        _read_file(root, path, stem, overlays if environment else bases, faults)
    return {
        address: overlaid(bases[address], overlays[address])
        if address in bases and address in overlays
        else overlays.get(address) or bases[address]
        for address in (*bases, *(each for each in overlays if each not in bases))
    }


def _environment_of(path: Path, environments: tuple[str, ...]) -> str | None:
    """The longest name wins: `a.eu.prod` is of `eu.prod`, where there is such an environment."""
    fitting = [each for each in environments if path.stem.endswith(f".{each}")]
    return max(fitting, key=len, default=None)


def definition_files(root: Path, folder: Path, faults: Faults) -> list[Path]:
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


def _read_file(
    root: Path, path: Path, stem: str, found: dict[Address, Document], faults: Faults
) -> None:
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
        return
    for each in documents:
        address = _address(each, stem if len(documents) == 1 else None, faults)
        if address is None:
            continue
        other = found.setdefault(address, each)
        if other is not each:
            faults.address = address
            faults.add(
                "Two definitions of one address",
                f"`{address}` stands here and at {other.where}",
                each.where,
                hint="give one of them another `key`",
            )
            faults.address = None


def _address(document: Document, stem: str | None, faults: Faults) -> Address | None:
    if not isinstance(document.value, Mapping):
        faults.add("Not a definition", "a definition is an object with fields", document.where)
        return None
    return read_address(document.value, document, stem, faults)
