"""The files of one environment of a gitops repository, as its own loader finds them."""

import os
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from assistants_sync.definitions.files import read_text
from assistants_sync.errors import SyncError, UsageError
from assistants_sync.gitops.names import (
    ASSISTANTS,
    FOLDERS,
    SUFFIXES,
    environments_of,
    is_backup,
    is_ignored,
    is_shared,
)
from assistants_sync.gitops.state_file import Ids, read_state
from assistants_sync.model.diagnostic import Diagnostic
from assistants_sync.model.source import SourceRef


@dataclass(frozen=True, slots=True)
class GitopsTree:
    """One environment: the file of each assistant by slug, the slugs of other kinds, the ids.

    `root` is resolved. `refused` are the files that nobody can take, and why. `has_state` is
    False where the environment has no state file: it was never pushed.
    """

    root: Path
    environment: str
    files: Mapping[str, Path]
    others: Mapping[str, tuple[str, ...]]
    ids: Ids = field(default_factory=dict)
    variables: tuple[str, ...] = ()
    refused: tuple[Diagnostic, ...] = ()
    has_state: bool = True

    @classmethod
    def read(cls, root: Path, environment: str) -> Self:
        """List the files of an environment, and read its state file.

        Raises:
            UsageError: there is no such environment.
            DefinitionError: its state file cannot be read.
            SyncError: a folder cannot be.
        """
        root = root.resolve()
        if environment not in environments_of(root):
            raise UsageError(
                "Not a gitops repository",
                f"{root} has neither resources/{environment} nor .vapi-state.{environment}.json",
            )
        base = root / "resources" / ("" if is_shared(root) else environment)
        ignored = _ignored(root, base / ".vapi-ignore")
        found = {
            kind: [*_files(base / folder, folder, ignored)] for kind, folder in FOLDERS.items()
        }
        state = read_state(root, environment)
        ids, variables = state or ({}, ())
        files, refused = _of_assistants(root, found.pop(ASSISTANTS))
        others = {
            kind: tuple(sorted({slug for slug, _ in each})) for kind, each in found.items() if each
        }
        return cls(
            root, environment, files, others, ids, variables, refused, has_state=state is not None
        )

    def id_of(self, kind: str, slug: str) -> str | None:
        """Give the id its state file has for a slug of a kind (in our word for it)."""
        return self.ids.get(kind, {}).get(slug)

    @property
    def strays(self) -> Mapping[str, str]:
        """Give the assistants its state file knows and no file defines, with their ids."""
        refused = {each.where.file for each in self.refused if each.where}
        slugs = {*self.files, *map(_slug_in, refused)}
        return {
            slug: remote_id
            for slug, remote_id in self.ids.get("assistant", {}).items()
            if slug not in slugs
        }


def _of_assistants(
    root: Path, found: list[tuple[str, Path]]
) -> tuple[dict[str, Path], tuple[Diagnostic, ...]]:
    counts = Counter(slug for slug, _ in found)
    files: dict[str, Path] = {}
    refused: list[Diagnostic] = []
    for slug, path in found:
        where = SourceRef(path.relative_to(root).as_posix())
        if counts[slug] > 1:
            refused.append(_refused("two files have this slug", where, "keep one of them"))
        elif path.suffix == ".ts":
            hint = "write what it exports as YAML; its ids and its place stay as they are"
            refused.append(_refused("a program is not run to find out what it says", where, hint))
        else:
            files[slug] = path
    return files, tuple(refused)


def _refused(detail: str, where: SourceRef, hint: str) -> Diagnostic:
    return Diagnostic("not_taken", "A file is left", detail, where, hint=hint)


def _slug_in(name: str) -> str:
    return name.partition(f"{ASSISTANTS}/")[2].rpartition(".")[0]


def _ignored(root: Path, path: Path) -> tuple[str, ...]:
    if not path.exists():
        return ()
    text = read_text(root, path, SourceRef(path.relative_to(root).as_posix()))
    lines = (line.strip() for line in text.split("\n"))
    return tuple(line for line in lines if line and line[0] not in "#!")


def _files(folder: Path, name: str, ignored: tuple[str, ...]) -> Iterator[tuple[str, Path]]:
    """Give every slug below a folder with its file: its path there, without the suffix."""

    def note(failure: OSError) -> None:
        raise SyncError("A folder cannot be read", f"{failure.filename}: {failure.strerror}")

    for here, folders, names in os.walk(folder, onerror=note) if folder.is_dir() else ():
        for each in (Path(here, each) for each in folders):
            if each.is_symlink():
                raise SyncError("A folder is a link", f"{each} is not followed; nothing was taken")
        folders[:] = sorted(each for each in folders if not each.startswith("."))
        for path in (Path(here, each) for each in sorted(names) if not each.startswith(".")):
            slug = path.relative_to(folder).as_posix().removesuffix(path.suffix)
            is_loaded = path.suffix in SUFFIXES and not is_backup(path)
            if is_loaded and not is_ignored(name, slug, ignored):
                yield slug, path
