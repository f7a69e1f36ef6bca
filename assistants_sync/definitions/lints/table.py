"""All lints as a table, for the documentation: made from what runs, so it cannot be out of date."""

from collections.abc import Mapping
from typing import Final

from assistants_sync.definitions.lints.rules import LINTS, lint_of
from assistants_sync.model.project import LintCode

_HEAD: Final = "| code | looks for | what to do | because of |\n|---|---|---|---|\n"
_CODES: Final[tuple[LintCode, ...]] = (*LINTS, "unused_exception")


def render_lints() -> str:
    """Give one row for each lint, in Markdown."""
    return _HEAD + "".join(_row(code) for code in _CODES)


def lint_texts() -> Mapping[str, str]:
    """Give what each lint looks for, by its code."""
    return {code: lint_of(code).what for code in _CODES}


def _row(code: LintCode) -> str:
    lint = lint_of(code)
    cells = (f"`{code}`", lint.what, lint.hint, lint.source)
    return f"| {' | '.join(each.replace('|', chr(92) + '|') for each in cells)} |\n"
