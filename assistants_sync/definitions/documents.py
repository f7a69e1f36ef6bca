"""The files of a project to one document for each address, overlays of its environment laid over.

`KEY.ENVIRONMENT.yaml` is an overlay where the project file names such an environment: it says what
differs there from `KEY.yaml`, or all of an assistant that is only there.
"""

import os
from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Final, TypeAlias, TypeVar

from assistants_sync.definitions.cache.codec import Known
from assistants_sync.definitions.cache.store import DefinitionCache
from assistants_sync.definitions.faults import Faults
from assistants_sync.definitions.files import Texts
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


Written: TypeAlias = Document | Known
"""What stands under an address: a document still to be read, or what is known of it."""
_Any = TypeVar("_Any", bound=Written)


def read_documents(
    root: Path, project: Project, cache: DefinitionCache, faults: Faults
) -> dict[Address, Written]:
    """Give what is written for one environment, by address, in the order of the files' names."""
    bases: dict[Address, Written] = {}
    overlays: dict[Address, Document] = {}
    texts = Texts(root)
    files = definition_files(root, root / project.definitions_dir, faults)
    named = [(_environment_of(path, project.environments), path) for path in files]
    for path in (path for environment, path in named if environment == project.environment.name):
        name = _name(root, path)
        text = _text(texts, name, faults)
        if text is not None:
            stem = path.stem.removesuffix(f".{project.environment.name}")
            _add(_parsed(text, path, name, stem, faults), overlays, faults)
    for path in (path for environment, path in named if environment is None):
        _add(_read_base(texts, path, _name(root, path), overlays, cache, faults), bases, faults)
    return {**bases, **{each: _over(bases.get(each), over) for each, over in overlays.items()}}


def _over(base: Written | None, overlay: Document) -> Document:
    return overlaid(base, overlay) if isinstance(base, Document) else overlay


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


def _read_base(
    texts: Texts,
    path: Path,
    name: str,
    overlays: Mapping[Address, Document],
    cache: DefinitionCache,
    faults: Faults,
) -> list[tuple[Address, Written]]:
    """Give what a file defines: from the cache where nothing lies over it, read otherwise."""
    text = _text(texts, name, faults)
    if text is None:
        return []
    known = cache.get(name, text, partial(_included, texts))
    if known is not None and not any(each.definition.address in overlays for each in known):
        return [(each.definition.address, each) for each in known]
    own = Faults()
    found = _parsed(text, path, name, path.stem, own)
    faults.extend((*own.errors, *own.warnings))
    if not own.errors and not any(address in overlays for address, _ in found):
        cache.missed(name, text, [address for address, _ in found])
    return list(found)


def _name(root: Path, path: Path) -> str:
    return path.as_posix().removeprefix(f"{root.as_posix()}/")


def _text(texts: Texts, name: str, faults: Faults) -> str | None:
    try:
        return texts.read(name, SourceRef(name))
    except DefinitionError as failure:
        faults.extend(failure.diagnostics)
        return None


def _included(texts: Texts, name: str) -> str | None:
    try:
        return texts.read(name, SourceRef(name))
    except DefinitionError:
        return None


def _parsed(
    text: str, path: Path, name: str, stem: str, faults: Faults
) -> list[tuple[Address, Document]]:
    try:
        if path.suffix == ".md":
            document = read_markdown(text, name)
            documents = [document] if document else []
        else:
            documents = [each for each in parse_documents(text, name) if each.value is not None]
    except DefinitionError as failure:
        faults.extend(failure.diagnostics)
        return []
    is_alone = len(documents) == 1
    named = [(_address(each, stem if is_alone else None, faults), each) for each in documents]
    return [(address, each) for address, each in named if address is not None]


def _add(found: Iterable[tuple[Address, _Any]], to: dict[Address, _Any], faults: Faults) -> None:
    for address, each in found:
        other = to.setdefault(address, each)
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
