"""Faults as they are found: collected over all files, told together, sorted by place."""

import difflib
from collections.abc import Iterable

from assistants_sync.errors import DefinitionError
from assistants_sync.model.diagnostic import Diagnostic, Severity
from assistants_sync.model.source import SourceRef


class Faults:
    """What is wrong so far; `address` is what later faults are about."""

    def __init__(self, address: str | None = None) -> None:
        self.address = address
        self._found: list[Diagnostic] = []

    def add(
        self,
        summary: str,
        detail: str,
        where: SourceRef,
        *,
        hint: str | None = None,
        severity: Severity = "error",
    ) -> None:
        """Note one fault."""
        self._found.append(
            Diagnostic(DefinitionError.code, summary, detail, where, self.address, hint, severity)
        )

    def extend(self, others: Iterable[Diagnostic]) -> None:
        """Note faults found elsewhere."""
        self._found.extend(others)

    @property
    def warnings(self) -> tuple[Diagnostic, ...]:
        """Give what is worth saying and stops nothing, by place."""
        return tuple(_by_place(each for each in self._found if each.severity == "warning"))

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        """Give what stops the run, by place."""
        return tuple(_by_place(each for each in self._found if each.severity == "error"))

    def check(self) -> None:
        """Go on only without an error.

        Raises:
            DefinitionError: there is one or more; it carries them all, by place.
        """
        if self.errors:
            raise DefinitionError(self.errors)


def error(
    summary: str, detail: str, where: SourceRef, *, hint: str | None = None
) -> DefinitionError:
    """Give the error of a single fault, for where one fault ends the reading of a file."""
    return DefinitionError([Diagnostic(DefinitionError.code, summary, detail, where, None, hint)])


def did_you_mean(word: str, words: Iterable[str]) -> str | None:
    """Give a hint that names the nearest of the words, if one is near."""
    folded = {each.lower(): each for each in words}
    near = difflib.get_close_matches(word.lower(), folded, n=1)
    return f"did you mean `{folded[near[0]]}`?" if near else None


def _by_place(faults: Iterable[Diagnostic]) -> list[Diagnostic]:
    return sorted(faults, key=lambda each: each.where or SourceRef(""))
