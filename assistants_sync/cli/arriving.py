"""Definitions from elsewhere, written to the project: all of them or none; those refused go."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from assistants_sync.cli.new_files import remove, write_new
from assistants_sync.cli.session import Session
from assistants_sync.definitions.load import Loaded
from assistants_sync.errors import DefinitionError, GuardError
from assistants_sync.gitops import TakenFile
from assistants_sync.model.address import Address
from assistants_sync.model.diagnostic import Diagnostic

_UNDONE = "nothing was taken"


class Arriving:
    """Writes files of one project; `sessions` are its environments, `before` what they had.

    `refused` is what our reader had against those it took back.
    """

    def __init__(self, sessions: Mapping[str, Session], folder: Path) -> None:
        self._sessions, self._folder = sessions, folder
        self._root = next(iter(sessions.values())).settings.root.resolve()
        self.refused: tuple[Diagnostic, ...] = ()

    def new(self, files: Sequence[TakenFile]) -> list[TakenFile]:
        """Give those that are not there yet; one that says the same already is passed.

        Raises:
            GuardError: something else has the place of one, or its address.
        """
        paths = {self._path(each): each for each in files}
        there = {path for path, each in paths.items() if _holds(path, each.text)}
        refusals = [
            _in_the_way(self._name(path), each.address)
            for path, each in paths.items()
            if path.exists() and path not in there
        ]
        names = {self._name(path) for path in paths}
        arriving = {each.address for each in files}
        for loaded in (session.load() for session in self._sessions.values()):
            for address, definition in loaded.desired.definitions.items():
                if address in arriving and definition.where.file not in names:
                    refusals.append(_in_the_way(definition.where.file, address))
        if refusals:
            raise GuardError(tuple(dict.fromkeys(refusals)))
        return [each for path, each in paths.items() if path not in there]

    def write(self, files: Sequence[TakenFile]) -> dict[str, Loaded]:
        """Write them and read the project back; give it, by environment, with those that stay.

        Raises:
            GuardError: a file is in the way.
            SyncError: one cannot be written; none is left.
            DefinitionError: the project is refused for another reason than one of them.
        """
        paths = {self._path(each): each for each in files}
        named = {self._name(path): each for path, each in paths.items()}
        write_new({path: each.text for path, each in paths.items()}, _UNDONE)
        while True:
            loaded, faults = self._read()
            if not faults:
                return loaded
            blamed = {
                path
                for path, each in paths.items()
                if any(_is_about(fault, each.address, self._name(path)) for fault in faults)
            }
            if not blamed:
                remove(paths)
                raise DefinitionError(faults)
            remove(blamed)
            paths = {path: each for path, each in paths.items() if path not in blamed}
            self.refused += tuple(_at_source(fault, named) for fault in faults)

    def _read(self) -> tuple[dict[str, Loaded], tuple[Diagnostic, ...]]:
        loaded: dict[str, Loaded] = {}
        faults: list[Diagnostic] = []
        for name, session in self._sessions.items():
            try:
                loaded[name] = session.load_known()
            except DefinitionError as refused:
                faults += refused.diagnostics
        return loaded, tuple(dict.fromkeys(faults))

    def _path(self, file: TakenFile) -> Path:
        return self._folder / file.name

    def _name(self, path: Path) -> str:
        return path.relative_to(self._root).as_posix()


def files_of(loaded: Loaded, addresses: Iterable[Address]) -> dict[Address, str]:
    """Give the file of each address that is defined."""
    found = loaded.desired.definitions
    return {each: found[each].where.file for each in addresses if each in found}


def _is_about(fault: Diagnostic, address: Address, name: str) -> bool:
    return fault.address == address or (fault.where is not None and fault.where.file == name)


def _at_source(fault: Diagnostic, named: Mapping[str, TakenFile]) -> Diagnostic:
    """Point a fault at the file it came from: the one that was written is gone again."""
    if fault.where is None or fault.where.file not in named:
        return fault
    return replace(fault, where=replace(fault.where, file=named[fault.where.file].source))


def _holds(path: Path, text: str) -> bool:
    try:
        return path.read_bytes() == text.encode()
    except OSError:
        return False


def _in_the_way(name: str, address: Address) -> Diagnostic:
    return Diagnostic(
        GuardError.code,
        "A file is in the way",
        f"{name}; {_UNDONE}",
        address=address,
        hint="move it away; or keep it, and take the id alone: `import assistant.KEY ID`",
    )
