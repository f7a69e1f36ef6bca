"""Definitions of what is taken over, written to the project: all of them, or none."""

from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Final

from assistants_sync.cli.new_files import remove, write_new
from assistants_sync.cli.session import Session
from assistants_sync.definitions.load import Loaded
from assistants_sync.definitions.write import dump_definition
from assistants_sync.errors import DefinitionError
from assistants_sync.importing import Adoption, Draft, Drafts, declared_of, draft_all
from assistants_sync.model.address import key_of
from assistants_sync.model.diagnostic import Diagnostic
from assistants_sync.resources import KINDS

_PROMPTS: Final = "prompts"
_MANY: Final = 20


def drafts_of(loaded: Loaded, adoptions: Sequence[Adoption], *, with_files: bool) -> Drafts:
    """Give the definitions to write; `with_files` puts the system prompts in files of their own."""
    # A Markdown file among the definitions may be one itself.
    is_among = PurePosixPath(_PROMPTS).is_relative_to(loaded.project.definitions_dir)
    file = f"{_PROMPTS}/{{}}.{'txt' if is_among else 'md'}"
    return draft_all(
        KINDS["assistant"],
        loaded.project,
        loaded.desired,
        adoptions,
        file if with_files else None,
    )


def kept(adoptions: Sequence[Adoption], drafts: Drafts) -> tuple[Adoption, ...]:
    """Give those that have a definition, or a draft of one."""
    written = {each.address for each in drafts.drafts}
    return tuple(each for each in adoptions if each.is_defined or each.address in written)


class Keeping:
    """Writes the definitions that are missing, and takes those back that our reader refuses.

    `drafts` are those written, `written` is the project with them.
    """

    def __init__(self, session: Session, loaded: Loaded, *, with_files: bool) -> None:
        self._session, self._with_files = session, with_files
        self.written, self.drafts = loaded, Drafts(())

    def __call__(self, adoptions: Sequence[Adoption]) -> Sequence[Adoption]:
        """Give those that now have a definition.

        Raises:
            GuardError: files are in the way.
            SyncError: a file cannot be written.
            DefinitionError: the project is refused for another reason than one of them.
        """
        self.drafts = drafts_of(self.written, adoptions, with_files=self._with_files)
        root, folder = self._session.settings.root, self.written.project.definitions_dir
        files = {each.address: _files(root, folder, each) for each in self.drafts.drafts}
        texts = {path: text for each in files.values() for path, text in each.items()}
        write_new(texts)
        if len(texts) >= _MANY:
            self._session.console.talk(f"Wrote {len(texts)} files; reading them back")
        while faults := self._read_again():
            ours = files.keys() & {each.address for each in faults}
            if not ours:
                remove(path for each in files.values() for path in each)
                raise DefinitionError(faults)
            for address in ours:
                remove(files.pop(address))
            self.drafts = Drafts(
                tuple(each for each in self.drafts.drafts if each.address in files),
                (*self.drafts.refused, *(each for each in faults if each.address in ours)),
            )
        return kept(adoptions, self.drafts)

    def _read_again(self) -> tuple[Diagnostic, ...]:
        """What our own reader has against the project as it is now: a policy, perhaps."""
        try:
            self.written = self._session.load()
        except DefinitionError as refused:
            return refused.diagnostics
        return ()


def write_definitions(session: Session, loaded: Loaded, adoptions: Sequence[Adoption]) -> None:
    """Write a definition for each that has none, without a secret; nothing is overwritten.

    Raises:
        GuardError: a file is in the way.
        SyncError: it cannot be written.
    """
    root, folder = session.settings.root, loaded.project.definitions_dir
    texts: dict[Path, str] = {}
    for each in adoptions:
        if not each.is_defined:
            body, left_out = declared_of(KINDS["assistant"], loaded.project, each.live)
            texts |= _files(root, folder, Draft(each.address, dump_definition(body)))
            if left_out:
                names = ", ".join(left_out)
                session.console.talk(f"{each.address}: left out of its definition: {names}")
    write_new(texts)


def _files(root: Path, folder: str, draft: Draft) -> dict[Path, str]:
    texts = {root / file: text for file, text in draft.texts.items()}
    return {root / folder / f"{key_of(draft.address)}.yaml": draft.text, **texts}
